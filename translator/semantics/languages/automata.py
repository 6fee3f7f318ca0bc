"""Decisions about sets of patterns: the atoms of the Boolean algebra that they generate, with a sample of each.

Answers are exact over the universe of each component (see ``universes``), or ``Undecided``; never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from translator.ir.layer7 import Pattern, Syntax
from translator.semantics.languages.budget import DEFAULT_BUDGET, Budget, Undecided
from translator.semantics.languages.domains import domain_classes
from translator.semantics.languages.expressions import REST_OF_LINE, Chain, Expression, finite, literal, without_anchors
from translator.semantics.languages.label_values import Cell, string_atoms
from translator.semantics.languages.paths import calico_path, percent_encoded
from translator.semantics.languages.re2 import BadExpression, parse_re2
from translator.semantics.languages.universes import ARRIVES, CANDIDATES, arrives, universe_table
from translator.semantics.languages.walks import Found, odd_atoms, odd_reached, walk

Component = Literal["path", "method", "host", "name", "header"]
"""The part of a request that patterns speak about."""


@dataclass(frozen=True, slots=True)
class Atom:
    """All the texts that exactly these patterns match, with one of them."""

    members: frozenset[int]
    """Positions of the patterns that match."""
    sample: str
    """A short text of the atom, valid for its component."""
    odd: bool = False
    """True for paths that no plain client sends: every text of the atom has ``%`` or ``;`` in it, which Calico and
    Envoy read differently. Only where Calico's patterns take part."""


Atoms = tuple[Atom, ...]
"""Atoms in a fixed order, each with other members; every text of the universe belongs to exactly one."""

_NONE: Final[frozenset[int]] = frozenset()
_CALICO: Final = frozenset({Syntax.CALICO_EXACT, Syntax.CALICO_PREFIX})


def atoms(
    patterns: Sequence[Pattern], *, component: Component, budget: Budget = DEFAULT_BUDGET, odd: bool = True
) -> Atoms:
    """The atoms of the patterns over everything that can arrive in a component. Raises Undecided.

    ``odd=False`` leaves the odd paths out where Calico's patterns take part.
    """
    return _atoms(tuple(patterns), component, budget, odd)


@lru_cache(maxsize=4096)
def _atoms(patterns: tuple[Pattern, ...], component: Component, budget: Budget, with_odd: bool) -> Atoms:
    calico = [(index, pattern) for index, pattern in enumerate(patterns) if pattern.syntax in _CALICO]
    others = [
        (index, expression_of(pattern)) for index, pattern in enumerate(patterns) if pattern.syntax not in _CALICO
    ]
    if calico and component != "path":
        raise Undecided(f"a path rule of Calico says nothing about a {component}")
    if not calico:
        found = _simple(others, component)
        found = _explored(others, component, budget) if found is None else found
        return _in_order(found, {})
    if not others:
        clean, odd = _calico_only(calico)
    else:
        clean = _explored(others, "clean path", budget, calico)
        odd = _odd(others, calico, budget) if with_odd else {}
    return _in_order(clean, odd if with_odd else {})


def domain_atoms(patterns: Sequence[str], *, budget: Budget = DEFAULT_BUDGET) -> Atoms:
    """The atoms of DNS patterns (the language of ``Domain.pattern``) over names in lower case. Raises Undecided."""
    return _in_order(domain_classes(tuple(patterns), budget), {})


def expression_of(pattern: Pattern) -> Expression:
    """The language of an exact text or an RE2 expression. Raises Undecided."""
    match pattern.syntax:
        case Syntax.EXACT:
            return literal(pattern.text)
        case Syntax.REGEX:
            try:
                return without_anchors(parse_re2(pattern.text))
            except BadExpression as error:
                raise Undecided(f"`{pattern.text}` is no RE2 expression: {error}") from error
        case _:
            raise Undecided("Calico's path rules are no plain expressions")


def equivalent(
    a: Pattern | Iterable[Pattern] | None,
    b: Pattern | Iterable[Pattern] | None,
    *,
    component: Component,
    budget: Budget = DEFAULT_BUDGET,
) -> bool:
    """Whether two unions of patterns match the same; None is no restriction, ``()`` matches nothing."""
    return all(left == right for left, right, _ in sides(a, b, component=component, budget=budget))


def included(
    a: Pattern | Iterable[Pattern] | None,
    b: Pattern | Iterable[Pattern] | None,
    *,
    component: Component,
    budget: Budget = DEFAULT_BUDGET,
) -> bool:
    """Whether everything that ``a`` matches is matched by ``b``."""
    return all(right or not left for left, right, _ in sides(a, b, component=component, budget=budget))


def intersects(
    a: Pattern | Iterable[Pattern] | None,
    b: Pattern | Iterable[Pattern] | None,
    *,
    component: Component,
    budget: Budget = DEFAULT_BUDGET,
) -> bool:
    """Whether some text is matched by both."""
    return any(left and right for left, right, _ in sides(a, b, component=component, budget=budget))


def sides(
    a: Pattern | Iterable[Pattern] | None,
    b: Pattern | Iterable[Pattern] | None,
    *,
    component: Component,
    budget: Budget = DEFAULT_BUDGET,
) -> tuple[tuple[bool, bool, Atom], ...]:
    """For every atom whether ``a`` and whether ``b`` match it: the raw material of witnesses."""
    left, right = _members(a), _members(b)
    patterns = tuple(dict.fromkeys((*(left or ()), *(right or ()))))
    place = {pattern: index for index, pattern in enumerate(patterns)}
    of_left, of_right = ({place[each] for each in side or ()} for side in (left, right))
    return tuple(
        (
            left is None or not of_left.isdisjoint(atom.members),
            right is None or not of_right.isdisjoint(atom.members),
            atom,
        )
        for atom in atoms(patterns, component=component, budget=budget)
    )


def _members(side: Pattern | Iterable[Pattern] | None) -> tuple[Pattern, ...] | None:
    return None if side is None else (side,) if isinstance(side, Pattern) else tuple(side)


def _in_order(clean: Found, odd: Found) -> Atoms:
    """Clean samples first; within each, few members first."""
    return tuple(
        Atom(members, sample, is_odd)
        for found, is_odd in ((clean, False), ({key: odd[key] for key in odd if key not in clean}, True))
        for members, sample in sorted(found.items(), key=lambda item: (len(item[0]), sorted(item[0])))
    )


def _explored(
    others: Sequence[tuple[int, Expression]],
    component: str,
    budget: Budget,
    calico: Sequence[tuple[int, Pattern]] = (),
) -> Found:
    """Atoms by walking the automaton of all patterns side by side, within the universe of a component."""
    automaton, found = walk(universe_table(component), others, calico, component, budget)
    atoms_found = {tags - {ARRIVES}: text for tags, text in found.items() if ARRIVES in tags}
    for candidate in reversed(CANDIDATES.get(component, ())):
        tags = automaton.run(candidate)
        if ARRIVES in tags:
            atoms_found[tags - {ARRIVES}] = candidate
    return atoms_found


def _odd(others: Sequence[tuple[int, Expression]], calico: Sequence[tuple[int, Pattern]], budget: Budget) -> Found:
    """Atoms among the odd paths. Where no expression reaches them, as in all that this program writes, Calico's own
    suffice."""
    alone = _calico_only(calico)[1]
    return odd_atoms(others, calico, alone, budget) if odd_reached(others, budget) else alone


def odd_samples(patterns: Sequence[Pattern], *, budget: Budget = DEFAULT_BUDGET) -> tuple[str, ...]:
    """Odd paths that regular expressions match, one for every set of them; ``()`` when they match none."""
    return odd_reached(tuple((index, expression_of(pattern)) for index, pattern in enumerate(patterns)), budget)


def _calico_only(calico: Sequence[tuple[int, Pattern]]) -> tuple[Found, Found]:
    """Atoms of Calico's rules alone, clean and odd, by hand.

    What matches a normalised path depends on the longest rule path above it and on whether it is a rule path itself, so
    every rule path and one fresh path below each (and below the root) stand for all.
    """
    rules = [
        (index, path, pattern.syntax is Syntax.CALICO_PREFIX)
        for index, pattern in calico
        if (path := calico_path(pattern.text)) is not None
    ]
    known = {path for _, path, _ in rules}
    clean: Found = {}
    odd: Found = {}
    for path in sorted(("/", *known), key=lambda each: (len(each), each)):
        fresh = next(
            below
            for number in range(len(known) + 1)
            if (below := f"{path.rstrip('/')}/x{number or ''}") not in known
            and not any(each.startswith(below + "/") for each in known)
        )
        for each in (path, fresh):
            members = frozenset(
                index
                for index, rule, is_prefix in rules
                if each == rule or (is_prefix and (rule == "/" or each.startswith(rule + "/")))
            )
            sample = percent_encoded(each)
            if "%" not in sample:
                clean.setdefault(members, sample)
            odd.setdefault(members, f"{sample};")
    odd.setdefault(_NONE, "/%")
    return clean, odd


_Simple = tuple[frozenset[str], str | None]
"""Texts, and the prefix of further texts, that a pattern stands for."""


def _simple(others: Sequence[tuple[int, Expression]], component: Component) -> Found | None:
    """Atoms of texts and of prefixes (``/a.*``) by hand; None when some pattern is neither, or when in doubt.

    What matches a text depends on the longest prefix that it has and on whether it is named itself.
    """
    simple: list[tuple[int, _Simple]] = []
    for index, expression in others:
        form = _simple_form(expression)
        if form is None:
            return None
        simple.append((index, form))
    can_arrive = arrives(component)
    texts = {text for _, (exact, _) in simple for text in exact}
    prefixes = {prefix for _, (_, prefix) in simple if prefix is not None}

    def members(text: str) -> frozenset[int]:
        return frozenset(
            index
            for index, (exact, prefix) in simple
            if text in exact or (prefix is not None and text.startswith(prefix))
        )

    found: Found = {}
    for text in (*CANDIDATES[component], *sorted(texts, key=lambda each: (len(each), each))):
        if can_arrive(text):
            found.setdefault(members(text), text)
    for prefix in sorted(prefixes | {"/" if component == "path" else ""}):
        expected = members(prefix) - {index for index, (exact, _) in simple if prefix in exact}
        fresh = next(
            (
                text
                for more in ("", "x", "/x", "y", "z", "/y", "X")
                if (text := prefix + more) not in texts and members(text) == expected and can_arrive(text)
            ),
            None,
        )
        if fresh is None:
            return None
        found.setdefault(expected, fresh)
    return found


def _simple_form(expression: Expression) -> _Simple | None:
    texts = finite(expression)
    if texts is not None:
        return frozenset(texts), None
    if isinstance(expression, Chain) and expression.items and expression.items[-1] == REST_OF_LINE:
        start = finite(Chain(expression.items[:-1]), limit=1)
        return (frozenset(), start[0]) if start else None
    return None


__all__ = [
    "DEFAULT_BUDGET",
    "Atom",
    "Atoms",
    "Budget",
    "Cell",
    "Component",
    "Undecided",
    "atoms",
    "domain_atoms",
    "equivalent",
    "included",
    "intersects",
    "odd_samples",
    "sides",
    "string_atoms",
]
