"""``netpolx access``: help with writing access specs."""

from __future__ import annotations

from typing import Annotated

import typer

from translator.cli.options import YamlFormat
from translator.cli.terminal import YELLOW, paint, put, warn

COMMAND = typer.Typer(
    help="Help with writing access specs (docs/access.md); `netpolx translate --to access` makes one from policies.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@COMMAND.callback()
def _access() -> None:
    """Keep the group a group while it has one command."""


@COMMAND.command("from-openapi")
def from_openapi(
    *,
    description: Annotated[str, typer.Argument(metavar="FILE", help="An OpenAPI 3.0 or 3.1 description.")],
    service: Annotated[
        str, typer.Option("--service", metavar="NAMESPACE/APP", help="The service that the description is of.")
    ],
    source: Annotated[
        list[str],
        typer.Option(
            "--from",
            metavar="CLIENT",
            help="Who may call it: namespace/app, a keyword, or a name in the service's namespace; may be repeated.",
        ),
    ],
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Default: as the servers say.")] = None,
    base: Annotated[
        str | None, typer.Option("--base", metavar="PATH", help="The base path, in place of those of the servers.")
    ] = None,
    label_key: Annotated[
        str | None, typer.Option("--label-key", metavar="KEY", help="The label that names an application.")
    ] = None,
    output: YamlFormat = "yaml",
) -> int:
    """Write a spec that lets the operations of a description through. What has to be reviewed is on standard error."""
    import json

    from translator.dialects.access.described import spec_of_description
    from translator.dialects.access.model import LABEL_KEY
    from translator.documents.emitter import dump

    found = spec_of_description(
        description, service=service, clients=source, port=port, base=base, label_key=label_key or LABEL_KEY
    )
    text = dump([found.document])
    put(json.dumps(found.document, indent=2, ensure_ascii=False) + "\n" if output == "json" else text)
    for remark in found.review:
        warn(paint(f"review: {remark}", YELLOW))
    return 0
