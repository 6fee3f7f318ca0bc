"""Calico selectors as selectors of the IR: one view per kind of object, because each carries other labels.

A pod carries its own labels, those of its namespace (``pcns.``) and service account (``pcsa.``) and three that Calico
adds; a host endpoint carries what its document says (calico.md 2.3).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, assert_never

from translator.dialects.calico.selector import (
    All,
    Comparison,
    Conjunction,
    Disjunction,
    Global,
    Has,
    Negation,
    Node,
    holds,
)
from translator.dialects.calico.selector_tokens import Comparator
from translator.ir.labels import (
    EVERYTHING,
    NAMESPACE_NAME,
    NOTHING,
    SERVICE_ACCOUNT_NAME,
    Label,
    Operator,
    Requirement,
    Scope,
    Selector,
    conjunction,
    disjunction,
    negation,
)

NAMESPACE: Final = "projectcalico.org/namespace"
ORCHESTRATOR: Final = "projectcalico.org/orchestrator"
SERVICE_ACCOUNT: Final = "projectcalico.org/serviceaccount"
NAME: Final = "projectcalico.org/name"
"""The name of a namespace or service account, in selectors over these (before prefixing)."""
NAMESPACE_PREFIX: Final = "pcns."
SERVICE_ACCOUNT_PREFIX: Final = "pcsa."

_OPERATORS: Final = {
    Comparator.EQUAL: Operator.IN,
    Comparator.NOT_EQUAL: Operator.NOT_IN,
    Comparator.IN: Operator.IN,
    Comparator.NOT_IN: Operator.NOT_IN,
    Comparator.CONTAINS: Operator.CONTAINS,
    Comparator.STARTS_WITH: Operator.STARTS_WITH,
    Comparator.ENDS_WITH: Operator.ENDS_WITH,
}
_OWN_KEYS: Final = frozenset({NAMESPACE, ORCHESTRATOR, SERVICE_ACCOUNT})
_ALWAYS_PRESENT: Final = frozenset({NAMESPACE_NAME, SERVICE_ACCOUNT_NAME})
_ALWAYS_NAMED: Final = frozenset({NAMESPACE_NAME})

Resolve = Callable[[str], Label | str | None]
"""What a key is on a kind of object: a label of the IR, a constant value, or None for never there."""


def is_reserved(key: str) -> bool:
    """Whether Calico itself gives meaning to a label key, so that only odd documents carry it as their own."""
    return key in _OWN_KEYS or key.startswith((NAMESPACE_PREFIX, SERVICE_ACCOUNT_PREFIX))


def pod_label(key: str) -> Label | str:
    """What a key is on a pod. Own labels with a reserved key are overwritten or discarded (calico.md 2.3)."""
    if key == NAMESPACE:
        return NAMESPACE_NAME
    if key == SERVICE_ACCOUNT:
        return SERVICE_ACCOUNT_NAME
    if key == ORCHESTRATOR:
        return "k8s"
    if key.startswith(NAMESPACE_PREFIX):
        name = key[len(NAMESPACE_PREFIX) :]
        return NAMESPACE_NAME if name == NAME else Label(Scope.NAMESPACE, name)
    if key.startswith(SERVICE_ACCOUNT_PREFIX):
        name = key[len(SERVICE_ACCOUNT_PREFIX) :]
        return SERVICE_ACCOUNT_NAME if name == NAME else Label(Scope.SERVICE_ACCOUNT, name)
    return Label(Scope.POD, key)


def group_label(key: str) -> Label:
    """What a key is on a network set, to remember how a rule named its sets."""
    if key == NAMESPACE:
        return NAMESPACE_NAME
    if key.startswith(NAMESPACE_PREFIX):
        name = key[len(NAMESPACE_PREFIX) :]
        return NAMESPACE_NAME if name == NAME else Label(Scope.NAMESPACE, name)
    return Label(Scope.GROUP, key)


def host_label(carried: frozenset[str]) -> Resolve:
    """What a key is on a host endpoint, all in POD scope; ``carried``: reserved keys that some of them carry."""
    return lambda key: None if is_reserved(key) and key not in carried else Label(Scope.POD, key)


@lru_cache(maxsize=65536)
def pod_selector(node: Node, *, all_have_accounts: bool = True) -> Selector:
    """The pods that a selector matches.

    The API server gives every pod a service account; static pods may be without one, if the context knows such.
    """
    return translated(node, pod_label, present=_ALWAYS_PRESENT if all_have_accounts else _ALWAYS_NAMED)


@lru_cache(maxsize=65536)
def group_selector(node: Node) -> Selector:
    """The network sets that a selector matches, over their own labels and those of their namespace."""
    return translated(node, group_label, present=frozenset())


def translated(node: Node, resolve: Resolve, *, present: frozenset[Label] = _ALWAYS_PRESENT) -> Selector:
    """The selector of the IR, negations pushed down and what is constant on this kind of object folded away.

    ``present`` are the labels that every object of the kind carries.
    """
    match node:
        case All() | Global():
            return EVERYTHING
        case Has(label):
            return _presence(resolve(label), present)
        case Comparison(label, comparator, values):
            return _requirement(resolve(label), comparator, values, present)
        case Negation(term):
            return negation(translated(term, resolve, present=present))
        case Conjunction(terms):
            return conjunction(*(translated(term, resolve, present=present) for term in terms))
        case Disjunction(terms):
            return disjunction(*(translated(term, resolve, present=present) for term in terms))
        case _:
            assert_never(node)


def _presence(label: Label | str | None, present: frozenset[Label]) -> Selector:
    match label:
        case None:
            return NOTHING
        case str():
            return EVERYTHING
        case Label():
            return EVERYTHING if label in present else Requirement(label, Operator.HAS)


def _requirement(
    label: Label | str | None, comparator: Comparator, values: tuple[str, ...], present: frozenset[Label]
) -> Selector:
    if not isinstance(label, Label):
        known = {} if label is None else {"": label}
        return EVERYTHING if holds(Comparison("", comparator, values), known) else NOTHING
    operator = _OPERATORS[comparator]
    if operator in (Operator.IN, Operator.NOT_IN):
        if not values:
            return NOTHING if operator is Operator.IN else EVERYTHING
        return Requirement(label, operator, values)
    # Every present value contains, begins and ends with the empty text.
    return Requirement(label, operator, values) if values[0] else _presence(label, present)
