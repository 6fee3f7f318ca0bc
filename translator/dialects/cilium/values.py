"""Scalars of Cilium's policies as the agent reads them: ports, protocols, ICMP types, prefixes, DNS patterns.

Source: cilium.md 6.5, 7 (``rule_validation.go:PortProtocol.sanitize``, ``icmp.go``, Go's ``strconv.ParseUint`` and
``netip.ParsePrefix``).
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final

from translator.ir.traffic import ICMP, ICMPV6, PROTOCOL_NUMBERS, SCTP, TCP, UDP

MAX_PORTS: Final = 40
"""Entries of one ``ports`` list, and of one ``fields`` list."""

PORT_PROTOCOLS: Final = {"TCP": (TCP,), "UDP": (UDP,), "SCTP": (SCTP,), "ANY": (TCP, UDP, SCTP)}
"""Protocols with ports; ANY (and no protocol at all) is these three and never ICMP (cilium.md 7)."""
EXTENDED_PROTOCOLS: Final = {
    name.upper(): PROTOCOL_NUMBERS[name] for name in ("VRRP", "IGMP", "GRE", "IPIP", "IPv6", "ESP", "AH")
}
"""Protocols without ports, known since 1.20."""
PROTOCOLS: Final = (*PORT_PROTOCOLS, *EXTENDED_PROTOCOLS)

ICMP_FAMILIES: Final = {"IPv4": ICMP, "IPv6": ICMPV6}
ICMP_TYPES: Final = {
    ICMP: {
        "EchoReply": 0,
        "DestinationUnreachable": 3,
        "Redirect": 5,
        "Echo": 8,
        "EchoRequest": 8,
        "RouterAdvertisement": 9,
        "RouterSelection": 10,
        "TimeExceeded": 11,
        "ParameterProblem": 12,
        "Timestamp": 13,
        "TimestampReply": 14,
        "Photuris": 40,
        "ExtendedEchoRequest": 42,
        "ExtendedEchoReply": 43,
    },
    ICMPV6: {
        "DestinationUnreachable": 1,
        "PacketTooBig": 2,
        "TimeExceeded": 3,
        "ParameterProblem": 4,
        "EchoRequest": 128,
        "EchoReply": 129,
        "MulticastListenerQuery": 130,
        "MulticastListenerReport": 131,
        "MulticastListenerDone": 132,
        "RouterSolicitation": 133,
        "RouterAdvertisement": 134,
        "NeighborSolicitation": 135,
        "NeighborAdvertisement": 136,
        "RedirectMessage": 137,
        "RouterRenumbering": 138,
        "ICMPNodeInformationQuery": 139,
        "ICMPNodeInformationResponse": 140,
        "InverseNeighborDiscoverySolicitation": 141,
        "InverseNeighborDiscoveryAdvertisement": 142,
        "HomeAgentAddressDiscoveryRequest": 144,
        "HomeAgentAddressDiscoveryReply": 145,
        "MobilePrefixSolicitation": 146,
        "MobilePrefixAdvertisement": 147,
        "DuplicateAddressRequestCodeSuffix": 157,
        "DuplicateAddressConfirmationCodeSuffix": 158,
        "ExtendedEchoRequest": 160,
        "ExtendedEchoReply": 161,
    },
}
"""ICMP types by protocol number and name."""

_PORT_NAME: Final = re.compile(r"(?=.{1,15}\Z)[A-Za-z0-9]+(-[A-Za-z0-9]+)*\Z", re.ASCII)
_LETTER: Final = re.compile(r"[A-Za-z]")
_NUMBERS: Final = (
    (re.compile(r"0[xX](_?[0-9a-fA-F])+\Z"), 16),
    (re.compile(r"0[bB](_?[01])+\Z"), 2),
    (re.compile(r"0[oO](_?[0-7])+\Z"), 8),
    (re.compile(r"0(_?[0-7])*\Z"), 8),
    (re.compile(r"[1-9](_?[0-9])*\Z", re.ASCII), 10),
)
_DECIMAL: Final = re.compile(r"[+-]?[0-9]+\Z", re.ASCII)
_BITS: Final = re.compile(r"(0|[1-9][0-9]{0,2})\Z", re.ASCII)
_NAME_CHARACTERS: Final = re.compile(r"[-a-zA-Z0-9_.]+\Z")
_PATTERN_CHARACTERS: Final = re.compile(r"[-a-zA-Z0-9_.*]+\Z")
_STARS: Final = re.compile(r"\*+")


@lru_cache(maxsize=65536)
def is_port_name(text: str) -> bool:
    """Whether a port is read as a name: 1 to 15 letters, digits and single inner dashes, with at least one letter."""
    return bool(_PORT_NAME.match(text)) and bool(_LETTER.search(text))


@lru_cache(maxsize=65536)
def go_uint(text: str) -> int | None:
    """A number with Go's base prefixes: a leading zero is octal, underscores may part digits; None: invalid."""
    for pattern, base in _NUMBERS:
        if pattern.match(text):
            digits = text.replace("_", "").lower()
            return int(digits.removeprefix("0x").removeprefix("0b").removeprefix("0o"), base)
    return None


def port_number(text: str) -> int | None:
    """A port that is no name; None when it is neither in Go's notation nor up to 65535."""
    number = go_uint(text)
    return number if number is not None and number <= 65535 else None


def range_end(port: int, end_port: int | None) -> int:
    """The last port of a range: endPort is cut to 16 bits, and one that is not above the port does not count."""
    end = (end_port or 0) & 0xFFFF
    return end if end > port else port


def icmp_type(protocol: int, written: int | str) -> int | None:
    """The type number of an ICMP field; None when the agent cannot decode it.

    A number that cannot be a port is 0, which stands for every type; one above 65535 matches nothing (cilium.md 7).
    """
    text = str(written)
    if isinstance(written, str) and text != "0" and not (_DECIMAL.match(text) and int(text) != 0):
        return ICMP_TYPES[protocol].get(text)
    number = go_uint(text)
    return 0 if number is None else min(number, 65535)


@lru_cache(maxsize=65536)
def prefix(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """A block as ``netip.ParsePrefix`` reads it, host bits cleared; None when it refuses the text."""
    address, slash, bits = text.partition("/")
    if not slash or "%" in text or not _BITS.match(bits):
        return None
    try:
        return ipaddress.ip_network((ipaddress.ip_address(address), int(bits)), strict=False)
    except ValueError:
        return None


def prefix_or_address(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """A block, or an address as a block of one; None when it is neither."""
    if "/" in text:
        return prefix(text)
    try:
        return ipaddress.ip_network(ipaddress.ip_address(text)) if "%" not in text else None
    except ValueError:
        return None


def is_domain_name(text: str) -> bool:
    """Whether ``matchName`` holds only the characters that the agent takes."""
    return bool(_NAME_CHARACTERS.match(text))


def is_domain_pattern(text: str) -> bool:
    """Whether ``matchPattern`` holds only the characters that the agent takes."""
    return bool(_PATTERN_CHARACTERS.match(text))


def domain_pattern(text: str, *, multi_level: bool = True) -> str:
    """A name or pattern in the IR's language: lower case, no final dot, every run of stars one star.

    A leading ``**.`` is whole labels since 1.19 (``multi_level``) and the same as ``*.`` before (cilium.md 6.5, 14).
    """
    lowered = text.lower()
    if not lowered.strip("*"):
        return "*"
    lowered = lowered.removesuffix(".")
    if lowered.startswith("**.") and multi_level:
        return "**." + _STARS.sub("*", lowered[3:])
    return _STARS.sub("*", lowered)


def version_numbers(version: str) -> tuple[int, int]:
    """Major and minor of a version such as ``v1.20.0-pre.4``."""
    major, _, rest = version.removeprefix("v").partition(".")
    minor = rest.partition(".")[0]
    return (int(major) if major.isdecimal() else 1, int(minor) if minor.isdecimal() else 0)
