"""Exit codes and the frame of the command line."""

import pytest

from tests.cli.conftest import Netpolx
from translator.cli import main as entry
from translator.cli.main import COMMANDS
from translator.errors import InternalError


def test_help_lists_every_command(netpolx: Netpolx) -> None:
    """The help of the program names all commands and the exit codes."""
    run = netpolx("--help")
    assert run.code == 0
    assert all(f"\n  {name} " in run.out for name in COMMANDS)
    assert "Exit codes" in run.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(netpolx: Netpolx, name: str) -> None:
    """The help of a command can be had without input."""
    run = netpolx(name, "--help")
    assert run.code == 0
    assert "Usage: netpolx" in run.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("nope",),
        ("translate", "--to", "cilium"),
        ("translate", "missing.yaml", "--to", "cilium"),
        ("translate", "x.yaml", "--to", "celium"),
        ("translate", "x.yaml"),
        ("translate", "x.yaml", "--to", "cilium", "--wrong"),
        ("translate", "x.yaml", "--to", "cilium", "--report", "jsn"),
        ("query", "x.yaml"),
        ("query", "x.yaml", "--flows", "f", "--engine", "calicoo"),
        ("query", "x.yaml", "--flows", "f", "--dataplane", "bpf"),
        ("compare", "x.yaml"),
        ("explain", "nope"),
        ("schema", "nope"),
        ("features", "-o", "xml"),
    ],
)
def test_bad_usage_is_two_and_never_a_traceback(netpolx: Netpolx, arguments: tuple[str, ...]) -> None:
    """Whatever is wrong with the request is said in a line or two, with exit code 2."""
    run = netpolx(*arguments)
    assert (run.code, run.out) == (2, "")
    assert run.err
    assert "Traceback" not in run.err


@pytest.mark.parametrize("error", [ValueError("odd"), InternalError("the output widens"), RecursionError("deep")])
def test_our_own_bugs_are_three(netpolx: Netpolx, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """An exception that nobody expected is a short notice with exit code 3."""

    def fail() -> int:
        raise error

    monkeypatch.setattr("translator.cli.features.COMMAND", fail)
    run = netpolx("features")
    assert run.code == 3
    assert str(error) in run.err
    assert "bug in netpolx" in run.err
    assert "Traceback" not in run.err


def test_the_version_is_printed(netpolx: Netpolx) -> None:
    """``--version`` is one line."""
    assert netpolx("--version").out.startswith("netpolx ")


def test_the_entry_point_is_the_main_function() -> None:
    """What pyproject names is what the tests call."""
    assert callable(entry)
