"""One entry of ``allow`` or ``call``: its ends, what flows, and what is asked of requests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from translator.dialects.access.model import Allow, Call, Connection, OpenApiObject, Peers, Ports, TlsItem, TlsPort
from translator.dialects.access.peers import DNS_PREFIX, Directory, End, is_address
from translator.dialects.access.peers import domain as domain_of
from translator.dialects.access.ports import EXPECTED, PortText, traffic_of
from translator.dialects.access.reporting import Reporter
from translator.dialects.access.requests import imported, matches_of
from translator.ir.intervals import difference, intersection, intervals, union
from translator.ir.labels import NAMESPACE_NAME, one_of
from translator.ir.layer7 import Condition, DnsMatch, HttpMatch, Layer7
from translator.ir.peers import Endpoints
from translator.ir.policy import Direction
from translator.ir.traffic import ALL_PORTS, TCP, Traffic, protocol_set
from translator.origin import Origin

_CIDR_AND_PORT: Final = re.compile(r"([^/]*/[^:/]*)(?::(.*))?\Z", re.DOTALL)
_TCP: Final = protocol_set(TCP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A connection as it was understood: ``flows`` has the traffic for some of the ends each."""

    origin: Origin
    direction: Direction
    flows: tuple[tuple[tuple[End, ...], tuple[Traffic, ...]], ...]
    layer7: Layer7 | None = None
    conditions: tuple[Condition, ...] = ()
    grants_clients: bool = True
    """Whether clients that are declared may send as well."""

    @property
    def ends(self) -> tuple[End, ...]:
        """All the ends."""
        return tuple(end for ends, _ in self.flows for end in ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryReader:
    """Reads entries of one service."""

    directory: Directory
    namespace: str | None
    """That of the service; None: it is in all of them."""
    report: Reporter
    tls: Mapping[int, TlsPort | None]
    """Ports that speak TLS; those with a secret are terminated."""

    def allow(self, item: str | Allow, origin: Origin) -> Entry | None:
        """An entry of ``allow``."""
        if isinstance(item, str):
            return self._line(item, origin, Direction.INGRESS)
        ends = self._ends(item.from_, origin.at("from"))
        self._check_senders(ends, origin.at("from"))
        entry = self._entry(item, ends, origin, Direction.INGRESS)
        return entry and replace(entry, grants_clients=item.ends != "server")

    def call(self, item: str | Call, origin: Origin) -> Entry | None:
        """An entry of ``call``."""
        if isinstance(item, str):
            return self._line(item, origin, Direction.EGRESS)
        ends = self._ends(item.to, origin.at("to"))
        entry = self._entry(item, ends, origin, Direction.EGRESS)
        if item.names is None or entry is None:
            return entry
        if entry.layer7 is not None:
            self.report.error(origin.at("names"), "`names` are of DNS queries, which are no HTTP requests")
        if any(each.ports == ALL_PORTS for _, traffic in entry.flows for each in traffic):
            self.report.error(origin.at("names"), "queries can be told apart on ports only, and not on all")
        return replace(entry, layer7=Layer7(dns=self._names(item.names, origin.at("names"))))

    def _line(self, text: str, origin: Origin, direction: Direction) -> Entry | None:
        """connection := end [":" port]"""
        name, port = split_port(text)
        ends = self._ends(name, origin)
        if direction is Direction.INGRESS:
            self._check_senders(ends, origin)
        traffic = None if port is None else self.report.read(origin, traffic_of, port)
        if port is None:
            return self._with_own_ports(ends, origin, direction, f"write `{text}:8080`, or `:any` for all traffic")
        return None if traffic is None else Entry(origin=origin, direction=direction, flows=((ends, (traffic,)),))

    def _entry(self, item: Connection, ends: tuple[End, ...], origin: Origin, direction: Direction) -> Entry | None:
        matches = self._matches(item, origin)
        if item.port is None:
            entry = self._with_own_ports(ends, origin, direction, "write `port: 8080`, or `port: any` for all traffic")
        else:
            traffic = self._ports(item.port, origin.at("port"))
            entry = Entry(origin=origin, direction=direction, flows=((ends, traffic),)) if traffic else None
        if entry is None or matches is None:
            return entry
        has_requests = self._has_requests(entry, origin)
        conditions = tuple(self._termination(entry, origin)) if has_requests and direction is Direction.INGRESS else ()
        return replace(entry, layer7=Layer7(http=matches), conditions=conditions)

    def _with_own_ports(self, ends: Sequence[End], origin: Origin, direction: Direction, hint: str) -> Entry | None:
        """Without a port, keywords have their own; everything else must be asked for."""
        if not ends:
            return None
        if not all(end.own_ports for end in ends) or direction is Direction.INGRESS:
            self.report.error(origin, f"no port: expected {EXPECTED}", hint, code="missing-field")
            return None
        groups: dict[tuple[Traffic, ...], list[End]] = {}
        for end in ends:
            groups.setdefault(end.own_ports, []).append(end)
        flows = tuple((tuple(some), traffic) for traffic, some in groups.items())
        return Entry(origin=origin, direction=direction, flows=flows)

    def _ports(self, written: Ports, origin: Origin) -> tuple[Traffic, ...]:
        """The traffic of one port or several."""
        single = isinstance(written, int | str)
        values: list[PortText] = [written] if isinstance(written, int | str) else written
        if not values:
            self.report.error(origin, "an empty list of ports lets nothing through", "`any` is all traffic")
        found = [
            self.report.read(origin if single else origin.at(index), traffic_of, value)
            for index, value in enumerate(values)
        ]
        return tuple(dict.fromkeys(each for each in found if each is not None))

    def _ends(self, written: Peers, origin: Origin) -> tuple[End, ...]:
        """The ends of a field, with what ``same-namespace`` is here."""
        found = self.directory.ends(written, origin)
        if self.namespace is None and any(end.keyword == "same-namespace" for end in found):
            self.report.error(origin, "`same-namespace` means nothing to pods of all namespaces")
        own = Endpoints(selector=one_of(NAMESPACE_NAME, self.namespace)) if self.namespace else Endpoints()
        return tuple(replace(end, peers=(own,)) if end.keyword == "same-namespace" else end for end in found)

    def _check_senders(self, ends: Sequence[End], origin: Origin) -> None:
        for end in ends:
            if end.only_called:
                what = f"`{end.keyword}`" if end.keyword else "a DNS name"
                self.report.error(origin, f"{what} can only be called: nobody connects from there")

    # -- requests -------------------------------------------------------------------------------------------------

    def _matches(self, item: Connection, origin: Origin) -> tuple[HttpMatch, ...] | None:
        """The requests of the entry, those of an OpenAPI description included."""
        found = matches_of(item, origin, self.report)
        if item.openapi is None:
            return found
        long = item.openapi if isinstance(item.openapi, OpenApiObject) else OpenApiObject(file=item.openapi)
        described = imported(long, origin.at("openapi"), self.report)
        return tuple(dict.fromkeys((*(found or ()), *described)))

    def _has_requests(self, entry: Entry, origin: Origin) -> bool:
        """Requests can be told apart on TCP ports only (cilium.md 8.1)."""
        found = all(
            each.protocols == _TCP and each.ports != ALL_PORTS for _, traffic in entry.flows for each in traffic
        )
        if not found:
            self.report.error(origin.at("port"), "requests can be told apart on TCP ports only, and not on all")
        return found

    def _termination(self, entry: Entry, origin: Origin) -> Iterator[Condition]:
        """HTTP within TLS is for nobody to read unless the proxy holds the certificate (cilium.md 8.6)."""
        touched = {
            port: tls
            for port, tls in self.tls.items()
            if any(intersection(each.ports.numbers, ((port, port),)) for _, traffic in entry.flows for each in traffic)
        }
        for port in sorted(port for port, tls in touched.items() if tls is None):
            self.report.error(
                origin.at("port"),
                f"port {port} is declared TLS: nobody on the way can read requests in it",
                f"`tls: [{{port: {port}, secret: namespace/name}}]` lets the proxy terminate it; else leave HTTP out",
                code="http-in-tls",
            )
        secrets = {tls.secret for tls in touched.values() if tls is not None}
        numbers = union(*(each.ports.numbers for _, traffic in entry.flows for each in traffic))
        named = any(each.ports.names for _, traffic in entry.flows for each in traffic)
        if secrets and (len(secrets) > 1 or named or difference(numbers, intervals((port, port) for port in touched))):
            self.report.error(origin.at("port"), "ports with other TLS settings need an entry of their own")
        for secret in sorted(secrets):
            namespace, _, name = secret.partition("/")
            text = json.dumps({"secret": {"name": name, "namespace": namespace}}, separators=(",", ":"))
            yield Condition(feature="terminating-tls", text=text)

    def _names(self, names: Sequence[str], origin: Origin) -> tuple[DnsMatch, ...]:
        """The names that may be asked for."""
        if not names:
            self.report.error(origin, "an empty list lets no query through", "list names, or leave it out")
        found = [self.report.read(origin.at(index), domain_of, name) for index, name in enumerate(names)]
        return tuple(DnsMatch(pattern=name) for name in dict.fromkeys(found) if name is not None)


def tls_ports(items: Sequence[TlsItem], origin: Origin, report: Reporter) -> dict[int, TlsPort | None]:
    """Ports that speak TLS, and the secret of those that the proxy terminates."""
    found: dict[int, TlsPort | None] = {}
    for index, item in enumerate(items):
        port = item if isinstance(item, int) else item.port
        if port in found:
            report.error(origin.at(index), f"port {port} stands here twice")
        if isinstance(item, TlsPort) and item.secret.count("/") != 1:
            report.error(origin.at(index, "secret"), f"expected namespace/name, found `{item.secret}`")
        found[port] = None if isinstance(item, int) else item
    return found


def split_port(text: str) -> tuple[str, str | None]:
    """The end and the port of a short connection; colons of an address belong to the address."""
    if "://" in text:
        return text, None
    if text.startswith(DNS_PREFIX):
        name, colon, port = text.removeprefix(DNS_PREFIX).partition(":")
        return f"{DNS_PREFIX}{name}", port if colon else None
    if is_address(text):
        return text, None
    if is_address(text.partition("/")[0]) and (found := _CIDR_AND_PORT.match(text)):
        return found[1], found[2]
    name, colon, port = text.partition(":")
    return name, port if colon else None
