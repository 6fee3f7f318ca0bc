"""Pod labels that Cilium makes itself, as selectors of Kubernetes kinds name them (cilium.md 2.2, 10).

A selector of NetworkPolicy or ClusterNetworkPolicy is matched against the labels of a Cilium identity; some keys of
those are the namespace, its labels, the service account and the cluster of the pod.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from translator.ir.labels import (
    CLUSTER_NAME,
    EVERYTHING,
    IN_OWN_CLUSTER,
    NAMESPACE_NAME,
    NOTHING,
    SERVICE_ACCOUNT_NAME,
    Label,
    Operator,
    Requirement,
    Scope,
    Selector,
    conjunction,
)
from translator.ir.peers import EVERY_KIND, PODS, Endpoints

NAMESPACE_KEY: Final = "io.kubernetes.pod.namespace"
CLUSTER_KEY: Final = "io.cilium.k8s.policy.cluster"
_OWN_LABELS: Final = {
    NAMESPACE_KEY: NAMESPACE_NAME,
    CLUSTER_KEY: CLUSTER_NAME,
    "io.cilium.k8s.policy.serviceaccount": SERVICE_ACCOUNT_NAME,
}
_NAMESPACE_LABELS: Final = "io.cilium.k8s.namespace.labels."
_OWN_KEYS: Final = "io.cilium.k8s"
_POSITIVE: Final = frozenset({Operator.IN, Operator.HAS})

_FILTERED_PREFIXES: Final = (
    "io.kubernetes",
    "kubernetes.io",
    "k8s.io",
    "topology.kubernetes.io",
    "annotation",
    "pod-template-hash",
    "pod-template-generation",
    "controller-revision-hash",
    "controller-uid",
    "etcd_node",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/controller-uid",
)
"""Pod labels that are no part of a Cilium identity by default (cilium.md 2.2)."""
_BETA: Final = "beta.kubernetes.io"


def is_filtered(key: str) -> bool:
    """Whether Cilium leaves a pod label out of the identity by default."""
    return key.startswith(_FILTERED_PREFIXES) or _BETA in key.partition("/")[0]


def pods_of_identities(requirements: Iterable[Requirement]) -> Selector:
    """What requirements on an identity's labels ask of a pod."""
    return conjunction(*map(_of_pod, requirements))


def peers_by_labels(
    requirements: tuple[Requirement, ...], *, in_local_cluster: bool, in_some_namespace: bool
) -> Endpoints:
    """The ends that requirements match.

    The local cluster is demanded unless a requirement speaks of clusters itself. ``in_some_namespace``: the selector
    of namespaces is ``{}``, for which Cilium demands that there be one. Where nothing demands a label to be there,
    nodes, the world and Cilium's own endpoints match too: they have none [V F4f, G13].
    """
    selector = pods_of_identities(requirements)
    if in_local_cluster and not any(each.label == _CLUSTER_AS_WRITTEN for each in requirements):
        return Endpoints(selector=conjunction(IN_OWN_CLUSTER, selector))
    return Endpoints(selector=selector, kinds=PODS if in_some_namespace or is_positive(requirements) else EVERY_KIND)


def is_own_key(key: str) -> bool:
    """Whether a key of pod labels stands for something else in an identity."""
    return key == NAMESPACE_KEY or key.startswith(_OWN_KEYS)


def is_positive(requirements: Iterable[Requirement]) -> bool:
    """Whether some requirement demands that a label be there."""
    return any(each.operator in _POSITIVE for each in requirements)


_CLUSTER_AS_WRITTEN: Final = Label(Scope.POD, CLUSTER_KEY)


def _of_pod(requirement: Requirement) -> Selector:
    label = requirement.label
    if label.scope is not Scope.POD:
        return requirement
    own = _OWN_LABELS.get(label.key)
    if own is not None:
        # Every pod has one, whatever its value.
        if requirement.operator is Operator.HAS:
            return EVERYTHING
        if requirement.operator is Operator.LACKS:
            return NOTHING
        return Requirement(own, requirement.operator, requirement.values)
    if label.key.startswith(_NAMESPACE_LABELS):
        of_namespace = Label(Scope.NAMESPACE, label.key.removeprefix(_NAMESPACE_LABELS))
        return Requirement(of_namespace, requirement.operator, requirement.values)
    if label.key.startswith(_OWN_KEYS):  # taken off pods, so that nobody can pretend
        return NOTHING if requirement.operator in _POSITIVE else EVERYTHING
    return requirement
