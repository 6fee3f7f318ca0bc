"""For each code the smallest text that has it, and the one change that takes it away."""

from tests.lint.cases import calico, cilium, cluster, common, inputs, refused, texts
from tests.lint.cases.case import Case

CASES: tuple[Case, ...] = (
    *common.CASES,
    *calico.CASES,
    *cilium.CASES,
    *cluster.CASES,
    *inputs.CASES,
    *refused.CASES,
    *texts.CASES,
)

__all__ = ["CASES", "Case"]
