"""Pieces of the HTML report: escaped text, badges, tables, listings with notes at their lines, the frame of a page."""

from __future__ import annotations

import base64
import difflib
import hashlib
import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import takewhile
from pathlib import PurePosixPath
from string import Template
from typing import Final

from translator.loss.effect import Effect
from translator.origin import Origin
from translator.report.exhibit import OUTPUT, Facing, Listing

BEFORE: Final = 0
AFTER: Final = 1
SIGNS: Final = {
    "widens": "+",
    "narrows": "−",
    "both": "~",
    "refused": "×",
    "exact": "=",
    "open": "?",
    "decides": "→",
    "warning": "!",
    "none": "·",
}
"""Beside the words, so that nothing depends on colour."""
_HIDDEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Characters that nobody sees, or that turn the direction of writing: they could make a text look like another."""
_PAD: Final = '<li class="pad" aria-hidden="true"></li>'
_SPOKEN: Final = {
    "gone": '<span class="sr">removed: </span><span aria-hidden="true">− </span>',
    "new": '<span class="sr">added: </span><span aria-hidden="true">+ </span>',
}
_TICKED: Final = re.compile("`([^`]+)`")
_MOST_ALIGNED: Final = 3000
"""Lines beyond which two texts are not aligned."""


def text(value: str) -> str:
    """Words of the input: escaped, and with nothing in them that cannot be seen."""
    return html.escape(_HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", value), quote=True)


def prose(value: str) -> str:
    """Our own sentences with words of the input, in which backticks mark code."""
    return _TICKED.sub(r"<code>\1</code>", text(value))


def code(value: str) -> str:
    """Words of the input as code."""
    return f"<code>{text(value)}</code>"


def sign(kind: str) -> str:
    """The sign of an effect; the word stands beside it, so it is not read aloud."""
    return f'<span class="sign" aria-hidden="true">{SIGNS[kind]}</span>'


def badge(kind: str, word: str) -> str:
    """An effect or outcome as sign and word."""
    return f'<span class="badge {kind}">{sign(kind)} {text(word)}</span>'


def kind_of(effect: Effect | None) -> str:
    """The kind under which an effect is shown."""
    return "open" if effect is None else effect.word


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, ids: Sequence[str] = ()) -> str:
    """A table that becomes a list on a phone; the cells are HTML already."""
    head = "".join(f'<th scope="col" role="columnheader">{text(each)}</th>' for each in header)
    lines = []
    for number, row in enumerate(rows):
        name = f' id="{ids[number]}"' if ids else ""
        cells = "".join(
            f'<td role="cell"{f" data-label={chr(34)}{text(label)}{chr(34)}" if label else ""}>{cell}</td>'
            for label, cell in zip(header, row, strict=True)
        )
        lines.append(f'<tr role="row"{name}>{cells}</tr>')
    body = "\n".join(lines)
    return (
        f'<table class="list" role="table"><thead role="rowgroup"><tr role="row">{head}</tr></thead>\n'
        f'<tbody role="rowgroup">\n{body}\n</tbody></table>'
    )


def items(values: Iterable[str], *, css: str = "") -> str:
    """A list; the items are HTML already."""
    listed = "".join(f"<li>{value}</li>" for value in values)
    return f"<ul{f' class={chr(34)}{css}{chr(34)}' if css else ''}>{listed}</ul>" if listed else ""


# -- listings ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something to say at a line of a listing."""

    kind: str
    body: str
    """HTML."""


class Places:
    """Where on the page each line of each document stands, and what is to be said there."""

    def __init__(self, facing: Sequence[Facing]) -> None:
        self._listings: dict[tuple[int, str, int], tuple[str, Listing]] = {}
        self._marks: dict[tuple[str, int], list[Mark]] = {}
        self._shown: set[str] = set()
        names = [listing.file for each in facing for listing in (*each.before, *each.after)]
        self.root = _root({name for name in names if name != OUTPUT})
        """The directory that all files share, so that it need not be said every time; empty when there is none."""
        for each in facing:
            for side, listings in ((BEFORE, each.before), (AFTER, each.after)):
                for listing in listings:
                    number = len(self._listings)
                    self._listings.setdefault((side, *listing.place), (f"{'ba'[side]}{number}", listing))

    def name(self, file: str) -> str:
        """A file below the directory that all share."""
        return file.removeprefix(self.root)

    def _find(self, side: int, origin: Origin) -> tuple[str, Listing, int] | None:
        found = self._listings.get((side, origin.file, origin.document.index))
        return None if found is None else (*found, found[1].line_of(origin.path))

    def mark(self, side: int, origin: Origin, mark: Mark) -> bool:
        """Say something at a place; False where the page does not show it."""
        found = self._find(side, origin)
        if found is None:
            return False
        self._marks.setdefault((found[0], found[2]), []).append(mark)
        return True

    def link(self, side: int, origin: Origin) -> str:
        """``file:line``, as a link when the page shows it."""
        found = self._find(side, origin)
        if found is None:
            return code(f"{self.name(origin.file)}:{origin.line}")
        name, listing, line = found
        return f'<a href="#{name}-{line}">{code(f"{self.name(listing.file)}:{origin.line}")}</a>'

    def facing(self, each: Facing, *, titles: tuple[str, str], align: bool = False) -> str:
        """Two texts side by side. A text that the page shows already is referred to."""
        changes = _changes(each) if align else ({}, {})
        columns = [
            f"<div><h4>{text(title)}</h4>{self._column(side, listings, changes[side])}</div>"
            for side, title, listings in ((BEFORE, titles[0], each.before), (AFTER, titles[1], each.after))
        ]
        return f'<div class="sides">{"".join(columns)}</div>'

    def _column(self, side: int, listings: Sequence[Listing], changes: dict[int, tuple[int, str]]) -> str:
        if not listings:
            return '<p class="soft">nothing</p>'
        return "".join(self._listing(side, listing, changes) for listing in listings)

    def _listing(self, side: int, listing: Listing, changes: dict[int, tuple[int, str]]) -> str:
        name, _ = self._listings[side, *listing.place]
        title = f'<p class="soft">{text(listing.title)}, {code(f"{self.name(listing.file)}:{listing.begins}")}</p>'
        if name in self._shown:
            return f'{title}<p>The same document as <a href="#{name}">above</a>.</p>'
        self._shown.add(name)
        lines = []
        for number, line in enumerate(listing.lines, start=listing.first):
            pads, change = changes.get(number, (0, ""))
            lines += [_PAD] * pads
            lines.append(self._line(name, number, line, change, restart=bool(pads)))
        end = listing.first + len(listing.lines)
        lines += [_PAD] * changes.get(end, (0, ""))[0]
        return f'{title}<ol class="code" id="{name}" start="{listing.first}">{"".join(lines)}</ol>'

    def _line(self, name: str, number: int, line: str, change: str, *, restart: bool) -> str:
        marks = self._marks.get((name, number), [])
        kinds = [mark.kind for mark in marks]
        css = " ".join(dict.fromkeys([*([change] if change else []), *kinds]))
        start = f' value="{number}"' if restart else ""
        notes = "".join(f'<span class="note {mark.kind}">{mark.body}</span>' for mark in marks)
        css_text = f' class="{css}"' if css else ""
        wanted = f' id="{name}-{number}"'
        return f"<li{wanted}{css_text}{start}>{_SPOKEN.get(change, '')}{text(line)}{notes}</li>"


def _changes(each: Facing) -> tuple[dict[int, tuple[int, str]], dict[int, tuple[int, str]]]:
    """By line of each side: how many lines of the other side stand alone before it, and whether it is gone or new."""
    found: tuple[dict[int, tuple[int, str]], dict[int, tuple[int, str]]] = ({}, {})
    if len(each.before) != 1 or len(each.after) != 1:
        return found
    before, after = each.before[0], each.after[0]
    if len(before.lines) + len(after.lines) > _MOST_ALIGNED:
        return found
    matcher = difflib.SequenceMatcher(None, before.lines, after.lines, autojunk=False)
    for operation, start_a, end_a, start_b, end_b in matcher.get_opcodes():
        if operation == "equal":
            continue
        found[BEFORE].update({before.first + i: (0, "gone") for i in range(start_a, end_a)})
        found[AFTER].update({after.first + i: (0, "new") for i in range(start_b, end_b)})
        missing = (end_a - start_a) - (end_b - start_b)
        side, line = (AFTER, after.first + end_b) if missing > 0 else (BEFORE, before.first + end_a)
        if missing:
            found[side][line] = (abs(missing), "")
    return found


def _root(names: set[str]) -> str:
    folders = [PurePosixPath(name).parent.parts for name in names]
    shared = [same[0] for same in takewhile(lambda parts: len(set(parts)) == 1, zip(*folders, strict=False))]
    return f"{PurePosixPath(*shared)}/".replace("//", "/") if len(shared) > 1 else ""


# -- the frame --------------------------------------------------------------------------------------------------------


@cache
def _template() -> tuple[Template, str]:
    """The one template, and the policy that lets its own style and script run and nothing else."""
    source = (files("translator.report") / "page.html").read_text(encoding="utf-8")
    policy = ["default-src 'none'", "base-uri 'none'", "form-action 'none'"]
    for element in ("style", "script"):
        found = re.search(f"<{element}>(.*?)</{element}>", source, re.DOTALL)
        assert found is not None
        digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
        policy.append(f"{element}-src 'sha256-{digest}'")
    return Template(source), "; ".join(policy)


def page(*, title: str, version: str, body: Iterable[str]) -> str:
    """A whole page; the parts of the body are HTML already."""
    template, policy = _template()
    return template.substitute(csp=policy, title=text(title), version=text(version), body="\n".join(body))


def toolbar(statuses: Iterable[tuple[str, str, int]]) -> Iterator[str]:
    """Search and filters, which the script shows; without it the list is whole."""
    buttons = "".join(
        f'<button type="button" aria-pressed="false" data-status="{text(kind)}">{text(word)} ({number})</button>'
        for kind, word, number in statuses
    )
    yield (
        '<div class="toolbar" id="toolbar" role="search" hidden>'
        '<label><span class="sr">Search names, labels and lines</span>'
        '<input type="search" id="search" placeholder="Search names, labels, lines" autocomplete="off"></label>'
        f'{buttons}<button type="button" id="unfold">Unfold all</button>'
        '<button type="button" id="fold">Fold all</button>'
        '<span id="count" class="soft" aria-live="polite"></span></div>'
    )
