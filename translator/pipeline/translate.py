"""The whole way of a translation: legalize, emit, write, read again, compare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from translator.context import NO_CONTEXT, Context
from translator.documents.collector import paused_collector
from translator.enforcement import Plugin, Shortfall, judge
from translator.enforcement.adapting import context_for, reshaped, target_for, with_numbers
from translator.errors import NetpolxError, UsageError, suggestion
from translator.ir.labels import Label
from translator.ir.policy import Action, Direction, Engine, Policy, PolicySet
from translator.legalize.build import Built
from translator.legalize.in_place import in_place
from translator.legalize.legalizing import legalize
from translator.legalize.naming import legally_named
from translator.legalize.profiles import Feature, settled, supports
from translator.legalize.recorder import Recorder
from translator.legalize.target import Target, TargetName
from translator.legalize.versions import is_foreign_to
from translator.loss.effect import Change, Effect, together
from translator.loss.loss import Loss, declare, in_reading_order
from translator.pipeline.assumptions import assumptions
from translator.pipeline.commentary import with_comments
from translator.pipeline.emission import Output, as_yaml, emit_as_read, emit_legal, in_order
from translator.pipeline.emitters import EMITTERS
from translator.pipeline.left_out import left_out
from translator.pipeline.metadata import metadata_losses, ownership_losses
from translator.pipeline.one_cluster import has_mesh, leaves_cluster
from translator.pipeline.own_dialect import unresolved
from translator.pipeline.proof import Proof, prove, with_witnesses
from translator.pipeline.references import reference_losses
from translator.pipeline.registry import SPECIFICATIONS
from translator.pipeline.stray_comments import stray_comments


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """The documents for a target, what they could not keep, and the proof that nothing else changed."""

    target: Target
    outputs: tuple[Output, ...]
    losses: tuple[Loss, ...]
    """In reading order."""
    proof: Proof | None = None
    """None when it was not asked for."""
    text: str = ""
    """The documents as one YAML stream."""
    assumptions: tuple[str, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    """What the network plugin that was named does not enforce as the documents say."""

    @property
    def documents(self) -> tuple[dict[str, object], ...]:
        """The documents as plain data."""
        return tuple(dict(output.data) for output in self.outputs)

    @property
    def effect(self) -> Effect:
        """Every declared effect together."""
        return together(loss.effect for loss in self.losses)

    @property
    def refused(self) -> tuple[Loss, ...]:
        """The losses that keep a policy out of the output."""
        return tuple(loss for loss in self.losses if loss.kind.refuses)

    @property
    def widening(self) -> tuple[Loss, ...]:
        """The losses by which something may pass that did not."""
        return tuple(loss for loss in self.losses if loss.effect.widens and not loss.kind.refuses)

    def objections(self, *, allow_widening: bool = False) -> tuple[str, ...]:
        """Why it must not be used as it stands; empty when nothing speaks against it."""
        found = []
        if self.refused:
            found.append(f"{_count(self.refused, 'policy is', 'policies are')} refused")
        if self.widening and not allow_widening:
            widened = _count(self.widening, "policy is", "policies are")
            found.append(f"{widened} widened (`--allow-widening` accepts that)")
        if self.proof is not None and not self.proof.is_decided:
            found.append(f"the self-check is undecided: {self.proof.comparison.reason}")
        return tuple(found)


class TranslationRefused(NetpolxError):  # noqa: N818 - an answer, not an error of the input
    """A translation that widens, leaves policies out or could not be checked; it is attached."""

    def __init__(self, translation: Translation, objections: Sequence[str]) -> None:
        self.translation = translation
        super().__init__("; ".join(objections))


def _count(losses: Sequence[Loss], one: str, many: str) -> str:
    number = len({_policy(loss) for loss in losses})
    return f"{number} {one if number == 1 else many}"


def _policy(loss: Loss) -> tuple[object, ...]:
    """Which policy of the source a loss is of: what it became may have got another name."""
    if loss.origin is None:
        return (loss.policy,)
    path = loss.origin.path
    return (loss.origin.file, loss.origin.document.index, path[:2] if path[:1] == ("specs",) else ())


def target_named(name: str) -> TargetName:
    """A target out of its name. Raises UsageError."""
    targets = (*EMITTERS, *SPECIFICATIONS)
    if name in targets:
        return TargetName(name)
    hint = suggestion(name, targets)
    known = ", ".join(targets)
    raise UsageError(f"there is no target `{name}`: expected {known}{f'; {hint}' if hint else ''}")


def target_of(text: str, *, use: Iterable[str] = (), allow_widening: bool = False, rewrite_all: bool = False) -> Target:
    """A target out of its name, with a version behind ``@`` where one is meant. Raises UsageError."""
    name, at, version = text.partition("@")
    if at and not version:
        raise UsageError(f"{text}: the version is missing")
    if name in SPECIFICATIONS and tuple(use):
        raise UsageError(f"--use: a specification ({name}) is written alone")
    return Target(
        name=target_named(name),
        version=version or None,
        allow_widening=allow_widening,
        rewrite_all=rewrite_all,
        use=frozenset(target_named(each) for each in use),
    )


def translate(
    policies: PolicySet,
    target: Target,
    context: Context = NO_CONTEXT,
    *,
    check: bool = True,
    annotate: bool = False,
    plugin: Plugin | None = None,
    adapt: bool = False,
    on_stage: Callable[[str], None] = lambda _stage: None,
) -> Translation:
    """Translate a policy set. Raises InternalError when the output is not what was declared.

    The target has the version that it names, else the one of the context; UsageError for one that is not known.
    ``annotate``: write each loss as a comment beside the line it concerns. ``plugin``: what enforces the output, for
    the target ``kubernetes``; with ``adapt`` the output avoids what it has trouble with.
    """
    target = settled(target, context)
    adapted = plugin if adapt else None
    context = context if plugin is None else context_for(plugin, context)
    target = target if adapted is None else target_for(adapted, target)
    recorder = Recorder(target=target)
    policies = policies if adapted is None else with_numbers(policies, adapted, context, recorder)
    with paused_collector():
        on_stage("legalizing")
        compared = policies
        values: Mapping[Label, frozenset[str]] = {}
        is_same = _is_own(policies, target) and not _has_specification(policies)
        if is_same and not target.rewrite_all and not is_foreign_to(policies, target):
            outputs, losses = _canonical(policies, target, context)
            losses = (*losses, *left_out(policies, outputs, losses, target.name.value))
        else:
            legal = legalize(policies, target, context)
            if adapted is not None:
                legal = replace(legal, policies=tuple(reshaped(each, adapted) for each in legal.policies))
            on_stage("writing")
            outputs = emit_legal(legal, recorder)
            losses = (*legal.losses, *recorder.losses)
            compared, values = legal.source, legal.enumerated
            around = metadata_losses(outputs, target.name.value)
            missing = left_out(policies, outputs, losses, target.name.value)
            losses = in_reading_order((*losses, *around, *missing))
        losses = (*losses, *reference_losses(policies, outputs, target.name.value), *_agent(policies, target, context))
        losses = (*losses, *ownership_losses(policies, outputs, target.name.value))
        strays = stray_comments(policies, outputs, losses, target.name.value)
        losses = in_reading_order((*losses, *strays.losses))
        outputs = with_comments(outputs, strays.heads, losses if annotate else ())
        text = as_yaml(outputs)
        proof = None
        if check:
            on_stage("checking")
            proof = prove(compared, outputs, text, losses, target=target, context=context, values=values)
            losses = with_witnesses(losses, proof.comparison)
    return Translation(
        target=target,
        outputs=outputs,
        losses=losses,
        proof=proof,
        text=text,
        assumptions=assumptions(policies, target, context),
        shortfalls=() if plugin is None else judge([each.policy for each in outputs if each.policy], plugin, context),
    )


def _agent(policies: PolicySet, target: Target, context: Context) -> tuple[Loss, ...]:
    """What the options of the Cilium agent do to every endpoint, whatever is written for it (cilium.md 12)."""
    if target.name is not TargetName.CILIUM or policies.engine is Engine.CILIUM or not policies.as_read():
        return _other_clusters(policies, target, context)
    match context.cilium.enable_policy:
        case "always":
            code, change = "isolation-added", Change.ISOLATION_ADDED
            message = "`enable-policy: always`: endpoints that no policy selects are isolated, too"
        case "never":
            code, change = "policy-refused", Change.ISOLATION_DROPPED
            message = "`enable-policy: never`: the agent enforces nothing"
        case _ if context.cilium.allow_localhost == "policy" and _isolates_ingress(policies):
            code, change = "own-node", Change.ISOLATION_ADDED
            message = "`allow-localhost: policy`: a pod's own node gets in only where a rule allows it"
        case _:
            return ()
    return (declare(code, message, change=change, policy="the agent's options", target=target.name.value, origin=None),)


def _isolates_ingress(policies: PolicySet) -> bool:
    return any(
        Direction.INGRESS in policy.isolates or any(rule.action is Action.DENY for rule in policy.ingress)
        for policy in policies.policies()
    )


def _other_clusters(policies: PolicySet, target: Target, context: Context) -> tuple[Loss, ...]:
    """What a version without ``policy-default-local-cluster`` opens to the other clusters that the context knows."""
    if not has_mesh(context) or not leaves_cluster(policies, target, context):
        return ()
    return tuple(
        declare(
            "cluster-mesh",
            "this version selects pods of other clusters as well",
            change=Change.RULE_WIDENED,
            policy=policy.reference,
            target=target.name.value,
            origin=policy.origin,
            action=action,
        )
        for policy in policies.as_read()
        for action in dict.fromkeys(rule.action for rule in (*policy.ingress, *policy.egress))
    )


_CLUSTER_KIND: Final = "ClusterNetworkPolicy"
_ADMIN_KINDS: Final = frozenset({"AdminNetworkPolicy", "BaselineAdminNetworkPolicy"})
"""The kinds before it, each of which is one of it (kubernetes.md B.7)."""
_ITEMS: Final = 25
"""How many rules, peers and protocols one may have, four times as many having been possible before."""


def _is_own(policies: PolicySet, target: Target) -> bool:
    """Whether the source is in the target's dialect; that of cluster policies has no engine of its own."""
    if target.name is TargetName.CLUSTERNETWORKPOLICY:
        read = policies.as_read()
        names = {policy.name for policy in read}
        return (
            policies.engine.value == TargetName.KUBERNETES
            and len(names) == len(read)
            and all(each.kind == _CLUSTER_KIND or (each.kind in _ADMIN_KINDS and _is_short(each)) for each in read)
        )
    return policies.engine.value == target.name.value


def _is_short(policy: Policy) -> bool:
    """Whether an AdminNetworkPolicy needs no more items than a ClusterNetworkPolicy may have."""
    for direction in Direction:
        rules = policy.rules(direction)
        ports = (sum(len(each.ports.numbers) + len(each.ports.names) for each in rule.traffic) for rule in rules)
        if max((len(rules), *(len(rule.peers) for rule in rules), *ports)) > _ITEMS:
            return False
    return True


def _has_specification(policies: PolicySet) -> bool:
    return any(policy.dialect in SPECIFICATIONS for policy in policies.policies())


def _canonical(policies: PolicySet, target: Target, context: Context) -> tuple[tuple[Output, ...], tuple[Loss, ...]]:
    """The source's own dialect in its canonical form, without rules that never act; the other kinds as they are."""
    recorder = Recorder(target=target)
    kept = [_without_inert_rules(policy, policies.engine.value, recorder) for policy in policies.as_read()]
    kept, besides = unresolved(policies, kept, target, context)
    tiers = [tier for tier in policies.tiers if tier.origin is not None]
    groups = policies.groups if supports(target, Feature.CIDR_GROUPS) else ()
    outputs = in_order((*besides, *emit_as_read(_as_of(policies, kept, recorder, context), tiers, groups, recorder)))
    losses = tuple(recorder.losses)
    if target.version is not None:
        losses = (*losses, *metadata_losses(outputs, target.name.value))
    return outputs, in_reading_order(losses)


def _as_of(policies: PolicySet, kept: Sequence[Policy], recorder: Recorder, context: Context) -> tuple[Built, ...]:
    """Each policy as the target's version takes it, beside what it was."""
    target = recorder.target
    if target.version is None or target.name is not TargetName.CALICO:
        return in_place(policies, kept, recorder, context)
    enforced = [policy for policy in kept if not policy.staged or supports(target, Feature.STAGED)]
    built = (Built(policy=each, source=each, carried=each.dialect != target.name) for each in enforced)
    return legally_named(built, target)


def _without_inert_rules(policy: Policy, own: str, recorder: Recorder) -> Policy:
    inert = [each for each in Direction if each not in policy.directions and policy.rules(each)]
    if not inert or policy.dialect != own:
        return policy
    for direction in inert:
        for rule in policy.rules(direction):
            message = f"{direction.value} is not among the policy's directions"
            recorder.declare("inert-rule", message, change=Change.UNENFORCED, policy=policy, rule=rule)
    return replace(
        policy,
        ingress=() if Direction.INGRESS in inert else policy.ingress,
        egress=() if Direction.EGRESS in inert else policy.egress,
    )
