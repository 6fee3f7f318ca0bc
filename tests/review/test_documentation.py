"""The examples of docs/review.md, run."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from translator.cli import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "review.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files(text: str) -> Iterator[tuple[str, str]]:
    for _, body in BLOCK.findall(text):
        first, _, rest = body.partition("\n")
        if first.startswith("# file: "):
            yield first.removeprefix("# file: "), rest


def answered(text: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The page with what the commands print below each of them."""

    def block(match: re.Match[str]) -> str:
        if match[1] != "console":
            return match[0]
        commands = [line for line in match[2].splitlines() if line.startswith("$ ")]
        return f"```console\n{''.join(answer(command, capsys) for command in commands)}```"

    return BLOCK.sub(block, text)


def answer(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    program, *arguments = shlex.split(command.removeprefix("$ "))
    if program != "netpolx":
        run = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)
        return f"{command}\n{run.stdout}"
    code = main(arguments)
    printed = capsys.readouterr()
    ending = f"(exit code {code})\n" if code else ""
    return f"{command}\n{printed.out}{printed.err}{ending}"


def test_the_page_shows_what_the_commands_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    """Every file is written, every command run, and its output is what the page shows; ``--update-golden`` rewrites."""
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    text = PAGE.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name, content in files(text):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(content, encoding="utf-8")
    expected = answered(text, capsys)
    if request.config.getoption("--update-golden") and not os.environ.get("CI"):
        PAGE.write_text(expected, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == expected
