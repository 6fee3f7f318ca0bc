"""Verdicts of Calico's own data planes and HTTP checker (``../shared/vectors/README.md``)."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Final

import pytest

from tests.calico.reading import case_context, case_policies
from tests.vectors import OWN, Case, flows_of, load
from translator.errors import Severity
from translator.ir.policy import Direction
from translator.ir.traffic import PROTOCOL_NUMBERS, TCP
from translator.semantics.ends import Ends
from translator.semantics.flow import Flow
from translator.semantics.languages.matching import HttpRequest
from translator.semantics.verdict.core import Decision, Evaluator

CORNER_CASES: Final = {case["id"]: case for case in load("calico-corner-cases.jsonl.gz")}
RANDOM_CASES: Final = load("calico-random.jsonl.gz")
DATAPLANES: Final = {
    row["id"]: row for row in map(json.loads, (OWN / "calico-dataplanes.jsonl").read_text().splitlines())
}
OTHERS: Final = ("nftables", "iptables")
Answers = tuple[str | None, str | None]


def _word(decision: Decision | None) -> str | None:
    if decision is None:
        return None
    return "allow" if decision.allowed else "deny"


def _evaluator(case: Case, dataplane: str = "ebpf") -> tuple[Evaluator, Ends]:
    context = case_context(case, dataplane)
    policies, _ = case_policies(case, context)
    return Evaluator(policies, context), Ends(context)


def _disagreements(case: Case, dataplane: str = "ebpf", besides: frozenset[str] = frozenset()) -> list[str]:
    """The flows on which we and the engine differ; ends that the engine was not asked about do not count."""
    evaluator, _ = _evaluator(case, dataplane)
    wrong = []
    for row, written in zip(flows_of(case, case_context(case, dataplane)), case["flows"], strict=True):
        if json.dumps(written[:4]) in besides:
            continue
        verdict = evaluator.verdict(row.flow)
        for end, wanted in (("egress", row.egress), ("ingress", row.ingress)):
            found = _word(getattr(verdict, end))
            if wanted is not None and found != wanted:
                wrong.append(f"{row}: {end} {found}")
    return wrong


@pytest.mark.parametrize("case", CORNER_CASES.values(), ids=lambda case: f"{case['id']} {case['title']}")
def test_corner_cases_agree(case: Case) -> None:
    """One construct each, executed by the eBPF policy program."""
    assert not _disagreements(case)


@pytest.mark.parametrize("case", RANDOM_CASES, ids=lambda case: case["id"])
def test_random_sets_agree(case: Case) -> None:
    """Whole sets of policies of mixed kinds."""
    assert not _disagreements(case)


@pytest.mark.parametrize("case", CORNER_CASES.values(), ids=lambda case: case["id"])
def test_the_right_documents_are_refused(case: Case) -> None:
    """What the engine refused is refused here, by the gate that did; what makes the agent panic is refused as well."""
    _, findings = case_policies(case, case_context(case))
    refused = {
        finding.origin.document.index + 1: finding.gate.value
        for finding in findings
        if finding.severity is Severity.ERROR and finding.origin is not None
    }
    expected = {
        row["document"]: "kube-apiserver" if row["gate"] == "kube-apiserver" else "calico" for row in case["rejected"]
    }
    if any("panics" in error for error in case["errors"]):
        assert refused
    else:
        assert refused == expected


@pytest.mark.parametrize("case", [*CORNER_CASES.values(), *RANDOM_CASES], ids=lambda case: case["id"])
def test_http_requests_agree(case: Case) -> None:
    """Packet filter and HTTP checker together, at the receiving end."""
    if not case.get("http"):
        return
    evaluator, ends = _evaluator(case)
    wrong = []
    for source, destination, port, method, path, wanted in case["http"]:
        flow = Flow(
            source=ends.find(case["externals"].get(source, source)),
            destination=ends.find(case["externals"].get(destination, destination)),
            protocol=TCP,
            port=port,
            source_port=case["settings"]["source-port"],
            http=HttpRequest(method=method, path=path),
        )
        found = _word(evaluator.decide(flow, Direction.INGRESS))
        if found != wanted:
            wrong.append((source, destination, port, method, path, wanted, found))
    assert not wrong


@pytest.mark.parametrize("dataplane", OTHERS)
@pytest.mark.parametrize("case", CORNER_CASES.values(), ids=lambda case: case["id"])
def test_other_data_planes_agree_where_nothing_else_is_said(case: Case, dataplane: str) -> None:
    """On everything that the list of differences does not name, iptables and nftables do what eBPF does."""
    rows = DATAPLANES.get(case["id"], {"rows": []})["rows"]
    # The list holds one code per ICMP type.
    named = frozenset(json.dumps(row[:4]) for row in rows if dataplane in row[4])
    if any(row[4].get(dataplane, ()) is None for row in rows):
        # Refused: nothing is programmed for the family, so no row of it has an answer.
        return
    assert not _disagreements(case, dataplane, named)


@pytest.mark.parametrize("row", DATAPLANES.values(), ids=lambda row: f"{row['id']} {row['title']}")
def test_data_planes_differ_as_listed(row: dict[str, Any]) -> None:
    """Each data plane answers as its kernel did; null where it refuses the rule and programs nothing."""
    case = CORNER_CASES[row["id"]]
    wrong = []
    for dataplane in ("ebpf", *OTHERS):
        evaluator, ends = _evaluator(case, dataplane)
        for source, destination, protocol, port, answers in row["rows"]:
            if dataplane not in answers:
                continue
            flow = Flow(
                source=ends.find(case["externals"].get(source, source)),
                destination=ends.find(case["externals"].get(destination, destination)),
                protocol=int(protocol) if str(protocol).isdigit() else PROTOCOL_NUMBERS[protocol],
                port=port,
                source_port=case["settings"]["source-port"],
                code=answers.get("code"),
            )
            verdict = evaluator.verdict(flow)
            found: Answers = (_word(verdict.egress), _word(verdict.ingress))
            wanted = answers[dataplane]
            if wanted is None:
                agrees = found == (None, None)
            else:
                agrees = all(want in (None, have) for want, have in zip(wanted, found, strict=True))
            if not agrees:
                wrong.append((dataplane, source, destination, protocol, port, wanted, found))
    assert not wrong


def test_the_vectors_are_all_here() -> None:
    """Nobody has thinned out the data."""
    assert len(CORNER_CASES) == 700
    assert len(RANDOM_CASES) == 400
    assert Counter(case["settings"]["admission"] for case in CORNER_CASES.values()) == {"calico": 622, "none": 78}
