"""Traffic, layer 7 and conditions of a legal rule → ``toPorts`` and ``icmps`` (see ``emit``)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, assert_never

from translator.dialects.cilium.emit_peers import name_rule
from translator.dialects.cilium.emit_selectors import NotLegalError
from translator.dialects.cilium.values import EXTENDED_PROTOCOLS, MAX_PORTS, PORT_PROTOCOLS
from translator.ir.intervals import Intervals
from translator.ir.layer7 import Condition, HeaderMatch, HttpMatch, Layer7, Pattern, Syntax
from translator.ir.traffic import ALL_PORTS, ANY_TRAFFIC, EVERY_BYTE, ICMP, ICMPV6, NO_PORTS, TCP, Traffic

Rest = dict[str, Any]
"""The part of an item beside its peers."""

_ICMP_FAMILIES: Final = {ICMP: ("IPv4", 4), ICMPV6: ("IPv6", 6)}
_ICMP_PROTOCOLS: Final = (((ICMP, ICMP),), ((ICMPV6, ICMPV6),))
_EVERY_PROTOCOL: Final = frozenset(PORT_PROTOCOLS["ANY"])
_OPEN: Final = (None, NO_PORTS, ALL_PORTS, NO_PORTS, None, ())
"""What traffic demands beside protocols, ICMP and destination ports, when it demands nothing."""
_PROTOCOL_NAMES: Final = {
    **{numbers[0]: name for name, numbers in PORT_PROTOCOLS.items() if len(numbers) == 1},
    **{number: name for name, number in EXTENDED_PROTOCOLS.items()},
}
_SPECIAL: Final = frozenset("\\.+*?()|[]{}^$")
_IN_ENTRY: Final = {
    "terminating-tls": "terminatingTLS",
    "originating-tls": "originatingTLS",
    "listener": "listener",
    "server-names": "serverNames",
}
"""Conditions that stand in an entry of ``toPorts``, with their field."""

_Port = tuple[str, int | None]
"""Port text and endPort."""


def traffic_items(
    traffic: Sequence[Traffic], layer7: Layer7 | None, conditions: Sequence[Condition], *, authentication: str | None
) -> Iterator[Rest]:
    """What stands beside the peers, one item each: ports and ICMP never share one."""
    demands, entry = _conditions(conditions, authentication)
    if layer7 is not None:
        entry["rules"] = _layer7(layer7)
    if ANY_TRAFFIC in traffic:
        if entry:
            raise NotLegalError("layer 7 rules, or demands that stand beside ports, without ports")
        yield demands
        return
    ports = list(_port_entries(traffic, layer7))
    if ports:
        yield {"toPorts": [{"ports": part, **entry} for part in _batches(ports)], **demands}
    fields = list(_icmp_fields(traffic))
    if fields:
        if entry:
            raise NotLegalError("layer 7 rules on ICMP")
        yield {"icmps": [{"fields": part} for part in _batches(fields)], **demands}
    if not ports and not fields:
        raise NotLegalError("no traffic")


def _batches(entries: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """At most 40 entries each (cilium.md 1.5)."""
    for start in range(0, len(entries), MAX_PORTS):
        yield entries[start : start + MAX_PORTS]


# -- ports and ICMP ----------------------------------------------------------------------------------------------------


def _port_entries(traffic: Sequence[Traffic], layer7: Layer7 | None) -> Iterator[dict[str, Any]]:
    """The entries of ``ports``; one that all three protocols share is written once, as ANY."""
    protocols: dict[_Port, list[int]] = {}
    for each in traffic:
        if each.icmp is not None or each.protocols in _ICMP_PROTOCOLS:
            continue
        if (
            each.family,
            each.not_ports,
            each.source_ports,
            each.not_source_ports,
            each.not_icmp,
            each.notation,
        ) != _OPEN:
            raise NotLegalError("traffic with more than protocols and destination ports")
        for number in _numbers(each.protocols, has_ports=each.ports != ALL_PORTS):
            for port in _ports(each, number, layer7):
                found = protocols.setdefault(port, [])
                if number not in found:
                    found.append(number)
    for (text, end), numbers in protocols.items():
        end_port = {"endPort": end} if end is not None else {}
        is_any = len(numbers) == len(_EVERY_PROTOCOL) and _EVERY_PROTOCOL.issuperset(numbers)
        names = ["ANY"] if is_any else [_PROTOCOL_NAMES[each] for each in numbers]
        if layer7 is not None and layer7.http is not None and numbers != [TCP]:
            raise NotLegalError("HTTP over another protocol than TCP")
        for name in names:
            yield {"port": text, **end_port, "protocol": name}


@lru_cache(maxsize=256)
def _numbers(protocols: Intervals, *, has_ports: bool) -> tuple[int, ...]:
    numbers = tuple(number for low, high in protocols for number in range(low, high + 1))
    for number in numbers:
        if number not in _PROTOCOL_NAMES or (number in EXTENDED_PROTOCOLS.values() and has_ports):
            raise NotLegalError(f"protocol {number}")
    return numbers


def _ports(traffic: Traffic, number: int, layer7: Layer7 | None) -> Iterator[_Port]:
    """Port 0 is all of them; layer 7 rules need real ports, and DNS rules single ones (cilium.md 8.1)."""
    ports = traffic.ports
    if ports.spans:
        raise NotLegalError("a range that begins at a named port")
    if ports == ALL_PORTS:
        if layer7 is not None:
            raise NotLegalError(f"layer 7 rules on all ports of protocol {number}")
        yield ("0", None)
        return
    for low, high in ports.numbers:
        if low < 1:
            raise NotLegalError("port 0 as a number")
        if layer7 is not None and layer7.dns is not None:
            if high - low >= MAX_PORTS:
                raise NotLegalError("DNS rules on a range")
            yield from ((str(each), None) for each in range(low, high + 1))
        else:
            yield (str(low), high if high > low else None)
    for name in ports.names:
        yield (name, None)


def _icmp_fields(traffic: Sequence[Traffic]) -> Iterator[dict[str, Any]]:
    """ICMP types one by one; type 0 is written for all of them and can mean nothing else (cilium.md 7)."""
    seen: set[tuple[str, int]] = set()
    for each in traffic:
        if each.icmp is None and each.protocols not in _ICMP_PROTOCOLS:
            continue
        number = each.protocols[0][0]
        if each.protocols != ((number, number),) or number not in _ICMP_FAMILIES:
            raise NotLegalError("ICMP together with another protocol")
        name, family = _ICMP_FAMILIES[number]
        if each.family not in (None, family) or each != Traffic(
            protocols=each.protocols, family=each.family, icmp=each.icmp
        ):
            raise NotLegalError("ICMP with more than types")
        for written in _types(each):
            if (name, written) not in seen:
                seen.add((name, written))
                yield {"type": written} if name == "IPv4" else {"family": name, "type": written}


def _types(traffic: Traffic) -> Iterator[int]:
    icmp = traffic.icmp
    if icmp is not None and icmp.codes != EVERY_BYTE:
        raise NotLegalError("ICMP codes")
    if icmp is None or icmp.types == EVERY_BYTE:
        yield 0
        return
    for low, high in icmp.types:
        if low == 0:
            raise NotLegalError("ICMP type 0 beside others")
        yield from range(low, high + 1)


# -- layer 7 -----------------------------------------------------------------------------------------------------------


def _layer7(layer7: Layer7) -> dict[str, Any]:
    if layer7.http and layer7.dns is None:
        return {"http": [_http(each) for each in layer7.http]}
    if layer7.dns and layer7.http is None:
        return {"dns": [name_rule(each.pattern) for each in layer7.dns]}
    raise NotLegalError("layer 7 rules of none or two protocols")


def _http(match: HttpMatch) -> dict[str, Any]:
    """One alternative: each part as one expression over the whole value."""
    written: dict[str, Any] = {}
    for name, patterns in (("method", match.methods), ("path", match.paths), ("host", match.hosts)):
        if patterns is not None:
            written[name] = _expression(patterns)
    plain = [_header(each) for each in match.headers if _is_plain(each)]
    matches: list[Any] = [_header_match(each) for each in match.headers if not _is_plain(each)]
    matches += [json.loads(text) for text in match.extras]
    if plain:
        written["headers"] = plain
    if matches:
        written["headerMatches"] = matches
    return written


def _expression(patterns: Iterable[Pattern]) -> str:
    """Alternatives in one regular expression; flags of one must not reach into the next."""
    texts = [_regex(pattern) for pattern in patterns]
    if not texts or not all(texts):
        raise NotLegalError("an empty pattern, which Cilium would not look at")
    if len(texts) > 1:
        texts = [f"(?:{text})" if text.startswith("(?") else text for text in texts]
    return "|".join(texts)


def _regex(pattern: Pattern) -> str:
    match pattern.syntax:
        case Syntax.REGEX:
            return pattern.text
        case Syntax.EXACT:
            return "".join(f"\\{each}" if each in _SPECIAL else each for each in pattern.text)
        case Syntax.CALICO_EXACT | Syntax.CALICO_PREFIX:
            raise NotLegalError("a path with Calico's own rules of matching")
        case _:
            assert_never(pattern.syntax)


def _is_plain(header: HeaderMatch) -> bool:
    """Whether ``Name: value`` says it: the text is split at the first blank, and final colons of the name go."""
    return " " not in header.name and (header.value is None or not header.name.endswith(":"))


def _header(header: HeaderMatch) -> str:
    return header.name if header.value is None else f"{header.name}: {header.value}"


def _header_match(header: HeaderMatch) -> dict[str, str]:
    return {"name": header.name} if header.value is None else {"name": header.name, "value": header.value}


# -- conditions --------------------------------------------------------------------------------------------------------


def _conditions(conditions: Sequence[Condition], authentication: str | None) -> tuple[Rest, Rest]:
    """What stands in the item, and what in each entry of ``toPorts``."""
    item: Rest = {"authentication": {"mode": authentication}} if authentication else {}
    entry: Rest = {}
    for condition in conditions:
        match condition.feature:
            case "authentication":
                item["authentication"] = {"mode": condition.text}
            case "layer7-protocol":
                entry["rules"] = json.loads(condition.text)
            case feature if feature in _IN_ENTRY:
                entry[_IN_ENTRY[feature]] = json.loads(condition.text)
            case feature:
                raise NotLegalError(f"the condition {feature}")
    return item, entry
