"""Documents of legal policies: exemplars, metadata, subjects and refusals (calico.md 1.2, 11)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.calico.writing import (
    APP,
    ENV,
    GET,
    HOSTS,
    IN_SHOP,
    ROLE,
    TEAM,
    TRACK,
    accepted,
    allow,
    but,
    cluster_wide,
    http,
    icmp,
    namespaced,
    pods,
    read_documents,
    rules_of,
    subject,
    tcp,
)
from tests.vectors import SHARED, needs_shared
from translator.dialects.calico.emit import emit_policy, emit_tier
from translator.dialects.calico.selector import Comparison, Conjunction, Disjunction, Negation, Node, parse
from translator.dialects.calico.selector_tokens import Comparator
from translator.documents.loading import load_text
from translator.errors import InternalError
from translator.ir.labels import (
    EVERYTHING,
    NAMESPACE_NAME,
    NOTHING,
    SERVICE_ACCOUNT_NAME,
    Label,
    Scope,
    Selector,
    disjunction,
    has,
    lacks,
    none_of,
    one_of,
)
from translator.ir.layer7 import Condition, DnsMatch, HeaderMatch, Layer7, Pattern, Syntax
from translator.ir.peers import (
    ANYONE,
    PODS,
    AllOf,
    Domain,
    Endpoints,
    Kind,
    Network,
    NoneOf,
    Service,
)
from translator.ir.policy import (
    BOTH,
    Action,
    Direction,
    End,
    Evaluation,
    Hook,
    Policy,
    Rule,
    Tier,
)
from translator.ir.traffic import ICMP, TCP, UDP, UDPLITE, IcmpMatch, Ports, Traffic, protocol_set

# -- exemplars -------------------------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    """A document with every selector as a tree: a list of one value is the comparison with that value."""
    match value:
        case dict():
            return {
                key: _node(parse(each)) if key.lower().endswith("selector") else _plain(each)
                for key, each in value.items()
            }
        case list():
            return [_plain(each) for each in value]
        case _:
            return value


def _node(node: Node) -> Node:
    match node:
        case Comparison(label, Comparator.NOT_IN, (value,)):
            return Comparison(label, Comparator.NOT_EQUAL, (value,))
        case Conjunction(terms):
            return Conjunction(tuple(_node(term) for term in terms))
        case Disjunction(terms):
            return Disjunction(tuple(_node(term) for term in terms))
        case Negation(term):
            return Negation(_node(term))
        case _:
            return node


def _exemplar(name: str) -> list[Any]:
    text = (SHARED / "exemplars" / name / "calico.yaml").read_text(encoding="utf-8")
    return [_plain(document.data) for document in load_text(text).documents]


@needs_shared
def test_peers_of_other_namespaces() -> None:
    """A namespace by name, and a negative namespace selector with the guard that keeps sets and hosts out."""
    ports = Traffic(protocols=protocol_set(TCP), ports=Ports(numbers=((9090, 9090), (9100, 9110))))
    monitoring = pods(one_of(NAMESPACE_NAME, "monitoring"), one_of(APP, "prometheus", "grafana"))
    policy = namespaced(allow(monitoring, pods(none_of(ENV, "dev")), traffic=(ports,)))
    assert _exemplar("namespaced-peer-of-other-namespace") == [_plain(emit_policy(replace(policy, name="scrape")))]


@needs_shared
def test_deny_before_allow() -> None:
    """Rules keep their order; a peer of the own namespace needs its own labels only."""
    queue = one_of(APP, "queue")
    policy = namespaced(
        Rule(action=Action.DENY, peers=(pods(IN_SHOP, queue, one_of(TRACK, "canary")),)),
        allow(pods(IN_SHOP, queue), traffic=(tcp(5672),)),
        subject=pods(IN_SHOP, one_of(APP, "worker")),
        direction=Direction.EGRESS,
    )
    assert _exemplar("cilium-deny-into-order") == [_plain(emit_policy(replace(policy, name="worker")))]


@needs_shared
def test_allow_all() -> None:
    """Anyone and any traffic are no fields at all."""
    policy = namespaced(allow(ANYONE), subject=pods(IN_SHOP, one_of(APP, "web")))
    assert _exemplar("kubernetes-allow-all-ingress") == [_plain(emit_policy(replace(policy, name="open")))]


@needs_shared
def test_admin_tier() -> None:
    """A tier whose end passes, and a cluster-wide policy on namespaces in it."""
    tier = Tier(name="admin", order=900.0, evaluation=Evaluation.FIRST_MATCH, end=End.PASS)
    policy = cluster_wide(
        allow(pods(one_of(NAMESPACE_NAME, "monitoring")), traffic=(tcp(9090),)),
        Rule(action=Action.DENY, peers=(pods(one_of(ENV, "dev")),)),
        subject=(pods(has(NAMESPACE_NAME), one_of(ENV, "prod")),),
        tier="admin",
    )
    documents = [emit_tier(tier), emit_policy(replace(policy, name="monitoring-first"))]
    assert _exemplar("admin-tier") == [_plain(document) for document in documents]


# -- the document ----------------------------------------------------------------------------------------------------


def test_fields_stand_in_the_order_people_write() -> None:
    """Tier, order and types are always written; metadata keeps labels and annotations but Calico's own label."""
    policy = cluster_wide(
        allow(ANYONE),
        subject=(pods(one_of(APP, "web"), one_of(ENV, "prod"), one_of(TEAM, "red")),),
        directions=BOTH,
        isolates=BOTH,
        labels=(("projectcalico.org/tier", "default"), ("owner", "shop")),
        annotations=(("note", "x"),),
    )
    document = accepted(emit_policy(policy))
    assert list(document) == ["apiVersion", "kind", "metadata", "spec"]
    assert document["metadata"] == {"name": "p", "labels": {"owner": "shop"}, "annotations": {"note": "x"}}
    assert list(document["spec"]) == [
        "tier",
        "order",
        "selector",
        "namespaceSelector",
        "serviceAccountSelector",
        "types",
        "ingress",
    ]
    assert document["spec"]["types"] == ["Ingress", "Egress"]


def test_policy_without_order_has_none() -> None:
    """No order is last, and stays unwritten; whole numbers are written as such."""
    assert "order" not in emit_policy(replace(namespaced(), order=None))["spec"]
    assert repr(emit_policy(replace(namespaced(), order=10.0))["spec"]["order"]) == "10"
    assert emit_policy(replace(namespaced(), order=10.5))["spec"]["order"] == 10.5


def test_inert_rules_are_not_written() -> None:
    """Rules of a direction that the policy does not govern have no effect."""
    policy = replace(namespaced(), egress=(allow(ANYONE),))
    assert emit_policy(policy)["spec"] == {"tier": "default", "order": 1000, "types": ["Ingress"]}


def test_hooks_of_hosts_and_hints_are_kept() -> None:
    """Lists for host endpoints, and performance hints, which only Calico has."""
    policy = cluster_wide(
        subject=(Endpoints(kinds=HOSTS),),
        hook=Hook.PRE_DNAT,
        isolates=frozenset(),
        extras=(Condition(feature="performance-hint", text="AssumeNeededOnEveryNode"),),
    )
    spec = accepted(emit_policy(policy))["spec"]
    assert (spec["preDNAT"], spec["applyOnForward"], spec["performanceHints"]) == (
        True,
        True,
        ["AssumeNeededOnEveryNode"],
    )


@pytest.mark.parametrize(("action", "fields"), [("Set", {"order", "types"}), ("Delete", set())])
def test_staged_policies_stay_staged(action: str, fields: set[str]) -> None:
    """A staged policy is never written as an enforced one; a staged removal says nothing but its name."""
    policy = replace(namespaced(), staged=True, extras=(Condition(feature="staged-action", text=action),))
    document = accepted(emit_policy(policy))
    assert document["kind"] == "StagedNetworkPolicy"
    assert set(document["spec"]) == {"tier", "stagedAction", *fields}


def test_names_before_3_32_carry_their_tier() -> None:
    """Up to v3.31 a policy of another tier than default must be called after it."""
    policy = cluster_wide(tier="admin")
    assert emit_policy(policy)["metadata"]["name"] == "p"
    assert emit_policy(policy, version="3.31")["metadata"]["name"] == "admin.p"
    assert emit_policy(replace(policy, name="admin.p"), version="3.30")["metadata"]["name"] == "admin.p"
    assert "tier" not in emit_policy(cluster_wide(), version="3.28")["spec"]


def test_rules_share_no_lists() -> None:
    """A dumper writes anchors for objects that stand in a document twice."""
    traffic = (tcp(80), Traffic(protocols=protocol_set(ICMP), family=4, icmp=IcmpMatch(types=((8, 8),))))
    found = rules_of(namespaced(allow(pods(one_of(ENV, "a")), pods(one_of(APP, "b")), traffic=traffic)))
    lists = [rule["destination"]["ports"] for rule in found if "destination" in rule]
    lists += [rule["icmp"] for rule in found if "icmp" in rule]
    assert len({id(each) for each in lists}) == len(lists) == 4


def test_annotations_of_rules_are_kept() -> None:
    """Rules may carry comments."""
    rule = allow(ANYONE, annotations=(("ticket", "NET-12"),))
    assert rules_of(namespaced(rule)) == [{"action": "Allow", "metadata": {"annotations": {"ticket": "NET-12"}}}]


# -- subjects --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ((), {}),
        ((one_of(APP, "a"),), {"selector": "app == 'a'"}),
        ((one_of(SERVICE_ACCOUNT_NAME, "bot"),), {"selector": "projectcalico.org/serviceaccount == 'bot'"}),
        ((has(APP), one_of(TEAM, "red")), {"selector": "has(app)", "serviceAccountSelector": "team == 'red'"}),
        ((one_of(ENV, "prod"),), {"selector": "pcns.env == 'prod'"}),
        (
            (disjunction(one_of(APP, "a"), one_of(SERVICE_ACCOUNT_NAME, "bot")),),
            {"selector": "app == 'a' || projectcalico.org/serviceaccount == 'bot'"},
        ),
    ],
)
def test_subjects_of_a_namespace(terms: tuple[Selector, ...], expected: dict[str, str]) -> None:
    """The namespace goes without saying; what no other field says stands in the selector."""
    assert subject(pods(*terms, IN_SHOP), namespace="shop") == expected


def test_subjects_are_united() -> None:
    """What all members of a union demand stands once."""
    union = [pods(IN_SHOP, has(ROLE), one_of(APP, name)) for name in ("a", "b")]
    assert subject(*union, namespace="shop") == {"selector": "has(role) && app in {'a', 'b'}"}
    union = [pods(IN_SHOP, has(ROLE), term) for term in (one_of(APP, "a"), has(TRACK))]
    assert subject(*union, namespace="shop") == {"selector": "has(role) && (app == 'a' || has(track))"}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (EVERYTHING, {"namespaceSelector": "all()"}),
        (one_of(APP, "a"), {"selector": "app == 'a'", "namespaceSelector": "all()"}),
        (one_of(ENV, "prod"), {"namespaceSelector": "env == 'prod'"}),
        (none_of(ENV, "prod"), {"namespaceSelector": "has(projectcalico.org/name) && env != 'prod'"}),
        (one_of(NAMESPACE_NAME, "a", "b"), {"namespaceSelector": "projectcalico.org/name in {'a', 'b'}"}),
        (one_of(TEAM, "red"), {"serviceAccountSelector": "team == 'red'"}),
        (none_of(TEAM, "red"), {"namespaceSelector": "all()", "serviceAccountSelector": "team != 'red'"}),
        (
            disjunction(one_of(APP, "a"), one_of(NAMESPACE_NAME, "b")),
            {"selector": "app == 'a' || projectcalico.org/namespace == 'b'", "namespaceSelector": "all()"},
        ),
        (
            disjunction(one_of(ENV, "a"), lacks(ENV)),
            {"namespaceSelector": "has(projectcalico.org/name) && (env == 'a' || !has(env))"},
        ),
    ],
)
def test_cluster_wide_subjects_of_pods(selector: Selector, expected: dict[str, str]) -> None:
    """Host endpoints carry no labels of namespaces, so a selector that they could meet gets a guard."""
    assert subject(Endpoints(selector=selector)) == expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (EVERYTHING, {"selector": "all()"}),
        (one_of(APP, "a"), {"selector": "app == 'a'"}),
        (none_of(ENV, "prod"), {"namespaceSelector": "env != 'prod'"}),
    ],
)
def test_cluster_wide_subjects_with_hosts(selector: Selector, expected: dict[str, str]) -> None:
    """Without a guard the same selector governs host endpoints as well."""
    assert subject(Endpoints(selector=selector, kinds=PODS | HOSTS)) == expected
    assert subject(Endpoints(selector=selector), Endpoints(selector=selector, kinds=HOSTS)) == expected


def test_hosts_alone_and_hosts_apart() -> None:
    """Host endpoints are what is in no namespace."""
    web, node = one_of(APP, "web"), one_of(ROLE, "node")
    assert subject(Endpoints(selector=node, kinds=HOSTS)) == {
        "selector": "!has(projectcalico.org/namespace) && role == 'node'"
    }
    assert subject(Endpoints(selector=web), Endpoints(selector=node, kinds=HOSTS)) == {
        "selector": "(has(projectcalico.org/namespace) && app == 'web') || "
        "(!has(projectcalico.org/namespace) && role == 'node')"
    }


def test_policy_on_nobody() -> None:
    """A subject that is nobody is said as a list of no values."""
    nobody = {"selector": "projectcalico.org/namespace in {}"}
    assert subject(Endpoints(selector=NOTHING)) == nobody
    assert subject(namespace="shop") == nobody
    document = emit_policy(replace(cluster_wide(), subject=()))
    assert read_documents(document).policies[0].subject == ()


# -- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        allow(Domain(pattern="example.com")),
        allow(Endpoints(kinds=HOSTS)),
        allow(pods(one_of(Label(Scope.NODE, "zone"), "a"))),
        allow(pods(one_of(Label(Scope.POD, "projectcalico.org/namespace"), "a"))),
        allow(pods(one_of(APP, "'\""))),
        allow(Network(cidrs=("10.0.0.0/8",), reach=frozenset({Kind.OUTSIDE}))),
        allow(Network(cidrs=("10.0.0.0/8",), any_family=True)),
        allow(Network(cidrs=("nowhere",))),
        allow(Service(namespace="a", name="b", with_ports=True)),
        allow(Service(namespace=None, name="b")),
        allow(AllOf((Service(namespace="a", name="b"), Network(cidrs=("10.0.0.0/8",))))),
        allow(NoneOf((AllOf((ANYONE,)),))),
        allow(ANYONE, traffic=(Traffic(ports=Ports(numbers=((1, 1),))),)),
        allow(ANYONE, traffic=(Traffic(protocols=protocol_set(0)),)),
        allow(ANYONE, traffic=(Traffic(protocols=but(TCP, UDP)),)),
        allow(ANYONE, traffic=(Traffic(protocols=protocol_set(UDPLITE), ports=Ports(numbers=((1, 1),))),)),
        allow(ANYONE, traffic=(icmp(not_icmp=IcmpMatch(types=((1, 2),))),)),
        allow(ANYONE, traffic=(icmp(icmp=IcmpMatch(codes=((1, 2),))),)),
        allow(ANYONE, traffic=(Traffic(protocols=protocol_set(TCP), ports=Ports(spans=(("http", 90),))),)),
        allow(ANYONE, conditions=(Condition(feature="authentication", text="required"),)),
        allow(ANYONE, layer7=Layer7(dns=(DnsMatch(pattern="*"),))),
        allow(ANYONE, layer7=Layer7(http=())),
        allow(ANYONE, layer7=http(headers=(HeaderMatch(name="x"),))),
        allow(ANYONE, layer7=http(hosts=(Pattern(Syntax.EXACT, "a"),))),
        allow(ANYONE, layer7=http(methods=(Pattern(Syntax.REGEX, "GET|PUT"),))),
        allow(ANYONE, layer7=http(methods=(Pattern(Syntax.EXACT, "*"),))),
        allow(ANYONE, layer7=http(paths=(Pattern(Syntax.EXACT, "/a"),))),
        allow(ANYONE, layer7=http(paths=(Pattern(Syntax.CALICO_EXACT, "/a?b"),))),
        allow(ANYONE, layer7=http(methods=(GET,)), traffic=(Traffic(protocols=protocol_set(UDP)),)),
        Rule(action=Action.DENY, layer7=http(methods=(GET,))),
    ],
)
def test_what_calico_cannot_say_is_refused(rule: Rule) -> None:
    """A shape that legalization should have rewritten is our bug; nothing is written that means something else."""
    with pytest.raises(InternalError):
        emit_policy(namespaced(rule))


@pytest.mark.parametrize(
    "policy",
    [
        replace(namespaced(), subject=(pods(one_of(APP, "a")),)),
        replace(namespaced(), subject=(Endpoints(selector=IN_SHOP, kinds=HOSTS),)),
        replace(namespaced(), subject=(Network(cidrs=("10.0.0.0/8",)),)),
        replace(namespaced(), isolates=frozenset()),
        replace(namespaced(), hook=Hook.FORWARD),
        replace(namespaced(), name="a.b.c"),
        replace(namespaced(), ingress=(allow(ANYONE),) * 1025),
        cluster_wide(hook=Hook.PRE_DNAT, directions=BOTH, isolates=frozenset()),
        namespaced(allow(ANYONE, layer7=http(methods=(GET,))), direction=Direction.EGRESS),
    ],
)
def test_policies_that_calico_cannot_have_are_refused(policy: Policy) -> None:
    """The same for policies as a whole."""
    with pytest.raises(InternalError):
        emit_policy(policy)


def test_versions_that_lack_the_feature_are_refused() -> None:
    """Tiers came with v3.29, staged policies with v3.30."""
    with pytest.raises(InternalError, match="no tiers"):
        emit_policy(cluster_wide(tier="admin"), version="3.28")
    with pytest.raises(InternalError, match="staged"):
        emit_policy(replace(namespaced(), staged=True), version="3.29")
