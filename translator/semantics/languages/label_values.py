"""The value space of one label, cut into cells that the requirements of some selectors cannot tell apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from translator.ir.labels import Operator, Requirement, requirement_holds
from translator.semantics.languages.budget import DEFAULT_BUDGET, Budget
from translator.semantics.languages.expressions import REST_OF_LINE, Chain, Expression, literal
from translator.semantics.languages.programs import Program
from translator.semantics.languages.states import Automaton, explore
from translator.semantics.languages.universes import CANDIDATES, PREFERRED, universe_table

_STARTS: Final = frozenset({Operator.STARTS_WITH, Operator.NOT_STARTS_WITH})
_ENDS: Final = frozenset({Operator.ENDS_WITH, Operator.NOT_ENDS_WITH})
_CONTAINS: Final = frozenset({Operator.CONTAINS, Operator.NOT_CONTAINS})
_SETS: Final = frozenset({Operator.IN, Operator.NOT_IN})


@dataclass(frozen=True, slots=True)
class Cell:
    """All the values of a label for which exactly these requirements hold, with one of them."""

    members: frozenset[int]
    """Positions of the requirements that hold."""
    sample: str | None
    """A value; None is the absent label."""


def string_atoms(requirements: Sequence[Requirement], *, budget: Budget = DEFAULT_BUDGET) -> tuple[Cell, ...]:
    """The cells of a label's values under requirements on it, the absent label first. Raises Undecided.

    The requirements are taken to speak about one label. Values are what Kubernetes accepts as label values, whatever
    their length, and every value that a requirement names in a list.
    """
    return _cells(tuple(requirements), budget)


@lru_cache(maxsize=4096)
def _cells(requirements: tuple[Requirement, ...], budget: Budget) -> tuple[Cell, ...]:
    named = {value for each in requirements if each.operator in _SETS for value in each.values}
    found: dict[frozenset[int], str | None] = {}
    for value in (None, *sorted(named), *_others(requirements, named, budget)):
        members = frozenset(index for index, each in enumerate(requirements) if requirement_holds(each, value))
        found.setdefault(members, value)
    return tuple(Cell(members, sample) for members, sample in found.items())


def _others(requirements: tuple[Requirement, ...], named: set[str], budget: Budget) -> Iterable[str]:
    """Values for all the cells that no named value is in."""
    parts = dict.fromkeys(
        (each.operator in _STARTS, each.operator in _ENDS, each.values[0])
        for each in requirements
        if each.operator in _STARTS | _ENDS | _CONTAINS
    )
    if not parts:
        return (next(value for number in range(len(named) + 1) if (value := f"x{number or ''}") not in named),)
    program = Program(budget)
    walked = frozenset(universe_table("label").load(program))
    for index, (start, end, text) in enumerate(parts):
        around: tuple[Expression, ...] = (
            *(() if start else (REST_OF_LINE,)),
            literal(text),
            *(() if end else (REST_OF_LINE,)),
        )
        program.add(Chain(around), index)
    # Each named value is a class of its own, so that the samples of the others avoid it.
    for index, value in enumerate(sorted(named), start=len(parts)):
        program.add(literal(value), index)
    automaton = Automaton(program, prefer=PREFERRED["label"])
    values: dict[frozenset[int], str] = {}
    for _, tags, text in explore(automaton, alive=lambda state: not walked.isdisjoint(state), budget=budget):
        if tags and min(tags) < 0:
            values.setdefault(tags, text)
    for candidate in CANDIDATES["label"]:
        values[automaton.run(candidate)] = candidate
    return values.values()
