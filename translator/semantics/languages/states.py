"""The deterministic states of a program, built on demand, and walks over them within a budget."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final, assert_never

from translator.ir.intervals import Intervals, intervals
from translator.semantics.languages.budget import DEFAULT_BUDGET, Budget, Undecided
from translator.semantics.languages.characters import WORD
from translator.semantics.languages.expressions import LAST_CODE_POINT, Edge, Expression
from translator.semantics.languages.programs import Program

State = frozenset[int]
"""Addresses of instructions that are alive, everything reachable without reading included."""
_NEWLINE: Final[Intervals] = ((10, 10),)


class Automaton:
    """The deterministic reading of a program: classes of characters, and states that are computed when asked for."""

    def __init__(self, program: Program, *, prefer: str = "") -> None:
        """``prefer``: the characters to show first where any of a class would do."""
        self._program = program
        self.has_boundaries = bool(program.checks)
        sets = dict.fromkeys(points for points, _ in program.reads.values())
        if program.checks:
            sets |= dict.fromkeys((WORD, _NEWLINE))
        self._starts = _run_starts(sets)
        shown = _representatives(self._starts, prefer)
        self.shown = tuple(shown.values())
        """Class → the character that stands for it in samples; lower classes read better."""
        self._class = [0] * len(shown)
        for index, run in enumerate(shown):
            self._class[run] = index
        masks = {points: self._mask_of(points) for points in sets}
        self._mask = {address: masks[points] for address, (points, _) in program.reads.items()}
        self._word, self._newline = masks.get(WORD, 0), masks.get(_NEWLINE, 0)
        self._every = (1 << len(shown)) - 1
        self._closures: dict[int, State] = {}
        self._steps: dict[State, tuple[tuple[int, State], ...]] = {}

    def _mask_of(self, points: Intervals) -> int:
        """The classes that make up a set, one bit each."""
        runs = (
            run
            for low, high in points
            for run in range(bisect_right(self._starts, low) - 1, bisect_right(self._starts, high))
        )
        return sum(1 << self._class[run] for run in runs)

    def classes_read(self, addresses: Iterable[int]) -> tuple[int, ...]:
        """The classes that some of the instructions at these addresses read."""
        mask = 0
        for address in addresses:
            mask |= self._mask.get(address, 0)
        return tuple(index for index in range(len(self.shown)) if mask >> index & 1)

    def points(self, mask: int) -> Intervals:
        """The characters of some classes."""
        ends = [*self._starts[1:], LAST_CODE_POINT + 1]
        return intervals(
            (start, end - 1)
            for run, (start, end) in enumerate(zip(self._starts, ends, strict=True))
            if mask >> self._class[run] & 1
        )

    @property
    def start(self) -> State:
        """The state before the first character."""
        return self._closure(0)

    def class_of(self, char: str) -> int:
        """The class that a character belongs to."""
        return self._class[bisect_right(self._starts, ord(char)) - 1]

    def tags(self, state: State, previous: int | None) -> frozenset[int]:
        """The tags of expressions that accept here; ``previous`` is the class read last, None at the start."""
        if self.has_boundaries:
            state = self._pass(state, previous, None)
        accepts = self._program.accepts
        return frozenset(tag for address in state if address in accepts for tag in accepts[address])

    def step(self, state: State, previous: int | None, index: int) -> State:
        """The state after reading one character of a class."""
        if self.has_boundaries:
            state = self._pass(state, previous, index)
        bit, reads, mask = 1 << index, self._program.reads, self._mask
        return frozenset().union(
            *(self._closure(reads[address][1]) for address in state if address in reads and mask[address] & bit)
        )

    def after(self, text: str, state: State | None = None) -> State:
        """The state after reading a text from a state on (None: the start), in a program without boundaries."""
        state = self.start if state is None else state
        for char in text:
            state = self.step(state, None, self.class_of(char))
        return state

    def run(self, text: str) -> frozenset[int]:
        """The tags of the expressions that match a whole text."""
        state, previous = self.start, None
        for char in text:
            index = self.class_of(char)
            state, previous = self.step(state, previous, index), index
        return self.tags(state, previous)

    def steps(self, state: State, previous: int | None) -> Iterable[tuple[int, State]]:
        """Each way to go on: the class to show for it and the state it leads to, the most readable first."""
        if self.has_boundaries:
            # With boundaries the state depends on every class, so each is followed by itself.
            return ((index, after) for index in range(len(self.shown)) if (after := self.step(state, previous, index)))
        known = self._steps.get(state)
        if known is None:
            known = self._steps[state] = tuple(self._grouped_steps(state))
        return known

    def _grouped_steps(self, state: State) -> Iterator[tuple[int, State]]:
        by_mask: dict[int, list[int]] = {}
        reads = self._program.reads
        for address in state:
            if address in reads:
                by_mask.setdefault(self._mask[address], []).append(reads[address][1])
        groups: list[tuple[int, tuple[int, ...]]] = [(self._every, ())]
        for mask in by_mask:
            groups = [
                (part, (*chosen, mask) if part & mask else chosen)
                for group, chosen in groups
                for part in (group & mask, group & ~mask)
                if part
            ]
        # The lowest bit of a group is its most readable class.
        for group, chosen in sorted(groups, key=lambda each: each[0] & -each[0]):
            if chosen:
                targets = {target for mask in chosen for target in by_mask[mask]}
                yield (group & -group).bit_length() - 1, frozenset().union(*map(self._closure, targets))

    def _closure(self, address: int) -> State:
        """What is alive at an address: itself, or everything its forks lead to."""
        known = self._closures.get(address)
        if known is None:
            seen: set[int] = set()
            pending = [address]
            forks = self._program.forks
            while pending:
                each = pending.pop()
                if each not in seen:
                    seen.add(each)
                    pending += forks.get(each, ())
            known = frozenset(each for each in seen if each not in forks)
            self._closures[address] = known
        return known

    def _pass(self, state: State, previous: int | None, index: int | None) -> State:
        """The state with every boundary passed that holds between two classes; None is an end of the text."""
        checks = self._program.checks
        seen = set(state)
        pending = [address for address in state if address in checks]
        while pending:
            edge, target = checks[pending.pop()]
            if self._holds(edge, previous, index):
                fresh = self._closure(target) - seen
                seen |= fresh
                pending += [address for address in fresh if address in checks]
        return frozenset(seen)

    def _holds(self, edge: Edge, previous: int | None, index: int | None) -> bool:
        match edge:
            case Edge.TEXT_START:
                return previous is None
            case Edge.TEXT_END:
                return index is None
            case Edge.LINE_START:
                return previous is None or bool(self._newline >> previous & 1)
            case Edge.LINE_END:
                return index is None or bool(self._newline >> index & 1)
            case Edge.WORD | Edge.NOT_WORD:
                before = previous is not None and bool(self._word >> previous & 1)
                after = index is not None and bool(self._word >> index & 1)
                return (before != after) is (edge is Edge.WORD)
            case _:
                assert_never(edge)


def _run_starts(sets: Iterable[Intervals]) -> list[int]:
    """Where the longest runs of characters start that no set divides."""
    cuts = {0}
    for points in sets:
        for low, high in points:
            cuts |= {low, high + 1}
    return sorted(cut for cut in cuts if cut <= LAST_CODE_POINT)


def _representatives(starts: list[int], prefer: str) -> dict[int, str]:
    """Run → a character of it, the most readable runs first."""
    found: dict[int, str] = {}
    for char in prefer:
        found.setdefault(bisect_right(starts, ord(char)) - 1, char)
    for run, start in enumerate(starts):
        end = starts[run + 1] - 1 if run + 1 < len(starts) else LAST_CODE_POINT
        found.setdefault(run, chr(max(start, min(end, 0x21))))
    return found


class Matcher:
    """Whether whole texts belong to one expression; linear in the text whatever the expression."""

    _LIMIT = 4000

    def __init__(self, expression: Expression) -> None:
        program = Program()
        program.add(expression, 0)
        self._automaton = Automaton(program)
        self._forget()

    def _forget(self) -> None:
        self._numbers: dict[tuple[State, int | None], int] = {}
        self._states: list[tuple[State, int | None]] = []
        self._rows: list[dict[str, int]] = []
        self._number((self._automaton.start, None))

    def _number(self, state: tuple[State, int | None]) -> int:
        number = self._numbers.setdefault(state, len(self._states))
        if number == len(self._states):
            self._states.append(state)
            self._rows.append({})
        return number

    def __call__(self, text: str) -> bool:
        """Whether the expression matches the whole text."""
        if len(self._states) > self._LIMIT:
            self._forget()
        number = 0
        for char in text:
            after = self._rows[number].get(char)
            number = self._step(number, char) if after is None else after
        return bool(self._automaton.tags(*self._states[number]))

    def _step(self, number: int, char: str) -> int:
        state, previous = self._states[number]
        index = self._automaton.class_of(char)
        after = self._automaton.step(state, previous, index)
        self._rows[number][char] = self._number((after, index if self._automaton.has_boundaries else None))
        return self._rows[number][char]


@lru_cache(maxsize=2048)
def matcher(expression: Expression) -> Matcher:
    """The matcher of an expression, kept for the next time."""
    return Matcher(expression)


def explore(
    automaton: Automaton,
    *,
    start: State | None = None,
    alive: Callable[[State], bool],
    final: Callable[[State], bool] | None = None,
    budget: Budget = DEFAULT_BUDGET,
) -> Iterator[tuple[State, frozenset[int], str]]:
    """Every reachable state, its accepting tags, and a shortest text that leads there; nearest states first.

    States that are not ``alive`` are left out; those that are ``final`` are not gone on from.
    """
    first: tuple[State, int | None] = (automaton.start if start is None else start, None)
    bounded = automaton.has_boundaries
    seen = {first}
    level: list[tuple[tuple[State, int | None], str]] = [(first, "")]
    spent = 0
    while level:
        below: list[tuple[tuple[State, int | None], str]] = []
        for (state, previous), text in level:
            yield state, automaton.tags(state, previous), text
            if final is not None and final(state):
                continue
            spent += len(state) + 1
            for index, after in automaton.steps(state, previous):
                spent += len(after) + 1
                key = (after, index if bounded else None)
                if key in seen or not alive(after):
                    continue
                seen.add(key)
                below.append((key, text + automaton.shown[index]))
            if len(seen) > budget.states or spent > budget.steps:
                raise Undecided(
                    f"comparing the patterns takes more than {budget.states} states or {budget.steps} steps"
                )
        level = below
