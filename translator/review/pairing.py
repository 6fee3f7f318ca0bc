"""Which document of one set is which of the other: by name first, then by content."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from translator.documents.document import Document
from translator.documents.server_fields import strip_server_fields

ALIKE: Final = 0.5
"""Share of common fields from which two documents of one kind and namespace are the same one, renamed and edited."""
_MOST_PAIRS: Final = 100_000
"""Beyond it a document that was renamed as well as edited counts as removed and added: looking costs too much."""

Key = tuple[str, str, str, str]
"""Group, kind, namespace, name."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One document before and after; None where it is not."""

    before: Document | None
    after: Document | None

    @property
    def is_renamed(self) -> bool:
        """Whether it has another name or namespace now."""
        return self.before is not None and self.after is not None and key_of(self.before) != key_of(self.after)


def key_of(document: Document) -> Key:
    """What tells a document apart in its cluster. The version of the group is not part of it."""
    metadata = document.metadata
    group = document.api_version.rpartition("/")[0]
    return (group, document.kind, str(metadata.get("namespace") or ""), str(metadata.get("name") or ""))


def content(document: Document) -> dict[str, Any]:
    """What somebody wrote: the document without what a server added."""
    return strip_server_fields(document.data)


def pairs(before: Sequence[Document], after: Sequence[Document]) -> tuple[Pair, ...]:
    """Every document of both sets once, in the order of their keys."""
    old, new = _by_key(before), _by_key(after)
    found = [Pair(old[key], new[key]) for key in old.keys() & new.keys()]
    gone = [old[key] for key in sorted(old.keys() - new.keys())]
    come = [new[key] for key in sorted(new.keys() - old.keys())]
    renamed = list(_renamed(gone, come))
    taken = {id(each) for pair in renamed for each in (pair.before, pair.after)}
    found += renamed
    found += [Pair(each, None) for each in gone if id(each) not in taken]
    found += [Pair(None, each) for each in come if id(each) not in taken]
    return tuple(sorted(found, key=_order))


def _order(pair: Pair) -> tuple[Key, bool]:
    document = pair.after or pair.before
    assert document is not None
    return (key_of(document), pair.after is None)


def _by_key(documents: Iterable[Document]) -> dict[Key, Document]:
    """The first of each name, as the loader keeps it."""
    found: dict[Key, Document] = {}
    for document in documents:
        found.setdefault(key_of(document), document)
    return found


def _renamed(gone: Sequence[Document], come: Sequence[Document]) -> Iterator[Pair]:
    """Pairs of the same content, then pairs of nearly the same content in one namespace."""
    waiting: dict[Hashable, list[Document]] = {}
    for document in gone:
        waiting.setdefault(_identity(document), []).append(document)
    left: list[Document] = []
    for document in come:
        same = waiting.get(_identity(document))
        if same:
            yield Pair(same.pop(0), document)
        else:
            left.append(document)
    yield from _alike([each for same in waiting.values() for each in same], left)


def _identity(document: Document) -> Hashable:
    """The content without its name and namespace, whatever the order of its lists."""
    return (key_of(document)[:2], frozen(_nameless(document)))


def _nameless(document: Document) -> dict[str, Any]:
    data = content(document)
    metadata = {name: value for name, value in document.metadata.items() if name in ("labels", "annotations")}
    rest = {name: value for name, value in data.items() if name not in ("apiVersion", "kind", "metadata")}
    return {**rest, "metadata": metadata} if metadata else rest


def frozen(value: Any) -> Hashable:
    """A value that is equal to another one when the two differ in the order of lists and keys only."""
    if isinstance(value, Mapping):
        return frozenset((name, frozen(each)) for name, each in value.items())
    if isinstance(value, list | tuple):
        counts: dict[Hashable, int] = {}
        for each in value:
            key = frozen(each)
            counts[key] = counts.get(key, 0) + 1
        return ("list", frozenset(counts.items()))
    return (type(value).__name__, value)


def _alike(gone: Sequence[Document], come: Sequence[Document]) -> Iterator[Pair]:
    """The most alike first; ties by name, so that the answer does not depend on the order of the files."""
    if len(gone) * len(come) > _MOST_PAIRS:
        return
    leaves = {id(each): frozenset(_leaves(_nameless(each))) for each in (*gone, *come)}
    scored = [
        (-_share(leaves[id(before)], leaves[id(after)]), key_of(before), key_of(after), before, after)
        for before in gone
        for after in come
        if key_of(before)[:3] == key_of(after)[:3]
    ]
    taken: set[int] = set()
    for score, _, _, before, after in sorted(scored, key=lambda each: each[:3]):
        if -score >= ALIKE and not {id(before), id(after)} & taken:
            taken |= {id(before), id(after)}
            yield Pair(before, after)


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every scalar with the names of the fields above it; places in lists do not count."""
    if isinstance(value, Mapping) and value:
        for name, each in value.items():
            yield from _leaves(each, (*path, str(name)))
    elif isinstance(value, list) and value:
        for each in value:
            yield from _leaves(each, path)
    else:
        yield path, repr(value)


def _share(a: frozenset[Any], b: frozenset[Any]) -> float:
    return len(a & b) / len(a | b) if a or b else 1.0
