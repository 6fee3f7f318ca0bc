"""Regions and witnesses in one line of English."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from translator.ir.labels import Scope
from translator.ir.peers import Kind
from translator.ir.policy import Direction
from translator.ir.traffic import PROTOCOL_NAMES
from translator.loss.effect import Effect
from translator.semantics.compare.difference import Difference, Part, Region, Topic, Witness
from translator.semantics.compare.regions import PLURALS, listed
from translator.semantics.compare.space import PORT_CARRIERS
from translator.semantics.flow import Endpoint, Flow

_SCOPES: Final = {Scope.SERVICE_ACCOUNT: "service accounts with ", Scope.NODE: "node label "}
_CARRIERS: Final = ", ".join(PROTOCOL_NAMES[number] for number in PORT_CARRIERS)
_WORDS: Final = {Effect.NARROWS: "denied now", Effect.WIDENS: "allowed now", Effect.NONE: "left open by the API"}


def describe(region: Region) -> str:
    """``pods with app=web in any namespace → pods with app=db in prod, TCP 5432``."""
    source, destination, packets = describe_parts(region)
    return f"{source} → {destination}, {packets}"


def describe_parts(region: Region) -> tuple[str, str, str]:
    """Source, destination and packets of a region, each in words."""
    subject, peer = _subject(region), _peer(region.peer)
    source, destination = (subject, peer) if region.direction is Direction.EGRESS else (peer, subject)
    return source, destination, _packets(region.packets)


def describe_difference(difference: Difference) -> str:
    """A region with the end that changed its mind and the direction of the change."""
    return f"{difference.direction.value}: {describe(difference.region)}: {_WORDS[difference.effect]}"


def describe_witness(witness: Witness) -> str:
    """``prod/{app=web} → prod/{app=db}, TCP 5432: allowed before, denied after``."""
    before, after = ("allowed" if each.allowed else "denied" for each in (witness.before, witness.after))
    assumed = f", where {' and '.join(witness.assumptions)}" if witness.assumptions else ""
    return f"{describe_flow(witness.flow)}{assumed}: {before} before, {after} after"


def describe_flow(flow: Flow) -> str:
    """``prod/{app=web} → 203.0.113.7, TCP 443, GET /x``."""
    packets = PROTOCOL_NAMES.get(flow.protocol, f"protocol {flow.protocol}")
    if flow.port is not None:
        packets = f"{packets} {flow.port}"
    if flow.code is not None:
        packets = f"{packets}/{flow.code}"
    if flow.source_port is not None:
        packets = f"{packets} from port {flow.source_port}"
    if flow.http is not None:
        packets = f"{packets}, {flow.http.method} {flow.http.path}"
        if flow.http.host:
            packets = f"{packets} at {flow.http.host}"
        if flow.http.headers:
            packets = f"{packets} with {', '.join(f'{name}: {value}' for name, value in flow.http.headers.items())}"
    if flow.dns is not None:
        packets = f"{packets}, DNS query for {flow.dns}"
    return f"{_end(flow.source)} → {_end(flow.destination)}, {packets}"


def _end(end: Endpoint) -> str:
    extra = []
    for label, value in end.labels.items():
        if label.scope is Scope.NAMESPACE and label.key != "kubernetes.io/metadata.name":
            extra.append(f"namespace {label.key}={value}")
        elif label.scope is Scope.SERVICE_ACCOUNT and label.key != "metadata.name":
            extra.append(f"service account {label.key}={value}")
    extra += [str(address) for address in end.addresses if str(address) != end.name]
    extra += end.domains
    return f"{end.name} ({', '.join(extra)})" if extra else end.name


def _subject(region: Region) -> str:
    words = _who(PLURALS[region.subject_kind], region.subject)
    if region.subject_kind is not Kind.POD or (region.every_namespace and _namespace_labels(region.subject)):
        return words
    return f"{words} {_where(region)}"


def _where(region: Region) -> str:
    if region.every_namespace:
        return "in any namespace"
    if not region.other_namespaces:
        return f"in {listed(region.namespaces)}"
    if not region.namespaces:
        return "in namespaces that no policy names"
    return f"in {listed(region.namespaces)} and namespaces that no policy names"


def _peer(parts: Sequence[Part]) -> str:
    kind = next((part for part in parts if part.topic is Topic.KIND), None)
    names = next((part for part in parts if part.topic is Topic.NAMESPACE), None)
    others = [part for part in parts if part.topic not in (Topic.KIND, Topic.NAMESPACE)]
    if kind is None and others and all(part.topic is Topic.ADDRESS for part in others):
        return f"anyone {family}" if (family := _FAMILIES.get(others[0].text)) else f"addresses {others[0].text}"
    words = _who("anyone" if kind is None else kind.text, others)
    if kind is None or kind.values != (Kind.POD.value,):
        return words
    if names is not None:
        listing = listed(names.values)
        return f"{words} outside {listing}" if names.negated else f"{words} in {listing}"
    return words if _namespace_labels(others) else f"{words} in any namespace"


def _who(noun: str, parts: Sequence[Part]) -> str:
    """The noun with its labels, the labels of its namespace, its addresses and the rest."""
    own = [
        f"{_SCOPES.get(part.label.scope, '')}{part.text}"
        for part in parts
        if part.label is not None and part.label.scope is not Scope.NAMESPACE
    ]
    namespace = _namespace_labels(parts)
    rest = [
        _FAMILIES.get(part.text) or f"{_PREPOSITIONS.get(part.topic, '')}{part.text}"
        for part in parts
        if part.label is None
    ]
    words = f"{noun} with {', '.join(own)}" if own else noun
    if namespace:
        words = f"{words} in namespaces with {', '.join(namespace)}"
    return " ".join([words, *rest])


def _namespace_labels(parts: Sequence[Part]) -> list[str]:
    return [part.text for part in parts if part.label is not None and part.label.scope is Scope.NAMESPACE]


_FAMILIES: Final = {"0.0.0.0/0": "over IPv4", "::/0": "over IPv6"}
_PREPOSITIONS: Final = {Topic.ADDRESS: "at ", Topic.DOMAIN: "named ", Topic.OPAQUE: "of "}


def _packets(parts: Sequence[Part]) -> str:
    texts = {part.topic: part.text for part in parts}
    protocol = texts.get(Topic.PROTOCOL, "").replace("any but", "any protocol but")
    port = texts.get(Topic.PORT)
    if port is not None and protocol == _CARRIERS:
        protocol = ""
    words = [protocol] if protocol else []
    if port is not None:
        known = port.replace("any but", "any port but") if port.startswith("any") else port
        simple = protocol and "," not in protocol and known == port
        words = [f"{protocol} {known}"] if simple else [*words, known if known != port else f"port {known}"]
    for part in parts:
        match part.topic:
            case Topic.PROTOCOL | Topic.PORT:
                pass
            case Topic.PORT_NAME:
                words.append(f"{'' if part.text == part.key else 'not '}the port named {part.key!r}")
            case Topic.SOURCE_PORT_NAME:
                words.append(f"{'' if part.text == part.key else 'not '}from the port named {part.key!r}")
            case Topic.SOURCE_PORT:
                words.append(f"from port {part.text}")
            case Topic.ICMP_TYPE:
                words.append(f"type {part.text}")
            case Topic.ICMP_CODE:
                words.append(f"code {part.text}")
            case Topic.METHOD | Topic.PATH | Topic.HOST | Topic.HEADER | Topic.QUERY:
                words.append(f"{part.topic.value} {part.text}")
            case Topic.CONDITION:
                words.append(f"if {part.text}" if part.text == part.key else f"unless {part.key}")
            case _:
                if part.text:
                    words.append(part.text)
    return ", ".join(words) if words else "any traffic"
