"""What ClusterNetworkPolicy and its ancestors mean: → IR (kubernetes.md part B)."""

from __future__ import annotations

import pytest

from tests.kubernetes.reading import cluster_policy, cluster_policy_text, read
from translator.errors import Gate, Severity
from translator.ir.labels import EVERYTHING, NAMESPACE_NAME, Label, Scope, conjunction, one_of
from translator.ir.peers import EVERY_KIND, NODES, Domain, Endpoints, Network, Peer
from translator.ir.policy import Action, Direction, Policy
from translator.ir.traffic import ANY_TRAFFIC, SCTP, TCP, Ports, Traffic, protocol_set

HEAD = "tier: Admin, priority: 7, subject: {namespaces: {}}"
APP = Label(Scope.POD, "app")


def admin_policy(spec: str, kind: str = "AdminNetworkPolicy", name: str = "default") -> tuple[Policy, list[str]]:
    text = f"apiVersion: policy.networking.k8s.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"
    (policy,), findings = read(text)
    return policy, [finding.code for finding in findings]


def test_tier_and_priority_order_the_policy() -> None:
    """Nothing is isolated; a direction without rules is not touched."""
    policy = cluster_policy(f"{{{HEAD}, ingress: [{{action: Pass, name: first, from: [{{namespaces: {{}}}}]}}]}}")
    assert (policy.tier, policy.order, policy.isolates) == ("Admin", 7.0, frozenset())
    assert policy.directions == {Direction.INGRESS}
    assert (policy.namespace, policy.ingress[0].action, policy.ingress[0].name) == (None, Action.PASS, "first")


@pytest.mark.parametrize(
    ("subject", "meaning"),
    [
        ("namespaces: {}", Endpoints(selector=EVERYTHING)),
        (
            "namespaces: {matchLabels: {kubernetes.io/metadata.name: a}}",
            Endpoints(selector=one_of(NAMESPACE_NAME, "a")),
        ),
        ("pods: {podSelector: {matchLabels: {app: web}}}", Endpoints(selector=one_of(APP, "web"))),
        (
            "pods: {namespaceSelector: {matchLabels: {env: x}}, podSelector: {matchLabels: {app: web}}}",
            Endpoints(selector=conjunction(one_of(Label(Scope.NAMESPACE, "env"), "x"), one_of(APP, "web"))),
        ),
    ],
)
def test_the_subject_is_pods(subject: str, meaning: Peer) -> None:
    """A namespaceSelector that is absent is every namespace."""
    assert cluster_policy(f"{{tier: Baseline, priority: 0, subject: {{{subject}}}}}").subject == (meaning,)


@pytest.mark.parametrize(
    ("peer", "meaning"),
    [
        (
            "networks: [10.1.2.3/8, '::/0']",
            (Network(cidrs=("10.0.0.0/8", "::/0"), reach=EVERY_KIND),),
        ),
        (
            "nodes: {matchLabels: {zone: z}}",
            (Endpoints(selector=one_of(Label(Scope.NODE, "zone"), "z"), kinds=NODES),),
        ),
        ("domainNames: ['*.Example.com.', a.b]", (Domain(pattern="**.example.com"), Domain(pattern="a.b"))),
    ],
)
def test_egress_peers(peer: str, meaning: tuple[Peer, ...]) -> None:
    """Networks cover pods and nodes, nodes are nodes, and ``*.`` stands for one or more labels."""
    policy = cluster_policy(f"{{{HEAD}, egress: [{{action: Deny, to: [{{{peer}}}]}}]}}")
    assert policy.egress[0].peers == meaning


@pytest.mark.parametrize(
    ("protocols", "meaning"),
    [
        ("", (ANY_TRAFFIC,)),
        (
            "protocols: [{tcp: {destinationPort: {number: 80}}}]",
            (Traffic(protocols=protocol_set(TCP), ports=Ports(numbers=((80, 80),))),),
        ),
        (
            "protocols: [{sctp: {destinationPort: {range: {start: 1, end: 65535}}}}]",
            (Traffic(protocols=protocol_set(SCTP), ports=Ports(numbers=((1, 65535),))),),
        ),
        ("protocols: [{destinationNamedPort: http}]", (Traffic(ports=Ports(names=("http",))),)),
    ],
)
def test_protocols(protocols: str, meaning: tuple[Traffic, ...]) -> None:
    """A named port holds for every protocol; no protocols is all traffic, ICMP included."""
    comma = ", " if protocols else ""
    policy = cluster_policy(f"{{{HEAD}, ingress: [{{action: Deny, from: [{{namespaces: {{}}}}]{comma}{protocols}}}]}}")
    assert policy.ingress[0].traffic == meaning


def test_a_null_label_is_dropped_as_the_server_does() -> None:
    """The selector then asks for less, which is worth a warning."""
    (policy,), (finding,) = read(
        cluster_policy_text("{tier: Admin, priority: 1, subject: {namespaces: {matchLabels: {a: null}}}}")
    )
    assert policy.subject == (Endpoints(),)
    assert (finding.severity, finding.code) == (Severity.WARNING, "null-label")


def test_a_label_that_nobody_can_carry_is_a_warning() -> None:
    """The server takes any text in a selector; it matches nobody."""
    _, (finding,) = read(
        cluster_policy_text("{tier: Admin, priority: 1, subject: {namespaces: {matchLabels: {a: 'b c'}}}}")
    )
    assert (finding.severity, finding.gate) == (Severity.WARNING, Gate.NETPOLX)


def test_a_named_port_beside_networks_is_refused() -> None:
    """The standard channel admits it without saying what it means."""
    rule = "{action: Deny, to: [{networks: [10.0.0.0/8]}], protocols: [{destinationNamedPort: http}]}"
    policies, (finding,) = read(cluster_policy_text(f"{{{HEAD}, egress: [{rule}]}}"))
    assert (policies, finding.code) == ((), "undefined-named-port")


def test_an_admin_network_policy_is_one_of_tier_admin() -> None:
    """Allow is Accept, portNumber and portRange are ports of TCP unless they say otherwise."""
    policy, codes = admin_policy(
        "{priority: 5, subject: {namespaces: {}}, ingress: [{action: Allow, from: [{namespaces: {}}], ports: ["
        "{portNumber: {protocol: SCTP, port: 9}}, {portRange: {start: 1, end: 1}}, {namedPort: http}]}]}"
    )
    assert (policy.kind, policy.tier, policy.order, codes) == ("AdminNetworkPolicy", "Admin", 5.0, [])
    assert policy.ingress[0].action is Action.ALLOW
    assert policy.ingress[0].traffic == (
        Traffic(protocols=protocol_set(SCTP), ports=Ports(numbers=((9, 9),))),
        Traffic(protocols=protocol_set(TCP), ports=Ports(numbers=((1, 1),))),
        Traffic(ports=Ports(names=("http",))),
    )


def test_a_crossed_port_range_of_v1alpha1_matches_nothing() -> None:
    """Its schema does not compare the ends; the rule then stays, and matches no traffic."""
    policy, codes = admin_policy(
        "{priority: 5, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}], "
        "ports: [{portRange: {start: 9, end: 8}}]}]}"
    )
    assert (policy.ingress[0].traffic, codes) == ((), ["empty-range"])


def test_the_baseline_policy_is_alone_in_its_tier() -> None:
    """It is called default, has no priority and does not pass."""
    rule = "ingress: [{action: Deny, from: [{namespaces: {}}]}]"
    policy, _ = admin_policy(f"{{subject: {{namespaces: {{}}}}, {rule}}}", "BaselineAdminNetworkPolicy")
    assert (policy.tier, policy.order) == ("Baseline", 0.0)
    head = "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: BaselineAdminNetworkPolicy\n"
    for name, spec in (
        ("other", f"{{subject: {{namespaces: {{}}}}, {rule}}}"),
        ("default", f"{{priority: 1, subject: {{namespaces: {{}}}}, {rule}}}"),
        ("default", f"{{subject: {{namespaces: {{}}}}, {rule.replace('Deny', 'Pass')}}}"),
    ):
        assert not read(f"{head}metadata: {{name: {name}}}\nspec: {spec}\n")[0]
