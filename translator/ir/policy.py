"""Policies, rules, tiers and policy sets: who may do what, in which order it is decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from translator.ir.peers import ANYONE, Kind, Peer
from translator.ir.traffic import ANY_TRAFFIC, Traffic
from translator.origin import Origin

if TYPE_CHECKING:
    from translator.ir.layer7 import Condition, Layer7


class Engine(StrEnum):
    """The programs that enforce policies. A source is an engine: it reads several kinds and combines them."""

    KUBERNETES = "kubernetes"
    CALICO = "calico"
    CILIUM = "cilium"


class Direction(StrEnum):
    """Seen from the subject: traffic to it or from it."""

    INGRESS = "ingress"
    EGRESS = "egress"


BOTH: Final = frozenset(Direction)


class Action(StrEnum):
    """What a rule does with traffic that matches it."""

    ALLOW = "allow"
    DENY = "deny"
    PASS = "pass"
    """Leave this tier; the next one decides."""
    LOG = "log"
    """No decision; the next rule is asked."""


class Evaluation(StrEnum):
    """How the rules of a tier combine."""

    FIRST_MATCH = "first-match"
    """Policies in their order, rules in theirs; the first that matches decides (Calico, ClusterNetworkPolicy)."""
    DENY_OVERRIDES = "deny-overrides"
    """All rules at once: deny beats allow beats pass (Cilium; trivially Kubernetes)."""
    PRIORITY = "priority"
    """Levels of ``policy.order + rule index / 100``; within a level deny beats allow beats pass (Cilium's reading of
    ClusterNetworkPolicy)."""


class End(StrEnum):
    """What happens to traffic of a subject that the tier isolates and that none of its rules decided."""

    DENY = "deny"
    PASS = "pass"


class Hook(StrEnum):
    """Where in the packet path a policy acts. Everything but NORMAL concerns host endpoints only (Calico)."""

    NORMAL = "normal"
    FORWARD = "forward"
    """Normal and forwarded traffic of host endpoints (applyOnForward)."""
    PRE_DNAT = "pre-dnat"
    UNTRACKED = "untracked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One statement: traffic between the subject and some peers is allowed, denied, passed on or logged.

    ``peers`` and ``traffic`` are unions: ``()`` matches nothing, ``(ANYONE,)`` and ``(ANY_TRAFFIC,)`` everything.
    The rule matches when some peer, some traffic, the subject filter, layer 7 and all conditions hold.
    """

    action: Action
    peers: tuple[Peer, ...] = (ANYONE,)
    traffic: tuple[Traffic, ...] = (ANY_TRAFFIC,)
    subject: Peer = ANYONE
    """A filter on the policy's own subjects (Calico: ``destination`` of an ingress rule)."""
    layer7: Layer7 | None = None
    conditions: tuple[Condition, ...] = ()
    name: str | None = None
    annotations: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A named list of rules for the endpoints that its subject selects."""

    name: str
    kind: str
    """The vendor's kind, for messages and for tie-breaks (``NetworkPolicy``, ``GlobalNetworkPolicy``, …)."""
    dialect: str
    """The dialect it was parsed from."""
    namespace: str | None = None
    """None for cluster-wide policies."""
    subject: tuple[Peer, ...]
    """The endpoints it applies to, a union; ``()`` applies to nobody."""
    directions: frozenset[Direction]
    """Directions that are enforced; rules of others are inert."""
    isolates: frozenset[Direction]
    """Directions in which being selected means that what nobody allows is denied."""
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()
    tier: str
    order: float | None = None
    """None sorts last."""
    staged: bool = False
    """True: parsed and reported, never enforced."""
    hook: Hook = Hook.NORMAL
    description: str | None = None
    labels: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    annotations: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    portable: bool = field(default=True, compare=False)
    """Whether its document says the same to every engine that reads its kind; False: this one reads more into it
    (label keys that are Cilium's own, cilium.md 10)."""
    extras: tuple[Condition, ...] = ()
    """Settings without effect on verdicts that other dialects cannot express (performance hints, log values)."""
    origin: Origin | None = field(default=None, compare=False, repr=False)

    def rules(self, direction: Direction) -> tuple[Rule, ...]:
        """The rules of one direction, inert ones included."""
        return self.ingress if direction is Direction.INGRESS else self.egress

    @property
    def reference(self) -> str:
        """``namespace/name`` or ``name``."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Policies that are evaluated together, before any later tier. ``policies`` stand in their order of evaluation."""

    name: str
    order: float | None
    evaluation: Evaluation
    end: End
    policies: tuple[Policy, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressGroup:
    """A named set of addresses (Calico NetworkSet and GlobalNetworkSet, Cilium CiliumCIDRGroup)."""

    name: str
    namespace: str | None = None
    cidrs: tuple[str, ...]
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    kind: str
    dialect: str
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostEndpoint:
    """A node's interface as a policy subject (Calico HostEndpoint), read only."""

    name: str
    node: str | None
    labels: tuple[tuple[str, str], ...] = ()
    addresses: tuple[str, ...] = ()
    interface: str | None = None
    profiles: tuple[str, ...] = ()
    ports: tuple[tuple[str, int, int], ...] = ()
    """(name, protocol number, port)"""
    profile_origins: tuple[Origin, ...] = field(default=(), compare=False, repr=False)
    """The documents of the profiles whose labels it has."""
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """Everything an engine enforces: tiers in their order of evaluation; what no tier decides is allowed."""

    engine: Engine
    tiers: tuple[Tier, ...]
    groups: tuple[AddressGroup, ...] = ()
    hosts: tuple[HostEndpoint, ...] = ()
    exempt: frozenset[tuple[Direction, Kind]] = frozenset()
    """Peers whose traffic the engine never polices at a pod (the pod's own node on ingress)."""
    unprogrammed: frozenset[int] = frozenset()
    """Address families for which the data plane refuses some rule and then holds none at all (calico.md 9): nothing can
    be said about their packets."""
    read: tuple[Policy, ...] | None = field(default=None, compare=False, repr=False)
    """Every policy as it was read, staged ones included, before the engine combined them; None: not known."""

    def policies(self) -> tuple[Policy, ...]:
        """Every policy, tier by tier."""
        return tuple(policy for tier in self.tiers for policy in tier.policies)

    def as_read(self) -> tuple[Policy, ...]:
        """The policies as they were read; where that is not known, as the engine combined them."""
        return self.policies() if self.read is None else self.read
