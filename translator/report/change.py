"""What changes from one policy set to another, as one value that every format renders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from translator.ir.peers import NODES
from translator.ir.policy import Direction
from translator.loss.effect import Effect
from translator.origin import Origin
from translator.report.exhibit import Exhibit, nothing
from translator.semantics.compare.describe import describe_flow, describe_parts
from translator.semantics.compare.difference import Difference
from translator.semantics.compare.outcome import Comparison
from translator.semantics.flow import Endpoint
from translator.semantics.verdict.core import Decision

_ORDER: Final = (Effect.WIDENS, Effect.BOTH, Effect.NARROWS, Effect.NONE)
"""Widening first, then narrowing, then what changes no traffic."""
_MOST_LINES: Final = 3


class FailOn(StrEnum):
    """Which changes of traffic make the answer "no"."""

    WIDENS = "widens"
    NARROWS = "narrows"
    ANY = "any"
    NEVER = "never"


class Became(StrEnum):
    """What happened to a document."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """A line that decides a flow, and the object in which it stands."""

    origin: Origin
    object: str
    """``prod/db``."""

    @property
    def place(self) -> str:
        """``file:line``."""
        return f"{self.origin.file}:{self.origin.line}"

    @property
    def isolates(self) -> bool:
        """Whether the object as a whole decides: it isolates, and none of its rules allows."""
        return not self.origin.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one side says about the example of a connection."""

    allowed: bool
    lines: tuple[Deciding, ...] = ()
    """Empty: no policy decides, so it is as it is by default, which is allowed but for a few ends of Cilium's own."""

    @property
    def word(self) -> str:
        """``allowed`` or ``denied``."""
        return "allowed" if self.allowed else "denied"

    @property
    def default(self) -> str:
        """Why it is so where there are no lines."""
        return "no policy decides" if self.allowed else "no policy allows it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Connections that change in the same way at one of their ends, with an example."""

    effect: Effect
    """WIDENS, NARROWS, or NONE where the Kubernetes API leaves it open."""
    direction: Direction
    source: str
    destination: str
    traffic: str
    example: str
    """One flow: ``prod/{app=web} → prod/{app=db}, TCP 5432``."""
    assumptions: tuple[str, ...]
    before: Answer
    after: Answer
    ends: tuple[Endpoint, ...] = field(default=(), compare=False, repr=False)
    """Who sends and who receives in the example."""

    @property
    def verb(self) -> str:
        """What happens to it."""
        return VERBS[self.effect]


VERBS: Final = {Effect.WIDENS: "opens", Effect.NARROWS: "closes", Effect.NONE: "depends", Effect.BOTH: "changes"}


CONSEQUENCES: Final = {
    Effect.WIDENS: "opens",
    Effect.NARROWS: "closes",
    Effect.BOTH: "opens and closes",
    Effect.NONE: "no traffic",
    None: "not decided",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field that differs; None is a field that is not there."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentChange:
    """One document that differs, whatever that means for traffic."""

    became: Became
    kind: str
    name: str
    """``namespace/name`` after the change, or before it when it is removed."""
    former_name: str | None = None
    """The name before, when it is renamed."""
    before: Origin | None = None
    after: Origin | None = None
    effect: Effect | None = None
    """How traffic of the endpoints that it governs changes; None: not decided."""
    fields: tuple[FieldChange, ...] = ()
    reordered: tuple[str, ...] = ()
    """Where nothing but the order of lists differs: the paths of these lists."""
    yaml: str = ""
    """A unified diff of the canonical YAML; empty when nothing but order differs and no traffic changes."""

    @property
    def origin(self) -> Origin | None:
        """Its place after the change, or before it when it is removed."""
        return self.after or self.before

    @property
    def order_line(self) -> str:
        """What is to be said where no field differs."""
        said = "only the order of lists differs"
        return f"{said}: {', '.join(self.reordered)}" if self.reordered else said

    @property
    def consequence(self) -> str:
        """What it has to do with traffic, in two or three words."""
        return CONSEQUENCES[self.effect]

    @property
    def title(self) -> str:
        """``CiliumNetworkPolicy prod/db``, with the former name when it had another."""
        former = f" (was {self.former_name})" if self.former_name else ""
        return f"{self.kind} {self.name}{former}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two sets."""

    name: str
    """As the command line names it."""
    policies: int
    engine: str
    refused: int = 0
    """How many of its documents were refused and left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReport:
    """Everything there is to say about a change."""

    before: Side
    after: Side
    result: str
    """``equal``, ``open``, ``narrows``, ``widens``, ``both`` or ``undecided``."""
    reason: str | None = None
    """Why it is undecided."""
    connections: tuple[Connection, ...] = ()
    """Widening first."""
    more: int = 0
    """How many further kinds of connections change at most; they are not shown."""
    documents: tuple[DocumentChange, ...] = ()
    """Widening first; what changes no traffic last."""
    command: str = ""
    """What shows the same again."""
    fail_on: FailOn = FailOn.WIDENS
    exhibit: Callable[[], Exhibit] = field(default=nothing, compare=False, repr=False)
    """What only a page shows, made when it is asked for."""

    def having(self, effect: Effect) -> tuple[Connection, ...]:
        """The connections of one effect."""
        return tuple(each for each in self.connections if each.effect is effect)

    def became(self, became: Became) -> int:
        """How many documents this happened to."""
        return sum(1 for each in self.documents if each.became is became)

    @property
    def fails(self) -> bool:
        """Whether the answer is "no"; what is undecided may be anything, so only ``never`` lets it pass."""
        widens, narrows = self.result in ("widens", "both"), self.result in ("narrows", "both")
        match self.fail_on:
            case FailOn.NEVER:
                return False
            case FailOn.ANY:
                return self.result != "equal"
            case FailOn.WIDENS:
                return widens or self.result == "undecided"
            case FailOn.NARROWS:
                return narrows or self.result == "undecided"

    def fails_for(self, effect: Effect) -> bool:
        """Whether a connection of this effect makes the answer "no"."""
        match self.fail_on:
            case FailOn.NEVER:
                return False
            case FailOn.ANY:
                return True
            case FailOn.WIDENS:
                return effect.widens
            case FailOn.NARROWS:
                return effect.narrows


def connections(comparison: Comparison) -> tuple[Connection, ...]:
    """The differences of a comparison, widening first; of each effect those of pods before those of nodes."""
    ordered = sorted(comparison.differences, key=lambda each: (_ORDER.index(each.effect), _is_about_nodes(each)))
    return tuple(map(_connection, ordered))


def _is_about_nodes(difference: Difference) -> bool:
    """Whether a node changes its mind; in many clusters no policy acts on nodes, so the reader wants pods first."""
    flow = difference.witness.flow
    end = flow.destination if difference.direction is Direction.INGRESS else flow.source
    return end.kind in NODES


def in_order(documents: Iterable[DocumentChange]) -> tuple[DocumentChange, ...]:
    """Widening first, then what is not decided, narrowing, and no traffic; by kind and name within each."""
    return tuple(sorted(documents, key=lambda each: (rank(each.effect), each.kind, each.name)))


def rank(effect: Effect | None) -> int:
    """The chapter in which a changed document stands: 0 widens, 1 not decided, 2 narrows, 3 changes no traffic."""
    if effect is None:
        return 1
    return 0 if effect.widens else 2 if effect.narrows else 3


def _connection(difference: Difference) -> Connection:
    source, destination, traffic = describe_parts(difference.region)
    witness = difference.witness
    return Connection(
        effect=difference.effect,
        direction=difference.direction,
        source=source,
        destination=destination,
        traffic=traffic,
        example=describe_flow(witness.flow),
        assumptions=witness.assumptions,
        before=_answer(witness.before),
        after=_answer(witness.after),
        ends=(witness.flow.source, witness.flow.destination),
    )


def _answer(decision: Decision) -> Answer:
    found = [Deciding(origin=each, object=_object(each)) for each in decision.because_of]
    lines = {(each.place, each.object): each for each in found}
    return Answer(allowed=decision.allowed, lines=tuple(lines[key] for key in sorted(lines)))


def _object(origin: Origin) -> str:
    metadata: Any = getattr(origin.document, "metadata", {})
    name, namespace = metadata.get("name") or "", metadata.get("namespace")
    return f"{namespace}/{name}" if namespace else str(name)


def lines_text(answer: Answer, *, separator: str = ", ") -> str:
    """``policies/db.yaml:12 (prod/db)``, the first few; or why there are none."""
    if not answer.lines:
        return answer.default
    shown = [
        f"{each.place} ({each.object}{', which isolates' if each.isolates and not answer.allowed else ''})"
        for each in answer.lines[:_MOST_LINES]
    ]
    rest = len(answer.lines) - _MOST_LINES
    return separator.join([*shown, f"and {rest} more"] if rest > 0 else shown)


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 connection``, ``2 connections``."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def first_example(found: Sequence[Connection]) -> str:
    """``, for example …`` of the first, or nothing."""
    return f", for example {found[0].example}" if found else ""
