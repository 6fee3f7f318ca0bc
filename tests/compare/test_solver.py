"""The comparison against z3: the same answer, in both directions, on sets without layer 7."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

pytest.importorskip("z3")

from tests import strategies
from tests.compare.solver import Oracle
from translator.ir.labels import SUBSTRING, requirements
from translator.ir.peers import AllOf, Endpoints, NoneOf, Peer
from translator.ir.policy import Direction, PolicySet
from translator.loss.effect import Effect
from translator.semantics.compare.comparison import compare

SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck))


def without_layer7(policies: PolicySet) -> PolicySet:
    """The set at layers 3 and 4; sets with substring operators are not for this oracle."""
    tiers = []
    for tier in policies.tiers:
        kept = []
        for policy in tier.policies:
            for rule in (*policy.ingress, *policy.egress):
                assume(all(map(is_simple, (*rule.peers, rule.subject))))
            assume(all(map(is_simple, policy.subject)))
            kept.append(
                replace(
                    policy,
                    ingress=tuple(replace(rule, layer7=None) for rule in policy.ingress),
                    egress=tuple(replace(rule, layer7=None) for rule in policy.egress),
                )
            )
        tiers.append(replace(tier, policies=tuple(kept)))
    return replace(policies, tiers=tuple(tiers))


def is_simple(peer: Peer) -> bool:
    """Whether it asks for no substrings."""
    match peer:
        case Endpoints(selector=selector):
            return all(requirement.operator not in SUBSTRING for requirement in requirements(selector))
        case AllOf(peers) | NoneOf(peers):
            return all(map(is_simple, peers))
        case _:
            return True


def check(a: PolicySet, b: PolicySet) -> None:
    """Compare and the solver find differences in the same directions."""
    expected = Effect.NONE
    for direction in Direction:
        narrows, widens = Oracle(direction).differs(a, b)
        expected |= (Effect.NARROWS if narrows else Effect.NONE) | (Effect.WIDENS if widens else Effect.NONE)
    assert compare(a, b).effect == expected


@SLOW
@given(st.data())
def test_agrees_with_the_solver_on_neighbours(data: st.DataObject) -> None:
    """Sets that differ in one place."""
    a = without_layer7(data.draw(strategies.policy_sets()))
    check(a, without_layer7(data.draw(strategies.changed_sets(a))))


@SLOW
@given(st.data())
def test_agrees_with_the_solver_on_allow_lists(data: st.DataObject) -> None:
    """Kubernetes' own kind of sets, related or not."""
    a = without_layer7(data.draw(strategies.allow_sets()))
    b = data.draw(st.one_of(strategies.changed_sets(a), strategies.allow_sets()))
    check(a, without_layer7(b))
