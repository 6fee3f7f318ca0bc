"""In which direction permitted traffic changed, computed from what was done to which action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum, Flag
from typing import Final

from translator.ir.policy import Action


class Effect(Flag):
    """How permitted traffic changed. Combined with ``|``; both directions at once count as widening."""

    NONE = 0
    NARROWS = 1
    """Traffic that was permitted no longer is: a risk of outage."""
    WIDENS = 2
    """Traffic that was refused now passes: a risk to security."""
    BOTH = 3

    @property
    def word(self) -> str:
        """``none``, ``narrows``, ``widens`` or ``both``."""
        return WORDS[self]

    @property
    def widens(self) -> bool:
        """Whether some traffic may pass that did not."""
        return Effect.WIDENS in self

    @property
    def narrows(self) -> bool:
        """Whether some traffic may stop that passed."""
        return Effect.NARROWS in self

    def within(self, declared: Effect) -> bool:
        """Whether every direction of this effect is among the declared ones."""
        return self & declared == self


WORDS: Final[Mapping[Effect, str]] = {
    Effect.NONE: "none",
    Effect.NARROWS: "narrows",
    Effect.WIDENS: "widens",
    Effect.BOTH: "both",
}


class Change(Enum):
    """What was done to a rule or policy that could not be kept as it is."""

    RULE_DROPPED = "the rule is left out"
    RULE_NARROWED = "the rule matches less than before (a constraint was added)"
    RULE_WIDENED = "the rule matches more than before (a constraint was dropped)"
    RULE_CHANGED = "the rule matches other traffic than before"
    ISOLATION_DROPPED = "a policy that isolates is left out"
    ISOLATION_ADDED = "endpoints are isolated that were not"
    UNENFORCED = "something without effect on verdicts is left out"


_LESS: Final = {
    Action.ALLOW: Effect.NARROWS,
    Action.DENY: Effect.WIDENS,
    Action.PASS: Effect.BOTH,
    Action.LOG: Effect.NONE,
}
_MORE: Final = {
    Action.ALLOW: Effect.WIDENS,
    Action.DENY: Effect.NARROWS,
    Action.PASS: Effect.BOTH,
    Action.LOG: Effect.NONE,
}
_OTHER: Final = {
    Action.ALLOW: Effect.BOTH,
    Action.DENY: Effect.BOTH,
    Action.PASS: Effect.BOTH,
    Action.LOG: Effect.NONE,
}

EFFECTS: Final[Mapping[Change, Mapping[Action, Effect]]] = {
    Change.RULE_DROPPED: _LESS,
    Change.RULE_NARROWED: _LESS,
    Change.RULE_WIDENED: _MORE,
    Change.RULE_CHANGED: _OTHER,
    Change.ISOLATION_DROPPED: dict.fromkeys(Action, Effect.WIDENS),
    Change.ISOLATION_ADDED: dict.fromkeys(Action, Effect.NARROWS),
    Change.UNENFORCED: dict.fromkeys(Action, Effect.NONE),
}
"""The total table of effects: every change, of a rule with every action. Isolation has no action."""


def effect_of(change: Change, action: Action = Action.ALLOW) -> Effect:
    """The effect of a change to a rule with this action (the action of an isolation is of no account)."""
    return EFFECTS[change][action]


def together(effects: Iterable[Effect]) -> Effect:
    """All the effects at once."""
    total = Effect.NONE
    for effect in effects:
        total |= effect
    return total
