"""Block YAML as nearly everybody writes it, read line by line three times as fast as libyaml makes its events.

Every line must be one of: blank, a comment, ``---``, ``key:``, ``key: value``, ``- key: value``, ``- value``; keys and
values are plain words, numbers and addresses, texts in quotes without escapes on one line, ``{}`` or ``[]``, all of
printable ASCII. Where a single line is anything else, or does not stand where its indent says, the whole text goes to
libyaml, which knows the rest of YAML and what is wrong with it.
"""

from __future__ import annotations

import re
from typing import Any, Final

from translator.documents.builder import Built
from translator.documents.scalars import UnreadableError, read_plain

_WORD: Final = r"[A-Za-z_/][A-Za-z0-9_./-]{0,250}+"
_QUOTED: Final = r""""[ !#-\[\]-~]*+"|'[ -&(-~]*+'"""
_KEY: Final = rf"{_WORD}|\"[ !#-\[\]-~]{{0,250}}+\""
"""libyaml finds the colon of a key only within 1,024 characters."""
_VALUE: Final = rf"[A-Za-z0-9_/][A-Za-z0-9_./-]*+|{_QUOTED}|\{{\}}|\[\]"
_LINE: Final = re.compile(
    rf"( *+)(?:(- ++)?(?:({_KEY}):(?: ++({_VALUE}))?|({_VALUE}))(?: *+(?<= )#[ -~]*+| *+)|#[ -~]*+|(---)|)(?:\n|\Z)"
)
_DEEPEST: Final = 50
_UNKNOWN: Final = object()


class _OtherYamlError(Exception):
    """Something that libyaml has to judge."""


def read_plain_blocks(text: str) -> list[Built] | None:
    """The documents of a text, the same that ``Builder`` makes of it; None where some line is not plain."""
    try:
        return _Reader(text).documents()
    except (_OtherYamlError, UnreadableError):
        return None


class _Reader:
    """Reads one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._keys: dict[str, str] = {}
        self._values: dict[str, Any] = {}
        self._done: list[Built] = []
        self._built = Built(start=-1)
        self._stack: list[tuple[int, Any]] = []
        """The open mappings and lists, each with the column where it stands."""

    def documents(self) -> list[Built]:
        """Read every line. Raises _OtherYamlError, and UnreadableError for a number that is none."""
        keys, values, stack = self._keys.get, self._values.get, self._stack
        mark, expected, column = self._built.marks.append, 0, -1
        node: Any = None
        pending: str | None = None  # a key that waits for its value
        for line in _LINE.finditer(self._text):
            start, (indent, dash, name, raw, item, separator) = line.start(), line.groups()
            if start != expected:
                raise _OtherYamlError
            expected, at = line.end(), len(indent)
            if dash is not None:
                if at != column or node.__class__ is not list:
                    column, node = at, self._open(at, [], pending, start + at)
                if item is not None:
                    mark(line.start(5))
                    value = values(item, _UNKNOWN)
                    node.append(self._value(item) if value is _UNKNOWN else value)
                    pending = None
                    continue
                at += len(dash)
                mark(start + at)
                child: dict[str, Any] = {}
                node.append(child)
                column, node = at, child
                stack.append((at, child))
            elif name is None:
                if separator is not None:
                    self._separate(line.start(6), at)
                    column, node, pending, mark = -1, None, None, self._built.marks.append
                elif item is not None:
                    raise _OtherYamlError
                continue
            elif at != column or node.__class__ is not dict:
                column, node = at, self._open(at, {}, pending, start + at)
            mark(start + at)
            key = keys(name)
            if key is None:
                key = self._key(name)
            if key in node:
                raise _OtherYamlError
            if raw is None:
                node[key], pending = None, key
            else:
                value = values(raw, _UNKNOWN)
                node[key], pending = self._value(raw) if value is _UNKNOWN else value, None
        if expected != len(self._text):
            raise _OtherYamlError
        self._close()
        return self._done

    def _open(self, at: int, new: Any, pending: str | None, offset: int) -> Any:
        """The mapping or list that a line at a column belongs to: a new one, or one that is open already."""
        stack = self._stack
        if not stack:
            self._built.data = new
            if self._built.start < 0:
                self._built.start = offset
        elif pending is not None and at >= stack[-1][0] + (new.__class__ is dict):
            stack[-1][1][pending] = new
        else:
            while stack and (stack[-1][0] > at or stack[-1][1].__class__ is not new.__class__):
                stack.pop()
            if not stack or stack[-1][0] != at:
                raise _OtherYamlError
            return stack[-1][1]
        if len(stack) >= _DEEPEST:
            raise _OtherYamlError
        stack.append((at, new))
        return new

    def _separate(self, offset: int, at: int) -> None:
        if at:
            raise _OtherYamlError
        self._close()
        self._built = Built(start=offset)
        self._stack.clear()

    def _close(self) -> None:
        """Keep the document before; one without anything in it is libyaml's."""
        if self._built.data is not None:
            self._done.append(self._built)
        elif self._built.start >= 0:
            raise _OtherYamlError

    def _key(self, written: str) -> str:
        key = written[1:-1] if written[0] == '"' else read_plain(written)
        if not isinstance(key, str):
            raise _OtherYamlError
        self._keys[written] = key
        return key

    def _value(self, written: str) -> Any:
        """A value that was not met before; empty mappings and lists are new ones each time."""
        if written in ("{}", "[]"):
            return {} if written == "{}" else []
        value = written[1:-1] if written[0] in "\"'" else read_plain(written)
        self._values[written] = value
        return value
