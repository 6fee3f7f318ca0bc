"""Few and large boxes that cover a leaf of a diagram of differences: the raw form of regions that people read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import log2
from typing import Final

from translator.ir.peers import NODES, Kind
from translator.ir.traffic import ICMP, ICMPV6, protocol_set
from translator.semantics.compare.atoms import DNS, HTTP, V4_LINE, V6_LINE, KindAtoms, NumberAtoms
from translator.semantics.compare.diagrams import Store
from translator.semantics.compare.product import IMPOSSIBLE, LEAVES, SAME
from translator.semantics.compare.space import PORT_CARRIERS, Aspect, Space

_ABOUT_PORTS: Final = {Aspect.PORT, Aspect.PORT_NAME, Aspect.SOURCE_PORT, Aspect.SOURCE_PORT_NAME}
_ABOUT_HTTP: Final = {Aspect.METHOD, Aspect.PATH, Aspect.HOST, Aspect.HEADER}
Box = dict[int, int]
"""Variable → atoms; variables that are not listed are free."""


class Cover:
    """Boxes for one leaf of one diagram."""

    def __init__(self, space: Space, store: Store, root: int, leaf: int) -> None:
        self._space = space
        self.store = store
        self.root: Final = root
        self._leaf: Final = leaf
        self._uncovered = root

    def boxes(self) -> Iterator[Box]:
        """Maximal boxes, widest first as far as one can tell, until all of the leaf is covered."""
        while (seed := self._widest(self._uncovered)) is not None:
            box = self._grow(seed)
            self._uncovered = self._erase(self._uncovered, sorted(box.items()))
            yield box

    @property
    def left(self) -> int:
        """How many boxes would be left at most: the paths of the diagram that no box covers yet."""
        counts: dict[int, int] = {leaf: int(leaf == self._leaf) for leaf in range(LEAVES)}

        def paths(at: int) -> int:
            found = counts.get(at)
            if found is None:
                found = counts[at] = sum(paths(child) for child, _ in self.store.edges[at])
            return found

        return paths(self._uncovered)

    # Finding

    def _widest(self, root: int) -> Box | None:
        """The path to the leaf that leaves most open."""
        best: dict[int, tuple[float, int, int] | None] = dict.fromkeys(range(LEAVES))
        best[self._leaf] = (0.0, 0, 0)

        def search(node: int) -> tuple[float, int, int] | None:
            if node in best:
                return best[node]
            size = self.store.full[self.store.variable[node]].bit_count()
            options = [
                (found[0] + log2(size / atoms.bit_count()), -atoms.bit_count(), child)
                for child, atoms in self.store.edges[node]
                if (found := search(child)) is not None
            ]
            best[node] = min(options) if options else None
            return best[node]

        if search(root) is None:
            return None
        box: Box = {}
        node = root
        while node >= LEAVES:
            step = search(node)
            assert step is not None
            atoms = next(atoms for child, atoms in self.store.edges[node] if child == step[2])
            box[self.store.variable[node]] = atoms
            node = step[2]
        return box

    def _grow(self, box: Box) -> Box:
        """The box, made as large as it can be without touching flows that do not belong to the leaf.

        What is said last is dropped first: layer 7, ports, then who. Impossible flows may be covered, but a box never
        grows into kinds and protocols of which only impossible flows are in it.
        """
        grown = dict(box)
        while True:
            before = dict(grown)
            for variable in sorted(before, reverse=True):
                bound = self._bound(variable, grown)
                atoms = self._growth(variable, grown) & bound | grown[variable]
                if atoms == self.store.full[variable]:
                    del grown[variable]
                else:
                    grown[variable] = atoms
            if grown == before:
                return grown

    def _growth(self, variable: int, box: Box) -> int:
        """All atoms that a variable can take while the rest of the box stays as it is."""
        rest = {key: atoms for key, atoms in box.items() if key != variable}
        full = self.store.full[variable]
        asking = self._nodes_at(variable, rest)
        inside, impossible = 0, 0
        cells = self.store.split(variable, asking, [0] * len(asking)) if asking else [(full, ())]
        for atoms, _ in cells:
            leaves = self._leaves({**rest, variable: atoms})
            if leaves <= {self._leaf, IMPOSSIBLE}:
                if self._leaf in leaves:
                    inside |= atoms
                else:
                    impossible |= atoms
        return self._readable(variable, inside, impossible, rest)

    def _readable(self, variable: int, inside: int, impossible: int, rest: Box) -> int:
        """The atoms inside, with impossible ones where the box reads better for it."""
        together = inside | impossible
        whole = together if together == self.store.full[variable] else inside
        atoms = self._space.variables[variable].atoms
        match self._space.variables[variable].aspect:
            case Aspect.PEER_KIND:
                return inside
            case Aspect.PROTOCOL:
                asks = {self._space.variables[other].aspect for other in rest}
                return inside if Aspect.APPLICATION in asks else whole
            case Aspect.PEER_ADDRESS | Aspect.SUBJECT_ADDRESS if isinstance(atoms, NumberAtoms):
                candidates = (together, together & atoms.mask(V4_LINE), together & atoms.mask(V6_LINE), inside)
                return min((each for each in candidates if each & inside == inside), key=atoms.count_blocks)
            case _:
                return whole

    def _bound(self, variable: int, box: Box) -> int:
        """The atoms among which the details make sense that the box speaks of: ports have no meaning for ICMP."""
        full = self.store.full[variable]
        asks = {self._space.variables[other].aspect for other in box}
        atoms = self._space.variables[variable].atoms
        match self._space.variables[variable].aspect:
            case Aspect.PEER_KIND if isinstance(atoms, KindAtoms):
                if asks & {Aspect.PEER_DOMAIN}:
                    return atoms.mask({Kind.OUTSIDE})
                if Aspect.PEER_LABEL not in asks:
                    return full
                pods = atoms.mask({Kind.POD})
                return pods if box.get(variable, 0) & pods else atoms.mask(NODES)
            case Aspect.PROTOCOL if isinstance(atoms, NumberAtoms):
                if asks & {Aspect.ICMP_TYPE, Aspect.ICMP_CODE}:
                    return atoms.mask(protocol_set(ICMP, ICMPV6))
                return atoms.mask(protocol_set(*PORT_CARRIERS)) if asks & _ABOUT_PORTS else full
            case Aspect.APPLICATION:
                if Aspect.QUERY in asks:
                    return DNS
                return HTTP if asks & _ABOUT_HTTP else full
            case _:
                return full

    # Walking

    def _leaves(self, box: Mapping[int, int]) -> set[int]:
        """The leaves that the flows of a box end in."""
        seen: set[int] = set()
        self._walk(box, seen.add)
        return {node for node in seen if node < LEAVES}

    def _nodes_at(self, variable: int, box: Mapping[int, int]) -> list[int]:
        """The nodes that ask a variable and can be reached inside a box."""
        seen: set[int] = set()
        self._walk(box, seen.add)
        return sorted(node for node in seen if self.store.variable[node] == variable)

    def _walk(self, box: Mapping[int, int], visit: Callable[[int], None]) -> None:
        store = self.store
        seen = {self.root}
        stack = [self.root]
        while stack:
            node = stack.pop()
            visit(node)
            if node < LEAVES:
                continue
            within = box.get(store.variable[node])
            for child, atoms in store.edges[node]:
                if (within is None or atoms & within) and child not in seen:
                    seen.add(child)
                    stack.append(child)

    def _erase(self, root: int, box: list[tuple[int, int]]) -> int:
        """The diagram with SAME instead of the leaf inside a box (sorted by variable)."""
        store = self.store
        known: dict[tuple[int, int], int] = {}

        def erase(node: int, at: int) -> int:
            if node < LEAVES and node != self._leaf:
                return node
            if at == len(box):
                return self._without(node)
            key = (node, at)
            found = known.get(key)
            if found is None:
                variable, atoms = box[at]
                asked = store.variable[node]
                if asked < variable:
                    options = [(erase(child, at), mask) for child, mask in store.edges[node]]
                    found = store.choose(asked, options)
                elif asked == variable:
                    parts = [(erase(child, at + 1), mask & atoms) for child, mask in store.edges[node]]
                    parts += [(child, mask & ~atoms) for child, mask in store.edges[node]]
                    found = store.choose(variable, parts)
                else:
                    found = store.choose(
                        variable, [(erase(node, at + 1), atoms), (node, store.full[variable] & ~atoms)]
                    )
                known[key] = found
            return found

        return erase(root, 0)

    def _without(self, node: int) -> int:
        """The diagram without the leaf."""
        known: dict[int, int] = {leaf: leaf for leaf in range(LEAVES)}
        known[self._leaf] = SAME

        def replace(at: int) -> int:
            found = known.get(at)
            if found is None:
                options = [(replace(child), atoms) for child, atoms in self.store.edges[at]]
                found = known[at] = self.store.choose(self.store.variable[at], options)
            return found

        return replace(node)
