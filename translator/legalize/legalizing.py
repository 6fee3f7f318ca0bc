"""All rewrites of a policy set in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from translator.context import NO_CONTEXT, Context
from translator.ir.labels import Label
from translator.ir.policy import AddressGroup, Engine, PolicySet, Tier
from translator.legalize.administrative import administrative, isolating
from translator.legalize.build import Builder, Built
from translator.legalize.ends import Ends
from translator.legalize.groups import referred
from translator.legalize.installed import unenforced_requests
from translator.legalize.knowledge import Knowledge, names_clusters
from translator.legalize.named_ports import numbered
from translator.legalize.naming import legally_named
from translator.legalize.ordered import needs_tiers, ordered
from translator.legalize.packets import Packets
from translator.legalize.pieces import Writers
from translator.legalize.possible import possible
from translator.legalize.prepare import prepared
from translator.legalize.profiles import Feature, supports
from translator.legalize.recorder import Recorder
from translator.legalize.requests import Requests
from translator.legalize.services import resolved
from translator.legalize.sizes import writable
from translator.legalize.stacked import stacked
from translator.legalize.target import Target, TargetName
from translator.legalize.unsaid import declare_unlearned, declare_unsaid, without_foreign_settings
from translator.loss.loss import Loss, in_reading_order


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
    enumerated: Mapping[Label, frozenset[str]] = field(default_factory=dict)
    """Labels of which the result covers only these values and absence, an assumption that was declared."""
    source: PolicySet
    """What was translated: the given set with the Services of the context resolved. The result is compared with it."""


def legalize(policies: PolicySet, target: Target, context: Context = NO_CONTEXT) -> Legal:
    """The legal policies for a target, and every loss on the way.

    ``policies`` is what an engine module of ``semantics.verdict`` assembled; the target is another dialect than the
    one the policies are written in (same-to-same needs no legalization). Raises nothing: what is too large for an
    exact form is narrowed and declared.
    """
    recorder = Recorder(target=target)
    there = possible(policies)
    read = numbered(resolved(there, context, recorder), context, recorder)
    source = prepared(writable(read, recorder), context, recorder)
    if target.name is TargetName.CALICO and not supports(target, Feature.TIERS):
        source = stacked(source) or source
    knowledge = Knowledge(context=context, policies=source)
    writers = Writers(
        recorder=recorder,
        ends=Ends(
            recorder=recorder,
            knowledge=knowledge,
            source=policies.engine,
            in_mesh=target.name is not TargetName.CILIUM and names_clusters(source),
            groups=there.groups,
        ),
        packets=Packets(
            target=target.name,
            families=knowledge.families(),
            ranges=supports(target, Feature.PORT_RANGES),
            sctp_names=target.name is not TargetName.CALICO or context.calico.dataplane != "ebpf",
            sctp=target.name is not TargetName.CILIUM or context.cilium.enable_sctp,
        ),
        requests=Requests(target=target),
        unenforced=unenforced_requests(target, context),
    )
    tiers: tuple[Tier, ...] = ()
    if target.name is TargetName.CALICO and (supports(target, Feature.TIERS) or not needs_tiers(source)):
        result = ordered(source, writers)
        built, tiers = result.policies, result.tiers
    elif TargetName.CLUSTERNETWORKPOLICY in (target.name, *target.use):
        split = administrative(source, writers)
        rest = Builder(split.rest, writers).build()
        if target.name is TargetName.CLUSTERNETWORKPOLICY:
            # What is written already says nothing of clusters any more.
            once_more = replace(writers, ends=replace(writers.ends, in_mesh=False))
            rest = tuple(isolating(rest, once_more, after=split.policies))
        built = (*split.policies, *rest)
    else:
        built = Builder(source, writers).build()
    declare_unsaid(source, built, recorder)
    if target.name is TargetName.CILIUM and policies.engine is not Engine.CILIUM:
        declare_unlearned(built, recorder)
    built = legally_named((without_foreign_settings(each) for each in built), target)
    groups = referred(there.groups, [each.policy for each in built], target)
    return Legal(
        policies=built,
        tiers=tiers,
        groups=groups,
        losses=in_reading_order(tuple(recorder.losses)),
        enumerated=recorder.enumerated,
        source=read,
    )
