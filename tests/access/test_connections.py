"""What entries become: both ends, ports, keywords, DNS, the metadata service, names."""

import pytest

from tests.access.reading import atoms, policy, read, rules, services, spec
from translator.dialects.access.names import app_name, policy_name
from translator.dialects.access.peers import RESOLVER, RESOLVER_PORTS
from translator.ir.labels import EVERYTHING, NAMESPACE_NAME, Label, Scope, conjunction, has, lacks, none_of, one_of
from translator.ir.layer7 import Condition, DnsMatch, HeaderMatch, Layer7
from translator.ir.peers import ANYONE, NODES, Domain, Endpoints, Kind, Network
from translator.ir.policy import BOTH, Direction
from translator.ir.traffic import ALL_PORTS, ANY_TRAFFIC, TCP, UDP, Ports, Traffic, protocol_set

APP = Label(Scope.POD, "app")
OUTSIDE = frozenset({Kind.OUTSIDE})


def pods(namespace: str, app: str | None = None) -> Endpoints:
    terms = [one_of(NAMESPACE_NAME, namespace), *([one_of(APP, app)] if app else [])]
    return Endpoints(selector=conjunction(*terms))


def port(number: int, protocol: int = TCP) -> Traffic:
    return Traffic(protocols=protocol_set(protocol), ports=Ports(numbers=((number, number),)))


def ingress(entry: str, **options: str) -> tuple[object, ...]:
    (rule,) = policy(services(f"shop/api: {{allow: [{entry}]}}", **options), "shop/api").ingress
    return rule.peers


def egress(entry: str, defaults: str = "defaults: {deny: [egress], dns: false}\n") -> tuple[object, ...]:
    (rule,) = policy(services(f"shop/api: {{call: [{entry}]}}", defaults=defaults), "shop/api").egress
    return rule.peers


def test_a_service_is_a_policy_that_isolates() -> None:
    """The subject by namespace and label, both directions denied, the place in the spec."""
    found = policy(services("shop/api: {description: The API.}"), "shop/api")
    assert found.subject == (pods("shop", "api"),)
    assert found.directions == found.isolates == BOTH
    assert found.description == "The API."
    assert found.origin is not None
    assert (found.origin.line, found.origin.field_path) == (6, 'services["shop/api"]')


def test_deny_of_a_service_takes_the_place_of_the_default() -> None:
    """One direction, or none at all: then there is no policy."""
    parsed = services("shop/api: {deny: [ingress]}\nshop/web: {deny: []}")
    assert [each.reference for each in parsed.policies] == ["shop/api"]
    assert parsed.policies[0].isolates == {Direction.INGRESS}


def test_an_allow_opens_both_ends() -> None:
    """A declared client may send; the rule names the entry that let it."""
    parsed = services("shop/web: {}\nshop/api: {allow: [{from: shop/web, port: 8080, http: [GET /]}]}")
    _, sent = policy(parsed, "shop/web").egress
    assert (sent.peers, sent.traffic, sent.layer7) == ((pods("shop", "api"),), (port(8080),), None)
    assert sent.origin is not None
    assert sent.origin.field_path == 'services["shop/api"].allow[0]'


@pytest.mark.parametrize(
    "source", ["cluster", "shop/*", "'*/web'", "same-namespace", "any", "{namespace: [shop], app: web}"]
)
def test_only_clients_by_name_are_opened(source: str) -> None:
    """Something broader lets in whom it covers, and opens nobody's egress."""
    parsed = services(f"shop/web: {{}}\nshop/api: {{allow: [{{from: {source}, port: 80}}]}}")
    assert len(policy(parsed, "shop/web").egress) == 1


@pytest.mark.parametrize("source", ["web", "[shop/web, shop/x]", "{namespace: shop, app: web}"])
def test_names_in_groups_lists_and_long_forms_are_names(source: str) -> None:
    """However the client is named."""
    parsed = services(
        f"shop/web: {{}}\nshop/api: {{allow: [{{from: {source}, port: 80}}]}}", more="groups: {web: [shop/web]}\n"
    )
    assert len(policy(parsed, "shop/web").egress) == 2


def test_the_server_may_open_its_own_end_only() -> None:
    """``ends: server`` leaves the client as it is."""
    parsed = services("shop/web: {}\nshop/api: {allow: [{from: shop/web, port: 80, ends: server}]}")
    assert len(policy(parsed, "shop/web").egress) == 1


def test_both_ends_reach_across_documents() -> None:
    """All specs of the input are one."""
    parsed = read(spec("shop/web: {}"), spec("shop/api: {allow: [shop/web:80]}"))
    assert len(policy(parsed, "shop/web").egress) == 2


def test_a_call_opens_only_the_callers_end() -> None:
    """Who owns a service decides who comes in."""
    parsed = services("shop/web: {call: [shop/api:80]}\nshop/api: {}")
    assert policy(parsed, "shop/api").ingress == ()
    assert len(policy(parsed, "shop/web").egress) == 2


def test_what_is_called_is_not_granted_again() -> None:
    """A call and an allow of the same are one rule."""
    parsed = services("shop/web: {call: [shop/api:80]}\nshop/api: {allow: [shop/web:80]}")
    assert len(policy(parsed, "shop/web").egress) == 2


def test_selected_labels_count_wherever_the_service_is_named() -> None:
    """``select`` takes the place of ``labelKey`` for the subject and for everybody who names it."""
    parsed = services("shop/db: {select: {role: db}}\nshop/api: {call: [shop/db:80]}")
    chosen = Endpoints(selector=conjunction(one_of(NAMESPACE_NAME, "shop"), one_of(Label(Scope.POD, "role"), "db")))
    assert policy(parsed, "shop/db").subject == (chosen,)
    assert policy(parsed, "shop/api").egress[1].peers == (chosen,)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("8080", port(8080)),
        ("8080/UDP", port(8080, UDP)),
        ("9000-9010", Traffic(protocols=protocol_set(TCP), ports=Ports(numbers=((9000, 9010),)))),
        ("http", Traffic(protocols=protocol_set(TCP), ports=Ports(names=("http",)))),
        ("any", ANY_TRAFFIC),
        ("any/UDP", Traffic(protocols=protocol_set(UDP), ports=ALL_PORTS)),
    ],
)
def test_ports(written: str, expected: Traffic) -> None:
    """The same in the short and in the long form."""
    for entry in (f"'shop/web:{written}'", f"{{from: shop/web, port: {written}}}"):
        assert rules((policy(services(f"shop/api: {{allow: [{entry}], deny: [ingress]}}"), "shop/api"),))[
            0
        ].traffic == (expected,)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("shop/web:80", (pods("shop", "web"),)),
        ("'shop/*:80'", (pods("shop"),)),
        ("'*/web:80'", (Endpoints(selector=one_of(APP, "web")),)),
        ("same-namespace:80", (pods("shop"),)),
        ("cluster:80", (Endpoints(),)),
        ("nodes:80", (Endpoints(kinds=NODES),)),
        ("kube-api:80", (Endpoints(kinds=frozenset({Kind.KUBE_APISERVER})),)),
        ("world:80", (Endpoints(kinds=OUTSIDE),)),
        ("any:80", (ANYONE,)),
        ("203.0.113.0/24:80", (Network(cidrs=("203.0.113.0/24",), reach=OUTSIDE),)),
        ("'2001:db8::/32:80'", (Network(cidrs=("2001:db8::/32",), reach=OUTSIDE),)),
        (
            "{from: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}, port: 80}",
            (Network(cidrs=("10.0.0.0/8",), excepts=("10.1.0.0/16",), reach=OUTSIDE),),
        ),
        ("{from: [shop/web, world], port: 80}", (pods("shop", "web"), Endpoints(kinds=OUTSIDE))),
        (
            "{from: {namespace: {team: [red, blue]}, labels: {a: {exists: true, not: x}, b: {exists: false}}}, "
            "port: 1}",
            (
                Endpoints(
                    selector=conjunction(
                        one_of(Label(Scope.NAMESPACE, "team"), "red", "blue"),
                        has(Label(Scope.POD, "a")),
                        none_of(Label(Scope.POD, "a"), "x"),
                        lacks(Label(Scope.POD, "b")),
                    )
                ),
            ),
        ),
        (
            "{from: {namespace: '*', app: [a, b]}, port: 80}",
            (Endpoints(selector=one_of(APP, "a", "b")),),
        ),
    ],
)
def test_ends(written: str, expected: tuple[object, ...]) -> None:
    """Every form of an end."""
    assert ingress(written) == expected


def test_services_of_all_namespaces() -> None:
    """A star for the namespace is a policy without one."""
    found = policy(services("'*/agent': {deny: [ingress]}\n'*/*': {deny: [egress]}"), "agent")
    assert (found.namespace, found.subject) == (None, (Endpoints(selector=one_of(APP, "agent")),))
    everywhere = policy(services("'*/*': {deny: [egress]}"), "all-pods")
    assert everywhere.subject == (Endpoints(selector=EVERYTHING),)


def test_keywords_with_ports_of_their_own() -> None:
    """The API server, DNS and the metadata service need no port when they are called."""
    (rule,) = policy(services("a/b: {dns: false, call: [kube-api]}"), "a/b").egress
    assert rule.traffic == (port(443), port(6443))
    (rule,) = policy(services("a/b: {dns: false, call: [dns]}"), "a/b").egress
    assert (rule.peers, rule.traffic) == (RESOLVER, RESOLVER_PORTS)
    (rule,) = policy(services("a/b: {dns: false, call: [metadata-service]}"), "a/b").egress
    assert (rule.peers, rule.traffic) == ((Network(cidrs=("169.254.169.254/32",), reach=OUTSIDE),), (port(80),))


def test_dns_is_granted_plainly_and_inspected_for_calls_by_name() -> None:
    """One rule for the cluster's DNS; it looks at queries only where the data plane must learn addresses."""
    plain = policy(services("a/b: {}"), "a/b").egress
    assert [(rule.peers, rule.traffic, rule.layer7) for rule in plain] == [(RESOLVER, RESOLVER_PORTS, None)]
    asked, called = policy(services("a/b: {call: ['dns:*.example.com:443']}"), "a/b").egress
    assert asked.layer7 == Layer7(dns=(DnsMatch(pattern="*"),))
    assert called.peers == (Domain(pattern="*.example.com"),)
    asked, _ = policy(
        services("a/b: {call: ['dns:a.example.com:443']}", defaults="defaults: {deny: [egress]}\n"), "a/b"
    ).egress
    assert asked.layer7 == Layer7(dns=(DnsMatch(pattern="a.example.com"),))
    (only,) = policy(services("a/b: {dns: false, call: ['dns:a.example.com:443']}"), "a/b").egress
    assert only.layer7 is None


def test_dns_may_be_somewhere_else() -> None:
    """``resolver`` says where, for the default and for the keyword."""
    parsed = services(
        "a/b: {}", more="resolver: {to: {namespace: openshift-dns, labels: {dns: default}}, port: [5353/UDP]}\n"
    )
    (rule,) = policy(parsed, "a/b").egress
    where = Endpoints(
        selector=conjunction(one_of(NAMESPACE_NAME, "openshift-dns"), one_of(Label(Scope.POD, "dns"), "default"))
    )
    assert (rule.peers, rule.traffic) == ((where,), (port(5353, UDP),))


def test_broad_ends_leave_the_metadata_service_out() -> None:
    """``any``, ``world`` and ranges around it; whoever names it means it."""
    denied = "defaults: {deny: [egress], dns: false, metadata-service: deny}\n"
    holes = ("169.254.169.254/32", "fd00:ec2::254/128")
    whole = ("0.0.0.0/0", "::/0")
    world = Network(cidrs=whole, excepts=holes, reach=OUTSIDE, any_family=True)
    assert egress("world:80", denied) == (world,)
    assert egress("any:80", denied) == (Endpoints(), Endpoints(kinds=NODES), world)
    assert egress("169.254.0.0/16:80", denied) == (
        Network(cidrs=("169.254.0.0/16",), excepts=holes[:1], reach=OUTSIDE),
    )
    assert egress("203.0.113.0/24:80", denied) == (Network(cidrs=("203.0.113.0/24",), reach=OUTSIDE),)
    assert egress("metadata-service", denied) == (Network(cidrs=holes[:1], reach=OUTSIDE),)
    assert egress("world:80") == (Endpoints(kinds=OUTSIDE),)


def test_requests_of_every_kind_are_alternatives_of_one_rule() -> None:
    """HTTP, gRPC and WebSockets, with the header that opens one."""
    parsed = services(
        "a/b: {allow: [{from: a/c, port: 80, http: ['GET /x'], grpc: [p.S/M], websocket: [/ws]}], deny: [ingress]}"
    )
    (rule,) = policy(parsed, "a/b").ingress
    assert rule.layer7 is not None
    assert rule.layer7.http is not None
    written = [
        ("|".join(each.text for each in match.methods or ()), *(each.text for each in match.paths or ()), match.headers)
        for match in rule.layer7.http
    ]
    upgrade = (HeaderMatch(name="Upgrade", value="websocket"),)
    assert written == [("GET", "/x", ()), ("POST", r"/p\.S/M", ()), ("GET", "/ws", upgrade)]


def test_tls_that_the_proxy_terminates_is_a_condition() -> None:
    """The secret stands in the rule; a TLS port without HTTP is a port like any other."""
    parsed = services(
        "a/b: {tls: [1, {port: 2, secret: n/s}], deny: [ingress], allow: [a/c:1, {from: a/c, port: 2, http: [GET /]}]}"
    )
    plain, terminated = policy(parsed, "a/b").ingress
    assert plain.conditions == ()
    assert terminated.conditions == (
        Condition(feature="terminating-tls", text='{"secret":{"name":"s","namespace":"n"}}'),
    )


def test_names_come_from_content() -> None:
    """The application's name where it is one; a digest where it is not, the same for the same application."""
    assert policy_name(app_name("shop/api")) == "api"
    assert policy_name(app_name("shop/*")) == "all-pods"
    odd = policy_name(app_name("shop/My_App.v2"))
    assert odd.startswith("my-app-v2-")
    assert odd == policy_name(app_name("other/My_App.v2"))
    assert policy_name(app_name("shop/all-pods")) != "all-pods"


def test_order_of_entries_and_services_does_not_matter() -> None:
    """The same statements in another order are the same policies."""
    one = services("a/b: {allow: [a/c:1, a/d:2]}\na/c: {}")
    two = services("a/c: {}\na/b: {allow: [a/d:2, a/c:1]}")
    assert atoms(one.policies) == atoms(two.policies)
