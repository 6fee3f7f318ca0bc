"""The peers of an item: endpoints, entities, addresses, groups, names and services → IR (cilium.md 2, 3, 6)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from translator.context import CiliumOptions, Context, ServiceInfo
from translator.dialects.cilium.cidrs import CidrReader, Groups
from translator.dialects.cilium.doubts import Doubts
from translator.dialects.cilium.model import (
    EgressDenyRule,
    EgressRule,
    IngressDenyRule,
    IngressRule,
    Item,
    NameRule,
    ServiceRule,
)
from translator.dialects.cilium.selectors import (
    IS_LOCAL,
    Term,
    ends,
    in_namespace,
    node_selector,
    outside,
    scoped,
    terms_of,
)
from translator.dialects.cilium.values import domain_pattern, version_numbers
from translator.ir.labels import (
    CLUSTER_NAME,
    EVERYTHING,
    LOCAL_CLUSTER,
    NOTHING,
    Everything,
    Label,
    Operator,
    Scope,
    conjunction,
    matches,
    one_of,
)
from translator.ir.peers import ANYONE, EVERY_KIND, PODS, Anyone, Domain, Endpoints, Kind, Peer, Service, Unsupported
from translator.origin import Origin
from translator.wire.kubernetes_types import LabelSelector
from translator.wire.selectors import selector_terms

_INSIDE: Final = EVERY_KIND - PODS - {Kind.OUTSIDE}
_ENTITIES: Final[Mapping[str, frozenset[Kind]]] = {
    "host": frozenset({Kind.HOST}),
    "remote-node": frozenset({Kind.REMOTE_NODE, Kind.KUBE_APISERVER}),
    "kube-apiserver": frozenset({Kind.KUBE_APISERVER}),
    "health": frozenset({Kind.HEALTH}),
    "init": frozenset({Kind.INIT}),
    "ingress": frozenset({Kind.INGRESS}),
    "unmanaged": frozenset({Kind.UNMANAGED}),
    "world": frozenset({Kind.OUTSIDE}),
    "none": frozenset(),
    "cluster": _INSIDE,
    "cluster-mesh": _INSIDE | PODS,
}
"""The kinds behind an entity; ``cluster`` means the local cluster's pods besides (cilium.md 6.2)."""
_SERVERS: Final = frozenset({Kind.KUBE_APISERVER})
_LOCAL_PODS: Final = Endpoints(selector=one_of(CLUSTER_NAME, LOCAL_CLUSTER), kinds=PODS)
_IS_REMOTE_NODE: Final = Term("reserved", "remote-node", Operator.HAS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the policy around an item says about the selectors in it."""

    namespace: str | None
    """None: a clusterwide policy."""
    for_init: bool
    """Its subject names ``reserved:init``."""


class PeerReader:
    """Reads the peers of items under some options, with the address groups of the batch."""

    def __init__(self, context: Context, groups: Groups, doubts: Doubts, *, as_agent: bool) -> None:
        """``as_agent``: services that the context does not know do not exist."""
        self._options: CiliumOptions = context.cilium
        self._context = context
        self._as_agent = as_agent
        self._doubts = doubts
        self._cidrs = CidrReader(context.cilium, groups, doubts)
        self._families = context.cilium.ip_families
        self._multi_level = version_numbers(context.cilium.version) >= (1, 19)
        self._by_labels: dict[tuple[object, ...], tuple[Peer, ...]] = {}

    def peers(self, item: Item, around: Surroundings, origin: Origin) -> tuple[Peer, ...] | None:
        """The peers of an item: None where it names none (everyone, if it has ports), ``()`` for nobody.

        A list that is there and empty selects nobody, whatever stands beside it; empty ``groups``, ``toFQDNs`` and
        ``toServices`` count as absent (cilium.md 3).
        """
        if isinstance(item, IngressRule | IngressDenyRule):
            side = "from"
            lists = (item.from_endpoints, item.from_cidr, item.from_cidr_set, item.from_entities, item.from_nodes)
            groups, names, services = item.from_groups, None, None
        else:
            side = "to"
            lists = (item.to_endpoints, item.to_cidr, item.to_cidr_set, item.to_entities, item.to_nodes)
            groups, services = item.to_groups, item.to_services
            names = item.to_fqdns if isinstance(item, EgressRule) else None
        if any(values is not None and not values for values in lists):
            self._doubts.add("an empty list of peers matches nobody", origin, "matches-nothing")
            return ()
        endpoints, cidr, cidr_set, entities, nodes = lists
        found: list[Peer] = []
        for selector in endpoints or ():
            found += self._endpoints(selector, around)
        if cidr:
            found += self._cidrs.blocks(text or "" for text in cidr)
        if cidr_set:
            found += self._cidrs.rules(cidr_set, origin.at(f"{side}CIDRSet"))
        for entity in entities or ():
            found += self._entity(entity or "")
        for selector in nodes or ():
            found += self._nodes(selector, origin.at(f"{side}Nodes"))
        found += [_group(each.model_dump(by_alias=True, exclude_none=True) if each else {}) for each in groups or ()]
        found += [Domain(pattern=pattern) for pattern in self._patterns(names or ())]
        given = any(lists) or bool(groups) or bool(names)
        if services:
            behind = self._services(services, origin.at("toServices"), is_deny=isinstance(item, EgressDenyRule))
            if behind is None and not given:
                return None
            found += behind or ()
            given = True
        return merged(found) if given else None

    def _endpoints(self, selector: LabelSelector | None, around: Surroundings) -> tuple[Peer, ...]:
        """Selectors by labels alone repeat in every cluster."""
        if selector is None or selector.match_expressions is not None:
            return self._selected(selector, around)
        key = (tuple((selector.match_labels or {}).items()), around.namespace, around.for_init)
        known = self._by_labels.get(key)
        if known is None:
            known = self._by_labels[key] = self._selected(selector, around)
        return known

    def _selected(self, selector: LabelSelector | None, around: Surroundings) -> tuple[Peer, ...]:
        terms = scoped(
            terms_of(selector),
            namespace=around.namespace,
            for_init=around.for_init,
            default_cluster=self._options.scopes_to_local_cluster,
        )
        return ends(terms, self._families, node_labels=self._options.enable_node_selector_labels)

    def _entity(self, entity: str) -> tuple[Peer, ...]:
        if entity == "all":
            return (ANYONE,)
        if entity in ("world-ipv4", "world-ipv6"):
            return outside({entity}, self._families)
        kinds = _ENTITIES[entity]
        found: tuple[Peer, ...] = (Endpoints(kinds=kinds),) if kinds else ()
        return (_LOCAL_PODS, *found) if entity == "cluster" else found

    def _nodes(self, selector: LabelSelector | None, origin: Origin) -> tuple[Peer, ...]:
        """Remote nodes by their labels, never the local one (cilium.md 2.5)."""
        terms = (*terms_of(selector), _IS_REMOTE_NODE)
        if self._options.scopes_to_local_cluster and not any(term.key == IS_LOCAL.key for term in terms):
            self._doubts.add(
                "matches nothing: with policy-default-local-cluster it demands a cluster label, which nodes lack",
                origin,
                "matches-nothing",
            )
            terms = (*terms, IS_LOCAL)
        by_kind = {kind: node_selector(terms, kind) for kind in (Kind.REMOTE_NODE, Kind.KUBE_APISERVER)}
        if len(set(by_kind.values())) == 1:
            chosen = by_kind[Kind.REMOTE_NODE]
            return () if chosen == NOTHING else (Endpoints(selector=chosen, kinds=frozenset(by_kind)),)
        return tuple(
            Endpoints(selector=chosen, kinds=frozenset({kind})) for kind, chosen in by_kind.items() if chosen != NOTHING
        )

    def _patterns(self, names: Sequence[NameRule | None]) -> Iterable[str]:
        """The patterns of ``toFQDNs``; an item without a name matches nothing."""
        for rule in names:
            written = rule and (rule.match_name or rule.match_pattern)
            if written:
                yield domain_pattern(written, multi_level=self._multi_level)

    def _services(
        self, rules: Sequence[ServiceRule | None], origin: Origin, *, is_deny: bool
    ) -> tuple[Peer, ...] | None:
        """What stands behind services; None where they count for nothing, so that ports alone would count.

        Only allow items are expanded, and services that do not exist expand to nothing (cilium.md 6.6).
        """
        if is_deny:
            self._doubts.add(
                "`toServices` is never resolved in a deny item: with `toPorts` it denies everyone, else nobody",
                origin,
                "deny-services",
            )
            return None
        found: list[Peer] = []
        for position, rule in enumerate(rules):
            known = [service for service in self._context.services.values() if rule and _names(rule, service)]
            for service in known:
                found += self._behind(service)
            if not known and not self._as_agent:
                self._doubts.add(
                    "the context knows no such service, so what it selects is not known",
                    origin.at(position),
                    "unknown-service",
                )
                found += [_service(rule)] if rule else []
        if not found:
            self._doubts.add(
                "no service is found: with `toPorts` this matches everyone, else nobody", origin, "unknown-service"
            )
        return tuple(found) or None

    def _behind(self, service: ServiceInfo) -> tuple[Peer, ...]:
        """The pods that a Service selects, or the addresses behind one that selects none."""
        if service.selector:
            chosen = [Term("k8s", key, Operator.IN, (value,)) for key, value in sorted(service.selector.items())]
            terms = scoped(
                (in_namespace(service.namespace), *chosen),
                namespace=None,
                for_init=False,
                default_cluster=self._options.scopes_to_local_cluster,
            )
            return ends(terms, self._families, node_labels=False)
        addresses = (f"{each.address}/{128 if ':' in each.address else 32}" for each in service.backends)
        return self._cidrs.blocks(sorted(set(addresses)))


def merged(peers: Iterable[Peer]) -> tuple[Peer, ...]:
    """The same union with entities collected into one peer; everyone is Anyone.

    The API server stays a peer of its own: it may live outside the cluster, where no other entity but world reaches.
    """
    kinds: set[Kind] = set()
    others: list[Peer] = []
    servers: tuple[Peer, ...] = ()
    for peer in peers:
        match peer:
            case Endpoints(selector=Everything(), kinds=found) if found == _SERVERS:
                servers = (peer,)
            case Endpoints(selector=Everything(), kinds=found):
                kinds |= found
            case _:
                others.append(peer)
    if any(isinstance(peer, Anyone) for peer in others) or kinds == EVERY_KIND:
        return (ANYONE,)
    if kinds >= PODS:
        others = [each for each in others if not (isinstance(each, Endpoints) and each.kinds == PODS)]
    unique = tuple(dict.fromkeys(others)) if len(others) > 1 else tuple(others)
    entities = (Endpoints(kinds=frozenset(kinds)),) if kinds else ()
    return (*unique, *entities, *servers)


def _group(data: Mapping[str, Any]) -> Unsupported:
    return Unsupported(feature="cloud-groups", text=json.dumps(data, sort_keys=True, separators=(",", ":")))


def _names(rule: ServiceRule, service: ServiceInfo) -> bool:
    """Whether an entry of ``toServices`` means a Service; without a namespace it means those of all."""
    by_name, by_labels = rule.k8s_service, rule.k8s_service_selector
    if by_name is not None and by_name.service_name == service.name:
        return not by_name.namespace or by_name.namespace == service.namespace
    if by_labels is not None and (not by_labels.namespace or by_labels.namespace == service.namespace):
        labels = {Label(Scope.GROUP, key): value for key, value in service.labels.items()}
        return matches(conjunction(*selector_terms(by_labels.selector, Scope.GROUP)), labels)
    return False


def _service(rule: ServiceRule) -> Service:
    if rule.k8s_service is not None:
        return Service(namespace=rule.k8s_service.namespace or None, name=rule.k8s_service.service_name)
    by_labels = rule.k8s_service_selector
    selector = conjunction(*selector_terms(by_labels.selector, Scope.GROUP)) if by_labels else EVERYTHING
    return Service(namespace=(by_labels.namespace or None) if by_labels else None, selector=selector)
