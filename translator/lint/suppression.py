"""``# netpolx: ignore[code] reason``, on the line of a finding or on the line above it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from translator.documents.document import Document
from translator.errors import Finding, Severity

_COMMENT: Final = re.compile(r"(?:^|\s)#\s*netpolx:\s*ignore\[([^\]]*)\]\s*(.*)$")
_WORD: Final = "netpolx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """A finding that somebody has looked at."""

    finding: Finding
    reason: str


@dataclass(slots=True)
class Suppressions:
    """The comments of the files that findings stand in, read when the first one of a file is asked about."""

    _files: dict[str, dict[int, tuple[frozenset[str], str]]] = field(default_factory=dict)

    def reason_for(self, finding: Finding) -> str | None:
        """Why a finding is to be left out; None where nobody says so."""
        origin = finding.origin
        if origin is None or not isinstance(origin.document, Document):
            return None
        comments = self._comments(origin.document)
        line = origin.line if comments else 0
        for number in (line, line - 1):
            codes, reason = comments.get(number, (frozenset[str](), ""))
            if finding.code in codes:
                return reason
        return None

    def _comments(self, document: Document) -> dict[int, tuple[frozenset[str], str]]:
        known = self._files.get(document.file)
        if known is None:
            whole = document.whole or document
            text = whole.source.text if whole.source is not None else ""
            known = self._files[document.file] = _read(text) if _WORD in text else {}
        return known


def split(findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[Suppressed, ...]]:
    """The findings that stand, and those that a comment leaves out. What a gate refuses stays refused."""
    suppressions = Suppressions()
    kept: list[Finding] = []
    left_out: list[Suppressed] = []
    for finding in findings:
        reason = suppressions.reason_for(finding) if finding.severity is Severity.WARNING else None
        if reason is None:
            kept.append(finding)
        else:
            left_out.append(Suppressed(finding=finding, reason=reason))
    return tuple(kept), tuple(left_out)


def _read(text: str) -> dict[int, tuple[frozenset[str], str]]:
    """Line → codes and reason. Several codes are separated by commas."""
    found: dict[int, tuple[frozenset[str], str]] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        match = _COMMENT.search(line)
        if match is not None:
            codes = frozenset(code.strip() for code in match[1].split(",") if code.strip())
            found[number] = (codes, match[2].strip())
    return found
