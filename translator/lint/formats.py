"""Findings in the formats of people, programs and CI systems."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from translator.documents.document import Document
from translator.errors import Finding
from translator.lint.catalogue import LINTS
from translator.lint.kind import Chapter, LintKind
from translator.lint.linting import Linted
from translator.report import github, sarif
from translator.report.note import Level, Note
from translator.report.notes import of_finding
from translator.report.sarif import Rule


def line(finding: Finding) -> str:
    """One greppable line: the place leads, the code ends it."""
    return f"{finding} [{finding.code}]"


def _text(found: Linted, _version: str) -> str:
    return "".join(f"{line(finding)}\n" for finding in found.findings)


def _json(found: Linted, _version: str) -> str:
    record = {
        "findings": [_record(finding) for finding in found.findings],
        "ignored": [{**_record(each.finding), "reason": each.reason} for each in found.suppressed],
    }
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def _record(finding: Finding) -> dict[str, Any]:
    origin = finding.origin
    place = None
    if origin is not None:
        place = {"file": origin.file, "line": origin.line, "column": origin.column, "path": origin.field_path}
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "gate": finding.gate.value,
        "message": finding.message,
        "hint": finding.hint,
        "place": place,
    }


def _notes(found: Linted) -> tuple[Note, ...]:
    """The findings as located statements, each with the object that it is about."""
    return tuple(replace(of_finding(finding), subject=_subject(finding)) for finding in found.findings)


def _subject(finding: Finding) -> str:
    """``namespace/name`` of the object that a finding stands in."""
    document = finding.origin.document if finding.origin is not None else None
    metadata = document.metadata if isinstance(document, Document) else {}
    names = (metadata.get("namespace"), metadata.get("name"))
    return "/".join(str(name) for name in names if name)


def _rules() -> dict[str, Rule]:
    """What the codes mean, for code scanners."""
    return {
        kind.code: Rule(code=kind.code, title=kind.title, meaning=kind.meaning, remedy=kind.remedy, level=_level(kind))
        for kind in LINTS.values()
    }


def _level(kind: LintKind) -> Level:
    return Level.ERROR if kind.chapter in (Chapter.REFUSED, Chapter.TEXT) else Level.WARNING


FORMATS: Final[dict[str, Callable[[Linted, str], str]]] = {
    "text": _text,
    "json": _json,
    "sarif": lambda found, version: sarif.render(_notes(found), version=version, rules=_rules()),
    "github": lambda found, _version: github.render(_notes(found)),
}
"""Format → how findings are rendered; ``version`` is that of netpolx."""
