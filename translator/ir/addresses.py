"""Address blocks of both families as integers, and back to CIDR text."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_
from typing import Final

from translator.ir.intervals import Intervals, difference, intersection, intervals
from translator.ir.intervals import union as union_of_intervals

V4_MAX: Final = 2**32 - 1
V6_MAX: Final = 2**128 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """A set of addresses, one interval set per family."""

    v4: Intervals = ()
    v6: Intervals = ()

    def __and__(self, other: Addresses) -> Addresses:
        return Addresses(v4=intersection(self.v4, other.v4), v6=intersection(self.v6, other.v6))

    def __or__(self, other: Addresses) -> Addresses:
        return Addresses(v4=union_of_intervals(self.v4, other.v4), v6=union_of_intervals(self.v6, other.v6))

    def __sub__(self, other: Addresses) -> Addresses:
        return Addresses(v4=difference(self.v4, other.v4), v6=difference(self.v6, other.v6))

    def __bool__(self) -> bool:
        return bool(self.v4 or self.v6)

    def __contains__(self, address: Address) -> bool:
        family = self.v4 if address.family == 4 else self.v6
        return any(low <= address.number <= high for low, high in family)


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """One IP address."""

    family: int
    number: int

    def __str__(self) -> str:
        return str(ipaddress.IPv4Address(self.number) if self.family == 4 else ipaddress.IPv6Address(self.number))


NO_ADDRESSES: Final = Addresses()
ALL_ADDRESSES: Final = Addresses(v4=((0, V4_MAX),), v6=((0, V6_MAX),))


def parse_address(text: str) -> Address:
    """One address from its text. Raises ValueError."""
    address = ipaddress.ip_address(text)
    return Address(address.version, int(address))


@lru_cache(maxsize=65536)
def block(cidr: str) -> Addresses:
    """The addresses of one CIDR (host bits are ignored, no prefix means one address). Raises ValueError."""
    text, slash, length = cidr.partition("/")
    if slash and not (length.isascii() and length.isdecimal()):
        return block(str(ipaddress.ip_network(cidr, strict=False)))  # the length is written as a mask, or this raises
    address = ipaddress.ip_address(text)
    beyond = address.max_prefixlen - int(length or address.max_prefixlen)
    if beyond < 0:
        raise ValueError(f"{cidr!r} is too long")
    low = int(address) >> beyond << beyond
    span = ((low, low | ((1 << beyond) - 1)),)
    return Addresses(v4=span) if address.version == 4 else Addresses(v6=span)


def blocks(cidrs: Iterable[str]) -> Addresses:
    """The union of several CIDRs."""
    found = [block(cidr) for cidr in cidrs]
    if len(found) == 1:
        return found[0]
    return Addresses(
        v4=intervals(span for each in found for span in each.v4),
        v6=intervals(span for each in found for span in each.v6),
    )


def union(parts: Iterable[Addresses]) -> Addresses:
    """Everything in some part."""
    return reduce(or_, parts, NO_ADDRESSES)


def cidrs(addresses: Addresses) -> tuple[str, ...]:
    """The shortest list of CIDRs that covers exactly these addresses, IPv4 first, in order.

    Blocks of IPv4-mapped addresses only are left out: nobody has one, and many readers take them for IPv4.
    """
    v4 = (
        str(network)
        for low, high in addresses.v4
        for network in ipaddress.summarize_address_range(ipaddress.IPv4Address(low), ipaddress.IPv4Address(high))
    )
    v6 = (
        str(network)
        for low, high in addresses.v6
        for network in ipaddress.summarize_address_range(ipaddress.IPv6Address(low), ipaddress.IPv6Address(high))
        if not (int(network.network_address) >= _MAPPED_FIRST and int(network.broadcast_address) <= _MAPPED_LAST)
    )
    return (*v4, *v6)


_MAPPED_FIRST: Final = 0xFFFF << 32
_MAPPED_LAST: Final = _MAPPED_FIRST + V4_MAX
MAPPED: Final = Addresses(v6=((_MAPPED_FIRST, _MAPPED_LAST),))
"""``::ffff:0:0/96``: IPv4 addresses in the form of IPv6 ones, which no packet carries (RFC 4291, 2.5.5.2)."""
PRIVATE: Final = blocks(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"])
"""Ranges that may cover pods and nodes (RFC 1918, RFC 6598, RFC 4193); everything else is taken to be outside."""
