"""Domains whose atoms are classes of texts: label values by substring, HTTP parts and DNS names by pattern."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from translator.ir.labels import Operator
from translator.ir.traffic import Pattern
from translator.semantics.compare.atoms import TextAtoms


def label_samples(mentioned: Sequence[str], substrings: Iterable[tuple[Operator, str]]) -> tuple[str, ...]:
    """One value for each class of label values: the mentioned ones, and all others as the substrings split them."""
    return (*mentioned, fresh(mentioned, "other"))


def header_atoms(values: Iterable[str]) -> TextAtoms:
    """The mentioned values of a header, some other value, and its absence."""
    known = sorted(values)
    samples = (*known, fresh(known, "other"), None)
    return TextAtoms(samples, {value: 1 << i for i, value in enumerate(known)}, (1 << len(samples)) - 1)


def pattern_atoms(patterns: Iterable[Pattern], component: str) -> TextAtoms:
    """The classes of methods, paths or hosts."""
    raise NotImplementedError


def name_atoms(patterns: Iterable[str]) -> TextAtoms:
    """The classes of DNS names, and no name at all."""
    raise NotImplementedError


def fresh(known: Iterable[str], wish: str) -> str:
    """A text that is not among the known ones."""
    taken = set(known)
    candidate, count = wish, 1
    while candidate in taken:
        count += 1
        candidate = f"{wish}-{count}"
    return candidate
