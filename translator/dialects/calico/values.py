"""Calico's scalars: ports, protocols, networks and names, as Go decodes and checks them (calico.md 4, appendix C).

Reading gives a value or raises ValueError with the reason; whether a value that reads is also allowed is a second
question, because the agent asks less than Calico's own gate.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from translator.ir.traffic import ICMP, ICMPV6, PORT_PROTOCOLS, PROTOCOL_NUMBERS
from translator.wire.cidrs import Cidr, read_cidr
from translator.wire.kubernetes_types import is_port_name

PROTOCOL_WORDS: Final = ("TCP", "UDP", "ICMP", "ICMPv6", "SCTP", "UDPLite")
"""The protocols that have names; all others are written as numbers."""
_BY_LOWER_NAME: Final = {word.lower(): PROTOCOL_NUMBERS[word] for word in PROTOCOL_WORDS}

_DIGITS: Final = re.compile(r"[0-9]+\Z")
_RANGE: Final = re.compile(r"([0-9]+):([0-9]+)\Z")
_PORT_NAME_SHAPE: Final = re.compile(r"[a-zA-Z0-9_.-]{1,128}\Z")
_ZERO_LED_OCTET: Final = re.compile(r"(?:^|[.:])0[0-9]+\.|\.0[0-9]")


@dataclass(frozen=True, slots=True)
class PortRange:
    """Ports from ``low`` to ``high``, both included."""

    low: int
    high: int


@lru_cache(maxsize=4096)
def read_port(value: int | str) -> PortRange | str:
    """A port item: a number, digits, ``min:max`` or a name (numorstring ``PortFromString``, ``UnmarshalJSON``)."""
    if isinstance(value, int):
        if not 0 <= value <= 65535:
            raise ValueError(f"expected a port between 1 and 65535, found {value}")
        return PortRange(value, value)
    if _DIGITS.match(value):
        return PortRange(_port_number(value, value), _port_number(value, value))
    span = _RANGE.match(value)
    if span is not None:
        low, high = _port_number(span[1], value), _port_number(span[2], value)
        if low > high:
            raise ValueError(f"expected a range from the lower to the higher port, found `{value}`")
        return PortRange(low, high)
    if not _PORT_NAME_SHAPE.match(value):
        raise ValueError(f"expected a port number, a range `min:max` or a port name, found `{value}`")
    return value


def _port_number(digits: str, text: str) -> int:
    if len(digits) > 20 or int(digits) > 65535:
        raise ValueError(f"expected ports between 1 and 65535, found `{text}`")
    return int(digits)


@lru_cache(maxsize=4096)
def port_problem(value: int | str) -> str | None:
    """Why Calico refuses a port item, or None."""
    try:
        port = read_port(value)
    except ValueError as error:
        return str(error)
    if isinstance(port, PortRange):
        return f"expected ports between 1 and 65535, found {value}" if port.low < 1 else None
    if is_port_name(port):
        return None
    dashed = re.fullmatch(r"([0-9]+)-([0-9]+)", port)
    if dashed:
        return f"expected a port range with a colon, `{dashed[1]}:{dashed[2]}`, found `{port}`"
    return (
        "expected a port name of up to 15 lower-case letters, digits and single `-`, with a letter in it, "
        f"found `{port}`"
    )


@dataclass(frozen=True, slots=True)
class Protocol:
    """A protocol as written: by number, or by a name whose number may be unknown."""

    number: int | None
    name: str | None = None
    """None: written as a number (digits in quotes are a number too)."""

    @property
    def carries_ports(self) -> bool:
        """Whether rules on it may name ports."""
        return self.number in PORT_PROTOCOLS

    @property
    def pinned_family(self) -> int | None:
        """The family that a *name* pins (calico.md 4): ICMP is IPv4, ICMPv6 is IPv6; numbers pin nothing."""
        if self.name is None:
            return None
        return {ICMP: 4, ICMPV6: 6}.get(self.number or 0)


@lru_cache(maxsize=1024)
def read_protocol(value: int | str) -> Protocol:
    """A protocol by number or, in any letter case, by name. Raises ValueError for numbers that no byte holds."""
    if isinstance(value, int):
        if not 0 <= value <= 255:
            raise ValueError(f"expected a protocol number between 1 and 255, found {value}")
        return Protocol(value)
    if _DIGITS.match(value) and len(value) <= 20 and int(value) <= 255:
        return Protocol(int(value))
    return Protocol(_BY_LOWER_NAME.get(value.lower()), value)


@lru_cache(maxsize=1024)
def protocol_problem(value: int | str) -> str | None:
    """Why Calico refuses a protocol, or None."""
    try:
        protocol = read_protocol(value)
    except ValueError as error:
        return str(error)
    if protocol.name is None:
        return "expected a protocol number between 1 and 255, found 0" if protocol.number == 0 else None
    if protocol.name in PROTOCOL_WORDS:
        return None
    return f"expected {', '.join(PROTOCOL_WORDS)} or a number between 1 and 255, found `{protocol.name}`"


@lru_cache(maxsize=65536)
def read_network(text: str) -> Cidr | None:
    """A CIDR as Go's ``net.ParseCIDR`` takes it: no leading zeros in octets; IPv4-mapped blocks are IPv4."""
    address, slash, _ = text.partition("/")
    return None if not slash or _ZERO_LED_OCTET.search(address) else read_cidr(text)


@lru_cache(maxsize=65536)
def read_network_or_address(text: str) -> Cidr | None:
    """A CIDR, or a bare address as a block of one (``ParseCIDROrIP``)."""
    network = read_network(text)
    if network is not None or "/" in text:
        return network
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if "%" in text:
        return None
    return read_network(f"{text}/{address.max_prefixlen}")


def is_catch_all(network: Cidr) -> bool:
    """Whether a block is a whole address family."""
    return network.length == 0
