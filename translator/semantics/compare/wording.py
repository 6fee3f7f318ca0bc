"""Whether both sides literally say the same, up to order, splitting and what holds anyway: the answer in most buckets.

A side becomes a list of groups as in ``states``, but of plain tuples instead of diagrams. Equal lists are equal
behaviour; unequal ones say nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import product
from math import prod
from typing import Final

from translator.ir.addresses import Addresses
from translator.ir.intervals import Intervals, intervals, union
from translator.ir.labels import (
    CLUSTER_NAME,
    LOCAL_CLUSTER,
    NAMESPACE_NAME,
    And,
    Everything,
    Operator,
    Requirement,
    Scope,
    Selector,
    requirement_holds,
)
from translator.ir.peers import PODS, AllOf, Anyone, Endpoints, Kind, Network, NoneOf, Peer, Service
from translator.ir.policy import Direction, Policy, Rule
from translator.ir.policy import End as TierEnd
from translator.ir.traffic import ALL_PORTS, EVERY_PROTOCOL, NO_PORTS, Traffic
from translator.semantics.compare.asked import End
from translator.semantics.compare.buckets import Bucket, Position, Side
from translator.semantics.compare.evaluation import groups_of
from translator.semantics.compare.states import ALLOW, CODES, DENY, PASS
from translator.semantics.compare.universe import LABELLED, Universe

Key = Hashable
_Ports = dict[Intervals, Intervals | None]
"""Protocols → ports; None stands for every port."""
_Body = tuple[_Ports, set[Traffic]]
"""Packets: those that say only protocols and ports, and the others."""
_Entry = tuple[Key, Key, Key, Key, Key]
"""Subject, peer, further demand on the subject, layer 7, conditions."""
_Group = tuple[int, dict[_Entry, _Body]]
_OUTSIDE: Final = frozenset({Kind.OUTSIDE})
_MANY: Final = 64
"""Alternatives of one selector that are told one by one."""


class Unclear(Exception):  # noqa: N818 - a signal, not a fault
    """Something is said whose meaning depends on more than its wording."""


class Wording:
    """Reads both sides of one comparison; remembers what peers say."""

    def __init__(self, universe: Universe, *, same_services: bool) -> None:
        self._universe = universe
        self._same_services = same_services
        self._inside: Final = _union([each for kind, each in universe.ranges.items() if kind is not Kind.OUTSIDE])
        self._anyone: Final[Key] = (universe.peer_kinds, ())
        self._others: dict[Peer, tuple[Key, ...]] = {}
        self._networks: dict[tuple[object, ...], tuple[Key, ...]] = {}

    def is_same(
        self, sides: tuple[Side, Side], positions: tuple[list[Position], list[Position]], bucket: Bucket, at: Direction
    ) -> bool:
        """Whether two sides say the same about the subjects of a bucket in a direction."""
        try:
            first, second = (self._said(side, found, bucket, at) for side, found in zip(sides, positions, strict=True))
        except Unclear:
            return False
        return first == second

    def _said(self, side: Side, positions: list[Position], bucket: Bucket, at: Direction) -> list[_Group]:
        groups: list[_Group] = []
        exempt = frozenset(kind for direction, kind in side.set.exempt if direction is at) & self._universe.peer_kinds
        if exempt and bucket.kind is Kind.POD:
            _add(groups, ALLOW, {_key((bucket.kind, ()), (exempt, ())): _everything()})
        by_tier: dict[int, list[tuple[Policy, tuple[Key, ...]]]] = {}
        for position in positions:
            policy = side.policies[position]
            if at in policy.directions:
                subjects = tuple(key for peer in policy.subject for key in self._peer(peer, End.SUBJECT, bucket))
                if subjects:
                    by_tier.setdefault(position[0], []).append((policy, subjects))
        for number, policies in by_tier.items():
            tier = side.set.tiers[number]
            for action, rules in groups_of(tier.evaluation, policies, at):
                _add(groups, CODES[action], self._rules(rules, bucket))
            if tier.end is TierEnd.DENY:
                isolated = {
                    _key(subject, self._anyone): _everything()
                    for policy, subjects in policies
                    if at in policy.isolates
                    for subject in subjects
                }
                _add(groups, DENY, isolated)
        while groups and groups[-1][0] == ALLOW:
            groups.pop()
        for _, said in groups:
            _join_networks(said)
        if len(groups) > 1:
            _share(groups[-2], groups[-1], whole=(bucket.kind, ()), anyone=self._anyone)
        return groups

    def _rules(self, rules: Iterable[tuple[tuple[Key, ...], Rule]], bucket: Bucket) -> dict[_Entry, _Body]:
        """Who may do what: for each pair of ends all packets together."""
        found: dict[_Entry, _Body] = {}
        for subjects, rule in rules:
            own: tuple[Key, ...] = (None,)
            if type(rule.subject) is not Anyone:
                own = self._peer(rule.subject, End.SUBJECT, bucket)
            peers = [key for peer in rule.peers for key in self._other(peer, bucket)]
            for subject, peer, further in product(subjects, peers, own):
                key = (subject, peer, further, rule.layer7, rule.conditions)
                body = found.get(key)
                if body is None:
                    body = found[key] = ({}, set())
                for traffic in rule.traffic:
                    _add_traffic(body, traffic)
        return found

    # Ends

    def _other(self, peer: Peer, bucket: Bucket) -> tuple[Key, ...]:
        """What a peer says at the other end; that does not depend on the bucket."""
        found = self._others.get(peer)
        if found is None:
            found = self._others[peer] = self._peer(peer, End.PEER, bucket)
        return found

    def _peer(self, peer: Peer, end: End, bucket: Bucket) -> tuple[Key, ...]:
        """What a peer says, as alternatives; ``()`` is nobody."""
        kind = type(peer)
        if kind is Endpoints:
            return self._endpoints(peer, end, bucket)  # type: ignore[arg-type]
        if kind is Anyone:
            return (self._anyone,) if end is End.PEER else ((bucket.kind, ()),)
        if kind is Network and end is End.PEER:
            return self._network(peer)  # type: ignore[arg-type]
        if kind in (Service, AllOf, NoneOf) and not self._same_services:
            raise Unclear
        return (peer,)

    def _endpoints(self, peer: Endpoints, end: End, bucket: Bucket) -> tuple[Key, ...]:
        """Kinds and requirements; lists of values are told one by one."""
        kinds = peer.kinds
        if end is End.PEER:
            if kinds is not PODS and not kinds <= self._universe.peer_kinds:
                kinds &= self._universe.peer_kinds
            if not kinds:
                return ()
        elif bucket.kind not in kinds:
            return ()
        who = bucket.kind if end is End.SUBJECT else kinds
        terms: list[tuple[str, ...]] = []
        choices: list[list[tuple[str, ...]]] = []
        for requirement in _conjuncts(peer.selector):
            label, operator, values = requirement.label, requirement.operator, requirement.values
            scope = label.scope
            if scope is Scope.CLUSTER and label == CLUSTER_NAME:
                # With one cluster, a demand for it says nothing of ends that live in clusters.
                if operator is not Operator.IN or values != (LOCAL_CLUSTER,) or not kinds <= LABELLED:
                    raise Unclear
                if not self._universe.foreign_clusters:
                    continue
            elif scope is Scope.NAMESPACE and label == NAMESPACE_NAME:
                if end is End.SUBJECT and bucket.kind is Kind.POD:
                    if not requirement_holds(requirement, bucket.namespace):
                        return ()
                    continue
                if operator is Operator.HAS and kinds == PODS:
                    continue
            if operator is Operator.IN and len(values) > 1:
                choices.append([(scope._value_, label.key, "in", value) for value in values])
            else:
                terms.append((scope._value_, label.key, operator._value_, *values))
        if not choices:
            return ((who, tuple(sorted(terms)) if len(terms) > 1 else tuple(terms)),)
        if prod(map(len, choices)) > _MANY:
            raise Unclear
        return tuple((who, tuple(sorted([*terms, *chosen]))) for chosen in product(*choices))

    def _network(self, peer: Network) -> tuple[Key, ...]:
        """The addresses that ends of each kind can have there."""
        key = (peer.cidrs, peer.excepts, peer.reach)
        found = self._networks.get(key)
        if found is None:
            addresses = peer.addresses
            by_kind: dict[object, Addresses] = {}
            kinds = self._universe.peer_kinds if peer.reach is None else peer.reach & self._universe.peer_kinds
            if not addresses & self._inside:
                kinds &= _OUTSIDE
            for kind in kinds:
                common = addresses & self._universe.ranges[kind]
                if common:
                    by_kind[(kind, peer.reach is None and kind is not Kind.OUTSIDE)] = common
            found = self._networks[key] = (frozenset(by_kind.items()),) if by_kind else ()
        return found


def _join_networks(said: dict[_Entry, _Body]) -> None:
    """Networks with the same packets become one."""
    alike: dict[Key, list[_Entry]] = {}
    for entry, (plain, others) in said.items():
        if type(entry[1]) is frozenset:
            packets = (tuple(sorted(plain.items())), frozenset(others))
            alike.setdefault((entry[0], entry[2:], packets), []).append(entry)
    for entries in alike.values():
        if len(entries) > 1:
            by_kind: dict[Key, list[Addresses]] = {}
            for entry in entries:
                for kind, addresses in entry[1]:  # type: ignore[attr-defined]
                    by_kind.setdefault(kind, []).append(addresses)
            body = said[entries[0]]
            for entry in entries:
                del said[entry]
            together = frozenset((kind, _union(found)) for kind, found in by_kind.items())
            said[(entries[0][0], together, *entries[0][2:])] = body


def _union(sets: list[Addresses]) -> Addresses:
    return Addresses(
        v4=intervals(span for each in sets for span in each.v4), v6=intervals(span for each in sets for span in each.v6)
    )


def _share(allow: _Group, deny: _Group, *, whole: Key, anyone: Key) -> None:
    """What is allowed to all isolated subjects may as well be allowed to every subject: nothing denies the others."""
    isolated = {entry[0] for entry in deny[1]}
    if allow[0] != ALLOW or deny[0] != DENY or deny[1].keys() != {_key(each, anyone) for each in isolated}:
        return
    subjects: dict[Key, set[Key]] = {}
    for entry, body in allow[1].items():
        if body == _everything() and _key(entry[0], entry[1]) == entry:
            subjects.setdefault(entry[1], set()).add(entry[0])
    for peer, found in subjects.items():
        if whole in found or found >= isolated:
            for subject in found:
                del allow[1][_key(subject, peer)]
            allow[1][_key(whole, peer)] = _everything()


def _conjuncts(selector: Selector) -> Iterable[Requirement]:
    if type(selector) is And:
        terms = selector.terms
        if any(type(term) is not Requirement for term in terms):
            raise Unclear
        return terms  # type: ignore[return-value]
    if type(selector) is Requirement:
        return (selector,)
    if type(selector) is Everything:
        return ()
    raise Unclear


def _add_traffic(body: _Body, traffic: Traffic) -> None:
    plain, others = body
    ports = traffic.ports
    if (
        ports.names
        or ports.spans
        or traffic.family is not None
        or traffic.icmp is not None
        or traffic.not_icmp is not None
        or (traffic.not_ports is not NO_PORTS and traffic.not_ports != NO_PORTS)
        or (traffic.source_ports is not ALL_PORTS and traffic.source_ports != ALL_PORTS)
        or (traffic.not_source_ports is not NO_PORTS and traffic.not_source_ports != NO_PORTS)
    ):
        others.add(traffic)
        return
    protocols = traffic.protocols
    if ports is ALL_PORTS or ports == ALL_PORTS:
        plain[protocols] = None
    elif protocols not in plain:
        plain[protocols] = ports.numbers
    elif (known := plain[protocols]) is not None:
        plain[protocols] = union(known, ports.numbers)


def _key(subject: Key, peer: Key) -> _Entry:
    """The key of a rule without further demands."""
    return (subject, peer, None, None, ())


def _everything() -> _Body:
    return ({EVERY_PROTOCOL: None}, set())


def _add(groups: list[_Group], action: int, found: dict[_Entry, _Body]) -> None:
    """One more group; together with the one before where that has the same action."""
    if action == PASS:
        raise Unclear
    if not found:
        return
    if groups and groups[-1][0] == action:
        last = groups[-1][1]
        if len(found) > len(last):
            groups[-1] = (action, found)
            last, found = found, last
        for key, (plain, others) in found.items():
            known = last.setdefault(key, ({}, set()))
            for traffic in others:
                known[1].add(traffic)
            for protocols, ports in plain.items():
                earlier = known[0].get(protocols, ())
                known[0][protocols] = None if ports is None or earlier is None else union(earlier, ports)
    else:
        groups.append((action, found))
