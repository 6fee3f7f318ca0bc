"""Who: predicates over endpoints, used for the other end of a rule, for subjects and for per-rule subject filters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from translator.ir.addresses import Addresses, blocks
from translator.ir.labels import EVERYTHING, Selector


class Kind(StrEnum):
    """The kinds of ends that a flow can have. Every end is of exactly one kind."""

    POD = "pod"
    """A pod with an address of its own that the engine manages (a workload endpoint)."""
    HOST = "host"
    """The node that the subject runs on, its host-network pods included."""
    REMOTE_NODE = "remote-node"
    """Any other node of the clusters, its host-network pods included."""
    KUBE_APISERVER = "kube-apiserver"
    """A node (not the subject's own) that runs the Kubernetes API server."""
    OUTSIDE = "outside"
    """Addresses outside the cluster."""
    HEALTH = "health"
    """Cilium's health endpoint."""
    INIT = "init"
    """A Cilium endpoint whose identity is not known yet."""
    INGRESS = "ingress"
    """Cilium's L7 ingress proxy."""
    UNMANAGED = "unmanaged"
    """A pod that Cilium does not manage."""


NODES: Final = frozenset({Kind.HOST, Kind.REMOTE_NODE, Kind.KUBE_APISERVER})
RESERVED: Final = frozenset({Kind.HEALTH, Kind.INIT, Kind.INGRESS, Kind.UNMANAGED})
EVERY_KIND: Final = frozenset(Kind)
PODS: Final = frozenset({Kind.POD})


@dataclass(frozen=True, slots=True)
class Anyone:
    """Every end, whatever its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Ends of the given kinds whose labels a selector matches. ``kinds`` alone (Everything) is an entity."""

    selector: Selector = EVERYTHING
    kinds: frozenset[Kind] = PODS

    def __hash__(self) -> int:
        """By what tells endpoints apart most."""
        return hash(self.selector)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupReference:
    """How a rule named the address groups that a Network came from, kept for emission."""

    names: tuple[str, ...]
    """The groups that were found, ``name`` or ``namespace/name``, sorted."""
    selector: Selector | None = None
    """The selector over GROUP labels that chose them; None when they were referred to by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Ends by address: in some block and in no except. ``reach`` says which kinds an address match covers at all.

    ``cidrs == ()`` is nobody. A reach of None is the API's silence (Kubernetes ipBlock and pods); the engine
    modules of ``semantics`` replace it before anything is asked.
    """

    cidrs: tuple[str, ...]
    excepts: tuple[str, ...] = ()
    reach: frozenset[Kind] | None = EVERY_KIND
    group: GroupReference | None = None
    any_family: bool = False
    """True for blocks that stand for a whole family of the outside world even where an end has no known address
    (Cilium's world entities and zero-length prefixes)."""

    def __hash__(self) -> int:
        """By what tells networks apart most."""
        return hash((self.cidrs, self.excepts))

    @property
    def addresses(self) -> Addresses:
        """The blocks minus the excepts."""
        return _minus(self.cidrs, self.excepts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Outside addresses that a DNS name resolved to (Cilium toFQDNs, ClusterNetworkPolicy domainNames)."""

    pattern: str
    """``*`` is part of one label, a leading ``**.`` is one or more whole labels; lower case, no trailing dot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The backends of a Kubernetes Service, by name or by labels of the Service."""

    namespace: str | None
    """None: services of every namespace (Cilium) or of none (Calico: an empty namespace never matches)."""
    name: str | None = None
    selector: Selector | None = None
    with_ports: bool = False
    """True: only the Service's own protocols and target ports match (Calico, egress)."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Ends that every member matches; ``AllOf(())`` is anyone."""

    peers: tuple[Peer, ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """Ends that no member matches; ``NoneOf(())`` is anyone."""

    peers: tuple[Peer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """A peer that no other engine can express (cloud security groups); matches only its like, by its text."""

    feature: str
    text: str


Peer = Anyone | Endpoints | Network | Domain | Service | AllOf | NoneOf | Unsupported
ANYONE: Final = Anyone()


@lru_cache(maxsize=32768)
def _minus(cidrs: tuple[str, ...], excepts: tuple[str, ...]) -> Addresses:
    return blocks(cidrs) - blocks(excepts) if excepts else blocks(cidrs)


def parts(peer: Peer) -> Iterator[Peer]:
    """The peers that a peer is combined of and that combine no others themselves."""
    match peer:
        case AllOf(peers) | NoneOf(peers):
            for each in peers:
                yield from parts(each)
        case _:
            yield peer


def everywhere(reach: frozenset[Kind] = EVERY_KIND) -> Network:
    """Every address of both families."""
    return Network(cidrs=("0.0.0.0/0", "::/0"), reach=reach)


__all__ = [
    "ANYONE",
    "EVERY_KIND",
    "NODES",
    "PODS",
    "RESERVED",
    "AllOf",
    "Anyone",
    "Domain",
    "Endpoints",
    "GroupReference",
    "Kind",
    "Network",
    "NoneOf",
    "Peer",
    "Service",
    "Unsupported",
    "everywhere",
    "parts",
]
