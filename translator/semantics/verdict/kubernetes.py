"""The Kubernetes API as an engine: what its text says, whatever a plugin makes of it (kubernetes.md A.6, B.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from translator.context import Context
from translator.dialect import Parsed
from translator.ir.peers import EVERY_KIND, AllOf, Kind, Network, NoneOf, Peer
from translator.ir.policy import Direction, End, Engine, Evaluation, Policy, PolicySet, Rule, Tier

_TIERS: Final = (
    Tier(name="Admin", order=1, evaluation=Evaluation.FIRST_MATCH, end=End.PASS),
    # Final either way for a pod that some NetworkPolicy isolates; for any other pod the tier does not exist.
    Tier(name="default", order=2, evaluation=Evaluation.DENY_OVERRIDES, end=End.DENY),
    Tier(name="Baseline", order=3, evaluation=Evaluation.FIRST_MATCH, end=End.PASS),
)

_EXEMPT: Final = frozenset({(Direction.INGRESS, Kind.HOST)})
"""Traffic from the pod's own node is always let in (kubernetes.md A.7); what a pod sends to it is ordinary."""


def assemble(parsed: Mapping[str, Parsed], context: Context) -> PolicySet:
    """The three tiers of the API: Admin, the NetworkPolicies, Baseline.

    Of two policies of one tier with the same priority either may come first (kubernetes.md B.2); here it is by name.
    """
    reach = _address_reach(context.kubernetes.ipblock_matches_pods)
    policies = [_with_reach(policy, reach) for each in parsed.values() for policy in each.policies]
    return PolicySet(
        engine=Engine.KUBERNETES,
        tiers=tuple(replace(tier, policies=_in_order(policies, tier.name)) for tier in _TIERS),
        exempt=_EXEMPT,
    )


def _in_order(policies: Iterable[Policy], tier: str) -> tuple[Policy, ...]:
    members = (policy for policy in policies if policy.tier == tier)
    return tuple(sorted(members, key=lambda policy: (policy.order or 0, policy.namespace or "", policy.name)))


# -- ipBlock and pods -------------------------------------------------------------------------------------------------


def _address_reach(matches_pods: bool | None) -> frozenset[Kind] | None:
    """What an ipBlock covers; None where the context does not say, as the API does not."""
    if matches_pods is None:
        return None
    return EVERY_KIND if matches_pods else EVERY_KIND - {Kind.POD}


def _with_reach(policy: Policy, reach: frozenset[Kind] | None) -> Policy:
    """The policy with the open reach of its address matches settled; the very same where none is open."""
    if reach is None or not any(_is_open(peer) for rule in (*policy.ingress, *policy.egress) for peer in rule.peers):
        return policy
    return replace(
        policy,
        ingress=tuple(_rule_with_reach(rule, reach) for rule in policy.ingress),
        egress=tuple(_rule_with_reach(rule, reach) for rule in policy.egress),
    )


def _rule_with_reach(rule: Rule, reach: frozenset[Kind]) -> Rule:
    return replace(rule, peers=tuple(_peer_with_reach(peer, reach) for peer in rule.peers))


def _is_open(peer: Peer) -> bool:
    match peer:
        case Network(reach=None):
            return True
        case AllOf(peers) | NoneOf(peers):
            return any(_is_open(each) for each in peers)
        case _:
            return False


def _peer_with_reach(peer: Peer, reach: frozenset[Kind]) -> Peer:
    match peer:
        case Network(reach=None):
            return replace(peer, reach=reach)
        case AllOf(peers):
            return AllOf(tuple(_peer_with_reach(each, reach) for each in peers))
        case NoneOf(peers):
            return NoneOf(tuple(_peer_with_reach(each, reach) for each in peers))
        case _:
            return peer
