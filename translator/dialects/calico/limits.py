"""Policies that are too long for Calico's schema as several that fit.

1024 rules a direction and 1024 characters a selector came with v3.33 (calico.md 2.1, 4). They are kept for older
versions too, so that an upgrade finds no policy that it cannot store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from typing import Final, TypeVar

from translator.dialects.calico.emit import MAX_RULES, rule_writer
from translator.dialects.calico.emit_rules import RuleWriter
from translator.dialects.calico.emit_selectors import MAX_SELECTOR
from translator.dialects.calico.emit_subjects import selectors_of
from translator.ir.labels import And, Operator, Or, Requirement, Selector, conjunction, disjunction
from translator.ir.peers import Endpoints, Peer
from translator.ir.policy import AddressGroup, Direction, Hook, Policy, Rule

_FEW: Final = 48
"""Peers and kinds of traffic that never become more than 1024 rules: one becomes at most some twenty."""
_SHORT: Final = 512
_STEP: Final = 1e-6
"""Between the orders of two parts: far below what anybody writes."""
_ENFORCED: Final = frozenset({Hook.NORMAL, Hook.FORWARD})
_LONGEST: Final = 253
T = TypeVar("T")


def parts(policy: Policy, *, version: str | None = None, groups: Sequence[AddressGroup] = ()) -> tuple[Policy, ...]:
    """The policy, or several that do together what it does; ``()`` where its subject cannot be split.

    Parts of the rules stand behind each other in their order.
    """
    if _is_small(policy):
        return (policy,)
    subjects = list(_subjects(policy))
    if not all(_fits(replace(policy, subject=each)) for each in subjects):
        return ()
    found = [
        part
        for subject in subjects
        for part in _by_rules(replace(policy, subject=subject), version=version, groups=groups)
    ]
    if len(found) == 1:
        return tuple(found)
    width = len(str(len(found)))
    name = policy.name[: _LONGEST - width - 1].rstrip("-.")
    return tuple(
        replace(each, name=f"{name}-{number:0{width}}", order=_behind(policy.order, number - 1))
        for number, each in enumerate(found, start=1)
    )


def _is_small(policy: Policy) -> bool:
    """Whether a glance shows that it fits."""
    rules = [rule for direction in policy.directions for rule in policy.rules(direction)]
    return sum(len(rule.peers) * len(rule.traffic) for rule in rules) <= _FEW and _size(policy.subject) <= _SHORT


def _size(subject: Sequence[Peer]) -> int:
    """About the characters that a subject takes."""
    return sum(_length(peer.selector) for peer in subject if isinstance(peer, Endpoints))


def _length(selector: Selector) -> int:
    match selector:
        case Requirement(label=label, values=values):
            return len(label.key) + 40 + sum(len(value) + 4 for value in values)
        case And(terms) | Or(terms):
            return sum(_length(term) + 4 for term in terms)
        case _:
            return 32


def _behind(order: float | None, number: int) -> float | None:
    return order if order is None or number == 0 else order + number * _STEP


# -- subjects ---------------------------------------------------------------------------------------------------------


def _fits(policy: Policy) -> bool:
    return all(len(text) <= MAX_SELECTOR for text in selectors_of(policy).values())


def _subjects(policy: Policy) -> Iterator[tuple[Peer, ...]]:
    """The subject in parts that fit, as far as it has parts."""
    if _fits(policy):
        yield policy.subject
        return
    halves = _halves(policy.subject) if len(policy.subject) > 1 else _split_peer(policy.subject)
    if not halves:
        yield policy.subject
        return
    for half in halves:
        yield from _subjects(replace(policy, subject=half))


def _split_peer(subject: tuple[Peer, ...]) -> list[tuple[Peer, ...]]:
    (peer,) = subject
    if not isinstance(peer, Endpoints):
        return []
    return [(replace(peer, selector=each),) for each in _split(peer.selector)]


def _split(selector: Selector) -> list[Selector]:
    """Two selectors whose union it is; none where it is no union."""
    match selector:
        case Or(terms) if len(terms) > 1:
            return [disjunction(*half) for half in _halves(terms)]
        case Requirement(operator=Operator.IN, values=values) if len(values) > 1:
            return [replace(selector, values=half) for half in _halves(values)]
        case And(terms):
            longest = max(terms, key=lambda term: _length(term) if _split(term) else 0)
            return [conjunction(*(half if term is longest else term for term in terms)) for half in _split(longest)]
        case _:
            return []


def _halves(items: Sequence[T]) -> list[tuple[T, ...]]:
    middle = len(items) // 2
    return [tuple(items[:middle]), tuple(items[middle:])]


# -- rules ------------------------------------------------------------------------------------------------------------


def _by_rules(policy: Policy, *, version: str | None, groups: Sequence[AddressGroup]) -> Iterator[Policy]:
    """The same policy, its rules in lists of at most 1024."""
    chunks: list[list[tuple[Rule, ...]]] = []
    for direction in Direction:
        writer = rule_writer(policy, direction, version=version, groups=groups)
        rules = policy.rules(direction) if direction in policy.directions else ()
        chunks.append(list(_chunks(rules, partial(_count, writer))))
    for number, (ingress, egress) in enumerate(zip_longest(*chunks, fillvalue=())):
        directions = policy.directions
        if number > 0:
            directions = frozenset(
                direction for direction, rules in ((Direction.INGRESS, ingress), (Direction.EGRESS, egress)) if rules
            )
        yield replace(
            policy,
            directions=directions,
            isolates=directions if policy.hook in _ENFORCED else frozenset(),
            ingress=ingress,
            egress=egress,
        )


def _count(writer: RuleWriter, rule: Rule) -> int:
    return sum(1 for _ in writer.write(rule))


def _chunks(rules: Sequence[Rule], count: Callable[[Rule], int]) -> Iterator[tuple[Rule, ...]]:
    chunk: list[Rule] = []
    size = 0
    for rule in rules:
        for part in _small_rules(rule, count):
            more = count(part)
            if chunk and size + more > MAX_RULES:
                yield tuple(chunk)
                chunk, size = [], 0
            chunk.append(part)
            size += more
    yield tuple(chunk)


def _small_rules(rule: Rule, count: Callable[[Rule], int]) -> Iterator[Rule]:
    """The rule in parts of at most 1024 written rules: by its peers, else by its traffic."""
    if count(rule) <= MAX_RULES:
        yield rule
    elif len(rule.peers) > 1:
        for peers in _halves(rule.peers):
            yield from _small_rules(replace(rule, peers=peers), count)
    elif len(rule.traffic) > 1:
        for traffic in _halves(rule.traffic):
            yield from _small_rules(replace(rule, traffic=traffic), count)
    else:
        yield rule
