"""Collecting what each gate refuses of one document (calico.md 1.1, appendix C)."""

from __future__ import annotations

from typing import Final

from translator.documents.document import Document
from translator.errors import Finding, Gate
from translator.origin import FieldPath

SERVER: Final = (Gate.APISERVER,)
"""The API server alone: list types, raw values."""
VALIDATOR: Final = (Gate.CALICO,)
"""Calico's Go code alone."""
BOTH: Final = (Gate.APISERVER, Gate.CALICO)
"""The schema and its CEL rules, which Calico's own path runs as well."""

Gates = tuple[Gate, ...]


class Refusals:
    """Findings of one document, each under the gates that refuse for it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.findings: list[Finding] = []

    def add(
        self, gates: Gates, path: FieldPath, message: str, *, hint: str | None = None, code: str = "invalid-value"
    ) -> None:
        """One finding per gate at a field."""
        origin = self.document.origin(*path)
        self.findings.extend(Finding(message=message, origin=origin, gate=gate, code=code, hint=hint) for gate in gates)

    def of(self, gate: Gate) -> list[Finding]:
        """What one gate refuses."""
        return [finding for finding in self.findings if finding.gate is gate]
