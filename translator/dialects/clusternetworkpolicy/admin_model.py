"""Wire models of ``policy.networking.k8s.io/v1alpha1`` AdminNetworkPolicy and BaselineAdminNetworkPolicy, and the
ClusterNetworkPolicy that says the same (kubernetes.md B.7)."""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

from translator.dialects.clusternetworkpolicy.model import (
    ClusterNetworkPolicy,
    DestinationPort,
    EgressPeer,
    EgressRule,
    IngressPeer,
    IngressRule,
    PortRange,
    Protocol,
    Spec,
    Subject,
    TransportMatch,
)
from translator.wire.base import Wire
from translator.wire.kubernetes_types import Metadata


class AdminPortNumber(Wire):
    """One port of a protocol."""

    protocol: str | None = None
    port: int | None = None


class AdminPortRange(Wire):
    """Ports of a protocol from ``start`` to ``end``."""

    protocol: str | None = None
    start: int | None = None
    end: int | None = None


class AdminPort(Wire):
    """One way to match a destination port."""

    port_number: AdminPortNumber | None = None
    named_port: str | None = None
    port_range: AdminPortRange | None = None


class AdminIngressRule(Wire):
    """What to do with traffic from some peers."""

    name: str | None = None
    action: str | None = None
    from_: list[IngressPeer] | None = Field(default=None, alias="from")
    ports: list[AdminPort] | None = None

    @property
    def peers(self) -> list[IngressPeer] | None:
        """The other ends."""
        return self.from_


class AdminEgressRule(Wire):
    """What to do with traffic to some peers."""

    name: str | None = None
    action: str | None = None
    to: list[EgressPeer] | None = None
    ports: list[AdminPort] | None = None

    @property
    def peers(self) -> list[EgressPeer] | None:
        """The other ends."""
        return self.to


class AdminSpec(Wire):
    """What the policy says; a BaselineAdminNetworkPolicy has no priority."""

    priority: int | None = None
    subject: Subject | None = None
    ingress: list[AdminIngressRule] | None = None
    egress: list[AdminEgressRule] | None = None


class AdminNetworkPolicy(Wire):
    """Either object of v1alpha1."""

    api_version: str
    kind: str
    metadata: Metadata | None = None
    spec: AdminSpec | None = None
    status: dict[str, Any] | None = None


_ACTIONS: Final = {"Allow": "Accept"}


def as_cluster_policy(policy: AdminNetworkPolicy) -> ClusterNetworkPolicy:
    """The object of v1alpha2 with the same meaning, rule by rule.

    A Baseline one gets priority 0: it is alone in its tier. Ranges keep their ends, even equal or crossed ones.
    """
    spec = policy.spec or AdminSpec()
    is_baseline = policy.kind == "BaselineAdminNetworkPolicy"
    update = {
        "tier": "Baseline" if is_baseline else "Admin",
        "priority": 0 if is_baseline else spec.priority,
        "subject": spec.subject,
        "ingress": [
            IngressRule().model_copy(update={"from_": rule.from_, **_common(rule)}) for rule in spec.ingress or ()
        ],
        "egress": [EgressRule().model_copy(update={"to": rule.to, **_common(rule)}) for rule in spec.egress or ()],
    }
    return ClusterNetworkPolicy.model_construct(
        api_version=policy.api_version,
        kind=policy.kind,
        metadata=policy.metadata,
        spec=Spec().model_copy(update=update),
        status=None,
    )


def _common(rule: AdminIngressRule | AdminEgressRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "action": _ACTIONS.get(rule.action or "", rule.action),
        "protocols": [_protocol(port) for port in rule.ports] if rule.ports else None,
    }


def _protocol(port: AdminPort) -> Protocol:
    if port.port_number is not None:
        destination = DestinationPort().model_copy(update={"number": port.port_number.port})
        return _transport(port.port_number.protocol, destination)
    if port.port_range is not None:
        ends = PortRange().model_copy(update={"start": port.port_range.start, "end": port.port_range.end})
        return _transport(port.port_range.protocol, DestinationPort().model_copy(update={"range": ends}))
    return Protocol().model_copy(update={"destination_named_port": port.named_port})


def _transport(protocol: str | None, destination: DestinationPort) -> Protocol:
    transport = TransportMatch().model_copy(update={"destination_port": destination})
    return Protocol().model_copy(update={(protocol or "TCP").lower(): transport})
