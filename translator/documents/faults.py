"""What is wrong with a text that is no YAML, said so that the person who wrote it knows what to do."""

from __future__ import annotations

import re
from typing import Final

from yaml import YAMLError
from yaml.error import MarkedYAMLError

from translator.documents.builder import Problem
from translator.documents.templates import template_near

_BULLET: Final = re.compile(r"^[ \t]*[•·‣–—][ \t]", re.MULTILINE)

_HINTS: Final = (
    (
        "mapping values are not allowed",
        "the line stands deeper than the one above it allows (was indentation lost?), or a text with `: ` needs quotes",
    ),
    ("did not find expected '-' indicator", "an item of a list and a key stand side by side; check the indentation"),
    ("did not find expected key", "the line stands in no column that was opened above it; check the indentation"),
    ("block sequence entries are not allowed", "a list cannot begin here; it goes on the next line or in `[ ]`"),
    ("could not find expected ':'", "a key has no `:`, or a text over several lines needs quotes"),
    ("did not find expected alphabetic or numeric", "`*` and `&` begin an alias or anchor; put the text in quotes"),
    ("did not find expected ',' or", "a `[` or `{` is not closed, or a comma is missing"),
    (
        "did not find expected <document start>",
        "documents are separated by `---`; kubectl reads nothing behind `...` or behind the end of a document",
    ),
    ("found unexpected end of stream", "a quote is not closed"),
    ("found unexpected document indicator", "a quote is not closed before `---`"),
    ("found unknown escape character", "a backslash in \"double quotes\" begins an escape; use 'single quotes'"),
    ("mapping keys are not allowed", "`?` begins a complex key; put the text in quotes"),
)


def name_fault(error: YAMLError, text: str, offset: int, start: int, base: int) -> Problem:
    """The problem for libyaml's error at an offset of the text, whose document begins at ``start``."""
    if (template := template_near(text, start, offset)) is not None:
        name, at, render = template
        return Problem(base + at, f"this is {name}, not yet YAML", "template", render)
    if not isinstance(error, MarkedYAMLError):
        return _unreadable_character(text, offset, base)
    message = str(error.problem)
    if message == "found character that cannot start any token":
        return _bad_start(text, offset, base)
    if (bullet := _BULLET.search(text, start)) is not None:
        return Problem(
            base + bullet.start(), "a bullet stands where YAML wants `- `", "bullet", "write `- ` for each item"
        )
    hint = next((hint for problem, hint in _HINTS if message.startswith(problem)), None)
    context = f" ({error.context})" if error.context else ""
    return Problem(base + offset, f"no YAML: {message}{context}", "invalid-yaml", hint)


def _unreadable_character(text: str, offset: int, base: int) -> Problem:
    character = text[offset : offset + 1]
    code = f"U+{ord(character):04X}" if character else "one that is unknown"
    return Problem(base + offset, f"the character {code} may not stand in YAML", "control-character", "remove it")


def _bad_start(text: str, offset: int, base: int) -> Problem:
    character = text[offset : offset + 1]
    if character == "\t":
        return Problem(base + offset, "a tab indents the line; YAML wants spaces", "tab", "replace tabs by spaces")
    hint = "put the text in quotes"
    return Problem(base + offset, f"no plain text can begin with `{character}`", "invalid-yaml", hint)
