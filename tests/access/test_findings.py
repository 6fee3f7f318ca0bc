"""Errors of a spec: all at once, each at its place, with what was expected, found, and a suggestion."""

from textwrap import dedent

import pytest

from tests.access.reading import DEFAULTS, HEAD, errors, read, services, spec, warnings


def test_all_errors_are_told_at_once_with_their_places() -> None:
    """Line, column, field path, what was expected and found, and what may have been meant."""
    parsed = services(
        """
        shop/api:
          alow: []
          allow:
          - { form: web, port: 80 }
          - { from: shop/web, port: 80, http: [{ pth: /a }] }
        """
    )
    assert sorted(errors(parsed), key=lambda error: [int(part) for part in error.split(":")[:2]]) == [
        '7:5: error: services["shop/api"].alow: unknown field `alow`; did you mean `allow`?',
        '9:9: error: services["shop/api"].allow[0].form: unknown field `form`; did you mean `from`?',
        '9:9: error: services["shop/api"].allow[0].form: there is no group `web`; write `namespace/web` for an'
        " application, or declare the group",
        '10:44: error: services["shop/api"].allow[1].http[0].pth: unknown field `pth`; did you mean `path`?',
    ]
    assert not parsed.policies


def test_what_else_is_wrong_is_told_in_the_same_run() -> None:
    """Neither a missing nor a misspelt field hides wrong values, and neither brings about errors of its own."""
    text = """\
        apiVersion: netpolx/v1alpha1
        kind: Access
        grups: {partners: 203.0.113.0/24}
        services:
          shop/api:
            allow:
            - {from: partners, port: 443}
            - {from: strangers, port: 99999}
            - {form: shop/web, port: 80}
    """
    parsed = read(dedent(text))
    assert sorted(f"{each.origin.field_path}: {each.message}" for each in parsed.findings if each.origin) == [
        "defaults: required field `defaults` is missing",
        "grups: unknown field `grups`",
        'services["shop/api"].allow[1].from: there is no group `strangers`',
        'services["shop/api"].allow[1].port: expected ports between 1 and 65535 in rising order, found `99999`',
        'services["shop/api"].allow[2].form: unknown field `form`',
    ]
    assert not parsed.policies


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{from: webb, port: 80}", "there is no group `webb`; did you mean `web`?"),
        ("{from: api, port: 80}", "there is no group `api`; write `namespace/api` for an application"),
        ("{from: wrld, port: 80}", "there is no group `wrld`; did you mean `world`?"),
        ("{from: 10.0.0.5, port: 80}", "expected a CIDR, found the address `10.0.0.5`; write `10.0.0.5/32`"),
        ("{from: 10.0.0.5/8, port: 80}", "must not have bits set beyond the prefix length; write `10.0.0.0/8`"),
        ("{from: Shop/web, port: 80}", "expected a namespace before the slash, found `Shop`; did you mean `shop/web`?"),
        ("{from: shop/, port: 80}", "found ``; write `shop/*` for every pod of the namespace"),
        ("{from: dns, port: 53}", "`dns` can only be called"),
        ("{from: 'dns:a.example.com', port: 53}", "a DNS name can only be called"),
        ("{from: [], port: 80}", "an empty list is nobody"),
        ("{from: {labels: {a: b}}, port: 80}", "required field `namespace` is missing"),
        ("{from: {namespace: shop, cidr: 10.0.0.0/8}, port: 80}", "an end is either pods or addresses"),
        ("{from: {cidr: 10.0.0.0/8, except: [11.0.0.0/8]}, port: 80}", "expected a part of 10.0.0.0/8"),
        ("{from: {namespace: shop, labels: {a: {}}}, port: 80}", "expected `exists` or `not`"),
        ("{from: {namespace: shop, labels: {a: 'b c'}}, port: 80}", "expected a label value, found 'b c'"),
        ("{from: {namespace: shop, labels: {a: '*'}}, port: 80}", "write `{exists: true}` for any value"),
        ("{from: {namespace: shop, labels: {'a b': c}}, port: 80}", "expected a label key"),
        ("{from: {namespace: shop, labels: {a: []}}, port: 80}", "an empty list of values matches nothing"),
        ("{from: web}", "no port: expected a port such as 8080"),
        ("shop/web", "no port: expected a port such as 8080"),
        ("{from: web, port: 70000}", "expected ports between 1 and 65535 in rising order, found `70000`"),
        ("{from: web, port: 20-10}", "expected ports between 1 and 65535 in rising order, found `20-10`"),
        ("{from: web, port: HTTP}", "found `HTTP`; did you mean `http`?"),
        ("{from: web, port: 53/udp}", "found `udp`; did you mean `UDP`?"),
        ("{from: web, port: any/ICMP}", "ICMP has no ports"),
        ("{from: web, port: []}", "an empty list of ports lets nothing through"),
        ("{from: web, port: 80, http: []}", "an empty list lets no request through"),
        ("{from: web, port: 80, http: [/orders]}", "expected METHOD /path, found `/orders`; write `* /orders`"),
        ("{from: web, port: 80, http: [get /orders]}", "found `get`; did you mean `GET`?"),
        ("{from: web, port: 80, http: [{path: /a, regex: /b}]}", "only one of them may stand here"),
        ("{from: web, port: 80, http: [{}]}", "an empty request says nothing"),
        ("{from: web, port: 80, http: [{regex: '(?=a)'}]}", "expected an RE2 expression"),
        ("{from: web, port: 80, http: [{path: /a, headers: {'X Y': a}}]}", "expected the name of a header"),
        ("{from: web, port: 80, http: [{path: /a, host: A.example.com}]}", "did you mean `a.example.com`?"),
        ("{from: web, port: 53/UDP, http: [GET /]}", "requests can be told apart on TCP ports only"),
        ("{from: web, port: any, http: [GET /]}", "requests can be told apart on TCP ports only"),
        ("{from: web, port: 80, grpc: [a.B]}", "write `a.B/*` for every method of the service"),
        ("{from: web, port: 80, grpc: [/a.B/C]}", "write `a.B/C`"),
        ("{from: web, port: 8443, http: [GET /]}", "port 8443 is declared TLS: nobody on the way can read requests"),
        ("{from: web, port: [80, 9443], http: [GET /]}", "ports with other TLS settings need an entry of their own"),
    ],
)
def test_entries_that_mean_nothing(entry: str, message: str) -> None:
    """Each mistake is named in its own words."""
    parsed = services(
        f"shop/api: {{tls: [8443, {{port: 9443, secret: shop/tls}}], allow: [{entry}]}}",
        more="groups: {web: shop/web}\n",
    )
    (error,) = errors(parsed)
    assert message in error


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("'dns:API.example.com:443'", "did you mean `dns:api.example.com`?"),
        ("'dns:https://api.example.com'", "a name alone, without scheme and path"),
        ("{to: 169.254.169.254/32, port: 80}", "these addresses are the metadata service's, which is denied"),
        ("{to: web, port: any, names: [a.example.com]}", "queries can be told apart on ports only"),
        ("{to: dns, names: []}", "an empty list lets no query through"),
        ("{to: dns, names: [a.example.com], port: 53, http: [GET /]}", "which are no HTTP requests"),
    ],
)
def test_calls_that_mean_nothing(entry: str, message: str) -> None:
    """Each mistake of a call is named in its own words."""
    parsed = services(
        f"shop/api: {{call: [{entry}]}}",
        defaults="defaults: {deny: [egress], dns: true, metadata-service: deny}\n",
        more="groups: {web: shop/web}\n",
    )
    (error,) = errors(parsed)
    assert message in error


def test_groups_are_read_whether_used_or_not() -> None:
    """Names, members and circles of groups."""
    parsed = services(
        "shop/api: {}",
        more="""\
        groups:
          dns: shop/dns
          My_Web: shop/web
          a: [b]
          b: a
        """,
    )
    assert [error.partition("error: ")[2] for error in errors(parsed)] == [
        "groups.dns: `dns` is a keyword and cannot name a group",
        "groups.My_Web: expected lower-case letters, digits and hyphens as the name of a group, found `My_Web`; "
        "did you mean `my-web`?",
        "groups.b: the group `a` is part of itself",
    ]


def test_defaults_stand_in_the_file() -> None:
    """Nothing is denied, and nothing granted, that the file does not show."""
    assert errors(services("shop/api: {}", defaults="")) == [
        "1:1: error: defaults: required field `defaults` is missing"
    ]


def test_a_service_is_declared_once() -> None:
    """Two specs about the same pods could contradict each other."""
    text = spec("shop/api: {}")
    (error,) = errors(read(text, text))
    assert error == '6:3: error: services["shop/api"]: shop/api is declared twice, first at -:6:3'


@pytest.mark.parametrize("key", ["api", "Shop/api", "shop/a b", "shop/"])
def test_services_are_namespace_and_application(key: str) -> None:
    """A key that is no name is an error at its place."""
    (error,) = errors(services(f"'{key}': {{}}"))
    assert error.startswith("6:3: error: services")


def test_a_bad_spec_does_not_hide_a_good_one() -> None:
    """Specs with errors are left out as a whole, the others are read."""
    parsed = read(spec("shop/api: {allow: [nobody:80]}"), spec("shop/web: {}"))
    assert [policy.reference for policy in parsed.policies] == ["shop/web"]
    assert len(errors(parsed)) == 1


def test_doubtful_specs_are_warned_about() -> None:
    """Entries without effect, missing DNS, half-open connections, unusual methods."""
    assert warnings(services("shop/api: {call: [shop/db:80]}", defaults="defaults: {deny: [ingress]}\n")) == [
        "no-effect"
    ]
    assert warnings(services("shop/api: {}", defaults="defaults: {deny: [egress]}\n")) == ["no-dns"]
    assert warnings(services("shop/api: {call: [dns]}", defaults="defaults: {deny: [egress]}\n")) == []
    assert (
        warnings(services("shop/api: {call: ['dns:a.example.com:1']}", defaults="defaults: {deny: [egress]}\n")) == []
    )
    by_name = "shop/api: {dns: false, call: ['dns:a.example.com:1']}"
    assert warnings(services(by_name)) == ["no-dns"]
    assert warnings(services("shop/api: {allow: [{from: shop/web, port: 1, http: [GTE /]}]}")) == ["unknown-method"]
    half = "shop/api: {call: [shop/db:80]}\nshop/db: {allow: [shop/web:80]}"
    assert warnings(services(half)) == ["half-open"]
    for allow in ("shop/api:80", "cluster:any", "{from: [same-namespace], port: [80, 81]}", "any:80"):
        both = f"shop/api: {{call: [shop/db:80]}}\nshop/db: {{allow: [{allow}]}}"
        assert warnings(services(both)) == [], allow


def test_requests_beside_an_open_port_are_warned_about() -> None:
    """Allows add up: an entry that opens the whole port makes the list of requests moot."""
    narrow = "{from: shop/web, port: 80, http: [GET /x]}"
    for broad in ("shop/web:80", "any:80", "cluster:any", "'shop/*:80'", "{from: [shop/x, shop/web], port: [80, 81]}"):
        assert warnings(services(f"shop/api: {{allow: [{narrow}, {broad}]}}")) == ["no-effect"], broad
    for other in ("shop/x:80", "shop/web:81", "world:80", "{from: shop/web, port: 80, http: [GET /y]}"):
        assert warnings(services(f"shop/api: {{allow: [{narrow}, {other}]}}")) == [], other


def test_requests_to_a_tls_port_of_the_spec_are_an_error() -> None:
    """The caller's end cannot read them either."""
    parsed = services(
        "shop/web: {call: [{to: shop/api, port: 8443, http: [GET /]}]}\n"
        "shop/api: {tls: [{port: 8443, secret: shop/tls}], allow: [shop/web:8443]}"
    )
    (error,) = errors(parsed)
    assert "port 8443 of shop/api is declared TLS" in error


def test_a_spec_needs_no_services_to_be_read() -> None:
    """Nothing declared is nothing denied."""
    parsed = read(f"{HEAD}{DEFAULTS}services: {{}}\n")
    assert parsed.policies == ()
    assert parsed.findings == ()
