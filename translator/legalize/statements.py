"""Rules as products of regions, and the one ordered list that every kind of tier amounts to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from typing import Final

from translator.ir.addresses import ALL_ADDRESSES, Addresses
from translator.ir.layer7 import Condition, Layer7
from translator.ir.peers import ANYONE, Anyone, Endpoints, Network, Peer
from translator.ir.policy import Action, Direction, Evaluation, Policy, Rule, Tier
from translator.ir.traffic import ANY_TRAFFIC, Traffic
from translator.legalize import cubes as who
from translator.legalize import what
from translator.legalize.cubes import EVERYONE, Cube, Cubes

ACTION_RANK = {Action.DENY: 0, Action.ALLOW: 1, Action.PASS: 2}
"""Precedence of actions among rules that are evaluated together."""
_MOST_PARTS: Final = 64
_FEW: Final = 8


@dataclass(frozen=True, kw_only=True)
class Brick:
    """A product of unions: some subjects, some peers, some traffic, and what layer 7 and conditions add."""

    subjects: Cubes
    traffic: tuple[Traffic, ...] = (ANY_TRAFFIC,)
    layer7: Layer7 | None = None
    conditions: tuple[Condition, ...] = ()
    given: tuple[Peer, ...] | None = (ANYONE,)
    """The peers as the rule wrote them, as long as nothing was taken from them."""
    left: Cubes = ()
    """What is left of the peers otherwise."""

    @cached_property
    def peers(self) -> Cubes:
        """The peers as cubes. Raises TooLarge."""
        return self.left if self.given is None else who.of_peers(self.given)

    def with_peers(self, peers: Cubes) -> Brick:
        """The same with other peers."""
        return replace(self, given=None, left=peers)

    @property
    def is_empty(self) -> bool:
        """Whether nothing can match."""
        return not (self.subjects and self.traffic and (self.given or self.left)) or not self.peers

    @property
    def is_total(self) -> bool:
        """Whether it matches all traffic of its subjects."""
        return EVERYONE in self.peers and ANY_TRAFFIC in self.traffic and self.layer7 is None and not self.conditions

    def overlaps(self, other: Brick) -> bool:
        """Whether something may match both (never wrongly no)."""
        return (
            who.overlap(self.subjects, other.subjects)
            and who.overlap(self.peers, other.peers)
            and what.overlap(self.traffic, other.traffic)
        )

    def covers(self, other: Brick) -> bool:
        """Whether everything that matches the other matches this one (never wrongly yes)."""
        return (
            (self.layer7 is None or self.layer7 == other.layer7)
            and set(self.conditions) <= set(other.conditions)
            and who.covered(other.subjects, self.subjects)
            and what.covered(other.traffic, self.traffic)
            and who.covered(other.peers, self.peers)
        )

    def plainly_covers(self, other: Brick) -> bool:
        """``covers`` part by part, without subtraction."""
        return (
            (self.layer7 is None or self.layer7 == other.layer7)
            and set(self.conditions) <= set(other.conditions)
            and what.plainly_covered(other.traffic, self.traffic)
            and who.plainly_covered(other.subjects, self.subjects)
            and who.plainly_covered(other.peers, self.peers)
        )

    def minus(self, hole: Brick) -> tuple[Brick, ...]:
        """What is left without the hole; the parts may overlap, each is as simple as its cut.

        Raises TooLarge and Inexpressible. A hole that restricts layer 7 or has conditions is not subtracted at all
        (no engine lets such a rule deny or pass).
        """
        if hole.layer7 is not None or hole.conditions or not self.overlaps(hole):
            return (self,)
        parts = (
            replace(self, subjects=who.subtract(self.subjects, hole.subjects)),
            self.with_peers(who.subtract(self.peers, hole.peers)),
            replace(self, traffic=what.subtract(self.traffic, hole.traffic)),
        )
        return tuple(part for part in parts if not part.is_empty)


@dataclass(slots=True)
class Effort:
    """How many steps may still be taken; whoever shares it has that much in common."""

    left: int

    def spend(self, steps: int) -> None:
        """Raises TooLarge when none is left."""
        self.left -= steps
        if self.left < 0:
            raise who.TooLarge


def subtract(bricks: Sequence[Brick], holes: Iterable[Brick], effort: Effort) -> tuple[Brick, ...]:
    """Everything in the bricks and in no hole. Raises TooLarge and Inexpressible."""
    rest = tuple(bricks)
    for hole in holes:
        effort.spend(1 + len(rest))
        if not rest:
            break
        cut = [brick.minus(hole) for brick in rest]
        if all(len(parts) == 1 and parts[0] is brick for parts, brick in zip(cut, rest, strict=True)):
            continue
        effort.spend(len(rest) * len(rest))
        rest = without_covered([part for parts in cut for part in parts])
        if len(rest) > _MOST_PARTS:
            raise who.TooLarge
    return rest


def without_covered(bricks: Iterator[Brick] | Sequence[Brick]) -> tuple[Brick, ...]:
    """The union without members that another one covers; among many only what is plain to see."""
    unique = list(dict.fromkeys(bricks))
    covers = Brick.covers if len(unique) <= _FEW else Brick.plainly_covers
    kept: list[Brick] = []
    for brick in unique:
        if any(covers(other, brick) for other in kept):
            continue
        kept = [other for other in kept if not covers(brick, other)]
        kept.append(brick)
    return tuple(kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One rule of one policy at its place in the evaluation."""

    policy: Policy
    rule: Rule
    tier: int
    position: int
    """Rank inside its tier; the smaller one decides."""
    brick: Brick = field(compare=False)

    @property
    def action(self) -> Action:
        """What it does."""
        return self.rule.action

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the whole list."""
        return self.tier, self.position


class Regions:
    """The regions of one policy set's policies and rules, computed once each."""

    def __init__(self) -> None:
        self._subjects: dict[int, tuple[Policy, Cubes]] = {}

    def subjects(self, policy: Policy) -> Cubes:
        """The subjects of a policy. Raises TooLarge."""
        known = self._subjects.get(id(policy))
        if known is None:
            cubes = who.of_peers(policy.subject)
            known = self._subjects[id(policy)] = (policy, who.simplified(cubes) if len(cubes) > 1 else cubes)
        return known[1]

    def brick(self, policy: Policy, rule: Rule) -> Brick:
        """The region of a rule. Raises TooLarge."""
        subjects = self.subjects(policy)
        if rule.subject != ANYONE:
            subjects = who.intersect(subjects, who.of_peer(rule.subject))
        brick = Brick(
            subjects=subjects,
            given=rule.peers,
            traffic=rule.traffic if len(rule.traffic) == 1 else what.simplified(rule.traffic),
            layer7=rule.layer7,
            conditions=rule.conditions,
        )
        families = {each.family for each in rule.traffic}
        return _of_family(brick, families.pop()) if len(families) == 1 else brick


def _of_family(brick: Brick, family: int | None) -> Brick:
    """With addresses of the family that the traffic demands only: ``notNets`` of IPv4 says nothing of IPv6."""
    if family is None or all(isinstance(peer, Anyone | Endpoints | Network) for peer in brick.given or ()):
        return brick
    demanded = Cube(addresses=Addresses(v4=ALL_ADDRESSES.v4) if family == 4 else Addresses(v6=ALL_ADDRESSES.v6))
    peers = tuple(cube if cube.addresses is None else cube & demanded for cube in brick.peers)
    return brick.with_peers(tuple(cube for cube in peers if not cube.is_empty))


def statements(tier: Tier, number: int, direction: Direction, regions: Regions) -> Iterator[Statement]:
    """A tier's deciding rules in an order in which the first match decides, whatever its evaluation.

    Raises TooLarge when a selector has too many alternatives.
    """
    ranked = [
        (key, policy, rule)
        for policy in tier.policies
        if not policy.staged and direction in policy.directions
        for index, rule in enumerate(policy.rules(direction))
        if rule.action is not Action.LOG and (key := _key(tier, policy, index, rule)) is not None
    ]
    if tier.evaluation is not Evaluation.FIRST_MATCH:
        ranked.sort(key=lambda item: item[0])
    position = 0
    for key, group in groupby(ranked, key=lambda item: item[0]):
        for _, policy, rule in group:
            yield Statement(policy=policy, rule=rule, tier=number, position=position, brick=regions.brick(policy, rule))
            if tier.evaluation is Evaluation.FIRST_MATCH:
                position += 1
        del key
        position += 1


def _key(tier: Tier, policy: Policy, index: int, rule: Rule) -> tuple[float, int]:
    match tier.evaluation:
        case Evaluation.FIRST_MATCH:
            return (0, 0)
        case Evaluation.DENY_OVERRIDES:
            return (0, ACTION_RANK[rule.action])
        case Evaluation.PRIORITY:
            return (round((policy.order or 0) * 100) + index, ACTION_RANK[rule.action])
