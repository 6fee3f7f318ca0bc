"""Wire models of projectcalico.org/v3 and crd.projectcalico.org/v1: the shape of every field, no more.

The schemas of both groups name the same fields (calico.md 1.1). Values are checked in ``policy_checks`` and its
neighbours, because two gates ask different things of them.
"""

from __future__ import annotations

from typing import Final

from pydantic import Field

from translator.wire.base import Wire
from translator.wire.kubernetes_types import LabelSelector, Metadata

IntOrString = int | str


class ServiceAccountMatch(Wire):
    """Service accounts by name, by label, or both."""

    names: list[str] | None = None
    selector: str | None = None


class ServiceMatch(Wire):
    """The backends of one Service."""

    name: str | None = None
    namespace: str | None = None


class EntityRule(Wire):
    """One side of a rule; all its fields are ANDed."""

    nets: list[str] | None = None
    not_nets: list[str] | None = None
    selector: str | None = None
    not_selector: str | None = None
    namespace_selector: str | None = None
    service_accounts: ServiceAccountMatch | None = None
    services: ServiceMatch | None = None
    ports: list[IntOrString] | None = None
    not_ports: list[IntOrString] | None = None


class IcmpFields(Wire):
    """An ICMP type, and a code only beside it."""

    type: int | None = None
    code: int | None = None


class HttpPath(Wire):
    """Exactly one of the two."""

    exact: str | None = None
    prefix: str | None = None


class HttpMatch(Wire):
    """Methods and paths of HTTP requests."""

    methods: list[str] | None = None
    paths: list[HttpPath] | None = None


class RuleMetadata(Wire):
    """Comments on a rule."""

    annotations: dict[str, str | None] | None = None


class Rule(Wire):
    """One rule; all its fields are ANDed."""

    metadata: RuleMetadata | None = None
    action: str | None = None
    ip_version: int | None = None
    protocol: IntOrString | None = None
    not_protocol: IntOrString | None = None
    icmp: IcmpFields | None = None
    not_icmp: IcmpFields | None = Field(default=None, alias="notICMP")
    source: EntityRule | None = None
    destination: EntityRule | None = None
    http: HttpMatch | None = None


class PolicySpec(Wire):
    """What all four tiered policies share (calico.md 1.2)."""

    tier: str | None = None
    order: float | None = None
    selector: str | None = None
    service_account_selector: str | None = None
    types: list[str] | None = None
    ingress: list[Rule] | None = None
    egress: list[Rule] | None = None
    performance_hints: list[str] | None = None


class GlobalPolicySpec(PolicySpec):
    """What only the cluster-wide ones have."""

    namespace_selector: str | None = None
    do_not_track: bool | None = None
    pre_dnat: bool | None = Field(default=None, alias="preDNAT")
    apply_on_forward: bool | None = None


class StagedPolicySpec(PolicySpec):
    """A policy on trial."""

    staged_action: str | None = None


class StagedGlobalPolicySpec(GlobalPolicySpec):
    """A cluster-wide policy on trial."""

    staged_action: str | None = None


class KubernetesIpBlock(Wire):
    """``ipBlock`` of a staged Kubernetes policy."""

    cidr: str
    except_: list[str] | None = Field(default=None, alias="except")


class KubernetesPeer(Wire):
    """A peer of a staged Kubernetes policy."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: KubernetesIpBlock | None = None


class KubernetesPort(Wire):
    """A port item of a staged Kubernetes policy."""

    protocol: str | None = None
    port: IntOrString | None = None
    end_port: int | None = None


class KubernetesIngressRule(Wire):
    """An ingress rule of a staged Kubernetes policy."""

    ports: list[KubernetesPort] | None = None
    from_: list[KubernetesPeer] | None = Field(default=None, alias="from")


class KubernetesEgressRule(Wire):
    """An egress rule of a staged Kubernetes policy."""

    ports: list[KubernetesPort] | None = None
    to: list[KubernetesPeer] | None = None


class StagedKubernetesPolicySpec(Wire):
    """The spec of a Kubernetes NetworkPolicy on trial (calico.md 1.4)."""

    staged_action: str | None = None
    pod_selector: LabelSelector | None = None
    ingress: list[KubernetesIngressRule] | None = None
    egress: list[KubernetesEgressRule] | None = None
    policy_types: list[str] | None = None


class TierSpec(Wire):
    """Where a tier stands and what it does with what its policies leave open."""

    order: float | None = None
    default_action: str | None = None


class TierCondition(Wire):
    """A condition that a controller reports."""

    type: str
    status: str
    reason: str
    message: str
    last_transition_time: str
    observed_generation: int | None = None


class TierStatus(Wire):
    """What a controller reports of a tier."""

    conditions: list[TierCondition] | None = None


class NetworkSetSpec(Wire):
    """Addresses under a name."""

    nets: list[str] | None = None


class EndpointPort(Wire):
    """A named port of a host endpoint."""

    name: str | None = None
    protocol: IntOrString | None = None
    port: int | None = None


class HostEndpointSpec(Wire):
    """An interface of a node."""

    node: str | None = None
    interface_name: str | None = None
    expected_ips: list[str] | None = Field(default=None, alias="expectedIPs")
    profiles: list[str] | None = None
    ports: list[EndpointPort] | None = None


class ProfileSpec(Wire):
    """Rules after all policies, and labels that endpoints inherit (etcd only; Kubernetes has none of its own)."""

    ingress: list[Rule] | None = None
    egress: list[Rule] | None = None
    labels_to_apply: dict[str, str | None] | None = None


class CalicoObject(Wire):
    """What every object has."""

    api_version: str
    kind: str
    metadata: Metadata | None = None


class NetworkPolicy(CalicoObject):
    """A policy of one namespace."""

    spec: PolicySpec | None = None


class GlobalNetworkPolicy(CalicoObject):
    """A policy of the cluster."""

    spec: GlobalPolicySpec | None = None


class StagedNetworkPolicy(CalicoObject):
    """A policy of one namespace on trial."""

    spec: StagedPolicySpec | None = None


class StagedGlobalNetworkPolicy(CalicoObject):
    """A policy of the cluster on trial."""

    spec: StagedGlobalPolicySpec | None = None


class StagedKubernetesNetworkPolicy(CalicoObject):
    """A Kubernetes policy on trial."""

    spec: StagedKubernetesPolicySpec | None = None


class Tier(CalicoObject):
    """A tier of policies."""

    spec: TierSpec | None = None
    status: TierStatus | None = None


class NetworkSet(CalicoObject):
    """Addresses that belong to a namespace."""

    spec: NetworkSetSpec | None = None


class GlobalNetworkSet(CalicoObject):
    """Addresses that belong to no namespace."""

    spec: NetworkSetSpec | None = None


class HostEndpoint(CalicoObject):
    """A node's interface."""

    spec: HostEndpointSpec | None = None


class Profile(CalicoObject):
    """A profile."""

    spec: ProfileSpec | None = None


PolicyObject = NetworkPolicy | GlobalNetworkPolicy | StagedNetworkPolicy | StagedGlobalNetworkPolicy
"""The kinds whose spec is Calico's own policy language."""

V3: Final = "projectcalico.org/v3"
CRD_V1: Final = "crd.projectcalico.org/v1"
MODELS: Final[dict[str, type[CalicoObject]]] = {
    model.__name__: model
    for model in (
        NetworkPolicy,
        GlobalNetworkPolicy,
        StagedNetworkPolicy,
        StagedGlobalNetworkPolicy,
        StagedKubernetesNetworkPolicy,
        Tier,
        NetworkSet,
        GlobalNetworkSet,
        HostEndpoint,
        Profile,
    )
}
CLUSTER_SCOPED: Final = frozenset(
    {"GlobalNetworkPolicy", "StagedGlobalNetworkPolicy", "Tier", "GlobalNetworkSet", "HostEndpoint", "Profile"}
)
