"""The values a label may take, as a set that includes "absent": the coordinate of selectors in the region algebra."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from translator.ir.labels import (
    NEGATION,
    SUBSTRING,
    Label,
    Operator,
    Requirement,
    Scope,
    Selector,
    conjunction,
    disjunction,
    requirement_holds,
)

_ANY_LABEL: Final = Label(Scope.POD, "any")
_SubstringDemand = tuple[Operator, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """A set of label values: ``values`` or, with ``others``, everything but them; ``absent``: the label may be missing.

    ``demands`` are substring operators that must hold besides (they speak about present labels in the positive form
    and let absent ones pass in the negative form).
    """

    values: frozenset[str] = frozenset()
    others: bool = False
    absent: bool = False
    demands: frozenset[_SubstringDemand] = frozenset()

    def __hash__(self) -> int:
        """By what tells values apart most."""
        return hash(self.values)

    @property
    def is_empty(self) -> bool:
        """No value, and the label may not be missing either."""
        return not self.others and not self.values and not self.absent

    def __and__(self, other: Values) -> Values:
        if self.others and other.others:
            values, others = self.values | other.values, True
        elif self.others:
            values, others = other.values - self.values, False
        elif other.others:
            values, others = self.values - other.values, False
        else:
            values, others = self.values & other.values, False
        return Values(
            values=values, others=others, absent=self.absent and other.absent, demands=self.demands | other.demands
        )._decided()

    def _decided(self) -> Values:
        """With a finite set the substring demands are decided value by value."""
        if not self.demands:
            return self
        absent = self.absent and all(operator in NEGATIVE for operator, _ in self.demands)
        if self.others:
            return Values(values=self.values, others=True, absent=absent, demands=self.demands)
        kept = frozenset(value for value in self.values if all(_holds(demand, value) for demand in self.demands))
        return Values(values=kept, others=False, absent=absent)

    def complement(self) -> tuple[Values, ...]:
        """Everything else, as a union."""
        outside = Values(values=self.values, others=not self.others, absent=not self.absent)
        parts = [outside] if not outside.is_empty else []
        for operator, literal in sorted(self.demands):
            opposite = NEGATION[operator]
            parts.append(Values(others=True, absent=opposite in NEGATIVE, demands=frozenset({(opposite, literal)})))
        return tuple(parts)

    def meets(self, other: Values) -> bool:
        """Whether both have a value in common (never wrongly no)."""
        if self.demands or other.demands:
            return not (self & other).is_empty
        if self.absent and other.absent:
            return True
        if self.others:
            return other.others or not other.values <= self.values
        return not (self.values <= other.values if other.others else self.values.isdisjoint(other.values))

    def covers(self, other: Values) -> bool:
        """Whether every value of the other set is in this one (never wrongly yes)."""
        if not self.demands <= other.demands and not (not other.others and other & self == other):
            return False
        if other.absent and not self.absent:
            return False
        if self.others:
            return other.values.isdisjoint(self.values) if not other.others else self.values <= other.values
        return not other.others and other.values <= self.values


NEGATIVE: Final = frozenset(
    {Operator.NOT_STARTS_WITH, Operator.NOT_ENDS_WITH, Operator.NOT_CONTAINS, Operator.NOT_IN, Operator.LACKS}
)
ANY_VALUE: Final = Values(others=True, absent=True)


def _holds(demand: _SubstringDemand, value: str) -> bool:
    operator, literal = demand
    return requirement_holds(Requirement(_ANY_LABEL, operator, (literal,)), value)


@lru_cache(maxsize=32768)
def of_requirement(requirement: Requirement) -> Values:
    """The values for which a requirement holds."""
    values = frozenset(requirement.values)
    match requirement.operator:
        case Operator.IN:
            return Values(values=values)
        case Operator.NOT_IN:
            return Values(values=values, others=True, absent=True)
        case Operator.HAS:
            return Values(others=True)
        case Operator.LACKS:
            return Values(absent=True)
        case operator:
            literal = requirement.values[0]
            return Values(others=True, absent=operator in NEGATIVE, demands=frozenset({(operator, literal)}))


def to_selector(label: Label, values: Values) -> Selector:
    """The selector that holds for exactly these values of a label."""
    demands = [Requirement(label, operator, (literal,)) for operator, literal in sorted(values.demands)]
    listed = tuple(sorted(values.values))
    if not values.others:
        present: Selector = Requirement(label, Operator.IN, listed)
        if not values.absent:
            return present
        lacking = Requirement(label, Operator.LACKS)
        return disjunction(present, lacking) if listed else lacking
    terms: list[Selector] = []
    positive_demand = any(operator in SUBSTRING and operator not in NEGATIVE for operator, _ in values.demands)
    if not values.absent and not positive_demand:
        terms.append(Requirement(label, Operator.HAS))
    if listed:
        terms.append(Requirement(label, Operator.NOT_IN, listed))
    return conjunction(*terms, *demands)


def is_conjunctive(values: Values) -> bool:
    """Whether the values are one conjunction of requirements (a finite set that may also be absent is two)."""
    return values.others or not values.absent or not values.values
