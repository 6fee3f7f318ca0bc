"""The report formats there are, for translations and for changes. Adding one is one line here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from translator.errors import UsageError, suggestion
from translator.report import (
    cases,
    change_markdown,
    change_text,
    freshness_text,
    github,
    junit,
    notes,
    sarif,
    text,
    translation_markdown,
)
from translator.report.change import ChangeReport
from translator.report.freshness import Freshness
from translator.report.record import Report


def _json(report: Report, version: str) -> str:
    # pydantic is worth loading only for who asks for JSON.
    from translator.report import model  # noqa: PLC0415

    return model.render(report, version)


def _change_json(report: ChangeReport, version: str) -> str:
    from translator.report import change_model  # noqa: PLC0415 - as above

    return change_model.render(report, version)


def _html(report: Report, version: str) -> str:
    from translator.report import html  # noqa: PLC0415 - as above

    return html.render(report, version)


def _change_html(report: ChangeReport, version: str) -> str:
    from translator.report import html  # noqa: PLC0415 - as above

    return html.render_change(report, version)


FORMATS: Final[dict[str, Callable[[Report, str], str]]] = {
    "text": lambda report, _version: text.render(report),
    "json": _json,
    "markdown": lambda report, _version: translation_markdown.render(report),
    "sarif": lambda report, version: sarif.render(notes.of_translation(report), version=version),
    "github": lambda report, _version: github.render(notes.of_translation(report)),
    "junit": lambda report, _version: junit.render(cases.of_translation(report)),
    "html": _html,
}
"""Format → how a translation is rendered; ``version`` is that of netpolx."""

CHANGE_FORMATS: Final[dict[str, Callable[[ChangeReport, str], str]]] = {
    "text": lambda report, _version: change_text.render(report),
    "json": _change_json,
    "markdown": lambda report, _version: change_markdown.render(report),
    "sarif": lambda report, version: sarif.render(notes.of_change(report), version=version),
    "github": lambda report, _version: github.render(notes.of_change(report)),
    "junit": lambda report, _version: junit.render(cases.of_change(report)),
    "html": _change_html,
}
"""Format → how a change is rendered."""

FRESHNESS_FORMATS: Final[dict[str, Callable[[Freshness, str], str]]] = {
    "text": lambda freshness, _version: freshness_text.render(freshness),
    "sarif": lambda freshness, version: sarif.render(freshness_text.notes(freshness), version=version),
    "github": lambda freshness, _version: github.render(freshness_text.notes(freshness)),
    "junit": lambda freshness, _version: junit.render(freshness_text.suites(freshness)),
}
"""Format → how the state of committed translations is rendered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One ``--report FORMAT[=PATH]``."""

    format: str
    path: str | None
    """None: standard error."""


def read_request(value: str, known: Collection[str] = tuple(FORMATS)) -> Request:
    """A request out of its text. Raises UsageError for an unknown format or an empty path."""
    name, equals, path = value.partition("=")
    if name not in known:
        hint = suggestion(name, known)
        raise UsageError(f"--report: expected {', '.join(known)}, found `{name}`{f'; {hint}' if hint else ''}")
    if equals and not path:
        raise UsageError(f"--report {name}=: the path is missing")
    return Request(format=name, path=path or None)


def render(report: Report, request: Request, *, version: str) -> str:
    """The report of a translation in the format that is asked for."""
    return FORMATS[request.format](report, version)


def render_change(report: ChangeReport, request: Request, *, version: str) -> str:
    """A change in the format that is asked for."""
    return CHANGE_FORMATS[request.format](report, version)


def render_freshness(freshness: Freshness, request: Request, *, version: str) -> str:
    """The state of committed translations in the format that is asked for."""
    return FRESHNESS_FORMATS[request.format](freshness, version)
