"""Ends of connections: groups, ``namespace/app``, addresses, DNS names and keywords → peers of the IR."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Final

from translator.dialects.access.model import KEYWORDS, Labels, LabelTest, PeerObject, Peers, Without
from translator.dialects.access.names import AppName, app_name, check_group_name
from translator.dialects.access.reporting import Reporter
from translator.dialects.access.texts import TextError
from translator.errors import suggestion
from translator.ir.labels import (
    NAMESPACE_NAME,
    Label,
    Requirement,
    Scope,
    conjunction,
    has,
    lacks,
    none_of,
    one_of,
)
from translator.ir.peers import ANYONE, NODES, Domain, Endpoints, Kind, Network, Peer
from translator.ir.traffic import TCP, UDP, Ports, Traffic, protocol_set
from translator.origin import Origin
from translator.wire.base import shown
from translator.wire.cidrs import read_cidr
from translator.wire.kubernetes_types import is_dns_label, is_label_value, is_qualified_name

DNS_PREFIX: Final = "dns:"
OUTSIDE: Final = frozenset({Kind.OUTSIDE})
METADATA: Final = ("169.254.169.254/32", "fd00:ec2::254/128")
"""Where clouds answer questions about the machine: credentials of the node among them."""
_DOMAIN: Final = re.compile(r"(?![0-9]+\Z)(\*\*\.)?[a-z0-9_*-]+(\.[a-z0-9_*-]+)*\Z")
_ADDRESS_LIKE: Final = re.compile(r"[0-9a-fA-F]*[:.][0-9a-fA-F:.]*\Z")
_DOTTED: Final = re.compile(r"[0-9]+(\.[0-9]+)+\Z")
_TCP: Final = protocol_set(TCP)


def _ports(*numbers: int) -> tuple[Traffic, ...]:
    return tuple(Traffic(protocols=_TCP, ports=Ports(numbers=((number, number),))) for number in numbers)


RESOLVER: Final[tuple[Peer, ...]] = (
    Endpoints(
        selector=conjunction(one_of(NAMESPACE_NAME, "kube-system"), one_of(Label(Scope.POD, "k8s-app"), "kube-dns"))
    ),
)
"""CoreDNS keeps the label of the DNS before it, in every distribution but a few."""
RESOLVER_PORTS: Final = tuple(
    Traffic(protocols=protocol_set(number), ports=Ports(numbers=((53, 53),))) for number in (UDP, TCP)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One thing that a connection names as its other end."""

    peers: tuple[Peer, ...] = ()
    service: AppName | None = None
    """The application, where the end is exactly one by its name."""
    keyword: str | None = None
    own_ports: tuple[Traffic, ...] = ()
    """What flows where no port is given."""

    @property
    def only_called(self) -> bool:
        """Whether nobody can connect from there."""
        return self.keyword in ("dns", "metadata-service") or any(isinstance(peer, Domain) for peer in self.peers)


KEYWORD_ENDS: Final[Mapping[str, End]] = {
    "any": End(peers=(ANYONE,), keyword="any"),
    "cluster": End(peers=(Endpoints(),), keyword="cluster"),
    "dns": End(keyword="dns"),
    "kube-api": End(
        peers=(Endpoints(kinds=frozenset({Kind.KUBE_APISERVER})),), keyword="kube-api", own_ports=_ports(443, 6443)
    ),
    "metadata-service": End(
        peers=(Network(cidrs=METADATA[:1], reach=OUTSIDE),), keyword="metadata-service", own_ports=_ports(80)
    ),
    "nodes": End(peers=(Endpoints(kinds=NODES),), keyword="nodes"),
    "same-namespace": End(keyword="same-namespace"),
    "world": End(peers=(Endpoints(kinds=OUTSIDE),), keyword="world"),
}
"""What keywords mean; ``dns`` and ``same-namespace`` depend on the spec and the service."""


@dataclass(slots=True, kw_only=True)
class Directory:
    """What names mean in one spec."""

    label_key: str
    selects: Mapping[AppName, tuple[Requirement, ...]] = field(default_factory=dict)
    """Services whose pods have labels of their own."""
    groups: Mapping[str, Peers] = field(default_factory=dict)
    resolver: tuple[tuple[Peer, ...], tuple[Traffic, ...]] = (RESOLVER, RESOLVER_PORTS)
    """The pods of the cluster's DNS, and its ports."""
    origin: Origin
    """The place of ``groups``."""
    report: Reporter
    _known: dict[str, tuple[End, ...] | None] = field(default_factory=dict)

    def check_groups(self) -> None:
        """Read every group, used or not."""
        for name in self.groups:
            self.report.read(self.origin.at(name), check_group_name, name)
            self._group(name)

    def ends(self, written: Peers, origin: Origin) -> tuple[End, ...]:
        """The ends that a field names; what means nothing is reported."""
        match written:
            case str():
                return self.report.read(origin, self.end, written) or ()
            case PeerObject():
                return tuple(self._object(written, origin))
            case _:
                if not written:
                    self.report.error(origin, "an empty list is nobody", "name an end, or leave the connection out")
                return tuple(end for index, each in enumerate(written) for end in self.ends(each, origin.at(index)))

    def end(self, text: str) -> tuple[End, ...]:
        """end := keyword | group | namespace "/" app | cidr | "dns:" name. Raises TextError."""
        if text.startswith(DNS_PREFIX):
            return (End(peers=(Domain(pattern=domain(text.removeprefix(DNS_PREFIX))),)),)
        if text == "dns":
            peers, traffic = self.resolver
            return (replace(KEYWORD_ENDS[text], peers=peers, own_ports=traffic),)
        if text in KEYWORD_ENDS:
            return (KEYWORD_ENDS[text],)
        if "/" in text and not _is_meant_as_address(text.partition("/")[0]):
            name = app_name(text)
            return (End(peers=(self.pods(name),), service=name if name.namespace and name.app else None),)
        if "/" in text:
            return (End(peers=(Network(cidrs=(cidr(text),), reach=OUTSIDE),)),)
        if text in self.groups:
            return self._group(text)
        raise self._unknown(text)

    def pods(self, name: AppName) -> Endpoints:
        """The pods of an application, by the labels that its service declares or by ``labelKey``."""
        demands: list[Requirement] = []
        if name.namespace is not None:
            demands.append(one_of(NAMESPACE_NAME, name.namespace))
        if name in self.selects:
            demands += self.selects[name]
        elif name.app is not None:
            demands.append(one_of(Label(Scope.POD, self.label_key), name.app))
        return Endpoints(selector=conjunction(*demands))

    def _group(self, name: str) -> tuple[End, ...]:
        if name not in self._known:
            self._known[name] = None
            self._known[name] = self.ends(self.groups[name], self.origin.at(name))
        found = self._known[name]
        if found is None:
            raise TextError(f"the group `{name}` is part of itself")
        return found

    def _unknown(self, text: str) -> TextError:
        if _is_meant_as_address(text):
            length = 128 if ":" in text else 32
            return TextError(f"expected a CIDR, found the address `{text}`", f"write `{text}/{length}`")
        close = suggestion(text, [*self.groups, *KEYWORDS])
        return TextError(
            f"there is no group `{text}`", close or f"write `namespace/{text}` for an application, or declare the group"
        )

    # -- the long form --------------------------------------------------------------------------------------------

    def _object(self, written: PeerObject, origin: Origin) -> Iterator[End]:
        by_pods = written.namespace is not None or written.app is not None or written.labels is not None
        if by_pods and (written.cidr is not None or written.except_ is not None):
            place = origin.at("cidr" if written.cidr is not None else "except")
            self.report.error(place, "an end is either pods or addresses", "give each its own list item")
        elif by_pods:
            yield self._pods_object(written, origin)
        elif written.cidr is not None:
            network = self._network(written.cidr, written.except_ or (), origin)
            if network is not None:
                yield End(peers=(network,))
        else:
            self.report.error(origin, "an end needs `namespace` or `cidr`", "everyone is `any`", code="missing-field")

    def _pods_object(self, written: PeerObject, origin: Origin) -> End:
        if written.namespace is None:
            self.report.error(
                origin, "required field `namespace` is missing", 'write `namespace: "*"` for all', code="missing-field"
            )
        app = written.app
        if isinstance(written.namespace, str) and isinstance(app, str) and not written.labels:
            return (self.report.read(origin, self.end, f"{written.namespace}/{app}") or (End(),))[0]
        demands = [*self._namespaces(written.namespace, origin.at("namespace"))]
        if app is not None:
            demands += label_tests({self.label_key: app}, Scope.POD, origin.at("app"), self.report, plain=True)
        demands += label_tests(written.labels or {}, Scope.POD, origin.at("labels"), self.report)
        return End(peers=(Endpoints(selector=conjunction(*demands)),))

    def _namespaces(self, written: str | list[str] | Labels | None, origin: Origin) -> Iterator[Requirement]:
        match written:
            case None | "*":
                return
            case dict():
                yield from label_tests(written, Scope.NAMESPACE, origin, self.report)
                return
            case _:
                names = [written] if isinstance(written, str) else written
        for index, name in enumerate(names):
            if not is_dns_label(name):
                place = origin if isinstance(written, str) else origin.at(index)
                self.report.error(place, f"expected the name of a namespace, found {shown(name)}")
        if not names:
            self.report.error(origin, "an empty list of namespaces is nobody")
        yield one_of(NAMESPACE_NAME, *names)

    def _network(self, block: str, holes: Sequence[str], origin: Origin) -> Network | None:
        whole = self.report.read(origin.at("cidr"), cidr, block)
        excepts: list[str] = []
        for index, text in enumerate(holes):
            hole = self.report.read(origin.at("except", index), cidr, text)
            if whole is None or hole is None:
                continue
            outer, inner = read_cidr(whole), read_cidr(hole)
            if outer is None or inner is None or not outer.contains_strictly(inner):
                self.report.error(origin.at("except", index), f"expected a part of {whole}, found {hole}")
            excepts.append(hole)
        return None if whole is None else Network(cidrs=(whole,), excepts=tuple(excepts), reach=OUTSIDE)


def label_tests(
    labels: Mapping[str, LabelTest], scope: Scope, origin: Origin, report: Reporter, *, plain: bool = False
) -> list[Requirement]:
    """tests := key ":" (value | "[" value* "]" | {exists, not}); ``plain``: the origin is that of the only test."""
    found: list[Requirement] = []
    for key, test in labels.items():
        at = origin if plain else origin.at(key)
        label = Label(scope, key)
        if not is_qualified_name(key):
            report.error(at, f"expected a label key such as app or example.com/tier, found {shown(key)}")
        match test:
            case Without():
                if test.exists is None and test.not_ is None:
                    report.error(at, "expected `exists` or `not`, found an empty mapping")
                if test.exists is not None:
                    found.append(has(label) if test.exists else lacks(label))
                if test.not_ is not None:
                    found.append(none_of(label, *_values(test.not_, at.at("not"), report)))
            case _:
                found.append(one_of(label, *_values(test, at, report)))
    return found


def _values(written: str | list[str], origin: Origin, report: Reporter) -> list[str]:
    values = [written] if isinstance(written, str) else written
    if not values:
        report.error(origin, "an empty list of values matches nothing")
    for index, value in enumerate(values):
        if not is_label_value(value):
            place = origin if isinstance(written, str) else origin.at(index)
            hint = "write `{exists: true}` for any value" if value == "*" else None
            report.error(place, f"expected a label value, found {shown(value)}", hint)
    return values


def cidr(text: str) -> str:
    """A CIDR without doubts. Raises TextError."""
    found = read_cidr(text)
    if found is None:
        whole = f"{text}/{128 if ':' in text else 32}"
        hint = f"write `{whole}`" if read_cidr(whole) else None
        raise TextError(f"expected a CIDR such as 203.0.113.0/24 or 2001:db8::/32, found {shown(text)}", hint)
    if found.doubts:
        raise TextError(f"`{text}` {found.doubts[0]}", f"write `{found.text}`")
    return found.text


def domain(text: str) -> str:
    """name := ["**."] label ("." label)+, where a star is a part of one label. Raises TextError."""
    plain = text.lower().removesuffix(".")
    if text == "*":
        raise TextError("every name is no name", "write `world`")
    if plain != text or not _DOMAIN.match(text) or len(text) > 255:
        hint = f"did you mean `{DNS_PREFIX}{plain}`?" if plain != text and _DOMAIN.match(plain) else None
        if "://" in text:
            hint = "a name alone, without scheme and path"
        raise TextError(f"expected a DNS name such as api.example.com or *.example.com, found `{text}`", hint)
    return text


def is_address(text: str) -> bool:
    """Whether a text is an address, without a length."""
    if not _ADDRESS_LIKE.match(text):
        return False
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_meant_as_address(text: str) -> bool:
    """Whether a text that stands before a slash, or alone, was meant as an address: digits and dots, or colons."""
    return ":" in text or bool(_DOTTED.match(text))
