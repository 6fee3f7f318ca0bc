"""What differs in the buckets that do not read the same: regions, each with a confirmed witness, and whose they are."""

from __future__ import annotations

from typing import Final

from translator.context import Context
from translator.ir.policy import Direction, Policy
from translator.loss.effect import Effect
from translator.semantics.compare.attribution import EFFECTS, Subjects, governing
from translator.semantics.compare.buckets import Bucket, Position, Side
from translator.semantics.compare.covers import Cover
from translator.semantics.compare.diagrams import Store
from translator.semantics.compare.difference import Attribution, Difference
from translator.semantics.compare.merging import Found, Regions
from translator.semantics.compare.outcome import Comparison, Declared, Result
from translator.semantics.compare.picking import pick
from translator.semantics.compare.problem import Problem
from translator.semantics.compare.product import OPEN
from translator.semantics.compare.universe import Universe
from translator.semantics.compare.witnesses import Witnesses

_EFFECTS: Final = {**EFFECTS, OPEN: Effect.NONE}
_MOST_EXAMPLES: Final = 500
"""Declared effects that get a witness; nobody reads more."""
_RESULTS: Final = {
    Effect.NONE: Result.EQUAL,
    Effect.NARROWS: Result.NARROWS,
    Effect.WIDENS: Result.WIDENS,
    Effect.BOTH: Result.BOTH,
}


class Collector:
    """Decides one bucket after the other and keeps what it finds."""

    def __init__(
        self,
        sides: tuple[Side, Side],
        contexts: tuple[Context, Context],
        universe: Universe,
        *,
        budget: int,
        limit: int,
        declared: Declared | None,
    ) -> None:
        self._sides = sides
        self._universe = universe
        a, b = sides
        self._witnesses = Witnesses(a.set, b.set, *contexts)
        self._budget = budget
        self._declared = declared
        self._regions = Regions(limit)
        self._undeclared = Regions(limit)
        self._effect = Effect.NONE
        self._is_open = False
        self._examples = 0
        self._attributions: dict[tuple[int, int, Direction, Effect], Attribution] = {}

    def add(self, bucket: Bucket, direction: Direction, positions: tuple[list[Position], list[Position]]) -> None:
        """Decide a bucket in one direction. Raises Undecided, BudgetExceeded and RecursionError."""
        problem = Problem(bucket, direction, self._sides, positions, self._universe, self._budget)
        differences, roots = problem.solve()
        for root in roots:
            self._collect(problem, differences, root)

    def comparison(self, namespaces: int, reason: str | None) -> Comparison:
        """The answer. ``namespaces``: how many are told apart; ``reason``: why something is undecided."""
        return Comparison(
            result=self._result(reason),
            effect=self._effect,
            differences=tuple(self._difference(found) for found in self._regions.shown(namespaces)),
            more=self._regions.more,
            undeclared=tuple(self._difference(found) for found in self._undeclared.shown(namespaces)),
            attributions=tuple(self._attributions.values()),
            reason=reason,
        )

    def _result(self, reason: str | None) -> Result:
        if reason and self._effect is not Effect.BOTH:
            return Result.UNDECIDED
        if self._is_open and self._effect is Effect.NONE:
            return Result.OPEN
        return _RESULTS[self._effect]

    def _collect(self, problem: Problem, differences: Store, root: int) -> None:
        """The regions of every kind of difference, and whose subjects they concern."""
        leaves = differences.leaves(root)
        subjects = Subjects(problem, differences, root)
        for leaf, effect in _EFFECTS.items():
            if leaf in leaves:
                self._effect |= effect
                self._is_open |= leaf == OPEN
                self._regions.add(problem, Cover(problem.space, differences, root, leaf), leaf)
                if self._declared is not None and effect:
                    left = subjects.undeclared(leaf, self._declared)
                    self._undeclared.add(problem, Cover(problem.space, differences, left, leaf), leaf)
        for side, policy, node, effects in subjects.governed():
            for leaf, effect in EFFECTS.items():
                if effect & effects:
                    self._attribute(subjects, (side, policy, node), leaf)

    def _attribute(self, subjects: Subjects, who: tuple[int, Policy, int], leaf: int) -> None:
        """Note the effect of a leaf at the subjects of a policy, with a witness if it was declared there."""
        problem = subjects.problem
        side, policy, node = who
        effect = EFFECTS[leaf]
        key = (side, id(policy), problem.direction, effect)
        if key in self._attributions:
            return
        witness = None
        if self._declared is not None and self._examples < _MOST_EXAMPLES and effect.within(self._declared(policy)):
            self._examples += 1
            point = subjects.point(leaf, node)
            witness = self._witnesses.witness(problem.space, problem.direction, point, (), leaf)
        self._attributions[key] = Attribution(
            policy=policy, is_before=side == 0, direction=problem.direction, effect=effect, witness=witness
        )

    def _difference(self, found: Found) -> Difference:
        """A region with its confirmed witness."""
        problem = found.problem
        cover = found.cover
        point = pick(problem.space, cover.store, cover.root, found.leaf, found.box)
        before, after = governing(problem, point)
        return Difference(
            direction=problem.direction,
            effect=_EFFECTS[found.leaf],
            region=found.region,
            witness=self._witnesses.witness(problem.space, problem.direction, point, found.box, found.leaf),
            policies_before=before,
            policies_after=after,
        )
