"""Policy sets without the ends that only one of two engines has, so that the two can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import is_
from typing import assert_never

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
from translator.ir.peers import (
    ANYONE,
    EVERY_KIND,
    NODES,
    PODS,
    RESERVED,
    AllOf,
    Anyone,
    Domain,
    Endpoints,
    Kind,
    Network,
    NoneOf,
    Peer,
    Service,
    Unsupported,
)
from translator.ir.policy import BOTH, Action, End, Engine, Evaluation, Policy, PolicySet, Rule, Tier
from translator.legalize.knowledge import names_clusters
from translator.pipeline.one_cluster import in_own_cluster

COMMON = EVERY_KIND - RESERVED
"""Health, init, ingress and unmanaged endpoints exist under Cilium only (cilium.md 6.2)."""
_SOMEONE = Endpoints(kinds=COMMON)


def governs_nodes(policies: PolicySet) -> bool:
    """Whether some policy acts on nodes: in Calico only where there is a host endpoint (calico.md 6.2)."""
    return policies.engine is not Engine.CALICO or bool(policies.hosts)


def comparable(a: PolicySet, b: PolicySet) -> tuple[PolicySet, PolicySet]:
    """Both sets over the ends that both engines have; sets of one engine as they are."""
    if a.engine is b.engine:
        return a, b
    if names_clusters(a) or names_clusters(b):
        a, b = in_own_cluster(a), in_own_cluster(b)
    nodes = governs_nodes(a) and governs_nodes(b)
    return with_common_ends(a, nodes=nodes), with_common_ends(b, nodes=nodes)


def with_common_ends(policies: PolicySet, *, nodes: bool) -> PolicySet:
    """The set in which ends of Cilium's own kinds are neither selected nor matched by any rule.

    ``nodes``: whether policies act on nodes.
    """
    return replace(
        policies,
        tiers=tuple(
            replace(tier, policies=tuple(_policy(policy, nodes=nodes) for policy in tier.policies))
            for tier in policies.tiers
        ),
    )


def _policy(policy: Policy, *, nodes: bool) -> Policy:
    subject = _peers(policy.subject)
    if not nodes:
        subject = tuple(map(_without_nodes, subject))
    ingress, egress = tuple(map(_rule, policy.ingress)), tuple(map(_rule, policy.egress))
    before = (*policy.subject, *policy.ingress, *policy.egress)
    if all(map(is_, (*subject, *ingress, *egress), before)):
        return policy
    return replace(policy, subject=subject, ingress=ingress, egress=egress)


def _without_nodes(peer: Peer) -> Peer:
    if isinstance(peer, Endpoints) and peer.kinds & NODES:
        return replace(peer, kinds=peer.kinds - NODES)
    return peer


def _rule(rule: Rule) -> Rule:
    peers = _peers(rule.peers)
    return rule if peers is rule.peers else replace(rule, peers=peers)


def _peers(peers: tuple[Peer, ...]) -> tuple[Peer, ...]:
    changed = tuple(map(_peer, peers))
    return peers if all(map(is_, peers, changed)) else changed


def _peer(peer: Peer) -> Peer:
    match peer:
        case Anyone():
            return _SOMEONE
        case Endpoints(kinds=kinds):
            return peer if kinds.isdisjoint(RESERVED) else replace(peer, kinds=kinds & COMMON)
        case Network(reach=reach):
            return peer if reach is None or reach.isdisjoint(RESERVED) else replace(peer, reach=reach & COMMON)
        case AllOf() | NoneOf():
            return AllOf((_SOMEONE, peer))
        case Domain() | Service() | Unsupported():
            return peer
        case _:
            assert_never(peer)


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
