"""Address groups as the target refers to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from translator.ir.addresses import Addresses, blocks
from translator.ir.labels import Label, Operator, Requirement, Scope, Selector, conjunction, matches
from translator.ir.peers import GroupReference, Kind, Network
from translator.ir.policy import AddressGroup, Direction, Policy
from translator.legalize.cubes import Cube
from translator.legalize.profiles import Feature, supports
from translator.legalize.reaches import network_of
from translator.legalize.target import Target, TargetName
from translator.legalize.visible import conjuncts


def restated(
    cube: Cube, addresses: Addresses, reach: frozenset[Kind] | None, groups: Sequence[AddressGroup], target: Target
) -> Network:
    """A cube's addresses, in the words of the source where they still hold."""
    source = cube.source
    if not isinstance(source, Network):
        return network_of(addresses, reach=reach, bases=cube.bases)
    network = Network(cidrs=source.cidrs, excepts=source.excepts, reach=reach, group=source.group)
    return with_groups(network, groups, target)


def with_groups(network: Network, groups: Sequence[AddressGroup], target: Target) -> Network:
    """The network with its reference to groups as the target has it, or without."""
    match target.name:
        case TargetName.CILIUM:
            return _in_cilium(network, groups, target)
        case TargetName.CALICO:
            return _in_calico(network, groups)
        case _:
            return network


def _in_calico(network: Network, groups: Sequence[AddressGroup]) -> Network:
    """Groups by a selector that means these blocks among Calico's sets, else by their names, else by their blocks.

    Calico asks the labels of each set by itself; Cilium those of all groups around an address together, their names
    among them (cilium.md 6.1).
    """
    chosen = network.group
    if chosen is None:
        return network
    wanted = blocks(network.cidrs)
    if chosen.selector is not None:
        found = [each for each in groups if matches(chosen.selector, _labels(each))]
        if {reference(each) for each in found} == set(chosen.names) and _addresses(found) == wanted:
            return network
    known = [each for each in groups if reference(each) in chosen.names]
    named = _addresses(known) == wanted and all(_carries_name(each) for each in known)
    return replace(network, group=replace(chosen, selector=None) if named else None)


def _carries_name(group: AddressGroup) -> bool:
    """Whether a set gets its name as a label: those of other dialects do when they are written for Calico."""
    return group.dialect != TargetName.CALICO


def _addresses(groups: Iterable[AddressGroup]) -> Addresses:
    return blocks(cidr for group in groups for cidr in group.cidrs)


def _in_cilium(network: Network, groups: Iterable[AddressGroup], target: Target) -> Network:
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
        if isinstance(peer, Network) and peer.group is not None and _can_be_chosen(peer.group, target)
        for name in peer.group.names
    }
    return tuple(group for group in groups if reference(group) in wanted)


def _can_be_chosen(reference: GroupReference, target: Target) -> bool:
    """Calico chooses sets by labels that must be there: with the name as one, of at most 63 characters (calico.md 2.5).

    Sets of the cluster share the place ``global()`` with host endpoints, which a selector that demands nothing matches.
    """
    if target.name is not TargetName.CALICO:
        return True
    if reference.selector is None:
        return all(len(name.rpartition("/")[2]) <= 63 for name in reference.names)
    return all("/" in name for name in reference.names) or not matches(reference.selector, {})


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
