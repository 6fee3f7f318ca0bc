"""Methods and paths of one engine in the other engine's words, with a witness for every request that this changes.

Calico compares normalised paths and ignores queries; Cilium matches RE2 over the path as Envoy has normalised it, query
included. No path of Calico's is therefore exactly a path of Cilium's: Calico reads ``/a;x`` and ``/%2B`` in ways of its
own. Such differences are marked ``odd``; the others concern requests that plain clients send.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from translator.ir.layer7 import HttpMatch, Pattern, Syntax
from translator.semantics.languages.automata import (
    DEFAULT_BUDGET,
    Budget,
    Undecided,
    atoms,
    expression_of,
    included,
    odd_samples,
    sides,
)
from translator.semantics.languages.calico_choice import CALICO, Choice, Witness, first_witness, stems
from translator.semantics.languages.expressions import finite
from translator.semantics.languages.matching import pattern_matches
from translator.semantics.languages.paths import calico_path, percent_encoded
from translator.semantics.languages.universes import CANDIDATES, arrives

_SPECIAL: Final = frozenset(r"\.+*?()|[]{}^$")
_QUERY: Final = r"(\?.*)?"
_CLEAN: Final = r"[^?#;%\\]*"
"""What a path may hold that both engines read alike."""
_COMMON_METHODS: Final = tuple(method for method in CANDIDATES["method"] if method.isupper())


class Tolerance(Enum):
    """Which requests may get through that did not before."""

    NOTHING = "none"
    ODD = "those on odd paths"
    ANYTHING = "any"


class Cost(Enum):
    """What became of an alternative of an HTTP rule in which something could not be said."""

    FEWER = "it matches less than before"
    MORE = "it matches more than before"
    DROPPED = "it is left out"
    INERT = "it matches the same, and something without a say in verdicts is left out"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One thing that the other engine cannot say."""

    code: str
    """The code of the loss."""
    cost: Cost
    message: str


Rewriting = tuple[tuple[HttpMatch, ...], tuple[Shortfall, ...]]
"""The alternatives in the other engine's words (``()``: it is left out or matches nothing), and what they lack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """Patterns in another engine's words, and which way the matched requests changed."""

    patterns: tuple[Pattern, ...] | None
    """None restricts nothing; ``()`` matches nothing."""
    narrows: Witness | None = None
    """Matched before and not after."""
    widens: Witness | None = None
    """Matched after and not before."""

    @property
    def is_exact(self) -> bool:
        """Whether nothing changed."""
        return self.narrows is None and self.widens is None


def for_cilium(match: HttpMatch) -> Rewriting:
    """An alternative with Calico's methods and paths for Cilium: one for each path. Never widens."""
    methods, paths = cilium_methods(match.methods), cilium_paths(match.paths)
    shortfalls = tuple(
        Shortfall(
            "http-path-normalisation",
            Cost.FEWER,
            f"paths that Envoy and Calico read differently are refused, for example `{found.sample}`",
        )
        for found in (paths.narrows,)
        if found
    )
    if methods.patterns == () or paths.patterns == ():
        return (), ()
    each_path = [None] if paths.patterns is None else [(path,) for path in paths.patterns]
    return tuple(replace(match, methods=methods.patterns, paths=path) for path in each_path), shortfalls


def for_calico(
    match: HttpMatch, *, tolerance: Tolerance = Tolerance.NOTHING, budget: Budget = DEFAULT_BUDGET
) -> Rewriting:
    """An alternative with expressions for Calico, which knows lists of methods and paths and nothing else."""
    methods, methods_lack = _methods_within(match.methods, tolerance, budget)
    paths, paths_lack = _paths_within(match.paths, tolerance, budget)
    lacking = (*methods_lack, *paths_lack, *_unsayable(match, tolerance, budget))
    dropped = tuple(each for each in lacking if each.cost is Cost.DROPPED)
    if dropped or methods == () or paths == ():
        return (), dropped
    return (HttpMatch(methods=methods, paths=paths),), lacking


def escaped(text: str) -> str:
    """The RE2 expression that matches exactly a text."""
    return "".join(f"\\{char}" if char in _SPECIAL else char for char in text)


def cilium_methods(methods: Sequence[Pattern] | None) -> Rewritten:
    """One expression for a list of methods: ``GET|HEAD``. Texts that are no method never arrive and are left out."""
    if methods is None:
        return Rewritten(patterns=None)
    token = arrives("method")
    texts = [
        escaped(each.text) if each.syntax is Syntax.EXACT else each.text
        for each in dict.fromkeys(methods)
        if each.syntax is not Syntax.EXACT or token(each.text)
    ]
    if len(texts) > 1:
        # A flag such as (?i) would otherwise reach into what follows it.
        texts = [f"(?:{text})" if "(?" in text else text for text in texts]
    return Rewritten(patterns=(Pattern(Syntax.REGEX, "|".join(texts)),) if texts else ())


def cilium_paths(paths: Sequence[Pattern] | None) -> Rewritten:
    """One expression for each of Calico's paths. It narrows on odd paths only, and never widens."""
    if paths is None:
        return Rewritten(patterns=None)
    found = dict.fromkeys(written for each in paths if (written := _cilium_path(each)) is not None)
    changed = (calico_path(each.text) for each in paths if each.syntax in CALICO)
    odd = next((Witness(percent_encoded(path) + ";", odd=True) for path in changed if path is not None), None)
    return Rewritten(patterns=tuple(found), narrows=odd)


def _cilium_path(pattern: Pattern) -> Pattern | None:
    """A path as an expression over what Envoy forwards; None when no request can match it."""
    if pattern.syntax is Syntax.REGEX:
        return pattern
    if pattern.syntax is Syntax.EXACT:
        return Pattern(Syntax.REGEX, escaped(pattern.text))
    path = calico_path(pattern.text)
    if path is None:
        return None
    start, *escapes = percent_encoded(path).split("%")
    body = escaped(start) + "".join(_escape(each[:2]) + escaped(each[2:]) for each in escapes)
    if pattern.syntax is Syntax.CALICO_EXACT:
        return Pattern(Syntax.REGEX, (body if path == "/" else f"{body}/?") + _QUERY)
    return Pattern(Syntax.REGEX, (f"/{_CLEAN}" if path == "/" else f"{body}(/{_CLEAN})?") + _QUERY)


def _escape(digits: str) -> str:
    """A percent-encoded byte, its letters in either case."""
    return "%" + "".join(f"[{digit}{digit.lower()}]" if digit.isalpha() else digit for digit in digits)


def calico_methods(methods: Sequence[Pattern] | None, *, budget: Budget = DEFAULT_BUDGET) -> Rewritten:
    """The methods that expressions match, listed; of an endless language the common ones. Never widens.

    A list with ``*`` means every method to Calico, so the method ``*`` itself cannot be listed. Raises Undecided.
    """
    if methods is None:
        return Rewritten(patterns=None)
    before = tuple(methods)
    listed: dict[str, None] = {}
    for each in before:
        texts = finite(expression_of(each))
        listed |= dict.fromkeys(
            texts if texts is not None else (text for text in _COMMON_METHODS if pattern_matches(each, text))
        )
    token = arrives("method")
    after = tuple(Pattern(Syntax.EXACT, text) for text in listed if text != "*" and token(text))
    compared = sides(before, after, component="method", budget=budget)
    if all(left for left, _, _ in compared):
        return Rewritten(patterns=None)
    return Rewritten(
        patterns=after, narrows=first_witness((atom for left, right, atom in compared if left and not right))
    )


def calico_paths(paths: Sequence[Pattern] | None, *, cover: bool = False, budget: Budget = DEFAULT_BUDGET) -> Rewritten:
    """Calico's exact paths and prefixes for expressions over paths. Raises Undecided.

    On the paths that plain clients send the result matches no more than the expressions do. With ``cover`` it is wide
    enough to match no less, where rules below the root can, and ``widens`` says what else gets through: a plain
    ``/foo`` becomes exact ``/foo``, which lets every query pass. On odd paths every rule of Calico's matches more than
    an expression that does not reach for ``;`` and ``%``, so ``widens`` is rarely None but mostly ``odd``; callers
    decide whether they accept that.
    """
    if paths is None:
        return Rewritten(patterns=None)
    native = tuple(each for each in paths if each.syntax in CALICO)
    others = tuple(each for each in paths if each.syntax not in CALICO)
    if not others:
        return Rewritten(patterns=native)
    if all(atom.members for atom in atoms(others, component="path", budget=budget)):
        return Rewritten(patterns=None)
    choice = Choice(native, others, budget)
    chosen = choice.safe()
    if cover:
        covering = choice.covering(chosen)
        if covering is None:
            return Rewritten(patterns=None, widens=choice.outside())
        chosen = covering
    narrows, widens = choice.clean_difference(chosen)
    if narrows is None:
        narrows = _odd_narrowing(others, (*native, *chosen), budget)
    if widens is None:
        widens = _odd_widening((*native, *others), chosen, budget)
    return Rewritten(patterns=(*native, *chosen), narrows=narrows, widens=widens)


def _odd_narrowing(others: tuple[Pattern, ...], after: tuple[Pattern, ...], budget: Budget) -> Witness | None:
    """An odd path that the expressions match and Calico's patterns do not."""
    samples = odd_samples(others, budget=budget)
    if not samples:
        return None
    for sample in samples:
        if not any(pattern_matches(each, sample) for each in after):
            return Witness(sample, odd=True)
    compared = sides(others, after, component="path", budget=budget)
    return first_witness(atom for left, right, atom in compared if left and not right)


def _odd_widening(before: tuple[Pattern, ...], chosen: tuple[Pattern, ...], budget: Budget) -> Witness | None:
    """An odd path that Calico's patterns match and the original ones do not."""
    for each in chosen:
        sample = f"{each.text};"
        if not any(pattern_matches(pattern, sample) for pattern in before):
            return Witness(sample, odd=True)
    compared = sides(before, chosen, component="path", budget=budget) if chosen else ()
    return first_witness(atom for left, right, atom in compared if right and not left)


_Part = tuple[tuple[Pattern, ...] | None, tuple[Shortfall, ...]]


def _given_up(code: str, message: str, tolerance: Tolerance) -> _Part:
    """A part that cannot be said: no longer demanded where anything is tolerated, else the end of its alternative."""
    if tolerance is Tolerance.ANYTHING:
        return None, (Shortfall(code, Cost.MORE, message),)
    return (), (Shortfall(code, Cost.DROPPED, message),)


def _methods_within(methods: tuple[Pattern, ...] | None, tolerance: Tolerance, budget: Budget) -> _Part:
    try:
        found = calico_methods(methods, budget=budget)
    except Undecided as error:
        return _given_up("http-method", error.reason, tolerance)
    if found.narrows is None:
        return found.patterns, ()
    message = f"methods such as `{found.narrows.sample}` cannot be listed"
    if not found.patterns:
        return _given_up("http-method", message, tolerance)
    return found.patterns, (Shortfall("http-method", Cost.FEWER, message),)


def _paths_within(paths: tuple[Pattern, ...] | None, tolerance: Tolerance, budget: Budget) -> _Part:
    try:
        found = calico_paths(paths, cover=tolerance is Tolerance.ANYTHING, budget=budget)
    except Undecided as error:
        return _given_up("http-path", error.reason, tolerance)
    lacking: list[Shortfall] = []
    if found.narrows is not None:
        code, message = _refused(paths or (), found.narrows)
        lacking.append(Shortfall(code, Cost.FEWER if found.patterns else Cost.DROPPED, message))
    if found.widens is not None and not found.widens.odd:
        lacking.append(Shortfall("http-path", Cost.MORE, f"`{found.widens.sample}` and the like get through as well"))
    elif found.widens is not None:
        cost = Cost.DROPPED if tolerance is Tolerance.NOTHING else Cost.MORE
        message = f"Calico reads paths such as `{found.widens.sample}` in its own way and would let them through"
        lacking.append(Shortfall("http-path-normalisation", cost, message))
    return found.patterns, tuple(lacking)


def _refused(paths: tuple[Pattern, ...], witness: Witness) -> tuple[str, str]:
    """The code and the words for a path that Calico's rules no longer match."""
    sample = witness.sample
    if witness.odd:
        return "http-path-normalisation", f"Calico reads paths such as `{sample}` in its own way and refuses them"
    others = tuple(each for each in paths if each.syntax not in CALICO)
    named = (calico_path(sample) or "/") in {stem for each in others for stem in stems(each)}
    if named and ("?" in sample or not any(pattern_matches(each, f"{sample}?x") for each in others)):
        return "http-query", f"Calico ignores queries, so `{sample}` cannot be told from other queries of its path"
    return "http-path", f"`{sample}` and the like are no path or prefix that Calico could name"


def _unsayable(match: HttpMatch, tolerance: Tolerance, budget: Budget) -> tuple[Shortfall, ...]:
    """What Calico has no words for at all."""
    cost = Cost.MORE if tolerance is Tolerance.ANYTHING else Cost.DROPPED
    found: list[Shortfall] = []
    if match.hosts is not None and not _is_every_host(match.hosts, budget):
        found.append(Shortfall("http-host", cost, "Calico cannot ask for the host of a request"))
    if match.headers:
        found.append(Shortfall("http-headers", cost, "Calico cannot ask for headers of a request"))
    if match.extras:
        found.append(Shortfall("http-header-actions", Cost.INERT, "headers are neither changed nor logged"))
    return tuple(found)


def _is_every_host(hosts: tuple[Pattern, ...], budget: Budget) -> bool:
    try:
        return included(None, hosts, component="host", budget=budget)
    except Undecided:
        return False
