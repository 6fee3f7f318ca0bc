"""One document of the input: plain data, and where each field of it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from translator.documents.positions import Source
from translator.documents.server_fields import is_dump
from translator.origin import FieldPath, Origin, PathStep

Locator = Callable[[FieldPath], tuple[int, int]]


def _nowhere(_path: FieldPath) -> tuple[int, int]:
    return (1, 1)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Document:
    """A Kubernetes object as plain data (scalars read as the API server reads them)."""

    data: Mapping[str, Any]
    file: str = "-"
    index: int = 0
    """Zero-based position among the objects of the file (items of a List count one each)."""
    locator: Locator = field(default=_nowhere, repr=False)
    """One-based line and column of a field path, or of its nearest ancestor that exists."""
    source: Source | None = field(default=None, repr=False)
    """The text of the file."""
    span: tuple[int, int] = field(default=(0, 0), repr=False)
    """The part of the source that is this document with the comments around it; empty for items of a List."""
    whole: Document | None = field(default=None, repr=False)
    """The List of which it is an item."""
    path_in_whole: FieldPath = field(default=(), repr=False)

    @property
    def api_version(self) -> str:
        """``apiVersion``, or the empty string."""
        value = self.data.get("apiVersion")
        return value if isinstance(value, str) else ""

    @property
    def kind(self) -> str:
        """``kind``, or the empty string."""
        value = self.data.get("kind")
        return value if isinstance(value, str) else ""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """``metadata``, or an empty mapping."""
        value = self.data.get("metadata")
        return value if isinstance(value, Mapping) else {}

    @property
    def text(self) -> str:
        """The document as it stands in the file; empty for an item of a List and for what was never a file."""
        return self.source.text[slice(*self.span)] if self.source else ""

    @property
    def from_server(self) -> bool:
        """Whether an API server wrote it (a dump): it has a uid, resourceVersion or managedFields."""
        return is_dump(self.data)

    def locate(self, path: FieldPath) -> tuple[int, int]:
        """One-based line and column of the field, or of its nearest known ancestor."""
        return self.locator(path)

    def origin(self, *path: PathStep) -> Origin:
        """The place of a field of this document."""
        return Origin(self, path)
