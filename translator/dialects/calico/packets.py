"""The packets of a rule: protocol, family, ports, ICMP and HTTP of Calico as traffic of the IR (calico.md 4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from translator.dialects.calico.model import HttpMatch, IcmpFields, IntOrString, Rule
from translator.dialects.calico.values import PortRange, is_catch_all, read_network_or_address, read_port, read_protocol
from translator.ir.intervals import Intervals, difference, intersection, intervals
from translator.ir.layer7 import HttpMatch as HttpAlternative
from translator.ir.layer7 import Layer7, Pattern, Syntax
from translator.ir.traffic import ANY_TRAFFIC, EVERY_BYTE, EVERY_PROTOCOL, IcmpMatch, Ports, Traffic

BOTH_FAMILIES: Final = frozenset({4, 6})
_WITHOUT_NUMBER_IN_EBPF: Final = {58: "ICMPv6", 136: "UDPLite"}
"""By name the eBPF data plane does not know them (calico.md 9)."""


@dataclass(frozen=True, slots=True)
class Nets:
    """The blocks of one list, those that do not parse left out as the agent does."""

    cidrs: tuple[str, ...]
    families: frozenset[int]
    catch_all: frozenset[int]
    """The families that one entry covers whole."""


NO_NETS: Final = Nets((), frozenset(), frozenset())


def read_nets(texts: Sequence[str] | None) -> Nets:
    """``nets`` or ``notNets``: masked, in their order, each once."""
    if not texts:
        return NO_NETS
    read = [network for text in texts if (network := read_network_or_address(text)) is not None]
    return Nets(
        tuple(dict.fromkeys(network.text for network in read)),
        frozenset(network.family for network in read),
        frozenset(network.family for network in read if is_catch_all(network)),
    )


def rule_families(rule: Rule) -> frozenset[int]:
    """The families for which the rule exists at all.

    A family that some list of CIDRs lacks, or that ``notNets`` exclude whole, does not have the rule (calico.md 4.1).
    """
    families = BOTH_FAMILIES
    if rule.ip_version is not None:
        families &= {rule.ip_version}
    if isinstance(rule.protocol, str):
        pinned = read_protocol(rule.protocol).pinned_family
        if pinned is not None:
            families &= {pinned}
    for entity in (rule.source, rule.destination):
        if entity is None or not (entity.nets or entity.not_nets):
            continue
        nets, not_nets = read_nets(entity.nets), read_nets(entity.not_nets)
        if nets.cidrs:
            families &= nets.families
        if not_nets.cidrs:
            families &= not_nets.families - not_nets.catch_all
    return families


def shown_family(rule: Rule, families: frozenset[int]) -> int | None:
    """The family that the packets must have, where nothing else in the rule keeps them to it.

    Where data planes differ by family the family is always said.
    """
    if len(families) != 1:
        return None
    if (
        rule.icmp is None
        and rule.not_icmp is None
        and not (rule.protocol is not None and rule.not_protocol is not None)
    ):
        for entity in (rule.source, rule.destination):
            if entity is not None and entity.nets:
                nets = read_nets(entity.nets)
                if nets.cidrs and nets.families <= families:
                    return None
    return next(iter(families))


@lru_cache(maxsize=65536)
def packets(
    protocol: IntOrString | None,
    not_protocol: IntOrString | None,
    family: int | None,
    icmp: IcmpMatch | None,
    not_icmp: IcmpMatch | None,
    limits: Intervals,
    ports: Ports,
    not_ports: Ports,
    source_ports: Ports,
    not_source_ports: Ports,
) -> Traffic:
    """The traffic of a rule, one object for the same packets; ``limits`` are the protocols that its sides allow."""
    protocols = _protocols(protocol, not_protocol)
    found = Traffic(
        protocols=protocols if limits is EVERY_PROTOCOL else intersection(protocols, limits),
        family=family,
        ports=ports,
        not_ports=not_ports,
        source_ports=source_ports,
        not_source_ports=not_source_ports,
        icmp=icmp,
        not_icmp=not_icmp,
        notation=_notation(protocol, not_protocol),
    )
    return ANY_TRAFFIC if found == ANY_TRAFFIC else found


def _protocols(protocol: IntOrString | None, not_protocol: IntOrString | None) -> Intervals:
    protocols = EVERY_PROTOCOL if protocol is None else _single(protocol)
    return protocols if not_protocol is None else difference(protocols, _single(not_protocol))


def _single(value: IntOrString) -> Intervals:
    number = read_protocol(value).number
    return () if number is None else ((number, number),)


def _notation(protocol: IntOrString | None, not_protocol: IntOrString | None) -> tuple[str, ...]:
    """What the data planes tell apart although it means the same (calico.md 9)."""
    found: list[str] = []
    for field, value in (("protocol", protocol), ("notProtocol", not_protocol)):
        if not isinstance(value, str):
            continue
        read = read_protocol(value)
        if read.name is not None and read.number in _WITHOUT_NUMBER_IN_EBPF:
            found.append(f"{field} {_WITHOUT_NUMBER_IN_EBPF[read.number]}")
    if protocol is not None and not_protocol is not None:
        found.append("protocol with notProtocol")
    return tuple(found)


def icmp_match(fields: IcmpFields | None) -> IcmpMatch | None:
    """Type and code; ``{}`` and a code without a type restrict nothing."""
    if fields is None or fields.type is None:
        return None
    codes = EVERY_BYTE if fields.code is None else ((fields.code, fields.code),)
    return IcmpMatch(types=((fields.type, fields.type),), codes=codes)


@lru_cache(maxsize=65536)
def read_ports(items: tuple[IntOrString, ...]) -> Ports:
    """Port items as numbers and names."""
    ports = [read_port(item) for item in items]
    return Ports(
        numbers=intervals((port.low, port.high) for port in ports if isinstance(port, PortRange)),
        names=tuple(sorted({port for port in ports if isinstance(port, str)})),
    )


# -- HTTP -------------------------------------------------------------------------------------------------------------


def http_layer(http: HttpMatch, version: str) -> Layer7 | None:
    """Methods AND paths; nothing given restricts nothing (calico.md 4.5)."""
    methods = None if not http.methods or "*" in http.methods else tuple(map(_exact, dict.fromkeys(http.methods)))
    paths = None
    if http.paths:
        is_raw = _numbers(version) < (3, 31, 6)
        paths = tuple(dict.fromkeys(_path(item.exact or "", item.prefix or "", is_raw=is_raw) for item in http.paths))
    return None if methods is None and paths is None else Layer7(http=(HttpAlternative(methods=methods, paths=paths),))


def _exact(text: str) -> Pattern:
    return Pattern(Syntax.EXACT, text)


def _path(exact: str, prefix: str, *, is_raw: bool) -> Pattern:
    """Before v3.31.6 paths were compared as they stand, after the query was cut (calico.md 4.5)."""
    if is_raw:
        return Pattern(Syntax.REGEX, re.escape(exact) + r"([?#].*)?" if exact else re.escape(prefix) + ".*")
    return Pattern(Syntax.CALICO_EXACT, exact) if exact else Pattern(Syntax.CALICO_PREFIX, prefix)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
