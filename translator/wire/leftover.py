"""What is wrong beside the fields that a model refuses: the rest is read and checked, so that one run tells it all.

A field with a name that is nearly known is read under the known name; what cannot be read at all is left out, and what
a check says for the lack of it is not told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Final, Generic

from pydantic import ValidationError

from translator.errors import Finding
from translator.origin import FieldPath, Origin
from translator.wire.base import Model, aliases, model_at, real_path

_ALIKE: Final = 0.75
"""More alike than a mere suggestion, since the value is read as that field."""
_ROUNDS: Final = 8
"""Leaving out a field may take away what its parent needs; then the parent goes, and so on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover(Generic[Model]):
    """A model of what can be read, and how it differs from the document."""

    model: Model
    removed: tuple[FieldPath, ...]
    """What was left out, as the model calls it."""
    renamed: tuple[tuple[FieldPath, str], ...]
    """Fields under a known name, and what the document calls them."""

    def told(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings at places of the document, without those that only follow from what was left out."""
        return [self._placed(each) for each in findings if not self._follows(each)]

    def _placed(self, finding: Finding) -> Finding:
        origin = finding.origin
        if origin is None or not self.renamed:
            return finding
        path = origin.path
        for known, written in reversed(self.renamed):
            if path[: len(known)] == known:
                path = (*known[:-1], written, *path[len(known) :])
        return replace(finding, origin=Origin(origin.document, path))

    def _follows(self, finding: Finding) -> bool:
        path = finding.origin.path if finding.origin is not None else ()
        is_missing = finding.code == "missing-field"
        return any(
            removed[: len(path)] == path
            or path[: len(removed)] == removed
            or (is_missing and path[:-1] == removed[: max(len(path) - 1, 0)])
            for removed in self.removed
        )


def leftover(model: type[Model], data: Mapping[str, Any], **stand_ins: Any) -> Leftover[Model] | None:
    """What can be read of data that the model refuses; ``stand_ins`` take the place of top fields that are missing."""
    rest: Any = deepcopy(dict(data))
    removed: list[FieldPath] = []
    renamed: list[tuple[FieldPath, str]] = []
    for _ in range(_ROUNDS):
        try:
            return Leftover(model=model.model_validate(rest), removed=tuple(removed), renamed=tuple(renamed))
        except ValidationError as error:
            paths = {
                real_path(each["loc"], rest, may_be_absent=each["type"] in ("missing", "extra_forbidden")): each["type"]
                for each in error.errors(include_url=False)
            }
        for path in [path for path, kind in paths.items() if kind == "extra_forbidden"]:
            name = _meant(model, rest, path)
            if name is not None:
                _rename(rest, path, name)
                renamed.append(((*path[:-1], name), str(path[-1])))
            else:
                removed.append(_leave_out(rest, path))
        for path in [path for path, kind in paths.items() if kind != "extra_forbidden"]:
            is_missing = paths[path] == "missing"
            if is_missing and _at(rest, path) is not None:
                continue  # now it is there, under its known name
            if is_missing and len(path) == 1 and path[0] in stand_ins:
                rest[path[0]] = stand_ins[str(path[0])]
                removed.append(path)
            elif gone := path[:-1] if is_missing else path:
                removed.append(_leave_out(rest, gone))
            else:
                return None
    return None


def checked_leftover(
    model: type[Model], data: Mapping[str, Any], check: Callable[[Model], Iterable[Finding]]
) -> list[Finding]:
    """What a check finds in the rest of data that the model refuses, follow-ups excluded."""
    rest = leftover(model, data)
    return [] if rest is None else rest.told(check(rest.model))


def _meant(model: type[Model], data: Any, path: FieldPath) -> str | None:
    """The known field that an unknown one is all but called, unless it stands there as well."""
    parent = model_at(model, path[:-1])
    name, known = str(path[-1]), aliases(parent) if parent else ()
    lowered = {each.lower(): each for each in known}
    close = [lowered[name.lower()]] if name.lower() in lowered else get_close_matches(name, known, n=1, cutoff=_ALIKE)
    there = _at(data, path[:-1])
    return close[0] if close and isinstance(there, Mapping) and close[0] not in there else None


def _rename(data: Any, path: FieldPath, name: str) -> None:
    parent = _at(data, path[:-1])
    parent[name] = parent.pop(path[-1])


def _leave_out(data: Any, path: FieldPath) -> FieldPath:
    """Take a value away and answer its path; an item of a list leaves null behind, so that the others keep their place.

    Where there is null already the list goes.
    """
    while isinstance(path[-1], int) and _at(data, path) is None:
        path = path[:-1]
    parent = _at(data, path[:-1])
    if isinstance(parent, list) and isinstance(path[-1], int):
        parent[path[-1]] = None
    elif isinstance(parent, dict):
        parent.pop(path[-1], None)
    return path


def _at(data: Any, path: FieldPath) -> Any:
    """The value at a path; None where something above it is gone."""
    for step in path:
        if isinstance(data, list) and isinstance(step, int):
            data = data[step]
        else:
            data = data.get(step) if isinstance(data, Mapping) else None
    return data
