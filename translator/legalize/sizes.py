"""Selectors with more alternatives than can be written one by one: the rules that have them are given up or widened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from translator.ir.labels import EVERYTHING, And, Not, Operator, Or, Selector, requirements
from translator.ir.peers import ANYONE, AllOf, Endpoints, Peer, parts
from translator.ir.policy import Action, Direction, Policy, PolicySet, Rule
from translator.legalize.cubes import TooLarge, of_peer, of_peers
from translator.legalize.recorder import Recorder
from translator.legalize.target import TargetName
from translator.loss.effect import Change

_MESSAGE = "its selectors have too many alternatives"
_LONG = "it excludes more values than a selector has room for"
_ROOM: Final = 900
"""Characters that excluded values may take of the 1024 that Calico's schema allows (calico.md 2.1): lists of values
that are asked for become several rules, lists of those that are not cannot."""
_MANY: Final = 8
"""Fewer excluded values than this always fit."""


def writable(policies: PolicySet, recorder: Recorder) -> PolicySet:
    """The set without selectors that are too large; what was done about each is declared, and never permits more."""
    if recorder.target.name is TargetName.CALICO:
        policies = _without_long(policies, recorder)
    if not any(_is_doubtful(policy) for policy in policies.policies()):
        return policies
    return replace(
        policies,
        tiers=tuple(replace(tier, policies=tuple(_policies(tier.policies, recorder))) for tier in policies.tiers),
    )


def _without_long(policies: PolicySet, recorder: Recorder) -> PolicySet:
    """The set without rules about peers that Calico's selectors have no room for; subjects are cut elsewhere."""
    if not any(_is_long_rule(rule) for policy in policies.policies() for rule in _all_rules(policy)):
        return policies

    def kept(policy: Policy, direction: Direction) -> tuple[Rule, ...]:
        return tuple(each for rule in policy.rules(direction) for each in _shorter(policy, direction, rule, recorder))

    return replace(
        policies,
        tiers=tuple(
            replace(
                tier,
                policies=tuple(
                    replace(each, ingress=kept(each, Direction.INGRESS), egress=kept(each, Direction.EGRESS))
                    if any(map(_is_long_rule, _all_rules(each)))
                    else each
                    for each in tier.policies
                ),
            )
            for tier in policies.tiers
        ),
    )


def _shorter(policy: Policy, direction: Direction, rule: Rule, recorder: Recorder) -> Iterator[Rule]:
    """The rule, without the peers that are too long; a deny of them denies all pods instead."""
    long = [peer for peer in rule.peers if _is_long(peer)]
    is_idle = direction not in policy.directions or rule.action is Action.LOG
    if not _is_long_rule(rule) or is_idle:
        yield rule
        return
    widens = rule.action is Action.DENY
    change = Change.RULE_WIDENED if widens else Change.RULE_DROPPED
    recorder.declare("rule-limit", _LONG, change=change, policy=policy, rule=rule)
    peers = tuple(_all_of_its_kinds(peer) if peer in long and widens else peer for peer in rule.peers)
    peers = peers if widens else tuple(peer for peer in peers if peer not in long)
    subject = _all_of_its_kinds(rule.subject) if _is_long(rule.subject) else rule.subject
    if peers and (widens or subject is rule.subject):
        yield replace(rule, peers=peers, subject=subject)


def _all_of_its_kinds(peer: Peer) -> Peer:
    return Endpoints(kinds=peer.kinds) if isinstance(peer, Endpoints) else ANYONE


def _all_rules(policy: Policy) -> tuple[Rule, ...]:
    return (*policy.ingress, *policy.egress)


def _is_long_rule(rule: Rule) -> bool:
    return any(map(_is_long, rule.peers)) or _is_long(rule.subject)


def _is_long(peer: Peer) -> bool:
    match peer:
        case Endpoints(selector=selector):
            return selector != EVERYTHING and _excluded(selector) > _ROOM
        case AllOf(peers):
            return any(map(_is_long, peers))
        case _:
            return False


def _excluded(selector: Selector) -> int:
    """About the characters that excluded values take; all of them, as one conjunction may hold them."""
    return sum(
        20 + len(each.label.key) + sum(len(value) + 4 for value in each.values)
        for each in requirements(selector)
        if each.operator is Operator.NOT_IN and len(each.values) > _MANY
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
        return _all_of_its_kinds(peer)
    return peer


def _is_doubtful(policy: Policy) -> bool:
    peers = (
        *policy.subject,
        *(peer for each in Direction for rule in policy.rules(each) for peer in (*rule.peers, rule.subject)),
    )
    return any(_has_alternatives(peer) for peer in peers)


def _has_alternatives(peer: Peer) -> bool:
    return any(isinstance(each, Endpoints) and _branches(each.selector) for each in parts(peer))


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
