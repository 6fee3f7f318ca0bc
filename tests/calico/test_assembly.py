"""How Calico combines its own and Kubernetes' policies (calico.md 3, 5, 9)."""

from __future__ import annotations

from dataclasses import replace

from tests.calico.reading import global_policy, network_policy, parse_all, read
from translator.context import CalicoOptions, Context, Pod
from translator.documents.loading import load_text
from translator.ir.labels import Label, Scope
from translator.ir.peers import EVERY_KIND, Network
from translator.ir.policy import End, PolicySet
from translator.ir.traffic import Ports, Traffic
from translator.semantics.ends import Ends
from translator.semantics.flow import Flow
from translator.semantics.verdict.calico import assemble, notices
from translator.semantics.verdict.core import Evaluator

KUBERNETES = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: k, namespace: shop}
spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}
---
"""


def assembled(text: str, *, version: str = "3.32", dataplane: str = "iptables") -> PolicySet:
    """What Calico enforces of a YAML text."""
    context = Context(calico=CalicoOptions(version=version, dataplane=dataplane))
    return assemble(parse_all(load_text(text).documents, context=context), context)


def names(policies: PolicySet, tier: str) -> list[str]:
    """The policies of a tier in their order."""
    (found,) = [each for each in policies.tiers if each.name == tier]
    return [policy.name for policy in found.policies]


def test_a_kubernetes_policy_stands_at_order_1000() -> None:
    """Between Calico's own of lower and of higher or no order; its blocks cover pods and nodes."""
    text = "---\n".join(
        network_policy(f"{{order: {order}}}", name=name) for name, order in (("before", 999), ("after", 1001))
    )
    found = assembled(KUBERNETES + text + "---\n" + network_policy("{}", name="last"))
    assert names(found, "default") == ["before", "k", "after", "last"]
    network = found.policies()[1].ingress[0].peers[0]
    assert isinstance(network, Network)
    assert network.reach == EVERY_KIND


def test_ties_are_broken_by_the_text_of_the_version() -> None:
    """From v3.32 name, namespace and kind in this order; before it the tier-prefixed name (calico.md 3.3)."""
    text = "---\n".join(network_policy("{order: 1}", name=name) for name in ("a", "a-b", "a0"))
    text += "---\n" + global_policy("{order: 1}", name="z")
    assert names(assembled(text), "default") == ["a-b", "a", "a0", "z"]
    assert names(assembled(text, version="3.31"), "default") == ["z", "a", "a-b", "a0"]


def test_tiers_stand_by_order_then_name_and_strangers_last() -> None:
    """A policy of an unknown tier is enforced after all others, with an end of deny (calico.md 3.2)."""
    tier = "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: zzz}\nspec: {}\n---\n"
    text = tier + network_policy("{tier: nowhere}")
    found = assembled(text)
    assert [each.name for each in found.tiers] == ["kube-admin", "default", "zzz", "kube-baseline", "nowhere"]
    assert [each.end for each in found.tiers] == [End.PASS, End.DENY, End.DENY, End.PASS, End.DENY]
    parsed = parse_all(load_text(text).documents)
    assert [finding.code for finding in notices(parsed, Context())] == ["unknown-tier"]


def test_staged_and_untracked_policies_touch_no_pod() -> None:
    """Staged policies are not enforced; untracked ones keep their host endpoints only."""
    staged = network_policy("{}").replace("NetworkPolicy", "StagedNetworkPolicy")
    untracked = global_policy("{doNotTrack: true, applyOnForward: true, namespaceSelector: all()}")
    assert not assembled(staged + "---\n" + untracked).policies()


def test_a_data_plane_that_refuses_a_rule_programs_nothing_for_its_family() -> None:
    """nftables takes no ICMP code, iptables does (calico.md 9)."""
    text = network_policy("{ingress: [{action: Allow, protocol: ICMP, icmp: {type: 8, code: 0}}]}")
    assert assembled(text, dataplane="nftables").unprogrammed == {4}
    assert not assembled(text, dataplane="iptables").unprogrammed
    (finding,) = notices(parse_all(load_text(text).documents), Context())
    assert "nftables refuses it and with it every rule for IPv4" in finding.message


def test_ebpf_knows_no_names_of_sctp_ports() -> None:
    """A named port holds for every protocol but SCTP; numbers are as elsewhere."""
    text = network_policy("{ingress: [{action: Allow, protocol: SCTP, destination: {ports: [sig, 7000]}}]}")
    (rule,) = assembled(text, dataplane="ebpf").policies()[0].ingress
    sctp = Traffic(protocols=((132, 132),), ports=Ports(numbers=((7000, 7000),)))
    assert rule.traffic == (Traffic(protocols=(), ports=Ports(numbers=((7000, 7000),), names=("sig",))), sctp)


def test_no_notation_is_left() -> None:
    """What only data planes tell apart has been acted on."""
    text = network_policy("{ingress: [{action: Allow, protocol: ICMPv6}]}")
    (rule,) = read(text).policies[0].ingress
    assert rule.traffic[0].notation
    for dataplane in ("iptables", "nftables", "ebpf"):
        (rule,) = assembled(text, dataplane=dataplane).policies()[0].ingress
        assert not rule.traffic[0].notation


def test_without_dikastes_http_rules_are_plain() -> None:
    """The network layer ignores HTTP (calico.md 4.5)."""
    text = network_policy("{ingress: [{action: Allow, http: {methods: [GET]}}]}")
    context = Context(calico=CalicoOptions(dikastes=False))
    (policy,) = assemble(parse_all(load_text(text).documents, context=context), context).policies()
    assert policy.ingress[0].layer7 is None


def test_pods_of_a_namespace_that_is_gone_are_cut_off() -> None:
    """A context that lists namespaces but not that of a pod says that the namespace's profile is missing."""
    context = Context(namespaces={"shop": {}}, pods=(Pod(namespace="gone", name="p"),))
    assert assemble({}, context).tiers[-1].name == "profiles"
    assert [finding.code for finding in notices({}, context)] == ["namespace-missing"]
    assert assemble({}, replace(context, namespaces={})).tiers[-1].name == "kube-baseline"


def test_lists_before_nat_and_tracking_do_not_judge_the_normal_traffic_of_hosts() -> None:
    """Only what is enforced in the normal list isolates a host endpoint there (calico.md 3.7)."""
    hosts = "selector: role == 'edge'"
    endpoint = (
        "apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {name: h, labels: {role: edge}}\n"
        "spec: {node: n, interfaceName: '*'}\n---\n"
    )
    deny = "types: [Ingress], ingress: [{action: Deny}]"
    early = global_policy(f"{{{hosts}, preDNAT: true, applyOnForward: true, {deny}}}")
    normal = global_policy(f"{{{hosts}, {deny}}}")
    ends = Ends(Context())
    flow = Flow(source=ends.find("203.0.113.9"), destination=ends.find("host"), protocol=6, port=22)
    flow = replace(flow, destination=replace(flow.destination, labels={Label(Scope.POD, "role"): "edge"}))
    answers = [Evaluator(assembled(endpoint + text)).verdict(flow).ingress for text in (early, normal)]
    assert [answer is None or answer.allowed for answer in answers] == [True, False]


def test_tiers_of_the_same_order_stand_by_name() -> None:
    """Equal orders are decided by the name alone (calico.md 3.2)."""
    tiers = "".join(
        f"apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {{name: {name}}}\nspec: {{order: 7}}\n---\n"
        for name in ("ba", "ax")
    )
    assert [each.name for each in assembled(tiers).tiers][:2] == ["ax", "ba"]
