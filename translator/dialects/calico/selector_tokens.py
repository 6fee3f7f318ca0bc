"""Calico's selector language cut into tokens (calico.md 2.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

BLANKS: Final = " \t"
"""All that counts as white space: a line break is a syntax error."""
MAX_LABEL: Final = 512


class Comparator(StrEnum):
    """The operators between a label and a literal or a set, spelled as the engine prints them."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    CONTAINS = "contains"
    STARTS_WITH = "starts with"
    ENDS_WITH = "ends with"
    IN = "in"
    NOT_IN = "not in"


class SelectorError(ValueError):
    """A text that is no selector; ``column`` is one-based."""

    def __init__(self, text: str, position: int, problem: str) -> None:
        self.text = text
        self.column = position + 1
        self.problem = problem
        super().__init__(f"{problem} at column {self.column}")

    @property
    def pointer(self) -> str:
        """The text with a caret under the place of the error."""
        shown = self.text.replace("\n", "⏎").replace("\t", " ")
        return f"{shown}\n{' ' * (self.column - 1)}^"


_LABEL: Final = r"[A-Za-z0-9_./-]+"
_TOKEN: Final = re.compile(
    rf"""[ \t]*(?:
      (?P<has>has\([ \t]*(?P<key>{_LABEL})[ \t]*\))
    | (?P<all>all\([ \t]*\))
    | (?P<global>global\([ \t]*\))
    | (?P<label>{_LABEL})
    | (?P<string>"[^"]*"|'[^']*')
    | (?P<mark>==|!=|&&|\|\||[(){{}},!])
    | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_WORD_OPERATOR: Final = re.compile(
    r"[ \t]*(?:(contains)|(starts[ \t]*with)|(ends[ \t]*with)|(not[ \t]*in)|(in))(?![A-Za-z0-9_./-])"
)
_WORD_COMPARATORS: Final = (
    Comparator.CONTAINS,
    Comparator.STARTS_WITH,
    Comparator.ENDS_WITH,
    Comparator.NOT_IN,
    Comparator.IN,
)
_MARK_COMPARATORS: Final = {"==": Comparator.EQUAL, "!=": Comparator.NOT_EQUAL}


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is the group of ``_TOKEN``; ``comparator`` for the operators after a label."""

    kind: str
    value: str
    position: int


def tokenize(text: str) -> list[Token]:
    """Every token and a final ``end``. Word operators exist only straight after a label (calico.md 2.1)."""
    tokens: list[Token] = []
    position = 0
    while True:
        if tokens and tokens[-1].kind == "label":
            word = _WORD_OPERATOR.match(text, position)
            if word is not None:
                comparator = _WORD_COMPARATORS[(word.lastindex or 1) - 1]
                tokens.append(Token("comparator", comparator, word.start(word.lastindex or 0)))
                position = word.end()
                continue
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            raise _unreadable(text, position)
        kind = "has" if found.group("has") is not None else found.lastgroup
        start = found.start(kind)
        value = found.group("key") if kind == "has" else found.group(kind)
        if kind in ("has", "label") and len(value) > MAX_LABEL:
            raise SelectorError(text, start, f"expected a label of at most {MAX_LABEL} characters")
        if kind == "string":
            value = value[1:-1]
        elif kind == "mark" and value in _MARK_COMPARATORS:
            kind = "comparator"
        tokens.append(Token(kind, value, start))
        if kind == "end":
            return tokens
        position = found.end()


def _unreadable(text: str, position: int) -> SelectorError:
    """Why no token starts at a position."""
    while position < len(text) and text[position] in BLANKS:
        position += 1
    match text[position]:
        case '"' | "'":
            problem = f"the string that begins with {text[position]} has no end"
        case "\n" | "\r":
            problem = "a line break is no white space in a selector (write it in one line, or with YAML's `>-`)"
        case "=" | "&" | "|":
            problem = f"expected `{text[position] * 2}`, found `{text[position]}`"
        case other:
            problem = f"unexpected character `{other}`"
    return SelectorError(text, position, problem)
