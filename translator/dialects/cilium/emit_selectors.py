"""Selectors of the IR → label selectors over Cilium's identities (cilium.md 2, 16)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Final

from translator.dialects.cilium.selectors import (
    CLUSTER_KEY,
    IDENTITIES,
    NAMESPACE_KEY,
    NAMESPACE_LABELS,
    SERVICE_ACCOUNT_KEY,
)
from translator.errors import InternalError
from translator.ir.labels import (
    CLUSTER_NAME,
    IN_OWN_CLUSTER,
    NAMESPACE_NAME,
    SERVICE_ACCOUNT_NAME,
    Label,
    Operator,
    Requirement,
    Scope,
    Selector,
    has,
    lacks,
    requirement_holds,
)
from translator.ir.peers import Kind
from translator.wire.selectors import requirements_by_scope, selector_document

_POSITIVE: Final = frozenset({Operator.IN, Operator.HAS})
_RESERVED_NAMES: Final = frozenset(
    {name for identity in IDENTITIES.values() for _, name in identity} | {"world", "world-ipv4", "world-ipv6"}
)
"""Keys that an un-prefixed requirement would find on Cilium's own identities as well."""


class NotLegalError(InternalError):
    """The IR is not in the form that this dialect can write."""


def pod_selector(selector: Selector, *, namespace: str | None, exact: bool) -> dict[str, Any]:
    """Pods as a peer: what Cilium adds by itself is left out, what it would add wrongly is said (cilium.md 2.3)."""
    requirements = _requirements(selector)
    of_cluster = [each for each in requirements if each.label.scope is Scope.CLUSTER]
    if not of_cluster and not exact:
        written = list(requirements)
    elif of_cluster == [IN_OWN_CLUSTER]:
        written = [each for each in requirements if each.label.scope is not Scope.CLUSTER]
    elif not of_cluster:
        written = [*requirements, has(CLUSTER_NAME)]
    else:
        written = list(requirements)
    of_namespace = [each for each in written if each.label.scope is Scope.NAMESPACE]
    if namespace is not None and of_namespace == [_in_namespace(namespace)]:
        written = [each for each in written if each.label.scope is not Scope.NAMESPACE]
    elif namespace is None:
        # A clusterwide policy demands some namespace by itself, unless the selector names the key.
        names_key = any(each.label == NAMESPACE_NAME for each in of_namespace)
        written = [has(NAMESPACE_NAME), *written] if names_key and not _demands_pod(written) else written
    elif not of_namespace or not _demands_pod(written):
        written = [has(NAMESPACE_NAME), *written]
    return selector_document(written, _key)


def all_pods() -> dict[str, Any]:
    """Pods of every namespace of the local cluster, as a peer in a namespaced policy."""
    return selector_document((has(NAMESPACE_NAME),), _key)


def subject_selector(selector: Selector, namespace: str | None, *, only_pods: bool) -> dict[str, Any]:
    """Pods as a subject; clusterwide, ``only_pods`` keeps Cilium's own endpoints out where nothing else does."""
    requirements = list(_requirements(selector))
    if namespace is not None:
        own = _in_namespace(namespace)
        about_it = [each for each in requirements if each is own or each.label == NAMESPACE_NAME]
        if own not in about_it or not all(requirement_holds(each, namespace) for each in about_it):
            raise NotLegalError("a subject that is not bound to the policy's namespace")
        requirements = [each for each in requirements if each not in about_it]
    elif only_pods and not _demands_pod(requirements):
        requirements = [has(NAMESPACE_NAME), *requirements]
    return selector_document(requirements, _key)


def nobody() -> dict[str, Any]:
    """A subject selector that no endpoint meets."""
    return selector_document((has(NAMESPACE_NAME), lacks(NAMESPACE_NAME)), _key)


def node_selector(selector: Selector) -> dict[str, Any]:
    """Nodes by their own labels."""
    return _of_scope(selector, Scope.NODE)


def nodes_of_kind(kind: Kind, selector: Selector) -> dict[str, Any]:
    """Nodes of one kind as a peer selector over reserved labels; the API server's are remote nodes as well."""
    written = selector_document(_requirements(selector), lambda label: f"node:{label.key}")
    labels = {f"reserved:{kind.value}": "", **written.pop("matchLabels", {})}
    expressions = written.pop("matchExpressions", [])
    if kind is Kind.REMOTE_NODE:
        expressions = [{"key": f"reserved:{Kind.KUBE_APISERVER.value}", "operator": "DoesNotExist"}, *expressions]
    return {"matchLabels": labels, "matchExpressions": expressions} if expressions else {"matchLabels": labels}


def group_selector(selector: Selector) -> dict[str, Any]:
    """CIDR groups by their labels."""
    return _of_scope(selector, Scope.GROUP)


def service_selector(selector: Selector) -> dict[str, Any]:
    """Services by their labels."""
    return _of_scope(selector, Scope.GROUP)


@lru_cache(maxsize=4096)
def _in_namespace(namespace: str) -> Requirement:
    return Requirement(NAMESPACE_NAME, Operator.IN, (namespace,))


def _of_scope(selector: Selector, scope: Scope) -> dict[str, Any]:
    requirements = _requirements(selector)
    if any(each.label.scope is not scope for each in requirements):
        raise NotLegalError(f"a selector that is not about labels of the scope {scope}")
    return selector_document(requirements, lambda label: label.key)


def _requirements(selector: Selector) -> Sequence[Requirement]:
    """The terms of a conjunction, in their order."""
    by_scope = requirements_by_scope(selector)
    if by_scope is None:
        raise NotLegalError("a selector that is no conjunction of sets")
    return list(chain(*by_scope.values()))


def _demands_pod(requirements: Sequence[Requirement]) -> bool:
    """Whether some label must be there that only pods have."""
    return any(each.operator in _POSITIVE for each in requirements)


@lru_cache(maxsize=4096)
def _key(label: Label) -> str:
    """How Cilium spells a label: its own keys with their source, pod labels plain."""
    match label.scope:
        case Scope.POD:
            return f"k8s:{label.key}" if label.key in _RESERVED_NAMES else label.key
        case Scope.NAMESPACE:
            return f"k8s:{NAMESPACE_KEY}" if label == NAMESPACE_NAME else f"k8s:{NAMESPACE_LABELS}{label.key}"
        case Scope.SERVICE_ACCOUNT if label == SERVICE_ACCOUNT_NAME:
            return f"k8s:{SERVICE_ACCOUNT_KEY}"
        case Scope.CLUSTER if label == CLUSTER_NAME:
            return f"k8s:{CLUSTER_KEY}"
        case _:
            raise NotLegalError(f"the label {label.key} of the scope {label.scope}")
