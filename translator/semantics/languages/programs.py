"""Expressions as nondeterministic programs: instructions that read, fork, check and accept."""

from __future__ import annotations

from typing import Final, assert_never

from translator.ir.intervals import Intervals
from translator.semantics.languages.budget import DEFAULT_BUDGET, Budget, Undecided
from translator.semantics.languages.expressions import (
    Boundary,
    Chain,
    Characters,
    Choice,
    Edge,
    Expression,
    Repetition,
    Unknown,
)

_MAX_NESTING: Final = 150


class Program:
    """Instructions of one or more expressions side by side; each expression accepts under its own tag."""

    def __init__(self, budget: Budget = DEFAULT_BUDGET) -> None:
        self._budget = budget
        self.forks: dict[int, list[int]] = {}
        self.reads: dict[int, tuple[Intervals, int]] = {}
        self.checks: dict[int, tuple[Edge, int]] = {}
        self.accepts: dict[int, tuple[int, ...]] = {}
        self._next = 0

    def add(self, expression: Expression, tag: int) -> range:
        """Compile an expression as a further start; returns the addresses that belong to it."""
        first = self._next
        start = self.compile(expression, self.accept((tag,)))
        self.start.append(start)
        return range(first, self._next)

    @property
    def start(self) -> list[int]:
        """Where every expression begins (the targets of instruction 0)."""
        if not self._next:
            self.fork()
        return self.forks[0]

    def accept(self, tags: tuple[int, ...]) -> int:
        """An instruction that accepts at the end of the text."""
        address = self._address()
        self.accepts[address] = tags
        return address

    def fork(self, *targets: int) -> int:
        """An instruction that goes on at every target; more may be appended to ``forks[address]``."""
        address = self._address()
        self.forks[address] = list(targets)
        return address

    def read(self, points: Intervals, then: int) -> int:
        """An instruction that reads one character of a set."""
        address = self._address()
        self.reads[address] = (points, then)
        return address

    @property
    def size(self) -> int:
        """The address that comes next."""
        return self._next

    def compile(self, expression: Expression, then: int, depth: int = 0) -> int:
        """Instructions that match the expression and go on at ``then``; returns where they begin."""
        if depth > _MAX_NESTING:
            raise Undecided("the expression is nested too deeply")
        match expression:
            case Characters(points):
                return self.read(points, then)
            case Chain(items):
                for item in reversed(items):
                    then = self.compile(item, then, depth + 1)
                return then
            case Choice(items):
                return self.fork(*(self.compile(item, then, depth + 1) for item in items))
            case Repetition(item, low, high):
                return self._repeat(item, low, high, then, depth)
            case Boundary(edge):
                address = self._address()
                self.checks[address] = (edge, then)
                return address
            case Unknown(reason):
                raise Undecided(reason)
            case _:
                assert_never(expression)

    def _repeat(self, item: Expression, low: int, high: int | None, then: int, depth: int) -> int:
        if high is None:
            loop = self.fork(then)
            self.forks[loop].append(self.compile(item, loop, depth + 1))
            then = loop
        else:
            end = then
            for _ in range(high - low):
                then = self.fork(end, self.compile(item, then, depth + 1))
        for _ in range(low):
            then = self.compile(item, then, depth + 1)
        return then

    def _address(self) -> int:
        if not self._next:
            self._next = 1
            self.forks[0] = []
        self._next += 1
        if self._next > self._budget.size:
            raise Undecided(f"the patterns need more than {self._budget.size} instructions")
        return self._next - 1
