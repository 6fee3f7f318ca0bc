"""Selectors and ranges without labels and addresses that nobody can have."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from operator import is_
from typing import Final

from translator.ir.addresses import MAPPED, block
from translator.ir.labels import (
    EVERYTHING,
    NOTHING,
    SERVICE_ACCOUNT_NAME,
    Operator,
    Requirement,
    Scope,
    Selector,
)
from translator.ir.peers import Endpoints, Network, Peer
from translator.ir.policy import AddressGroup, PolicySet
from translator.ir.rewriting import map_peers, map_policies, map_requirements

_NAME: Final = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_VALUE: Final = re.compile(rf"({_NAME})?\Z")
_DOMAIN: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_KEY: Final = re.compile(rf"({_DOMAIN}/)?{_NAME}\Z")
_LONGEST_DOMAIN: Final = 253
_CARRIED: Final = frozenset({Scope.POD, Scope.NAMESPACE, Scope.SERVICE_ACCOUNT, Scope.NODE, Scope.GROUP})
"""Scopes of labels that objects of the API server carry."""
_POSITIVE: Final = frozenset({Operator.IN, Operator.HAS, Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.CONTAINS})


def possible(policies: PolicySet) -> PolicySet:
    """The set whose selectors and ranges ask for what can exist.

    Calico's selectors take any text (calico.md 2.1), but the API server refuses labels with such keys and values.
    No packet has an IPv4-mapped address: Cilium's agent takes such ranges, where they match nothing [V B8r], Calico
    takes them for IPv4, and the API server refuses them (kubernetes.md A.2).
    """
    groups = tuple(map(_group, policies.groups))
    found = map_policies(policies, lambda policy: map_peers(policy, _peer))
    return found if all(map(is_, groups, policies.groups)) else replace(found, groups=groups)


def _peer(peer: Peer) -> Peer:
    match peer:
        case Endpoints(selector=selector):
            asked = map_requirements(selector, _possible)
            return peer if asked is selector else replace(peer, selector=asked)
        case Network(cidrs=cidrs, excepts=excepts) if any(map(_is_mapped, (*cidrs, *excepts))):
            return replace(peer, cidrs=_unmapped(cidrs), excepts=_unmapped(excepts))
        case _:
            return peer


def _group(group: AddressGroup) -> AddressGroup:
    return replace(group, cidrs=_unmapped(group.cidrs)) if any(map(_is_mapped, group.cidrs)) else group


def _unmapped(cidrs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(cidr for cidr in cidrs if not _is_mapped(cidr))


def _is_mapped(cidr: str) -> bool:
    """Whether a block holds IPv4-mapped addresses only; hardly any text can be one."""
    return cidr.startswith((":", "0")) and not block(cidr) - MAPPED


@lru_cache(maxsize=65536)
def _possible(requirement: Requirement) -> Selector:
    """The requirement over the labels that can be there."""
    label, operator, values = requirement.label, requirement.operator, requirement.values
    if label.scope not in _CARRIED or label == SERVICE_ACCOUNT_NAME:
        return requirement
    if not _is_key(label.key):
        return NOTHING if operator in _POSITIVE else EVERYTHING
    if operator not in (Operator.IN, Operator.NOT_IN):
        return requirement
    kept = tuple(value for value in values if _VALUE.match(value))
    if len(kept) == len(values):
        return requirement
    if kept:
        return Requirement(label, operator, kept)
    return NOTHING if operator is Operator.IN else EVERYTHING


def _is_key(key: str) -> bool:
    return bool(_KEY.match(key)) and len(key.rpartition("/")[0]) <= _LONGEST_DOMAIN
