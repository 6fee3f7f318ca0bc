"""Decision diagrams over finite domains, hash-consed, so that equal functions are the same number.

A node asks one variable; its edges split the atoms of the variable's domain (bits of an integer) among children.
Nodes are integers and edges are tuples of integers, because everything here runs in the inner loops of a comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from translator.errors import NetpolxError

FALSE: Final = 0
TRUE: Final = 1
Edges = tuple[tuple[int, int], ...]
"""(child, atoms) sorted by child; the atoms of all edges are the whole domain, split."""
TAG_SHIFT: Final = 40
"""``split`` adds a tag above this bit to each child, so that its caller knows whom the child belongs to."""

_LEAF: Final = 1 << 30
_DENSE_ATOMS: Final = 64
_FEW_NODES: Final = 4


class BudgetExceeded(NetpolxError):  # noqa: N818 - an answer, not a fault
    """The diagrams grew past the budget; the question stays undecided."""


class Store:
    """The nodes of one problem. Variables are numbered in the order in which they are asked."""

    __slots__ = (
        "_complements",
        "_grafts",
        "_intersections",
        "_last",
        "_nodes",
        "_unions",
        "budget",
        "edges",
        "full",
        "variable",
    )

    def __init__(self, full: Sequence[int], *, leaves: int = 2, budget: int = 1_000_000) -> None:
        """``full``: per variable, the set of all its atoms. The nodes below ``leaves`` are the possible answers."""
        self.full: Final = tuple(full)
        self.variable: Final[list[int]] = [_LEAF] * leaves
        self.edges: Final[list[Edges]] = [()] * leaves
        self.budget = budget
        self._nodes: dict[tuple[int, Edges], int] = {}
        self._unions: dict[tuple[int, ...], int] = {}
        self._intersections: dict[tuple[int, int], int] = {}
        self._complements: dict[int, int] = {FALSE: TRUE, TRUE: FALSE}
        self._grafts: dict[tuple[int, int], int] = {}
        self._last: dict[int, int] = {}

    def make(self, variable: int, atoms_by_child: dict[int, int]) -> int:
        """The node that asks a variable; the atoms must cover the domain."""
        if len(atoms_by_child) == 1:
            return next(iter(atoms_by_child))
        key = (variable, tuple(sorted(atoms_by_child.items())))
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = len(self.variable)
            if node > self.budget:
                raise BudgetExceeded(f"more than {self.budget} decision diagram nodes")
            self.variable.append(variable)
            self.edges.append(key[1])
        return node

    def choose(self, variable: int, options: Iterable[tuple[int, int]]) -> int:
        """The node that goes on as (node, atoms) pairs say; together the atoms are the domain, each once."""
        parts: dict[int, int] = {}
        for node, atoms in options:
            if atoms:
                parts[node] = parts.get(node, 0) | atoms
        return self.make(variable, parts)

    def literal(self, variable: int, atoms: int, then: int = TRUE) -> int:
        """``then`` where the variable has one of the atoms, FALSE elsewhere. ``then`` asks only later variables."""
        if not atoms or not then:
            return FALSE
        rest = self.full[variable] & ~atoms
        return self.make(variable, {FALSE: rest, then: atoms}) if rest else then

    def cube(self, atoms_by_variable: Iterable[tuple[int, int]], then: int = TRUE) -> int:
        """``then`` where every listed variable has one of its atoms. Each variable is listed once."""
        node = then
        for variable, atoms in sorted(atoms_by_variable, reverse=True):
            node = self.literal(variable, atoms, node)
        return node

    def conjunction(self, upper: int, lower: int) -> int:
        """True where both are; fast where every variable of ``upper`` comes before those of ``lower``."""
        if upper <= TRUE:
            return lower if upper else FALSE
        if lower <= TRUE:
            return upper if lower else FALSE
        if self.last(upper) >= self.variable[lower]:
            return self.intersection(upper, lower)
        return self._graft(upper, lower)

    def last(self, node: int) -> int:
        """The last variable that is asked at or below a node; -1 for an answer."""
        found = self._last.get(node)
        if found is None:
            below = [self.last(child) for child, _ in self.edges[node]]
            found = self._last[node] = max(self.variable[node], *below) if below else -1
        return found

    def _graft(self, node: int, leaf: int) -> int:
        if node <= TRUE:
            return leaf if node else FALSE
        key = (node, leaf)
        found = self._grafts.get(key)
        if found is None:
            grown: dict[int, int] = {}
            for child, atoms in self.edges[node]:
                target = self._graft(child, leaf)
                grown[target] = grown.get(target, 0) | atoms
            found = self._grafts[key] = self.make(self.variable[node], grown)
        return found

    def somehow(self, node: int, variable: int) -> int:
        """True where the node is for some value of the last variable."""
        if node <= TRUE or self.last(node) < variable:
            return node
        if self.variable[node] == variable:
            return TRUE
        options = [(self.somehow(child, variable), atoms) for child, atoms in self.edges[node]]
        return self.choose(self.variable[node], options)

    def complement(self, node: int) -> int:
        """True exactly where the node is false."""
        found = self._complements.get(node)
        if found is None:
            flipped = {self.complement(child): atoms for child, atoms in self.edges[node]}
            found = self._complements[node] = self.make(self.variable[node], flipped)
            self._complements[found] = node
        return found

    def intersection(self, a: int, b: int) -> int:
        """True where both are."""
        if a > b:
            a, b = b, a
        if a <= TRUE:
            return b if a else FALSE
        if a == b:
            return a
        key = (a, b)
        found = self._intersections.get(key)
        if found is None:
            first, second = self.variable[a], self.variable[b]
            parts: dict[int, int] = {}
            if first == second:
                for child_a, atoms_a in self.edges[a]:
                    for child_b, atoms_b in self.edges[b]:
                        if atoms := atoms_a & atoms_b:
                            child = self.intersection(child_a, child_b)
                            parts[child] = parts.get(child, 0) | atoms
            else:
                upper, lower = (a, b) if first < second else (b, a)
                for each, atoms in self.edges[upper]:
                    child = self.intersection(each, lower)
                    parts[child] = parts.get(child, 0) | atoms
            found = self._intersections[key] = self.make(min(first, second), parts)
        return found

    def union(self, nodes: Iterable[int]) -> int:
        """True where at least one is."""
        key = tuple(sorted(set(nodes) - {FALSE}))
        if not key:
            return FALSE
        if key[0] == TRUE or len(key) == 1:
            return key[0]
        if len(key) == 2:
            return self._either(*key)
        found = self._unions.get(key)
        if found is None:
            variables = self.variable
            if len(variables) + len(self._unions) > self.budget:
                raise BudgetExceeded(f"more than {self.budget} decision diagram nodes")
            top = min([variables[node] for node in key])
            level = [node for node in key if variables[node] == top]
            rest = [node for node in key if variables[node] != top]
            parts: dict[int, int] = {}
            for atoms, children in self.split(top, level, [0] * len(level)):
                child = (
                    self.union([*rest, *children]) if rest or len(children) > 1 else children[0] if children else FALSE
                )
                parts[child] = parts.get(child, 0) | atoms
            found = self._unions[key] = self.make(top, parts)
        return found

    def _either(self, a: int, b: int) -> int:
        """The union of two different nodes, the smaller first."""
        if a <= TRUE:
            return TRUE if a else b
        key = (a, b)
        found = self._unions.get(key)
        if found is None:
            if len(self.variable) + len(self._unions) > self.budget:
                raise BudgetExceeded(f"more than {self.budget} decision diagram nodes")
            first, second = self.variable[a], self.variable[b]
            parts: dict[int, int] = {}
            if first == second:
                for child_a, atoms_a in self.edges[a]:
                    for child_b, atoms_b in self.edges[b]:
                        if atoms := atoms_a & atoms_b:
                            child = (
                                child_a
                                if child_a == child_b
                                else self._either(child_a, child_b)
                                if child_a < child_b
                                else self._either(child_b, child_a)
                            )
                            parts[child] = parts.get(child, 0) | atoms
            else:
                upper, lower = (a, b) if first < second else (b, a)
                for each, atoms in self.edges[upper]:
                    child = (
                        lower
                        if each == lower
                        else self._either(each, lower)
                        if each < lower
                        else self._either(lower, each)
                    )
                    parts[child] = parts.get(child, 0) | atoms
            found = self._unions[key] = self.make(min(first, second), parts)
        return found

    def leaves(self, root: int) -> set[int]:
        """The answers that a diagram can give."""
        seen = {root}
        stack = [root]
        while stack:
            for child, _ in self.edges[stack.pop()]:
                if child not in seen:
                    seen.add(child)
                    stack.append(child)
        return {node for node in seen if self.variable[node] == _LEAF}

    def affordable_union(self, nodes: Sequence[int], *, allowance: int) -> int | None:
        """True where at least one is; None if that takes more than some new nodes."""
        budget = self.budget
        self.budget = min(budget, len(self.variable) + len(self._unions) + allowance)
        try:
            return self.union(nodes)
        except BudgetExceeded:
            return None
        finally:
            self.budget = budget

    def split(self, variable: int, nodes: Sequence[int], tags: Sequence[int]) -> list[tuple[int, tuple[int, ...]]]:
        """The coarsest split of a domain on which each node that asks it has one child: (atoms, children).

        Children that are FALSE are left out; each tag is added to the children of its node.
        """
        edges = self.edges
        if len(nodes) == 1:
            tag = tags[0]
            return [(atoms, (tag + child,) if child else ()) for child, atoms in edges[nodes[0]]]
        full = self.full[variable]
        cells: list[tuple[int, tuple[int, ...]]] = [(full, ())]
        few = len(nodes) <= _FEW_NODES
        by_atom: dict[int, list[int]] = {}
        for node, tag in zip(nodes, tags, strict=True):
            outgoing = edges[node]
            first, false_atoms = outgoing[0]
            if few or first or (full ^ false_atoms).bit_count() > _DENSE_ATOMS:
                cells = [
                    (common, (*children, tag + child) if child else children)
                    for atoms, children in cells
                    for child, others in outgoing
                    if (common := atoms & others)
                ]
                continue
            for child, atoms in outgoing[1:]:
                code = tag + child
                left = atoms
                while left:
                    atom = left & -left
                    left ^= atom
                    known = by_atom.get(atom)
                    if known is None:
                        by_atom[atom] = [code]
                    else:
                        known.append(code)
        return _cross(cells, by_atom, full) if by_atom else cells


def _cross(
    cells: list[tuple[int, tuple[int, ...]]], by_atom: dict[int, list[int]], full: int
) -> list[tuple[int, tuple[int, ...]]]:
    """The common refinement of a split and of children listed atom by atom."""
    groups: dict[tuple[int, ...], int] = {}
    touched = 0
    for atom, codes in by_atom.items():
        key = tuple(codes)
        groups[key] = groups.get(key, 0) | atom
        touched |= atom
    if rest := full & ~touched:
        groups[()] = rest
    if len(cells) == 1:
        children = cells[0][1]
        return [(atoms, (*children, *codes)) for codes, atoms in groups.items()]
    return [
        (common, (*children, *codes))
        for codes, atoms in groups.items()
        for others, children in cells
        if (common := atoms & others)
    ]
