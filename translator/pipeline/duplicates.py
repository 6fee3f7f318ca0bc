"""Objects that stand in the input more than once: a cluster holds one of each name."""

from __future__ import annotations

from collections.abc import Iterable

from translator.documents.document import Document
from translator.documents.server_fields import strip_server_fields
from translator.errors import Finding, Severity

Name = tuple[str, str, str, str]
"""Group, kind, namespace, name."""


def name_of(document: Document, default_namespace: str) -> Name | None:
    """What tells an object apart in its cluster; None for what has no name yet."""
    metadata = document.metadata
    name, namespace = metadata.get("name"), metadata.get("namespace") or default_namespace
    if not isinstance(name, str) or not isinstance(namespace, str):
        return None
    return (document.api_version.rpartition("/")[0], document.kind, namespace, name)


def without_duplicates(
    documents: Iterable[Document], default_namespace: str, *, lenient: bool
) -> tuple[list[Document], list[Finding]]:
    """Each object once: the same text again is a warning, another object of the same name an error.

    ``lenient``: such another object is kept and is a warning; an engine takes what it is given.
    """
    first: dict[Name, Document] = {}
    kept: list[Document] = []
    findings: list[Finding] = []
    for document in documents:
        name = name_of(document, default_namespace)
        known = None if name is None else first.setdefault(name, document)
        if known is None or known is document:
            kept.append(document)
            continue
        is_same = strip_server_fields(known.data) == strip_server_fields(document.data)
        if lenient and not is_same:
            kept.append(document)
        findings.append(_finding(document, known, is_same=is_same, is_error=not is_same and not lenient))
    return kept, findings


def _finding(document: Document, known: Document, *, is_same: bool, is_error: bool) -> Finding:
    name = document.metadata["name"]
    difference = "" if is_same else ", and says something else there"
    return Finding(
        message=f"{document.kind} {name} stands at {known.origin()} already{difference}",
        origin=document.origin("metadata", "name"),
        severity=Severity.ERROR if is_error else Severity.WARNING,
        code="duplicate-object",
        hint=None if is_same else "a cluster holds one object of a name: read the sets apart",
    )
