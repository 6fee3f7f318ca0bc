"""How much a question about languages may cost, and that it stays open past that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from translator.errors import NetpolxError


class Undecided(NetpolxError):  # noqa: N818 - an answer, not a fault
    """The question about languages is open: a pattern is not understood or the budget is spent."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much one question may cost, in counted work, so that the answer does not depend on the machine."""

    size: int = 20_000
    """Instructions of the program."""
    states: int = 20_000
    """Deterministic states."""
    steps: int = 3_000_000
    """Elementary steps while exploring; about a microsecond each."""


DEFAULT_BUDGET: Final = Budget()
