"""The closed world: only the pods of the context exist."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import strategies
from translator.context import Context, NamedPort, Pod
from translator.ir.labels import NAMESPACE_NAME, Label, Scope, conjunction, one_of
from translator.ir.peers import Endpoints, Kind
from translator.ir.policy import Action, Direction, End, Engine, Evaluation, Policy, PolicySet, Rule, Tier
from translator.ir.traffic import TCP, Ports, Traffic, protocol_set
from translator.loss.effect import Effect
from translator.semantics.compare.comparison import compare
from translator.semantics.compare.outcome import Result
from translator.semantics.verdict.core import Evaluator

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
PODS = tuple(end for end in strategies.ENDS if end.kind is Kind.POD)[::3]
CONTEXT = Context(
    namespaces={
        end.namespace: {label.key: value for label, value in end.labels.items() if label == strategies.TEAM}
        for end in strategies.ENDS
        if end.namespace is not None
    },
    pods=tuple(
        Pod(
            namespace=end.namespace or "",
            name=end.name.partition("/")[2],
            labels={label.key: value for label, value in end.labels.items() if label.scope is Scope.POD},
            addresses=tuple(map(str, end.addresses)),
            ports=tuple(NamedPort(name=name, protocol=protocol, port=port) for name, protocol, port in end.ports),
        )
        for end in PODS
    ),
)
PEERS = (*PODS, *(end for end in strategies.ENDS if end.kind is not Kind.POD))
FLOWS = tuple(strategies.flows(subjects=PODS, peers=PEERS))


@SLOW
@given(st.data(), st.integers(0, 10**6))
def test_agrees_with_the_interpreter_on_every_pod(data: st.DataObject, seed: int) -> None:
    """Differences between pods that exist are found, and the witnesses are such pods."""
    a = data.draw(strategies.policy_sets())
    b = data.draw(strategies.changed_sets(a))
    found = compare(a, b, context_a=CONTEXT, closed_world=True)
    first, second = Evaluator(a, CONTEXT), Evaluator(b, CONTEXT)
    measured = Effect.NONE
    for direction, flow in random.Random(seed).sample(FLOWS, 1000):
        before, after = (each.decide(flow, direction) for each in (first, second))
        allowed = [decision is None or decision.allowed for decision in (before, after)]
        if allowed[0] is not allowed[1]:
            measured |= Effect.NARROWS if allowed[0] else Effect.WIDENS
    assert found.result is not Result.UNDECIDED
    assert measured.within(found.effect)
    names = {end.name for end in PODS}
    for difference in found.differences:
        for end in (difference.witness.flow.source, difference.witness.flow.destination):
            assert end.kind is not Kind.POD or end.name in names


def _allowing(*ports: Ports) -> PolicySet:
    """Web pods of prod may be reached on some ports."""
    subject = Endpoints(selector=conjunction(one_of(NAMESPACE_NAME, "prod"), one_of(Label(Scope.POD, "app"), "web")))
    traffic = tuple(Traffic(protocols=protocol_set(TCP), ports=each) for each in ports)
    policy = Policy(
        name="web",
        kind="NetworkPolicy",
        dialect="kubernetes",
        namespace="prod",
        subject=(subject,),
        directions=frozenset({Direction.INGRESS}),
        isolates=frozenset({Direction.INGRESS}),
        ingress=(Rule(action=Action.ALLOW, traffic=traffic),),
        tier="default",
    )
    tier = Tier(name="default", order=None, evaluation=Evaluation.DENY_OVERRIDES, end=End.DENY, policies=(policy,))
    return PolicySet(engine=Engine.KUBERNETES, tiers=(tier,))


def test_a_port_name_is_the_number_that_the_pods_declare() -> None:
    """Open world: a name may be any number. Closed world: the name and the number that every pod declares are one."""
    by_name, by_number = _allowing(Ports(names=("http",))), _allowing(Ports(numbers=((8080, 8080),)))
    web = Pod(
        namespace="prod", name="web", labels={"app": "web"}, ports=(NamedPort(name="http", protocol=TCP, port=8080),)
    )
    known = Context(pods=(web, Pod(namespace="dev", name="web", labels={"app": "web"})))
    assert compare(by_name, by_number).result is Result.BOTH
    assert compare(by_name, by_number, context_a=known, closed_world=True).result is Result.EQUAL
    other = Context(pods=(web, Pod(namespace="prod", name="old", labels={"app": "web"})))
    found = compare(by_name, by_number, context_a=other, closed_world=True)
    assert found.result is Result.WIDENS
    assert {found.differences[0].witness.flow.destination.name} == {"prod/old"}


def test_policies_that_select_no_pod_do_not_matter() -> None:
    """Without web pods in prod the sets are the same."""
    empty = Context(pods=(Pod(namespace="prod", name="db", labels={"app": "db"}),))
    nothing = PolicySet(engine=Engine.KUBERNETES, tiers=())
    everything = _allowing(Ports(numbers=((80, 80),)))
    assert compare(everything, nothing).result is Result.WIDENS
    assert compare(everything, nothing, context_a=empty, closed_world=True).result is Result.EQUAL
