"""``kubectl netpolx`` and completion in shells."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from translator.cli import plugin


def test_the_usage_text_reads_as_people_call_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Help of the plugin says ``kubectl netpolx``."""
    assert plugin.main(["schema", "--help"]) == 0
    assert "Usage: kubectl netpolx schema" in capsys.readouterr().out


def test_commands_and_options_are_completed() -> None:
    """Value and description, separated by a tab."""
    assert plugin.completions(["trans"]) == ["translate\tTranslate policies."]
    assert [line.split("\t")[0] for line in plugin.completions(["fetch", "--kube"])] == ["--kubectl", "--kube-context"]
    commands = [line.split("\t")[0] for line in plugin.completions([""])]
    assert {"translate", "plan", "fetch", "query"} <= set(commands)


def test_a_long_description_stays_on_its_line() -> None:
    """Every line is an answer of its own to kubectl, so none may be a rest of the one above."""
    for command in ("diff", "plan", "translate"):
        found = plugin.completions([command, "--"])
        assert found
        assert all(line.startswith("-") for line in found)


def test_asking_leaves_the_environment_alone() -> None:
    """Nothing of the question stays behind."""
    before = dict(os.environ)
    plugin.completions(["translate", "--t"])
    assert dict(os.environ) == before


def test_words_with_spaces_are_no_trap() -> None:
    """Quotes and spaces in earlier words change nothing."""
    assert plugin.completions(["fetch", "my dir's", "--kube-c"]) != []


def test_the_last_line_is_a_directive(capsys: pytest.CaptureFixture[str]) -> None:
    """``:4`` where we know better than files, ``:0`` where files may follow."""
    plugin.complete(["trans"])
    assert capsys.readouterr().out.splitlines()[-1] == ":4"
    plugin.complete(["translate", "some-file"])
    assert capsys.readouterr().out == ":0\n"


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not on PATH")
def test_kubectl_finds_the_plugin(programs: Path) -> None:
    """kubectl runs it and asks it for completions."""
    version = subprocess.run(["kubectl", "netpolx", "--version"], capture_output=True, text=True, check=False)
    assert version.stdout.startswith("netpolx "), version.stderr
    command = ["kubectl", "__complete", "netpolx", "trans"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert asked.stdout == "translate\tTranslate policies.\n:4\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_of_a_shell(programs: Path, shell: str) -> None:
    """``_NETPOLX_COMPLETE=source_<shell>`` prints a script; the shell, where it is there, accepts it."""
    environment = {**os.environ, "_NETPOLX_COMPLETE": f"source_{shell}"}
    script = subprocess.run(["netpolx"], env=environment, capture_output=True, text=True, check=True).stdout
    assert "_NETPOLX_COMPLETE" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not on PATH")
def test_bash_completes(programs: Path) -> None:
    """The whole way in a real bash: source the script, complete a word, read the answers."""
    script = (
        'eval "$(_NETPOLX_COMPLETE=source_bash netpolx)"\n'
        'COMP_WORDS=(netpolx trans); COMP_CWORD=1; _netpolx_completion netpolx; echo "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["translate"], done.stderr
