"""The schema gate against the answers of a real kube-apiserver."""

from __future__ import annotations

from typing import Any

import pytest

from tests import vectors
from translator.dialect import ParseOptions
from translator.dialects.cilium import DIALECT
from translator.documents.document import Document
from translator.errors import Gate, Severity
from translator.ir.policy import Engine

OPTIONS = ParseOptions(engine=Engine.CILIUM, gates=frozenset({Gate.APISERVER}))


def is_accepted(objects: dict[str, Any]) -> bool:
    """Whether the API server's gate alone lets an object pass."""
    findings = DIALECT.parse([Document(data=objects)], OPTIONS).findings
    return not any(finding.severity is Severity.ERROR for finding in findings)


def is_ours(api_version: str, kind: str) -> bool:
    """Whether the dialect reads the kind."""
    return (api_version, kind) in DIALECT.kinds


def test_hand_made_objects_are_judged_as_the_server_judged_them() -> None:
    """Nulls, alternatives, patterns and enums: exactly what the server refused is refused."""
    wrong = []
    for case in vectors.load("apiserver-edge-cases.jsonl"):
        api_version, kind = case["kind"].split()
        if is_ours(api_version, kind):
            metadata = {"name": "x1", "namespace": "default"}
            found = is_accepted({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": case["spec"]})
            if found != case["accepted"]:
                wrong.append(case["spec"])
    assert wrong == []


@pytest.mark.shared
@vectors.needs_shared
@pytest.mark.parametrize("name", ["apiserver-verdicts.jsonl.gz", "apiserver-verdicts-2.jsonl.gz"])
def test_real_policies_and_their_mutations_are_judged_as_the_server_judged_them(name: str) -> None:
    """Exactly what the server refused is refused."""
    wrong = [
        case.get("note") or case["object"]["metadata"]
        for case in vectors.load(name)
        if is_ours(case["object"].get("apiVersion", ""), case["object"].get("kind", ""))
        and is_accepted(case["object"]) != case["accepted"]
    ]
    assert wrong == []
