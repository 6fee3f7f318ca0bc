"""The neutral interpreter: what a policy set says about one flow, at each of its two ends.

This file is the specification. Engines differ only in the policy set that their module assembles
(``kubernetes``, ``calico``, ``cilium`` beside this file).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import assert_never

from translator.context import NO_CONTEXT, Context, ServiceInfo
from translator.ir.addresses import ALL_ADDRESSES, block, parse_address
from translator.ir.intervals import contains
from translator.ir.labels import Label, Scope, matches
from translator.ir.peers import (
    EVERY_KIND,
    RESERVED,
    AllOf,
    Anyone,
    Domain,
    Endpoints,
    Kind,
    Network,
    NoneOf,
    Peer,
    Service,
    Unsupported,
)
from translator.ir.policy import Action, Direction, End, Engine, Evaluation, Hook, Policy, PolicySet, Rule, Tier
from translator.ir.traffic import (
    ALL_PORTS,
    EVERY_BYTE,
    ICMP,
    ICMPV6,
    NO_PORTS,
    SCTP,
    TCP,
    UDP,
    UDPLITE,
    IcmpMatch,
    Ports,
    Traffic,
)
from translator.origin import Origin
from translator.semantics.flow import Endpoint, Flow
from translator.semantics.languages.matching import InvalidRequest, domain_matches, http_matches
from translator.semantics.verdict.candidates import by_namespace, candidates

_CARRIES_PORTS = frozenset({TCP, UDP, SCTP, UDPLITE})
_AGENT_ENDS = RESERVED | {Kind.HOST}
_NORMAL_LIST = frozenset({Hook.NORMAL, Hook.FORWARD})
"""Untracked and pre-DNAT lists never concern pods, nor the normal traffic of hosts (calico.md 3.7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one end does with a flow, and because of which rules or isolating policies."""

    allowed: bool
    decided_by: tuple[Origin, ...] = ()
    """Empty: nothing decided; traffic of an end that no policy governs flows."""
    passed_by: tuple[Origin, ...] = ()
    """The rules that passed the flow on, tier after tier, before this."""

    @property
    def because_of(self) -> tuple[Origin, ...]:
        """What decided, else what kept its tier from deciding."""
        return self.decided_by or self.passed_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answers of both ends; None where an end is not policed."""

    egress: Decision | None
    ingress: Decision | None

    @property
    def allowed(self) -> bool:
        """Whether neither end denies."""
        return all(end is None or end.allowed for end in (self.egress, self.ingress))


_Plan = tuple[tuple[Tier, tuple[Policy, ...]], ...]


class Evaluator:
    """Answers many flows against one policy set, remembering which policies select which endpoint."""

    def __init__(
        self, policies: PolicySet, context: Context = NO_CONTEXT, *, open_reach: frozenset[Kind] = EVERY_KIND
    ) -> None:
        """``open_reach``: the kinds that an address match covers where the API leaves it open (Network.reach None)."""
        self.policies = policies
        self._context = context
        self._open_reach = open_reach
        self._index = [(tier, by_namespace(tier.policies)) for tier in policies.tiers]
        self._plans: dict[tuple[Endpoint, Direction], _Plan] = {}
        self._selected: dict[Endpoint, bool] = {}
        self._peers: dict[tuple[int, Endpoint, int], bool] = {}
        """By the end itself, which so lives as long: the number of one that is gone is given to the next."""

    def verdict(self, flow: Flow) -> Verdict:
        """Both ends' answers to one flow."""
        known = flow if flow.family is not None else replace(flow, family=flow.ip)
        egress, ingress = self.decide(known, Direction.EGRESS), self.decide(known, Direction.INGRESS)
        if flow.source.kind in _AGENT_ENDS and flow.destination.kind in _AGENT_ENDS and (egress or ingress):
            # Between two ends of the engine's own, one that no policy selects answers that it lets everything through.
            egress, ingress = egress or Decision(allowed=True), ingress or Decision(allowed=True)
        return Verdict(egress=egress, ingress=ingress)

    def decide(self, flow: Flow, direction: Direction) -> Decision | None:
        """One end's answer: the source's for EGRESS, the destination's for INGRESS; None where it is not policed."""
        subject, peer = _ends(flow, direction)
        if flow.ip in self.policies.unprogrammed or not self._is_policed(subject):
            return None
        if subject.kind is Kind.POD and (direction, peer.kind) in self.policies.exempt:
            return Decision(allowed=True)
        passing: tuple[Origin, ...] = ()
        for tier, policies in self._plan(subject, direction):
            try:
                decision = self._tier(tier, policies, flow, direction)
            except InvalidRequest as refusal:
                return Decision(allowed=False, decided_by=refusal.args, passed_by=passing)
            if isinstance(decision, Decision):
                return replace(decision, passed_by=passing) if passing else decision
            passing += decision
        return Decision(allowed=True, passed_by=passing)

    # -- who is governed ------------------------------------------------------------------------------------------

    def _is_policed(self, subject: Endpoint) -> bool:
        """Pods always are; other ends only where some policy selects them."""
        if subject.kind is Kind.POD:
            return True
        known = self._selected.get(subject)
        if known is None:
            known = any(
                self._selects(policy, subject)
                for _, index in self._index
                for policy in candidates(index, subject)
                if not policy.staged
            )
            self._selected[subject] = known
        return known

    def _plan(self, subject: Endpoint, direction: Direction) -> _Plan:
        """The policies that govern an endpoint in a direction, tier by tier; tiers without any are invisible."""
        plan = self._plans.get((subject, direction))
        if plan is None:
            plan = tuple(
                (tier, found)
                for tier, index in self._index
                if (
                    found := tuple(
                        policy
                        for policy in candidates(index, subject)
                        if direction in policy.directions
                        and not policy.staged
                        and policy.hook in _NORMAL_LIST
                        and self._selects(policy, subject)
                    )
                )
            )
            self._plans[(subject, direction)] = plan
        return plan

    def _selects(self, policy: Policy, endpoint: Endpoint) -> bool:
        return any(self._peer(peer, endpoint, None) for peer in policy.subject)

    # -- deciding -------------------------------------------------------------------------------------------------

    def _tier(
        self, tier: Tier, policies: tuple[Policy, ...], flow: Flow, direction: Direction
    ) -> Decision | tuple[Origin, ...]:
        """A tier's answer; rules that pass the flow on, or none, mean that the next tier is asked."""
        for level in _levels(tier, policies, direction):
            matching = [rule for rule in level if self._rule(rule, flow, direction)]
            for action in (Action.DENY, Action.ALLOW, Action.PASS):
                deciding = tuple(rule for rule in matching if rule.action is action)
                if not deciding:
                    continue
                if action is Action.PASS:
                    return _origins(deciding)
                return Decision(allowed=action is Action.ALLOW, decided_by=_origins(deciding))
        isolating = tuple(policy for policy in policies if direction in policy.isolates)
        if isolating and tier.end is End.DENY:
            return Decision(allowed=False, decided_by=_origins(isolating))
        return ()

    def _rule(self, rule: Rule, flow: Flow, direction: Direction) -> bool:
        """Whether a rule matches: some traffic, some peer, the subject filter and layer 7 all hold."""
        subject, peer = _ends(flow, direction)
        return (
            any(self._traffic(traffic, flow) for traffic in rule.traffic)
            and any(self._peer(each, peer, flow) for each in rule.peers)
            and self._peer(rule.subject, subject, flow)
            and _layer7(rule, flow)
        )

    # -- who ------------------------------------------------------------------------------------------------------

    def _peer(self, peer: Peer, end: Endpoint, flow: Flow | None) -> bool:
        match peer:
            case Anyone():
                return True
            case AllOf(peers):
                return all(self._peer(each, end, flow) for each in peers)
            case NoneOf(peers):
                return not any(self._peer(each, end, flow) for each in peers)
            case Service(with_ports=True):
                return flow is not None and self._service(peer, end, flow)
        key = (id(peer), end, flow.ip if flow else 0)
        known = self._peers.get(key)
        if known is None:
            known = self._peers[key] = self._matches(peer, end, flow)
        return known

    def _matches(
        self, peer: Endpoints | Network | Domain | Service | Unsupported, end: Endpoint, flow: Flow | None
    ) -> bool:
        match peer:
            case Endpoints(selector=selector, kinds=kinds):
                return end.kind in kinds and matches(selector, end.labels)
            case Network():
                return self._network(peer, end, flow)
            case Domain(pattern=pattern):
                return end.kind is Kind.OUTSIDE and any(domain_matches(pattern, name) for name in end.domains)
            case Service():
                return self._service(peer, end, flow)
            case Unsupported():
                return False
            case _:
                assert_never(peer)

    def _network(self, network: Network, end: Endpoint, flow: Flow | None) -> bool:
        """By address where one is known; whole families also match ends whose address is not known.

        Pods and nodes have some address, except to Cilium, which asks for the labels of identities (cilium.md 6.1).
        """
        if end.kind not in (self._open_reach if network.reach is None else network.reach):
            return False
        # An end outside has one address, and every flow with it is of that family.
        address = end.address(flow.ip if flow and end.kind is not Kind.OUTSIDE else None)
        if address is not None:
            return any(address in block(cidr) for cidr in network.cidrs) and not any(
                address in block(cidr) for cidr in network.excepts
            )
        if not network.any_family:
            has_some = end.kind is not Kind.OUTSIDE and self.policies.engine is not Engine.CILIUM
            return has_some and _is_whole(network, flow)
        return any(_is_family(cidr, end) for cidr in network.cidrs) and not any(
            _is_family(cidr, end) for cidr in network.excepts
        )

    def _service(self, service: Service, end: Endpoint, flow: Flow | None) -> bool:
        """An address behind the Service (calico.md 2.7, cilium.md 6.6); with ports also its protocol and port."""
        for known in self._context.services.values():
            if service.namespace is not None and known.namespace != service.namespace:
                continue
            if service.name is not None and known.name != service.name:
                continue
            if service.selector is not None and not matches(service.selector, _service_labels(known)):
                continue
            for backend in known.backends:
                if parse_address(backend.address) not in end.addresses:
                    continue
                if not service.with_ports:
                    return True
                if flow is not None and (backend.protocol, backend.port) == (flow.protocol, flow.port):
                    return True
        return False

    # -- what -----------------------------------------------------------------------------------------------------

    def _traffic(self, traffic: Traffic, flow: Flow) -> bool:
        return (
            contains(traffic.protocols, flow.protocol)
            and traffic.family in (None, flow.ip)
            and (traffic.ports is ALL_PORTS or traffic.ports == ALL_PORTS or _ports(traffic.ports, flow))
            and (traffic.not_ports is NO_PORTS or not _ports(traffic.not_ports, flow))
            and (traffic.source_ports == ALL_PORTS or _source_ports(traffic.source_ports, flow))
            and (traffic.not_source_ports == NO_PORTS or not _source_ports(traffic.not_source_ports, flow))
            and (traffic.icmp is None or _icmp(traffic.icmp, flow))
            and (traffic.not_icmp is None or not _icmp(traffic.not_icmp, flow))
        )


def _is_whole(network: Network, flow: Flow | None) -> bool:
    """Whether a network holds every address that the flow may have."""
    wanted = {flow.ip} if flow is not None else {4, 6}
    found = network.addresses
    return all((found.v4 == ALL_ADDRESSES.v4) if each == 4 else (found.v6 == ALL_ADDRESSES.v6) for each in wanted)


def _ends(flow: Flow, direction: Direction) -> tuple[Endpoint, Endpoint]:
    """The subject and its peer."""
    return (flow.source, flow.destination) if direction is Direction.EGRESS else (flow.destination, flow.source)


def _levels(tier: Tier, policies: tuple[Policy, ...], direction: Direction) -> Iterator[tuple[Rule, ...]]:
    """The rules of a tier in groups that are evaluated together, in their order. Log rules decide nothing."""
    deciding = (
        (policy, index, rule)
        for policy in policies
        for index, rule in enumerate(policy.rules(direction))
        if rule.action is not Action.LOG
    )
    match tier.evaluation:
        case Evaluation.FIRST_MATCH:
            yield from ((rule,) for _, _, rule in deciding)
        case Evaluation.DENY_OVERRIDES:
            yield tuple(rule for _, _, rule in deciding)
        case Evaluation.PRIORITY:
            keyed = sorted(
                ((round((policy.order or 0) * 100) + index, rule) for policy, index, rule in deciding),
                key=lambda item: item[0],
            )
            for _, group in groupby(keyed, key=lambda item: item[0]):
                yield tuple(rule for _, rule in group)
        case _:
            assert_never(tier.evaluation)


def _ports(ports: Ports, flow: Flow) -> bool:
    """A destination port by number, or by a name that the destination declares for this protocol and number."""
    if flow.protocol not in _CARRIES_PORTS or flow.port is None:
        return False
    return (
        contains(ports.numbers, flow.port)
        or any((name, flow.protocol, flow.port) in flow.destination.ports for name in ports.names)
        or any(_in_span(flow, flow.port, name, last) for name, last in ports.spans)
    )


def _in_span(flow: Flow, port: int, name: str, last: int) -> bool:
    """A port between the one that the destination declares under a name and the end of the range."""
    return any(
        declared == name and protocol == flow.protocol and number <= port <= max(number, last)
        for declared, protocol, number in flow.destination.ports
    )


def _source_ports(ports: Ports, flow: Flow) -> bool:
    """A source port by number, or by a name that the source declares."""
    if flow.protocol not in _CARRIES_PORTS or flow.source_port is None:
        return False
    return contains(ports.numbers, flow.source_port) or any(
        (name, flow.protocol, flow.source_port) in flow.source.ports for name in ports.names
    )


def _icmp(icmp: IcmpMatch, flow: Flow) -> bool:
    """Type and code together; a flow of unknown code matches only where every code does."""
    if flow.protocol not in (ICMP, ICMPV6) or flow.port is None:
        return False
    if flow.code is None:
        return contains(icmp.types, flow.port) and icmp.codes == EVERY_BYTE
    return contains(icmp.types, flow.port) and contains(icmp.codes, flow.code)


def _layer7(rule: Rule, flow: Flow) -> bool:
    """Layer 7 demands count only where the flow says what it carries."""
    layer7 = rule.layer7
    if layer7 is None:
        return True
    if layer7.http is not None and flow.http is not None:
        return any(http_matches(each, flow.http) for each in layer7.http)
    if layer7.dns is not None and flow.dns is not None:
        return any(domain_matches(each.pattern, flow.dns) for each in layer7.dns)
    return True


def _service_labels(service: ServiceInfo) -> dict[Label, str]:
    """Labels of the Service object, in the GROUP scope (a service is a named group of addresses)."""
    return {Label(Scope.GROUP, key): value for key, value in service.labels.items()}


def _is_family(cidr: str, end: Endpoint) -> bool:
    """Whether a zero-length prefix names the family of an end without a known address."""
    return (cidr == "0.0.0.0/0" and 4 in end.families) or (cidr == "::/0" and 6 in end.families)


def _origins(items: Iterable[Rule | Policy]) -> tuple[Origin, ...]:
    return tuple(item.origin for item in items if item.origin is not None)
