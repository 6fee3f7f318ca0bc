"""One point of a box: the flow that is easiest to read among those that end in a leaf."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final, assert_never

from translator.ir.addresses import V4_MAX
from translator.ir.labels import CLUSTER_NAME, LOCAL_CLUSTER, NAMESPACE_NAME, SERVICE_ACCOUNT_NAME, Label
from translator.ir.peers import Kind
from translator.ir.traffic import ICMP, ICMPV6, PROTOCOL_NUMBERS, SCTP, TCP, UDP
from translator.semantics.compare.atoms import (
    L4,
    NO,
    ApplicationAtoms,
    FlagAtoms,
    KindAtoms,
    LabelAtoms,
    NumberAtoms,
    TextAtoms,
)
from translator.semantics.compare.diagrams import Store
from translator.semantics.compare.product import IMPOSSIBLE, LEAVES
from translator.semantics.compare.space import OPAQUE_ASPECT, Aspect, Space, Variable

GRE: Final = PROTOCOL_NUMBERS["GRE"]
KINDS: Final = (Kind.POD, Kind.OUTSIDE, Kind.REMOTE_NODE, Kind.HOST, Kind.KUBE_APISERVER)
NUMBERS: Final[Mapping[Aspect, tuple[int, ...]]] = {
    Aspect.PROTOCOL: (TCP, UDP, ICMP, SCTP, ICMPV6, GRE),
    Aspect.PORT: (80, 443, 8080, 5432, 53, 8443, 22),
    Aspect.SOURCE_PORT: (40000,),
    Aspect.ICMP_TYPE: (8, 128),
    Aspect.ICMP_CODE: (0,),
}
"""What people know at sight."""
_ADDRESSES: Final = (
    *(int(ip_address(text)) for text in ("203.0.113.7", "198.51.100.7", "192.0.2.7", "8.8.8.8")),
    *(V4_MAX + 1 + int(ip_address(text)) for text in ("2001:db8::7", "2001:4860:4860::8888")),
)
"""Addresses of the ranges for documentation, and some that everybody knows."""
ASSUMED: Final = frozenset({Aspect.CONDITION, *OPAQUE_ASPECT.values()})
"""What only its name is known of, so that a witness has to assume it."""
_LOOKED_AT: Final = 2000
Point = dict[int, int]
"""Variable → one atom."""


def pick(space: Space, store: Store, root: int, leaf: int, box: Mapping[int, int]) -> Point:
    """A point of the box that ends in the leaf; variables that do not matter there are left out.

    Nor does it assume more than it takes of what only its name is known of.
    """
    reaches: dict[int, bool] = {node: node == leaf for node in range(LEAVES)}

    def can_reach(node: int) -> bool:
        found = reaches.get(node)
        if found is None:
            within = box.get(store.variable[node])
            found = reaches[node] = any(
                can_reach(child) for child, atoms in store.edges[node] if within is None or atoms & within
            )
        return found

    point: Point = {}
    node = root
    while node >= LEAVES:
        variable = store.variable[node]
        within = box.get(variable, store.full[variable])
        options = 0
        for child, atoms in store.edges[node]:
            if can_reach(child):
                options |= atoms & within
        point[variable] = favourite(space, space.variables[variable], options)
        node = next(child for child, atoms in store.edges[node] if atoms & point[variable])
    for variable in [each for each in point if space.variables[each].aspect in ASSUMED and each not in box]:
        rest = {each: atom for each, atom in point.items() if each != variable}
        if _ends_in(store, root, leaf, rest):
            point = rest
    for variable, atoms in box.items():
        if variable not in point:
            point[variable] = favourite(space, space.variables[variable], atoms)
    return point


def _ends_in(store: Store, root: int, leaf: int, point: Point) -> bool:
    """Whether all flows of a point that exist end in a leaf; no where that takes long to see."""
    seen: set[int] = set()
    left = [root]
    while left:
        node = left.pop()
        if node in seen or node in (leaf, IMPOSSIBLE):
            continue
        if node < LEAVES or len(seen) == _LOOKED_AT:
            return False
        seen.add(node)
        atom = point.get(store.variable[node])
        left += [child for child, atoms in store.edges[node] if atom is None or atoms & atom]
    return True


def favourite(space: Space, variable: Variable, options: int) -> int:
    """The atom among the options that reads best."""
    atoms = variable.atoms
    match atoms:
        case LabelAtoms():
            return _favourite_value(space, variable, atoms, options)
        case KindAtoms(bits=bits):
            return next((bits[kind] for kind in KINDS if bits.get(kind, 0) & options), options & -options)
        case NumberAtoms():
            return _favourite_number(variable.aspect, atoms, options)
        case TextAtoms(samples=samples):
            order = sorted(range(len(samples)), key=lambda i: (samples[i] is not None, len(samples[i] or "")))
            return next(1 << i for i in order if options >> i & 1)
        case FlagAtoms():
            return options & NO or options
        case ApplicationAtoms():
            return options & L4 or options & -options
        case _:
            assert_never(atoms)


def _favourite_value(space: Space, variable: Variable, atoms: LabelAtoms, options: int) -> int:
    """No label where that will do; the subject's own namespace and cluster; then values that policies mention."""
    if options & atoms.absent:
        return atoms.absent
    preferred: tuple[str | None, ...] = ()
    if variable.key == NAMESPACE_NAME:
        preferred = (space.bucket.namespace,)
    elif variable.key == CLUSTER_NAME:
        preferred = (LOCAL_CLUSTER,)
    for value in (*preferred, *atoms.bits):
        if value is not None and atoms.bits.get(value, 0) & options:
            return atoms.bits[value]
    return options & -options


def _favourite_number(aspect: Aspect, atoms: NumberAtoms, options: int) -> int:
    known = NUMBERS.get(aspect, _ADDRESSES)
    for number in known:
        if bit := atoms.atom_of(number) & options:
            return bit
    return options & -options


def number_in(aspect: Aspect, atoms: NumberAtoms, atom: int) -> int:
    """A number of an atom that reads well."""
    for number in NUMBERS.get(aspect, _ADDRESSES):
        if atoms.atom_of(number) == atom:
            return number
    at = atom.bit_length() - 1
    low, end = atoms.bounds[at], atoms.bounds[at + 1]
    if aspect in (Aspect.PEER_ADDRESS, Aspect.SUBJECT_ADDRESS) and low + 7 < end:
        return low + 7
    return low


def default_label(label: Label) -> str | None:
    """What a pod's label is where no rule asks for it."""
    return {SERVICE_ACCOUNT_NAME: "default", CLUSTER_NAME: LOCAL_CLUSTER}.get(label)
