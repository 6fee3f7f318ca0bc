"""Rules that never decide, because others for the same endpoints do, and HTTP rules that others bypass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from translator.errors import Finding
from translator.ir.layer7 import HttpMatch
from translator.ir.policy import Action, Direction, Engine, Rule, Tier
from translator.legalize import cubes as who
from translator.legalize.cubes import Cubes, TooLarge
from translator.legalize.statements import Brick, Statement, statements
from translator.legalize.what import Inexpressible
from translator.lint.subject import DEFAULT_DENY, Scene, is_covered, warning
from translator.origin import Origin

_BASELINE: Final = "baseline"
_MOST: Final = 200
"""Rules of one group of subjects that are compared with each other."""


def shadowed_rules(scene: Scene) -> Iterator[Finding]:
    """Rules that are wholly covered by those that decide before them."""
    for number, tier in enumerate(scene.source.policies.tiers):
        for direction in Direction:
            groups: dict[Cubes, list[Statement]] = {}
            for statement in _statements(scene, tier, number, direction):
                if statement.rule.origin is not None and _is_comparable(statement.brick):
                    groups.setdefault(statement.brick.subjects, []).append(statement)
            for same in groups.values():
                if 1 < len(same) <= _MOST:
                    yield from _shadowed(same)


def unrestricting_http(scene: Scene) -> Iterator[Finding]:
    """HTTP rules for endpoints that nothing isolates: the agent adds one that lets every request pass (cilium.md 4)."""
    if scene.engine is not Engine.CILIUM or scene.source.context.cilium.enable_policy != "default":
        return
    for _, policy in scene.enforced:
        for direction in sorted(policy.directions - policy.isolates):
            restricting = [rule for rule in policy.rules(direction) if _restricts(rule)]
            subjects = scene.subjects(policy) if restricting and policy.dialect == "cilium" else None
            if subjects and not _is_isolated(scene, subjects, direction):
                words = "server names" if restricting[0].layer7 is None else "HTTP rules"
                message = f"its {words} restrict nothing: no policy isolates these endpoints for {direction}"
                yield warning("http-bypassed", message, restricting[0].origin)


def _restricts(rule: Rule) -> bool:
    """Whether some request fits no item of the rule's HTTP part, or some name none of its server names."""
    if rule.action is not Action.ALLOW:
        return False
    http = rule.layer7.http if rule.layer7 is not None else None
    names = any(condition.feature == "server-names" for condition in rule.conditions)
    return names or (bool(http) and HttpMatch() not in (http or ()))


def _is_isolated(scene: Scene, subjects: Cubes, direction: Direction) -> bool:
    return any(
        direction in other.isolates and who.overlap(subjects, scene.subjects(other) or ())
        for _, other in scene.by_namespace.meeting(subjects)
    )


def opening_baseline(scene: Scene) -> Iterator[Finding]:
    """Accepts of the Baseline tier that reach pods which NetworkPolicies isolate (cilium.md 11)."""
    if scene.engine is not Engine.CILIUM or not scene.source.context.cilium.baseline_overrides_isolation:
        return
    for tier, policy in scene.enforced:
        if tier.name != _BASELINE:
            continue
        subjects = scene.subjects(policy) or ()
        for direction in sorted(policy.directions):
            allow = next((rule for rule in policy.rules(direction) if rule.action is Action.ALLOW), None)
            if allow is not None and _is_isolated(scene, subjects, direction):
                message = f"Cilium lets this reach pods that a policy isolates for {direction}, against the API"
                yield warning("baseline-opens", message, allow.origin)


def _is_comparable(brick: Brick) -> bool:
    """Whether a region is neither empty nor too large, and its ports are known."""
    try:
        return not brick.is_empty and not any(traffic.ports.spans for traffic in brick.traffic)
    except TooLarge:
        return False


def _statements(scene: Scene, tier: Tier, number: int, direction: Direction) -> list[Statement]:
    """The deciding rules of a tier, in the order in which they decide; policies that are too large are left out."""
    written = replace(tier, policies=tuple(policy for policy in tier.policies if policy.kind != DEFAULT_DENY))
    try:
        return list(statements(written, number, direction, scene.regions))
    except TooLarge:
        small = tuple(policy for policy in written.policies if _is_small(scene, replace(tier, policies=(policy,))))
        return list(statements(replace(tier, policies=small), number, direction, scene.regions))


def _is_small(scene: Scene, tier: Tier) -> bool:
    try:
        for direction in Direction:
            list(statements(tier, 0, direction, scene.regions))
    except TooLarge:
        return False
    return True


def _shadowed(same: Sequence[Statement]) -> Iterator[Finding]:
    """A rule of the source is shadowed when every rule that was read from it is."""
    by_origin: dict[Origin, list[tuple[int, Statement]]] = {}
    for position, statement in enumerate(same):
        if statement.rule.origin is not None:
            by_origin.setdefault(statement.rule.origin, []).append((position, statement))
    for own in by_origin.values():
        covers = [_cover(statement, _before(same, position, statement)) for position, statement in own]
        if all(cover is not None for cover in covers):
            yield _finding(own[0][1], next((cover for cover in covers if cover), ()))


def _before(same: Sequence[Statement], position: int, statement: Statement) -> list[Statement]:
    """What decides before a rule, or instead of it.

    Earlier rules of its policy, earlier rules of other policies that do otherwise (policies may well repeat each
    other), and at its own place rules of its policy (of two equal ones the first stays). For HTTP rules, all allows up
    to the next rule that does otherwise, because what fits no request goes on to them.
    """
    last = position
    if statement.brick.layer7 is not None:
        while last + 1 < len(same) and same[last + 1].action is statement.action:
            last += 1
    return [
        other
        for number, other in enumerate(same)
        if other.rule.origin != statement.rule.origin
        and (
            _is_earlier(other, statement)
            or (
                (other.position == statement.position or position < number <= last)
                and (other.policy is statement.policy or statement.brick.layer7 is not None)
                and (number < position or not _covers(statement.brick, other.brick))
            )
        )
    ]


def _is_earlier(other: Statement, statement: Statement) -> bool:
    is_of_use = (
        other.policy is statement.policy or other.action is not statement.action or statement.brick.layer7 is not None
    )
    return is_of_use and other.position < statement.position


def _cover(statement: Statement, before: Sequence[Statement]) -> tuple[Statement, ...] | None:
    """The rule that covers a rule, or ``()`` where several do together; None where something is left."""
    single = next((each for each in before if _covers(each.brick, statement.brick)), None)
    if single is not None:
        return (single,)
    return () if _are_covering(statement.brick, (each.brick for each in before)) else None


def _covers(big: Brick, small: Brick) -> bool:
    try:
        return big.covers(small)
    except (TooLarge, Inexpressible):
        return False


def _are_covering(brick: Brick, others: Iterable[Brick]) -> bool:
    """Whether rules cover a rule together; whatever no other one touches shows soon that they do not."""
    try:
        plain = [each for each in others if each.layer7 is None and not each.conditions and each.overlaps(brick)]
        if len(plain) < 2 or not all(any(who.overlap((cube,), each.peers) for each in plain) for cube in brick.peers):
            return False
        return is_covered(replace(brick, layer7=None, conditions=()), plain)
    except (TooLarge, Inexpressible):
        return False


def _finding(statement: Statement, by: Sequence[Statement]) -> Finding:
    rule, other = statement.rule, by[0] if by else None
    place = f"the rule at {other.rule.origin}" if other is not None else "other rules together"
    same_action = other is None or other.action is rule.action
    if rule.layer7 is not None and rule.layer7.http is not None and same_action:
        verb = "allows" if other is not None else "allow"
        message = f"its HTTP rules restrict nothing: {place} {verb} the same traffic without them"
        return warning("http-bypassed", message, rule.origin)
    action = "" if same_action or other is None else f" ({other.action.value})"
    verb = "decides" if other is not None else "decide"
    message = f"this {rule.action.value} never decides: {place}{action} {verb} everything that it matches"
    return warning("shadowed-rule", message, rule.origin)
