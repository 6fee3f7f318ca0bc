"""The generated conformance matrix of the Kubernetes API (``kubernetes-cyclonus`` among the vectors)."""

from __future__ import annotations

import pytest

from tests.kubernetes.reading import parse_all
from tests.vectors import context_of, flows_of, load, needs_shared
from translator.documents.loading import load_text
from translator.semantics.verdict.core import Evaluator
from translator.semantics.verdict.kubernetes import assemble


@needs_shared
@pytest.mark.shared
def test_the_conformance_matrix_agrees() -> None:
    """All flows of all 142 generated cases get the answer of two independent evaluators."""
    wrong = []
    cases = load("kubernetes-cyclonus.jsonl.gz")
    for case in cases:
        context = context_of(case)
        documents = list(load_text(case["policies"]).documents)
        evaluator = Evaluator(assemble(parse_all(documents, context=context), context), context)
        for row in flows_of(case, context):
            verdict = evaluator.verdict(row.flow)
            for expected, actual in ((row.egress, verdict.egress), (row.ingress, verdict.ingress)):
                if expected is not None and (actual is None or actual.allowed != (expected == "allow")):
                    wrong.append((case["id"], str(row)))
    assert (wrong[:10], len(cases)) == ([], 142)
