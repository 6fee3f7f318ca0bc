"""Warnings about what whole policies mean, alone, together, and in a cluster that the context describes."""

from __future__ import annotations

from typing import Final

from translator.lint.kind import Chapter, LintKind

_CALICO: Final = ("calico",)
_CALICO_CILIUM: Final = ("calico", "cilium")
_CILIUM: Final = ("cilium",)
_KUBERNETES_CILIUM: Final = ("kubernetes", "cilium")

KINDS: Final = (
    LintKind(
        code="filtered-label",
        title="A pod label that is no part of Cilium's identities",
        chapter=Chapter.SELECTORS,
        meaning="By default labels such as `pod-template-hash` or `statefulset.kubernetes.io/pod-name` do not go "
        "into an identity: requiring one matches nobody, excluding one excludes nobody.",
        remedy="Use another label, or add this one to the agent's `labels` option.",
        example="podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: db-0}}",
        engines=_CILIUM,
    ),
    LintKind(
        code="dotted-prefix",
        title="A dot in place of the colon behind a label source",
        chapter=Chapter.SELECTORS,
        meaning="`k8s.app` is a label of that name, which no pod has; the source is written `k8s:app`.",
        remedy="Write a colon, or leave the source out.",
        example="matchLabels: {k8s.io.kubernetes.pod.namespace: shop}",
        engines=_CILIUM,
    ),
    LintKind(
        code="shadowed-rule",
        title="A rule that can never decide",
        chapter=Chapter.DECISIONS,
        meaning="Everything that it matches is decided by other rules for the same endpoints: earlier ones in an "
        "ordered list, denies, or wider allows.",
        remedy="Remove it; or move it up, if it was meant to decide.",
        example="- {action: Deny, source: {nets: [10.0.0.0/8]}}\n- {action: Allow, source: {nets: [10.1.0.0/16]}}",
    ),
    LintKind(
        code="http-bypassed",
        title="HTTP rules beside an allow of the whole port",
        chapter=Chapter.DECISIONS,
        meaning="Another rule allows the same peers the same port without HTTP rules, so that every request passes. "
        "In Cilium the same holds where no policy isolates the endpoints.",
        remedy="Remove the wider allow, or the HTTP rules.",
        example="- toPorts: [{ports: [{port: '80', protocol: TCP}], rules: {http: [{method: GET}]}}]\n- "
        "fromEntities: [all]",
    ),
    LintKind(
        code="dns-forgotten",
        title="Egress is restricted and DNS is not allowed",
        chapter=Chapter.DECISIONS,
        meaning="The selected endpoints may talk to others, but to no DNS server: names do not resolve, and the "
        "allowed connections that go by name fail. A port 53 without `protocol` is TCP, and resolvers ask over UDP.",
        remedy="Allow UDP and TCP 53 to the cluster's DNS.",
        example="policyTypes: [Egress]\negress: [{to: [{podSelector: {matchLabels: {app: db}}}]}]",
    ),
    LintKind(
        code="names-without-dns",
        title="Names as peers, and nothing inspects DNS",
        chapter=Chapter.DECISIONS,
        meaning="Cilium learns the addresses of `toFQDNs` from DNS answers that pass a rule with `rules.dns`. "
        "Without one for the same endpoints the names never match.",
        remedy="Allow DNS with `rules: {dns: [{matchPattern: '*'}]}`.",
        example="egress: [{toFQDNs: [{matchName: example.com}]}]",
        engines=_CILIUM,
    ),
    LintKind(
        code="isolates-kube-system",
        title="The pods of kube-system are isolated",
        chapter=Chapter.DECISIONS,
        meaning="A default deny covers every pod of kube-system, and no rule lets the queries of all pods in, or the "
        "queries of any DNS server out: cluster DNS, and with it nearly everything, stops.",
        remedy="Leave kube-system out of the policy's namespaces, or allow DNS to and from it.",
        example="namespaceSelector: all()\ntypes: [Ingress, Egress]",
    ),
    LintKind(
        code="deny-only-isolates",
        title="Only denies, and everything else is denied as well",
        chapter=Chapter.DECISIONS,
        meaning="Being selected isolates: in Cilium unless `enableDefaultDeny` is off, in Calico where the tier ends "
        "with Deny. No policy allows these endpoints anything, so the denies are not all that stops.",
        remedy="Cilium: `enableDefaultDeny: {ingress: false}` (or egress). Calico: allow the rest at the end, or use "
        "a tier that passes.",
        example="ingressDeny: [{fromEntities: [world]}]",
        engines=_CALICO_CILIUM,
    ),
    LintKind(
        code="health-isolated",
        title="Cilium's own endpoints are isolated",
        chapter=Chapter.DECISIONS,
        meaning="A clusterwide policy with an empty `endpointSelector` also selects Cilium's health and ingress "
        "endpoints; its default deny stops the health checks between nodes.",
        remedy="Select pods only: `k8s:io.kubernetes.pod.namespace` `Exists`; or allow the entity `health`.",
        example="kind: CiliumClusterwideNetworkPolicy\nspec: {endpointSelector: {}, ingress: [{}]}",
        engines=_CILIUM,
    ),
    LintKind(
        code="hosts-isolated",
        title="Host endpoints are isolated",
        chapter=Chapter.DECISIONS,
        meaning="The policy also selects the host endpoints of the input: traffic of the nodes that no rule allows "
        "stops, failsafe ports apart.",
        remedy="Add `namespaceSelector: all()` to select pods only.",
        example="selector: all()\ntypes: [Ingress]",
        engines=_CALICO,
    ),
    LintKind(
        code="matches-no-pod",
        title="A selector that matches no pod of the context",
        chapter=Chapter.CLUSTER,
        meaning="No pod that the context knows has these labels: a spelling mistake, or something that is not "
        "deployed.",
        remedy="Mend the labels, or renew the context.",
        example="podSelector: {matchLabels: {app: wbe}}",
    ),
    LintKind(
        code="matches-no-namespace",
        title="A selector that matches no namespace of the context",
        chapter=Chapter.CLUSTER,
        meaning="No namespace that the context knows has these labels.",
        remedy="Mend the labels, or renew the context.",
        example="namespaceSelector: {matchLabels: {team: rde}}",
    ),
    LintKind(
        code="host-network-pod",
        title="A pod of the host network is meant",
        chapter=Chapter.CLUSTER,
        meaning="To the engines such a pod is its node: policies do not apply to it, and selectors of peers do not "
        "match it.",
        remedy="Name the nodes by address or entity.",
        example="podSelector: {matchLabels: {app: exporter}}",
    ),
    LintKind(
        code="service-address",
        title="The address of a Service",
        chapter=Chapter.CLUSTER,
        meaning="Policies see packets after their destination was translated to a pod behind the Service: a range of "
        "Service addresses matches nothing.",
        remedy="Name the pods behind the Service.",
        example="egress: [{to: [{ipBlock: {cidr: 10.96.0.10/32}}]}]  # serviceCIDRs: [10.96.0.0/12]",
    ),
    LintKind(
        code="translated-sender",
        title="Senders outside arrive with the address of a node",
        chapter=Chapter.CLUSTER,
        meaning="A Service of type NodePort or LoadBalancer with `externalTrafficPolicy: Cluster` hides the sender "
        "from pods on other nodes: a rule about outside addresses does not see them.",
        remedy="Set `externalTrafficPolicy: Local`, or filter before the Service.",
        example="ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]",
    ),
    LintKind(
        code="range-version",
        title="A port range that the version does not understand",
        chapter=Chapter.CLUSTER,
        meaning="The version of the context knows no `endPort`: only the first port of the range is allowed.",
        remedy="List the ports, or upgrade.",
        example="ports: [{port: 8000, endPort: 8100}]  # cilium: {version: '1.15'}",
    ),
    LintKind(
        code="cluster-address",
        title="A range that holds addresses of pods or nodes",
        chapter=Chapter.CLUSTER,
        meaning="Cilium's CIDRs are about the world outside: a range never matches pods or nodes, unless "
        "`policy-cidr-match-mode` says so. The Kubernetes API leaves it open.",
        remedy="Name pods by labels and nodes by entities (`host`, `remote-node`), beside the range where it also "
        "holds others.",
        example="toCIDR: [10.0.0.0/8]  # podCIDRs: [10.244.0.0/16]",
        engines=_KUBERNETES_CILIUM,
    ),
)
