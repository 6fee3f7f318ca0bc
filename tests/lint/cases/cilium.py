"""Cilium's policies (cilium.md 2.2, 2.3, 3, 4, 6 to 8, 11, 12, 16)."""

from __future__ import annotations

from tests.lint.cases.case import Case, both, cilium, cilium_global, cluster_policy, kubernetes

PORT = "toPorts: [{ports: [{port: '80', protocol: TCP}]}]"


def ingress(item: str, *, more: str = "", subject: str = "{}") -> str:
    """A policy with some ingress items."""
    return cilium(f"endpointSelector: {subject}\n{more}ingress:\n{item}")


def egress(item: str, *, more: str = "") -> str:
    """A policy with some egress items."""
    return cilium(f"endpointSelector: {{}}\n{more}egress:\n{item}")


def http(rule: str) -> str:
    """A policy with one HTTP rule."""
    return ingress(f"- toPorts:\n  - ports: [{{port: '80', protocol: TCP}}]\n    rules:\n      {rule}")


EVERYONE = (
    Case(
        code="selects-everyone",
        text=ingress("- fromCIDRSet: [{cidrGroupSelector: {}}]"),
        change=("{cidrGroupSelector: {}}", "{cidrGroupSelector: {matchLabels: {a: b}}}"),
    ),
    Case(
        code="selects-everyone",
        text=ingress("- fromCIDRSet: [{cidrGroupSelector: {matchExpressions: [{key: a, operator: DoesNotExist}]}}]"),
        change=("DoesNotExist", "Exists"),
    ),
    Case(
        code="selects-everyone",
        text=ingress("- fromEndpoints: [{matchExpressions: [{key: 'reserved:host', operator: DoesNotExist}]}]"),
        change=("DoesNotExist", "Exists"),
    ),
    Case(
        code="selects-everyone",
        text=ingress("- fromCIDRSet: [{cidr: 0.0.0.0/0, except: [0.0.0.0/0]}]"),
        context="cilium: {policy-cidr-match-mode: [pods]}",
        change=("[pods]", "[]"),
    ),
    *(
        Case(code="null-peers", text=ingress(f"- {name}: {empty}\n  {PORT}"), change=(f"{name}: {empty}\n    ", ""))
        for name, empty in (("fromEndpoints", "null"), ("fromCIDR", "null"), ("fromGroups", "[]"))
    ),
    *(
        Case(code="null-peers", text=egress(f"- {name}: []\n  {PORT}"), change=(f"{name}: []", f"{name}: {other}"))
        for name, other in (("toFQDNs", "[{matchName: a.com}]"), ("toServices", "[{k8sService: {serviceName: a}}]"))
    ),
    Case(
        code="all-icmp-types",
        text=ingress("- icmps: [{fields: [{type: EchoReply}]}]"),
        change=("EchoReply", "EchoRequest"),
    ),
    Case(code="all-icmp-types", text=ingress("- icmps: [{fields: [{type: 0}]}]"), change=("type: 0", "type: 8")),
    Case(
        code="beyond-pods",
        text=cluster_policy(
            "tier: Admin\npriority: 1\nsubject: {namespaces: {}}\ningress:\n- action: Accept\n  from:\n"
            "  - namespaces: {matchExpressions: [{key: env, operator: NotIn, values: [prod]}]}"
        ),
        engine="cilium",
        other_engine="kubernetes",
    ),
    Case(
        code="beyond-pods",
        text=cluster_policy(
            "tier: Admin\npriority: 1\nsubject: {namespaces: {}}\ningress:\n- action: Accept\n  from:\n"
            "  - namespaces: {matchExpressions: [{key: env, operator: NotIn, values: [prod]}]}"
        ),
        engine="cilium",
        change=("NotIn", "In"),
    ),
    Case(
        code="beyond-pods",
        text=kubernetes(
            "podSelector: {}\ningress:\n- from:\n"
            "  - namespaceSelector: {matchExpressions: [{key: env, operator: NotIn, values: [prod]}]}"
        ),
        engine="cilium",
        context="cilium: {policy-default-local-cluster: false}",
        change=("false", "true"),
    ),
    Case(
        code="beyond-pods",
        text=ingress(
            "- fromEndpoints:\n"
            "  - matchExpressions: [{key: 'k8s:io.kubernetes.pod.namespace', operator: NotIn, values: [b]}]"
        ),
        context="cilium: {policy-default-local-cluster: false}",
        change=("false", "true"),
    ),
)

NOBODY = (
    *(
        Case(code="matches-nothing", text=text, change=change)
        for text, change in (
            (ingress("- fromEndpoints: []"), ("[]", "[{}]")),
            (ingress("- fromEndpoints: []\n  fromEntities: [all]"), ("fromEndpoints: []\n    ", "")),
            (ingress("- fromEntities: [all]\n  toPorts: [{}]"), ("\n    toPorts: [{}]", "")),
            (ingress("- fromEntities: [all]\n  icmps: [{fields: []}]"), ("fields: []", "fields: [{type: 8}]")),
            (ingress("- icmps: [{fields: [{type: 256}]}]"), ("256", "8")),
            (ingress("- icmps: [{}]"), ("{}]", "{fields: [{type: 8}]}]")),
            (
                ingress("- fromCIDRSet: [{cidrGroupSelector: {matchLabels: {'k8s:a': b}}}]"),
                ("cidrGroupSelector: {matchLabels: {'k8s:a': b}}", "cidr: 10.0.0.0/8"),
            ),
            (
                ingress("- fromEndpoints: [{matchLabels: {'container:io.kubernetes.pod.namespace': shop}}]"),
                ("container:", "k8s:"),
            ),
            (
                ingress(
                    "- fromEndpoints:\n"
                    "  - matchExpressions: [{key: 'k8s:io.kubernetes.pod.namespace', operator: DoesNotExist}]"
                ),
                ("DoesNotExist", "Exists"),
            ),
            (ingress("- fromCIDRSet: [{cidr: 0.0.0.0/0, except: [0.0.0.0/0]}]"), ("except: [0.0.0.0/0]", "except: []")),
            (ingress("- fromEndpoints: [{matchLabels: {'reserved:world': ''}}]"), ("world", "host")),
            (cilium("endpointSelector: {}\ningressDeny: [{}]"), ("[{}]", "[{fromEntities: [all]}]")),
        )
    ),
    Case(
        code="matches-nothing",
        text=ingress("- fromCIDR: ['fd00::/8']"),
        context="cilium: {ip-families: [IPv4]}",
        change=("[IPv4]", "[IPv4, IPv6]"),
    ),
    Case(
        code="matches-nothing",
        text=cilium_global("endpointSelector: {matchLabels: {a: b}}\ningress: [{fromNodes: [{}]}]"),
        context="cilium: {enable-node-selector-labels: true, policy-default-local-cluster: true}",
        change=("policy-default-local-cluster: true", "policy-default-local-cluster: false"),
    ),
    Case(
        code="undefined-named-port",
        text=egress("- toCIDR: [203.0.113.0/24]\n  toPorts: [{ports: [{port: https, protocol: TCP}]}]"),
        change=("https", "'443'"),
    ),
    Case(
        code="undefined-named-port",
        text=egress("- toEntities: [world]\n  toPorts: [{ports: [{port: https, protocol: TCP}]}]"),
        change=("[world]", "[world, cluster]"),
    ),
    Case(
        code="missing-group",
        text=ingress("- fromCIDRSet: [{cidrGroupRef: office}]"),
        change=(
            "- fromCIDRSet: [{cidrGroupRef: office}]",
            "- fromCIDRSet: [{cidrGroupRef: office}]\n---\napiVersion: cilium.io/v2\nkind: CiliumCIDRGroup\n"
            "metadata: {name: office}\nspec: {externalCIDRs: [203.0.113.0/24]}",
        ),
    ),
    Case(
        code="unknown-service",
        text=egress("- toServices: [{k8sService: {serviceName: db, namespace: shop}}]"),
        context="services: {shop/api: {selector: {app: db}}}",
        change=("shop/api", "shop/db"),
    ),
    Case(
        code="deny-services",
        text=cilium("endpointSelector: {}\negressDeny: [{toServices: [{k8sService: {serviceName: db}}]}]"),
        change=("toServices: [{k8sService: {serviceName: db}}]", "toEndpoints: [{matchLabels: {app: db}}]"),
    ),
    Case(
        code="no-subject",
        text=ingress("- {}", subject="{matchLabels: {'any:io.kubernetes.pod.namespace': other}}"),
        change=("other", "shop"),
    ),
    Case(
        code="no-subject",
        text=ingress("- {}", subject="{matchLabels: {'reserved:init': ''}}"),
        change=("'reserved:init': ''", "a: b"),
    ),
    Case(
        code="namespace-ignored",
        text=cilium("endpointSelector: {matchLabels: {k8s:io.kubernetes.pod.namespace: other}}\ningress: [{}]"),
        change=("other", "shop"),
    ),
    Case(
        code="no-namespace",
        text="apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: web}\n"
        "spec: {endpointSelector: {}, ingress: [{}]}\n",
        change=("{name: web}", "{name: web, namespace: shop}"),
        as_agent=True,
    ),
)

LABELS = (
    Case(
        code="filtered-label",
        text=kubernetes("podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: db-0}}"),
        engine="cilium",
        other_engine="calico",
    ),
    Case(
        code="filtered-label",
        text=ingress("- fromEndpoints: [{matchLabels: {pod-template-hash: abc}}]"),
        change=("pod-template-hash", "app.kubernetes.io/name"),
    ),
    Case(
        code="dotted-prefix",
        text=ingress("- fromEndpoints:\n  - matchLabels: {k8s.io.kubernetes.pod.namespace: shop}"),
        change=("k8s.io", "k8s:io"),
    ),
    Case(
        code="dotted-prefix",
        text=ingress("- fromEndpoints: [{matchExpressions: [{key: k8s.app, operator: Exists}]}]"),
        change=("k8s.app", "k8s-app"),
    ),
)

VALUES = (
    Case(
        code="odd-port",
        text=ingress('- toPorts:\n  - ports:\n    - {port: "010", protocol: TCP}'),
        change=("010", "8"),
    ),
    Case(
        code="odd-port",
        text=ingress('- toPorts:\n  - ports:\n    - {port: "8_0", protocol: TCP}'),
        change=("8_0", "80"),
    ),
    Case(
        code="inert-end-port",
        text=ingress('- toPorts:\n  - ports:\n    - {port: "8080", endPort: 80, protocol: TCP}'),
        change=("endPort: 80", "endPort: 8090"),
    ),
    Case(
        code="inert-end-port",
        text=ingress('- toPorts:\n  - ports:\n    - {port: "0", endPort: 80, protocol: TCP}'),
        change=('"0"', '"1"'),
    ),
    Case(code="unknown-method", text=http("http: [{method: get}]"), change=("get", "GET")),
    Case(code="bad-host", text=http("http: [{host: '*.example.com'}]"), change=("*.example.com", ".*[.]example[.]com")),
    Case(code="header-name", text=http("http: [{headers: ['X-Token:secret']}]"), change=("X-Token:", "X-Token: ")),
    Case(
        code="header-action",
        text=http("http:\n      - headerMatches: [{name: X-Token, value: secret, mismatch: LOG}]"),
        change=(", mismatch: LOG", ""),
    ),
    Case(
        code="ignored-rules",
        text=cilium(
            "endpointSelector: {}\ningress:\n- toPorts:\n  - ports: [{port: '9092', protocol: TCP}]\n"
            "    rules: {kafka: [{topic: orders}]}"
        ),
        change=("{kafka: [{topic: orders}]}", "{http: [{method: GET}]}"),
        as_agent=True,
    ),
)

DECISIONS = (
    Case(
        code="unmergeable-rules",
        text=egress(
            "- toEndpoints: [{}]\n"
            "  toPorts: [{ports: [{port: '53', protocol: TCP}], rules: {dns: [{matchPattern: '*'}]}}]\n"
            "- toEndpoints: [{}]\n"
            "  toPorts: [{ports: [{port: '53', protocol: TCP}], rules: {http: [{method: GET}]}}]"
        ),
        change=("port: '53', protocol: TCP}], rules: {http", "port: '54', protocol: TCP}], rules: {http"),
    ),
    Case(
        code="unmergeable-rules",
        text=cilium_global(
            "endpointSelector: {}\negress:\n- toPorts:\n  - ports: [{port: '80', protocol: TCP}]\n"
            "    listener: {envoyConfig: {kind: CiliumEnvoyConfig, name: envoy}, name: own}"
        ),
        change=("CiliumEnvoyConfig", "CiliumClusterwideEnvoyConfig"),
    ),
    Case(
        code="http-bypassed",
        text=ingress(
            "- toPorts: [{ports: [{port: '80', protocol: TCP}], rules: {http: [{method: GET}]}}]\n- fromEntities: [all]"
        ),
        change=("[all]", "[all]\n    toPorts: [{ports: [{port: '81', protocol: TCP}]}]"),
    ),
    Case(
        code="http-bypassed",
        text=ingress(
            "- toPorts: [{ports: [{port: '80', protocol: TCP}], rules: {http: [{method: GET}]}}]",
            more="enableDefaultDeny: {ingress: false}\n",
        ),
        change=("false", "true"),
    ),
    Case(
        code="http-bypassed",
        text=egress(
            "- toEntities: [world]\n  toPorts: [{ports: [{port: '443', protocol: TCP}], serverNames: [a.example.com]}]",
            more="enableDefaultDeny: {egress: false}\n",
        ),
        change=("false", "true"),
    ),
    Case(
        code="shadowed-rule",
        text=cilium("endpointSelector: {}\ningressDeny: [{fromEntities: [cluster]}]\ningress: [{fromEndpoints: [{}]}]"),
        change=("[cluster]", "[world]"),
    ),
    Case(
        code="deny-only-isolates",
        text=cilium("endpointSelector: {}\ningressDeny: [{fromEntities: [world]}]"),
        change=("endpointSelector: {}", "endpointSelector: {}\n  enableDefaultDeny: {ingress: false}"),
    ),
    Case(
        code="deny-only-isolates",
        text=both(
            cilium("endpointSelector: {}\ningressDeny: [{fromEntities: [world]}]"),
            cilium("endpointSelector: {}\negress: [{toEntities: [all]}]", "other"),
        ),
        change=("egress: [{toEntities: [all]}]", "ingress: [{fromEntities: [cluster]}]"),
    ),
    Case(
        code="names-without-dns",
        text=cilium("endpointSelector: {}\negress: [{toFQDNs: [{matchName: example.com}]}]"),
        change=(
            "example.com}]}]",
            "example.com}]}, {toPorts: [{ports: [{port: '53', protocol: ANY}], rules: {dns: [{matchPattern: '*'}]}}]}]",
        ),
    ),
    Case(
        code="health-isolated",
        text="apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: all}\n"
        "spec: {endpointSelector: {}, ingress: [{}]}\n",
        change=(
            "endpointSelector: {}",
            "endpointSelector: {matchExpressions: [{key: 'k8s:io.kubernetes.pod.namespace', operator: Exists}]}",
        ),
    ),
    Case(
        code="health-isolated",
        text=both(
            cilium_global("endpointSelector: {}\ningress: [{fromEntities: [world]}]"),
            cilium_global("endpointSelector: {matchLabels: {a: b}}\ningress: [{fromEntities: [health]}]", "health"),
        ),
        change=("{matchLabels: {a: b}}", "{matchLabels: {'reserved:health': ''}}"),
    ),
    Case(
        code="baseline-opens",
        text=both(
            cluster_policy(
                "tier: Baseline\npriority: 1\nsubject: {namespaces: {}}\n"
                "ingress: [{action: Accept, from: [{namespaces: {}}]}]"
            ),
            kubernetes("podSelector: {}\npolicyTypes: [Ingress]"),
        ),
        engine="cilium",
        change=("Baseline", "Admin"),
    ),
    Case(
        code="baseline-opens",
        text=both(
            cluster_policy(
                "tier: Baseline\npriority: 1\nsubject: {namespaces: {}}\n"
                "ingress: [{action: Accept, from: [{namespaces: {}}]}]"
            ),
            kubernetes("podSelector: {}\npolicyTypes: [Ingress]"),
        ),
        engine="cilium",
        other_engine="calico",
    ),
)

OPTIONS = (
    Case(
        code="inert-default-deny",
        text=ingress("- {}", more="enableDefaultDeny: {egress: true}\n"),
        change=("egress: true", "ingress: true"),
    ),
    *(
        Case(
            code="inert-default-deny",
            text=ingress("- fromEntities: [all]", more="enableDefaultDeny: {ingress: false}\n"),
            context=f"cilium: {{{option}: {forced}}}",
            change=(f"{option}: {forced}", f"{option}: {usual}"),
        )
        for option, forced, usual in (
            ("enable-policy", "always", "default"),
            ("enable-non-default-deny-policies", "false", "true"),
        )
    ),
    Case(
        code="host-firewall-off",
        text=cilium_global("nodeSelector: {}\ningress: [{}]"),
        context="cilium: {enable-host-firewall: false}",
        change=("false", "true"),
    ),
    Case(
        code="not-read",
        text=ingress("- {}"),
        context="cilium: {enable-cilium-network-policy: false}",
        change=("false", "true"),
    ),
    Case(
        code="not-read",
        text=kubernetes("podSelector: {}"),
        engine="cilium",
        context="cilium: {enable-k8s-networkpolicy: false}",
        change=("false", "true"),
    ),
    Case(
        code="sctp-off",
        text=ingress("- toPorts:\n  - ports:\n    - {port: '9999', protocol: SCTP}"),
        context="cilium: {enable-sctp: false}",
        change=("false", "true"),
    ),
    Case(
        code="option-off",
        text=ingress("- icmps: [{fields: [{type: 8}]}]"),
        context="cilium: {enable-icmp-rules: false}",
        change=("false", "true"),
    ),
)

CASES = (*EVERYONE, *NOBODY, *LABELS, *VALUES, *DECISIONS, *OPTIONS)
