"""Wire model of ``networking.k8s.io/v1`` NetworkPolicy (kubernetes.md A.1).

Every field is optional and every list item may be null: the API server decodes null and absence alike as Go's zero
value. What must be there is the business of ``checks``.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from translator.wire.base import Wire
from translator.wire.kubernetes_types import LabelSelector, Metadata


class IPBlock(Wire):
    """A CIDR minus some of its parts."""

    cidr: str | None = None
    except_: list[str | None] | None = Field(default=None, alias="except")


class NetworkPolicyPeer(Wire):
    """Pods by labels, or addresses."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: IPBlock | None = Field(default=None, alias="ipBlock")


class NetworkPolicyPort(Wire):
    """Destination ports of one protocol."""

    protocol: str | None = None
    port: int | str | None = None
    end_port: int | None = None


class NetworkPolicyIngressRule(Wire):
    """Traffic that may come in."""

    from_: list[NetworkPolicyPeer | None] | None = Field(default=None, alias="from")
    ports: list[NetworkPolicyPort | None] | None = None


class NetworkPolicyEgressRule(Wire):
    """Traffic that may go out."""

    to: list[NetworkPolicyPeer | None] | None = None
    ports: list[NetworkPolicyPort | None] | None = None


class NetworkPolicySpec(Wire):
    """What the policy says."""

    pod_selector: LabelSelector | None = None
    ingress: list[NetworkPolicyIngressRule | None] | None = None
    egress: list[NetworkPolicyEgressRule | None] | None = None
    policy_types: list[str | None] | None = None


class NetworkPolicy(Wire):
    """The object."""

    api_version: str
    kind: str
    metadata: Metadata | None = None
    spec: NetworkPolicySpec | None = None
    status: dict[str, Any] | None = None
    """Written by servers from 1.24 to 1.27 only; today's know no such field (kubernetes.md A.1)."""
