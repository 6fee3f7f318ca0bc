"""Real policies of other projects (``../shared/corpus``): each is exact, declared, or refused for a reason."""

from functools import cache
from pathlib import Path

import pytest

from translator.errors import InputError, UsageError
from translator.legalize.target import Target, TargetName
from translator.pipeline.emitters import EMITTERS
from translator.pipeline.source import ReadOptions, Source, parse_documents_text, parse_paths
from translator.pipeline.translate import translate
from translator.report.record import Outcome, results

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
FILES = sorted(path for path in CORPUS.rglob("*") if path.suffix in (".yaml", ".yml", ".json") and path.is_file())
FOLDERS = sorted({path.relative_to(CORPUS).parts[0] for path in FILES})

TARGETS = [target for target in TargetName if target.value in EMITTERS]

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FILES, reason="../shared is not here"),
]


@cache
def read(path: Path) -> Source | None:
    """The policies of a file; None where a gate refuses it or where it has none."""
    try:
        source = parse_paths([str(path)])
    except (InputError, UsageError):
        return None
    return source if source.policies.as_read() else None


@pytest.mark.parametrize("target", TARGETS, ids=[target.value for target in TARGETS])
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_policy_is_exact_declared_or_refused(folder: str, target: TargetName) -> None:
    """Nothing crashes, nothing differs that was not declared, and whoever is not in the output has a loss."""
    for path in FILES:
        source = read(path) if path.relative_to(CORPUS).parts[0] == folder else None
        if source is None:
            continue
        translation = translate(source.policies, Target(name=target), source.context)
        written = {output.source.reference for output in translation.outputs if output.source is not None}
        for result in results(source.policies.as_read(), translation.losses):
            assert result.name in written or result.losses, f"{path}: {result.name} vanished"
            assert result.outcome is not Outcome.EXACT or not any(loss.effect for loss in result.losses)


@pytest.mark.parametrize("target", TARGETS, ids=[target.value for target in TARGETS])
@pytest.mark.parametrize("folder", FOLDERS)
def test_translating_an_output_again_changes_nothing(folder: str, target: TargetName) -> None:
    """What was written for a dialect is its own translation to that dialect."""
    own = TargetName.KUBERNETES if target is TargetName.CLUSTERNETWORKPOLICY else target
    for path in FILES:
        source = read(path) if path.relative_to(CORPUS).parts[0] == folder else None
        if source is None:
            continue
        options = ReadOptions(engine=Target(name=target).engine, context=source.context)
        first = translate(source.policies, Target(name=target), source.context, check=False).text
        again = parse_documents_text(first, options)
        assert translate(again.policies, Target(name=own), source.context, check=False).text == first, path
