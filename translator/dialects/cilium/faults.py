"""What a gate holds against a field, before it is known in which document the field stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from translator.errors import Finding, Gate, Severity
from translator.origin import FieldPath, Origin, PathStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that a gate refuses, at a path relative to whatever was checked."""

    message: str
    path: FieldPath = ()
    code: str = "invalid-value"
    hint: str | None = None

    def under(self, *steps: PathStep) -> Fault:
        """The same fault seen from further up."""
        return replace(self, path=steps + self.path)

    def finding(self, origin: Origin, gate: Gate, severity: Severity) -> Finding:
        """The finding, with ``origin`` as the place of what was checked."""
        return Finding(
            message=self.message,
            origin=origin.at(*self.path),
            severity=severity,
            gate=gate,
            code=self.code,
            hint=self.hint,
        )


def under(faults: Iterable[Fault], *steps: PathStep) -> Iterator[Fault]:
    """The same faults seen from further up."""
    for fault in faults:
        yield fault.under(*steps)
