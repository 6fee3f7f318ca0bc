"""The Context document (design 10) as a pydantic model, from which its JSON Schema is made."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from translator.wire.base import Wire


def _address(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        raise ValueError(f"expected an IP address, found `{text}`") from None
    if "%" in text:
        raise ValueError(f"expected an IP address without a zone, found `{text}`")
    return str(address)


def _cidr(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError as error:
        reason = ": bits are set beyond the prefix length" if "host bits" in str(error) else ""
        raise ValueError(f"expected a CIDR like 10.0.0.0/16, found `{text}`{reason}") from None


def _address_or_cidr(text: str) -> str:
    return _cidr(text) if "/" in text else _address(text)


def _namespaced(text: str) -> str:
    namespace, _, name = text.partition("/")
    if not namespace or not name or "/" in name:
        raise ValueError(f"expected namespace/name, found `{text}`")
    return text


def _version(text: str) -> str:
    parts = text.removeprefix("v").split(".")
    if len(parts) < 2 or not all(part.isdecimal() for part in parts[:2]):
        raise ValueError(f'expected a version like "1.19", found `{text}`')
    return text.removeprefix("v")


AddressText = Annotated[str, AfterValidator(_address)]
CidrText = Annotated[str, AfterValidator(_cidr)]
ServerText = Annotated[str, AfterValidator(_address_or_cidr)]
NamespacedName = Annotated[str, AfterValidator(_namespaced)]
VersionText = Annotated[str, AfterValidator(_version)]
PortNumber = Annotated[int, Field(ge=1, le=65535)]
PortProtocol = Literal["TCP", "UDP", "SCTP"]
LabelMap = dict[str, str]


class PortEntry(Wire):
    """A container port; only one with a name tells anything."""

    name: str | None = None
    protocol: PortProtocol | None = None
    port: PortNumber


class PodEntry(Wire):
    """A pod, or what a workload would start."""

    namespace: str = "default"
    name: str
    labels: LabelMap | None = None
    service_account: str | None = None
    addresses: list[AddressText] | None = None
    ports: list[PortEntry] | None = None
    cluster: str | None = None
    host_network: bool | None = None


class BackendEntry(Wire):
    """One address behind a service."""

    address: AddressText
    protocol: PortProtocol | None = None
    port: PortNumber | None = None


class ServiceEntry(Wire):
    """A service and what stands behind it."""

    labels: LabelMap | None = None
    selector: LabelMap | None = None
    addresses: list[AddressText] | None = None
    backends: list[BackendEntry] | None = None
    external_traffic_policy: Literal["Cluster", "Local"] | None = None


class Options(Wire):
    """Options of an engine, named as the engine names them; what is absent has its default."""

    model_config = ConfigDict(alias_generator=lambda name: name.replace("_", "-"))


class CalicoBlock(Options):
    """Calico's version and settings."""

    version: VersionText | None = None
    dataplane: Literal["iptables", "nftables", "ebpf"] | None = None
    admission: Literal["calico", "none"] | None = None
    dikastes: bool | None = None


class CiliumBlock(Options):
    """Options of the Cilium agent; ``disable-x: true`` is ``enable-x: false``."""

    model_config = ConfigDict(json_schema_extra={"patternProperties": {"^disable-": {"type": "boolean"}}})

    version: VersionText | None = None
    enable_policy: Literal["default", "always", "never"] | None = None
    allow_localhost: Literal["auto", "always", "policy"] | None = None
    policy_default_local_cluster: bool | None = None
    policy_cidr_match_mode: list[Literal["nodes", "pods"]] | None = None
    enable_non_default_deny_policies: bool | None = None
    enable_host_firewall: bool | None = None
    enable_node_selector_labels: bool | None = None
    enable_l7_proxy: bool | None = None
    enable_icmp_rules: bool | None = None
    enable_sctp: bool | None = None
    enable_extended_ip_protocols: bool | None = None
    enable_k8s_networkpolicy: bool | None = None
    enable_k8s_cluster_network_policy: bool | None = None
    enable_cilium_network_policy: bool | None = None
    enable_cilium_clusterwide_network_policy: bool | None = None
    ip_families: Annotated[list[Literal["IPv4", "IPv6"]], Field(min_length=1)] | None = None
    policy_types_gating: bool | None = None
    baseline_overrides_isolation: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _negate_disabled(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        known = {info.alias for info in cls.model_fields.values()}
        found: dict[str, Any] = {}
        for key, value in data.items():
            name = key.replace("disable-", "enable-", 1) if isinstance(key, str) and key.startswith("disable-") else key
            negated = name != key and name in known
            if negated and not isinstance(value, bool):
                raise ValueError(f"expected a boolean for `{key}`")
            if negated and name in data and data[name] is value:
                raise ValueError(f"`{key}` and `{name}` contradict each other")
            found[name if negated else key] = not value if negated else value
        return found


class KubernetesBlock(Options):
    """What the Kubernetes API leaves open."""

    version: VersionText | None = None
    ipblock_matches_pods: bool | None = None


class ContextDocument(Wire):
    """What is known about a cluster beside its policies; every key but the first two is optional."""

    api_version: Literal["netpolx/v1alpha1"]
    kind: Literal["Context"]
    pod_cidrs: list[CidrText] | None = Field(default=None, alias="podCIDRs")
    node_cidrs: list[CidrText] | None = Field(default=None, alias="nodeCIDRs")
    service_cidrs: list[CidrText] | None = Field(default=None, alias="serviceCIDRs")
    api_server: list[ServerText] | None = None
    namespaces: dict[str, LabelMap | None] | None = None
    service_accounts: dict[NamespacedName, LabelMap | None] | None = None
    pods: list[PodEntry] | None = None
    workloads: list[PodEntry] | None = None
    services: dict[NamespacedName, ServiceEntry | None] | None = None
    calico: CalicoBlock | None = None
    cilium: CiliumBlock | None = None
    kubernetes: KubernetesBlock | None = None
