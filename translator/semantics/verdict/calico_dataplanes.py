"""What Calico's data planes do with rules on which they differ (calico.md 9).

A rule becomes one that matches what the data plane really matches; where the kernel refuses it, the address family
loses its whole update, so nothing at all is programmed for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from translator.context import Context
from translator.ir.intervals import Intervals, difference, intersection, union
from translator.ir.peers import Peer, Service, parts
from translator.ir.policy import Rule
from translator.ir.traffic import (
    ALL_PORTS,
    EVERY_BYTE,
    EVERY_PROTOCOL,
    ICMP,
    ICMPV6,
    PORT_PROTOCOLS,
    SCTP,
    UDPLITE,
    IcmpMatch,
    Ports,
    Traffic,
    protocol_set,
)

_SCTP_ONLY: Final = protocol_set(SCTP)
_ICMP_OF: Final = {4: ICMP, 6: ICMPV6}
_WITH_TYPE: Final = protocol_set(ICMP, ICMPV6)
_WITH_PORTS: Final = protocol_set(*PORT_PROTOCOLS, UDPLITE)
_UNKNOWN_NAMES: Final = {"ICMPv6": ICMPV6, "UDPLite": UDPLITE}
"""Names that the eBPF policy builder's table lacks: it compares with 0."""

Families = frozenset[int]
_NONE: Final[Families] = frozenset()


def on_dataplane(rule: Rule, dataplane: str) -> tuple[Rule, Families]:
    """The rule as a data plane acts on it, without notation, and the families whose update it makes fail."""
    match dataplane:
        case "ebpf":
            return _in_ebpf(rule), _NONE
        case "nftables":
            return _in_nftables(rule)
        case _:
            return _plain(rule), frozenset(
                family for traffic in rule.traffic for family in _refused_by_iptables(traffic)
            )


def dependence(rule: Rule, context: Context) -> str | None:
    """How the data planes differ on a rule, in words; None where they agree.

    SCTP ports behind a Service or a name are taken to exist where the context says so, where it does not know and the
    data plane is eBPF, and where the rule is about SCTP only.
    """
    found = list(dict.fromkeys(words for traffic in rule.traffic for words in _differences(traffic, context)))
    peers = (*rule.peers, rule.subject)
    if any(intersection(traffic.protocols, _SCTP_ONLY) for traffic in rule.traffic) and any(
        _serves_sctp(service, context) for peer in peers for service in _services_with_ports(peer)
    ):
        found.append("eBPF lacks the SCTP ports of a Service")
    return f"what the rule does depends on the data plane: {'; '.join(found)}" if found else None


def _differences(traffic: Traffic, context: Context) -> Iterator[str]:
    refused = _refused_by_iptables(traffic)
    if refused:
        yield f"iptables refuses it and with it every rule for {_families(refused)}"
    refused = _refused_by_nftables(traffic)
    if refused:
        yield f"nftables refuses it and with it every rule for {_families(refused)}"
    for name in _UNKNOWN_NAMES:
        if f"protocol {name}" in traffic.notation:
            yield f"eBPF never matches {name} by name"
        if f"notProtocol {name}" in traffic.notation:
            yield f"eBPF never excludes {name} by name"
    if intersection(traffic.protocols, _SCTP_ONLY) and _names_sctp(traffic, context):
        yield "eBPF does not know named SCTP ports"
    if (traffic.icmp or traffic.not_icmp) and difference(traffic.protocols, _WITH_TYPE):
        yield "eBPF compares the ICMP type with the destination port of other protocols"


def _names_sctp(traffic: Traffic, context: Context) -> bool:
    """Whether some name of a traffic may be that of an SCTP port."""
    lists = (traffic.ports, traffic.not_ports, traffic.source_ports, traffic.not_source_ports)
    names = {name for ports in lists for name in ports.names}
    if not names or traffic.protocols == _SCTP_ONLY:
        return bool(names)
    declared = [port for pod in context.pods for port in pod.ports if port.name in names]
    unknown = names - {port.name for port in declared}
    return any(port.protocol == SCTP for port in declared) or (bool(unknown) and context.calico.dataplane == "ebpf")


def _serves_sctp(service: Service, context: Context) -> bool:
    known = context.services.get(f"{service.namespace}/{service.name}")
    if known is None or not known.backends:
        return context.calico.dataplane == "ebpf"
    return any(backend.protocol == SCTP for backend in known.backends)


def _families(families: Families) -> str:
    return " and ".join(f"IPv{family}" for family in sorted(families))


# -- iptables and nftables --------------------------------------------------------------------------------------------


def _plain(rule: Rule) -> Rule:
    if not any(traffic.notation for traffic in rule.traffic):
        return rule
    return replace(rule, traffic=tuple(replace(traffic, notation=()) for traffic in rule.traffic))


def _rendered(traffic: Traffic) -> tuple[int, ...]:
    return (4, 6) if traffic.family is None else (traffic.family,)


def _refused_by_iptables(traffic: Traffic) -> Families:
    """Two ``-p`` in one rule, and an ICMP match without (or beside another than) the family's own protocol."""
    if "protocol with notProtocol" in traffic.notation:
        return frozenset(_rendered(traffic))
    if traffic.icmp is None and traffic.not_icmp is None:
        return _NONE
    return frozenset(family for family in _rendered(traffic) if traffic.protocols != protocol_set(_ICMP_OF[family]))


def _refused_by_nftables(traffic: Traffic) -> Families:
    """A code beside a type, and an ICMP match beside another protocol than the family's own."""
    if traffic.icmp is None and traffic.not_icmp is None:
        return _NONE
    if any(each is not None and each.codes != EVERY_BYTE for each in (traffic.icmp, traffic.not_icmp)):
        return frozenset(_rendered(traffic))
    return frozenset(
        family
        for family in _rendered(traffic)
        if traffic.protocols not in (EVERY_PROTOCOL, protocol_set(_ICMP_OF[family]))
    )


def _in_nftables(rule: Rule) -> tuple[Rule, Families]:
    """An ICMP match without a protocol implies the family's own."""
    refused = frozenset(family for traffic in rule.traffic for family in _refused_by_nftables(traffic))
    plain = _plain(rule)
    if not any((traffic.icmp or traffic.not_icmp) and traffic.protocols == EVERY_PROTOCOL for traffic in plain.traffic):
        return plain, refused
    return replace(plain, traffic=tuple(found for each in plain.traffic for found in _with_implied_icmp(each))), refused


def _with_implied_icmp(traffic: Traffic) -> Iterator[Traffic]:
    if (traffic.icmp is None and traffic.not_icmp is None) or traffic.protocols != EVERY_PROTOCOL:
        yield traffic
        return
    for family in _rendered(traffic):
        yield replace(traffic, family=family, protocols=protocol_set(_ICMP_OF[family]))


# -- eBPF -------------------------------------------------------------------------------------------------------------


def _in_ebpf(rule: Rule) -> Rule:
    without_sctp = any(_has_service_ports(peer) for peer in (*rule.peers, rule.subject))
    if not without_sctp and not any(_differs_in_ebpf(traffic) for traffic in rule.traffic):
        return _plain(rule)
    found: list[Traffic] = []
    for traffic in rule.traffic:
        known = _with_known_names(traffic)
        if without_sctp:
            known = replace(known, protocols=difference(known.protocols, _SCTP_ONLY))
        found += [each for icmp in _with_port_bytes(known) for each in _without_sctp_names(icmp)]
    return replace(rule, traffic=tuple(found))


def _differs_in_ebpf(traffic: Traffic) -> bool:
    return bool(traffic.notation or traffic.icmp or traffic.not_icmp or _names(traffic))


def _names(traffic: Traffic) -> bool:
    lists = (traffic.ports, traffic.not_ports, traffic.source_ports, traffic.not_source_ports)
    return any(ports.names for ports in lists)


def _has_service_ports(peer: Peer) -> bool:
    return any(True for _ in _services_with_ports(peer))


def _services_with_ports(peer: Peer) -> Iterator[Service]:
    return (each for each in parts(peer) if isinstance(each, Service) and each.with_ports)


def _with_known_names(traffic: Traffic) -> Traffic:
    """A name that the builder does not know: as the protocol it is never there, as the excluded one always absent."""
    protocols = traffic.protocols
    for name, number in _UNKNOWN_NAMES.items():
        if f"notProtocol {name}" in traffic.notation and (
            "protocol with notProtocol" not in traffic.notation or not protocols
        ):
            protocols = union(protocols, protocol_set(number))
    if any(f"protocol {name}" in traffic.notation for name in _UNKNOWN_NAMES):
        protocols = ()
    return replace(traffic, protocols=protocols, notation=())


def _without_sctp_names(traffic: Traffic) -> Iterator[Traffic]:
    """Sets of addresses and ports hold no SCTP members: a name is no port of it, and excludes none."""
    shared = intersection(traffic.protocols, _SCTP_ONLY)
    if not shared or not _names(traffic):
        yield traffic
        return
    yield replace(traffic, protocols=difference(traffic.protocols, shared))
    ports, source_ports = _numbers(traffic.ports), _numbers(traffic.source_ports)
    if ports.numbers and source_ports.numbers:
        yield replace(
            traffic,
            protocols=shared,
            ports=ports,
            source_ports=source_ports,
            not_ports=_numbers(traffic.not_ports),
            not_source_ports=_numbers(traffic.not_source_ports),
        )


def _numbers(ports: Ports) -> Ports:
    return ports if not ports.names else Ports(numbers=ports.numbers)


def _with_port_bytes(traffic: Traffic) -> Iterator[Traffic]:
    """Type and code share their place with the destination port: its low byte is the type, its high byte the code.

    Packets without ports have 0 there.
    """
    if traffic.icmp is None and traffic.not_icmp is None:
        yield traffic
        return
    with_type = intersection(traffic.protocols, _WITH_TYPE)
    if with_type:
        yield replace(traffic, protocols=with_type)
    other = replace(traffic, icmp=None, not_icmp=None)
    with_ports = intersection(traffic.protocols, _WITH_PORTS)
    if with_ports:
        yield from _by_port(replace(other, protocols=with_ports), traffic.icmp, traffic.not_icmp)
    rest = difference(difference(traffic.protocols, _WITH_TYPE), _WITH_PORTS)
    matched = traffic.icmp is None or _is_zero(traffic.icmp)
    if rest and matched and not (traffic.not_icmp is not None and _is_zero(traffic.not_icmp)):
        yield replace(other, protocols=rest)


def _by_port(traffic: Traffic, icmp: IcmpMatch | None, not_icmp: IcmpMatch | None) -> Iterator[Traffic]:
    ports, excluded = traffic.ports, traffic.not_ports
    if icmp is not None:
        numbers = _port_numbers(icmp)
        ports = Ports(numbers=numbers if ports == ALL_PORTS else intersection(ports.numbers, numbers))
        if not ports.numbers:
            return
    if not_icmp is not None:
        excluded = Ports(numbers=union(excluded.numbers, _port_numbers(not_icmp)), names=excluded.names)
    yield replace(traffic, ports=ports, not_ports=excluded)


def _port_numbers(icmp: IcmpMatch) -> Intervals:
    """The ports whose bytes read as such a message."""
    types = [number for low, high in icmp.types for number in range(low, high + 1)]
    codes = [number for low, high in icmp.codes for number in range(low, high + 1)]
    return union(*(((256 * code + kind, 256 * code + kind),) for code in codes for kind in types))


def _is_zero(icmp: IcmpMatch) -> bool:
    return any(low == 0 for low, _ in icmp.types) and any(low == 0 for low, _ in icmp.codes)
