"""Wire model of ``policy.networking.k8s.io/v1alpha2`` ClusterNetworkPolicy, both channels (kubernetes.md B.1).

Every field is optional here: null is absence to a custom resource's schema. What must be there is the business of
``checks``; lists hold no nulls, which the schema refuses.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from translator.wire.base import Wire
from translator.wire.kubernetes_types import LabelSelector, Metadata


class NamespacedPod(Wire):
    """Pods by their labels in namespaces by theirs."""

    namespace_selector: LabelSelector | None = None
    pod_selector: LabelSelector | None = None


class Subject(Wire):
    """The pods that a policy applies to."""

    namespaces: LabelSelector | None = None
    pods: NamespacedPod | None = None


class IngressPeer(Wire):
    """Pods that send."""

    namespaces: LabelSelector | None = None
    pods: NamespacedPod | None = None


class EgressPeer(Wire):
    """Pods, addresses, nodes or names that receive; the last two only in the experimental channel."""

    namespaces: LabelSelector | None = None
    pods: NamespacedPod | None = None
    nodes: LabelSelector | None = None
    networks: list[str] | None = None
    domain_names: list[str] | None = None


class PortRange(Wire):
    """Ports from ``start`` to ``end``, both included."""

    start: int | None = None
    end: int | None = None


class DestinationPort(Wire):
    """One number or one range."""

    number: int | None = None
    range: PortRange | None = None


class TransportMatch(Wire):
    """Destination ports of one transport protocol."""

    destination_port: DestinationPort | None = None


class Protocol(Wire):
    """One way to match a packet above the addresses."""

    tcp: TransportMatch | None = None
    udp: TransportMatch | None = None
    sctp: TransportMatch | None = None
    destination_named_port: str | None = None


class IngressRule(Wire):
    """What to do with traffic from some peers."""

    name: str | None = None
    action: str | None = None
    from_: list[IngressPeer] | None = Field(default=None, alias="from")
    protocols: list[Protocol] | None = None

    @property
    def peers(self) -> list[IngressPeer] | None:
        """The other ends."""
        return self.from_


class EgressRule(Wire):
    """What to do with traffic to some peers."""

    name: str | None = None
    action: str | None = None
    to: list[EgressPeer] | None = None
    protocols: list[Protocol] | None = None

    @property
    def peers(self) -> list[EgressPeer] | None:
        """The other ends."""
        return self.to


class Spec(Wire):
    """What the policy says."""

    tier: str | None = None
    priority: int | None = None
    subject: Subject | None = None
    ingress: list[IngressRule] | None = None
    egress: list[EgressRule] | None = None


class ClusterNetworkPolicy(Wire):
    """The object."""

    api_version: str
    kind: str
    metadata: Metadata | None = None
    spec: Spec | None = None
    status: dict[str, Any] | None = None
