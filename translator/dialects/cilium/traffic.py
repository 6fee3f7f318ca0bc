"""``toPorts`` and ``icmps`` → traffic, layer 7 and conditions of the IR (cilium.md 7, 8)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from translator.context import CiliumOptions
from translator.dialects.cilium.doubts import Doubts
from translator.dialects.cilium.model import (
    Authentication,
    HeaderMatch,
    HttpRule,
    IcmpRule,
    Item,
    Layer7Rules,
    NameRule,
    PortProtocol,
    PortRule,
)
from translator.dialects.cilium.sanitize_ports import has_layer7
from translator.dialects.cilium.values import (
    EXTENDED_PROTOCOLS,
    ICMP_FAMILIES,
    PORT_PROTOCOLS,
    domain_pattern,
    icmp_type,
    is_port_name,
    port_number,
    range_end,
    version_numbers,
)
from translator.ir import layer7 as ir
from translator.ir.layer7 import Condition, DnsMatch, HttpMatch, Layer7, Pattern, Syntax
from translator.ir.policy import Direction
from translator.ir.traffic import ALL_PORTS, ANY_TRAFFIC, IcmpMatch, Ports, Traffic, protocol_set
from translator.origin import Origin
from translator.wire.base import Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One share of an item's traffic: what has the same layer 7 rules and conditions."""

    traffic: tuple[Traffic, ...] = (ANY_TRAFFIC,)
    layer7: Layer7 | None = None
    conditions: tuple[Condition, ...] = ()


class TrafficReader:
    """Reads what an item says about traffic under some options."""

    def __init__(self, options: CiliumOptions, doubts: Doubts, *, as_agent: bool) -> None:
        """``as_agent``: as the agent of 1.20 reads it, which ignores Kafka rules."""
        version = version_numbers(options.version)
        self._doubts = doubts
        self._multi_level = version >= (1, 19)
        self._as_agent = as_agent
        self._knows_kafka = not as_agent and version < (1, 20)

    def parts(self, item: Item, direction: Direction, origin: Origin) -> tuple[Part, ...] | None:
        """The shares of an item's traffic; None where it restricts none, ``()`` where nothing can match."""
        if item.to_ports:
            return self._ports(item.to_ports, direction, origin)
        if item.icmps:
            traffic = tuple(_icmps(item.icmps))
            return (Part(traffic=traffic),) if traffic else ()
        return None

    def _ports(self, rules: Sequence[Any], direction: Direction, origin: Origin) -> tuple[Part, ...]:
        """Entries that differ in nothing but their ports are one part."""
        found: dict[tuple[Layer7 | None, tuple[Condition, ...]], list[Traffic]] = {}
        for position, rule in enumerate(rules):
            if rule is None or not rule.ports:
                self._doubts.add("no ports: this matches nothing", origin.at("toPorts", position), "matches-nothing")
                continue
            at = origin.at("toPorts", position)
            is_allow = isinstance(rule, PortRule)
            layer7 = self._layer7(rule.rules) if is_allow else None
            conditions = tuple(self._conditions(rule, at)) if is_allow else ()
            traffic = found.setdefault((layer7, conditions), [])
            for index, port in enumerate(rule.ports):
                traffic += self._port(port or PortProtocol(), direction, at.at("ports", index))
        return tuple(
            Part(traffic=tuple(dict.fromkeys(traffic)), layer7=layer7, conditions=conditions)
            for (layer7, conditions), traffic in found.items()
            if traffic
        )

    def _port(self, port: PortProtocol, direction: Direction, origin: Origin) -> tuple[Traffic, ...]:
        text, end = port.port, port.end_port
        if text and end and is_port_name(text) and direction is Direction.INGRESS:
            if not self._as_agent:
                self._doubts.refuse(
                    "a range that begins with a port name depends on each pod's own ports",
                    origin,
                    "named-port-range",
                    hint="write the first port as a number",
                )
        elif text and end and not is_port_name(text):
            number = port_number(text)
            if number == 0 or (number is not None and range_end(number, end) != end):
                self._doubts.add(f"`endPort: {end}` has no effect beside port {text}", origin, "inert-end-port")
        if text and text.strip("0") and not is_port_name(text):
            number = port_number(text)
            if number is not None and str(number) != text:
                self._doubts.add(f"port {text} is read as {number}", origin, "odd-port")
        return _port_traffic((port.protocol or "ANY").upper(), text or "0", end, direction)

    def _layer7(self, rules: Layer7Rules | None) -> Layer7 | None:
        """Empty lists are no layer 7 rules at all; an item without a name matches no query."""
        if rules is None or not has_layer7(rules):
            return None
        if rules.http:
            return Layer7(http=tuple(_http(rule or HttpRule()) for rule in rules.http))
        return Layer7(dns=tuple(dict.fromkeys(self._names(rules.dns or ()))))

    def _names(self, rules: Iterable[NameRule | None]) -> Iterable[DnsMatch]:
        for rule in rules:
            for text in (rule.match_name, rule.match_pattern) if rule else ():
                if text:
                    yield DnsMatch(pattern=domain_pattern(text, multi_level=self._multi_level))

    def _conditions(self, rule: PortRule, origin: Origin) -> Iterable[Condition]:
        """Demands that only Cilium knows, as canonical text."""
        for feature, model in (
            ("terminating-tls", rule.terminating_tls),
            ("originating-tls", rule.originating_tls),
            ("listener", rule.listener),
        ):
            if model is not None:
                yield Condition(feature=feature, text=canonical(model))
        if rule.server_names:
            yield Condition(feature="server-names", text=json.dumps(sorted({name or "" for name in rule.server_names})))
        rules = rule.rules
        if rules is not None and (rules.kafka or rules.l7proto):
            if self._knows_kafka:
                written = {"kafka": rules.kafka, "l7proto": rules.l7proto, "l7": rules.l7}
                given = {name: value for name, value in written.items() if value is not None}
                yield Condition(feature="layer7-protocol", text=json.dumps(given, sort_keys=True))
            else:
                self._doubts.add(
                    "the agent ignores these rules since 1.20 and allows the whole port",
                    origin.at("rules"),
                    "ignored-rules",
                )


def authentication(written: Authentication | None) -> tuple[tuple[Condition, ...], tuple[tuple[str, str], ...]]:
    """The demand of ``authentication``, and the annotation for ``disabled``, which demands nothing (cilium.md 8.5)."""
    mode = written.mode if written else None
    if mode in ("required", "test-always-fail"):
        return (Condition(feature="authentication", text=mode),), ()
    return (), (("authentication", mode),) if mode == "disabled" else ()


@lru_cache(maxsize=65536)
def _port_traffic(protocol: str, port: str, end_port: int | None, direction: Direction) -> tuple[Traffic, ...]:
    """One entry of ``ports``; nothing where a protocol without ports has one all the same (cilium.md 7)."""
    if protocol in EXTENDED_PROTOCOLS:
        is_all = not is_port_name(port) and port_number(port) == 0
        return (Traffic(protocols=protocol_set(EXTENDED_PROTOCOLS[protocol])),) if is_all else ()
    protocols = protocol_set(*PORT_PROTOCOLS[protocol])
    if is_port_name(port):
        last = (end_port or 0) & 0xFFFF if direction is Direction.INGRESS else 0
        name = port.lower()
        ports = Ports(spans=((name, last),)) if last else Ports(names=(name,))
        return (Traffic(protocols=protocols, ports=ports),)
    number = port_number(port)
    assert number is not None, "sanitized before"
    ports = Ports(numbers=((number, range_end(number, end_port)),)) if number else ALL_PORTS
    return (Traffic(protocols=protocols, ports=ports),)


def _icmps(rules: Iterable[IcmpRule | None]) -> Iterable[Traffic]:
    """ICMP types; type 0 is a wildcard, one above 255 matches nothing (cilium.md 7)."""
    for rule in rules:
        for field in (rule.fields if rule else None) or ():
            assert field is not None, "sanitized before"
            assert field.type is not None, "sanitized before"
            protocol = ICMP_FAMILIES[field.family or "IPv4"]
            number = icmp_type(protocol, field.type)
            if number == 0:
                yield Traffic(protocols=protocol_set(protocol))
            elif number is not None and number <= 255:
                yield Traffic(protocols=protocol_set(protocol), icmp=IcmpMatch(types=((number, number),)))


def _http(rule: HttpRule) -> HttpMatch:
    headers: list[ir.HeaderMatch] = [_header(text or "") for text in rule.headers or ()]
    extras: list[str] = []
    for match in rule.header_matches or ():
        if match is None:
            continue
        if match.mismatch or match.secret is not None:
            extras.append(canonical(match))
        else:
            headers.append(_header_match(match))
    return HttpMatch(
        methods=_patterns(rule.method),
        paths=_patterns(rule.path),
        hosts=_patterns(rule.host),
        headers=tuple(headers),
        extras=tuple(extras),
    )


def _patterns(text: str | None) -> tuple[Pattern, ...] | None:
    """An expression that must match the whole value; the empty one restricts nothing."""
    return (Pattern(Syntax.REGEX, text),) if text else None


def _header(text: str) -> ir.HeaderMatch:
    """``Name: value`` split at the first blank, all final colons of the name cut; without a blank, presence.

    An empty value is any value (cilium.md 8.2).
    """
    name, blank, value = text.partition(" ")
    return ir.HeaderMatch(name=name.rstrip(":") if blank else name, value=value if blank and value else None)


def _header_match(match: HeaderMatch) -> ir.HeaderMatch:
    return ir.HeaderMatch(name=match.name or "", value=match.value or None)


def canonical(model: Wire) -> str:
    """A wire model as compact JSON with sorted keys."""
    return json.dumps(model.model_dump(by_alias=True, exclude_none=True), sort_keys=True, separators=(",", ":"))
