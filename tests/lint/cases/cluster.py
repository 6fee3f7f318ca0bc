"""Policies against what the context knows."""

from __future__ import annotations

from tests.lint.cases.case import Case, both, calico, cilium, kubernetes

CLUSTER = """\
namespaces: {shop: {team: red}}
pods:
- {namespace: shop, name: web, labels: {app: web}, addresses: [10.244.0.7]}
- {namespace: shop, name: exporter, labels: {app: exporter}, hostNetwork: true}
"""

CASES = (
    Case(
        code="matches-no-pod",
        text=kubernetes("podSelector: {matchLabels: {app: wbe}}"),
        context=CLUSTER,
        change=("wbe", "web"),
    ),
    Case(
        code="matches-no-pod",
        text=kubernetes("podSelector: {}\ningress: [{from: [{podSelector: {matchLabels: {app: wbe}}}]}]"),
        context=CLUSTER,
        change=("wbe", "web"),
    ),
    Case(
        code="matches-no-pod",
        text=kubernetes("podSelector: {matchLabels: {app: wbe}}"),
        context=CLUSTER,
        change=("pods:\n- {namespace: shop, name: web, labels: {app: web}, addresses: [10.244.0.7]}\n", "pods:\n"),
    ),
    Case(
        code="matches-no-pod",
        text=both(
            calico("types: [Ingress]\ningress:\n- {action: Allow, source: {selector: role == 'office'}}"),
            "apiVersion: projectcalico.org/v3\nkind: NetworkSet\n"
            "metadata: {name: office, namespace: shop, labels: {role: home}}\nspec: {nets: [203.0.113.0/24]}\n",
        ),
        context=CLUSTER,
        change=("role: home", "role: office"),
    ),
    Case(
        code="matches-no-namespace",
        text=kubernetes("podSelector: {}\ningress:\n- from:\n  - namespaceSelector: {matchLabels: {team: rde}}"),
        context=CLUSTER,
        change=("rde", "red"),
    ),
    Case(
        code="matches-no-namespace",
        text=kubernetes("podSelector: {}", namespace="shpo"),
        context=CLUSTER,
        change=("shpo", "shop"),
    ),
    Case(
        code="host-network-pod",
        text=kubernetes("podSelector: {matchLabels: {app: exporter}}"),
        context=CLUSTER,
        change=(", hostNetwork: true", ""),
    ),
    Case(
        code="service-address",
        text=kubernetes("podSelector: {}\npolicyTypes: [Egress]\negress: [{to: [{ipBlock: {cidr: 10.96.0.10/32}}]}]"),
        context="serviceCIDRs: [10.96.0.0/12]",
        change=("10.96.0.10/32", "10.95.0.10/32"),
    ),
    Case(
        code="cluster-address",
        text=cilium("endpointSelector: {}\negress:\n- toCIDR: [10.0.0.0/8]"),
        context="podCIDRs: [10.244.0.0/16]",
        change=("10.0.0.0/8", "10.0.0.0/9"),
    ),
    Case(
        code="cluster-address",
        text=cilium("endpointSelector: {}\negress:\n- toCIDR: [10.0.0.0/8]"),
        context="podCIDRs: [10.244.0.0/16]\ncilium: {version: '1.20', policy-cidr-match-mode: []}",
        change=("policy-cidr-match-mode: []", "policy-cidr-match-mode: [pods]"),
    ),
    Case(
        code="cluster-address",
        text=kubernetes("podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 192.168.10.0/24}}]}]"),
        context="nodeCIDRs: [192.168.10.0/24]",
        other_engine="calico",
    ),
    Case(
        code="translated-sender",
        text=kubernetes(
            "podSelector: {matchLabels: {app: web}}\ningress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]"
        ),
        context=f"{CLUSTER}services: {{shop/web: {{selector: {{app: web}}, externalTrafficPolicy: Cluster}}}}",
        change=("externalTrafficPolicy: Cluster", "externalTrafficPolicy: Local"),
    ),
    Case(
        code="range-version",
        text=kubernetes("podSelector: {}\ningress:\n- ports: [{port: 8000, endPort: 8100}]"),
        engine="cilium",
        context="cilium: {version: '1.15'}",
        change=("1.15", "1.16"),
    ),
    Case(
        code="namespace-missing",
        text=kubernetes("podSelector: {}"),
        engine="calico",
        context="namespaces: {shop: {}}\npods:\n- {namespace: ops, name: a, labels: {}}",
        change=("{shop: {}}", "{shop: {}, ops: {}}"),
    ),
)
