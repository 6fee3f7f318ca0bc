"""Which losses people have agreed to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from translator.loss.loss import Loss
from translator.review.config import Acceptance


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLoss:
    """A loss that nobody has agreed to, or not any more."""

    loss: Loss
    expired: Acceptance | None = None
    """The entry whose last day is over."""

    @property
    def reason(self) -> str:
        """Why it counts as new."""
        return "not accepted" if self.expired is None else f"accepted until {self.expired.until} only"


class Accepted:
    """Judges losses by the ``accept`` entries of a configuration, and remembers which entries were of use."""

    def __init__(self, entries: Sequence[Acceptance], today: date) -> None:
        self._entries = entries
        self._today = today
        self._used: set[int] = set()

    def new(self, losses: Iterable[Loss]) -> tuple[NewLoss, ...]:
        """The losses that are not accepted today."""
        return tuple(found for loss in losses if (found := self._judge(loss)) is not None)

    @property
    def unused(self) -> tuple[Acceptance, ...]:
        """The entries that matched no loss so far."""
        return tuple(each for number, each in enumerate(self._entries) if number not in self._used)

    def _judge(self, loss: Loss) -> NewLoss | None:
        matching = [(number, each) for number, each in enumerate(self._entries) if covers(each, loss)]
        self._used |= {number for number, _ in matching}
        if any(each.until is None or self._today <= each.until for _, each in matching):
            return None
        return NewLoss(loss=loss, expired=matching[0][1] if matching else None)


def covers(entry: Acceptance, loss: Loss) -> bool:
    """Whether an entry is about a loss: its code, and its file or a directory above it."""
    if entry.code != loss.code:
        return False
    if entry.path is None:
        return True
    return loss.origin is not None and PurePosixPath(loss.origin.file).is_relative_to(entry.path)
