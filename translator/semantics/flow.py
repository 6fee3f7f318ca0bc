"""Concrete flows: two ends and one class of packets, with the requests they carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from translator.ir.addresses import Address
from translator.ir.labels import Label
from translator.ir.peers import Kind
from translator.ir.traffic import ICMP, ICMPV6

if TYPE_CHECKING:
    from translator.semantics.languages.matching import HttpRequest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Endpoint:
    """One end of a flow, with everything a policy can ask about it. Compared by identity."""

    kind: Kind
    name: str
    """How people write it: ``namespace/pod``, an address, or an entity."""
    namespace: str | None = None
    labels: Mapping[Label, str] = field(default_factory=dict)
    addresses: tuple[Address, ...] = ()
    families: frozenset[int] = frozenset({4, 6})
    """Address families it is known to speak; matters only for outside ends without an address."""
    ports: frozenset[tuple[str, int, int]] = frozenset()
    """(port name, protocol, number) that it declares."""
    domains: tuple[str, ...] = ()
    """DNS names that resolved to it."""

    def address(self, family: int | None) -> Address | None:
        """Its address of a family (None: its first), if known."""
        for address in self.addresses:
            if family is None or address.family == family:
                return address
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Traffic from one end to another."""

    source: Endpoint
    destination: Endpoint
    protocol: int
    port: int | None = None
    """Destination port of TCP, UDP and SCTP; the type of ICMP."""
    source_port: int | None = None
    code: int | None = None
    """ICMP code."""
    family: int | None = None
    """4 or 6; None: derived from protocol and addresses."""
    http: HttpRequest | None = None
    """None: the flow is judged at layer 4."""
    dns: str | None = None
    """The name a DNS query asks for; None: judged at layer 4."""

    @property
    def ip(self) -> int:
        """The address family: as given, else that of an end with addresses of one only, else as ICMP demands, else that
        of an end which speaks one only, else IPv4."""
        if self.family is not None:
            return self.family
        for end in (self.source, self.destination):
            if len({address.family for address in end.addresses}) == 1:
                return end.addresses[0].family
        if self.protocol in (ICMP, ICMPV6):
            return 4 if self.protocol == ICMP else 6
        for end in (self.source, self.destination):
            if not end.addresses and len(end.families) == 1:
                return next(iter(end.families))
        return 4
