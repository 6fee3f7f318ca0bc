"""Warnings about single policies under several engines."""

from __future__ import annotations

from typing import Final

from translator.lint.kind import Chapter, LintKind

_CALICO_CILIUM: Final = ("calico", "cilium")
_KUBERNETES_CALICO: Final = ("kubernetes", "calico")

KINDS: Final = (
    LintKind(
        code="policy-ignored",
        title="The engine does not implement the kind",
        chapter=Chapter.EFFECT,
        meaning="The object is stored, and nobody enforces it under this engine and version.",
        remedy="Use a kind that the engine has, or say its real version in the context.",
        example="kind: AdminNetworkPolicy",
    ),
    LintKind(
        code="inert-rules",
        title="Rules of a direction that is not listed",
        chapter=Chapter.EFFECT,
        meaning="`policyTypes` (`types` in Calico) does not list the direction, so its rules do nothing.",
        remedy="List the direction, or remove the rules. Listing it isolates.",
        example="policyTypes: [Ingress]\negress: [{}]",
        engines=_KUBERNETES_CALICO,
    ),
    LintKind(
        code="null-peers",
        title="An empty key means everyone",
        chapter=Chapter.READING,
        meaning="`from:` or `to:` without a value is null, which the API reads as everyone, addresses outside "
        "included. Often the indentation of what follows is wrong. In Cilium's items a null list counts as absent, "
        "and so do empty `toFQDNs`, `toServices` and groups: with `toPorts` that is everyone on these ports.",
        remedy="Indent the peers below the key, or remove the key if everyone is meant.",
        example="- from:\n  ports: [{port: 80}]",
    ),
    LintKind(
        code="matches-nothing",
        title="A rule or peer that nothing fits",
        chapter=Chapter.EFFECT,
        meaning="Its demands contradict each other, its excepts leave nothing, or the engine reads the form as "
        "nobody: in Cilium an empty list of peers, an entry of `toPorts` without ports, an item `{}` of a deny list, "
        "addresses of a family that the agent does not run with, `fromNodes` while selectors end at the local "
        "cluster; in Calico `services` without a namespace.",
        remedy="Mend the rule, or remove it; in Cilium, remove an empty list to mean everyone.",
        example="- fromEndpoints: []",
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
        code="no-subject",
        title="The subject selects nobody",
        chapter=Chapter.SELECTORS,
        meaning="The demands of the subject contradict each other or the policy's own namespace, so the policy does "
        "nothing.",
        remedy="Mend the selector, or move the policy.",
        example="podSelector: {matchLabels: {app: web}, matchExpressions: [{key: app, operator: DoesNotExist}]}",
    ),
    LintKind(
        code="priority-tie",
        title="Two policies that contradict each other have the same order",
        chapter=Chapter.DECISIONS,
        meaning="Either may come first. ClusterNetworkPolicies of one tier and priority: Cilium lets denies win, "
        "Calico goes by name. Calico's policies of one order, or of none: their names decide.",
        remedy="Give them different orders, or make one policy of them.",
        example="tier: Admin\npriority: 10",
    ),
    LintKind(
        code="undefined-named-port",
        title="A port name beside addresses",
        chapter=Chapter.READING,
        meaning="Addresses declare no port names. Cilium and Calico match nothing; in a ClusterNetworkPolicy what "
        "the rule means is not defined.",
        remedy="Write the number, or give the addresses a rule of their own.",
        example="- toCIDR: [203.0.113.0/24]\n  toPorts: [{ports: [{port: https, protocol: TCP}]}]",
    ),
    LintKind(
        code="experimental-field",
        title="A field of the experimental channel",
        chapter=Chapter.EFFECT,
        meaning="Clusters with the standard channel do not know `nodes` and `domainNames`: the rule then fails "
        "closed or is refused.",
        remedy="Install the experimental channel, or name addresses.",
        example="to: [{domainNames: ['*.example.com']}]",
    ),
    LintKind(
        code="null-label",
        title="A label without a value",
        chapter=Chapter.READING,
        meaning="Null is no value: the server drops the entry, and the selector asks for less.",
        remedy='Write the value, `""` for the empty one, or `Exists`.',
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
    LintKind(
        code="beyond-pods",
        title="Negative demands that others than pods meet",
        chapter=Chapter.SELECTORS,
        meaning="Nothing asks for a namespace, so that what has no labels fits as well: in Cilium nodes, health "
        "endpoints and addresses outside (ClusterNetworkPolicies; all policies while selectors do not end at the "
        "local cluster), in Calico network sets.",
        remedy="Demand a label that every namespace has: `kubernetes.io/metadata.name` `Exists`, in Calico "
        "`has(projectcalico.org/name)`.",
        example="namespaces: {matchExpressions: [{key: env, operator: NotIn, values: [prod]}]}",
        engines=_CALICO_CILIUM,
    ),
    LintKind(
        code="impossible-port-name",
        title="A name that no port can have",
        chapter=Chapter.READING,
        meaning="No gate checks `destinationNamedPort`. Ports of containers have up to 15 small letters, digits and "
        "dashes; anything else matches nothing, or in Cilium all ports.",
        remedy="Write the name as the container declares it.",
        example="destinationNamedPort: HTTP",
    ),
)
