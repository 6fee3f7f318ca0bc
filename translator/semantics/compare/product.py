"""The comparison itself: both sides asked about one variable after the other, until they agree or visibly differ."""

from __future__ import annotations

from typing import Final

from translator.semantics.compare.diagrams import FALSE, TAG_SHIFT, TRUE, BudgetExceeded, Store
from translator.semantics.compare.states import ALLOWED, DENIED, IGNORED, State, never_ends, settle

SAME: Final = 0
IMPOSSIBLE: Final = 1
"""No such flow exists, so nobody cares what the sides say."""
NARROWS: Final = 2
WIDENS: Final = 3
OPEN: Final = 4
"""They differ only in what the Kubernetes API leaves open."""
IGNORE: Final = 5
"""Not part of this question; another one covers it."""
LEAVES: Final = 6

_SHARE: Final = 16
"""How many groups of rules cost as much as one case."""
_CHILD: Final = (1 << TAG_SHIFT) - 1
_Key = tuple[State, State, tuple[int, ...]]


class Product:
    """Builds the diagram of differences of two states; its answers are the leaves above."""

    def __init__(
        self, store: Store, differences: Store, *, open_reach: int | None, budget: int, only_defaults: bool = False
    ) -> None:
        """``open_reach``: the number of the variable about what the API leaves open; the last one, if there is one.

        ``only_defaults``: look only for flows that one side allows because nothing decides about them.
        """
        self._store = store
        self._differences = differences
        self._open_reach = open_reach
        self._budget = budget
        self._only_defaults = only_defaults
        self._known: dict[_Key, int] = {}
        self._spent = 0

    def compare(self, a: State, b: State, valid: tuple[int, ...]) -> int:
        """Where two states differ among the flows for which all of ``valid`` holds."""
        if a == b:
            return SAME
        if IGNORED in (a, b) or (self._only_defaults and never_ends(a) and never_ends(b)):
            return IGNORE
        if not valid:
            if a == ALLOWED and b == DENIED:
                return NARROWS
            if a == DENIED and b == ALLOWED:
                return WIDENS
        key = (a, b, valid)
        found = self._known.get(key)
        if found is None:
            # Each case is a walk over both lists, so long lists pay for their length.
            self._spent += 1 + (len(a) + len(b)) // _SHARE
            if self._spent > self._budget:
                raise BudgetExceeded(f"more than {self._budget} cases to tell apart")
            found = self._known[key] = self._ask(a, b, valid)
        return found

    def _ask(self, a: State, b: State, valid: tuple[int, ...]) -> int:
        """Split on the first variable that somebody asks."""
        groups = [*a, *b, (0, valid)]
        variables = self._store.variable
        top = min([variables[node] for _, nodes in groups for node in nodes])
        level: list[int] = []
        tags: list[int] = []
        kept: list[tuple[int, ...]] = []
        for position, (_, nodes) in enumerate(groups):
            rest = nodes
            asking = [node for node in nodes if variables[node] == top]
            if asking:
                level += asking
                tags += [position << TAG_SHIFT] * len(asking)
                rest = tuple([node for node in nodes if variables[node] != top])
            kept.append(rest)
        demanded = sum(1 for node in valid if variables[node] == top)
        parts: dict[int, int] = {}
        for atoms, children in self._store.split(top, level, tags):
            answer = self._cell(a, b, kept, children, demanded)
            parts[answer] = parts.get(answer, 0) | atoms
        if top == self._open_reach:
            return next(iter(parts)) if len(parts) == 1 else IGNORE if IGNORE in parts else OPEN
        return self._differences.make(top, parts)

    def _cell(self, a: State, b: State, kept: list[tuple[int, ...]], children: tuple[int, ...], demanded: int) -> int:
        """The answer where every asking node went to its child."""
        gained: dict[int, list[int]] = {}
        for code in children:
            position = code >> TAG_SHIFT
            known = gained.get(position)
            if known is None:
                gained[position] = [code & _CHILD]
            else:
                known.append(code & _CHILD)
        split = len(a)
        last = split + len(b)
        held = gained.get(last, ())
        if len(held) < demanded:
            return IMPOSSIBLE
        valid = kept[last]
        if held:
            valid = tuple(sorted({*valid, *held} - {TRUE, FALSE}))
        return self.compare(_moved(a, 0, kept, gained), _moved(b, split, kept, gained), valid)


def _moved(state: State, first: int, kept: list[tuple[int, ...]], gained: dict[int, list[int]]) -> State:
    """A state whose nodes from position ``first`` on have moved to their children."""
    groups = []
    position = first
    for action, _ in state:
        nodes = kept[position]
        new = gained.get(position)
        if new is not None:
            nodes = tuple(sorted({*nodes, *new})) if nodes or len(new) > 1 else (new[0],)
        groups.append((action, nodes))
        position += 1
    return settle(groups)
