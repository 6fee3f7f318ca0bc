"""Flat rules of one policy and direction as legal IR rules: written for the target, merged, without repetition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from translator.ir.intervals import contains
from translator.ir.layer7 import Condition, Layer7
from translator.ir.peers import ANYONE, Endpoints, Kind, Network, Peer
from translator.ir.policy import Action, Direction, Policy, Rule
from translator.ir.traffic import ALL_PORTS, ANY_TRAFFIC, TCP, Ports, Traffic, protocol_set
from translator.legalize.ends import Ends
from translator.legalize.packets import Packets
from translator.legalize.recorder import Lose, Recorder
from translator.legalize.requests import EVERY_NAME, Demands, Requests
from translator.legalize.statements import Brick
from translator.legalize.target import TargetName
from translator.loss.effect import Change

_INSPECTING: Final = frozenset({TargetName.CILIUM, TargetName.ACCESS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Writers:
    """Everything that turns one brick into legal rules for the target."""

    recorder: Recorder
    ends: Ends
    packets: Packets
    requests: Requests
    unenforced: str | None = None
    """The loss of every layer 7 demand, when the context says that the target's cluster has nothing to enforce them."""

    def rules(
        self, bricks: Iterable[tuple[Action, Brick, Rule]], *, policy: Policy, direction: Direction
    ) -> tuple[Rule, ...]:
        """The legal rules for some bricks of one policy; what cannot be said is declared and left out."""
        pieces = [
            piece
            for action, brick, rule in bricks
            for piece in self._pieces(brick, action=action, rule=rule, policy=policy, direction=direction)
        ]
        return merged(pieces)

    def _pieces(
        self, brick: Brick, *, action: Action, rule: Rule, policy: Policy, direction: Direction
    ) -> Iterable[Rule]:
        def lose(code: str, message: str, hint: str | None = None, change: Change = Change.RULE_NARROWED) -> None:
            self.recorder.declare(code, message, change=change, policy=policy, rule=rule, action=action, hint=hint)

        demands = self.requests.write(brick.layer7, brick.conditions, direction=direction, lose=lose)
        if demands is not None and demands[0] is not None and self.unenforced is not None:
            demands = self._opened(self.unenforced, demands[0], demands[1], lose=lose)
        if demands is None:
            return
        peers = tuple(
            dict.fromkeys(self.ends.write_all(brick, policy=policy, rule=rule, action=action, direction=direction))
        )
        if not peers:
            return
        for some, families in _by_family(peers):
            meant = brick.traffic
            if families is not None and direction is Direction.EGRESS:
                meant = self._without_names(meant, some, lose)
            traffic = self.packets.write(meant, families=families, lose=lose) if meant else ()
            layer7, conditions = demands
            if layer7 is not None and layer7.http is not None and self.recorder.target.name in _INSPECTING:
                traffic = _inspected(traffic, lose)
            if traffic:
                yield Rule(
                    action=action,
                    peers=some,
                    traffic=traffic,
                    layer7=layer7,
                    conditions=conditions,
                    name=rule.name,
                    annotations=rule.annotations,
                    origin=rule.origin,
                )

    def _opened(self, code: str, layer7: Layer7, kept: tuple[Condition, ...], *, lose: Lose) -> Demands | None:
        """Nobody would tell requests apart: the whole port if the user allows widening, else no rule."""
        if layer7.dns is not None and any(each.pattern == EVERY_NAME for each in layer7.dns):
            return None, kept
        widens = self.recorder.target.allow_widening
        message = "all requests pass" if widens else "the rule is left out"
        lose(
            code,
            f"nothing in the target's cluster tells requests apart: {message}",
            change=Change.RULE_WIDENED if widens else Change.RULE_DROPPED,
        )
        return (None, kept) if widens else None

    def _without_names(self, traffic: tuple[Traffic, ...], peers: tuple[Peer, ...], lose: Lose) -> tuple[Traffic, ...]:
        """Port names towards addresses outside the cluster match nothing: pods declare names (cilium.md 7)."""
        if not any(each.ports.names for each in traffic) or not all(self._is_outside(peer) for peer in peers):
            return traffic
        lose("named-port-on-address", "addresses outside the cluster declare no port names", change=Change.UNENFORCED)
        numbered = (
            each if not each.ports.names else replace(each, ports=replace(each.ports, names=())) for each in traffic
        )
        return tuple(each for each in numbered if each.ports.numbers)

    def _is_outside(self, peer: Peer) -> bool:
        return isinstance(peer, Network) and not (peer.addresses & self.ends.knowledge.cluster)


def _by_family(peers: tuple[Peer, ...]) -> Iterable[tuple[tuple[Peer, ...], frozenset[int] | None]]:
    """Ranges of a single family, where a family demand says nothing new, apart from all other peers."""
    groups: dict[frozenset[int] | None, list[Peer]] = {}
    for peer in peers:
        families = None
        if isinstance(peer, Network):
            found = peer.addresses
            families = frozenset(family for family, spans in ((4, found.v4), (6, found.v6)) if spans)
        groups.setdefault(families if families is not None and len(families) == 1 else None, []).append(peer)
    return tuple((tuple(members), families) for families, members in groups.items())


def merged(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The same rules with peers of equal traffic and traffic of equal peers in one; denies stand first."""
    if len(rules) == 1:
        return tuple(rules)
    by_traffic = _fold(rules, key=lambda rule: (rule.action, rule.traffic, *_rest(rule)), join=_join_peers)
    by_peers = _fold(by_traffic, key=lambda rule: (rule.action, rule.peers, *_rest(rule)), join=_join_traffic)
    kept = _without_covered(by_peers)
    return tuple(sorted(kept, key=lambda rule: rule.action is not Action.DENY))


def _rest(rule: Rule) -> tuple[object, ...]:
    return rule.layer7, rule.conditions


def _fold(
    rules: Iterable[Rule], *, key: Callable[[Rule], tuple[object, ...]], join: Callable[[Rule, Rule], Rule]
) -> list[Rule]:
    found: dict[tuple[object, ...], Rule] = {}
    for rule in rules:
        known = found.get(key(rule))
        found[key(rule)] = rule if known is None else join(known, rule)
    return list(found.values())


def _join_peers(a: Rule, b: Rule) -> Rule:
    peers = tuple(dict.fromkeys((*a.peers, *b.peers)))
    return replace(a, peers=(ANYONE,) if ANYONE in peers else without_implied(peers))


def _join_traffic(a: Rule, b: Rule) -> Rule:
    traffic = tuple(dict.fromkeys((*a.traffic, *b.traffic)))
    return replace(a, traffic=(ANY_TRAFFIC,) if ANY_TRAFFIC in traffic else traffic)


def without_implied(peers: tuple[Peer, ...]) -> tuple[Peer, ...]:
    """Without pods that a peer for all pods covers already."""
    if Endpoints() not in peers:
        return peers
    return tuple(
        peer for peer in peers if peer == Endpoints() or not (isinstance(peer, Endpoints) and peer.kinds == {Kind.POD})
    )


def _without_covered(rules: Sequence[Rule]) -> list[Rule]:
    """Without rules that another one of the same action makes superfluous."""
    return [
        rule
        for index, rule in enumerate(rules)
        if not any(
            other is not rule and _covers(other, rule) and (not _covers(rule, other) or position < index)
            for position, other in enumerate(rules)
        )
    ]


def _covers(big: Rule, small: Rule) -> bool:
    return (
        big.action is small.action
        and (big.layer7 is None or big.layer7 == small.layer7)
        and set(big.conditions) <= set(small.conditions)
        and (ANYONE in big.peers or set(small.peers) <= set(big.peers))
        and (ANY_TRAFFIC in big.traffic or set(small.traffic) <= set(big.traffic))
    )


def _inspected(traffic: tuple[Traffic, ...], lose: Lose) -> tuple[Traffic, ...]:
    """Cilium looks into TCP only, and into all ports only if they are told as a range (cilium.md 8.1); so does the
    access spec."""
    tcp = protocol_set(TCP)
    found: list[Traffic] = []
    for each in traffic:
        if each.protocols != tcp:
            lose("other-protocols", "protocols besides TCP are left out of a rule about HTTP")
        if contains(each.protocols, TCP):
            ports = Ports(numbers=((1, 65535),)) if each.ports == ALL_PORTS else each.ports
            found.append(Traffic(protocols=tcp, ports=ports))
    return tuple(dict.fromkeys(found))
