"""What is known about the cluster and the engine's options, beside the policies themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from translator.ir.labels import CLUSTER_NAME, NAMESPACE_NAME, SERVICE_ACCOUNT_NAME, Label, Scope

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPort:
    """A container port with a name."""

    name: str
    protocol: int
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """A pod (or what a workload's template would start)."""

    namespace: str
    name: str
    labels: Labels = field(default_factory=dict)
    service_account: str = "default"
    addresses: tuple[str, ...] = ()
    ports: tuple[NamedPort, ...] = ()
    cluster: str = "default"
    host_network: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceBackend:
    """One address, protocol and target port behind a Service (from its EndpointSlices)."""

    address: str
    protocol: int | None = None
    port: int | None = None
    """None: the slice names no port for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceInfo:
    """A Service: its labels, what it selects, its addresses and backends."""

    namespace: str
    name: str
    labels: Labels = field(default_factory=dict)
    selector: Labels | None = None
    addresses: tuple[str, ...] = ()
    backends: tuple[ServiceBackend, ...] = ()
    external_traffic_policy: str | None = None
    """``Cluster`` (senders outside arrive with the address of a node) or ``Local``; None: not reached from outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalicoOptions:
    """Calico's version and the settings that change what a policy means (calico.md 1.1, 8, 9)."""

    version: str = "3.32"
    dataplane: str = "iptables"
    """iptables, nftables or ebpf"""
    admission: str = "calico"
    """calico: objects went through Calico's own gate; none: they act as the agent reads them."""
    dikastes: bool = True
    """HTTP rules are enforced (application layer policy)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CiliumOptions:
    """The Cilium agent's options that change what a policy means, named as the agent names them (cilium.md 12)."""

    version: str = "1.19"
    enable_policy: str = "default"
    """default, always or never"""
    allow_localhost: str = "always"
    """always or policy (``auto`` is always under Kubernetes)"""
    policy_default_local_cluster: bool | None = None
    """None: as the version has it, on since 1.19 (cilium.md 12)."""
    policy_cidr_match_mode: tuple[str, ...] = ()
    enable_non_default_deny_policies: bool = True
    enable_host_firewall: bool = False
    enable_node_selector_labels: bool = False
    enable_l7_proxy: bool = True
    enable_icmp_rules: bool = True
    enable_sctp: bool = True
    """The agent's default is false; then SCTP is dropped whatever the policies say, which is no policy question."""
    enable_extended_ip_protocols: bool = False
    enable_k8s_networkpolicy: bool = True
    enable_k8s_cluster_network_policy: bool = True
    enable_cilium_network_policy: bool = True
    enable_cilium_clusterwide_network_policy: bool = True
    ip_families: tuple[str, ...] = ("IPv4", "IPv6")
    policy_types_gating: bool = False
    """False: rules of a direction that policyTypes does not list are enforced (the engine as it is, cilium.md 10)."""
    baseline_overrides_isolation: bool = True
    """True: a Baseline Accept reaches pods that a NetworkPolicy isolates (the engine as it is, cilium.md 11)."""

    @property
    def scopes_to_local_cluster(self) -> bool:
        """Whether selectors of peers end at the own cluster unless they name one; before 1.18 they never do."""
        given = self.policy_default_local_cluster
        return self.version_numbers >= (1, 19) if given is None else given and self.version_numbers >= (1, 18)

    @property
    def version_numbers(self) -> tuple[int, ...]:
        """``1.19.3`` as ``(1, 19)``."""
        return tuple(int(part) for part in self.version.lstrip("v").split(".")[:2])


@dataclass(frozen=True, slots=True, kw_only=True)
class KubernetesOptions:
    """What the Kubernetes API leaves open."""

    version: str = "1.36"
    ipblock_matches_pods: bool | None = None
    """Whether an ipBlock covers pod addresses; None: unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """All optional; what is absent is unknown, never empty."""

    pod_cidrs: tuple[str, ...] = ()
    node_cidrs: tuple[str, ...] = ()
    service_cidrs: tuple[str, ...] = ()
    api_server: tuple[str, ...] = ()
    namespaces: Mapping[str, Labels] = field(default_factory=dict)
    service_accounts: Mapping[str, Labels] = field(default_factory=dict)
    """``namespace/name`` → labels"""
    pods: tuple[Pod, ...] = ()
    services: Mapping[str, ServiceInfo] = field(default_factory=dict)
    """``namespace/name`` → service"""
    calico: CalicoOptions = CalicoOptions()
    cilium: CiliumOptions = CiliumOptions()
    kubernetes: KubernetesOptions = KubernetesOptions()


NO_CONTEXT: Final = Context()


def pod_labels(pod: Pod, context: Context) -> dict[Label, str]:
    """Everything that selectors can ask of a pod: its own labels, those around it, and the names of all of them."""
    labels = {Label(Scope.POD, key): value for key, value in pod.labels.items()}
    labels |= {Label(Scope.NAMESPACE, key): value for key, value in context.namespaces.get(pod.namespace, {}).items()}
    account = context.service_accounts.get(f"{pod.namespace}/{pod.service_account}", {})
    labels |= {Label(Scope.SERVICE_ACCOUNT, key): value for key, value in account.items()}
    labels[NAMESPACE_NAME] = pod.namespace
    if pod.service_account:
        labels[SERVICE_ACCOUNT_NAME] = pod.service_account
    labels[CLUSTER_NAME] = pod.cluster
    return labels
