"""Traffic of the IR as the protocol, family, port and ICMP fields of Calico's rules (calico.md 4, 4.2, 9, 11)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

from translator.errors import InternalError
from translator.ir.intervals import Intervals, contains, difference, intersection
from translator.ir.traffic import (
    ALL_PORTS,
    ANY_TRAFFIC,
    EVERY_BYTE,
    EVERY_PORT,
    EVERY_PROTOCOL,
    ICMP,
    ICMPV6,
    NO_PORTS,
    PORT_PROTOCOLS,
    SCTP,
    TCP,
    UDP,
    UDPLITE,
    IcmpMatch,
    Ports,
    Traffic,
    protocol_set,
)

MAX_PORTS: Final = 50
_MAX_MESSAGES: Final = 256
"""ICMP types times codes that one traffic may be written out to."""
_MAX_PROTOCOLS: Final = 64
NAMES: Final = {TCP: "TCP", UDP: "UDP", SCTP: "SCTP", ICMP: "ICMP"}
"""Protocols whose names every data plane knows; ICMPv6 and UDPLite are written as numbers (calico.md 9)."""
_DOUBTFUL_NAMES: Final = {ICMPV6: "ICMPv6", UDPLITE: "UDPLite"}
_FAMILIES: Final = {ICMP: 4, ICMPV6: 6}
_ICMP_PROTOCOLS: Final = protocol_set(ICMP, ICMPV6)
_NONZERO_PORTS: Final = ["1:65535"]

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Packets:
    """The packets of one rule."""

    fields: Fields = field(default_factory=dict)
    """Of the rule itself."""
    source: Fields = field(default_factory=dict)
    """Ports of the sender."""
    destination: Fields = field(default_factory=dict)
    family: int | None = None
    is_family_implied: bool = False
    """The rule's own fields say the family already: a name of ICMP does, or ``ipVersion`` is among them."""


ANYTHING: Final = Packets()


def packets_of(items: Iterable[Traffic], *, named_ports_need_protocol: bool) -> tuple[Packets, ...]:
    """The alternatives that together say a union of traffic, one protocol each.

    ``named_ports_need_protocol``: before v3.32 every port does (calico.md 4.2).
    """
    return tuple(
        packets
        for traffic in items
        for packets in ((ANYTHING,) if traffic == ANY_TRAFFIC else _packets(traffic, named_ports_need_protocol))
    )


def _packets(traffic: Traffic, named_ports_need_protocol: bool) -> Iterator[Packets]:
    protocols = traffic.protocols
    if traffic.icmp is not None:
        protocols = intersection(protocols, _ICMP_PROTOCOLS)
    others = _single_number(difference(EVERY_PROTOCOL, protocols))
    is_open = protocols == EVERY_PROTOCOL or others is not None
    if is_open and named_ports_need_protocol and _demands_ports(traffic):
        # A name is declared for TCP, UDP or SCTP, so these three are all that a name can match (calico.md 4.3).
        protocols = intersection(protocols, protocol_set(*PORT_PROTOCOLS))
    elif is_open:
        fields = {} if others is None else {"notProtocol": _protocol(traffic, "notProtocol", others)}
        yield from _without_protocol(traffic, fields, named_ports_need_protocol)
        return
    numbers = _numbers(protocols)
    if len(numbers) > _MAX_PROTOCOLS:
        raise InternalError(f"more than {_MAX_PROTOCOLS} protocols: Calico's rules name one each")
    for number in numbers:
        yield from _with_protocol(traffic, number)


def _single_number(intervals: Intervals) -> int | None:
    """The only number in a set that Calico can name as a protocol."""
    return intervals[0][0] if len(intervals) == 1 and intervals[0][0] == intervals[0][1] > 0 else None


def _protocol(traffic: Traffic, field: str, number: int) -> int | str:
    """A protocol as the source wrote it where data planes tell the difference, else so that they do not."""
    name = _DOUBTFUL_NAMES.get(number)
    return name if name is not None and f"{field} {name}" in traffic.notation else NAMES.get(number, number)


def _demands_ports(traffic: Traffic) -> bool:
    return traffic.ports != ALL_PORTS or traffic.source_ports != ALL_PORTS


def _excludes_ports(traffic: Traffic) -> bool:
    return traffic.not_ports != NO_PORTS or traffic.not_source_ports != NO_PORTS


def _without_protocol(traffic: Traffic, fields: Fields, named_ports_need_protocol: bool) -> Iterator[Packets]:
    """Traffic of any protocol, or of any but one."""
    if traffic.not_icmp is not None:
        # Data planes differ on this (calico.md 9), so only a policy that was read so and stays Calico's has it.
        fields = {**fields, "notICMP": _excluded_message(traffic.not_icmp)}
    positive = [ports.numbers for ports in (traffic.ports, traffic.source_ports) if ports != ALL_PORTS]
    has_numbers = any((traffic.not_ports.numbers, traffic.not_source_ports.numbers, *positive))
    if has_numbers or (named_ports_need_protocol and _excludes_ports(traffic)):
        raise InternalError("ports need a protocol (calico.md 4.2)")
    for source, destination in _ports(traffic):
        yield Packets(fields=fields, source=source, destination=destination, family=traffic.family)


def _with_protocol(traffic: Traffic, number: int) -> Iterator[Packets]:
    """Traffic of one protocol; demands on ports and ICMP that it cannot break or cannot meet are decided here."""
    if number == 0:
        raise InternalError("Calico has no rule for protocol 0")
    fields: Fields = {"protocol": _protocol(traffic, "protocol", number)}
    if number in PORT_PROTOCOLS:
        for source, destination in _ports(traffic):
            yield Packets(fields=fields, source=source, destination=destination, family=traffic.family)
        return
    if number == UDPLITE and (_demands_ports(traffic) or _excludes_ports(traffic)):
        raise InternalError("Calico's rules on UDP-Lite have no ports (calico.md 4.2)")
    if _demands_ports(traffic):
        return
    if number in _FAMILIES:
        yield from _icmp(traffic, number, fields)
    else:
        yield Packets(fields=fields, family=traffic.family)


# -- ports ------------------------------------------------------------------------------------------------------------


def _ports(traffic: Traffic) -> Iterator[tuple[Fields, Fields]]:
    """The ports of both sides."""
    yield from product(_side(traffic.source_ports, traffic.not_source_ports), _side(traffic.ports, traffic.not_ports))


def _side(ports: Ports, not_ports: Ports) -> Iterator[Fields]:
    """``ports`` and ``notPorts`` of one side, in lists that the schema takes; nothing where no port can match."""
    if ports is ALL_PORTS and not_ports is NO_PORTS:
        yield {}
        return
    if ports.spans or not_ports.spans:
        raise InternalError("Calico has no ranges from a named port on")
    excluded = _excluded(not_ports)
    if excluded is None:
        # Port 0 cannot be listed; to exclude it is to list what is left.
        left = difference(EVERY_PORT if ports == ALL_PORTS else ports.numbers, not_ports.numbers)
        named = Ports(names=not_ports.names)
        if left:
            yield from _side(Ports(numbers=left), named)
        if ports.names:
            raise InternalError("port names cannot stand beside so many excluded ports, or beside port 0")
        return
    if len(excluded) > MAX_PORTS:
        raise InternalError(f"more than {MAX_PORTS} excluded ports do not fit into one rule")
    rest: Fields = {"notPorts": excluded} if excluded else {}
    if ports == ALL_PORTS:
        yield rest
        return
    numbers = ports.numbers
    if contains(numbers, 0):
        yield from _with_port_zero(numbers, excluded)
        numbers = ()
    items = [*_items(numbers), *ports.names]
    for start in range(0, len(items), MAX_PORTS):
        yield {"ports": items[start : start + MAX_PORTS], **rest}


def _excluded(not_ports: Ports) -> list[int | str] | None:
    """The items of ``notPorts``; None when port 0 is among them, or when what is left is the shorter list."""
    if contains(not_ports.numbers, 0):
        return None
    items = [*_items(not_ports.numbers), *not_ports.names]
    return None if len(items) > MAX_PORTS and not not_ports.names else items


def _with_port_zero(numbers: Intervals, excluded: list[int | str]) -> Iterator[Fields]:
    """Ports that include 0, which no list can hold: what is missing is excluded instead."""
    missing = _items(difference(EVERY_PORT, numbers))
    if len(missing) + len(excluded) <= MAX_PORTS:
        yield {"notPorts": [*missing, *(item for item in excluded if item not in missing)]}
        return
    rest: Fields = {"notPorts": excluded} if excluded else {}
    listed = _items(difference(numbers, ((0, 0),)))
    for start in range(0, len(listed), MAX_PORTS):
        yield {"ports": listed[start : start + MAX_PORTS], **rest}
    yield {"notPorts": [*_NONZERO_PORTS]}


def _items(numbers: Intervals) -> list[int | str]:
    return [low if low == high else f"{low}:{high}" for low, high in numbers]


# -- ICMP -------------------------------------------------------------------------------------------------------------


def _icmp(traffic: Traffic, number: int, fields: Fields) -> Iterator[Packets]:
    """One of the two ICMP protocols, in its own family; the bare number is the protocol in both."""
    family = _FAMILIES[number]
    for messages in _messages(traffic):
        if traffic.family not in (None, family):
            # Nobody sends such packets, but a rule may speak of them; not of their types, though.
            if not messages:
                yield Packets(fields={"protocol": number}, family=traffic.family)
            continue
        if traffic.family is None and not messages:
            yield Packets(fields={"protocol": number})
        elif fields["protocol"] == ICMPV6:
            yield Packets(fields={"ipVersion": family, **fields, **messages}, family=family, is_family_implied=True)
        else:
            yield Packets(fields={**fields, **messages}, family=family, is_family_implied=True)


def _messages(traffic: Traffic) -> Iterator[Fields]:
    """The ICMP messages of one ICMP protocol: one rule per type, and per code where it matters."""
    rest: Fields = {} if traffic.not_icmp is None else {"notICMP": _excluded_message(traffic.not_icmp)}
    wanted = traffic.icmp
    if wanted is None or wanted == IcmpMatch():
        yield rest
        return
    missing = difference(EVERY_BYTE, wanted.types)
    if wanted.codes == EVERY_BYTE and not rest and len(missing) == 1:
        only = _single(IcmpMatch(types=missing))
        if only is not None:
            yield {"notICMP": only}
            return
    types, codes = _numbers(wanted.types), _numbers(wanted.codes)
    if wanted.codes == EVERY_BYTE:
        messages: list[Fields] = [{"type": number} for number in types]
    else:
        messages = [{"type": number, "code": code} for number in types for code in codes]
    if len(messages) > _MAX_MESSAGES or contains(wanted.types, 255):
        raise InternalError("these ICMP messages are too many for rules of one message each")
    for message in messages:
        yield {"icmp": message, **rest}


def _excluded_message(match: IcmpMatch) -> Fields:
    excluded = _single(match)
    if excluded is None:
        raise InternalError("several excluded ICMP messages do not fit into one rule")
    return excluded


def _single(match: IcmpMatch) -> Fields | None:
    """A match of one type with every code or one; None when it is wider."""
    types = _numbers(match.types)
    if len(types) != 1 or types[0] == 255:
        return None
    if match.codes == EVERY_BYTE:
        return {"type": types[0]}
    codes = _numbers(match.codes)
    return {"type": types[0], "code": codes[0]} if len(codes) == 1 else None


def _numbers(intervals: Intervals) -> list[int]:
    return [number for low, high in intervals for number in range(low, high + 1)]
