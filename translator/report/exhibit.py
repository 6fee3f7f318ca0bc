"""What only a page shows: the texts of both sides, and who may talk to whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from translator.documents.document import Document
from translator.documents.emitter import dump
from translator.documents.loading import load_text
from translator.origin import FieldPath, Located
from translator.report.connectivity import Matrix

OUTPUT: Final = "output"
"""How people name what was written."""
Place = tuple[str, int]
"""File and position of the document in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The text of one document with the numbers of its lines."""

    file: str
    """How people name the file."""
    title: str
    """``NetworkPolicy prod/db``."""
    place: Place
    begins: int
    """The line at which reports place the document."""
    first: int
    """The line number of the first line shown."""
    lines: tuple[str, ...]
    located: Located = field(repr=False)

    def line_of(self, path: FieldPath) -> int:
        """The line of a field, always one of this listing."""
        return min(max(self.located.locate(path)[0], self.first), self.first + len(self.lines) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facing:
    """What stands side by side."""

    title: str
    before: tuple[Listing, ...]
    after: tuple[Listing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """The parts of a page that lists and tables cannot tell."""

    facing: tuple[Facing, ...] = ()
    matrix: Matrix | None = None


NOTHING = Exhibit()


def nothing() -> Exhibit:
    """No texts and no picture."""
    return NOTHING


def listing(document: Document, *, file: str | None = None) -> Listing:
    """The text of a document as it stands in its file; of items of a List and of JSON, as we would write it."""
    text, first, located = document.text, 1, document
    if document.source is not None and text.strip() and not text.lstrip().startswith(("{", "[")):
        first += document.source.text.count("\n", 0, document.span[0])
    else:
        text = dump([document.data])
        located = load_text(text, file=document.file).documents[0]
    lines = text.splitlines()
    while len(lines) > 1 and (not lines[0].strip() or lines[0].rstrip() == "---"):
        lines, first = lines[1:], first + 1
    while len(lines) > 1 and (not lines[-1].strip() or lines[-1].rstrip() in ("---", "...")):
        lines.pop()
    return Listing(
        file=file or document.file,
        title=title_of(document),
        place=(document.file, document.index),
        begins=document.origin().line,
        first=first,
        lines=tuple(lines),
        located=located,
    )


def title_of(document: Document) -> str:
    """``NetworkPolicy prod/db``."""
    metadata: Any = document.metadata
    name = metadata.get("name") or metadata.get("generateName") or "without a name"
    namespace = metadata.get("namespace")
    return f"{document.kind} {f'{namespace}/' if namespace else ''}{name}"


def distinct(documents: Iterable[object]) -> Sequence[Document]:
    """Each document once, in order; what never was a document is left out."""
    found = {(each.file, each.index): each for each in documents if isinstance(each, Document)}
    return tuple(found.values())
