"""Rewrites a policy set until the target can say all of it; what it cannot is left out and declared."""

from __future__ import annotations

from dataclasses import dataclass

from translator.context import NO_CONTEXT, Context
from translator.ir.peers import GroupReference, Network
from translator.ir.policy import AddressGroup, Direction, Policy, PolicySet, Tier
from translator.legalize.administrative import administrative, isolating
from translator.legalize.build import Builder, Built
from translator.legalize.ends import Ends
from translator.legalize.installed import understands_ranges, unenforced_requests
from translator.legalize.knowledge import Knowledge
from translator.legalize.ordered import ordered
from translator.legalize.packets import Packets
from translator.legalize.pieces import Writers
from translator.legalize.prepare import prepared
from translator.legalize.recorder import Recorder
from translator.legalize.requests import Requests
from translator.legalize.services import resolved
from translator.legalize.target import Target, TargetName
from translator.legalize.unsaid import declare_unsaid, without_foreign_settings
from translator.loss import Loss, in_reading_order

__all__ = ["Built", "Legal", "Target", "TargetName", "legalize"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Legal:
    """What a target can say of a policy set."""

    policies: tuple[Built, ...]
    """In the order of the source."""
    tiers: tuple[Tier, ...] = ()
    """Tier objects that the policies need (Calico)."""
    groups: tuple[AddressGroup, ...] = ()
    """Address groups that the policies refer to."""
    losses: tuple[Loss, ...] = ()
    source: PolicySet
    """What was translated: the given set with the Services of the context resolved. The result is compared with it."""


def legalize(policies: PolicySet, target: Target, context: Context = NO_CONTEXT) -> Legal:
    """The legal policies for a target, and every loss on the way.

    ``policies`` is what an engine module of ``semantics.verdict`` assembled; the target is another dialect than the
    one the policies are written in (same-to-same needs no legalization). Raises nothing: what is too large for an
    exact form is narrowed and declared.
    """
    recorder = Recorder(target=target)
    read = resolved(policies, context, recorder)
    source = prepared(read, context, recorder)
    knowledge = Knowledge(context=context)
    writers = Writers(
        recorder=recorder,
        ends=Ends(recorder=recorder, knowledge=knowledge, source=policies.engine, groups=policies.groups),
        packets=Packets(
            target=target.name,
            families=knowledge.families(),
            ranges=understands_ranges(target, context),
            sctp=target.name is not TargetName.CILIUM or context.cilium.enable_sctp,
        ),
        requests=Requests(target=target),
        unenforced=unenforced_requests(target, context),
    )
    tiers: tuple[Tier, ...] = ()
    if target.name is TargetName.CALICO:
        result = ordered(source, writers)
        built, tiers = result.policies, result.tiers
    elif TargetName.CLUSTERNETWORKPOLICY in (target.name, *target.use):
        split = administrative(source, writers)
        rest = Builder(split.rest, writers).build()
        if target.name is TargetName.CLUSTERNETWORKPOLICY:
            rest = tuple(isolating(rest, writers, after=split.policies))
        built = (*split.policies, *rest)
    else:
        built = Builder(source, writers).build()
    declare_unsaid(source, recorder)
    built = tuple(without_foreign_settings(each) for each in built)
    groups = _groups(policies, [each.policy for each in built], target)
    return Legal(
        policies=built, tiers=tiers, groups=groups, losses=in_reading_order(tuple(recorder.losses)), source=read
    )


def _groups(policies: PolicySet, legal: list[Policy], target: Target) -> tuple[AddressGroup, ...]:
    """The address groups that legal rules still refer to, when the target has such objects."""
    if target.name not in (TargetName.CALICO, TargetName.CILIUM):
        return ()
    wanted = {
        name
        for policy in legal
        for direction in Direction
        for rule in policy.rules(direction)
        for peer in rule.peers
        if isinstance(peer, Network) and peer.group is not None
        for name in _names(peer.group)
    }
    return tuple(
        group
        for group in policies.groups
        if (f"{group.namespace}/{group.name}" if group.namespace else group.name) in wanted
    )


def _names(reference: GroupReference) -> tuple[str, ...]:
    return reference.names
