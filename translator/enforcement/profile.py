"""What is known of a network plugin, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Grade(StrEnum):
    """How well a statement is founded."""

    HIGH = "H"
    """Read in the source or in official text."""
    MEDIUM = "M"
    """Read in one stored version, or in part; or inferred from code that was read."""
    LOW = "L"
    """Recollection or inference."""

    @property
    def words(self) -> str:
        """How it is said to people."""
        return {Grade.HIGH: "certain", Grade.MEDIUM: "likely", Grade.LOW: "not certain"}[self]


class Outcome(StrEnum):
    """What becomes of a policy, or of a part of it."""

    NOT_ENFORCED = "not-enforced"
    """Nothing holds it: what it refuses passes."""
    WIDER = "wider"
    """More passes than the policy says."""
    NARROWER = "narrower"
    """Less passes than the policy says."""
    DIFFERS = "differs"
    """More or less, depending on what stands around it."""
    DOUBTFUL = "doubtful"
    """The version decides, or nobody knows."""

    @property
    def is_certain(self) -> bool:
        """Whether the policy is known not to hold as it is written."""
        return self is not Outcome.DOUBTFUL


class Column(StrEnum):
    """The columns of the table in the documentation."""

    INGRESS = "ingress"
    EGRESS = "egress"
    IP_BLOCK = "ipBlock"
    EXCEPT = "except"
    END_PORT = "endPort"
    NAMED_PORT = "named ports"
    SCTP = "SCTP"
    NAMESPACE_SELECTOR = "namespaceSelector"
    CLUSTER_POLICY = "ClusterNetworkPolicy"


class Use(StrEnum):
    """What a policy uses that some plugin does not enforce as the API says."""

    POLICY = "policy"
    """Any NetworkPolicy at all."""
    CLUSTER_POLICY = "cluster-network-policy"
    ADMIN_POLICY = "admin-network-policy"
    INGRESS_BLOCK = "ingress-block"
    """An ipBlock among the senders."""
    PRIVATE_BLOCK = "private-block"
    """An ipBlock that may hold pods or nodes."""
    IPV6_BLOCK = "ipv6-block"
    WHOLE_IPV6 = "whole-ipv6"
    """``::/0``."""
    EXCEPT = "except"
    EXCEPT_TO = "except-to"
    """An except among the receivers."""
    EXCEPT_AMONG_BLOCKS = "except-among-blocks"
    """An except beside another ipBlock of the same rule."""
    SEVERAL_BLOCKS = "several-blocks"
    """Several ipBlocks in one rule."""
    OVERLAPPING_BLOCKS = "overlapping-blocks"
    """ipBlocks of one policy and direction that overlap."""
    MANY_PORTS = "many-ports"
    """More than 24 ports in a rule about ipBlocks."""
    END_PORT = "end-port"
    NAMED_PORT = "named-port"
    NAMED_PORT_FROM_PODS = "named-port-from-pods"
    """In an ingress rule whose senders are pods."""
    NAMED_PORT_FROM_ANY = "named-port-from-any"
    """In an ingress rule about everybody, or about an ipBlock."""
    NAMED_PORT_TO_ANY = "named-port-to-any"
    """In an egress rule about everybody."""
    NAMED_PORT_TO_BLOCK = "named-port-to-block"
    """In an egress rule about an ipBlock."""
    SCTP = "sctp"
    BOTH_SELECTORS = "both-selectors"
    """``namespaceSelector`` and ``podSelector`` in one peer."""
    NEGATIVE_MATCH = "negative-match"
    """``NotIn`` or ``DoesNotExist``."""
    FILTERED_LABEL = "filtered-label"
    """A pod label that is no part of a Cilium identity."""
    UNLISTED_DIRECTION = "unlisted-direction"
    """Rules of a direction that ``policyTypes`` does not list."""


class Adaptation(StrEnum):
    """A way to write the same so that the plugin enforces it."""

    NUMERIC_PORTS = "port names as numbers, where the known pods agree on them"
    NO_RANGES = "port ranges listed port by port"
    NO_EXCEPTS = "excepts subtracted from their blocks"
    ONE_BLOCK = "one ipBlock in each rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One thing that a plugin does not enforce as the API says."""

    use: Use
    outcome: Outcome
    grade: Grade
    words: str
    """What it does instead."""
    adaptation: Adaptation | None = None
    """What avoids it; None: nothing does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A network plugin."""

    name: str
    """As ``--cni`` takes it."""
    title: str
    grades: Mapping[Column, Grade]
    """How well each statement of the table is founded."""
    deviations: tuple[Deviation, ...]
    sources: tuple[str, ...]
    """Where the statements come from."""
    remarks: tuple[str, ...] = ()
    """What no policy shows and everybody should know."""
    own_kinds: str = "none"
    """Policy kinds of its own."""
    host_network: str = "neither subject nor peer"
    """How it treats pods of the host network."""
    ipblock_matches_pods: bool | None = None
    """Whether an ipBlock covers pods by their address; None: not known."""

    def of(self, use: Use) -> Deviation | None:
        """What it does about a use; None where it does what the API says."""
        return next((each for each in self.deviations if each.use is use), None)

    @property
    def adaptations(self) -> frozenset[Adaptation]:
        """Everything that helps it."""
        return frozenset(each.adaptation for each in self.deviations if each.adaptation is not None)


COLUMN_USES: Final[Mapping[Column, tuple[Use, ...]]] = {
    Column.INGRESS: (Use.POLICY,),
    Column.EGRESS: (Use.POLICY,),
    Column.IP_BLOCK: (
        Use.POLICY,
        Use.INGRESS_BLOCK,
        Use.PRIVATE_BLOCK,
        Use.IPV6_BLOCK,
        Use.WHOLE_IPV6,
        Use.SEVERAL_BLOCKS,
        Use.OVERLAPPING_BLOCKS,
        Use.MANY_PORTS,
    ),
    Column.EXCEPT: (Use.POLICY, Use.EXCEPT, Use.EXCEPT_TO, Use.EXCEPT_AMONG_BLOCKS),
    Column.END_PORT: (Use.POLICY, Use.END_PORT),
    Column.NAMED_PORT: (
        Use.POLICY,
        Use.NAMED_PORT,
        Use.NAMED_PORT_FROM_PODS,
        Use.NAMED_PORT_FROM_ANY,
        Use.NAMED_PORT_TO_ANY,
        Use.NAMED_PORT_TO_BLOCK,
    ),
    Column.SCTP: (Use.POLICY, Use.SCTP),
    Column.NAMESPACE_SELECTOR: (Use.POLICY, Use.BOTH_SELECTORS),
    Column.CLUSTER_POLICY: (Use.CLUSTER_POLICY,),
}
"""Which uses each column sums up."""
