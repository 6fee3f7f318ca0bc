"""Peers of a legal rule → the lists of an item: selectors, blocks, entities, names, services (see ``emit``)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from translator.dialects.cilium.emit_selectors import (
    NotLegalError,
    all_pods,
    group_selector,
    node_selector,
    nodes_of_kind,
    pod_selector,
    service_selector,
)
from translator.ir.addresses import block
from translator.ir.labels import CLUSTER_NAME, EVERYTHING, LOCAL_CLUSTER, one_of
from translator.ir.peers import (
    EVERY_KIND,
    NODES,
    PODS,
    AllOf,
    Anyone,
    Domain,
    Endpoints,
    GroupReference,
    Kind,
    Network,
    NoneOf,
    Peer,
    Service,
    Unsupported,
)

Lists = dict[str, list[Any]]
"""Field suffix (``Endpoints``, ``CIDR``, …) → its entries."""

_OUTSIDE: Final = frozenset({Kind.OUTSIDE})
_INSIDE: Final = EVERY_KIND - PODS - _OUTSIDE
_OTHER_NODES: Final = frozenset({Kind.REMOTE_NODE, Kind.KUBE_APISERVER})
_LOCAL_PODS: Final = Endpoints(selector=one_of(CLUSTER_NAME, LOCAL_CLUSTER), kinds=PODS)
_WORLD: Final = frozenset({"0.0.0.0/0", "::/0"})
ENTITY_ORDER: Final = (
    "cluster",
    "host",
    "remote-node",
    "kube-apiserver",
    "health",
    "init",
    "ingress",
    "unmanaged",
    "world",
    "all",
    "none",
)
"""How entities are written, whatever order the source had."""
_LIST_ORDER: Final = ("Endpoints", "Nodes", "Entities", "CIDR", "CIDRSet", "FQDNs", "Services", "Groups")
_BY_NAME: Final = frozenset({Kind.HOST, Kind.HEALTH, Kind.INIT, Kind.INGRESS, Kind.UNMANAGED})


@dataclass(slots=True, kw_only=True)
class _Collected:
    """The entries of an item as they are found."""

    namespace: str | None
    exact: bool
    kinds: set[Kind] = field(default_factory=set)
    has_local_pods: bool = False
    names_servers: bool = False
    """Whether the API server is named by itself: beside remote nodes it may still mean one outside the cluster."""
    lists: Lists = field(default_factory=dict)

    def add(self, name: str, entry: Any) -> None:
        entries = self.lists.setdefault(name, [])
        if entry not in entries:
            entries.append(entry)


def peer_lists(peers: Sequence[Peer], *, namespace: str | None, exact: bool) -> Lists | None:
    """The lists that name the peers, one kind of peers each; None for everyone.

    ``exact``: pods without a demand on their cluster are pods of every cluster (a policy that Cilium's own dialect was
    read from); otherwise there is only one cluster, which Cilium demands by itself.
    """
    if any(isinstance(peer, Anyone) for peer in peers):
        return None
    found = _Collected(namespace=namespace, exact=exact)
    for peer in peers:
        _collect(peer, found)
    _entities(found)
    _one_form_of_blocks(found.lists)
    return {name: found.lists[name] for name in _LIST_ORDER if name in found.lists}


def _collect(peer: Peer, found: _Collected) -> None:
    match peer:
        case Endpoints(selector=selector, kinds=kinds):
            _endpoints(peer, found)
        case Network():
            _network(peer, found)
        case Domain(pattern=pattern):
            found.add("FQDNs", name_rule(pattern))
        case Service():
            found.add("Services", _service(peer))
        case Unsupported(feature="cloud-groups", text=text):
            found.add("Groups", json.loads(text))
        case AllOf((Endpoints(selector=selector, kinds=kinds), NoneOf(peers))) if selector == EVERYTHING:
            _everyone_but(kinds, peers, found)
        case _:
            raise NotLegalError(f"a peer of the kind {type(peer).__name__}")


def _endpoints(peer: Endpoints, found: _Collected) -> None:
    """Pods by labels, remote nodes by labels, and everything else by its kind."""
    if peer == _LOCAL_PODS and found.namespace is None:
        found.has_local_pods = True
        found.add("Endpoints", {})
    elif peer == _LOCAL_PODS:
        found.has_local_pods = True
        found.add("Endpoints", all_pods())
    elif peer.selector == EVERYTHING:
        found.kinds |= peer.kinds
        found.names_servers |= peer.kinds == {Kind.KUBE_APISERVER}
    elif peer.kinds == PODS:
        found.add("Endpoints", pod_selector(peer.selector, namespace=found.namespace, exact=found.exact))
    elif peer.kinds == _OTHER_NODES:
        found.add("Nodes", node_selector(peer.selector))
    elif peer.kinds <= NODES:
        for kind in sorted(peer.kinds):
            found.add("Endpoints", nodes_of_kind(kind, peer.selector))
    else:
        raise NotLegalError("labels of ends that are neither pods nor nodes")


def _entities(found: _Collected) -> None:
    """Kinds as entities; pods and everything else inside the cluster at once are ``cluster``."""
    kinds = found.kinds
    pods = Kind.POD in kinds and not found.exact
    names: set[str] = set()
    if kinds >= _INSIDE and (pods or found.has_local_pods):
        names.add("cluster")
        kinds -= _INSIDE
        if pods:
            kinds -= PODS
        found.lists["Endpoints"] = [
            entry
            for entry in found.lists.get("Endpoints", ())
            if entry not in ({}, all_pods()) or not found.has_local_pods
        ]
        if not found.lists["Endpoints"]:
            del found.lists["Endpoints"]
    if Kind.POD in kinds:
        found.add("Endpoints", pod_selector(EVERYTHING, namespace=found.namespace, exact=found.exact))
    if kinds >= _OTHER_NODES:
        names.add("remote-node")
    elif Kind.REMOTE_NODE in kinds:
        found.add("Endpoints", nodes_of_kind(Kind.REMOTE_NODE, EVERYTHING))
    if Kind.KUBE_APISERVER in kinds and (found.names_servers or not kinds >= _OTHER_NODES):
        names.add("kube-apiserver")
    names |= {kind.value for kind in kinds & _BY_NAME}
    if Kind.OUTSIDE in kinds:
        names.add("world")
    for name in ENTITY_ORDER:
        if name in names:
            found.add("Entities", name)


# -- addresses ---------------------------------------------------------------------------------------------------------


def _network(network: Network, found: _Collected) -> None:
    """Blocks; those that stand for the whole world are the entity."""
    if network.reach is not None and not network.reach & _OUTSIDE:
        raise NotLegalError("addresses that are not outside")
    if network.group is not None:
        for entry in _group(network.group, network.excepts):
            found.add("CIDRSet", entry)
    elif network.any_family and frozenset(network.cidrs) >= _WORLD and not network.excepts:
        found.kinds |= _OUTSIDE
    else:
        if not network.cidrs:
            raise NotLegalError("no block at all")
        for cidr in network.cidrs:
            for name, entry in _block(cidr, network.excepts):
                found.add(name, entry)


def _block(cidr: str, excepts: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """One block with the holes that lie in it; nothing where a wider hole holds all of it."""
    whole = block(cidr)
    holes: list[str] = []
    for text in excepts:
        hole = block(text)
        if not whole - hole and whole != hole:
            return
        if whole & hole == hole:
            holes.append(text)
        elif whole & hole:
            raise NotLegalError(f"the except {text}, which is no part of {cidr}")
    yield ("CIDRSet", {"cidr": cidr, "except": holes}) if holes else ("CIDR", cidr)


def _group(reference: GroupReference, excepts: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Groups as the rule named them."""
    holes = {"except": list(dict.fromkeys(excepts))} if excepts else {}
    if reference.selector is not None:
        yield {"cidrGroupSelector": group_selector(reference.selector), **holes}
        return
    for name in reference.names:
        yield {"cidrGroupRef": group_name(name), **holes}


def group_name(reference: str) -> str:
    """The name of a CiliumCIDRGroup for a group of any dialect; they have no namespaces, and labels no dots."""
    return reference.replace("/", ".")


def _everyone_but(kinds: frozenset[Kind], excluded: Sequence[Peer], found: _Collected) -> None:
    """Everyone outside except some blocks: a negative selector of groups, or the world label of no address."""
    networks = [peer for peer in excluded if isinstance(peer, Network)]
    if Kind.OUTSIDE not in kinds or len(networks) != len(excluded):
        raise NotLegalError("everyone but some ends")
    if len(networks) == 1 and networks[0].any_family and frozenset(networks[0].cidrs) == _WORLD:
        found.add("Endpoints", {"matchLabels": {"reserved:world": ""}})
        return
    chosen = [network.group.selector for network in networks if network.group is not None]
    holes = [cidr for network in networks if network.group is None for cidr in network.cidrs]
    selector = group_selector(chosen[0]) if chosen and chosen[0] is not None else {}
    if not selector and not holes:
        raise NotLegalError("everyone but nobody")
    found.add("CIDRSet", {"cidrGroupSelector": selector, **({"except": holes} if holes else {})})


def _one_form_of_blocks(lists: Lists) -> None:
    """Plain blocks join a CIDR set where there is one, so that they share its item."""
    if "CIDRSet" in lists and "CIDR" in lists:
        lists["CIDRSet"] = [*({"cidr": cidr} for cidr in lists.pop("CIDR")), *lists["CIDRSet"]]


# -- names and services ------------------------------------------------------------------------------------------------


def name_rule(pattern: str) -> dict[str, str]:
    """A DNS name, or a pattern where it has a star."""
    return {"matchPattern" if "*" in pattern else "matchName": pattern}


def _service(service: Service) -> dict[str, Any]:
    if service.with_ports:
        raise NotLegalError("a service with its ports")
    namespace = {"namespace": service.namespace} if service.namespace else {}
    if service.name is not None:
        return {"k8sService": {"serviceName": service.name, **namespace}}
    selector = service_selector(EVERYTHING if service.selector is None else service.selector)
    return {"k8sServiceSelector": {"selector": selector, **namespace}}
