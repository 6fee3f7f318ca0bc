"""A table of a TOML file as plain data, with the lines on which its keys stand."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final

from translator.documents.document import Document, Locator
from translator.errors import Finding, Gate, InputError
from translator.origin import FieldPath

_PLACE: Final = re.compile(r" \(at line (\d+), column (\d+)\)\Z")
_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]")


def read_toml(content: bytes, table: Sequence[str], *, file: str) -> tuple[dict[str, Any] | None, Locator]:
    """The table, or None where the file has none, and the places of its keys. Raises InputError for what is no TOML."""
    text = content.decode("utf-8", errors="replace")
    try:
        found: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError([_syntax_error(str(error), file)]) from None
    for name in table:
        found = found.get(name) if isinstance(found, Mapping) else None
    lines = text.splitlines()
    return (
        _plain(found) if isinstance(found, Mapping) else None,
        lambda path: _locate(lines, ".".join(table), path),
    )


def _syntax_error(message: str, file: str) -> Finding:
    found = _PLACE.search(message)
    place = (int(found[1]), int(found[2])) if found else (1, 1)
    document = Document(data={}, file=file, locator=lambda _path: place)
    return Finding(message=_PLACE.sub("", message), origin=document.origin(), gate=Gate.SYNTAX, code="toml")


def _plain(value: Any) -> Any:
    """Dates as the text that stands in the file: YAML has them as text too."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def _locate(lines: Sequence[str], table: str, path: FieldPath) -> tuple[int, int]:
    """The line of the key that a path names, of the key above it, or of the table's header."""
    best = _header(lines, table, 0) or 0
    name = table
    for position, step in enumerate(path):
        if isinstance(step, int):
            continue
        number = path[position + 1] if position + 1 < len(path) and isinstance(path[position + 1], int) else 0
        assert isinstance(number, int)
        name = f"{name}.{step}"
        below = _header(lines, name, number)
        if below is None:
            below = _key(lines, best, step)
        if below is None:
            break
        best = below
    line = lines[best] if best < len(lines) else ""
    return best + 1, len(line) - len(line.lstrip()) + 1


def _header(lines: Sequence[str], name: str, number: int) -> int | None:
    """The line of the table of this name, the so many-th of an array of tables."""
    found = [
        index
        for index, line in enumerate(lines)
        if (match := _HEADER.match(line)) and match[2].replace('"', "").replace(" ", "") == name
    ]
    return found[number] if number < len(found) else None


def _key(lines: Sequence[str], start: int, name: str) -> int | None:
    """The line of a key in the table whose header is at ``start``."""
    for index in range(start + 1, len(lines)):
        if _HEADER.match(lines[index]):
            return None
        if re.match(rf"""\s*["']?{re.escape(name)}["']?\s*=""", lines[index]):
            return index
    return None
