"""What a ClusterNetworkPolicy says by the text of the API (kubernetes.md B.2 to B.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from translator.dialects.clusternetworkpolicy.model import (
    DestinationPort,
    EgressPeer,
    EgressRule,
    IngressPeer,
    IngressRule,
    NamespacedPod,
    Protocol,
    Spec,
    Subject,
    TransportMatch,
)
from translator.errors import Finding, Gate, NetpolxError
from translator.ir.labels import Requirement, Scope, conjunction
from translator.ir.peers import EVERY_KIND, NODES, Domain, Endpoints, Kind, Network, Peer
from translator.ir.policy import Action, Policy, Rule
from translator.ir.traffic import ALL_PORTS, ANY_TRAFFIC, SCTP, TCP, UDP, Ports, Traffic
from translator.origin import Origin
from translator.wire.cidrs import read_cidr
from translator.wire.kubernetes_types import LabelSelector
from translator.wire.selectors import Nulls, selector_terms

ACTIONS: Final = {"Accept": Action.ALLOW, "Deny": Action.DENY, "Pass": Action.PASS}


class UnreadableError(NetpolxError):
    """The engine takes nothing of the object."""

    def __init__(self, message: str, origin: Origin, gate: Gate) -> None:
        super().__init__(message)
        self.finding = Finding(message=message, origin=origin, gate=gate, code="unreadable")


class Reading:
    """The API's text. Engines that read some of it differently override what differs.

    Every rule of the object gives exactly one rule, so that positions, which are precedence, stay as they are.
    """

    def tier(self, spec: Spec) -> str | None:
        """Admin or Baseline; None where the engine ignores the policy."""
        return spec.tier

    def subject(self, subject: Subject | None, origin: Origin) -> Peer | None:
        """The pods it applies to; None where the engine ignores the policy."""
        assert subject is not None, origin
        if subject.pods is not None:
            return self.pods(subject.pods)
        assert subject.namespaces is not None, origin
        return Endpoints(selector=conjunction(*terms(subject.namespaces, Scope.NAMESPACE)))

    def rule(self, rule: IngressRule | EgressRule, origin: Origin) -> Rule:
        """One rule; ``origin`` is its place."""
        return Rule(
            action=ACTIONS[rule.action or ""],
            peers=tuple(end for peer in rule.peers or () for end in self.peer(peer)),
            traffic=self.traffic(rule.protocols),
            name=rule.name or None,
            origin=origin,
        )

    def companions(self, _policy: Policy, _spec: Spec) -> tuple[Policy, ...]:
        """Policies that the engine makes besides."""
        return ()

    # -- who ----------------------------------------------------------------------------------------------------------

    def peer(self, peer: IngressPeer | EgressPeer) -> tuple[Peer, ...]:
        """The ends that one list item names; none for an item of a kind that nobody knows."""
        if peer.pods is not None:
            return (self.pods(peer.pods),)
        if peer.namespaces is not None:
            return self.namespaces(peer.namespaces)
        if isinstance(peer, IngressPeer):
            return ()
        if peer.nodes is not None:
            return (self.nodes(peer.nodes),)
        if peer.networks is not None:
            return (self.networks(peer.networks),)
        return tuple(Domain(pattern=domain_pattern(name)) for name in peer.domain_names or ())

    def pods(self, pods: NamespacedPod) -> Endpoints:
        """Pods by labels of theirs and of their namespace; never host-network pods (kubernetes.md B.3)."""
        return Endpoints(selector=conjunction(*pod_terms(pods)))

    def namespaces(self, selector: LabelSelector) -> tuple[Peer, ...]:
        """All pods of some namespaces, and never the node's (kubernetes.md B.3)."""
        return (Endpoints(selector=conjunction(*terms(selector, Scope.NAMESPACE))),)

    def nodes(self, selector: LabelSelector) -> Endpoints:
        """Nodes, host-network pods included (kubernetes.md B.3)."""
        return Endpoints(selector=conjunction(*terms(selector, Scope.NODE)), kinds=NODES)

    def networks(self, networks: Sequence[str]) -> Peer:
        """Any destination in some block, pods and nodes included (kubernetes.md B.3)."""
        return Network(cidrs=canonical(networks), reach=self.reach)

    reach: frozenset[Kind] | None = EVERY_KIND

    # -- what ---------------------------------------------------------------------------------------------------------

    def traffic(self, protocols: Sequence[Protocol] | None) -> tuple[Traffic, ...]:
        """Absent protocols are all traffic, ICMP included; a range that has crossed its ends matches nothing."""
        if protocols is None:
            return (ANY_TRAFFIC,)
        return tuple(found for protocol in protocols for found in self.protocol(protocol))

    def protocol(self, protocol: Protocol) -> tuple[Traffic, ...]:
        """One item of ``protocols``."""
        for number, transport in ((TCP, protocol.tcp), (UDP, protocol.udp), (SCTP, protocol.sctp)):
            if transport is not None:
                ports = self.ports(transport)
                return (Traffic(protocols=((number, number),), ports=ports),) if ports is not None else ()
        return (self.named(protocol.destination_named_port or ""),)

    def named(self, name: str) -> Traffic:
        """A name holds for whatever protocol and number the destination declares it (kubernetes.md B.4)."""
        return Traffic(ports=Ports(names=(name,)))

    def ports(self, transport: TransportMatch) -> Ports | None:
        """The destination ports; None for none."""
        port = transport.destination_port or DestinationPort()
        if port.number is not None:
            return Ports(numbers=((port.number, port.number),))
        if port.range is None:
            return ALL_PORTS
        start, end = port.range.start or 0, port.range.end or 0
        return Ports(numbers=((start, end),)) if start <= end else None


def terms(selector: LabelSelector | None, scope: Scope) -> tuple[Requirement, ...]:
    """The requirements of a selector of a custom resource."""
    return selector_terms(selector, scope, nulls=Nulls.PRUNED)


def pod_terms(pods: NamespacedPod) -> tuple[Requirement, ...]:
    """The requirements on the namespace, then those on the pod; an absent namespaceSelector is every namespace."""
    return (*terms(pods.namespace_selector, Scope.NAMESPACE), *terms(pods.pod_selector, Scope.POD))


def canonical(networks: Iterable[str]) -> tuple[str, ...]:
    """CIDRs in canonical text, host bits masked, in their order."""
    return tuple(dict.fromkeys(cidr.text for text in networks if (cidr := read_cidr(text)) is not None))


def domain_pattern(name: str) -> str:
    """``*.`` stands for one or more labels (kubernetes.md B.3)."""
    plain = name.lower().removesuffix(".")
    return f"**.{plain[2:]}" if plain.startswith("*.") else plain
