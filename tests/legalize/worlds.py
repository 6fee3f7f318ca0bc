"""Small worlds for laws: every end and packet of them can be asked one by one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from hypothesis import strategies as st

from translator.context import Context, Pod
from translator.ir.addresses import parse_address
from translator.ir.intervals import intervals
from translator.ir.labels import (
    NAMESPACE_NAME,
    Label,
    Scope,
    conjunction,
    disjunction,
    has,
    lacks,
    negation,
    none_of,
    one_of,
)
from translator.ir.peers import ANYONE, AllOf, Endpoints, Kind, Network, NoneOf
from translator.ir.policy import Action, Direction, End, Engine, Evaluation, Policy, PolicySet, Rule, Tier
from translator.ir.traffic import ANY_TRAFFIC, ICMP, TCP, UDP, IcmpMatch, Ports, Traffic, protocol_set
from translator.semantics.ends import address_endpoint, entity_endpoint, pod_endpoint
from translator.semantics.flow import Endpoint, Flow

NAMESPACES = {"shop": {"env": "prod"}, "ops": {}}
CONTEXT = Context(
    pod_cidrs=("10.0.0.0/8",),
    node_cidrs=("192.168.0.0/24",),
    namespaces=NAMESPACES,
    pods=tuple(
        Pod(
            namespace=namespace,
            name=f"p{number}",
            labels=labels,
            addresses=(f"10.{index}.0.{number}",),
        )
        for index, namespace in enumerate(NAMESPACES)
        for number, labels in enumerate(
            ({"app": "web"}, {"app": "db", "tier": "back"}, {"app": "api", "tier": "front"}, {"tier": "back"}), start=1
        )
    ),
)
"""Everything about addresses is known, so every translation that can be exact is."""
PODS = tuple(pod_endpoint(pod, CONTEXT) for pod in CONTEXT.pods)
OTHERS = tuple(
    address_endpoint(parse_address(text), CONTEXT)
    for text in ("203.0.113.1", "203.0.113.200", "8.8.8.8", "192.168.0.9")
)
HOST = entity_endpoint("host", CONTEXT)
PACKETS = ((TCP, 80), (TCP, 81), (TCP, 443), (UDP, 80), (ICMP, 8), (ICMP, 3), (47, None))


def flows() -> Iterator[tuple[Direction, Flow]]:
    """Every flow of the world with a pod at the end that is asked."""
    for subject, peer, (protocol, port) in product(PODS, (*PODS, *OTHERS), PACKETS):
        code = 0 if protocol == ICMP else None
        if subject is not peer:
            yield Direction.INGRESS, _flow(peer, subject, protocol, port, code)
            yield Direction.EGRESS, _flow(subject, peer, protocol, port, code)


def _flow(source: Endpoint, destination: Endpoint, protocol: int, port: int | None, code: int | None) -> Flow:
    return Flow(
        source=source, destination=destination, protocol=protocol, port=port, source_port=50000, code=code, family=4
    )


_APP, _TIER, _ENV = Label(Scope.POD, "app"), Label(Scope.POD, "tier"), Label(Scope.NAMESPACE, "env")
_pod_requirements = st.sampled_from(
    [
        one_of(_APP, "web"),
        one_of(_APP, "web", "db"),
        none_of(_APP, "db"),
        has(_TIER),
        lacks(_TIER),
        one_of(_TIER, "front"),
        none_of(_TIER, "front"),
    ]
)
_pod_selectors = st.one_of(
    _pod_requirements,
    st.builds(conjunction, _pod_requirements, _pod_requirements),
    st.builds(disjunction, _pod_requirements, _pod_requirements),
    st.builds(negation, st.builds(conjunction, _pod_requirements, _pod_requirements)),
)
_places = st.sampled_from(
    [
        one_of(NAMESPACE_NAME, "shop"),
        one_of(NAMESPACE_NAME, "ops"),
        one_of(_ENV, "prod"),
        lacks(_ENV),
        has(NAMESPACE_NAME),
    ]
)
_endpoints = st.builds(
    lambda place, selector: Endpoints(selector=conjunction(*([selector] if selector else []), place)),
    _places,
    st.one_of(st.none(), _pod_selectors),
)
_networks = st.sampled_from(
    [
        Network(cidrs=("203.0.113.0/24",)),
        Network(cidrs=("203.0.113.128/25",)),
        Network(cidrs=("203.0.112.0/23",), excepts=("203.0.113.0/25",)),
        Network(cidrs=("0.0.0.0/0", "::/0")),
        Network(cidrs=("0.0.0.0/0", "::/0"), excepts=("8.8.8.8/32",)),
        Network(cidrs=("10.0.0.0/8",)),
    ]
)
peers = st.one_of(
    st.just(ANYONE),
    _endpoints,
    _endpoints,
    _networks,
    st.builds(lambda a, b: AllOf((a, NoneOf((b,)))), _endpoints, _endpoints),
    st.builds(lambda a: NoneOf((a,)), _networks),
)
traffic = st.sampled_from(
    [
        ANY_TRAFFIC,
        ANY_TRAFFIC,
        Traffic(protocols=protocol_set(TCP)),
        Traffic(protocols=protocol_set(TCP), ports=Ports(numbers=intervals([(80, 80)]))),
        Traffic(protocols=protocol_set(TCP), ports=Ports(numbers=intervals([(80, 90)]))),
        Traffic(protocols=protocol_set(TCP), ports=Ports(numbers=intervals([(443, 443)]))),
        Traffic(protocols=protocol_set(UDP)),
        Traffic(protocols=protocol_set(ICMP), family=4, icmp=IcmpMatch(types=((8, 8),))),
    ]
)
rules = st.builds(
    Rule,
    action=st.sampled_from([Action.ALLOW, Action.ALLOW, Action.DENY, Action.PASS, Action.LOG]),
    peers=st.lists(peers, min_size=1, max_size=2).map(tuple),
    traffic=st.lists(traffic, min_size=1, max_size=2).map(tuple),
    subject=st.one_of(st.just(ANYONE), st.just(ANYONE), st.just(ANYONE), _endpoints),
)


@st.composite
def policies(draw: st.DrawFn, number: int, tier: str) -> Policy:
    """A policy of one namespace, or of several."""
    namespace = draw(st.sampled_from(["shop", "shop", "ops", None]))
    place = one_of(NAMESPACE_NAME, namespace) if namespace else draw(st.sampled_from([has(NAMESPACE_NAME), has(_ENV)]))
    selector = draw(st.one_of(st.none(), _pod_selectors))
    directions = draw(st.sampled_from([{Direction.INGRESS}, {Direction.EGRESS}, set(Direction)]))
    return Policy(
        name=f"{tier}-{number}",
        kind="NetworkPolicy" if namespace else "GlobalNetworkPolicy",
        dialect="calico",
        namespace=namespace,
        subject=(Endpoints(selector=conjunction(*([selector] if selector else []), place)),),
        directions=frozenset(directions),
        isolates=frozenset(directions),
        ingress=tuple(draw(st.lists(rules, max_size=3))) if Direction.INGRESS in directions else (),
        egress=tuple(draw(st.lists(rules, max_size=3))) if Direction.EGRESS in directions else (),
        tier=tier,
        order=float(number),
    )


@st.composite
def policy_sets(draw: st.DrawFn) -> PolicySet:
    """One to three ordered tiers as Calico has them."""
    tiers = tuple(
        Tier(
            name=f"t{number}",
            order=float(number),
            evaluation=Evaluation.FIRST_MATCH,
            end=draw(st.sampled_from(list(End))),
            policies=tuple(draw(policies(index, f"t{number}")) for index in range(draw(st.integers(1, 2)))),
        )
        for number in range(draw(st.integers(1, 3)))
    )
    return PolicySet(engine=Engine.CALICO, tiers=tiers, exempt=frozenset({(Direction.INGRESS, Kind.HOST)}))
