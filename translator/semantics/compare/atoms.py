"""The finite domains of a comparison: each splits an infinite dimension into atoms that no rule tells apart.

An atom is a bit; a set of atoms is an integer. Every kind of domain says which atoms a literal covers, and later
names atoms again for people.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from translator.ir.addresses import V4_MAX, V6_MAX, Address, Addresses, cidrs
from translator.ir.intervals import Interval, Intervals, intervals
from translator.ir.labels import Operator, Requirement, requirement_holds
from translator.ir.peers import Kind

_V6_START: Final = V4_MAX + 1
ADDRESS_END: Final = _V6_START + V6_MAX + 1
"""Addresses of both families stand on one line, IPv4 first."""
BUT: Final = 2
"""As many blocks as the words "any but" are worth."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelAtoms:
    """The values of a label: each mentioned one, some other one (or several, by substring), and absence."""

    samples: tuple[str | None, ...]
    """One value per atom; None is absence."""
    bits: dict[str, int]
    """The atoms of the mentioned values."""
    absent: int
    """The atom of absence; 0 where the label is always there."""
    full: int
    substrings: tuple[Requirement, ...] = ()
    """The substring requirements that split the values that nobody mentions."""

    def mask(self, requirement: Requirement) -> int:
        """The atoms on which a requirement holds."""
        match requirement.operator:
            case Operator.IN:
                return self.values(requirement.values)
            case Operator.NOT_IN:
                return self.full & ~self.values(requirement.values)
            case Operator.HAS:
                return self.full & ~self.absent
            case Operator.LACKS:
                return self.absent
            case _:
                return sum(1 << i for i, value in enumerate(self.samples) if requirement_holds(requirement, value))

    def values(self, values: Iterable[str]) -> int:
        """The atoms of some mentioned values."""
        bits = self.bits
        found = 0
        for value in values:
            found |= bits.get(value, 0)
        return found

    def atom(self, value: str | None) -> int:
        """The atom of any value."""
        if value is None:
            return self.absent
        found = self.bits.get(value)
        if found is not None:
            return found
        signature = self._signature(value)
        return sum(
            1 << i
            for i, sample in enumerate(self.samples)
            if sample is not None and sample not in self.bits and self._signature(sample) == signature
        )

    def _signature(self, value: str) -> tuple[bool, ...]:
        """Which of the substring requirements hold; values that nobody mentions differ in nothing else."""
        return tuple(requirement_holds(requirement, value) for requirement in self.substrings)


@dataclass(frozen=True, slots=True, eq=False)
class NumberAtoms:
    """Intervals of a line of numbers between the bounds that rules mention."""

    bounds: tuple[int, ...]
    """The first number of each atom, and the end of the last."""
    full: int

    def mask(self, spans: Intervals) -> int:
        """The atoms inside some intervals, whose bounds are all mentioned (what lies beyond the line is ignored)."""
        bounds = self.bounds
        found = 0
        for low, high in spans:
            first, end = bisect_left(bounds, low), bisect_left(bounds, high + 1)
            if first < end:
                found |= (1 << end) - (1 << first)
        return found & self.full

    def spans(self, mask: int) -> Intervals:
        """The numbers of some atoms."""
        return intervals((self.bounds[i], self.bounds[i + 1] - 1) for i in range(len(self.bounds) - 1) if mask >> i & 1)

    def atom_of(self, number: int) -> int:
        """The atom of one number; 0 for one that is not on the line."""
        at = bisect_right(self.bounds, number)
        return 1 << (at - 1) & self.full if at else 0

    def of_addresses(self, addresses: Addresses) -> int:
        """The atoms inside a set of addresses, on the line of both families."""
        return self.mask(addresses.v4) | self.mask(on_line(addresses.v6))

    def count_blocks(self, mask: int) -> int:
        """How many address blocks it takes to write some atoms, or all but the others (which is harder to read)."""
        others = self.full & ~mask
        return min(len(cidrs(self.addresses(mask))), len(cidrs(self.addresses(others))) + BUT) if others else 0

    def addresses(self, mask: int) -> Addresses:
        """The addresses of some atoms."""
        return off_line(self.spans(mask))


@dataclass(frozen=True, slots=True, eq=False)
class KindAtoms:
    """The kinds of ends that there are."""

    kinds: tuple[Kind, ...]
    bits: dict[Kind, int] = field(default_factory=dict)
    full: int = 0

    def mask(self, kinds: Iterable[Kind]) -> int:
        """The atoms of some kinds."""
        found = 0
        for kind in kinds:
            found |= self.bits.get(kind, 0)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class TextAtoms:
    """Classes of texts by which patterns match them; the class of no pattern among them."""

    samples: tuple[str | None, ...]
    """One text per class; None is the absence of any text."""
    bits: dict[object, int]
    """The atoms that each pattern matches."""
    full: int


@dataclass(frozen=True, slots=True, eq=False)
class FlagAtoms:
    """No (bit 0) and yes (bit 1)."""

    full: int = 0b11


NO: Final = 0b01
YES: Final = 0b10
FLAG: Final = FlagAtoms()

L4: Final = 0b001
HTTP: Final = 0b010
DNS: Final = 0b100


@dataclass(frozen=True, slots=True, eq=False)
class ApplicationAtoms:
    """What a flow is asked about beyond layer 4: nothing, an HTTP request, a DNS query."""

    full: int


Atoms = LabelAtoms | NumberAtoms | KindAtoms | TextAtoms | FlagAtoms | ApplicationAtoms


def number_atoms(start: int, end: int, mentioned: Iterable[Interval]) -> NumberAtoms:
    """The atoms of the numbers from ``start`` up to and without ``end``."""
    bounds = {start, end}
    for low, high in mentioned:
        bounds.add(low)
        bounds.add(high + 1)
    inside = tuple(sorted(bound for bound in bounds if start <= bound <= end))
    return NumberAtoms(inside, (1 << (len(inside) - 1)) - 1)


def address_atoms(mentioned: Iterable[Addresses]) -> NumberAtoms:
    """The atoms of all addresses of both families."""
    spans: list[Interval] = [(0, V4_MAX)]
    for addresses in mentioned:
        spans.extend(addresses.v4)
        spans.extend(on_line(addresses.v6))
    return number_atoms(0, ADDRESS_END, spans)


def kind_atoms(kinds: Iterable[Kind]) -> KindAtoms:
    """The atoms of some kinds, in the order of the enumeration."""
    known = tuple(kind for kind in Kind if kind in set(kinds))
    return KindAtoms(known, {kind: 1 << i for i, kind in enumerate(known)}, (1 << len(known)) - 1)


def on_line(v6: Intervals) -> Intervals:
    """IPv6 addresses on the line of both families."""
    return tuple((low + _V6_START, high + _V6_START) for low, high in v6)


def off_line(spans: Intervals) -> Addresses:
    """Addresses from the line of both families."""
    v4 = intervals((low, min(high, V4_MAX)) for low, high in spans if low <= V4_MAX)
    v6 = intervals((max(low, _V6_START) - _V6_START, high - _V6_START) for low, high in spans if high > V4_MAX)
    return Addresses(v4=v4, v6=v6)


def address_on_line(address: Address) -> int:
    """One address on the line of both families."""
    return address.number + (_V6_START if address.family == 6 else 0)


V4_LINE: Final[Intervals] = ((0, V4_MAX),)
V6_LINE: Final[Intervals] = ((_V6_START, ADDRESS_END - 1),)
