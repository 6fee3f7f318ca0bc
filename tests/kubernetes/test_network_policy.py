"""What a NetworkPolicy means: NetworkPolicy → IR (kubernetes.md part A)."""

from __future__ import annotations

import pytest

from tests.kubernetes.reading import network_policy, network_policy_text, read
from translator.dialect import ParseOptions
from translator.dialects.kubernetes import DIALECT
from translator.documents.loading import load_text
from translator.errors import Severity
from translator.ir.labels import (
    EVERYTHING,
    NAMESPACE_NAME,
    And,
    Label,
    Scope,
    Selector,
    conjunction,
    has,
    lacks,
    none_of,
    one_of,
)
from translator.ir.peers import ANYONE, Endpoints, Network, Peer
from translator.ir.policy import BOTH, Direction, Engine
from translator.ir.traffic import ALL_PORTS, ANY_TRAFFIC, SCTP, TCP, UDP, Ports, Traffic, protocol_set

INGRESS = frozenset({Direction.INGRESS})
EGRESS = frozenset({Direction.EGRESS})
PROD = one_of(NAMESPACE_NAME, "prod")


def pod(key: str) -> Label:
    return Label(Scope.POD, key)


def pods(*terms: Selector) -> Endpoints:
    return Endpoints(selector=conjunction(*terms))


@pytest.mark.parametrize(
    ("spec", "directions"),
    [
        ("{}", INGRESS),
        ("{policyTypes: []}", INGRESS),
        ("{egress: []}", INGRESS),
        ("{egress: [{}]}", BOTH),
        ("{policyTypes: null, egress: [null]}", BOTH),
        ("{policyTypes: [Ingress], egress: [{}]}", INGRESS),
        ("{policyTypes: [Egress], ingress: [{}]}", EGRESS),
        ("{policyTypes: [Egress, Egress]}", EGRESS),
        ("null", INGRESS),
    ],
)
def test_policy_types_and_their_default_say_what_is_isolated(spec: str, directions: frozenset[Direction]) -> None:
    """Without policyTypes Ingress is isolated, and Egress where there is an egress rule."""
    policy = network_policy(spec)
    assert (policy.directions, policy.isolates) == (directions, directions)


@pytest.mark.parametrize(
    ("peer", "meaning"),
    [
        ("podSelector: {}", pods(PROD)),
        ("podSelector: {matchLabels: {app: web}}", pods(PROD, one_of(pod("app"), "web"))),
        ("namespaceSelector: {}", Endpoints(selector=EVERYTHING)),
        ("namespaceSelector: {}, podSelector: {matchLabels: {app: null}}", pods(one_of(pod("app"), ""))),
        (
            "namespaceSelector: {matchLabels: {env: dev}}, podSelector: {matchLabels: {app: web}}",
            pods(one_of(Label(Scope.NAMESPACE, "env"), "dev"), one_of(pod("app"), "web")),
        ),
        (
            "podSelector: {matchLabels: {b: x, a: z}, matchExpressions: [{key: c, operator: NotIn, values: [q, p, q]}, "
            "{key: d, operator: Exists}, {key: e, operator: DoesNotExist, values: []}]}",
            pods(
                PROD,
                one_of(pod("b"), "x"),
                one_of(pod("a"), "z"),
                none_of(pod("c"), "p", "q"),
                has(pod("d")),
                lacks(pod("e")),
            ),
        ),
        (
            "ipBlock: {cidr: 'FD00:0::/8', except: ['fd00:1::/32']}",
            Network(cidrs=("fd00::/8",), excepts=("fd00:1::/32",), reach=None),
        ),
    ],
)
def test_a_peer_names_pods_or_addresses(peer: str, meaning: Peer) -> None:
    """A podSelector alone stays in the policy's namespace; an ipBlock leaves open whether it covers pods."""
    policy = network_policy(f"{{ingress: [{{from: [{{{peer}}}]}}]}}")
    assert policy.ingress[0].peers == (meaning,)


@pytest.mark.parametrize("rule", ["{}", "null", "{from: []}", "{from: null, ports: null}", "{ports: []}"])
def test_a_rule_without_peers_and_ports_allows_everything(rule: str) -> None:
    """Absent, empty and null lists restrict nothing."""
    (found,) = network_policy(f"{{ingress: [{rule}]}}").ingress
    assert (found.peers, found.traffic) == ((ANYONE,), (ANY_TRAFFIC,))


@pytest.mark.parametrize(
    ("item", "meaning"),
    [
        ("{}", Traffic(protocols=protocol_set(TCP), ports=ALL_PORTS)),
        ("null", Traffic(protocols=protocol_set(TCP), ports=ALL_PORTS)),
        ("{protocol: UDP}", Traffic(protocols=protocol_set(UDP), ports=ALL_PORTS)),
        ("{port: 53}", Traffic(protocols=protocol_set(TCP), ports=Ports(numbers=((53, 53),)))),
        ("{port: 80, endPort: 80}", Traffic(protocols=protocol_set(TCP), ports=Ports(numbers=((80, 80),)))),
        (
            "{protocol: SCTP, port: 80, endPort: 90}",
            Traffic(protocols=protocol_set(SCTP), ports=Ports(numbers=((80, 90),))),
        ),
        ("{protocol: UDP, port: dns}", Traffic(protocols=protocol_set(UDP), ports=Ports(names=("dns",)))),
    ],
)
def test_a_port_item_is_one_protocol_and_its_ports(item: str, meaning: Traffic) -> None:
    """No protocol is TCP, no port is every port of the protocol."""
    assert network_policy(f"{{ingress: [{{ports: [{item}]}}]}}").ingress[0].traffic == (meaning,)


def test_the_subject_is_pods_of_the_policys_namespace() -> None:
    """podSelector selects in the own namespace only."""
    assert network_policy("{podSelector: {matchLabels: {app: db}}}").subject == (pods(PROD, one_of(pod("app"), "db")),)


def test_a_policy_without_a_namespace_lives_where_the_options_say() -> None:
    """Offline there is no kubectl context; ``default`` unless told otherwise."""
    text = network_policy_text("{}").replace(", namespace: prod", "")
    (policy,), _ = read(text)
    assert (policy.reference, policy.subject) == ("default/p", (pods(one_of(NAMESPACE_NAME, "default")),))
    options = ParseOptions(engine=Engine.KUBERNETES, default_namespace="shop")
    assert DIALECT.parse(load_text(text).documents, options).policies[0].reference == "shop/p"


def test_rules_of_undeclared_directions_are_kept_and_warned_of() -> None:
    """They are inert by the API, but Cilium enforces them: nobody should have them."""
    (policy,), (finding,) = read(network_policy_text("{policyTypes: [Ingress], egress: [{}]}"))
    assert (len(policy.egress), policy.directions) == (1, INGRESS)
    assert (finding.severity, finding.code) == (Severity.WARNING, "inert-rules")


def test_an_explicit_null_among_peers_is_warned_of() -> None:
    """``to:`` with nothing below it allows traffic to everyone, which few have in mind."""
    _, (finding,) = read(network_policy_text("{egress: [{to: null, ports: [{port: 443}]}]}"))
    assert (finding.code, finding.origin and finding.origin.field_path) == ("null-peers", "spec.egress[0].to")


def test_the_old_api_group_is_read_with_a_warning() -> None:
    """extensions/v1beta1 has the same shape and defaults."""
    text = network_policy_text("{podSelector: {}}").replace("networking.k8s.io/v1", "extensions/v1beta1")
    (policy,), (finding,) = read(text)
    assert (policy.kind, finding.severity, finding.code) == ("NetworkPolicy", Severity.WARNING, "old-api-version")


def test_rules_know_where_they_stand() -> None:
    """Every rule carries its place, for messages and verdicts."""
    policy = network_policy("{ingress: [{}, {}], egress: [{}]}")
    places = [rule.origin.field_path for rule in (*policy.ingress, *policy.egress) if rule.origin]
    assert places == ["spec.ingress[0]", "spec.ingress[1]", "spec.egress[0]"]


def test_order_of_requirements_is_kept() -> None:
    """What people wrote first comes first when it is written again."""
    (subject,) = network_policy("{podSelector: {matchLabels: {z: '1', a: '2'}}}").subject
    assert isinstance(subject, Endpoints)
    assert isinstance(subject.selector, And)
    assert [term.label.key for term in subject.selector.terms[1:]] == ["z", "a"]  # type: ignore[union-attr]
