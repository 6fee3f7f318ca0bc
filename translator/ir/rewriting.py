"""Changing the smallest parts of selectors, peers and policies; what nothing changes stays the same object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from translator.ir.labels import (
    And,
    Everything,
    Not,
    Nothing,
    Or,
    Requirement,
    Selector,
    conjunction,
    disjunction,
    negation,
)
from translator.ir.peers import AllOf, NoneOf, Peer
from translator.ir.policy import Policy, PolicySet, Rule, Tier


def map_requirements(selector: Selector, change: Callable[[Requirement], Selector]) -> Selector:
    """The selector with each requirement replaced."""
    match selector:
        case Requirement():
            return change(selector)
        case And(terms):
            found = tuple(map_requirements(term, change) for term in terms)
            return selector if _are_same(found, terms) else conjunction(*found)
        case Or(terms):
            found = tuple(map_requirements(term, change) for term in terms)
            return selector if _are_same(found, terms) else disjunction(*found)
        case Not(term):
            inner = map_requirements(term, change)
            return selector if inner is term else negation(inner)
        case Everything() | Nothing():
            return selector
        case _:
            assert_never(selector)


def map_peer(peer: Peer, change: Callable[[Peer], Peer]) -> Peer:
    """The peer with each part that combines no others replaced."""
    match peer:
        case AllOf(peers) | NoneOf(peers):
            found = tuple(map_peer(each, change) for each in peers)
            return peer if _are_same(found, peers) else type(peer)(found)
        case _:
            return change(peer)


def map_peers(policy: Policy, change: Callable[[Peer], Peer]) -> Policy:
    """The policy with each part of its subject, of its rules' peers and of their filters on the subject replaced."""
    subject = _peers(policy.subject, change)
    ingress, egress = (_rules(rules, change) for rules in (policy.ingress, policy.egress))
    if subject is policy.subject and ingress is policy.ingress and egress is policy.egress:
        return policy
    return replace(policy, subject=subject, ingress=ingress, egress=egress)


def map_policies(policies: PolicySet, change: Callable[[Policy], Policy]) -> PolicySet:
    """The set with each policy replaced."""
    tiers = tuple(_tier(tier, change) for tier in policies.tiers)
    return policies if _are_same(tiers, policies.tiers) else replace(policies, tiers=tiers)


def _tier(tier: Tier, change: Callable[[Policy], Policy]) -> Tier:
    found = tuple(map(change, tier.policies))
    return tier if _are_same(found, tier.policies) else replace(tier, policies=found)


def _rules(rules: tuple[Rule, ...], change: Callable[[Peer], Peer]) -> tuple[Rule, ...]:
    found = tuple(_rule(rule, change) for rule in rules)
    return rules if _are_same(found, rules) else found


def _rule(rule: Rule, change: Callable[[Peer], Peer]) -> Rule:
    peers, subject = _peers(rule.peers, change), map_peer(rule.subject, change)
    return rule if peers is rule.peers and subject is rule.subject else replace(rule, peers=peers, subject=subject)


def _peers(peers: tuple[Peer, ...], change: Callable[[Peer], Peer]) -> tuple[Peer, ...]:
    found = tuple(map_peer(peer, change) for peer in peers)
    return peers if _are_same(found, peers) else found


def _are_same(found: tuple[object, ...], given: tuple[object, ...]) -> bool:
    return all(one is other for one, other in zip(found, given, strict=True))
