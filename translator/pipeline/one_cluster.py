"""Policy sets as they act where there is no other cluster: demands on the cluster of an end are decided."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from translator.context import Context
from translator.ir.labels import (
    CLUSTER_NAME,
    EVERYTHING,
    LOCAL_CLUSTER,
    NOTHING,
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
    requirement_holds,
)
from translator.ir.peers import AllOf, Endpoints, NoneOf, Peer
from translator.ir.policy import Engine, Policy, PolicySet, Rule
from translator.legalize import Target, TargetName
from translator.legalize.profiles import as_target_reads


def leaves_cluster(policies: PolicySet, target: Target, context: Context) -> bool:
    """Whether selectors of peers end at the own cluster in the source and not in the target (cilium.md 12)."""
    return (
        policies.engine is Engine.CILIUM
        and target.name is TargetName.CILIUM
        and context.cilium.scopes_to_local_cluster
        and not as_target_reads(context, target).cilium.scopes_to_local_cluster
    )


def has_mesh(context: Context) -> bool:
    """Whether the context knows pods of another cluster."""
    return any(pod.cluster != LOCAL_CLUSTER for pod in context.pods)


def in_one_cluster(policies: PolicySet) -> PolicySet:
    """The set without demands on clusters, each decided for the local one."""
    return replace(
        policies,
        tiers=tuple(
            replace(tier, policies=tuple(policy_in_one_cluster(policy) for policy in tier.policies))
            for tier in policies.tiers
        ),
    )


def policy_in_one_cluster(policy: Policy) -> Policy:
    """The policy without demands on clusters, each decided for the local one."""
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
        case Requirement(label=label):
            if label != CLUSTER_NAME:
                return selector
            return EVERYTHING if requirement_holds(selector, LOCAL_CLUSTER) else NOTHING
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
