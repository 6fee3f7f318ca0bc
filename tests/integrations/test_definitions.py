"""The files that others read: hooks of pre-commit, the GitHub Action, the container file."""

import os
import re
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integrations.conftest import ROOT, SCRIPTS, write_program
from translator.cli.main import COMMANDS

HOOK_KEYS = {
    "id",
    "name",
    "description",
    "entry",
    "language",
    "types",
    "types_or",
    "always_run",
    "pass_filenames",
    "require_serial",
    "minimum_pre_commit_version",
    "stages",
}
STAGES = {"pre-commit", "pre-merge-commit", "pre-push", "manual"}


def hooks() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    return found


def action() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
    return found


@pytest.mark.parametrize("hook", hooks(), ids=lambda hook: str(hook["id"]))
def test_hooks_have_the_shape_that_pre_commit_wants(hook: dict[str, Any]) -> None:
    """Required keys, no unknown ones, and every file in one process, since policies depend on each other."""
    assert {"id", "name", "entry", "language"} <= set(hook) <= HOOK_KEYS
    assert hook["language"] == "python"
    assert hook["require_serial"] is True
    assert set(hook["stages"]) == STAGES


@pytest.mark.parametrize(
    ("hook", "words"),
    [("netpolx-lint", ["netpolx", "lint"]), ("netpolx-golden", ["netpolx", "golden", "check"])],
)
def test_hooks_run_commands_that_exist(hook: str, words: list[str]) -> None:
    """The entry is a console script with a command."""
    (found,) = [each for each in hooks() if each["id"] == hook]
    assert found["entry"].split() == words
    assert words[0] in SCRIPTS
    if words[1] not in COMMANDS:
        pytest.skip(f"netpolx {words[1]} is not there yet")


def test_a_commit_that_only_deletes_is_checked() -> None:
    """pre-commit passes over a hook without files, and a policy that is gone changes more than one that is edited."""
    (golden,) = [each for each in hooks() if each["id"] == "netpolx-golden"]
    assert (golden["always_run"], golden["pass_filenames"]) == (True, False)


@pytest.mark.skipif(shutil.which("pre-commit") is None, reason="pre-commit is not on PATH")
def test_pre_commit_accepts_the_hooks() -> None:
    """pre-commit's own check of a manifest."""
    manifest = str(ROOT / ".pre-commit-hooks.yaml")
    done = subprocess.run(["pre-commit", "validate-manifest", manifest], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_console_scripts_lead_somewhere() -> None:
    """Every script names a function."""
    for target in SCRIPTS.values():
        module, _, function = target.partition(":")
        assert callable(getattr(import_module(module), function))


def test_the_action_is_a_composite_action() -> None:
    """Name, description, described inputs and outputs; every step with a script names its shell."""
    found = action()
    assert found["name"]
    assert found["description"]
    assert found["runs"]["using"] == "composite"
    assert all(each["description"] for each in (*found["inputs"].values(), *found["outputs"].values()))
    for step in found["runs"]["steps"]:
        assert ("run" in step) != ("uses" in step)
        assert "run" not in step or step["shell"] == "bash"


def test_no_input_of_the_action_can_become_a_command() -> None:
    """Scripts hold no ``${{ }}``: what people type reaches them as variables; and every input is used."""
    text = (ROOT / "action.yml").read_text()
    for step in action()["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
    assert set(re.findall(r"\$\{\{ inputs\.([a-z-]+) \}\}", text)) == set(action()["inputs"])
    ids = {step["id"] for step in action()["runs"]["steps"]}
    assert set(re.findall(r"steps\.([a-z]+)\.", text)) <= ids


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not on PATH")
def test_the_scripts_of_the_action_are_clean() -> None:
    """shellcheck has nothing to say."""
    for step in action()["runs"]["steps"]:
        if "run" in step:
            subprocess.run(["shellcheck", "--shell=bash", "-"], input=step["run"], text=True, check=True)


class Runner:
    """Runs the last step of the action as GitHub does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "netpolx-venv" / "bin").mkdir(parents=True)

    def __call__(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run it with these inputs, the others at their defaults."""
        given = {name: str(each.get("default", "")) for name, each in action()["inputs"].items()} | inputs
        (step,) = [each for each in action()["runs"]["steps"] if each.get("id") == "run"]
        environment = {
            **os.environ,
            **{
                name: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda match: given[match[1]], value)
                for name, value in step["env"].items()
            },
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GITHUB_ACTIONS": "true",
        }
        script = self.folder / "step.sh"
        script.write_text(step["run"])
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
        return subprocess.run(command, env=environment, cwd=self.folder, capture_output=True, text=True, check=False)

    def outputs(self) -> dict[str, str]:
        """What the step set."""
        lines = (self.folder / "output").read_text().splitlines()
        return {name: value for name, _, value in (line.partition("=") for line in lines)}


@pytest.fixture
def runner(tmp_path: Path, programs: Path) -> Runner:
    made = Runner(tmp_path)
    (tmp_path / "netpolx-venv" / "bin" / "netpolx").symlink_to(programs / "netpolx")
    return made


INSTALLER = """\
import json, shutil, sys
from pathlib import Path
home = Path({home!r})
with (home / "pip.jsonl").open("a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[1:3] == ["-m", "venv"]:
    (Path(sys.argv[3]) / "bin").mkdir(parents=True, exist_ok=True)
    shutil.copy(__file__, Path(sys.argv[3]) / "bin" / "python")
"""


@pytest.mark.parametrize(("version", "source"), [("", "/the action"), ("1.2.0", "netpolx==1.2.0")])
def test_the_action_installs_itself_or_a_version(tmp_path: Path, version: str, source: str) -> None:
    """Into an environment of its own: the package of the action's own checkout, or the version that is asked for."""
    write_program(tmp_path / "python", INSTALLER.format(home=str(tmp_path)))
    (step,) = [each for each in action()["runs"]["steps"] if each["id"] == "install"]
    given = {"PYTHON": str(tmp_path / "python"), "VERSION": version, "ACTION_PATH": "/the action"}
    assert set(given) == set(step["env"])
    environment = {**os.environ, **given, "RUNNER_TEMP": str(tmp_path)}
    subprocess.run(["bash", "-c", step["run"]], env=environment, check=True)
    venv, pip = (yaml.safe_load(line) for line in (tmp_path / "pip.jsonl").read_text().splitlines())
    assert venv == ["-m", "venv", str(tmp_path / "netpolx-venv")]
    assert pip[:3] == ["-m", "pip", "install"]
    assert pip[-1] == source


NARROWED = """\
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  tier: default
  selector: app == 'web'
  types: [Ingress]
  ingress:
  - {action: Allow, protocol: ICMP}
"""


def test_the_action_reports_and_keeps_the_exit_code(runner: Runner) -> None:
    """Annotations in the log, a SARIF file, a job summary and the exit code as an output."""
    (runner.folder / "web.yaml").write_text(NARROWED)
    done = runner(command="translate", reports="github sarif markdown", arguments="web.yaml\n--to\nkubernetes\n")
    assert done.returncode == 0, done.stderr
    assert "::warning file=web.yaml" in done.stderr
    assert "### Network policies: calico → kubernetes" in (runner.folder / "summary").read_text()
    outputs = runner.outputs()
    assert outputs.pop("exit-code") == "0"
    assert {name: Path(path).name for name, path in outputs.items()} == {
        "sarif": "netpolx.sarif",
        "markdown": "netpolx.markdown",
    }
    assert all(Path(path).is_file() for path in outputs.values())
    strict = runner(command="translate", reports="", arguments="web.yaml\n--to\nkubernetes\n--strict")
    assert strict.returncode == 1


def test_a_second_step_does_not_show_the_reports_of_the_first(runner: Runner) -> None:
    """A job may check the golden files and then review a change: each step has reports of its own."""
    (runner.folder / "web.yaml").write_text(NARROWED)
    runner(command="translate", reports="sarif markdown", arguments="web.yaml\n--to\nkubernetes\n")
    first = runner.outputs()
    for name in ("output", "summary"):
        (runner.folder / name).unlink()
    runner(command="translate", reports="text", arguments="web.yaml\n--to\nkubernetes\n")
    assert set(runner.outputs()) == {"exit-code"}
    assert "###" not in (runner.folder / "summary").read_text()
    assert Path(first["sarif"]).is_file()


def test_arguments_of_the_action_are_words_not_commands(runner: Runner) -> None:
    """Spaces, quotes and dollars in an argument arrive as they are."""
    write_program(runner.folder / "spy", "import sys, json; print(json.dumps(sys.argv[1:]))\n")
    program = runner.folder / "netpolx-venv" / "bin" / "netpolx"
    program.unlink()
    program.symlink_to(runner.folder / "spy")
    done = runner(command="golden check", reports="", arguments='my file.yaml\n$(touch owned)\n`id`; "x" *')
    assert yaml.safe_load(done.stdout) == ["golden", "check", "my file.yaml", "$(touch owned)", '`id`; "x" *']
    assert not (runner.folder / "owned").exists()


def test_a_text_report_becomes_the_summary(runner: Runner) -> None:
    """Commands without Markdown show their text."""
    (runner.folder / "web.yaml").write_text(NARROWED)
    runner(command="translate", reports="text", arguments="web.yaml\n--to\ncilium")
    summary = (runner.folder / "summary").read_text().splitlines()
    assert (summary[0], summary[-1]) == ("```", "```")
    assert "1 policy, calico → cilium" in summary[-2]


def instructions() -> list[list[str]]:
    lines = (ROOT / "Containerfile").read_text().splitlines()
    return [line.split() for line in lines if line.strip() and not line.startswith("#")]


def test_the_image_runs_netpolx_as_nobody() -> None:
    """The entry point is a console script, the user a number that is not root, the base one of our Pythons."""
    found = instructions()
    assert found[0][0] == "FROM"
    assert found[-2:] == [["ENTRYPOINT", '["netpolx"]'], ["CMD", '["--help"]']]
    (user,) = [words[1] for words in found if words[0] == "USER"]
    assert all(part.isdecimal() and int(part) > 0 for part in user.split(":"))
    assert {words[0] for words in found} <= {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "ENTRYPOINT", "CMD"}


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    """Every source of COPY exists in the repository and is let in by .containerignore."""
    let_in = {line[1:] for line in (ROOT / ".containerignore").read_text().splitlines() if line.startswith("!")}
    copied = [
        word for words in instructions() if words[0] == "COPY" and "--from" not in words[1] for word in words[1:-1]
    ]
    assert copied
    assert set(copied) == let_in
    assert all((ROOT / each).exists() for each in copied)
