"""One located statement, in the form that code scanners and CI systems share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from translator.loss.effect import Effect
from translator.origin import Origin


class Level(StrEnum):
    """How much a note weighs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


LEVELS = tuple(Level)
"""Heaviest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another place that belongs to a note."""

    message: str
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing to say about one place of the input."""

    code: str
    """The code of a loss, of a finding or of a kind of change."""
    level: Level
    message: str
    origin: Origin | None = None
    subject: str = ""
    """``namespace/name`` of the policy that it is about."""
    effect: Effect | None = None
    target: str = ""
    related: tuple[Related, ...] = ()

    @property
    def place(self) -> str:
        """``file:line:column``, or nothing."""
        return "" if self.origin is None else str(self.origin)


def heaviest_first(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Errors before warnings before notes; what widens first among equals; otherwise as they stand."""
    return tuple(
        sorted(notes, key=lambda note: (LEVELS.index(note.level), not (note.effect is not None and note.effect.widens)))
    )
