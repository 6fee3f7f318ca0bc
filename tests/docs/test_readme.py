"""The README says what is true today."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

import translator
from translator.cli.main import COMMANDS, main

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SAMPLE = "golden/readme-deny-and-allow/source.calico.yaml"


def test_the_first_example_is_what_the_command_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Source, output and report of the first screen are the program's own."""
    monkeypatch.chdir(ROOT)
    assert main(["translate", SAMPLE, "--to", "cilium"]) == 0
    printed = capsys.readouterr()
    blocks = re.findall(r"```(?:yaml|text)\n(.*?)```", README, re.DOTALL)
    source = "\n".join((ROOT / SAMPLE).read_text(encoding="utf-8").splitlines()[1:])
    assert blocks[0].split("\n", 1)[1].strip() == source.strip()
    without_comments = "\n".join(line for line in printed.out.splitlines() if not line.startswith("#"))
    assert blocks[1].strip() == without_comments.strip()
    report = [line for line in printed.err.splitlines() if not line.startswith(("assumed", "none:"))]
    assert blocks[2].splitlines() == report


def test_every_command_is_named() -> None:
    """The table of commands is complete."""
    assert [name for name in COMMANDS if f"netpolx {name}" not in README and f"`{name}" not in README] == []


def test_links_lead_somewhere() -> None:
    """Every relative link of the README names a file of the repository."""
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_packages_own_examples_hold() -> None:
    """The doctests of the public functions."""
    assert doctest.testmod(translator).failed == 0
