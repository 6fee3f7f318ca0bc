"""``netpolx explain``: what a loss means and what to do about it."""

from __future__ import annotations

from typing import Annotated

import typer

from translator.cli.options import JSON_FORMATS, TextFormat
from translator.cli.terminal import put


def explain(
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="The code of a loss; all are listed without.")
    ] = None,
    output: TextFormat = "text",
) -> int:
    """Explain a loss: what it means for traffic, what to do about it, an example."""
    import json

    from translator.errors import UsageError, suggestion
    from translator.loss.catalogue import LOSSES
    from translator.report.catalogue import explain_text, loss_record

    if code is not None and code not in LOSSES:
        hint = suggestion(code, LOSSES)
        raise UsageError(f"there is no loss `{code}`{f'; {hint}' if hint else ''}; `netpolx explain` lists them all")
    if output in JSON_FORMATS:
        chosen = [LOSSES[code]] if code is not None else list(LOSSES.values())
        records = [loss_record(kind) for kind in chosen]
        put(json.dumps(records[0] if code is not None else records, indent=2, ensure_ascii=False) + "\n")
    elif code is not None:
        put(explain_text(LOSSES[code]))
    else:
        width = max(len(each) for each in LOSSES)
        put("".join(f"{kind.code.ljust(width)}  {kind.title}\n" for kind in LOSSES.values()))
    return 0


COMMAND = explain
