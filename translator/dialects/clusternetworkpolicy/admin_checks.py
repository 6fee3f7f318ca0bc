"""What the API server refuses about AdminNetworkPolicy and BaselineAdminNetworkPolicy (kubernetes.md B.7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from translator.dialects.clusternetworkpolicy.admin_model import (
    AdminEgressRule,
    AdminIngressRule,
    AdminNetworkPolicy,
    AdminPort,
)
from translator.dialects.clusternetworkpolicy.checks import (
    choice_findings,
    count_findings,
    missing,
    name_findings,
    peers_findings,
    port_number_findings,
    priority_findings,
    refused,
    subject_findings,
)
from translator.errors import Finding, Gate, Severity, suggestion
from translator.origin import Origin
from translator.wire.base import either, shown
from translator.wire.metadata import metadata_findings

LIMIT: Final = 100
"""Rules of a direction, peers and ports of a rule."""
PROTOCOLS: Final = ("TCP", "UDP", "SCTP")


def admin_policy_findings(policy: AdminNetworkPolicy, origin: Origin) -> Iterator[Finding]:
    """Every refusal and doubt, each at its field; ``origin`` is the place of the object."""
    is_baseline = policy.kind == "BaselineAdminNetworkPolicy"
    yield from metadata_findings(policy.metadata, origin.at("metadata"), namespaced=False)
    if is_baseline and policy.metadata is not None and policy.metadata.name not in (None, "default"):
        name = policy.metadata.name
        yield refused(
            origin.at("metadata", "name"), f"expected `default`, the only one of its kind, found {shown(name)}"
        )
    spec, at = policy.spec, origin.at("spec")
    if spec is None:
        yield missing(at)
        return
    if not is_baseline:
        yield from priority_findings(spec.priority, at.at("priority"))
    elif spec.given("priority"):
        yield refused(at.at("priority"), "unknown field `priority`", "a Baseline policy has none", code="unknown-field")
    yield from subject_findings(spec.subject, at.at("subject"), v1alpha1=True)
    actions = ("Allow", "Deny") if is_baseline else ("Allow", "Deny", "Pass")
    yield from count_findings(spec.ingress or (), at.at("ingress"), "rules", most=LIMIT)
    for index, ingress in enumerate(spec.ingress or ()):
        yield from _rule_findings(ingress, at.at("ingress", index), "from", actions)
    yield from count_findings(spec.egress or (), at.at("egress"), "rules", most=LIMIT)
    for index, egress in enumerate(spec.egress or ()):
        yield from _rule_findings(egress, at.at("egress", index), "to", actions)
        if is_baseline:
            yield from _baseline_peer_findings(egress, at.at("egress", index))


def _rule_findings(
    rule: AdminIngressRule | AdminEgressRule, origin: Origin, peers: str, actions: Sequence[str]
) -> Iterator[Finding]:
    yield from choice_findings(rule.action, actions, origin.at("action"))
    yield from name_findings(rule.name, origin.at("name"))
    yield from peers_findings(rule.peers, origin.at(peers), most=LIMIT, v1alpha1=True)
    yield from _ports_findings(rule, origin.at("ports"))


def _baseline_peer_findings(rule: AdminEgressRule, origin: Origin) -> Iterator[Finding]:
    for index, peer in enumerate(rule.to or ()):
        if peer.domain_names is not None:
            place = origin.at("to", index, "domainNames")
            yield refused(place, "unknown field `domainNames`", "a Baseline policy has none", code="unknown-field")


def _ports_findings(rule: AdminIngressRule | AdminEgressRule, origin: Origin) -> Iterator[Finding]:
    yield from count_findings(rule.ports or (), origin, "ports", most=LIMIT)
    for index, port in enumerate(rule.ports or ()):
        yield from _port_findings(port, origin.at(index))


def _port_findings(port: AdminPort, origin: Origin) -> Iterator[Finding]:
    choices = {"portNumber": port.port_number, "namedPort": port.named_port, "portRange": port.port_range}
    given = [name for name, value in choices.items() if value is not None]
    if len(given) != 1:
        found = ", ".join(f"`{name}`" for name in given) or "none"
        yield refused(origin, f"expected one of {either(list(choices))}, found {found}")
    if port.port_number is not None:
        at = origin.at("portNumber")
        yield from _protocol_findings(port.port_number.protocol, at.at("protocol"))
        yield from _required_port(port.port_number.port, at.at("port"))
    if port.port_range is not None:
        at = origin.at("portRange")
        start, end = port.port_range.start, port.port_range.end
        yield from _protocol_findings(port.port_range.protocol, at.at("protocol"))
        yield from _required_port(start, at.at("start"))
        yield from _required_port(end, at.at("end"))
        if start is not None and end is not None and start > end:
            # No schema check stands before it: such a range matches nothing (kubernetes.md B.7).
            message = f"the range from {start} to {end} matches no port"
            yield Finding(message=message, origin=at, severity=Severity.WARNING, code="empty-range")


def _required_port(number: int | None, origin: Origin) -> Iterator[Finding]:
    if number is None:
        yield missing(origin)
    else:
        yield from port_number_findings(number, origin)


def _protocol_findings(protocol: str | None, origin: Origin) -> Iterator[Finding]:
    """The schema takes any word; only three have a meaning."""
    if protocol is not None and protocol not in PROTOCOLS:
        message = f"expected {either(PROTOCOLS)}, found {shown(protocol)}"
        hint = suggestion(protocol, PROTOCOLS)
        yield Finding(message=message, origin=origin, gate=Gate.NETPOLX, code="invalid-value", hint=hint)
