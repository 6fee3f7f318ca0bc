"""The way out when a comparison has too many cases: one small question for each rule that may matter.

Wherever two sides differ, one of them allows by a rule, or because nothing decides. So it is enough to look inside
each allow rule, where most other rules cannot match at all, and then, inside each deny, for flows that the other side
allows by default.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from translator.semantics.compare.diagrams import FALSE, TRUE, BudgetExceeded, Store
from translator.semantics.compare.product import IGNORE as IGNORE_LEAF
from translator.semantics.compare.product import SAME, Product
from translator.semantics.compare.states import ALLOW, DENY, IGNORE, State, is_plain, settle

_MINIMUM: Final = 5_000
_PER_NODE: Final = 20
"""What an attempt to compare at once may cost before it is given up, and for each diagram more."""
_SMALL: Final = 60
_FEW: Final = 16
"""Of large states that differ in few rules, only those are looked at."""


class Division:
    """Compares two states at once if that is cheap, otherwise piece by piece."""

    def __init__(self, store: Store, differences: Store, *, open_reach: int | None, budget: int) -> None:
        self._store = store
        self._differences = differences
        self._open_reach = open_reach
        self._budget = budget
        self._looks = 0

    def roots(self, a: State, b: State, valid: tuple[int, ...]) -> list[int]:
        """Diagrams of differences that together hold every difference."""
        size = sum(len(nodes) for state in (a, b) for _, nodes in state)
        allows, denies = _places(a, b)
        at_once = min(self._budget, _MINIMUM + _PER_NODE * size)
        if size <= _SMALL or len(allows) + len(denies) > _FEW:
            try:
                return _telling([self._product(at_once).compare(a, b, valid)])
            except BudgetExceeded:
                if at_once == self._budget:
                    raise
        return _telling(self._pieces(a, b, valid, allows, denies))

    def _product(self, budget: int, *, only_defaults: bool = False) -> Product:
        return Product(
            self._store, self._differences, open_reach=self._open_reach, budget=budget, only_defaults=only_defaults
        )

    def _pieces(
        self, a: State, b: State, valid: tuple[int, ...], allows: list[int], denies: list[int]
    ) -> Iterator[int]:
        whole = self._product(self._budget)
        for node in allows:
            yield whole.compare(self._inside(a, node), self._inside(b, node), valid)
        defaults = self._product(self._budget, only_defaults=True)
        for node in denies:
            yield defaults.compare(
                self._inside(_without_allows(a), node), self._inside(_without_allows(b), node), valid
            )

    def _inside(self, state: State, node: int) -> State:
        """A state as it is inside a node: rules that cannot match there are gone, those that must match are certain."""
        store = self._store
        self._looks += sum(len(nodes) for _, nodes in state)
        if self._looks > self._budget:
            raise BudgetExceeded(f"more than {self._budget} pairs of rules to look at")
        where = node if self._open_reach is None else store.somehow(node, self._open_reach)

        def seen(rule: int) -> int:
            common = store.intersection(rule, where)
            return TRUE if common == where else FALSE if common == FALSE else rule

        groups = [(action, tuple(sorted({seen(rule) for rule in nodes}))) for action, nodes in state]
        return settle([(IGNORE, (store.complement(where),)), *groups])


def _places(a: State, b: State) -> tuple[list[int], list[int]]:
    """The allow and deny rules inside which to look. What both lists begin with decides alike and needs no look."""
    start = 0
    if is_plain(a) and is_plain(b):
        while start < min(len(a), len(b)) and a[start] == b[start]:
            start += 1
        if start < min(len(a), len(b)) and a[start][0] == b[start][0] and a[start + 1 :] == b[start + 1 :]:
            # Apart from one group the lists are the same: they differ only inside what one group has and the other not.
            return sorted({*a[start][1]} ^ {*b[start][1]}), []
    found = {
        wanted: sorted(
            {node for state in (a, b) for action, nodes in state[start:] if action == wanted for node in nodes}
        )
        for wanted in (ALLOW, DENY)
    }
    return found[ALLOW], found[DENY]


def _without_allows(state: State) -> State:
    return tuple((IGNORE if action == ALLOW else action, nodes) for action, nodes in state)


def _telling(roots: list[int] | Iterator[int]) -> list[int]:
    """The roots below which there is anything to see, each once."""
    return [root for root in dict.fromkeys(roots) if root not in (SAME, IGNORE_LEAF)]
