"""Policy sets without the ends that only one of two engines has, so that the two can be compared."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from translator.ir.labels import NAMESPACE_NAME, one_of
from translator.ir.peers import (
    EVERY_KIND,
    NODES,
    RESERVED,
    AllOf,
    Anyone,
    Domain,
    Endpoints,
    Kind,
    Network,
    NoneOf,
    Peer,
    Service,
    Unsupported,
)
from translator.ir.policy import Engine, Policy, PolicySet, Rule
from translator.semantics.verdict.candidates import subject_namespaces

COMMON = EVERY_KIND - RESERVED
"""Health, init, ingress and unmanaged endpoints exist under Cilium only (cilium.md 6.2)."""
_SOMEONE = Endpoints(kinds=COMMON)


def governs_nodes(policies: PolicySet) -> bool:
    """Whether some policy acts on nodes: in Calico only where there is a host endpoint (calico.md 6.2)."""
    return policies.engine is not Engine.CALICO or bool(policies.hosts)


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
    return replace(
        policy,
        subject=subject if nodes else tuple(_without_nodes(peer) for peer in subject),
        ingress=tuple(_rule(rule) for rule in policy.ingress),
        egress=tuple(_rule(rule) for rule in policy.egress),
    )


def _without_nodes(peer: Peer) -> Peer:
    if isinstance(peer, Endpoints) and peer.kinds & NODES:
        return replace(peer, kinds=peer.kinds - NODES)
    return peer


def _rule(rule: Rule) -> Rule:
    peers = _peers(rule.peers)
    return rule if peers is rule.peers else replace(rule, peers=peers)


def _peers(peers: tuple[Peer, ...]) -> tuple[Peer, ...]:
    changed = tuple(_peer(peer) for peer in peers)
    return peers if all(a is b for a, b in zip(peers, changed, strict=True)) else changed


def _peer(peer: Peer) -> Peer:
    match peer:
        case Anyone():
            return _SOMEONE
        case Endpoints(kinds=kinds):
            return replace(peer, kinds=kinds & COMMON) if kinds & RESERVED else peer
        case Network(reach=reach):
            return replace(peer, reach=reach & COMMON) if reach is not None and reach & RESERVED else peer
        case AllOf() | NoneOf():
            return AllOf((_SOMEONE, peer))
        case Domain() | Service() | Unsupported():
            return peer
        case _:
            assert_never(peer)


def within(policies: PolicySet, *, hosts: bool, namespaces: tuple[str, ...] | None) -> PolicySet:
    """The set as far as it governs certain subjects: without nodes unless ``hosts``, in these namespaces only.

    What a translation leaves out by a declared assumption (no host endpoints, no later namespaces) is outside of what
    it claims, and so of what is compared.
    """
    if hosts and namespaces is None:
        return policies
    scope: list[Peer] = []
    if not hosts:
        scope.append(Endpoints(kinds=EVERY_KIND - {Kind.HOST}))
    if namespaces is not None:
        here = Endpoints(selector=one_of(NAMESPACE_NAME, *namespaces))
        scope.append(NoneOf((AllOf((Endpoints(), NoneOf((here,)))),)))
    return replace(
        policies,
        tiers=tuple(
            replace(tier, policies=tuple(_scoped(policy, tuple(scope)) for policy in tier.policies))
            for tier in policies.tiers
        ),
    )


def _scoped(policy: Policy, scope: tuple[Peer, ...]) -> Policy:
    if subject_namespaces(policy) is not None:
        return policy
    return replace(policy, subject=tuple(AllOf((peer, *scope)) for peer in policy.subject))
