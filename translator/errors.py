"""Findings about the input and the exceptions that carry them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from translator.origin import Origin


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    WARNING = "warning"


class Gate(StrEnum):
    """Who refuses an object: every policy passes several gates before it acts."""

    SYNTAX = "syntax"
    """The text is no YAML or JSON that kubectl could read."""
    APISERVER = "kube-apiserver"
    """The API server: built-in validation, the custom resource's schema, its CEL rules, strict field validation."""
    CALICO = "calico"
    """Calico's own path: strict decoding, defaulting and the Go validator of calicoctl and its API server."""
    CILIUM = "cilium"
    """The Cilium agent when it reads the object (Sanitize and parsing)."""
    NETPOLX = "netpolx"
    """This program: limits, usage, things no engine checks and nobody should run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong, or doubtful, about the input."""

    message: str
    origin: Origin | None = None
    severity: Severity = Severity.ERROR
    gate: Gate = Gate.NETPOLX
    code: str = "invalid"
    hint: str | None = None
    also: tuple[Gate, ...] = ()
    """Further gates that find the same."""

    def __str__(self) -> str:
        where = f"{self.origin}: " if self.origin else ""
        field = f"{self.origin.field_path}: " if self.origin and self.origin.path else ""
        gates = " and ".join(gate for gate in (self.gate, *self.also) if gate is not Gate.NETPOLX)
        verb = "" if self.severity is Severity.WARNING else "refused by "
        by = f" [{verb}{gates}]" if gates else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{where}{self.severity}: {field}{self.message}{hint}{by}"


def together(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings in their order, the same one of several gates told once."""
    found: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        key = (finding.origin, finding.severity, finding.message, finding.hint)
        known = found.setdefault(key, finding)
        if finding.gate not in (known.gate, *known.also):
            found[key] = replace(known, also=(*known.also, finding.gate))
    return tuple(found.values())


class NetpolxError(Exception):
    """Base of every error this package raises on purpose."""


class InputError(NetpolxError):
    """The input is bad; holds every finding, not just the first."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class UsageError(NetpolxError):
    """The request makes no sense (options, mixed engines)."""


class InternalError(NetpolxError):
    """A promise of this package is broken: a bug of ours, never of the input."""


def suggestion(name: str, known: Iterable[str]) -> str | None:
    """The hint ``did you mean `x`?`` for the closest known name, or None when nothing is close."""
    import difflib  # noqa: PLC0415 - only on the error path

    candidates = list(known)
    lowered = {candidate.lower(): candidate for candidate in candidates}
    if name.lower() in lowered:
        return f"did you mean `{lowered[name.lower()]}`?"
    close = difflib.get_close_matches(name, candidates, n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else None
