"""Wire models of Cilium's policy kinds: CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy and CiliumCIDRGroup.

The types are what both gates demand; values are checked in ``schema`` (API server) and ``sanitize`` (agent). Every
field may be null and every list may hold nulls, because the agent reads such documents (cilium.md 3) where the API
server prunes or refuses them. Absent, null and ``[]`` stay apart (``Wire.given``).
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from translator.wire.base import Wire
from translator.wire.kubernetes_types import LabelSelector, Metadata


class Secret(Wire):
    """A reference to a Kubernetes Secret."""

    name: str | None = None
    namespace: str | None = None


class HeaderMatch(Wire):
    """One header demand; with a ``mismatch`` action it changes the request instead of restricting it."""

    name: str | None = None
    value: str | None = None
    secret: Secret | None = None
    mismatch: str | None = None


class HttpRule(Wire):
    """One alternative of ``rules.http``; its fields are ANDed."""

    path: str | None = None
    method: str | None = None
    host: str | None = None
    headers: list[str | None] | None = None
    header_matches: list[HeaderMatch | None] | None = None


class NameRule(Wire):
    """A DNS name or pattern, in ``toFQDNs`` and ``rules.dns``."""

    match_name: str | None = None
    match_pattern: str | None = None


class Layer7Rules(Wire):
    """``toPorts[].rules``; the schema knows ``kafka``, ``l7proto`` and ``l7``, the agent of 1.20 does not."""

    http: list[HttpRule | None] | None = None
    dns: list[NameRule | None] | None = None
    kafka: Any = None
    l7proto: Any = None
    l7: Any = None


class TLSContext(Wire):
    """Keys for terminating or originating TLS."""

    secret: Secret | None = None
    trusted_ca: str | None = Field(default=None, alias="trustedCA")
    certificate: str | None = None
    private_key: str | None = None


class EnvoyConfig(Wire):
    """The resource that defines a listener."""

    kind: str | None = None
    name: str | None = None


class Listener(Wire):
    """An Envoy listener that the traffic is handed to."""

    envoy_config: EnvoyConfig | None = None
    name: str | None = None
    priority: int | None = None


class PortProtocol(Wire):
    """One port, port range or port name of a protocol."""

    port: str | None = None
    end_port: int | None = None
    protocol: str | None = None


class PortRule(Wire):
    """An entry of ``toPorts`` in an allow item."""

    ports: list[PortProtocol | None] | None = None
    rules: Layer7Rules | None = None
    server_names: list[str | None] | None = None
    terminating_tls: TLSContext | None = Field(default=None, alias="terminatingTLS")
    originating_tls: TLSContext | None = Field(default=None, alias="originatingTLS")
    listener: Listener | None = None


class PortDenyRule(Wire):
    """An entry of ``toPorts`` in a deny item."""

    ports: list[PortProtocol | None] | None = None


class IcmpField(Wire):
    """One ICMP type of one family."""

    family: str | None = None
    type: int | str | None = None


class IcmpRule(Wire):
    """An entry of ``icmps``."""

    fields: list[IcmpField | None] | None = None


class CidrRule(Wire):
    """An entry of ``fromCIDRSet`` and ``toCIDRSet``."""

    cidr: str | None = None
    cidr_group_ref: str | None = None
    cidr_group_selector: LabelSelector | None = None
    except_: list[str | None] | None = Field(default=None, alias="except")


class AwsGroup(Wire):
    """An AWS security group."""

    labels: dict[str, str | None] | None = None
    security_groups_ids: list[str | None] | None = None
    security_groups_names: list[str | None] | None = None
    region: str | None = None


class Groups(Wire):
    """A cloud provider's group of addresses."""

    aws: AwsGroup | None = None


class K8sService(Wire):
    """A Service by name."""

    service_name: str | None = None
    namespace: str | None = None


class K8sServiceSelector(Wire):
    """Services by their labels."""

    selector: LabelSelector | None = None
    namespace: str | None = None


class ServiceRule(Wire):
    """An entry of ``toServices``."""

    k8s_service: K8sService | None = Field(default=None, alias="k8sService")
    k8s_service_selector: K8sServiceSelector | None = Field(default=None, alias="k8sServiceSelector")


class Authentication(Wire):
    """Mutual authentication of an allow item."""

    mode: str | None = None


class IngressCommon(Wire):
    """What allow and deny items of ingress share."""

    from_endpoints: list[LabelSelector | None] | None = None
    from_cidr: list[str | None] | None = Field(default=None, alias="fromCIDR")
    from_cidr_set: list[CidrRule | None] | None = Field(default=None, alias="fromCIDRSet")
    from_entities: list[str | None] | None = None
    from_groups: list[Groups | None] | None = None
    from_nodes: list[LabelSelector | None] | None = None
    from_requires: list[Any] | None = None
    icmps: list[IcmpRule | None] | None = None


class IngressRule(IngressCommon):
    """An item of ``ingress``."""

    to_ports: list[PortRule | None] | None = None
    authentication: Authentication | None = None


class IngressDenyRule(IngressCommon):
    """An item of ``ingressDeny``."""

    to_ports: list[PortDenyRule | None] | None = None


class EgressCommon(Wire):
    """What allow and deny items of egress share."""

    to_endpoints: list[LabelSelector | None] | None = None
    to_cidr: list[str | None] | None = Field(default=None, alias="toCIDR")
    to_cidr_set: list[CidrRule | None] | None = Field(default=None, alias="toCIDRSet")
    to_entities: list[str | None] | None = None
    to_groups: list[Groups | None] | None = None
    to_nodes: list[LabelSelector | None] | None = None
    to_services: list[ServiceRule | None] | None = None
    to_requires: list[Any] | None = None
    icmps: list[IcmpRule | None] | None = None


class EgressRule(EgressCommon):
    """An item of ``egress``."""

    to_fqdns: list[NameRule | None] | None = Field(default=None, alias="toFQDNs")
    to_ports: list[PortRule | None] | None = None
    authentication: Authentication | None = None


class EgressDenyRule(EgressCommon):
    """An item of ``egressDeny``."""

    to_ports: list[PortDenyRule | None] | None = None


class EnableDefaultDeny(Wire):
    """Whether being selected means default deny, per direction."""

    ingress: bool | None = None
    egress: bool | None = None


class Log(Wire):
    """A text that Hubble attaches to flow events."""

    value: str | None = None


class Spec(Wire):
    """One rule set of a policy: ``spec``, or an item of ``specs``."""

    endpoint_selector: LabelSelector | None = None
    node_selector: LabelSelector | None = None
    ingress: list[IngressRule | None] | None = None
    ingress_deny: list[IngressDenyRule | None] | None = None
    egress: list[EgressRule | None] | None = None
    egress_deny: list[EgressDenyRule | None] | None = None
    enable_default_deny: EnableDefaultDeny | None = None
    labels: list[Any] | None = None
    description: str | None = None
    log: Log | None = None


class CiliumPolicy(Wire):
    """CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy: one shape, two scopes."""

    api_version: str
    kind: str
    metadata: Metadata | None = None
    spec: Spec | None = None
    specs: list[Spec | None] | None = None
    status: dict[str, Any] | None = None


class CidrGroupSpec(Wire):
    """The addresses of a group."""

    external_cidrs: list[str | None] | None = Field(default=None, alias="externalCIDRs")


class CiliumCIDRGroup(Wire):
    """A named, labelled set of addresses (v2, and v2alpha1 of the same shape)."""

    api_version: str
    kind: str
    metadata: Metadata | None = None
    spec: CidrGroupSpec | None = None


AllowItem = IngressRule | EgressRule
DenyItem = IngressDenyRule | EgressDenyRule
Item = AllowItem | DenyItem
