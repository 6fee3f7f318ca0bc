"""Laws that hold for every golden case: order of files, outputs translated again, outputs through the gates."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.case import Case, cases, run
from translator.documents.loading import load_text

CASES = cases()
WRITTEN = [(case, target) for case in CASES for target in case.targets if (case.path / f"{target}.yaml").exists()]


_REWRITE = ("--rewrite", "all")
"""Asks for other words on purpose."""


def _split(case: Case, folder: Path) -> list[str]:
    """Every document of the source in a file of its own."""
    text = case.source.read_text(encoding="utf-8")
    files = []
    for document in load_text(text).documents:
        start, end = document.span
        file = folder / f"{document.index}.yaml"
        file.write_text(text[start:end], encoding="utf-8")
        files.append(str(file))
    return files


def _output(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    code = run([*arguments, "--no-self-check", "--quiet"])
    captured = capsys.readouterr()
    assert code in (0, 1), captured.err
    return captured.out


@pytest.mark.parametrize("case", CASES, ids=[case.path.name for case in CASES])
def test_the_order_of_files_does_not_matter(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The documents as files of their own, first to last and last to first, become the same bytes."""
    monkeypatch.chdir(case.path)
    files = _split(case, tmp_path)
    for target in case.targets if len(files) > 1 else ():
        first, last = (
            _output(case.command(target, *order, origin=case.origin), capsys) for order in (files, files[::-1])
        )
        assert first == last, target


@pytest.mark.parametrize(("case", "target"), WRITTEN, ids=[f"{case.path.name}-{target}" for case, target in WRITTEN])
def test_translating_an_output_again_changes_nothing(
    case: Case, target: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is committed passes our own gates, and is its own translation to its dialect."""
    monkeypatch.chdir(case.path)
    file = f"{target}.yaml"
    command = [each for each in case.command(target, file, origin=target) if each not in _REWRITE]
    again = _output(command, capsys)
    assert again == (case.path / file).read_text(encoding="utf-8")
