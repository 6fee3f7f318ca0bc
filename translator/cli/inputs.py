"""From the options of a command to what the pipeline takes."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from translator.cli.engine_flags import flags_as_context
from translator.errors import Finding, Severity, UsageError

if TYPE_CHECKING:
    from translator.context import Context


def chosen_files(files: Sequence[str] | None, named: Sequence[str] | None) -> list[str]:
    """Files given as arguments and with ``-f``. Raises UsageError when there are none."""
    chosen = [*(files or ()), *(named or ())]
    if not chosen:
        raise UsageError("no input: name files or directories, or `-` for standard input")
    return chosen


def known_context(files: Sequence[str] | None, flags: Mapping[str, Any] | None = None) -> Context:
    """The context of ``--context`` files and engine flags; raises InputError with all findings.

    Later files add to earlier ones; flags have the last word.
    """
    from translator.context import NO_CONTEXT

    options = flags_as_context(flags or {})
    if not files and not options:
        return NO_CONTEXT
    from translator.wire.context import load_context

    return load_context(files or (), options)


def read_text(file: str) -> str:
    """The text of a file or of standard input. Raises UsageError when it cannot be read."""
    from pathlib import Path

    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: no UTF-8: {error.reason} at byte {error.start}") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or error}") from None


def save(file: str, text: str) -> None:
    """Write a file as a whole. Raises UsageError when it cannot be written."""
    from translator.documents.files import write_atomically

    try:
        write_atomically(file, text)
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror or error}") from None


def show_findings(findings: Sequence[Finding], *, quiet: bool = False) -> None:
    """Findings on standard error, one line each; warnings only unless quiet."""
    from translator.cli.terminal import RED, YELLOW, paint, warn

    for finding in findings:
        is_error = finding.severity is Severity.ERROR
        if is_error or not quiet:
            warn(paint(str(finding), RED if is_error else YELLOW))


def passed_over_line(passed_over: Mapping[str, int]) -> str | None:
    """How many documents are no policies, in one line; None when there are none."""
    if not passed_over:
        return None
    total = sum(passed_over.values())
    kinds = ", ".join(f"{count} {kind}" for kind, count in passed_over.items())
    return f"passed over {total} {'document' if total == 1 else 'documents'} of other kinds: {kinds}"
