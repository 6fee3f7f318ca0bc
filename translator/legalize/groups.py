"""Address groups as the target refers to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from translator.ir.labels import Label, Operator, Requirement, Scope, Selector, conjunction, matches
from translator.ir.peers import Network
from translator.ir.policy import AddressGroup, Direction, Policy
from translator.legalize.profiles import Feature, supports
from translator.legalize.target import Target, TargetName
from translator.legalize.visible import conjuncts


def in_cilium(network: Network, groups: Iterable[AddressGroup], target: Target) -> Network:
    """Groups by a selector that chooses the same ones among Cilium's, else by their names, else by their blocks.

    Cilium asks the labels of all groups around an address together, and a negative selector means the world outside
    the groups (cilium.md 6.1): only one positive requirement means the same as in Calico.
    """
    if network.group is None or not supports(target, Feature.CIDR_GROUPS):
        return replace(network, group=None)
    if network.group.selector is None:
        return network
    terms = tuple(each for each in conjuncts(network.group.selector) if not _is_about_namespaces(each))
    if len(terms) == 1 and _is_positive(terms[0]):
        selector = conjunction(*terms)
        chosen = {reference(each) for each in groups if matches(selector, _labels(each))}
        if chosen == set(network.group.names):
            return replace(network, group=replace(network.group, selector=selector))
    return replace(network, group=replace(network.group, selector=None))


def referred(groups: Sequence[AddressGroup], legal: Iterable[Policy], target: Target) -> tuple[AddressGroup, ...]:
    """The address groups that legal rules still refer to, when the target has such objects."""
    if target.name not in (TargetName.CALICO, TargetName.CILIUM):
        return ()
    wanted = {
        name
        for policy in legal
        for direction in Direction
        for rule in policy.rules(direction)
        for peer in rule.peers
        if isinstance(peer, Network) and peer.group is not None
        for name in peer.group.names
    }
    return tuple(group for group in groups if reference(group) in wanted)


def reference(group: AddressGroup) -> str:
    """``namespace/name`` or ``name``."""
    return f"{group.namespace}/{group.name}" if group.namespace else group.name


def _is_positive(term: Selector) -> bool:
    return (
        isinstance(term, Requirement)
        and term.label.scope is Scope.GROUP
        and term.operator in (Operator.IN, Operator.HAS)
    )


def _is_about_namespaces(term: Selector) -> bool:
    return isinstance(term, Requirement) and term.label.scope is Scope.NAMESPACE


def _labels(group: AddressGroup) -> dict[Label, str]:
    return {Label(Scope.GROUP, key): value for key, value in group.labels}
