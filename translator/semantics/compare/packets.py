"""Traffic, layer 7 and conditions as diagrams."""

from __future__ import annotations

from typing import Final

from translator.ir.intervals import Intervals
from translator.ir.layer7 import Condition, HeaderMatch, HttpMatch, Layer7, Pattern
from translator.ir.traffic import (
    ALL_PORTS,
    EVERY_PROTOCOL,
    ICMP,
    ICMPV6,
    NO_PORTS,
    IcmpMatch,
    Ports,
    Traffic,
    protocol_set,
)
from translator.semantics.compare.atoms import DNS, HTTP, V4_LINE, V6_LINE, YES, NumberAtoms, TextAtoms
from translator.semantics.compare.diagrams import FALSE, TRUE, Store
from translator.semantics.compare.space import PORT_CARRIERS, Aspect, Space

_CARRIERS: Final = protocol_set(*PORT_CARRIERS)
_ICMPS: Final = protocol_set(ICMP, ICMPV6)
_SINGLE: Final = frozenset(protocol_set(number) for number in PORT_CARRIERS)


class PacketCompiler:
    """The packets that rules ask for, each list of them once."""

    def __init__(self, space: Space, store: Store) -> None:
        self._space = space
        self._store = store
        self._traffic: dict[int, int] = {}
        self._port_masks: dict[Intervals, int] = {}

    def packets(self, traffic: tuple[Traffic, ...], layer7: Layer7 | None, conditions: tuple[Condition, ...]) -> int:
        """What some traffic matches, with the layer 7 part and all conditions. May ask the peer's address family."""
        found = self._traffic.get(id(traffic))
        if found is None:
            plain = self._plain(traffic)
            found = self._store.union([self._one(each) for each in traffic]) if plain is None else plain
            self._traffic[id(traffic)] = found
        if layer7 is not None:
            found = self._store.conjunction(found, self._layer7(layer7))
        for condition in conditions:
            found = self._store.conjunction(found, self._store.literal(self._known(Aspect.CONDITION, condition), YES))
        return found

    def _plain(self, traffic: tuple[Traffic, ...]) -> int | None:
        """Traffic of which every part says only a protocol with ports and some of its port numbers, without detours."""
        ports_by_protocol: dict[int, int] = {}
        for each in traffic:
            if (
                not each.ports.numbers
                or each.ports.names
                or each.protocols not in _SINGLE
                or each.family is not None
                or (each.not_ports is not NO_PORTS and each.not_ports != NO_PORTS)
                or (each.source_ports is not ALL_PORTS and each.source_ports != ALL_PORTS)
                or (each.not_source_ports is not NO_PORTS and each.not_source_ports != NO_PORTS)
                or each.icmp is not None
                or each.not_icmp is not None
            ):
                return None
            protocol = self._numbers(Aspect.PROTOCOL, each.protocols)
            ports = self._port_masks.get(each.ports.numbers)
            if ports is None:
                if self._space.number(Aspect.PORT) is None:
                    return None
                ports = self._numbers(Aspect.PORT, each.ports.numbers)
                self._port_masks[each.ports.numbers] = ports
            ports_by_protocol[protocol] = ports_by_protocol.get(protocol, 0) | ports
        if not ports_by_protocol:
            return FALSE
        store, variable, port = self._store, self._known(Aspect.PROTOCOL), self._known(Aspect.PORT)
        rest = store.full[variable]
        options = []
        for protocol, ports in ports_by_protocol.items():
            rest &= ~protocol
            options.append((store.literal(port, ports), protocol))
        return store.choose(variable, [*options, (FALSE, rest)])

    def _known(self, aspect: Aspect, key: object = None) -> int:
        return self._space.known(aspect, key)

    def _numbers(self, aspect: Aspect, spans: tuple[tuple[int, int], ...]) -> int:
        """The atoms of a numeric variable."""
        atoms = self._space.variables[self._known(aspect)].atoms
        assert isinstance(atoms, NumberAtoms)
        return atoms.mask(spans)

    def _one(self, traffic: Traffic) -> int:
        """One conjunction; the family is read off the peer's address."""
        store = self._store
        found = TRUE
        if traffic.family is not None:
            line = V4_LINE if traffic.family == 4 else V6_LINE
            found = store.literal(self._known(Aspect.PEER_ADDRESS), self._numbers(Aspect.PEER_ADDRESS, line))
        parts = [
            (traffic.ports != ALL_PORTS, traffic.ports, False, Aspect.PORT, Aspect.PORT_NAME),
            (traffic.not_ports != NO_PORTS, traffic.not_ports, True, Aspect.PORT, Aspect.PORT_NAME),
            (
                traffic.source_ports != ALL_PORTS,
                traffic.source_ports,
                False,
                Aspect.SOURCE_PORT,
                Aspect.SOURCE_PORT_NAME,
            ),
            (
                traffic.not_source_ports != NO_PORTS,
                traffic.not_source_ports,
                True,
                Aspect.SOURCE_PORT,
                Aspect.SOURCE_PORT_NAME,
            ),
        ]
        if traffic.protocols != EVERY_PROTOCOL:
            protocol = self._known(Aspect.PROTOCOL)
            found = store.conjunction(found, store.literal(protocol, self._numbers(Aspect.PROTOCOL, traffic.protocols)))
        for asked, ports, negated, aspect, name_aspect in parts:
            if asked:
                node = self._ports(ports, aspect, name_aspect)
                found = store.intersection(found, store.complement(node) if negated else node)
        if traffic.icmp is not None:
            found = store.intersection(found, self._icmp(traffic.icmp))
        if traffic.not_icmp is not None:
            found = store.intersection(found, store.complement(self._icmp(traffic.not_icmp)))
        return found

    def _ports(self, ports: Ports, aspect: Aspect, name_aspect: Aspect) -> int:
        """Ports by number or name, of protocols that carry ports."""
        store = self._store
        options = [store.literal(self._known(aspect), self._numbers(aspect, ports.numbers))]
        options += [store.literal(self._known(name_aspect, name), YES) for name in ports.names]
        return self._of_protocols(_CARRIERS, store.union(options))

    def _of_protocols(self, protocols: tuple[tuple[int, int], ...], node: int) -> int:
        return self._store.literal(self._known(Aspect.PROTOCOL), self._numbers(Aspect.PROTOCOL, protocols), node)

    def _icmp(self, icmp: IcmpMatch) -> int:
        types = (self._known(Aspect.ICMP_TYPE), self._numbers(Aspect.ICMP_TYPE, icmp.types))
        codes = (self._known(Aspect.ICMP_CODE), self._numbers(Aspect.ICMP_CODE, icmp.codes))
        return self._of_protocols(_ICMPS, self._store.cube([types, codes]))

    # Layer 7

    def _layer7(self, layer7: Layer7) -> int:
        """At layer 4, and for applications it does not speak of, the rule counts as if this were absent."""
        store = self._store
        variable = self._known(Aspect.APPLICATION)
        rest = store.full[variable]
        options: list[tuple[int, int]] = []
        if layer7.http is not None:
            options.append((store.union([self._http(each) for each in layer7.http]), HTTP))
            rest &= ~HTTP
        if layer7.dns is not None:
            names = [self._text(Aspect.QUERY, None, each.pattern) for each in layer7.dns]
            options.append((store.union(names), DNS))
            rest &= ~DNS
        return store.choose(variable, [*options, (TRUE, rest)])

    def _http(self, http: HttpMatch) -> int:
        node = TRUE
        for aspect, patterns in (
            (Aspect.METHOD, http.methods),
            (Aspect.PATH, http.paths),
            (Aspect.HOST, http.hosts),
        ):
            if patterns is not None:
                node = self._store.conjunction(node, self._any_of(aspect, patterns))
        for header in http.headers:
            node = self._store.intersection(node, self._header(header))
        return node

    def _any_of(self, aspect: Aspect, patterns: tuple[Pattern, ...]) -> int:
        return self._store.union([self._text(aspect, None, pattern) for pattern in patterns])

    def _header(self, header: HeaderMatch) -> int:
        variable = self._known(Aspect.HEADER, header.name.lower())
        atoms = self._space.variables[variable].atoms
        assert isinstance(atoms, TextAtoms)
        present = atoms.full >> 1
        return self._store.literal(variable, present if header.value is None else atoms.bits[header.value])

    def _text(self, aspect: Aspect, key: object, pattern: object) -> int:
        variable = self._known(aspect, key)
        atoms = self._space.variables[variable].atoms
        assert isinstance(atoms, TextAtoms)
        return self._store.literal(variable, atoms.bits[pattern])
