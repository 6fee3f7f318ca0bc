"""``netpolx lint``: what policies say and hardly anybody means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.cli.engine_flags import with_engine_flags
from translator.cli.options import ContextFiles, FileOptions, Files, FromEngine, LintFormat, Namespace, one_of
from translator.cli.terminal import RED, YELLOW, paint, put, warn

if TYPE_CHECKING:
    from translator.lint import Linted


@with_engine_flags
def lint(
    *,
    files: Files = None,
    filename: FileOptions = None,
    source: FromEngine = None,
    context: ContextFiles = None,
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on",
            metavar="error|warning",
            help="What makes the exit code 1: nothing but bad input (which is 2), or every warning.",
            callback=one_of("error", "warning"),
        ),
    ] = "error",
    show_ignored: Annotated[
        bool, typer.Option("--show-ignored", help="Also list what comments leave out, with the reasons.")
    ] = False,
    namespace: Namespace = None,
    output: LintFormat = "text",
    report: Annotated[
        list[str] | None,
        typer.Option(
            "--report",
            metavar="FORMAT[=PATH]",
            help="Besides, the same as text, json, sarif or github, to a file or standard error; may be repeated.",
        ),
    ] = None,
    **flags: Any,
) -> int:
    """Find what is doubtful in policies. Exit 0 for warnings unless --fail-on says otherwise, 2 for bad input."""
    from translator import __version__
    from translator.cli.inputs import chosen_files, known_context
    from translator.cli.reports import requested, send
    from translator.lint import lint as run
    from translator.lint.formats import FORMATS
    from translator.pipeline.registry import engine_named
    from translator.pipeline.source import ReadOptions, parse_paths

    requests = requested(report, FORMATS, output=output)
    read = parse_paths(
        chosen_files(files, filename),
        ReadOptions(
            engine=engine_named(source) if source else None,
            context=known_context(context, flags),
            skip_invalid=True,
            namespace=namespace or "default",
        ),
    )
    found = run(read)
    put(_as_text(found, show_ignored=show_ignored) if output == "text" else FORMATS[output](found, __version__))
    send(requests, lambda each: FORMATS[each.format](found, __version__))
    warn(_summary(found, len(read.policies.as_read())))
    if found.errors:
        return 2
    return 1 if found.warnings and fail_on == "warning" else 0


def _as_text(found: Linted, *, show_ignored: bool) -> str:
    import sys

    from translator.errors import Severity
    from translator.lint.formats import line

    lines = [
        paint(line(finding), RED if finding.severity is Severity.ERROR else YELLOW, stream=sys.stdout)
        for finding in found.findings
    ]
    if show_ignored:
        lines += [f"ignored: {line(each.finding)}: {each.reason}" for each in found.suppressed]
    return "".join(f"{each}\n" for each in lines)


def _summary(found: Linted, policies: int) -> str:
    counts = [
        f"{len(each)} {word if len(each) == 1 else f'{word}s'}"
        for each, word in ((found.errors, "error"), (found.warnings, "warning"))
        if each
    ]
    ignored = f", {len(found.suppressed)} ignored" if found.suppressed else ""
    about = f"{policies} {'policy' if policies == 1 else 'policies'}"
    return f"{', '.join(counts) or 'nothing found'} in {about}{ignored}"


COMMAND = lint
