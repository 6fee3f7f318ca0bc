"""An independent oracle: the meaning of a policy set as a z3 formula over one symbolic flow.

It shares nothing with ``translator.semantics.compare``: no domains, no atoms, no order. Layer 7, substring operators,
names of domains and Services are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, assert_never

import z3

from translator.ir.addresses import ALL_ADDRESSES, MAPPED, PRIVATE, Addresses, block
from translator.ir.intervals import Intervals
from translator.ir.labels import (
    NAMESPACE_NAME,
    SUBSTRING,
    And,
    Everything,
    Label,
    Not,
    Nothing,
    Operator,
    Or,
    Requirement,
    Scope,
    Selector,
)
from translator.ir.peers import NODES, AllOf, Anyone, Endpoints, Kind, Network, NoneOf, Peer
from translator.ir.policy import Action, Direction, End, Evaluation, Hook, Policy, PolicySet, Rule, Tier
from translator.ir.traffic import ALL_PORTS, ICMP, ICMPV6, NO_PORTS, SCTP, TCP, UDP, IcmpMatch, Ports, Traffic

Formula: TypeAlias = Any  # z3 ships no types
_KINDS = {kind: number for number, kind in enumerate(Kind)}
_CARRIERS = (6, 17, 132, 136)
_ABSENT = -1


class SymbolicEnd:
    """One end of the flow."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kind = z3.Int(f"{name}-kind")
        self.address = z3.Int(f"{name}-address")
        self.labels: dict[Label, z3.ArithRef] = {}

    def label(self, label: Label) -> z3.ArithRef:
        """The value of a label as a number, -1 for absence."""
        if label not in self.labels:
            self.labels[label] = z3.Int(f"{self.name}-{label.scope.value}-{label.key}")
        return self.labels[label]

    def is_kind(self, *kinds: Kind) -> Formula:
        """Whether it is of one of these kinds."""
        return z3.Or([self.kind == _KINDS[kind] for kind in kinds])


class Oracle:
    """Answers whether some flow is allowed by one set and denied by the other."""

    def __init__(self, direction: Direction) -> None:
        self.direction = direction
        self.subject, self.peer = SymbolicEnd("subject"), SymbolicEnd("peer")
        self.protocol, self.port, self.source_port = z3.Ints("protocol port source-port")
        self.family, self.type, self.code = z3.Ints("family type code")
        self._values: dict[str, int] = {}

    def differs(self, a: PolicySet, b: PolicySet) -> tuple[bool, bool]:
        """Whether something is allowed by the first only, and by the second only."""
        first, second = self.allowed(a), self.allowed(b)
        valid = self.valid()
        return tuple(self._satisfiable(valid, one, z3.Not(other)) for one, other in ((first, second), (second, first)))  # type: ignore[return-value]

    def _satisfiable(self, *formulas: Formula) -> bool:
        solver = z3.Solver()
        solver.add(*formulas)
        answer = solver.check()
        assert answer != z3.unknown
        return bool(answer == z3.sat)

    def valid(self) -> Formula:
        """Which flows there are, to be built after everything else has been mentioned."""
        subject, peer = self.subject, self.peer
        found = [
            self.subject.is_kind(Kind.POD, *NODES),
            self.peer.is_kind(Kind.POD, Kind.OUTSIDE, *NODES),
            z3.Or(self.family == 4, self.family == 6),
            z3.Implies(self.protocol == ICMP, self.family == 4),
            z3.Implies(self.protocol == ICMPV6, self.family == 6),
            *(
                z3.And(low <= each, each <= high)
                for each, low, high in (
                    (self.protocol, 0, 255),
                    (self.port, 1, 65535),
                    (self.source_port, 1, 65535),
                    (self.type, 0, 255),
                    (self.code, 0, 255),
                )
            ),
        ]
        for end in (subject, peer):
            found.append(z3.Implies(end.kind == _KINDS[Kind.OUTSIDE], self._at(end, ALL_ADDRESSES - MAPPED)))
            found.append(z3.Implies(end.kind != _KINDS[Kind.OUTSIDE], self._at(end, PRIVATE)))
            for label, value in end.labels.items():
                found.append(value >= _ABSENT)
                if label.scope is Scope.NAMESPACE:
                    found.append(z3.Implies(end.kind != _KINDS[Kind.POD], value == _ABSENT))
                found.append(z3.Implies(end.kind == _KINDS[Kind.OUTSIDE], value == _ABSENT))
            if NAMESPACE_NAME in end.labels:
                found.append(z3.Implies(end.kind == _KINDS[Kind.POD], end.labels[NAMESPACE_NAME] >= 0))
        same = z3.And(
            subject.kind == _KINDS[Kind.POD],
            peer.kind == _KINDS[Kind.POD],
            subject.label(NAMESPACE_NAME) == peer.label(NAMESPACE_NAME),
            subject.label(NAMESPACE_NAME) >= 0,
        )
        for label, value in subject.labels.items():
            if label.scope is Scope.NAMESPACE and label in peer.labels:
                found.append(z3.Implies(same, value == peer.labels[label]))
        return z3.And(found)

    # Decisions

    def allowed(self, policies: PolicySet) -> Formula:
        """What a set allows at the subject."""
        decision = z3.BoolVal(True)
        for tier in reversed(policies.tiers):
            decision = self._tier(tier, decision)
        exempt = [self.peer.is_kind(kind) for direction, kind in policies.exempt if direction is self.direction]
        return z3.Or(z3.And(self.subject.is_kind(Kind.POD), z3.Or(exempt)), decision)

    def _tier(self, tier: Tier, otherwise: Formula) -> Formula:
        governing = [
            (policy, z3.Or([self._peer(peer, self.subject) for peer in policy.subject]))
            for policy in tier.policies
            if not policy.staged and self.direction in policy.directions and policy.hook is Hook.NORMAL
        ]
        decision = otherwise
        if tier.end is End.DENY:
            isolated = z3.Or([selects for policy, selects in governing if self.direction in policy.isolates])
            decision = z3.If(isolated, z3.BoolVal(False), otherwise)
        for level in reversed(self._levels(tier, governing)):
            for action in (Action.PASS, Action.ALLOW, Action.DENY):
                matches = z3.Or([formula for found, formula in level if found is action])
                outcome = {Action.PASS: otherwise, Action.ALLOW: z3.BoolVal(True), Action.DENY: z3.BoolVal(False)}
                decision = z3.If(matches, outcome[action], decision)
        return decision

    def _levels(self, tier: Tier, governing: list[tuple[Policy, Formula]]) -> list[list[tuple[Action, Formula]]]:
        rules = [
            (policy.order or 0, index, rule.action, z3.And(selects, self._rule(rule)))
            for policy, selects in governing
            for index, rule in enumerate(policy.rules(self.direction))
        ]
        match tier.evaluation:
            case Evaluation.FIRST_MATCH:
                return [[(action, formula)] for _, _, action, formula in rules]
            case Evaluation.DENY_OVERRIDES:
                return [[(action, formula) for _, _, action, formula in rules]]
            case Evaluation.PRIORITY:
                levels: dict[int, list[tuple[Action, Formula]]] = {}
                for order, index, action, formula in rules:
                    levels.setdefault(round(order * 100) + index, []).append((action, formula))
                return [levels[level] for level in sorted(levels)]
            case _:
                assert_never(tier.evaluation)

    def _rule(self, rule: Rule) -> Formula:
        return z3.And(
            z3.Or([self._peer(peer, self.peer) for peer in rule.peers]),
            z3.Or([self._traffic(traffic) for traffic in rule.traffic]),
            self._peer(rule.subject, self.subject),
        )

    # Ends

    def _peer(self, peer: Peer, end: SymbolicEnd) -> Formula:
        match peer:
            case Anyone():
                return z3.BoolVal(True)
            case Endpoints(selector=selector, kinds=kinds):
                return z3.And(end.is_kind(*kinds), self._selector(selector, end))
            case Network(cidrs=cidrs, excepts=excepts, reach=reach):
                assert reach is not None
                inside = z3.Or([self._at(end, block(cidr)) for cidr in cidrs])
                outside = z3.Not(z3.Or([self._at(end, block(cidr)) for cidr in excepts]))
                return z3.And(end.is_kind(*reach), inside, outside)
            case AllOf(peers):
                return z3.And([self._peer(each, end) for each in peers])
            case NoneOf(peers):
                return z3.Not(z3.Or([self._peer(each, end) for each in peers]))
            case _:
                raise NotImplementedError(peer)

    def _at(self, end: SymbolicEnd, addresses: Addresses) -> Formula:
        return z3.Or(
            z3.And(self.family == 4, _within(end.address, addresses.v4)),
            z3.And(self.family == 6, _within(end.address, addresses.v6)),
        )

    def _selector(self, selector: Selector, end: SymbolicEnd) -> Formula:
        match selector:
            case Everything():
                return z3.BoolVal(True)
            case Nothing():
                return z3.BoolVal(False)
            case And(terms):
                return z3.And([self._selector(term, end) for term in terms])
            case Or(terms):
                return z3.Or([self._selector(term, end) for term in terms])
            case Not(term):
                return z3.Not(self._selector(term, end))
            case Requirement():
                return self._requirement(selector, end)
            case _:
                assert_never(selector)

    def _requirement(self, requirement: Requirement, end: SymbolicEnd) -> Formula:
        assert requirement.operator not in SUBSTRING
        value = end.label(requirement.label)
        listed = [value == self._values.setdefault(text, len(self._values)) for text in requirement.values]
        answers: dict[Operator, Callable[[], Formula]] = {
            Operator.IN: lambda: z3.Or(listed),
            Operator.NOT_IN: lambda: z3.Not(z3.Or(listed)),
            Operator.HAS: lambda: value != _ABSENT,
            Operator.LACKS: lambda: value == _ABSENT,
        }
        return answers[requirement.operator]()

    # Packets

    def _traffic(self, traffic: Traffic) -> Formula:
        found = [_within(self.protocol, traffic.protocols)]
        if traffic.family is not None:
            found.append(self.family == traffic.family)
        destination = self.subject if self.direction is Direction.INGRESS else self.peer
        source = self.peer if self.direction is Direction.INGRESS else self.subject
        if traffic.ports != ALL_PORTS:
            found.append(self._ports(traffic.ports, self.port, "to", destination))
        if traffic.not_ports != NO_PORTS:
            found.append(z3.Not(self._ports(traffic.not_ports, self.port, "to", destination)))
        if traffic.source_ports != ALL_PORTS:
            found.append(self._ports(traffic.source_ports, self.source_port, "from", source))
        if traffic.not_source_ports != NO_PORTS:
            found.append(z3.Not(self._ports(traffic.not_source_ports, self.source_port, "from", source)))
        if traffic.icmp is not None:
            found.append(self._icmp(traffic.icmp))
        if traffic.not_icmp is not None:
            found.append(z3.Not(self._icmp(traffic.not_icmp)))
        return z3.And(found)

    def _ports(self, ports: Ports, number: z3.ArithRef, way: str, end: SymbolicEnd) -> Formula:
        with_names = z3.Or([self.protocol == each for each in (TCP, UDP, SCTP)])
        names = [z3.And(z3.Bool(f"{way}-{name}"), end.is_kind(Kind.POD), with_names) for name in ports.names]
        carries = z3.Or([self.protocol == each for each in _CARRIERS])
        return z3.And(carries, z3.Or(_within(number, ports.numbers), *names))

    def _icmp(self, icmp: IcmpMatch) -> Formula:
        return z3.And(
            z3.Or(self.protocol == ICMP, self.protocol == ICMPV6),
            _within(self.type, icmp.types),
            _within(self.code, icmp.codes),
        )


def _within(number: z3.ArithRef, spans: Intervals) -> Formula:
    return z3.Or([z3.And(low <= number, number <= high) for low, high in spans])
