"""Flattening against brute force: every flow of small worlds is judged as in the ordered source."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings

from tests.legalize.worlds import CONTEXT, flows, policy_sets
from translator.ir.peers import Kind
from translator.ir.policy import Direction, End, Engine, Evaluation, PolicySet, Tier
from translator.legalize.legalizing import Legal, legalize
from translator.legalize.target import Target, TargetName
from translator.loss.effect import Effect, together
from translator.semantics.verdict.core import Evaluator

EXAMPLES = int(os.environ.get("NETPOLX_EXAMPLES", "150"))
FLOWS = tuple(flows())


def _as_set(legal: Legal, source: PolicySet, name: TargetName) -> PolicySet:
    tier = Tier(
        name="default",
        order=None,
        evaluation=Evaluation.DENY_OVERRIDES,
        end=End.DENY,
        policies=tuple(each.policy for each in legal.policies),
    )
    engine = Engine.CILIUM if name is TargetName.CILIUM else Engine.KUBERNETES
    return PolicySet(engine=engine, tiers=(tier,), exempt=frozenset({(Direction.INGRESS, Kind.HOST)}))


@pytest.mark.parametrize("name", [TargetName.KUBERNETES, TargetName.CILIUM])
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(source=policy_sets())
def test_flattened_policies_judge_every_flow_as_the_ordered_ones(name: TargetName, source: PolicySet) -> None:
    """What changes is declared: without losses nothing does, and a loss moves traffic only the way it says."""
    legal = legalize(source, Target(name=name), CONTEXT)
    declared = together(loss.effect for loss in legal.losses)
    before, after = Evaluator(source, CONTEXT), Evaluator(_as_set(legal, source, name), CONTEXT)
    for direction, flow in FLOWS:
        old, new = before.decide(flow, direction), after.decide(flow, direction)
        assert old is not None
        assert new is not None
        if old.allowed and not new.allowed:
            assert Effect.NARROWS in declared, (direction, flow)
        if new.allowed and not old.allowed:
            assert Effect.WIDENS in declared, (direction, flow)
