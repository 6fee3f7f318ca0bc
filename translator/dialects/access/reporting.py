"""Collects what is wrong with a spec, so that a reader learns everything at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from translator.dialects.access.texts import TextError
from translator.errors import Finding, Severity
from translator.origin import Origin

_T = TypeVar("_T")


class Reporter:
    """The findings about one spec, in the order in which they were made."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def error(self, origin: Origin, message: str, hint: str | None = None, *, code: str = "invalid-value") -> None:
        """Something that makes the spec mean nothing."""
        self.findings.append(Finding(message=message, origin=origin, code=code, hint=hint))

    def warning(self, origin: Origin, message: str, hint: str | None = None, *, code: str) -> None:
        """Something that is rarely meant so."""
        finding = Finding(message=message, origin=origin, severity=Severity.WARNING, code=code, hint=hint)
        self.findings.append(finding)

    def read(self, origin: Origin, function: Callable[..., _T], *arguments: Any) -> _T | None:
        """What a function makes of a text; None where it refuses it, which is then an error at a place."""
        try:
            return function(*arguments)
        except TextError as error:
            self.error(origin, str(error), error.hint)
            return None

    @property
    def has_errors(self) -> bool:
        """Whether something makes the spec mean nothing."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)
