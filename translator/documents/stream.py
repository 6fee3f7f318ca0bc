"""One text into its documents: the whole stream at once, and piece by piece where a document is broken."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise
from typing import Final

from yaml import YAMLError
from yaml.error import MarkedYAMLError

from translator.documents.builder import Builder, Built, GiveUp, Problem
from translator.documents.faults import name_fault

_SEPARATOR: Final = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_BEHIND_FIRST_SEPARATOR: Final = re.compile(r"---[ \t]*+([^\s#])")
_BEHIND_SEPARATOR: Final = re.compile(r"\n---[ \t]*+([^\s#])")
"""Begins with plain characters, which makes the search ten times as fast as one for ``^``."""
_UNPRINTABLE: Final = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
"""Takes 5 ms to compile, and few texts have something unprintable."""


def read_stream(text: str) -> list[Built]:
    """Every document of the text, each with its own problems."""
    documents: list[Built] = []
    broken = _read(text, 0, documents)
    if broken is not None:
        # From there on each piece is read by itself, as kubectl does it, so that the other documents survive.
        separators = [_with_directives(text, separator.start()) for separator in _SEPARATOR.finditer(text)]
        start = max((offset for offset in separators if offset <= broken.start), default=0)
        documents = [built for built in documents if built.start < start]
        bounds = [start, *(offset for offset in separators if offset > start), len(text)]
        for begin, end in pairwise(bounds):
            if (lost := _read(text[begin:end], begin, documents)) is not None:
                documents.append(lost)
    behind = (_BEHIND_FIRST_SEPARATOR.match(text), *_BEHIND_SEPARATOR.finditer(text))
    offsets = [found.start(1) for found in behind if found is not None]
    return _refuse_separators(offsets, documents) if offsets else documents


def _with_directives(text: str, separator: int) -> int:
    """Where a document begins whose ``---`` stands at an offset: at the ``%`` lines above it, if there are any."""
    while separator and text[(above := text.rfind("\n", 0, separator - 1) + 1)] == "%":
        separator = above
    return separator


def _read(text: str, base: int, documents: list[Built]) -> Built | None:
    """Append the documents of the text; the one that cannot be read to its end is the answer."""
    builder = None
    try:
        builder = Builder(text, base)
        documents.extend(builder.documents())
    except GiveUp:
        assert builder is not None
        return builder.current
    except YAMLError as error:
        broken = builder.current if builder is not None else Built(start=base, base=base)
        offset = _offset(error, text)
        if offset is None:
            offset = broken.start - base
        broken.problems.append(name_fault(error, text, offset, broken.start - base, base))
        return broken
    return None


def _offset(error: YAMLError, text: str) -> int | None:
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        return mark.index if mark is not None else None
    unprintable = re.search(_UNPRINTABLE, text)
    return unprintable.start() if unprintable else None


def _refuse_separators(offsets: list[int], documents: list[Built]) -> list[Built]:
    """kubectl takes nothing but a comment behind ``---`` (apimachinery: "invalid Yaml document separator")."""
    starts = [built.start for built in documents]
    refused: list[Built] = []
    for offset in offsets:
        hint = "put what follows on a line of its own"
        problem = Problem(offset, "something stands behind the document separator `---`", "bad-separator", hint)
        owner = bisect_right(starts, offset) - 1
        if owner < 0:
            refused.append(Built(start=offset, problems=[problem]))
        elif not documents[owner].problems:
            documents[owner].problems.append(problem)
    return [*refused, *documents]
