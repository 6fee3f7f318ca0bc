"""What an expert would have written (``../shared/exemplars``): ours means the same and is no longer."""

from pathlib import Path
from typing import Any

import pytest

from translator.ir.policy import Engine
from translator.legalize.target import Target, TargetName
from translator.pipeline.common_ends import with_common_ends
from translator.pipeline.source import ReadOptions, parse_documents_text, parse_paths
from translator.pipeline.translate import Translation, translate
from translator.semantics.compare.comparison import compare
from translator.semantics.compare.describe import describe_difference
from translator.semantics.compare.outcome import Result
from translator.wire.context import load_context

EXEMPLARS = Path(__file__).resolve().parents[2].parent / "shared" / "exemplars"
CASES = [
    (source, target)
    for source in sorted(EXEMPLARS.glob("*/source.*.yaml"))
    for target in TargetName
    if (source.parent / f"{target.value}.yaml").exists()
]
RULES = ("ingress", "egress", "ingressDeny", "egressDeny")

pytestmark = [pytest.mark.shared, pytest.mark.skipif(not CASES, reason="../shared is not here")]


def rules(document: dict[str, Any]) -> int:
    specs = [document.get("spec") or {}, *(document.get("specs") or ())]
    return sum(len(spec.get(name) or ()) for spec in specs for name in RULES)


def ours(source: Path, target: TargetName, use: frozenset[TargetName]) -> Translation:
    context_file = source.parent / "context.yaml"
    context = load_context([str(context_file)] if context_file.exists() else [])
    engine = source.name.split(".")[1]
    read = parse_paths(
        [str(source)],
        ReadOptions(engine=Engine(engine) if engine in list(Engine) else Engine.KUBERNETES, context=context),
    )
    return translate(read.policies, Target(name=target, use=use), read.context)


@pytest.mark.parametrize(
    ("source", "target"), CASES, ids=[f"{source.parent.name}-{target.value}" for source, target in CASES]
)
def test_ours_means_what_the_expert_meant_and_is_no_longer(source: Path, target: TargetName) -> None:
    """The same traffic, and as many policies and rules or fewer."""
    expected_file = source.parent / f"{target.value}.yaml"
    uses_cnp = target is TargetName.KUBERNETES and "ClusterNetworkPolicy" in expected_file.read_text()
    use = frozenset({TargetName.CLUSTERNETWORKPOLICY}) if uses_cnp else frozenset()
    translation = ours(source, target, use)
    context_file = source.parent / "context.yaml"
    context = load_context([str(context_file)] if context_file.exists() else [])
    options = ReadOptions(engine=Target(name=target).engine, context=context)
    expected = parse_paths([str(expected_file)], options)
    written = translation.documents
    again = parse_text_of(translation, options)
    found = compare(
        with_common_ends(expected.policies, nodes=False), with_common_ends(again, nodes=False), context_a=context
    )
    assert found.result in (Result.EQUAL, Result.OPEN), [describe_difference(each) for each in found.differences]
    # The expert's paths narrow, too: where the engines read a path differently the request is refused (its README).
    assert {loss.code for loss in translation.losses if loss.effect} <= {"http-path-normalisation"}
    theirs = [document.data for document in expected.documents]
    assert len([each for each in written if each["kind"] != "Tier"]) <= len(theirs)
    assert sum(map(rules, written)) <= sum(rules(dict(document)) for document in theirs)


def parse_text_of(translation: Translation, options: ReadOptions) -> Any:
    return parse_documents_text(translation.text, options).policies
