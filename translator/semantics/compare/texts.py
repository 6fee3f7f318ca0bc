"""Domains whose atoms are classes of texts: label values by substring, HTTP parts and DNS names by pattern."""

from __future__ import annotations

from collections.abc import Iterable

from translator.ir.layer7 import Pattern
from translator.semantics.compare.atoms import TextAtoms
from translator.semantics.compare.samples import fresh
from translator.semantics.languages.automata import Component, atoms
from translator.semantics.languages.budget import DEFAULT_BUDGET
from translator.semantics.languages.domains import domain_classes


def header_atoms(values: Iterable[str]) -> TextAtoms:
    """The mentioned values of a header, some other value, and its absence."""
    known = sorted(values)
    samples = (*known, fresh(known, "other"), None)
    return TextAtoms(samples, {value: 1 << i for i, value in enumerate(known)}, (1 << len(samples)) - 1)


def pattern_atoms(patterns: Iterable[Pattern], component: Component) -> TextAtoms:
    """The classes of methods, paths or hosts that the patterns tell apart. Raises Undecided."""
    order = sorted(patterns, key=lambda pattern: (pattern.syntax, pattern.text))
    found = atoms(order, component=component)
    bits: dict[object, int] = dict.fromkeys(order, 0)
    for number, atom in enumerate(found):
        for member in atom.members:
            bits[order[member]] |= 1 << number
    return TextAtoms(tuple(atom.sample for atom in found), bits, (1 << len(found)) - 1)


def name_atoms(patterns: Iterable[str], *, absent: bool) -> TextAtoms:
    """The classes of DNS names that the patterns tell apart; with ``absent`` also no name at all. Raises Undecided."""
    order = sorted(patterns)
    bits: dict[object, int] = dict.fromkeys(order, 0)
    samples: list[str | None] = []
    for members, sample in domain_classes(tuple(order), DEFAULT_BUDGET).items():
        for member in members:
            bits[order[member]] |= 1 << len(samples)
        samples.append(sample)
    if absent:
        samples.append(None)
    return TextAtoms(tuple(samples), bits, (1 << len(samples)) - 1)
