"""Selectors and ranges without labels and addresses that nobody can have."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final, assert_never

from translator.ir.addresses import MAPPED, block
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
from translator.ir.peers import AllOf, Endpoints, Network, NoneOf, Peer
from translator.ir.policy import AddressGroup, Direction, Policy, PolicySet, Rule

_NAME: Final = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_VALUE: Final = re.compile(rf"({_NAME})?\Z")
_DOMAIN: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_KEY: Final = re.compile(rf"({_DOMAIN}/)?{_NAME}\Z")
_LONGEST_DOMAIN: Final = 253
_CARRIED: Final = frozenset({Scope.POD, Scope.NAMESPACE, Scope.SERVICE_ACCOUNT, Scope.NODE, Scope.GROUP})
"""Scopes of labels that objects of the API server carry."""
_POSITIVE: Final = frozenset({Operator.IN, Operator.HAS, Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.CONTAINS})


def possible(policies: PolicySet) -> PolicySet:
    """The set whose selectors and ranges ask for what can exist.

    Calico's selectors take any text (calico.md 2.1), but the API server refuses labels with such keys and values.
    No packet has an IPv4-mapped address: Cilium's agent takes such ranges, where they match nothing [V B8r], Calico
    takes them for IPv4, and the API server refuses them (kubernetes.md A.2).
    """
    if not any(_is_odd(policy) for policy in policies.policies()) and not any(map(_is_group_odd, policies.groups)):
        return policies
    return replace(
        policies,
        groups=tuple(map(_group, policies.groups)),
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
        case Network(cidrs=cidrs, excepts=excepts):
            return any(map(_is_mapped, cidrs)) or any(map(_is_mapped, excepts))
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
        case Network(cidrs=cidrs, excepts=excepts):
            return replace(peer, cidrs=_unmapped(cidrs), excepts=_unmapped(excepts))
        case AllOf(peers):
            return AllOf(tuple(_peer(each) for each in peers))
        case NoneOf(peers):
            return NoneOf(tuple(_peer(each) for each in peers))
        case _:
            return peer


def _is_group_odd(group: AddressGroup) -> bool:
    return any(map(_is_mapped, group.cidrs))


def _group(group: AddressGroup) -> AddressGroup:
    return replace(group, cidrs=_unmapped(group.cidrs)) if _is_group_odd(group) else group


def _unmapped(cidrs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(cidr for cidr in cidrs if not _is_mapped(cidr))


def _is_mapped(cidr: str) -> bool:
    """Whether a block holds IPv4-mapped addresses only; hardly any text can be one."""
    return cidr.startswith((":", "0")) and not block(cidr) - MAPPED


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
