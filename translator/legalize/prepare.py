"""The source set as legalization wants it: isolation back in the tier that states it, exemptions as such."""

from __future__ import annotations

from dataclasses import replace

from translator.context import Context
from translator.ir.peers import PODS, RESERVED, Endpoints, Kind, Peer
from translator.ir.policy import Action, Direction, End, Engine, Hook, PolicySet, Tier
from translator.legalize.cubes import of_peer
from translator.legalize.recorder import Recorder
from translator.legalize.target import TargetName
from translator.loss.effect import Change

CILIUM_NORMAL = "normal"
CILIUM_BASELINE = "baseline"
CILIUM_DEFAULT = "default"
"""The synthetic last tier of ``semantics.verdict.cilium``: isolation and the node's own way to its pods."""


def prepared(policies: PolicySet, context: Context, recorder: Recorder) -> PolicySet:
    """A set without staged policies and host hooks (declared), with Cilium's synthetic tier folded back."""
    tiers = tuple(_enforced(tier, recorder) for tier in policies.tiers)
    if policies.engine is Engine.CILIUM:
        tiers = _folded(tiers, PODS | RESERVED if recorder.target.name is TargetName.CILIUM else PODS)
        if context.cilium.baseline_overrides_isolation:
            _declare_baseline(tiers, recorder)
        if recorder.target.name is TargetName.CILIUM:
            return replace(policies, tiers=tiers)
        _declare_denied_node(tiers, recorder)
        if context.cilium.allow_localhost != "policy" and context.cilium.enable_policy != "always":
            return replace(policies, tiers=tiers, exempt=policies.exempt | {(Direction.INGRESS, Kind.HOST)})
        _declare_own_node(tiers, recorder)
    return replace(policies, tiers=tiers)


def _folded(tiers: tuple[Tier, ...], kinds: frozenset[Kind]) -> tuple[Tier, ...]:
    """Isolation where it is stated; what the agent isolates by itself is one more policy."""
    forced = tuple(
        policy
        for tier in tiers
        if tier.name == CILIUM_DEFAULT
        for policy in tier.policies
        if policy.origin is None and any(isinstance(peer, Endpoints) and peer.kinds & kinds for peer in policy.subject)
    )
    return tuple(
        replace(tier, end=End.DENY, policies=tier.policies + forced) if tier.name == CILIUM_NORMAL else tier
        for tier in tiers
        if tier.name != CILIUM_DEFAULT
    )


def _declare_baseline(tiers: tuple[Tier, ...], recorder: Recorder) -> None:
    """Cilium's Baseline accepts reach isolated pods (cilium.md 11); wherever isolation is final they no longer do."""
    for tier in tiers:
        for policy in tier.policies if tier.name == CILIUM_BASELINE else ():
            for rule in (*policy.ingress, *policy.egress):
                if rule.action is Action.ALLOW:
                    message = "pods that a policy isolates are no longer reached by it"
                    recorder.declare(
                        "baseline-overrides-isolation", message, change=Change.RULE_NARROWED, policy=policy, rule=rule
                    )


def _declare_denied_node(tiers: tuple[Tier, ...], recorder: Recorder) -> None:
    """A deny that meets the pod's own node keeps it out in Cilium, and nowhere else."""
    for tier in tiers:
        for policy in tier.policies:
            for rule in policy.ingress:
                if rule.action is Action.DENY and any(_meets_node(peer) for peer in rule.peers):
                    message = "traffic from the pod's own node is never policed"
                    recorder.declare("own-node", message, change=Change.RULE_NARROWED, policy=policy, rule=rule)


def _meets_node(peer: Peer) -> bool:
    return any(Kind.HOST in cube.kinds for cube in of_peer(peer))


def _enforced(tier: Tier, recorder: Recorder) -> Tier:
    kept = []
    for policy in tier.policies:
        if policy.staged:
            is_host = policy.dialect == "cilium"
            code = "host-subject" if is_host else "staged-dropped"
            why = "the host firewall is off, so it enforces nothing" if is_host else f"{policy.kind} enforces nothing"
            recorder.declare(code, why, change=Change.UNENFORCED, policy=policy)
        elif policy.hook in (Hook.PRE_DNAT, Hook.UNTRACKED):
            recorder.declare(
                "host-hook",
                f"{policy.hook.value} policies concern host endpoints only",
                change=Change.UNENFORCED,
                policy=policy,
            )
        else:
            kept.append(policy)
    return replace(tier, policies=tuple(kept))


def _declare_own_node(tiers: tuple[Tier, ...], recorder: Recorder) -> None:
    """Isolation that keeps the own node out (``allow-localhost: policy``, ``enable-policy: always``) has no like."""
    for tier in tiers:
        for policy in tier.policies:
            if Direction.INGRESS in policy.isolates or any(rule.action is Action.DENY for rule in policy.ingress):
                message = "the pod's own node gets in, which the options of the agent left to the rules"
                recorder.declare("own-node", message, change=Change.RULE_WIDENED, policy=policy)
