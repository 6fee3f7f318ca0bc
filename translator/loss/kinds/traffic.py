"""Losses in protocols, ports and ICMP."""

from __future__ import annotations

from typing import Final

from translator.loss.effect import Change
from translator.loss.kind import ACCESS, CALICO, CILIUM, CLUSTER, EVERYWHERE, KUBERNETES, Area, LossKind

_ANY: Final = (Change.RULE_NARROWED, Change.RULE_DROPPED, Change.RULE_WIDENED)

KINDS: Final = (
    LossKind(
        code="protocol",
        title="The target does not know this protocol",
        area=Area.TRAFFIC,
        changes=_ANY,
        meaning="Only TCP, UDP and SCTP can be named in Kubernetes policies, and a few more in Cilium when the agent's "
        "`enable-extended-ip-protocols` is on.",
        remedy="Allow all traffic of that peer, if that is acceptable, or set "
        "`cilium: {enable-extended-ip-protocols: true}` in the context and in the agent.",
        before="{action: Allow, protocol: 47}",
        after="# the rule is left out",
        targets=(KUBERNETES, CILIUM, CLUSTER, ACCESS),
    ),
    LossKind(
        code="other-protocols",
        title="Protocols beside TCP, UDP and SCTP were left out",
        area=Area.TRAFFIC,
        changes=_ANY,
        meaning="The rule covers every IP protocol but some ports or protocols. The target can only list ports of TCP, "
        "UDP and SCTP (and ICMP in Cilium), so the others are no longer covered.",
        remedy="Nothing, if the endpoints speak nothing else.",
        before="{action: Allow, notProtocol: UDP}",
        after="ports: [{protocol: TCP}, {protocol: SCTP}]",
        targets=(KUBERNETES, CILIUM, CLUSTER, ACCESS),
    ),
    LossKind(
        code="ip-version",
        title="A rule cannot be limited to one IP version",
        area=Area.TRAFFIC,
        changes=_ANY,
        meaning="The rule holds for IPv4 or for IPv6 only, without naming addresses. The target has no such field.",
        remedy="In a cluster of one family say so: `cilium: {ip-families: [IPv4]}` in the context. Otherwise name "
        "the peers by range.",
        before="{action: Allow, ipVersion: 4, source: {selector: app == 'a'}}",
        after="# the rule is left out",
        targets=(KUBERNETES, CILIUM, CLUSTER, ACCESS),
    ),
    LossKind(
        code="icmp",
        title="ICMP cannot be named",
        area=Area.TRAFFIC,
        changes=_ANY,
        meaning="Kubernetes policies know TCP, UDP and SCTP only, and Calico no ICMP type 255. A rule about ICMP is "
        "left out.",
        remedy="Ping is what is usually lost; use a TCP check, or allow all traffic of that peer.",
        before="{action: Allow, protocol: ICMP, icmp: {type: 8}}",
        after="# the rule is left out",
        targets=(KUBERNETES, CALICO, CLUSTER, ACCESS),
    ),
    LossKind(
        code="icmp-code",
        title="ICMP codes cannot be named",
        area=Area.TRAFFIC,
        changes=_ANY,
        meaning="Cilium matches the type of ICMP messages but not their code.",
        remedy="Drop the code in the source if the whole type may pass.",
        before="icmp: {type: 3, code: 4}",
        after="# the rule is left out",
        targets=(CILIUM,),
    ),
    LossKind(
        code="icmp-type-zero",
        title="Cilium takes ICMP type 0 for every type",
        area=Area.TRAFFIC,
        changes=_ANY,
        meaning="Type 0 (echo reply) is a wildcard in Cilium's ICMP rules, so echo replies alone cannot be said. "
        "Replies to an allowed request pass anyway.",
        remedy="Nothing, as a rule: replies need no rule of their own.",
        before="icmp: {type: 0}",
        after="# the rule is left out",
        targets=(CILIUM,),
    ),
    LossKind(
        code="source-port",
        title="Source ports cannot be named",
        area=Area.TRAFFIC,
        changes=_ANY,
        meaning="The rule asks for the sender's port. Only Calico does; in the target the rule is left out.",
        remedy="Drop the source port in the source if it is not needed; replies are tracked and need no such rule.",
        before="source: {ports: [53]}",
        after="# the rule is left out",
        targets=(KUBERNETES, CILIUM, CLUSTER, ACCESS),
    ),
    LossKind(
        code="named-port-on-address",
        title="A port name towards addresses",
        area=Area.TRAFFIC,
        changes=(*_ANY, Change.UNENFORCED),
        meaning="Port names are declared by pods. Towards addresses they never match in Calico and Cilium, the "
        "Kubernetes API does not say, and ClusterNetworkPolicy refuses them.",
        remedy="Write the port number.",
        before="to: [{ipBlock: {cidr: 203.0.113.0/24}}]\nports: [{port: https}]",
        after="# the rule is left out",
        targets=EVERYWHERE,
    ),
    LossKind(
        code="named-port-protocol",
        title="A port name cannot be limited to one protocol",
        area=Area.TRAFFIC,
        changes=_ANY,
        meaning="In ClusterNetworkPolicy a port name stands for every protocol that declares it, in NetworkPolicy for "
        "exactly one.",
        remedy="Write the port number, or use different names for different protocols.",
        before="ports: [{protocol: UDP, port: dns}]",
        after="# the rule is left out",
        targets=(CLUSTER,),
    ),
    LossKind(
        code="negated-named-port",
        title="All ports but a named one cannot be said",
        area=Area.TRAFFIC,
        changes=_ANY,
        meaning="A name stands for whatever number the destination declares, so its complement is no range.",
        remedy="Write the port number, or give the pods with their ports as context.",
        before="notPorts: [http]",
        after="# the rule is left out",
        targets=(KUBERNETES, CILIUM, CLUSTER, ACCESS),
    ),
    LossKind(
        code="named-port-resolved",
        title="A port name was replaced by its number",
        area=Area.TRAFFIC,
        changes=(Change.UNENFORCED, Change.RULE_NARROWED, Change.RULE_WIDENED),
        meaning="The name was replaced by the numbers that the pods of the context declare. Pods that declare another "
        "number later are not followed.",
        remedy="Translate again when the pods change.",
        before="notPorts: [http]",
        after="ports: [{port: 1, endPort: 8079}, {port: 8081, endPort: 65535}]",
        targets=EVERYWHERE,
    ),
    LossKind(
        code="port-range-version",
        title="Older versions of the target do not understand port ranges",
        area=Area.TRAFFIC,
        changes=(Change.RULE_NARROWED, Change.RULE_DROPPED),
        meaning="`endPort` needs Kubernetes 1.25 and an engine that honours it, or Cilium 1.16. For older ones ranges "
        "are listed port by port, up to 256 ports a rule; longer ranges are left out.",
        remedy='Say which version it is: `cilium: {version: "1.19"}` or `kubernetes: {version: "1.30"}` in the '
        "context.",
        before="ports: ['8000:9000']",
        after="# the range is left out",
        targets=(KUBERNETES, CILIUM),
    ),
    LossKind(
        code="sctp-disabled",
        title="SCTP is switched off in the target",
        area=Area.TRAFFIC,
        changes=(Change.RULE_DROPPED, Change.UNENFORCED),
        meaning="The Cilium agent drops SCTP unless `enable-sctp` is on, whatever the policies say.",
        remedy="Switch it on in the agent, and say `cilium: {enable-sctp: true}` in the context.",
        before="ports: [{protocol: SCTP, port: 3868}]",
        after="# without effect",
        targets=(CILIUM,),
    ),
    LossKind(
        code="dataplane-dependent",
        title="Calico's eBPF data plane does not know SCTP ports by name",
        area=Area.TRAFFIC,
        changes=(Change.RULE_NARROWED, Change.RULE_WIDENED),
        meaning="Under `calico: {dataplane: ebpf}` a port name never matches SCTP and excludes none of its ports. The "
        "rule is written as it is, and would do its work in the other data planes.",
        remedy="Give the pods with their ports in the context, so that numbers can be written.",
        before="ports: [{protocol: SCTP, port: diameter}]",
        after="# the same; without effect",
        targets=(CALICO,),
    ),
)
