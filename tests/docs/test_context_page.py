"""The examples of docs/context.md, run; and every key of the format is named."""

import os
from pathlib import Path

import pytest

from tests.review.test_documentation import answered, files
from translator.wire.base import aliases
from translator.wire.context import ContextDocument

PAGE = Path(__file__).resolve().parents[2] / "docs" / "context.md"


def test_the_page_shows_what_the_commands_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    """Every file is written, every command run, and its output is what the page shows; ``--update-golden`` rewrites."""
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    text = PAGE.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name, content in files(text):
        Path(name).write_text(content, encoding="utf-8")
    expected = answered(text, capsys)
    if request.config.getoption("--update-golden") and not os.environ.get("CI"):
        PAGE.write_text(expected, encoding="utf-8")
        return
    assert text == expected


def test_every_key_is_named() -> None:
    """A key of the context that nobody explains helps nobody."""
    text = PAGE.read_text(encoding="utf-8")
    assert [key for key in aliases(ContextDocument) if f"`{key}`" not in text and f"{key}:" not in text] == []
