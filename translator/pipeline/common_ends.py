"""Policy sets without the ends that only one of two engines has, so that the two can be compared."""

from __future__ import annotations

from dataclasses import replace
from operator import is_
from typing import assert_never

from translator.ir.peers import (
    EVERY_KIND,
    NODES,
    RESERVED,
    AllOf,
    Anyone,
    Domain,
    Endpoints,
    Network,
    NoneOf,
    Peer,
    Service,
    Unsupported,
)
from translator.ir.policy import Engine, Policy, PolicySet, Rule

COMMON = EVERY_KIND - RESERVED
"""Health, init, ingress and unmanaged endpoints exist under Cilium only (cilium.md 6.2)."""
_SOMEONE = Endpoints(kinds=COMMON)


def governs_nodes(policies: PolicySet) -> bool:
    """Whether some policy acts on nodes: in Calico only where there is a host endpoint (calico.md 6.2)."""
    return policies.engine is not Engine.CALICO or bool(policies.hosts)


def comparable(a: PolicySet, b: PolicySet) -> tuple[PolicySet, PolicySet]:
    """Both sets over the ends that both engines have; sets of one engine as they are."""
    if a.engine is b.engine:
        return a, b
    from translator.legalize.knowledge import names_clusters  # noqa: PLC0415 - sets of one engine need none of it
    from translator.pipeline.one_cluster import in_own_cluster  # noqa: PLC0415

    if names_clusters(a) or names_clusters(b):
        a, b = in_own_cluster(a), in_own_cluster(b)
    nodes = governs_nodes(a) and governs_nodes(b)
    return with_common_ends(a, nodes=nodes), with_common_ends(b, nodes=nodes)


def with_common_ends(policies: PolicySet, *, nodes: bool) -> PolicySet:
    """The set in which ends of Cilium's own kinds are neither selected nor matched by any rule.

    ``nodes``: whether policies act on nodes.
    """
    return replace(
        policies,
        tiers=tuple(
            replace(tier, policies=tuple(_policy(policy, nodes=nodes) for policy in tier.policies))
            for tier in policies.tiers
        ),
    )


def _policy(policy: Policy, *, nodes: bool) -> Policy:
    subject = _peers(policy.subject)
    if not nodes:
        subject = tuple(map(_without_nodes, subject))
    ingress, egress = tuple(map(_rule, policy.ingress)), tuple(map(_rule, policy.egress))
    before = (*policy.subject, *policy.ingress, *policy.egress)
    if all(map(is_, (*subject, *ingress, *egress), before)):
        return policy
    return replace(policy, subject=subject, ingress=ingress, egress=egress)


def _without_nodes(peer: Peer) -> Peer:
    if isinstance(peer, Endpoints) and peer.kinds & NODES:
        return replace(peer, kinds=peer.kinds - NODES)
    return peer


def _rule(rule: Rule) -> Rule:
    peers = _peers(rule.peers)
    return rule if peers is rule.peers else replace(rule, peers=peers)


def _peers(peers: tuple[Peer, ...]) -> tuple[Peer, ...]:
    changed = tuple(map(_peer, peers))
    return peers if all(map(is_, peers, changed)) else changed


def _peer(peer: Peer) -> Peer:
    match peer:
        case Anyone():
            return _SOMEONE
        case Endpoints(kinds=kinds):
            return peer if kinds.isdisjoint(RESERVED) else replace(peer, kinds=kinds & COMMON)
        case Network(reach=reach):
            return peer if reach is None or reach.isdisjoint(RESERVED) else replace(peer, reach=reach & COMMON)
        case AllOf() | NoneOf():
            return AllOf((_SOMEONE, peer))
        case Domain() | Service() | Unsupported():
            return peer
        case _:
            assert_never(peer)
