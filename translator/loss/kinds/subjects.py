"""Losses in who a policy applies to, and in selectors."""

from __future__ import annotations

from typing import Final

from translator.loss.effect import Change
from translator.loss.kind import ACCESS, CALICO, CILIUM, CLUSTER, EVERYWHERE, KUBERNETES, Area, LossKind

_SELECTOR: Final = (Change.RULE_NARROWED, Change.RULE_DROPPED, Change.RULE_WIDENED, Change.ISOLATION_DROPPED)

KINDS: Final = (
    LossKind(
        code="host-subject",
        title="Policy for nodes was left out",
        area=Area.SUBJECTS,
        changes=(Change.ISOLATION_DROPPED, Change.RULE_DROPPED, Change.UNENFORCED),
        meaning="The source also governs the nodes themselves (Calico host endpoints, Cilium host policies); the "
        "target governs pods only. The nodes' own traffic is no longer policed by it.",
        remedy="If the cluster has no host endpoints, say `namespaceSelector: all()` in the source so that it selects "
        "pods only. Otherwise guard the nodes by other means.",
        before="kind: GlobalNetworkPolicy\nspec: {types: [Ingress]}",
        after="# pods only",
        targets=EVERYWHERE,
    ),
    LossKind(
        code="host-hook",
        title="Policy before NAT, before connection tracking or on forwarded traffic was left out",
        area=Area.SUBJECTS,
        changes=(Change.ISOLATION_DROPPED, Change.RULE_DROPPED, Change.UNENFORCED),
        meaning="`doNotTrack`, `preDNAT` and `applyOnForward` act on the traffic of host endpoints at places that no "
        "other dialect knows. Pods are not concerned.",
        remedy="Keep these policies in Calico, or move them to the firewall of the nodes.",
        before="spec: {preDNAT: true, applyOnForward: true}",
        after="# nothing",
        targets=(KUBERNETES, CILIUM, CLUSTER, ACCESS),
    ),
    LossKind(
        code="reserved-subject",
        title="Policy for endpoints that only Cilium has was left out",
        area=Area.SUBJECTS,
        changes=(Change.ISOLATION_DROPPED, Change.RULE_DROPPED, Change.UNENFORCED),
        meaning="The policy selects Cilium's health, ingress or init endpoints, which do not exist under the target's "
        "engine.",
        remedy="Nothing to do for health and init. Guard an ingress controller by the labels of its pods.",
        before="endpointSelector: {matchLabels: {reserved.ingress: ''}}",
        after="# nothing",
        targets=(KUBERNETES, CALICO, CLUSTER, ACCESS),
    ),
    LossKind(
        code="global-to-namespaces",
        title="A cluster-wide policy was written once per namespace",
        area=Area.SUBJECTS,
        changes=(Change.ISOLATION_DROPPED, Change.RULE_DROPPED, Change.UNENFORCED),
        meaning="The target has no cluster-wide kind. Every namespace of the context has its copy; namespaces that "
        "are created later are not covered.",
        remedy="Translate again when a namespace is added, have it created from a template that includes the policy, "
        "or use `clusternetworkpolicy`.",
        before="kind: GlobalNetworkPolicy",
        after="kind: NetworkPolicy  # one in each namespace",
        targets=(KUBERNETES, ACCESS),
    ),
    LossKind(
        code="namespaces-unknown",
        title="A cluster-wide policy, and the namespaces are not known",
        area=Area.SUBJECTS,
        changes=(Change.ISOLATION_DROPPED, Change.RULE_DROPPED),
        meaning="The target has no cluster-wide kind, and without the list of namespaces the policy cannot be written "
        "once for each.",
        remedy="Give the namespaces: `namespaces: {shop: {team: red}}` in the context, or "
        "`kubectl get namespaces -o yaml` as `--context`.",
        before="kind: GlobalNetworkPolicy",
        after="# nothing",
        targets=(KUBERNETES, ACCESS),
        refuses=True,
    ),
    LossKind(
        code="service-account",
        title="Service accounts cannot be selected",
        area=Area.SELECTORS,
        changes=_SELECTOR,
        meaning="The source selects pods by service account; the target only knows labels of pods and namespaces "
        "(Cilium also accounts whose names have up to 63 characters).",
        remedy="Label the pods that run under the account and choose them by that label, or choose `calico` or "
        "`cilium` as target.",
        before="source: {serviceAccounts: {names: [robot]}}",
        after="# the rule is left out",
        targets=(KUBERNETES, CILIUM, CLUSTER, ACCESS),
    ),
    LossKind(
        code="service-account-labels",
        title="Labels of service accounts cannot be selected",
        area=Area.SELECTORS,
        changes=(*_SELECTOR, Change.UNENFORCED),
        meaning="The source selects service accounts by their labels. Cilium knows them by name only, Kubernetes "
        "not at all. With the context's service accounts their names are written; later ones are not covered.",
        remedy="Give `serviceAccounts` with their labels in the context, or name the service accounts.",
        before="source: {serviceAccounts: {selector: role == 'ci'}}",
        after="# the rule is left out",
        targets=(CILIUM,),
    ),
    LossKind(
        code="substring-operator",
        title="Label values cannot be matched by a part of them",
        area=Area.SELECTORS,
        changes=(*_SELECTOR, Change.UNENFORCED),
        meaning="`contains`, `starts with` and `ends with` exist in Calico only. They were replaced by the values "
        "that the context knows; others no longer match.",
        remedy="Give pods and namespaces as context, or a label that says the same in one value.",
        before="selector: app starts with 'pay-'",
        after="matchExpressions: [{key: app, operator: In, values: [pay-api, pay-web]}]",
        targets=(KUBERNETES, CILIUM, CLUSTER, ACCESS),
    ),
    LossKind(
        code="subject-address",
        title="Subjects cannot be chosen by address",
        area=Area.SUBJECTS,
        changes=_SELECTOR,
        meaning="A rule of Calico may say which of the policy's endpoints it is for, by label or by address. The "
        "target chooses subjects by label only, so what is meant for some addresses is left out.",
        remedy="Choose the endpoints by label.",
        before="egress: [{action: Allow, source: {nets: [10.1.0.0/16]}}]",
        after="# the rule is left out",
        targets=(KUBERNETES, CILIUM, CLUSTER, ACCESS),
    ),
    LossKind(
        code="cluster-mesh",
        title="Other clusters cannot be selected",
        area=Area.SELECTORS,
        changes=_SELECTOR,
        meaning="The source selects endpoints of other clusters of a mesh. The target's selectors end at its own "
        "cluster; those of Cilium before 1.19 never end there.",
        remedy="Replace the peer by the other cluster's pod ranges.",
        before="io.cilium.k8s.policy.cluster: west",
        after="# the rule is left out",
        targets=EVERYWHERE,
    ),
    LossKind(
        code="node-labels",
        title="Nodes cannot be selected by their labels",
        area=Area.SELECTORS,
        changes=_SELECTOR,
        meaning="The source selects nodes by label as peers. The target knows nodes by address only, or Cilium's "
        "`enable-node-selector-labels` is off.",
        remedy="Give `nodeCIDRs` as context if all nodes are meant, or write the addresses of those nodes as ranges.",
        before="fromNodes: [{matchLabels: {role: gateway}}]",
        after="# the rule is left out",
        targets=EVERYWHERE,
    ),
    LossKind(
        code="identity-label",
        title="Cilium does not look at this label",
        area=Area.SELECTORS,
        changes=(*_SELECTOR, Change.RULE_CHANGED, Change.ISOLATION_ADDED),
        meaning="By default some pod labels (`pod-template-hash`, `statefulset.kubernetes.io/pod-name`, …) are no "
        "part of an identity: a positive requirement on them never holds and a negative one always does.",
        remedy="Use another label, or add this one to the agent's `labels` option and to the target's documents by "
        "hand.",
        before="podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: db-0}}",
        after="# nothing matches",
        targets=(CILIUM,),
    ),
    LossKind(
        code="long-namespace-label",
        title="The key of a namespace label is too long for Cilium",
        area=Area.SELECTORS,
        changes=_SELECTOR,
        meaning="Cilium writes a namespace label behind a prefix of its own, and a key without a prefix may then have "
        "32 characters only.",
        remedy="Select the namespaces by name, or give them as context so that the label is replaced by the names.",
        before="namespaceSelector: {matchLabels: {a-name-of-more-than-thirty-two-characters: x}}",
        after="# the rule is left out",
        targets=(CILIUM,),
    ),
    LossKind(
        code="reserved-label",
        title="The target keeps this label key for itself",
        area=Area.SELECTORS,
        changes=(*_SELECTOR, Change.RULE_CHANGED, Change.ISOLATION_ADDED),
        meaning="Calico drops pod labels that begin with `pcns.` or `pcsa.` and overwrites three "
        "`projectcalico.org/` keys; Cilium drops pod labels that begin with `io.cilium.k8s`. A selector on such a "
        "label means something else there.",
        remedy="Use another label key.",
        before="podSelector: {matchLabels: {pcns.team: red}}",
        after="# the rule is left out",
        targets=(CALICO, CILIUM),
    ),
)
