"""The one selector language over qualified labels that every dialect maps to and from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never


class Scope(StrEnum):
    """Whose label a key belongs to."""

    POD = "pod"
    NAMESPACE = "namespace"
    SERVICE_ACCOUNT = "service-account"
    NODE = "node"
    CLUSTER = "cluster"
    GROUP = "group"
    """Labels of address groups (Calico network sets, Cilium CIDR groups)."""


class Operator(StrEnum):
    """What a requirement asks of a label. The negative forms hold when the label is absent."""

    IN = "in"
    NOT_IN = "not in"
    HAS = "has"
    LACKS = "lacks"
    STARTS_WITH = "starts with"
    NOT_STARTS_WITH = "not starts with"
    ENDS_WITH = "ends with"
    NOT_ENDS_WITH = "not ends with"
    CONTAINS = "contains"
    NOT_CONTAINS = "not contains"


NEGATION: Final = {
    Operator.IN: Operator.NOT_IN,
    Operator.NOT_IN: Operator.IN,
    Operator.HAS: Operator.LACKS,
    Operator.LACKS: Operator.HAS,
    Operator.STARTS_WITH: Operator.NOT_STARTS_WITH,
    Operator.NOT_STARTS_WITH: Operator.STARTS_WITH,
    Operator.ENDS_WITH: Operator.NOT_ENDS_WITH,
    Operator.NOT_ENDS_WITH: Operator.ENDS_WITH,
    Operator.CONTAINS: Operator.NOT_CONTAINS,
    Operator.NOT_CONTAINS: Operator.CONTAINS,
}
"""Requirements are closed under negation: absent labels fall on the negative side of each pair."""

SUBSTRING: Final = frozenset(
    {
        Operator.STARTS_WITH,
        Operator.NOT_STARTS_WITH,
        Operator.ENDS_WITH,
        Operator.NOT_ENDS_WITH,
        Operator.CONTAINS,
        Operator.NOT_CONTAINS,
    }
)


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """A label key together with the kind of object that carries it."""

    scope: Scope
    key: str

    def __hash__(self) -> int:
        """Labels are keys of many tables; hardly two differ in nothing but the scope."""
        return hash(self.key)


NAMESPACE_NAME: Final = Label(Scope.NAMESPACE, "kubernetes.io/metadata.name")
"""The name of an endpoint's namespace; the API server maintains this label, so name and label are one."""
SERVICE_ACCOUNT_NAME: Final = Label(Scope.SERVICE_ACCOUNT, "metadata.name")
"""The name of a pod's service account (no real label: service accounts have no name label of their own)."""
CLUSTER_NAME: Final = Label(Scope.CLUSTER, "metadata.name")
"""The name of the cluster an endpoint lives in (Cilium cluster mesh). ``LOCAL_CLUSTER`` is the policy's own."""
NODE_NAME: Final = Label(Scope.NODE, "metadata.name")
LOCAL_CLUSTER: Final = "default"


@dataclass(frozen=True, slots=True)
class Everything:
    """Matches every label set."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Matches no label set."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One operator on one label.

    ``values``: sorted and unique for IN and NOT_IN, one literal for the substring operators.
    """

    label: Label
    operator: Operator
    values: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """By what tells requirements apart most."""
        return hash((self.label.key, self.values))


@dataclass(frozen=True, slots=True)
class And:
    """Holds when every term holds; ``And(())`` is everything."""

    terms: tuple[Selector, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Holds when some term holds; ``Or(())`` is nothing."""

    terms: tuple[Selector, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when the term does not."""

    term: Selector


Selector = Everything | Nothing | Requirement | And | Or | Not
EVERYTHING: Final = Everything()
NOTHING: Final = Nothing()


def one_of(label: Label, *values: str) -> Requirement:
    """The label is present and has one of the values."""
    return Requirement(label, Operator.IN, tuple(sorted(set(values))))


IN_OWN_CLUSTER: Final = one_of(CLUSTER_NAME, LOCAL_CLUSTER)


def none_of(label: Label, *values: str) -> Requirement:
    """The label is absent or has another value."""
    return Requirement(label, Operator.NOT_IN, tuple(sorted(set(values))))


def has(label: Label) -> Requirement:
    """The label is present."""
    return Requirement(label, Operator.HAS)


def lacks(label: Label) -> Requirement:
    """The label is absent."""
    return Requirement(label, Operator.LACKS)


def conjunction(*terms: Selector) -> Selector:
    """And, flattened and without the terms that change nothing."""
    flat: list[Selector] = []
    for term in terms:
        match term:
            case Everything():
                continue
            case Nothing():
                return NOTHING
            case And(inner):
                flat.extend(inner)
            case _:
                flat.append(term)
    unique = tuple(dict.fromkeys(flat))
    return EVERYTHING if not unique else unique[0] if len(unique) == 1 else And(unique)


def disjunction(*terms: Selector) -> Selector:
    """Or, flattened and without the terms that change nothing."""
    flat: list[Selector] = []
    for term in terms:
        match term:
            case Nothing():
                continue
            case Everything():
                return EVERYTHING
            case Or(inner):
                flat.extend(inner)
            case _:
                flat.append(term)
    unique = tuple(dict.fromkeys(flat))
    return NOTHING if not unique else unique[0] if len(unique) == 1 else Or(unique)


def negation(selector: Selector) -> Selector:
    """The selector that holds exactly when this one does not, with negation pushed into the requirements."""
    match selector:
        case Everything():
            return NOTHING
        case Nothing():
            return EVERYTHING
        case Requirement(label, operator, values):
            return Requirement(label, NEGATION[operator], values)
        case And(terms):
            return disjunction(*(negation(term) for term in terms))
        case Or(terms):
            return conjunction(*(negation(term) for term in terms))
        case Not(term):
            return positive(term)
        case _:
            assert_never(selector)


def positive(selector: Selector) -> Selector:
    """The same selector without Not nodes (negation normal form)."""
    match selector:
        case And(terms):
            return conjunction(*(positive(term) for term in terms))
        case Or(terms):
            return disjunction(*(positive(term) for term in terms))
        case Not(term):
            return negation(term)
        case _:
            return selector


def requirement_holds(requirement: Requirement, value: str | None) -> bool:
    """Whether a requirement holds for a label value, None meaning that the label is absent."""
    values = requirement.values
    match requirement.operator:
        case Operator.IN:
            return value is not None and value in values
        case Operator.NOT_IN:
            return value is None or value not in values
        case Operator.HAS:
            return value is not None
        case Operator.LACKS:
            return value is None
        case Operator.STARTS_WITH:
            return value is not None and value.startswith(values[0])
        case Operator.NOT_STARTS_WITH:
            return value is None or not value.startswith(values[0])
        case Operator.ENDS_WITH:
            return value is not None and value.endswith(values[0])
        case Operator.NOT_ENDS_WITH:
            return value is None or not value.endswith(values[0])
        case Operator.CONTAINS:
            return value is not None and values[0] in value
        case Operator.NOT_CONTAINS:
            return value is None or values[0] not in value
        case _:
            assert_never(requirement.operator)


def matches(selector: Selector, labels: Mapping[Label, str]) -> bool:
    """Whether a selector holds for a set of qualified labels."""
    match selector:
        case Everything():
            return True
        case Nothing():
            return False
        case Requirement(label):
            return requirement_holds(selector, labels.get(label))
        case And(terms):
            return all(matches(term, labels) for term in terms)
        case Or(terms):
            return any(matches(term, labels) for term in terms)
        case Not(term):
            return not matches(term, labels)
        case _:
            assert_never(selector)


def requirements(selector: Selector) -> tuple[Requirement, ...]:
    """Every requirement that occurs in a selector, in reading order."""
    match selector:
        case Requirement():
            return (selector,)
        case And(terms) | Or(terms):
            return tuple(found for term in terms for found in requirements(term))
        case Not(term):
            return requirements(term)
        case Everything() | Nothing():
            return ()
        case _:
            assert_never(selector)
