"""What: protocols, ports and ICMP types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from translator.ir.intervals import Intervals

ICMP: Final = 1
TCP: Final = 6
UDP: Final = 17
ICMPV6: Final = 58
SCTP: Final = 132
UDPLITE: Final = 136
PROTOCOL_NUMBERS: Final = {
    "TCP": TCP,
    "UDP": UDP,
    "SCTP": SCTP,
    "ICMP": ICMP,
    "ICMPv6": ICMPV6,
    "UDPLite": UDPLITE,
    "IGMP": 2,
    "IPIP": 4,
    "IPv6": 41,
    "GRE": 47,
    "ESP": 50,
    "AH": 51,
    "VRRP": 112,
}
"""Names that people write, in their usual spelling (IANA protocol numbers)."""
PROTOCOL_NAMES: Final = {number: name for name, number in PROTOCOL_NUMBERS.items()}
PORT_PROTOCOLS: Final = frozenset({TCP, UDP, SCTP})

EVERY_PROTOCOL: Final[Intervals] = ((0, 255),)
EVERY_PORT: Final[Intervals] = ((0, 65535),)
EVERY_BYTE: Final[Intervals] = ((0, 255),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Port numbers and port names, ORed. A name holds when the destination end declares it for protocol and port."""

    numbers: Intervals = ()
    names: tuple[str, ...] = ()
    spans: tuple[tuple[str, int], ...] = ()
    """(name, last): from the port that the destination declares under the name to ``last``, or that port alone where
    it is higher. Only Cilium's agent reads such ranges (cilium.md 7); parsers refuse them in translations."""

    def __hash__(self) -> int:
        """By what tells ports apart most."""
        return hash((self.numbers, self.names))


ALL_PORTS: Final = Ports(numbers=EVERY_PORT)
NO_PORTS: Final = Ports()


@dataclass(frozen=True, slots=True, kw_only=True)
class IcmpMatch:
    """ICMP messages with one of the types and, at the same time, one of the codes."""

    types: Intervals = EVERY_BYTE
    codes: Intervals = EVERY_BYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """One conjunction over protocol, family, ports and ICMP. The defaults are all traffic (``ANY_TRAFFIC``).

    Ports restrict only where they are not ``ALL_PORTS``; ICMP flows carry no port, so any restriction of ports
    excludes them. ``not_ports`` and ``not_icmp`` are complements: they hold for traffic without ports or ICMP.
    """

    protocols: Intervals = EVERY_PROTOCOL
    family: int | None = None
    """4, 6 or None for both."""
    ports: Ports = ALL_PORTS
    not_ports: Ports = NO_PORTS
    source_ports: Ports = ALL_PORTS
    not_source_ports: Ports = NO_PORTS
    icmp: IcmpMatch | None = None
    not_icmp: IcmpMatch | None = None
    notation: tuple[str, ...] = ()
    """How the source wrote it, where a data plane of the engine acts differently by that. The engine modules of
    ``semantics`` act on it and clear it: no assembled policy set holds any."""

    def __hash__(self) -> int:
        """By what tells traffic apart most; sets of it are made all the time."""
        ports = self.ports
        return hash((self.protocols, ports.numbers, ports.names))


ANY_TRAFFIC: Final = Traffic()


def protocol_set(*numbers: int) -> Intervals:
    """The interval set of some protocol numbers."""
    from translator.ir.intervals import intervals  # noqa: PLC0415

    return intervals((number, number) for number in numbers)
