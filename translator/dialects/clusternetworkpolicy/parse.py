"""``policy.networking.k8s.io`` ClusterNetworkPolicy and its v1alpha1 ancestors → IR (kubernetes.md part B)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from translator.dialect import Parsed, ParseOptions
from translator.dialects.clusternetworkpolicy.admin_checks import admin_policy_findings
from translator.dialects.clusternetworkpolicy.admin_model import AdminNetworkPolicy, as_cluster_policy
from translator.dialects.clusternetworkpolicy.agents import CalicoReading, CiliumReading
from translator.dialects.clusternetworkpolicy.checks import cluster_policy_findings
from translator.dialects.clusternetworkpolicy.model import ClusterNetworkPolicy, EgressPeer, EgressRule, Spec
from translator.dialects.clusternetworkpolicy.reading import Reading, UnreadableError
from translator.documents.document import Document
from translator.errors import Finding, Gate, Severity
from translator.ir.policy import Direction, Engine, Policy
from translator.origin import Origin
from translator.wire.base import validate
from translator.wire.leftover import checked_leftover
from translator.wire.metadata import annotation_items, label_items

NAME: Final = "clusternetworkpolicy"


def parse(documents: Sequence[Document], options: ParseOptions) -> Parsed:
    """Read ClusterNetworkPolicies; those that a gate refuses are reported and left out."""
    reading = _reading(options)
    policies: list[Policy] = []
    findings: list[Finding] = []
    for document in documents:
        found, about = _read(document, options, reading)
        policies += found
        findings += about
    if options.engine is Engine.KUBERNETES:
        findings += _ties(policies)
    return Parsed(policies=tuple(policies), findings=tuple(findings))


def _reading(options: ParseOptions) -> Reading:
    match options.engine:
        case Engine.CILIUM:
            return CiliumReading(options.context.cilium)
        case Engine.CALICO:
            return CalicoReading()
        case Engine.KUBERNETES:
            return Reading()


def _read(document: Document, options: ParseOptions, reading: Reading) -> tuple[tuple[Policy, ...], list[Finding]]:
    origin = document.origin()
    as_agent = options.engine is not Engine.KUBERNETES and Gate.APISERVER not in options.gates
    model, findings = _model(document, origin, options, as_agent=as_agent)
    if model is None or any(finding.severity is Severity.ERROR for finding in findings):
        return (), findings
    findings += _undefined(model.spec, origin, options.engine)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return (), findings
    ignored = _ignored(model, origin, options)
    if ignored is not None:
        return (), [*findings, ignored]
    try:
        policies = _policies(model, origin, reading)
    except UnreadableError as refusal:
        return (), [*findings, refusal.finding]
    if not policies:
        message = f"{options.engine.value.capitalize()} ignores a policy without a known tier and subject"
        findings.append(_warning(message, origin.at("spec"), Gate.CALICO, "policy-ignored"))
    return policies, findings


def _model(
    document: Document, origin: Origin, options: ParseOptions, *, as_agent: bool
) -> tuple[ClusterNetworkPolicy | None, list[Finding]]:
    """The object in its shape of v1alpha2, and what the API server holds against it."""
    gate = Gate(options.engine.value) if as_agent else Gate.APISERVER
    unknown_fields = Severity.WARNING if as_agent else Severity.ERROR
    data = document.data
    checked: Iterable[Finding]
    if document.kind == "ClusterNetworkPolicy":
        model, findings = validate(ClusterNetworkPolicy, data, origin, gate, unknown_fields=unknown_fields)
        if model is not None:
            checked = cluster_policy_findings(model, origin)
        else:
            checked = checked_leftover(ClusterNetworkPolicy, data, lambda rest: cluster_policy_findings(rest, origin))
    else:
        old, findings = validate(AdminNetworkPolicy, data, origin, gate, unknown_fields=unknown_fields)
        if old is not None:
            checked = admin_policy_findings(old, origin)
        else:
            checked = checked_leftover(AdminNetworkPolicy, data, lambda rest: admin_policy_findings(rest, origin))
        model = as_cluster_policy(old) if old is not None else None
    if as_agent:
        checked = (_of_others(finding) for finding in checked)
    return model, [*findings, *checked]


def _of_others(finding: Finding) -> Finding:
    return replace(finding, severity=Severity.WARNING) if finding.gate is Gate.APISERVER else finding


def _undefined(spec: Spec | None, origin: Origin, engine: Engine) -> Iterator[Finding]:
    """Named ports beside addresses: the experimental channel refuses them, the standard one leaves them undefined."""
    for index, rule in enumerate(spec.egress or () if spec else ()):
        if any(_has_no_ports(peer) for peer in rule.to or ()) and _named(rule):
            yield Finding(
                message="a named port beside networks, nodes or domain names has no defined meaning",
                origin=origin.at("spec", "egress", index),
                severity=Severity.ERROR if engine is Engine.KUBERNETES else Severity.WARNING,
                code="undefined-named-port",
                hint="write the number, or give the addresses a rule of their own",
            )


def _has_no_ports(peer: EgressPeer) -> bool:
    return peer.networks is not None or peer.nodes is not None or peer.domain_names is not None


def _named(rule: EgressRule) -> bool:
    return any(protocol.destination_named_port is not None for protocol in rule.protocols or ())


def _ignored(model: ClusterNetworkPolicy, origin: Origin, options: ParseOptions) -> Finding | None:
    """v1alpha1 kinds that the engine does not implement (cilium.md 11, calico.md 3.6)."""
    if model.kind == "ClusterNetworkPolicy" or options.engine is Engine.KUBERNETES:
        return None
    if options.engine is Engine.CILIUM:
        return _warning("Cilium does not implement this kind; it has no effect", origin, Gate.CILIUM, "policy-ignored")
    minor = _minor(options.context.calico.version)
    since = (3, 30) if model.kind == "BaselineAdminNetworkPolicy" else (3, 29)
    if since <= minor <= (3, 31):
        return None
    message = f"Calico {options.context.calico.version} does not implement this kind; it has no effect"
    return _warning(message, origin, Gate.CALICO, "policy-ignored")


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.lstrip("v").split(".")[:2])


def _warning(message: str, origin: Origin, gate: Gate, code: str) -> Finding:
    return Finding(message=message, origin=origin, severity=Severity.WARNING, gate=gate, code=code)


def _policies(model: ClusterNetworkPolicy, origin: Origin, reading: Reading) -> tuple[Policy, ...]:
    """The policy and its companions; none where the engine ignores it."""
    spec = model.spec or Spec()
    at = origin.at("spec")
    tier = reading.tier(spec)
    subject = reading.subject(spec.subject, at.at("subject"))
    if tier is None or subject is None:
        return ()
    ingress = tuple(reading.rule(rule, at.at("ingress", index)) for index, rule in enumerate(spec.ingress or ()))
    egress = tuple(reading.rule(rule, at.at("egress", index)) for index, rule in enumerate(spec.egress or ()))
    directions = {Direction.INGRESS: ingress, Direction.EGRESS: egress}
    policy = Policy(
        name=(model.metadata.name if model.metadata else None) or "",
        kind=model.kind,
        dialect=NAME,
        subject=(subject,),
        directions=frozenset(direction for direction, rules in directions.items() if rules),
        isolates=frozenset(),
        ingress=ingress,
        egress=egress,
        tier=tier,
        order=float(spec.priority or 0),
        labels=label_items(model.metadata),
        annotations=annotation_items(model.metadata),
        origin=origin,
    )
    return (policy, *reading.companions(policy, spec))


def _ties(policies: Iterable[Policy]) -> Iterator[Finding]:
    """Policies of one tier with the same priority, of which either may come first (kubernetes.md B.2)."""
    places: dict[tuple[str, float | None], list[Policy]] = defaultdict(list)
    for policy in policies:
        places[(policy.tier, policy.order)].append(policy)
    for (tier, order), tied in places.items():
        for policy in tied[1:]:
            if policy.origin is not None:
                message = f"`{tied[0].name}` has the priority {order:g} in tier {tier}, too: their order is undefined"
                yield _warning(message, policy.origin.at("spec", "priority"), Gate.NETPOLX, "priority-tie")
