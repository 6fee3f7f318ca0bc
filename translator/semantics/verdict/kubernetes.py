"""The Kubernetes API as an engine: what its text says, whatever a plugin makes of it (kubernetes.md A.6, B.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final, TypeGuard

from translator.context import Context
from translator.dialect import Parsed
from translator.ir.peers import EVERY_KIND, Kind, Network, Peer
from translator.ir.policy import Direction, End, Engine, Evaluation, Policy, PolicySet, Tier
from translator.ir.rewriting import map_peers

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
    if reach is None:
        return policy
    return map_peers(policy, lambda peer: replace(peer, reach=reach) if _is_open(peer) else peer)


def _is_open(peer: Peer) -> TypeGuard[Network]:
    return isinstance(peer, Network) and peer.reach is None
