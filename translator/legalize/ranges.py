"""Port ranges as lists of single ports, for versions and engines that have no ranges."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from translator.ir.intervals import Intervals
from translator.ir.policy import Direction, Policy
from translator.ir.traffic import ALL_PORTS, Traffic
from translator.legalize.profiles import Feature, supports
from translator.legalize.recorder import Lose
from translator.legalize.target import Target
from translator.loss.effect import Change

MOST_PORTS: Final = 256
"""How many ports a range may be listed as: what is longer nobody can review, and the Cilium agent takes 40 per list."""


def reads_ranges(policy: Policy, target: Target) -> bool:
    """Whether the target's version reads the ports of a document as it stands."""
    return supports(target, Feature.PORT_RANGES) or not any(
        low < high
        for direction in Direction
        for rule in policy.rules(direction)
        for traffic in rule.traffic
        if traffic.ports != ALL_PORTS
        for low, high in traffic.ports.numbers
    )


def without_ranges(traffic: tuple[Traffic, ...], lose: Lose) -> tuple[Traffic, ...]:
    """The same traffic with every range listed port by port; ranges that are too long are left out and declared."""
    return tuple(listed for each in traffic if (listed := _listed(each, lose)) is not None)


def _listed(traffic: Traffic, lose: Lose) -> Traffic | None:
    ports = traffic.ports
    if ports == ALL_PORTS or all(low == high for low, high in ports.numbers):
        return traffic
    kept: list[int] = []
    dropped: Intervals = ()
    for low, high in sorted(ports.numbers, key=lambda span: (span[1] - span[0], span)):
        if len(kept) + high - low + 1 <= MOST_PORTS:
            kept += range(low, high + 1)
        else:
            dropped = (*dropped, (low, high))
    is_gone = not kept and not ports.names
    if dropped:
        spans = ", ".join(f"{low}–{high}" for low, high in dropped)
        lose(
            "port-range-version",
            f"the ports {spans} are too many to be listed one by one, and ranges are not understood",
            change=Change.RULE_DROPPED if is_gone else Change.RULE_NARROWED,
        )
    # Single ports stay apart: the canonical form of intervals would join neighbours to a range again.
    return (
        None
        if is_gone
        else replace(traffic, ports=replace(ports, numbers=tuple((port, port) for port in sorted(kept))))
    )
