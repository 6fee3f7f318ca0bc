"""Whether committed translations are what the sources say now, as one value that every format renders."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from translator.loss.effect import Effect
from translator.loss.loss import Loss
from translator.origin import Origin
from translator.report.change import Connection


class State(StrEnum):
    """What is wrong with a generated file."""

    MISSING = "missing"
    STALE = "stale"
    EDITED = "edited by hand"
    FOREIGN = "not written by netpolx"
    """It stands where a translation belongs."""
    ADDED = "added by hand"
    """Policies that no source stands behind, among those that are generated and will be applied with them."""
    LEFTOVER = "left over"
    """Generated from something that is not there any more."""


CODES = {
    State.MISSING: "generated-missing",
    State.STALE: "generated-stale",
    State.EDITED: "generated-edited",
    State.FOREIGN: "generated-foreign",
    State.ADDED: "generated-added",
    State.LEFTOVER: "generated-left-over",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """One generated file that is not as it should be."""

    file: str
    state: State
    diff: str
    """A unified diff from what is there to what should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLossEntry:
    """A loss that nobody has agreed to, or not any more."""

    loss: Loss
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetState:
    """One target."""

    target: str
    files: tuple[FileState, ...] = ()
    new_losses: tuple[NewLossEntry, ...] = ()
    objections: tuple[str, ...] = ()
    """Why the translation must not be written as it stands, in spite of what is accepted."""
    meaning: str | None = None
    """``equal``, ``widens``, …: what the committed files permit compared with a fresh translation; None: the same text.
    ``invalid``: they cannot be read."""
    reason: str | None = None
    """Why the meaning is not decided, or what is invalid."""
    connections: tuple[Connection, ...] = ()
    """What differs between a fresh translation (before) and the committed files (after)."""

    @property
    def is_fine(self) -> bool:
        """Whether nothing speaks against it."""
        return not (self.files or self.new_losses or self.objections)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusedEntry:
    """An ``accept`` entry that matches no loss."""

    origin: Origin
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """Every target of a configuration."""

    config: str
    """The file that holds the configuration."""
    policies: int
    targets: tuple[TargetState, ...]
    unused: tuple[UnusedEntry, ...] = ()

    @property
    def is_fine(self) -> bool:
        """Whether the answer is "yes"; an unused entry is worth a word and no more."""
        return all(each.is_fine for each in self.targets)


MEANINGS = {
    "equal": "the committed files still permit the same",
    "open": "the committed files permit the same, but for what the Kubernetes API leaves open",
    "narrows": "meaning moved: the committed files permit less than the sources say",
    "widens": "meaning moved: the committed files permit more than the sources say",
    "both": "meaning moved: the committed files permit less in some places and more in others",
    "undecided": "not decided whether the committed files permit the same",
    "invalid": "the committed files cannot be read",
}


def moved(state: TargetState) -> Effect:
    """In which direction the committed files differ from the sources."""
    return {"narrows": Effect.NARROWS, "widens": Effect.WIDENS, "both": Effect.BOTH}.get(
        state.meaning or "", Effect.NONE
    )
