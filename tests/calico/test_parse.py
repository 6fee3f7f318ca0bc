"""How Calico's documents become policies, rules and peers (calico.md 1 to 4, 7)."""

from __future__ import annotations

import pytest

from tests.calico.reading import (
    OWN_GATE,
    codes,
    errors,
    global_policy,
    network_policy,
    policy,
    raw,
    read,
    rule,
    warnings,
)
from translator.context import NO_CONTEXT, Context
from translator.dialects import calico
from translator.dialects.calico.model import CRD_V1, MODELS, V3
from translator.ir.intervals import difference
from translator.ir.labels import (
    NAMESPACE_NAME,
    SERVICE_ACCOUNT_NAME,
    Label,
    Scope,
    conjunction,
    disjunction,
    has,
    none_of,
    one_of,
)
from translator.ir.layer7 import Condition, HttpMatch, Layer7, Pattern, Syntax
from translator.ir.peers import ANYONE, AllOf, Endpoints, GroupReference, Kind, Network, NoneOf, Service
from translator.ir.policy import BOTH, Action, Direction, End, Hook
from translator.ir.traffic import ANY_TRAFFIC, EVERY_PROTOCOL, TCP, UDP, IcmpMatch, Ports, Traffic

APP = Label(Scope.POD, "app")
IN_SHOP = one_of(NAMESPACE_NAME, "shop")
HOSTS = frozenset({Kind.HOST})
SETS = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkSet
metadata: {name: partners, labels: {role: partner}}
spec: {nets: [203.0.113.0/24, 198.51.100.7]}
---
apiVersion: projectcalico.org/v3
kind: NetworkSet
metadata: {name: own, namespace: shop, labels: {role: partner}}
spec: {nets: [192.0.2.0/24]}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: node1, labels: {role: node}}
spec: {node: node1, interfaceName: eth0, expectedIPs: [10.9.0.1], ports: [{name: kubelet, protocol: TCP, port: 10250}]}
---
"""


def app(value: str) -> Endpoints:
    """Pods of namespace ``shop`` with a label."""
    return Endpoints(selector=conjunction(IN_SHOP, one_of(APP, value)))


# -- subjects ---------------------------------------------------------------------------------------------------------


def test_a_namespaced_policy_governs_pods_of_its_namespace() -> None:
    """The namespace is part of the subject; host endpoints are not."""
    either = disjunction(one_of(APP, "a"), one_of(APP, "b"))
    found = policy(network_policy("{selector: app == 'a' || app == 'b'}"))
    assert found.subject == (Endpoints(selector=conjunction(either, IN_SHOP)),)


def test_a_global_policy_governs_hosts_as_well() -> None:
    """An empty selector covers all pods and all host endpoints (calico.md 6.3)."""
    assert policy(global_policy("{types: [Ingress]}")).subject == (Endpoints(), Endpoints(kinds=HOSTS))


@pytest.mark.parametrize(
    ("spec", "governs_hosts"),
    [
        ("{}", True),
        ("{selector: all()}", True),
        ("{namespaceSelector: all()}", False),
        ("{namespaceSelector: env == 'p'}", False),
        ("{namespaceSelector: env != 'p'}", True),
        ("{selector: all(), namespaceSelector: env != 'p'}", False),
        ("{serviceAccountSelector: all()}", False),
        ("{serviceAccountSelector: role != 'x'}", True),
        ("{selector: \"projectcalico.org/orchestrator == 'k8s'\"}", False),
        ("{selector: has(projectcalico.org/namespace)}", False),
    ],
)
def test_which_global_policies_cover_host_endpoints(spec: str, governs_hosts: bool) -> None:
    """The corollaries of the folding (calico.md 1.2, appendix A)."""
    kinds = {kind for peer in policy(global_policy(spec)).subject if isinstance(peer, Endpoints) for kind in peer.kinds}
    assert (Kind.HOST in kinds) is governs_hosts
    assert Kind.POD in kinds


def test_policies_for_hosts_only_select_no_pod() -> None:
    """`!has(projectcalico.org/namespace)` leaves host endpoints."""
    assert policy(global_policy("{selector: '!has(projectcalico.org/namespace)'}")).subject == (Endpoints(kinds=HOSTS),)


# -- directions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "validated", "unvalidated"),
    [
        ("{}", {Direction.INGRESS}, BOTH),
        ("{egress: [{action: Allow}]}", {Direction.EGRESS}, BOTH),
        ("{ingress: [{action: Allow}], egress: [{action: Allow}]}", BOTH, BOTH),
        ("{egress: []}", {Direction.INGRESS}, BOTH),
        ("{types: [Egress], ingress: [{action: Allow}]}", {Direction.EGRESS}, {Direction.EGRESS}),
    ],
)
def test_absent_types_depend_on_the_way_in(spec: str, validated: frozenset[Direction], unvalidated: object) -> None:
    """Calico's own defaulting counts rules; the agent takes no types as both (calico.md 1.2)."""
    assert policy(network_policy(spec)).directions == validated
    assert policy(network_policy(spec), context=raw(), gates=frozenset()).directions == unvalidated


def test_rules_of_an_undeclared_direction_are_reported() -> None:
    """They are kept, inert, with a warning."""
    parsed = read(network_policy("{types: [Ingress], egress: [{action: Deny}]}"))
    assert len(parsed.policies[0].egress) == 1
    assert warnings(parsed.findings) == ["netpolx spec.egress: egress rules have no effect: `types` lacks `Egress`"]


# -- peers ------------------------------------------------------------------------------------------------------------


def test_no_selector_is_anybody() -> None:
    """A rule without selector fields matches every address."""
    assert rule("{action: Allow}").peers == (ANYONE,)
    assert rule("{action: Allow, source: {serviceAccounts: {}}}").peers == (ANYONE,)


def test_a_selector_is_of_the_own_namespace() -> None:
    """In a namespaced policy a selector means pods of that namespace."""
    assert rule("{action: Allow, source: {selector: app == 'web'}}").peers == (app("web"),)


def test_a_namespace_selector_replaces_the_own_namespace() -> None:
    """With a namespaceSelector the own namespace is not implied."""
    found = rule("{action: Allow, source: {namespaceSelector: \"projectcalico.org/name == 'ops'\"}}")
    assert found.peers == (Endpoints(selector=one_of(NAMESPACE_NAME, "ops")),)


def test_not_selector_means_other_things_in_the_two_kinds() -> None:
    """Namespaced: known objects that do not match. Cluster-wide: everybody else, strangers included (calico.md 2.5)."""
    spec = "{ingress: [{action: Allow, source: {notSelector: app == 'web'}}]}"
    (own,) = policy(network_policy(spec)).ingress
    assert own.peers == (Endpoints(selector=conjunction(IN_SHOP, none_of(APP, "web"))),)
    (everywhere,) = policy(global_policy(spec)).ingress
    assert everywhere.peers == (NoneOf((Endpoints(selector=one_of(APP, "web")),)),)


def test_service_accounts_by_name_and_label() -> None:
    """Names are a set, labels are those of the service account, both within the own namespace."""
    found = rule("{action: Allow, source: {serviceAccounts: {names: [b, a], selector: role == 'x'}}}")
    role = one_of(Label(Scope.SERVICE_ACCOUNT, "role"), "x")
    assert found.peers == (Endpoints(selector=conjunction(IN_SHOP, role, one_of(SERVICE_ACCOUNT_NAME, "a", "b"))),)


def test_network_sets_join_the_pods() -> None:
    """A selector matches pods, network sets and host endpoints alike; the reference keeps how they were named."""
    found = read(SETS + global_policy("{ingress: [{action: Allow, source: {selector: role == 'partner'}}]}"))
    pods, sets = found.policies[0].ingress[0].peers
    assert pods == Endpoints(selector=one_of(Label(Scope.POD, "role"), "partner"))
    assert sets == Network(
        cidrs=("203.0.113.0/24", "198.51.100.7/32", "192.0.2.0/24"),
        group=GroupReference(names=("partners", "shop/own"), selector=one_of(Label(Scope.GROUP, "role"), "partner")),
    )


def test_a_namespaced_rule_reaches_only_its_own_sets() -> None:
    """Global sets need `namespaceSelector: global()` (calico.md 2.5)."""
    spec = "{ingress: [{action: Allow, source: {selector: role == 'partner'}}]}"
    (own,) = read(SETS + network_policy(spec)).policies
    assert own.ingress[0].peers[1].cidrs == ("192.0.2.0/24",)  # type: ignore[union-attr]
    spec = "{ingress: [{action: Allow, source: {namespaceSelector: global(), selector: role == 'partner'}}]}"
    (everywhere,) = read(SETS + network_policy(spec)).policies
    (network,) = everywhere.ingress[0].peers
    assert network.cidrs == ("203.0.113.0/24", "198.51.100.7/32")  # type: ignore[union-attr]


def test_a_host_endpoint_is_a_peer_by_its_addresses() -> None:
    """Its labels choose it, its expected addresses match."""
    (found,) = read(SETS + global_policy("{ingress: [{action: Allow, source: {selector: role == 'node'}}]}")).policies
    assert found.ingress[0].peers[1] == Network(cidrs=("10.9.0.1/32",))


def test_sets_by_unknown_namespace_labels_are_doubtful() -> None:
    """Where the context does not say a namespace's labels, the reading says so instead of guessing in silence."""
    spec = "{ingress: [{action: Allow, source: {namespaceSelector: env == 'prod'}}]}"
    assert "calico-reading" in codes(read(SETS + global_policy(spec)).findings)
    known = Context(namespaces={"shop": {"env": "prod"}})
    parsed = read(SETS + global_policy(spec), context=known)
    assert "calico-reading" not in codes(parsed.findings)
    assert len(parsed.policies[0].ingress[0].peers) == 2


def test_nets_intersect_selectors() -> None:
    """An address must be in a net and belong to a matching object; excluded blocks are holes."""
    both = "{selector: app == 'web', nets: [10.0.0.0/8], notNets: [10.1.0.0/16]}"
    found = rule(f"{{action: Allow, source: {both}}}")
    assert found.peers == (AllOf((app("web"), Network(cidrs=("10.0.0.0/8",), excepts=("10.1.0.0/16",)))),)


def test_excluded_nets_pin_the_family() -> None:
    """`notNets` of one family do not exist for the other; plain nets need no saying (calico.md 4.1)."""
    found = rule("{action: Allow, source: {notNets: [10.0.0.0/8]}}")
    assert found.peers == (NoneOf((Network(cidrs=("10.0.0.0/8",)),)),)
    assert found.traffic == (Traffic(family=4),)
    assert rule("{action: Allow, source: {nets: [10.0.0.0/8]}}").traffic == (ANY_TRAFFIC,)


def test_services_are_their_backends() -> None:
    """Egress to a service matches its own ports; a service without namespace matches nobody."""
    text = "{egress: [{action: Allow, destination: {services: {name: dns, namespace: kube-system}}}]}"
    (found,) = policy(network_policy(text)).egress
    assert found.peers == (Service(namespace="kube-system", name="dns", with_ports=True),)
    (found,) = policy(network_policy("{egress: [{action: Allow, destination: {services: {name: dns}}}]}")).egress
    assert found.peers == (NoneOf((ANYONE,)),)


def test_the_own_side_of_a_rule_filters_the_subject() -> None:
    """`destination` of an ingress rule restricts the protected pods (calico.md 2.6)."""
    found = rule("{action: Allow, destination: {selector: app == 'db'}}")
    assert found.subject == app("db")
    assert found.peers == (ANYONE,)


# -- packets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "traffic"),
    [
        ("protocol: TCP", Traffic(protocols=((TCP, TCP),))),
        ("protocol: 6", Traffic(protocols=((TCP, TCP),))),
        ("protocol: '6'", Traffic(protocols=((TCP, TCP),))),
        ("notProtocol: UDP", Traffic(protocols=difference(EVERY_PROTOCOL, ((UDP, UDP),)))),
        ("protocol: ICMP", Traffic(protocols=((1, 1),), family=4)),
        ("protocol: 1", Traffic(protocols=((1, 1),))),
        ("protocol: 58, ipVersion: 6", Traffic(protocols=((58, 58),), family=6)),
        ("protocol: ICMPv6", Traffic(protocols=((58, 58),), family=6, notation=("protocol ICMPv6",))),
        ("protocol: ICMP, icmp: {type: 8}", Traffic(protocols=((1, 1),), family=4, icmp=IcmpMatch(types=((8, 8),)))),
        (
            "protocol: ICMP, notICMP: {type: 3, code: 4}",
            Traffic(protocols=((1, 1),), family=4, not_icmp=IcmpMatch(types=((3, 3),), codes=((4, 4),))),
        ),
        ("protocol: ICMP, icmp: {}", Traffic(protocols=((1, 1),), family=4)),
        (
            "protocol: TCP, source: {ports: ['1:1023']}, "
            "destination: {ports: [80, '8080:8090', http], notPorts: [8085]}",
            Traffic(
                protocols=((TCP, TCP),),
                ports=Ports(numbers=((80, 80), (8080, 8090)), names=("http",)),
                not_ports=Ports(numbers=((8085, 8085),)),
                source_ports=Ports(numbers=((1, 1023),)),
            ),
        ),
    ],
)
def test_protocols_ports_and_icmp(text: str, traffic: Traffic) -> None:
    """Names pin families, numbers do not; port items are numbers, ranges or names."""
    assert rule(f"{{action: Allow, {text}}}").traffic == (traffic,)


def test_named_ports_do_not_come_from_network_sets() -> None:
    """An address that only a set covers has no port names; a host endpoint's names are its numbers (calico.md 4.3)."""
    spec = "{egress: [{action: Allow, protocol: TCP, destination: {selector: has(role), ports: [kubelet]}}]}"
    pods, host = read(SETS + global_policy(spec)).policies[0].egress
    assert pods.peers == (Endpoints(selector=has(Label(Scope.POD, "role"))),)
    assert pods.traffic[0].ports == Ports(names=("kubelet",))
    assert host.peers == (Network(cidrs=("10.9.0.1/32",)),)
    assert host.traffic[0].ports == Ports(numbers=((10250, 10250),))


def test_http_rules_keep_calicos_matching() -> None:
    """Paths are compared after normalisation; `*` among methods is any method."""
    found = rule("{action: Allow, http: {methods: ['*', GET], paths: [{exact: /a}, {prefix: /b}]}}")
    assert found.layer7 == Layer7(
        http=(HttpMatch(paths=(Pattern(Syntax.CALICO_EXACT, "/a"), Pattern(Syntax.CALICO_PREFIX, "/b"))),)
    )
    assert rule("{action: Allow, http: {}}").layer7 is None


# -- tiers, hooks, staged ---------------------------------------------------------------------------------------------


def test_tiers_and_their_ends() -> None:
    """An unset order is a million; anything but Pass ends in a deny."""
    text = "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {{name: {name}}}\nspec: {spec}\n---\n"
    parsed = read(text.format(name="a", spec="{}") + text.format(name="b", spec="{order: 5, defaultAction: Pass}"))
    assert [(tier.name, tier.order, tier.end) for tier in parsed.tiers] == [
        ("a", 1_000_000.0, End.DENY),
        ("b", 5.0, End.PASS),
    ]


@pytest.mark.parametrize(
    ("flags", "hook"),
    [
        ("applyOnForward: true", Hook.FORWARD),
        ("applyOnForward: true, doNotTrack: true", Hook.UNTRACKED),
        ("applyOnForward: true, preDNAT: true", Hook.PRE_DNAT),
    ],
)
def test_hooks_of_host_policies(flags: str, hook: Hook) -> None:
    """Untracked and pre-DNAT lists have no end-of-tier drop (calico.md 3.7)."""
    found = policy(global_policy(f"{{{flags}, ingress: [{{action: Allow}}]}}"))
    assert found.hook is hook
    assert bool(found.isolates) is (hook is Hook.FORWARD)


def test_staged_policies_are_carried_as_such() -> None:
    """A staged policy is read like its twin and marked; its action rides along."""
    text = network_policy("{stagedAction: Learn, order: 7, tier: default}").replace(
        "NetworkPolicy", "StagedNetworkPolicy"
    )
    found = policy(text)
    assert found.staged
    assert (found.order, found.tier) == (7.0, "default")
    assert found.extras == (Condition(feature="staged-action", text="Learn"),)


def test_a_staged_kubernetes_policy_becomes_what_the_converter_makes() -> None:
    """Each protocol times each peer, order 1000, ports at the destination (calico.md 5.1)."""
    text = """
apiVersion: projectcalico.org/v3
kind: StagedKubernetesNetworkPolicy
metadata: {name: k, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {}}, {namespaceSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]
    ports: [{port: 53, protocol: UDP}, {port: 80}, {port: 90, endPort: 92}]
"""
    found = policy(text)
    assert found.staged
    assert found.order == 1000.0
    assert found.directions == {Direction.INGRESS}
    assert [each.traffic[0].protocols for each in found.ingress] == [((TCP, TCP),)] * 3 + [((UDP, UDP),)] * 3
    assert found.ingress[0].peers == (Endpoints(selector=IN_SHOP),)
    assert found.ingress[1].peers == (Endpoints(),)
    assert found.ingress[2].peers == (Network(cidrs=("10.0.0.0/8",), excepts=("10.1.0.0/16",)),)
    assert found.ingress[0].traffic[0].ports == Ports(numbers=((80, 80), (90, 92)))


def test_order_actions_and_annotations_are_kept() -> None:
    """What emission needs is on the policy: order, actions in their order, metadata, hints."""
    spec = (
        "{order: 1.5, performanceHints: [AssumeNeededOnEveryNode], "
        "ingress: [{action: Log}, {action: Pass}, {action: Deny, metadata: {annotations: {why: because}}}]}"
    )
    found = policy(network_policy(spec))
    assert found.order == 1.5
    assert [each.action for each in found.ingress] == [Action.LOG, Action.PASS, Action.DENY]
    assert found.ingress[2].annotations == (("why", "because"),)
    assert found.extras == (Condition(feature="performance-hint", text="AssumeNeededOnEveryNode"),)
    assert found.ingress[2].origin is not None
    assert found.ingress[2].origin.field_path == "spec.ingress[2]"


def test_an_old_custom_resource_shows_the_metadata_people_see() -> None:
    """crd.projectcalico.org/v1 keeps them in an annotation, and nothing has defaulted its types (calico.md 1.1)."""
    text = """
apiVersion: crd.projectcalico.org/v1
kind: GlobalNetworkPolicy
metadata:
  name: default.guard
  annotations: {projectcalico.org/metadata: '{"labels": {"team": "a"}}'}
spec: {selector: app == 'a'}
"""
    parsed = read(text)
    assert not errors(parsed.findings)
    (found,) = parsed.policies
    assert (found.name, found.labels, found.directions) == ("guard", (("team", "a"),), BOTH)


# -- what gates overlook ----------------------------------------------------------------------------------------------

BLANK = "{ingress: [{action: Allow, source: {selector: '  '}}]}"
BROKEN_NAME = '{ingress: [{action: Allow, source: {serviceAccounts: {names: ["x\'y"]}}}]}'


@pytest.mark.parametrize(("spec", "code"), [(BLANK, "blank-selector"), (BROKEN_NAME, "service-account-name")])
def test_hazards_are_refused_unless_they_act_already(spec: str, code: str) -> None:
    """Gates accept them, nobody should run them: an error, or a warning where the question is what they do."""
    parsed = read(global_policy(spec))
    assert not parsed.policies
    assert codes(parsed.findings) == [code]
    acting = read(global_policy(spec), gates=OWN_GATE)
    assert not errors(acting.findings)
    assert len(acting.policies) == 1
    assert code in codes(acting.findings)


def test_a_blank_selector_drops_a_namespaced_policy() -> None:
    """It is pasted into `(  )`, which does not parse: the policy vanishes, said aloud."""
    parsed = read(network_policy(BLANK), gates=OWN_GATE)
    assert not parsed.policies
    assert codes(parsed.findings) == ["blank-selector", "policy-dropped"]


def test_what_makes_the_agent_panic_is_refused() -> None:
    """Whatever the admission, nobody should have such a policy."""
    spec = "{ingress: [{action: Allow, source: {notSelector: '  '}}]}"
    for context, gates in ((NO_CONTEXT, OWN_GATE), (raw(), frozenset())):
        parsed = read(network_policy(spec), context=context, gates=gates)
        assert not parsed.policies
        assert any("panic" in message for message in errors(parsed.findings))


def test_an_unvalidated_selector_that_is_lost_widens_with_a_warning() -> None:
    """An unparsable namespaceSelector of the subject is left out: the policy covers every namespace."""
    parsed = read(global_policy("{namespaceSelector: env = 'x'}"), context=raw(), gates=frozenset())
    assert parsed.policies[0].subject == (Endpoints(), Endpoints(kinds=HOSTS))
    assert "selector-lost" in codes(parsed.findings)


def test_one_bad_unvalidated_rule_drops_the_policy() -> None:
    """The agent's own check takes the rules of both directions with it."""
    spec = "{ingress: [{action: Allow}], egress: [{action: Allow, destination: {selector: x y}}]}"
    parsed = read(network_policy(spec), context=raw(), gates=frozenset())
    assert not parsed.policies
    assert "policy-dropped" in codes(parsed.findings)


def test_every_kind_has_a_model() -> None:
    """The kinds that are read are those that there are models of; Profile has one version only (calico.md 1.1)."""
    assert {kind for _, kind in calico.KINDS} == set(MODELS)
    assert {group for group, _ in calico.KINDS} == {V3, CRD_V1}
