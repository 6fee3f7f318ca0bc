"""Changing the smallest parts of policy sets."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from tests.strategies import policy_sets
from translator.ir.labels import NOTHING, Label, Requirement, Scope, Selector, requirements
from translator.ir.peers import AllOf, Endpoints, NoneOf, Peer
from translator.ir.policy import PolicySet
from translator.ir.rewriting import map_peer, map_peers, map_policies, map_requirements


@given(policy_sets())
def test_what_nothing_changes_stays_the_same_object(policies: PolicySet) -> None:
    """Later parts of the program tell by identity what they need not look at again."""

    def same(peer: Peer) -> Peer:
        if isinstance(peer, Endpoints):
            assert map_requirements(peer.selector, lambda requirement: requirement) is peer.selector
        return peer

    assert map_policies(policies, lambda policy: map_peers(policy, same)) is policies


@given(policy_sets())
def test_every_requirement_is_reached(policies: PolicySet) -> None:
    """Subjects, peers, filters on the subject, and what combinations hold."""

    def cut(requirement: Requirement) -> Selector:
        return NOTHING if requirement.label.scope is Scope.POD else requirement

    def without(peer: Peer) -> Peer:
        return replace(peer, selector=map_requirements(peer.selector, cut)) if isinstance(peer, Endpoints) else peer

    found = map_policies(policies, lambda policy: map_peers(policy, without))
    labels: set[Label] = set()

    def collect(peer: Peer) -> Peer:
        if isinstance(peer, Endpoints):
            labels.update(each.label for each in requirements(peer.selector))
        return peer

    map_policies(found, lambda policy: map_peers(policy, collect))
    assert all(label.scope is not Scope.POD for label in labels)


def test_combinations_keep_their_kind() -> None:
    """All of and none of stay what they are."""
    inner = Endpoints()
    other = Endpoints(selector=NOTHING)
    changed = map_peer(AllOf((NoneOf((inner,)), inner)), lambda peer: other if peer == inner else peer)
    assert changed == AllOf((NoneOf((other,)), other))
