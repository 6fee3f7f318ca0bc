"""``netpolx explain``: what a loss or a warning means and what to do about it."""

from __future__ import annotations

from typing import Annotated

import typer

from translator.cli.options import JSON_FORMATS, TextFormat
from translator.cli.terminal import put


def explain(
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="The code of a loss or of a warning; all are listed without.")
    ] = None,
    output: TextFormat = "text",
) -> int:
    """Explain a loss or a warning: what it means for traffic, what to do about it, an example."""
    import json

    from translator.errors import UsageError, suggestion
    from translator.lint.catalogue import LINTS
    from translator.lint.rendering import explain_text as explain_lint
    from translator.lint.rendering import lint_record
    from translator.loss.catalogue import LOSSES
    from translator.report.catalogue import explain_text, loss_record

    known = {**LOSSES, **LINTS}
    if code is not None and code not in known:
        hint = suggestion(code, known)
        raise UsageError(f"there is no code `{code}`{f'; {hint}' if hint else ''}; `netpolx explain` lists them all")
    if output in JSON_FORMATS:
        records = [loss_record(kind) for name, kind in LOSSES.items() if code in (None, name)]
        records += [lint_record(kind) for name, kind in LINTS.items() if code in (None, name)]
        put(json.dumps(records[0] if code is not None else records, indent=2, ensure_ascii=False) + "\n")
    elif code is not None:
        put(explain_text(LOSSES[code]) if code in LOSSES else explain_lint(LINTS[code]))
    else:
        titles = {name: kind.title for name, kind in LOSSES.items()} | {
            name: kind.title for name, kind in LINTS.items()
        }
        width = max(map(len, titles))
        put("".join(f"{name.ljust(width)}  {title}\n" for name, title in titles.items()))
    return 0


COMMAND = explain
