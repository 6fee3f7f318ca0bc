"""Policy sets as they act where there is no other cluster: demands on the cluster of an end are decided."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from translator.context import Context
from translator.ir.labels import (
    CLUSTER_NAME,
    EVERYTHING,
    IN_OWN_CLUSTER,
    LOCAL_CLUSTER,
    NOTHING,
    Requirement,
    Selector,
    conjunction,
    none_of,
    requirement_holds,
)
from translator.ir.peers import PODS, AllOf, Endpoints, Kind, NoneOf, Peer
from translator.ir.policy import Engine, Policy, PolicySet
from translator.ir.rewriting import map_peers, map_policies, map_requirements
from translator.legalize.profiles import as_target_reads
from translator.legalize.target import Target, TargetName

_FOREIGN: Final = Endpoints(selector=none_of(CLUSTER_NAME, LOCAL_CLUSTER), kinds=PODS)


def leaves_cluster(policies: PolicySet, target: Target, context: Context) -> bool:
    """Whether selectors of peers end at the own cluster in the source and not in the target (cilium.md 12)."""
    return (
        policies.engine is Engine.CILIUM
        and target.name is TargetName.CILIUM
        and context.cilium.scopes_to_local_cluster
        and not as_target_reads(context, target).cilium.scopes_to_local_cluster
    )


def has_mesh(context: Context) -> bool:
    """Whether the context knows pods of another cluster."""
    return any(pod.cluster != LOCAL_CLUSTER for pod in context.pods)


def in_own_cluster(policies: PolicySet) -> PolicySet:
    """The set as it acts where there are other clusters: outside Cilium nobody knows the pods of those as pods."""
    if policies.engine is Engine.CILIUM:
        return policies
    return map_policies(policies, lambda policy: map_peers(policy, _own))


def _own(peer: Peer) -> Peer:
    if not isinstance(peer, Endpoints) or Kind.POD not in peer.kinds:
        return peer
    if peer.kinds == PODS:
        return replace(peer, selector=conjunction(IN_OWN_CLUSTER, peer.selector))
    return AllOf((peer, NoneOf((_FOREIGN,))))


def in_one_cluster(policies: PolicySet) -> PolicySet:
    """The set without demands on clusters, each decided for the local one."""
    return map_policies(policies, policy_in_one_cluster)


def policy_in_one_cluster(policy: Policy) -> Policy:
    """The policy without demands on clusters, each decided for the local one."""
    return map_peers(policy, _peer)


def _peer(peer: Peer) -> Peer:
    if not isinstance(peer, Endpoints):
        return peer
    selector = map_requirements(peer.selector, _decided)
    return peer if selector is peer.selector else replace(peer, selector=selector)


def _decided(requirement: Requirement) -> Selector:
    if requirement.label != CLUSTER_NAME:
        return requirement
    return EVERYTHING if requirement_holds(requirement, LOCAL_CLUSTER) else NOTHING
