"""Plain data and positions out of libyaml's events, in one pass, with every rule that kubectl's reader has.

libyaml's events are the cheapest thing PyYAML's C half offers (its loader costs three times as much); this builder adds
about a fifth to them. What it refuses it records and goes on, so one document reports all its faults.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from yaml.cyaml import CParser  # type: ignore[attr-defined]
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from translator.documents.positions import size
from translator.documents.scalars import UnreadableError, read_plain, read_tagged
from translator.documents.templates import HELM

MAX_DEPTH: Final = 100
MAX_ALIASES: Final = 1_000
MAX_ALIASED_ENTRIES: Final = 1_000_000
MAX_PROBLEMS: Final = 50

_CORE: Final = "tag:yaml.org,2002:"
_NON_SPECIFIC: Final = re.compile(r"(?:&\S+\s+)?!(?=[\s,\]}]|\Z)")
"""The tag ``!``, which libyaml swallows: whatever follows is a string."""
_ANY_NON_SPECIFIC: Final = re.compile(r"!(?=[\s,\]}]|\Z)")
_ANY_PROPERTY: Final = re.compile(r"[&*!](?!&|\s|=\s)")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in the text, at an offset."""

    offset: int
    message: str
    code: str = "invalid-yaml"
    hint: str | None = None
    first: int | None = None
    """Where the same thing stood before."""


class GiveUp(Exception):  # noqa: N818 - control flow: the document cannot be read to its end
    """The rest of the document is not read."""


@dataclass(slots=True)
class Built:
    """One document of a stream."""

    start: int
    data: Any = None
    marks: array[int] = field(default_factory=lambda: array("I"))
    base: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Anchor:
    value: Any
    marks: array[int]
    height: int


_Merged = tuple[dict[str, Any], "array[int]"]


def _has_node_start(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a match stands where a node could begin; one inside a quoted text does no harm, it only costs time."""
    return any(not found.start() or text[found.start() - 1] in " \t\r\n[{,:" for found in pattern.finditer(text))


class _Plain(dict[str, Any]):
    """Plain scalars already read: their values, one object for all equal texts."""

    def __missing__(self, text: str) -> Any:
        value = self[text] = read_plain(text)
        return value


class Builder:
    """Builds the documents of one text; ``base`` is the offset of the text in its file."""

    def __init__(self, text: str, base: int = 0) -> None:
        self._text = text
        self._base = base
        self._next: Callable[[], Any] = CParser(text).get_event
        self._bang = _has_node_start(_ANY_NON_SPECIFIC, text)
        self._odd = self._bang or _has_node_start(_ANY_PROPERTY, text)
        self._plain = _Plain()
        self._strings: dict[str, str] = {}
        self._reset(Built(start=base, base=base))

    def _reset(self, built: Built) -> None:
        self._built = built
        self._marks = built.marks
        self._anchors: dict[str, _Anchor | None] = {}
        self._aliases = 0
        self._aliased = 0
        self._deepest = 0

    @property
    def current(self) -> Built:
        """The document that is being built, also after an error."""
        return self._built

    def documents(self) -> Iterator[Built]:
        """The documents of the stream; raises yaml.YAMLError or GiveUp where it cannot be read on."""
        while (event := self._next()) is not None:
            start, end = event.start_mark.index, event.end_mark.index
            if event.__class__ is DocumentStartEvent:
                self._reset(Built(start=self._base + start, base=self._base))
                self._built.data = self._node(self._next(), 0)
            elif event.__class__ is DocumentEndEvent:
                yield self._built
                self._reset(Built(start=self._base + end, base=self._base))

    def _problem(self, offset: int, message: str, code: str, hint: str | None = None, first: int | None = None) -> Any:
        """Record what is wrong; None stands for the value that could not be read."""
        problems = self._built.problems
        problems.append(Problem(self._base + offset, message, code, hint, first))
        if len(problems) >= MAX_PROBLEMS:
            raise GiveUp
        return None

    def _give_up(self, event: Any, message: str, code: str) -> GiveUp:
        self._problem(event.start_mark.index, message, code)
        return GiveUp()

    def _node(self, event: Any, depth: int) -> Any:
        """Any node but the plain scalars that the loops below read themselves."""
        kind = event.__class__
        if kind is AliasEvent:
            return self._alias(event, depth)
        name = event.anchor
        if name is not None:
            return self._anchored(event, name, depth)
        if kind is ScalarEvent:
            return self._scalar(event)
        if event.tag is not None and event.tag not in ("!", f"{_CORE}map", f"{_CORE}seq"):
            self._foreign_tag(event)
        return self._mapping(event, depth + 1) if kind is MappingStartEvent else self._sequence(event, depth + 1)

    def _mapping(self, start: Any, depth: int) -> dict[str, Any]:
        if depth > self._deepest:
            self._enter(start, depth)
        data: dict[str, Any] = {}
        merged: list[_Merged] = []
        following, known_string, odd = self._next, self._strings.get, self._odd
        first, mark = len(self._marks), self._marks.append
        while True:
            event = following()
            kind = event.__class__
            if kind is MappingEndEvent:
                return self._merge(start, data, merged) if merged else data
            key = known_string(event.value) if kind is ScalarEvent and not (odd and self._is_odd(event)) else None
            if key is None:
                key = self._key(event, depth)
                if key is None:
                    self._odd_key(event, merged, data, depth)
                    continue
            offset = event.start_mark.index
            mark(offset)
            event = following()
            kind = event.__class__
            if odd and self._is_odd(event):
                value = self._node(event, depth)
            elif kind is ScalarEvent:
                value = known_string(event.value)
                if value is None:
                    value = self._scalar(event)
            elif kind is MappingStartEvent:
                value = self._mapping(event, depth + 1)
            else:
                value = self._sequence(event, depth + 1)
            if key in data:
                self._duplicate(key, data, first, offset)
            else:
                data[key] = value

    def _sequence(self, start: Any, depth: int) -> list[Any]:
        if depth > self._deepest:
            self._enter(start, depth)
        data: list[Any] = []
        following, known_string, odd = self._next, self._strings.get, self._odd
        mark, append = self._marks.append, data.append
        while True:
            event = following()
            kind = event.__class__
            if kind is SequenceEndEvent:
                return data
            mark(event.start_mark.index)
            if odd and self._is_odd(event):
                append(self._node(event, depth))
            elif kind is MappingStartEvent:
                append(self._mapping(event, depth + 1))
            elif kind is ScalarEvent:
                value = known_string(event.value)
                append(self._scalar(event) if value is None else value)
            else:
                append(self._sequence(event, depth + 1))

    def _is_odd(self, event: Any) -> bool:
        """Whether a node has an anchor or a tag, or is an alias."""
        if event.anchor is not None or event.tag is not None:
            return True
        return self._bang and _NON_SPECIFIC.match(self._text, event.start_mark.index) is not None

    def _enter(self, event: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self._give_up(event, f"nested deeper than {MAX_DEPTH} levels", "too-deep")
        self._deepest = depth

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.implicit[1] or (self._bang and _NON_SPECIFIC.match(self._text, event.start_mark.index)):
            return text  # quoted, a block, or tagged `!`: a string, whatever it looks like
        try:
            if not event.implicit[0]:
                return read_tagged(event.tag.removeprefix(_CORE), text)
            value = self._plain[text]
        except UnreadableError as error:
            return self._problem(event.start_mark.index, str(error), "no-json-number")
        except KeyError:
            return self._foreign_tag(event)
        if value.__class__ is str and text != "<<":
            self._strings[text] = text
        return value

    def _foreign_tag(self, event: Any) -> Any:
        shown = event.tag.replace(_CORE, "!!", 1)
        # An unquoted Calico selector `!has(x)` is a tag on an empty text: kubectl reads "", which selects everything.
        hint = "put the text in quotes" if shown[:2] != "!!" else None
        message = f"the tag `{shown}` has no meaning in a Kubernetes object"
        return self._problem(event.start_mark.index, message, "foreign-tag", hint)

    def _anchored(self, event: Any, name: str, depth: int) -> Any:
        self._anchors[name] = None
        outer, self._deepest = self._deepest, depth
        first = len(self._marks)
        event.anchor = None
        value = self._node(event, depth)
        self._anchors[name] = _Anchor(value, self._marks[first:], self._deepest - depth)
        self._deepest = max(outer, self._deepest)
        return value

    def _alias(self, event: Any, depth: int) -> Any:
        name = event.anchor
        anchor = self._anchors.get(name)
        if anchor is None:
            what = (
                f"the anchor `&{name}` contains itself"
                if name in self._anchors
                else f"no anchor `&{name}` stands before it"
            )
            self._problem(event.start_mark.index, f"the alias `*{name}` cannot be resolved: {what}", "bad-alias")
            return None
        self._aliases += 1
        self._aliased += len(anchor.marks)
        if self._aliases > MAX_ALIASES or self._aliased > MAX_ALIASED_ENTRIES:
            limit = f"more than {MAX_ALIASES:,} aliases or {MAX_ALIASED_ENTRIES:,} entries made by them"
            raise self._give_up(event, f"{limit} in one document", "too-many-aliases")
        if depth + anchor.height > self._deepest:
            self._enter(event, depth + anchor.height)
        self._marks.extend(anchor.marks)
        return anchor.value

    def _key(self, event: Any, depth: int) -> str | None:
        """A key that was not met yet, or is tagged, anchored or an alias; None if it is no string."""
        number, problems = len(self._marks), len(self._built.problems)
        value = self._node(event, depth)
        del self._marks[number:]
        del self._built.problems[problems:]
        if event.__class__ is ScalarEvent and event.implicit[0]:
            if event.value == "<<":
                return None
            # kubectl writes a whole number out as the key it looks like; any other type is more likely an accident.
            if type(value) is int and str(value) == event.value:
                return event.value
        return value if isinstance(value, str) else None

    def _odd_key(self, event: Any, merged: list[_Merged], data: dict[str, Any], depth: int) -> None:
        """A key that is no string: a merge, or an error; its value is read and not kept."""
        number = len(self._marks)
        value = self._node(self._next(), depth)
        marks = self._marks[number:]
        del self._marks[number:]
        offset = event.start_mark.index
        if event.__class__ is ScalarEvent and event.value == "<<":
            self._add_merge(offset, value, marks, merged, data)
            return
        if self._text.startswith("{{", offset - 1):
            self._problem(offset - 1, f"this is {HELM[0]}, not yet YAML", "template", HELM[1])
            raise GiveUp
        if event.__class__ is not ScalarEvent:
            self._problem(offset, "a mapping or a list cannot be a key", "bad-key")
            return
        hint = f'write "{event.value}" in quotes if it is meant as text'
        self._problem(offset, f"the key `{event.value}` is no string to YAML 1.1", "bad-key", hint)

    def _add_merge(
        self, offset: int, value: Any, marks: array[int], merged: list[_Merged], data: dict[str, Any]
    ) -> None:
        added: list[_Merged] = []
        if isinstance(value, dict):
            added.append((value, marks))
        elif isinstance(value, list) and all(isinstance(item, dict) for item in value):
            number = 0
            for item in value:
                end = number + 1 + size(item)
                added.append((item, marks[number + 1 : end]))
                number = end
        else:
            self._problem(offset, "`<<` wants a mapping or a list of mappings", "bad-merge")
        if merged:
            self._problem(offset, "duplicate key `<<`", "duplicate-key", "merge several mappings with `<<: [*a, *b]`")
        # kubectl lets a merge overwrite the fields before it, YAML and every other reader do not.
        elif twice := next((key for fields, _ in added for key in fields if key in data), None):
            message = f"`<<` merges `{twice}`, which stands before it: readers disagree which of the two counts"
            self._problem(offset, message, "bad-merge", "put `<<` first")
        merged += added

    def _merge(self, start: Any, data: dict[str, Any], merged: list[_Merged]) -> dict[str, Any]:
        """Add the merged fields that the mapping does not have itself; the first mapping that has a field wins."""
        for fields, marks in merged:
            number = 0
            for key, value in fields.items():
                end = number + 1 + size(value)
                if key not in data:
                    data[key] = value
                    self._marks.extend(marks[number:end])
                    self._aliased += end - number
                number = end
            if self._aliased > MAX_ALIASED_ENTRIES:
                limit = f"merge keys make more than {MAX_ALIASED_ENTRIES:,} entries"
                raise self._give_up(start, f"{limit} in one document", "too-many-aliases")
        return data

    def _duplicate(self, key: str, data: dict[str, Any], first: int, offset: int) -> None:
        """The second value is not kept, nor where its parts stand."""
        number, earlier = first, -1
        for before, value in data.items():
            if before == key:
                earlier = self._base + self._marks[number]
            number += 1 + size(value)
        del self._marks[number:]
        self._problem(offset, f"duplicate key `{key}`", "duplicate-key", first=earlier)
