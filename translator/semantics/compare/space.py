"""The variables of one comparison problem: one finite domain for each thing that some rule asks about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from translator.context import Labels
from translator.ir.intervals import Intervals
from translator.ir.labels import (
    CLUSTER_NAME,
    LOCAL_CLUSTER,
    NAMESPACE_NAME,
    SERVICE_ACCOUNT_NAME,
    Label,
    Requirement,
    Scope,
)
from translator.ir.peers import Kind
from translator.ir.traffic import ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE
from translator.semantics.compare.asked import End, LabelMentions
from translator.semantics.compare.atoms import (
    DNS,
    FLAG,
    HTTP,
    L4,
    ApplicationAtoms,
    Atoms,
    LabelAtoms,
    NumberAtoms,
    address_atoms,
    kind_atoms,
    number_atoms,
)
from translator.semantics.compare.buckets import Bucket
from translator.semantics.compare.mentions import EndMentions, Mentions
from translator.semantics.compare.samples import label_samples
from translator.semantics.compare.texts import header_atoms, name_atoms, pattern_atoms
from translator.semantics.compare.universe import NAMESPACED, Universe

PORT_CARRIERS: Final = (TCP, UDP, SCTP, UDPLITE)
PORTS_END: Final = 65536
PORTS_START: Final = 1
"""Port 0 is no port that anybody can listen on or connect from; rules that differ only there are the same."""
ALWAYS_THERE: Final = frozenset({NAMESPACE_NAME, SERVICE_ACCOUNT_NAME, CLUSTER_NAME})


class Aspect(IntEnum):
    """What a variable is about, in the order in which diagrams ask."""

    SUBJECT_LABEL = 0
    SUBJECT_ADDRESS = 1
    SUBJECT_OPAQUE = 2
    PEER_KIND = 3
    PEER_LABEL = 4
    PEER_ADDRESS = 5
    PEER_DOMAIN = 6
    PEER_OPAQUE = 7
    PROTOCOL = 8
    PORT = 9
    PORT_NAME = 10
    SOURCE_PORT = 11
    SOURCE_PORT_NAME = 12
    ICMP_TYPE = 13
    ICMP_CODE = 14
    APPLICATION = 15
    METHOD = 16
    PATH = 17
    HOST = 18
    HEADER = 19
    QUERY = 20
    CONDITION = 21
    OPEN_REACH = 22
    """Whether address matches cover pods and nodes where the API leaves it open; always the last one."""


LABEL_ASPECT: Final = {End.SUBJECT: Aspect.SUBJECT_LABEL, End.PEER: Aspect.PEER_LABEL}
ADDRESS_ASPECT: Final = {End.SUBJECT: Aspect.SUBJECT_ADDRESS, End.PEER: Aspect.PEER_ADDRESS}
OPAQUE_ASPECT: Final = {End.SUBJECT: Aspect.SUBJECT_OPAQUE, End.PEER: Aspect.PEER_OPAQUE}


@dataclass(frozen=True, slots=True)
class Variable:
    """One dimension."""

    aspect: Aspect
    key: object
    """The label, port name, header or condition it is about; None for aspects that occur once."""
    atoms: Atoms


class Space:
    """The variables of one problem by number, and the numbers by what they are about."""

    def __init__(self, mentions: Mentions, bucket: Bucket, universe: Universe) -> None:
        self.bucket = bucket
        self.universe = universe
        self.known_labels = _known_labels(bucket, universe)
        """What the subject's labels are known to be (its namespace's, where the context lists it)."""
        self.variables: list[Variable] = []
        self._numbers: dict[tuple[Aspect, object], int] = {}
        subject, peer = mentions.ends
        _share_namespace_labels(subject, peer)
        if universe.pods is not None:
            # Whether two known pods can speak to each other at all depends on both their addresses.
            subject.families = peer.families = subject.asks_address or peer.asks_address
        self._labels(subject, End.SUBJECT)
        self._addresses(subject, End.SUBJECT)
        self._flags(Aspect.SUBJECT_OPAQUE, subject.opaque)
        self.kinds: Final = kind_atoms(universe.peer_kinds)
        self._add(Aspect.PEER_KIND, None, self.kinds)
        self._labels(peer, End.PEER)
        self._addresses(peer, End.PEER)
        if peer.domains:
            self._add(Aspect.PEER_DOMAIN, None, name_atoms(peer.domains, absent=True))
        self._flags(Aspect.PEER_OPAQUE, peer.opaque)
        self._traffic(mentions)
        self._layer7(mentions)
        self._flags(Aspect.CONDITION, mentions.conditions)
        if subject.open_reach or peer.open_reach:
            self._add(Aspect.OPEN_REACH, None, FLAG)
        self.full: Final = [variable.atoms.full for variable in self.variables]

    def number(self, aspect: Aspect, key: object = None) -> int | None:
        """The number of a variable, if something asks about it."""
        return self._numbers.get((aspect, key))

    def known(self, aspect: Aspect, key: object = None) -> int:
        """The number of a variable that is known to exist."""
        return self._numbers[(aspect, key)]

    def _add(self, aspect: Aspect, key: object, atoms: Atoms) -> None:
        self._numbers[(aspect, key)] = len(self.variables)
        self.variables.append(Variable(aspect, key, atoms))

    def _flags(self, aspect: Aspect, keys: Iterable[object]) -> None:
        for key in keys:
            self._add(aspect, key, FLAG)

    def _labels(self, mentions: EndMentions, end: End) -> None:
        """The namespace's name first, then the labels that are asked about most."""
        order = sorted(
            mentions.labels.items(),
            key=lambda item: (item[0] != NAMESPACE_NAME, -len(item[1].values), item[0].scope, item[0].key),
        )
        for label, asked in order:
            if end is End.SUBJECT and (label == NAMESPACE_NAME or label in self.known_labels):
                continue
            self._add(LABEL_ASPECT[end], label, self._label_atoms(label, asked))

    def _label_atoms(self, label: Label, asked: LabelMentions) -> LabelAtoms:
        extra: set[str] = set()
        if label == NAMESPACE_NAME and self.bucket.named and self.bucket.namespace is not None:
            extra = {self.bucket.namespace}
        elif label == CLUSTER_NAME:
            extra = {LOCAL_CLUSTER}
        mentioned = sorted(asked.values | extra)
        avoid = self.universe.namespaces if label == NAMESPACE_NAME else ()
        samples: list[str | None] = list(label_samples(mentioned, asked.substrings, avoid=avoid))
        if label == CLUSTER_NAME and not self.universe.foreign_clusters:
            samples = list(mentioned)
        absent = 0
        if label not in ALWAYS_THERE:
            absent = 1 << len(samples)
            samples.append(None)
        exact = set(mentioned)
        bits = {value: 1 << i for i, value in enumerate(samples) if value is not None and value in exact}
        substrings = tuple(Requirement(label, operator, (text,)) for operator, text in sorted(asked.substrings))
        return LabelAtoms(tuple(samples), bits, absent, (1 << len(samples)) - 1, substrings)

    def _addresses(self, mentions: EndMentions, end: End) -> None:
        if mentions.asks_address:
            borders = [*mentions.addresses, *self.universe.ranges.values()]
            self._add(ADDRESS_ASPECT[end], None, address_atoms(borders))

    def _traffic(self, mentions: Mentions) -> None:
        protocols = {span for spans in mentions.protocols for span in spans}
        if mentions.asks_port or mentions.asks_source_port:
            protocols.update((number, number) for number in PORT_CARRIERS)
        asks_family = len(self.universe.families) == 1 or any(end.asks_address for end in mentions.ends)
        if mentions.icmp or (protocols and asks_family):
            protocols.update(((ICMP, ICMP), (ICMPV6, ICMPV6)))
        if mentions.asks_http or mentions.asks_dns:
            protocols.update(((TCP, TCP), (UDP, UDP)))
        if mentions.protocols or protocols:
            self._add(Aspect.PROTOCOL, None, number_atoms(0, 256, protocols))
        if mentions.asks_port:
            declared = self._declared(mentions.port_names)
            self._add(Aspect.PORT, None, _port_atoms(mentions.ports | declared))
            self._flags(Aspect.PORT_NAME, sorted(mentions.port_names))
        if mentions.asks_source_port:
            declared = self._declared(mentions.source_port_names)
            self._add(Aspect.SOURCE_PORT, None, _port_atoms(mentions.source_ports | declared))
            self._flags(Aspect.SOURCE_PORT_NAME, sorted(mentions.source_port_names))
        if mentions.icmp:
            self._add(Aspect.ICMP_TYPE, None, number_atoms(0, 256, (s for m in mentions.icmp for s in m.types)))
            self._add(Aspect.ICMP_CODE, None, number_atoms(0, 256, (s for m in mentions.icmp for s in m.codes)))

    def _declared(self, names: set[str]) -> set[Intervals]:
        """The numbers that pods declare under some names, where the pods are known."""
        pods = self.universe.pods or ()
        return {((number, number),) for pod in pods for name, _, number in pod.ports if name in names}

    def _layer7(self, mentions: Mentions) -> None:
        if not (mentions.asks_http or mentions.asks_dns):
            return
        applications = L4 | (HTTP if mentions.asks_http else 0) | (DNS if mentions.asks_dns else 0)
        self._add(Aspect.APPLICATION, None, ApplicationAtoms(applications))
        if mentions.methods:
            self._add(Aspect.METHOD, None, pattern_atoms(mentions.methods, "method"))
        if mentions.paths:
            self._add(Aspect.PATH, None, pattern_atoms(mentions.paths, "path"))
        if mentions.hosts:
            self._add(Aspect.HOST, None, pattern_atoms(mentions.hosts, "host"))
        for name, values in sorted(mentions.headers.items()):
            self._add(Aspect.HEADER, name, header_atoms(values))
        if mentions.queries:
            self._add(Aspect.QUERY, None, name_atoms(mentions.queries, absent=False))


def _port_atoms(mentioned: Iterable[Intervals]) -> NumberAtoms:
    return number_atoms(PORTS_START, PORTS_END, (span for spans in mentioned for span in spans))


def _share_namespace_labels(subject: EndMentions, peer: EndMentions) -> None:
    """Give a namespace label that is asked about at both ends one domain, so that one namespace can be at both."""
    for label, asked in subject.labels.items():
        other = peer.labels.get(label)
        if other is not None and label.scope in NAMESPACED:
            for each, more in ((asked, other), (other, asked)):
                each.values |= more.values
                each.substrings |= more.substrings


def _known_labels(bucket: Bucket, universe: Universe) -> Mapping[Label, str | None]:
    """The labels of the subject's namespace, as far as the context knows them."""
    if bucket.kind is not Kind.POD or not bucket.named or bucket.namespace is None:
        return {}
    known: Labels | None = universe.namespaces.get(bucket.namespace)
    return {} if known is None else _NamespaceLabels(known)


class _NamespaceLabels(dict[Label, str | None]):
    """Every label of a known namespace; what it does not carry is known to be absent."""

    def __init__(self, labels: Labels) -> None:
        super().__init__({Label(Scope.NAMESPACE, key): value for key, value in labels.items()})

    def __contains__(self, label: object) -> bool:
        return isinstance(label, Label) and label.scope is Scope.NAMESPACE and label != NAMESPACE_NAME
