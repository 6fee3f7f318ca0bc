"""Where every value of a document stands: one offset per entry while reading, lines and columns only when asked."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from translator.origin import FieldPath, PathStep


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The text of one file; counts its lines when the first position is asked for."""

    file: str
    text: str = field(repr=False)
    _line_starts: list[int] = field(default_factory=list, repr=False)

    def place(self, offset: int) -> tuple[int, int]:
        """One-based line and column of a character."""
        starts = self._line_starts
        if not starts:
            starts.append(0)
            find, start = self.text.find, 0
            while (start := find("\n", start) + 1) > 0:
                starts.append(start)
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1


def size(data: Any) -> int:
    """How many entries stand below a value: one for each field of a mapping and each item of a list, at every depth."""
    if data.__class__ is dict:
        return len(data) + sum(size(value) for value in data.values() if value.__class__ in (dict, list))
    if data.__class__ is list:
        return len(data) + sum(size(value) for value in data if value.__class__ in (dict, list))
    return 0


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Offsets of all entries of a document in the order in which they stand: of a field its key, of an item its value.

    A path is found by counting the entries before it; the counts of each container on the way are kept.
    """

    source: Source
    data: Any
    start: int
    """Offset of the document's first character."""
    marks: array[int]
    base: int = 0
    """What to add to each mark."""
    _children: dict[int, dict[PathStep, int]] = field(default_factory=dict)
    _sizes: dict[int, int] = field(default_factory=dict)
    """By the identity of a container: how many entries stand below it."""

    def locate(self, path: FieldPath) -> tuple[int, int]:
        """Line and column of a field, or of its nearest ancestor that exists."""
        number = self._number(path)
        return self.source.place(self.start if number < 0 else self.marks[number] + self.base)

    def _number(self, path: FieldPath) -> int:
        number, node = -1, self.data
        for step in path:
            children = self._children.get(number)
            if children is None:
                children = self._children[number] = self._numbered(node, number)
            if step not in children:
                break
            number, node = children[step], node[step]
        return min(number, len(self.marks) - 1)

    def _numbered(self, node: Any, number: int) -> dict[PathStep, int]:
        number += 1
        numbers: dict[PathStep, int] = {}
        for step, value in _steps(node):
            numbers[step] = number
            number += 1 + self._size(value)
        return numbers

    def _size(self, node: Any) -> int:
        if node.__class__ is not dict and node.__class__ is not list:
            return 0
        known = self._sizes.get(id(node))
        if known is None:
            known = len(node)
            for value in node.values() if node.__class__ is dict else node:
                if value.__class__ is dict or value.__class__ is list:
                    known += self._size(value)
            self._sizes[id(node)] = known
        return known


def _steps(node: Any) -> Iterator[tuple[PathStep, Any]]:
    if node.__class__ is dict:
        yield from node.items()
    elif node.__class__ is list:
        yield from enumerate(node)


def paths(node: Any, path: FieldPath = ()) -> Iterator[FieldPath]:
    """The path of every entry below a value, in order."""
    for step, value in _steps(node):
        yield (below := (*path, step))
        if value.__class__ in (dict, list):
            yield from paths(value, below)
