"""Policies against what the context knows: pods, namespaces, Services, the host network, versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from translator.context import Context
from translator.errors import Finding
from translator.ir.addresses import blocks
from translator.ir.labels import EVERYTHING, NAMESPACE_NAME, Label, Scope, Selector, conjunction, matches, requirements
from translator.ir.peers import NODES, PODS, Endpoints, Network, Peer
from translator.ir.policy import Direction, Engine, Rule
from translator.ir.traffic import ALL_PORTS
from translator.legalize.profiles import Feature, supports
from translator.legalize.target import Target, TargetName
from translator.legalize.visible import conjuncts
from translator.lint.subject import Scene, acting, subject_origin, warning
from translator.origin import Origin
from translator.pipeline.senders import HostNetwork, hidden_senders, pod_names

_NAMED: Final = 3
_WHOLE: Final = frozenset({"0.0.0.0/0", "::/0"})
"""Ranges that mean everywhere outside rather than the pods or nodes among it."""
_BY: Final = {"pods": "labels", "nodes": "entity"}
_TARGETS: Final = {
    Engine.KUBERNETES: TargetName.KUBERNETES,
    Engine.CALICO: TargetName.CALICO,
    Engine.CILIUM: TargetName.CILIUM,
}


def unmatched_selectors(scene: Scene) -> Iterator[Finding]:
    """Selectors of subjects and peers that match nothing the context knows."""
    context = scene.source.context
    for policy in scene.read:
        yield from _unmatched(policy.subject, "the policy", subject_origin(policy), scene, context)
        for direction, rule in acting(policy):
            side = "senders" if direction is Direction.INGRESS else "receivers"
            yield from _unmatched(rule.peers, f"these {side}", rule.origin, scene, context)


def _unmatched(
    peers: Sequence[Peer], whom: str, origin: Origin | None, scene: Scene, context: Context
) -> Iterator[Finding]:
    if any(isinstance(peer, Network) and peer.group is not None for peer in peers):
        return  # the selector fits network sets
    for peer in peers:
        if not isinstance(peer, Endpoints) or peer.kinds != PODS or peer.selector == EVERYTHING:
            continue
        if not _some_namespace(peer.selector, context):
            yield warning("matches-no-namespace", f"no namespace of the context fits {whom}", origin)
        elif scene.population.pods and not scene.population.may_mean((peer,)):
            hosts = HostNetwork(context).fitting(peer)
            if hosts:
                message = f"only pods of the host network fit {whom} ({pod_names(hosts)}): nodes to the engine"
                yield warning("host-network-pod", message, origin)
            else:
                yield warning("matches-no-pod", f"no pod of the context fits {whom}", origin)


def _some_namespace(selector: Selector, context: Context) -> bool:
    """Whether some known namespace may fit: the terms that are about namespaces only."""
    if not context.namespaces:
        return True
    terms = [
        term
        for term in conjuncts(selector)
        if requirements(term) and all(each.label.scope is Scope.NAMESPACE for each in requirements(term))
    ]
    if not terms:
        return True
    wanted = conjunction(*terms)
    return any(
        matches(wanted, {Label(Scope.NAMESPACE, key): value for key, value in labels.items()} | {NAMESPACE_NAME: name})
        for name, labels in context.namespaces.items()
    )


def service_addresses(scene: Scene) -> Iterator[Finding]:
    """Ranges that lie among the addresses of Services, which no policy sees."""
    context = scene.source.context
    services = blocks(context.service_cidrs) | blocks(
        f"{address}/{128 if ':' in address else 32}"
        for service in context.services.values()
        for address in service.addresses
    )
    if not services:
        return
    for policy in scene.read:
        for _, rule in acting(policy):
            for peer in rule.peers:
                if isinstance(peer, Network) and peer.addresses and not peer.addresses - services:
                    message = f"{', '.join(peer.cidrs[:_NAMED])} are addresses of Services, which policies do not see"
                    yield warning("service-address", message, rule.origin)


def cluster_addresses(scene: Scene) -> Iterator[Finding]:
    """Ranges that hold addresses of pods or nodes, which an address match does not cover (cilium.md 6.1)."""
    context = scene.source.context
    known = [
        (kinds, name, blocks(cidrs))
        for kinds, name, cidrs in (
            (PODS, "pods", context.pod_cidrs),
            (NODES, "nodes", context.node_cidrs),
        )
        if cidrs
    ]
    if not known or scene.engine is Engine.CALICO:
        return
    for _, policy in scene.enforced:
        for _, rule in acting(policy):
            for peer in rule.peers:
                if isinstance(peer, Network) and not _WHOLE.intersection(peer.cidrs):
                    yield from (
                        _unmatched_addresses(peer, name, rule, scene.engine)
                        for kinds, name, addresses in known
                        if peer.addresses & addresses and not (peer.reach is not None and kinds & peer.reach)
                    )


def _unmatched_addresses(peer: Network, name: str, rule: Rule, engine: Engine) -> Finding:
    cidrs = ", ".join(peer.cidrs[:_NAMED])
    if engine is Engine.KUBERNETES:
        message = f"whether {cidrs} covers the {name} with such addresses is up to the network plugin"
    else:
        message = f"{cidrs} holds addresses of {name}, which CIDRs do not match"
    return warning("cluster-address", message, rule.origin, f"name the {name} by {_BY[name]} as well")


def translated_senders(scene: Scene) -> Iterator[Finding]:
    """Outside senders of pods behind a Service that hides them."""
    for rule, service in hidden_senders(scene.read, scene.source.context, scene.population):
        message = (
            f"the Service {service.namespace}/{service.name} may hide the senders: with `externalTrafficPolicy: "
            "Cluster` they arrive with the address of a node"
        )
        yield warning("translated-sender", message, rule.origin)


def ranges_of_later_versions(scene: Scene) -> Iterator[Finding]:
    """Port ranges in NetworkPolicies under a version that reads the first port only."""
    context = scene.source.context
    target = Target(name=_TARGETS[scene.engine], version=_version(context, scene.engine))
    if supports(target, Feature.PORT_RANGES):
        return
    for policy in scene.read:
        for _, rule in acting(policy):
            spans = [
                f"{low}–{high}"
                for traffic in rule.traffic
                if policy.dialect == "kubernetes" and traffic.ports != ALL_PORTS
                for low, high in traffic.ports.numbers
                if low < high
            ]
            if spans:
                message = f"{scene.engine} {target.version} reads the first port of {', '.join(spans)} only"
                yield warning("range-version", message, rule.origin)


def _version(context: Context, engine: Engine) -> str:
    match engine:
        case Engine.KUBERNETES:
            return context.kubernetes.version
        case Engine.CALICO:
            return context.calico.version
        case Engine.CILIUM:
            return context.cilium.version
