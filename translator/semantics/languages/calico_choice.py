"""Which of Calico's exact paths and prefixes stand best for some expressions over paths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from translator.ir.layer7 import Pattern, Syntax
from translator.semantics.languages.automata import Atom, atoms, expression_of
from translator.semantics.languages.budget import Budget
from translator.semantics.languages.expressions import openings
from translator.semantics.languages.paths import calico_path, percent_encoded

CALICO: Final = frozenset({Syntax.CALICO_EXACT, Syntax.CALICO_PREFIX})
_WHOLE_TREE: Final = Pattern(Syntax.CALICO_PREFIX, "/")


@dataclass(frozen=True, slots=True)
class Witness:
    """A request's method or path on which the patterns before and after differ."""

    sample: str
    odd: bool = False
    """The patterns agree on what plain clients send and differ on paths with ``%`` or ``;`` only."""


def first_witness(differing: Iterable[Atom]) -> Witness | None:
    """A witness for the first of some atoms."""
    return next((Witness(atom.sample, atom.odd) for atom in differing), None)


class Choice:
    """Calico's candidates for some expressions, judged on all clean paths at once."""

    def __init__(self, native: tuple[Pattern, ...], others: tuple[Pattern, ...], budget: Budget) -> None:
        self.wanted = (*native, *others)
        found = dict.fromkeys(stem for each in others for stem in stems(each) if percent_encoded(stem) == stem)
        ordered = sorted(found, key=lambda stem: (len(stem), stem))
        syntaxes = (Syntax.CALICO_PREFIX, Syntax.CALICO_EXACT)
        self.candidates = tuple(Pattern(syntax, stem) for syntax in syntaxes for stem in ordered)
        self.patterns = (*self.wanted, *self.candidates)
        self._place = {pattern: len(self.wanted) + index for index, pattern in enumerate(self.candidates)}
        self.atoms = atoms(self.patterns, component="path", budget=budget, odd=False)

    def _is_wanted(self, atom: Atom) -> bool:
        return any(member < len(self.wanted) for member in atom.members)

    def _matches(self, chosen: Iterable[Pattern], atom: Atom) -> bool:
        return any(self._place[each] in atom.members for each in chosen)

    def safe(self) -> tuple[Pattern, ...]:
        """The fewest candidates that match nothing but what is wanted, wide ones first."""
        bad = {member for atom in self.atoms if not self._is_wanted(atom) for member in atom.members}
        native = {index for index, each in enumerate(self.wanted) if each.syntax in CALICO}
        chosen: list[Pattern] = []
        for candidate in self.candidates:
            place = self._place[candidate]
            mine = [atom for atom in self.atoms if place in atom.members]
            adds = any(not self._matches(chosen, atom) and native.isdisjoint(atom.members) for atom in mine)
            if place not in bad and adds:
                chosen.append(candidate)
        return tuple(chosen)

    def covering(self, chosen: tuple[Pattern, ...]) -> tuple[Pattern, ...] | None:
        """The chosen candidates with the narrowest further ones for what is wanted and not matched yet.

        The whole tree is never added: what only it would take in stays out. None when nothing is left but that.
        """
        found = list(chosen)
        narrow_first = sorted(
            (each for each in self.candidates if each != _WHOLE_TREE),
            key=lambda each: (each.syntax is Syntax.CALICO_PREFIX, -len(each.text), each.text),
        )
        missed = False
        for atom in self.atoms:
            if self._is_wanted(atom) and not self._matches(found, atom):
                further = [each for each in narrow_first if self._place[each] in atom.members]
                found += further[:1]
                missed = missed or not further
        if missed and not found:
            return None
        return tuple(each for each in found if not any(_covers(other, each) for other in found if other != each))

    def outside(self) -> Witness | None:
        """A path that nothing wanted matches."""
        return first_witness(atom for atom in self.atoms if not self._is_wanted(atom))

    def clean_difference(self, chosen: tuple[Pattern, ...]) -> tuple[Witness | None, Witness | None]:
        """A clean path that is wanted and not matched, and one that is matched and not wanted."""
        native = {index for index, each in enumerate(self.wanted) if each.syntax in CALICO}
        judged = [
            (self._is_wanted(atom), self._matches(chosen, atom) or not native.isdisjoint(atom.members), atom)
            for atom in self.atoms
        ]
        return (
            first_witness(atom for wanted, matched, atom in judged if wanted and not matched),
            first_witness(atom for wanted, matched, atom in judged if matched and not wanted),
        )


def _covers(wide: Pattern, narrow: Pattern) -> bool:
    """Whether a prefix takes in another of Calico's patterns; both are in normal form."""
    return wide.syntax is Syntax.CALICO_PREFIX and (
        wide.text in (narrow.text, "/") or narrow.text.startswith(wide.text + "/")
    )


def stems(pattern: Pattern) -> Iterable[str]:
    """Normalised paths that an expression starts with or equals, and their parents where more letters may follow."""
    for text, whole in openings(expression_of(pattern)):
        path = calico_path(text) or "/"
        yield path
        if not whole:
            yield path[: path.rindex("/")] or "/"
