"""What a policy uses, and where it says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from translator.enforcement.profile import Use
from translator.ir.addresses import PRIVATE, V6_MAX, Addresses, block, blocks
from translator.ir.labels import NAMESPACE_NAME, Operator, Requirement, Scope, Selector, requirements
from translator.ir.peers import ANYONE, Endpoints, Network, Peer
from translator.ir.policy import Direction, Policy, Rule
from translator.ir.traffic import ALL_PORTS, EVERY_PROTOCOL, SCTP, protocol_set
from translator.origin import Origin
from translator.wire.cilium_labels import is_filtered

MOST_ENTRIES: Final = 24
"""Ports and protocols of one block that the AWS agent keeps (kubernetes.md C.2)."""
_KINDS: Final = {
    "ClusterNetworkPolicy": Use.CLUSTER_POLICY,
    "AdminNetworkPolicy": Use.ADMIN_POLICY,
    "BaselineAdminNetworkPolicy": Use.ADMIN_POLICY,
}
_NEGATIVE: Final = frozenset({Operator.NOT_IN, Operator.LACKS})
_SCTP: Final = protocol_set(SCTP)


def uses(policy: Policy, cluster: Addresses = PRIVATE) -> Iterator[tuple[Use, Origin | None]]:
    """Everything that a policy of the Kubernetes API uses; ``cluster``: where pods and nodes may be."""
    kind = _KINDS.get(policy.kind)
    if kind is not None:
        yield kind, policy.origin
        return
    yield Use.POLICY, policy.origin
    yield from ((use, policy.origin) for peer in policy.subject for use in _of_selectors(peer))
    for direction in Direction:
        rules = policy.rules(direction)
        if rules and direction not in policy.directions:
            yield Use.UNLISTED_DIRECTION, rules[0].origin
            continue
        for rule in rules:
            yield from ((use, rule.origin) for use in _of_rule(rule, direction, cluster))
        if _overlap([peer for rule in rules for peer in rule.peers]):
            yield Use.OVERLAPPING_BLOCKS, rules[0].origin


def _of_rule(rule: Rule, direction: Direction, cluster: Addresses) -> Iterator[Use]:
    networks = [peer for peer in rule.peers if isinstance(peer, Network)]
    count = sum(len(network.cidrs) for network in networks)
    for network in networks:
        yield from _of_network(network, direction, cluster)
    if count > 1:
        yield Use.SEVERAL_BLOCKS
        if any(network.excepts for network in networks):
            yield Use.EXCEPT_AMONG_BLOCKS
    for peer in rule.peers:
        yield from _of_selectors(peer)
        if isinstance(peer, Endpoints) and _has_both(peer.selector):
            yield Use.BOTH_SELECTORS
    yield from _of_ports(rule, direction, networks)


def _of_network(network: Network, direction: Direction, cluster: Addresses) -> Iterator[Use]:
    if direction is Direction.INGRESS:
        yield Use.INGRESS_BLOCK
    addresses = network.addresses
    if addresses & cluster:
        yield Use.PRIVATE_BLOCK
    if addresses.v6:
        yield Use.IPV6_BLOCK
    if addresses.v6 == ((0, V6_MAX),):
        yield Use.WHOLE_IPV6
    if network.excepts:
        yield Use.EXCEPT
        if direction is Direction.EGRESS:
            yield Use.EXCEPT_TO


def _of_ports(rule: Rule, direction: Direction, networks: Sequence[Network]) -> Iterator[Use]:
    entries = 0
    for traffic in rule.traffic:
        if traffic.protocols != EVERY_PROTOCOL and traffic.protocols == _SCTP:
            yield Use.SCTP
        if traffic.ports != ALL_PORTS:
            entries += len(traffic.ports.numbers) + len(traffic.ports.names)
            if any(low < high for low, high in traffic.ports.numbers):
                yield Use.END_PORT
            if traffic.ports.names:
                yield from _of_named_port(rule, direction, networks)
    if networks and entries > MOST_ENTRIES:
        yield Use.MANY_PORTS


def _of_named_port(rule: Rule, direction: Direction, networks: Sequence[Network]) -> Iterator[Use]:
    yield Use.NAMED_PORT
    if direction is Direction.INGRESS:
        yield Use.NAMED_PORT_FROM_ANY if networks or ANYONE in rule.peers else Use.NAMED_PORT_FROM_PODS
        return
    if ANYONE in rule.peers:
        yield Use.NAMED_PORT_TO_ANY
    if networks:
        yield Use.NAMED_PORT_TO_BLOCK


def _of_selectors(peer: Peer) -> Iterator[Use]:
    if not isinstance(peer, Endpoints):
        return
    for requirement in requirements(peer.selector):
        if requirement.operator in _NEGATIVE:
            yield Use.NEGATIVE_MATCH
        if requirement.label.scope is Scope.POD and is_filtered(requirement.label.key):
            yield Use.FILTERED_LABEL


def _has_both(selector: Selector) -> bool:
    """Whether a peer is about labels of the pod and of a namespace; the policy's own namespace by name is none."""
    found = requirements(selector)
    by_pod = any(each.label.scope is Scope.POD for each in found)
    return by_pod and any(each.label.scope is Scope.NAMESPACE and not _is_name(each) for each in found)


def _is_name(requirement: Requirement) -> bool:
    return requirement.label == NAMESPACE_NAME and requirement.operator is Operator.IN


def _overlap(peers: Sequence[Peer]) -> bool:
    """Whether some block lies in another one that is written differently."""
    texts = dict.fromkeys(cidr for peer in peers if isinstance(peer, Network) for cidr in peer.cidrs)
    seen: Addresses = blocks(())
    for text in texts:
        if seen & block(text):
            return True
        seen = seen | block(text)
    return False
