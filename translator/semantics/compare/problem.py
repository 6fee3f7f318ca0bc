"""One bucket and direction: both sides' policies as states over one space, and where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from translator.ir.peers import Anyone, Kind
from translator.ir.policy import Direction, Policy, Rule, Tier
from translator.ir.policy import End as TierEnd
from translator.semantics.compare.asked import End
from translator.semantics.compare.buckets import Bucket, Position, Side
from translator.semantics.compare.diagrams import Store
from translator.semantics.compare.division import Division
from translator.semantics.compare.ends import PeerCompiler
from translator.semantics.compare.evaluation import groups_of
from translator.semantics.compare.mentions import Mentions
from translator.semantics.compare.packets import PacketCompiler
from translator.semantics.compare.product import LEAVES
from translator.semantics.compare.space import Aspect, Space
from translator.semantics.compare.states import ALLOW, BORDER, CODES, DENY, Group, State, settle
from translator.semantics.compare.universe import Universe
from translator.semantics.compare.validity import Validity

_ALLOWANCE: Final = 60
"""How many diagram nodes each rule of a subject may cost when all of them become one."""


class Problem:
    """The comparison of two sides for the subjects of one bucket in one direction."""

    def __init__(
        self,
        bucket: Bucket,
        direction: Direction,
        sides: tuple[Side, Side],
        positions: tuple[list[Position], list[Position]],
        universe: Universe,
        budget: int,
    ) -> None:
        self.bucket = bucket
        self.direction = direction
        self._sides = sides
        self.policies = tuple(
            {at: side.policies[at] for at in found if direction in side.policies[at].directions}
            for side, found in zip(sides, positions, strict=True)
        )
        mentions = Mentions()
        for side, policies in zip(sides, self.policies, strict=True):
            for policy in policies.values():
                mentions.add(policy, policy.rules(direction), side.services)
        self.space = Space(mentions, bucket, universe)
        self.store = Store(self.space.full, budget=budget)
        self._packets = PacketCompiler(self.space, self.store)
        self.subjects: list[dict[Position, int]] = [{}, {}]
        """Which subjects each policy selects, per side."""

    def solve(self) -> tuple[Store, list[int]]:
        """Diagrams of differences and their roots; without roots both sides are the same."""
        differences = Store(self.space.full, leaves=LEAVES, budget=self.store.budget)
        a, b = (self._state(number) for number in (0, 1))
        if a == b:
            return differences, []
        valid = Validity(self.space, self.store, self.direction).constraints()
        division = Division(
            self.store, differences, open_reach=self.space.number(Aspect.OPEN_REACH), budget=self.store.budget
        )
        return differences, division.roots(a, b, valid)

    # One side's policies

    def _state(self, number: int) -> State:
        side = self._sides[number]
        peers = PeerCompiler(self.space, self.store, side.services)
        subjects = self.subjects[number]
        groups: list[Group] = [self._exempt(side)]
        for tier_number, found in groupby(self.policies[number].items(), key=lambda item: item[0][0]):
            tier = side.set.tiers[tier_number]
            selecting: list[tuple[Policy, int]] = []
            for position, policy in found:
                node = subjects[position] = peers.union(policy.subject, End.SUBJECT)
                if node:
                    selecting.append((policy, node))
            groups += self._tier(tier, selecting, peers)
            groups.append(BORDER)
        return settle(groups)

    def _exempt(self, side: Side) -> Group:
        """Peers whose traffic is never policed at pods."""
        kinds = [kind for direction, kind in side.set.exempt if direction is self.direction]
        if self.bucket.kind is not Kind.POD or not kinds:
            return (ALLOW, ())
        return (ALLOW, (self.store.literal(self.space.known(Aspect.PEER_KIND), self.space.kinds.mask(kinds)),))

    def _tier(self, tier: Tier, policies: list[tuple[Policy, int]], peers: PeerCompiler) -> Iterator[Group]:
        """A tier's rules in their order of evaluation, and its end."""
        for action, rules in groups_of(tier.evaluation, policies, self.direction):
            yield (CODES[action], self._rules(rules, peers))
        if tier.end is TierEnd.DENY:
            isolated = self.store.union([node for policy, node in policies if self.direction in policy.isolates])
            yield (DENY, (isolated,))

    def _rules(self, rules: Iterable[tuple[int, Rule]], peers: PeerCompiler) -> tuple[int, ...]:
        """The diagrams of rules with the same action, put together where that keeps them small.

        First packets of the same peers, then peers of the same packets, then everything of the same subjects if it can
        be afforded, then the subjects of what is the same.
        """
        store = self.store
        packets_by_peer: dict[tuple[int, int], list[int]] = {}
        for node, rule in rules:
            subject = node
            if type(rule.subject) is not Anyone:
                subject = store.intersection(node, peers.peer(rule.subject, End.SUBJECT))
            key = (subject, peers.union(rule.peers, End.PEER))
            packets = self._packets.packets(rule.traffic, rule.layer7, rule.conditions)
            packets_by_peer.setdefault(key, []).append(packets)
        peers_by_packets: dict[tuple[int, int], list[int]] = {}
        for (subject, peer), found in packets_by_peer.items():
            peers_by_packets.setdefault((subject, store.union(found)), []).append(peer)
        by_subject: dict[int, list[int]] = {}
        for (subject, packets), found in peers_by_packets.items():
            by_subject.setdefault(subject, []).append(store.conjunction(store.union(found), packets))
        subjects_by_body: dict[int, list[int]] = {}
        for subject, bodies in by_subject.items():
            whole = store.affordable_union(bodies, allowance=_ALLOWANCE * (len(bodies) + _ALLOWANCE))
            for body in bodies if whole is None else [whole]:
                subjects_by_body.setdefault(body, []).append(subject)
        return tuple(sorted({store.conjunction(store.union(who), body) for body, who in subjects_by_body.items()}))
