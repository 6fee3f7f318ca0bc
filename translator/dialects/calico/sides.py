"""One side of a rule as peers and ports of the IR (calico.md 2.5, 2.7, 4.1 to 4.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from translator.dialects.calico.folding import Fold, Terms, fold_entity
from translator.dialects.calico.known_objects import KnownHost, KnownObjects, Matched
from translator.dialects.calico.model import EntityRule
from translator.dialects.calico.packets import read_nets, read_ports
from translator.dialects.calico.selector import Node
from translator.dialects.calico.views import pod_selector
from translator.dialects.calico.written import written_side
from translator.ir.intervals import Intervals, difference, union
from translator.ir.labels import NOTHING, conjunction, negation
from translator.ir.peers import ANYONE, AllOf, Endpoints, GroupReference, Network, NoneOf, Peer, Service
from translator.ir.traffic import ALL_PORTS, EVERY_PROTOCOL, NO_PORTS, Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the alternatives that a side comes to: somebody in ``peers``, on these ports and protocols."""

    peers: tuple[Peer, ...]
    ports: Ports = ALL_PORTS
    not_ports: Ports = NO_PORTS
    protocols: Intervals = EVERY_PROTOCOL


@dataclass(frozen=True, slots=True, kw_only=True)
class SideReading:
    """A side's alternatives, and what is to be said about them."""

    sides: tuple[Side, ...]
    lost: str | None = None
    doubtful: tuple[str, ...] = ()


ANY_SIDE: Final = SideReading(sides=(Side(peers=(ANYONE,)),))


def read_side(
    entity: EntityRule | None, namespace: str | None, objects: KnownObjects, *, is_destination: bool
) -> SideReading:
    """The alternatives of a side. Raises PolicyDropped and AgentPanics (``folding``)."""
    if entity is None or not entity.model_fields_set:
        return ANY_SIDE
    fold = fold_entity(entity, namespace)
    if objects.as_written:
        ports, not_ports = (read_ports(tuple(each)) if each else None for each in (entity.ports, entity.not_ports))
        side = Side(peers=(written_side(entity),), ports=ports or ALL_PORTS, not_ports=not_ports or NO_PORTS)
        return SideReading(sides=(side,), lost=fold.lost or _lost_nets(entity))
    pods: Endpoints | None = None
    matched: Matched | None = None
    if fold.positive is not None:
        pods = _endpoints(fold.positive, fold.negative, objects.all_have_accounts)
        matched = objects.matched(fold.positive, fold.negative)
    constraints = _constraints(entity, fold, objects, is_destination=is_destination)
    ports = read_ports(tuple(entity.ports)) if entity.ports else None
    not_ports = read_ports(tuple(entity.not_ports)) if entity.not_ports else NO_PORTS
    names = (ports.names if ports is not None else ()) + not_ports.names
    hosts = _hosts_with_ports(matched, objects, names) if names else ()
    if names and (hosts or (matched is not None and (matched.sets or matched.hosts))):
        named = _NamedPorts(pods=pods, matched=matched, hosts=hosts, constraints=constraints)
        sides = tuple(named.sides(ports, not_ports))
    else:
        peers = _alternatives(pods, matched)
        if constraints:
            peers = tuple(_all_of((peer, *constraints)) for peer in peers)
        sides = (Side(peers=peers, ports=ports or ALL_PORTS, not_ports=not_ports),)
    lost = fold.lost or _lost_nets(entity)
    if lost is None and (matched is None or not matched.doubtful):
        return SideReading(sides=sides)
    return SideReading(sides=sides, lost=lost, doubtful=matched.doubtful if matched is not None else ())


def _lost_nets(entity: EntityRule) -> str | None:
    """Unvalidated entries that do not parse are skipped; a list of nothing else restricts nothing (calico.md 4.1)."""
    for field, nets in (("nets", entity.nets), ("notNets", entity.not_nets)):
        if nets and not read_nets(nets).cidrs:
            return f"`{field}`, of which no entry is a CIDR"
    return None


@lru_cache(maxsize=65536)
def _endpoints(positive: Terms, negative: Node | None, all_have_accounts: bool) -> Endpoints | None:
    """The pods for which all positive terms hold and the negative one does not; None for no pod."""
    terms = [pod_selector(term, all_have_accounts=all_have_accounts) for term in positive]
    if negative is not None:
        terms.append(negation(pod_selector(negative, all_have_accounts=all_have_accounts)))
    selector = conjunction(*terms)
    return None if selector == NOTHING else Endpoints(selector=selector)


def _alternatives(pods: Endpoints | None, matched: Matched | None) -> tuple[Peer, ...]:
    """The union that the engine keeps as one IP set; without a positive selector anybody."""
    if matched is None:
        return (ANYONE,)
    return (*((pods,) if pods is not None else ()), *_networks(matched))


def _networks(matched: Matched) -> tuple[Network, ...]:
    return (*((matched.sets,) if matched.sets is not None else ()), *(host.network for host in matched.hosts))


def _constraints(entity: EntityRule, fold: Fold, objects: KnownObjects, *, is_destination: bool) -> tuple[Peer, ...]:
    """What must hold besides the positive selector: CIDRs, a lone negative selector, a Service."""
    found: list[Peer] = []
    if entity.nets or entity.not_nets:
        nets, not_nets = read_nets(entity.nets), read_nets(entity.not_nets)
        if nets.cidrs:
            found.append(Network(cidrs=nets.cidrs, excepts=not_nets.cidrs))
        elif not_nets.cidrs:
            found.append(NoneOf((Network(cidrs=not_nets.cidrs),)))
    if fold.positive is None and fold.negative is not None:
        pods = _endpoints((fold.negative,), None, objects.all_have_accounts)
        excluded = _alternatives(pods, objects.matched((fold.negative,), None))
        if excluded:
            found.append(NoneOf(excluded))
    if entity.services is not None and entity.services.name:
        # An empty namespace is none at all: no Service is keyed that way (calico.md 2.7).
        place, name = entity.services.namespace, entity.services.name
        found.append(Service(namespace=place, name=name, with_ports=is_destination) if place else NoneOf((ANYONE,)))
    return tuple(found)


def _all_of(peers: Sequence[Peer]) -> Peer:
    """The intersection, without the members that restrict nothing."""
    members = tuple(peer for peer in peers if peer is not ANYONE)
    match members:
        case (Network(group=GroupReference()) as chosen, NoneOf((Network(excepts=()) as hole,))):
            # Said as one, the reference to the sets survives in other dialects.
            return replace(chosen, excepts=(*chosen.excepts, *hole.cidrs))
        case _:
            pass
    if len(members) == 1:
        return members[0]
    return AllOf(members) if members else ANYONE


# -- port names where not only pods are meant -------------------------------------------------------------------------


def _hosts_with_ports(matched: Matched | None, objects: KnownObjects, names: tuple[str, ...]) -> tuple[KnownHost, ...]:
    """Host endpoints that define one of the names and are matched by the positive selector, if there is one."""
    candidates = objects.hosts if matched is None else matched.hosts
    return tuple(
        host
        for host in candidates
        if host.endpoint.addresses and any(name in names for name, _, _ in host.endpoint.ports)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _NamedPorts:
    """Port names resolve over the pods and host endpoints that the positive selector matches *themselves*.

    An address that only a network set covers has no named ports (calico.md 4.3), so sets, hosts and pods part ways.
    """

    pods: Endpoints | None
    matched: Matched | None
    hosts: tuple[KnownHost, ...]
    constraints: tuple[Peer, ...]

    def sides(self, ports: Ports | None, not_ports: Ports) -> Iterator[Side]:
        """The pods by name, the sets by number only, each host endpoint by the numbers behind its names."""
        if self.matched is None or self.pods is not None:
            yield self._pods(ports, not_ports)
        if self.matched is not None and (ports is None or ports.numbers):
            yield from self._sets(ports, not_ports)
        for host in self.hosts:
            yield from self._host(host, ports, not_ports)

    def _pods(self, ports: Ports | None, not_ports: Ports) -> Side:
        peer: Peer = self.pods if self.pods is not None else ANYONE
        excluded: tuple[Peer, ...] = ()
        if not_ports.names and self.hosts and self.matched is None:
            excluded = (NoneOf(tuple(host.network for host in self.hosts)),)
        return Side(
            peers=(_all_of((peer, *self.constraints, *excluded)),), ports=ports or ALL_PORTS, not_ports=not_ports
        )

    def _sets(self, ports: Ports | None, not_ports: Ports) -> Iterator[Side]:
        assert self.matched is not None
        apart: tuple[Peer, ...] = ()
        if not_ports.names:
            others: tuple[Peer, ...] = (self.pods,) if self.pods is not None else ()
            others += tuple(host.network for host in self.hosts)
            apart = (NoneOf(others),) if others else ()
        peers = tuple(_all_of((network, *self.constraints, *apart)) for network in _networks(self.matched))
        if peers:
            yield Side(
                peers=peers,
                ports=replace(ports, names=()) if ports is not None else ALL_PORTS,
                not_ports=replace(not_ports, names=()),
            )

    def _host(self, host: KnownHost, ports: Ports | None, not_ports: Ports) -> Iterator[Side]:
        peers = (_all_of((host.network, *self.constraints)),)
        wanted: list[tuple[Ports, Intervals]] = []
        if ports is None:
            wanted.append((ALL_PORTS, EVERY_PROTOCOL))
        else:
            if ports.numbers and not_ports.names:
                wanted.append((Ports(numbers=ports.numbers), EVERY_PROTOCOL))
            wanted += [
                (Ports(numbers=((number, number),)), ((protocol, protocol),))
                for name, protocol, number in host.endpoint.ports
                if name in ports.names
            ]
        if ports is None and not not_ports.names:
            return
        for chosen, protocols in wanted:
            for excluded, rest in _excluded(host, not_ports, protocols):
                yield Side(peers=peers, ports=chosen, not_ports=excluded, protocols=rest)


def _excluded(host: KnownHost, not_ports: Ports, protocols: Intervals) -> Iterator[tuple[Ports, Intervals]]:
    """``notPorts`` of a host endpoint, protocol by protocol: the names stand for its own numbers."""
    named: dict[int, Intervals] = {}
    for name, protocol, number in host.endpoint.ports:
        if name in not_ports.names:
            named[protocol] = union(named.get(protocol, ()), ((number, number),))
    rest = protocols
    for protocol, numbers in named.items():
        own: Intervals = ((protocol, protocol),)
        shared = difference(own, difference(own, protocols))
        rest = difference(rest, own)
        if shared:
            yield Ports(numbers=union(not_ports.numbers, numbers)), shared
    if rest:
        yield Ports(numbers=not_ports.numbers), rest
