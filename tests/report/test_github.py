"""Annotations, read as the runner of GitHub Actions reads them."""

from dataclasses import replace

import pytest

from tests.report.samples import HOSTILE, change, freshness, hostile_change, translation
from translator.documents.document import Document
from translator.report import freshness_text, github, notes
from translator.report.note import Level, Note

Command = tuple[str, dict[str, str], str]
PROPERTIES = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))


def unescaped(text: str, table: tuple[tuple[str, str], ...]) -> str:
    for escaped, plain in table:
        text = text.replace(escaped, plain)
    return text


def command(line: str) -> Command | None:
    """As ``ActionCommand.TryParseV2`` of github.com/actions/runner: ``::name key=value,key=value::data``."""
    trimmed = line.strip()
    if not trimmed.startswith("::"):
        return None
    end = trimmed.find("::", 2)
    if end < 0:
        return None
    name, _, rest = trimmed[2:end].partition(" ")
    pairs = [each.split("=", 1) for each in rest.strip().split(",") if "=" in each]
    return (
        name,
        {key.strip(): unescaped(value, PROPERTIES) for key, value in pairs},
        unescaped(trimmed[end + 2 :], DATA),
    )


def commands(text: str) -> list[Command]:
    return [found for line in text.splitlines() if (found := command(line))]


@pytest.mark.parametrize(
    "found",
    [
        notes.of_translation(translation()),
        notes.of_translation(translation(hostile=True)),
        notes.of_change(change()),
        notes.of_change(hostile_change()),
        freshness_text.notes(freshness()),
    ],
    ids=["translation", "hostile translation", "change", "hostile change", "freshness"],
)
def test_the_runner_reads_back_every_note(found: tuple[Note, ...]) -> None:
    """One command a note, with its level, its file and its message, whatever characters they hold."""
    read = commands(github.render(found))
    assert len(read) == len(found)
    levels = {"error": Level.ERROR, "warning": Level.WARNING, "notice": Level.NOTE}
    for name, properties, message in read:
        matching = [
            note
            for note in found
            if message.startswith(note.message) and levels[name] is note.level and note.code in properties["title"]
        ]
        assert matching
        assert set(properties) in ({"title"}, {"file", "line", "col", "title"})
        assert properties.get("file") in {note.origin.file if note.origin else None for note in matching}


def test_a_line_is_a_command() -> None:
    """The exact form, once."""
    note = Note(
        code="log-dropped",
        level=Level.WARNING,
        message="50%, a:b\nc",
        origin=Document(data={}, file="a,b.yaml", locator=lambda _path: (3, 7)).origin(),
        subject="prod/x",
    )
    assert github.render([note]) == (
        "::warning file=a%2Cb.yaml,line=3,col=7,title=netpolx log-dropped::50%25, a:b%0Ac (prod/x)\n"
    )


def test_beyond_the_limit_lines_are_plain_and_counted() -> None:
    """GitHub drops the eleventh of a level without a word; we say it, errors first."""
    warning = Note(code="w", level=Level.WARNING, message=HOSTILE)
    error = replace(warning, code="e", level=Level.ERROR)
    text = github.render([warning] * 12 + [error] * 11)
    read = commands(text)
    assert [name for name, _, _ in read] == ["error"] * 10 + ["warning"] * 10
    lines = text.splitlines()
    assert len(lines) == 20 + 3 + 1
    assert lines[-1].startswith("and 3 more")


def test_standard_input_has_no_file() -> None:
    """An annotation at a file called ``-`` would stand nowhere."""
    note = Note(code="x", level=Level.NOTE, message="m", origin=Document(data={}).origin())
    assert github.render([note]) == "::notice title=netpolx x::m\n"
