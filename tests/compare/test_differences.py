"""What people are told about typical losses: the region, the witness, and whose policies it concerns."""

from __future__ import annotations

from dataclasses import replace

from tests.compare.sets import (
    ALLOW,
    DENY,
    PASS,
    calico,
    cilium,
    in_namespace,
    kubernetes,
    network,
    pod,
    pods,
    policy,
    rule,
    tcp,
    tier,
)
from translator.context import Context, ServiceBackend, ServiceInfo
from translator.ir.addresses import Address
from translator.ir.labels import NAMESPACE_NAME, Label, Scope, has, none_of, one_of
from translator.ir.layer7 import Condition, DnsMatch, HeaderMatch, HttpMatch, Layer7, Pattern, Syntax
from translator.ir.peers import PODS, Domain, Endpoints, Kind, Service, Unsupported
from translator.ir.policy import Direction, End, Engine, Evaluation, PolicySet
from translator.ir.traffic import ICMP, SCTP, TCP, UDP, Ports, Traffic, protocol_set
from translator.loss.effect import Effect
from translator.semantics.compare.comparison import compare
from translator.semantics.compare.describe import describe, describe_difference, describe_witness
from translator.semantics.compare.outcome import Comparison, Result
from translator.semantics.flow import Endpoint, Flow
from translator.semantics.verdict.core import Evaluator

OUTSIDE = frozenset({Kind.OUTSIDE})


def regions(found: Comparison) -> list[str]:
    """All differences as text."""
    return [describe_difference(difference) for difference in found.differences]


def witnesses(found: Comparison) -> list[str]:
    """All witnesses as text."""
    return [describe_witness(difference.witness) for difference in found.differences]


def get(path: str, syntax: Syntax = Syntax.REGEX) -> Layer7:
    """GET requests for a path."""
    return Layer7(http=(HttpMatch(methods=(Pattern(Syntax.EXACT, "GET"),), paths=(Pattern(syntax, path),)),))


# What a move from one engine to another loses


def test_a_block_that_covered_pods() -> None:
    """Calico's nets cover pods and nodes, Cilium's CIDRs do not."""
    before = calico(policy("prod/web", pod(app="web"), egress=(rule(ALLOW, network("10.0.0.0/8"), traffic=tcp(5432)),)))
    after = cilium(
        policy(
            "prod/web", pod(app="web"), egress=(rule(ALLOW, network("10.0.0.0/8", reach=OUTSIDE), traffic=tcp(5432)),)
        )
    )
    found = compare(before, after)
    assert found.result is Result.NARROWS
    assert regions(found) == ["egress: pods with app=web in prod → pods and nodes at 10.0.0.0/8, TCP 5432: denied now"]
    assert witnesses(found) == ["prod/{app=web} → prod/{} (10.0.0.7), TCP 5432: allowed before, denied after"]


def test_a_trailing_deny_all_that_became_a_deny() -> None:
    """In Calico it only ends the list; under deny-overrides it takes everything."""
    allow = rule(ALLOW, pods(in_namespace("prod"), pod(app="api")), traffic=tcp(80))
    rules = (allow, rule(DENY))
    found = compare(
        calico(policy("prod/web", pod(app="web"), ingress=rules)),
        cilium(policy("prod/web", pod(app="web"), ingress=rules)),
    )
    assert found.result is Result.NARROWS
    assert regions(found) == ["ingress: pods with app=api in prod → pods with app=web in prod, TCP 80: denied now"]
    assert witnesses(found) == ["prod/{app=api} → prod/{app=web}, TCP 80: allowed before, denied after"]


def test_a_deny_only_policy_that_switched_default_deny_on() -> None:
    """What was a subtraction from everything now denies everything."""
    deny = rule(DENY, network("169.254.169.254/32"))
    found = compare(
        calico(policy("no-metadata", egress=(deny, rule(ALLOW)))), cilium(policy("no-metadata", egress=(deny,)))
    )
    assert found.result is Result.NARROWS
    assert regions(found) == [
        "egress: pods in any namespace → pods and nodes, any traffic: denied now",
        "egress: pods in any namespace → addresses any but 169.254.169.254/32, any traffic: denied now",
    ]
    assert witnesses(found)[0] == "other/{} → other/{}, TCP 80: allowed before, denied after"


def test_few_private_ranges_are_named() -> None:
    """Three blocks read better than all but two others; addresses where no pod lives do not count."""
    everywhere = network("0.0.0.0/0", excepts=("10.0.0.0/8",))
    outside = network("0.0.0.0/0", excepts=("10.0.0.0/8",), reach=frozenset({Kind.OUTSIDE}))
    before, after = (calico(policy("prod/out", egress=(rule(ALLOW, peer),))) for peer in (everywhere, outside))
    assert regions(compare(before, after)) == [
        "egress: pods in prod → pods and nodes at 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16, any traffic: denied now"
    ]


def test_a_namespace_selector_that_was_lost() -> None:
    """Pods of every namespace get in where one namespace was meant."""
    found = compare(
        calico(policy("prod/db", pod(app="db"), ingress=(rule(ALLOW, pods(in_namespace("prod"), pod(app="web"))),))),
        cilium(policy("prod/db", pod(app="db"), ingress=(rule(ALLOW, pods(pod(app="web"))),))),
    )
    assert found.result is Result.WIDENS
    assert regions(found) == [
        "ingress: pods with app=web outside prod → pods with app=db in prod, any traffic: allowed now"
    ]
    assert witnesses(found) == ["other/{app=web} → prod/{app=db}, TCP 80: denied before, allowed after"]
    assert [each.reference for each in found.differences[0].policies_before] == ["prod/db"]


def test_a_global_policy_that_covered_hosts_too() -> None:
    """Host endpoints that a GlobalNetworkPolicy governed are open afterwards."""
    rules = (rule(ALLOW, traffic=tcp(22)),)
    found = compare(
        calico(policy("lock", Endpoints(kinds=frozenset({Kind.POD, Kind.HOST})), ingress=rules)),
        cilium(policy("lock", Endpoints(kinds=PODS), ingress=rules)),
    )
    assert found.result is Result.WIDENS
    assert regions(found) == [
        "ingress: anyone → nodes, any protocol but TCP: allowed now",
        "ingress: anyone → nodes, any port but 22: allowed now",
    ]
    assert witnesses(found)[1] == "default/{} → host, TCP 80: denied before, allowed after"
    assert [(each.is_before, each.policy.reference) for each in found.attributions] == [(True, "lock")]


def test_a_path_that_lost_its_end() -> None:
    """An unanchored path lets more requests in."""
    web = pods(in_namespace("prod"), pod(app="web"))

    def api(path: str) -> PolicySet:
        return cilium(
            policy("prod/api", pod(app="api"), ingress=(rule(ALLOW, web, traffic=tcp(80), layer7=get(path)),))
        )

    found = compare(api("/public"), api("/public.*"))
    assert found.result is Result.WIDENS
    assert regions(found) == [
        "ingress: pods with app=web in prod → pods with app=api in prod, TCP 80, HTTP requests, method GET, "
        "path /public.* but not /public: allowed now"
    ]
    assert witnesses(found) == [
        "prod/{app=web} → prod/{app=api}, TCP 80, GET /publicx at example.com: denied before, allowed after"
    ]


# Layer 7, names and what is only known by name


def test_layer_7_that_is_dropped_widens() -> None:
    """Requests that the rule refused get through; plain connections were never refused."""

    def api(layer7: Layer7 | None) -> PolicySet:
        return cilium(policy("prod/api", ingress=(rule(ALLOW, traffic=tcp(80), layer7=layer7),)))

    found = compare(api(get("/x", Syntax.EXACT)), api(None))
    assert found.result is Result.WIDENS
    assert all(difference.witness.flow.http is not None for difference in found.differences)
    keyed = Layer7(http=(HttpMatch(headers=(HeaderMatch(name="X-Key", value="1"),)),))
    found = compare(api(keyed), api(Layer7(http=(HttpMatch(headers=(HeaderMatch(name="x-key"),)),))))
    assert regions(found) == [
        "ingress: anyone → pods in prod, TCP 80, HTTP requests, header x-key such as other: allowed now"
    ]


def test_dns_rules_are_compared_by_the_names_they_let_pass() -> None:
    """Patterns are languages, not texts."""

    def lookup(*patterns: str) -> PolicySet:
        dns = Layer7(dns=tuple(DnsMatch(pattern=each) for each in patterns))
        udp = (Traffic(protocols=protocol_set(17), ports=Ports(numbers=((53, 53),))),)
        return cilium(policy("prod/x", egress=(rule(ALLOW, traffic=udp, layer7=dns),)))

    assert compare(lookup("*"), lookup("**.*", "*")).result is Result.EQUAL
    found = compare(lookup("*.example.com"), lookup("www.example.com"))
    assert found.result is Result.NARROWS
    assert (found.differences[0].witness.flow.dns or "").endswith(".example.com")


def test_domains_are_atoms_outside() -> None:
    """A narrower pattern of domain names is a narrower set of addresses outside."""

    def to(pattern: str) -> PolicySet:
        return cilium(policy("prod/x", egress=(rule(ALLOW, Domain(pattern=pattern), traffic=tcp(443)),)))

    found = compare(to("*.example.com"), to("www.example.com"))
    assert regions(found) == [
        "egress: pods in prod → addresses outside the cluster named *.example.com but not www.example.com, TCP 443: "
        "denied now"
    ]
    assert compare(to("*.example.com"), to("*.Example.com.")).result is Result.EQUAL


def test_a_condition_that_is_dropped_widens() -> None:
    """Nothing is known of a condition but that it may or may not hold."""
    required = Condition(feature="authentication", text="required")

    def with_conditions(*conditions: Condition) -> PolicySet:
        return cilium(policy("prod/x", ingress=(rule(ALLOW, conditions=conditions),)))

    found = compare(with_conditions(required), with_conditions())
    assert regions(found) == ["ingress: anyone → pods in prod, unless authentication required: allowed now"]
    assert found.differences[0].witness.assumptions == ("authentication required does not hold",)
    assert compare(with_conditions(required), with_conditions(required)).result is Result.EQUAL


def test_a_peer_without_meaning_equals_only_its_like() -> None:
    """Security groups of a cloud are known by their text alone."""

    def to(*texts: str) -> PolicySet:
        peers = tuple(Unsupported(feature="toGroups", text=text) for text in texts)
        return cilium(policy("prod/x", egress=(rule(ALLOW, *peers),)))

    assert compare(to("a", "b"), to("b", "a")).result is Result.EQUAL
    found = compare(to("a", "b"), to("a"))
    assert found.result is Result.NARROWS
    assert "toGroups b holds" in found.differences[0].witness.assumptions


def test_a_service_is_its_backends_where_the_context_knows_them() -> None:
    """Otherwise it is just a name."""
    service = Service(namespace="prod", name="db", with_ports=True)
    by_name = calico(policy("prod/x", egress=(rule(ALLOW, service),)))
    by_address = calico(policy("prod/x", egress=(rule(ALLOW, network("10.0.0.7/32"), traffic=tcp(5432)),)))
    info = ServiceInfo(
        namespace="prod", name="db", backends=(ServiceBackend(address="10.0.0.7", protocol=TCP, port=5432),)
    )
    known = Context(services={"prod/db": info})
    assert compare(by_name, by_address, context_a=known).result is Result.EQUAL
    assert compare(by_name, by_address).result is Result.BOTH


def test_a_port_name_may_be_any_number() -> None:
    """A name and a number differ both ways."""
    name = (Traffic(protocols=protocol_set(TCP), ports=Ports(names=("http",))),)
    found = compare(
        kubernetes(policy("prod/x", ingress=(rule(ALLOW, traffic=name),))),
        kubernetes(policy("prod/x", ingress=(rule(ALLOW, traffic=tcp(8080)),))),
    )
    assert found.result is Result.BOTH
    assert witnesses(found)[0] == "prod/{} → prod/{}, TCP 80: allowed before, denied after"


# Namespaces


def test_the_same_region_in_many_namespaces_is_told_once() -> None:
    """Also where the peer is the subject's own namespace."""
    names = ("dev", "prod", "test")
    before = kubernetes(*(policy(f"{name}/own", ingress=(rule(ALLOW, pods(in_namespace(name))),)) for name in names))
    after = kubernetes(*(policy(f"{name}/own", ingress=()) for name in names))
    found = compare(before, after)
    assert regions(found) == ["ingress: pods in the same namespace → pods in dev, prod, test, any traffic: denied now"]
    assert len(found.attributions) == 6


def test_a_policy_of_all_namespaces_is_told_as_such() -> None:
    """Namespaces that other policies name are not listed beside the rest."""
    others = tuple(policy(f"{name}/x", pod(app="x"), egress=()) for name in ("dev", "prod"))
    found = compare(calico(policy("lock", ingress=()), *others), calico(*others))
    assert regions(found) == ["ingress: anyone → pods in any namespace, any traffic: allowed now"]


def test_a_namespace_has_one_set_of_labels() -> None:
    """Where a peer is in the subject's own namespace, both have its labels."""
    team = Label(Scope.NAMESPACE, "team")
    red = Endpoints(selector=one_of(team, "red"))
    own = pods(in_namespace("prod"))
    contradiction = pods(in_namespace("prod"), none_of(team, "red"))

    def to(*peers: Endpoints) -> PolicySet:
        return calico(policy("prod/x", one_of(team, "red"), egress=(rule(ALLOW, *peers),)))

    assert compare(to(own, red), to(red)).result is Result.EQUAL
    assert compare(to(contradiction), to()).result is Result.WIDENS
    assert compare(to(contradiction, red), to(red)).result is Result.EQUAL


def test_known_labels_of_namespaces_are_used() -> None:
    """A selector over namespace labels and the names it selects are the same for the namespaces of the context."""
    team = Label(Scope.NAMESPACE, "team")
    known = Context(namespaces={"shop": {"team": "red"}, "ops": {}})
    by_label = calico(policy("lock", pods(one_of(team, "red")), ingress=()))
    by_name = calico(policy("shop/lock", ingress=()))
    assert compare(by_label, by_name).result is Result.BOTH
    found = compare(by_label, by_name, context_a=known)
    assert found.result is Result.WIDENS
    assert regions(found) == [
        "ingress: anyone → pods in namespaces with team=red in namespaces that no policy names, "
        "any traffic: allowed now"
    ]
    peers = [
        calico(policy("shop/x", ingress=(rule(ALLOW, peer),)))
        for peer in (
            pods(one_of(team, "red"), in_namespace("shop", "ops")),
            pods(in_namespace("shop")),
        )
    ]
    assert compare(peers[0], peers[1], context_a=known).result is Result.EQUAL
    assert compare(peers[0], peers[1]).result is Result.BOTH


# The answer itself


def test_what_the_api_leaves_open_is_neither_equal_nor_a_loss() -> None:
    """An ipBlock may or may not cover pods: both readings lie inside what was asked for."""
    kubernetes_set = kubernetes(policy("prod/web", egress=(rule(ALLOW, network("10.0.0.0/8", reach=None)),)))
    cilium_set = cilium(policy("prod/web", egress=(rule(ALLOW, network("10.0.0.0/8", reach=OUTSIDE)),)))
    found = compare(kubernetes_set, cilium_set)
    assert found.result is Result.OPEN
    assert found.effect is Effect.NONE
    assert [difference.is_open for difference in found.differences] == [True]
    assert regions(found) == ["egress: pods in prod → pods and nodes at 10.0.0.0/8, any traffic: left open by the API"]
    assert compare(kubernetes_set, kubernetes(*kubernetes_set.policies())).result is Result.EQUAL
    wider = cilium(policy("prod/web", egress=(rule(ALLOW, network("10.0.0.0/7", reach=OUTSIDE)),)))
    found = compare(kubernetes_set, wider)
    assert found.result is Result.WIDENS
    assert {difference.effect for difference in found.differences} == {Effect.WIDENS, Effect.NONE}


def test_a_spent_budget_is_undecided() -> None:
    """Never equal by default."""
    rules = tuple(rule(ALLOW, pods(pod(**{f"k{i}": "v"})), traffic=tcp(i)) for i in range(1, 12))
    shifted = tuple(rule(ALLOW, pods(pod(**{f"k{i}": "v"})), traffic=tcp((i, i + 1))) for i in range(1, 12))
    a, b = (kubernetes(policy("prod/x", ingress=each)) for each in (rules, shifted))
    found = compare(a, b, budget=500)
    assert found.result is Result.UNDECIDED
    assert found.reason is not None
    assert "ingress of pods in prod" in found.reason
    assert compare(a, b).result is Result.WIDENS


def test_an_expression_that_is_too_hard_is_undecided() -> None:
    """Languages have a budget of their own."""
    hard = cilium(policy("prod/x", ingress=(rule(ALLOW, traffic=tcp(80), layer7=get("/(a|b)*a(a|b){18}")),)))
    other = cilium(policy("prod/x", ingress=(rule(ALLOW, traffic=tcp(80), layer7=get("/(b|a)*a(b|a){18}x?")),)))
    found = compare(hard, other)
    assert found.result is Result.UNDECIDED
    assert found.reason


def test_few_differences_are_shown_and_the_rest_counted() -> None:
    """Attributions stay complete."""
    before = kubernetes(*(policy(f"ns-{i}/x", ingress=(rule(ALLOW, traffic=tcp(i)),)) for i in range(1, 31)))
    after = kubernetes(*(policy(f"ns-{i}/x", ingress=(rule(ALLOW, traffic=tcp(i + 100)),)) for i in range(1, 31)))
    found = compare(before, after, limit=3)
    assert found.result is Result.BOTH
    assert len(found.differences) == 6
    assert found.more >= 54
    assert len(found.attributions) == 30 * 2 * 2


def test_attributions_name_every_policy_that_governs_a_subject_with_a_difference() -> None:
    """Two policies select the same pods; one of them lost a rule."""
    web = policy("prod/web", pod(app="web"), ingress=(rule(ALLOW, traffic=tcp(80)),))
    front = policy("prod/front", pod(tier="front"), ingress=(rule(ALLOW, traffic=tcp(443)),))
    found = compare(kubernetes(web, front), kubernetes(web, policy("prod/front", pod(tier="front"), ingress=())))
    assert found.result is Result.NARROWS
    assert {(each.is_before, each.policy.reference, each.effect) for each in found.attributions} == {
        (is_before, name, Effect.NARROWS) for is_before in (True, False) for name in ("prod/web", "prod/front")
    }


def test_what_was_declared_is_checked_subject_by_subject() -> None:
    """A loss declared for one policy does not excuse the same effect at subjects of another."""
    names = ("web", "db", "api")
    before = kubernetes(
        *(policy(f"prod/{name}", pod(app=name), ingress=(rule(ALLOW, traffic=tcp(80)),)) for name in names)
    )
    after = kubernetes(*(policy(f"prod/{name}", pod(app=name), ingress=()) for name in names))

    def declared(*losses: str) -> Comparison:
        return compare(before, after, declared=lambda each: Effect.NARROWS if each.name in losses else Effect.WIDENS)

    assert [describe(each.region) for each in declared("web").undeclared] == [
        "anyone → pods with app in (api, db) in prod, TCP 80"
    ]
    assert declared(*names).undeclared == ()
    found = {each.policy.name: each.witness for each in declared("web").attributions if each.is_before}
    assert found["db"] is None
    assert found["web"] is not None
    assert describe_witness(found["web"]) == "prod/{} → prod/{app=web}, TCP 80: allowed before, denied after"


def test_staged_policies_do_nothing() -> None:
    """They are parsed and reported, never enforced."""
    from dataclasses import replace  # noqa: PLC0415

    staged = replace(policy("prod/x", ingress=()), staged=True)
    assert compare(calico(staged), calico()).result is Result.EQUAL


def test_clusters_beyond_the_own_exist_only_between_cilium_sets() -> None:
    """A peer in any cluster and one in the own cluster are the same where there is one cluster."""
    cluster = Label(Scope.CLUSTER, "metadata.name")
    own = pods(one_of(cluster, "default"), has(NAMESPACE_NAME))
    anywhere = pods(has(NAMESPACE_NAME))

    def allowing(peer: Endpoints) -> tuple[object, ...]:
        return (policy("prod/x", ingress=(rule(ALLOW, peer),)),)

    assert compare(kubernetes(*allowing(anywhere)), cilium(*allowing(own))).result is Result.EQUAL  # type: ignore[arg-type]
    found = compare(cilium(*allowing(anywhere)), cilium(*allowing(own)))  # type: ignore[arg-type]
    assert found.result is Result.NARROWS
    assert describe(found.differences[0].region).startswith("pods with cluster!=default in any namespace →")


def test_requests_over_a_connection_that_is_closed_are_not_told_again() -> None:
    """Where the connection itself is closed no request comes through, and one line says so."""
    allowed = rule(ALLOW, pods(pod(app="web")), traffic=tcp(80), layer7=get("/a"))
    before = cilium(policy("prod/api", pod(app="api"), ingress=(allowed,)))
    closed = cilium(policy("prod/api", pod(app="api"), ingress=()))
    assert [each.partition(", TCP")[2] for each in regions(compare(before, closed))] == [" 80: denied now"]
    other = cilium(policy("prod/api", pod(app="api"), ingress=(replace(allowed, layer7=get("/b")),)))
    assert len(regions(compare(before, other))) == 2


def test_a_rule_for_some_namespaces_of_its_subjects_is_seen() -> None:
    """A filter on subjects names namespaces as a selector of subjects does: they are looked at by themselves."""
    there = rule(ALLOW, subject=pods(in_namespace("prod")))
    found = compare(
        kubernetes(policy("x", pod(app="web"), egress=(there,))), kubernetes(policy("x", pod(app="web"), egress=()))
    )
    assert found.effect is Effect.NARROWS


def test_a_rule_is_asked_again_behind_a_tier_that_only_passes() -> None:
    """A pass that nothing follows in its tier leaves no trace: the same peers are asked again in the next tier."""
    passing = tier(
        policy("p", pod(app="web"), ingress=(rule(PASS, pods(pod(a="b"))),)),
        evaluation=Evaluation.FIRST_MATCH,
        end=End.PASS,
    )
    allowing = tier(
        policy("q", pod(app="web"), ingress=(rule(ALLOW, pods(pod(a="b"))),)), evaluation=Evaluation.FIRST_MATCH
    )
    assert (
        compare(
            PolicySet(engine=Engine.KUBERNETES, tiers=(passing, allowing)),
            PolicySet(engine=Engine.KUBERNETES, tiers=(allowing,)),
        ).result
        is Result.EQUAL
    )


def test_port_names_are_of_protocols_that_containers_declare() -> None:
    """No container port is of UDPLite, so a name without a protocol is a name of TCP, UDP or SCTP."""
    named = Ports(names=("http",))
    three = tuple(Traffic(protocols=protocol_set(each), ports=named) for each in (TCP, UDP, SCTP))
    assert (
        compare(
            kubernetes(policy("prod/x", pod(app="web"), ingress=(rule(ALLOW, traffic=(Traffic(ports=named),)),))),
            kubernetes(policy("prod/x", pod(app="web"), ingress=(rule(ALLOW, traffic=three),))),
        ).result
        is Result.EQUAL
    )


def test_mapped_addresses_are_nobodys() -> None:
    """No packet comes from an IPv4-mapped address, so a range of them matches nothing."""
    mapped = rule(ALLOW, network("::ffff:20.1.1.0/120"))
    assert (
        compare(
            kubernetes(policy("prod/x", pod(app="web"), ingress=(mapped,))),
            kubernetes(policy("prod/x", pod(app="web"), ingress=())),
        ).result
        is Result.EQUAL
    )


def test_traffic_of_no_protocol_matches_nothing() -> None:
    """A rule whose protocols have all been taken away is no rule."""
    empty = rule(ALLOW, traffic=(Traffic(protocols=()),))
    assert (
        compare(
            kubernetes(policy("prod/x", pod(app="web"), ingress=(empty,))),
            kubernetes(policy("prod/x", pod(app="web"), ingress=())),
        ).result
        is Result.EQUAL
    )


def test_nothing_is_said_where_no_packets_are_looked_at() -> None:
    """Where one side's data plane holds no rules for either family the answer is open, whatever the rules are."""
    a = kubernetes(policy("prod/x", pod(app="web"), ingress=()))
    b = kubernetes(policy("prod/x", pod(app="web"), ingress=(rule(ALLOW),)))
    assert compare(replace(a, unprogrammed=frozenset({4, 6})), b).result is Result.UNDECIDED
    icmp = rule(ALLOW, traffic=(Traffic(protocols=protocol_set(ICMP)),))
    c = kubernetes(policy("prod/x", pod(app="web"), ingress=(icmp,)))
    assert not compare(replace(a, unprogrammed=frozenset({4})), c).differences


def test_the_interpreter_tells_ends_apart_that_live_one_after_the_other() -> None:
    """What was answered about an end that is gone is not said about the next one, which may get its number."""
    evaluator = Evaluator(cilium(policy("p", pod(app="web"), ingress=(rule(ALLOW, network("10.0.0.0/8")),))))
    there = Endpoint(kind=Kind.POD, name="a/web", namespace="a", labels={Label(Scope.POD, "app"): "web"})

    def is_allowed(first: int) -> bool:
        sender = Endpoint(kind=Kind.OUTSIDE, name="", addresses=(Address(4, (first << 24) + 7),))
        decision = evaluator.decide(Flow(source=sender, destination=there, protocol=TCP, port=80), Direction.INGRESS)
        assert decision is not None
        return decision.allowed

    assert [is_allowed(first) for first in (10, 20) * 10] == [True, False] * 10
