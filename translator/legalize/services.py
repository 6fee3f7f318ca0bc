"""Services as what stands behind them, where the context knows them and the target cannot name them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from translator.context import Context, ServiceInfo
from translator.ir.intervals import intervals
from translator.ir.labels import NAMESPACE_NAME, Label, Scope, conjunction, matches, one_of
from translator.ir.peers import Endpoints, Network, Peer, Service
from translator.ir.policy import Direction, Policy, PolicySet, Rule
from translator.ir.traffic import Ports, Traffic, protocol_set
from translator.legalize import what
from translator.legalize.profiles import Feature, supports
from translator.legalize.recorder import Recorder
from translator.legalize.target import Target, TargetName
from translator.loss.effect import Change


def resolved(policies: PolicySet, context: Context, recorder: Recorder) -> PolicySet:
    """The set with every known Service replaced by its pods (by the Service's own selector) or its addresses.

    Services that the target names itself stay: Calico's in both directions, Cilium's on egress without ports.
    """
    if not context.services:
        return policies
    return replace(
        policies,
        tiers=tuple(
            replace(tier, policies=tuple(_policy(policy, context, recorder) for policy in tier.policies))
            for tier in policies.tiers
        ),
    )


def _policy(policy: Policy, context: Context, recorder: Recorder) -> Policy:
    rules = {
        direction: tuple(
            found for rule in policy.rules(direction) for found in _rules(rule, policy, direction, context, recorder)
        )
        for direction in Direction
    }
    if all(rules[direction] == policy.rules(direction) for direction in Direction):
        return policy
    return replace(policy, ingress=rules[Direction.INGRESS], egress=rules[Direction.EGRESS])


def _rules(rule: Rule, policy: Policy, direction: Direction, context: Context, recorder: Recorder) -> Iterator[Rule]:
    """The rule for what is no Service, and one for each Service that has to be resolved."""
    chosen = [
        peer
        for peer in rule.peers
        if isinstance(peer, Service)
        and not _is_named(peer, direction, recorder.target)
        and _is_resolvable(peer, _known(peer, context))
    ]
    if not chosen:
        yield rule
        return
    rest = tuple(peer for peer in rule.peers if peer not in chosen)
    if rest:
        yield replace(rule, peers=rest)
    for service in chosen:
        recorder.declare(
            "service-resolved",
            f"{service.namespace or '*'}/{service.name or 'by label'} is written as what stands behind it",
            change=Change.UNENFORCED,
            policy=policy,
            rule=rule,
        )
        for info in _known(service, context):
            traffic = rule.traffic
            if service.with_ports:
                traffic = tuple(
                    both for a in rule.traffic for b in _traffic(info) if (both := what.both(a, b)) is not None
                )
            yield replace(rule, peers=_behind(info), traffic=traffic)


def _is_named(service: Service, direction: Direction, target: Target) -> bool:
    match target.name:
        case TargetName.CALICO:
            return service.with_ports == (direction is Direction.EGRESS)
        case TargetName.CILIUM:
            return direction is Direction.EGRESS and not service.with_ports and supports(target, Feature.SERVICES)
        case _:
            return False


def _known(service: Service, context: Context) -> list[ServiceInfo]:
    return [
        info
        for info in context.services.values()
        if service.namespace in (None, info.namespace)
        and service.name in (None, info.name)
        and (service.selector is None or matches(service.selector, _labels(info)))
    ]


def _is_resolvable(service: Service, known: list[ServiceInfo]) -> bool:
    """Whether it is known what stands behind it: of ports nobody tells but the slices."""
    return bool(known) and not (service.with_ports and any(not info.backends for info in known))


def _labels(info: ServiceInfo) -> dict[Label, str]:
    return {Label(Scope.GROUP, key): value for key, value in info.labels.items()}


def _behind(info: ServiceInfo) -> tuple[Peer, ...]:
    if info.selector:
        labels = (one_of(Label(Scope.POD, key), value) for key, value in sorted(info.selector.items()))
        return (Endpoints(selector=conjunction(*labels, one_of(NAMESPACE_NAME, info.namespace))),)
    addresses = tuple(dict.fromkeys(_host(backend.address) for backend in info.backends))
    return (Network(cidrs=addresses),) if addresses else ()


def _host(address: str) -> str:
    return f"{address}/{128 if ':' in address else 32}"


def _traffic(info: ServiceInfo) -> tuple[Traffic, ...]:
    """The target ports of a Service, one member per protocol."""
    ports: dict[int, set[int]] = {}
    for backend in info.backends:
        if backend.protocol is not None and backend.port is not None:
            ports.setdefault(backend.protocol, set()).add(backend.port)
    return tuple(
        Traffic(protocols=protocol_set(protocol), ports=Ports(numbers=intervals((port, port) for port in numbers)))
        for protocol, numbers in sorted(ports.items())
    )
