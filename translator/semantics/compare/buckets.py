"""Which policies can meet at one subject: subjects split by kind and namespace, each with its few policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from translator.ir.labels import (
    NAMESPACE_NAME,
    And,
    Everything,
    Not,
    Nothing,
    Operator,
    Or,
    Requirement,
    Selector,
    requirement_holds,
    requirements,
)
from translator.ir.peers import AllOf, Endpoints, Kind, Peer, parts
from translator.ir.policy import Hook, Policy, PolicySet
from translator.semantics.compare.asked import LabelMentions, Services
from translator.semantics.compare.samples import label_samples
from translator.semantics.compare.universe import Universe
from translator.semantics.flow import Endpoint

_NORMAL: Final = frozenset({Hook.NORMAL, Hook.FORWARD})
"""Untracked and pre-DNAT lists decide before what is compared here (calico.md 3.7)."""
Position = tuple[int, int]
"""Tier and place in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """The subjects of one problem: all of one kind, and pods of one namespace (or of all that no policy names)."""

    kind: Kind
    namespace: str | None = None
    """None for kinds without namespaces."""
    named: bool = True
    """False: ``namespace`` is an example of the namespaces that no subject selector names."""
    population: tuple[Endpoint, ...] | None = None
    """The only subjects there are (closed world); None: every one is possible."""


class Side:
    """The enforced policies of one set, found by the namespace that their subject demands."""

    def __init__(self, policies: PolicySet, services: Services) -> None:
        self.set: Final = policies
        self.services: Final = services
        self.policies: dict[Position, Policy] = {}
        self.asked = LabelMentions()
        """What subjects, and rules that choose among them, ask about the name of their namespace."""
        self._bound: dict[str, list[Position]] = {}
        self._unbound: list[Position] = []
        for tier_number, tier in enumerate(policies.tiers):
            for number, policy in enumerate(tier.policies):
                if not policy.staged and policy.hook in _NORMAL:
                    self._add((tier_number, number), policy)

    def _add(self, position: Position, policy: Policy) -> None:
        self.policies[position] = policy
        demanded = [_demanded(peer) for peer in policy.subject]
        if any(names is None for names in demanded):
            self._unbound.append(position)
            filters = (rule.subject for direction in policy.directions for rule in policy.rules(direction))
            for peer in (*policy.subject, *filters):
                _collect(peer, self.asked)
            return
        for name in {name for names in demanded for name in names or ()}:
            self.asked.values.add(name)
            self._bound.setdefault(name, []).append(position)

    def candidates(self, bucket: Bucket) -> list[Position]:
        """The policies that can select some subject of a bucket, in their order."""
        found = [at for at in self._unbound if any(_may_select(peer, bucket) for peer in self.policies[at].subject)]
        if bucket.namespace is not None and bucket.named:
            found += self._bound.get(bucket.namespace, ())
            found.sort()
        return found


def buckets(sides: Sequence[Side], universe: Universe) -> Iterator[Bucket]:
    """Every kind of subject, pods once for each namespace that a subject selector tells apart."""
    values = set[str]().union(*(side.asked.values for side in sides))
    substrings = set[tuple[Operator, str]]().union(*(side.asked.substrings for side in sides))
    samples = label_samples(sorted(values), substrings, avoid=universe.namespaces)
    population = None
    if universe.pods is not None:
        population = _populations(universe.pods, values, samples, substrings)
    for sample in samples:
        subjects = None if population is None else tuple(population.get(sample, ()))
        yield Bucket(kind=Kind.POD, namespace=sample, named=sample in values, population=subjects)
    for kind in Kind:
        if kind in universe.subject_kinds and kind is not Kind.POD:
            yield Bucket(kind=kind)


def _populations(
    pods: Iterable[Endpoint], named: set[str], samples: Iterable[str], substrings: Iterable[tuple[Operator, str]]
) -> dict[str, list[Endpoint]]:
    """The pods of each namespace that is told apart; the others by what substrings of their namespace's name hold."""
    asked = [Requirement(NAMESPACE_NAME, operator, (text,)) for operator, text in sorted(substrings)]

    def signature(name: str) -> tuple[bool, ...]:
        return tuple(requirement_holds(each, name) for each in asked)

    classes = {signature(sample): sample for sample in samples if sample not in named}
    found: dict[str, list[Endpoint]] = {}
    for pod in pods:
        namespace = pod.namespace or ""
        sample = namespace if namespace in named else classes[signature(namespace)]
        found.setdefault(sample, []).append(pod)
    return found


def _demanded(peer: Peer) -> tuple[str, ...] | None:
    """The only namespaces in which a subject can be; None when it may be anywhere or no pod."""
    if not isinstance(peer, Endpoints) or len(peer.kinds) != 1 or Kind.POD not in peer.kinds:
        return None
    selector = peer.selector
    for term in selector.terms if isinstance(selector, And) else (selector,):
        if isinstance(term, Requirement) and term.operator is Operator.IN and term.label == NAMESPACE_NAME:
            return term.values
    return None


def _collect(peer: Peer, asked: LabelMentions) -> None:
    """Note what a subject asks about the name of its namespace."""
    for each in parts(peer):
        if isinstance(each, Endpoints):
            for requirement in requirements(each.selector):
                if requirement.label == NAMESPACE_NAME:
                    asked.add(requirement)


def _may_select(peer: Peer, bucket: Bucket) -> bool:
    """Whether a subject can match somebody in the bucket, by what the bucket fixes."""
    match peer:
        case Endpoints(selector=selector, kinds=kinds):
            return bucket.kind in kinds and _holds(selector, bucket) is not False
        case AllOf(peers):
            return all(_may_select(each, bucket) for each in peers)
        case _:
            return True


def _holds(selector: Selector, bucket: Bucket) -> bool | None:
    """A selector's value as far as the namespace's name decides it; None when other labels matter."""
    match selector:
        case Everything():
            return True
        case Nothing():
            return False
        case Requirement(label):
            return requirement_holds(selector, bucket.namespace) if label == NAMESPACE_NAME else None
        case And(terms):
            return _all(_holds(term, bucket) for term in terms)
        case Or(terms):
            found = _all(_negated(_holds(term, bucket)) for term in terms)
            return _negated(found)
        case Not(term):
            return _negated(_holds(term, bucket))
        case _:
            assert_never(selector)


def _all(values: Iterable[bool | None]) -> bool | None:
    known: bool | None = True
    for value in values:
        if value is False:
            return False
        if value is None:
            known = None
    return known


def _negated(value: bool | None) -> bool | None:
    return None if value is None else not value
