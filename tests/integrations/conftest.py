"""The console scripts as programs on PATH, and a kubectl that answers from a file and keeps what it was asked."""

import json
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import netpolx

__all__ = ["netpolx"]

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS: Mapping[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
_FAKE = """\
import json, sys
from pathlib import Path
from typing import Any
home = Path(__file__).parent
with (home / "asked.jsonl").open("a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
answers = json.loads((home / "answers.json").read_text())
words = [word for word in sys.argv[1:] if not word.startswith("-")]
verb = next(word for word in sys.argv[1:] if word in answers["verbs"])
if verb == "api-resources":
    print("\\n".join(answers["kinds"]))
elif verb == "get":
    resource = sys.argv[sys.argv.index("get") + 1]
    if resource in answers["forbidden"]:
        sys.exit(f'Error from server (Forbidden): {resource} is forbidden')
    print(json.dumps({"apiVersion": "v1", "kind": "List", "items": answers["kinds"][resource]}))
"""


def write_program(path: Path, text: str) -> None:
    """A Python program that this Python runs."""
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory on PATH with the console scripts of the project, whether it is installed or not."""
    folder = tmp_path_factory.mktemp("bin")
    for name, target in SCRIPTS.items():
        module, _, function = target.partition(":")
        lines = (
            f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom {module} import {function} as run\nsys.exit(run())\n"
        )
        write_program(folder / name, lines)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


@dataclass(frozen=True, slots=True)
class Kubectl:
    """The stand-in for kubectl."""

    folder: Path

    def answer(self, kinds: Mapping[str, Sequence[Mapping[str, Any]]], forbidden: tuple[str, ...] = ()) -> None:
        """What the cluster holds: resource → objects."""
        record = {"verbs": ["api-resources", "get"], "kinds": kinds, "forbidden": forbidden}
        (self.folder / "answers.json").write_text(json.dumps(record))

    @property
    def asked(self) -> list[list[str]]:
        """The arguments of every call."""
        return [json.loads(line) for line in (self.folder / "asked.jsonl").read_text().splitlines()]


@pytest.fixture
def kubectl(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Kubectl:
    """A kubectl on PATH that is none."""
    folder = tmp_path_factory.mktemp("cluster")
    write_program(folder / "kubectl", _FAKE)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return Kubectl(folder)
