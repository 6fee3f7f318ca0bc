"""What a group of rules asks about: the labels, addresses, ports and patterns that the domains must tell apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, assert_never

from translator.ir.addresses import Addresses, block
from translator.ir.intervals import Intervals
from translator.ir.labels import And, Everything, Label, Not, Nothing, Or, Requirement, Selector
from translator.ir.layer7 import Condition, Layer7, Pattern
from translator.ir.peers import (
    AllOf,
    Anyone,
    Domain,
    Endpoints,
    Network,
    NoneOf,
    Peer,
    Service,
    Unsupported,
)
from translator.ir.policy import Policy, Rule
from translator.ir.traffic import ALL_PORTS, ANY_TRAFFIC, EVERY_PROTOCOL, NO_PORTS, IcmpMatch, Traffic
from translator.semantics.compare.asked import End, LabelMentions, Services
from translator.semantics.languages.budget import Undecided

Opaque = Unsupported | Service
"""Peers about which only their name is known."""
_PLAIN_RULE: Final = (ANY_TRAFFIC,)


@dataclass(slots=True)
class EndMentions:
    """What is asked about one end."""

    labels: dict[Label, LabelMentions] = field(default_factory=dict)
    addresses: set[Addresses] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)
    opaque: dict[Opaque, None] = field(default_factory=dict)
    families: bool = False
    open_reach: bool = False

    @property
    def asks_address(self) -> bool:
        """Whether the end's address matters at all."""
        return bool(self.addresses) or self.families


@dataclass(slots=True)
class Mentions:
    """Everything that the rules of one problem ask about. Filled by ``add``; every set only grows."""

    ends: tuple[EndMentions, EndMentions] = field(default_factory=lambda: (EndMentions(), EndMentions()))
    protocols: set[Intervals] = field(default_factory=set)
    ports: set[Intervals] = field(default_factory=set)
    port_names: set[str] = field(default_factory=set)
    asks_port: bool = False
    source_ports: set[Intervals] = field(default_factory=set)
    source_port_names: set[str] = field(default_factory=set)
    asks_source_port: bool = False
    icmp: set[IcmpMatch] = field(default_factory=set)
    methods: set[Pattern] = field(default_factory=set)
    paths: set[Pattern] = field(default_factory=set)
    hosts: set[Pattern] = field(default_factory=set)
    headers: dict[str, set[str]] = field(default_factory=dict)
    queries: set[str] = field(default_factory=set)
    asks_http: bool = False
    asks_dns: bool = False
    conditions: dict[Condition, None] = field(default_factory=dict)

    def add(self, policy: Policy, rules: Iterable[Rule], services: Services) -> None:
        """A policy's subject and some of its rules, and the Services that its side knows."""
        for peer in policy.subject:
            self._peer(peer, End.SUBJECT, services)
        for rule in rules:
            if type(rule.subject) is not Anyone:
                self._peer(rule.subject, End.SUBJECT, services)
            for peer in rule.peers:
                self._peer(peer, End.PEER, services)
            if rule.traffic != _PLAIN_RULE:
                for traffic in rule.traffic:
                    self._traffic(traffic)
            if rule.layer7 is not None:
                self._layer7(rule.layer7)
            for condition in rule.conditions:
                self.conditions[condition] = None

    def _peer(self, peer: Peer, end: End, services: Services) -> None:
        match peer:
            case Endpoints(selector=selector):
                self._selector(selector, self.ends[end].labels)
            case Network():
                found = self.ends[end]
                found.addresses.update(block(cidr) for cidr in peer.cidrs)
                found.addresses.update(block(cidr) for cidr in peer.excepts)
                found.open_reach |= peer.reach is None
            case Anyone():
                pass
            case Domain(pattern=pattern):
                self.ends[end].domains.add(pattern)
            case Service():
                self._service(peer, end, services)
            case AllOf(peers) | NoneOf(peers):
                for each in peers:
                    self._peer(each, end, services)
            case Unsupported():
                self.ends[end].opaque[peer] = None
            case _:
                assert_never(peer)

    def _service(self, service: Service, end: End, services: Services) -> None:
        known = services(service)
        if not known:
            self.ends[end].opaque[service] = None
        for info in known:
            for backend in info.backends:
                self.ends[end].addresses.add(block(backend.address))
                if service.with_ports and backend.protocol is not None and backend.port is not None:
                    self.protocols.add(((backend.protocol, backend.protocol),))
                    self.ports.add(((backend.port, backend.port),))
                    self.asks_port = True

    def _selector(self, selector: Selector, labels: dict[Label, LabelMentions]) -> None:
        match selector:
            case Requirement(label):
                found = labels.get(label)
                if found is None:
                    found = labels[label] = LabelMentions()
                found.add(selector)
            case And(terms) | Or(terms):
                for term in terms:
                    self._selector(term, labels)
            case Not(term):
                self._selector(term, labels)
            case Everything() | Nothing():
                pass
            case _:
                assert_never(selector)

    def _traffic(self, traffic: Traffic) -> None:
        if traffic.protocols is not EVERY_PROTOCOL:
            self.protocols.add(traffic.protocols)
        if traffic.family is not None:
            self.ends[End.PEER].families = True
        for ports, default in ((traffic.ports, ALL_PORTS), (traffic.not_ports, NO_PORTS)):
            if ports is not default and ports != default:
                if ports.spans:
                    raise Undecided("a range of ports that begins at a name")
                self.ports.add(ports.numbers)
                self.port_names.update(ports.names)
                self.asks_port = True
        for ports, default in ((traffic.source_ports, ALL_PORTS), (traffic.not_source_ports, NO_PORTS)):
            if ports is not default and ports != default:
                self.source_ports.add(ports.numbers)
                self.source_port_names.update(ports.names)
                self.asks_source_port = True
        if traffic.icmp is not None:
            self.icmp.add(traffic.icmp)
        if traffic.not_icmp is not None:
            self.icmp.add(traffic.not_icmp)

    def _layer7(self, layer7: Layer7) -> None:
        if layer7.http is not None:
            self.asks_http = True
            for http in layer7.http:
                self.methods.update(http.methods or ())
                self.paths.update(http.paths or ())
                self.hosts.update(http.hosts or ())
                for header in http.headers:
                    values = self.headers.setdefault(header.name.lower(), set())
                    if header.value is not None:
                        values.add(header.value)
        if layer7.dns is not None:
            self.asks_dns = True
            self.queries.update(dns.pattern for dns in layer7.dns)
