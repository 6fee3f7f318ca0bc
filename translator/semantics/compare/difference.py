"""One difference between two policy sets: the flows that it concerns, one of them, and whose subjects they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from translator.ir.labels import Label
from translator.ir.peers import Kind
from translator.ir.policy import Direction, Policy
from translator.loss.effect import Effect
from translator.semantics.flow import Flow
from translator.semantics.verdict.core import Decision


class Topic(StrEnum):
    """What a part of a region is about."""

    KIND = "kind"
    NAMESPACE = "namespace"
    LABEL = "label"
    ADDRESS = "address"
    DOMAIN = "domain"
    OPAQUE = "opaque"
    PROTOCOL = "protocol"
    PORT = "port"
    PORT_NAME = "port name"
    SOURCE_PORT = "source port"
    SOURCE_PORT_NAME = "source port name"
    ICMP_TYPE = "icmp type"
    ICMP_CODE = "icmp code"
    APPLICATION = "application"
    METHOD = "method"
    PATH = "path"
    HOST = "host"
    HEADER = "header"
    QUERY = "query"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class Part:
    """One restriction of a region, in words as well as in values."""

    topic: Topic
    key: str
    """The label key, header or condition that it is about; otherwise empty."""
    text: str
    """How people read it: ``app=web``, ``tier not in (db, cache)``, ``80-90``."""
    label: Label | None = None
    values: tuple[str, ...] = ()
    """The values it lists."""
    negated: bool = False
    """True: every value but those."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A set of flows: every combination of a subject, a peer and packets that the parts describe."""

    direction: Direction
    subject_kind: Kind
    namespaces: tuple[str, ...]
    """The subject's namespaces (pods only), sorted."""
    other_namespaces: bool
    """Whether namespaces belong to it that no policy names as a subject."""
    every_namespace: bool
    """Whether it is the same in each namespace there is."""
    subject: tuple[Part, ...] = ()
    peer: tuple[Part, ...] = ()
    packets: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A concrete flow of a region, with what the interpreter says about it on both sides."""

    flow: Flow
    before: Decision
    after: Decision
    assumptions: tuple[str, ...] = ()
    """What has to be taken as given beside the flow (conditions that hold or do not, unknown peers)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A region in which the two sets answer differently, all of it in the same way."""

    direction: Direction
    effect: Effect
    """NARROWS or WIDENS; NONE for what the API leaves open."""
    region: Region
    witness: Witness
    policies_before: tuple[Policy, ...] = ()
    """Policies of the first set that govern the witness's subject in this direction."""
    policies_after: tuple[Policy, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether the Kubernetes API leaves it open which of the two answers is right."""
        return self.effect is Effect.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """A policy at whose subjects something differs. Complete: every such policy of both sets has one."""

    policy: Policy
    is_before: bool
    """Whether it is of the first set."""
    direction: Direction
    effect: Effect
    """NARROWS or WIDENS; what does both has two attributions."""
    witness: Witness | None = None
    """A flow of one of its subjects; only looked for where this effect was declared for the policy (the first 500)."""
