"""The interpreter against the verdicts of Cilium's own policy engine."""

from __future__ import annotations

import pytest

from tests import vectors
from tests.cilium.reading import AGENT, parse_all
from translator.documents.loading import load_text
from translator.errors import Severity
from translator.semantics.verdict.cilium import assemble
from translator.semantics.verdict.core import Decision, Evaluator

FILES = (
    "cilium-corner-cases.jsonl.gz",
    "cilium-corner-cases-2.jsonl.gz",
    "cilium-random.jsonl.gz",
    "cilium-random-2.jsonl.gz",
)


@pytest.mark.parametrize("name", FILES)
def test_every_verdict_is_the_engines(name: str) -> None:
    """Each flow of each case is allowed or denied at each end as the engine answered."""
    differences = [difference for case in vectors.load(name) for difference in _differences(case)]
    assert differences == []


@pytest.mark.parametrize("name", FILES)
def test_exactly_the_rejected_documents_are_refused(name: str) -> None:
    """What the agent refused, or panicked on, is refused, and nothing else."""
    expected, found = {}, {}
    for case in vectors.load(name):
        panics = (entry.split() for entry in case["errors"] if " PANIC " in entry)
        expected[case["id"]] = {each["document"] for each in case["rejected"]} | {int(words[1]) for words in panics}
        parsed = parse_all(load_text(case["policies"]).documents, context=vectors.context_of(case), gates=AGENT)
        found[case["id"]] = {
            finding.origin.document.index + 1
            for each in parsed.values()
            for finding in each.findings
            if finding.severity is Severity.ERROR and finding.origin is not None
        }
    assert expected == found


def _differences(case: vectors.Case) -> list[str]:
    context = vectors.context_of(case)
    parsed = parse_all(load_text(case["policies"]).documents, context=context, gates=AGENT)
    evaluator = Evaluator(assemble(parsed, context), context)
    found = []
    for field in ("flows", "reserved_flows"):
        for row in vectors.flows_of(case, context, field=field):
            verdict = evaluator.verdict(row.flow)
            for answered, decision in ((row.egress, verdict.egress), (row.ingress, verdict.ingress)):
                if answered is not None and answered != _word(decision):
                    found.append(f"{case['id']}: {row}; found {_word(verdict.egress)}, {_word(verdict.ingress)}")
    return found


def _word(decision: Decision | None) -> str | None:
    return None if decision is None else "allow" if decision.allowed else "deny"
