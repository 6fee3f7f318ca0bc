"""Policies written so that a plugin enforces them: nothing that it has trouble with, and the same meaning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from translator.context import Context
from translator.enforcement.profile import Adaptation, Plugin
from translator.ir.addresses import cidrs
from translator.ir.peers import Network, Peer
from translator.ir.policy import Direction, Policy, PolicySet, Rule
from translator.ir.traffic import Traffic
from translator.legalize.build import Built
from translator.legalize.named_ports import Names
from translator.legalize.population import Population
from translator.legalize.profiles import Feature
from translator.legalize.recorder import Recorder
from translator.legalize.target import Target


def target_for(plugin: Plugin, target: Target) -> Target:
    """The target without what the plugin does not understand; nothing stays as it is just because it could."""
    without = frozenset({Feature.PORT_RANGES}) if Adaptation.NO_RANGES in plugin.adaptations else frozenset()
    return replace(target, without=target.without | without, rewrite_all=True)


def context_for(plugin: Plugin, context: Context) -> Context:
    """The context with what the plugin settles of what the API leaves open."""
    options = context.kubernetes
    if options.ipblock_matches_pods is not None or plugin.ipblock_matches_pods is None:
        return context
    return replace(context, kubernetes=replace(options, ipblock_matches_pods=plugin.ipblock_matches_pods))


def with_numbers(policies: PolicySet, plugin: Plugin, context: Context, recorder: Recorder) -> PolicySet:
    """The set with port names as numbers where the known pods agree on them, if the plugin has trouble with names."""
    if Adaptation.NUMERIC_PORTS not in plugin.adaptations or not context.pods:
        return policies
    names = Names(population=Population(context=context), recorder=recorder, needs=_is_named)
    return replace(
        policies,
        tiers=tuple(
            replace(tier, policies=tuple(names.policy(policy) for policy in tier.policies)) for tier in policies.tiers
        ),
    )


def _is_named(traffic: Traffic) -> bool:
    return bool(traffic.ports.names or traffic.not_ports.names)


def reshaped(built: Built, plugin: Plugin) -> Built:
    """A legal NetworkPolicy with its ipBlocks as the plugin wants them."""
    wanted = plugin.adaptations & {Adaptation.NO_EXCEPTS, Adaptation.ONE_BLOCK}
    if not wanted:
        return built
    ingress, egress = (
        tuple(found for rule in built.policy.rules(direction) for found in _rules(rule, wanted))
        for direction in Direction
    )
    policy: Policy = replace(built.policy, ingress=ingress, egress=egress)
    return built if policy == built.policy else replace(built, policy=policy)


def _rules(rule: Rule, wanted: frozenset[Adaptation]) -> Iterator[Rule]:
    peers = tuple(found for peer in rule.peers for found in _peers(peer, wanted))
    if Adaptation.ONE_BLOCK not in wanted:
        yield rule if peers == rule.peers else replace(rule, peers=peers)
        return
    blocks = [peer for peer in peers if isinstance(peer, Network)]
    others = tuple(peer for peer in peers if not isinstance(peer, Network))
    if others:
        yield replace(rule, peers=others)
    for block in blocks:
        yield replace(rule, peers=(block,))


def _peers(peer: Peer, wanted: frozenset[Adaptation]) -> Iterator[Peer]:
    """A network as blocks of their own: without excepts, and one by one."""
    if not isinstance(peer, Network):
        yield peer
    elif peer.excepts and Adaptation.NO_EXCEPTS in wanted:
        yield from (replace(peer, cidrs=(cidr,), excepts=()) for cidr in cidrs(peer.addresses))
    elif Adaptation.ONE_BLOCK in wanted:
        yield from (replace(peer, cidrs=(cidr,)) for cidr in peer.cidrs)
    else:
        yield peer
