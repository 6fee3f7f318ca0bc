"""Two policy sets over all flows: bucket by bucket, equal or different, with regions and confirmed witnesses."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from translator.context import NO_CONTEXT, Context
from translator.ir.peers import Kind
from translator.ir.policy import Direction, Policy, PolicySet
from translator.loss.effect import Effect
from translator.semantics.compare.attribution import EFFECTS, Declared, Subjects, governing
from translator.semantics.compare.buckets import Position, Side, buckets
from translator.semantics.compare.covers import Cover
from translator.semantics.compare.diagrams import BudgetExceeded, Store
from translator.semantics.compare.merging import Found, Regions
from translator.semantics.compare.outcome import Attribution, Comparison, Difference, Result
from translator.semantics.compare.picking import pick
from translator.semantics.compare.problem import Problem
from translator.semantics.compare.product import OPEN
from translator.semantics.compare.space import Bucket
from translator.semantics.compare.universe import Universe, services_of, universe_of
from translator.semantics.compare.witnesses import Witnesses
from translator.semantics.compare.wording import Wording
from translator.semantics.languages.programs import Undecided

DEFAULT_BUDGET: Final = 2_000_000
DEFAULT_LIMIT: Final = 10
_EFFECTS: Final = {**EFFECTS, OPEN: Effect.NONE}
_DEEP: Final = 50_000
_MOST_EXAMPLES: Final = 500
"""Declared effects that get a witness; nobody reads more."""
_RESULTS: Final = {
    Effect.NONE: Result.EQUAL,
    Effect.NARROWS: Result.NARROWS,
    Effect.WIDENS: Result.WIDENS,
    Effect.BOTH: Result.BOTH,
}


def compare(
    a: PolicySet,
    b: PolicySet,
    *,
    context_a: Context = NO_CONTEXT,
    context_b: Context | None = None,
    closed_world: bool = False,
    budget: int = DEFAULT_BUDGET,
    limit: int = DEFAULT_LIMIT,
    declared: Declared | None = None,
) -> Comparison:
    """Whether two sets decide every flow alike, at each end by itself; if not, where and how.

    ``context_b`` is ``context_a`` unless given. ``closed_world``: only the pods of the contexts exist. ``budget``: how
    many diagram nodes one bucket may take before the answer is ``undecided``. ``limit``: how many differences of each
    effect are shown. ``declared``: the effects that are expected at the subjects of a policy (of either set); what
    differs at other subjects, or in another direction, is ``undeclared``.
    """
    other = context_a if context_b is None else context_b
    with _bulk_work():
        universe = universe_of(a, b, context_a, other, closed_world=closed_world)
        return _Comparer(a, b, context_a, other, universe, budget=budget, limit=limit, declared=declared).run()


class _Comparer:
    """Collects what the buckets answer."""

    def __init__(
        self,
        a: PolicySet,
        b: PolicySet,
        context_a: Context,
        context_b: Context,
        universe: Universe,
        *,
        budget: int,
        limit: int,
        declared: Declared | None,
    ) -> None:
        self._universe = universe
        self._sides = (Side(a, services_of(context_a)), Side(b, services_of(context_b)))
        self._wording = Wording(universe, same_services=context_a.services == context_b.services)
        self._witnesses = Witnesses(a, b, context_a, context_b)
        self._budget = budget
        self._limit = limit
        self._declared = declared
        self._regions = Regions(limit)
        self._undeclared = Regions(limit)
        self._effect = Effect.NONE
        self._is_open = False
        self._examples = 0
        self._attributions: dict[tuple[int, int, Direction, Effect], Attribution] = {}
        self._reasons: dict[str, None] = {}
        for family in sorted(a.unprogrammed ^ b.unprogrammed):
            self._reasons[f"IPv{family}: the data plane of one side holds no rules for it"] = None

    def run(self) -> Comparison:
        """Every bucket in both directions."""
        try:
            for bucket in buckets(self._sides, self._universe) if self._universe.families else ():
                if bucket.population == ():
                    continue
                self._regions.add_bucket(bucket)
                self._undeclared.add_bucket(bucket)
                a, b = (side.candidates(bucket) for side in self._sides)
                if a or b:
                    for direction in Direction:
                        self._compare(bucket, direction, (a, b))
        except Undecided as open_question:
            self._reasons[open_question.reason] = None
        return Comparison(
            result=self._result(),
            effect=self._effect,
            differences=tuple(self._difference(found) for found in self._regions.shown()),
            more=self._regions.more,
            undeclared=tuple(self._difference(found) for found in self._undeclared.shown()),
            attributions=tuple(self._attributions.values()),
            reason="; ".join(self._reasons) or None,
        )

    def _result(self) -> Result:
        if self._reasons and self._effect is not Effect.BOTH:
            return Result.UNDECIDED
        if self._is_open and self._effect is Effect.NONE:
            return Result.OPEN
        return _RESULTS[self._effect]

    def _compare(self, bucket: Bucket, direction: Direction, positions: tuple[list[Position], list[Position]]) -> None:
        """One bucket in one direction."""
        if self._wording.is_same(self._sides, positions, bucket, direction):
            return
        try:
            problem = Problem(bucket, direction, self._sides, positions, self._universe, self._budget)
            differences, roots = problem.solve()
            for root in roots:
                self._collect(problem, differences, root)
        except (Undecided, BudgetExceeded) as open_question:
            self._reasons[f"{direction.value} of {_place(bucket)}: {open_question}"] = None
        except RecursionError:
            self._reasons[f"{direction.value} of {_place(bucket)}: too many labels to tell apart"] = None

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


def _place(bucket: Bucket) -> str:
    if bucket.kind is not Kind.POD:
        return bucket.kind.value
    return f"pods in {bucket.namespace}" if bucket.named else "pods in namespaces that no policy names"


@contextmanager
def _bulk_work() -> Iterator[None]:
    """Deep recursion allowed, and the collector paused: diagrams are many small tuples without cycles."""
    depth, collecting = sys.getrecursionlimit(), gc.isenabled()
    sys.setrecursionlimit(max(depth, _DEEP))
    gc.disable()
    try:
        yield
    finally:
        sys.setrecursionlimit(depth)
        if collecting:
            gc.enable()
