"""Whatever is written passes the vendors' schemas and CEL rules, and the API server's rules for NetworkPolicies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.crds.schemas import CRDS, resource
from tests.golden.case import Case, cases
from translator.dialect import ParseOptions
from translator.documents.document import Document
from translator.documents.loading import load_text
from translator.errors import InputError, Severity, UsageError
from translator.ir.policy import Engine
from translator.legalize.target import Target, TargetName
from translator.pipeline.emitters import EMITTERS
from translator.pipeline.registry import DIALECTS
from translator.pipeline.source import Source, parse_paths
from translator.pipeline.translate import translate

CORPUS = CRDS.parent / "corpus"
FILES = sorted(path for path in CORPUS.rglob("*") if path.suffix in (".yaml", ".yml", ".json") and path.is_file())
FOLDERS = sorted({path.relative_to(CORPUS).parts[0] for path in FILES})
TARGETS = [target for target in TargetName if target.value in EMITTERS]

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not CRDS.exists(), reason="../shared is not here"),
]


def problems(data: Mapping[str, Any]) -> list[str]:
    """What a cluster would say against a document; kinds for which no schema is there are left to our own gates."""
    found = resource(data["apiVersion"], data["kind"])
    if found is not None:
        return found.problems(data)
    kind = (data["apiVersion"], data["kind"])
    (dialect,) = (each for each in DIALECTS.values() if kind in each.kinds)
    parsed = dialect.parse([Document(data=data)], ParseOptions(engine=Engine.KUBERNETES))
    return [str(finding) for finding in parsed.findings if finding.severity is Severity.ERROR]


def refused(documents: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """The documents that a cluster would not take, with its reasons."""
    return [(str(each["metadata"]["name"]), why) for each in documents if (why := problems(each))]


@cache
def read(path: Path) -> Source | None:
    """The policies of a file; None where a gate refuses it or where it has none."""
    try:
        source = parse_paths([str(path)])
    except (InputError, UsageError):
        return None
    return source if source.policies.as_read() else None


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.path.name)
def test_golden_files_pass(case: Case) -> None:
    """What is committed as the right output is what a cluster takes."""
    for target in TARGETS:
        file = case.path / f"{target.value}.yaml"
        if file.exists():
            documents = [each.data for each in load_text(file.read_text(encoding="utf-8")).documents]
            assert refused(documents) == [], file.name


@pytest.mark.parametrize("target", TARGETS, ids=[target.value for target in TARGETS])
@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("allow_widening", [False, True], ids=["strict", "widening"])
def test_translations_of_real_policies_pass(folder: str, target: TargetName, allow_widening: bool) -> None:
    """Policies of public repositories, too, in either attitude to widening."""
    for path in FILES:
        source = read(path) if path.relative_to(CORPUS).parts[0] == folder else None
        if source is not None:
            wanted = Target(name=target, allow_widening=allow_widening)
            translation = translate(source.policies, wanted, source.context, check=False)
            assert refused(translation.documents) == [], path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ingress": [{"action": "Deny", "http": {"methods": ["GET"]}}]}, "HTTP"),
        ({"selector": "global()"}, "global"),
        ({"ingress": [{"action": "Permit"}]}, "Permit"),
        ({"ingres": []}, "unknown field"),
        ({"types": ["Ingress", "Ingress"]}, "twice"),
    ],
    ids=["CEL", "CEL on text", "schema", "unknown field", "set"],
)
def test_what_a_cluster_refuses_is_found(change: dict[str, Any], words: str) -> None:
    """The checks do check: rules, values, fields and sets."""
    policy = {"apiVersion": "projectcalico.org/v3", "kind": "NetworkPolicy", "metadata": {"name": "a"}}
    assert problems({**policy, "spec": {"types": ["Ingress"]}}) == []
    assert any(words in why for why in problems({**policy, "spec": change}))
