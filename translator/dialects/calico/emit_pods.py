"""Pods by labels as sides of a rule: each label in its field, other objects kept out (calico.md 2.5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from translator.dialects.calico.emit_entity import ALL, Entity
from translator.dialects.calico.emit_selectors import (
    MAX_SELECTOR,
    UNKNOWN,
    Key,
    Parts,
    Terms,
    Unknown,
    joined,
    may_hold,
    namespace_key,
    ordinary_key,
    reaches_outside,
    separate_parts,
    service_account_key,
    text_of,
    text_of_terms,
)
from translator.dialects.calico.views import NAME
from translator.errors import InternalError
from translator.ir.labels import (
    NAMESPACE_NAME,
    SERVICE_ACCOUNT_NAME,
    Label,
    Operator,
    Or,
    Requirement,
    Scope,
    Selector,
    one_of,
)
from translator.ir.policy import AddressGroup
from translator.wire.kubernetes_types import is_dns_subdomain

IN_A_NAMESPACE: Final = f"has({NAME})"
"""Every namespace has this label, so it keeps host endpoints and global sets out of negative selectors (2.5)."""
_ROOM: Final = MAX_SELECTOR - 64
"""What a selector may take before guards are added."""


def pod_entities(
    selector: Selector, namespace: str | None, groups: Sequence[AddressGroup]
) -> tuple[tuple[Entity, bool], ...]:
    """The sides that say some pods, each with whether one of the sets would match it too.

    ``namespace`` is that of the policy, None for cluster-wide ones; ``selector`` is simplified.
    """
    if not groups:
        return tuple((entity, False) for entity in _all_entities(selector, namespace))
    return tuple(
        (entity, any(_may_match(parts, group) for group in groups))
        for parts in separate_parts(selector)
        for entity in _entities(parts, namespace)
    )


@lru_cache(maxsize=65536)
def _all_entities(selector: Selector, namespace: str | None) -> tuple[Entity, ...]:
    """Without sets to keep apart: the same selectors return in many policies."""
    return tuple(entity for parts in separate_parts(selector) for entity in _entities(parts, namespace))


def _entities(parts: Parts, namespace: str | None) -> Iterator[Entity]:
    for namespaces in _fitting(parts.namespace, namespace_key):
        for ordinary in _fitting(parts.ordinary, ordinary_key):
            yield from _entity(Parts(namespaces, parts.account, ordinary), namespace)


def _entity(parts: Parts, namespace: str | None) -> Iterator[Entity]:
    names, ordinary = _account_names(parts.ordinary)
    if names == ():
        # No service account can have such a name; in `names` it could even widen the rule (calico.md, appendix C).
        return
    selector = tuple(text_of(term, ordinary_key) for term in ordinary)
    account_selector = text_of_terms(parts.account, service_account_key) if parts.account else None
    namespace_selector = namespace_field(parts.namespace, parts.rest, namespace)
    if namespace_selector is None and not (selector or names or account_selector):
        selector = (ALL,)
    yield Entity(
        namespace_selector=namespace_selector,
        selector=selector,
        account_names=names or (),
        account_selector=account_selector,
    )


@lru_cache(maxsize=4096)
def own_namespace(name: str) -> Requirement:
    """The demand for one namespace by name."""
    return one_of(NAMESPACE_NAME, name)


def namespace_field(terms: Terms, rest: Terms, namespace: str | None) -> str | None:
    """``namespaceSelector`` of a side; None where the policy's own namespace, or what else is asked, says enough."""
    if namespace is not None and len(terms) == 1 and terms[0] == own_namespace(namespace):
        return None
    is_open = reaches_outside((*terms, *rest))
    if not terms:
        # In a namespaced policy no namespaceSelector is the own namespace (calico.md 2.5).
        return ALL if is_open or namespace is not None else None
    guard = [IN_A_NAMESPACE] if is_open else []
    return joined([*guard, *(text_of(term, namespace_key) for term in terms)])


def _account_names(ordinary: Terms) -> tuple[tuple[str, ...] | None, Terms]:
    """The names of the first demand for service accounts by name, and the terms besides; None without such a demand."""
    for position, term in enumerate(ordinary):
        match term:
            case Requirement(label=label, operator=Operator.IN, values=values) if label == SERVICE_ACCOUNT_NAME:
                names = tuple(value for value in values if is_dns_subdomain(value))
                return names, (*ordinary[:position], *ordinary[position + 1 :])
            case _:
                pass
    return None, ordinary


def _may_match(parts: Parts, group: AddressGroup) -> bool:
    """Whether a set of a namespace may have the labels that are asked of pods."""
    if group.namespace is None:
        return False
    labels = dict(group.labels)

    def value_of(label: Label) -> str | Unknown | None:
        match label.scope:
            case Scope.POD:
                return labels.get(label.key)
            case Scope.NAMESPACE:
                return group.namespace if label == NAMESPACE_NAME else UNKNOWN
            case _:
                return None

    return all(may_hold(term, value_of) for term in (*parts.namespace, *parts.rest))


def _fitting(terms: Terms, key: Key) -> Iterator[Terms]:
    """The same union in conjunctions whose text the schema takes: long lists and disjunctions are halved."""
    if not terms or len(text_of_terms(terms, key)) <= _ROOM:
        yield terms
        return
    sizes = [len(text_of(term, key)) if _halves(term) else 0 for term in terms]
    longest = max(range(len(terms)), key=sizes.__getitem__)
    if not sizes[longest]:
        raise InternalError(f"a selector of more than {MAX_SELECTOR} characters cannot be split into several rules")
    for half in _halves(terms[longest]):
        yield from _fitting((*terms[:longest], half, *terms[longest + 1 :]), key)


def _halves(term: Selector) -> tuple[Selector, ...]:
    match term:
        case Requirement(label=label, operator=Operator.IN, values=values) if len(values) > 1:
            middle = len(values) // 2
            return one_of(label, *values[:middle]), one_of(label, *values[middle:])
        case Or(terms) if len(terms) > 1:
            middle = len(terms) // 2
            return tuple(half[0] if len(half) == 1 else Or(half) for half in (terms[:middle], terms[middle:]))
        case _:
            return ()
