"""Which flows exist at all: the kinds of ends, where their addresses lie, what is known of namespaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from translator.context import Context, Labels, ServiceInfo
from translator.ir.addresses import ALL_ADDRESSES, MAPPED, PRIVATE, Addresses, blocks
from translator.ir.labels import Label, Scope, matches
from translator.ir.peers import NODES, RESERVED, Kind, Service
from translator.ir.policy import Engine, PolicySet
from translator.semantics.compare.asked import Services
from translator.semantics.ends import pod_endpoint
from translator.semantics.flow import Endpoint

LABELLED: Final = NODES | {Kind.POD}
"""Kinds that can carry labels: pods, and nodes (Calico host endpoints, Cilium's node labels)."""
NAMESPACED: Final = frozenset({Scope.NAMESPACE, Scope.SERVICE_ACCOUNT})
"""Scopes of labels that only pods have."""
ORDINARY: Final = NODES | {Kind.POD, Kind.OUTSIDE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Universe:
    """The ends over which two sets are compared."""

    peer_kinds: frozenset[Kind]
    subject_kinds: frozenset[Kind]
    foreign_clusters: bool
    """Whether pods of clusters exist that no policy names."""
    ranges: Mapping[Kind, Addresses]
    families: tuple[int, ...] = (4, 6)
    """Address families of which something can be said."""
    namespaces: Mapping[str, Labels] = field(default_factory=dict)
    """Namespaces whose labels are known."""
    service_accounts: Mapping[str, Labels] = field(default_factory=dict)
    pods: tuple[Endpoint, ...] | None = None
    """The only pods there are (closed world); None: every pod is possible."""


def universe_of(a: PolicySet, b: PolicySet, context_a: Context, context_b: Context, *, closed_world: bool) -> Universe:
    """The ends that exist for at least one of two sets.

    Cilium's reserved ends are subjects as soon as one set is Cilium's (its clusterwide policies select them), but peers
    only when both are: for the other engines such ends do not exist. Other clusters likewise.
    """
    engines = {a.engine, b.engine}
    only_cilium = engines == {Engine.CILIUM}
    families = tuple(family for family in (4, 6) if family not in a.unprogrammed | b.unprogrammed)
    return Universe(
        peer_kinds=ORDINARY | RESERVED if only_cilium else ORDINARY,
        subject_kinds=NODES | {Kind.POD} | (RESERVED if Engine.CILIUM in engines else frozenset()),
        foreign_clusters=only_cilium,
        ranges={kind: _of_families(each, families) for kind, each in _ranges(context_a, context_b).items()},
        families=families,
        namespaces=_agreed(context_a.namespaces, context_b.namespaces),
        service_accounts=_agreed(context_a.service_accounts, context_b.service_accounts),
        pods=_pods(context_a, context_b) if closed_world else None,
    )


def _pods(*contexts: Context) -> tuple[Endpoint, ...]:
    """The pods of all contexts, each once by namespace and name."""
    known: dict[tuple[str, str], Endpoint] = {}
    for context in contexts:
        for pod in context.pods:
            if not pod.host_network and (pod.namespace, pod.name) not in known:
                known[(pod.namespace, pod.name)] = pod_endpoint(pod, context)
    return tuple(known.values())


def _ranges(context_a: Context, context_b: Context) -> dict[Kind, Addresses]:
    """Where ends of each kind may have their address (design 6: private ranges until the context knows better).

    Addresses of Services never reach a policy (translation to a backend comes first), so no end has one.
    """
    known = (*context_a.services.values(), *context_b.services.values())
    pods = blocks((*context_a.pod_cidrs, *context_b.pod_cidrs))
    nodes = blocks((*context_a.node_cidrs, *context_b.node_cidrs))
    services = blocks((*context_a.service_cidrs, *context_b.service_cidrs))
    own = blocks(address for service in known for address in service.addresses)
    servers = blocks((*context_a.api_server, *context_b.api_server)) - services - own
    ranges = dict.fromkeys(RESERVED | {Kind.POD}, pods or PRIVATE - services - nodes - servers)
    # A node with an address of the API server is one that runs it, whatever its other names.
    ranges |= dict.fromkeys(NODES, (nodes or PRIVATE - pods - services) - servers)
    ranges[Kind.KUBE_APISERVER] = servers or ranges[Kind.KUBE_APISERVER]
    ranges[Kind.OUTSIDE] = ALL_ADDRESSES - MAPPED - pods - nodes - services - servers
    return ranges


def _of_families(addresses: Addresses, families: tuple[int, ...]) -> Addresses:
    return Addresses(v4=addresses.v4 if 4 in families else (), v6=addresses.v6 if 6 in families else ())


def _agreed(a: Mapping[str, Labels], b: Mapping[str, Labels]) -> dict[str, Labels]:
    """What both know alike, and what only one knows."""
    return {name: labels for name, labels in {**a, **b}.items() if a.get(name, labels) == b.get(name, labels)}


def services_of(context: Context) -> Services:
    """How one side resolves Service peers."""
    known: dict[Service, tuple[ServiceInfo, ...]] = {}

    def resolve(service: Service) -> tuple[ServiceInfo, ...]:
        found = known.get(service)
        if found is None:
            found = known[service] = tuple(info for info in context.services.values() if _is(service, info))
        return found

    return resolve


def _is(service: Service, info: ServiceInfo) -> bool:
    labels = {Label(Scope.GROUP, key): value for key, value in info.labels.items()}
    return (
        service.namespace in (None, info.namespace)
        and service.name in (None, info.name)
        and (service.selector is None or matches(service.selector, labels))
    )
