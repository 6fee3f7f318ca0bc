"""The flat rules of one source policy by their subjects, and whom such a group isolates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from translator.ir.policy import Direction
from translator.legalize import cubes as who
from translator.legalize.cubes import Cube, Cubes
from translator.legalize.flat import FlatRule


@dataclass(slots=True, kw_only=True)
class Group:
    """The flat rules of one source policy that share their subjects."""

    subjects: Cubes
    rules: dict[Direction, list[FlatRule]] = field(default_factory=lambda: {each: [] for each in Direction})
    isolates: set[Direction] = field(default_factory=set)


def mark_isolated(groups: dict[Cubes, Group], direction: Direction, isolated: Cubes) -> None:
    """Every group within the isolated subjects isolates; what no group covers gets one of its own."""
    inside = [group for group in groups.values() if who.covered(group.subjects, isolated)]
    with_rules = [cube for group in inside if group.rules[direction] for cube in group.subjects]
    for group in inside:
        if group.rules[direction]:
            group.isolates.add(direction)
    if not who.covered(isolated, with_rules):
        groups.setdefault(isolated, Group(subjects=isolated)).isolates.add(direction)


def is_isolated_besides(part: Cube, group: Group, groups: Sequence[Group]) -> bool:
    """Whether other groups, of subjects without addresses, isolate a part of a group in all its directions.

    Where such a group cannot be written either, that is declared for itself.
    """
    return all(
        who.covered(
            (part,),
            [
                cube
                for other in groups
                if other is not group and direction in other.isolates
                for cube in other.subjects
                if not is_by_address(cube)
            ],
        )
        for direction in group.isolates
    )


def is_by_address(cube: Cube) -> bool:
    """Whether ends are told apart by more than their kind and labels."""
    return cube.addresses is not None or bool(cube.inside or cube.outside)
