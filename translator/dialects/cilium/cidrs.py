"""Address blocks, CIDR sets and CIDR groups → Network peers (cilium.md 6.1, ``CIDRSelector.Matches``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from translator.context import CiliumOptions
from translator.dialects.cilium.doubts import Doubts
from translator.dialects.cilium.model import CidrRule
from translator.dialects.cilium.selectors import Term, terms_of
from translator.dialects.cilium.values import prefix, prefix_or_address
from translator.ir.addresses import NO_ADDRESSES, blocks, cidrs
from translator.ir.labels import Label, Operator, Requirement, Scope, conjunction, requirement_holds
from translator.ir.peers import (
    ANYONE,
    NODES,
    PODS,
    RESERVED,
    AllOf,
    Endpoints,
    GroupReference,
    Kind,
    Network,
    NoneOf,
    Peer,
)
from translator.ir.policy import AddressGroup
from translator.origin import Origin

Groups = Mapping[str, AddressGroup]

GROUP_NAME_KEY: Final = "io.cilium.policy.cidrgroupname/"
_OUTSIDE: Final = frozenset({Kind.OUTSIDE})
_GROUP_SOURCES: Final = frozenset({"any", "cidrgroup"})
_POSITIVE: Final = frozenset({Operator.IN, Operator.HAS})


class CidrReader:
    """Reads address peers under some options."""

    def __init__(self, options: CiliumOptions, groups: Groups, doubts: Doubts) -> None:
        modes = options.policy_cidr_match_mode
        self._matches_pods = "pods" in modes
        self.reach = (
            _OUTSIDE
            | (NODES if "nodes" in modes else frozenset())
            | (PODS | RESERVED if self._matches_pods else frozenset())
        )
        """The kinds of ends that an address match covers at all."""
        self._groups = groups
        self._doubts = doubts

    def blocks(self, texts: Iterable[str], excepts: Sequence[str] = ()) -> tuple[Peer, ...]:
        """Blocks minus holes. A block of length zero is the world of its family, not a range of addresses."""
        written = tuple(dict.fromkeys(map(_canonical, texts)))
        whole = tuple(text for text in written if _is_whole(text))
        parts = tuple(text for text in written if not _is_whole(text))
        if not self._matches_pods and self.reach == _OUTSIDE:
            network = Network(cidrs=written, excepts=tuple(excepts), reach=_OUTSIDE, any_family=bool(whole))
            return (network,) if written else ()
        found: list[Peer] = []
        if parts:
            found.append(Network(cidrs=parts, excepts=tuple(excepts), reach=self.reach))
        for text in whole:
            found += self._whole_family(text, excepts)
        return tuple(found)

    def _whole_family(self, text: str, excepts: Sequence[str]) -> Iterable[Peer]:
        """``0.0.0.0/0`` and ``::/0``: a label of the world; in mode ``pods`` also any address of the family.

        There a hole of length zero excludes nobody who has an address.
        """
        holes = tuple(hole for hole in excepts if hole != text)
        if self._matches_pods and len(holes) < len(excepts):
            yield Network(cidrs=(text,), excepts=holes, reach=self.reach)
            return
        yield Network(cidrs=(text,), excepts=tuple(excepts), reach=_OUTSIDE, any_family=True)
        if self._matches_pods:
            yield Network(cidrs=(text,), excepts=holes, reach=self.reach - _OUTSIDE)

    def rules(self, rules: Sequence[CidrRule | None], origin: Origin) -> tuple[Peer, ...]:
        """A CIDR set: blocks with holes, and groups."""
        plain = [rule.cidr for rule in rules if rule and rule.cidr and not rule.except_]
        found: list[Peer] = list(self.blocks(plain)) if plain else []
        for position, rule in enumerate(rules):
            if rule is None or (rule.cidr and not rule.except_):
                continue
            holes = tuple(_canonical(hole) for hole in rule.except_ or () if hole)
            if rule.cidr:
                found += self.blocks((rule.cidr,), holes)
            elif rule.cidr_group_ref:
                found += self._by_name(rule.cidr_group_ref, holes, origin.at(position))
            else:
                found += self._by_labels(terms_of(rule.cidr_group_selector), holes, origin.at(position))
        return tuple(found)

    def _by_name(self, name: str, holes: tuple[str, ...], origin: Origin) -> Iterable[Peer]:
        """A group by name; one that does not exist selects nothing."""
        group = self._groups.get(name)
        reference = GroupReference(names=(name,))
        if group is None:
            self._doubts.add(f"there is no CiliumCIDRGroup `{name}`: this matches nothing", origin, "missing-group")
        yield from self._group(group.cidrs if group else (), holes, reference, holds_world=not self._matches_pods)

    def _group(
        self, texts: tuple[str, ...], holes: tuple[str, ...], reference: GroupReference, *, holds_world: bool
    ) -> Iterable[Peer]:
        """Blocks of groups. A hole of length zero is a label of the world: nodes and pods never carry it."""
        parts = tuple(hole for hole in holes if not _is_whole(hole))
        if len(parts) == len(holes) or (holds_world and self.reach == _OUTSIDE):
            yield Network(cidrs=texts, excepts=holes, reach=self.reach, group=reference)
        elif not holds_world:
            yield Network(cidrs=texts, excepts=parts, reach=self.reach, group=reference)
        else:
            yield Network(cidrs=texts, excepts=holes, reach=_OUTSIDE, group=reference)
            yield Network(cidrs=texts, excepts=parts, reach=self.reach - _OUTSIDE, group=reference)

    def _by_labels(self, terms: tuple[Term, ...], holes: tuple[str, ...], origin: Origin) -> Iterable[Peer]:
        """Groups by their labels; every requirement is asked of all the groups that hold an address, together."""
        if not terms:
            self._doubts.add(
                "an empty `cidrGroupSelector` selects everyone" + (" outside the cluster" if holes else ""),
                origin,
                "selects-everyone",
            )
            yield ANYONE if not holes else self._everyone_but((), holes, None)
            return
        positive = [term for term in terms if term.operator in _POSITIVE]
        negative = [term for term in terms if term.operator not in _POSITIVE]
        shut = _cidrs_of(group for term in negative for group in self._refused(term))
        selector = conjunction(*(Requirement(Label(Scope.GROUP, t.key), t.operator, t.values) for t in terms))
        if not positive:
            self._doubts.add(
                "a negative `cidrGroupSelector` selects the whole world outside of the groups",
                origin,
                "selects-everyone",
            )
            yield self._everyone_but(shut, holes, GroupReference(names=(), selector=selector))
            return
        chosen = [self._accepted(term) for term in positive]
        names = tuple(sorted({group.name for groups in chosen for group in groups}))
        reference = GroupReference(names=names, selector=selector)
        yield from self._group(_common(chosen), (*holes, *shut), reference, holds_world=True)

    def _everyone_but(self, shut: tuple[str, ...], holes: tuple[str, ...], reference: GroupReference | None) -> Peer:
        """Every end of the class that CIDR peers can match, with or without an address, minus some blocks."""
        everyone = Endpoints(kinds=self.reach)
        excluded: list[Peer] = []
        if shut or reference:
            excluded.append(Network(cidrs=shut, reach=self.reach, group=reference))
        parts = tuple(hole for hole in holes if not _is_whole(hole))
        whole = tuple(hole for hole in holes if _is_whole(hole))
        if parts:
            excluded.append(Network(cidrs=parts, reach=self.reach))
        if whole:
            excluded.append(Network(cidrs=whole, reach=_OUTSIDE, any_family=True))
        return AllOf((everyone, NoneOf(tuple(excluded))))

    def _accepted(self, term: Term) -> list[AddressGroup]:
        """The groups whose labels meet a positive requirement."""
        return [group for group in self._groups.values() if _has(group, term)]

    def _refused(self, term: Term) -> list[AddressGroup]:
        """The groups that a negative requirement excludes."""
        opposite = Operator.HAS if term.operator is Operator.LACKS else Operator.IN
        return self._accepted(Term(term.source, term.key, opposite, term.values))


def _has(group: AddressGroup, term: Term) -> bool:
    """Groups lend their labels, and one that holds their name, under the source ``cidrgroup``."""
    if term.source not in _GROUP_SOURCES:
        return False
    if term.key == GROUP_NAME_KEY + group.name and term.operator is Operator.HAS:
        return True
    requirement = Requirement(Label(Scope.GROUP, term.key), term.operator, term.values)
    return requirement_holds(requirement, dict(group.labels).get(term.key))


def _common(chosen: Sequence[Sequence[AddressGroup]]) -> tuple[str, ...]:
    """The addresses that every set of groups holds, in the groups' own blocks where these say it."""
    if len(chosen) == 1:
        return _cidrs_of(chosen[0])
    in_all = [group for group in chosen[0] if all(group in groups for groups in chosen[1:])]
    addresses = blocks(_cidrs_of(chosen[0]))
    for groups in chosen[1:]:
        addresses &= blocks(_cidrs_of(groups))
    written = _cidrs_of(in_all)
    same = (blocks(written) if written else NO_ADDRESSES) == addresses
    return written if same else cidrs(addresses)


def _cidrs_of(groups: Iterable[AddressGroup]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cidr for group in groups for cidr in group.cidrs))


def canonical_group_cidrs(texts: Iterable[str]) -> tuple[str, ...]:
    """The blocks of a CIDR group, masked; texts that the agent could not read are left out."""
    found = (prefix_or_address(text) for text in texts)
    return tuple(dict.fromkeys(str(block) for block in found if block is not None))


def _canonical(text: str) -> str:
    block = prefix(text) or prefix_or_address(text)
    assert block is not None, "sanitized before"
    return str(block)


def _is_whole(text: str) -> bool:
    return text in ("0.0.0.0/0", "::/0")
