"""Whose subjects differ: for every policy the effects at the subjects that it governs, and what nobody declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from translator.ir.labels import Label
from translator.ir.policy import Policy
from translator.loss.effect import Effect
from translator.semantics.compare.atoms import LabelAtoms
from translator.semantics.compare.diagrams import FALSE, TRUE, Store
from translator.semantics.compare.outcome import Declared
from translator.semantics.compare.picking import Point, default_label, favourite, pick
from translator.semantics.compare.problem import Problem
from translator.semantics.compare.product import LEAVES, NARROWS, SAME, WIDENS

EFFECTS: Final = {NARROWS: Effect.NARROWS, WIDENS: Effect.WIDENS}


class Subjects:
    """The subjects of one problem whose traffic differs."""

    def __init__(self, problem: Problem, differences: Store, root: int) -> None:
        self.problem: Final = problem
        self.root: Final = root
        self._differences = differences
        self._totals: dict[int, Effect] = {leaf: EFFECTS.get(leaf, Effect.NONE) for leaf in range(LEAVES)}
        self._found: dict[tuple[int, int], Effect] = {}

    def governed(self) -> Iterator[tuple[int, Policy, int, Effect]]:
        """Each policy that governs some such subject: its side, itself, its subjects, and the effects there."""
        for side, subjects in enumerate(self.problem.subjects):
            for position, node in subjects.items():
                if effect := self._effect(self.root, node):
                    yield side, self.problem.policies[side][position], node, effect

    def point(self, leaf: int, subject: int) -> Point:
        """A point of a leaf whose subject is among some; there must be one (``governed`` says so)."""
        space, effect = self.problem.space, EFFECTS[leaf]
        point: Point = {}
        difference = self.root
        while subject != TRUE:
            top, cells = self._split(difference, subject)
            open_cells = [each for each in cells if effect & self._effect(each[0], each[1])]
            options = 0
            for _, _, atoms in open_cells:
                options |= atoms
            point[top] = favourite(space, space.variables[top], options)
            difference, subject, _ = next(each for each in open_cells if each[2] & point[top])
        return point | pick(space, self._differences, difference, leaf, {})

    def undeclared(self, leaf: int, declared: Declared) -> int:
        """The diagram of differences without those of a leaf at subjects of a policy for which they are declared."""
        covered = self.problem.store.union(
            node
            for policies, subjects in zip(self.problem.policies, self.problem.subjects, strict=True)
            for position, node in subjects.items()
            if EFFECTS[leaf].within(declared(policies[position]))
        )
        known: dict[tuple[int, int], int] = {}

        def strip(difference: int, subject: int) -> int:
            if subject == FALSE or (difference < LEAVES and difference != leaf):
                return difference
            if subject == TRUE and difference == leaf:
                return SAME
            found = known.get((difference, subject))
            if found is None:
                top, cells = self._split(difference, subject)
                parts = [(strip(below, chosen), atoms) for below, chosen, atoms in cells]
                found = known[(difference, subject)] = self._differences.choose(top, parts)
            return found

        return strip(self.root, covered)

    def _split(self, difference: int, subject: int) -> tuple[int, list[tuple[int, int, int]]]:
        """The first variable that one of two diagrams asks, and both children with their common atoms."""
        store, differences = self.problem.store, self._differences
        own, other = differences.variable[difference], store.variable[subject]
        top = min(own, other)
        left = differences.edges[difference] if own == top else ((difference, store.full[top]),)
        right = store.edges[subject] if other == top else ((subject, store.full[top]),)
        return top, [(a, b, atoms) for a, one in left for b, two in right if (atoms := one & two)]

    def _effect(self, difference: int, subject: int) -> Effect:
        """The effects at some subjects."""
        if subject == FALSE:
            return Effect.NONE
        total = self._total(difference)
        if subject == TRUE or not total:
            return total
        found = self._found.get((difference, subject))
        if found is None:
            found = Effect.NONE
            for below, chosen, _ in self._split(difference, subject)[1]:
                found |= self._effect(below, chosen)
                if found == total:
                    break
            self._found[(difference, subject)] = found
        return found

    def _total(self, node: int) -> Effect:
        """The effects of the leaves below a node."""
        found = self._totals.get(node)
        if found is None:
            found = Effect.NONE
            for child, _ in self._differences.edges[node]:
                found |= self._total(child)
            self._totals[node] = found
        return found


def governing(problem: Problem, point: Point) -> tuple[tuple[Policy, ...], tuple[Policy, ...]]:
    """The policies of both sides that govern the subject of a point."""

    def selects(node: int) -> bool:
        store = problem.store
        while node > TRUE:
            variable = store.variable[node]
            atom = point.get(variable) or _default(problem, variable)
            node = next(child for child, atoms in store.edges[node] if atoms & atom)
        return node == TRUE

    before, after = (
        tuple(policies[at] for at, node in subjects.items() if selects(node))
        for policies, subjects in zip(problem.policies, problem.subjects, strict=True)
    )
    return before, after


def _default(problem: Problem, variable: int) -> int:
    """What a witness takes where a difference leaves it open: no label, else the usual value."""
    asked = problem.space.variables[variable]
    if isinstance(asked.atoms, LabelAtoms) and isinstance(asked.key, Label):
        return asked.atoms.atom(default_label(asked.key))
    return asked.atoms.full & -asked.atoms.full
