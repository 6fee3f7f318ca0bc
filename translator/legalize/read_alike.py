"""Whether an engine makes of a document of Kubernetes kinds what the API's text does (cilium.md 2.2, 10, 11)."""

from __future__ import annotations

from collections.abc import Iterator

from translator.context import Context
from translator.ir.labels import Operator, Scope, requirements
from translator.ir.peers import EVERY_KIND, NODES, PODS, Endpoints, Network, Peer, parts
from translator.ir.policy import Policy
from translator.legalize.knowledge import Knowledge
from translator.legalize.profiles import as_target_reads
from translator.legalize.reaches import reach_of_ranges, reached_by
from translator.legalize.target import Target, TargetName
from translator.legalize.visible import unseen

_POSITIVE = frozenset({Operator.IN, Operator.HAS})


def sees_its_labels(policy: Policy) -> bool:
    """Whether Cilium sees every key that the selectors ask for, and as what it is."""
    return all(
        unseen(each.label, TargetName.CILIUM) is None
        for peer in (*policy.subject, *_peers(policy))
        if isinstance(peer, Endpoints)
        for each in requirements(peer.selector)
    )


def means_more_than_pods(policy: Policy) -> bool:
    """Whether some peer is of ends without any label as well, where no demand for the own cluster is added.

    A selector of namespaces of which nothing has to be there matches them [V F4f, G13].
    """
    return any(map(_means_more_than_pods, _peers(policy)))


def matches_alike(policy: Policy, knowledge: Knowledge) -> bool:
    """Whether Cilium's ranges match the ends that those of the policy are meant for (cilium.md 6.1, 10)."""
    for peer in (part for each in _peers(policy) for part in parts(each) if isinstance(part, Network)):
        read = reached_by((peer,), reach_of_ranges(TargetName.CILIUM, knowledge.context))
        meant = EVERY_KIND if peer.reach is None else peer.reach
        for kinds, places in ((PODS, knowledge.pods), (NODES, knowledge.nodes)):
            if meant & kinds != read & kinds and peer.addresses & places:
                return False
    return True


def is_partly_void(policy: Policy) -> bool:
    """Whether some of its traffic is of no protocol: Calico's eBPF matches no names of SCTP ports (calico.md 9)."""
    rules = (*policy.ingress, *policy.egress)
    return any(not traffic.protocols for rule in rules for traffic in rule.traffic)


def finds_more(policy: Policy, target: Target, context: Context) -> bool:
    """Whether the document of a policy, left as it is, has peers in the target that the policy does not have."""
    if target.name is not TargetName.CILIUM or as_target_reads(context, target).cilium.scopes_to_local_cluster:
        return False
    return means_more_than_pods(policy)


def _means_more_than_pods(peer: Peer) -> bool:
    if not isinstance(peer, Endpoints) or peer.kinds != PODS:
        return False
    asked = [each for each in requirements(peer.selector) if each.label.scope is not Scope.CLUSTER]
    of_namespace = any(each.label.scope is Scope.NAMESPACE for each in asked)
    return of_namespace and not any(each.operator in _POSITIVE for each in asked)


def _peers(policy: Policy) -> Iterator[Peer]:
    return (peer for rule in (*policy.ingress, *policy.egress) for peer in rule.peers)
