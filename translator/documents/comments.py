"""Comments that people wrote: read with the field they stand at, and written back above or beside a field.

ruamel.yaml finds them (its scanner knows what is a comment and what is text); it is imported only for a document that
has a ``#`` in it, because it is ten times as slow as the C parser.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from translator.documents.builder import Builder
from translator.documents.document import Document
from translator.documents.emitter import dump
from translator.documents.positions import Positions, Source, paths
from translator.origin import FieldPath

_UNPRINTABLE: Final = re.compile(
    "[^\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What stands at one field; each line as it was written, with its ``#``; an empty line separates paragraphs."""

    above: tuple[str, ...] = ()
    beside: str | None = None
    below: tuple[str, ...] = ()
    """Only of the whole document, path ``()``: what stands behind its last field."""


Comments = Mapping[FieldPath, Comment]


def comments_of(document: Document) -> dict[FieldPath, Comment]:
    """The comments of a document by the field they stand at.

    A comment on a line of its own belongs to the field or item that comes next, a comment behind something to the
    innermost field of its line. Path ``()`` has what stands above the first field and below the last.
    """
    if document.whole is None:
        return dict(_read(document))
    prefix = document.path_in_whole
    return {path[len(prefix) :]: comment for path, comment in _grouped(document.whole, len(prefix)).get(prefix, ())}


@lru_cache(maxsize=2)
def _grouped(whole: Document, length: int) -> dict[FieldPath, list[tuple[FieldPath, Comment]]]:
    """The comments of a List by its items."""
    groups: dict[FieldPath, list[tuple[FieldPath, Comment]]] = {}
    for path, comment in _read(whole).items():
        groups.setdefault(path[:length], []).append((path, comment))
    return groups


@lru_cache(maxsize=2)
def _read(document: Document) -> dict[FieldPath, Comment]:
    text = document.text
    if "#" not in text or text.lstrip()[:1] == "{":
        return {}
    entries = sorted(((document.locate(path), path) for path in paths(document.data)), key=lambda entry: entry[0])
    places = [place for place, _ in entries]
    shift = document.source.place(document.span[0])[0] if document.source else 1
    lines = text.split("\n")
    found: dict[FieldPath, Comment] = {}
    for line, column, written in _scan(text):
        place = (line + shift, column + 1)
        if lines[line][:column].strip():
            number = bisect_left(places, place) - 1
            _add(found, entries[number][1] if number >= 0 else (), beside=written)
        elif (number := bisect_right(places, (line + shift + 1, 0))) < len(places):
            _add(found, entries[number][1] if number else (), above=written)
        else:
            _add(found, (), below=written)
    trimmed = {path: _trimmed(comment) for path, comment in found.items()}
    return {path: comment for path, comment in trimmed.items() if comment != Comment()}


def _add(
    found: dict[FieldPath, Comment],
    path: FieldPath,
    *,
    above: str | None = None,
    beside: str = "",
    below: str | None = None,
) -> None:
    comment = found.get(path, Comment())
    if above is not None:
        comment = replace(comment, above=(*comment.above, above))
    if below is not None:
        comment = replace(comment, below=(*comment.below, below))
    if beside:
        comment = replace(comment, beside=f"{comment.beside} {beside}" if comment.beside else beside)
    found[path] = comment


def _trimmed(comment: Comment) -> Comment:
    return replace(comment, above=_without_blank_ends(comment.above), below=_without_blank_ends(comment.below))


def _without_blank_ends(lines: tuple[str, ...]) -> tuple[str, ...]:
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    while kept and not kept[0]:
        del kept[0]
    while kept and not kept[-1]:
        del kept[-1]
    return tuple(kept)


def _scan(text: str) -> Iterator[tuple[int, int, str]]:
    """Zero-based line and column of each comment line and of each empty line behind one, and its text."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - 20 ms, and most documents have no comment
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    found: dict[int, tuple[int, str]] = {}
    try:
        for token in YAML().scan(text):
            for part in _flat(getattr(token, "_comment", None)):
                # The comment behind `|` or `>` comes without a mark.
                line = token.start_mark.line if isinstance(part, str) else part.start_mark.line
                value = part if isinstance(part, str) else part.value.lstrip("\n")
                for number, written in enumerate(value.rstrip().split("\n"), line):
                    found[number] = (0, written.strip())
    except (YAMLError, RecursionError, ValueError):
        return
    lines = text.split("\n")
    for number in sorted(found):
        written = found[number][1]
        yield number, max(lines[number].find(written), 0) if written else 0, written


def _flat(comment: Any) -> Iterator[Any]:
    if isinstance(comment, list | tuple):
        for part in comment:
            yield from _flat(part)
    elif comment is not None:
        yield comment


def dump_with_comments(data: Mapping[str, Any], comments: Mapping[FieldPath, Comment | str]) -> str:
    """Write one document as ``dump`` does, with comments at fields; a string stands above its field.

    The comment of a field that the document does not have stands at the nearest field above it that it has.
    """
    lines = dump([data]).split("\n")
    text = "\n".join(lines)
    built = next(Builder(text).documents())
    positions = Positions(Source("", text), built.data, 0, built.marks)
    above: dict[int, list[str]] = {}
    beside: dict[int, list[str]] = {}
    below: list[str] = []
    for path in sorted(comments, key=lambda path: (positions.locate(path), len(path))):
        comment = comments[path]
        comment = Comment(above=tuple(comment.split("\n"))) if isinstance(comment, str) else comment
        number = positions.locate(path)[0] - 1
        above.setdefault(number, []).extend(comment.above)
        beside.setdefault(number, []).extend([comment.beside] if comment.beside else [])
        below += comment.below
    written: list[str] = []
    for number, line in enumerate(lines[:-1]):
        indent = line[: len(line) - len(line.lstrip(" "))]
        written += [indent + hashed if (hashed := _hashed(part)) else "" for part in above.get(number, ())]
        written.append("  ".join([line, *(_hashed(part) for part in beside.get(number, ()))]))
    written += [_hashed(part) for part in below]
    return "\n".join([*written, ""])


def _hashed(line: str) -> str:
    line = _UNPRINTABLE.sub(" ", line).strip()
    return line if not line or line.startswith("#") else f"# {line}"
