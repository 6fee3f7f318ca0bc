"""Addresses of one family, where the traffic is of that family only."""

from __future__ import annotations

from translator.context import Context
from translator.ir.labels import NAMESPACE_NAME, one_of
from translator.ir.peers import EVERY_KIND, AllOf, Endpoints, Kind, Network, NoneOf
from translator.ir.policy import Action, Direction, End, Engine, Evaluation, Policy, PolicySet, Rule, Tier
from translator.ir.traffic import TCP, Traffic, protocol_set
from translator.legalize.legalizing import legalize
from translator.legalize.target import Target, TargetName


def test_excluded_ranges_of_one_family_leave_the_rest_of_that_family() -> None:
    """Calico's ``notNets: [10.0.0.0/8]`` is IPv4 without a hole, exactly; IPv6 never was part of it."""
    everywhere_else = AllOf((NoneOf((Network(cidrs=("10.0.0.0/8",), reach=EVERY_KIND),)),))
    policy = Policy(
        name="out",
        kind="NetworkPolicy",
        dialect="calico",
        namespace="shop",
        subject=(Endpoints(selector=one_of(NAMESPACE_NAME, "shop")),),
        directions=frozenset({Direction.EGRESS}),
        isolates=frozenset({Direction.EGRESS}),
        egress=(
            Rule(
                action=Action.ALLOW,
                peers=(everywhere_else,),
                traffic=(Traffic(protocols=protocol_set(TCP), family=4),),
            ),
        ),
        tier="default",
    )
    tier = Tier(name="default", order=None, evaluation=Evaluation.FIRST_MATCH, end=End.DENY, policies=(policy,))
    source = PolicySet(engine=Engine.CALICO, tiers=(tier,), exempt=frozenset({(Direction.INGRESS, Kind.HOST)}))
    context = Context(pod_cidrs=("10.244.0.0/16",), node_cidrs=("10.0.0.0/24",))
    legal = legalize(source, Target(name=TargetName.CILIUM), context)
    assert [loss.code for loss in legal.losses if loss.effect] == []
    (rule,) = legal.policies[0].policy.egress
    (peer,) = rule.peers
    assert isinstance(peer, Network)
    assert (peer.cidrs, peer.excepts) == (("0.0.0.0/0",), ("10.0.0.0/8",))
