"""What a translation has to tell, as one value that every report format renders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from translator.errors import Finding
from translator.ir.policy import Policy
from translator.loss.effect import Effect, together
from translator.loss.loss import Loss, in_reading_order
from translator.origin import FieldPath, Origin
from translator.report.change import Connection
from translator.report.exhibit import Exhibit, nothing


class Outcome(StrEnum):
    """What became of one policy."""

    EXACT = "exact"
    NARROWED = "narrowed"
    WIDENED = "widened"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyResult:
    """One policy of the source and what became of it."""

    name: str
    kind: str
    origin: Origin | None
    outcome: Outcome
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofResult:
    """What the comparison of output and source found."""

    result: str
    """``equal``, ``open``, ``narrows``, ``widens``, ``both``, ``undecided`` or ``skipped``."""
    reason: str | None = None
    witnesses: tuple[object, ...] = ()
    """Values whose text is one concrete flow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything there is to say about one translation."""

    source: str
    """The engine of the source."""
    target: str
    policies: tuple[PolicyResult, ...]
    losses: tuple[Loss, ...]
    """In reading order."""
    findings: tuple[Finding, ...] = ()
    passed_over: Mapping[str, int] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    proof: ProofResult = ProofResult(result="skipped")
    written: bool = True
    """False: nothing was written because of what this report says."""
    connections: tuple[Connection, ...] = ()
    """What the self-check found to differ, widening first."""
    more: int = 0
    """How many further kinds of connections differ at most."""
    exhibit: Callable[[], Exhibit] = field(default=nothing, compare=False, repr=False)
    """What only a page shows, made when it is asked for."""

    def count(self, outcome: Outcome) -> int:
        """How many policies have this outcome."""
        return sum(1 for policy in self.policies if policy.outcome is outcome)

    @property
    def effects(self) -> Counter[Effect]:
        """How many losses have each effect."""
        return Counter(loss.effect for loss in self.losses)


def results(policies: Iterable[Policy], losses: Sequence[Loss]) -> tuple[PolicyResult, ...]:
    """What became of each policy. Losses belong to the policy whose document they stand in, else to its name.

    Of several rule sets in one document each has the losses that stand in it, and those that stand in none of them.
    A loss may bear the name of what the policy became.
    """
    by_document: dict[tuple[str, int], list[Loss]] = {}
    by_name: dict[str, list[Loss]] = {}
    for loss in losses:
        if loss.origin is None:
            by_name.setdefault(loss.policy, []).append(loss)
        else:
            by_document.setdefault(_document(loss.origin), []).append(loss)
    listed = tuple(policies)
    references = {policy.reference for policy in listed}
    found = []
    for policy in listed:
        own = list(by_name.get(policy.reference, ()))
        if policy.origin is not None:
            rule_set = policy.origin.path
            own += [
                loss
                for loss in by_document.get(_document(policy.origin), ())
                if loss.policy == policy.reference or loss.policy not in references
                if loss.origin is not None and _is_within(loss.origin.path, rule_set)
            ]
        found.append(
            PolicyResult(
                name=policy.reference,
                kind=policy.kind,
                origin=policy.origin,
                outcome=outcome_of(own),
                losses=in_reading_order(tuple(own)),
            )
        )
    return tuple(found)


def _document(origin: Origin) -> tuple[str, int]:
    return (origin.file, origin.document.index)


def _is_within(path: FieldPath, rule_set: FieldPath) -> bool:
    """Whether a field is of a rule set of its document, or of none of them."""
    return path[: len(rule_set)] == rule_set or path[:1] not in (("spec",), ("specs",))


def outcome_of(losses: Iterable[Loss]) -> Outcome:
    """Refused beats widened beats narrowed beats exact."""
    own = tuple(losses)
    if any(loss.kind.refuses for loss in own):
        return Outcome.REFUSED
    effect = together(loss.effect for loss in own)
    return Outcome.WIDENED if effect.widens else Outcome.NARROWED if effect.narrows else Outcome.EXACT
