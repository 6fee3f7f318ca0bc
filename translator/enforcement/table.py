"""What each network plugin enforces of NetworkPolicy, with grades and sources (kubernetes.md part C)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from translator.enforcement.profile import Adaptation, Column, Deviation, Grade, Outcome, Plugin, Use
from translator.errors import UsageError, suggestion

_H, _M, _L = Grade.HIGH, Grade.MEDIUM, Grade.LOW
_NOTHING, _WIDER, _NARROWER = Outcome.NOT_ENFORCED, Outcome.WIDER, Outcome.NARROWER
_DIFFERS, _DOUBTFUL = Outcome.DIFFERS, Outcome.DOUBTFUL
_NUMERIC, _LISTED = Adaptation.NUMERIC_PORTS, Adaptation.NO_RANGES
_SUBTRACTED, _SINGLE = Adaptation.NO_EXCEPTS, Adaptation.ONE_BLOCK

_NO_CLUSTER_POLICY: Final = (
    Deviation(
        use=Use.CLUSTER_POLICY,
        outcome=_NOTHING,
        grade=_M,
        words="it is not among the known implementers of ClusterNetworkPolicy, so nothing enforces it",
    ),
    Deviation(
        use=Use.ADMIN_POLICY,
        outcome=_NOTHING,
        grade=_M,
        words="it is not known to implement the v1alpha1 kinds, so nothing enforces them",
    ),
)


def _grades(
    ingress: Grade,
    egress: Grade,
    block: Grade,
    excepts: Grade,
    end_port: Grade,
    named: Grade,
    sctp: Grade,
    namespaces: Grade,
    cluster: Grade = _M,
) -> dict[Column, Grade]:
    """The grades of a row, in the order of the table."""
    return dict(zip(Column, (ingress, egress, block, excepts, end_port, named, sctp, namespaces, cluster), strict=True))


def _deviation(use: Use, outcome: Outcome, grade: Grade, words: str, adaptation: Adaptation | None = None) -> Deviation:
    return Deviation(use=use, outcome=outcome, grade=grade, words=words, adaptation=adaptation)


FLANNEL: Final = Plugin(
    name="flannel",
    title="Flannel",
    grades=_grades(_H, _H, _H, _H, _H, _H, _H, _H, _H),
    deviations=(
        _deviation(Use.POLICY, _NOTHING, _H, "Flannel enforces no policies at all: every policy is stored and ignored"),
        _deviation(Use.CLUSTER_POLICY, _NOTHING, _H, "Flannel enforces no policies at all"),
        _deviation(Use.ADMIN_POLICY, _NOTHING, _H, "Flannel enforces no policies at all"),
    ),
    remarks=(
        "From 0.25.5 on the optional sidecar kube-network-policies (Helm `netpol.enabled`) enforces policies; then "
        "this row does not hold. Flannel with Calico's policy engine is Canal: use `calico`.",
    ),
    sources=(
        "README of flannel-io/flannel v0.28.11",
        "flannel-io/flannel: Documentation/netpol.md",
        "https://docs.siderolabs.com/kubernetes-guides/cni/flannel",
    ),
    host_network="not policed",
)

WEAVE: Final = Plugin(
    name="weave",
    title="Weave Net",
    grades=_grades(_H, _H, _H, _H, _H, _H, _M, _H),
    deviations=(
        _deviation(
            Use.INGRESS_BLOCK,
            _DOUBTFUL,
            _H,
            "early versions that know egress read an ipBlock among the senders as everybody; late ones do not",
        ),
        _deviation(
            Use.EXCEPT_TO,
            _DOUBTFUL,
            _M,
            "an except of an egress rule may not hold towards the pod's own node (issue 3924, open)",
            _SUBTRACTED,
        ),
        _deviation(Use.END_PORT, _NARROWER, _H, "endPort is ignored: only the first port is allowed", _LISTED),
        _deviation(
            Use.NAMED_PORT,
            _NOTHING,
            _H,
            "late versions skip the whole policy, which then isolates nobody; earlier ones look the name up among the "
            "services of iptables",
            _NUMERIC,
        ),
        _deviation(Use.SCTP, _DOUBTFUL, _M, "the protocol is handed to iptables unchecked"),
        _deviation(
            Use.BOTH_SELECTORS,
            _DOUBTFUL,
            _H,
            "only late versions combine namespaceSelector and podSelector of one peer",
        ),
        *_NO_CLUSTER_POLICY,
    ),
    remarks=("Weave Net is archived; forks live on.",),
    sources=(
        "weaveworks/weave: npc/analyser.go:analysePolicy@07d31a8 (early), @ee84cac (late)",
        "weaveworks/weave issues 3032, 3924, pull request 3313",
    ),
    host_network="by the address of the node (L)",
)

AWS: Final = Plugin(
    name="aws-vpc-cni",
    title="AWS VPC CNI with its policy agent",
    grades=_grades(_H, _H, _H, _H, _H, _H, _M, _H),
    deviations=(
        _deviation(Use.EXCEPT, _WIDER, _H, "excepts are reported not to be enforced (issue 92, open)", _SUBTRACTED),
        _deviation(Use.OVERLAPPING_BLOCKS, _DIFFERS, _H, "blocks that overlap are merged wrongly (issue 180, open)"),
        _deviation(
            Use.MANY_PORTS, _NARROWER, _H, "of one block 24 ports and protocols count, the others are ignored silently"
        ),
        _deviation(
            Use.NAMED_PORT_FROM_ANY,
            _NARROWER,
            _H,
            "a port name beside an ipBlock, or from everybody, is dropped",
            _NUMERIC,
        ),
        _deviation(
            Use.NAMED_PORT_FROM_PODS,
            _WIDER,
            _H,
            "the numbers of all selected pods are allowed at each of them: too much where they differ",
            _NUMERIC,
        ),
        _deviation(
            Use.NAMED_PORT_TO_ANY, _NARROWER, _M, "a port name without pods on the other end is dropped", _NUMERIC
        ),
        _deviation(
            Use.NAMED_PORT_TO_BLOCK, _NARROWER, _M, "a port name without pods on the other end is dropped", _NUMERIC
        ),
        *_NO_CLUSTER_POLICY,
    ),
    remarks=(
        "ClusterIPs are matched before they are translated, and the port of a Service must be that of its containers.",
        "One address family only; no Fargate and no Windows; pods without an owner are not covered (check the current "
        "documentation). The pod's own node always passes.",
    ),
    sources=(
        "aws/amazon-network-policy-controller-k8s: pkg/resolvers/endpoints.go@03e22b5, issues 71, 81",
        "aws/aws-network-policy-agent: pkg/utils/utils.go:ComputeTrieValue@00e231c, issues 92, 180, pull request 65",
        "https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html",
    ),
    own_kinds="PolicyEndpoint (internal), ClusterNetworkPolicy of networking.k8s.aws/v1alpha1",
    host_network="no subject (M); as peers their node's address is included (M)",
    ipblock_matches_pods=True,
)

AZURE: Final = Plugin(
    name="azure-npm",
    title="Azure NPM on Linux",
    grades=_grades(_H, _M, _M, _M, _M, _H, _M, _H),
    deviations=(
        _deviation(Use.IPV6_BLOCK, _NARROWER, _M, "only IPv4 blocks are matched"),
        _deviation(Use.SEVERAL_BLOCKS, _DOUBTFUL, _L, "early versions join several ipBlocks of one rule", _SINGLE),
        _deviation(
            Use.END_PORT, _DOUBTFUL, _M, "the code reads it; older versions do not (request 2313, open)", _LISTED
        ),
        *_NO_CLUSTER_POLICY,
    ),
    remarks=(
        "AKS ends the support of NPM on 2026-09-30 (Windows), and on 2026-09-30 or 2028-09-30 (Linux; two copies of "
        "the page disagree).",
    ),
    sources=(
        "Azure/azure-container-networking: npm/pkg/controlplane/translation/translatePolicy.go@0259ee3, issue 2313",
        "https://learn.microsoft.com/azure/aks/use-network-policies",
    ),
    host_network="not known (L)",
)

AZURE_WINDOWS: Final = Plugin(
    name="azure-npm-windows",
    title="Azure NPM on Windows",
    grades=_grades(_M, _M, _M, _H, _L, _H, _H, _H),
    deviations=(
        _deviation(Use.EXCEPT, _NOTHING, _H, "a policy with an except is rejected", _SUBTRACTED),
        _deviation(Use.NAMED_PORT, _NOTHING, _H, "a policy with a port name is rejected", _NUMERIC),
        _deviation(Use.SCTP, _NOTHING, _H, "a policy about SCTP is rejected"),
        _deviation(Use.NEGATIVE_MATCH, _NOTHING, _H, "a policy with NotIn or DoesNotExist is rejected"),
        _deviation(Use.END_PORT, _DOUBTFUL, _L, "nobody knows", _LISTED),
        *_NO_CLUSTER_POLICY,
    ),
    remarks=("AKS ends its support on 2026-09-30.",),
    sources=(
        "Azure/azure-container-networking: ErrUnsupportedNamedPort, …NegativeMatch, …SCTP, …ExceptCIDR",
        "https://learn.microsoft.com/azure/aks/use-network-policies",
    ),
    host_network="not known (L)",
)

ANTREA: Final = Plugin(
    name="antrea",
    title="Antrea",
    grades=_grades(_H, _H, _H, _H, _H, _H, _M, _H, _H),
    deviations=(
        _deviation(
            Use.NAMED_PORT_TO_ANY,
            _DIFFERS,
            _H,
            "a port name towards everybody stands for the pods of all namespaces that declare it",
            _NUMERIC,
        ),
        _deviation(
            Use.UNLISTED_DIRECTION,
            _DIFFERS,
            _M,
            "rules of a direction that policyTypes does not list are built, and so probably isolate",
        ),
        _deviation(
            Use.CLUSTER_POLICY, _DOUBTFUL, _H, "needs Antrea 2.7 and its alpha feature gate, which is off by default"
        ),
        _deviation(Use.ADMIN_POLICY, _DOUBTFUL, _H, "the v1alpha1 kinds are deprecated"),
    ),
    sources=(
        "antrea-io/antrea@fc70f2b: pkg/controller/networkpolicy/networkpolicy_controller.go, clusternetworkpolicy.go",
        "antrea-io/antrea@fc70f2b: docs/antrea-network-policy.md, docs/cluster-network-policy.md",
    ),
    own_kinds="NetworkPolicy, ClusterNetworkPolicy (crd.antrea.io/v1beta1), Tier, Group, ClusterGroup",
    ipblock_matches_pods=True,
)

KUBE_ROUTER: Final = Plugin(
    name="kube-router",
    title="kube-router",
    grades=_grades(_H, _H, _H, _H, _H, _H, _M, _H),
    deviations=(
        _deviation(
            Use.EXCEPT_AMONG_BLOCKS,
            _DIFFERS,
            _M,
            "all ipBlocks of a rule share one set: what one of them excepts is excepted from its siblings too",
            _SUBTRACTED,
        ),
        _deviation(
            Use.WHOLE_IPV6, _NARROWER, _H, "::/0 is read as 2000::/3 and fd00::/8: link-local and others are missing"
        ),
        _deviation(
            Use.NAMED_PORT_TO_ANY,
            _DIFFERS,
            _H,
            "a port name towards everybody stands for the pods of the policy's own namespace that declare it",
            _NUMERIC,
        ),
        *_NO_CLUSTER_POLICY,
    ),
    remarks=("Port names of init containers are not seen; finished pods do not count.",),
    sources=(
        "cloudnativelabs/kube-router: pkg/controllers/netpol/policy.go@03d5b6e, utils.go:isNetPolActionable",
        "cloudnativelabs/kube-router issue 1135",
    ),
    ipblock_matches_pods=True,
)

OVN: Final = Plugin(
    name="ovn-kubernetes",
    title="OVN-Kubernetes",
    grades=_grades(_H, _H, _H, _H, _H, _H, _M, _H, _H),
    deviations=(
        _deviation(
            Use.NAMED_PORT, _WIDER, _H, "port names are not supported: every port of the protocol is allowed", _NUMERIC
        ),
        _deviation(
            Use.CLUSTER_POLICY, _NOTHING, _M, "it implements the v1alpha1 kinds, not ClusterNetworkPolicy v1alpha2"
        ),
    ),
    remarks=("One development version read excepts as denies of higher priority, which broke the union of policies.",),
    sources=(
        "ovn-kubernetes/ovn-kubernetes: go-controller/pkg/ovn/gress_policy.go@476bff8 (addPortPolicy, "
        "getMatchFromIPBlock)",
        "ovn-kubernetes/ovn-kubernetes: go-controller/pkg/types/const.go@0198eff, issue 2117",
    ),
    own_kinds="EgressFirewall, EgressQoS; AdminNetworkPolicy, BaselineAdminNetworkPolicy (v1alpha1)",
    host_network="not selectable as pods (M)",
)

_CILIUM_LABELS: Final = _deviation(
    Use.FILTERED_LABEL,
    _DIFFERS,
    _H,
    "the label is no part of an identity: what requires it matches nobody, what excludes it everybody",
)
_CILIUM_UNLISTED: Final = "rules of a direction that policyTypes does not list are enforced, and isolate (issue 48703)"

GKE: Final = Plugin(
    name="gke-dataplane-v2",
    title="GKE Dataplane V2",
    grades=_grades(_H, _H, _M, _M, _M, _M, _L, _M),
    deviations=(
        _deviation(Use.PRIVATE_BLOCK, _NARROWER, _M, "pods and nodes are not matched by their address"),
        _deviation(Use.END_PORT, _DOUBTFUL, _M, "depends on the Cilium inside: before 1.16 it is ignored", _LISTED),
        _deviation(Use.SCTP, _DOUBTFUL, _L, "nobody knows"),
        _deviation(Use.UNLISTED_DIRECTION, _DIFFERS, _M, _CILIUM_UNLISTED),
        Deviation(use=_CILIUM_LABELS.use, outcome=_CILIUM_LABELS.outcome, grade=_M, words=_CILIUM_LABELS.words),
        *_NO_CLUSTER_POLICY,
    ),
    sources=(
        "https://cloud.google.com/kubernetes-engine/docs/concepts/dataplane-v2",
        "https://cloud.google.com/kubernetes-engine/docs/how-to/fqdn-network-policies",
        "cilium.md 2.2, 10, 13",
    ),
    own_kinds="FQDNNetworkPolicy (networking.gke.io); CiliumClusterwideNetworkPolicy, layers 3 and 4, opt-in",
    host_network="as Cilium: nodes (M)",
    ipblock_matches_pods=False,
)

CALICO: Final = Plugin(
    name="calico",
    title="Calico",
    grades=_grades(_H, _H, _H, _H, _H, _H, _H, _H, _H),
    deviations=(
        _deviation(Use.CLUSTER_POLICY, _DOUBTFUL, _H, "needs Calico 3.32"),
        _deviation(Use.ADMIN_POLICY, _DOUBTFUL, _H, "Calico 3.29 to 3.31 only (Baseline from 3.30)"),
    ),
    remarks=("With the eBPF data plane named SCTP ports never match.",),
    sources=("calico.md 3.6, 5.1, 6.1, 9",),
    own_kinds="NetworkPolicy, GlobalNetworkPolicy, Tier, Staged…",
    host_network="only as the address of their node, in an ipBlock",
    ipblock_matches_pods=True,
)

CILIUM: Final = Plugin(
    name="cilium",
    title="Cilium",
    grades=_grades(_H, _H, _H, _H, _H, _H, _H, _H, _H),
    deviations=(
        _deviation(
            Use.PRIVATE_BLOCK,
            _NARROWER,
            _H,
            "pods and nodes are not matched by their address, unless policy-cidr-match-mode says so",
        ),
        _deviation(Use.END_PORT, _DOUBTFUL, _H, "before 1.16 it is ignored", _LISTED),
        _deviation(Use.SCTP, _NARROWER, _H, "SCTP is dropped unless the agent's enable-sctp is on (off by default)"),
        _deviation(Use.UNLISTED_DIRECTION, _DIFFERS, _H, _CILIUM_UNLISTED),
        _CILIUM_LABELS,
        _deviation(Use.CLUSTER_POLICY, _DOUBTFUL, _H, "needs Cilium 1.20 and enable-k8s-cluster-network-policy"),
        _deviation(Use.ADMIN_POLICY, _NOTHING, _H, "the v1alpha1 kinds are not implemented"),
    ),
    sources=("cilium.md 2.2, 6, 7, 10, 11, 12",),
    own_kinds="CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy, CiliumCIDRGroup",
    host_network="nodes: not selectable as pods",
    ipblock_matches_pods=False,
)

PLUGINS: Final[Mapping[str, Plugin]] = {
    plugin.name: plugin
    for plugin in (FLANNEL, WEAVE, AWS, AZURE, AZURE_WINDOWS, ANTREA, KUBE_ROUTER, OVN, GKE, CALICO, CILIUM)
}
"""What ``--cni`` takes, in the order of the documentation."""


def plugin_named(name: str) -> Plugin:
    """The plugin of a name. Raises UsageError."""
    plugin = PLUGINS.get(name)
    if plugin is None:
        hint = suggestion(name, PLUGINS)
        raise UsageError(f"--cni: expected {', '.join(PLUGINS)}, found `{name}`{f'; {hint}' if hint else ''}")
    return plugin
