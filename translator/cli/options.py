"""Options that several commands share, so that they are spelled and explained once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

import typer


def one_of(*values: str) -> Callable[[str | None], str | None]:
    """A check that an option has one of the values."""

    def check(value: str | None) -> str | None:
        if value is not None and value not in values:
            raise typer.BadParameter(f"expected {', '.join(values)}, found `{value}`")
        return value

    return check


def _format(*values: str) -> object:
    return typer.Option(
        "-o", "--output", metavar="|".join(values), help="Format of the output.", callback=one_of(*values)
    )


JSON_FORMATS: Final = frozenset({"json"})

Files = Annotated[
    list[str] | None,
    typer.Argument(metavar="[FILE|DIR|-]...", help="Files, directories (read recursively) or `-` for standard input."),
]
FileOptions = Annotated[
    list[str] | None,
    typer.Option(
        "-f", "--filename", metavar="FILE", help="A file, directory or `-`, as with kubectl; may be repeated."
    ),
]
FromEngine = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="ENGINE",
        help="The engine that enforces the input: kubernetes, calico, cilium; or clusternetworkpolicy, access. "
        "Default: the one whose own kinds occur.",
    ),
]
Engine = Annotated[
    str | None,
    typer.Option(
        "--engine", "--from", metavar="ENGINE", help="kubernetes, calico or cilium. Default: as the kinds say."
    ),
]
ContextFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--context",
        metavar="FILE",
        help="What is known about the cluster: a Context document or a kubectl dump; may be repeated.",
    ),
]
Reports = Annotated[
    list[str] | None,
    typer.Option(
        "--report",
        metavar="FORMAT[=PATH]",
        help="Report as text, json, markdown, sarif, github, junit or html, to a file or standard error; may be "
        "repeated.",
    ),
]
ChangeReports = Annotated[
    list[str] | None,
    typer.Option(
        "--report",
        metavar="FORMAT[=PATH]",
        help="Besides, the same as text, markdown, json, sarif, github, junit or html, to a file or standard error; "
        "may be repeated.",
    ),
]
SkipInvalid = Annotated[
    bool,
    typer.Option("--skip-invalid", help="Leave refused documents out, report them on standard error, and go on."),
]
Namespace = Annotated[
    str | None, typer.Option("-n", "--namespace", metavar="NAME", help="The namespace of objects that name none.")
]
TextFormat = Annotated[str, _format("text", "json")]
LintFormat = Annotated[str, _format("text", "json", "sarif", "github")]
ChangeFormat = Annotated[str, _format("text", "markdown", "json", "sarif", "github", "junit", "html")]
FeaturesFormat = Annotated[str, _format("text", "markdown", "json")]
YamlFormat = Annotated[str, _format("yaml", "json")]
