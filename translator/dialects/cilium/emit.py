"""IR → CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy and CiliumCIDRGroup.

The legal form, which is all that Cilium's kinds can say:

- a policy with a namespace has one subject, ``Endpoints`` of pods by a conjunction that demands that namespace; one
  without has pods by any conjunction, or every endpoint, or only Cilium's own ones, or hosts by node labels; both may
  have nobody;
- conjunctions are of IN, NOT_IN, HAS and LACKS over labels of pods and namespaces, the names of namespace, service
  account and cluster;
- rules allow or deny, in any order: a deny has no layer 7, no conditions and no domain; none has a subject filter;
- a peer is ``Anyone``, pods by a conjunction, kinds of other ends without labels, nodes by node labels, a ``Network``
  whose reach holds the outside (or is open), a ``Domain``, a ``Service`` without ports (egress), cloud groups;
- traffic is ``ANY_TRAFFIC``; TCP, UDP and SCTP with all ports, intervals from 1 on, or names; protocols without ports
  that Cilium knows; ICMP by types, with type 0 only as part of all types;
- HTTP goes with TCP ports, DNS with ports of at most 40 numbers; patterns are REGEX or EXACT and not empty.

Reading what was written gives the same policy up to the order of rules and requirements, with the local cluster
demanded of pods, and with each entry of ports as a traffic of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from translator.dialects.cilium.admission import CLUSTERWIDE
from translator.dialects.cilium.emit_peers import ENTITY_ORDER, group_name, peer_lists
from translator.dialects.cilium.emit_selectors import NotLegalError, nobody, node_selector, subject_selector
from translator.dialects.cilium.emit_traffic import traffic_items
from translator.dialects.cilium.model import CiliumCIDRGroup, CiliumPolicy
from translator.dialects.cilium.selectors import SUBJECT_KINDS
from translator.ir.labels import EVERYTHING
from translator.ir.peers import ANYONE, PODS, Endpoints, Kind, Peer
from translator.ir.policy import Action, AddressGroup, Direction, Policy, Rule

API_VERSION: Final = "cilium.io/v2"
NAMESPACED: Final = "CiliumNetworkPolicy"
_OWN_KINDS: Final = frozenset({NAMESPACED, CLUSTERWIDE})
_EVERY_ENDPOINT: Final = frozenset({Kind.POD, *SUBJECT_KINDS})
_SIDES: Final = {Direction.INGRESS: "from", Direction.EGRESS: "to"}
_FIELDS: Final = {
    (Direction.INGRESS, Action.DENY): "ingressDeny",
    (Direction.INGRESS, Action.ALLOW): "ingress",
    (Direction.EGRESS, Action.DENY): "egressDeny",
    (Direction.EGRESS, Action.ALLOW): "egress",
}
_EGRESS_ONLY: Final = frozenset({"FQDNs", "Services"})

Item = dict[str, Any]


def emit_policy(
    policy: Policy, /, *, version: str | None = None, groups: Sequence[AddressGroup] = ()
) -> dict[str, Any]:
    """The document that says what a policy of the legal form says. Raises InternalError for any other form."""
    del groups  # they are named as the rules name them
    try:
        spec = _spec(policy, exact=policy.kind in _OWN_KINDS and _ends_at_cluster(version))
    except NotLegalError as error:
        raise NotLegalError(f"policy {policy.reference} is not in the legal form of cilium: {error}") from None
    kind = CLUSTERWIDE if policy.namespace is None else NAMESPACED
    metadata: dict[str, Any] = {"name": policy.name}
    if policy.namespace is not None:
        metadata["namespace"] = policy.namespace
    if policy.labels:
        metadata["labels"] = dict(policy.labels)
    if policy.annotations:
        metadata["annotations"] = dict(policy.annotations)
    document = {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}
    CiliumPolicy.model_validate(document)
    return document


def emit_group(group: AddressGroup) -> dict[str, Any]:
    """The CiliumCIDRGroup of a group of any dialect."""
    reference = f"{group.namespace}/{group.name}" if group.namespace else group.name
    metadata: dict[str, Any] = {"name": group_name(reference)}
    if group.labels:
        metadata["labels"] = dict(group.labels)
    spec = {"externalCIDRs": list(group.cidrs)}
    document = {"apiVersion": API_VERSION, "kind": "CiliumCIDRGroup", "metadata": metadata, "spec": spec}
    CiliumCIDRGroup.model_validate(document)
    return document


def _ends_at_cluster(version: str | None) -> bool:
    """Whether selectors of peers end at the own cluster unless they say otherwise: since 1.19 (cilium.md 12)."""
    return version is None or tuple(int(part) for part in version.lstrip("v").split(".")[:2]) >= (1, 19)


def _spec(policy: Policy, *, exact: bool) -> dict[str, Any]:
    if policy.staged and not all(isinstance(peer, Endpoints) and peer.kinds == {Kind.HOST} for peer in policy.subject):
        # Host policies without effect while the host firewall is off are policies all the same.
        raise NotLegalError("it is staged")
    spec: dict[str, Any] = {"description": policy.description} if policy.description else {}
    spec |= _subject(policy)
    for extra in policy.extras:
        match extra.feature:
            case "log-value":
                spec["log"] = {"value": extra.text}
            case "policy-labels":
                spec["labels"] = json.loads(extra.text)
            case feature:
                raise NotLegalError(f"the setting {feature}")
    written = {direction: _direction(policy, direction, exact=exact) for direction in Direction}
    loose = {
        direction.value: False for direction, fields in written.items() if fields and direction not in policy.isolates
    }
    if loose:
        spec["enableDefaultDeny"] = loose
    for fields in written.values():
        spec |= fields
    if not policy.directions:
        raise NotLegalError("it says nothing")
    return spec


def _subject(policy: Policy) -> dict[str, Any]:
    """``endpointSelector`` or ``nodeSelector``."""
    match policy.subject:
        case ():
            return {"endpointSelector": nobody()}
        case (Endpoints(selector=selector, kinds=kinds),) if kinds == PODS:
            return {"endpointSelector": subject_selector(selector, policy.namespace, only_pods=True)}
        case (Endpoints(selector=selector, kinds=kinds),) if kinds == {Kind.HOST} and policy.namespace is None:
            return {"nodeSelector": node_selector(selector)}
        case subjects if policy.namespace is None:
            return {"endpointSelector": _reserved_subject(subjects)}
        case _:
            raise NotLegalError("a subject that is not pods of its namespace")


def _reserved_subject(subjects: tuple[Peer, ...]) -> dict[str, Any]:
    """Every endpoint, pods and all the others by one selector, or one kind of Cilium's own (cilium.md 2.4)."""
    match subjects:
        case (Endpoints(selector=selector, kinds=kinds),) if kinds == _EVERY_ENDPOINT and selector == EVERYTHING:
            return {}
        case (Endpoints(selector=selector, kinds=kinds),) if len(kinds) == 1 and selector == EVERYTHING:
            (kind,) = kinds
            if kind in SUBJECT_KINDS:
                return {"matchLabels": {f"reserved:{kind.value}": ""}}
        case (Endpoints(selector=pods, kinds=kinds), Endpoints(selector=others, kinds=rest)) if (
            kinds == PODS and others == EVERYTHING and rest == frozenset(SUBJECT_KINDS)
        ):
            return subject_selector(pods, None, only_pods=False)
        case _:
            pass
    raise NotLegalError("a subject that no single selector chooses")


def _direction(policy: Policy, direction: Direction, *, exact: bool) -> dict[str, list[Item]]:
    """The deny and allow lists of a direction; one empty item where there are no others."""
    if direction not in policy.directions:
        if policy.rules(direction):
            raise NotLegalError(f"rules for {direction}, which is not enforced")
        return {}
    rules = policy.rules(direction)
    if any(rule.action not in (Action.DENY, Action.ALLOW) or rule.subject != ANYONE for rule in rules):
        raise NotLegalError("a rule that passes, logs or asks about its subject")
    lists: dict[str, list[Item]] = {}
    for action in (Action.DENY, Action.ALLOW):
        chosen = [rule for rule in rules if rule.action is action]
        items = [item for rule in chosen for item in _items(rule, direction, policy, exact=exact)]
        if items:
            lists[_FIELDS[(direction, action)]] = list(_merged(items)) if len(items) > 1 else items
    return lists or {direction.value: [{}]}


def _items(rule: Rule, direction: Direction, policy: Policy, *, exact: bool) -> Iterator[Item]:
    """The items of one rule: one per kind of peers and share of traffic."""
    if not rule.peers:
        raise NotLegalError("a rule about nobody")
    authentication = dict(rule.annotations).get("authentication")
    rests = list(traffic_items(rule.traffic, rule.layer7, rule.conditions, authentication=authentication))
    lists = peer_lists(rule.peers, namespace=policy.namespace, exact=exact)
    is_plain = rule.layer7 is None and not rule.conditions
    if rule.action is Action.DENY and (not is_plain or (lists is not None and "FQDNs" in lists)):
        raise NotLegalError("a deny with more than peers and ports")
    if direction is Direction.INGRESS and lists is not None and lists.keys() & _EGRESS_ONLY:
        raise NotLegalError("names or services as sources")
    side = _SIDES[direction]
    for rest in rests:
        if lists is None:
            yield rest if "toPorts" in rest or "icmps" in rest else {f"{side}Entities": ["all"], **rest}
            continue
        for name, entries in lists.items():
            yield {f"{side}{name}": list(entries), **rest}


def _merged(items: Iterable[Item]) -> Iterator[Item]:
    """Items that differ in the entries of one list of peers only become one."""
    found: dict[str, Item] = {}
    for item in items:
        field = next(iter(item), "")
        if not field.startswith(("from", "to")) or field == "toPorts":
            found.setdefault(repr(item), item)
            continue
        rest = {name: value for name, value in item.items() if name != field}
        known = found.setdefault(f"{field} {rest!r}", item)
        if known is not item:
            known[field] += [entry for entry in item[field] if entry not in known[field]]
            if field.endswith("Entities"):
                known[field].sort(key=ENTITY_ORDER.index)
    yield from found.values()
