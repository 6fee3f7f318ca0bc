"""Traffic of one flat rule as the target can say it: complements resolved, one protocol per port list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Final

from translator.ir.intervals import Intervals, contains, covers, difference, intersection, intervals
from translator.ir.traffic import (
    ALL_PORTS,
    ANY_TRAFFIC,
    EVERY_BYTE,
    EVERY_PORT,
    EVERY_PROTOCOL,
    ICMP,
    ICMPV6,
    NO_PORTS,
    PROTOCOL_NAMES,
    SCTP,
    TCP,
    UDP,
    IcmpMatch,
    Ports,
    Traffic,
    protocol_set,
)
from translator.legalize.ranges import without_ranges
from translator.legalize.recorder import Lose
from translator.legalize.target import TargetName
from translator.legalize.what import effective_protocols, simplified
from translator.loss.effect import Change

_PORTS: Final = (TCP, UDP, SCTP)
_LAST_TYPE: Final = 255
_CALICO_NAMES: Final = frozenset({TCP, UDP, SCTP, ICMP, ICMPV6, 136})
_LAST_PORT: Final = 65535
_VALID_PORTS: Final[Intervals] = ((1, _LAST_PORT),)
_SINGLE: Final = frozenset(protocol_set(number) for number in _PORTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packets:
    """Writes the traffic of rules for one target."""

    target: TargetName
    families: frozenset[int]
    """The families that pods speak, as far as known: a family demand on a single-stack cluster is none."""
    ranges: bool = True
    """Whether the target's version understands port ranges."""
    sctp_names: bool = True
    """Whether the target's data plane knows named SCTP ports."""
    sctp: bool = True
    """Whether the target's agent lets SCTP through at all."""
    memo: dict[tuple[tuple[Traffic, ...], frozenset[int] | None], tuple[Traffic, ...]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """What was written without loss before: port lists repeat in every cluster."""

    def write(
        self, traffic: tuple[Traffic, ...], *, families: frozenset[int] | None, lose: Lose
    ) -> tuple[Traffic, ...]:
        """The union as the target can say it; ``families``: those of the peers when they are address ranges only."""
        if traffic == (ANY_TRAFFIC,):
            return traffic
        as_they_stand = self._plain(traffic)
        if as_they_stand is not None:
            return as_they_stand
        key = (traffic, families)
        known = self.memo.get(key)
        if known is not None:
            return known
        lost: list[str] = []

        def lose_and_note(code: str, *arguments: Any, **options: Any) -> None:
            lost.append(code)
            lose(code, *arguments, **options)

        written = self._write(traffic, families, lose_and_note)
        if not lost:
            self.memo[key] = written
        return written

    def _plain(self, traffic: tuple[Traffic, ...]) -> tuple[Traffic, ...] | None:
        """Disjoint port numbers of TCP, UDP and SCTP, which every target says; None: that is not all.

        Nearly all traffic is so plain, and the long way below comes to the same.
        """
        if not self.ranges or not self.sctp:
            return None
        spans: dict[Intervals, Intervals] = {}
        for each in traffic:
            protocols, numbers = each.protocols, each.ports.numbers
            if protocols not in _SINGLE or not numbers or numbers[0][0] < 1 or numbers[-1][1] > _LAST_PORT:
                return None
            if not _asks_ports_only(each):
                return None
            known = spans.get(protocols)
            spans[protocols] = numbers if known is None else known + numbers
        is_calico = self.target is TargetName.CALICO
        for protocols, numbers in spans.items():
            if len(numbers) > 1:
                found = tuple(sorted(numbers))
                if any(low <= before for (_, before), (low, _) in pairwise(found)):
                    return None
                spans[protocols] = intervals(found) if is_calico else found
        if len(traffic) == 1 and spans[traffic[0].protocols] == traffic[0].ports.numbers:
            return traffic
        return tuple(Traffic(protocols=each, ports=Ports(numbers=numbers)) for each, numbers in spans.items())

    def _write(self, traffic: tuple[Traffic, ...], families: frozenset[int] | None, lose: Lose) -> tuple[Traffic, ...]:
        if self.target is TargetName.CALICO:
            if not self.sctp_names:
                _doubt_names(traffic, lose)
            said = tuple(known for each in traffic if (known := _without_last_type(each, lose)) is not None)
            return _coalesced(_merged(simplified(part for each in said for part in _calico(each, lose))))
        found = _merged(simplified(tuple(part for each in traffic for part in self._portable(each, families, lose))))
        self._doubt(found, lose)
        return found if self.ranges else without_ranges(found, lose)

    def _doubt(self, written: tuple[Traffic, ...], lose: Lose) -> None:
        """What the target accepts and does not enforce as written."""
        for each in written:
            if not self.sctp and each.protocols != EVERY_PROTOCOL and contains(each.protocols, SCTP):
                lose("sctp-disabled", "the agent drops SCTP, whatever the policies say", change=Change.RULE_DROPPED)

    def _portable(self, traffic: Traffic, families: frozenset[int] | None, lose: Lose) -> Iterator[Traffic]:
        """Kubernetes and Cilium: TCP, UDP, SCTP with destination ports; Cilium also ICMP types."""
        if traffic.source_ports != ALL_PORTS or traffic.not_source_ports != NO_PORTS:
            lose("source-port", "the sender's port cannot be asked for", change=Change.RULE_DROPPED)
            return
        single = _without_family(traffic, self.families if families is None else families)
        if single is None:
            return
        if single.family is not None:
            lose("ip-version", f"IPv{single.family} only cannot be said", "give the pods' ranges in `podCIDRs`")
            return
        protocols = effective_protocols(single)
        if single == ANY_TRAFFIC:
            yield single
            return
        if covers(protocols, EVERY_PROTOCOL) and single.not_ports == NO_PORTS and single.not_icmp is None:
            yield ANY_TRAFFIC
            return
        if self.target is TargetName.CLUSTERNETWORKPOLICY and single.ports.names:
            yield from _protocol_less_names(single, protocols, lose)
            single = replace(single, ports=Ports(numbers=single.ports.numbers))
        yield from self._icmp(single, protocols, lose)
        for number in _PORTS:
            if contains(protocols, number):
                yield from _ports(single, number, lose)
        others = difference(protocols, protocol_set(*_PORTS, ICMP, ICMPV6))
        # Nobody declares a port name of another protocol.
        if others and (single.ports.numbers or not traffic.ports.names):
            self._others(protocols, others, lose)

    def _others(self, protocols: Intervals, others: Intervals, lose: Lose) -> None:
        if intersection(protocols, protocol_set(*_PORTS)):
            lose("other-protocols", "protocols besides TCP, UDP, SCTP and ICMP are left out")
            return
        names = ", ".join(_protocol(low) if low == high else f"{low}–{high}" for low, high in others[:4])
        lose("protocol", f"protocol {names} cannot be said", change=Change.RULE_DROPPED)

    def _icmp(self, traffic: Traffic, protocols: Intervals, lose: Lose) -> Iterator[Traffic]:
        for number in (ICMP, ICMPV6):
            if not contains(protocols, number):
                continue
            if self.target is not TargetName.CILIUM:
                if not intersection(protocols, protocol_set(*_PORTS)):
                    lose("icmp", "ICMP cannot be said", change=Change.RULE_DROPPED)
                elif number == ICMP:
                    lose("icmp", "ICMP is left out: the target says it only together with every protocol")
                continue
            match = _icmp_types(traffic, lose)
            if match is None:
                continue
            if contains(match.types, 0) and match.types != EVERY_BYTE:
                lose("icmp-type-zero", "ICMP type 0 (echo reply) cannot be said without every other type")
                match = replace(match, types=difference(match.types, ((0, 0),)))
            if match.types:
                family = 4 if number == ICMP else 6
                yield Traffic(protocols=protocol_set(number), family=family, icmp=match)


def _asks_ports_only(traffic: Traffic) -> bool:
    """Whether nothing but protocols and port numbers is asked for."""
    return (
        traffic.family is None
        and traffic.icmp is None
        and traffic.not_icmp is None
        and not (traffic.ports.names or traffic.ports.spans or traffic.notation)
        and traffic.not_ports == NO_PORTS
        and traffic.source_ports == ALL_PORTS
        and traffic.not_source_ports == NO_PORTS
    )


def _doubt_names(traffic: tuple[Traffic, ...], lose: Lose) -> None:
    """In Calico's eBPF data plane a named SCTP port never matches, and excludes nothing (calico.md 9)."""
    hint = "give the pods with their ports in the context, so that numbers can be written"
    for each in traffic:
        if contains(each.protocols, SCTP) and (each.ports.names or each.not_ports.names):
            words = ", ".join((*each.ports.names, *each.not_ports.names))
            change = Change.RULE_WIDENED if each.not_ports.names else Change.RULE_NARROWED
            lose("dataplane-dependent", f"eBPF does not know {words} as an SCTP port", hint, change)


def _protocol(number: int) -> str:
    return PROTOCOL_NAMES.get(number, str(number))


def _icmp_types(traffic: Traffic, lose: Lose) -> IcmpMatch | None:
    """The ICMP types of a traffic, without codes."""
    match = traffic.icmp or IcmpMatch()
    types = match.types
    if traffic.not_icmp is not None:
        if traffic.not_icmp.codes == EVERY_BYTE:
            types = difference(types, traffic.not_icmp.types)
        else:
            lose("icmp-code", "ICMP codes cannot be said; the whole type is left out")
            types = difference(types, traffic.not_icmp.types)
    if match.codes != EVERY_BYTE:
        lose("icmp-code", "ICMP codes cannot be said", change=Change.RULE_DROPPED)
        return None
    return IcmpMatch(types=types) if types else None


def _without_family(traffic: Traffic, families: frozenset[int]) -> Traffic | None:
    """Without its family where no other could occur; None where it never occurs."""
    protocols = traffic.protocols
    if traffic.family is None or traffic.icmp is not None or covers(protocol_set(ICMP, ICMPV6), protocols):
        return (
            traffic if traffic.family is None else replace(traffic, family=None, protocols=effective_protocols(traffic))
        )
    if traffic.family not in families:
        return None
    if families == {traffic.family}:
        return replace(traffic, family=None)
    return traffic


def _ports(traffic: Traffic, number: int, lose: Lose) -> Iterator[Traffic]:
    """One protocol's ports as intervals and names."""
    protocol = protocol_set(number)
    if traffic.ports == ALL_PORTS and traffic.not_ports == NO_PORTS:
        yield Traffic(protocols=protocol)
        return
    if traffic.not_ports.names or (traffic.ports.names and traffic.not_ports.numbers):
        lose("negated-named-port", "ports cannot be excluded by or from a name", change=Change.RULE_DROPPED)
        return
    whole = _VALID_PORTS if traffic.ports == ALL_PORTS else intersection(traffic.ports.numbers, EVERY_PORT)
    valid = intersection(difference(whole, traffic.not_ports.numbers), _VALID_PORTS)
    if valid or traffic.ports.names:
        yield Traffic(protocols=protocol, ports=Ports(numbers=valid, names=traffic.ports.names))


def _protocol_less_names(traffic: Traffic, protocols: Intervals, lose: Lose) -> Iterator[Traffic]:
    """ClusterNetworkPolicy names a port without a protocol: whichever declares the name (kubernetes.md B.4)."""
    if traffic.not_ports != NO_PORTS:
        lose("negated-named-port", "ports cannot be excluded by or from a name", change=Change.RULE_DROPPED)
    elif covers(protocols, protocol_set(*_PORTS)):
        yield Traffic(ports=Ports(names=traffic.ports.names))
    else:
        names = ", ".join(traffic.ports.names)
        lose("named-port-protocol", f"the name {names} cannot be limited to a protocol", change=Change.RULE_DROPPED)


def _without_last_type(traffic: Traffic, lose: Lose) -> Traffic | None:
    """Calico's ICMP types end at 254 (calico.md 4); 255 is meant only by what excludes another one."""
    icmp = traffic.icmp
    if icmp is None or not contains(icmp.types, _LAST_TYPE):
        return traffic
    missing = difference(EVERY_BYTE, icmp.types)
    if icmp.codes == EVERY_BYTE and (not missing or (len(missing) == 1 and missing[0][0] == missing[0][1])):
        return traffic
    kept = difference(icmp.types, ((_LAST_TYPE, _LAST_TYPE),))
    lose("icmp", "ICMP type 255 cannot be said", change=Change.RULE_NARROWED if kept else Change.RULE_DROPPED)
    return replace(traffic, icmp=replace(icmp, types=kept)) if kept else None


def _calico(traffic: Traffic, lose: Lose) -> Iterator[Traffic]:
    """Calico says complements itself, but one protocol per rule and ports only with a protocol that has them."""
    protocols = traffic.protocols
    needs_protocol = (
        bool(traffic.ports.numbers and traffic.ports != ALL_PORTS)
        or bool(traffic.source_ports.numbers and traffic.source_ports != ALL_PORTS)
        or traffic.not_ports != NO_PORTS
        or traffic.not_source_ports != NO_PORTS
    )
    if protocols == EVERY_PROTOCOL and not needs_protocol:
        yield traffic
        return
    numbers = (
        [number for low, high in protocols for number in range(low, high + 1)] if protocols != EVERY_PROTOCOL else []
    )
    if needs_protocol and protocols == EVERY_PROTOCOL:
        yield from (replace(traffic, protocols=protocol_set(number)) for number in _PORTS)
        if traffic.ports == ALL_PORTS and traffic.source_ports == ALL_PORTS:
            lose("other-protocols", "protocols without ports are left out beside excluded ports")
        return
    missing = difference(EVERY_PROTOCOL, protocols)
    if not needs_protocol and len(numbers) > 8 and sum(high - low + 1 for low, high in missing) == 1:
        yield traffic
        return
    if len(numbers) > 16:
        lose("other-protocols", "a long list of protocols is reduced to TCP, UDP, SCTP and ICMP")
        kept = frozenset(_PORTS) if needs_protocol else _CALICO_NAMES
        numbers = [number for number in numbers if number in kept]
    for number in numbers:
        yield replace(traffic, protocols=protocol_set(number))


def _merged(items: tuple[Traffic, ...]) -> tuple[Traffic, ...]:
    """Plain port items of the same protocol in one."""
    ports: dict[tuple[Intervals, int | None], Ports] = {}
    rest: list[Traffic] = []
    order: list[tuple[Intervals, int | None]] = []
    for item in items:
        if item != Traffic(protocols=item.protocols, family=item.family, ports=item.ports) or item.ports == ALL_PORTS:
            rest.append(item)
            continue
        key = (item.protocols, item.family)
        known = ports.get(key)
        if known is None:
            order.append(key)
            ports[key] = item.ports
        else:
            numbers = known.numbers + tuple(span for span in item.ports.numbers if span not in known.numbers)
            names = known.names + tuple(name for name in item.ports.names if name not in known.names)
            ports[key] = Ports(numbers=tuple(sorted(numbers)), names=names)
    merged = [Traffic(protocols=key[0], family=key[1], ports=ports[key]) for key in order]
    return (*merged, *rest)


def _coalesced(items: tuple[Traffic, ...]) -> tuple[Traffic, ...]:
    """Neighbouring ports as one range and names in order, as Calico's own list of ports is read."""
    return tuple(
        item
        if item.ports == ALL_PORTS
        else replace(
            item,
            ports=replace(
                item.ports, numbers=intervals(item.ports.numbers), names=tuple(sorted(set(item.ports.names)))
            ),
        )
        for item in items
    )
