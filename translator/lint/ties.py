"""Policies whose order is not said, and whose rules contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from translator.errors import Finding
from translator.ir.policy import Action, Direction, Engine, Evaluation, Policy, Tier
from translator.legalize import cubes as who
from translator.legalize.cubes import TooLarge
from translator.legalize.statements import Brick
from translator.lint.subject import Scene, warning

_MOST: Final = 50
"""Policies of one order that are compared with each other."""


def undecided_orders(scene: Scene) -> Iterator[Finding]:
    """Policies of equal order in a tier that decide the same traffic in contrary ways (calico.md 3.3)."""
    if scene.engine is not Engine.CALICO:
        return
    for tier in scene.source.policies.tiers:
        if tier.evaluation is not Evaluation.FIRST_MATCH:
            continue
        for _, group in groupby(tier.policies, key=_order):
            yield from _contrary(scene, tier, tuple(group))


def _order(policy: Policy) -> float:
    return float("inf") if policy.order is None else policy.order


def _contrary(scene: Scene, tier: Tier, same: tuple[Policy, ...]) -> Iterator[Finding]:
    denying = [policy for policy in same if _has(policy, Action.DENY)]
    if not denying or len(same) < 2 or len(same) * len(denying) > _MOST * _MOST:
        return
    for policy in same:
        other = next((each for each in denying if each is not policy and _collide(scene, policy, each)), None)
        if other is not None:
            words = f"has the order {policy.order:g}" if policy.order is not None else "has no order"
            message = (
                f"{other.kind} {other.reference} {words} in tier {tier.name}, too, and denies what this allows: "
                "their names decide which one comes first"
            )
            hint = "say a `priority`" if policy.dialect == "clusternetworkpolicy" else "say an `order`"
            yield warning("priority-tie", message, policy.origin, f"{hint} of its own")


def _has(policy: Policy, action: Action) -> bool:
    return any(rule.action is action for rule in (*policy.ingress, *policy.egress))


def _collide(scene: Scene, policy: Policy, other: Policy) -> bool:
    """Whether the one allows something that the other denies."""
    ours, theirs = scene.subjects(policy), scene.subjects(other)
    if not ours or not theirs or not who.overlap(ours, theirs):
        return False
    try:
        return any(
            allow.overlaps(deny)
            for direction in policy.directions & other.directions
            for allow in _bricks(scene, policy, direction, Action.ALLOW)
            for deny in _bricks(scene, other, direction, Action.DENY)
        )
    except TooLarge:
        return False


def _bricks(scene: Scene, policy: Policy, direction: Direction, action: Action) -> Iterator[Brick]:
    for rule in policy.rules(direction):
        brick = scene.brick(policy, rule) if rule.action is action else None
        if brick is not None:
            yield brick
