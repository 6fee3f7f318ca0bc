"""``networking.k8s.io/v1`` NetworkPolicy → IR (kubernetes.md part A)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from translator.dialect import Parsed, ParseOptions
from translator.dialects.kubernetes.checks import network_policy_findings
from translator.dialects.kubernetes.model import (
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicyPort,
    NetworkPolicySpec,
)
from translator.dialects.kubernetes.reading import Reading, reading_of
from translator.documents.document import Document
from translator.documents.server_fields import is_dump
from translator.errors import Finding, Gate, Severity
from translator.ir.peers import ANYONE
from translator.ir.policy import Action, Direction, Engine, Policy, Rule
from translator.ir.traffic import ALL_PORTS, ANY_TRAFFIC, PROTOCOL_NUMBERS, Ports, Traffic
from translator.origin import Origin
from translator.wire.base import validate
from translator.wire.metadata import annotation_items, label_items

NAME: Final = "kubernetes"
OLD_API: Final = "extensions/v1beta1"
"""Gone since Kubernetes 1.16; of the same shape and with the same defaults (kubernetes.md A.1)."""


def parse(documents: Sequence[Document], options: ParseOptions) -> Parsed:
    """Read NetworkPolicies; those that a gate refuses are reported and left out."""
    reading = reading_of(options)
    policies: list[Policy] = []
    findings: list[Finding] = []
    for document in documents:
        policy, found = _read(document, options, reading)
        findings += found
        if policy is not None:
            policies.append(policy)
    return Parsed(policies=tuple(policies), findings=tuple(findings))


def _read(document: Document, options: ParseOptions, reading: Reading) -> tuple[Policy | None, list[Finding]]:
    origin = document.origin()
    as_agent = _is_read_by_agent(options)
    model, findings = validate(
        NetworkPolicy,
        document.data,
        origin,
        Gate(options.engine.value) if as_agent else Gate.APISERVER,
        unknown_fields=Severity.WARNING if as_agent else Severity.ERROR,
    )
    is_stored = is_dump(document.data)
    # StrictIPCIDRValidation: on since 1.36, but not for what a cluster has stored (kubernetes.md A.2).
    strict_cidrs = not is_stored and _minor(options.context.kubernetes.version) >= (1, 36)

    def check(model: NetworkPolicy) -> Iterator[Finding]:
        return network_policy_findings(model, origin, strict_cidrs=strict_cidrs, is_stored=is_stored)

    if model is None:
        from translator.wire.leftover import checked_leftover  # noqa: PLC0415 - rarely needed

        besides = [] if as_agent else checked_leftover(NetworkPolicy, document.data, check)
        return None, [*findings, *besides]
    if model.api_version == OLD_API:
        findings.append(_old_api(origin))
    refused = list(check(model))
    if as_agent:
        findings += (replace(finding, severity=Severity.WARNING) for finding in refused)
        from translator.dialects.kubernetes.unvalidated import read_by_agent  # noqa: PLC0415 - rarely needed

        model, found = read_by_agent(model, origin, options)
        findings += found
        if model is None:
            return None, findings
    elif refused:
        findings += refused
        if any(finding.severity is Severity.ERROR for finding in refused):
            return None, findings
    policy = _policy(model, origin, options, reading)
    findings += _doubts(model, policy, origin, options)
    return policy, findings


def _is_read_by_agent(options: ParseOptions) -> bool:
    """Whether objects reach an agent without the API server's checks.

    Calico's admission is about its own kinds: unless it is off too, the API server stands before NetworkPolicies.
    """
    if Gate.APISERVER in options.gates:
        return False
    without_admission = options.context.calico.admission == "none"
    return options.engine is Engine.CILIUM or (options.engine is Engine.CALICO and without_admission)


def _old_api(origin: Origin) -> Finding:
    return Finding(
        message=f"{OLD_API} is gone since Kubernetes 1.16; read as networking.k8s.io/v1",
        origin=origin.at("apiVersion"),
        severity=Severity.WARNING,
        gate=Gate.APISERVER,
        code="old-api-version",
    )


@lru_cache(maxsize=16)
def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.lstrip("v").split(".")[:2])


# -- policies ---------------------------------------------------------------------------------------------------------


def _policy(model: NetworkPolicy, origin: Origin, options: ParseOptions, reading: Reading) -> Policy:
    metadata = model.metadata
    namespace = (metadata and metadata.namespace) or options.default_namespace
    spec = model.spec or NetworkPolicySpec()
    directions = isolated_directions(spec)
    ingress = [rule or NetworkPolicyIngressRule() for rule in spec.ingress or ()]
    egress = [rule or NetworkPolicyEgressRule() for rule in spec.egress or ()]
    return Policy(
        name=(metadata and metadata.name) or "",
        kind="NetworkPolicy",
        dialect=NAME,
        namespace=namespace,
        subject=(reading.subject(namespace, spec.pod_selector),),
        directions=directions,
        isolates=directions,
        ingress=tuple(
            _rule(rule.from_, rule.ports, namespace, reading, origin.at("spec", "ingress", index))
            for index, rule in enumerate(ingress)
        ),
        egress=tuple(
            _rule(rule.to, rule.ports, namespace, reading, origin.at("spec", "egress", index))
            for index, rule in enumerate(egress)
        ),
        tier="default",
        portable=reading.is_portable(spec),
        labels=label_items(metadata),
        annotations=annotation_items(metadata),
        origin=origin,
    )


def isolated_directions(spec: NetworkPolicySpec) -> frozenset[Direction]:
    """``policyTypes``, or its default: Ingress, and Egress where there are egress rules (kubernetes.md A.4)."""
    return _directions(tuple(spec.policy_types or (("Ingress", "Egress") if spec.egress else ("Ingress",))))


@lru_cache(maxsize=64)
def _directions(types: tuple[str | None, ...]) -> frozenset[Direction]:
    return frozenset(direction for direction in Direction if direction.value.capitalize() in types)


def _rule(
    peers: Sequence[NetworkPolicyPeer | None] | None,
    ports: Sequence[NetworkPolicyPort | None] | None,
    namespace: str,
    reading: Reading,
    origin: Origin,
) -> Rule:
    """Without peers about everyone, without ports about all traffic, ICMP included (kubernetes.md A.5)."""
    return Rule(
        action=Action.ALLOW,
        peers=tuple(reading.peer(peer, namespace) for peer in peers if peer is not None) if peers else (ANYONE,),
        traffic=tuple(_port_traffic(port) for port in ports) if ports else (ANY_TRAFFIC,),
        origin=origin,
    )


def _port_traffic(port: NetworkPolicyPort | None) -> Traffic:
    return _traffic(None, None, None) if port is None else _traffic(port.protocol, port.port, port.end_port)


_PROTOCOLS: Final = {name.upper(): number for name, number in PROTOCOL_NUMBERS.items()}


@lru_cache(maxsize=65536)
def _traffic(protocol: str | None, port: int | str | None, end: int | None) -> Traffic:
    """One item of ``ports``: no protocol is TCP, no port is all of them (kubernetes.md A.4, A.5)."""
    number = _PROTOCOLS[protocol or "TCP"]
    match port:
        case None:
            ports = ALL_PORTS
        case int():
            ports = Ports(numbers=((port, port if end is None else end),))
        case str():
            # A name with an end passes no API server; Cilium's agent knows what it means (cilium.md 7).
            ports = Ports(names=(port,)) if end is None else Ports(spans=((port, end),))
    return Traffic(protocols=((number, number),), ports=ports)


# -- doubts -----------------------------------------------------------------------------------------------------------


def _doubts(model: NetworkPolicy, policy: Policy, origin: Origin, options: ParseOptions) -> list[Finding]:
    """Legal forms that rarely mean what their author had in mind."""
    spec = model.spec or NetworkPolicySpec()
    found: list[Finding] = []
    for direction in Direction:
        if direction not in policy.directions and policy.rules(direction):
            found.append(_unlisted(direction, origin.at("spec", direction.value), options))
    for index, ingress in enumerate(spec.ingress or ()):
        if ingress is not None and ingress.from_ is None and ingress.given("from_"):
            found.append(_null_peers(origin.at("spec", "ingress", index, "from"), "from"))
    for index, egress in enumerate(spec.egress or ()):
        if egress is not None and egress.to is None and egress.given("to"):
            found.append(_null_peers(origin.at("spec", "egress", index, "to"), "to"))
    return found


def _unlisted(direction: Direction, origin: Origin, options: ParseOptions) -> Finding:
    """Rules of a direction that ``policyTypes`` lacks: Cilium enforces them all the same (cilium.md 10)."""
    lacks = f"`policyTypes` lacks `{direction.value.capitalize()}`"
    if options.engine is Engine.CILIUM and not options.context.cilium.policy_types_gating:
        message = f"{direction} rules are enforced, and isolate, although {lacks}"
        return _doubt(message, origin, "unlisted-direction")
    return _doubt(f"{direction} rules have no effect: {lacks}", origin, "inert-rules")


def _null_peers(origin: Origin, field: str) -> Finding:
    return _doubt(f"`{field}` is null, which means everyone, addresses outside included", origin, "null-peers")


def _doubt(message: str, origin: Origin, code: str) -> Finding:
    return Finding(message=message, origin=origin, severity=Severity.WARNING, code=code)
