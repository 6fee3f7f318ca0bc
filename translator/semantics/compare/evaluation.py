"""The order in which the rules of a tier are asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TypeVar, assert_never

from translator.ir.policy import Action, Direction, Evaluation, Policy, Rule

S = TypeVar("S")
"""However the caller describes subjects."""


def groups_of(
    evaluation: Evaluation, policies: list[tuple[Policy, S]], direction: Direction
) -> Iterator[tuple[Action, list[tuple[S, Rule]]]]:
    """Rules with their policy's subject, grouped so that the first group of which one matches decides."""
    rules = [
        (policy, index, who, rule)
        for policy, who in policies
        for index, rule in enumerate(policy.rules(direction))
        if rule.action is not Action.LOG
    ]
    match evaluation:
        case Evaluation.FIRST_MATCH:
            for action, run in groupby(rules, key=lambda item: item[3].action):
                yield action, [(who, rule) for _, _, who, rule in run]
        case Evaluation.DENY_OVERRIDES:
            yield from _by_action((who, rule) for _, _, who, rule in rules)
        case Evaluation.PRIORITY:
            keyed = sorted(
                ((round((policy.order or 0) * 100) + index, who, rule) for policy, index, who, rule in rules),
                key=lambda item: item[0],
            )
            for _, level in groupby(keyed, key=lambda item: item[0]):
                yield from _by_action((who, rule) for _, who, rule in level)
        case _:
            assert_never(evaluation)


def _by_action(rules: Iterable[tuple[S, Rule]]) -> Iterator[tuple[Action, list[tuple[S, Rule]]]]:
    """Deny beats allow beats pass."""
    known = list(rules)
    for action in (Action.DENY, Action.ALLOW, Action.PASS):
        found = [(who, rule) for who, rule in known if rule.action is action]
        if found:
            yield action, found
