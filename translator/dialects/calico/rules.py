"""A rule of Calico as rules of the IR (calico.md 2.6, 4, appendix B)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from translator.dialects.calico.folding import AgentPanics
from translator.dialects.calico.known_objects import KnownObjects
from translator.dialects.calico.model import Rule
from translator.dialects.calico.packets import http_layer, rule_families, rule_traffic
from translator.dialects.calico.sides import Side, SideReading, read_side
from translator.ir.intervals import intersection
from translator.ir.policy import Action, Direction
from translator.ir.policy import Rule as IrRule
from translator.ir.traffic import ALL_PORTS, NO_PORTS, Layer7, Traffic
from translator.origin import Origin

_ACTIONS: Final = {"allow": Action.ALLOW, "deny": Action.DENY, "pass": Action.PASS, "log": Action.LOG}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleReading:
    """What a rule comes to, and what is to be said about it."""

    rules: tuple[IrRule, ...]
    """Several where one conjunction cannot say it; all of them decide alike, so their order is free."""
    doubts: tuple[str, ...] = ()


def read_rule(
    rule: Rule, direction: Direction, namespace: str | None, objects: KnownObjects, *, version: str, origin: Origin
) -> RuleReading:
    """The rules of the IR that decide as this one does. Raises PolicyDropped and AgentPanics."""
    source = read_side(rule.source, namespace, objects, is_destination=False)
    destination = read_side(rule.destination, namespace, objects, is_destination=True)
    action = _action(rule)
    families = rule_families(rule)
    doubts = [*_side_doubts(source, "source"), *_side_doubts(destination, "destination")]
    if not families:
        doubts.append("the rule exists for no address family: its CIDRs and ipVersion exclude both")
        return RuleReading(rules=(), doubts=tuple(doubts))
    layer7, doubt = _layer7(rule, action, direction, version)
    if doubt is not None:
        doubts.append(doubt)
    metadata = rule.metadata
    annotations = metadata.annotations if metadata is not None else None
    template = IrRule(
        action=action,
        layer7=layer7,
        annotations=tuple(sorted((key, value or "") for key, value in annotations.items())) if annotations else (),
        origin=origin,
    )
    traffic = rule_traffic(rule, families)
    peer_side, own_side = (source, destination) if direction is Direction.INGRESS else (destination, source)
    return RuleReading(
        rules=tuple(_alternatives(template, traffic, peer_side, own_side, direction)), doubts=tuple(doubts)
    )


def _action(rule: Rule) -> Action:
    """Past the schema any letter case works; no action or an unknown one stops the agent (calico.md 4)."""
    action = _ACTIONS.get((rule.action or "").lower())
    if action is None:
        raise AgentPanics(f"the action {rule.action!r} makes Felix panic")
    return action


def _side_doubts(side: SideReading, name: str) -> Iterator[str]:
    if side.lost is not None:
        yield f"Calico leaves out a part of `{name}`: {side.lost}; the rule matches more than it says"
    if side.doubtful:
        yield (
            f"whether `{name}` matches the network sets {', '.join(side.doubtful)} depends on labels of their "
            "namespaces that the context does not give; taken as absent"
        )


def _alternatives(
    template: IrRule, traffic: Traffic, peer_side: SideReading, own_side: SideReading, direction: Direction
) -> Iterator[IrRule]:
    """One rule per alternative of the two sides, and per member of the subject's union."""
    for peer in peer_side.sides:
        for own in own_side.sides:
            source, destination = (peer, own) if direction is Direction.INGRESS else (own, peer)
            packets = _with_ports(traffic, source, destination)
            if len(own.peers) == 1:
                yield replace(template, peers=peer.peers, traffic=(packets,), subject=own.peers[0])
            elif not own.peers:
                yield replace(template, peers=(), traffic=(packets,))
            else:
                for subject in own.peers:
                    yield replace(template, peers=peer.peers, traffic=(packets,), subject=subject)


def _with_ports(traffic: Traffic, source: Side, destination: Side) -> Traffic:
    plain = source.ports is ALL_PORTS and destination.ports is ALL_PORTS
    if plain and source.not_ports is NO_PORTS and destination.not_ports is NO_PORTS:
        return traffic
    return replace(
        traffic,
        protocols=intersection(traffic.protocols, intersection(source.protocols, destination.protocols)),
        ports=destination.ports,
        not_ports=destination.not_ports,
        source_ports=source.ports,
        not_source_ports=source.not_ports,
    )


def _layer7(rule: Rule, action: Action, direction: Direction, version: str) -> tuple[Layer7 | None, str | None]:
    """HTTP narrows ingress Allow rules; elsewhere only objects past the schema have it, and the network layer ignores
    it (calico.md 4.5)."""
    if rule.http is None:
        return None, None
    if action is Action.ALLOW and direction is Direction.INGRESS:
        return http_layer(rule.http, version), None
    return (
        None,
        f"`http` has no effect on the network layer in this {direction} {action} rule: it acts on all its packets",
    )
