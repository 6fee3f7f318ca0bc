"""Policies that few people write, through the whole way with its self-check: nothing undeclared, nothing invalid."""

from __future__ import annotations

from typing import Any

import pytest

import translator
from translator.context import CalicoOptions, CiliumOptions, Context, KubernetesOptions
from translator.pipeline.translate import target_of, translate
from translator.semantics.compare.outcome import Result

CILIUM = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: p, namespace: a}
spec: {endpointSelector: {matchLabels: {app: srv}}, %s}
"""
CLUSTER = """
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: %s}
spec: {tier: Admin, priority: 1, subject: {pods: {podSelector: {matchLabels: {app: srv}}}}, %s}
---
"""
NETWORK = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: np, namespace: a}
spec: {podSelector: {matchLabels: {app: srv}}, %s}
"""


def translated(
    text: str, target: str, engine: str = "cilium", context: Context | None = None
) -> tuple[dict[str, Any], ...]:
    """The documents; raises InternalError where something undeclared differs."""
    policies = translator.parse_text(text, engine, context)
    return translator.translate(policies, target, context, allow_widening=True, partial=True).documents


@pytest.mark.parametrize("target", ["kubernetes", "calico", "access", "clusternetworkpolicy"])
def test_mapped_ranges_match_nobody(target: str) -> None:
    """Cilium takes IPv4-mapped ranges, where they match nothing; no other reader must take them for IPv4."""
    text = CILIUM % "ingress: [{fromCIDR: ['::ffff:20.1.1.0/120']}]"
    assert "20.1.1" not in str(translated(text, target))


def test_equal_priorities_are_asked_together() -> None:
    """Of two policies of one priority Cilium hears the denies first; in Calico they get an order."""
    accept = CLUSTER % ("a", "ingress: [{action: Accept, from: [{namespaces: {}}]}]")
    deny = CLUSTER % ("b", "ingress: [{action: Deny, from: [{namespaces: {}}]}]")
    orders = {
        each["metadata"]["name"]: each["spec"]["order"]
        for each in translated(accept + deny, "calico")
        if each["kind"] == "GlobalNetworkPolicy"
    }
    assert orders["b-1"] < orders["a-1"]


def test_a_document_that_cilium_reads_in_its_own_way_is_written_anew() -> None:
    """A namespace key among the labels of pods is Cilium's own, so the document would say something else elsewhere."""
    own = "{podSelector: {matchLabels: {io.kubernetes.pod.namespace: b}}}"
    (found,) = translated(NETWORK % f"ingress: [{{from: [{own}]}}]", "kubernetes")
    assert found["spec"]["ingress"] == [{"from": [{"podSelector": {}}]}]


def test_nodes_carry_no_cluster() -> None:
    """``nodes: {}`` with a default cluster selects nobody, so nothing is lost with it [V Q172]."""
    context = Context(cilium=CiliumOptions(enable_node_selector_labels=True))
    text = CLUSTER % ("a", "egress: [{action: Deny, to: [{nodes: {}}]}]")
    policies = translator.parse_text(text, "cilium", context)
    assert not [loss for loss in translator.translate(policies, "calico", context).losses if loss.effect]


@pytest.mark.parametrize(
    ("rule", "target"),
    [
        ("egress: [{toPorts: [{ports: [{port: dual}]}]}]", "clusternetworkpolicy"),
        ("ingress: [{icmps: [{fields: [{type: 255}]}]}]", "calico"),
        (
            "ingress: [{toPorts: [{ports: [{port: '80', protocol: TCP}], rules: {http: [{path: 'ab'}]}}]}]",
            "calico",
        ),
        ("ingress: [{toPorts: [{ports: [{port: '80', protocol: TCP}], rules: {http: [{headers: ['']}]}}]}]", "access"),
        ("egress: [{toEntities: [remote-node]}]", "calico"),
        ("egress: [{toEntities: [kube-apiserver, host]}]", "kubernetes"),
    ],
)
def test_what_a_target_cannot_say_is_declared(rule: str, target: str) -> None:
    """Odd parts of rules narrow or widen with a declaration, and never break the output."""
    context = Context(pod_cidrs=("10.244.0.0/16",), node_cidrs=("192.168.10.0/24",), api_server=("192.168.10.1",))
    translated(CILIUM % rule, target, context=context)


def test_long_lists_of_ports_become_several_rules() -> None:
    """A ClusterNetworkPolicy takes 25 protocols in a rule."""
    ports = ", ".join(f"{{port: '{number}', protocol: TCP}}" for number in range(100, 180, 2))
    (first, *_) = translated(CILIUM % f"egress: [{{toPorts: [{{ports: [{ports}]}}]}}]", "clusternetworkpolicy")
    assert [len(rule["protocols"]) for rule in first["spec"]["egress"]] == [25, 15]


def test_a_carried_range_means_what_the_context_says() -> None:
    """Calico's ranges cover pods; where an ipBlock is known not to, the document does not stay as it is."""
    context = Context(pod_cidrs=("10.244.0.0/16",), kubernetes=KubernetesOptions(ipblock_matches_pods=False))
    text = NETWORK % "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]"
    (found,) = translated(text, "kubernetes", "calico", context)
    assert {"namespaceSelector": {}} in found["spec"]["ingress"][0]["from"]


@pytest.mark.parametrize("setting", ["always", "never"])
def test_options_of_the_agent_are_declared(setting: str) -> None:
    """What the agent does to every endpoint is said, whatever the policies are."""
    context = Context(cilium=CiliumOptions(enable_policy=setting))
    policies = translator.parse_text(NETWORK % "policyTypes: [Ingress]", "kubernetes", context)
    found = translator.translate(policies, "cilium", context, allow_widening=True, partial=True)
    assert [loss.effect.word for loss in found.losses if loss.origin is None] == [
        "narrows" if setting == "always" else "widens"
    ]


def test_what_a_gate_refuses_is_bad_input_of_a_translation() -> None:
    """Objects that were read without the API server's gate can be asked about; translating them names the gate."""
    text = CILIUM % "ingress: [{toPorts: [{ports: [{port: '0', protocol: VRRP}]}]}]"
    context = Context(cilium=CiliumOptions(enable_extended_ip_protocols=True))
    policies = translator.parse_text(text, "cilium", context, own_gate_only=True)
    with pytest.raises(translator.InputError, match="VRRP"):
        translator.translate(policies, "cilium", context)


@pytest.mark.parametrize("block", ["0.0.0.0/0", "10.0.0.0/8", "192.168.0.0/16"])
def test_a_carried_range_covers_in_cilium_whom_it_covered(block: str) -> None:
    """Calico's ranges cover pods and nodes, Cilium's do not: a document with such a range does not stay as it is."""
    context = Context(pod_cidrs=("10.244.0.0/16",), node_cidrs=("192.168.10.0/24",))
    text = NETWORK % f"ingress: [{{from: [{{ipBlock: {{cidr: {block}}}}}]}}]"
    (found,) = translated(text, "cilium", "calico", context)
    assert found["kind"] == "CiliumNetworkPolicy"


@pytest.mark.parametrize("modes", [(), ("nodes",), ("pods",), ("nodes", "pods")])
@pytest.mark.parametrize("engine", ["calico", "cilium", "kubernetes"])
@pytest.mark.parametrize("known", [True, False])
def test_ranges_reach_what_the_match_mode_of_the_agent_says(modes: tuple[str, ...], engine: str, known: bool) -> None:
    """``policy-cidr-match-mode`` decides which ends a range of the target covers without rules of their own."""
    context = Context(
        pod_cidrs=("10.244.0.0/16",) if known else (),
        node_cidrs=("192.168.10.0/24",) if known else (),
        cilium=CiliumOptions(policy_cidr_match_mode=modes),
    )
    text = NETWORK % "egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.9.0.0/16]}}, {ipBlock: {cidr: '::/0'}}]}]"
    text += "---\n" + NETWORK.replace("np", "nq") % "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]"
    policies = translator.parse_text(text, engine, context)
    found = translate(policies, target_of("cilium", allow_widening=True, rewrite_all=True), context)
    assert found.proof is not None
    assert not known or found.proof.result in (Result.EQUAL, Result.OPEN)


def test_the_subjects_that_a_rule_of_calico_chooses_are_kept_in_calico() -> None:
    """A rule's own choice among the subjects stays in the rule when a set is written for another version."""
    text = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: p}
spec: {selector: app == 'a', ingress: [{action: Deny, destination: {selector: ver == 'v1'}}, {action: Allow}]}
"""
    policies = translator.parse_text(text, "calico")
    (found,) = translate(policies, target_of("calico", rewrite_all=True)).documents
    assert "'selector': \"ver == 'v1'\"" in str(found["spec"])


CLUSTERWIDE = """
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: w}
spec: {endpointSelector: %s}
"""


@pytest.mark.parametrize("isolation", ["default", "always"])
@pytest.mark.parametrize("subject", ["{}", "{matchExpressions: [{key: app, operator: DoesNotExist}]}"])
@pytest.mark.parametrize("rules", ["ingress: [{fromEntities: [cluster]}]", "ingressDeny: [{fromEntities: [all]}]"])
def test_cilium_written_anew_keeps_its_own_endpoints_and_what_the_agent_does(
    isolation: str, subject: str, rules: str
) -> None:
    """Endpoints of Cilium's own stay subjects, denies keep the own node out, isolation by option is not written."""
    context = Context(cilium=CiliumOptions(enable_policy=isolation))
    text = CLUSTERWIDE % f"{subject}, {rules}" + "---" + CILIUM % "egress: [{toEntities: [world]}]"
    policies = translator.parse_text(text, "cilium", context)
    found = translate(policies, target_of("cilium", rewrite_all=True), context)
    assert found.proof is not None
    assert found.proof.result is Result.EQUAL
    assert {str(each["metadata"]).split("'")[3].partition("-")[0] for each in found.documents} == {"w", "p"}


@pytest.mark.parametrize("operators", ["NotIn In", "In NotIn", "NotIn NotIn"])
def test_lists_that_a_selector_has_no_room_for_are_declared(operators: str) -> None:
    """Calico's selectors end at 1024 characters: values that are excluded cannot be spread over several rules."""
    values = ", ".join(f"value-{number:04}" for number in range(1000))
    subject, peer = (
        f"{{matchExpressions: [{{key: k, operator: {each}, values: [{values}]}}]}}" for each in operators.split()
    )
    text = NETWORK.replace("{matchLabels: {app: srv}}", subject) % f"ingress: [{{from: [{{podSelector: {peer}}}]}}]"
    found = translate(translator.parse_text(text, "kubernetes"), target_of("calico"))
    assert {loss.code for loss in found.losses} & {"rule-limit", "policy-refused"}


def test_names_that_stand_in_a_list_twice_are_written_once() -> None:
    """The API server takes no list of names with an equal pair, and neighbouring peers share one list."""
    text = CLUSTER % ("k", "egress: [{action: Accept, to: [{domainNames: ['*.x.com']}, {domainNames: ['*.x.com']}]}]")
    (found,) = translated(text, "clusternetworkpolicy", "kubernetes")
    assert str(found["spec"]).count("*.x.com") == 1


@pytest.mark.parametrize("action", ["Accept", "Deny"])
@pytest.mark.parametrize("scopes", [None, False, True])
@pytest.mark.parametrize("peer", ["namespaces: {}", "pods: {podSelector: {matchLabels: {app: cli}}}"])
def test_cilium_written_anew_means_the_clusters_that_it_meant(action: str, scopes: bool | None, peer: str) -> None:
    """Namespaces of ClusterNetworkPolicy are of every cluster, its pods mostly of the own one (cilium.md 11)."""
    context = Context(cilium=CiliumOptions(policy_default_local_cluster=scopes))
    policies = translator.parse_text(
        CLUSTER % ("k", f"ingress: [{{action: {action}, from: [{{{peer}}}]}}]"), "cilium", context
    )
    found = translate(policies, target_of("cilium", rewrite_all=True), context)
    assert found.proof is not None
    assert found.proof.result is Result.EQUAL


SET_OF_A_NAMESPACE = """
apiVersion: projectcalico.org/v3
kind: NetworkSet
metadata: {name: s, namespace: b, labels: {app: db}}
spec: {nets: [30.1.0.0/16]}
"""


@pytest.mark.parametrize("action", ["Accept", "Deny"])
def test_sets_that_calico_finds_for_a_namespace_stay_peers_when_it_is_written_anew(action: str) -> None:
    """A peer of namespaces means their sets too (calico.md 2.5), which carry no label with their name."""
    isolating = NETWORK % "policyTypes: [Ingress]" + "---"
    text = (
        isolating
        + CLUSTER % ("k", f"ingress: [{{action: {action}, from: [{{namespaces: {{}}}}]}}]")
        + SET_OF_A_NAMESPACE
    )
    context = Context(pod_cidrs=("10.244.0.0/16",), node_cidrs=("192.168.10.0/24",), namespaces={"a": {}, "b": {}})
    policies = translator.parse_text(text, "calico", context)
    found = translate(policies, target_of("calico", rewrite_all=True), context)
    assert found.proof is not None
    assert found.proof.result is Result.EQUAL


@pytest.mark.parametrize("engine", ["kubernetes", "calico"])
@pytest.mark.parametrize(
    "peer",
    [
        "pods: {podSelector: {matchLabels: {io.cilium.k8s.policy.cluster: x}}}",
        "pods: {podSelector: {matchLabels: {pod-template-hash: x}}}",
        "namespaces: {matchExpressions: [{key: env, operator: NotIn, values: [dev]}]}",
    ],
)
def test_selectors_that_cilium_reads_differently_are_not_left_to_it(engine: str, peer: str) -> None:
    """What Cilium makes of ClusterNetworkPolicy decides whether one says what the source does (cilium.md 11)."""
    context = Context(pod_cidrs=("10.244.0.0/16",), node_cidrs=("192.168.10.0/24",), namespaces={"a": {}, "b": {}})
    text = CLUSTER % ("k", f"ingress: [{{action: Deny, from: [{{{peer}}}]}}]")
    policies = translator.parse_text(text, engine, context)
    target = target_of("cilium", use=("clusternetworkpolicy",), allow_widening=True)
    found = translate(policies, target, context)
    assert all(each["kind"] != "ClusterNetworkPolicy" for each in found.documents)


@pytest.mark.parametrize(("engine", "target"), [("calico", "cilium"), ("cilium", "cilium@1.17")])
def test_namespaces_by_what_they_lack_are_not_left_to_a_cilium_that_finds_more(engine: str, target: str) -> None:
    """Where no demand for the own cluster is added, nodes and the world have none of the labels either [V F4f]."""
    context = Context(cilium=CiliumOptions(policy_default_local_cluster=None if engine == "cilium" else False))
    peer = "namespaceSelector: {matchExpressions: [{key: env, operator: DoesNotExist}]}"
    policies = translator.parse_text(NETWORK % f"ingress: [{{from: [{{{peer}}}]}}]", engine, context)
    found = translate(policies, target_of(target), context)
    assert [each["kind"] for each in found.documents] == ["CiliumNetworkPolicy"]
    assert found.proof is not None
    assert found.proof.result is Result.EQUAL


@pytest.mark.parametrize("target", ["kubernetes", "access"])
def test_a_family_demand_says_nothing_where_pods_speak_only_that_family(target: str) -> None:
    """Nobody outside reaches a pod over IPv6 in a cluster whose pods have IPv4 addresses only."""
    text = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: p, namespace: a}
spec: {selector: app == 'srv', types: [Ingress], ingress: [{action: Allow, ipVersion: 4, protocol: TCP}]}
"""
    context = Context(pod_cidrs=("10.244.0.0/16",))
    policies = translator.parse_text(text, "calico", context)
    assert not any(loss.effect for loss in translate(policies, target_of(target), context).losses)


@pytest.mark.parametrize("action", ["Accept", "Deny"])
@pytest.mark.parametrize("knows_labels", [False, True])
def test_nodes_by_label_need_an_agent_that_knows_their_labels(action: str, knows_labels: bool) -> None:
    """Without enable-node-selector-labels no identity of a node has a label (cilium.md 2.2)."""
    rest = ", {action: Deny, to: [{networks: [0.0.0.0/0]}]}" if action == "Accept" else ""
    text = CLUSTER % ("k", f"egress: [{{action: {action}, to: [{{nodes: {{matchLabels: {{zone: z}}}}}}]}}{rest}]")
    options = CiliumOptions(enable_node_selector_labels=knows_labels, policy_cidr_match_mode=("nodes",))
    context = Context(cilium=options)
    policies = translator.parse_text(text, "kubernetes", context)
    losses = translate(policies, target_of("cilium"), context).losses
    assert ("node-labels" in {loss.code for loss in losses}) is (not knows_labels)


def test_a_tier_that_only_newer_versions_make_themselves_gets_an_object() -> None:
    """Calico before 3.32 has no tier kube-admin, and a tier that is not there comes last and denies (calico.md 3.2)."""
    text = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: p}
spec: {tier: kube-admin, order: 4, selector: app == 'srv', types: [Ingress], ingress: [{action: Allow}]}
"""
    policies = translator.parse_text(text, "calico")
    written = translate(policies, target_of("calico@3.30"), Context()).outputs
    tiers = {
        output.data["metadata"]["name"]: output.data["spec"] for output in written if output.data["kind"] == "Tier"
    }
    assert tiers == {"admin": {"order": 1000, "defaultAction": "Pass"}}


@pytest.mark.parametrize("pods", [("10.244.0.0/16",), ("fd00::/64",), ("10.244.0.0/16", "fd00::/64")])
@pytest.mark.parametrize("nets", ["10.0.0.0/8", "fd00::/16"])
def test_subjects_by_address_are_compared_over_the_families_that_both_ends_speak(
    pods: tuple[str, ...], nets: str
) -> None:
    """Also where nothing asks for the other end's address."""
    text = f"""
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {{name: p, namespace: a}}
spec: {{selector: all(), types: [Ingress], ingress: [{{action: Allow, destination: {{nets: ['{nets}']}}}}]}}
"""
    context = Context(pod_cidrs=pods, node_cidrs=("192.168.10.0/24",))
    policies = translator.parse_text(text, "calico", context)
    codes = {loss.code for loss in translate(policies, target_of("kubernetes"), context).losses if loss.effect}
    assert codes == {"subject-address"}


MESH = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: %s, namespace: a}
spec: {endpointSelector: {matchLabels: {app: %s}}, ingress: [{fromEndpoints: [{matchLabels: {app: web%s}}]}]}
---
"""


@pytest.mark.parametrize("target", ["calico", "kubernetes", "access"])
@pytest.mark.parametrize(("version", "lost"), [("1.17", {"a/near", "a/far"}), ("1.19", {"a/far"})])
def test_outside_cilium_nobody_knows_the_pods_of_another_cluster(target: str, version: str, lost: set[str]) -> None:
    """A rule that names another cluster is left out; one for every cluster ends at the own one (cilium.md 2.3)."""
    text = MESH % ("near", "srv", "") + MESH % ("far", "db", ', "k8s:io.cilium.k8s.policy.cluster": c2')
    context = Context(cilium=CiliumOptions(version=version))
    policies = translator.parse_text(text, "cilium", context)
    losses = translate(policies, target_of(target), context).losses
    assert {loss.policy for loss in losses if loss.effect} == lost


def test_policies_govern_no_pods_of_other_clusters() -> None:
    """Whatever a subject selects, the agents of another cluster do not hear of it."""
    text = MESH.replace("app: %s", '"k8s:io.cilium.k8s.policy.cluster": %s') % ("far", "c2", "")
    assert (
        translator.compare(translator.parse_text(text, "cilium"), translator.parse_text("", "cilium")).result == "equal"
    )


@pytest.mark.parametrize(
    ("ports", "written"),
    [
        ("{protocol: SCTP, port: sig}, {port: 80}", [{"ports": [{"protocol": "TCP", "port": 80}]}]),
        ("{protocol: SCTP, port: sig}", None),
    ],
)
def test_what_calico_does_not_match_in_a_network_policy_is_not_carried_along(ports: str, written: object) -> None:
    """Calico's eBPF matches no names of SCTP ports; another plugin would (calico.md 9)."""
    text = NETWORK % f"ingress: [{{ports: [{ports}]}}]"
    context = Context(calico=CalicoOptions(dataplane="ebpf"))
    (document,) = translated(text, "kubernetes", "calico", context)
    assert document["spec"].get("ingress") == written


def test_nodes_by_label_and_address_are_left_out_where_only_pods_have_labels() -> None:
    """A deny of labelled nodes and one of a range leave nodes that are neither."""
    nodes = "{action: Deny, to: [{nodes: {matchLabels: {zone: z}}}]}"
    text = CLUSTER % ("k", f"egress: [{nodes}, {{action: Deny, to: [{{networks: [10.9.0.0/16]}}]}}]")
    policies = translator.parse_text(text, "kubernetes")
    losses = translate(policies, target_of("calico@3.26"), Context()).losses
    assert "node-labels" in {loss.code for loss in losses}


def test_pods_of_one_family_are_not_left_to_a_range_that_matches_none() -> None:
    """Where ipBlock matches no pods, what a deny of IPv4 leaves of dual-stack pods cannot be said."""
    text = CLUSTER % ("k", "egress: [{action: Deny, to: [{networks: [0.0.0.0/0]}]}]")
    context = Context(
        namespaces={"a": {}},
        pod_cidrs=("10.244.0.0/16", "fd00::/64"),
        node_cidrs=("192.168.10.0/24",),
        kubernetes=KubernetesOptions(ipblock_matches_pods=False),
    )
    policies = translator.parse_text(text, "kubernetes", context)
    losses = translate(policies, target_of("kubernetes", rewrite_all=True), context).losses
    assert {loss.code for loss in losses if loss.effect} == {"cidr-covers-pods"}


def test_ranges_that_cilium_matches_differently_are_no_cluster_policy_of_its_own() -> None:
    """The API's ranges match nodes, Cilium's do not unless an option says so (cilium.md 6.1)."""
    text = CLUSTER % ("k", "egress: [{action: Deny, to: [{networks: [10.0.0.0/8]}]}]")
    policies = translator.parse_text(text, "kubernetes")
    target = target_of("cilium", allow_widening=True, use=("clusternetworkpolicy",))
    kinds = {each.data["kind"] for each in translate(policies, target, Context()).outputs}
    assert kinds == {"CiliumClusterwideNetworkPolicy"}


def test_icmp_of_a_family_that_a_data_plane_does_not_hold_is_no_witness() -> None:
    """iptables refuses a rule and with it its whole family: the protocols that are left do not include that ICMP."""
    text = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: p, namespace: a}
spec: {selector: app == 'srv', types: [Ingress], ingress: [{action: Allow, protocol: 58, notICMP: {type: 128}}]}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: q, namespace: b}
spec: {types: [Ingress], ingress: [%s]}
"""
    context = Context(calico=CalicoOptions(dataplane="iptables"))
    every, some = "{action: Allow}", "{action: Allow, protocol: TCP}, {action: Allow, protocol: UDP}"
    a, b = (translator.parse_text(text % rules, "calico", context) for rules in (every, some))
    assert a.unprogrammed
    assert translator.compare(a, b, context).result == "narrows"
