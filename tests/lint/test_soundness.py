"""What is said never to decide, or to match nothing, can be taken away: ``compare`` finds the same traffic."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import translator
from tests.vectors import Case, context_of, load, needs_shared
from translator.errors import Finding
from translator.ir.policy import Engine
from translator.lint import lint
from translator.pipeline.source import ReadOptions, Source, parse_documents_text

CASES = 60
"""Of each file; the whole files were compared once and are equal as well."""
LISTS = ("ingress", "egress", "ingressDeny", "egressDeny")


def text_of(case: Case) -> str:
    policies = case["policies"]
    if isinstance(policies, str):
        return policies
    return "---\n".join(each if isinstance(each, str) else f"{json.dumps(each)}\n" for each in policies)


def without(document: Mapping[str, Any], path: tuple[str | int, ...]) -> dict[str, Any] | None:
    """The document without an item of a list; None where that changes more than the item."""
    changed: Any = copy.deepcopy(dict(document))
    below = changed
    for step in path[:-1]:
        below = below[step]
    del below[path[-1]]
    spec = changed.get("spec", {})
    if not below and changed["apiVersion"].startswith("cilium"):
        below.append({})  # the list isolates as long as it has an item
    elif not below and not (spec.get("types") or spec.get("policyTypes")):
        return None
    return dict(changed)


def removable(finding: Finding) -> bool:
    """Whether the finding is about a whole rule, and what it says is also what ``compare`` knows."""
    origin = finding.origin
    if finding.code not in ("shadowed-rule", "matches-nothing") or origin is None or len(origin.path) < 2:
        return False
    is_rule = isinstance(origin.path[-1], int) and origin.path[-2] in LISTS
    return is_rule and not any(word in finding.message for word in ("contradicts itself", "family", "denies nobody"))


def reductions(source: Source, options: ReadOptions) -> Iterator[tuple[Finding, Source]]:
    """The findings, each with the input without the rule."""
    for finding in filter(removable, lint(source).findings):
        assert finding.origin is not None
        documents = [
            without(each.data, finding.origin.path) if each is finding.origin.document else dict(each.data)
            for each in source.documents
        ]
        if None not in documents:
            text = "---\n".join(f"{json.dumps(each)}\n" for each in documents)
            yield finding, parse_documents_text(text, options)


@needs_shared
@pytest.mark.parametrize(
    ("name", "engine"),
    [
        ("calico-random.jsonl.gz", Engine.CALICO),
        ("cilium-random.jsonl.gz", Engine.CILIUM),
        ("cilium-random-2.jsonl.gz", Engine.CILIUM),
    ],
)
def test_what_never_decides_can_be_taken_away(name: str, engine: Engine) -> None:
    """Policies of the engines' own random sets, without each rule that is found."""
    compared = 0
    for case in load(name)[:CASES]:
        context = context_of(case)
        options = ReadOptions(engine=engine, context=context, skip_invalid=True, own_gate_only=True)
        source = parse_documents_text(text_of(case), options)
        for finding, reduced in reductions(source, options):
            result = translator.compare(source.policies, reduced.policies, context=context).result
            assert result == "equal", (case["id"], str(finding))
            compared += 1
    assert compared >= 10
