"""What the targets' label languages lack: keys they do not see and forms they do not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from translator.context import Context
from translator.ir.labels import (
    CLUSTER_NAME,
    LOCAL_CLUSTER,
    SERVICE_ACCOUNT_NAME,
    Label,
    Operator,
    Requirement,
    Scope,
    requirement_holds,
)
from translator.legalize.cubes import Cube, conjunctive
from translator.legalize.knowledge import Knowledge
from translator.legalize.values import Values

CILIUM_FILTERED_PREFIXES: Final = (
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
CILIUM_NAMESPACE_KEY_LIMIT: Final = 32
"""Longest name part of a namespace label key that a CNP can write (cilium.md 2.1)."""
_BETA: Final = "beta.kubernetes.io"


def is_filtered(key: str) -> bool:
    """Whether Cilium leaves a pod label out of the identity by default."""
    return key.startswith(CILIUM_FILTERED_PREFIXES) or _BETA in key.partition("/")[0]


def expand(cube: Cube, knowledge: Knowledge) -> tuple[Cube, ...]:
    """Conjunctive cubes, substring demands enumerated over the values that are known, local clusters not named.

    An enumeration holds for fewer ends than the demand: values that neither the context nor a policy names are not in
    it.
    """
    listed = (localized(each) for each in conjunctive([_enumerated(cube, knowledge)]))
    return tuple(each for each in listed if not each.is_empty)


def enumerable(cube: Cube, knowledge: Knowledge) -> dict[Label, frozenset[str]]:
    """The labels whose values ``expand`` lists, with every value that is known."""
    return {
        label: known for label, values in cube.labels if values.demands and (known := _known_values(label, knowledge))
    }


def localized(cube: Cube) -> Cube:
    """A demand for the local cluster is no demand where there is one cluster only."""
    values = cube.values(CLUSTER_NAME)
    if not values.others and values.values == {LOCAL_CLUSTER}:
        return Cube(
            kinds=cube.kinds,
            labels=tuple((label, each) for label, each in cube.labels if label != CLUSTER_NAME),
            addresses=cube.addresses,
            inside=cube.inside,
            outside=cube.outside,
        )
    return cube


def _enumerated(cube: Cube, knowledge: Knowledge) -> Cube:
    if not any(values.demands for _, values in cube.labels):
        return cube
    labels = tuple(
        (label, _listed(label, values, knowledge) if values.demands else values) for label, values in cube.labels
    )
    return Cube(kinds=cube.kinds, labels=labels, addresses=cube.addresses, inside=cube.inside, outside=cube.outside)


def _listed(label: Label, values: Values, knowledge: Knowledge) -> Values:
    """The known values of a label that meet its substring demands; unchanged when the context has none."""
    known = sorted(_known_values(label, knowledge))
    if not known:
        return values
    held = frozenset(value for value in known if all(_demanded(label, demand, value) for demand in values.demands))
    if not values.others:
        held &= values.values
    return Values(values=held - (values.values if values.others else frozenset()), absent=values.absent)


def _demanded(label: Label, demand: tuple[Operator, str], value: str) -> bool:
    operator, literal = demand
    return requirement_holds(Requirement(label, operator, (literal,)), value)


def _known_values(label: Label, knowledge: Knowledge) -> frozenset[str]:
    """The values of a label that the context has, and those that policies name; none without those of the context."""
    known = frozenset(_values_of_context(label, knowledge.context))
    return known | knowledge.named_values.get(label, set()) if known else known


def _values_of_context(label: Label, context: Context) -> Iterator[str]:
    match label.scope:
        case Scope.POD:
            yield from (pod.labels[label.key] for pod in context.pods if label.key in pod.labels)
        case Scope.NAMESPACE:
            yield from context.namespaces
            yield from (labels[label.key] for labels in context.namespaces.values() if label.key in labels)
        case Scope.SERVICE_ACCOUNT if label == SERVICE_ACCOUNT_NAME:
            yield from (name.partition("/")[2] for name in context.service_accounts)
        case Scope.SERVICE_ACCOUNT:
            yield from (labels[label.key] for labels in context.service_accounts.values() if label.key in labels)
        case _:
            return
