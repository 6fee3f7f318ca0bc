"""Selectors with more alternatives than can be written one by one: the rules that have them are given up or widened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from translator.ir.labels import And, Not, Or, Selector
from translator.ir.peers import ANYONE, AllOf, Endpoints, NoneOf, Peer
from translator.ir.policy import Action, Direction, Policy, PolicySet, Rule
from translator.legalize.cubes import TooLarge, of_peer, of_peers
from translator.legalize.recorder import Recorder
from translator.loss import Change

_MESSAGE = "its selectors have too many alternatives"


def writable(policies: PolicySet, recorder: Recorder) -> PolicySet:
    """The set without selectors that are too large; what was done about each is declared, and never permits more."""
    if not any(_is_doubtful(policy) for policy in policies.policies()):
        return policies
    return replace(
        policies,
        tiers=tuple(replace(tier, policies=tuple(_policies(tier.policies, recorder))) for tier in policies.tiers),
    )


def _policies(policies: Iterable[Policy], recorder: Recorder) -> Iterator[Policy]:
    for policy in policies:
        if not _is_doubtful(policy):
            yield policy
            continue
        try:
            of_peers(policy.subject)
        except TooLarge:
            for change in (Change.ISOLATION_DROPPED, Change.RULE_DROPPED):
                recorder.declare("policy-refused", f"whom it selects: {_MESSAGE}", change=change, policy=policy)
            continue
        rules = {direction: tuple(_rules(policy, direction, recorder)) for direction in Direction}
        yield replace(policy, ingress=rules[Direction.INGRESS], egress=rules[Direction.EGRESS])


def _rules(policy: Policy, direction: Direction, recorder: Recorder) -> Iterator[Rule]:
    for rule in policy.rules(direction):
        try:
            of_peers((*rule.peers, rule.subject))
        except TooLarge:
            if direction not in policy.directions or rule.action is Action.LOG:
                continue
            change = Change.RULE_WIDENED if rule.action is Action.DENY else Change.RULE_DROPPED
            recorder.declare("rule-limit", _MESSAGE, change=change, policy=policy, rule=rule)
            if rule.action is Action.DENY:
                yield replace(rule, peers=tuple(dict.fromkeys(map(_wider, rule.peers))), subject=_wider(rule.subject))
        else:
            yield rule


def _wider(peer: Peer) -> Peer:
    """The peer where it can be written, else all ends of its kinds."""
    try:
        of_peer(peer)
    except TooLarge:
        return Endpoints(kinds=peer.kinds) if isinstance(peer, Endpoints) else ANYONE
    return peer


def _is_doubtful(policy: Policy) -> bool:
    peers = (
        *policy.subject,
        *(peer for each in Direction for rule in policy.rules(each) for peer in (*rule.peers, rule.subject)),
    )
    return any(_has_alternatives(peer) for peer in peers)


def _has_alternatives(peer: Peer) -> bool:
    match peer:
        case Endpoints(selector=selector):
            return _branches(selector)
        case AllOf(peers) | NoneOf(peers):
            return any(_has_alternatives(each) for each in peers)
        case _:
            return False


def _branches(selector: Selector) -> bool:
    """Whether alternatives stand inside a conjunction or a negation, where they multiply."""
    match selector:
        case And(terms):
            return any(isinstance(term, Or | Not) for term in terms)
        case Or(terms):
            return any(_branches(term) for term in terms)
        case Not():
            return True
        case _:
            return False
