"""Laws of the comparison: it agrees with the interpreter asked flow by flow, and with itself seen from either side."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any
from unittest import mock

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import strategies
from translator.ir.policy import Direction, PolicySet
from translator.loss.effect import Effect
from translator.semantics.compare import division
from translator.semantics.compare.buckets import Bucket
from translator.semantics.compare.comparison import compare
from translator.semantics.compare.diagrams import Store
from translator.semantics.compare.outcome import Comparison, Result
from translator.semantics.compare.problem import Problem
from translator.semantics.compare.product import NARROWS, OPEN, WIDENS
from translator.semantics.compare.wording import Wording
from translator.semantics.verdict.core import Evaluator

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
SWAPPED = {Result.NARROWS: Result.WIDENS, Result.WIDENS: Result.NARROWS}
FLOWS = tuple(strategies.flows())
LEAVES_THAT_TELL = frozenset({NARROWS, WIDENS, OPEN})


def brute_force(a: PolicySet, b: PolicySet, sample: list[int]) -> Effect:
    """The effect of going from one set to the other over some flows of the small world."""
    first, second = Evaluator(a), Evaluator(b)
    effect = Effect.NONE
    for number in sample:
        direction, flow = FLOWS[number]
        before, after = (
            decision is None or decision.allowed
            for decision in (first.decide(flow, direction), second.decide(flow, direction))
        )
        if before is not after:
            effect |= Effect.NARROWS if before else Effect.WIDENS
    return effect


def effect_of(comparison: Comparison) -> Effect:
    """What the result says."""
    assert comparison.result is not Result.UNDECIDED, comparison.reason
    return {
        Result.EQUAL: Effect.NONE,
        Result.OPEN: Effect.NONE,
        Result.NARROWS: Effect.NARROWS,
        Result.WIDENS: Effect.WIDENS,
        Result.BOTH: Effect.BOTH,
    }[comparison.result]


def check(a: PolicySet, b: PolicySet, seed: int) -> None:
    """Compare knows at least what the flows show; its own witnesses it confirms itself."""
    sample = random.Random(seed).sample(range(len(FLOWS)), 4000)
    found = compare(a, b)
    measured = brute_force(a, b, sample)
    assert measured.within(effect_of(found))
    assert effect_of(found) == found.effect
    shown = Effect.NONE
    for difference in found.differences:
        shown |= difference.effect
    assert shown == found.effect


@SLOW
@given(st.data(), st.integers(0, 10**6))
def test_agrees_with_the_interpreter_on_neighbours(data: st.DataObject, seed: int) -> None:
    """Sets that differ in one place differ in the flows that compare names, and in no others."""
    a = data.draw(strategies.policy_sets())
    check(a, data.draw(strategies.changed_sets(a)), seed)


@SLOW
@given(strategies.policy_sets(), strategies.policy_sets(), st.integers(0, 10**6))
def test_agrees_with_the_interpreter_on_strangers(a: PolicySet, b: PolicySet, seed: int) -> None:
    """Unrelated sets differ wherever the interpreter says so."""
    check(a, b, seed)


@SLOW
@given(st.data(), st.integers(0, 10**6))
def test_agrees_with_the_interpreter_on_allow_lists(data: st.DataObject, seed: int) -> None:
    """Kubernetes' own kind of sets."""
    a = data.draw(strategies.allow_sets())
    check(a, data.draw(st.one_of(strategies.changed_sets(a), strategies.allow_sets())), seed)


@SLOW
@given(strategies.policy_sets(size=3))
def test_a_set_equals_itself(a: PolicySet) -> None:
    """Nothing differs from itself, also when the copy does not look literally the same."""
    renamed = replace(
        a,
        tiers=tuple(
            replace(tier, policies=tuple(replace(p, directions=frozenset(Direction)) for p in tier.policies))
            for tier in a.tiers
        ),
    )
    assert compare(a, a).result is Result.EQUAL
    assert compare(renamed, renamed).result is Result.EQUAL


@SLOW
@given(st.data())
def test_swapping_the_sides_swaps_the_effects(data: st.DataObject) -> None:
    """What narrows one way widens the other way."""
    a = data.draw(strategies.policy_sets())
    b = data.draw(strategies.changed_sets(a))
    there, back = compare(a, b), compare(b, a)
    assert back.result is SWAPPED.get(there.result, there.result)


@SLOW
@given(st.data(), st.integers(0, 10**6))
def test_division_finds_what_the_whole_question_finds(data: st.DataObject, seed: int) -> None:
    """Looking rule by rule gives the same effects as looking at once, and as the interpreter."""
    a = data.draw(st.one_of(strategies.policy_sets(), strategies.allow_sets()))
    b = data.draw(strategies.changed_sets(a))
    whole = compare(a, b)
    with mock.patch.multiple(division, _MINIMUM=0, _PER_NODE=0, _SMALL=0):
        check(a, b, seed)
        assert compare(a, b).result is whole.result


@SLOW
@given(st.data())
def test_other_words_for_the_same_are_equal(data: st.DataObject) -> None:
    """Splitting rules and policies, and reordering what has no order, changes nothing."""
    a = data.draw(st.one_of(strategies.policy_sets(), strategies.allow_sets()))
    b = data.draw(strategies.rewritten_sets(a))
    assert compare(a, b).result is Result.EQUAL


@SLOW
@given(st.data())
def test_sides_that_say_the_same_are_the_same(data: st.DataObject) -> None:
    """Wherever the wording alone decides, the diagrams agree with it."""
    a = data.draw(st.one_of(strategies.policy_sets(), strategies.allow_sets()))
    b = data.draw(strategies.rewritten_sets(data.draw(st.one_of(st.just(a), strategies.changed_sets(a)))))
    said: list[tuple[Bucket, Direction]] = []
    is_same = Wording.is_same

    def listen(self: Wording, *question: Any) -> bool:
        if is_same(self, *question):
            said.append(question[2:])
        return False

    solved: list[tuple[Bucket, Direction]] = []
    solve = Problem.solve

    def check_solved(self: Problem) -> tuple[Store, list[int]]:
        answer = solve(self)
        store, roots = answer
        if any(leaf in LEAVES_THAT_TELL for root in roots for leaf in store.leaves(root)):
            solved.append((self.bucket, self.direction))
        return answer

    with mock.patch.object(Wording, "is_same", listen), mock.patch.object(Problem, "solve", check_solved):
        compare(a, b)
    assert not {(bucket.kind, bucket.namespace, at) for bucket, at in said} & {
        (bucket.kind, bucket.namespace, at) for bucket, at in solved
    }
