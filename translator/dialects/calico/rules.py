"""A rule of Calico as rules of the IR (calico.md 2.6, 4, appendix B)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from translator.dialects.calico.folding import AgentPanics
from translator.dialects.calico.known_objects import KnownObjects
from translator.dialects.calico.model import HttpMatch, Rule
from translator.dialects.calico.packets import http_layer, icmp_match, packets, rule_families, shown_family
from translator.dialects.calico.sides import ANY_SIDE, Side, SideReading, read_side
from translator.ir.intervals import intersection
from translator.ir.layer7 import Layer7
from translator.ir.peers import ANYONE, Peer
from translator.ir.policy import Action, Direction
from translator.ir.policy import Rule as IrRule
from translator.ir.traffic import EVERY_PROTOCOL, Traffic
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
    doubts = () if source is ANY_SIDE and destination is ANY_SIDE else tuple(_side_doubts(source, destination))
    if not families:
        return RuleReading(rules=(), doubts=(*doubts, "the rule exists for no address family: its CIDRs exclude both"))
    layer7, doubt = None, None
    if rule.http is not None:
        layer7, doubt = _layer7(rule.http, action, direction, version)
    metadata = rule.metadata
    annotations = metadata.annotations if metadata is not None else None
    frame = _Frame(
        rule=rule,
        direction=direction,
        action=action,
        family=shown_family(rule, families),
        layer7=layer7,
        annotations=tuple(sorted((key, value or "") for key, value in annotations.items())) if annotations else (),
        origin=origin,
    )
    return RuleReading(
        rules=tuple(frame.rules(source, destination)), doubts=doubts if doubt is None else (*doubts, doubt)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What all rules of the IR that come of one rule share."""

    rule: Rule
    direction: Direction
    action: Action
    family: int | None
    layer7: Layer7 | None
    annotations: tuple[tuple[str, str], ...]
    origin: Origin

    def rules(self, source: SideReading, destination: SideReading) -> Iterator[IrRule]:
        """One rule per alternative of the two sides, and per member of the subject's union."""
        is_ingress = self.direction is Direction.INGRESS
        for start in source.sides:
            for end in destination.sides:
                traffic = (self._packets(start, end),)
                peer, own = (start, end) if is_ingress else (end, start)
                if not own.peers:
                    yield self._made((), traffic, ANYONE)
                for subject in own.peers:
                    yield self._made(peer.peers, traffic, subject)

    def _packets(self, source: Side, destination: Side) -> Traffic:
        rule = self.rule
        limits = destination.protocols
        if source.protocols is not EVERY_PROTOCOL:
            limits = intersection(limits, source.protocols)
        return packets(
            rule.protocol,
            rule.not_protocol,
            self.family,
            icmp_match(rule.icmp),
            icmp_match(rule.not_icmp),
            limits,
            destination.ports,
            destination.not_ports,
            source.ports,
            source.not_ports,
        )

    def _made(self, peers: tuple[Peer, ...], traffic: tuple[Traffic, ...], subject: Peer) -> IrRule:
        return IrRule(
            action=self.action,
            peers=peers,
            traffic=traffic,
            subject=subject,
            layer7=self.layer7,
            annotations=self.annotations,
            origin=self.origin,
        )


def _action(rule: Rule) -> Action:
    """Past the schema any letter case works; no action or an unknown one stops the agent (calico.md 4)."""
    action = _ACTIONS.get((rule.action or "").lower())
    if action is None:
        raise AgentPanics(f"the action {rule.action!r} makes Felix panic")
    return action


def _side_doubts(source: SideReading, destination: SideReading) -> Iterator[str]:
    for name, side in (("source", source), ("destination", destination)):
        if side.lost is not None:
            yield f"Calico leaves out a part of `{name}`: {side.lost}; the rule matches more than it says"
        if side.doubtful:
            yield (
                f"whether `{name}` matches the network sets {', '.join(side.doubtful)} depends on labels of their "
                "namespaces that the context does not give; taken as absent"
            )


def _layer7(http: HttpMatch, action: Action, direction: Direction, version: str) -> tuple[Layer7 | None, str | None]:
    """HTTP narrows ingress Allow rules; elsewhere only objects past the schema have it, and the network layer ignores
    it (calico.md 4.5)."""
    if action is Action.ALLOW and direction is Direction.INGRESS:
        return http_layer(http, version), None
    words = f"`http` has no effect on the network layer in this {direction} {action} rule: it acts on all its packets"
    return None, words
