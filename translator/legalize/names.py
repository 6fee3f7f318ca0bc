"""What the targets' label languages lack: keys they do not see and forms they do not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from translator.context import Context
from translator.ir.labels import (
    CLUSTER_NAME,
    LOCAL_CLUSTER,
    NAMESPACE_NAME,
    SERVICE_ACCOUNT_NAME,
    Label,
    Operator,
    Requirement,
    Scope,
    matches,
    requirement_holds,
)
from translator.ir.policy import Engine
from translator.legalize.cubes import Cube, conjunctive, selector_of
from translator.legalize.knowledge import Knowledge
from translator.legalize.target import TargetName
from translator.legalize.values import Values

CILIUM_NAMESPACE_KEY_LIMIT: Final = 32
"""Longest name part of a namespace label key that a CNP can write (cilium.md 2.1)."""
_LATER: Final = "later ones are not covered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a target says in the place of a cube, and what that assumes."""

    parts: tuple[Cube, ...]
    notes: tuple[tuple[str, str], ...] = ()
    """Codes and messages of what was listed as it is known now, none of which changes traffic."""
    values: Mapping[Label, frozenset[str]] = field(default_factory=dict)
    """Labels whose values were listed, with every value that is known."""


def listed(cube: Cube, knowledge: Knowledge, target: TargetName, *, source: Engine | None = None) -> Listing:
    """Conjunctive cubes for pods of a cube: substring demands as the values that are known, accounts by their names.

    A list holds for fewer ends than the demand: values that neither the context nor a policy names, and accounts that
    the context does not know, are not in it. The local cluster is named only where ``source`` and target know others,
    too. Calico needs none of it.
    """
    if target is TargetName.CALICO:
        return Listing(parts=(localized(cube),))
    notes: list[tuple[str, str]] = []
    parts: tuple[Cube, ...] = (cube,)
    accounts = knowledge.context.service_accounts
    if target is TargetName.CILIUM and accounts and any(_is_account(label) for label, _ in cube.labels):
        parts = tuple(of_accounts(cube, accounts))
        notes.append(("service-account-labels", f"the service accounts that are known now are listed; {_LATER}"))
    values = {label: known for each in parts for label, known in _enumerable(each, knowledge).items()}
    if values:
        notes.append(("substring-operator", f"the label values that are known now are listed; {_LATER}"))
    whole = conjunctive(_enumerated(part, knowledge) for part in parts)
    found = whole if source is Engine.CILIUM and target is TargetName.CILIUM else map(localized, whole)
    return Listing(parts=tuple(each for each in found if not each.is_empty), notes=tuple(notes), values=values)


def of_accounts(cube: Cube, accounts: Mapping[str, Mapping[str, str]]) -> Iterator[Cube]:
    """The pods of a cube by the names of the accounts that meet its demands, a part for each namespace.

    Cilium puts the name of an account on its pods, not the account's labels (cilium.md 2.2).
    """
    own = tuple(item for item in cube.labels if item[0].scope is Scope.SERVICE_ACCOUNT or item[0] == NAMESPACE_NAME)
    rest = tuple(item for item in cube.labels if item not in own)
    asked = selector_of(Cube(labels=own))
    named: dict[str, list[str]] = {}
    for reference in sorted(accounts):
        namespace, _, name = reference.partition("/")
        labels = {Label(Scope.SERVICE_ACCOUNT, key): value for key, value in accounts[reference].items()}
        if matches(asked, {**labels, NAMESPACE_NAME: namespace, SERVICE_ACCOUNT_NAME: name}):
            named.setdefault(namespace, []).append(name)
    for namespace, names in named.items():
        place = ((NAMESPACE_NAME, Values(values=frozenset({namespace}))),)
        account = ((SERVICE_ACCOUNT_NAME, Values(values=frozenset(names))),)
        yield replace(cube, labels=(*rest, *place, *account), source=None)


def _is_account(label: Label) -> bool:
    """Whether a label is one that accounts carry."""
    return label.scope is Scope.SERVICE_ACCOUNT and label != SERVICE_ACCOUNT_NAME


def _enumerable(cube: Cube, knowledge: Knowledge) -> dict[Label, frozenset[str]]:
    """The labels whose values are listed, with every value that is known."""
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
