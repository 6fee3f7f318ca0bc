"""Calico's policies (calico.md 1.1, 2, 3, 4, 9, Appendix C)."""

from __future__ import annotations

from tests.lint.cases.case import Case, both, calico, calico_global, cluster_policy

UNVALIDATED = "calico: {admission: none}"
DUMPED = ", uid: 7c9d0f4e-0000-4000-8000-000000000001"
GLOBAL_SET = """\
apiVersion: projectcalico.org/v3
kind: GlobalNetworkSet
metadata: {name: office}
spec:
  nets: [203.0.113.0/24]
"""
HOST = """\
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: node-1}
spec: {node: node-1, interfaceName: eth0}
"""


def ingress(rule: str, *, more: str = "") -> str:
    """A policy with one ingress rule."""
    return calico(f"types: [Ingress]\n{more}ingress:\n- {rule}")


def global_ingress(rule: str, *, more: str = "") -> str:
    """A cluster-wide policy with one ingress rule."""
    return calico_global(f"types: [Ingress]\n{more}ingress:\n- {rule}")


def dataplane(rule: str, old: str, new: str) -> Case:
    """A rule that some data plane does not take."""
    return Case(code="dataplane", text=ingress(rule), change=(old, new))


BLANKS = (
    Case(
        code="blank-selector",
        text=calico('types: [Ingress]\ningress:\n- action: Allow\n  source: {notSelector: " "}'),
        change=('" "', "app == 'a'"),
    ),
    *(
        Case(code="blank-selector", text=text, change=('" "', '""'))
        for text in (
            ingress('{action: Allow, source: {selector: " "}}'),
            ingress('{action: Allow, source: {namespaceSelector: " "}}'),
            ingress('{action: Allow, source: {serviceAccounts: {selector: " "}}}'),
            ingress("{action: Allow}", more='selector: " "\n'),
            ingress("{action: Allow}", more='serviceAccountSelector: " "\n'),
            global_ingress("{action: Allow}", more='namespaceSelector: " "\n'),
            global_ingress('{action: Allow, source: {selector: a == "b", notSelector: " "}}'),
        )
    ),
    Case(
        code="agent-panics",
        text=calico(
            'types: [Ingress]\ningress:\n- {action: Allow, source: {selector: app == "a", notSelector: " "}}',
            extra=DUMPED,
        ),
        change=('notSelector: " "', "notSelector: app == 'b'"),
        context=UNVALIDATED,
        as_agent=True,
    ),
)

DROPPED = (
    Case(
        code="service-account-name",
        text=ingress("{action: Allow, source: {serviceAccounts: {names: [\"x', 'default\"]}}}"),
        change=("\"x', 'default\"", "x, default"),
    ),
    Case(
        code="policy-dropped",
        text=ingress('{action: Allow, source: {selector: "app = web"}}'),
        change=("app = web", "app == 'web'"),
        context=UNVALIDATED,
    ),
    Case(
        code="policy-dropped",
        text=ingress('{action: Allow, source: {notSelector: "app = web"}}'),
        change=("app = web", "app == 'web'"),
        context=UNVALIDATED,
    ),
    Case(
        code="selector-lost",
        text=global_ingress("{action: Allow}", more='namespaceSelector: "env = prod"\n'),
        change=("env = prod", "env == 'prod'"),
        context=UNVALIDATED,
    ),
    Case(
        code="entry-skipped",
        text=GLOBAL_SET.replace("[203.0.113.0/24]", '[""]'),
        change=('""', "203.0.113.0/24"),
    ),
    Case(
        code="profile-rules-ignored",
        text="apiVersion: projectcalico.org/v3\nkind: Profile\nmetadata: {name: web}\n"
        "spec: {ingress: [{action: Deny}]}\n",
        change=("ingress: [{action: Deny}]", "labelsToApply: {a: b}"),
        as_agent=True,
    ),
    Case(
        code="inert-rules",
        text=calico("types: [Ingress]\negress: [{action: Allow}]"),
        change=("[Ingress]", "[Ingress, Egress]"),
    ),
    Case(
        code="calico-reading",
        text=ingress('{action: Allow, source: {notNets: ["::ffff:0.0.0.0/96"]}}'),
        change=("::ffff:0.0.0.0/96", "::ffff:10.0.0.0/104"),
    ),
    Case(
        code="calico-reading",
        text=ingress("{action: Allow, source: {nets: [nowhere]}}"),
        change=("nowhere", "10.0.0.0/8"),
        context=UNVALIDATED,
    ),
    Case(
        code="hosts-only",
        text=global_ingress(
            "{action: Allow}", more="namespaceSelector: all()\ndoNotTrack: true\napplyOnForward: true\n"
        ),
        change=("namespaceSelector: all()", "selector: all()"),
    ),
    Case(
        code="hosts-only",
        text=global_ingress("{action: Allow}", more="namespaceSelector: all()\npreDNAT: true\napplyOnForward: true\n"),
        change=("preDNAT: true\n  applyOnForward: true\n", ""),
    ),
    Case(
        code="http-not-enforced",
        text=ingress("{action: Allow, http: {methods: [GET]}}"),
        change=("false", "true"),
        context="calico: {dikastes: false}",
    ),
    Case(
        code="unconvertible-peer",
        text=cluster_policy(
            "tier: Admin\npriority: 1\nsubject: {namespaces: {}}\negress:\n- action: Deny\n  to: [{nodes: {}}]"
        ),
        engine="calico",
        other_engine="kubernetes",
    ),
)

DATAPLANES = (
    dataplane("{action: Allow, protocol: ICMP, icmp: {type: 3, code: 4}}", ", code: 4", ""),
    dataplane("{action: Allow, protocol: ICMP, notICMP: {type: 3, code: 4}}", ", code: 4", ""),
    dataplane("{action: Allow, notICMP: {type: 3}}", "notICMP", "protocol: ICMP, notICMP"),
    dataplane("{action: Allow, protocol: UDP, notICMP: {type: 3}}", "UDP", "ICMP"),
    dataplane("{action: Allow, protocol: 1, icmp: {type: 3}}", "protocol: 1", "protocol: 1, ipVersion: 4"),
    dataplane("{action: Allow, protocol: ICMPv6}", "ICMPv6", "58"),
    dataplane("{action: Allow, protocol: UDPLite}", "UDPLite", "136"),
    dataplane("{action: Allow, protocol: TCP, notProtocol: UDP}", ", notProtocol: UDP", ""),
    dataplane("{action: Allow, protocol: SCTP, destination: {ports: [sip]}}", "sip", "5060"),
)

READ_OTHERWISE = (
    Case(
        code="not-selector",
        text=ingress("{action: Allow, source: {notSelector: \"app == 'guest'\"}}"),
        change=("{notSelector", "{namespaceSelector: all(), notSelector"),
    ),
    Case(
        code="not-selector",
        text=ingress("{action: Allow, source: {notSelector: \"app == 'guest'\"}}"),
        change=(
            "kind: NetworkPolicy\nmetadata: {name: web, namespace: shop}",
            "kind: GlobalNetworkPolicy\nmetadata: {name: web}",
        ),
    ),
    Case(
        code="global-as-all",
        text=global_ingress("{action: Allow, source: {notSelector: global()}}"),
        change=("notSelector", "namespaceSelector"),
    ),
    Case(
        code="global-as-all",
        text=global_ingress("{action: Allow, source: {serviceAccounts: {selector: global()}}}"),
        change=("global()", "\"a == 'global()'\""),
    ),
    Case(
        code="odd-path",
        text=ingress("{action: Allow, http: {paths: [{exact: '/a%zz'}]}}"),
        change=("%zz", "%7A"),
    ),
    Case(
        code="odd-path",
        text=ingress("{action: Allow, http: {paths: [{prefix: /a/..}]}}"),
        change=("/a/..", "/a/../b"),
    ),
    Case(
        code="unknown-method",
        text=ingress("{action: Allow, http: {methods: [get]}}"),
        change=("get", "GET"),
    ),
    Case(
        code="unknown-method",
        text=ingress("{action: Allow, http: {methods: ['G*']}}"),
        change=("G*", "*"),
    ),
    Case(
        code="beyond-pods",
        text=both(global_ingress("{action: Allow, source: {namespaceSelector: \"env != 'prod'\"}}"), GLOBAL_SET),
        change=("env != 'prod'", "env != 'prod' && has(projectcalico.org/name)"),
    ),
    Case(
        code="beyond-pods",
        text=both(
            global_ingress("{action: Allow, source: {serviceAccounts: {selector: \"role != 'ci'\"}}}"), GLOBAL_SET
        ),
        change=("role != 'ci'", "role != 'ci' && has(projectcalico.org/name)"),
    ),
    Case(
        code="one-family",
        text=calico("types: [Ingress]\ningress:\n- {action: Deny, source: {notNets: [10.0.0.0/8]}}"),
        context="podCIDRs: [10.244.0.0/16, 'fd00:10::/64']",
        change=(", 'fd00:10::/64'", ""),
    ),
    Case(
        code="one-family",
        text=calico("types: [Ingress]\ningress:\n- {action: Deny, source: {notNets: [10.0.0.0/8]}}"),
        context="podCIDRs: [10.244.0.0/16, 'fd00:10::/64']",
        change=("{action: Deny,", "{action: Deny, ipVersion: 4,"),
    ),
    Case(
        code="matches-nothing",
        text=calico("types: [Egress]\negress:\n- {action: Allow, destination: {services: {name: db}}}"),
        change=("{name: db}", "{name: db, namespace: shop}"),
    ),
    Case(
        code="matches-nothing",
        text=ingress("{action: Allow, protocol: TCP, destination: {ports: [80], notPorts: [80]}}"),
        change=("notPorts: [80]", "notPorts: [81]"),
    ),
    Case(
        code="matches-nothing",
        text=ingress("{action: Allow, destination: {selector: app == 'b'}}", more="selector: app == 'a'\n"),
        change=("app == 'b'", "app == 'a'"),
    ),
    Case(
        code="no-subject",
        text=ingress("{action: Allow}", more="selector: projectcalico.org/namespace == 'other'\n"),
        change=("'other'", "'shop'"),
    ),
)

DECISIONS = (
    Case(
        code="unknown-tier",
        text=ingress("{action: Allow}", more="tier: platform\n"),
        change=("platform", "default"),
    ),
    Case(
        code="shadowed-rule",
        text=calico(
            "types: [Ingress]\ningress:\n- {action: Deny, source: {nets: [10.0.0.0/8]}}\n"
            "- {action: Allow, source: {nets: [10.1.0.0/16]}}"
        ),
        change=("10.1.0.0/16", "11.1.0.0/16"),
    ),
    Case(
        code="shadowed-rule",
        text=calico(
            "types: [Ingress]\ningress:\n- {action: Deny, source: {nets: [10.0.0.0/9]}}\n"
            "- {action: Deny, source: {nets: [10.128.0.0/9]}}\n- {action: Allow, source: {nets: [10.0.0.0/8]}}"
        ),
        change=("10.128.0.0/9", "10.128.0.0/10"),
    ),
    Case(
        code="priority-tie",
        text=both(
            calico("order: 10\ntypes: [Ingress]\ningress: [{action: Allow, source: {nets: [10.0.0.0/8]}}]", "a"),
            calico("order: 10\ntypes: [Ingress]\ningress: [{action: Deny, source: {nets: [10.1.0.0/16]}}]", "b"),
        ),
        change=("10.1.0.0/16", "11.1.0.0/16"),
    ),
    Case(
        code="priority-tie",
        text=both(
            calico("types: [Ingress]\ningress: [{action: Allow, source: {nets: [10.0.0.0/8]}}]", "a"),
            calico("types: [Ingress]\ningress: [{action: Deny}]", "b"),
        ),
        change=(
            "types: [Ingress]\n  ingress: [{action: Deny}]",
            "order: 10\n  types: [Ingress]\n  ingress: [{action: Deny}]",
        ),
    ),
    Case(
        code="deny-only-isolates",
        text=ingress("{action: Deny, source: {nets: [10.0.0.0/8]}}"),
        change=(
            "- {action: Deny, source: {nets: [10.0.0.0/8]}}",
            "- {action: Deny, source: {nets: [10.0.0.0/8]}}\n  - {action: Allow}",
        ),
    ),
    Case(
        code="hosts-isolated",
        text=both(calico_global("selector: all()\ntypes: [Ingress]"), HOST),
        change=("selector: all()", "namespaceSelector: all()"),
    ),
    Case(
        code="isolates-kube-system",
        text=calico_global("namespaceSelector: all()\ntypes: [Ingress, Egress]"),
        change=("all()", "projectcalico.org/name != 'kube-system'"),
    ),
    Case(
        code="undefined-named-port",
        text=calico(
            "types: [Egress]\negress:\n"
            "- {action: Allow, protocol: TCP, destination: {nets: [203.0.113.0/24], ports: [http]}}"
        ),
        change=("203.0.113.0/24", "10.0.0.0/8"),
    ),
)

CASES = (*BLANKS, *DROPPED, *DATAPLANES, *READ_OTHERWISE, *DECISIONS)
