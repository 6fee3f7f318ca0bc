"""Finding what can meet: items by the namespaces that their subjects are bound to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

from translator.ir.labels import NAMESPACE_NAME
from translator.legalize.cubes import Cube

_Item = TypeVar("_Item")


class ByNamespace(Generic[_Item]):
    """Items by the namespaces of their subjects, so that only those that can meet are compared."""

    def __init__(self) -> None:
        self._bound: dict[str, list[_Item]] = {}
        self._free: list[_Item] = []
        self._all: list[_Item] = []

    def add(self, subjects: Sequence[Cube], item: _Item) -> None:
        """Put an item under the namespaces of some subjects."""
        names = namespaces_of(subjects)
        self._all.append(item)
        if names is None:
            self._free.append(item)
        else:
            for name in names:
                self._bound.setdefault(name, []).append(item)

    def meeting(self, subjects: Sequence[Cube]) -> Iterator[_Item]:
        """The items whose subjects may share a namespace with these."""
        names = namespaces_of(subjects)
        if names is None:
            yield from self._all
            return
        yield from self._free
        seen: set[int] = set()
        for name in names:
            for item in self._bound.get(name, ()):
                if id(item) not in seen:
                    seen.add(id(item))
                    yield item


def namespaces_of(subjects: Sequence[Cube]) -> tuple[str, ...] | None:
    """The namespaces that subjects are bound to; None when some subject is bound to none."""
    found: dict[str, None] = {}
    for cube in subjects:
        values = cube.values(NAMESPACE_NAME)
        if values.others or values.absent:
            return None
        found.update(dict.fromkeys(sorted(values.values)))
    return tuple(found)
