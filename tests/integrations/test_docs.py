"""The examples of the documentation run, and say what the documentation says."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.integrations.conftest import ROOT, SCRIPTS, Kubectl
from tests.integrations.test_fetch import KINDS
from translator.cli.main import COMMANDS
from translator.review.krm_config import TranslatorSpec
from translator.wire.base import aliases

BLOCK = re.compile(r"(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL)
EXITS = re.compile(r"\s+# exits (\d+)$")
SKIP = "…"


def blocks(page: str) -> list[re.Match[str]]:
    return list(BLOCK.finditer((ROOT / "docs" / page).read_text()))


def examples(text: str) -> list[tuple[str, list[str]]]:
    """Each command with the lines that it prints."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def assert_prints(lines: list[str], expected: list[str]) -> None:
    """The lines are as expected; ``…`` stands for any number of lines."""
    pattern = "".join(r"(?:.*\n)*?" if line == SKIP else re.escape(line) + r"\n" for line in expected)
    text = "".join(f"{line}\n" for line in lines)
    assert re.fullmatch(pattern, text), f"printed:\n{text}"


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not on PATH")
@pytest.mark.parametrize("page", ["migration.md", "integrations.md"])
def test_examples_run(page: str, tmp_path: Path, programs: Path, kubectl: Kubectl) -> None:
    """Files are written as shown, commands run in order; standard error comes before standard output."""
    kubectl.answer(KINDS)
    real = shutil.which("kubectl", path=os.environ["PATH"].partition(os.pathsep)[2])
    for block in blocks(page):
        if block["file"] is not None:
            path = tmp_path / block["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block["text"])
        if block["language"] != "console":
            continue
        for command, expected in examples(block["text"]):
            if command.startswith("kubectl "):
                if real is None:
                    continue
                command = command.replace("kubectl", real, 1)  # noqa: PLW2901
            exits = EXITS.search(command)
            line = f"set -o pipefail; {EXITS.sub('', command)}"
            done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode == (int(exits[1]) if exits else 0), (command, done.stderr)
            assert_prints([*done.stderr.splitlines(), *done.stdout.splitlines()], expected)


@pytest.mark.parametrize("page", ["migration.md", "integrations.md"])
def test_yaml_of_the_pages_is_yaml(page: str) -> None:
    """No example that cannot be copied."""
    for block in blocks(page):
        if block["language"] == "yaml":
            assert list(yaml.safe_load_all(block["text"]))


def test_the_page_names_everything_that_there_is() -> None:
    """Inputs of the action, hooks, console scripts and keys of the function's configuration."""
    text = (ROOT / "docs" / "integrations.md").read_text()
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    names = [*action["inputs"], *action["outputs"], *(each["id"] for each in hooks), *SCRIPTS, *aliases(TranslatorSpec)]
    assert [name for name in names if name not in text] == []
    assert {"fetch", "plan"} <= set(COMMANDS)
