"""IR → documents: shape, the law that reading gives back what was written, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kubernetes.reading import cluster_policy, network_policy, parse_all
from tests.vectors import SHARED, needs_shared
from translator.dialects.clusternetworkpolicy import emit as clusternetworkpolicy
from translator.dialects.kubernetes import emit as kubernetes
from translator.documents.document import Document
from translator.documents.loading import load_paths
from translator.errors import InternalError
from translator.ir.labels import (
    NAMESPACE_NAME,
    Label,
    Operator,
    Requirement,
    Scope,
    conjunction,
    disjunction,
    has,
    lacks,
    none_of,
    one_of,
)
from translator.ir.layer7 import Condition, HttpMatch, Layer7
from translator.ir.peers import ANYONE, NODES, Domain, Endpoints, Network, Peer, everywhere
from translator.ir.policy import BOTH, Action, Direction, Policy, Rule
from translator.ir.traffic import ANY_TRAFFIC, ICMP, SCTP, TCP, UDP, Ports, Traffic, protocol_set

APP = Label(Scope.POD, "app")
ENV = Label(Scope.NAMESPACE, "env")
PROD = one_of(NAMESPACE_NAME, "prod")


def reread(document: dict[str, Any]) -> Policy:
    """The policy that a document says, which every gate must accept without a remark."""
    parsed = parse_all([Document(data=document)])
    assert [str(finding) for each in parsed.values() for finding in each.findings] == []
    (policy,) = (policy for each in parsed.values() for policy in each.policies)
    return policy


# -- NetworkPolicy ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spec",
    [
        {"podSelector": {}, "policyTypes": ["Ingress"]},
        {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
        {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"], "ingress": [{}]},
        {
            "podSelector": {
                "matchLabels": {"app": "web"},
                "matchExpressions": [
                    {"key": "tier", "operator": "In", "values": ["a", "b"]},
                    {"key": "old", "operator": "DoesNotExist"},
                ],
            },
            "policyTypes": ["Egress"],
            "egress": [
                {
                    "to": [{"ipBlock": {"cidr": "172.16.0.0/12", "except": ["172.16.5.0/24", "172.20.0.0/16"]}}],
                    "ports": [{"protocol": "UDP", "port": 514}],
                },
                {"to": [{"ipBlock": {"cidr": "2001:db8::/32"}}]},
            ],
        },
        {
            "podSelector": {},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [
                        {"podSelector": {}},
                        {"namespaceSelector": {}},
                        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}},
                        {
                            "namespaceSelector": {"matchLabels": {"env": "dev"}},
                            "podSelector": {"matchLabels": {"app": "web"}},
                        },
                    ],
                    "ports": [
                        {"protocol": "TCP", "port": 1, "endPort": 21},
                        {"protocol": "SCTP"},
                        {"protocol": "TCP", "port": "http"},
                    ],
                }
            ],
        },
    ],
)
def test_idiomatic_documents_are_written_as_they_were(spec: dict[str, Any]) -> None:
    """matchLabels for single values, explicit types and protocols, an empty rule for everything, and no more."""
    document = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "p", "namespace": "prod", "labels": {"team": "a"}, "annotations": {"note": "b"}},
        "spec": spec,
    }
    assert kubernetes.emit_policy(reread(document)) == document


def test_the_own_namespace_is_not_spelled_out() -> None:
    """A namespaceSelector by name is needed for other namespaces only."""
    policy = network_policy(
        "{ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: prod}}}]}]}"
    )
    assert kubernetes.emit_policy(policy)["spec"]["ingress"] == [{"from": [{"podSelector": {}}]}]


def test_several_blocks_intervals_and_protocols_become_items() -> None:
    """Each block takes the excepts that lie in it, and each protocol every interval and name."""
    network = Network(cidrs=("10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8"), excepts=("10.1.0.0/16", "12.0.0.0/7"))
    traffic = Traffic(protocols=protocol_set(TCP, UDP), ports=Ports(numbers=((80, 80), (90, 99)), names=("http",)))
    policy = replace(network_policy("{}"), ingress=(Rule(action=Action.ALLOW, peers=(network,), traffic=(traffic,)),))
    (rule,) = kubernetes.emit_policy(policy)["spec"]["ingress"]
    assert rule["from"] == [
        {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
        {"ipBlock": {"cidr": "11.0.0.0/8"}},
    ]
    assert rule["ports"] == [
        {"protocol": protocol, **port}
        for protocol in ("TCP", "UDP")
        for port in ({"port": 80}, {"port": 90, "endPort": 99}, {"port": "http"})
    ]


def allowing(**changes: Any) -> Callable[[Policy], Policy]:
    """A policy with one ingress rule that differs from allow-all."""
    return lambda policy: replace(policy, ingress=(Rule(action=Action.ALLOW, **changes),))


@pytest.mark.parametrize(
    "change",
    [
        lambda policy: replace(policy, namespace=None),
        lambda policy: replace(policy, isolates=frozenset()),
        lambda policy: replace(policy, egress=(Rule(action=Action.ALLOW),)),
        lambda policy: replace(policy, subject=()),
        lambda policy: replace(policy, subject=(Endpoints(),)),
        lambda policy: replace(policy, subject=(ANYONE,)),
        lambda policy: replace(policy, ingress=(Rule(action=Action.DENY),)),
        allowing(peers=()),
        allowing(traffic=()),
        allowing(peers=(Endpoints(kinds=NODES),)),
        allowing(peers=(Domain(pattern="a.b"),)),
        allowing(peers=(Network(cidrs=("10.0.0.0/8",), excepts=("10.0.0.0/8",)),)),
        allowing(peers=(Endpoints(selector=disjunction(has(APP), has(ENV))),)),
        allowing(peers=(Endpoints(selector=Requirement(APP, Operator.STARTS_WITH, ("a",))),)),
        allowing(traffic=(Traffic(protocols=protocol_set(ICMP)),)),
        allowing(traffic=(Traffic(protocols=protocol_set(TCP), ports=Ports(numbers=((0, 80),))),)),
        allowing(traffic=(Traffic(protocols=protocol_set(TCP), ports=Ports()),)),
        allowing(traffic=(Traffic(family=4),)),
        allowing(layer7=Layer7(http=(HttpMatch(),))),
        allowing(conditions=(Condition(feature="tls", text="x"),)),
        allowing(subject=Endpoints(selector=has(APP))),
    ],
)
def test_what_the_api_cannot_say_is_not_written(change: Callable[[Policy], Policy]) -> None:
    """Anything outside of the legal form is a bug of the caller, never a document that says something else."""
    with pytest.raises(InternalError):
        kubernetes.emit_policy(change(network_policy("{}")))


# -- ClusterNetworkPolicy ---------------------------------------------------------------------------------------------


def test_an_idiomatic_cluster_policy_is_written_as_it_was() -> None:
    """Names, namespaces and pods peers, networks, nodes, domain names, numbers and ranges."""
    document = {
        "apiVersion": "policy.networking.k8s.io/v1alpha2",
        "kind": "ClusterNetworkPolicy",
        "metadata": {"name": "p"},
        "spec": {
            "tier": "Baseline",
            "priority": 10,
            "subject": {"namespaces": {"matchLabels": {"env": "prod"}}},
            "ingress": [
                {
                    "name": "allow-monitoring",
                    "action": "Accept",
                    "from": [
                        {"namespaces": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}},
                        {"pods": {"podSelector": {"matchLabels": {"app": "web"}}}},
                    ],
                    "protocols": [
                        {"tcp": {"destinationPort": {"number": 9090}}},
                        {"udp": {"destinationPort": {"range": {"start": 1, "end": 65535}}}},
                        {"destinationNamedPort": "http"},
                    ],
                },
                {"action": "Deny", "from": [{"namespaces": {}}]},
            ],
            "egress": [{"action": "Pass", "to": [{"networks": ["10.0.0.0/8", "::/0"]}]}],
        },
    }
    assert clusternetworkpolicy.emit_policy(reread(document)) == document


def test_experimental_peers_are_written() -> None:
    """Nodes by their labels; names that follow each other share an item."""
    egress = "[{action: Accept, to: [{nodes: {}}, {domainNames: ['*.a.b']}, {domainNames: [c.d]}]}]"
    policy = cluster_policy(f"{{tier: Admin, priority: 0, subject: {{namespaces: {{}}}}, egress: {egress}}}")
    (rule,) = clusternetworkpolicy.emit_policy(policy)["spec"]["egress"]
    assert rule["to"] == [{"nodes": {}}, {"domainNames": ["*.a.b", "c.d"]}]


def test_an_admin_network_policy_is_written_in_the_new_version() -> None:
    """v1alpha1 has no future; its meaning has."""
    data = {
        "apiVersion": "policy.networking.k8s.io/v1alpha1",
        "kind": "AdminNetworkPolicy",
        "metadata": {"name": "p"},
        "spec": {
            "priority": 3,
            "subject": {"namespaces": {}},
            "ingress": [
                {"action": "Allow", "from": [{"namespaces": {}}], "ports": [{"portRange": {"start": 8, "end": 8}}]}
            ],
        },
    }
    spec = clusternetworkpolicy.emit_policy(reread(data))["spec"]
    protocols = [{"tcp": {"destinationPort": {"number": 8}}}]
    rule = {"action": "Accept", "from": [{"namespaces": {}}], "protocols": protocols}
    assert spec == {"tier": "Admin", "priority": 3, "subject": {"namespaces": {}}, "ingress": [rule]}


def test_long_lists_of_networks_are_split_over_peers() -> None:
    """A peer holds 25 networks, a rule 25 peers."""
    policy = cluster_policy("{tier: Admin, priority: 0, subject: {namespaces: {}}}")
    blocks = tuple(f"10.{index}.0.0/16" for index in range(60))
    egress = (Rule(action=Action.DENY, peers=(Network(cidrs=blocks),)),)
    document = clusternetworkpolicy.emit_policy(replace(policy, egress=egress, directions=BOTH))
    assert [len(peer["networks"]) for peer in document["spec"]["egress"][0]["to"]] == [25, 25, 10]


def with_rules(direction: Direction, *rules: Rule) -> Callable[[Policy], Policy]:
    """A policy with some rules of one direction."""
    changes: dict[str, Any] = {"directions": BOTH, direction.value: rules}
    return lambda policy: replace(policy, **changes)


def denying(direction: Direction, *peers: Peer, traffic: tuple[Traffic, ...] = (ANY_TRAFFIC,)) -> Any:
    """A policy with one deny rule."""
    return with_rules(direction, Rule(action=Action.DENY, peers=peers, traffic=traffic))


@pytest.mark.parametrize(
    "change",
    [
        lambda policy: replace(policy, order=None),
        lambda policy: replace(policy, order=1.5),
        lambda policy: replace(policy, order=1001),
        lambda policy: replace(policy, tier="default"),
        lambda policy: replace(policy, isolates=frozenset({Direction.INGRESS})),
        denying(Direction.INGRESS, ANYONE),
        denying(Direction.INGRESS, everywhere()),
        denying(Direction.INGRESS, Endpoints(kinds=NODES)),
        denying(Direction.EGRESS, Network(cidrs=("10.0.0.0/8",), excepts=("10.1.0.0/16",))),
        denying(Direction.EGRESS, Domain(pattern="a*.b")),
        denying(Direction.EGRESS, Domain(pattern="*.a.b")),
        denying(Direction.EGRESS, everywhere(), traffic=(Traffic(ports=Ports(names=("http",))),)),
        denying(
            Direction.INGRESS,
            Endpoints(),
            traffic=(Traffic(protocols=protocol_set(TCP), ports=Ports(names=("http",))),),
        ),
        with_rules(Direction.INGRESS, *(Rule(action=Action.DENY, peers=(Endpoints(),)) for _ in range(26))),
        denying(Direction.INGRESS, *(Endpoints(selector=one_of(APP, str(index))) for index in range(26))),
    ],
)
def test_what_a_cluster_policy_cannot_say_is_not_written(change: Callable[[Policy], Policy]) -> None:
    """Everyone, addresses on ingress, holes, wildcards within names, lists that are too long."""
    with pytest.raises(InternalError):
        clusternetworkpolicy.emit_policy(
            change(cluster_policy("{tier: Admin, priority: 0, subject: {namespaces: {}}}"))
        )


# -- laws -------------------------------------------------------------------------------------------------------------

_VALUES = st.sampled_from(["a", "b", "c", ""])


def _equal(label: Label) -> st.SearchStrategy[Requirement]:
    return _VALUES.map(lambda value: one_of(label, value))


def _other(label: Label) -> st.SearchStrategy[Requirement]:
    several = st.lists(_VALUES, min_size=2, max_size=3, unique=True)
    return st.one_of(
        several.map(lambda values: one_of(label, *values)),
        several.map(lambda values: none_of(label, *values)),
        st.just(has(label)),
        st.just(lacks(label)),
    )


def requirements(scope: Scope) -> st.SearchStrategy[tuple[Requirement, ...]]:
    """Single values of different keys first, then anything."""
    labels = [Label(scope, key) for key in ("k", "example.com/l")]
    return st.tuples(
        st.lists(st.sampled_from(labels).flatmap(_equal), max_size=2, unique_by=lambda term: term.label),
        st.lists(st.sampled_from(labels).flatmap(_other), max_size=2),
    ).map(lambda parts: (*parts[0], *parts[1]))


def pods(*, own: bool) -> st.SearchStrategy[Endpoints]:
    """Pods of the policy's namespace, or by labels of namespaces and pods."""
    if own:
        return requirements(Scope.POD).map(lambda terms: Endpoints(selector=conjunction(PROD, *terms)))
    both = st.tuples(requirements(Scope.NAMESPACE), requirements(Scope.POD))
    return both.map(lambda parts: Endpoints(selector=conjunction(*parts[0], *parts[1])))


ADDRESSES = st.sampled_from(
    [
        Network(cidrs=("10.0.0.0/8",), excepts=("10.1.0.0/16", "10.2.0.0/24"), reach=None),
        Network(cidrs=("0.0.0.0/0",), reach=None),
        Network(cidrs=("2001:db8::/32",), excepts=("2001:db8:1::/48",), reach=None),
    ]
)
PORTS = st.one_of(
    st.just(Traffic().ports),
    st.tuples(st.integers(1, 65535), st.integers(1, 65535)).map(lambda ends: Ports(numbers=((min(ends), max(ends)),))),
    st.sampled_from(["http", "dns-tcp"]).map(lambda name: Ports(names=(name,))),
)
TRAFFIC = st.tuples(st.sampled_from([TCP, UDP, SCTP]), PORTS).map(
    lambda parts: Traffic(protocols=protocol_set(parts[0]), ports=parts[1])
)
RULES = st.builds(
    Rule,
    action=st.just(Action.ALLOW),
    peers=st.one_of(
        st.just((ANYONE,)),
        st.lists(st.one_of(pods(own=True), pods(own=False), ADDRESSES), min_size=1, max_size=3).map(tuple),
    ),
    traffic=st.one_of(st.just((ANY_TRAFFIC,)), st.lists(TRAFFIC, min_size=1, max_size=3).map(tuple)),
)


@given(subject=pods(own=True), ingress=st.lists(RULES, max_size=3), egress=st.lists(RULES, max_size=3))
def test_a_network_policy_reads_back_as_it_was_written(
    subject: Endpoints, ingress: list[Rule], egress: list[Rule]
) -> None:
    """parse(emit(p)) is p, for every policy of the legal form."""
    policy = replace(
        network_policy("{policyTypes: [Ingress, Egress]}"),
        subject=(subject,),
        ingress=tuple(ingress),
        egress=tuple(egress),
    )
    assert reread(kubernetes.emit_policy(policy)) == policy


CLUSTER_TRAFFIC = st.one_of(
    st.tuples(st.sampled_from([TCP, UDP, SCTP]), st.integers(1, 65535), st.integers(1, 65535)).map(
        lambda parts: Traffic(
            protocols=protocol_set(parts[0]),
            ports=Ports(numbers=((min(parts[1:]), max(parts[1:])),)),
        )
    ),
    st.just(Traffic(ports=Ports(names=("http",)))),
)
CLUSTER_RULES = st.builds(
    Rule,
    action=st.sampled_from([Action.ALLOW, Action.DENY, Action.PASS]),
    peers=st.lists(pods(own=False), min_size=1, max_size=3).map(tuple),
    traffic=st.one_of(st.just((ANY_TRAFFIC,)), st.lists(CLUSTER_TRAFFIC, min_size=1, max_size=3).map(tuple)),
    name=st.sampled_from([None, "first"]),
)


@given(subject=pods(own=False), ingress=st.lists(CLUSTER_RULES, max_size=3), priority=st.integers(0, 1000))
def test_a_cluster_policy_reads_back_as_it_was_written(subject: Endpoints, ingress: list[Rule], priority: int) -> None:
    """parse(emit(p)) is p, for every policy of the legal form."""
    policy = replace(
        cluster_policy("{tier: Admin, priority: 0, subject: {namespaces: {}}}"),
        subject=(subject,),
        ingress=tuple(ingress),
        directions=frozenset({Direction.INGRESS}) if ingress else frozenset(),
        order=float(priority),
    )
    assert reread(clusternetworkpolicy.emit_policy(policy)) == policy


@needs_shared
def test_real_policies_read_back_as_they_were_written() -> None:
    """Whatever real policies say, the canonical document says the same."""
    parsed = parse_all(list(load_paths([str(SHARED / "corpus")]).documents))
    emitters = {"kubernetes": kubernetes.emit_policy, "clusternetworkpolicy": clusternetworkpolicy.emit_policy}
    for name, emit in emitters.items():
        # Rules of directions that are not enforced are never written (kubernetes.md C.3).
        policies = [
            replace(policy, kind="NetworkPolicy" if name == "kubernetes" else "ClusterNetworkPolicy")
            for policy in parsed[name].policies
            if all(policy.rules(direction) == () for direction in Direction if direction not in policy.directions)
        ]
        documents = [Document(data=emit(policy)) for policy in policies]
        assert parse_all(documents)[name].policies == tuple(policies)
        assert len(policies) > 50
