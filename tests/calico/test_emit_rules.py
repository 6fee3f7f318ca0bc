"""Rules of documents: peers, network sets, packets and limits (calico.md 2.5, 4, 11)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.calico.writing import (
    APP,
    ECHO,
    ENV,
    IN_SHOP,
    PARTNER,
    ROLE,
    TEAM,
    accepted,
    allow,
    but,
    cluster_wide,
    icmp,
    namespaced,
    packets,
    pods,
    rules_of,
    source,
    tcp,
)
from translator.dialects.calico.emit import emit_group, emit_policy
from translator.errors import InternalError
from translator.ir.labels import (
    NAMESPACE_NAME,
    NOTHING,
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
from translator.ir.peers import (
    ANYONE,
    AllOf,
    Endpoints,
    GroupReference,
    Network,
    NoneOf,
    Service,
)
from translator.ir.policy import (
    AddressGroup,
    Direction,
)
from translator.ir.traffic import (
    ANY_TRAFFIC,
    ICMP,
    ICMPV6,
    SCTP,
    TCP,
    UDP,
    UDPLITE,
    IcmpMatch,
    Ports,
    Traffic,
    protocol_set,
)

# -- peers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ((IN_SHOP,), {"selector": "all()"}),
        ((IN_SHOP, one_of(APP, "a")), {"selector": "app == 'a'"}),
        ((), {"namespaceSelector": "all()"}),
        ((one_of(APP, "a"),), {"namespaceSelector": "all()", "selector": "app == 'a'"}),
        ((one_of(NAMESPACE_NAME, "x"),), {"namespaceSelector": "projectcalico.org/name == 'x'"}),
        ((lacks(ENV),), {"namespaceSelector": "has(projectcalico.org/name) && !has(env)"}),
        ((IN_SHOP, one_of(SERVICE_ACCOUNT_NAME, "bot")), {"serviceAccounts": {"names": ["bot"]}}),
        (
            (one_of(SERVICE_ACCOUNT_NAME, "bot"), one_of(TEAM, "red")),
            {"namespaceSelector": "all()", "serviceAccounts": {"names": ["bot"], "selector": "team == 'red'"}},
        ),
        ((IN_SHOP, negation(one_of(APP, "a"))), {"selector": "app != 'a'"}),
        (
            (IN_SHOP, Requirement(APP, Operator.NOT_STARTS_WITH, ("a",))),
            {"selector": "!(app starts with 'a')"},
        ),
    ],
)
def test_pods_as_peers_in_a_namespace(terms: tuple[Selector, ...], expected: dict[str, Any]) -> None:
    """No namespaceSelector is the own namespace."""
    assert source(pods(*terms)) == [expected]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ((one_of(APP, "a"),), {"namespaceSelector": "all()", "selector": "app == 'a'"}),
        ((one_of(ENV, "x"), has(APP)), {"namespaceSelector": "env == 'x'", "selector": "has(app)"}),
        ((one_of(SERVICE_ACCOUNT_NAME, "bot"),), {"serviceAccounts": {"names": ["bot"]}}),
        (
            (none_of(TEAM, "red"),),
            {"namespaceSelector": "all()", "serviceAccounts": {"selector": "team != 'red'"}},
        ),
    ],
)
def test_pods_as_peers_cluster_wide(terms: tuple[Selector, ...], expected: dict[str, Any]) -> None:
    """In a cluster-wide policy a selector alone also matches host endpoints and network sets."""
    assert source(pods(*terms), policy=cluster_wide()) == [expected]


def test_disjunction_over_several_fields_becomes_rules() -> None:
    """No field sees labels of pods and of namespaces, so the alternatives part."""
    peer = pods(has(ROLE), disjunction(one_of(APP, "a"), one_of(ENV, "b")))
    assert source(peer) == [
        {"namespaceSelector": "all()", "selector": "has(role) && app == 'a'"},
        {"namespaceSelector": "env == 'b'", "selector": "has(role)"},
    ]


def test_peers_that_differ_in_one_list_are_one() -> None:
    """Two namespaces with the same demand are one namespaceSelector."""
    some = [pods(one_of(NAMESPACE_NAME, name), one_of(APP, "a")) for name in ("x", "y")]
    assert source(*some) == [{"namespaceSelector": "projectcalico.org/name in {'x', 'y'}", "selector": "app == 'a'"}]


def test_impossible_service_account_names_are_left_out() -> None:
    """A name that no service account can have would break out of its quotes; nobody has it."""
    assert source(pods(IN_SHOP, one_of(SERVICE_ACCOUNT_NAME, "bot", "x', 'default"))) == [
        {"serviceAccounts": {"names": ["bot"]}}
    ]
    assert source(pods(IN_SHOP, one_of(SERVICE_ACCOUNT_NAME, "x', 'default"))) == []


def test_values_with_quotes() -> None:
    """A value with a single quote stands in double ones."""
    assert source(pods(IN_SHOP, one_of(APP, "it's"))) == [{"selector": 'app == "it\'s"'}]


def test_ranges_of_one_family_share_a_rule() -> None:
    """Ranges are masked, each once, one family per rule; excepts stay where they take nothing from others."""
    assert source(Network(cidrs=("10.1.2.3/8", "2001:db8::/32")), Network(cidrs=("192.0.2.0/24", "10.0.0.0/8"))) == [
        {"nets": ["10.0.0.0/8", "192.0.2.0/24"]},
        {"nets": ["2001:db8::/32"]},
    ]
    assert source(
        Network(cidrs=("10.0.0.0/8",), excepts=("10.1.0.0/16",)),
        Network(cidrs=("192.0.2.0/24",)),
        Network(cidrs=("10.1.2.0/24",)),
    ) == [
        {"nets": ["10.0.0.0/8", "192.0.2.0/24"], "notNets": ["10.1.0.0/16"]},
        {"nets": ["10.1.2.0/24"]},
    ]


def test_range_without_a_whole_family_is_nobody_there() -> None:
    """A notNets of a whole family is refused; nothing is left of the range there."""
    assert source(Network(cidrs=("10.0.0.0/8", "2001:db8::/32"), excepts=("0.0.0.0/0",))) == [
        {"nets": ["2001:db8::/32"]}
    ]


def test_everything_but_a_range() -> None:
    """A notNets never matches the other family, so this has a rule of its own."""
    assert rules_of(namespaced(allow(NoneOf((Network(cidrs=("10.0.0.0/8",)),))))) == [
        {"action": "Allow", "source": {"notNets": ["10.0.0.0/8"]}},
        {"action": "Allow", "ipVersion": 6},
    ]


def test_address_and_labels_at_once() -> None:
    """An address that must be of some pods and in some range."""
    assert source(AllOf((Network(cidrs=("10.0.0.0/8",)), pods(IN_SHOP, has(APP))))) == [
        {"selector": "has(app)", "nets": ["10.0.0.0/8"]}
    ]
    assert source(AllOf((pods(IN_SHOP, has(APP)), NoneOf((pods(one_of(APP, "a")),))))) == [
        {"selector": "has(app) && app != 'a'"}
    ]


def test_everybody_but_some_pods() -> None:
    """Only a cluster-wide policy can exclude pods and still mean addresses that nobody knows."""
    peer = NoneOf((pods(one_of(APP, "a")),))
    assert source(peer, policy=cluster_wide()) == [
        {"notSelector": "projectcalico.org/orchestrator == 'k8s' && app == 'a'"}
    ]
    with pytest.raises(InternalError, match="notSelector"):
        emit_policy(namespaced(allow(peer)))


def test_services() -> None:
    """A Service by namespace and name, with its ports on egress, without them on ingress."""
    dns = Service(namespace="kube-system", name="dns", with_ports=True)
    expected = {"services": {"name": "dns", "namespace": "kube-system"}}
    assert rules_of(namespaced(allow(dns), direction=Direction.EGRESS)) == [
        {"action": "Allow", "destination": expected}
    ]
    assert source(replace(dns, with_ports=False)) == [expected]


def test_own_side_of_a_rule() -> None:
    """A filter on the policy's subjects is the other side of the rule."""
    rule = allow(ANYONE, traffic=(tcp(80),), subject=pods(IN_SHOP, one_of(APP, "a")))
    expected = {"selector": "app == 'a'", "ports": [80]}
    assert rules_of(namespaced(rule)) == [{"action": "Allow", "protocol": "TCP", "destination": expected}]
    assert rules_of(namespaced(rule, direction=Direction.EGRESS)) == [
        {"action": "Allow", "protocol": "TCP", "source": {"selector": "app == 'a'"}, "destination": {"ports": [80]}}
    ]


def test_nobody_is_no_rule() -> None:
    """An empty union of peers or of traffic matches nothing."""
    assert rules_of(namespaced(allow(), allow(ANYONE, traffic=()), allow(Endpoints(selector=NOTHING)))) == []


def test_families_that_never_meet_are_no_rule() -> None:
    """A range of one family and packets of the other match nothing."""
    rule = allow(Network(cidrs=("10.0.0.0/8", "2001:db8::/32")), traffic=(Traffic(family=6),))
    assert rules_of(namespaced(rule)) == [{"action": "Allow", "source": {"nets": ["2001:db8::/32"]}}]


# -- network sets ----------------------------------------------------------------------------------------------------


PARTNERS = AddressGroup(
    name="partners",
    cidrs=("203.0.113.0/24", "203.0.113.0/24"),
    labels=(("partner", "yes"),),
    kind="GlobalNetworkSet",
    dialect="calico",
)
OWN = replace(PARTNERS, name="own", namespace="shop", kind="NetworkSet")


def by_label(*names: str, selector: Selector | None) -> Network:
    """The addresses of some sets, as a rule refers to them."""
    return Network(cidrs=("203.0.113.0/24",), group=GroupReference(names=names, selector=selector))


def test_sets_as_documents() -> None:
    """A set of a namespace and one of the cluster; sets of other dialects get the label that rules name them by."""
    assert accepted(emit_group(PARTNERS)) == {
        "apiVersion": "projectcalico.org/v3",
        "kind": "GlobalNetworkSet",
        "metadata": {"name": "partners", "labels": {"partner": "yes"}},
        "spec": {"nets": ["203.0.113.0/24"]},
    }
    assert accepted(emit_group(OWN))["metadata"] == {"name": "own", "namespace": "shop", "labels": {"partner": "yes"}}
    assert emit_group(replace(PARTNERS, dialect="cilium"))["metadata"]["labels"] == {
        "partner": "yes",
        "projectcalico.org/name": "partners",
    }


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (
            by_label("partners", selector=one_of(PARTNER, "yes")),
            {"namespaceSelector": "global()", "selector": "partner == 'yes'"},
        ),
        (
            by_label("partners", selector=None),
            {"namespaceSelector": "global()", "selector": "projectcalico.org/name == 'partners'"},
        ),
        (
            by_label("shop/own", selector=conjunction(IN_SHOP, one_of(PARTNER, "yes"))),
            {"selector": "partner == 'yes' && !has(projectcalico.org/orchestrator)"},
        ),
        (
            by_label("ops/own", selector=one_of(PARTNER, "yes")),
            {
                "namespaceSelector": "all()",
                "selector": "partner == 'yes' && !has(projectcalico.org/orchestrator)",
            },
        ),
        (by_label("partners", selector=lacks(PARTNER)), {"nets": ["203.0.113.0/24"]}),
        (by_label("partners", selector=NOTHING), {"nets": ["203.0.113.0/24"]}),
    ],
)
def test_sets_as_peers(network: Network, expected: dict[str, Any]) -> None:
    """Sets by their labels, without pods that carry the same; by address where labels would reach more."""
    assert source(network) == [expected]


def test_pods_and_sets_of_the_same_labels_share_a_rule() -> None:
    """A selector matches both, so it needs no guard where both are meant."""
    selector = conjunction(IN_SHOP, one_of(Label(Scope.GROUP, "app"), "a"))
    assert source(pods(IN_SHOP, one_of(APP, "a")), by_label("shop/own", selector=selector)) == [
        {"selector": "app == 'a'"}
    ]


def test_pods_alone_are_guarded_from_sets_of_the_same_labels() -> None:
    """A set of the target cluster with the labels that pods are asked for is kept out; others need no guard."""
    some = replace(OWN, labels=(("app", "a"),))
    assert source(pods(IN_SHOP, one_of(APP, "a")), groups=(some,)) == [
        {"selector": "app == 'a' && projectcalico.org/orchestrator == 'k8s'"}
    ]
    assert source(pods(IN_SHOP), groups=(some,)) == [{"selector": "projectcalico.org/orchestrator == 'k8s'"}]
    assert source(pods(IN_SHOP, one_of(APP, "b")), groups=(some,)) == [{"selector": "app == 'b'"}]
    assert source(pods(IN_SHOP, one_of(APP, "a")), groups=(PARTNERS,)) == [{"selector": "app == 'a'"}]


# -- traffic ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traffic", "expected"),
    [
        (ANY_TRAFFIC, [{}]),
        (Traffic(protocols=protocol_set(TCP, UDP)), [{"protocol": "TCP"}, {"protocol": "UDP"}]),
        (Traffic(protocols=protocol_set(47)), [{"protocol": 47}]),
        (Traffic(protocols=protocol_set(UDPLITE)), [{"protocol": 136}]),
        (Traffic(protocols=but(TCP)), [{"notProtocol": "TCP"}]),
        (Traffic(family=6), [{"ipVersion": 6}]),
        (Traffic(protocols=protocol_set(TCP), family=4), [{"ipVersion": 4, "protocol": "TCP"}]),
        (tcp(80, 443), [{"protocol": "TCP", "destination": {"ports": [80, 443]}}]),
        (
            Traffic(protocols=protocol_set(SCTP), ports=Ports(numbers=((1, 9),), names=("http",))),
            [{"protocol": "SCTP", "destination": {"ports": ["1:9", "http"]}}],
        ),
        (Traffic(ports=Ports(names=("http",))), [{"destination": {"ports": ["http"]}}]),
        (
            Traffic(protocols=protocol_set(UDP), not_ports=Ports(numbers=((53, 53),))),
            [{"protocol": "UDP", "destination": {"notPorts": [53]}}],
        ),
        (
            Traffic(protocols=protocol_set(TCP), ports=Ports(numbers=((0, 21), (23, 65535)))),
            [{"protocol": "TCP", "destination": {"notPorts": [22]}}],
        ),
        (
            Traffic(protocols=protocol_set(TCP), source_ports=Ports(numbers=((1024, 65535),))),
            [{"protocol": "TCP", "source": {"ports": ["1024:65535"]}}],
        ),
        (Traffic(protocols=protocol_set(TCP), ports=Ports()), []),
        (Traffic(protocols=protocol_set(TCP, ICMP), ports=Ports(numbers=((1, 1),))), "TCP 1"),
        (icmp(), [{"protocol": "ICMP"}]),
        (Traffic(protocols=protocol_set(ICMP)), [{"protocol": 1}]),
        (Traffic(protocols=protocol_set(ICMPV6), family=6), [{"ipVersion": 6, "protocol": 58}]),
        (icmp(icmp=ECHO), [{"protocol": "ICMP", "icmp": {"type": 8}}]),
        (
            icmp(icmp=IcmpMatch(types=((3, 4),), codes=((1, 1),))),
            [
                {"protocol": "ICMP", "icmp": {"type": 3, "code": 1}},
                {"protocol": "ICMP", "icmp": {"type": 4, "code": 1}},
            ],
        ),
        (icmp(icmp=IcmpMatch()), [{"protocol": "ICMP"}]),
        (
            Traffic(icmp=ECHO),
            [
                {"protocol": "ICMP", "icmp": {"type": 8}},
                {"ipVersion": 6, "protocol": 58, "icmp": {"type": 8}},
            ],
        ),
        (icmp(not_icmp=ECHO), [{"protocol": "ICMP", "notICMP": {"type": 8}}]),
        (
            icmp(icmp=IcmpMatch(types=((0, 7), (9, 255)))),
            [{"protocol": "ICMP", "notICMP": {"type": 8}}],
        ),
        (Traffic(protocols=protocol_set(UDP), not_icmp=ECHO), [{"protocol": "UDP"}]),
    ],
)
def test_packets(traffic: Traffic, expected: list[dict[str, Any]] | str) -> None:
    """One protocol per rule, by the names that every data plane knows; ports only where there are any."""
    if expected == "TCP 1":
        expected = [{"protocol": "TCP", "destination": {"ports": [1]}}]
    assert packets(traffic) == expected


def test_named_ports_before_3_32_have_a_protocol() -> None:
    """A name is one of TCP, UDP or SCTP; older versions want to be told."""
    found = packets(Traffic(ports=Ports(names=("http",))), version="3.31")
    assert found == [{"protocol": name, "destination": {"ports": ["http"]}} for name in ("TCP", "UDP", "SCTP")]


def test_names_of_protocols_stay_where_data_planes_tell() -> None:
    """The source's spelling is kept where eBPF reads it differently, so that the policy stays what it is."""
    traffic = Traffic(protocols=protocol_set(ICMPV6), family=6, notation=("protocol ICMPv6",))
    assert packets(traffic) == [{"protocol": "ICMPv6"}]
