"""Every folder of ``golden/``: translate the source to each target and compare with what is committed."""

import difflib
import os
from pathlib import Path

import pytest

from tests.golden.case import LONGEST_SOURCE, Case, Translated, cases, read_losses, run

CASES = cases()


def test_golden_files_are_never_rewritten_under_ci(request: pytest.FixtureRequest) -> None:
    """CI compares; only people decide that a difference is right."""
    assert not (request.config.getoption("--update-golden") and os.environ.get("CI"))


@pytest.mark.parametrize("case", CASES, ids=[case.path.name for case in CASES])
def test_case(
    case: Case,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The output and the losses of every target are the committed ones, byte for byte."""
    monkeypatch.chdir(case.path)
    translations = {target: _translate(case, target, tmp_path, capsys) for target in case.targets}
    expected = case.files(translations)
    if request.config.getoption("--update-golden") and not os.environ.get("CI"):
        _update(case, expected)
    given = {path.name for path in case.path.iterdir()} - case.given
    assert given == set(expected), "files that belong to no target, or that are missing (`pytest --update-golden`)"
    for name, text in expected.items():
        committed = (case.path / name).read_text(encoding="utf-8")
        assert committed == text, _difference(f"{case.path.name}/{name}", committed, text)


@pytest.mark.parametrize("case", CASES, ids=[case.path.name for case in CASES])
def test_source_reads_alone(case: Case) -> None:
    """A source is short and its first line says what it shows."""
    lines = case.source.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LONGEST_SOURCE
    assert lines[0].startswith("# ")


def _translate(case: Case, target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Translated:
    report = tmp_path / f"{target}.json"
    code = run(case.arguments(target, report))
    captured = capsys.readouterr()
    assert code in (0, 1), captured.err
    return Translated(output=captured.out, losses=read_losses(report), code=code, messages=captured.err)


def _update(case: Case, expected: dict[str, str]) -> None:
    for path in case.path.iterdir():
        if path.name not in case.given and path.name not in expected:
            path.unlink()
    for name, text in expected.items():
        (case.path / name).write_text(text, encoding="utf-8")


def _difference(name: str, committed: str, text: str) -> str:
    lines = difflib.unified_diff(
        committed.splitlines(keepends=True), text.splitlines(keepends=True), f"{name} (committed)", f"{name} (now)"
    )
    return "\n" + "".join(lines)
