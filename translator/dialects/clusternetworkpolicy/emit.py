"""IR → ``policy.networking.k8s.io/v1alpha2`` ClusterNetworkPolicy.

The legal form, which is all that the API can say (kubernetes.md B.1):

- a cluster-wide policy of tier ``Admin`` or ``Baseline`` that isolates nobody, with a whole ``order`` from 0 to 1000
  and a subject of one ``Endpoints`` of pods: a conjunction of IN, NOT_IN, HAS and LACKS over POD and NAMESPACE labels;
- at most 25 rules in a direction that allow, deny or pass, without layer 7, conditions and subject filter;
- at most 25 peers: ``Endpoints`` of pods; on egress also ``Network`` without excepts, ``Endpoints`` of all nodes over
  NODE labels, and ``Domain`` (the last two for the experimental channel). There is no peer for everyone;
- traffic is ``ANY_TRAFFIC``; TCP, UDP and SCTP with all ports or intervals within 1 to 65535; or port names without a
  protocol, and these not beside networks, nodes or domains; at most 25 items.

Port 0 cannot be said: all ports of a protocol are written as 1 to 65535. Reading what was written gives the same policy
where single-valued IN requirements stand before others, networks reach every kind, and each traffic has one protocol
with one interval, or one name; else the same meaning in these parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final, TypeVar

from translator.dialects.clusternetworkpolicy.checks import LIMIT
from translator.dialects.clusternetworkpolicy.model import ClusterNetworkPolicy
from translator.errors import InternalError
from translator.ir.labels import Requirement, Scope, Selector
from translator.ir.peers import ANYONE, NODES, PODS, Domain, Endpoints, Network, Peer
from translator.ir.policy import Action, Direction, Policy, Rule
from translator.ir.traffic import ALL_PORTS, ANY_TRAFFIC, EVERY_PROTOCOL, SCTP, TCP, UDP, Ports, Traffic
from translator.wire.selectors import requirements_by_scope, selector_document

API_VERSION: Final = "policy.networking.k8s.io/v1alpha2"

_ACTIONS: Final = {Action.ALLOW: "Accept", Action.DENY: "Deny", Action.PASS: "Pass"}
_PEERS: Final = {Direction.INGRESS: "from", Direction.EGRESS: "to"}
_TRANSPORTS: Final = {TCP: "tcp", UDP: "udp", SCTP: "sctp"}

_T = TypeVar("_T")


def emit_policy(policy: Policy) -> dict[str, Any]:
    """The document that says what a policy of the legal form says. Raises InternalError for any other form."""
    order = policy.order
    if policy.namespace is not None or policy.tier not in ("Admin", "Baseline") or policy.isolates or policy.staged:
        raise _illegal(policy, "a namespace, another tier, staged, or isolating")
    if order is None or not 0 <= order <= 1000 or order != int(order):
        raise _illegal(policy, f"the priority {order}")
    spec: dict[str, Any] = {"tier": policy.tier, "priority": int(order), "subject": _subject(policy)}
    for direction in Direction:
        rules = policy.rules(direction)
        if rules and direction not in policy.directions:
            raise _illegal(policy, f"rules for {direction}, which is not enforced")
        if rules:
            spec[direction.value] = _limited([_rule(rule, policy, direction) for rule in rules], "rules", policy)
    metadata: dict[str, Any] = {"name": policy.name}
    if policy.labels:
        metadata["labels"] = dict(policy.labels)
    if policy.annotations:
        metadata["annotations"] = dict(policy.annotations)
    document = {"apiVersion": API_VERSION, "kind": "ClusterNetworkPolicy", "metadata": metadata, "spec": spec}
    ClusterNetworkPolicy.model_validate(document)
    return document


def _subject(policy: Policy) -> dict[str, Any]:
    match policy.subject:
        case (Endpoints(selector=selector, kinds=kinds),) if kinds == PODS:
            return _pods(selector, policy)
        case _:
            raise _illegal(policy, "a subject that is not pods by one selector")


def _rule(rule: Rule, policy: Policy, direction: Direction) -> dict[str, Any]:
    action = _ACTIONS.get(rule.action)
    is_plain = rule.layer7 is None and not rule.conditions and rule.subject == ANYONE
    if action is None or not is_plain or not rule.peers or not rule.traffic:
        raise _illegal(policy, "a rule that does more than to accept, deny or pass traffic of some peers")
    written: dict[str, Any] = {} if rule.name is None else {"name": rule.name}
    written["action"] = action
    peers = list(_peers(rule.peers, policy, direction))
    written[_PEERS[direction]] = _limited(peers, "peers", policy)
    if ANY_TRAFFIC not in rule.traffic:
        protocols = [item for traffic in rule.traffic for item in _protocols(traffic, policy)]
        written["protocols"] = _limited(protocols, "protocols", policy)
        if any("destinationNamedPort" in item for item in protocols) and not all(_are_pods(item) for item in peers):
            raise _illegal(policy, "a named port beside networks, nodes or domains")
    return written


def _are_pods(peer: dict[str, Any]) -> bool:
    return "pods" in peer or "namespaces" in peer


def _peers(peers: Sequence[Peer], policy: Policy, direction: Direction) -> Iterator[dict[str, Any]]:
    """The peers in their order; names that follow each other share an item."""
    for kind, group in groupby(peers, key=type):
        if kind is Domain:
            names = [_domain_name(peer.pattern, policy) for peer in group if isinstance(peer, Domain)]
            yield from ({"domainNames": some} for some in _chunks(list(dict.fromkeys(names))))
        else:
            for peer in group:
                yield from _peer(peer, policy, direction)


def _peer(peer: Peer, policy: Policy, direction: Direction) -> Iterator[dict[str, Any]]:
    match peer:
        case Endpoints(selector=selector, kinds=kinds) if kinds == PODS:
            yield _pods(selector, policy)
        case Endpoints(selector=selector, kinds=kinds) if kinds == NODES and direction is Direction.EGRESS:
            yield {"nodes": selector_document(_requirements(selector, policy, Scope.NODE)[Scope.NODE])}
        case Network(cidrs=cidrs, excepts=()) if cidrs and direction is Direction.EGRESS:
            yield from ({"networks": list(some)} for some in _chunks(cidrs))
        case _:
            raise _illegal(policy, f"a peer of the kind {type(peer).__name__} on {direction}")


def _pods(selector: Selector, policy: Policy) -> dict[str, Any]:
    """Pods by their namespace alone, or by labels of theirs as well; no namespaceSelector is every namespace."""
    found = _requirements(selector, policy, Scope.NAMESPACE, Scope.POD)
    if not found[Scope.POD]:
        return {"namespaces": selector_document(found[Scope.NAMESPACE])}
    pods: dict[str, Any] = {"podSelector": selector_document(found[Scope.POD])}
    if found[Scope.NAMESPACE]:
        pods = {"namespaceSelector": selector_document(found[Scope.NAMESPACE]), **pods}
    return {"pods": pods}


def _requirements(selector: Selector, policy: Policy, *scopes: Scope) -> dict[Scope, Sequence[Requirement]]:
    found = requirements_by_scope(selector)
    if found is None or not found.keys() <= set(scopes):
        raise _illegal(policy, f"a selector that is no conjunction of sets over labels of {' and '.join(scopes)}")
    return {scope: found.get(scope, ()) for scope in scopes}


def _domain_name(pattern: str, policy: Policy) -> str:
    """``**.`` before a name is the API's ``*.``; it has no other wildcard."""
    name = f"*.{pattern[3:]}" if pattern.startswith("**.") else pattern
    if "*" in name.removeprefix("*.") or (name.startswith("*.") and not pattern.startswith("**.")):
        raise _illegal(policy, f"the name pattern {pattern}")
    return name


def _protocols(traffic: Traffic, policy: Policy) -> Iterator[dict[str, Any]]:
    """The items of one traffic: port names without a protocol, or each protocol with each interval."""
    if traffic != Traffic(protocols=traffic.protocols, ports=traffic.ports) or traffic.ports.spans:
        raise _illegal(policy, "traffic with more than protocols and destination ports")
    if traffic.protocols == EVERY_PROTOCOL and not traffic.ports.numbers:
        yield from ({"destinationNamedPort": name} for name in traffic.ports.names)
        return
    if traffic.ports.names:
        raise _illegal(policy, "a named port with a protocol")
    for low, high in traffic.protocols:
        for number in range(low, high + 1):
            transport = _TRANSPORTS.get(number)
            if transport is None:
                raise _illegal(policy, f"protocol {number}")
            yield from ({transport: {"destinationPort": port}} for port in _numbers(traffic.ports, policy))


def _numbers(ports: Ports, policy: Policy) -> Iterator[dict[str, Any]]:
    if ports == ALL_PORTS:
        yield {"range": {"start": 1, "end": 65535}}
        return
    for low, high in ports.numbers:
        if low < 1 or high > 65535:
            raise _illegal(policy, f"ports from {low} to {high}")
        yield {"number": low} if low == high else {"range": {"start": low, "end": high}}


def _chunks(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (items[start : start + LIMIT] for start in range(0, len(items), LIMIT))


def _limited(items: list[dict[str, Any]], what: str, policy: Policy) -> list[dict[str, Any]]:
    if not 1 <= len(items) <= LIMIT:
        raise _illegal(policy, f"{len(items)} {what}, 1 to {LIMIT} may be")
    return items


def _illegal(policy: Policy, what: str) -> InternalError:
    return InternalError(f"{policy.reference} cannot be written as a ClusterNetworkPolicy: {what}")
