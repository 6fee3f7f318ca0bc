"""Policies in a form in which the same meaning is the same value: orders forgotten, unions taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from translator.ir.labels import And
from translator.ir.peers import Endpoints, Network, Peer
from translator.ir.policy import Policy, Rule
from translator.ir.traffic import ALL_PORTS, ANY_TRAFFIC, Traffic

WHOLE = ("0.0.0.0/0", "::/0")


def canonical(policy: Policy) -> tuple[Any, ...]:
    """What a policy says, but not how."""
    return (
        policy.name,
        policy.namespace,
        frozenset(repr(part) for peer in policy.subject for part in _peers(peer)),
        policy.directions,
        policy.isolates,
        frozenset(_rules(policy.ingress)),
        frozenset(_rules(policy.egress)),
        policy.description,
        policy.extras,
    )


def _rules(rules: Iterable[Rule]) -> Iterator[str]:
    """One statement per peer and port."""
    for rule in rules:
        rest = (rule.action, rule.layer7, sorted(map(repr, rule.conditions)), rule.annotations)
        for peer in rule.peers:
            for part in _peers(peer):
                for traffic in rule.traffic:
                    yield from (repr((part, packet, rest)) for packet in _packets(traffic))


def _peers(peer: Peer) -> Iterator[Peer]:
    match peer:
        case Endpoints(selector=selector, kinds=kinds):
            ordered = And(tuple(sorted(selector.terms, key=repr))) if isinstance(selector, And) else selector
            yield from (Endpoints(selector=ordered, kinds=frozenset({kind})) for kind in kinds)
        case Network(group=None, excepts=()) if peer.cidrs:
            yield from (
                replace(peer, cidrs=(cidr,), any_family=peer.any_family and cidr in WHOLE) for cidr in peer.cidrs
            )
        case Network():
            group = peer.group
            if group is not None and isinstance(group.selector, And):
                group = replace(group, selector=And(tuple(sorted(group.selector.terms, key=repr))))
            yield replace(peer, excepts=tuple(sorted(peer.excepts)), group=group)
        case _:
            yield peer


def _packets(traffic: Traffic) -> Iterator[tuple[Any, ...]]:
    if traffic == ANY_TRAFFIC:
        yield ("any",)
        return
    for low, high in traffic.protocols:
        for number in range(low, high + 1):
            if traffic.icmp is not None:
                yield from (
                    (number, "icmp", each) for first, last in traffic.icmp.types for each in range(first, last + 1)
                )
            elif traffic.ports == ALL_PORTS:
                yield (number, "all")
            else:
                yield from ((number, "number", each) for each in traffic.ports.numbers)
                yield from ((number, "name", each) for each in traffic.ports.names)
