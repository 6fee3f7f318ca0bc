"""Which policies govern the subjects whose traffic differs: completely, not only for the differences that are shown."""

from __future__ import annotations

from typing import Final

from translator.ir.labels import Label
from translator.ir.policy import Policy
from translator.loss.effect import Effect
from translator.semantics.compare.atoms import LabelAtoms
from translator.semantics.compare.diagrams import TAG_SHIFT, TRUE, BudgetExceeded, Store
from translator.semantics.compare.outcome import Attribution
from translator.semantics.compare.picking import Point, default_label
from translator.semantics.compare.problem import Problem
from translator.semantics.compare.product import LEAVES, NARROWS, WIDENS
from translator.semantics.compare.space import Aspect

_CHILD: Final = (1 << TAG_SHIFT) - 1
_EFFECTS: Final = {NARROWS: Effect.NARROWS, WIDENS: Effect.WIDENS}
_Governing = frozenset[int]


class Attributions:
    """Splits the subjects of one problem by the policies that govern them."""

    def __init__(self, problem: Problem, differences: Store) -> None:
        self._problem = problem
        self._differences = differences
        self._effects: dict[int, Effect] = {leaf: _EFFECTS.get(leaf, Effect.NONE) for leaf in range(LEAVES)}
        self._policies: list[tuple[int, Policy]] = []
        self._nodes: list[int] = []
        for side, subjects in enumerate(problem.subjects):
            for position, node in subjects.items():
                if node:
                    self._policies.append((side, problem.policies[side][position]))
                    self._nodes.append(node)
        self._found: dict[_Governing, Effect] = {}
        self._seen: set[tuple[int, tuple[int, ...], _Governing]] = set()

    def find(self, root: int) -> tuple[Attribution, ...]:
        """One attribution for each set of policies that governs some subject with a difference."""
        certain = frozenset(number for number, node in enumerate(self._nodes) if node == TRUE)
        asking = tuple((number << TAG_SHIFT) + node for number, node in enumerate(self._nodes) if node != TRUE)
        self._walk(root, asking, certain)
        return tuple(
            Attribution(
                direction=self._problem.direction,
                effect=effect,
                before=self._side(0, governing),
                after=self._side(1, governing),
            )
            for governing, effect in self._found.items()
        )

    def _side(self, side: int, governing: _Governing) -> tuple[Policy, ...]:
        return tuple(self._policies[number][1] for number in sorted(governing) if self._policies[number][0] == side)

    def _walk(self, difference: int, asking: tuple[int, ...], certain: _Governing) -> None:
        """Follow the subjects below one node of the differences; ``asking`` are tagged subject nodes."""
        effect = self._effect(difference)
        key = (difference, asking, certain)
        if not effect or key in self._seen:
            return
        self._seen.add(key)
        if len(self._seen) > self._differences.budget:
            raise BudgetExceeded("too many classes of subjects differ")
        store, differences = self._problem.store, self._differences
        own = differences.variable[difference]
        variables = [store.variable[code & _CHILD] for code in asking]
        top = min([own, *variables])
        if top >= len(self._problem.space.variables) or self._problem.space.variables[top].aspect >= Aspect.PEER_KIND:
            self._found[certain] = self._found.get(certain, Effect.NONE) | effect
            return
        level = [code for code, variable in zip(asking, variables, strict=True) if variable == top]
        rest = tuple(code for code, variable in zip(asking, variables, strict=True) if variable != top)
        cells: list[tuple[int, tuple[int, ...]]] = [(store.full[top], ())]
        if level:
            cells = store.split(top, [code & _CHILD for code in level], [code & ~_CHILD for code in level])
        outgoing = differences.edges[difference] if own == top else ((difference, store.full[top]),)
        for child, child_atoms in outgoing:
            if self._effect(child):
                for atoms, codes in cells:
                    if atoms & child_atoms:
                        true = {code >> TAG_SHIFT for code in codes if code & _CHILD == TRUE}
                        left = tuple(code for code in codes if code & _CHILD != TRUE)
                        self._walk(child, tuple(sorted((*rest, *left))), certain | true if true else certain)

    def _effect(self, node: int) -> Effect:
        """The effects of the leaves below a node."""
        found = self._effects.get(node)
        if found is None:
            found = Effect.NONE
            for child, _ in self._differences.edges[node]:
                found |= self._effect(child)
            self._effects[node] = found
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
