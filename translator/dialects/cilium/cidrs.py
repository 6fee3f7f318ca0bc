"""Address blocks, CIDR sets and CIDR groups → Network peers (cilium.md 6.1, ``CIDRSelector.Matches``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
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
    """Reads address peers. Which kinds of ends an address covers is left open (``Network.reach`` None): the option
    ``policy-cidr-match-mode`` decides it for every dialect alike, in ``semantics``."""

    def __init__(self, options: CiliumOptions, groups: Groups, doubts: Doubts) -> None:
        modes = options.policy_cidr_match_mode
        nodes: frozenset[Kind] = NODES if "nodes" in modes else frozenset()
        pods: frozenset[Kind] = PODS | RESERVED if "pods" in modes else frozenset()
        self._class = _OUTSIDE | nodes | pods
        self._groups = groups
        self._doubts = doubts

    def blocks(self, texts: Iterable[str]) -> tuple[Peer, ...]:
        """Blocks without holes."""
        return (Network(cidrs=tuple(dict.fromkeys(map(_canonical, texts))), reach=None),)

    def rules(self, rules: Sequence[CidrRule | None], origin: Origin) -> tuple[Peer, ...]:
        """A CIDR set: blocks with holes, and groups."""
        plain = [rule.cidr for rule in rules if rule and rule.cidr and not rule.except_]
        found: list[Peer] = list(self.blocks(plain)) if plain else []
        for position, rule in enumerate(rules):
            if rule is None or (rule.cidr and not rule.except_):
                continue
            holes = tuple(_canonical(hole) for hole in rule.except_ or () if hole)
            if rule.cidr:
                found.append(Network(cidrs=(_canonical(rule.cidr),), excepts=holes, reach=None))
            elif rule.cidr_group_ref:
                found.append(self._by_name(rule.cidr_group_ref, holes, origin.at(position)))
            else:
                found += self._by_labels(terms_of(rule.cidr_group_selector), holes, origin.at(position))
        return tuple(found)

    def _by_name(self, name: str, holes: tuple[str, ...], origin: Origin) -> Peer:
        """A group by name; one that does not exist selects nothing."""
        group = self._groups.get(name)
        if group is None:
            self._doubts.add(f"there is no CiliumCIDRGroup `{name}`: this matches nothing", origin, "missing-group")
        cidrs_of_group = group.cidrs if group else ()
        return Network(cidrs=cidrs_of_group, excepts=holes, reach=None, group=GroupReference(names=(name,)))

    def _by_labels(self, terms: tuple[Term, ...], holes: tuple[str, ...], origin: Origin) -> tuple[Peer, ...]:
        """Groups by their labels; every requirement is asked of all the groups that hold an address, together."""
        if not terms:
            words = " outside the cluster" if holes else ""
            self._doubts.add(f"an empty `cidrGroupSelector` selects everyone{words}", origin, "selects-everyone")
            return (self._everyone_but((), holes, None),) if holes else (ANYONE,)
        known = [term for term in terms if term.source in _GROUP_SOURCES]
        if any(term.operator in _POSITIVE for term in terms if term not in known):
            return ()  # groups have no labels of another source
        positive = [term for term in known if term.operator in _POSITIVE]
        shut = _cidrs_of(group for term in known if term not in positive for group in self._refused(term))
        selector = conjunction(*(Requirement(Label(Scope.GROUP, t.key), t.operator, t.values) for t in known))
        if not positive:
            self._doubts.add(
                "a negative `cidrGroupSelector` selects the whole world outside of the groups",
                origin,
                "selects-everyone",
            )
            reference = GroupReference(names=(), selector=selector) if known else None
            return (self._everyone_but(shut, holes, reference),)
        chosen = [self._accepted(term) for term in positive]
        names = tuple(sorted({group.name for groups in chosen for group in groups}))
        reference = GroupReference(names=names, selector=selector)
        excepts = tuple(dict.fromkeys((*holes, *shut)))
        return (Network(cidrs=_common(chosen), excepts=excepts, reach=None, group=reference),)

    def _everyone_but(self, shut: tuple[str, ...], holes: tuple[str, ...], reference: GroupReference | None) -> Peer:
        """Every end of the class that CIDR peers can match, with or without an address, minus some blocks."""
        everyone = Endpoints(kinds=self._class)
        excluded: list[Peer] = []
        if shut or reference:
            excluded.append(Network(cidrs=shut, reach=self._class, group=reference))
        parts = tuple(hole for hole in holes if not _is_whole(hole))
        whole = tuple(hole for hole in holes if _is_whole(hole))
        if parts:
            excluded.append(Network(cidrs=parts, reach=self._class))
        if whole:
            excluded.append(Network(cidrs=whole, reach=_OUTSIDE, any_family=True))
        return AllOf((everyone, NoneOf(tuple(excluded)))) if excluded else everyone

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


@lru_cache(maxsize=32768)
def _canonical(text: str) -> str:
    block = prefix(text) or prefix_or_address(text)
    assert block is not None, "sanitized before"
    return str(block)


def _is_whole(text: str) -> bool:
    """A block of length zero: a label of the world that no node and no pod carries."""
    return text in ("0.0.0.0/0", "::/0")
