"""Kinds of ends in the words of the access spec: all nodes, those of the API server, the outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from translator.ir.labels import Scope
from translator.ir.peers import NODES, Endpoints, Kind, Peer
from translator.ir.policy import Direction
from translator.legalize.cubes import Cube


def keywords(cube: Cube, kinds: frozenset[Kind], direction: Direction, lose: Callable[..., None]) -> Iterator[Peer]:
    """The peers that say these kinds; what has no word of its own is declared."""
    if any(label.scope is Scope.NODE for label, _ in cube.labels):
        lose("node-labels", "nodes cannot be selected by their labels")
        kinds -= NODES
    yield from nodes(kinds & NODES, direction, lose)
    if Kind.OUTSIDE in kinds:
        yield Endpoints(kinds=frozenset({Kind.OUTSIDE}))


def nodes(kinds: frozenset[Kind], direction: Direction, lose: Callable[..., None]) -> Iterator[Peer]:
    """All nodes, but the own one on ingress, which needs no rule; fewer only where they run the API server."""
    if kinds >= (NODES - {Kind.HOST} if direction is Direction.INGRESS else NODES):
        yield Endpoints(kinds=NODES)
        return
    if kinds - {Kind.KUBE_APISERVER}:
        lose("own-node", "the pod's own node and the others cannot be told apart")
    if Kind.KUBE_APISERVER in kinds:
        yield Endpoints(kinds=frozenset({Kind.KUBE_APISERVER}))
