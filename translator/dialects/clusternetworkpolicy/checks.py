"""What the API server refuses about a ClusterNetworkPolicy of the right shape: its schema and CEL (kubernetes.md B.1).

The server does not look into label selectors; what they lack is reported by this program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from translator.dialects.clusternetworkpolicy.model import (
    ClusterNetworkPolicy,
    DestinationPort,
    EgressPeer,
    EgressRule,
    IngressPeer,
    IngressRule,
    NamespacedPod,
    PortRange,
    Protocol,
    Subject,
    TransportMatch,
)
from translator.errors import Finding, Gate, Severity, suggestion
from translator.origin import Origin
from translator.wire.base import either, shown
from translator.wire.cidrs import CidrDoubt, read_cidr
from translator.wire.kubernetes_types import LabelSelector
from translator.wire.metadata import metadata_findings
from translator.wire.selectors import Nulls, selector_findings

TIERS: Final = ("Admin", "Baseline")
ACTIONS: Final = ("Accept", "Deny", "Pass")
LIMIT: Final = 25
"""Rules of a direction, peers and protocols of a rule, networks and names of a peer."""

_DOMAIN_NAME: Final = re.compile(
    # The API's own pattern; `A-z` is its slip, and lets `_` and a few others begin a label (kubernetes.md B.1).
    r"(\*\.)?([a-zA-z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.)+[a-zA-z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.?\Z"
)


def cluster_policy_findings(policy: ClusterNetworkPolicy, origin: Origin) -> Iterator[Finding]:
    """Every refusal and doubt, each at its field; ``origin`` is the place of the object."""
    yield from metadata_findings(policy.metadata, origin.at("metadata"), namespaced=False)
    spec, at = policy.spec, origin.at("spec")
    if spec is None:
        yield missing(at)
        return
    yield from choice_findings(spec.tier, TIERS, at.at("tier"))
    yield from priority_findings(spec.priority, at.at("priority"))
    yield from subject_findings(spec.subject, at.at("subject"))
    yield from _rules_findings(spec.ingress or (), at.at("ingress"), "from")
    yield from _rules_findings(spec.egress or (), at.at("egress"), "to")


def _rules_findings(rules: Sequence[IngressRule | EgressRule], origin: Origin, peers: str) -> Iterator[Finding]:
    yield from count_findings(rules, origin, "rules", most=LIMIT)
    for index, rule in enumerate(rules):
        yield from _rule_findings(rule, origin.at(index), peers)


def _rule_findings(rule: IngressRule | EgressRule, origin: Origin, peers: str) -> Iterator[Finding]:
    yield from choice_findings(rule.action, ACTIONS, origin.at("action"))
    yield from name_findings(rule.name, origin.at("name"))
    yield from peers_findings(rule.peers, origin.at(peers), most=LIMIT)
    if rule.protocols is not None:
        yield from count_findings(rule.protocols, origin.at("protocols"), "protocols", least=1, most=LIMIT)
        for index, protocol in enumerate(rule.protocols):
            yield from _protocol_findings(protocol, origin.at("protocols", index))


# -- parts that v1alpha1 shares ---------------------------------------------------------------------------------------


def choice_findings(value: str | None, allowed: Sequence[str], origin: Origin) -> Iterator[Finding]:
    """A required word out of a few."""
    if value is None:
        yield missing(origin)
    elif value not in allowed:
        words = {"Allow": "Accept", "Accept": "Allow"}.get(value)
        hint = f"did you mean `{words}`?" if words in allowed else suggestion(value, allowed)
        yield refused(origin, f"expected {either(allowed)}, found {shown(value)}", hint)


def priority_findings(priority: int | None, origin: Origin) -> Iterator[Finding]:
    """A required number from 0 to 1000."""
    if priority is None:
        yield missing(origin)
    elif not 0 <= priority <= 1000:
        yield refused(origin, f"expected a priority between 0 and 1000, found {priority}")


def name_findings(name: str | None, origin: Origin) -> Iterator[Finding]:
    """A rule's name, up to 100 characters."""
    if name is not None and len(name) > 100:
        yield refused(origin, f"expected at most 100 characters, found {len(name)}")


def count_findings(
    items: Sequence[object], origin: Origin, what: str, *, least: int = 0, most: int
) -> Iterator[Finding]:
    """A list that is too short or too long."""
    if len(items) < least:
        yield refused(origin, f"expected at least {least} of {what}, found none")
    if len(items) > most:
        yield refused(origin, f"expected at most {most} {what}, found {len(items)}", "split them")


def subject_findings(subject: Subject | None, origin: Origin, *, v1alpha1: bool = False) -> Iterator[Finding]:
    """Exactly one of namespaces and pods."""
    if subject is None:
        yield missing(origin)
        return
    yield from _one_of_findings({"namespaces": subject.namespaces, "pods": subject.pods}, origin)
    yield from _ends_findings(subject, origin, needs_namespaces=v1alpha1)


def peers_findings(
    peers: Sequence[IngressPeer | EgressPeer] | None, origin: Origin, *, most: int, v1alpha1: bool = False
) -> Iterator[Finding]:
    """The required list of peers, each of exactly one kind."""
    if peers is None:
        yield missing(origin)
        return
    yield from count_findings(peers, origin, "peers", least=1, most=most)
    for index, peer in enumerate(peers):
        yield from _peer_findings(peer, origin.at(index), v1alpha1=v1alpha1)


def _peer_findings(peer: IngressPeer | EgressPeer, origin: Origin, *, v1alpha1: bool) -> Iterator[Finding]:
    yield from _one_of_findings({name: getattr(peer, name) for name in type(peer).model_fields}, origin)
    yield from _ends_findings(peer, origin, needs_namespaces=v1alpha1)
    if isinstance(peer, EgressPeer):
        yield from _egress_peer_findings(peer, origin)


def _egress_peer_findings(peer: EgressPeer, origin: Origin) -> Iterator[Finding]:
    for field, value in (("nodes", peer.nodes), ("domainNames", peer.domain_names)):
        if value is not None:
            yield Finding(
                message=f"`{field}` exists only where the experimental channel of the API is installed",
                origin=origin.at(field),
                severity=Severity.WARNING,
                gate=Gate.APISERVER,
                code="experimental-field",
            )
    if peer.nodes is not None:
        yield from unchecked_selector_findings(peer.nodes, origin.at("nodes"))
    if peer.networks is not None:
        yield from _set_findings(peer.networks, origin.at("networks"), "networks")
        for index, text in enumerate(peer.networks):
            yield from _network_findings(text, origin.at("networks", index))
    if peer.domain_names is not None:
        yield from _set_findings(peer.domain_names, origin.at("domainNames"), "names")
        for index, name in enumerate(peer.domain_names):
            if not _DOMAIN_NAME.match(name):
                words = "a domain name of at least two labels, with a leading `*.` at most"
                yield refused(origin.at("domainNames", index), f"expected {words}, found {shown(name)}")


def _set_findings(items: Sequence[str], origin: Origin, what: str) -> Iterator[Finding]:
    yield from count_findings(items, origin, what, least=1, most=LIMIT)
    for index, item in enumerate(items):
        if item in items[:index]:
            yield refused(origin.at(index), f"{shown(item)} stands in the list twice", code="duplicate")


def _network_findings(text: str, origin: Origin) -> Iterator[Finding]:
    cidr = read_cidr(text)
    # CEL's isCIDR takes host bits, and nothing else that is odd (kubernetes.md B.1).
    if cidr is None or len(text) > 43 or set(cidr.doubts) - {CidrDoubt.HOST_BITS}:
        hint = f"write {cidr.text}" if cidr else None
        yield refused(origin, f"expected a CIDR such as 10.9.8.0/24 or 2001:db8::/64, found {shown(text)}", hint)


def _ends_findings(
    ends: Subject | IngressPeer | EgressPeer, origin: Origin, *, needs_namespaces: bool
) -> Iterator[Finding]:
    if ends.namespaces is not None:
        yield from unchecked_selector_findings(ends.namespaces, origin.at("namespaces"))
    if ends.pods is not None:
        yield from _pods_findings(ends.pods, origin.at("pods"), needs_namespaces=needs_namespaces)


def _pods_findings(pods: NamespacedPod, origin: Origin, *, needs_namespaces: bool) -> Iterator[Finding]:
    if pods.pod_selector is None:
        yield missing(origin.at("podSelector"), "write `podSelector: {}` for every pod")
    else:
        yield from unchecked_selector_findings(pods.pod_selector, origin.at("podSelector"))
    if pods.namespace_selector is not None:
        yield from unchecked_selector_findings(pods.namespace_selector, origin.at("namespaceSelector"))
    elif needs_namespaces:
        yield missing(origin.at("namespaceSelector"), "write `namespaceSelector: {}` for every namespace")


def unchecked_selector_findings(selector: LabelSelector, origin: Origin) -> Iterator[Finding]:
    """A selector that no server looks into: what has no meaning is an error of ours, what matches nobody a warning."""
    for key, value in (selector.match_labels or {}).items():
        if value is None:
            yield Finding(
                message="the server drops a null label value, and the selector then asks for less",
                origin=origin.at("matchLabels", key),
                severity=Severity.WARNING,
                code="null-label",
                hint='write "" for the empty value',
            )
    for finding in selector_findings(selector, origin, gate=Gate.NETPOLX, nulls=Nulls.PRUNED):
        match finding.code:
            case "invalid-label":
                yield replace(finding, severity=Severity.WARNING, hint="no object can carry it")
            case "wrong-type":
                yield replace(finding, gate=Gate.APISERVER)
            case _:
                yield finding


def _protocol_findings(protocol: Protocol, origin: Origin) -> Iterator[Finding]:
    transports = {"tcp": protocol.tcp, "udp": protocol.udp, "sctp": protocol.sctp}
    yield from _one_of_findings({**transports, "destinationNamedPort": protocol.destination_named_port}, origin)
    for name, transport in transports.items():
        if transport is not None:
            yield from _transport_findings(transport, origin.at(name))


def _transport_findings(transport: TransportMatch, origin: Origin) -> Iterator[Finding]:
    at = origin.at("destinationPort")
    port = transport.destination_port
    if port is None:
        yield missing(at, "for every port write `range: {start: 1, end: 65535}`")
        return
    yield from _one_of_findings({"number": port.number, "range": port.range}, at)
    yield from _destination_port_findings(port, at)


def _destination_port_findings(port: DestinationPort, origin: Origin) -> Iterator[Finding]:
    if port.number is not None:
        yield from port_number_findings(port.number, origin.at("number"))
    if port.range is not None:
        yield from range_findings(port.range, origin.at("range"))
        start, end = port.range.start, port.range.end
        if start is not None and end is not None and start >= end:
            hint = f"write `number: {start}`" if start == end else None
            yield refused(origin.at("range"), f"expected start < end, found {start} and {end}", hint)


def range_findings(ports: PortRange, origin: Origin) -> Iterator[Finding]:
    """Both ends are required."""
    for field, number in (("start", ports.start), ("end", ports.end)):
        if number is None:
            yield missing(origin.at(field))
        else:
            yield from port_number_findings(number, origin.at(field))


def port_number_findings(number: int, origin: Origin) -> Iterator[Finding]:
    """A port from 1 to 65535."""
    if not 1 <= number <= 65535:
        yield refused(origin, f"expected a port between 1 and 65535, found {number}")


def _one_of_findings(choices: dict[str, object], origin: Origin) -> Iterator[Finding]:
    given = [name for name, value in choices.items() if value is not None]
    names = [_CAMEL.get(name, name) for name in choices]
    if not given:
        yield refused(origin, f"expected one of {either(names)}, found none", code="missing-field")
    elif len(given) > 1:
        found = ", ".join(f"`{_CAMEL.get(name, name)}`" for name in given)
        yield refused(origin, f"expected one of {either(names)}, found {found}", "give each its own list item")


_CAMEL: Final = {"domain_names": "domainNames"}


def missing(origin: Origin, hint: str | None = None) -> Finding:
    """A required field that is absent or null."""
    name = origin.path[-1]
    return refused(origin, f"required field `{name}` is missing", hint, code="missing-field")


def refused(origin: Origin, message: str, hint: str | None = None, *, code: str = "invalid-value") -> Finding:
    """A refusal of the API server."""
    return Finding(message=message, origin=origin, gate=Gate.APISERVER, code=code, hint=hint)
