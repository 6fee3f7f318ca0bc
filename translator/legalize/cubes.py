"""Sets of ends as unions of cubes: kinds × label values × addresses. The peers and subjects of the region algebra."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Final, assert_never

from translator.ir.addresses import ALL_ADDRESSES, Addresses, block, cidrs
from translator.ir.labels import (
    EVERYTHING,
    SUBSTRING,
    And,
    Everything,
    Label,
    Not,
    Nothing,
    Or,
    Requirement,
    Selector,
    conjunction,
    positive,
)
from translator.ir.peers import (
    ANYONE,
    EVERY_KIND,
    AllOf,
    Anyone,
    Domain,
    Endpoints,
    Kind,
    Network,
    NoneOf,
    Peer,
    Service,
    Unsupported,
)
from translator.legalize.values import ANY_VALUE, Values, is_conjunctive, of_requirement, to_selector

Opaque = Domain | Service | Unsupported
LABELLED: Final = frozenset({Kind.POD, Kind.HOST, Kind.REMOTE_NODE, Kind.KUBE_APISERVER})


class TooLarge(Exception):  # noqa: N818 - a signal that callers turn into a declared loss
    """A union outgrew its budget."""


BUDGET: Final = 512
COVER_BUDGET: Final = 256
"""Pairs of cubes beyond which "covered" is not worked out: it saves repetition, no meaning hangs on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cube:
    """Ends of some kinds, with these label values, in these addresses (None: wherever they are)."""

    kinds: frozenset[Kind] = EVERY_KIND
    labels: tuple[tuple[Label, Values], ...] = ()
    """One entry per restricted label, in the order in which the source wrote them."""
    addresses: Addresses | None = None
    inside: frozenset[Opaque] = frozenset()
    """Peers that no algebra is defined on; the end must match all of them."""
    outside: frozenset[Opaque] = frozenset()
    """The end must match none of them."""
    bases: tuple[str, ...] = field(default=(), compare=False)
    """CIDRs of the source, to be used again when the addresses are written."""
    source: Peer | None = field(default=None, compare=False)
    """The peer this cube was read from, as long as it still says exactly the same."""

    def __hash__(self) -> int:
        """By what tells cubes apart most."""
        return hash((self.labels, self.addresses))

    @property
    def is_empty(self) -> bool:
        """Whether nobody can be in it."""
        return (
            not self.kinds
            or any(values.is_empty for _, values in self.labels)
            or (self.addresses is not None and not self.addresses)
            or bool(self.inside & self.outside)
        )

    def values(self, label: Label) -> Values:
        """What a label may be."""
        return next((values for known, values in self.labels if known == label), ANY_VALUE)

    def __and__(self, other: Cube) -> Cube:
        if other in (self, EVERYONE):
            return self
        if self == EVERYONE:
            return other
        labels = dict(self.labels)
        for label, values in other.labels:
            labels[label] = labels[label] & values if label in labels else values
        addresses = self.addresses
        if other.addresses is not None:
            addresses = other.addresses if addresses is None else addresses & other.addresses
        both = Cube(
            kinds=self.kinds & other.kinds,
            labels=tuple(labels.items()),
            addresses=addresses,
            inside=self.inside | other.inside,
            outside=self.outside | other.outside,
            bases=self.bases + other.bases,
        )
        if self.source is not None and other.covers(self):
            return self
        if other.source is not None and self.covers(other):
            return other
        return both

    def complement(self) -> tuple[Cube, ...]:
        """Everybody else, as a union of simple cubes."""
        parts = [Cube(kinds=EVERY_KIND - self.kinds)] if self.kinds != EVERY_KIND else []
        for label, values in self.labels:
            parts.extend(Cube(kinds=self.kinds, labels=((label, other),)) for other in values.complement())
        if self.addresses is not None:
            parts.append(Cube(kinds=self.kinds, addresses=ALL_ADDRESSES - self.addresses))
        parts.extend(Cube(kinds=self.kinds, outside=frozenset({peer})) for peer in self.inside)
        parts.extend(Cube(kinds=self.kinds, inside=frozenset({peer})) for peer in self.outside)
        return tuple(part for part in parts if not part.is_empty)

    def meets(self, other: Cube) -> bool:
        """Whether somebody may be in both: what ``&`` tells, without making it."""
        if self.kinds.isdisjoint(other.kinds) or self.inside & other.outside or self.outside & other.inside:
            return False
        if self.addresses is not None and other.addresses is not None and not self.addresses & other.addresses:
            return False
        if self.is_empty or other.is_empty:
            return False
        for label, values in self.labels:
            for known, others in other.labels:
                if known == label and not values.meets(others):
                    return False
        return True

    def covers(self, other: Cube) -> bool:
        """Whether every end of the other cube is in this one (never wrongly yes)."""
        if other.is_empty:
            return True
        if not other.kinds <= self.kinds:
            return False
        if not all(values.covers(other.values(label)) for label, values in self.labels):
            return False
        if self.addresses is not None and (other.addresses is None or other.addresses - self.addresses):
            return False
        return self.inside <= other.inside and self.outside <= other.outside


EVERYONE: Final = Cube(source=ANYONE)
Cubes = tuple[Cube, ...]


def of_peer(peer: Peer) -> Cubes:
    """The union of cubes that a peer is. Raises TooLarge."""
    match peer:
        case Anyone():
            return (EVERYONE,)
        case Endpoints(selector=selector, kinds=kinds):
            found = [Cube(kinds=kinds, labels=tuple(labels.items())) for labels in disjuncts(selector)]
            # An alternative that nobody can match may have vanished: then the selector itself is no conjunction.
            return (replace(found[0], source=peer),) if len(found) == 1 and _is_plain(selector) else tuple(found)
        case Network(reach=reach):
            kinds = EVERY_KIND if reach is None else reach
            return (Cube(kinds=kinds, addresses=peer.addresses, bases=peer.cidrs, source=peer),)
        case AllOf(peers):
            return intersect_all([of_peer(each) for each in peers])
        case NoneOf(peers):
            return intersect_all([complement(of_peer(each)) for each in peers])
        case Domain():
            return (Cube(kinds=frozenset({Kind.OUTSIDE}), inside=frozenset({peer}), source=peer),)
        case Service() | Unsupported():
            return (Cube(inside=frozenset({peer}), source=peer),)
        case _:
            assert_never(peer)


def _is_plain(selector: Selector) -> bool:
    terms = selector.terms if isinstance(selector, And) else (selector,)
    asked = [term for term in terms if isinstance(term, Requirement)]
    if len(asked) < len(terms):
        return selector == EVERYTHING
    # A substring beside a list of values of the same label is decided value by value.
    return len({term.label for term in asked}) == len(asked) or not any(term.operator in SUBSTRING for term in asked)


def of_peers(peers: Iterable[Peer]) -> Cubes:
    """The union of several peers."""
    return tuple(cube for peer in peers for cube in of_peer(peer) if not cube.is_empty)


def disjuncts(selector: Selector) -> list[dict[Label, Values]]:
    """A selector as a union of conjunctions of label values. Raises TooLarge."""
    return _disjuncts(positive(selector))


def _disjuncts(selector: Selector) -> list[dict[Label, Values]]:
    match selector:
        case Everything():
            return [{}]
        case Nothing():
            return []
        case Requirement(label):
            values = of_requirement(selector)
            return [] if values.is_empty else [{label: values}]
        case Or(terms):
            return [found for term in terms for found in _disjuncts(term)]
        case And(terms):
            result: list[dict[Label, Values]] = [{}]
            for term in terms:
                if type(term) is Requirement and len(result) == 1 and term.label not in result[0]:
                    values = of_requirement(term)
                    if values.is_empty:
                        return []
                    result[0][term.label] = values
                    continue
                options = _disjuncts(term)
                result = [both for a, b in product(result, options) if (both := _merge(a, b)) is not None]
                if len(result) > BUDGET:
                    raise TooLarge
            return result
        case Not():
            raise AssertionError("negation normal form has no Not")
        case _:
            assert_never(selector)


def _merge(a: dict[Label, Values], b: dict[Label, Values]) -> dict[Label, Values] | None:
    merged = dict(a)
    for label, values in b.items():
        merged[label] = merged[label] & values if label in merged else values
        if merged[label].is_empty:
            return None
    return merged


def intersect(a: Sequence[Cube], b: Sequence[Cube]) -> Cubes:
    """Ends in both unions. Raises TooLarge."""
    found = tuple(both for x, y in product(a, b) if not (both := x & y).is_empty)
    if len(found) > BUDGET:
        raise TooLarge
    return simplified(found)


def intersect_all(unions: Sequence[Cubes]) -> Cubes:
    """Ends in every union; of none: everyone."""
    result: Cubes = (EVERYONE,)
    for union in unions:
        result = intersect(result, union)
    return result


def complement(cubes: Sequence[Cube]) -> Cubes:
    """Everybody in none of the cubes. Raises TooLarge."""
    return intersect_all([cube.complement() for cube in cubes])


def subtract(a: Sequence[Cube], b: Sequence[Cube]) -> Cubes:
    """Ends in ``a`` and not in ``b``, as few and simple cubes as easily found. Raises TooLarge."""
    rest = tuple(a)
    for hole in b:
        parts: list[Cube] = []
        for cube in rest:
            if not cube.meets(hole):
                parts.append(cube)
            elif not hole.covers(cube):
                parts.extend(part for other in hole.complement() if not (part := cube & other).is_empty)
        rest = simplified(parts)
        if len(rest) > BUDGET:
            raise TooLarge
    return rest


def overlap(a: Sequence[Cube], b: Sequence[Cube]) -> bool:
    """Whether some end may be in both unions."""
    return any(x.meets(y) for x in a for y in b)


def plainly_covered(inner: Sequence[Cube], outer: Sequence[Cube]) -> bool:
    """Whether every cube of ``inner`` is inside one of ``outer`` (never wrongly yes)."""
    return all(any(big.covers(small) for big in outer) for small in inner)


def covered(inner: Sequence[Cube], outer: Sequence[Cube]) -> bool:
    """Whether every end of ``inner`` is in ``outer``: exact as far as subtraction is."""
    if plainly_covered(inner, outer):
        return True
    if len(inner) * len(outer) > COVER_BUDGET:
        return False
    try:
        return not subtract(inner, outer)
    except TooLarge:
        return False


def simplified(cubes: Iterable[Cube]) -> Cubes:
    """The union without duplicates and without members that another one covers."""
    unique = list(dict.fromkeys(cube for cube in cubes if not cube.is_empty))
    if len(unique) < 2:
        return tuple(unique)
    # What covers another restricts no label that the other leaves open.
    keys = [frozenset(label for label, _ in cube.labels) for cube in unique]
    return tuple(
        cube
        for position, cube in enumerate(unique)
        if not any(
            keys[index] <= keys[position]
            and index != position
            and other.covers(cube)
            and (not cube.covers(other) or index < position)
            for index, other in enumerate(unique)
        )
    )


def selector_of(cube: Cube) -> Selector:
    """The selector of a cube's labels."""
    return conjunction(*(to_selector(label, values) for label, values in cube.labels))


def conjunctive(cubes: Iterable[Cube]) -> Cubes:
    """The same union with every label restricted by plain conjunctions (``in {…} or absent`` becomes two cubes)."""
    result: list[Cube] = []
    for cube in cubes:
        pending = [cube]
        for label, values in cube.labels:
            if not is_conjunctive(values):
                halves = (replace(values, absent=False), Values(absent=True))
                pending = [_with(each, label, half) for each in pending for half in halves]
        result.extend(pending)
    return tuple(result)


def _with(cube: Cube, label: Label, values: Values) -> Cube:
    labels = tuple((known, values if known == label else old) for known, old in cube.labels)
    return replace(cube, labels=labels, source=None)


def to_peer(cube: Cube) -> Peer:
    """The cube as a peer again."""
    if cube.source is not None:
        return cube.source
    parts: list[Peer] = []
    if cube.addresses is not None:
        whole, excepts = blocks_of(cube.addresses, cube.bases)
        parts.append(Network(cidrs=whole, excepts=excepts, reach=cube.kinds))
    selector = selector_of(cube)
    if (cube.addresses is None and not cube.inside) or selector != EVERYTHING:
        parts.append(Endpoints(selector=selector, kinds=cube.kinds))
    parts.extend(sorted(cube.inside, key=repr))
    if cube.outside:
        parts.append(NoneOf(tuple(sorted(cube.outside, key=repr))))
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def blocks_of(addresses: Addresses, bases: Sequence[str] = ()) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """CIDRs and excepts that denote the addresses, reusing the source's own blocks where that is shorter."""
    plain = cidrs(addresses)
    whole: list[str] = []
    holes: list[str] = []
    rest = addresses
    for base in dict.fromkeys([*bases, "0.0.0.0/0", "::/0"]):
        span = block(base)
        if not (span & rest):
            continue
        missing = cidrs(span - addresses)
        if len(missing) + 1 <= len(cidrs(span & rest)):
            whole.append(base)
            holes.extend(missing)
            rest = rest - span
    whole.extend(cidrs(rest))
    return (tuple(whole), tuple(holes)) if len(whole) + len(holes) <= len(plain) else (plain, ())
