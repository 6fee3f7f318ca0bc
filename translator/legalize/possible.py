"""Selectors without labels that no object can carry: the API server refuses such keys and values."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final, assert_never

from translator.ir.labels import (
    EVERYTHING,
    NOTHING,
    SERVICE_ACCOUNT_NAME,
    And,
    Everything,
    Not,
    Nothing,
    Operator,
    Or,
    Requirement,
    Scope,
    Selector,
    conjunction,
    disjunction,
    negation,
    requirements,
)
from translator.ir.peers import AllOf, Endpoints, NoneOf, Peer
from translator.ir.policy import Direction, Policy, PolicySet, Rule

_NAME: Final = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_VALUE: Final = re.compile(rf"({_NAME})?\Z")
_DOMAIN: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_KEY: Final = re.compile(rf"({_DOMAIN}/)?{_NAME}\Z")
_LONGEST_DOMAIN: Final = 253
_CARRIED: Final = frozenset({Scope.POD, Scope.NAMESPACE, Scope.SERVICE_ACCOUNT, Scope.NODE, Scope.GROUP})
"""Scopes of labels that objects of the API server carry."""
_POSITIVE: Final = frozenset({Operator.IN, Operator.HAS, Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.CONTAINS})


def possible(policies: PolicySet) -> PolicySet:
    """The set whose selectors ask for labels that can exist; Calico's language takes any text (calico.md 2.1)."""
    if not any(_is_odd(policy) for policy in policies.policies()):
        return policies
    return replace(
        policies,
        tiers=tuple(
            replace(tier, policies=tuple(_policy(policy) if _is_odd(policy) else policy for policy in tier.policies))
            for tier in policies.tiers
        ),
    )


def _is_odd(policy: Policy) -> bool:
    peers = (*policy.subject, *(peer for each in Direction for rule in policy.rules(each) for peer in _peers(rule)))
    return any(_has_odd(peer) for peer in peers)


def _peers(rule: Rule) -> tuple[Peer, ...]:
    return (*rule.peers, rule.subject)


def _has_odd(peer: Peer) -> bool:
    match peer:
        case Endpoints(selector=selector):
            return any(_possible(each) != each for each in requirements(selector))
        case AllOf(peers) | NoneOf(peers):
            return any(_has_odd(each) for each in peers)
        case _:
            return False


def _policy(policy: Policy) -> Policy:
    return replace(
        policy,
        subject=tuple(_peer(peer) for peer in policy.subject),
        ingress=tuple(_rule(rule) for rule in policy.ingress),
        egress=tuple(_rule(rule) for rule in policy.egress),
    )


def _rule(rule: Rule) -> Rule:
    return replace(rule, peers=tuple(_peer(peer) for peer in rule.peers), subject=_peer(rule.subject))


def _peer(peer: Peer) -> Peer:
    match peer:
        case Endpoints(selector=selector):
            return replace(peer, selector=_selector(selector))
        case AllOf(peers):
            return AllOf(tuple(_peer(each) for each in peers))
        case NoneOf(peers):
            return NoneOf(tuple(_peer(each) for each in peers))
        case _:
            return peer


def _selector(selector: Selector) -> Selector:
    match selector:
        case Requirement():
            return _possible(selector)
        case And(terms):
            return conjunction(*map(_selector, terms))
        case Or(terms):
            return disjunction(*map(_selector, terms))
        case Not(term):
            return negation(_selector(term))
        case Everything() | Nothing():
            return selector
        case _:
            assert_never(selector)


@lru_cache(maxsize=65536)
def _possible(requirement: Requirement) -> Selector:
    """The requirement over the labels that can be there."""
    label, operator, values = requirement.label, requirement.operator, requirement.values
    if label.scope not in _CARRIED or label == SERVICE_ACCOUNT_NAME:
        return requirement
    if not _is_key(label.key):
        return NOTHING if operator in _POSITIVE else EVERYTHING
    if operator not in (Operator.IN, Operator.NOT_IN):
        return requirement
    kept = tuple(value for value in values if _VALUE.match(value))
    if len(kept) == len(values):
        return requirement
    if kept:
        return Requirement(label, operator, kept)
    return NOTHING if operator is Operator.IN else EVERYTHING


def _is_key(key: str) -> bool:
    return bool(_KEY.match(key)) and len(key.rpartition("/")[0]) <= _LONGEST_DOMAIN
