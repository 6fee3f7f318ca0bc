"""Sets of integers as sorted, disjoint, non-adjacent closed intervals: ports, protocols, addresses."""

from __future__ import annotations

from collections.abc import Iterable

Interval = tuple[int, int]
Intervals = tuple[Interval, ...]
"""Sorted, disjoint and not adjacent; ``()`` is the empty set."""


def intervals(items: Iterable[Interval]) -> Intervals:
    """The canonical form of any intervals; those with low > high are empty."""
    merged: list[Interval] = []
    for low, high in sorted(item for item in items if item[0] <= item[1]):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def union(*sets: Intervals) -> Intervals:
    """Numbers in at least one of the sets."""
    return intervals(item for each in sets for item in each)


def intersection(a: Intervals, b: Intervals) -> Intervals:
    """Numbers in both sets."""
    found: list[Interval] = []
    i = j = 0
    while i < len(a) and j < len(b):
        low, high = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if low <= high:
            found.append((low, high))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def difference(a: Intervals, b: Intervals) -> Intervals:
    """Numbers in ``a`` and not in ``b``."""
    found: list[Interval] = []
    for low, high in a:
        start = low
        for hole_low, hole_high in b:
            if hole_high < start:
                continue
            if hole_low > high:
                break
            if hole_low > start:
                found.append((start, hole_low - 1))
            start = hole_high + 1
        if start <= high:
            found.append((start, high))
    return tuple(found)


def contains(a: Intervals, number: int) -> bool:
    """Whether the number is in the set."""
    return any(low <= number <= high for low, high in a)


def covers(a: Intervals, b: Intervals) -> bool:
    """Whether every number of ``b`` is in ``a``."""
    return not difference(b, a)
