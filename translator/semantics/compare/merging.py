"""The same region in several namespaces told once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from translator.ir.peers import Kind
from translator.semantics.compare.buckets import Bucket
from translator.semantics.compare.covers import Box, Cover
from translator.semantics.compare.difference import Part, Region, Topic
from translator.semantics.compare.problem import Problem
from translator.semantics.compare.product import NARROWS
from translator.semantics.compare.regions import region_of

_SAME_NAMESPACE: Final = "the same namespace"
_REQUESTS: Final = frozenset({Topic.APPLICATION, Topic.METHOD, Topic.PATH, Topic.HOST, Topic.HEADER, Topic.QUERY})
_CAREFUL: Final = 50
"""How many problems are covered box by box before each gives only its widest."""


@dataclass(slots=True, kw_only=True)
class Found:
    """A region with the problem in which it was found first."""

    problem: Problem
    cover: Cover
    leaf: int
    box: Box
    region: Region
    own: bool
    """Whether the peer is described relative to the subject's namespace."""
    buckets: list[Bucket] = field(default_factory=list)


class Regions:
    """Every region of a comparison, as far as they are shown."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._found: dict[tuple[object, ...], Found] = {}
        self._counts: dict[int, int] = {}
        self._problems = 0
        self.more = 0

    def add(self, problem: Problem, cover: Cover, leaf: int) -> None:
        """The widest regions of one leaf of one problem."""
        self._problems += 1
        wanted = self._limit if self._problems <= _CAREFUL else 1
        for box in islice(cover.boxes(), wanted):
            self._add(problem, cover, leaf, box)
        self.more += cover.left

    def _add(self, problem: Problem, cover: Cover, leaf: int, box: Box) -> None:
        region = region_of(problem.space, problem.direction, box)
        relative, own = _relative(region, problem.bucket)
        key = (leaf, region.direction, region.subject_kind, region.subject, relative, region.packets)
        known = self._found.get(key)
        if known is not None:
            if problem.bucket not in known.buckets:
                known.buckets.append(problem.bucket)
        elif self._counts.get(leaf, 0) >= self._limit:
            self.more += 1
        else:
            self._counts[leaf] = self._counts.get(leaf, 0) + 1
            self._found[key] = Found(
                problem=problem,
                cover=cover,
                leaf=leaf,
                box=box,
                region=replace(region, peer=relative),
                own=own,
                buckets=[problem.bucket],
            )

    def shown(self, namespaces: int) -> tuple[Found, ...]:
        """Regions with all their namespaces, widest first. ``namespaces``: how many are told apart."""
        for found in self._found.values():
            found.region = _finished(found, namespaces)
        return tuple(sorted(_without_implied(self._found.values()), key=_width))


def _finished(found: Found, namespaces: int) -> Region:
    region = found.region
    if found.region.subject_kind is not Kind.POD:
        return region
    names = sorted(bucket.namespace for bucket in found.buckets if bucket.named and bucket.namespace)
    if found.own and len(found.buckets) == 1:
        region = replace(region, peer=tuple(_absolute(part, names) for part in region.peer))
    return replace(
        region,
        namespaces=tuple(names),
        other_namespaces=any(not bucket.named for bucket in found.buckets),
        every_namespace=len(found.buckets) == namespaces,
    )


def _without_implied(found: Iterable[Found]) -> Iterator[Found]:
    """Without requests that cannot be made any more because the whole connection is closed."""
    regions = list(found)
    closed = {_connection(each) for each in regions if each.leaf == NARROWS and not _is_about_requests(each.region)}
    for each in regions:
        if each.leaf != NARROWS or not _is_about_requests(each.region) or _connection(each) not in closed:
            yield each


def _connection(found: Found) -> tuple[object, ...]:
    """What a region is about, whatever the requests."""
    region = found.region
    packets = tuple(part for part in region.packets if part.topic not in _REQUESTS)
    return (region.direction, region.subject_kind, region.namespaces, region.subject, region.peer, packets)


def _is_about_requests(region: Region) -> bool:
    return any(part.text and part.topic in _REQUESTS for part in region.packets)


def _relative(region: Region, bucket: Bucket) -> tuple[tuple[Part, ...], bool]:
    """The peer's parts with the subject's own namespace said as such, and whether that was necessary."""
    if bucket.kind is not Kind.POD or not bucket.named:
        return region.peer, False
    parts = tuple(
        replace(part, values=(_SAME_NAMESPACE,), text=_SAME_NAMESPACE)
        if part.topic is Topic.NAMESPACE and part.values == (bucket.namespace,)
        else part
        for part in region.peer
    )
    return parts, parts != region.peer


def _absolute(part: Part, names: list[str]) -> Part:
    if part.topic is not Topic.NAMESPACE or part.values != (_SAME_NAMESPACE,):
        return part
    text = f"{part.key}!={names[0]}" if part.negated else f"{part.key}={names[0]}"
    return replace(part, values=tuple(names), text=text)


def _width(found: Found) -> tuple[int, int, int]:
    region = found.region
    parts = len(region.subject) + len(region.peer) + len(region.packets)
    return (not region.every_namespace, parts, -len(found.buckets))
