"""What a translation claims to be the same, and policy sets without the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from translator.ir.labels import (
    NAMESPACE_NAME,
    SERVICE_ACCOUNT_NAME,
    Label,
    conjunction,
    disjunction,
    has,
    negation,
    none_of,
    one_of,
)
from translator.ir.peers import ANYONE, EVERY_KIND, PODS, AllOf, Endpoints, Kind, NoneOf, Peer
from translator.ir.policy import BOTH, Action, End, Evaluation, Policy, PolicySet, Rule, Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a translation claims to be the same: assumptions that were declared without effect set its bounds."""

    hosts: bool = True
    """False: there are no host endpoints, so nodes are not governed."""
    namespaces: tuple[str, ...] | None = None
    """The only namespaces of subjects; None: every namespace."""
    accounts: tuple[str, ...] | None = None
    """The only service accounts, as ``namespace/name``; None: every one."""
    values: Mapping[Label, frozenset[str]] = field(default_factory=dict)
    """The only values of some labels, absence apart."""


def within(policies: PolicySet, claim: Claim) -> PolicySet:
    """The set with everything that is not claimed allowed before any policy is asked, so that it compares equal."""
    if claim == Claim():
        return policies
    known: Peer = AllOf(
        tuple(
            NoneOf((Endpoints(selector=conjunction(has(label), none_of(label, *values))),))
            for label, values in sorted(claim.values.items())
        )
        + (() if claim.accounts is None else (NoneOf((_other_accounts(claim.accounts),)),))
    )
    scope = [known]
    if not claim.hosts:
        scope.append(Endpoints(kinds=EVERY_KIND - {Kind.HOST}))
    if claim.namespaces is not None:
        here = Endpoints(selector=one_of(NAMESPACE_NAME, *claim.namespaces))
        scope.append(NoneOf((AllOf((Endpoints(), NoneOf((here,)))),)))
    anyone = Rule(action=Action.ALLOW)
    unclaimed = [_unclaimed("subjects", NoneOf((AllOf(tuple(scope)),)), anyone)]
    if claim.values or claim.accounts is not None:
        unclaimed.append(_unclaimed("peers", ANYONE, Rule(action=Action.ALLOW, peers=(NoneOf((known,)),))))
    tier = Tier(
        name="unclaimed", order=None, evaluation=Evaluation.FIRST_MATCH, end=End.PASS, policies=tuple(unclaimed)
    )
    return replace(policies, tiers=(tier, *policies.tiers))


def _other_accounts(accounts: Sequence[str]) -> Peer:
    """Pods of all service accounts but some."""
    by_namespace: dict[str, list[str]] = {}
    for reference in accounts:
        namespace, _, name = reference.partition("/")
        by_namespace.setdefault(namespace, []).append(name)
    known = (
        conjunction(one_of(NAMESPACE_NAME, namespace), one_of(SERVICE_ACCOUNT_NAME, *names))
        for namespace, names in by_namespace.items()
    )
    return Endpoints(selector=negation(disjunction(*known)), kinds=PODS)


def _unclaimed(name: str, subject: Peer, rule: Rule) -> Policy:
    return Policy(
        name=name,
        kind="",
        dialect="",
        subject=(subject,),
        directions=BOTH,
        isolates=frozenset(),
        ingress=(rule,),
        egress=(rule,),
        tier="unclaimed",
    )
