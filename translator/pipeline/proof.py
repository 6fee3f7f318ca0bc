"""The self-check: read the output again, compare it with the source, demand that what differs was declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from translator.context import Context
from translator.documents.loading import load_text
from translator.errors import InputError, InternalError
from translator.ir.labels import Label
from translator.ir.policy import Direction, Engine, Policy, PolicySet
from translator.legalize.profiles import as_target_reads
from translator.legalize.target import Target
from translator.loss.effect import Effect, together
from translator.loss.loss import Loss
from translator.origin import Origin
from translator.pipeline.claims import Claim, within
from translator.pipeline.common_ends import comparable
from translator.pipeline.emission import Output
from translator.pipeline.one_cluster import has_mesh, in_one_cluster, leaves_cluster
from translator.pipeline.source import ReadOptions, Source, parse_loaded
from translator.semantics.compare.comparison import compare
from translator.semantics.compare.describe import describe_difference, describe_witness
from translator.semantics.compare.difference import Difference
from translator.semantics.compare.outcome import Comparison, Declared, Result

_FILE = "<output>"
HOST_SUBJECT = "host-subject"
LATER_NAMESPACES = "global-to-namespaces"
LATER_ACCOUNTS = "service-account-labels"
_Place = tuple[str, int]
_Key = tuple[str, str, str]
"""Kind, namespace and name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the comparison found, all of it declared."""

    comparison: Comparison

    @property
    def result(self) -> Result:
        """The answer in one word."""
        return self.comparison.result

    @property
    def is_decided(self) -> bool:
        """Whether the answer is known."""
        return self.result is not Result.UNDECIDED


def prove(
    policies: PolicySet,
    outputs: Sequence[Output],
    text: str,
    losses: Sequence[Loss],
    *,
    target: Target,
    context: Context,
    values: Mapping[Label, frozenset[str]] | None = None,
) -> Proof:
    """Compare the written text with the source; raises InternalError for what is unreadable or not declared.

    ``values``: the only values of labels that the translation speaks of (``Legal.enumerated``).
    """
    again = read_back(text, target.engine, as_target_reads(context, target))
    claim = claim_of(losses, context, values or {})
    declared = declarations(outputs, losses)
    before, after = within(policies, claim), within(again.policies, claim)
    if leaves_cluster(policies, target, context) and not has_mesh(context):
        before, after = in_one_cluster(before), in_one_cluster(after)
    comparison = _compared(before, after, context, declared)
    for difference in comparison.undeclared:
        raise InternalError(_breach(difference))
    return Proof(comparison=comparison)


def claim_of(losses: Sequence[Loss], context: Context, values: Mapping[Label, frozenset[str]]) -> Claim:
    """What a translation with these losses claims to be the same: assumptions without effect set its bounds."""
    codes = {loss.code for loss in losses if not loss.effect}
    return Claim(
        hosts=HOST_SUBJECT not in codes,
        namespaces=tuple(sorted(context.namespaces)) if LATER_NAMESPACES in codes else None,
        accounts=tuple(sorted(context.service_accounts)) if LATER_ACCOUNTS in codes else None,
        values=values,
    )


def _compared(policies: PolicySet, written: PolicySet, context: Context, declared: Declared) -> Comparison:
    """Both sets over the ends that both engines have; Cilium's own endpoints have no counterpart elsewhere."""
    return compare(*comparable(policies, written), context_a=context, declared=declared)


def read_back(text: str, engine: Engine, context: Context) -> Source:
    """The output as its engine reads it. Raises InternalError when a gate refuses it."""
    try:
        return parse_loaded(load_text(text, file=_FILE), ReadOptions(engine=engine, context=context))
    except InputError as error:
        found = "; ".join(str(finding) for finding in error.findings[:3])
        raise InternalError(f"the translation is not valid: {found}") from error


def declarations(outputs: Sequence[Output], losses: Sequence[Loss]) -> Declared:
    """The effects that were declared for a policy of the source, or of the output by what it was translated from."""
    by_place = _by_place(losses)
    everywhere = together(loss.effect for loss in losses if loss.origin is None)
    sources = dict(_sources(outputs))

    def declared(policy: Policy) -> Effect:
        is_written = policy.origin is not None and policy.origin.file == _FILE
        concerned = sources.get(_policy_key(policy), ()) if is_written else (policy,)
        return together((everywhere, *(by_place.get(place, Effect.NONE) for place in _places(concerned))))

    return declared


def _sources(outputs: Sequence[Output]) -> Iterator[tuple[_Key, tuple[Policy, ...]]]:
    """Each policy of the output, and what of the source it stands for."""
    for output in outputs:
        if output.source is not None:
            yield _key(output), (output.source,)
        by_key: dict[_Key, list[Policy]] = {}
        for member in output.members:
            key = (str(output.data.get("kind")), member.namespace or "", member.name)
            by_key.setdefault(key, []).append(member.policy)
        yield from ((key, tuple(policies)) for key, policies in by_key.items())


def _breach(difference: Difference) -> str:
    governing = (*difference.policies_before, *difference.policies_after)
    names = ", ".join(dict.fromkeys(policy.reference for policy in governing)) or "no policy"
    shown = f"{describe_difference(difference)}; {describe_witness(difference.witness)}"
    return f"the translation {difference.effect.word} traffic that was not declared ({names}): {shown}"


def _by_place(losses: Iterable[Loss]) -> dict[_Place, Effect]:
    found: dict[_Place, Effect] = {}
    for loss in losses:
        if loss.origin is not None:
            place = _place(loss.origin)
            found[place] = found.get(place, Effect.NONE) | loss.effect
    return found


def _places(policies: Iterable[Policy]) -> Iterable[_Place]:
    return (_place(policy.origin) for policy in policies if policy.origin is not None)


def _place(origin: Origin) -> _Place:
    return (origin.file, origin.document.index)


def _key(output: Output) -> _Key:
    metadata = output.data.get("metadata") or {}
    return (str(output.data.get("kind")), metadata.get("namespace") or "", metadata.get("name") or "")


def _policy_key(policy: Policy) -> _Key:
    return (policy.kind, policy.namespace or "", policy.name)


def with_witnesses(losses: Sequence[Loss], comparison: Comparison) -> tuple[Loss, ...]:
    """Each loss with a flow that shows it, where the comparison found one that its rule decided in the source.

    Where no rule decided it that a loss concerns (a deny that grew, say), one of the same policy and direction has it.
    """
    by_place: dict[_Place, list[Difference]] = {}
    for each in comparison.differences:
        for place in dict.fromkeys(_places(each.policies_before)):
            by_place.setdefault(place, []).append(each)
    concerned = [loss.origin for loss in losses if loss.origin is not None and loss.effect]
    return tuple(_with_witness(loss, by_place, concerned) for loss in losses)


def _with_witness(loss: Loss, by_place: dict[_Place, list[Difference]], concerned: Sequence[Origin]) -> Loss:
    origin = loss.origin
    if origin is None or not loss.effect:
        return loss
    possible = [
        each
        for each in by_place.get(_place(origin), ())
        if each.effect and each.effect in loss.effect and _directions(origin) >= {each.direction}
    ]
    of_its_rule = (each for each in possible if _decided(each, [origin]))
    of_no_rule = (each for each in possible if not _decided(each, [each for each in concerned if each.path]))
    shown = next(of_its_rule, None) or next(of_no_rule, None)
    return replace(loss, witness=shown.witness) if shown else loss


def _decided(difference: Difference, origins: Iterable[Origin]) -> bool:
    """Whether a rule at one of the places, around it or within it, decided the witness in the source."""
    deciding = difference.witness.before.decided_by
    return any(
        _place(rule) == _place(each) and each.path[: len(rule.path)] == rule.path[: len(each.path)]
        for rule in deciding
        for each in origins
    )


def _directions(origin: Origin) -> frozenset[Direction]:
    """The directions that a field can have to do with."""
    named = {
        direction
        for step in origin.path
        for direction in Direction
        if isinstance(step, str) and step.startswith(direction.value)
    }
    return frozenset(named or Direction)
