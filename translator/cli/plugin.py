"""netpolx as a plugin of kubectl: ``kubectl netpolx …``, and what ``kubectl netpolx <TAB>`` completes to."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import sys
from collections.abc import Sequence
from typing import Final

from translator.cli.main import main as run

PROGRAM: Final = "kubectl netpolx"
_DEFAULT: Final = ":0"
"""The shell completes files where we have nothing to say (the directives are those of cobra, which kubectl reads)."""
_NO_FILES: Final = ":4"


def main(arguments: Sequence[str] | None = None) -> int:
    """``kubectl-netpolx``: the command line under the name that kubectl gives it."""
    return run(arguments, program=PROGRAM)


def complete(arguments: Sequence[str] | None = None) -> int:
    """``kubectl_complete-netpolx``: one ``value<TAB>description`` a line, and a directive as the last line."""
    found = completions(sys.argv[1:] if arguments is None else arguments)
    sys.stdout.write("".join(f"{line}\n" for line in (*found, _NO_FILES if found else _DEFAULT)))
    return 0


def completions(words: Sequence[str]) -> list[str]:
    """What the last word, which may be empty, can become: ``value<TAB>description``, as fish takes it."""
    line = shlex.join(["netpolx", *words[:-1]])
    last = words[-1] if words else ""
    # typer asks through the environment; fish is the shell to whose lines nothing has to be added.
    asked = {
        "_NETPOLX_COMPLETE": "complete_fish",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_ARGS": f"{line} {shlex.quote(last) if last else ''}",
        # Descriptions are wrapped at the width of the terminal, and every line would be one more answer.
        "COLUMNS": "10000",
    }
    before = {name: os.environ.get(name) for name in asked}
    answer = io.StringIO()
    os.environ.update(asked)
    try:
        with contextlib.redirect_stdout(answer), contextlib.suppress(SystemExit):
            run(())
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return [each for each in answer.getvalue().splitlines() if each.strip()]
