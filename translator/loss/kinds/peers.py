"""Losses in the other end: addresses, nodes, entities, services, names."""

from __future__ import annotations

from typing import Final

from translator.ir.policy import Action
from translator.loss.effect import Change
from translator.loss.kind import ACCESS, CALICO, CILIUM, CLUSTER, EVERYWHERE, KUBERNETES, Area, LossKind

_LESS: Final = (Change.RULE_NARROWED, Change.RULE_DROPPED)
_ANY: Final = (Change.RULE_NARROWED, Change.RULE_DROPPED, Change.RULE_WIDENED)

KINDS: Final = (
    LossKind(
        code="cidr-covers-pods",
        title="Pods that a range may cover cannot be matched by address",
        area=Area.PEERS,
        changes=_ANY,
        meaning="In the source an address range also covers pods and nodes that have such addresses. Cilium matches "
        "addresses outside the cluster only, so pods in the range are no longer covered; and only Calico chooses pods "
        "by label and address at once.",
        remedy="Say what the range covers: `podCIDRs: [10.244.0.0/16]`, `nodeCIDRs: […]` and the pods in the context. "
        "Ranges outside the private ones are taken to be outside the cluster.",
        before="destination: {nets: [10.0.0.0/8]}",
        after="toCIDRSet: [{cidr: 10.0.0.0/8}]",
        targets=(KUBERNETES, CILIUM, CLUSTER, ACCESS),
    ),
    LossKind(
        code="cidr-covers-nodes",
        title="A range that may cover nodes, which the target does not match by address",
        area=Area.PEERS,
        changes=_ANY,
        meaning="In the source an address range also covers nodes. Cilium knows nodes as entities and does not match "
        "them by address unless `policy-cidr-match-mode` has `nodes`.",
        remedy="Give `nodeCIDRs` in the context, so that the nodes are written as entities, or set "
        "`policy-cidr-match-mode: [nodes]` in the context and in the agent.",
        before="source: {nets: [192.168.10.0/24]}",
        after="fromCIDRSet: [{cidr: 192.168.10.0/24}]",
        targets=(CILIUM, ACCESS),
    ),
    LossKind(
        code="cidr-reaches-cluster",
        title="A range that would also cover pods or nodes",
        area=Area.PEERS,
        changes=_ANY,
        meaning="Cilium matches ranges outside the cluster only; in the target an address range covers pods and nodes "
        "too. The private ranges, which may be the cluster's, were cut out of it.",
        remedy="Give `podCIDRs` and `nodeCIDRs` in the context: then only they are cut out.",
        before="toCIDR: [0.0.0.0/0]",
        after="nets: [0.0.0.0/0]\nnotNets: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10]",
        targets=(KUBERNETES, CALICO, CLUSTER),
    ),
    LossKind(
        code="ipblock-undefined",
        title="The Kubernetes API does not say whether this range covers pods",
        area=Area.PEERS,
        changes=(*_ANY, Change.UNENFORCED),
        meaning="Whether an `ipBlock` matches a pod by its address is left open by the API and answered differently "
        "by the engines: Calico yes, Cilium by default no.",
        remedy="Say it: `kubernetes: {ipblock-matches-pods: true}` in the context, or give `podCIDRs` so that the "
        "range is known to be outside.",
        before="ipBlock: {cidr: 10.0.0.0/8}",
        after="# depends on the engine",
        targets=(KUBERNETES,),
    ),
    LossKind(
        code="world-unknown",
        title="Outside the cluster cannot be written without its ranges",
        area=Area.PEERS,
        changes=_ANY,
        meaning="The peer is everything outside the cluster. As ranges that is all addresses but the cluster's own, "
        "which are not known; all private ranges were left out.",
        remedy="Give `podCIDRs`, `nodeCIDRs` and `serviceCIDRs` in the context.",
        before="toEntities: [world]",
        after="nets: [0.0.0.0/0]\nnotNets: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10]",
        targets=(KUBERNETES, CALICO, CLUSTER),
    ),
    LossKind(
        code="nodes-unknown",
        title="Nodes cannot be written without their addresses",
        area=Area.PEERS,
        changes=_ANY,
        meaning="The peer is nodes (the entities `host` or `remote-node`), which the target knows by address only.",
        remedy="Give `nodeCIDRs: [192.168.10.0/24]` in the context.",
        before="fromEntities: [remote-node]",
        after="# the rule is left out",
        targets=(KUBERNETES, CALICO, CLUSTER),
    ),
    LossKind(
        code="apiserver-unknown",
        title="The API server cannot be written without its addresses",
        area=Area.PEERS,
        changes=_ANY,
        meaning="The peer is the entity `kube-apiserver`, which the target knows by address only.",
        remedy="Give `apiServer: [192.168.10.1, 10.96.0.1]` in the context.",
        before="toEntities: [kube-apiserver]",
        after="# the rule is left out",
        targets=(KUBERNETES, CALICO, CLUSTER),
    ),
    LossKind(
        code="own-node",
        title="Traffic between a pod and its own node is not the target's to decide",
        area=Area.PEERS,
        changes=(*_ANY, Change.ISOLATION_ADDED, Change.UNENFORCED),
        meaning="What comes from the node that a pod runs on always passes in Kubernetes and Calico, and in Cilium "
        "unless a rule denies it. A rule about that node is kept only where the target asks.",
        remedy="Nothing, if probes are all that is meant. A node that must be kept out needs a firewall of its own.",
        before="ingressDeny: [{fromEntities: [host]}]",
        after="# the pod's own node still passes",
        targets=(KUBERNETES, CALICO, CILIUM, CLUSTER, ACCESS),
    ),
    LossKind(
        code="reserved-peer",
        title="Ends that only Cilium has cannot be named",
        area=Area.PEERS,
        changes=(*_ANY, Change.UNENFORCED),
        meaning="The peer is one of the entities `health`, `init`, `ingress` or `unmanaged`, which do not exist under "
        "the target's engine.",
        remedy="Replace `ingress` by the labels of the ingress controller's pods; the others have no counterpart to "
        "be missed.",
        before="fromEntities: [ingress]",
        after="# the rule is left out",
        targets=(KUBERNETES, CALICO, CLUSTER),
    ),
    LossKind(
        code="outside-ingress",
        title="Senders outside the cluster cannot be named",
        area=Area.PEERS,
        changes=_ANY,
        meaning="An ingress rule of a ClusterNetworkPolicy can only name pods as senders: addresses and nodes are "
        "left out of it.",
        remedy="Keep the rule in a policy of another kind.",
        before="source: {nets: [203.0.113.0/24]}",
        after="# the rule is left out",
        targets=(CLUSTER,),
    ),
    LossKind(
        code="group-inlined",
        title="A named set of addresses was written out",
        area=Area.PEERS,
        changes=(Change.UNENFORCED,),
        meaning="The target has no sets, or none that this rule can refer to. Traffic is the same today; addresses "
        "added to the set later are not followed.",
        remedy="Translate again when the set changes.",
        before="source: {selector: role == 'office'}  # a GlobalNetworkSet",
        after="from: [{ipBlock: {cidr: 203.0.113.0/24}}]",
        targets=EVERYWHERE,
    ),
    LossKind(
        code="group-unknown",
        title="A rule names an address group that is not in the input",
        area=Area.PEERS,
        changes=(Change.UNENFORCED,),
        meaning="A group that does not exist has no addresses, so the reference matches nothing and is not written. If "
        "the cluster has the group, the rule means more there.",
        remedy="Give the CiliumCIDRGroups of the cluster with the policies.",
        before="fromCIDRSet: [{cidrGroupRef: office}]",
        after="# nothing",
        targets=(KUBERNETES, CALICO, CLUSTER, ACCESS),
    ),
    LossKind(
        code="service-peer",
        title="Services cannot be named",
        area=Area.PEERS,
        changes=_ANY,
        meaning="The rule names a Service. The target has no such peer, or another notion of it: Calico matches the "
        "Service's own target ports, Cilium all ports of its backends.",
        remedy="Give the Services and EndpointSlices as context (`kubectl get services,endpointslices -A -o yaml`), or "
        "name the pods behind the Service.",
        before="destination: {services: {name: dns, namespace: kube-system}}",
        after="# the rule is left out",
        targets=EVERYWHERE,
    ),
    LossKind(
        code="service-resolved",
        title="A Service was replaced by what stands behind it now",
        area=Area.PEERS,
        changes=(Change.UNENFORCED, Change.RULE_NARROWED, Change.RULE_WIDENED),
        meaning="The Service of the context was written as its selector or its addresses. When it changes, the policy "
        "does not follow.",
        remedy="Translate again when the Service changes.",
        before="toServices: [{k8sService: {serviceName: db, namespace: prod}}]",
        after="toEndpoints: [{matchLabels: {app: db}}]",
        targets=EVERYWHERE,
    ),
    LossKind(
        code="fqdn",
        title="DNS names cannot be peers",
        area=Area.PEERS,
        changes=_LESS,
        meaning="The rule allows what certain DNS names resolve to. The target knows addresses only, so the rule is "
        "left out.",
        remedy="Write the addresses as ranges where they are stable, or send this traffic through a proxy that knows "
        "names.",
        before="toFQDNs: [{matchPattern: '*.example.com'}]",
        after="# the rule is left out",
        targets=(KUBERNETES, CALICO, CLUSTER),
        actions=(Action.ALLOW,),
    ),
    LossKind(
        code="fqdn-deny",
        title="DNS names cannot be denied",
        area=Area.PEERS,
        changes=_LESS,
        meaning="Names resolve too late for a deny to be safe, so Cilium has none, and the others know no names at "
        "all: the rule is left out.",
        remedy="Allow the names that are meant instead.",
        before="{action: Deny, to: [{domainNames: ['*.example.com']}]}",
        after="# the rule is left out",
        targets=(CALICO, CILIUM, CLUSTER),
        actions=(Action.DENY,),
    ),
    LossKind(
        code="cloud-groups",
        title="Security groups of a cloud cannot be peers",
        area=Area.PEERS,
        changes=_ANY,
        meaning="Cilium asks the cloud for the addresses behind `toGroups` and `fromGroups`; no other engine does.",
        remedy="Write the ranges of the group.",
        before="toGroups: [{aws: {securityGroupsIds: [sg-1]}}]",
        after="# the rule is left out",
        targets=(KUBERNETES, CALICO, CLUSTER, ACCESS),
    ),
)
