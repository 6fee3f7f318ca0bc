"""Both gates against what calicoctl and the API server really accept."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from tests.calico.reading import ALL_GATES, OWN_GATE, errors, network_policy, raw, read
from tests.vectors import OWN, VECTORS, load, needs_shared
from translator.dialects.calico.gates import admit
from translator.documents.document import Document
from translator.documents.loading import load_text
from translator.errors import Gate, Severity

_OLD_GROUP: Final = "crd.projectcalico.org/v1 NetworkPolicy"
"""The emulated cluster of the vectors has no such resource; real ones before v3.32 have, and calicoctl never had."""


def _expected(row: dict[str, Any]) -> set[Gate]:
    """The gates that refuse a row, its cluster aside."""
    refusing = set()
    server = row.get("apiserver_emulated") or row.get("apiserver")
    if server is not None and not server["accepted"]:
        refusing.add(Gate.APISERVER)
    calico = row["calico"]
    own = [error for error in calico["errors"] if (error["source"], error["field"]) != ("client", "spec.tier")]
    if calico["decode_error"] or own:
        refusing.add(Gate.CALICO)
    return refusing


def _check(rows: list[dict[str, Any]]) -> None:
    wrong = []
    for row in rows:
        if "object" not in row or row["note"] == _OLD_GROUP:
            continue
        admitted = admit(Document(data=row["object"]))
        if admitted.refusing & ALL_GATES != _expected(row):
            wrong.append((row["note"], _expected(row), [str(finding) for finding in admitted.findings]))
    assert not wrong


def test_own_objects_are_refused_by_the_same_gates() -> None:
    """Every hand-made object is refused by exactly the gates that refuse it in reality."""
    _check(load("calico-admission.jsonl.gz"))


@needs_shared
def test_real_objects_are_refused_by_the_same_gates() -> None:
    """So is every real policy, and every mutation of one."""
    _check(load("calico-admission-real.jsonl.gz"))


@needs_shared
@pytest.mark.parametrize("name", ["apiserver-verdicts.jsonl.gz", "apiserver-verdicts-2.jsonl.gz"])
def test_a_real_api_server_agrees(name: str) -> None:
    """What kube-apiserver answered to Calico's kinds is what the schema gate says."""
    rows = [row for row in load(name) if "calico" in str(row["object"].get("apiVersion"))]
    assert rows
    wrong = [row for row in rows if (Gate.APISERVER in admit(Document(data=row["object"])).refusing) is row["accepted"]]
    assert not wrong


def test_edge_cases_of_the_api_server() -> None:
    """Nulls, defaults and pruning are the API server's."""
    rows = [json.loads(line) for line in (OWN / "apiserver-edge-cases.jsonl").read_text().splitlines()]
    for row in rows:
        group, kind = row["kind"].split(" ")
        if "calico" not in group:
            continue
        data = {"apiVersion": group, "kind": kind, "metadata": {"name": "x", "namespace": "y"}, "spec": row["spec"]}
        assert (Gate.APISERVER not in admit(Document(data=data)).refusing) is row["accepted"], row


def test_yaml_is_read_as_calicoctl_reads_it() -> None:
    """Repeated keys, line breaks and numbers where text is wanted: accepted or refused as calicoctl does."""
    rows = [row for row in load("calico-admission.jsonl.gz") if "yaml" in row]
    assert rows
    for row in rows:
        loaded = load_text(row["yaml"])
        refused = any(finding.severity is Severity.ERROR for finding in loaded.findings) or any(
            Gate.CALICO in admit(document).refusing for document in loaded.documents
        )
        assert refused is not row["calico"]["accepted"], row["note"]


def test_every_refusal_has_a_place_and_words() -> None:
    """A finding says where, and what was expected or found."""
    for row in load("calico-admission.jsonl.gz"):
        if "object" in row:
            for finding in admit(Document(data=row["object"])).findings:
                assert finding.origin is not None
                assert finding.message
                assert finding.severity is Severity.ERROR


# -- what a person reads ----------------------------------------------------------------------------------------------


def _refusals(spec: str) -> list[str]:
    return [str(finding).split(": ", 2)[2] for finding in read(network_policy(spec)).findings]


def test_ports_without_protocol_get_a_helpful_answer() -> None:
    """The commonest mistake of articles is named, with what is probably missing."""
    (refusal,) = _refusals("{ingress: [{action: Allow, destination: {ports: [5432]}}]}")
    assert "port numbers need a protocol" in refusal
    assert "`protocol: TCP`" in refusal
    assert "refused by calico" in refusal


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("{ingress: [{action: allow}]}", "did you mean `Allow`?"),
        ("{ingress: [{action: Allow, protocol: tcp}]}", "did you mean `TCP`?"),
        ("{ingres: []}", "did you mean `ingress`?"),
        ("{types: [ingress]}", "did you mean `Ingress`?"),
        ("{ingress: [{action: Allow, source: {nets: [10.0.0.1]}}]}", "did you mean `10.0.0.1/32`?"),
        ("{ingress: [{action: Allow, source: {nets: [10.1.0.0/8]}}]}", "did you mean `10.0.0.0/8`?"),
        ("{ingress: [{action: Allow, protocol: TCP, destination: {ports: ['80-90']}}]}", "`80:90`"),
        ("{selector: app = 'web'}", "column 5"),
    ],
)
def test_near_misses_are_suggested(spec: str, words: str) -> None:
    """Where a right spelling is near, the message offers it."""
    assert any(words in refusal for refusal in _refusals(spec))


def test_only_the_chosen_gates_refuse() -> None:
    """What another gate refuses is a warning, and the object is read."""
    text = network_policy("{types: [], ingress: [{action: Allow}]}")
    assert errors(read(text).findings) == [
        "kube-apiserver spec.types: expected at least one of `Ingress` and `Egress`, found an empty list"
    ]
    parsed = read(text, gates=OWN_GATE)
    assert not errors(parsed.findings)
    assert len(parsed.policies) == 1


def test_field_names_in_another_case_are_calicos_own_leniency() -> None:
    """calicoctl takes `Selector:`, the API server does not; read without the API server it acts."""
    text = network_policy("{Selector: app == 'web'}")
    assert errors(read(text).findings) == ["kube-apiserver spec.Selector: unknown field `Selector`"]
    (policy,) = read(text, gates=OWN_GATE).policies
    assert "web" in repr(policy.subject)


def test_what_does_not_decode_is_refused_everywhere() -> None:
    """An unknown field may mean anything, so not even an unvalidated object with one is read."""
    text = network_policy("{ingress: [{action: Allow, destination: {domains: [a.example]}}]}")
    assert not read(text, context=raw(), gates=frozenset()).policies


def test_a_dump_is_not_judged_again() -> None:
    """An object that a server already has acts as it is; refusals are warnings."""
    text = network_policy("{types: [Ingress], ingress: [{action: Allow, protocol: tcp}]}")
    dump = text.replace("{name: p,", "{name: p, uid: 0f3c, resourceVersion: '7',")
    assert errors(read(text).findings)
    parsed = read(dump)
    assert not errors(parsed.findings)
    assert len(parsed.policies) == 1


def test_shared_files_are_where_the_copies_came_from() -> None:
    """Our copies are the vectors' own, byte for byte, as long as these are there to compare."""
    for name in ("calico-admission.jsonl.gz", "calico-selectors.json", "calico-corner-cases.jsonl.gz"):
        if (VECTORS / name).exists():
            assert (OWN / name).read_bytes() == (VECTORS / name).read_bytes()


def test_unknown_fields_hide_no_wrong_values() -> None:
    """What is wrong besides is told in the same run, at its own place."""
    text = network_policy("{selectr: all(), ingress: [{action: Allow, protocl: TCP, destination: {ports: [99999]}}]}")
    assert sorted({each.origin.field_path for each in read(text).findings if each.origin}) == [
        "spec.ingress[0].destination.ports[0]",
        "spec.ingress[0].protocl",
        "spec.selectr",
    ]
