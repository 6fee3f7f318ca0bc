"""RE2 syntax: text to expression, with RE2's own refusals.

Follows google/re2 (Envoy) and Go's regexp/syntax (the Cilium agent's gate, cilium.md 8.1) where both agree, and the
stricter of the two where they do not: Go has no ``\\C`` and no group names outside ASCII.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from translator.ir.intervals import Intervals, intervals
from translator.semantics.languages.characters import (
    CATEGORIES,
    EVERY_POINT,
    PERL,
    POSIX,
    SCRIPTS,
    category,
    complement,
    fold,
)
from translator.semantics.languages.expressions import (
    ANY_CHARACTER,
    LAST_CODE_POINT,
    NOT_NEWLINE,
    Boundary,
    Chain,
    Characters,
    Choice,
    Edge,
    Expression,
    Repetition,
    Unknown,
)

MAX_REPEAT: Final = 1000
"""RE2's limit on a counted repetition, nested ones multiplied."""
MAX_DEPTH: Final = 1000
"""RE2's limit on nested groups."""
_COUNT: Final = re.compile(r"\{(0|[1-9][0-9]*)(?:(,)(0|[1-9][0-9]*)?)?\}")
_NAME: Final = re.compile(r"[A-Za-z0-9_]+")
_FLAGS: Final = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])")
_BRACED_HEX: Final = re.compile(r"\{([0-9A-Fa-f]+)\}")
_CONTROLS: Final = {"a": 0x07, "f": 0x0C, "n": 0x0A, "r": 0x0D, "t": 0x09, "v": 0x0B}
_ANCHORS: Final = {"A": Edge.TEXT_START, "z": Edge.TEXT_END, "b": Edge.WORD, "B": Edge.NOT_WORD}
_HEX: Final = frozenset("0123456789abcdefABCDEF")


class BadExpression(ValueError):  # noqa: N818 - reads as what it is about
    """RE2 refuses the text; the argument says why."""


@lru_cache(maxsize=4096)
def parse_re2(text: str) -> Expression:
    """The expression that a text stands for; raises BadExpression."""
    return _Parser(text).parse()


def is_valid_re2(text: str) -> str | None:
    """None when RE2 accepts the text, otherwise the reason why not."""
    try:
        parse_re2(text)
    except BadExpression as error:
        return str(error)
    return None


@dataclass(frozen=True, slots=True)
class _Flags:
    fold: bool = False
    multiline: bool = False
    dot_newline: bool = False


@dataclass(slots=True)
class _Group:
    """An open group: its finished alternatives and the items of the current one, each with its repeat count."""

    outer: _Flags
    branches: list[Expression] = field(default_factory=list)
    items: list[tuple[Expression, int]] = field(default_factory=list)
    load: int = 1

    def end_branch(self) -> None:
        self.branches.append(self.items[0][0] if len(self.items) == 1 else Chain(tuple(item for item, _ in self.items)))
        self.load = max([self.load, *(load for _, load in self.items)])
        self.items = []

    def close(self) -> tuple[Expression, int]:
        self.end_branch()
        return (self.branches[0] if len(self.branches) == 1 else Choice(tuple(self.branches))), self.load


class _Parser:
    """Reads left to right with a stack of groups, as RE2 does, so depth costs no recursion."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._flags = _Flags()
        self._groups = [_Group(self._flags)]

    def parse(self) -> Expression:
        """expression := branch ("|" branch)*"""
        repeated = ""
        while self._at < len(self._text):
            start = self._at
            char = self._text[start]
            if char in "*+?" or (char == "{" and _COUNT.match(self._text, start)):
                self._repeat(repeated)
                repeated += self._text[start : self._at]
                continue
            repeated = ""
            self._atom(char)
        if len(self._groups) > 1:
            raise BadExpression("missing ): a group is not closed")
        return self._groups[0].close()[0]

    def _atom(self, char: str) -> None:
        """atom := group | class | escape | "." | "^" | "$" | literal"""
        match char:
            case "(":
                self._open()
            case ")":
                if len(self._groups) == 1:
                    raise BadExpression("unexpected ): no group is open")
                group = self._groups.pop()
                self._flags = group.outer
                self._groups[-1].items.append(group.close())
                self._at += 1
            case "|":
                self._groups[-1].end_branch()
                self._at += 1
            case "[":
                self._push(self._class())
            case "\\":
                self._escape()
            case ".":
                self._push(ANY_CHARACTER if self._flags.dot_newline else NOT_NEWLINE)
                self._at += 1
            case "^":
                self._push(Boundary(Edge.LINE_START if self._flags.multiline else Edge.TEXT_START))
                self._at += 1
            case "$":
                self._push(Boundary(Edge.LINE_END if self._flags.multiline else Edge.TEXT_END))
                self._at += 1
            case _:
                self._push(self._literal(ord(char)))
                self._at += 1

    def _push(self, item: Expression) -> None:
        self._groups[-1].items.append((item, 1))

    def _literal(self, point: int) -> Characters:
        points: Intervals = ((point, point),)
        return Characters(fold(points) if self._flags.fold else points)

    def _repeat(self, previous: str) -> None:
        """repeat := ("*" | "+" | "?" | "{" n ["," [m]] "}") ["?"]"""
        start = self._at
        counted = _COUNT.match(self._text, start)
        low, high = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(self._text[start], (0, None))
        if counted:
            low = int(counted[1])
            high = int(counted[3]) if counted[3] else None if counted[2] else low
        self._at = counted.end() if counted else start + 1
        self._at += self._text.startswith("?", self._at)
        operator = self._text[start : self._at]
        if previous:
            raise BadExpression(f"bad repetition operator: {previous}{operator}")
        items = self._groups[-1].items
        if counted and (max(low, high or 0) > MAX_REPEAT or (high is not None and low > high)):
            raise BadExpression(f"invalid repetition size: {operator}")
        if not items:
            raise BadExpression(f"no argument for repetition operator: {operator}")
        item, load = items.pop()
        if counted:
            # A maximum of zero hides what it repeats from the limit; an open maximum counts as its minimum.
            load = 1 if high == 0 else load * max(high or low, 1)
            if load > MAX_REPEAT:
                raise BadExpression(f"invalid repetition size: {operator}, nested repetitions multiply")
        items.append((Repetition(item, low, high), load))

    def _open(self) -> None:
        """group := "(" | "(?P<name>" | "(?<name>" | "(?flags:" | "(?flags)" """
        text, at = self._text, self._at
        if not text.startswith("(?", at):
            self._at += 1
        elif text.startswith(("(?P<", "(?<"), at) and not text.startswith(("(?<=", "(?<!"), at):
            start = text.index("<", at) + 1
            name = _NAME.match(text, start)
            if not name or not text.startswith(">", name.end()):
                raise BadExpression(f"invalid named capture group: {text[at : start + 8]}")
            self._at = name.end() + 1
        else:
            flags = _FLAGS.match(text, at)
            if not flags:
                raise BadExpression(f"invalid perl operator: {text[at : at + 3]} (RE2 has no look-around)")
            on, off = flags[1], flags[2] or ""
            inner = replace(
                self._flags,
                fold=("i" in on or self._flags.fold) and "i" not in off,
                multiline=("m" in on or self._flags.multiline) and "m" not in off,
                dot_newline=("s" in on or self._flags.dot_newline) and "s" not in off,
            )
            self._at = flags.end()
            if flags[3] == ":":
                self._groups.append(_Group(self._flags))
            self._flags = inner
            return
        self._groups.append(_Group(self._flags))
        if len(self._groups) > MAX_DEPTH:
            raise BadExpression("groups are nested too deeply")

    def _escape(self) -> None:
        """escape := anchor | quotation | perl class | unicode class | character"""
        text, at = self._text, self._at
        char = text[at + 1 : at + 2]
        if char == "Q":
            end = text.find("\\E", at + 2)
            for each in text[at + 2 : None if end < 0 else end]:
                self._push(self._literal(ord(each)))
            self._at = len(text) if end < 0 else end + 2
        elif char in _ANCHORS:
            self._push(Boundary(_ANCHORS[char]))
            self._at += 2
        else:
            named = self._named_class()
            if named is None:
                self._push(self._literal(self._character()))
            else:
                self._push(named if isinstance(named, Unknown) else Characters(named))

    def _named_class(self) -> Intervals | Unknown | None:
        """``\\d``, ``\\pL``, ``\\p{Lu}``, ``\\p{^Lu}`` and their negations at this place, else None."""
        text, at = self._text, self._at
        letter = text[at + 1 : at + 2]
        if letter.lower() in PERL and letter:
            self._at += 2
            points = PERL[letter.lower()]
            points = fold(points) if self._flags.fold else points
            return points if letter.islower() else complement(points)
        if letter not in ("p", "P"):
            return None
        end = text.find("}", at) if text.startswith("{", at + 2) else at + 2
        name = text[at + 3 : end] if text.startswith("{", at + 2) else text[at + 2 : at + 3]
        negated = (letter == "P") != name.startswith("^")
        bare = name.removeprefix("^") if text.startswith("{", at + 2) else name
        if end < 0 or bare not in CATEGORIES | SCRIPTS | {"Any"}:
            raise BadExpression(f"invalid character class range: {text[at : max(end, at + 2) + 1]}")
        self._at = end + 1
        if bare in SCRIPTS:
            return Unknown(f"the script {bare} is not known here")
        points = EVERY_POINT if bare == "Any" else category(bare)
        points = fold(points) if self._flags.fold else points
        return complement(points) if negated else points

    def _character(self) -> int:
        """character := "\\" (punctuation | control | octal | "x" hex hex | "x{" hex+ "}")"""
        text, at = self._text, self._at
        char = text[at + 1 : at + 2]
        if not char:
            raise BadExpression("trailing \\")
        self._at += 2
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char in "01234567" and (char == "0" or text[at + 2 : at + 3] in tuple("01234567")):
            digits = re.compile("[0-7]{1,3}").match(text, at + 1)
            assert digits  # char is an octal digit
            self._at = digits.end()
            return int(digits[0], 8)
        if char == "x":
            braced = _BRACED_HEX.match(text, at + 2)
            digits_text = braced[1] if braced else text[at + 2 : at + 4]
            if braced or (len(digits_text) == 2 and _HEX.issuperset(digits_text)):
                self._at = braced.end() if braced else at + 4
                if int(digits_text, 16) <= LAST_CODE_POINT:
                    return int(digits_text, 16)
        elif char.isascii() and not char.isalnum():
            return ord(char)
        raise BadExpression(f"invalid escape sequence: \\{char}" + (" (back-reference)" if char.isdigit() else ""))

    def _class(self) -> Expression:
        """class := "[" ["^"] (posix | named | character ["-" character])+ "]" """
        text = self._text
        start = self._at
        self._at += 1
        negated = text.startswith("^", self._at)
        self._at += negated
        found: list[tuple[int, int]] = []
        unknown: Unknown | None = None
        first = True
        while first or not text.startswith("]", self._at):
            if self._at >= len(text):
                raise BadExpression(f"missing ]: {text[start:]}")
            first = False
            named: Intervals | Unknown | None = None
            if text.startswith("[:", self._at):
                named = self._posix()
            elif text.startswith("\\", self._at):
                named = self._named_class()
            if isinstance(named, Unknown):
                unknown = named
            elif named is not None:
                found += named
            else:
                found.append(self._range())
        self._at += 1
        if unknown:
            return unknown
        points = intervals(found)
        points = fold(points) if self._flags.fold else points
        return Characters(complement(points) if negated else points)

    def _posix(self) -> Intervals | None:
        """``[:name:]`` or ``[:^name:]``; None when there is no closing ``:]``."""
        end = self._text.find(":]", self._at + 2)
        if end < 0:
            return None
        name = self._text[self._at + 2 : end]
        if name.removeprefix("^") not in POSIX:
            raise BadExpression(f"invalid character class range: [:{name}:]")
        self._at = end + 2
        points = POSIX[name.removeprefix("^")]
        points = fold(points) if self._flags.fold else points
        return complement(points) if name.startswith("^") else points

    def _range(self) -> tuple[int, int]:
        start = self._at
        low = high = self._class_character()
        if self._text.startswith("-", self._at) and self._text[self._at + 1 : self._at + 2] not in ("]", ""):
            self._at += 1
            high = self._class_character()
            if high < low:
                raise BadExpression(f"invalid character class range: {self._text[start : self._at]}")
        return low, high

    def _class_character(self) -> int:
        if self._at >= len(self._text):
            raise BadExpression("missing ]: a class is not closed")
        if self._text[self._at] == "\\":
            return self._character()
        self._at += 1
        return ord(self._text[self._at - 1])
