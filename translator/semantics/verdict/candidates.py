"""Which policies of a tier can govern an endpoint at all: an index by the namespace that their subjects demand."""

from __future__ import annotations

from collections.abc import Iterator

from translator.ir.labels import NAMESPACE_NAME, And, Operator, Requirement, Selector
from translator.ir.peers import Endpoints, Kind
from translator.ir.policy import Policy
from translator.semantics.flow import Endpoint

Index = tuple[tuple[Policy, ...], dict[str, tuple[int, ...]], tuple[int, ...]]


def by_namespace(policies: tuple[Policy, ...]) -> Index:
    """Positions of policies by the namespace their subject demands, and of those that demand none."""
    named: dict[str, list[int]] = {}
    unbound: list[int] = []
    for position, policy in enumerate(policies):
        namespaces = subject_namespaces(policy)
        if namespaces is None:
            unbound.append(position)
        else:
            for namespace in namespaces:
                named.setdefault(namespace, []).append(position)
    return policies, {name: tuple(found) for name, found in named.items()}, tuple(unbound)


def candidates(index: Index, endpoint: Endpoint) -> Iterator[Policy]:
    """The policies that may select an endpoint, in their order."""
    policies, named, unbound = index
    bound = named.get(endpoint.namespace or "", ())
    return (policies[position] for position in sorted((*bound, *unbound)))


def subject_namespaces(policy: Policy) -> frozenset[str] | None:
    """The namespaces outside of which a policy selects nobody; None when it is bound to none."""
    found: set[str] = set()
    for peer in policy.subject:
        if not isinstance(peer, Endpoints) or peer.kinds != {Kind.POD}:
            return None
        names = _demanded_namespaces(peer.selector)
        if names is None:
            return None
        found.update(names)
    return frozenset(found)


def _demanded_namespaces(selector: Selector) -> tuple[str, ...] | None:
    terms = selector.terms if isinstance(selector, And) else (selector,)
    for term in terms:
        if isinstance(term, Requirement) and term.label == NAMESPACE_NAME and term.operator is Operator.IN:
            return term.values
    return None
