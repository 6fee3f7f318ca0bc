"""Network sets: the documents, and rules that choose them by label (calico.md 1.6, 2.5)."""

from __future__ import annotations

from typing import Any, Final

from translator.dialects.calico.emit_entity import ALL, Entity
from translator.dialects.calico.emit_pods import namespace_field
from translator.dialects.calico.emit_selectors import (
    MAX_SELECTOR,
    Terms,
    group_key,
    joint_parts,
    simplified,
    terms_of,
    text_of,
    without_namespaces,
)
from translator.dialects.calico.model import V3
from translator.dialects.calico.views import NAME, NAMESPACE, ORCHESTRATOR
from translator.errors import InternalError
from translator.ir.labels import (
    NAMESPACE_NAME,
    NOTHING,
    Label,
    Scope,
    Selector,
    conjunction,
    lacks,
    matches,
    one_of,
)
from translator.ir.peers import GroupReference
from translator.ir.policy import AddressGroup
from translator.wire.kubernetes_types import is_label_value

GROUP_NAME: Final = Label(Scope.GROUP, NAME)
"""Carries the name of a set that rules refer to by name: Calico chooses sets by label only."""
_GLOBAL: Final = "global()"
_NO_POD: Final = lacks(Label(Scope.GROUP, ORCHESTRATOR))


def emit_group(group: AddressGroup) -> dict[str, Any]:
    """A NetworkSet, or a GlobalNetworkSet where the group has no namespace.

    Sets of other dialects, where rules refer to groups by name, get their name as a label.
    """
    labels = dict(group.labels)
    if group.namespace is not None:
        # Calico overwrites it with the namespace that the set is in (calico.md 1.6).
        labels.pop(NAMESPACE, None)
    elif NAMESPACE in labels:
        raise InternalError(f"a network set cannot carry the label {NAMESPACE}")
    if group.dialect != "calico" and is_label_value(group.name):
        labels[GROUP_NAME.key] = group.name
    metadata: dict[str, Any] = {"name": group.name}
    if group.namespace is not None:
        metadata["namespace"] = group.namespace
    if labels:
        metadata["labels"] = labels
    return {
        "apiVersion": V3,
        "kind": "NetworkSet" if group.namespace is not None else "GlobalNetworkSet",
        "metadata": metadata,
        "spec": {"nets": list(dict.fromkeys(group.cidrs))},
    }


def group_entities(reference: GroupReference, namespace: str | None) -> tuple[Entity, ...] | None:
    """The sides that choose the same sets; None where labels cannot, so that the addresses must be written out.

    Sides for sets of namespaces still match pods with the same labels. ``namespace`` is that of the policy.
    """
    if reference.selector is None:
        return _by_name(reference, namespace)
    selector = simplified(reference.selector)
    if selector == NOTHING:
        return None
    found: list[Entity] = []
    if any("/" not in name for name in reference.names):
        outside = without_namespaces(selector)
        if outside == NOTHING or matches(outside, {}):
            # `global()` reaches host endpoints as well: only a label that must be there tells sets from them.
            return None
        found.append(_global(outside))
    if any("/" in name for name in reference.names):
        found.append(_namespaced(selector, namespace))
    fits = all(len(text) <= MAX_SELECTOR - 64 for entity in found for text in entity.selector)
    return tuple(found) if fits else None


def _by_name(reference: GroupReference, namespace: str | None) -> tuple[Entity, ...] | None:
    by_namespace: dict[str, list[str]] = {}
    for reference_name in reference.names:
        place, _, name = reference_name.rpartition("/")
        if not is_label_value(name):
            return None
        by_namespace.setdefault(place, []).append(name)
    return tuple(
        _namespaced(conjunction(one_of(NAMESPACE_NAME, place), one_of(GROUP_NAME, *names)), namespace)
        if place
        else _global(one_of(GROUP_NAME, *names))
        for place, names in sorted(by_namespace.items())
    )


def _global(selector: Selector) -> Entity:
    return Entity(namespace_selector=_GLOBAL, selector=_texts(terms_of(selector)))


def _namespaced(selector: Selector, namespace: str | None) -> Entity:
    parts = joint_parts(selector)
    return Entity(
        namespace_selector=namespace_field(parts.namespace, (), namespace), selector=_texts(parts.rest) or (ALL,)
    )


def _texts(terms: Terms) -> tuple[str, ...]:
    return tuple(text_of(term, group_key) for term in terms if term != _NO_POD)
