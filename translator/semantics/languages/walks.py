"""Atoms by walking the states of several patterns side by side, on all that arrives or on odd paths only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from translator.ir.layer7 import Pattern
from translator.semantics.languages.budget import Budget, Undecided
from translator.semantics.languages.expressions import Expression
from translator.semantics.languages.matching import pattern_matches
from translator.semantics.languages.paths import calico_path
from translator.semantics.languages.programs import Program
from translator.semantics.languages.states import Automaton, State, explore
from translator.semantics.languages.tables import Table
from translator.semantics.languages.universes import (
    ODD_READABLE,
    ODD_UNREADABLE,
    PREFERRED,
    add_calico,
    arrives,
    odd_paths,
    odd_paths_by_kind,
)

Numbered = Sequence[tuple[int, Expression]]
"""Expressions with the numbers of their patterns."""
Found = dict[frozenset[int], str]
"""Every set of tags that some text has, with a shortest such text."""
_BEGINNINGS = 200
"""Walks from the root of Calico's side; each has the whole budget."""
_TRIES = 8
"""Texts with which to reach every rule of Calico's behind a settled answer, before the walk goes on step by step."""
_GIVE_UP = 64
"""States to look at before an expression is taken for one whose answer still varies."""


def walk(
    within: Table, others: Numbered, calico: Sequence[tuple[int, Pattern]], component: str, budget: Budget
) -> tuple[Automaton, Found]:
    """Every set of tags that some text of a table has."""
    program = Program(budget)
    walked = frozenset(within.load(program))
    for index, expression in others:
        program.add(expression, index)
    if calico:
        add_calico(program, calico, odd=component != "clean path")
    automaton = Automaton(program, prefer=PREFERRED[component])
    found: Found = {}
    for _, tags, text in explore(automaton, alive=lambda state: not walked.isdisjoint(state), budget=budget):
        found.setdefault(tags, text)
    return automaton, found


def odd_reached(others: Numbered, budget: Budget) -> tuple[str, ...]:
    """Odd paths that some expression matches, one for every set of expressions."""
    _, found = walk(odd_paths(), others, (), "path", budget)
    return tuple(text for tags, text in found.items() if ODD_READABLE in tags and len(tags) > 1)


def odd_atoms(others: Numbered, calico: Sequence[tuple[int, Pattern]], calico_samples: Found, budget: Budget) -> Found:
    """Atoms among odd paths where expressions and Calico's rules both take part.

    ``calico_samples``: the atoms of Calico's rules alone among odd paths.
    """
    return _OddWalk(others, calico, calico_samples, budget).found()


class _OddWalk:
    """A walk along the expressions and Calico's rules while the expressions' answer is open.

    Once it is settled (an expression ends in ``.*``, or none can match any more), ``..;`` still leads Calico back to
    the root and from there to every rule, so each of Calico's own atoms occurs and the product of both sides need not
    be walked. Where it stays open behind ``..;``, the walk begins anew at the root of Calico's side.
    """

    def __init__(
        self, others: Numbered, calico: Sequence[tuple[int, Pattern]], calico_samples: Found, budget: Budget
    ) -> None:
        program = Program(budget)
        self._budget = budget
        self._walked = frozenset(odd_paths_by_kind().load(program))
        add_calico(program, calico, odd=True)
        self._border = program.size
        for index, expression in others:
            program.add(expression, index)
        self._automaton = Automaton(program, prefer=PREFERRED["path"])
        self._alphabet = self._automaton.classes_read(self._walked)
        self._calico = tuple(calico)
        self._ruled = frozenset(index for index, _ in calico)
        self._calico_samples = calico_samples
        self._settled: dict[State, frozenset[int] | None] = {}
        self._done: set[frozenset[int]] = set()
        self._tried: dict[frozenset[int], int] = {}
        self._atoms: Found = {}

    def found(self) -> Found:
        """Every set of patterns that exactly match some odd path."""
        if self._automaton.has_boundaries:
            raise Undecided("boundaries within paths are not compared with Calico's rules")
        # Calico's side at the root, with something odd behind it and a slash just read.
        again = self._rules_of(self._automaton.after("/;/"), table=True) | self._rules_of(self._automaton.after("/"))
        pending = [("", self._automaton.start)]
        begun = {self._expressions_of(self._automaton.start)}
        for prefix, start in pending:
            if len(pending) > _BEGINNINGS:
                raise Undecided(f"the patterns have more than {_BEGINNINGS} states behind `..;` segments")
            for text, state in self._walk(prefix, start):
                for back, expressions in self._back_at_the_root(text, state):
                    if expressions not in begun:
                        begun.add(expressions)
                        pending.append((back, again | expressions))
        return self._atoms

    def _walk(self, prefix: str, start: State) -> Iterator[tuple[str, State]]:
        """Note the atoms of what follows a prefix; yields the states in which the expressions' answer is open."""
        states = explore(self._automaton, start=start, alive=self._is_alive, final=self._is_done, budget=self._budget)
        for state, tags, rest in states:
            text = prefix + rest
            if ODD_READABLE in tags:
                self._atoms.setdefault(tags - {ODD_READABLE}, text)
            elif ODD_UNREADABLE in tags:
                self._atoms.setdefault(frozenset(tag for tag in tags if tag >= 0) - self._ruled, text)
            answer = self._answer(self._expressions_of(state))
            if answer is None:
                yield text, state
            elif answer not in self._done and "?" not in text:
                self._settle(answer, text)

    def _settle(self, answer: frozenset[int], text: str) -> None:
        """Every atom of Calico's own, behind a text after which the expressions' answer no longer changes."""
        back = _back(text, text.count("/"))
        if calico_path(back) != "/" or self._tried.get(answer, 0) > _TRIES:
            return
        self._tried[answer] = self._tried.get(answer, 0) + 1
        missing = set(self._calico_samples)
        for sample in self._calico_samples.values():
            whole = back + sample
            if arrives("path")(whole):
                members = self._rules_matching(whole)
                self._atoms.setdefault(answer | members, whole)
                missing.discard(members)
        if not missing:
            self._done.add(answer)

    def _is_done(self, state: State) -> bool:
        return self._answer(self._expressions_of(state)) in self._done

    def _back_at_the_root(self, text: str, state: State) -> Iterator[tuple[str, State]]:
        """The expressions' states behind a text, enough ``..;`` that Calico is back at the root, and a slash."""
        if "?" in text or not text:
            return
        depth = text.count("/")
        for more in range(3):
            back = _back(text, depth + more)
            if calico_path(back) != "/" or not arrives("path")(back):
                continue
            here = self._expressions_of(self._automaton.after(back[len(text) :], state))
            self._atoms.setdefault(self._automaton.tags(here, None) | self._rules_matching(back), back)
            expressions = self._automaton.after("/", here)
            answer = self._answer(expressions)
            if answer is None:
                yield back + "/", expressions
            elif answer not in self._done:
                self._settle(answer, back + "/")

    def _rules_matching(self, path: str) -> frozenset[int]:
        return frozenset(index for index, pattern in self._calico if pattern_matches(pattern, path))

    def _is_alive(self, state: State) -> bool:
        return not self._walked.isdisjoint(state)

    def _rules_of(self, state: State, *, table: bool = False) -> State:
        """Calico's rules in a state, or the table of what arrives."""
        return frozenset(address for address in state if address < self._border and (address in self._walked) is table)

    def _expressions_of(self, state: State) -> State:
        return frozenset(address for address in state if address >= self._border)

    def _answer(self, expressions: State) -> frozenset[int] | None:
        """The expressions that match whatever follows, when that is the same for all that may follow; else None."""
        if expressions not in self._settled:
            self._settled[expressions] = self._settled_answer(expressions)
        return self._settled[expressions]

    def _settled_answer(self, expressions: State) -> frozenset[int] | None:
        tags = self._automaton.tags(expressions, None)
        seen = {expressions}
        pending = [expressions]
        for state in pending:
            nexts = {self._automaton.step(state, None, index) for index in self._alphabet}
            fresh = nexts - seen
            if len(seen) > _GIVE_UP or any(self._automaton.tags(after, None) != tags for after in fresh):
                return None
            seen |= fresh
            pending += fresh
        return tags


def _back(text: str, times: int) -> str:
    """A text followed by segments that Calico takes for ``..``."""
    if not times:
        return text
    return text + ("..;" if text.endswith("/") else "/..;") + "/..;" * (times - 1)
