"""The ``netpolx`` command: its subcommands, and the exit code of everything that can happen.

Start-up time counts: this module and the command modules import typer and the standard library only; what a command
needs beyond that it imports when it runs.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Final, NamedTuple

import typer

from translator.cli.engine_flags import normalize_flags
from translator.cli.terminal import use_utf8, warn
from translator.errors import InputError, InternalError, NetpolxError

DONE: Final = 0
NO: Final = 1
BAD_INPUT: Final = 2
BUG: Final = 3


class Entry(NamedTuple):
    """A command in the overview."""

    module: str
    """Its ``COMMAND`` is the function, or the typer app of a group, that runs it."""
    summary: str


COMMANDS: Final = {
    "translate": Entry("translator.cli.translate", "Translate policies."),
    "compare": Entry("translator.cli.compare", "Compare two sets over all flows."),
    "diff": Entry("translator.cli.diff", "Show what traffic changes between two sets."),
    "query": Entry("translator.cli.query", "Ask what policies do with a flow, or with many."),
    "golden": Entry("translator.cli.golden", "Keep committed translations fresh."),
    "enforcement": Entry("translator.cli.enforcement", "Ask what network plugins make of policies."),
    "features": Entry("translator.cli.features", "Show what each target can express."),
    "lint": Entry("translator.cli.lint", "Find what is doubtful in policies."),
    "explain": Entry("translator.cli.explain", "Explain a loss or a warning, and what to do about it."),
    "ir": Entry("translator.cli.ir", "Print what was understood of policies, as JSON."),
    "schema": Entry("translator.cli.schema", "Print the JSON Schema of a format."),
    "context": Entry("translator.cli.context", "Make one context of kubectl dumps."),
    "access": Entry("translator.cli.access", "Help with writing access specs."),
    "fetch": Entry("translator.cli.fetch", "Read a cluster into files (never writes to it)."),
    "plan": Entry("translator.cli.plan", "Plan a migration, step by step."),
}


_COLLECTING: Final = (50_000, 20, 100)
"""Modules, models and policies live until the end, and hardly anything else is made: looking for garbage is waste."""
atexit.register(gc.freeze)
"""Nor does the interpreter, when it ends, have to look through everything once more."""


def main(arguments: Sequence[str] | None = None, *, program: str = "netpolx") -> int:
    """Run the command line. The exit code: 0 done, 1 the answer is no, 2 bad input or usage, 3 our bug.

    ``program``: how the user calls us.
    """
    use_utf8()
    gc.set_threshold(*_COLLECTING)
    # pydantic looks through every installed package for plugins of its own, which takes as long as a small translation.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    given = normalize_flags(sys.argv[1:] if arguments is None else arguments)
    try:
        result = _app(given)(args=given, prog_name=program, standalone_mode=False)
    except InputError as error:
        for finding in error.findings:
            warn(str(finding))
        return BAD_INPUT
    except InternalError as error:
        return _report_bug(error)
    except NetpolxError as error:
        warn(f"netpolx: {error}")
        return BAD_INPUT
    except Exception as error:  # everything else is our bug, and must not look like an answer
        return _exit_code_of_usage(error) or _report_bug(error)
    return result if isinstance(result, int) else DONE


def _app(arguments: Sequence[str]) -> typer.Typer:
    """The typer app with the command that is asked for; without one with all of them, of which only completion looks
    further than at the names and summaries."""
    app = typer.Typer(
        name="netpolx",
        help="Translate network policies between Kubernetes, Calico and Cilium, and prove what changed.",
        epilog="Exit codes: 0 done, 1 the answer is no, 2 bad input or usage, 3 a bug of netpolx.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(_global_options)
    first = next(iter(arguments), "")
    completes = any(name.endswith("_COMPLETE") for name in os.environ)
    for name, entry in COMMANDS.items():
        if first not in COMMANDS and not completes:
            app.command(name, help=entry.summary)(_overview)
        elif name == first or completes:
            command = import_module(entry.module).COMMAND
            if isinstance(command, typer.Typer):
                app.add_typer(command, name=name)
            else:
                app.command(name)(command)
    return app


def _overview() -> None:
    """Stands for a command where nobody asks for it."""
    raise InternalError("a command of the overview cannot run")


def _print_version(*, wanted: bool) -> None:
    if wanted:
        from translator import __version__

        typer.echo(f"netpolx {__version__}")
        raise typer.Exit


def _global_options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=lambda wanted: _print_version(wanted=wanted), help="Print the version."
        ),
    ] = False,
) -> None:
    """Options before the command."""


def _exit_code_of_usage(error: Exception) -> int | None:
    """The exit code of the command line parser's own complaints, shown as it shows them; None for anything else.

    typer brings its parser along as ``typer._click``, older versions use click itself.
    """
    module = type(error).__module__
    if not (module.startswith(("typer.", "click."))) or not hasattr(error, "exit_code"):
        return None
    if hasattr(error, "show"):
        error.show()
    return BAD_INPUT


def _report_bug(error: Exception) -> int:
    """A short notice in place of a traceback, which ``NETPOLX_TRACEBACK=1`` brings back."""
    if os.environ.get("NETPOLX_TRACEBACK"):
        import traceback

        traceback.print_exception(error)
    kind = "" if isinstance(error, InternalError) else f"{type(error).__name__}: "
    warn(f"netpolx: internal error: {kind}{error}")
    warn("This is a bug in netpolx, not in your input. Nothing was written. Please report it with the input;")
    warn("NETPOLX_TRACEBACK=1 shows where it happened.")
    return BUG
