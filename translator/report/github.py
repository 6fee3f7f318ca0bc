"""Notes as annotations of GitHub Actions: one workflow command a line.

GitHub shows ten annotations of each level a step and drops the others without a word (ecosystem.md 2.4), so those stand
as plain lines in the log, and the last line says how many there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from translator.report.note import Level, Note, heaviest_first

SHOWN: Final = 10
"""Annotations of one level that GitHub shows for a step."""
_COMMANDS: Final = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
_STDIN: Final = "-"


def render(notes: Iterable[Note]) -> str:
    """The annotations, heaviest first; beyond the limit plain lines and a count."""
    shown = dict.fromkeys(Level, 0)
    lines: list[str] = []
    rest: list[str] = []
    for note in heaviest_first(notes):
        shown[note.level] += 1
        if shown[note.level] <= SHOWN:
            lines.append(_command(note))
        else:
            rest.append(_plain(note))
    if rest:
        lines += [*rest, f"and {len(rest)} more, listed above: GitHub shows {SHOWN} annotations of each level a step"]
    return "".join(f"{line}\n" for line in lines)


def _command(note: Note) -> str:
    properties = {"title": f"netpolx {note.code}"}
    origin = note.origin
    if origin is not None and origin.file != _STDIN:
        line, column = origin.document.locate(origin.path)
        properties = {"file": origin.file, "line": str(line), "col": str(column), **properties}
    shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[note.level]} {shown}::{_data(_message(note))}"


def _plain(note: Note) -> str:
    """A line that the runner does not take for a command: it must not begin with ``::``."""
    place = f"{note.place} " if note.place else ""
    return " ".join(f"{_COMMANDS[note.level]}: {place}{note.code}: {_message(note)}".split())


def _message(note: Note) -> str:
    about = f" ({note.subject})" if note.subject else ""
    related = "".join(f"\n{each.message}: {each.origin}" for each in note.related)
    return f"{note.message}{about}{related}"


def _data(text: str) -> str:
    """A message as the runner unescapes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A property: commas and colons would end it."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
