"""Warnings about legal forms that rarely mean what their author had in mind."""

from __future__ import annotations

from translator.errors import Finding, Gate, Severity
from translator.origin import Origin


class Doubts:
    """Collects the findings of one parse that no gate makes."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.refusals = 0
        """How many findings refuse the policy they are about."""

    def refuse(self, message: str, origin: Origin, code: str, *, hint: str | None = None) -> None:
        """Note that a policy is legal and still cannot be read exactly."""
        self.refusals += 1
        self.findings.append(Finding(message=message, origin=origin, gate=Gate.NETPOLX, code=code, hint=hint))

    def add(self, message: str, origin: Origin, code: str, *, hint: str | None = None) -> None:
        """Note one warning."""
        self.findings.append(
            Finding(message=message, origin=origin, severity=Severity.WARNING, gate=Gate.NETPOLX, code=code, hint=hint)
        )
