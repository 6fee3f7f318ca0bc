"""IR → ``networking.k8s.io/v1`` NetworkPolicy.

The legal form, which is all that the API can say:

- a namespaced policy whose subject is one ``Endpoints`` of pods: a conjunction of IN, NOT_IN, HAS and LACKS over POD
  labels and the policy's own namespace by name;
- ``isolates`` equals ``directions``, and there are no rules for other directions;
- rules only allow, with peers and traffic, and without layer 7, conditions and subject filter;
- a peer is ``Anyone``, ``Endpoints`` of pods (a conjunction over POD and NAMESPACE labels; none over NAMESPACE is every
  namespace) or ``Network`` of one or more blocks with excepts, of whatever reach;
- traffic is ``ANY_TRAFFIC`` or TCP, UDP and SCTP with all ports, intervals within 1 to 65535, or names.

Reading what was written gives the same policy, where single-valued IN requirements stand before others, each network
has one block, and each traffic one protocol with one interval or name; else the same meaning in these smaller parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from translator.dialects.kubernetes.model import NetworkPolicy
from translator.errors import InternalError
from translator.ir.addresses import block
from translator.ir.labels import NAMESPACE_NAME, Operator, Requirement, Scope, Selector
from translator.ir.peers import ANYONE, PODS, Endpoints, Network, Peer
from translator.ir.policy import Action, Direction, Policy, Rule
from translator.ir.traffic import ALL_PORTS, ANY_TRAFFIC, SCTP, TCP, UDP, Ports, Traffic
from translator.wire.selectors import requirements_by_scope, selector_document

_PROTOCOLS: Final = {TCP: "TCP", UDP: "UDP", SCTP: "SCTP"}
_PEERS: Final = {Direction.INGRESS: "from", Direction.EGRESS: "to"}


def emit_policy(policy: Policy) -> dict[str, Any]:
    """The document that says what a policy of the legal form says. Raises InternalError for any other form."""
    namespace = policy.namespace
    if namespace is None or policy.directions != policy.isolates or policy.staged:
        raise _illegal(policy, "no namespace, staged, or a direction that does not isolate")
    spec: dict[str, Any] = {
        "podSelector": _subject(policy, namespace),
        "policyTypes": [each.value.capitalize() for each in Direction if each in policy.directions],
    }
    for direction in Direction:
        rules = policy.rules(direction)
        if rules and direction not in policy.directions:
            raise _illegal(policy, f"rules for {direction}, which is not enforced")
        if rules:
            spec[direction.value] = [_rule(rule, policy, direction) for rule in rules]
    metadata: dict[str, Any] = {"name": policy.name, "namespace": namespace}
    if policy.labels:
        metadata["labels"] = dict(policy.labels)
    if policy.annotations:
        metadata["annotations"] = dict(policy.annotations)
    document = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}
    NetworkPolicy.model_validate(document)
    return document


def _subject(policy: Policy, namespace: str) -> dict[str, Any]:
    match policy.subject:
        case (Endpoints(selector=selector, kinds=kinds),) if kinds == PODS:
            by_namespace, by_pod = _by_scope(selector, policy)
            if _is_own(by_namespace, namespace):
                return selector_document(by_pod)
    raise _illegal(policy, "a subject that is not pods of the policy's namespace")


def _rule(rule: Rule, policy: Policy, direction: Direction) -> dict[str, Any]:
    is_plain = rule.action is Action.ALLOW and rule.layer7 is None and not rule.conditions and rule.subject == ANYONE
    if not is_plain or not rule.peers or not rule.traffic:
        raise _illegal(policy, "a rule that does more than to allow traffic of some peers")
    written: dict[str, Any] = {}
    if ANYONE not in rule.peers:
        written[_PEERS[direction]] = [item for peer in rule.peers for item in _peer(peer, policy)]
    if ANY_TRAFFIC not in rule.traffic:
        written["ports"] = [item for traffic in rule.traffic for item in _ports(traffic, policy)]
    if not all(written.values()):  # an empty list would be everyone, or all traffic
        raise _illegal(policy, "a rule that matches nothing")
    return written


def _peer(peer: Peer, policy: Policy) -> Iterator[dict[str, Any]]:
    match peer:
        case Endpoints(selector=selector, kinds=kinds) if kinds == PODS:
            by_namespace, by_pod = _by_scope(selector, policy)
            if _is_own(by_namespace, policy.namespace):
                yield {"podSelector": selector_document(by_pod)}
            elif by_pod:
                yield {
                    "namespaceSelector": selector_document(by_namespace),
                    "podSelector": selector_document(by_pod),
                }
            else:
                yield {"namespaceSelector": selector_document(by_namespace)}
        case Network(cidrs=cidrs, excepts=excepts) if cidrs:
            for cidr in cidrs:
                yield from _block(cidr, excepts, policy)
        case _:
            raise _illegal(policy, f"a peer of the kind {type(peer).__name__}")


def _block(cidr: str, excepts: Sequence[str], policy: Policy) -> Iterator[dict[str, Any]]:
    """One block with those of the excepts that lie in it; a block that lies in an except is nobody."""
    whole = block(cidr)
    holes: list[str] = []
    for text in excepts:
        hole = block(text)
        if not whole - hole:
            return
        if whole & hole == hole:
            holes.append(text)
        elif whole & hole:
            raise _illegal(policy, f"the except {text}, which is no part of {cidr}")
    yield {"ipBlock": {"cidr": cidr, "except": holes} if holes else {"cidr": cidr}}


def _ports(traffic: Traffic, policy: Policy) -> Iterator[dict[str, Any]]:
    """The port items of one traffic: each protocol with each interval and name."""
    if traffic != Traffic(protocols=traffic.protocols, ports=traffic.ports):
        raise _illegal(policy, "traffic with more than protocols and destination ports")
    for low, high in traffic.protocols:
        for number in range(low, high + 1):
            protocol = _PROTOCOLS.get(number)
            if protocol is None:
                raise _illegal(policy, f"protocol {number}")
            yield from ({"protocol": protocol, **ports} for ports in _numbers(traffic.ports, policy))


def _numbers(ports: Ports, policy: Policy) -> Iterator[dict[str, Any]]:
    if ports == ALL_PORTS:
        yield {}
        return
    for low, high in ports.numbers:
        if low < 1 or high > 65535:
            raise _illegal(policy, f"ports from {low} to {high}")
        yield {"port": low} if low == high else {"port": low, "endPort": high}
    for name in ports.names:
        yield {"port": name}
    if ports.spans:
        raise _illegal(policy, "a range that begins at a named port")


def _by_scope(selector: Selector, policy: Policy) -> tuple[Sequence[Requirement], Sequence[Requirement]]:
    """The requirements on the namespace and those on the pod."""
    found = requirements_by_scope(selector)
    if found is None or not found.keys() <= {Scope.NAMESPACE, Scope.POD}:
        raise _illegal(policy, "a selector that is no conjunction of sets over labels of pods and namespaces")
    return found.get(Scope.NAMESPACE, ()), found.get(Scope.POD, ())


def _is_own(by_namespace: Sequence[Requirement], namespace: str | None) -> bool:
    """Whether the requirements say no more than to live in the policy's namespace."""
    match by_namespace:
        case [Requirement(label=label, operator=Operator.IN, values=(name,))]:
            return label == NAMESPACE_NAME and name == namespace
        case _:
            return False


def _illegal(policy: Policy, what: str) -> InternalError:
    return InternalError(f"{policy.reference} cannot be written as a NetworkPolicy: {what}")
