"""What a comparison answers: whether two policy sets are the same, and where not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from translator.ir.policy import Policy
from translator.loss.effect import Effect

if TYPE_CHECKING:
    from translator.semantics.compare.difference import Attribution, Difference

Declared = Callable[[Policy], Effect]
"""The effects that somebody declared for the subjects of a policy."""


class Result(StrEnum):
    """The answer in one word, seen from the first set to the second."""

    EQUAL = "equal"
    OPEN = "open"
    """Equal but for what the Kubernetes API leaves open (whether an ipBlock covers pods and nodes)."""
    NARROWS = "narrows"
    """Something is denied that was allowed."""
    WIDENS = "widens"
    """Something is allowed that was denied."""
    BOTH = "both"
    UNDECIDED = "undecided"
    """Not known; ``Comparison.reason`` says why. Differences that were found all the same are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The answer, with differences widest first."""

    result: Result
    effect: Effect = Effect.NONE
    """The effect of going from the first set to the second; of an undecided answer, what is known of it."""
    differences: tuple[Difference, ...] = ()
    more: int = 0
    """How many further regions there are at most; they are not shown."""
    undeclared: tuple[Difference, ...] = ()
    """Differences at subjects for which nobody declared them (see ``compare``); a few suffice."""
    attributions: tuple[Attribution, ...] = ()
    """Whose subjects differ."""
    reason: str | None = None
    """Why the answer is ``undecided``."""
