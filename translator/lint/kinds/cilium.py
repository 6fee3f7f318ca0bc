"""Warnings about policies that Cilium reads."""

from __future__ import annotations

from typing import Final

from translator.lint.kind import Chapter, LintKind

_CILIUM: Final = ("cilium",)

KINDS: Final = (
    LintKind(
        code="unlisted-direction",
        title="Rules of a direction that is not listed are enforced",
        chapter=Chapter.READING,
        meaning="Cilium does not look at `policyTypes` before it reads the rules: they are enforced, and isolate "
        "(issue 48703). Other engines ignore them.",
        remedy="Remove the rules, or list the direction.",
        example="policyTypes: [Egress]\ningress: [{}]",
        engines=_CILIUM,
    ),
    LintKind(
        code="selects-everyone",
        title="A selector that selects everyone",
        chapter=Chapter.READING,
        meaning="An empty `cidrGroupSelector` is not all groups but all peers, pods and nodes included; in a deny "
        "item it denies everyone. A negative one is the whole world outside of the groups, a negative demand on a "
        "`reserved:` label everyone else, and an `except` of length zero excludes nobody while CIDRs match pods.",
        remedy="Name the label that the groups have, the group, or the entity.",
        example="- fromCIDRSet: [{cidrGroupSelector: {}}]",
        engines=_CILIUM,
    ),
    LintKind(
        code="missing-group",
        title="The CIDR group does not exist",
        chapter=Chapter.CLUSTER,
        meaning="A reference to a group that is not in the input matches nothing.",
        remedy="Give the CiliumCIDRGroup with the policies.",
        example="- fromCIDRSet: [{cidrGroupRef: office}]",
        engines=_CILIUM,
    ),
    LintKind(
        code="unknown-service",
        title="The Service is not known",
        chapter=Chapter.CLUSTER,
        meaning="What the rule selects depends on a Service that the context does not have. For the agent, services "
        "that do not exist select everyone where there are ports, else nobody.",
        remedy="Give `kubectl get services -A -o yaml` as context.",
        example="- toServices: [{k8sService: {serviceName: db, namespace: shop}}]",
        engines=_CILIUM,
    ),
    LintKind(
        code="deny-services",
        title="`toServices` is never resolved in a deny item",
        chapter=Chapter.READING,
        meaning="Without `toPorts` the item denies nobody, with them everyone.",
        remedy="Deny the pods behind the Service by their labels.",
        example="egressDeny: [{toServices: [{k8sService: {serviceName: db}}]}]",
        engines=_CILIUM,
    ),
    LintKind(
        code="inert-end-port",
        title="`endPort` has no effect",
        chapter=Chapter.READING,
        meaning="Beside port 0 all ports are meant, and an end at or below the port means the port alone.",
        remedy="Write an end above the port, or no end.",
        example='{port: "8080", endPort: 80, protocol: TCP}',
        engines=_CILIUM,
    ),
    LintKind(
        code="ignored-rules",
        title="The agent ignores these layer 7 rules",
        chapter=Chapter.EFFECT,
        meaning="Kafka and generic layer 7 rules are gone since Cilium 1.20: the whole port is allowed.",
        remedy="Remove the rules, and with them the port unless all of it may pass.",
        example="rules: {kafka: [{topic: orders}]}",
        engines=_CILIUM,
    ),
    LintKind(
        code="unmergeable-rules",
        title="Rules that fail the whole policy of an endpoint",
        chapter=Chapter.EFFECT,
        meaning="HTTP and DNS rules, two listeners, or contrary demands of authentication for the same peers and "
        "port cannot be merged, and a listener of kind CiliumEnvoyConfig has no namespace for health, ingress and "
        "host endpoints: the endpoint gets no policy at all.",
        remedy="Give the demands ports of their own.",
        example="- toEndpoints: [{}]\n  toPorts: [{ports: [{port: '53', protocol: TCP}], rules: {dns: "
        "[{matchPattern: '*'}]}}]\n- toEndpoints: [{}]\n  toPorts: [{ports: [{port: '53', protocol: TCP}], rules: "
        "{http: [{method: GET}]}}]",
        engines=_CILIUM,
    ),
    LintKind(
        code="no-namespace",
        title="A CiliumNetworkPolicy without a namespace acts cluster-wide",
        chapter=Chapter.READING,
        meaning="The agent reads it as a CiliumClusterwideNetworkPolicy.",
        remedy="Write the namespace.",
        example="kind: CiliumNetworkPolicy\nmetadata: {name: web}",
        engines=_CILIUM,
    ),
    LintKind(
        code="host-firewall-off",
        title="A host policy without effect",
        chapter=Chapter.EFFECT,
        meaning="Policies with `nodeSelector` do nothing while the agent's `enable-host-firewall` is off.",
        remedy="Switch it on, and say so in the context.",
        example="nodeSelector: {}",
        engines=_CILIUM,
    ),
    LintKind(
        code="not-read",
        title="The agent is told not to read the kind",
        chapter=Chapter.EFFECT,
        meaning="One of its options switches the kind off.",
        remedy="Mend the option, in the agent or in the context.",
        example="kind: CiliumNetworkPolicy  # enable-cilium-network-policy: false",
        engines=_CILIUM,
    ),
    LintKind(
        code="odd-port",
        title="A port that is read as another number",
        chapter=Chapter.READING,
        meaning="The agent reads numbers as Go does: `010` is octal (8), and underscores are left out (`8_0` is 80).",
        remedy="Write the port in plain decimal.",
        example='{port: "010", protocol: TCP}',
        engines=_CILIUM,
    ),
    LintKind(
        code="inert-default-deny",
        title="`enableDefaultDeny` without effect",
        chapter=Chapter.DECISIONS,
        meaning="`true` isolates nobody in a direction without items, and `false` does not help where the agent "
        "isolates by its own option (`enable-policy: always`, `enable-non-default-deny-policies: false`).",
        remedy="Isolate with an item: `egress: [{}]`. Or mend the option.",
        example="enableDefaultDeny: {egress: true}",
        engines=_CILIUM,
    ),
    LintKind(
        code="all-icmp-types",
        title="ICMP type 0 is all types",
        chapter=Chapter.READING,
        meaning="The agent keeps the type where it keeps ports, and 0 is its wildcard: `EchoReply` of IPv4 allows, "
        "or denies, every ICMP type.",
        remedy="Leave the type out of the policy: replies of allowed requests pass anyway.",
        example="icmps: [{fields: [{type: EchoReply}]}]",
        engines=_CILIUM,
    ),
    LintKind(
        code="bad-host",
        title="A host that is no regular expression",
        chapter=Chapter.EFFECT,
        meaning="Nobody checks the `host` of HTTP rules before Envoy gets it; one that does not compile can fail all "
        "network policy of the endpoint.",
        remedy="Write a regular expression that matches the whole host.",
        example="http: [{host: '*.example.com'}]",
        engines=_CILIUM,
    ),
    LintKind(
        code="header-name",
        title="A header written without a blank",
        chapter=Chapter.READING,
        meaning="`headers` are split at the first blank. Without one the whole text is the name of a header that "
        "must be present.",
        remedy="Write a blank behind the colon.",
        example="http: [{headers: ['X-Token:secret']}]",
        engines=_CILIUM,
    ),
    LintKind(
        code="header-action",
        title="Header matches that refuse nothing",
        chapter=Chapter.READING,
        meaning="With `mismatch` a request without the header is logged or changed, not refused: the item matches "
        "every request.",
        remedy="Leave `mismatch` out to refuse.",
        example="headerMatches: [{name: X-Token, value: secret, mismatch: LOG}]",
        engines=_CILIUM,
    ),
    LintKind(
        code="sctp-off",
        title="SCTP is switched off",
        chapter=Chapter.EFFECT,
        meaning="While the agent's `enable-sctp` is off, which is its default, SCTP is dropped whatever policies "
        "say. Found where the context says so.",
        remedy="Switch it on.",
        example="{port: '9999', protocol: SCTP}",
        engines=_CILIUM,
    ),
    LintKind(
        code="baseline-opens",
        title="Baseline accepts reach isolated pods",
        chapter=Chapter.DECISIONS,
        meaning="The API says that NetworkPolicies are final for the pods they select. Cilium asks the Baseline tier "
        "before its default deny, so that an Accept there reaches pods which a policy isolates.",
        remedy="Restrict the subject of the Baseline policy, or deny in an Admin policy.",
        example="tier: Baseline\ningress: [{action: Accept, from: [{namespaces: {}}]}]",
        engines=_CILIUM,
    ),
)
