"""Strategies for the IR: small sets of policies over a small alphabet, and every flow of a world that tells them apart.

The alphabet is small on purpose: two or three values per label, two named namespaces, a few blocks and ports, so that
rules overlap and cancel often. ``flows`` lists ends and packets for each atom of the alphabet and for "something else".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from hypothesis import strategies as st

from translator.ir.addresses import parse_address
from translator.ir.labels import (
    CLUSTER_NAME,
    EVERYTHING,
    LOCAL_CLUSTER,
    NAMESPACE_NAME,
    SERVICE_ACCOUNT_NAME,
    Label,
    Operator,
    Requirement,
    Scope,
    Selector,
    conjunction,
    disjunction,
    has,
    lacks,
    negation,
    none_of,
    one_of,
)
from translator.ir.layer7 import HeaderMatch, HttpMatch, Layer7, Pattern, Syntax
from translator.ir.peers import ANYONE, EVERY_KIND, NODES, PODS, AllOf, Endpoints, Kind, Network, NoneOf, Peer
from translator.ir.policy import Action, Direction, End, Engine, Evaluation, Policy, PolicySet, Rule, Tier
from translator.ir.traffic import ANY_TRAFFIC, ICMP, ICMPV6, SCTP, TCP, UDP, IcmpMatch, Ports, Traffic, protocol_set
from translator.semantics.flow import Endpoint, Flow
from translator.semantics.languages.matching import HttpRequest

APP, TIER = Label(Scope.POD, "app"), Label(Scope.POD, "tier")
TEAM = Label(Scope.NAMESPACE, "team")
NAMESPACES = ("prod", "dev")
VALUES = {APP: ("web", "db"), TIER: ("front",), TEAM: ("red",)}

# Selectors


def _requirements(label: Label, values: tuple[str, ...]) -> st.SearchStrategy[Selector]:
    some = st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)
    return st.one_of(
        some.map(lambda chosen: one_of(label, *chosen)),
        some.map(lambda chosen: none_of(label, *chosen)),
        st.just(has(label)),
        st.just(lacks(label)),
    )


substrings: st.SearchStrategy[Selector] = st.sampled_from(
    (
        Requirement(APP, Operator.STARTS_WITH, ("we",)),
        Requirement(APP, Operator.NOT_CONTAINS, ("b",)),
        Requirement(TIER, Operator.ENDS_WITH, ("t",)),
        Requirement(NAMESPACE_NAME, Operator.STARTS_WITH, ("else",)),
        Requirement(NAMESPACE_NAME, Operator.NOT_ENDS_WITH, ("too",)),
    )
)
pod_requirements: st.SearchStrategy[Selector] = st.one_of(
    *[_requirements(APP, VALUES[APP])] * 4, *[_requirements(TIER, VALUES[TIER])] * 2, substrings
)
namespace_requirements: st.SearchStrategy[Selector] = st.one_of(
    st.sampled_from(NAMESPACES).map(lambda name: one_of(NAMESPACE_NAME, name)),
    st.sampled_from(NAMESPACES).map(lambda name: none_of(NAMESPACE_NAME, name)),
    st.just(has(NAMESPACE_NAME)),
    _requirements(TEAM, VALUES[TEAM]),
)
selectors: st.SearchStrategy[Selector] = st.recursive(
    st.one_of(pod_requirements, pod_requirements, namespace_requirements, st.just(EVERYTHING)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda terms: conjunction(*terms)),
        st.lists(inner, min_size=1, max_size=3).map(lambda terms: disjunction(*terms)),
        inner.map(negation),
    ),
    max_leaves=4,
)

# Peers

CIDRS = ("10.0.0.0/8", "10.1.0.0/16", "203.0.113.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0")
REACHES = (EVERY_KIND, frozenset({Kind.OUTSIDE}), NODES | {Kind.OUTSIDE})
networks = st.builds(
    lambda cidrs, excepts, reach: Network(cidrs=tuple(cidrs), excepts=tuple(excepts), reach=reach),
    st.lists(st.sampled_from(CIDRS), min_size=1, max_size=2, unique=True),
    st.lists(st.sampled_from(CIDRS), max_size=1),
    st.sampled_from(REACHES),
)
endpoints = st.builds(
    lambda selector, kinds: Endpoints(selector=selector, kinds=kinds),
    selectors,
    st.sampled_from((PODS, PODS, PODS, NODES, frozenset({Kind.OUTSIDE}), frozenset({Kind.POD, Kind.HOST}))),
)
peers: st.SearchStrategy[Peer] = st.recursive(
    st.one_of(st.just(ANYONE), endpoints, endpoints, networks),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=2).map(lambda some: AllOf(tuple(some))),
        st.lists(inner, min_size=1, max_size=2).map(lambda some: NoneOf(tuple(some))),
    ),
    max_leaves=2,
)
subjects: st.SearchStrategy[Peer] = st.one_of(
    st.builds(
        lambda name, selector: Endpoints(selector=conjunction(one_of(NAMESPACE_NAME, name), selector)),
        st.sampled_from(NAMESPACES),
        selectors,
    ),
    st.builds(lambda selector: Endpoints(selector=selector), selectors),
    st.builds(lambda selector: Endpoints(selector=selector, kinds=frozenset({Kind.POD, Kind.HOST})), pod_requirements),
)

# Traffic

PORTS = ((80, 80), (443, 443), (80, 90), (8000, 9000))
ports = st.one_of(
    st.lists(st.sampled_from(PORTS), min_size=1, max_size=1).map(lambda spans: Ports(numbers=tuple(spans))),
    st.just(Ports(names=("http",))),
    st.just(Ports(numbers=((80, 80),), names=("http", "metrics"))),
)
traffic: st.SearchStrategy[Traffic] = st.one_of(
    st.just(ANY_TRAFFIC),
    st.sampled_from((TCP, UDP, ICMP, ICMPV6, 47)).map(lambda number: Traffic(protocols=protocol_set(number))),
    st.builds(
        lambda protocol, chosen: Traffic(protocols=protocol_set(protocol), ports=chosen),
        st.sampled_from((TCP, TCP, UDP, SCTP)),
        ports,
    ),
    st.builds(lambda chosen: Traffic(protocols=protocol_set(TCP, UDP), not_ports=chosen), ports),
    st.builds(lambda chosen: Traffic(protocols=protocol_set(TCP), source_ports=chosen), ports),
    st.sampled_from((4, 6)).map(lambda family: Traffic(family=family)),
    st.just(Traffic(protocols=protocol_set(ICMP), icmp=IcmpMatch(types=((8, 8),)))),
    st.just(Traffic(protocols=protocol_set(ICMP, ICMPV6), not_icmp=IcmpMatch(types=((8, 8),), codes=((0, 0),)))),
)
PATHS = (
    Pattern(Syntax.REGEX, "/api/.*"),
    Pattern(Syntax.EXACT, "/api"),
    Pattern(Syntax.REGEX, "/.*"),
    Pattern(Syntax.CALICO_PREFIX, "/api"),
)
METHODS = (Pattern(Syntax.EXACT, "GET"), Pattern(Syntax.REGEX, "GET|POST"))
http = st.builds(
    lambda methods, paths, headers: HttpMatch(methods=methods, paths=paths, headers=headers),
    st.one_of(st.none(), st.sampled_from(METHODS).map(lambda one: (one,))),
    st.one_of(st.none(), st.sampled_from(PATHS).map(lambda one: (one,))),
    st.sampled_from(((), (), (HeaderMatch(name="X-Key"),), (HeaderMatch(name="x-key", value="1"),))),
)
layer7 = st.one_of(
    st.none(), st.none(), st.none(), st.lists(http, max_size=2).map(lambda some: Layer7(http=tuple(some)))
)

# Policies


@st.composite
def rules(draw: st.DrawFn, *, actions: tuple[Action, ...] = tuple(Action)) -> Rule:
    """One rule. A layer 7 part stands only on allow rules of TCP, as every engine demands."""
    action = draw(st.sampled_from(actions))
    found = Rule(
        action=action,
        peers=tuple(draw(st.lists(peers, min_size=1, max_size=2))),
        traffic=tuple(draw(st.lists(traffic, min_size=1, max_size=2))),
        subject=draw(st.one_of(st.just(ANYONE), st.just(ANYONE), st.just(ANYONE), endpoints)),
    )
    if action is Action.ALLOW and (demand := draw(layer7)) is not None:
        tcp = Traffic(protocols=protocol_set(TCP), ports=Ports(numbers=((80, 80),)))
        return replace(found, layer7=demand, traffic=(tcp,))
    return found


@st.composite
def policies(draw: st.DrawFn, *, name: str, tier: str, actions: tuple[Action, ...] = tuple(Action)) -> Policy:
    """A policy of one or both directions that isolates in some of them."""
    directions = draw(st.sampled_from([{Direction.INGRESS}, {Direction.EGRESS}, set(Direction)]))
    isolates = directions if draw(st.booleans()) else draw(st.sampled_from([set(), {Direction.INGRESS}])) & directions
    return Policy(
        name=name,
        kind="Policy",
        dialect="test",
        subject=tuple(draw(st.lists(subjects, min_size=1, max_size=2))),
        directions=frozenset(directions),
        isolates=frozenset(isolates),
        ingress=tuple(draw(st.lists(rules(actions=actions), max_size=3))),
        egress=tuple(draw(st.lists(rules(actions=actions), max_size=3))),
        tier=tier,
        order=draw(st.sampled_from([1.0, 1.01, 2.0])),
        staged=draw(st.sampled_from([False, False, False, False, True])),
    )


@st.composite
def policy_sets(draw: st.DrawFn, *, size: int = 2) -> PolicySet:
    """One to three tiers of every evaluation."""
    count = draw(st.integers(1, 3))
    tiers = []
    for number in range(count):
        name = f"tier-{number}"
        found = [
            draw(policies(name=f"{name}-policy-{index}", tier=name)) for index in range(draw(st.integers(0, size)))
        ]
        tiers.append(
            Tier(
                name=name,
                order=float(number),
                evaluation=draw(st.sampled_from(list(Evaluation))),
                end=draw(st.sampled_from(list(End))),
                policies=tuple(found),
            )
        )
    exempt = draw(st.sampled_from([frozenset(), frozenset({(Direction.INGRESS, Kind.HOST)})]))
    return PolicySet(engine=Engine.CALICO, tiers=tuple(tiers), exempt=exempt)


@st.composite
def allow_sets(draw: st.DrawFn, *, size: int = 3) -> PolicySet:
    """Sets as Kubernetes has them: one tier that only allows, every policy isolates."""
    found = []
    for index in range(draw(st.integers(0, size))):
        policy = draw(policies(name=f"policy-{index}", tier="default", actions=(Action.ALLOW,)))
        found.append(replace(policy, isolates=policy.directions, staged=False))
    tier = Tier(name="default", order=None, evaluation=Evaluation.DENY_OVERRIDES, end=End.DENY, policies=tuple(found))
    return PolicySet(engine=Engine.KUBERNETES, tiers=(tier,), exempt=frozenset({(Direction.INGRESS, Kind.HOST)}))


@st.composite
def changed_sets(draw: st.DrawFn, original: PolicySet) -> PolicySet:
    """A set that differs from another in one place: a policy or rule dropped, an action, peer or traffic replaced."""
    places = [
        (t, p) for t, tier in enumerate(original.tiers) for p, policy in enumerate(tier.policies) if not policy.staged
    ]
    if not places:
        return original
    t, p = draw(st.sampled_from(places))
    tier = original.tiers[t]
    policy = tier.policies[p]
    kept = list(tier.policies)
    direction = draw(st.sampled_from(list(Direction)))
    found = list(policy.rules(direction))
    if not found or draw(st.integers(0, 4)) == 0:
        del kept[p]
    else:
        at = draw(st.integers(0, len(found) - 1))
        match draw(st.sampled_from(["drop", "action", "peers", "traffic", "move"])):
            case "drop":
                del found[at]
            case "action":
                found[at] = replace(found[at], action=draw(st.sampled_from(list(Action))))
            case "peers":
                found[at] = replace(found[at], peers=(draw(peers),))
            case "traffic":
                found[at] = replace(found[at], traffic=(draw(traffic),), layer7=None)
            case _:
                found.insert(0, found.pop(at))
        changed = tuple(found)
        is_ingress = direction is Direction.INGRESS
        kept[p] = replace(policy, ingress=changed) if is_ingress else replace(policy, egress=changed)
    tiers = list(original.tiers)
    tiers[t] = replace(tier, policies=tuple(kept))
    return replace(original, tiers=tuple(tiers))


# The world


def _pod(namespace: str, team: str | None, labels: dict[str, str], address: str, index: int) -> Endpoint:
    own = {Label(Scope.POD, key): value for key, value in labels.items()}
    own |= {NAMESPACE_NAME: namespace, SERVICE_ACCOUNT_NAME: "default", CLUSTER_NAME: LOCAL_CLUSTER}
    if team is not None:
        own[TEAM] = team
    return Endpoint(
        kind=Kind.POD,
        name=f"{namespace}/{index}",
        namespace=namespace,
        labels=own,
        addresses=(parse_address(address),),
        ports=frozenset({("http", TCP, 8080)}) if index % 2 else frozenset(),
    )


def _world() -> tuple[Endpoint, ...]:
    pods = []
    places = (("prod", "red"), ("dev", None), ("elsewhere", "red"), ("elsewhere-too", "blue"))
    labels: tuple[dict[str, str], ...] = (
        {},
        {"app": "web"},
        {"app": "db", "tier": "front"},
        {"app": "x", "tier": "y"},
        {"tier": "front"},
    )
    for index, ((namespace, team), own) in enumerate(product(places, labels)):
        address = ("10.0.0.9", "10.1.0.9", "192.168.0.9", "fd00::9")[index % 4]
        pods.append(_pod(namespace, team, own, address, index))
    outside = ("203.0.113.7", "8.8.8.8", "10.1.0.99", "10.0.0.99", "2001:db8::9", "2600::9")
    others = [
        Endpoint(kind=Kind.OUTSIDE, name=text, addresses=(parse_address(text),), families=frozenset({4, 6}))
        for text in outside
    ]
    nodes = [
        Endpoint(kind=kind, name=f"{kind.value}{own}", labels=own, addresses=(parse_address(address),))
        for kind, own, address in (
            (Kind.HOST, {}, "10.0.0.5"),
            (Kind.HOST, {APP: "web"}, "192.168.0.5"),
            (Kind.REMOTE_NODE, {}, "10.1.0.5"),
            (Kind.REMOTE_NODE, {TIER: "front"}, "192.168.0.6"),
            (Kind.KUBE_APISERVER, {}, "10.0.0.6"),
        )
    ]
    return (*pods, *others, *nodes)


ENDS = _world()
_REQUESTS = (
    None,
    HttpRequest(method="GET", path="/api/x", host="a.example"),
    HttpRequest(method="POST", path="/api", host="a.example", headers={"x-key": "1"}),
    HttpRequest(method="PUT", path="/apis", host="a.example", headers={"x-key": "2"}),
)
_PACKETS = (
    *((TCP, port, 4000, None, request) for port in (80, 443, 8080) for request in _REQUESTS),
    (TCP, 85, 80, None, None),
    (UDP, 80, 4000, None, None),
    (SCTP, 443, 8500, None, None),
    (ICMP, 8, None, 0, None),
    (ICMP, 3, None, 1, None),
    (ICMPV6, 8, None, 0, None),
    (47, None, None, None, None),
)


def flows(
    *, subjects: tuple[Endpoint, ...] = ENDS, peers: tuple[Endpoint, ...] = ENDS
) -> Iterator[tuple[Direction, Flow]]:
    """Every flow of the world, with the direction whose subject is among the first ends."""
    for subject, peer in product(subjects, peers):
        families = {address.family for end in (subject, peer) for address in end.addresses}
        if subject.kind is Kind.OUTSIDE or len(families) > 1:
            continue
        family = families.pop()
        for protocol, port, source_port, code, request in _PACKETS:
            if (protocol == ICMP and family == 6) or (protocol == ICMPV6 and family == 4):
                continue
            for direction in Direction:
                source, destination = (subject, peer) if direction is Direction.EGRESS else (peer, subject)
                yield (
                    direction,
                    Flow(
                        source=source,
                        destination=destination,
                        protocol=protocol,
                        port=port,
                        source_port=source_port,
                        code=code,
                        family=family,
                        http=request,
                    ),
                )


@st.composite
def rewritten_sets(draw: st.DrawFn, original: PolicySet) -> PolicySet:
    """The same set, written differently: rules split by peer and packets, policies by subject, free order shuffled."""
    tiers = []
    for tier in original.tiers:
        is_ordered = tier.evaluation is not Evaluation.DENY_OVERRIDES
        kept: list[Policy] = []
        for policy in tier.policies:
            split = policy
            if tier.evaluation is not Evaluation.PRIORITY:
                split = replace(
                    policy,
                    ingress=tuple(each for rule in policy.ingress for each in draw(_split(rule))),
                    egress=tuple(each for rule in policy.egress for each in draw(_split(rule))),
                )
            if not is_ordered and draw(st.booleans()):
                kept += [replace(split, subject=(subject,)) for subject in split.subject]
            else:
                kept.append(split)
        if not is_ordered:
            kept = draw(st.permutations(kept))
        tiers.append(replace(tier, policies=tuple(kept)))
    return replace(original, tiers=tuple(tiers))


@st.composite
def _split(draw: st.DrawFn, rule: Rule) -> tuple[Rule, ...]:
    """One rule as several with the same action, in any order."""
    if draw(st.booleans()):
        return (rule,)
    found = [replace(rule, peers=(peer,), traffic=(each,)) for peer in rule.peers for each in rule.traffic]
    return tuple(draw(st.permutations(found)))
