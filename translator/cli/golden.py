"""``netpolx golden``: are the committed translations of a repository what its sources say?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from translator.cli.terminal import put, warn

if TYPE_CHECKING:
    from datetime import date

    from translator.review.config import Config

COMMAND = typer.Typer(
    help="Keep committed translations fresh: `netpolx.yaml` says what is translated to what.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_ConfigFile = Annotated[
    str | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Default: the nearest netpolx.yaml, or pyproject.toml with [tool.netpolx], from here upward.",
    ),
]
_Reports = Annotated[
    list[str] | None,
    typer.Option(
        "--report",
        metavar="FORMAT[=PATH]",
        help="Besides, the same as text, sarif, github or junit, to a file or standard error; may be repeated.",
    ),
]


@COMMAND.command("check")
def check(config: _ConfigFile = None, report: _Reports = None) -> int:
    """Translate again and compare. Exit 1 when a file is stale, a loss is new, or meaning moved; nothing is written."""
    from translator import __version__
    from translator.cli.inputs import show_findings
    from translator.cli.reports import requested, send
    from translator.report.formats import FRESHNESS_FORMATS, render_freshness
    from translator.review import golden

    requests = requested(report, FRESHNESS_FORMATS)
    done = golden.check(_config(config), today=_today())
    show_findings(done.findings)
    put(FRESHNESS_FORMATS["text"](done.freshness, __version__))
    send(requests, lambda each: render_freshness(done.freshness, each, version=__version__))
    return 0 if done.freshness.is_fine else 1


@COMMAND.command("update")
def update(config: _ConfigFile = None) -> int:
    """Write the translations and their losses. Exit 1, with nothing written, when one widens or is refused."""
    from translator.cli.inputs import show_findings
    from translator.report import freshness_text
    from translator.report.change import counted
    from translator.report.freshness import State
    from translator.review import golden

    done = golden.update(_config(config), today=_today())
    show_findings(done.findings)
    for state in done.freshness.targets:
        for objection in state.objections:
            warn(f"netpolx: {state.target}: {objection}")
    if done.refused:
        warn(f"nothing was written{freshness_text.accepting(done.freshness)}")
        return 1
    for state in done.freshness.targets:
        for file in state.files:
            if file.state is State.EDITED:
                warn(f"{file.file} was edited by hand; the edit is gone")
            if file.state is State.ADDED:
                warn(f"{file.file} was added by hand and stays; `netpolx golden check` fails while it is there")
        for entry in state.new_losses:
            warn(f"{entry.reason}: {entry.loss}")
    for unused in done.freshness.unused:
        warn(f"{unused.origin}: the `accept` entry for {unused.code} matches no loss; take it out")
    if any(state.new_losses for state in done.freshness.targets):
        warn(f"`netpolx golden check` fails until the losses are agreed to{freshness_text.accepting(done.freshness)}")
    removed = f", removed {len(done.removed)}" if done.removed else ""
    warn(f"wrote {counted(len(done.written), 'file')}{removed}" if done.written or removed else "all files were fresh")
    return 0


def _config(file: str | None) -> Config:
    from pathlib import Path

    from translator.review.config import find_config, read_config

    return read_config(Path(file) if file else find_config(Path.cwd()))


def _today() -> date:
    from datetime import UTC, datetime

    return datetime.now(tz=UTC).date()
