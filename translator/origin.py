"""Where in the input something stands: file, document, field path, and on demand line and column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

PathStep = str | int
FieldPath = tuple[PathStep, ...]

_PLAIN_STEP = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


class Located(Protocol):
    """A document that knows where its fields stand."""

    @property
    def file(self) -> str:
        """Name of the file as the user gave it, ``-`` for standard input."""

    @property
    def index(self) -> int:
        """Zero-based position of the document in its file."""

    def locate(self, path: FieldPath) -> tuple[int, int]:
        """One-based line and column of the field, or of its nearest known ancestor."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A place in the input. Never takes part in the equality of what it is attached to."""

    document: Located
    path: FieldPath = ()

    @property
    def file(self) -> str:
        """Name of the file."""
        return self.document.file

    @property
    def line(self) -> int:
        """One-based line."""
        return self.document.locate(self.path)[0]

    @property
    def column(self) -> int:
        """One-based column."""
        return self.document.locate(self.path)[1]

    @property
    def field_path(self) -> str:
        """The field path as kubectl writes it: ``spec.ingress[0].from``."""
        return format_path(self.path)

    def at(self, *steps: PathStep) -> Origin:
        """The place of a field below this one."""
        return Origin(self.document, self.path + steps)

    def __str__(self) -> str:
        line, column = self.document.locate(self.path)
        return f"{self.file}:{line}:{column}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Origin):
            return NotImplemented
        return (self.file, self.document.index, self.path) == (other.file, other.document.index, other.path)

    def __hash__(self) -> int:
        return hash((self.file, self.document.index, self.path))


def format_path(path: FieldPath) -> str:
    """Write a field path as kubectl does: ``spec.egress[1].ports[0].port``, odd keys in quotes."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_STEP.match(step):
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text
