"""Collects the losses of one policy's translation, each with its effect computed from the change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from translator.ir.labels import Label
from translator.ir.policy import Action, Policy, Rule
from translator.legalize.target import Target
from translator.loss.effect import Change
from translator.loss.loss import Loss, declare
from translator.origin import Origin

Lose = Callable[..., None]
"""``lose(code, message, hint=None, change=Change.RULE_NARROWED)``: declares a loss of the rule at hand."""

_SETTLED_BY: Final = {
    "negated-named-port": "give `pods` with their `ports` in the context",
    "service-account-labels": "give `serviceAccounts` with their labels in the context",
    "service-peer": "give `services` with their `backends` in the context",
    "substring-operator": "give `pods` and `namespaces` with their labels in the context",
}
"""The part of the context that would settle a loss, where its place does not know better."""


@dataclass(slots=True, kw_only=True)
class Recorder:
    """The losses declared so far; the same loss at the same place is kept once."""

    target: Target
    losses: dict[Loss, None] = field(default_factory=dict)
    enumerated: dict[Label, frozenset[str]] = field(default_factory=dict)
    """Labels whose known values were listed in the place of a substring demand: the translation claims no others."""
    declared: int = 0
    """How often something was declared, the same loss again included."""
    affected: set[str] = field(default_factory=set)
    """References of policies whose traffic some loss changes."""

    def declare(
        self,
        code: str,
        message: str,
        *,
        change: Change,
        policy: Policy,
        rule: Rule | None = None,
        action: Action | None = None,
        hint: str | None = None,
        origin: Origin | None = None,
    ) -> None:
        """Note a loss; effect from the change and the rule's action."""
        self.declared += 1
        loss = declare(
            code,
            message,
            change=change,
            policy=policy.reference,
            target=self.target.name.value,
            origin=origin or (rule.origin if rule is not None else None) or policy.origin,
            action=action or (rule.action if rule is not None else Action.ALLOW),
            hint=hint or (_SETTLED_BY.get(code) if change is not Change.UNENFORCED else None),
        )
        self.losses.setdefault(loss)
        if loss.effect:
            self.affected.add(loss.policy)
