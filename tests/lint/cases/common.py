"""Policies of Kubernetes, and what every engine's policies may have."""

from __future__ import annotations

from tests.lint.cases.case import Case, admin_policy, both, cluster_policy, kubernetes

_CLUSTER = "tier: Admin\npriority: 1\nsubject: {namespaces: {}}\n"

CASES = (
    Case(
        code="inert-rules",
        text=kubernetes("podSelector: {}\npolicyTypes: [Ingress]\negress: [{}]"),
        change=("[Ingress]", "[Ingress, Egress]"),
    ),
    Case(
        code="unlisted-direction",
        text=kubernetes("podSelector: {}\npolicyTypes: [Egress]\ningress: [{}]"),
        engine="cilium",
        other_engine="kubernetes",
    ),
    Case(
        code="unlisted-direction",
        text=kubernetes("podSelector: {}\npolicyTypes: [Egress]\ningress: [{}]"),
        context="cilium: {policy-types-gating: false}",
        change=("false", "true"),
        engine="cilium",
    ),
    Case(
        code="null-peers",
        text=kubernetes("podSelector: {}\ningress:\n- from:\n  ports: [{port: 80}]"),
        change=("- from:\n", "- from: [{podSelector: {}}]\n"),
    ),
    Case(
        code="null-label",
        text=cluster_policy(
            "tier: Admin\npriority: 1\nsubject: {namespaces: {matchLabels: {app: }}}\n"
            "ingress: [{action: Accept, from: [{namespaces: {}}]}]"
        ),
        change=("{app: }", '{app: ""}'),
    ),
    Case(
        code="empty-range",
        text=admin_policy(
            "priority: 1\nsubject: {namespaces: {}}\ningress:\n- action: Allow\n  from: [{namespaces: {}}]\n"
            "  ports:\n  - portRange: {start: 90, end: 80}"
        ),
        change=("start: 90", "start: 70"),
    ),
    Case(
        code="matches-nothing",
        text=kubernetes(
            "podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/9, 10.128.0.0/9]}}]}]"
        ),
        change=("10.128.0.0/9", "10.128.0.0/10"),
    ),
    Case(
        code="matches-nothing",
        text=kubernetes(
            "podSelector: {}\ningress:\n- from:\n  - podSelector: {}\n"
            "  - podSelector: {matchLabels: {app: a}, matchExpressions: [{key: app, operator: NotIn, values: [a]}]}"
        ),
        change=("NotIn", "In"),
    ),
    Case(
        code="no-subject",
        text=kubernetes(
            "podSelector: {matchLabels: {app: web}, matchExpressions: [{key: app, operator: DoesNotExist}]}"
        ),
        change=("DoesNotExist", "Exists"),
    ),
    Case(
        code="undefined-named-port",
        text=kubernetes(
            "podSelector: {}\npolicyTypes: [Egress]\n"
            "egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24}}], ports: [{port: https}]}]"
        ),
        change=("https", "443"),
    ),
    Case(
        code="undefined-named-port",
        text=cluster_policy(
            f"{_CLUSTER}egress:\n- action: Accept\n  to: [{{networks: [203.0.113.0/24]}}]\n"
            "  protocols: [{destinationNamedPort: https}]"
        ),
        change=("{destinationNamedPort: https}", "{tcp: {destinationPort: {number: 443}}}"),
    ),
    Case(
        code="impossible-port-name",
        text=cluster_policy(
            f"{_CLUSTER}egress:\n- action: Deny\n  to: [{{namespaces: {{}}}}]\n"
            "  protocols: [{destinationNamedPort: HTTP}]"
        ),
        change=("HTTP", "http"),
    ),
    Case(
        code="experimental-field",
        text=cluster_policy(f"{_CLUSTER}egress:\n- action: Accept\n  to: [{{domainNames: ['*.example.com']}}]"),
        change=("domainNames: ['*.example.com']", "networks: [203.0.113.0/24]"),
    ),
    Case(
        code="priority-tie",
        text=both(
            *(
                cluster_policy(
                    f"tier: Admin\npriority: 10\nsubject: {{namespaces: {{}}}}\n"
                    f"ingress: [{{action: {action}, from: [{{namespaces: {{}}}}]}}]",
                    name,
                )
                for name, action in (("a", "Accept"), ("b", "Deny"))
            )
        ),
        change=("name: b}\nspec:\n  tier: Admin\n  priority: 10", "name: b}\nspec:\n  tier: Admin\n  priority: 11"),
    ),
    Case(
        code="policy-ignored",
        text=admin_policy(
            "priority: 1\nsubject: {namespaces: {}}\ningress: [{action: Allow, from: [{namespaces: {}}]}]"
        ),
        engine="cilium",
        other_engine="kubernetes",
    ),
    Case(
        code="policy-ignored",
        text=cluster_policy(f"{_CLUSTER}ingress: [{{action: Accept, from: [{{namespaces: {{}}}}]}}]"),
        context="cilium: {version: '1.19'}",
        change=("1.19", "1.20"),
        engine="cilium",
    ),
    Case(
        code="policy-ignored",
        text=cluster_policy(f"{_CLUSTER}ingress: [{{action: Accept, from: [{{namespaces: {{}}}}]}}]"),
        context="calico: {version: '3.31'}",
        change=("3.31", "3.32"),
        engine="calico",
    ),
    Case(
        code="shadowed-rule",
        text=kubernetes(
            "podSelector: {}\ningress:\n- from: [{podSelector: {}}]\n- from: [{podSelector: {matchLabels: {app: a}}}]"
        ),
        change=("from: [{podSelector: {}}]", "from: [{podSelector: {}}]\n    ports: [{port: 80}]"),
    ),
    Case(
        code="dns-forgotten",
        text=kubernetes(
            "podSelector: {}\npolicyTypes: [Egress]\negress: [{to: [{podSelector: {matchLabels: {app: db}}}]}]"
        ),
        change=("app: db}}}]}]", "app: db}}}]}, {ports: [{port: 53, protocol: UDP}]}]"),
    ),
    Case(
        code="dns-forgotten",
        text=kubernetes(
            "podSelector: {}\npolicyTypes: [Egress]\n"
            "egress: [{to: [{podSelector: {matchLabels: {app: db}}}]}, {ports: [{port: 53}]}]"
        ),
        change=("{port: 53}", "{port: 53, protocol: UDP}"),
    ),
    Case(
        code="dns-forgotten",
        text=both(
            kubernetes("podSelector: {}\npolicyTypes: [Egress]\negress: [{to: [{podSelector: {}}]}]"),
            kubernetes(
                "podSelector: {}\npolicyTypes: [Egress]\negress: [{ports: [{port: 53, protocol: UDP}]}]", "dns", "ops"
            ),
        ),
        change=("namespace: ops", "namespace: shop"),
    ),
    Case(
        code="isolates-kube-system",
        text=both(
            kubernetes("podSelector: {}\npolicyTypes: [Ingress]", namespace="kube-system"),
            kubernetes(
                "podSelector: {matchLabels: {k8s-app: kube-dns}}\n"
                "ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 53, protocol: TCP}]}]",
                "dns",
                "kube-system",
            ),
        ),
        change=("protocol: TCP", "protocol: UDP"),
    ),
    Case(
        code="isolates-kube-system",
        text=kubernetes("podSelector: {}\npolicyTypes: [Egress]", namespace="kube-system"),
        change=(
            "[Egress]",
            "[Egress]\n  egress: [{to: [{ipBlock: {cidr: 10.0.0.2/32}}], ports: [{port: 53, protocol: UDP}]}]",
        ),
    ),
    Case(
        code="isolates-kube-system",
        text=kubernetes("podSelector: {}\npolicyTypes: [Ingress]", namespace="kube-system"),
        change=("kube-system", "shop"),
    ),
    Case(
        code="isolates-kube-system",
        text=kubernetes("podSelector: {}\npolicyTypes: [Ingress]", namespace="kube-system"),
        change=(
            "policyTypes: [Ingress]",
            "policyTypes: [Ingress]\n"
            "  ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 53, protocol: UDP}]}]",
        ),
    ),
)
