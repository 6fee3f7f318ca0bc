"""``netpolx diff``: what a change of policies does to traffic, for reviewers and for CI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.cli.engine_flags import ENGINE_FLAGS, with_engine_flags
from translator.cli.options import ChangeFormat, ChangeReports, ContextFiles, FromEngine, Namespace, SkipInvalid
from translator.cli.terminal import GREEN, RED, YELLOW, paint, put

if TYPE_CHECKING:
    from translator.loss.effect import Effect
    from translator.report.change import ChangeReport
    from translator.review.diff import Review

_Sets = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="A B | REV..REV [-- PATH...]",
        help="Two files or directories, or git revisions: `main..HEAD -- policies/`, `main...HEAD -- policies/` (since "
        "they parted), `HEAD -- policies/` (against the work tree).",
    ),
]
_To = Annotated[
    str | None, typer.Option("--to", metavar="ENGINE", help="The engine that enforces B, if it is another one.")
]
_FailOn = Annotated[
    str,
    typer.Option(
        "--fail-on",
        metavar="widens|narrows|any|never",
        help="Exit 1 when connections open, close, or either; what is not decided counts as both.",
    ),
]
_Limit = Annotated[
    int, typer.Option("--limit", metavar="N", min=1, help="How many kinds of connections of each effect are shown.")
]


@with_engine_flags
def diff(
    *,
    sets: _Sets = None,
    source: FromEngine = None,
    target: _To = None,
    context: ContextFiles = None,
    fail_on: _FailOn = "widens",
    limit: _Limit = 20,
    skip_invalid: SkipInvalid = False,
    namespace: Namespace = None,
    report: ChangeReports = None,
    output: ChangeFormat = "text",
    **flags: Any,
) -> int:
    """Show what changes between two sets of policies: traffic first, then YAML. Exit 0, or 1 by --fail-on."""
    from translator import __version__
    from translator.cli.inputs import known_context
    from translator.cli.reports import requested, send
    from translator.pipeline.registry import engine_named
    from translator.report.formats import CHANGE_FORMATS, render_change
    from translator.review.diff import review
    from translator.review.sides import Reading

    requests = requested(report, CHANGE_FORMATS, output=output)
    before = engine_named(source) if source else None
    done = review(
        sets or (),
        Reading(
            engines=(before, engine_named(target) if target else before),
            context=known_context(context, flags),
            namespace=namespace or "default",
            skip_invalid=skip_invalid,
        ),
        fail_on=_chosen(fail_on),
        limit=limit,
        options=[
            *_words(("--from", source), ("--to", target), ("-n", namespace)),
            *(word for file in context or () for word in ("--context", file)),
            *_flag_words(flags),
            *(["--skip-invalid"] if skip_invalid else []),
            *(["--limit", str(limit)] if limit != 20 else []),
        ],
    )
    _show_findings(done, quiet=output == "json")
    put(_as_text(done.report) if output == "text" else CHANGE_FORMATS[output](done.report, __version__))
    send(requests, lambda each: render_change(done.report, each, version=__version__))
    return 1 if done.report.fails else 0


def _chosen(fail_on: str) -> Any:
    from translator.errors import UsageError, suggestion
    from translator.report.change import FailOn

    try:
        return FailOn(fail_on)
    except ValueError:
        known = [each.value for each in FailOn]
        hint = suggestion(fail_on, known)
        raise UsageError(
            f"--fail-on: expected {', '.join(known)}, found `{fail_on}`{f'; {hint}' if hint else ''}"
        ) from None


def _words(*options: tuple[str, str | None]) -> list[str]:
    return [word for name, value in options if value for word in (name, value)]


def _flag_words(flags: Mapping[str, Any]) -> list[str]:
    """The engine flags as they were given."""
    words = []
    for flag in ENGINE_FLAGS:
        given = flags.get(flag.parameter)
        values = given if isinstance(given, list) else [given]
        words += [f"--{flag.flag}={value}" for value in values if value is not None]
    return words


def _show_findings(done: Review, *, quiet: bool) -> None:
    """Warnings about what is to come; of what was there before only what was left out."""
    from translator.cli.inputs import show_findings

    before, after = done.sources
    show_findings(before.findings, quiet=True)
    show_findings(after.findings, quiet=quiet)


def _as_text(report: ChangeReport) -> str:
    import sys

    from translator.loss.effect import Effect
    from translator.report import change_text

    colours = {Effect.WIDENS: RED, Effect.BOTH: RED, Effect.NARROWS: YELLOW, Effect.NONE: GREEN}

    def painted(text: str, effect: Effect) -> str:
        return paint(text, colours[effect], stream=sys.stdout)

    return change_text.render(report, paint=painted)


COMMAND = diff
