"""Two policy sets over all flows: bucket by bucket, equal by their wording or looked at closely."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from translator.context import NO_CONTEXT, Context
from translator.ir.peers import Kind
from translator.ir.policy import Direction, PolicySet
from translator.semantics.compare.buckets import Bucket, Position, Side, buckets
from translator.semantics.compare.diagrams import BudgetExceeded
from translator.semantics.compare.outcome import Comparison, Declared, Result
from translator.semantics.compare.universe import Universe, services_of, universe_of
from translator.semantics.compare.wording import Wording
from translator.semantics.languages.budget import Undecided

if TYPE_CHECKING:
    from translator.semantics.compare.collecting import Collector

DEFAULT_BUDGET: Final = 2_000_000
DEFAULT_LIMIT: Final = 10
_DEEP: Final = 50_000


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
    """Goes through the buckets; most of them read the same."""

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
        self._contexts = (context_a, context_b)
        self._universe = universe
        self._sides = (Side(a, services_of(context_a)), Side(b, services_of(context_b)))
        self._wording = Wording(universe, same_services=context_a.services == context_b.services)
        self._budget = budget
        self._limit = limit
        self._declared = declared
        self._namespaces = 0
        """How many are told apart."""
        self._collector: Collector | None = None
        self._reasons: dict[str, None] = {}
        for family in sorted(a.unprogrammed ^ b.unprogrammed):
            self._reasons[f"IPv{family}: the data plane of one side holds no rules for it"] = None

    def run(self) -> Comparison:
        """Every bucket in both directions."""
        try:
            self._walk()
        except Undecided as open_question:
            self._reasons[open_question.reason] = None
        reason = "; ".join(self._reasons) or None
        if self._collector is None:
            return Comparison(result=Result.UNDECIDED if reason else Result.EQUAL, reason=reason)
        return self._collector.comparison(self._namespaces, reason)

    def _walk(self) -> None:
        for bucket in buckets(self._sides, self._universe) if self._universe.families else ():
            if bucket.population == ():
                continue
            self._namespaces += bucket.kind is Kind.POD
            a, b = (side.candidates(bucket) for side in self._sides)
            if a or b:
                for direction in Direction:
                    if not self._wording.is_same(self._sides, (a, b), bucket, direction):
                        self._look_closely(bucket, direction, (a, b))

    def _look_closely(
        self, bucket: Bucket, direction: Direction, positions: tuple[list[Position], list[Position]]
    ) -> None:
        try:
            self._collect().add(bucket, direction, positions)
        except (Undecided, BudgetExceeded) as open_question:
            self._reasons[f"{direction.value} of {_place(bucket)}: {open_question}"] = None
        except RecursionError:
            self._reasons[f"{direction.value} of {_place(bucket)}: too many labels to tell apart"] = None

    def _collect(self) -> Collector:
        if self._collector is None:
            from translator.semantics.compare.collecting import Collector  # noqa: PLC0415 - most sets read the same

            self._collector = Collector(
                self._sides,
                self._contexts,
                self._universe,
                budget=self._budget,
                limit=self._limit,
                declared=self._declared,
            )
        return self._collector


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
