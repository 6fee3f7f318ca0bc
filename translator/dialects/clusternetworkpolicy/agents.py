"""How Cilium and Calico read ClusterNetworkPolicies, where they leave the API's text and where the API's schema did
not stand before them (cilium.md 11, calico.md 5.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from translator.context import CiliumOptions
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
from translator.dialects.clusternetworkpolicy.reading import (
    ACTIONS,
    Reading,
    UnreadableError,
    canonical,
    pod_terms,
    terms,
)
from translator.errors import Gate
from translator.ir.labels import (
    CLUSTER_NAME,
    LOCAL_CLUSTER,
    Label,
    Scope,
    conjunction,
    has,
    one_of,
)
from translator.ir.layer7 import DnsMatch, Layer7
from translator.ir.peers import ANYONE, PODS, Endpoints, GroupReference, Kind, Network, Peer
from translator.ir.policy import Action, Direction, Policy, Rule
from translator.ir.traffic import ALL_PORTS, ANY_TRAFFIC, SCTP, TCP, UDP, Ports, Traffic, protocol_set
from translator.origin import Origin
from translator.wire.base import shown
from translator.wire.cidrs import CidrDoubt, read_cidr
from translator.wire.cilium_labels import is_positive, peers_by_labels, pods_of_identities
from translator.wire.kubernetes_types import LabelSelector
from translator.wire.port_text import agent_port

_TRANSPORTS: Final = protocol_set(TCP, UDP, SCTP)

# -- Cilium -----------------------------------------------------------------------------------------------------------

_SUBJECT_KINDS: Final = frozenset({Kind.POD, Kind.HEALTH, Kind.INIT, Kind.INGRESS, Kind.UNMANAGED})
"""Endpoints of the agent that a selector may choose; the host is no subject (cilium.md 2.4) [V Q170e, Q170f]."""
_NAME_CHARACTERS: Final = re.compile(r"[-a-zA-Z0-9_.]*\Z")
_DNS_PODS: Final = Endpoints(selector=one_of(Label(Scope.POD, "k8s-app"), "kube-dns"))
_DNS_RULE: Final = Rule(
    action=Action.ALLOW,
    peers=(_DNS_PODS,),
    traffic=(Traffic(protocols=_TRANSPORTS, ports=Ports(names=("dns", "dns-tcp"))),),
    layer7=Layer7(dns=(DnsMatch(pattern="*"),)),
)


class CiliumReading(Reading):
    """Cilium's converter. Address matches have no reach yet: ``policy-cidr-match-mode`` decides it."""

    reach = None

    def __init__(self, options: CiliumOptions) -> None:
        self._options = options

    def tier(self, spec: Spec) -> str:
        """Whatever is not Baseline is Admin [V Q173, Q173b]."""
        return "Baseline" if spec.tier == "Baseline" else "Admin"

    def subject(self, subject: Subject | None, origin: Origin) -> Peer:
        """Namespaces before pods [V Q170i]; with negative expressions only, other endpoints as well [V G13c]."""
        if subject is not None and subject.namespaces is not None:
            found = in_namespaces = terms(subject.namespaces, Scope.NAMESPACE)
        elif subject is not None and subject.pods is not None:
            found = pod_terms(subject.pods)
            in_namespaces = terms(subject.pods.namespace_selector, Scope.NAMESPACE)
        else:
            raise UnreadableError("the agent panics on a policy without a subject", origin, Gate.CILIUM)
        only_pods = not in_namespaces or is_positive(found)
        return Endpoints(selector=pods_of_identities(found), kinds=PODS if only_pods else _SUBJECT_KINDS)

    def rule(self, rule: IngressRule | EgressRule, origin: Origin) -> Rule:
        """A missing or unknown action accepts [V Q173c to Q173e]; without peers the rule is about everyone [V Q161]."""
        action = ACTIONS.get(rule.action or "", Action.ALLOW)
        traffic = self.traffic(rule.protocols)
        ends: tuple[Peer, ...] = (ANYONE,)
        if rule.peers:
            self._check(rule, action, origin)
            ends = tuple(end for peer in rule.peers for end in self._known(peer, rule))
            if action is not Action.ALLOW and any(_is_unknown(peer) for peer in rule.peers):
                # Beside the rule, a deny of everyone at its place, which beats what the known peers get [V Q162c].
                action, ends = Action.DENY, (ANYONE,)
        return Rule(action=action, peers=ends, traffic=traffic, name=rule.name or None, origin=origin)

    def companions(self, policy: Policy, spec: Spec) -> tuple[Policy, ...]:
        """Names need the DNS proxy: DNS to kube-dns is allowed at the place of the rule [V Q172f, Q172i]."""
        return tuple(
            replace(
                policy,
                directions=frozenset({Direction.EGRESS}),
                order=(policy.order or 0) + index / 100,
                ingress=(),
                egress=(replace(_DNS_RULE, origin=policy.egress[index].origin),),
            )
            for index, rule in enumerate(spec.egress or ())
            if any(peer.domain_names for peer in rule.to or ())
        )

    def _known(self, peer: IngressPeer | EgressPeer, rule: IngressRule | EgressRule) -> tuple[Peer, ...]:
        if isinstance(peer, EgressPeer) and peer.networks == [] and _is_by_networks(peer):
            return (ANYONE,) if rule.protocols else ()  # [V Q163, Q163b]
        return self.peer(peer)

    def _check(self, rule: IngressRule | EgressRule, action: Action, origin: Origin) -> None:
        """What the agent refuses: the whole object goes [V Q172e, Q172g, Q172h, Q172j, Q164f]."""
        for index, peer in enumerate(rule.peers or ()):
            at = origin.at("to", index)
            if not isinstance(peer, EgressPeer) or peer.pods is not None or peer.namespaces is not None:
                continue
            if peer.nodes is not None and not self._options.enable_node_selector_labels:
                raise UnreadableError("`nodes` needs enable-node-selector-labels", at.at("nodes"), Gate.CILIUM)
            if peer.nodes is None and peer.networks is None and peer.domain_names is not None:
                self._check_names(peer.domain_names, action, at.at("domainNames"))
            for position, text in enumerate(peer.networks or ()):
                _cidr(text, at.at("networks", position))

    def _check_names(self, names: Sequence[str], action: Action, origin: Origin) -> None:
        if action is not Action.ALLOW:
            raise UnreadableError("`domainNames` needs the action Accept", origin, Gate.CILIUM)
        if not self._options.enable_l7_proxy:
            raise UnreadableError("`domainNames` needs the L7 proxy", origin, Gate.CILIUM)
        for position, name in enumerate(names):
            if not _NAME_CHARACTERS.match(name.removeprefix("**.").removeprefix("*.")):
                message = f"expected letters, digits, `-`, `_` and `.`, found {shown(name)}"
                raise UnreadableError(message, origin.at(position), Gate.CILIUM)

    def pods(self, pods: NamespacedPod) -> Endpoints:
        """Of the local cluster, unless the pod selector speaks of clusters itself [V Q171c]."""
        return peers_by_labels(
            pod_terms(pods),
            in_local_cluster=self._options.scopes_to_local_cluster,
            in_some_namespace=not terms(pods.namespace_selector, Scope.NAMESPACE),
        )

    def namespaces(self, selector: LabelSelector) -> tuple[Peer, ...]:
        """Of every cluster; with negative expressions only, also ends that have no namespace at all [V G13]."""
        found = terms(selector, Scope.NAMESPACE)
        return (peers_by_labels(found, in_local_cluster=False, in_some_namespace=not found),)

    def nodes(self, selector: LabelSelector) -> Endpoints:
        """With a default cluster nothing, as nodes carry no cluster label [V Q172]."""
        nodes = super().nodes(selector)
        if not self._options.scopes_to_local_cluster:
            return nodes
        return replace(nodes, selector=conjunction(one_of(CLUSTER_NAME, LOCAL_CLUSTER), nodes.selector))

    def networks(self, networks: Sequence[str]) -> Peer:
        """An address without a length is a host [V Q163d]."""
        return Network(cidrs=canonical(_with_length(text) for text in networks), reach=None)

    def traffic(self, protocols: Sequence[Protocol] | None) -> tuple[Traffic, ...]:
        """An empty list filters nothing [V Q163g]."""
        return super().traffic(protocols or None)

    def protocol(self, protocol: Protocol) -> tuple[Traffic, ...]:
        """An empty item is every port of the three protocols [V Q164]."""
        if protocol.tcp or protocol.udp or protocol.sctp:
            return super().protocol(protocol)
        return (self.named(protocol.destination_named_port or ""),)

    def named(self, name: str) -> Traffic:
        """A number is that number, and what is no service name is all ports [V Q165d, Q165e]."""
        match agent_port(name):
            case None:
                ports = ALL_PORTS
            case int() as number:
                ports = Ports(numbers=((number, number),))
            case text:
                ports = Ports(names=(text,))
        return Traffic(protocols=_TRANSPORTS, ports=ports)

    def ports(self, transport: TransportMatch) -> Ports:
        """No port is all of them [V Q164b, Q164c]; of a crossed range only the start counts [V Q164d]."""
        port = transport.destination_port or DestinationPort()
        first = port.number if port.number is not None or port.range is None else port.range.start
        start = None if first is None else agent_port(str(first))
        if not isinstance(start, int):
            return ALL_PORTS
        end = port.range.end if port.number is None and port.range is not None else None
        return Ports(numbers=((start, max(start, min(end or 0, 65535))),))


def _cidr(text: str, origin: Origin) -> None:
    cidr = read_cidr(_with_length(text))
    if cidr is None or set(cidr.doubts) - {CidrDoubt.HOST_BITS}:
        raise UnreadableError(f"the agent panics on the CIDR {shown(text)}", origin, Gate.CILIUM)


def _with_length(text: str) -> str:
    return text if "/" in text else f"{text}/{128 if ':' in text else 32}"


def _is_by_networks(peer: EgressPeer) -> bool:
    return peer.pods is None and peer.namespaces is None and peer.nodes is None


def _is_unknown(peer: IngressPeer | EgressPeer) -> bool:
    """A peer of no kind that the agent knows, as one with an empty mapping (cilium.md 11)."""
    return all(getattr(peer, name) is None for name in type(peer).model_fields)


# -- Calico -----------------------------------------------------------------------------------------------------------

_DENY_ALL: Final = Rule(action=Action.DENY, peers=(ANYONE,), traffic=(ANY_TRAFFIC,))


class CalicoReading(Reading):
    """Calico's converter, which knows the standard channel."""

    def tier(self, spec: Spec) -> str | None:
        """A policy of another tier is ignored [V O50]."""
        return spec.tier if spec.tier in ("Admin", "Baseline") else None

    def subject(self, subject: Subject | None, origin: Origin) -> Peer | None:
        """A policy without a subject is ignored [V O23]."""
        if subject is None or (subject.namespaces is None and subject.pods is None):
            return None
        return super().subject(subject, origin)

    def rule(self, rule: IngressRule | EgressRule, origin: Origin) -> Rule:
        """One peer that it does not know spoils the whole rule: dropped, or a deny of everything [V O35 to O39, O52].

        A rule without peers gives no rule at all [V O51].
        """
        if rule.action not in ACTIONS:
            message = f"no source says what Calico makes of the action {shown(rule.action)}"
            raise UnreadableError(message, origin.at("action"), Gate.NETPOLX)
        known = super().rule(rule, origin)
        if all(_is_convertible(peer) for peer in rule.peers or ()):
            return known
        if known.action is Action.ALLOW:
            return replace(known, peers=())
        return replace(_DENY_ALL, name=known.name, origin=origin)

    def namespaces(self, selector: LabelSelector) -> tuple[Peer, ...]:
        """Pods, and the network sets of those namespaces [V O25]: a group reference that Calico's engine resolves."""
        pods = super().namespaces(selector)
        found = terms(selector, Scope.NAMESPACE)
        chosen = conjunction(*found) if found else has(Label(Scope.NAMESPACE, "kubernetes.io/metadata.name"))
        return (*pods, Network(cidrs=(), group=GroupReference(names=(), selector=chosen)))


def _is_convertible(peer: IngressPeer | EgressPeer) -> bool:
    if peer.namespaces is not None or peer.pods is not None:
        return True
    return isinstance(peer, EgressPeer) and bool(peer.networks)
