"""Label selectors of the Kubernetes API: validation, the selector they mean, and back.

Sources: apimachinery ``meta/v1/validation.ValidateLabelSelector`` (kubernetes.md A.2), A.3 and A.5 for nulls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from translator.errors import Finding, Gate, suggestion
from translator.ir.labels import (
    And,
    Everything,
    Label,
    Operator,
    Requirement,
    Scope,
    Selector,
    has,
    lacks,
    none_of,
    one_of,
)
from translator.origin import Origin, PathStep
from translator.wire.base import shown
from translator.wire.kubernetes_types import LabelSelector, LabelSelectorRequirement, is_label_value, is_qualified_name
from translator.wire.metadata import LABEL_KEY, LABEL_VALUE, label_findings

OPERATORS: Final = {
    "In": Operator.IN,
    "NotIn": Operator.NOT_IN,
    "Exists": Operator.HAS,
    "DoesNotExist": Operator.LACKS,
}
_OPERATOR_NAMES: Final = {operator: name for name, operator in OPERATORS.items()}
_WITH_VALUES: Final = frozenset({"In", "NotIn"})


class Nulls(StrEnum):
    """What a null among labels or values means."""

    EMPTY = "empty"
    """The empty string: kinds that are compiled into the API server decode null as Go's zero value."""
    PRUNED = "pruned"
    """Nothing: custom resources lose nulls of map values before validation, and refuse those of lists."""


def selector_findings(
    selector: LabelSelector,
    origin: Origin,
    *path: PathStep,
    gate: Gate = Gate.APISERVER,
    nulls: Nulls = Nulls.EMPTY,
) -> Iterator[Finding]:
    """What is wrong with a label selector, by the rules of the API server; it stands at ``path`` below ``origin``."""
    if selector.match_labels:
        labels = selector.match_labels
        if nulls is Nulls.PRUNED:
            labels = {key: value for key, value in labels.items() if value is not None}
        yield from label_findings(labels, origin, *path, "matchLabels", gate=gate)
    for position, requirement in enumerate(selector.match_expressions or ()):
        if not _is_plain(requirement):
            at = origin.at(*path, "matchExpressions", position)
            yield from _requirement_findings(requirement, at, gate, nulls)


def _is_plain(requirement: LabelSelectorRequirement) -> bool:
    """Whether all is well, so that no places have to be made."""
    values = requirement.values or ()
    return (
        is_qualified_name(requirement.key)
        and requirement.operator in OPERATORS
        and bool(values) == (requirement.operator in _WITH_VALUES)
        and all(value is not None and is_label_value(value) for value in values)
    )


def _requirement_findings(
    requirement: LabelSelectorRequirement, origin: Origin, gate: Gate, nulls: Nulls
) -> Iterator[Finding]:
    values = requirement.values or ()
    if not is_qualified_name(requirement.key):
        message = f"expected {LABEL_KEY}, found {shown(requirement.key)}"
        yield Finding(message=message, origin=origin.at("key"), gate=gate, code="invalid-label")
    if requirement.operator not in OPERATORS:
        yield operator_finding(requirement.operator, origin, gate)
    elif requirement.operator in _WITH_VALUES and not values:
        yield Finding(
            message=f"operator `{requirement.operator}` needs at least one value",
            origin=origin.at("values"),
            gate=gate,
            code="invalid-selector",
        )
    elif requirement.operator not in _WITH_VALUES and values:
        yield Finding(
            message=f"operator `{requirement.operator}` takes no values",
            origin=origin.at("values"),
            gate=gate,
            code="invalid-selector",
        )
    for position, value in enumerate(values):
        if value is None and nulls is Nulls.PRUNED:
            yield Finding(
                message="expected a string, found null",
                origin=origin.at("values", position),
                gate=gate,
                code="wrong-type",
            )
        elif not is_label_value(value or ""):
            place = origin.at("values", position)
            message = f"expected {LABEL_VALUE}, found {shown(value)}"
            yield Finding(message=message, origin=place, gate=gate, code="invalid-label")


def operator_finding(operator: str, origin: Origin, gate: Gate) -> Finding:
    """An operator that is none of the four; ``origin`` is the requirement's place."""
    return Finding(
        message=f"expected `In`, `NotIn`, `Exists` or `DoesNotExist`, found {shown(operator)}",
        origin=origin.at("operator"),
        gate=gate,
        code="invalid-selector",
        hint=suggestion(operator, OPERATORS),
    )


def selector_terms(
    selector: LabelSelector | None, scope: Scope, *, nulls: Nulls = Nulls.EMPTY
) -> tuple[Requirement, ...]:
    """The requirements of a validated selector in the order they are written; all of them must hold.

    None and ``{}`` have none, so they match everything: where absence means something else, ask before.
    """
    if selector is None:
        return ()
    terms: list[Requirement] = []
    for key, value in (selector.match_labels or {}).items():
        if value is not None or nulls is Nulls.EMPTY:
            terms.append(_equals(scope, key, value or ""))
    for requirement in selector.match_expressions or ():
        label = Label(scope, requirement.key)
        values = [value or "" for value in requirement.values or ()]
        match OPERATORS[requirement.operator]:
            case Operator.IN:
                terms.append(one_of(label, *values))
            case Operator.NOT_IN:
                terms.append(none_of(label, *values))
            case Operator.HAS:
                terms.append(has(label))
            case _:
                terms.append(lacks(label))
    return tuple(terms)


@lru_cache(maxsize=16384)
def _equals(scope: Scope, key: str, value: str) -> Requirement:
    return Requirement(Label(scope, key), Operator.IN, (value,))


def selector_document(
    requirements: Iterable[Requirement], key: Callable[[Label], str] = lambda label: label.key
) -> dict[str, Any]:
    """A label selector as plain data: ``matchLabels`` for single values, ``matchExpressions`` for the rest.

    ``key`` spells a label as the target does. Requirements come back from ``selector_terms`` in the same order when
    those with a single value stand first; operators that Kubernetes lacks raise KeyError.
    """
    labels: dict[str, str] = {}
    expressions: list[dict[str, Any]] = []
    for requirement in requirements:
        name = key(requirement.label)
        if requirement.operator is Operator.IN and len(requirement.values) == 1 and name not in labels:
            labels[name] = requirement.values[0]
            continue
        expression: dict[str, Any] = {"key": name, "operator": _OPERATOR_NAMES[requirement.operator]}
        if requirement.values:
            expression["values"] = list(requirement.values)
        expressions.append(expression)
    document: dict[str, Any] = {}
    if labels:
        document["matchLabels"] = labels
    if expressions:
        document["matchExpressions"] = expressions
    return document


def requirements_by_scope(selector: Selector) -> dict[Scope, list[Requirement]] | None:
    """The requirements of a conjunction by whose labels they are about, each in their order.

    None where the selector is no conjunction, or asks for more than Kubernetes can.
    """
    match selector:
        case Everything():
            terms: tuple[Selector, ...] = ()
        case And(inner):
            terms = inner
        case _:
            terms = (selector,)
    found: dict[Scope, list[Requirement]] = {}
    for term in terms:
        if not isinstance(term, Requirement) or term.operator not in _OPERATOR_NAMES:
            return None
        found.setdefault(term.label.scope, []).append(term)
    return found
