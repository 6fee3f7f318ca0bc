"""Warnings that the dialects give while they read: legal forms that an engine drops, ignores or reads otherwise."""

from __future__ import annotations

from typing import Final

from translator.lint.kind import Chapter, LintKind

_CALICO: Final = ("calico",)
_CILIUM: Final = ("cilium",)

KINDS: Final = (
    LintKind(
        code="blank-selector",
        title="A selector of blanks",
        chapter=Chapter.EFFECT,
        meaning="Calico's gate takes a selector of blanks, and then Felix drops the policy, widens it, or panics (a "
        "blank "
        "`notSelector`), depending on the field: anybody who may write a NetworkPolicy can stop a node's agent.",
        remedy="Remove the field, or write `all()`.",
        example='source: {notSelector: " "}',
        engines=_CALICO,
    ),
    LintKind(
        code="service-account-name",
        title="A service account name that no account can have",
        chapter=Chapter.EFFECT,
        meaning="Calico pastes the names between quotes. One with a quote in it matches other accounts, or removes the "
        "whole match, so that the rule is about anybody.",
        remedy="Write names of service accounts: DNS subdomains.",
        example="source: {serviceAccounts: {names: [\"x', 'default\"]}}",
        engines=_CALICO,
    ),
    LintKind(
        code="policy-dropped",
        title="Felix drops the whole policy",
        chapter=Chapter.EFFECT,
        meaning="The object went past Calico's validator (a hand-written custom resource, or `admission: none`), and "
        "its "
        "agent refuses a part of it: the policy then neither isolates nor allows nor denies.",
        remedy="Mend the selector or rule that the message names.",
        example='source: {selector: "app = web"}',
        engines=_CALICO,
    ),
    LintKind(
        code="selector-lost",
        title="An unparsable subject selector is taken for none",
        chapter=Chapter.EFFECT,
        meaning="Past the validator, Felix replaces an unparsable `namespaceSelector` or `serviceAccountSelector` of a "
        "policy by nothing: the policy covers every namespace, or every account.",
        remedy="Mend the selector.",
        example='spec: {namespaceSelector: "env = prod"}',
        engines=_CALICO,
    ),
    LintKind(
        code="agent-panics",
        title="The agent panics",
        chapter=Chapter.EFFECT,
        meaning="Past the schema, the object makes Felix stop: enforcement updates of the node end.",
        remedy="Remove the object at once, then mend it.",
        example="- {action: Reject}",
        engines=_CALICO,
    ),
    LintKind(
        code="entry-skipped",
        title="An entry of a network set is skipped",
        chapter=Chapter.EFFECT,
        meaning="Calico skips entries that it cannot read, so the set holds less than it says.",
        remedy="Write CIDRs or addresses.",
        example='spec: {nets: [""]}',
        engines=_CALICO,
    ),
    LintKind(
        code="profile-rules-ignored",
        title="Rules of a profile are not part of the reading",
        chapter=Chapter.EFFECT,
        meaning="Calico makes the profiles of namespaces itself; rules of a profile of one's own are not translated.",
        remedy="Move the rules into policies.",
        example="kind: Profile\nspec: {ingress: [{action: Deny}]}",
        engines=_CALICO,
    ),
    LintKind(
        code="calico-reading",
        title="Calico reads a rule otherwise than it looks",
        chapter=Chapter.READING,
        meaning="The message says how: a part of a side that Calico leaves out, a network set whose namespace is not "
        "known, `http` where it has no effect.",
        remedy="Write what is meant, or give the namespaces in the context.",
        example="- {action: Deny, http: {methods: [GET]}}",
        engines=_CALICO,
    ),
    LintKind(
        code="dataplane",
        title="Calico's data planes differ on a rule",
        chapter=Chapter.EFFECT,
        meaning="An ICMP type with a code stops the updates of a node with nftables, `protocol` beside `notProtocol` "
        "and "
        "`notICMP` without ICMP stop them with iptables; eBPF knows neither named SCTP ports nor ICMPv6 and UDPLite by "
        "name.",
        remedy="Leave the code out, write one of the two protocols, write numbers.",
        example="- {action: Allow, protocol: ICMP, icmp: {type: 3, code: 4}}",
        engines=_CALICO,
    ),
    LintKind(
        code="unknown-tier",
        title="The tier does not exist",
        chapter=Chapter.DECISIONS,
        meaning="A policy of a tier that is not among the documents comes after all others, and the end of that tier "
        "denies.",
        remedy="Give the Tier with the policies, or create it.",
        example="spec: {tier: platform}",
        engines=_CALICO,
    ),
    LintKind(
        code="policy-ignored",
        title="The engine does not implement the kind",
        chapter=Chapter.EFFECT,
        meaning="The object is stored, and nobody enforces it under this engine and version.",
        remedy="Use a kind that the engine has, or say its real version in the context.",
        example="kind: AdminNetworkPolicy  # under Cilium",
    ),
    LintKind(
        code="inert-rules",
        title="Rules of a direction that is not listed",
        chapter=Chapter.EFFECT,
        meaning="`policyTypes` (`types` in Calico) does not list the direction, so its rules do nothing.",
        remedy="List the direction, or remove the rules. Listing it isolates.",
        example="policyTypes: [Ingress]\negress: [{}]",
        engines=("kubernetes", "calico"),
    ),
    LintKind(
        code="unlisted-direction",
        title="Rules of a direction that is not listed are enforced",
        chapter=Chapter.READING,
        meaning="Cilium does not look at `policyTypes` before it reads the rules: they are enforced, and isolate "
        "(issue "
        "48703). Other engines ignore them.",
        remedy="Remove the rules, or list the direction.",
        example="policyTypes: [Egress]\ningress: [{}]",
        engines=_CILIUM,
    ),
    LintKind(
        code="null-peers",
        title="An empty key means everyone",
        chapter=Chapter.READING,
        meaning="`from:` or `to:` without a value is null, which the API reads as everyone, addresses outside "
        "included. "
        "Often the indentation of what follows is wrong.",
        remedy="Indent the peers below the key, or remove the key if everyone is meant.",
        example="- from:\n  ports: [{port: 80}]",
    ),
    LintKind(
        code="matches-nothing",
        title="An item that matches nothing",
        chapter=Chapter.EFFECT,
        meaning="In Cilium an empty list of peers is nobody, an entry of `toPorts` without ports is no traffic, and "
        "`fromNodes` matches no node while selectors end at the local cluster.",
        remedy="Remove the list to mean everyone, or fill it.",
        example="- fromEndpoints: []",
        engines=_CILIUM,
    ),
    LintKind(
        code="selects-everyone",
        title="An empty `cidrGroupSelector` selects everyone",
        chapter=Chapter.READING,
        meaning="Not all groups but all peers, pods and nodes included; in a deny item it denies everyone.",
        remedy="Name the label that the groups have, or the group.",
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
        "that "
        "do not exist select everyone where there are ports, else nobody.",
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
        example='{port: "8080", endPort: 80}',
        engines=_CILIUM,
    ),
    LintKind(
        code="octal-port",
        title="A port with a leading zero is octal",
        chapter=Chapter.READING,
        meaning="The Cilium agent reads `010` as 8.",
        remedy="Write the port without leading zeros.",
        example='{port: "010"}',
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
        meaning="HTTP and DNS rules, a listener, or contrary demands of authentication for the same peers and port "
        "cannot be merged: the endpoint gets no policy at all.",
        remedy="Give the demands ports of their own.",
        example="- toPorts: [{ports: [{port: '53'}], rules: {dns: […]}}]\n- toPorts: [{ports: [{port: '53'}], rules: "
        "{http: […]}}]",
        engines=_CILIUM,
    ),
    LintKind(
        code="namespace-ignored",
        title="A namespace that does not count",
        chapter=Chapter.READING,
        meaning="A CiliumNetworkPolicy applies to its own namespace, whatever its subject says of another; a "
        "cluster-wide object has no namespace.",
        remedy="Move the object to the namespace, or remove the field.",
        example="endpointSelector: {matchLabels: {k8s:io.kubernetes.pod.namespace: other}}",
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
        code="no-subject",
        title="The subject selects no pod of the policy's namespace",
        chapter=Chapter.SELECTORS,
        meaning="Its demands contradict the policy's own namespace, so the policy does nothing.",
        remedy="Mend the selector, or move the policy.",
        example="endpointSelector: {matchLabels: {any:io.kubernetes.pod.namespace: other}}",
        engines=_CILIUM,
    ),
    LintKind(
        code="host-firewall-off",
        title="A host policy without effect",
        chapter=Chapter.EFFECT,
        meaning="Policies with `nodeSelector` do nothing while the agent's `enable-host-firewall` is off.",
        remedy="Switch it on, and say so in the context.",
        example="spec: {nodeSelector: {}}",
        engines=_CILIUM,
    ),
    LintKind(
        code="not-read",
        title="The agent is told not to read the kind",
        chapter=Chapter.EFFECT,
        meaning="One of its options switches the kind off.",
        remedy="Mend the option, in the agent or in the context.",
        example="cilium: {enable-cilium-network-policy: false}",
        engines=_CILIUM,
    ),
    LintKind(
        code="priority-tie",
        title="Two policies of one tier with the same priority",
        chapter=Chapter.DECISIONS,
        meaning="Either may come first: Cilium lets denies win, Calico goes by name.",
        remedy="Give them different priorities, or make one policy of them.",
        example="spec: {tier: Admin, priority: 10}",
        engines=("kubernetes",),
    ),
    LintKind(
        code="undefined-named-port",
        title="A port name beside addresses",
        chapter=Chapter.READING,
        meaning="Addresses declare no port names; what the rule means is not defined.",
        remedy="Write the number, or give the addresses a rule of their own.",
        example="to: [{networks: [203.0.113.0/24]}]\nprotocols: [{destinationNamedPort: https}]",
    ),
    LintKind(
        code="experimental-field",
        title="A field of the experimental channel",
        chapter=Chapter.EFFECT,
        meaning="Clusters with the standard channel do not know `nodes` and `domainNames`: the rule then fails closed "
        "or "
        "is refused.",
        remedy="Install the experimental channel, or name addresses.",
        example="to: [{domainNames: ['*.example.com']}]",
    ),
    LintKind(
        code="null-label",
        title="A label without a value",
        chapter=Chapter.READING,
        meaning="Null is the empty value, which hardly any object has.",
        remedy="Write the value, or `Exists`.",
        example="matchLabels: {app: }",
    ),
    LintKind(
        code="empty-range",
        title="A range that ends before it begins",
        chapter=Chapter.EFFECT,
        meaning="It matches nothing.",
        remedy="Swap the ends.",
        example="portRange: {start: 90, end: 80}",
    ),
)
