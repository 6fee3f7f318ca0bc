"""What the checks share: a policy's place, subjects and rules, and how a finding is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from translator.documents.document import Document
from translator.errors import Finding, Severity
from translator.ir.policy import Direction, Engine, Policy, Rule, Tier
from translator.legalize.cubes import Cubes, TooLarge
from translator.legalize.index import ByNamespace
from translator.legalize.population import Population
from translator.legalize.statements import Brick, Regions, without_covered
from translator.lint.catalogue import LINTS
from translator.origin import FieldPath, Origin
from translator.pipeline.source import Source

DEFAULT_DENY: Final = "DefaultDeny"
"""The kind of what stands for default deny in Cilium's tiers; no object of a cluster says it."""
_SUBJECTS: Final = ("podSelector", "selector", "namespaceSelector", "endpointSelector", "nodeSelector", "subject")
"""The fields that say whom a policy applies to, in whatever dialect."""

_EFFORT: Final = 300
"""Regions and parts beyond which nobody works out what is left."""


@dataclass(kw_only=True)
class Scene:
    """Everything that the checks look at."""

    source: Source
    regions: Regions = field(default_factory=Regions)

    @property
    def engine(self) -> Engine:
        """The engine that enforces the policies."""
        return self.source.engine

    @cached_property
    def population(self) -> Population:
        """The pods of the context."""
        return Population(context=self.source.context)

    @cached_property
    def read(self) -> tuple[Policy, ...]:
        """The policies as they stand in the documents, staged ones apart."""
        return tuple(policy for policy in self.source.policies.as_read() if not policy.staged)

    @cached_property
    def enforced(self) -> tuple[tuple[Tier, Policy], ...]:
        """The policies as the engine combines them, with their tiers; what no document says is left out."""
        return tuple(
            (tier, policy)
            for tier in self.source.policies.tiers
            for policy in tier.policies
            if policy.origin is not None and policy.kind != DEFAULT_DENY
        )

    @cached_property
    def by_namespace(self) -> ByNamespace[tuple[Tier, Policy]]:
        """The enforced policies by the namespaces of their subjects."""
        index: ByNamespace[tuple[Tier, Policy]] = ByNamespace()
        for tier, policy in self.enforced:
            subjects = self.subjects(policy)
            if subjects is not None:
                index.add(subjects, (tier, policy))
        return index

    def documents(self, dialect: str) -> tuple[Document, ...]:
        """The documents of a dialect's policies, each once; refused and staged ones are left out."""
        found: dict[int, Document] = {}
        for policy in self.read:
            document = policy.origin.document if policy.origin is not None else None
            if policy.dialect == dialect and isinstance(document, Document):
                found.setdefault(id(document), document)
        return tuple(found.values())

    @cached_property
    def _told(self) -> dict[tuple[str, int], list[FieldPath]]:
        places: dict[tuple[str, int], list[FieldPath]] = {}
        for finding in self.source.findings:
            if finding.origin is not None:
                key = (finding.code, id(finding.origin.document))
                places.setdefault(key, []).append(finding.origin.path)
        return places

    def is_told(self, origin: Origin | None, *codes: str) -> bool:
        """Whether reading has found one of the codes at a place or below it."""
        if origin is None:
            return False
        depth = len(origin.path)
        return any(
            path[:depth] == origin.path for code in codes for path in self._told.get((code, id(origin.document)), ())
        )

    def subjects(self, policy: Policy) -> Cubes | None:
        """The subjects of a policy; None where they are too many to be looked at."""
        try:
            return self.regions.subjects(policy)
        except TooLarge:
            return None

    def brick(self, policy: Policy, rule: Rule) -> Brick | None:
        """The region of a rule; None where it is too large to be looked at."""
        try:
            brick = self.regions.brick(policy, rule)
            return None if brick.is_empty else brick
        except TooLarge:
            return None


def warning(code: str, message: str, origin: Origin | None, hint: str | None = None) -> Finding:
    """A finding of a check; its code must stand in the catalogue."""
    if code not in LINTS:
        raise ValueError(f"{code} is not in the catalogue")
    return Finding(message=message, origin=origin, severity=Severity.WARNING, code=code, hint=hint)


def is_covered(brick: Brick, others: Iterable[Brick]) -> bool:
    """Whether some regions together hold a region. Raises TooLarge and Inexpressible."""
    rest: tuple[Brick, ...] = (brick,)
    effort = 0
    for other in others:
        parts = [part for each in rest for part in each.minus(other)]
        effort += len(parts)
        if effort > _EFFORT:
            raise TooLarge
        if tuple(parts) != rest:
            rest = without_covered(parts)
        if not rest:
            return True
    return False


def written(origin: Origin | None) -> Mapping[str, Any]:
    """The mapping that stands at a place; empty where there is none (defaults, other spellings of fields)."""
    if origin is None or not isinstance(origin.document, Document):
        return {}
    below: Any = origin.document.data
    for step in origin.path:
        try:
            below = below[step]
        except (KeyError, IndexError, TypeError):
            return {}
    return below if isinstance(below, Mapping) else {}


def subject_origin(policy: Policy) -> Origin | None:
    """Where a policy says whom it applies to; the policy itself where it does not."""
    origin = policy.origin
    if origin is None:
        return None
    place = origin if origin.path else origin.at("spec")
    fields = written(place)
    name = next((name for name in _SUBJECTS if name in fields), None)
    return origin if name is None else place.at(name)


def acting(policy: Policy) -> Iterator[tuple[Direction, Rule]]:
    """The rules that are enforced, with their direction."""
    for direction in Direction:
        if direction in policy.directions:
            for rule in policy.rules(direction):
                yield direction, rule
