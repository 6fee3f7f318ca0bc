"""What each construct becomes in the IR."""

from __future__ import annotations

import pytest

from tests.cilium.reading import AGENT, ccnp, cnp, errors, parse_all, policy, read, warnings
from translator.context import CiliumOptions, Context, ServiceBackend, ServiceInfo
from translator.documents.loading import load_text
from translator.ir.labels import (
    CLUSTER_NAME,
    LOCAL_CLUSTER,
    NAMESPACE_NAME,
    SERVICE_ACCOUNT_NAME,
    Label,
    Requirement,
    Scope,
    conjunction,
    has,
    none_of,
    one_of,
)
from translator.ir.peers import ANYONE, EVERY_KIND, PODS, Domain, Endpoints, Kind, Network, Peer, Service, Unsupported
from translator.ir.policy import Action, Direction, Rule
from translator.ir.traffic import ALL_PORTS, ANY_TRAFFIC, SCTP, TCP, UDP, IcmpMatch, Ports, Traffic, protocol_set
from translator.semantics.verdict.cilium import DEFAULT, assemble

LOCAL = one_of(CLUSTER_NAME, LOCAL_CLUSTER)
IN_A = one_of(NAMESPACE_NAME, "a")
GROUP = """apiVersion: cilium.io/v2
kind: CiliumCIDRGroup
metadata: {{name: {name}, labels: {labels}}}
spec: {{externalCIDRs: {cidrs}}}
---
"""


def app(name: str) -> Requirement:
    """The requirement ``app = name``."""
    return one_of(Label(Scope.POD, "app"), name)


def pods(*terms: Requirement) -> Endpoints:
    """Pods by requirements."""
    return Endpoints(selector=conjunction(*terms), kinds=PODS)


def peers(item: str, *, clusterwide: bool = False, **options: object) -> tuple[Peer, ...]:
    """The peers of an ingress item of a policy."""
    text = f"{{endpointSelector: {{}}, ingress: [{item}]}}"
    (rule,) = policy(ccnp(text) if clusterwide else cnp(text), **options).ingress
    return rule.peers


def traffic(ports: str, **options: object) -> tuple[Traffic, ...]:
    """The traffic of an ingress item with a ``ports`` list."""
    text = cnp(f"{{endpointSelector: {{}}, ingress: [{{toPorts: [{{ports: {ports}}}]}}]}}")
    (rule,) = policy(text, **options).ingress
    return rule.traffic


def test_subject_is_bound_to_the_namespace() -> None:
    """A CiliumNetworkPolicy selects pods of its own namespace, whatever its selector says of namespaces."""
    text = cnp("{endpointSelector: {matchLabels: {app: web, 'k8s:io.kubernetes.pod.namespace': b}}, ingress: [{}]}")
    assert policy(text).subject == (pods(IN_A, app("web")),)
    assert "applies to its own namespace a, not to b" in warnings(read(text).findings)[0]


def test_clusterwide_empty_subject_is_every_endpoint_but_the_host() -> None:
    """Health, ingress and init endpoints belong to it (cilium.md 2.4)."""
    (found,) = policy(ccnp("{endpointSelector: {}, ingress: [{}]}")).subject
    assert found == Endpoints(kinds=EVERY_KIND - {Kind.HOST, Kind.REMOTE_NODE, Kind.KUBE_APISERVER, Kind.OUTSIDE})


def test_host_policy_needs_the_host_firewall() -> None:
    """Without the option it is kept but enforces nothing, with a warning (cilium.md 9)."""
    text = ccnp("{nodeSelector: {matchLabels: {zone: x}}, ingress: [{}]}")
    parsed = read(text)
    assert [each.staged for each in parsed.policies] == [True]
    assert "enable-host-firewall" in warnings(parsed.findings)[0]
    on = Context(cilium=CiliumOptions(enable_host_firewall=True))
    zone = one_of(Label(Scope.NODE, "zone"), "x")
    assert policy(text, context=on).subject == (Endpoints(selector=zone, kinds=frozenset({Kind.HOST})),)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("{fromEndpoints: [{}]}", (pods(LOCAL, IN_A),)),
        ("{fromEndpoints: [{matchLabels: {app: web}}]}", (pods(IN_A, LOCAL, app("web")),)),
        (
            "{fromEndpoints: [{matchLabels: {io.cilium.k8s.policy.cluster: c2}}]}",
            (pods(IN_A, one_of(CLUSTER_NAME, "c2")),),
        ),
        (
            "{fromEndpoints: [{matchLabels: {io.cilium.k8s.policy.serviceaccount: sa}}]}",
            (pods(IN_A, LOCAL, one_of(SERVICE_ACCOUNT_NAME, "sa")),),
        ),
        ("{fromEndpoints: [{matchLabels: {'reserved:host': ''}}]}", (Endpoints(kinds=frozenset({Kind.HOST})),)),
    ],
)
def test_peer_selectors_are_scoped(item: str, expected: tuple[Peer, ...]) -> None:
    """Namespace and cluster are demanded where the selector says nothing of them (cilium.md 2.3)."""
    assert [set(terms(each)) for each in peers(item)] == [set(terms(each)) for each in expected]


def terms(peer: Peer) -> tuple[object, ...]:
    """The requirements of a peer as a set would hold them."""
    assert isinstance(peer, Endpoints)
    return (peer.kinds, *getattr(peer.selector, "terms", (peer.selector,)))


def test_namespace_labels_reach_across_namespaces() -> None:
    """A key of namespace labels keeps the policy's own namespace out of the selector."""
    (found,) = peers("{fromEndpoints: [{matchLabels: {io.cilium.k8s.namespace.labels.team: red}}]}")
    assert found == pods(LOCAL, one_of(Label(Scope.NAMESPACE, "team"), "red"))


def test_negative_namespace_selector_without_a_cluster_selects_nodes_and_the_world() -> None:
    """They have no namespace, so they are in none of those excluded [V B2b, B2c]."""
    item = "{fromEndpoints: [{matchExpressions: [{key: io.kubernetes.pod.namespace, operator: NotIn, values: [b]}]}]}"
    assert peers(item) == (pods(LOCAL, none_of(NAMESPACE_NAME, "b")),)
    anywhere = Context(cilium=CiliumOptions(policy_default_local_cluster=False))
    assert peers(item, context=anywhere) == (
        pods(none_of(NAMESPACE_NAME, "b")),
        Endpoints(kinds=EVERY_KIND - PODS),
    )


def test_clusterwide_peers_are_pods_of_all_namespaces() -> None:
    """`{}` demands a namespace, which is what every pod has."""
    assert peers("{fromEndpoints: [{}]}", clusterwide=True) == (pods(LOCAL),)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("{fromEntities: [all]}", (ANYONE,)),
        ("{fromEntities: [world]}", (Endpoints(kinds=frozenset({Kind.OUTSIDE})),)),
        (
            "{fromEntities: [host, remote-node]}",
            (Endpoints(kinds=frozenset({Kind.HOST, Kind.REMOTE_NODE, Kind.KUBE_APISERVER})),),
        ),
        ("{fromEntities: [cluster]}", (pods(LOCAL), Endpoints(kinds=EVERY_KIND - PODS - {Kind.OUTSIDE}))),
        ("{fromCIDR: [10.1.2.3/8, 'fd00::/8']}", (Network(cidrs=("10.0.0.0/8", "fd00::/8"), reach=None),)),
        (
            "{fromCIDRSet: [{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}]}",
            (Network(cidrs=("10.0.0.0/8",), excepts=("10.1.0.0/16",), reach=None),),
        ),
    ],
)
def test_entities_and_addresses(item: str, expected: tuple[Peer, ...]) -> None:
    """Entities are kinds of ends; addresses wait for the match mode."""
    assert peers(item) == expected


def test_names_groups_and_unknown_services() -> None:
    """Names become domains, cloud groups stay opaque, services without a context stay services."""
    text = (
        "{endpointSelector: {}, egress: [{toFQDNs: [{matchPattern: '**.X.io.'}]}, "
        "{toGroups: [{aws: {securityGroupsNames: [s]}}]}, "
        "{toServices: [{k8sService: {serviceName: s, namespace: b}}]}]}"
    )
    assert [rule.peers[0] for rule in policy(cnp(text)).egress] == [
        Domain(pattern="**.x.io"),
        Unsupported(feature="cloud-groups", text='{"aws":{"securityGroupsNames":["s"]}}'),
        Service(namespace="b", name="s"),
    ]


def test_services_of_the_context_are_expanded() -> None:
    """A Service with a selector is its pods, one without is its addresses (cilium.md 6.6)."""
    services = {
        "b/s": ServiceInfo(namespace="b", name="s", selector={"app": "s"}),
        "b/t": ServiceInfo(namespace="b", name="t", backends=(ServiceBackend(address="20.1.1.1"),)),
    }
    text = "{endpointSelector: {}, egress: [{toServices: [{k8sService: {serviceName: %s, namespace: b}}]}]}"
    context = Context(services=services)
    by_selector, by_address = (policy(cnp(text % name), context=context).egress[0].peers for name in ("s", "t"))
    assert by_selector == (pods(LOCAL, one_of(NAMESPACE_NAME, "b"), app("s")),)
    assert by_address == (Network(cidrs=("20.1.1.1/32",), reach=None),)


def test_cidr_groups_are_resolved_and_remembered() -> None:
    """By name and by labels; two groups share the addresses that both hold."""
    groups = GROUP.format(name="g", labels="{env: prod}", cidrs="[20.0.0.0/8]")
    groups += GROUP.format(name="h", labels="{tier: x}", cidrs="[20.1.0.0/16, 30.0.0.0/8]")
    spec = "{endpointSelector: {}, egress: [{toCIDRSet: [%s]}]}"
    by_name = policy(groups + cnp(spec % "{cidrGroupRef: g}")).egress[0].peers[0]
    both = policy(groups + cnp(spec % "{cidrGroupSelector: {matchLabels: {env: prod, tier: x}}}")).egress[0].peers[0]
    assert isinstance(by_name, Network)
    assert (by_name.cidrs, by_name.group and by_name.group.names) == (("20.0.0.0/8",), ("g",))
    assert isinstance(both, Network)
    assert (both.cidrs, both.group and both.group.names) == (("20.1.0.0/16",), ("g", "h"))
    assert "no CiliumCIDRGroup `g`" in warnings(read(cnp(spec % "{cidrGroupRef: g}")).findings)[0]


@pytest.mark.parametrize(
    ("item", "rules"),
    [
        ("{}", 0),
        ("{fromEndpoints: []}", 0),
        ("{fromEndpoints: [], fromEntities: [all]}", 0),
        ("{fromEndpoints: [], toPorts: [{ports: [{port: '80'}]}]}", 0),
        ("{fromEndpoints: [{}], toPorts: [{}]}", 0),
        ("{fromEndpoints: [{}], toPorts: []}", 1),
        ("{fromGroups: [], toPorts: [{ports: [{port: '80'}]}]}", 1),
        ("{toPorts: [{ports: [{port: '80'}]}]}", 1),
    ],
)
def test_absent_and_empty_are_two_things(item: str, rules: int) -> None:
    """Whatever the items match, their presence isolates (cilium.md 3, 4)."""
    found = policy(cnp(f"{{endpointSelector: {{}}, ingress: [{item}]}}"))
    assert len(found.ingress) == rules
    assert found.isolates == {Direction.INGRESS}


def test_ports_without_peers_are_for_everyone() -> None:
    """No peers at all beside ports is everyone, nodes and the world included."""
    assert peers("{toPorts: [{ports: [{port: '80'}]}]}") == (ANYONE,)


@pytest.mark.parametrize(
    ("ports", "protocols", "expected"),
    [
        ("[{port: '80', protocol: TCP}]", (TCP,), Ports(numbers=((80, 80),))),
        ("[{port: '80'}]", (TCP, UDP, SCTP), Ports(numbers=((80, 80),))),
        ("[{port: '0', endPort: 80}]", (TCP, UDP, SCTP), ALL_PORTS),
        ("[{port: '80', endPort: 90, protocol: UDP}]", (UDP,), Ports(numbers=((80, 90),))),
        ("[{port: '80', endPort: 70, protocol: UDP}]", (UDP,), Ports(numbers=((80, 80),))),
        ("[{port: '010', protocol: UDP}]", (UDP,), Ports(numbers=((8, 8),))),
        ("[{port: HTTP, protocol: TCP}]", (TCP,), Ports(names=("http",))),
    ],
)
def test_ports(ports: str, protocols: tuple[int, ...], expected: Ports) -> None:
    """Ports as the agent reads them (cilium.md 7)."""
    assert traffic(ports) == (Traffic(protocols=protocol_set(*protocols), ports=expected),)


def test_icmp_type_zero_is_every_type() -> None:
    """The type stands where a port would, and port 0 is all of them."""
    text = cnp("{endpointSelector: {}, ingress: [{icmps: [{fields: [{type: 0}, {type: EchoRequest, family: IPv6}]}]}]}")
    assert policy(text).ingress[0].traffic == (
        Traffic(protocols=((1, 1),)),
        Traffic(protocols=((58, 58),), icmp=IcmpMatch(types=((128, 128),))),
    )


def test_entries_with_other_rules_are_other_rules() -> None:
    """One item with HTTP on one entry and nothing on another is two rules with the same peers."""
    text = cnp(
        "{endpointSelector: {}, ingress: [{fromEntities: [world], toPorts: [{ports: [{port: '80', protocol: TCP}], "
        "rules: {http: [{method: GET, headers: ['X-A: v w', X-B]}]}}, {ports: [{port: '81', protocol: TCP}]}]}]}"
    )
    first, second = policy(text).ingress
    assert first.layer7 is not None
    assert first.layer7.http is not None
    assert [(each.name, each.value) for each in first.layer7.http[0].headers] == [("X-A", "v w"), ("X-B", None)]
    assert (second.layer7, second.peers) == (None, first.peers)


def test_demands_that_only_cilium_knows_are_conditions() -> None:
    """Authentication, TLS names and listeners stay as text."""
    text = cnp(
        "{endpointSelector: {}, egress: [{toEntities: [world], authentication: {mode: required}, "
        "toPorts: [{ports: [{port: '443', protocol: TCP}], serverNames: [b.io, a.io]}]}]}"
    )
    (rule,) = policy(text).egress
    assert [(each.feature, each.text) for each in rule.conditions] == [
        ("server-names", '["a.io", "b.io"]'),
        ("authentication", "required"),
    ]


def test_deny_items_are_deny_rules() -> None:
    """Their order among the allow items means nothing; a switched-off default deny does not isolate."""
    text = cnp(
        "{endpointSelector: {}, enableDefaultDeny: {ingress: false}, ingress: [{fromEntities: [host]}], "
        "ingressDeny: [{fromEntities: [world]}]}"
    )
    found = policy(text)
    assert [rule.action for rule in found.ingress] == [Action.DENY, Action.ALLOW]
    assert found.directions == {Direction.INGRESS}
    assert not found.isolates


def test_default_deny_without_items_has_no_effect() -> None:
    """`enableDefaultDeny.egress: true` beside ingress items isolates nothing on egress [V A9h]."""
    found = policy(cnp("{endpointSelector: {}, enableDefaultDeny: {egress: true}, ingress: [{}]}"))
    assert found.isolates == {Direction.INGRESS}


def test_spec_and_specs_are_policies_of_one_name() -> None:
    """Each rule set is a policy of its own; the object is refused as a whole."""
    head = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: a}\n"
    good = "{endpointSelector: {}, ingress: [{}]}"
    found = read(f"{head}spec: {good}\nspecs: [{good}, {good}]\n").policies
    assert [(each.name, each.origin and each.origin.field_path) for each in found] == [
        ("p", ""),
        ("p", "specs[0]"),
        ("p", "specs[1]"),
    ]
    parsed = read(f"{head}spec: {good}\nspecs: [{{endpointSelector: {{}}, ingress: []}}]\n")
    assert (parsed.policies, len(errors(parsed.findings))) == ((), 1)


def test_every_rule_knows_where_it_stands() -> None:
    """Line and field path of the item it comes from."""
    found = policy(
        cnp("{endpointSelector: {}, ingress: [{}, {fromEntities: [all]}], egressDeny: [{toEntities: [host]}]}")
    )
    assert [rule.origin and rule.origin.field_path for rule in (*found.ingress, *found.egress)] == [
        "spec.ingress[1]",
        "spec.egressDeny[0]",
    ]


def test_labels_that_no_identity_has_are_absent() -> None:
    """A positive selector on one selects nobody, a negative one everybody; in NetworkPolicies, too (cilium.md 2.2)."""
    negative = "{key: topology.kubernetes.io/zone, operator: NotIn, values: [z]}"
    text = cnp(
        "{endpointSelector: {}, ingress: [{fromEndpoints: [{matchLabels: {pod-template-hash: x}}, "
        f"{{matchExpressions: [{negative}, {{key: app, operator: Exists}}]}}]}}]}}"
    )
    text += (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: q, namespace: a}\n"
        "spec: {podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: db-0}}, ingress: [{}]}\n"
    )
    context = Context()
    own, kubernetes = assemble(parse_all(load_text(text).documents), context).tiers[1].policies
    assert [set(terms(peer)) for peer in own.ingress[0].peers] == [{PODS, IN_A, LOCAL, has(Label(Scope.POD, "app"))}]
    assert kubernetes.subject == ()


def test_default_deny_is_a_tier_of_its_own() -> None:
    """Each isolating policy has a companion that denies the rest, after letting its own node in."""
    tiers = assemble(parse_all(load_text(cnp("{endpointSelector: {}, ingress: [{}]}")).documents), Context()).tiers
    companion, init = tiers[-1].policies
    assert tiers[-1].name == DEFAULT
    assert companion.ingress == (Rule(action=Action.ALLOW, peers=(Endpoints(kinds=frozenset({Kind.HOST})),)),)
    assert companion.isolates == {Direction.INGRESS}
    assert init.subject == (Endpoints(kinds=frozenset({Kind.INIT})),)


def test_the_agent_reads_a_policy_without_namespace_as_clusterwide() -> None:
    """kubectl would put it into a namespace; the agent alone takes it as it is [V Q2]."""
    text = cnp("{endpointSelector: {}, ingress: [{}]}").replace(", namespace: a", "")
    assert policy(text).namespace == "default"
    assert policy(text, gates=AGENT).namespace is None


def test_any_traffic_means_every_protocol() -> None:
    """No `toPorts` lets ICMP through, port 0 does not."""
    text = cnp("{endpointSelector: {}, ingress: [{fromEntities: [all]}]}")
    assert policy(text).ingress[0].traffic == (ANY_TRAFFIC,)
