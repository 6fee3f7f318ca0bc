"""The entry of the catalogue: what a kind of loss is, does to traffic, and asks of the reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from translator.ir.policy import Action
from translator.loss.effect import Change, Effect, effect_of, together

KUBERNETES: Final = "kubernetes"
CALICO: Final = "calico"
CILIUM: Final = "cilium"
CLUSTER: Final = "clusternetworkpolicy"
TARGETS: Final = (KUBERNETES, CALICO, CILIUM, CLUSTER)
"""The dialects that clusters read."""
ACCESS: Final = "access"
EVERYWHERE: Final = (*TARGETS, ACCESS)
"""Every dialect that translations are written in."""


class Area(StrEnum):
    """The chapters of the catalogue."""

    ORDER = "Order and decisions"
    SUBJECTS = "Who a policy applies to"
    SELECTORS = "Selectors"
    PEERS = "The other end"
    TRAFFIC = "Protocols and ports"
    LAYER7 = "Layer 7"
    METADATA = "What decides nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class LossKind:
    """A named way in which a translation differs. The code is kept for ever: people write it into their files."""

    code: str
    title: str
    area: Area
    changes: tuple[Change, ...]
    """What may have been done; with the rule's action it gives the effect."""
    meaning: str
    """What it means for traffic."""
    remedy: str
    """What to do about it."""
    before: str
    """Lines of a source that has it."""
    after: str
    """Lines of the translation, or a comment when nothing is left."""
    targets: tuple[str, ...]
    actions: tuple[Action, ...] = (Action.ALLOW, Action.DENY, Action.PASS)
    """The actions of the rules that it can happen to."""
    refuses: bool = False
    """True: the policy is not in the output at all."""

    @property
    def effects(self) -> Effect:
        """Every effect that an occurrence can have."""
        return together(effect_of(change, action) for change in self.changes for action in self.actions)

    @property
    def effect_rule(self) -> str:
        """The effect rule in words."""
        return "; ".join(f"{change.value}: {_by_action(change, self.actions)}" for change in self.changes)


def _by_action(change: Change, actions: tuple[Action, ...]) -> str:
    effects = {action: effect_of(change, action) for action in actions}
    if len(set(effects.values())) == 1:
        return effects[actions[0]].word
    return ", ".join(f"{action} {effect.word}" for action, effect in effects.items())


def table(kinds: Iterable[LossKind]) -> dict[str, LossKind]:
    """The kinds by code. Raises ValueError when two have the same."""
    found: dict[str, LossKind] = {}
    for kind in kinds:
        if kind.code in found:
            raise ValueError(f"two kinds of loss have the code {kind.code}")
        found[kind.code] = kind
    return found
