"""The report formats there are, for translations and for changes. Adding one is one line here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from translator.errors import UsageError, suggestion
from translator.report import text

if TYPE_CHECKING:
    from translator.report.change import ChangeReport
    from translator.report.freshness import Freshness
    from translator.report.record import Report


def _of(module: str) -> Any:
    """A module of this package. Each is loaded for who asks for its format; most ask for text alone."""
    return import_module(f"translator.report.{module}")


FORMATS: Final[dict[str, Callable[[Report, str], str]]] = {
    "text": lambda report, _version: text.render(report),
    "json": lambda report, version: _of("model").render(report, version),
    "markdown": lambda report, _version: _of("translation_markdown").render(report),
    "sarif": lambda report, version: _of("sarif").render(_of("notes").of_translation(report), version=version),
    "github": lambda report, _version: _of("github").render(_of("notes").of_translation(report)),
    "junit": lambda report, _version: _of("junit").render(_of("cases").of_translation(report)),
    "html": lambda report, version: _of("html").render(report, version),
}
"""Format → how a translation is rendered; ``version`` is that of netpolx."""

CHANGE_FORMATS: Final[dict[str, Callable[[ChangeReport, str], str]]] = {
    "text": lambda report, _version: _of("change_text").render(report),
    "json": lambda report, version: _of("change_model").render(report, version),
    "markdown": lambda report, _version: _of("change_markdown").render(report),
    "sarif": lambda report, version: _of("sarif").render(_of("notes").of_change(report), version=version),
    "github": lambda report, _version: _of("github").render(_of("notes").of_change(report)),
    "junit": lambda report, _version: _of("junit").render(_of("cases").of_change(report)),
    "html": lambda report, version: _of("html").render_change(report, version),
}
"""Format → how a change is rendered."""

FRESHNESS_FORMATS: Final[dict[str, Callable[[Freshness, str], str]]] = {
    "text": lambda freshness, _version: _of("freshness_text").render(freshness),
    "sarif": lambda freshness, version: _of("sarif").render(_of("freshness_text").notes(freshness), version=version),
    "github": lambda freshness, _version: _of("github").render(_of("freshness_text").notes(freshness)),
    "junit": lambda freshness, _version: _of("junit").render(_of("freshness_text").suites(freshness)),
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
