"""Senders and receivers that policies do not see as what they are: behind a Service, or on the host network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from translator.context import Context, Pod, ServiceInfo, pod_labels
from translator.ir.addresses import Addresses
from translator.ir.labels import EVERYTHING, matches
from translator.ir.peers import PODS, Endpoints, Kind, Network, Peer
from translator.ir.policy import Direction, Policy, Rule
from translator.legalize.knowledge import Knowledge
from translator.legalize.population import Population, means

_NAMED: Final = 3


def hidden_senders(
    policies: Iterable[Policy], context: Context, population: Population
) -> Iterator[tuple[Rule, ServiceInfo]]:
    """For each policy the rule about outside senders, and the Service before its pods that may hide them."""
    hiding = [service for service in context.services.values() if service.external_traffic_policy == "Cluster"]
    if not hiding:
        return
    behind = [
        (pod, labels, service) for pod, labels in population.pods for service in hiding if _is_behind(pod, service)
    ]
    outside = Knowledge(context=context).outside
    for policy in policies if behind else ():
        rules = [rule for rule in policy.ingress if Direction.INGRESS in policy.directions and _is_from(rule, outside)]
        services = (
            service
            for pod, labels, service in behind
            if policy.namespace in (None, pod.namespace)
            and any(means(peer, pod, labels) is True for peer in policy.subject)
        )
        if rules and (service := next(services, None)) is not None:
            yield rules[0], service


def _is_from(rule: Rule, outside: Addresses) -> bool:
    return any(
        isinstance(peer, Network)
        and (peer.reach is None or Kind.OUTSIDE in peer.reach)
        and bool(peer.addresses & outside)
        for peer in rule.peers
    )


def _is_behind(pod: Pod, service: ServiceInfo) -> bool:
    return (
        service.selector is not None
        and len(service.selector) > 0
        and pod.namespace == service.namespace
        and all(pod.labels.get(key) == value for key, value in service.selector.items())
    )


class HostNetwork:
    """The known pods of the host network, which are nodes to every engine."""

    def __init__(self, context: Context) -> None:
        self._pods = [(pod, pod_labels(pod, context)) for pod in context.pods if pod.host_network]

    def __bool__(self) -> bool:
        return bool(self._pods)

    def fitting(self, peer: Peer) -> list[Pod]:
        """Those that fit the labels of a peer, which means none of them."""
        if not isinstance(peer, Endpoints) or peer.kinds != PODS or peer.selector == EVERYTHING:
            return []
        return [pod for pod, labels in self._pods if matches(peer.selector, labels)]


def pod_names(pods: Sequence[Pod]) -> str:
    """``shop/web, shop/db and 2 more``."""
    shown = ", ".join(f"{pod.namespace}/{pod.name}" for pod in pods[:_NAMED])
    return shown if len(pods) <= _NAMED else f"{shown} and {len(pods) - _NAMED} more"
