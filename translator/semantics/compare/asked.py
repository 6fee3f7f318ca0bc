"""What is asked about one end: which end it is, values of a label, the backends of a Service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from translator.context import ServiceInfo
from translator.ir.labels import SUBSTRING, Operator, Requirement
from translator.ir.peers import Service


class End(IntEnum):
    """The two ends of a flow as a policy sees them."""

    SUBJECT = 0
    PEER = 1


Services = Callable[[Service], tuple[ServiceInfo, ...]]
"""What a context knows about a Service peer; ``()`` leaves it opaque."""


@dataclass(slots=True)
class LabelMentions:
    """What is asked about one label; presence can always be asked."""

    values: set[str] = field(default_factory=set)
    substrings: set[tuple[Operator, str]] = field(default_factory=set)

    def add(self, requirement: Requirement) -> None:
        """One more requirement on the label."""
        if requirement.operator in SUBSTRING:
            self.substrings.add((requirement.operator, requirement.values[0]))
        else:
            self.values.update(requirement.values)
