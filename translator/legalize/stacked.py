"""Calico's tiers in a version that has tier ``default`` only: in their order in this one, where that says the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from translator.ir.policy import Action, Direction, End, Engine, Hook, Policy, PolicySet, Tier
from translator.legalize.cubes import covered
from translator.legalize.ordered import DEFAULT
from translator.legalize.statements import Regions


def stacked(policies: PolicySet) -> PolicySet | None:
    """The set with the policies of all tiers in ``default``; None where that would decide otherwise.

    It says the same where every tier in front goes on to the next one by its end alone, no rule passes, and tier
    ``default`` isolates everybody that they select: then the rules are one list, of which the first that matches
    decides (calico.md 3.2, 3.3).
    """
    tiers = [tier for tier in policies.tiers if tier.policies]
    if policies.engine is not Engine.CALICO or policies.hosts or not tiers or tiers[-1].name != DEFAULT:
        return None
    *front, last = tiers
    regions = Regions()
    first = [policy for tier in front for policy in tier.policies]
    if not all(tier.end is End.PASS for tier in front) or not all(_decides(each) for each in first):
        return None
    if not all(_is_isolated(each, last, regions) for each in first):
        return None
    moved = tuple(
        replace(policy, tier=DEFAULT, order=order)
        for policy, order in zip(first, _orders(len(first), last.policies), strict=True)
    )
    return replace(policies, tiers=(replace(last, policies=(*moved, *last.policies)),))


def _decides(policy: Policy) -> bool:
    """Whether it can stand in any tier: only a rule that passes speaks of its own."""
    rules = (rule for direction in policy.directions for rule in policy.rules(direction))
    return policy.hook is Hook.NORMAL and all(rule.action is not Action.PASS for rule in rules)


def _is_isolated(policy: Policy, tier: Tier, regions: Regions) -> bool:
    """Whether the tier isolates whom a policy selects, wherever it would isolate them there."""
    return all(
        covered(
            regions.subjects(policy),
            [cube for other in _isolating(tier.policies, direction) for cube in regions.subjects(other)],
        )
        for direction in policy.directions
    )


def _isolating(policies: Iterable[Policy], direction: Direction) -> Iterator[Policy]:
    return (each for each in policies if direction in each.isolates and each.hook is Hook.NORMAL)


def _orders(number: int, before: Sequence[Policy]) -> list[float]:
    """Orders before all of some policies: whole numbers where there is room above zero."""
    end = min((each.order for each in before if each.order is not None), default=float(number + 1))
    step = 1.0 if end > number or end <= 0 else end / (number + 1)
    return [end - step * (number - position) for position in range(number)]
