"""CIDR text as Go reads it: what parses at all, what only lenient readers take, and the canonical text.

Sources: kubernetes.md A.2 (``ValidateIPBlock``, ``StrictIPCIDRValidation``), B.1 (CEL ``isCIDR``).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

_DOTTED: Final = re.compile(r"\d+(\.\d+){3}\Z", re.ASCII)
_LENGTH: Final = re.compile(r"\d{1,5}\Z", re.ASCII)


class CidrDoubt(StrEnum):
    """Why a CIDR that parses may still be refused, or be read differently by another program."""

    LEADING_ZEROS = "must not have leading zeros in the address or the prefix length"
    MAPPED = "must not be an IPv4-mapped IPv6 address"
    HOST_BITS = "must not have bits set beyond the prefix length"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cidr:
    """A CIDR that parses."""

    text: str
    """Canonical: masked, RFC 5952; IPv4-mapped blocks are IPv4 blocks."""
    family: int
    length: int
    """Length of the canonical prefix."""
    written_length: int
    """Length as written (96 more for IPv4-mapped blocks)."""
    low: int
    high: int
    doubts: tuple[CidrDoubt, ...] = ()

    def contains_strictly(self, other: Cidr) -> bool:
        """Whether the other is a strict subset, by the API server's rule: first address inside, longer prefix."""
        inside = self.family == other.family and self.low <= other.low <= self.high
        return inside and other.written_length > self.written_length


@lru_cache(maxsize=65536)
def read_cidr(text: str) -> Cidr | None:
    """What a text means to a lenient reader, with what a strict one would hold against it; None when it is no CIDR."""
    written_address, slash, written_length = text.partition("/")
    if not slash or "%" in written_address or not _LENGTH.match(written_length):
        return None
    length = int(written_length)
    plain_address = written_address
    address = _parsed(written_address)
    if address is None:
        plain_address = _without_leading_zeros(written_address)
        address = _parsed(plain_address)
    if address is None:
        return None
    if length > address.max_prefixlen:
        return None
    beyond = (1 << (address.max_prefixlen - length)) - 1
    low = int(address) & ~beyond
    is_mapped = address.version == 6 and int(address) >> 32 == 0xFFFF
    doubts = (
        (CidrDoubt.LEADING_ZEROS, plain_address != written_address or str(length) != written_length),
        (CidrDoubt.MAPPED, is_mapped),
        (CidrDoubt.HOST_BITS, low != int(address)),
    )
    as_v4 = is_mapped and length >= 96
    first = ipaddress.IPv4Address(low & 0xFFFFFFFF) if as_v4 else address.__class__(low)
    prefix = length - 96 if as_v4 else length
    return Cidr(
        text=f"{first}/{prefix}",
        family=first.version,
        length=prefix,
        written_length=length,
        low=int(first),
        high=int(first) | beyond,
        doubts=tuple(doubt for doubt, holds in doubts if holds),
    )


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.IPv6Address(text) if ":" in text else ipaddress.IPv4Address(text)
    except ValueError:
        return None


def _without_leading_zeros(address: str) -> str:
    """The address with the octets of its dotted part as plain decimals (Go reads them so, never as octal)."""
    prefix, _, last = address.rpartition(":")
    if not _DOTTED.match(last):
        return address
    dotted = ".".join(str(int(octet)) for octet in last.split("."))
    return f"{prefix}:{dotted}" if ":" in address else dotted
