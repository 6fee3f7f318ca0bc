"""Comments that people wrote: read with the field they stand at, and written back above or beside a field.

ruamel.yaml finds them (its scanner knows what is a comment and what is text); it is imported only for a document that
has a ``#`` in it, because it is ten times as slow as the C parser.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from translator.documents.builder import Builder
from translator.documents.document import Document
from translator.documents.emitter import dump
from translator.documents.positions import Positions, Source, paths
from translator.origin import FieldPath

_UNPRINTABLE: Final = "[^\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
"""Takes 5 ms to compile, and few documents get comments."""

_COMMENT: Final = re.compile(r"(?:^|[ \t])#")
_OPENING: Final = re.compile(r"[\"'|>\r]")
"""What may open a text in which ``#`` is a letter."""
_ODD_BREAK: Final = re.compile("[\x85\u2028\u2029]|\r(?!\n)")
"""Line breaks to YAML that are none to an editor."""


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
    last_line = len(lines)
    for line, column, written in _scan(text):
        place = (line + shift, column + 1)
        following = bisect_left(places, place)
        if lines[line][:column].strip():
            path = entries[following - 1][1] if following else ()
            comment = found.get(path, Comment())
            found[path] = replace(comment, beside=f"{comment.beside} {written}" if comment.beside else written)
            last_line = len(lines)
            continue
        path = entries[following][1] if 0 < following < len(places) else ()
        comment = found.get(path, Comment())
        # An empty line, or the first `---`, parts paragraphs.
        paragraph = ("", written) if line > last_line + 1 else (written,)
        if following < len(places):
            found[path] = replace(comment, above=(*comment.above, *(paragraph if comment.above else (written,))))
        else:
            found[path] = replace(comment, below=(*comment.below, *(paragraph if comment.below else (written,))))
        last_line = line
    head = found.get(())
    if head is not None and head.above and places:
        first = places[0][0] - shift - 1
        if first >= 0 and not lines[first].strip():
            # The line that keeps the first field apart from what stands above it.
            found[()] = replace(head, above=(*head.above, ""))
    return found


def file_header(text: str) -> tuple[str, ...]:
    """The comments that a file begins with and that are of no document of it.

    They stand above the first ``---``, or apart from the first document by an empty line.
    """
    paragraphs: list[list[str]] = [[]]
    for line in text.split("\n"):
        written = line.strip()
        if written.startswith("#"):
            paragraphs[-1].append(written)
        elif not written:
            paragraphs.append([])
        elif line.startswith("---"):
            if any(paragraphs):
                break
        elif not line.startswith("%"):
            paragraphs.pop()
            break
    kept = [paragraph for paragraph in paragraphs if paragraph]
    return tuple(line for number, each in enumerate(kept) for line in (*([""] if number else []), *each))


def _scan(text: str) -> list[tuple[int, int, str]]:
    """Zero-based line and column of each comment, and its text; one of several lines is several comments."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - 20 ms, and most documents have no comment
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    lines = text.split("\n")
    plain = _scan_plain(lines) if not _ODD_BREAK.search(text) else None
    if plain is not None:
        return plain
    found: dict[int, str] = {}
    try:
        for token in YAML().scan(_ODD_BREAK.sub(" ", text)):
            for part in _flat(getattr(token, "_comment", None)):
                # The comment behind `|` or `>` comes without a mark.
                line = token.start_mark.line if isinstance(part, str) else part.start_mark.line
                value = part if isinstance(part, str) else part.value.lstrip("\n")
                found.update(enumerate((written.strip() for written in value.rstrip().split("\n")), line))
    except (YAMLError, RecursionError, ValueError):
        return []
    return [(line, max(lines[line].find(found[line]), 0), found[line]) for line in sorted(found) if found[line]]


def _scan_plain(lines: Iterable[str]) -> list[tuple[int, int, str]] | None:
    """The comments of a text without quotes and block scalars, where ``#`` behind a space begins one; else None."""
    found: list[tuple[int, int, str]] = []
    for number, line in enumerate(lines):
        start = _COMMENT.search(line) if "#" in line else None
        if _OPENING.search(line, 0, start.end() if start else len(line)):
            return None
        if start:
            column = start.end() - 1
            found.append((number, column, line[column:].strip()))
    return found


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
    text = dump([data])
    if not comments:
        return text
    lines = text.split("\n")
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
        besides = beside.get(number, [])
        if len(besides) > 1:
            # Several fields on one line: one comment a line reads better than a row of them.
            above.setdefault(number, []).extend(besides)
            besides = []
        written += [indent + hashed if (hashed := _hashed(part)) else "" for part in above.get(number, ())]
        written.append("  ".join([line, *(_hashed(part) for part in besides)]))
    written += [_hashed(part) for part in below]
    return "\n".join([*written, ""])


def _hashed(line: str) -> str:
    line = re.sub(_UNPRINTABLE, " ", line).strip()
    return line if not line or line.startswith("#") else f"# {line}"
