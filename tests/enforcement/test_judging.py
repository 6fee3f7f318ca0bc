"""What is said about policies."""

from __future__ import annotations

import pytest

import translator
from translator.context import Context
from translator.enforcement import PLUGINS, Outcome, judge, plugin_named, verdict_of

HEAD = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
"""
PLAIN = f"{HEAD}  ingress: [{{from: [{{podSelector: {{}}}}], ports: [{{port: 80}}]}}]\n"


def found(text: str, name: str, context: Context | None = None) -> dict[str, str]:
    """Code → outcome."""
    policies = translator.parse_text(text, engine="kubernetes").as_read()
    shortfalls = judge(policies, plugin_named(name), context or Context())
    return {each.code: each.deviation.outcome.value for each in shortfalls}


@pytest.mark.parametrize("name", [name for name in PLUGINS if name != "flannel"])
def test_plain_policies_hold_everywhere_but_with_flannel(name: str) -> None:
    """Pods, a port number, TCP: every plugin that enforces anything enforces that."""
    assert found(PLAIN, name) == {}
    assert found(PLAIN, "flannel") == {"cni-policy": "not-enforced"}


@pytest.mark.parametrize(
    ("rule", "name", "expected"),
    [
        ("ingress: [{ports: [{port: 80, endPort: 90}]}]", "weave", {"cni-end-port": "narrower"}),
        ("ingress: [{ports: [{port: http}]}]", "weave", {"cni-named-port": "not-enforced"}),
        ("ingress: [{ports: [{port: http}]}]", "ovn-kubernetes", {"cni-named-port": "wider"}),
        ("ingress: [{ports: [{port: http}]}]", "aws-vpc-cni", {"cni-named-port-from-any": "narrower"}),
        (
            "ingress: [{from: [{podSelector: {}}], ports: [{port: http}]}]",
            "aws-vpc-cni",
            {"cni-named-port-from-pods": "wider"},
        ),
        ("egress: [{ports: [{port: http}]}]", "kube-router", {"cni-named-port-to-any": "differs"}),
        ("egress: [{ports: [{port: http}]}]", "antrea", {"cni-named-port-to-any": "differs"}),
        ("egress: [{to: [{podSelector: {}}], ports: [{port: http}]}]", "antrea", {}),
        (
            "egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.0/25]}}]}]",
            "aws-vpc-cni",
            {"cni-except": "wider"},
        ),
        (
            "egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.0/25]}}]}]",
            "azure-npm-windows",
            {"cni-except": "not-enforced"},
        ),
        (
            "egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.0/25]}},"
            " {ipBlock: {cidr: 203.0.113.0/26}}]}]",
            "kube-router",
            {"cni-except-among-blocks": "differs"},
        ),
        (
            "egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24}}]}, {to: [{ipBlock: {cidr: 203.0.113.0/26}}]}]",
            "aws-vpc-cni",
            {"cni-overlapping-blocks": "differs"},
        ),
        ('egress: [{to: [{ipBlock: {cidr: "::/0"}}]}]', "kube-router", {"cni-whole-ipv6": "narrower"}),
        ('egress: [{to: [{ipBlock: {cidr: "2001:db8::/32"}}]}]', "azure-npm", {"cni-ipv6-block": "narrower"}),
        ("ingress: [{ports: [{protocol: SCTP, port: 80}]}]", "cilium", {"cni-sctp": "narrower"}),
        ("ingress: [{ports: [{protocol: SCTP, port: 80}]}]", "azure-npm-windows", {"cni-sctp": "not-enforced"}),
        (
            "ingress: [{from: [{podSelector: {matchExpressions: [{key: a, operator: DoesNotExist}]}}]}]",
            "azure-npm-windows",
            {"cni-negative-match": "not-enforced"},
        ),
        (
            "ingress: [{from: [{namespaceSelector: {matchLabels: {a: b}}, podSelector: {matchLabels: {a: b}}}]}]",
            "weave",
            {"cni-both-selectors": "doubtful"},
        ),
        ("policyTypes: [Egress]\n  ingress: [{}]", "cilium", {"cni-unlisted-direction": "differs"}),
        ("policyTypes: [Egress]\n  ingress: [{}]", "calico", {}),
        (
            "ingress: [{from: [{podSelector: {matchLabels: {pod-template-hash: a}}}]}]",
            "cilium",
            {"cni-filtered-label": "differs"},
        ),
    ],
)
def test_what_a_plugin_does_otherwise_is_told(rule: str, name: str, expected: dict[str, str]) -> None:
    """One use, one plugin, one answer."""
    assert found(f"{HEAD}  {rule}\n", name) == expected


def test_many_ports_beside_a_block_are_told() -> None:
    """The AWS agent keeps 24 of them."""
    ports = ", ".join(f"{{port: {number}}}" for number in range(1, 26))
    text = f"{HEAD}  egress: [{{to: [{{ipBlock: {{cidr: 203.0.113.0/24}}}}], ports: [{ports}]}}]\n"
    assert found(text, "aws-vpc-cni") == {"cni-many-ports": "narrower"}


def test_the_context_says_which_blocks_may_hold_pods() -> None:
    """A private range does, until the context knows better."""
    text = f"{HEAD}  egress: [{{to: [{{ipBlock: {{cidr: 10.9.0.0/16}}}}]}}]\n"
    assert found(text, "cilium") == {"cni-private-block": "narrower"}
    known = Context(pod_cidrs=("10.0.0.0/16",), node_cidrs=("192.168.0.0/24",))
    assert found(text, "cilium", known) == {}


def test_cluster_policies_need_an_implementer() -> None:
    """Calico and Cilium have them in newer versions, the others do not."""
    text = """
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: deny}
spec:
  tier: Admin
  priority: 1
  subject: {namespaces: {}}
  ingress: [{action: Deny, from: [{namespaces: {}}]}]
"""
    words = {name: found(text, name).get("cni-cluster-network-policy") for name in PLUGINS}
    assert words["calico"] == words["cilium"] == words["antrea"] == "doubtful"
    assert words["weave"] == words["flannel"] == "not-enforced"


def test_the_worst_outcome_is_the_word() -> None:
    """Not enforced beats wider beats doubtful; nothing at all is None."""
    policies = translator.parse_text(f"{HEAD}  ingress: [{{ports: [{{port: http}}, {{port: 80, endPort: 90}}]}}]\n")
    shortfalls = judge(policies.as_read(), plugin_named("weave"))
    assert len(shortfalls) == 2
    assert verdict_of(shortfalls) is Outcome.NOT_ENFORCED
    assert verdict_of(()) is None
