"""Subjects of the IR as the selectors of a Calico policy (calico.md 1.2, 6.3)."""

from __future__ import annotations

from typing import Final

from translator.dialects.calico.emit_entity import ALL
from translator.dialects.calico.emit_pods import namespace_field, own_namespace
from translator.dialects.calico.emit_selectors import (
    MAX_SELECTOR,
    Parts,
    factored,
    joint_parts,
    namespace_key,
    ordinary_key,
    service_account_key,
    simplified,
    terms_of,
    text_of_terms,
    without_namespaces,
)
from translator.dialects.calico.views import NAMESPACE
from translator.errors import InternalError
from translator.ir.labels import (
    NAMESPACE_NAME,
    NOTHING,
    Or,
    Selector,
    conjunction,
    disjunction,
    has,
    lacks,
)
from translator.ir.peers import Endpoints, Kind
from translator.ir.policy import Policy

_KINDS: Final = frozenset({Kind.POD, Kind.HOST})
_NOBODY: Final = {"selector": f"{NAMESPACE} in {{}}"}
"""A list of no values matches nothing (calico.md 2.2)."""


def subject_fields(policy: Policy) -> dict[str, str]:
    """``selector``, ``namespaceSelector`` and ``serviceAccountSelector`` of a policy."""
    fields = selectors_of(policy)
    # Other than in rules, there is nothing to split (calico.md 1.2).
    if any(len(text) > MAX_SELECTOR for text in fields.values()):
        raise InternalError(f"{policy.reference}: a selector of more than {MAX_SELECTOR} characters")
    return fields


def selectors_of(policy: Policy) -> dict[str, str]:
    """The same fields, however long they are."""
    return _global(policy) if policy.namespace is None else _namespaced(policy, policy.namespace)


def _namespaced(policy: Policy, namespace: str) -> dict[str, str]:
    """Pods of the policy's own namespace, which the kind demands by itself."""
    if _members(policy, Kind.HOST):
        raise InternalError(f"{policy.reference}: a namespaced policy governs pods only")
    own = own_namespace(namespace)
    members = [_without(term, own, policy) for member in _members(policy, Kind.POD) for term in _disjuncts(member)]
    selector = factored(members)
    if selector == NOTHING:
        return _NOBODY
    parts = joint_parts(selector)
    return _fields(Parts((), parts.account, (*parts.ordinary, *parts.namespace)))


def _disjuncts(selector: Selector) -> tuple[Selector, ...]:
    return selector.terms if isinstance(selector, Or) else (selector,)


def _without(selector: Selector, own: Selector, policy: Policy) -> Selector:
    """A conjunction without its demand for the policy's own namespace."""
    terms = terms_of(selector)
    if own not in terms and selector != NOTHING:
        raise InternalError(f"{policy.reference}: the subject does not demand the policy's own namespace")
    return conjunction(*(term for term in terms if term != own))


def _global(policy: Policy) -> dict[str, str]:
    """Pods of any namespace, host endpoints, or both."""
    pods = factored(_members(policy, Kind.POD))
    hosts = without_namespaces(factored(_members(policy, Kind.HOST)))
    if hosts == NOTHING:
        return _NOBODY if pods == NOTHING else _pods_only(joint_parts(pods))
    if pods != NOTHING and without_namespaces(pods) == hosts:
        return _fields(joint_parts(pods)) or {"selector": ALL}
    both = disjunction(conjunction(has(NAMESPACE_NAME), pods), conjunction(lacks(NAMESPACE_NAME), hosts))
    return {"selector": text_of_terms(terms_of(both), ordinary_key)}


def _pods_only(parts: Parts) -> dict[str, str]:
    """With a guard where host endpoints could match: they carry no labels of namespaces (calico.md 1.2)."""
    return _fields(parts, namespaces=namespace_field(parts.namespace, parts.rest, None))


def _fields(parts: Parts, *, namespaces: str | None = None) -> dict[str, str]:
    found = {
        "selector": text_of_terms(parts.ordinary, ordinary_key),
        "namespaceSelector": namespaces or text_of_terms(parts.namespace, namespace_key),
        "serviceAccountSelector": text_of_terms(parts.account, service_account_key),
    }
    return {name: text for name, text in found.items() if text}


def _members(policy: Policy, kind: Kind) -> list[Selector]:
    found: list[Selector] = []
    for peer in policy.subject:
        if not isinstance(peer, Endpoints) or not peer.kinds or not peer.kinds <= _KINDS:
            raise InternalError(f"{policy.reference}: Calico's policies govern pods and host endpoints, found {peer}")
        if kind in peer.kinds:
            found.append(simplified(peer.selector))
    return found
