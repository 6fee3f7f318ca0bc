"""How Cilium and Calico read these kinds: beyond the API's text, and where no API server stood before them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.kubernetes.reading import (
    cluster_policy,
    cluster_policy_text,
    cluster_refusals,
    network_policy,
    network_policy_text,
    read,
    refusals,
)
from translator.context import CalicoOptions, CiliumOptions, Context
from translator.errors import Gate, Severity
from translator.ir.labels import (
    CLUSTER_NAME,
    LOCAL_CLUSTER,
    NAMESPACE_NAME,
    SERVICE_ACCOUNT_NAME,
    Label,
    Scope,
    Selector,
    conjunction,
    lacks,
    none_of,
    one_of,
)
from translator.ir.peers import ANYONE, EVERY_KIND, PODS, RESERVED, Domain, Endpoints, Network, Peer
from translator.ir.policy import Action, Direction, Engine
from translator.ir.traffic import ALL_PORTS, ANY_TRAFFIC, SCTP, TCP, UDP, Ports, Traffic, protocol_set

CILIUM: dict[str, Any] = {"engine": Engine.CILIUM, "gates": frozenset({Gate.CILIUM})}
CALICO: dict[str, Any] = {"engine": Engine.CALICO, "gates": frozenset({Gate.CALICO})}
UNVALIDATED: dict[str, Any] = {
    "engine": Engine.CALICO,
    "gates": frozenset(),
    "context": Context(calico=CalicoOptions(admission="none")),
}
MESH = Context(cilium=CiliumOptions(policy_default_local_cluster=False))
HEAD = "tier: Admin, priority: 1, subject: {pods: {podSelector: {}}}"
OWN = one_of(NAMESPACE_NAME, "prod")
LOCAL = one_of(CLUSTER_NAME, LOCAL_CLUSTER)


def local(*terms: Selector) -> Endpoints:
    return Endpoints(selector=conjunction(LOCAL, *terms))


def tcp(ports: Ports) -> Traffic:
    return Traffic(protocols=protocol_set(TCP), ports=ports)


# -- NetworkPolicy under Cilium ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("peer", "meaning"),
    [
        ("podSelector: {}", local(OWN)),
        ("namespaceSelector: {}", local()),
        (
            "podSelector: {matchLabels: {io.kubernetes.pod.namespace: b, app: web}}",
            local(OWN, one_of(Label(Scope.POD, "app"), "web")),
        ),
        (
            "namespaceSelector: {}, podSelector: {matchLabels: {io.kubernetes.pod.namespace: b}}",
            local(one_of(NAMESPACE_NAME, "b")),
        ),
        (
            "podSelector: {matchLabels: {io.cilium.k8s.policy.cluster: c2}}",
            Endpoints(selector=conjunction(OWN, one_of(CLUSTER_NAME, "c2"))),
        ),
        (
            "podSelector: {matchLabels: {io.cilium.k8s.policy.serviceaccount: robot}}",
            local(OWN, one_of(SERVICE_ACCOUNT_NAME, "robot")),
        ),
    ],
)
def test_cilium_reads_selectors_over_identity_labels(peer: str, meaning: Peer) -> None:
    """Peers are of the local cluster, and some keys are the namespace, the account or the cluster of the pod."""
    policy = network_policy(f"{{ingress: [{{from: [{{{peer}}}]}}]}}", engine=Engine.CILIUM)
    assert policy.ingress[0].peers == (meaning,)


def test_without_a_default_cluster_negative_selectors_match_more_than_pods() -> None:
    """Nodes and the world lack every label, so nothing keeps them out."""
    spec = "{ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: env, operator: DoesNotExist}]}}]}]}"
    without_env = lacks(Label(Scope.NAMESPACE, "env"))
    (rule,) = network_policy(spec, engine=Engine.CILIUM, context=MESH).ingress
    assert rule.peers == (Endpoints(selector=without_env, kinds=EVERY_KIND),)
    (rule,) = network_policy(spec, engine=Engine.CILIUM).ingress
    assert rule.peers == (local(without_env),)


@pytest.mark.parametrize(
    ("item", "meaning"),
    [
        ("{port: '80'}", [tcp(Ports(numbers=((80, 80),)))]),
        ("{port: 0, endPort: 100}", [tcp(ALL_PORTS)]),
        ("{port: a--b}", [tcp(ALL_PORTS)]),
        ("{port: 65536}", [tcp(Ports(numbers=((65535, 65535),)))]),
        ("{port: '010'}", [tcp(Ports(numbers=((8, 8),)))]),
        ("{port: 80, endPort: 8}", [tcp(Ports(numbers=((80, 80),)))]),
        ("{port: HTTP}", [tcp(Ports(names=("HTTP",)))]),
        ("{port: http, endPort: 8090}", [tcp(Ports(spans=(("http", 8090),)))]),
        ("{port: 80, protocol: tcp}", [tcp(Ports(numbers=((80, 80),)))]),
        (
            "{port: 80, protocol: any}",
            [Traffic(protocols=protocol_set(n), ports=Ports(numbers=((80, 80),))) for n in (TCP, UDP, SCTP)],
        ),
    ],
)
def test_cilium_reads_ports_that_the_api_refuses(item: str, meaning: list[Traffic]) -> None:
    """Without the API server's gate the object is read as the agent does, and what the API refuses is a warning."""
    spec = f"{{ingress: [{{ports: [{item}]}}]}}"
    (policy,), findings = read(network_policy_text(spec), **CILIUM)
    assert list(policy.ingress[0].traffic) == meaning
    assert {(finding.gate, finding.severity) for finding in findings} == {(Gate.APISERVER, Severity.WARNING)}
    assert refusals(spec, engine=Engine.CILIUM)


@pytest.mark.parametrize(
    ("peer", "meaning"),
    [
        ("{}", local(OWN)),
        ("{ipBlock: {cidr: 20.1.1.1}, podSelector: {}}", Network(cidrs=("20.1.1.1/32",), reach=None)),
        (
            "{ipBlock: {cidr: 20.0.0.0/8, except: [20.0.0.0/8]}}",
            Network(cidrs=("20.0.0.0/8",), excepts=("20.0.0.0/8",), reach=None),
        ),
        ("{podSelector: {matchLabels: {'k8s:app': web}}}", local(OWN, one_of(Label(Scope.POD, "app"), "web"))),
        ("{podSelector: {matchExpressions: [{key: a, operator: Foo}]}}", local(OWN)),
    ],
)
def test_cilium_reads_peers_that_the_api_refuses(peer: str, meaning: Peer) -> None:
    """An empty peer is the own namespace, ipBlock counts before selectors, unknown operators ask for nothing."""
    assert network_policy(f"{{ingress: [{{from: [{peer}]}}]}}", **CILIUM).ingress[0].peers == (meaning,)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{ingress: [{ports: [{protocol: ICMP}]}]}", "expected a protocol that Cilium knows"),
        ("{ingress: [{from: [{ipBlock: {cidr: ''}}]}]}", "the agent panics on the CIDR ''"),
        ("{ingress: {}}", "expected a list, found a mapping"),
    ],
)
def test_what_the_agent_cannot_read_is_its_refusal(spec: str, message: str) -> None:
    """Even without the API server's gate some objects take no effect."""
    _, findings = read(network_policy_text(spec), **CILIUM)
    (error,) = [finding for finding in findings if finding.severity is Severity.ERROR]
    assert (error.gate, error.message.startswith(message)) == (Gate.CILIUM, True)


def test_an_agent_ignores_unknown_fields_aloud() -> None:
    """What the agent's decoder drops is a warning, and the rest is read without it."""
    (policy,), (finding,) = read(network_policy_text("{ingress: [{From: [{podSelector: {}}]}]}"), **CILIUM)
    assert policy.ingress[0].peers == (ANYONE,)
    assert (finding.code, finding.severity) == ("unknown-field", Severity.WARNING)


def test_cilium_isolates_ingress_for_unknown_policy_types() -> None:
    """Everything but a list of Egress alone isolates ingress."""
    assert network_policy("{policyTypes: [Foo]}", **CILIUM).isolates == {Direction.INGRESS}


# -- NetworkPolicy under Calico ---------------------------------------------------------------------------------------


def test_calicos_admission_leaves_the_api_servers_gate_before_network_policies() -> None:
    """Only objects that reached the agent unvalidated are read as it reads them."""
    spec = "{ingress: [{from: [{}]}]}"
    assert refusals(spec, **CALICO)
    assert network_policy(spec, **UNVALIDATED).ingress[0].peers == (Endpoints(selector=OWN),)


def test_calico_reads_unvalidated_policies_its_own_way() -> None:
    """No types are Ingress, a bad CIDR is everyone, and a name with endPort drops the rule."""
    policy = network_policy("{egress: [{}]}", **UNVALIDATED)
    assert policy.isolates == {Direction.INGRESS}
    assert network_policy("{ingress: [{from: [{ipBlock: {cidr: x}}]}]}", **UNVALIDATED).ingress[0].peers == (ANYONE,)
    assert network_policy("{ingress: [{ports: [{port: a, endPort: 9}]}]}", **UNVALIDATED).ingress == ()


def test_an_unknown_reading_is_refused() -> None:
    """Where no source says what Calico does, this program does not guess."""
    _, findings = read(network_policy_text("{ingress: [{ports: [{protocol: FOO}]}]}"), **UNVALIDATED)
    assert [finding.gate for finding in findings if finding.severity is Severity.ERROR] == [Gate.NETPOLX]


# -- ClusterNetworkPolicy under Cilium --------------------------------------------------------------------------------


def test_cilium_demands_the_local_cluster_of_pods_and_not_of_namespaces() -> None:
    """The two kinds of peers differ there, and in whom negative expressions let in."""
    policy = cluster_policy(
        f"{{{HEAD}, ingress: [{{action: Deny, from: [{{pods: {{podSelector: {{}}}}}}, {{namespaces: {{}}}}, "
        "{namespaces: {matchExpressions: [{key: env, operator: NotIn, values: [x]}]}}]}]}",
        engine=Engine.CILIUM,
    )
    not_x = none_of(Label(Scope.NAMESPACE, "env"), "x")
    assert policy.ingress[0].peers == (local(), Endpoints(), Endpoints(selector=not_x, kinds=EVERY_KIND))


def test_a_negative_subject_takes_other_endpoints_in() -> None:
    """Cilium's own and unmanaged endpoints have no namespace labels."""
    policy = cluster_policy(
        "{tier: Admin, priority: 1, subject: {namespaces: {matchExpressions: [{key: a, operator: DoesNotExist}]}}}",
        engine=Engine.CILIUM,
    )
    (subject,) = policy.subject
    assert isinstance(subject, Endpoints)
    assert subject.kinds == PODS | RESERVED


@pytest.mark.parametrize(
    ("rule", "action", "peers", "traffic"),
    [
        ("{action: Deny}", Action.DENY, (ANYONE,), (ANY_TRAFFIC,)),
        ("{action: Deny, from: [], protocols: []}", Action.DENY, (ANYONE,), (ANY_TRAFFIC,)),
        ("{action: Allow, from: [{namespaces: {}}]}", Action.ALLOW, (Endpoints(),), (ANY_TRAFFIC,)),
        ("{action: Accept, from: [{}]}", Action.ALLOW, (), (ANY_TRAFFIC,)),
        ("{action: Pass, from: [{}, {namespaces: {}}]}", Action.DENY, (ANYONE,), (ANY_TRAFFIC,)),
        (
            "{action: Deny, protocols: [{tcp: {}}]}",
            Action.DENY,
            (ANYONE,),
            (Traffic(protocols=protocol_set(TCP), ports=ALL_PORTS),),
        ),
        (
            "{action: Deny, protocols: [{}]}",
            Action.DENY,
            (ANYONE,),
            (Traffic(protocols=protocol_set(TCP, UDP, SCTP), ports=ALL_PORTS),),
        ),
        (
            "{action: Deny, protocols: [{tcp: {destinationPort: {range: {start: 81, end: 80}}}}]}",
            Action.DENY,
            (ANYONE,),
            (Traffic(protocols=protocol_set(TCP), ports=Ports(numbers=((81, 81),))),),
        ),
    ],
)
def test_cilium_reads_rules_that_the_schema_refuses(
    rule: str, action: Action, peers: tuple[Peer, ...], traffic: tuple[Traffic, ...]
) -> None:
    """Missing peers are everyone; an unknown one denies everyone unless the rule accepts."""
    found = cluster_policy(f"{{{HEAD}, ingress: [{rule}]}}", **CILIUM).ingress[0]
    assert (found.action, found.peers, found.traffic) == (action, peers, traffic)


def test_cilium_opens_dns_for_domain_names() -> None:
    """Beside the rule for the names, DNS to kube-dns is allowed at the same place in the order."""
    rules = "{action: Deny, to: [{namespaces: {}}]}, {action: Accept, to: [{domainNames: ['*.a.b']}]}"
    (policy, companion), _ = read(cluster_policy_text(f"{{{HEAD}, egress: [{rules}]}}"), engine=Engine.CILIUM)
    assert policy.egress[1].peers == (Domain(pattern="**.a.b"),)
    assert (companion.order, companion.ingress, len(companion.egress)) == (1.01, (), 1)
    assert companion.egress[0].traffic[0].ports.names == ("dns", "dns-tcp")


@pytest.mark.parametrize(
    ("rule", "options"),
    [
        ("{action: Deny, to: [{domainNames: [a.b]}]}", CiliumOptions()),
        ("{action: Accept, to: [{domainNames: [a.b]}]}", replace(CiliumOptions(), enable_l7_proxy=False)),
        ("{action: Deny, to: [{nodes: {}}]}", CiliumOptions()),
    ],
)
def test_cilium_refuses_what_its_options_do_not_cover(rule: str, options: CiliumOptions) -> None:
    """The API server accepts these; the agent takes nothing of the object."""
    assert cluster_refusals(f"{{{HEAD}, egress: [{rule}]}}", engine=Engine.CILIUM, context=Context(cilium=options))


def test_cilium_does_not_know_v1alpha1() -> None:
    """The kind takes no effect, which is said."""
    text = cluster_policy_text("{priority: 1, subject: {namespaces: {}}}")
    text = text.replace("v1alpha2", "v1alpha1").replace("ClusterNetworkPolicy", "AdminNetworkPolicy")
    policies, (finding,) = read(text, engine=Engine.CILIUM)
    assert (policies, finding.code, finding.severity) == ((), "policy-ignored", Severity.WARNING)
    older = Context(calico=CalicoOptions(version="3.30"))
    assert len(read(text, engine=Engine.CALICO, context=older)[0]) == 1
    assert not read(text, engine=Engine.CALICO)[0]


# -- ClusterNetworkPolicy under Calico --------------------------------------------------------------------------------


def test_calico_counts_network_sets_among_the_namespaces() -> None:
    """A namespaces peer names the pods and, by a group reference, the network sets of the namespaces."""
    spec = f"{{{HEAD}, ingress: [{{action: Deny, from: [{{namespaces: {{matchLabels: {{env: dev}}}}}}]}}]}}"
    pods, sets = cluster_policy(spec, engine=Engine.CALICO).ingress[0].peers
    selector = one_of(Label(Scope.NAMESPACE, "env"), "dev")
    assert pods == Endpoints(selector=selector)
    assert isinstance(sets, Network)
    assert sets.group is not None
    assert (sets.cidrs, sets.group.selector) == ((), selector)


@pytest.mark.parametrize(
    ("rule", "action", "peers"),
    [
        ("{action: Accept, to: [{namespaces: {}}, {nodes: {}}]}", Action.ALLOW, ()),
        ("{action: Pass, to: [{namespaces: {}}, {nodes: {}}]}", Action.DENY, (ANYONE,)),
        ("{action: Deny, to: [{domainNames: [a.b]}], protocols: [{tcp: {}}]}", Action.DENY, (ANYONE,)),
        ("{action: Deny, to: []}", Action.DENY, ()),
    ],
)
def test_one_unknown_peer_spoils_the_rule_for_calico(rule: str, action: Action, peers: tuple[Peer, ...]) -> None:
    """It fails closed: an Accept goes, a Deny or Pass denies everything."""
    found = cluster_policy(f"{{{HEAD}, egress: [{rule}]}}", **CALICO).egress[0]
    assert (found.action, found.peers) == (action, peers)


def test_calico_ignores_policies_of_no_known_tier_or_subject() -> None:
    """Neither is an error of the object that the agent would report."""
    for spec in ("{tier: Middle, priority: 1, subject: {namespaces: {}}}", "{tier: Admin, priority: 1, subject: {}}"):
        policies, findings = read(cluster_policy_text(spec), **CALICO)
        assert policies == ()
        assert findings[-1].code == "policy-ignored"
