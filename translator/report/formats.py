"""The report formats there are. Adding one is one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from translator.errors import UsageError, suggestion
from translator.report import text
from translator.report.record import Report


def _json(report: Report, version: str) -> str:
    # pydantic is worth loading only for who asks for JSON.
    from translator.report import model  # noqa: PLC0415

    return model.render(report, version)


def _text(report: Report, _version: str) -> str:
    return text.render(report)


FORMATS: Final[dict[str, Callable[[Report, str], str]]] = {"text": _text, "json": _json}
"""Format → how it is rendered; ``version`` is that of netpolx."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One ``--report FORMAT[=PATH]``."""

    format: str
    path: str | None
    """None: standard error."""


def read_request(value: str) -> Request:
    """A request out of its text. Raises UsageError for an unknown format or an empty path."""
    name, equals, path = value.partition("=")
    if name not in FORMATS:
        hint = suggestion(name, FORMATS)
        raise UsageError(f"--report: expected {', '.join(FORMATS)}, found `{name}`{f'; {hint}' if hint else ''}")
    if equals and not path:
        raise UsageError(f"--report {name}=: the path is missing")
    return Request(format=name, path=path or None)


def render(report: Report, request: Request, *, version: str) -> str:
    """The report in the format that is asked for."""
    return FORMATS[request.format](report, version)
