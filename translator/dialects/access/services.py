"""One service and everything that was said about it, by itself and by those who allow it in → its policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from translator.dialects.access import KIND, NAME
from translator.dialects.access.connections import Entry
from translator.dialects.access.model import Defaults, Service
from translator.dialects.access.names import AppName, policy_name
from translator.dialects.access.peers import METADATA, OUTSIDE, End
from translator.dialects.access.reporting import Reporter
from translator.ir.addresses import block
from translator.ir.layer7 import Condition, DnsMatch, Layer7
from translator.ir.peers import NODES, Anyone, Domain, Endpoints, Network, Peer
from translator.ir.policy import Action, Direction, Policy, Rule
from translator.ir.traffic import Traffic
from translator.origin import Origin

EVERY_NAME: Final = DnsMatch(pattern="*")


@dataclass(slots=True, kw_only=True)
class Declared:
    """A service on its way to a policy."""

    name: AppName
    pods: Endpoints
    model: Service
    defaults: Defaults
    origin: Origin
    defaults_origin: Origin
    report: Reporter
    resolver: tuple[tuple[Peer, ...], tuple[Traffic, ...]]
    tls: frozenset[int] = frozenset()
    """Ports on which it speaks TLS, terminated on the way or not."""
    allows: tuple[Entry, ...] = ()
    calls: tuple[Entry, ...] = ()
    granted: list[Rule] = field(default_factory=list)
    """What other services let it send."""

    @property
    def denies(self) -> frozenset[Direction]:
        """The directions in which only what is listed flows."""
        written = self.defaults.deny if self.model.deny is None else self.model.deny
        return frozenset(Direction(each) for each in written)

    @property
    def asks_dns(self) -> bool | None:
        """Whether it may ask the cluster's DNS anything; None where nothing was said about it."""
        return self.defaults.dns if self.model.dns is None else self.model.dns

    @property
    def spares_metadata(self) -> bool:
        """Whether broad ends leave the metadata service out."""
        return (self.model.metadata_service or self.defaults.metadata_service) == "deny"

    def policy(self) -> Policy | None:
        """The policy; None where nothing is denied."""
        denies = self.denies
        if not denies:
            return None
        return Policy(
            name=policy_name(self.name),
            kind=KIND,
            dialect=NAME,
            namespace=self.name.namespace,
            subject=(self.pods,),
            directions=denies,
            isolates=denies,
            ingress=tuple(self._ingress()) if Direction.INGRESS in denies else (),
            egress=tuple(self._egress()) if Direction.EGRESS in denies else (),
            tier="default",
            description=self.model.description,
            origin=self.origin,
        )

    def grant(self, server: Declared, entry: Entry) -> None:
        """Note that a server lets it in: it may send as well. Requests are looked at where they arrive only."""
        for ends, traffic in entry.flows:
            if any(end.service == self.name for end in ends):
                self.granted.append(_rule((server.pods,), traffic, entry.origin))

    def _ingress(self) -> Iterator[Rule]:
        for entry in self.allows:
            yield from _rules(entry, [list(_peers(ends)) for ends, _ in entry.flows])

    def _egress(self) -> Iterator[Rule]:
        """DNS first, then what it calls, then what others let it send beyond that."""
        called = [
            rule
            for entry in self.calls
            if entry not in self._dns_calls
            for rule in _rules(entry, [list(self._called(ends, entry.origin)) for ends, _ in entry.flows])
        ]
        yield from self._dns()
        yield from called
        yield from (rule for rule in dict.fromkeys(self.granted) if rule not in called)

    @property
    def _dns_calls(self) -> tuple[Entry, ...]:
        """Calls of the cluster's DNS for any name: the same as ``dns: true``."""
        return tuple(
            entry
            for entry in self.calls
            if entry.layer7 is None
            and all(end.keyword == "dns" for end in entry.ends)
            and all(traffic == self.resolver[1] for _, traffic in entry.flows)
        )

    def _dns(self) -> Iterator[Rule]:
        """DNS for all names where it is granted; calls by name need an inspecting rule (cilium.md 6.5).

        Where nothing was said about DNS, the names that are called may be asked for.
        """
        peers, traffic = self.resolver
        by_name = [entry for entry in self.calls if any(_domains(entry.ends))]
        names = dict.fromkeys(DnsMatch(pattern=name) for entry in by_name for name in _domains(entry.ends))
        every = Layer7(dns=(EVERY_NAME,)) if names else None
        if self.asks_dns:
            at = self.defaults_origin.at("dns") if self.model.dns is None else self.origin.at("dns")
            yield _rule(peers, traffic, at, layer7=every)
        elif self._dns_calls:
            yield _rule(peers, traffic, self._dns_calls[0].origin, layer7=every)
        elif names and self.asks_dns is None:
            yield _rule(peers, traffic, by_name[0].origin, layer7=Layer7(dns=tuple(names)))

    def _called(self, ends: Sequence[End], origin: Origin) -> Iterator[Peer]:
        for end in ends:
            for peer in end.peers:
                if not self.spares_metadata or end.keyword == "metadata-service":
                    yield peer
                    continue
                spared = without_metadata(peer)
                if not spared:
                    self.report.error(
                        origin,
                        "these addresses are the metadata service's, which is denied",
                        "call `metadata-service` where it is meant",
                    )
                yield from spared


SPARED_WORLD: Final = Network(cidrs=("0.0.0.0/0", "::/0"), excepts=METADATA, reach=OUTSIDE, any_family=True)
SPARED_ANYONE: Final[tuple[Peer, ...]] = (Endpoints(), Endpoints(kinds=NODES), SPARED_WORLD)
"""Pods, nodes, and the outside without the metadata service."""


def without_metadata(peer: Peer) -> tuple[Peer, ...]:
    """A peer less the metadata service's addresses; ``()`` where nothing is left."""
    match peer:
        case Anyone():
            return SPARED_ANYONE
        case Endpoints(kinds=kinds) if kinds == OUTSIDE:
            return (SPARED_WORLD,)
        case Network(excepts=excepts):
            whole = peer.addresses
            holes = tuple(each for each in METADATA if block(each) & whole)
            left = replace(peer, excepts=(*excepts, *holes)) if holes else peer
            return (left,) if left.addresses else ()
        case _:
            return (peer,)


def _peers(ends: Sequence[End]) -> Iterator[Peer]:
    for end in ends:
        yield from end.peers


def _domains(ends: Sequence[End]) -> Iterator[str]:
    for peer in _peers(ends):
        if isinstance(peer, Domain):
            yield peer.pattern


def _rules(entry: Entry, peers: Sequence[Sequence[Peer]]) -> Iterator[Rule]:
    for some, (_, traffic) in zip(peers, entry.flows, strict=True):
        if some and traffic:
            yield _rule(tuple(some), traffic, entry.origin, layer7=entry.layer7, conditions=entry.conditions)


def _rule(
    peers: Sequence[Peer],
    traffic: tuple[Traffic, ...],
    origin: Origin,
    *,
    layer7: Layer7 | None = None,
    conditions: tuple[Condition, ...] = (),
) -> Rule:
    return Rule(
        action=Action.ALLOW,
        peers=tuple(dict.fromkeys(peers)),
        traffic=traffic,
        layer7=layer7,
        conditions=conditions,
        origin=origin,
    )
