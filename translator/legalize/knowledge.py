"""Which addresses pods and nodes have, as far as the context says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from translator.context import Context
from translator.ir.addresses import ALL_ADDRESSES, PRIVATE, Addresses, blocks


class Share(Enum):
    """How much of a population a range covers."""

    NONE = "none"
    ALL = "all"
    SOME = "some of it, or unknown"


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """Address ranges of pods and nodes; without context they may be anywhere in the private ranges."""

    context: Context

    @cached_property
    def pods_known(self) -> bool:
        """Whether the context says where pods are."""
        return bool(self.context.pod_cidrs)

    @cached_property
    def nodes_known(self) -> bool:
        """Whether the context says where nodes are."""
        return bool(self.context.node_cidrs)

    @cached_property
    def servers(self) -> Addresses:
        """Where the API server runs; no policy sees the address of its Service (calico.md 3.1, cilium.md 7)."""
        services = (address for info in self.context.services.values() for address in info.addresses)
        return blocks(self.context.api_server) - blocks((*self.context.service_cidrs, *services))

    @cached_property
    def pods(self) -> Addresses:
        """Where pods may be."""
        return blocks(self.context.pod_cidrs) if self.pods_known else PRIVATE

    @cached_property
    def nodes(self) -> Addresses:
        """Where nodes may be."""
        return blocks(self.context.node_cidrs) | self.servers if self.nodes_known else PRIVATE

    @cached_property
    def cluster(self) -> Addresses:
        """Where pods or nodes may be."""
        return self.pods | self.nodes

    @property
    def outside(self) -> Addresses:
        """What is certainly outside the cluster."""
        return ALL_ADDRESSES - self.cluster

    def pod_share(self, addresses: Addresses) -> Share:
        """How many of the pods have an address in the range, whatever family a flow uses."""
        return _share(addresses, self.pods)

    def node_share(self, addresses: Addresses) -> Share:
        """How many of the nodes have an address in the range."""
        return _share(addresses, self.nodes)

    def covers_servers_only(self, addresses: Addresses) -> bool:
        """Whether the range holds the nodes that run the API server, all of them, and no other node."""
        if not self.servers or not self.nodes_known or self.servers - addresses:
            return False
        return not addresses & (self.nodes - self.servers)

    def families(self) -> frozenset[int]:
        """The address families that pods speak, as far as known."""
        if not self.pods_known:
            return frozenset({4, 6})
        return frozenset(family for family, spans in ((4, self.pods.v4), (6, self.pods.v6)) if spans)


def _share(addresses: Addresses, population: Addresses) -> Share:
    """``population`` may be larger than the truth, so ALL and NONE are certain."""
    if not addresses & population:
        return Share.NONE
    return Share.SOME if population - addresses else Share.ALL
