"""The packets of a rule: protocol, family, ports, ICMP and HTTP of Calico as traffic of the IR (calico.md 4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from translator.dialects.calico.model import EntityRule, HttpMatch, IcmpFields, IntOrString, Rule
from translator.dialects.calico.values import PortRange, is_catch_all, read_network_or_address, read_port, read_protocol
from translator.ir.intervals import Intervals, difference, intervals
from translator.ir.traffic import (
    ANY_TRAFFIC,
    EVERY_BYTE,
    EVERY_PROTOCOL,
    IcmpMatch,
    Layer7,
    Pattern,
    Ports,
    Syntax,
    Traffic,
)
from translator.ir.traffic import HttpMatch as HttpAlternative

BOTH_FAMILIES: Final = frozenset({4, 6})
NAMES_WITHOUT_NUMBER_IN_EBPF: Final = frozenset({58, 136})
"""ICMPv6 and UDPLite: by name the eBPF data plane does not know them (calico.md 9)."""
_CANONICAL: Final = {58: "ICMPv6", 136: "UDPLite"}


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
    if rule.protocol is not None:
        pinned = read_protocol(rule.protocol).pinned_family
        if pinned is not None:
            families &= {pinned}
    for entity in (rule.source, rule.destination):
        if entity is None:
            continue
        nets, not_nets = read_nets(entity.nets), read_nets(entity.not_nets)
        if nets.cidrs:
            families &= nets.families
        if not_nets.cidrs:
            families &= not_nets.families - not_nets.catch_all
    return families


def rule_traffic(rule: Rule, families: frozenset[int]) -> Traffic:
    """Everything about the packets of a rule but its ports."""
    icmp, not_icmp = icmp_match(rule.icmp), icmp_match(rule.not_icmp)
    notation = _notation(rule)
    family = next(iter(families)) if len(families) == 1 else None
    if icmp is None and not_icmp is None and not notation:
        if _nets_imply(rule, families):
            family = None
        if rule.protocol is None and rule.not_protocol is None and family is None:
            return ANY_TRAFFIC
    return Traffic(protocols=_protocols(rule), family=family, icmp=icmp, not_icmp=not_icmp, notation=notation)


def _nets_imply(rule: Rule, families: frozenset[int]) -> bool:
    """Whether positive CIDRs alone already keep the rule to its families."""
    return any(
        (nets := read_nets(entity.nets)).cidrs and nets.families <= families
        for entity in (rule.source, rule.destination)
        if entity is not None
    )


def _protocols(rule: Rule) -> Intervals:
    protocols = EVERY_PROTOCOL
    if rule.protocol is not None:
        protocols = _single(rule.protocol)
    if rule.not_protocol is not None:
        protocols = difference(protocols, _single(rule.not_protocol))
    return protocols


def _single(value: IntOrString) -> Intervals:
    number = read_protocol(value).number
    return () if number is None else ((number, number),)


def _notation(rule: Rule) -> tuple[str, ...]:
    """What the data planes tell apart although it means the same (calico.md 9)."""
    found: list[str] = []
    for field, value in (("protocol", rule.protocol), ("notProtocol", rule.not_protocol)):
        if value is None or isinstance(value, int):
            continue
        protocol = read_protocol(value)
        if protocol.name is not None and protocol.number in NAMES_WITHOUT_NUMBER_IN_EBPF:
            found.append(f"{field} {_CANONICAL[protocol.number]}")
    if rule.protocol is not None and rule.not_protocol is not None:
        found.append("protocol with notProtocol")
    return tuple(found)


def icmp_match(fields: IcmpFields | None) -> IcmpMatch | None:
    """Type and code; ``{}`` and a code without a type restrict nothing."""
    if fields is None or fields.type is None:
        return None
    codes = EVERY_BYTE if fields.code is None else ((fields.code, fields.code),)
    return IcmpMatch(types=((fields.type, fields.type),), codes=codes)


def read_ports(items: Sequence[IntOrString] | None) -> Ports | None:
    """Port items as numbers and names; None where there are none."""
    if not items:
        return None
    ports = [read_port(item) for item in items]
    return Ports(
        numbers=intervals((port.low, port.high) for port in ports if isinstance(port, PortRange)),
        names=tuple(sorted({port for port in ports if isinstance(port, str)})),
    )


def has_port_names(entity: EntityRule | None) -> bool:
    """Whether a side names ports."""
    items: Iterable[IntOrString] = () if entity is None else (*(entity.ports or ()), *(entity.not_ports or ()))
    return any(isinstance(item, str) and isinstance(read_port(item), str) for item in items)


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
