"""CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy and CiliumCIDRGroup → IR."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from translator.context import CiliumOptions
from translator.dialect import Parsed, ParseOptions
from translator.dialects.cilium.admission import CLUSTERWIDE, Admission, AdmittedGroup, AdmittedPolicy
from translator.dialects.cilium.cidrs import Groups, canonical_group_cidrs
from translator.dialects.cilium.conflicts import find_conflicts
from translator.dialects.cilium.doubts import Doubts
from translator.dialects.cilium.model import EgressRule, IngressRule, Item, Spec
from translator.dialects.cilium.peers import PeerReader, Surroundings
from translator.dialects.cilium.selectors import NAMESPACE_KEY, hosts, subject, terms_of
from translator.dialects.cilium.traffic import Part, TrafficReader, authentication
from translator.documents.document import Document
from translator.errors import Finding
from translator.ir.layer7 import Condition
from translator.ir.peers import ANYONE, Peer
from translator.ir.policy import Action, AddressGroup, Direction, Policy, Rule
from translator.origin import FieldPath, Origin
from translator.wire.metadata import annotation_items, label_items

NAME: Final = "cilium"
TIER: Final = "normal"
GROUP_KIND: Final = "CiliumCIDRGroup"

_EMPTY_INGRESS: Final = IngressRule()
_EMPTY_EGRESS: Final = EgressRule()


def parse(documents: Sequence[Document], options: ParseOptions) -> Parsed:
    """Read Cilium's policies and CIDR groups; what a gate refuses is reported and left out."""
    admission = Admission(options)
    findings: list[Finding] = []
    groups: dict[str, AddressGroup] = {}
    for document in documents:
        if document.kind == GROUP_KIND:
            admitted, found = admission.group(document)
            findings += found
            if admitted is not None:
                groups[admitted.name] = _group(admitted)
    reader = _Reader(options, groups, as_agent=admission.as_agent)
    policies: list[Policy] = []
    for document in documents:
        if document.kind != GROUP_KIND:
            policy, found = admission.policy(document)
            findings += found
            if policy is not None:
                policies += reader.policies(policy)
    find_conflicts(policies, reader.doubts)
    return Parsed(
        policies=tuple(policies), groups=tuple(groups.values()), findings=(*findings, *reader.doubts.findings)
    )


def _group(group: AdmittedGroup) -> AddressGroup:
    return AddressGroup(
        name=group.name,
        cidrs=canonical_group_cidrs(group.cidrs),
        labels=label_items(group.metadata),
        annotations=annotation_items(group.metadata),
        kind=GROUP_KIND,
        dialect=NAME,
        origin=group.document.origin(),
    )


class _Reader:
    """Turns admitted policies into the IR's."""

    def __init__(self, options: ParseOptions, groups: Groups, *, as_agent: bool) -> None:
        self._options: CiliumOptions = options.context.cilium
        self.doubts = Doubts()
        self._peers = PeerReader(options.context, groups, self.doubts, as_agent=as_agent)
        self._traffic = TrafficReader(options.context.cilium, self.doubts, as_agent=as_agent)

    def policies(self, policy: AdmittedPolicy) -> Iterator[Policy]:
        """One policy per rule set of the object, unless an option keeps the agent from reading it."""
        options = self._options
        is_read = (
            options.enable_cilium_clusterwide_network_policy
            if policy.kind == CLUSTERWIDE
            else options.enable_cilium_network_policy
        )
        if not is_read:
            self.doubts.add(f"the agent is told not to read {policy.kind}", policy.document.origin("kind"), "not-read")
            return
        found: list[Policy] = []
        refusals = self.doubts.refusals
        for path, spec in policy.specs:
            if spec.given("node_selector") and not options.enable_host_firewall:
                self.doubts.add(
                    "a host policy has no effect while the agent's option enable-host-firewall is off",
                    policy.document.origin(*path, "nodeSelector"),
                    "host-firewall-off",
                )
            found.append(self._policy(policy, path, spec))
        yield from found if self.doubts.refusals == refusals else ()

    def _policy(self, policy: AdmittedPolicy, path: FieldPath, spec: Spec) -> Policy:
        origin = policy.document.origin(*path)
        selected = self._subject(policy, spec, origin)
        terms = terms_of(spec.endpoint_selector)
        around = Surroundings(
            namespace=policy.namespace,
            for_init=any(term.source == "reserved" and term.key == "init" for term in terms),
        )
        directions = frozenset(
            direction
            for direction, given in (
                (Direction.INGRESS, spec.ingress or spec.ingress_deny),
                (Direction.EGRESS, spec.egress or spec.egress_deny),
            )
            if given
        )
        rules = {direction: tuple(self._rules(spec, direction, around, origin)) for direction in directions}
        return Policy(
            name=policy.name,
            kind=policy.kind,
            dialect=NAME,
            namespace=policy.namespace,
            subject=selected,
            directions=directions,
            isolates=frozenset(direction for direction in directions if self._isolates(spec, direction)),
            ingress=rules.get(Direction.INGRESS, ()),
            egress=rules.get(Direction.EGRESS, ()),
            tier=TIER,
            order=0,
            staged=spec.given("node_selector") and not self._options.enable_host_firewall,
            description=spec.description or None,
            labels=label_items(policy.metadata),
            annotations=annotation_items(policy.metadata),
            extras=tuple(_extras(spec)),
            origin=policy.document.origin() if path == ("spec",) else origin,
        )

    def _subject(self, policy: AdmittedPolicy, spec: Spec, origin: Origin) -> tuple[Peer, ...]:
        """The selected endpoints; in a CiliumNetworkPolicy its namespace replaces what ``matchLabels`` says of one."""
        if spec.given("node_selector"):
            return hosts(terms_of(spec.node_selector))
        selector = spec.endpoint_selector
        if policy.namespace is None:
            return subject(terms_of(selector), None)
        own_key = f"k8s:{NAMESPACE_KEY}"
        written = (selector.match_labels or {}).get(own_key) if selector else None
        if written is not None and written != policy.namespace:
            self.doubts.add(
                f"the policy applies to its own namespace {policy.namespace}, not to {written}",
                origin.at("endpointSelector", "matchLabels", own_key),
                "namespace-ignored",
            )
        selected = subject(terms_of(selector, without=own_key), policy.namespace)
        if not selected:
            self.doubts.add(
                "this selects no pod of the policy's namespace", origin.at("endpointSelector"), "no-subject"
            )
        return selected

    def _isolates(self, spec: Spec, direction: Direction) -> bool:
        """Default deny follows the items unless the policy switches it off (cilium.md 4)."""
        flags = spec.enable_default_deny
        flag = None if flags is None else flags.ingress if direction is Direction.INGRESS else flags.egress
        return flag is not False or not self._options.enable_non_default_deny_policies

    def _rules(self, spec: Spec, direction: Direction, around: Surroundings, origin: Origin) -> Iterator[Rule]:
        """The rules of one direction, deny items first; their order means nothing."""
        if direction is Direction.INGRESS:
            denied: Sequence[Item | None] = spec.ingress_deny or ()
            allowed: Sequence[Item | None] = spec.ingress or ()
        else:
            denied, allowed = spec.egress_deny or (), spec.egress or ()
        empty = _EMPTY_INGRESS if direction is Direction.INGRESS else _EMPTY_EGRESS
        return chain(
            *(
                self._item(item or empty, Action.DENY, direction, around, origin.at(f"{direction.value}Deny", position))
                for position, item in enumerate(denied)
            ),
            *(
                self._item(item or empty, Action.ALLOW, direction, around, origin.at(direction.value, position))
                for position, item in enumerate(allowed)
            ),
        )

    def _item(
        self, item: Item, action: Action, direction: Direction, around: Surroundings, origin: Origin
    ) -> Iterator[Rule]:
        """The rules of one item, one per share of its traffic; none where it can match nothing (cilium.md 3)."""
        peers = self._peers.peers(item, around, origin)
        parts = self._traffic.parts(item, direction, origin)
        if peers is None:
            peers = (ANYONE,) if parts is not None else ()
        if not peers:
            return
        demands, annotations = authentication(
            item.authentication if isinstance(item, IngressRule | EgressRule) else None
        )
        for part in (Part(),) if parts is None else parts:
            yield Rule(
                action=action,
                peers=peers,
                traffic=part.traffic,
                layer7=part.layer7,
                conditions=(*part.conditions, *demands),
                annotations=annotations,
                origin=origin,
            )


def _extras(spec: Spec) -> Iterator[Condition]:
    """Settings that change no verdict."""
    if spec.log is not None and spec.log.value:
        yield Condition(feature="log-value", text=spec.log.value)
    if spec.labels:
        yield Condition(feature="policy-labels", text=json.dumps(spec.labels, sort_keys=True))
