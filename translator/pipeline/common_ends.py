"""Policy sets without the ends that only one of two engines has, so that the two can be compared."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from translator.ir.peers import (
    EVERY_KIND,
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
from translator.ir.policy import Policy, PolicySet, Rule

COMMON = EVERY_KIND - RESERVED
"""Health, init, ingress and unmanaged endpoints exist under Cilium only (cilium.md 6.2)."""
_SOMEONE = Endpoints(kinds=COMMON)


def with_common_ends(policies: PolicySet) -> PolicySet:
    """The set in which ends of Cilium's own kinds are neither selected nor matched by any rule."""
    return replace(
        policies,
        tiers=tuple(
            replace(tier, policies=tuple(_policy(policy) for policy in tier.policies)) for tier in policies.tiers
        ),
    )


def _policy(policy: Policy) -> Policy:
    return replace(
        policy,
        subject=_peers(policy.subject),
        ingress=tuple(_rule(rule) for rule in policy.ingress),
        egress=tuple(_rule(rule) for rule in policy.egress),
    )


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
