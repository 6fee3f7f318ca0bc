"""The whole way of a translation: legalize, emit, write, read again, compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from translator.context import NO_CONTEXT, Context
from translator.documents import paused_collector
from translator.errors import NetpolxError, UsageError, suggestion
from translator.ir.labels import Label
from translator.ir.policy import Direction, Policy, PolicySet
from translator.legalize import Target, TargetName, legalize
from translator.loss import Change, Effect, Loss, declare, in_reading_order, together
from translator.pipeline.assumptions import assumptions
from translator.pipeline.commentary import with_comments
from translator.pipeline.emission import Output, as_yaml, emit_as_read, emit_legal
from translator.pipeline.left_out import left_out
from translator.pipeline.metadata import metadata_losses
from translator.pipeline.proof import Proof, prove, with_witnesses
from translator.pipeline.registry import EMITTERS, SPECIFICATIONS


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
    number = len({(loss.policy, loss.origin.document.index if loss.origin else 0) for loss in losses})
    return f"{number} {one if number == 1 else many}"


def target_named(name: str) -> TargetName:
    """A target out of its name. Raises UsageError."""
    targets = (*EMITTERS, *SPECIFICATIONS)
    if name in targets:
        return TargetName(name)
    hint = suggestion(name, targets)
    known = ", ".join(targets)
    raise UsageError(f"there is no target `{name}`: expected {known}{f'; {hint}' if hint else ''}")


def translate(
    policies: PolicySet,
    target: Target,
    context: Context = NO_CONTEXT,
    *,
    check: bool = True,
    annotate: bool = False,
    on_stage: Callable[[str], None] = lambda _stage: None,
) -> Translation:
    """Translate a policy set. Raises InternalError when the output is not what was declared.

    ``annotate``: write each loss as a comment beside the line it concerns.
    """
    with paused_collector():
        on_stage("legalizing")
        compared = policies
        values: Mapping[Label, frozenset[str]] = {}
        is_same = policies.engine.value == target.name.value and not _has_specification(policies)
        if is_same and not target.rewrite_all:
            outputs, losses = _canonical(policies)
        else:
            legal = legalize(policies, target, context)
            on_stage("writing")
            outputs, losses = emit_legal(legal, target), legal.losses
            compared, values = legal.source, legal.enumerated
            around = metadata_losses(outputs, target.name.value)
            missing = left_out(policies, outputs, losses, target.name.value)
            losses = in_reading_order((*losses, *around, *missing))
        outputs = with_comments(outputs, losses if annotate else ())
        text = as_yaml(outputs)
        proof = None
        if check:
            on_stage("checking")
            proof = prove(compared, outputs, text, losses, engine=target.engine, context=context, values=values)
            losses = with_witnesses(losses, proof.comparison)
    return Translation(
        target=target,
        outputs=outputs,
        losses=losses,
        proof=proof,
        text=text,
        assumptions=assumptions(policies, target.name.value, context),
    )


def _has_specification(policies: PolicySet) -> bool:
    return any(policy.dialect in SPECIFICATIONS for policy in policies.policies())


def _canonical(policies: PolicySet) -> tuple[tuple[Output, ...], tuple[Loss, ...]]:
    """The source's own dialect in its canonical form, without rules that never act; the other kinds as they are."""
    losses: list[Loss] = []
    kept = [_without_inert_rules(policy, policies.engine.value, losses) for policy in policies.as_read()]
    tiers = [tier for tier in policies.tiers if tier.origin is not None]
    outputs = emit_as_read(kept, tiers, policies.groups, own=policies.engine.value)
    return outputs, in_reading_order(tuple(losses))


def _without_inert_rules(policy: Policy, own: str, losses: list[Loss]) -> Policy:
    inert = [each for each in Direction if each not in policy.directions and policy.rules(each)]
    if not inert or policy.dialect != own:
        return policy
    losses += [
        declare(
            "inert-rule",
            f"{direction.value} is not among the policy's directions",
            change=Change.UNENFORCED,
            policy=policy.reference,
            target=policy.dialect,
            origin=rule.origin,
        )
        for direction in inert
        for rule in policy.rules(direction)
    ]
    return replace(
        policy,
        ingress=() if Direction.INGRESS in inert else policy.ingress,
        egress=() if Direction.EGRESS in inert else policy.egress,
    )
