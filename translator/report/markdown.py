"""Pieces of GitHub flavoured Markdown, and texts that fit into a comment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

COMMENT: Final = 65_536
"""Characters that a comment on GitHub may have; GitLab takes a million."""
ROOM: Final = 60_000
"""What we use of it: whoever posts the comment may add something of their own."""

_SPECIAL: Final = re.compile(r"[\\`*\[\]~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_ENTITIES: Final = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "|": "&#124;",
    "@": "@&#8203;",
    "#": "#&#8203;",
}
"""HTML, the borders of tables, and what GitHub would make a mention or a link to an issue of: it looks for those in the
text that comes out of Markdown, so an entity alone does not help, but a space without width does."""
_ENTITY: Final = re.compile(f"[{''.join(_ENTITIES)}]")
_WHITE: Final = re.compile(r"\s+")
_TICKS: Final = re.compile("`+")


def text(value: str) -> str:
    """Words of the input as they are, on one line, with nothing left that Markdown would read."""
    plain = _WHITE.sub(" ", value).strip()
    return _ENTITY.sub(lambda match: _ENTITIES[match[0]], _SPECIAL.sub(r"\\\g<0>", plain))


def code(value: str) -> str:
    """A code span, which may stand in a table: a border within it is written as one (GFM 4.10)."""
    plain = _WHITE.sub(" ", value).strip().replace("|", "\\|")
    if not plain:
        return ""
    fence = "`" * (max((len(each) for each in _TICKS.findall(plain)), default=0) + 1)
    space = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{fence}{space}{plain}{space}{fence}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; the cells are Markdown already."""
    return [
        f"| {' | '.join(header)} |",
        f"|{' --- |' * len(header)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def fenced(value: str, language: str = "") -> list[str]:
    """A block of code."""
    fence = "`" * max(3, max((len(each) for each in _TICKS.findall(value)), default=0) + 1)
    return [f"{fence}{language}", *value.rstrip("\n").split("\n"), fence]


def details(summary: str, body: Sequence[str]) -> list[str]:
    """Lines that are folded below a summary, which is HTML."""
    return ["<details>", f"<summary>{summary}</summary>", "", *body, "", "</details>"]


def html(value: str) -> str:
    """Words of the input within HTML."""
    return _ENTITY.sub(lambda match: _ENTITIES[match[0]], _WHITE.sub(" ", value).strip())


def fit(blocks: Iterable[Sequence[str]], *, room: int, rest: str) -> list[str]:
    """As many whole blocks as there is room for, and a last line that says how many are left out."""
    listed = list(blocks)
    lines: list[str] = []
    for number, block in enumerate(listed):
        size = sum(len(line) + 1 for line in block)
        if size > room:
            return [*lines, rest.format(len(listed) - number)]
        room -= size
        lines += block
    return lines
