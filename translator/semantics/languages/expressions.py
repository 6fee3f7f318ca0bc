"""Regular expressions as trees: what the RE2 parser builds and the automata run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from itertools import product
from typing import Final, assert_never

from translator.ir.intervals import Intervals


class Edge(Enum):
    """Conditions on a place between two characters."""

    TEXT_START = r"\A"
    TEXT_END = r"\z"
    LINE_START = "(?m)^"
    LINE_END = "(?m)$"
    WORD = r"\b"
    NOT_WORD = r"\B"


@dataclass(frozen=True, slots=True)
class Characters:
    """One character out of a set of code points; the empty set matches nothing."""

    points: Intervals


@dataclass(frozen=True, slots=True)
class Chain:
    """The items one after the other; ``Chain(())`` is the empty text."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the items; ``Choice(())`` matches nothing."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Repetition:
    """The item ``low`` to ``high`` times; a ``high`` of None is without limit."""

    item: Expression
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Boundary:
    """The empty text at a place that fulfils a condition."""

    edge: Edge


@dataclass(frozen=True, slots=True)
class Unknown:
    """A valid expression whose language this program cannot compute."""

    reason: str


Expression = Characters | Chain | Choice | Repetition | Boundary | Unknown

EMPTY: Final = Chain(())
NOTHING: Final = Choice(())
LAST_CODE_POINT: Final = 0x10FFFF
ANY_CHARACTER: Final = Characters(((0, LAST_CODE_POINT),))
NOT_NEWLINE: Final = Characters(((0, 9), (11, LAST_CODE_POINT)))
REST_OF_LINE: Final = Repetition(NOT_NEWLINE, 0, None)
"""``.*``"""


def literal(text: str) -> Expression:
    """Exactly this text."""
    return Chain(tuple(Characters(((ord(char), ord(char)),)) for char in text))


def one_of(texts: Iterable[str]) -> Expression:
    """One of some texts."""
    return Choice(tuple(literal(text) for text in texts))


def backwards(expression: Expression) -> Expression:
    """The expression that matches the mirrored texts. Boundaries are not supported."""
    match expression:
        case Chain(items):
            return Chain(tuple(backwards(item) for item in reversed(items)))
        case Choice(items):
            return Choice(tuple(backwards(item) for item in items))
        case Repetition(item, low, high):
            return Repetition(backwards(item), low, high)
        case Boundary():
            return Unknown("a boundary cannot be read backwards")
        case _:
            return expression


def finite(expression: Expression, *, limit: int = 64) -> tuple[str, ...] | None:
    """Every text of a small finite language in reading order; None for other languages and where boundaries occur."""
    match expression:
        case Characters(points):
            if sum(high - low + 1 for low, high in points) > limit:
                return None
            return tuple(chr(point) for low, high in points for point in range(low, high + 1))
        case Chain(items):
            parts: list[tuple[str, ...]] = []
            for item in items:
                part = finite(item, limit=limit)
                if part is None or reduce(lambda size, each: size * len(each), parts, len(part)) > limit:
                    return None
                parts.append(part)
            return tuple(dict.fromkeys("".join(chosen) for chosen in product(*parts)))
        case Choice(items):
            found: dict[str, None] = {}
            for item in items:
                part = finite(item, limit=limit)
                if part is None or len(found) + len(part) > limit:
                    return None
                found |= dict.fromkeys(part)
            return tuple(found)
        case Repetition(item, low, high):
            if high is None or high > limit:
                return None
            return finite(Choice(tuple(Chain((item,) * count) for count in range(low, high + 1))), limit=limit)
        case Boundary() | Unknown():
            return None
        case _:
            assert_never(expression)


def openings(expression: Expression, *, limit: int = 64) -> tuple[tuple[str, bool], ...]:
    """Literal beginnings of the language: (text, True) is a whole member, (text, False) may go on in other ways.

    Every member of the language is one of the whole texts or starts with one of the others.
    """
    match expression:
        case Chain(items):
            done: list[tuple[str, bool]] = []
            open_: list[str] = [""]
            for item in items:
                nexts = openings(item, limit=limit)
                if len(done) + len(open_) * len(nexts) > limit:
                    return (*done, *((text, False) for text in open_))
                done += [(text + more, False) for text in open_ for more, whole in nexts if not whole]
                open_ = [text + more for text in open_ for more, whole in nexts if whole]
            return tuple(dict.fromkeys((*done, *((text, True) for text in open_))))
        case Choice(items):
            found = tuple(dict.fromkeys(each for item in items for each in openings(item, limit=limit)))
            return found if len(found) <= limit else (("", False),)
        case Repetition(item, low, high):
            if low == 0 and high == 1:
                return tuple(dict.fromkeys((("", True), *openings(item, limit=limit))))
            texts = finite(expression, limit=limit)
            if texts is None:
                return (("", True), ("", False)) if low == 0 else (("", False),)
            return tuple((text, True) for text in texts)
        case Boundary():
            return (("", True),)
        case _:
            texts = finite(expression, limit=8)
            return (("", False),) if texts is None else tuple((text, True) for text in texts)


def without_anchors(expression: Expression) -> Expression:
    """The same full-match language with the anchors removed that change nothing: ``^`` in front, ``$`` at the end."""
    return _strip(_strip(expression, Edge.TEXT_START, first=True), Edge.TEXT_END, first=False)


def _strip(expression: Expression, edge: Edge, *, first: bool) -> Expression:
    match expression:
        case Boundary(found) if found is edge:
            return EMPTY
        case Chain(items) if items:
            at = 0 if first else -1
            stripped = _strip(items[at], edge, first=first)
            rest = items[1:] if first else items[:-1]
            if stripped == EMPTY and items[at] != EMPTY:
                return _strip(Chain(rest), edge, first=first)
            return Chain((stripped, *rest) if first else (*rest, stripped))
        case Choice(items):
            return Choice(tuple(_strip(item, edge, first=first) for item in items))
        case _:
            return expression
