"""Points as concrete flows, and the interpreter's word on each of them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from typing import Final

from translator.context import Context
from translator.errors import InternalError
from translator.ir.addresses import V4_MAX, Address, Addresses
from translator.ir.labels import CLUSTER_NAME, NAMESPACE_NAME, SERVICE_ACCOUNT_NAME, Label, Scope
from translator.ir.layer7 import Condition
from translator.ir.peers import ANYONE, EVERY_KIND, Kind, NoneOf, Peer
from translator.ir.policy import Direction, Policy, PolicySet, Rule
from translator.ir.rewriting import map_peers, map_policies
from translator.ir.traffic import ICMP, ICMPV6, TCP
from translator.semantics.compare.asked import End
from translator.semantics.compare.atoms import DNS, HTTP, YES, LabelAtoms, NumberAtoms, TextAtoms
from translator.semantics.compare.difference import Witness
from translator.semantics.compare.mentions import Opaque
from translator.semantics.compare.picking import ASSUMED, Point, default_label, number_in
from translator.semantics.compare.population import Population
from translator.semantics.compare.product import NARROWS, OPEN
from translator.semantics.compare.regions import key_text
from translator.semantics.compare.samples import fresh
from translator.semantics.compare.space import ADDRESS_ASPECT, LABEL_ASPECT, PORT_CARRIERS, Aspect, Space
from translator.semantics.flow import Endpoint, Flow
from translator.semantics.languages.matching import HttpRequest
from translator.semantics.verdict.core import Decision, Evaluator

_NAMES: Final = {
    Kind.HOST: "host",
    Kind.REMOTE_NODE: "remote-node",
    Kind.KUBE_APISERVER: "kube-apiserver",
    Kind.HEALTH: "health",
    Kind.INIT: "init",
    Kind.INGRESS: "ingress",
    Kind.UNMANAGED: "unmanaged",
}
_OUTSIDE: Final = {4: Address(4, (203 << 24) + (113 << 8) + 7), 6: Address(6, (0x20010DB8 << 96) + 7)}
_REACHES: Final = (EVERY_KIND, frozenset({Kind.OUTSIDE}))
"""The two ends of what the Kubernetes API leaves open about ipBlock."""
_ALLOWED: Final = Decision(allowed=True)


class Witnesses:
    """Confirms differences of one pair of sets."""

    def __init__(self, a: PolicySet, b: PolicySet, context_a: Context, context_b: Context) -> None:
        self._sets = (a, b)
        self._contexts = (context_a, context_b)
        self._evaluators: dict[tuple[int, frozenset[Kind]], Evaluator] = {}

    def witness(self, space: Space, direction: Direction, point: Point, box: Container[int], leaf: int) -> Witness:
        """The flow of a point of a box, with both sides' decisions.

        Raises InternalError if the interpreter disagrees.
        """
        assumed = _assumptions(space, point)
        for needed in (box, None):
            for flow in FlowBuilder(space, direction, point, needed=needed).flows():
                confirmed = self._confirm(space, direction, flow, assumed, leaf)
                if confirmed is not None:
                    before, after = confirmed
                    return Witness(flow=flow, before=before, after=after, assumptions=_texts(space, point))
        raise InternalError(f"compare and the interpreter disagree about a flow of leaf {leaf} at {point!r}")

    def _confirm(
        self, space: Space, direction: Direction, flow: Flow, assumed: dict[object, bool], leaf: int
    ) -> tuple[Decision, Decision] | None:
        """Both sides' decisions, if they differ as expected whatever the API leaves open (or because of it)."""
        is_open = space.number(Aspect.OPEN_REACH) is not None
        decisions = [
            (self._decide(0, flow, direction, reach, assumed), self._decide(1, flow, direction, reach, assumed))
            for reach in (_REACHES if is_open else _REACHES[:1])
        ]
        differing = [(before, after) for before, after in decisions if before.allowed is not after.allowed]
        if not differing:
            return None
        expected = leaf == NARROWS
        if leaf != OPEN and (
            len(differing) < len(decisions) or any(before.allowed is not expected for before, _ in differing)
        ):
            return None
        return differing[0]

    def _decide(
        self, side: int, flow: Flow, direction: Direction, reach: frozenset[Kind], assumed: dict[object, bool]
    ) -> Decision:
        if assumed:
            evaluator = Evaluator(assume(self._sets[side], assumed), self._contexts[side], open_reach=reach)
        else:
            known = self._evaluators.get((side, reach))
            if known is None:
                known = Evaluator(self._sets[side], self._contexts[side], open_reach=reach)
                self._evaluators[(side, reach)] = known
            evaluator = known
        return evaluator.decide(flow, direction) or _ALLOWED


class FlowBuilder:
    """One concrete flow from a point of a space."""

    def __init__(self, space: Space, direction: Direction, point: Point, *, needed: Container[int] | None) -> None:
        """``needed``: the variables whose values must show; None: all. Ports and addresses can then be left out."""
        self._space = space
        self._direction = direction
        self._point = point
        self._needed = needed

    def flows(self) -> Iterator[Flow]:
        """The flow, for each address family that it can be of; what the point leaves open is chosen to read well."""
        protocol = self._number(Aspect.PROTOCOL, TCP)
        for family in self._families(protocol):
            flow = self._flow(protocol, family)
            if flow is not None:
                yield flow

    def _flow(self, protocol: int, family: int) -> Flow | None:
        carries = protocol in PORT_CARRIERS
        is_icmp = protocol in (ICMP, ICMPV6)
        port = self._number(Aspect.PORT, 80) if carries else None
        shows_source = carries and self._shows(Aspect.SOURCE_PORT, Aspect.SOURCE_PORT_NAME)
        source_port = self._number(Aspect.SOURCE_PORT, 40000) if shows_source else None
        subject = self._end(End.SUBJECT, self._space.bucket.kind, family, protocol, port, source_port)
        peer = self._end(End.PEER, self._peer_kind(), family, protocol, port, source_port)
        if subject is None or peer is None:
            return None
        source, destination = (subject, peer) if self._direction is Direction.EGRESS else (peer, subject)
        application = self._atom(Aspect.APPLICATION)
        return Flow(
            source=source,
            destination=destination,
            protocol=protocol,
            port=self._number(Aspect.ICMP_TYPE, 8 if protocol == ICMP else 128) if is_icmp else port,
            code=self._number(Aspect.ICMP_CODE, 0) if is_icmp else None,
            source_port=source_port,
            family=family,
            http=self._request() if application == HTTP else None,
            dns=(self._text(Aspect.QUERY) or "example.com") if application == DNS else None,
        )

    def _shows(self, *aspects: Aspect) -> bool:
        """Whether some variable of these aspects exists and has to be told."""
        return any(
            variable.aspect in aspects and (self._needed is None or number in self._needed)
            for number, variable in enumerate(self._space.variables)
        )

    def _end(
        self, end: End, kind: Kind, family: int, protocol: int, port: int | None, source_port: int | None
    ) -> Endpoint | None:
        """An end with the ports it declares: made up, or a pod of the closed world if one stands there."""
        is_destination = (end is End.SUBJECT) is (self._direction is Direction.INGRESS)
        own = port if is_destination else source_port
        pods = self._space.bucket.population if end is End.SUBJECT else self._space.universe.pods
        if kind is Kind.POD and pods is not None:
            population = Population(self._space, end, self._direction)
            return population.find(pods, self._point, family=family, protocol=protocol, port=own)
        made = self._endpoint(end, kind, family)
        if own is None:
            return made
        aspect = Aspect.PORT_NAME if is_destination else Aspect.SOURCE_PORT_NAME
        return replace(made, ports=self._names(aspect, protocol, own))

    # Values of the point

    def _atom(self, aspect: Aspect, key: object = None) -> int:
        number = self._space.number(aspect, key)
        return 0 if number is None else self._point.get(number, 0)

    def _number(self, aspect: Aspect, default: int) -> int:
        number = self._space.number(aspect)
        if number is None or number not in self._point:
            return default
        atoms = self._space.variables[number].atoms
        assert isinstance(atoms, NumberAtoms)
        return number_in(aspect, atoms, self._point[number])

    def _text(self, aspect: Aspect, key: object = None) -> str | None:
        number = self._space.number(aspect, key)
        if number is None or number not in self._point:
            return None
        atoms = self._space.variables[number].atoms
        assert isinstance(atoms, TextAtoms)
        return atoms.samples[self._point[number].bit_length() - 1]

    def _families(self, protocol: int) -> tuple[int, ...]:
        """As an address of the point says, else as ICMP's version demands, else any."""
        for end in End:
            number = self._space.number(ADDRESS_ASPECT[end])
            if number is not None and number in self._point:
                return (4 if self._number(ADDRESS_ASPECT[end], 0) <= V4_MAX else 6,)
        demanded = {ICMP: (4,), ICMPV6: (6,)}.get(protocol, (4, 6))
        return tuple(family for family in demanded if family in self._space.universe.families)

    def _peer_kind(self) -> Kind:
        number = self._space.known(Aspect.PEER_KIND)
        atom = self._point.get(number)
        if atom is None:
            return Kind.POD
        return self._space.kinds.kinds[atom.bit_length() - 1]

    def _names(self, aspect: Aspect, protocol: int, port: int) -> frozenset[tuple[str, int, int]]:
        return frozenset(
            (str(variable.key), protocol, port)
            for number, variable in enumerate(self._space.variables)
            if variable.aspect is aspect and self._point.get(number) == YES
        )

    def _request(self) -> HttpRequest:
        headers = {
            str(variable.key): value
            for variable in self._space.variables
            if variable.aspect is Aspect.HEADER and (value := self._text(Aspect.HEADER, variable.key)) is not None
        }
        return HttpRequest(
            method=self._text(Aspect.METHOD) or "GET",
            path=self._text(Aspect.PATH) or "/",
            host=self._text(Aspect.HOST) or "example.com",
            headers=headers,
        )

    # Ends

    def _endpoint(self, end: End, kind: Kind, family: int) -> Endpoint:
        asked = {
            variable.key: variable.atoms.samples[self._point[number].bit_length() - 1]
            for number, variable in enumerate(self._space.variables)
            if variable.aspect is LABEL_ASPECT[end]
            and number in self._point
            and isinstance(variable.key, Label)
            and isinstance(variable.atoms, LabelAtoms)
        }
        labels: dict[Label, str] = {}
        namespace = None
        if kind is Kind.POD:
            namespace = self._namespace(end, asked)
            known = self._space.universe.namespaces.get(namespace, {})
            if end is End.PEER or self._space.bucket.named:
                labels |= {Label(Scope.NAMESPACE, key): value for key, value in known.items()}
            labels[NAMESPACE_NAME] = namespace
            for label in (SERVICE_ACCOUNT_NAME, CLUSTER_NAME):
                labels[label] = default_label(label) or ""
        for label, value in asked.items():
            if value is None:
                labels.pop(label, None)
            else:
                labels[label] = value
        address = self._address(end, kind, family)
        return Endpoint(
            kind=kind,
            name=_name(kind, namespace, labels, address),
            namespace=namespace,
            labels=labels,
            addresses=() if address is None else (address,),
            families=frozenset({family}),
            domains=tuple(filter(None, [self._text(Aspect.PEER_DOMAIN)])) if end is End.PEER else (),
        )

    def _namespace(self, end: End, asked: dict[Label, str | None]) -> str:
        """The subject's own; the peer's as asked, else the same unless namespace labels say that it is another."""
        own = self._space.bucket.namespace or "default"
        if end is End.SUBJECT:
            return own
        name = asked.get(NAMESPACE_NAME)
        if name is not None:
            return name
        asks_labels = any(label.scope is Scope.NAMESPACE for label in asked)
        return fresh([own, *self._space.universe.namespaces], "other") if asks_labels else own

    def _address(self, end: End, kind: Kind, family: int) -> Address | None:
        """As the point says; otherwise one where ends of this kind live, if addresses matter at all."""
        aspect = ADDRESS_ASPECT[end]
        number = self._space.number(aspect)
        if kind is not Kind.OUTSIDE and not self._shows(aspect):
            return None
        if number is not None and number in self._point:
            return _off_line(self._number(aspect, 0))
        if kind is Kind.OUTSIDE:
            return _OUTSIDE[family]
        if number is None:
            return None
        return _first(self._space.universe.ranges[kind], family)


def _off_line(number: int) -> Address:
    return Address(4, number) if number <= V4_MAX else Address(6, number - V4_MAX - 1)


def _first(addresses: Addresses, family: int) -> Address | None:
    spans = addresses.v4 if family == 4 else addresses.v6
    return Address(family, min(spans[0][0] + 7, spans[0][1])) if spans else None


def _name(kind: Kind, namespace: str | None, labels: dict[Label, str], address: Address | None) -> str:
    if kind is Kind.OUTSIDE:
        return str(address)
    own = ",".join(f"{label.key}={value}" for label, value in labels.items() if label.scope is Scope.POD)
    if kind is Kind.POD:
        return f"{namespace}/{{{own}}}"
    return f"{_NAMES[kind]}{{{own}}}" if own else _NAMES[kind]


# What must be assumed


def _assumptions(space: Space, point: Point) -> dict[object, bool]:
    """The truth of everything that only its name is known of; no for what does not matter."""
    return {
        variable.key: point.get(number) == YES
        for number, variable in enumerate(space.variables)
        if variable.aspect in ASSUMED
    }


def _texts(space: Space, point: Point) -> tuple[str, ...]:
    """Those assumptions in words on which the point depends."""
    return tuple(
        f"{key_text(variable.key)} {'holds' if point[number] == YES else 'does not hold'}"
        for number, variable in enumerate(space.variables)
        if variable.aspect in ASSUMED and number in point
    )


def assume(policies: PolicySet, assumed: dict[object, bool]) -> PolicySet:
    """The set with every assumed condition and peer replaced by its truth."""

    def of_policy(policy: Policy) -> Policy:
        known = map_peers(policy, of_peer)
        return replace(known, ingress=tuple(of_rules(known.ingress)), egress=tuple(of_rules(known.egress)))

    def of_rules(rules: Iterable[Rule]) -> Iterable[Rule]:
        for rule in rules:
            if all(assumed.get(condition, True) for condition in rule.conditions):
                yield replace(rule, conditions=())

    def of_peer(peer: Peer) -> Peer:
        if peer in assumed:
            return ANYONE if assumed[peer] else NoneOf((ANYONE,))
        return peer

    return map_policies(policies, of_policy)


__all__ = ["Condition", "FlowBuilder", "Opaque", "Witnesses", "assume"]
