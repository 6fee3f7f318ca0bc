"""``netpolx schema``: the JSON Schemas of the formats that netpolx reads and writes."""

from __future__ import annotations

from typing import Annotated

import typer

from translator.cli.terminal import put


def schema(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The format; all are listed without.")] = None,
) -> int:
    """Print the JSON Schema of a format."""
    from translator.cli.schemas import SCHEMAS, schema_text
    from translator.errors import UsageError, suggestion

    if name is None:
        put("".join(f"{each}\n" for each in SCHEMAS))
        return 0
    if name not in SCHEMAS:
        hint = suggestion(name, SCHEMAS)
        raise UsageError(f"there is no schema `{name}`{f'; {hint}' if hint else ''}")
    put(schema_text(name))
    return 0


COMMAND = schema
