"""Cilium as an engine: how its own policies and the Kubernetes API's combine (cilium.md 4, 5, 10, 11).

Admin before everything; then all CiliumNetworkPolicies, CiliumClusterwideNetworkPolicies and NetworkPolicies at once,
deny beating allow; then Baseline; last of all the default: what nobody decided is denied where some policy isolates
the endpoint, and the endpoint's own node is let in all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from operator import is_
from typing import Final

from translator.context import CiliumOptions, Context
from translator.dialect import Parsed
from translator.ir.labels import (
    EVERYTHING,
    NOTHING,
    Label,
    Operator,
    Requirement,
    Scope,
    Selector,
    requirements,
)
from translator.ir.peers import NODES, PODS, RESERVED, AllOf, Endpoints, Kind, Network, NoneOf, Peer
from translator.ir.policy import BOTH, Action, Direction, End, Engine, Evaluation, Policy, PolicySet, Rule, Tier
from translator.ir.rewriting import map_requirements

ADMIN: Final = "admin"
NORMAL: Final = "normal"
BASELINE: Final = "baseline"
DEFAULT: Final = "default"
DEFAULT_DENY: Final = "DefaultDeny"
"""The kind of the policies that stand for default deny; no object of a cluster says them."""

_OUTSIDE: Final = frozenset({Kind.OUTSIDE})
_HOST: Final = frozenset({Kind.HOST})
_INIT: Final = frozenset({Kind.INIT})
_ENDPOINTS: Final = PODS | RESERVED
"""The ends whose traffic the policy engine judges; the host only with enable-host-firewall."""
_FROM_HOST: Final = Rule(action=Action.ALLOW, peers=(Endpoints(kinds=_HOST),))
_EVALUATION: Final = {
    ADMIN: Evaluation.PRIORITY,
    NORMAL: Evaluation.DENY_OVERRIDES,
    BASELINE: Evaluation.PRIORITY,
    DEFAULT: Evaluation.DENY_OVERRIDES,
}


def assemble(parsed: Mapping[str, Parsed], context: Context) -> PolicySet:
    """The four tiers of Cilium's policy engine, under the options of the context."""
    options = context.cilium
    own = parsed.get("cilium", Parsed())
    tiers: dict[str, list[Policy]] = {ADMIN: [], NORMAL: [], BASELINE: [], DEFAULT: []}
    if options.enable_policy != "never":
        for policy in own.policies:
            tiers[NORMAL].append(_seen(policy, options))
        if options.enable_k8s_networkpolicy:
            for policy in parsed.get("kubernetes", Parsed()).policies:
                tiers[NORMAL].append(_network_policy(policy, options))
        if options.enable_k8s_cluster_network_policy:
            for policy in parsed.get("clusternetworkpolicy", Parsed()).policies:
                tier = BASELINE if policy.tier.lower() == BASELINE else ADMIN
                tiers[tier].append(replace(_seen(policy, options), tier=tier))
        tiers[DEFAULT] = list(_defaults([policy for policies in tiers.values() for policy in policies], options))
    # Baseline before the default is the engine as it is: it reaches pods that a NetworkPolicy isolates (cilium.md 11).
    last = (BASELINE, DEFAULT) if options.baseline_overrides_isolation else (DEFAULT, BASELINE)
    return PolicySet(
        engine=Engine.CILIUM,
        tiers=tuple(
            Tier(
                name=name,
                order=position,
                evaluation=_EVALUATION[name],
                end=End.DENY if name == DEFAULT else End.PASS,
                policies=tuple(tiers[name]),
            )
            for position, name in enumerate((ADMIN, NORMAL, *last))
        ),
        groups=own.groups,
    )


# -- NetworkPolicies --------------------------------------------------------------------------------------------------


def _network_policy(policy: Policy, options: CiliumOptions) -> Policy:
    """Rules of a direction that ``policyTypes`` does not list are enforced, and isolate, unless that bug is fixed."""
    seen = replace(_seen(policy, options), tier=NORMAL, order=0)
    if options.policy_types_gating:
        return seen
    directions = seen.isolates | {direction for direction in Direction if seen.rules(direction)}
    return replace(seen, directions=directions, isolates=directions)


# -- default deny (cilium.md 4) ---------------------------------------------------------------------------------------


def _defaults(policies: Iterable[Policy], options: CiliumOptions) -> Iterator[Policy]:
    """What isolates whom, and the allowance for the local host, which comes with any ingress entry at all."""
    is_forced = options.enable_policy == "always"
    lets_host_in = options.allow_localhost != "policy"
    for policy in policies:
        isolates = frozenset() if is_forced else policy.isolates
        is_always_isolated = is_forced or _selects_init(policy)
        host = lets_host_in and not _selects_host(policy) and _has_entries(policy, Direction.INGRESS)
        if isolates or (host and is_always_isolated):
            directions = isolates | ({Direction.INGRESS} if host else frozenset())
            yield replace(
                policy,
                kind=DEFAULT_DENY,
                tier=DEFAULT,
                order=0,
                directions=directions,
                isolates=isolates,
                ingress=(_FROM_HOST,) if host and Direction.INGRESS in directions else (),
                egress=(),
                description=None,
                extras=(),
            )
    if is_forced:
        kinds = _ENDPOINTS | _HOST if options.enable_host_firewall else _ENDPOINTS
        yield _isolation("enable-policy-always", kinds)
    else:
        yield _isolation("init", _INIT)


def _isolation(name: str, kinds: frozenset[Kind]) -> Policy:
    """Default deny of its own accord, in both directions."""
    return Policy(
        name=name,
        kind=DEFAULT_DENY,
        dialect="cilium",
        subject=(Endpoints(kinds=kinds),),
        directions=BOTH,
        isolates=BOTH,
        tier=DEFAULT,
        order=0,
    )


def _selects_host(policy: Policy) -> bool:
    return any(isinstance(peer, Endpoints) and Kind.HOST in peer.kinds for peer in policy.subject)


def _selects_init(policy: Policy) -> bool:
    return any(isinstance(peer, Endpoints) and Kind.INIT in peer.kinds for peer in policy.subject)


def _has_entries(policy: Policy, direction: Direction) -> bool:
    """Whether the agent makes any entry of it; a rule of ClusterNetworkPolicy without known peers makes none."""
    if policy.kind == "ClusterNetworkPolicy":
        return any(rule.peers for rule in policy.rules(direction))
    return direction in policy.directions


# -- addresses and labels as identities have them ----------------------------------------------------------------------


def _seen(policy: Policy, options: CiliumOptions) -> Policy:
    """The policy as it meets identities: address matches get their reach, labels that no identity has are absent."""
    subject = _peers(policy.subject, options)
    ingress = tuple(_rule(rule, options) for rule in policy.ingress)
    egress = tuple(_rule(rule, options) for rule in policy.egress)
    if subject is policy.subject and all(map(is_, (*ingress, *egress), (*policy.ingress, *policy.egress))):
        return policy
    return replace(policy, subject=subject, ingress=ingress, egress=egress)


def _rule(rule: Rule, options: CiliumOptions) -> Rule:
    peers = _peers(rule.peers, options)
    return rule if peers is rule.peers else replace(rule, peers=peers)


def _peers(peers: tuple[Peer, ...], options: CiliumOptions) -> tuple[Peer, ...]:
    if not any(_is_open(peer) for peer in peers):
        return peers
    return tuple(found for peer in peers for found in _peer(peer, options))


def _is_open(peer: Peer) -> bool:
    """Whether the peer may read differently; most do not."""
    match peer:
        case Endpoints(selector=selector):
            return _is_filtered(selector)
        case Network(reach=reach):
            return reach is None
        case AllOf(peers) | NoneOf(peers):
            return any(_is_open(each) for each in peers)
        case _:
            return False


def _peer(peer: Peer, options: CiliumOptions) -> tuple[Peer, ...]:
    match peer:
        case Endpoints(selector=selector, kinds=kinds):
            seen = _identity_selector(selector)
            return () if seen == NOTHING else (Endpoints(selector=seen, kinds=kinds),)
        case Network(reach=None):
            return tuple(_network(peer, options))
        case NoneOf(peers):
            return (NoneOf(tuple(found for each in peers for found in _peer(each, options))),)
        case AllOf(peers):
            # Each member stays one member: what it splits into is a union.
            return (AllOf(tuple(_union(_peer(each, options)) for each in peers)),)
        case _:
            return (peer,)


def _union(peers: tuple[Peer, ...]) -> Peer:
    """Several peers as one: not none of them."""
    return peers[0] if len(peers) == 1 else NoneOf((NoneOf(peers),))


def _network(network: Network, options: CiliumOptions) -> Iterator[Network]:
    """What an address match covers (cilium.md 6.1): the world, and other ends as ``policy-cidr-match-mode`` says.

    A block of length zero is a label of the world and no range of addresses: nodes and pods match it only in mode
    ``pods``, where every address of the family does. As a hole it excludes the world of its family, and nobody
    with an address in mode ``pods``, unless it is the hole of a group chosen by labels.
    """
    modes = options.policy_cidr_match_mode
    pods = PODS | RESERVED if "pods" in modes else frozenset()
    inside = pods | (NODES if "nodes" in modes else frozenset())
    whole = tuple(cidr for cidr in network.cidrs if _is_whole(cidr)) if network.group is None else ()
    if not inside:
        yield replace(network, reach=_OUTSIDE, any_family=bool(whole))
        return
    holes = tuple(hole for hole in network.excepts if not _is_whole(hole))
    by_labels = network.group is not None and network.group.selector is not None
    world_holes = holes if pods and not by_labels else network.excepts
    parts = tuple(cidr for cidr in network.cidrs if cidr not in whole)
    if parts or not whole:
        if world_holes == holes:
            yield replace(network, cidrs=parts, excepts=holes, reach=_OUTSIDE | inside)
        else:
            yield replace(network, cidrs=parts, excepts=world_holes, reach=_OUTSIDE)
            yield replace(network, cidrs=parts, excepts=holes, reach=inside)
    for cidr in whole:
        if pods and cidr in network.excepts:
            yield replace(network, cidrs=(cidr,), excepts=holes, reach=_OUTSIDE | inside)
            continue
        yield replace(network, cidrs=(cidr,), reach=_OUTSIDE, any_family=True)
        if pods:
            yield replace(network, cidrs=(cidr,), excepts=holes, reach=inside)


def _is_whole(cidr: str) -> bool:
    return cidr in ("0.0.0.0/0", "::/0")


_FILTERED: Final = re.compile(
    r"io\.kubernetes|kubernetes\.io|k8s\.io|topology\.kubernetes\.io|annotation|pod-template-hash"
    r"|pod-template-generation|controller-revision-hash|controller-uid|etcd_node|statefulset\.kubernetes\.io/pod-name"
    r"|apps\.kubernetes\.io/pod-index|batch\.kubernetes\.io/job-completion-index|batch\.kubernetes\.io/controller-uid"
)
"""Keys of pod labels that are no part of an identity, by their beginning (cilium.md 2.2)."""
_BETA: Final = "beta.kubernetes.io"
_POSITIVE: Final = frozenset({Operator.IN, Operator.HAS})


@lru_cache(maxsize=16384)
def is_identity_label(label: Label) -> bool:
    """Whether identities have a label, so that policies can select by it."""
    if label.scope is Scope.POD:
        return not _FILTERED.match(label.key) and _BETA not in label.key
    return label.scope is not Scope.NAMESPACE or _BETA not in label.key


@lru_cache(maxsize=16384)
def _is_filtered(selector: Selector) -> bool:
    return any(not is_identity_label(requirement.label) for requirement in requirements(selector))


def _identity_selector(selector: Selector) -> Selector:
    """The selector over the labels that identities have: the others are absent, for every pod."""
    return map_requirements(selector, _of_identities)


def _of_identities(requirement: Requirement) -> Selector:
    if is_identity_label(requirement.label):
        return requirement
    return NOTHING if requirement.operator in _POSITIVE else EVERYTHING
