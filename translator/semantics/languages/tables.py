"""Small deterministic tables of fixed languages, minimised once and then run beside other expressions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from translator.ir.intervals import Intervals
from translator.semantics.languages.programs import Program
from translator.semantics.languages.states import Automaton, State


@dataclass(frozen=True, slots=True)
class Table:
    """A minimal deterministic automaton. State 0 is the start; every state can still accept."""

    accepts: tuple[tuple[int, ...], ...]
    """State → tags."""
    moves: tuple[tuple[tuple[Intervals, int], ...], ...]
    """State → (characters, next state), disjoint; other characters lead nowhere."""

    def load(self, program: Program) -> range:
        """Run the table in a program; returns its addresses."""
        entries = [program.fork() for _ in self.moves]
        for entry, tags, moves in zip(entries, self.accepts, self.moves, strict=True):
            targets = program.forks[entry]
            targets += [program.read(points, entries[after]) for points, after in moves]
            if tags:
                targets.append(program.accept(tags))
        program.start.append(entries[0])
        return range(entries[0], program.size)


def minimal(program: Program, relabel: Callable[[frozenset[int]], tuple[int, ...]] = tuple) -> Table:
    """The minimal table of a program without boundaries; ``relabel`` turns the tags of a state into its new ones."""
    automaton = Automaton(program)
    rows, accepts = _rows(automaton, relabel)
    useful = _useful(rows, accepts)
    rows = [[after if after in useful else -1 for after in row] for row in rows]
    keys: dict[object, int] = {}
    block = [keys.setdefault(tags, len(keys)) for tags in accepts]
    while True:
        signatures: dict[object, int] = {}
        refined = [
            signatures.setdefault((own, *(block[after] if after >= 0 else -1 for after in row)), len(signatures))
            for own, row in zip(block, rows, strict=True)
        ]
        if len(signatures) == len(set(block)):
            break
        block = refined
    # Blocks are numbered in the order of their first state, so the start is 0.
    first = {number: state for state, number in reversed(list(enumerate(refined)))}
    order = [first[number] for number in range(len(first))]
    return Table(
        tuple(accepts[state] for state in order),
        tuple(_moves(automaton, [refined[after] if after >= 0 else -1 for after in rows[state]]) for state in order),
    )


def _rows(
    automaton: Automaton, relabel: Callable[[frozenset[int]], tuple[int, ...]]
) -> tuple[list[list[int]], list[tuple[int, ...]]]:
    """Every reachable state: where each class leads (-1: nowhere), and its tags."""
    numbers: dict[State, int] = {automaton.start: 0}
    states = [automaton.start]
    rows: list[list[int]] = []
    for state in states:
        row = []
        for index in range(len(automaton.shown)):
            after = automaton.step(state, None, index)
            if after and after not in numbers:
                numbers[after] = len(states)
                states.append(after)
            row.append(numbers[after] if after else -1)
        rows.append(row)
    return rows, [relabel(automaton.tags(state, None)) for state in states]


def _useful(rows: Sequence[Sequence[int]], accepts: Sequence[tuple[int, ...]]) -> set[int]:
    """The states from which some text is still accepted."""
    before: dict[int, set[int]] = {}
    for state, row in enumerate(rows):
        for after in row:
            before.setdefault(after, set()).add(state)
    useful: set[int] = set()
    pending = [state for state, tags in enumerate(accepts) if tags]
    while pending:
        state = pending.pop()
        if state not in useful:
            useful.add(state)
            pending += before.get(state, ())
    return useful


def _moves(automaton: Automaton, row: Sequence[int]) -> tuple[tuple[Intervals, int], ...]:
    masks: dict[int, int] = {}
    for index, after in enumerate(row):
        if after >= 0:
            masks[after] = masks.get(after, 0) | 1 << index
    return tuple((automaton.points(mask), after) for after, mask in masks.items())
