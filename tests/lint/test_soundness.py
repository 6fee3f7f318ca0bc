"""What is said never to decide, or to match nothing, can be taken away: ``compare`` finds the same traffic."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import translator
from tests.lint.cases import CASES as CASES_OF_CODES
from tests.lint.test_lints import context_of as described
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


MEANINGS = (
    ("odd-port", '"010"', '"8"'),
    ("odd-port", '"8_0"', '"80"'),
    ("inert-end-port", ", endPort: 80", ""),
    ("null-peers", "fromEndpoints: null\n    ", ""),
    ("null-peers", "toFQDNs: []\n    ", ""),
    ("inert-default-deny", "  enableDefaultDeny: {egress: true}\n", ""),
    ("inert-default-deny", "  enableDefaultDeny: {ingress: false}\n", ""),
    ("not-selector", "notSelector", "selector: all(), notSelector"),
    ("global-as-all", "global()", "all()"),
    ("one-family", "{action: Deny,", "{action: Deny, ipVersion: 4,"),
    ("http-bypassed", ", rules: {http: [{method: GET}]}", ""),
    ("all-icmp-types", "type: EchoReply", "type: 0"),
    ("deny-services", "toServices: [{k8sService: {serviceName: db}}]", ""),
    ("selects-everyone", "fromCIDRSet: [{cidrGroupSelector: {}}]", "fromEntities: [all]"),
    ("inert-rules", "egress: [{}]", ""),
    ("inert-rules", "egress: [{action: Allow}]", ""),
    ("unlisted-direction", "policyTypes: [Egress]", "policyTypes: [Ingress, Egress]"),
    ("selector-lost", 'namespaceSelector: "env = prod"', ""),
)
"""Code, what stands in a case of it, and what means the same."""


@pytest.mark.parametrize(("code", "old", "new"), MEANINGS, ids=[f"{code}: {old}" for code, old, _ in MEANINGS])
def test_texts_mean_what_the_warning_says(code: str, old: str, new: str) -> None:
    """The other reading, written plainly, is the same traffic under ``compare``."""
    compared = 0
    for case in CASES_OF_CODES:
        if case.code != code or old not in case.text:
            continue
        context = described(case.context)
        options = ReadOptions(
            engine=Engine(case.engine) if case.engine else None, context=context, own_gate_only=case.as_agent
        )
        text = case.text.replace(old, new)
        before, after = parse_documents_text(case.text, options), parse_documents_text(text, options)
        result = translator.compare(before.policies, after.policies, context=context).result
        assert result == "equal", text
        compared += 1
    assert compared
