"""Which addresses pods and nodes have, as far as the context says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from translator.context import Context
from translator.ir.addresses import ALL_ADDRESSES, PRIVATE, Addresses, blocks, union
from translator.ir.labels import CLUSTER_NAME, IN_OWN_CLUSTER, Label, Operator, Selector, requirements
from translator.ir.peers import NODES, PODS, Endpoints, Kind, parts
from translator.ir.policy import Direction, Engine, PolicySet

_OUTSIDE = frozenset({Kind.OUTSIDE})
_WITH_VALUES = frozenset({Operator.IN, Operator.NOT_IN})


class Share(Enum):
    """How much of a population a range covers."""

    NONE = "none"
    ALL = "all"
    SOME = "some of it, or unknown"


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """Address ranges of pods and nodes; without context they may be anywhere in the private ranges."""

    context: Context
    policies: PolicySet | None = None
    """What is translated: label values that it names are known as well."""

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

    def beside(self, kinds: frozenset[Kind]) -> Addresses:
        """Where ends may be that are of none of some kinds."""
        places = ((PODS, self.pods), (NODES, self.nodes), (_OUTSIDE, self.outside))
        return union(place for others, place in places if not kinds & others)

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

    @cached_property
    def named_values(self) -> dict[Label, set[str]]:
        """The values of each label that the policies ask for."""
        found: dict[Label, set[str]] = {}
        for selector in _selectors(self.policies):
            for each in requirements(selector):
                if each.operator in _WITH_VALUES:
                    found.setdefault(each.label, set()).update(each.values)
        return found

    def families(self) -> frozenset[int]:
        """The address families that pods speak, as far as known."""
        if not self.pods_known:
            return frozenset({4, 6})
        return frozenset(family for family, spans in ((4, self.pods.v4), (6, self.pods.v6)) if spans)


def names_clusters(policies: PolicySet) -> bool:
    """Whether policies name other clusters than their own, which only those of Cilium can."""
    return policies.engine is Engine.CILIUM and any(
        each.label == CLUSTER_NAME and each.operator in _WITH_VALUES and each != IN_OWN_CLUSTER
        for selector in _selectors(policies)
        for each in requirements(selector)
    )


def _share(addresses: Addresses, population: Addresses) -> Share:
    """``population`` may be larger than the truth, so ALL and NONE are certain."""
    if not addresses & population:
        return Share.NONE
    return Share.SOME if population - addresses else Share.ALL


def _selectors(policies: PolicySet | None) -> Iterator[Selector]:
    for policy in policies.policies() if policies is not None else ():
        rules = [rule for direction in Direction for rule in policy.rules(direction)]
        for peer in (*policy.subject, *(each for rule in rules for each in (*rule.peers, rule.subject))):
            yield from (each.selector for each in parts(peer) if isinstance(each, Endpoints))
