"""Rules of the IR as Calico's rules: every peer with every kind of packet (calico.md 4, 4.5, 11)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final

from translator.dialects.calico.emit_entity import ANYBODY, Entity
from translator.dialects.calico.emit_packets import Packets, packets_of
from translator.dialects.calico.emit_peers import Place, entities_of
from translator.errors import InternalError
from translator.ir.layer7 import HttpMatch, Layer7, Pattern, Syntax
from translator.ir.peers import ANYONE
from translator.ir.policy import Action, Direction, Rule
from translator.ir.traffic import ICMP, ICMPV6

MAX_HTTP_ITEMS: Final = 20
_ACTIONS: Final = {Action.ALLOW: "Allow", Action.DENY: "Deny", Action.PASS: "Pass", Action.LOG: "Log"}
_PATHS: Final = {Syntax.CALICO_EXACT: "exact", Syntax.CALICO_PREFIX: "prefix"}
_WHOLE: Final = {4: "0.0.0.0/0", 6: "::/0"}
_OF_OTHER_FAMILY: Final = {4: (ICMPV6, "ICMPv6"), 6: (ICMP, "ICMP")}
Fields = dict[str, Any]
_WritePath = Callable[[Pattern], Fields]
_RAW: Final = {"exact": r"([?#].*)?", "prefix": ".*"}
"""How the reader ends the expression of a path that is compared as it stands (``packets.http_layer``)."""
_ESCAPED: Final = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWriter:
    """Writes the rules of one policy and direction."""

    place: Place
    """That of the peers."""
    named_ports_need_protocol: bool = False
    raw_paths: bool = False
    """Before v3.31.6 HTTP paths are compared as they stand (calico.md 4.5)."""

    def write(self, rule: Rule) -> Iterator[Fields]:
        """One rule as the rules of Calico that match the same; their order among each other is free."""
        if rule.conditions:
            raise InternalError(f"Calico cannot demand {rule.conditions[0].feature}")
        direction = self.place.direction
        peers = entities_of(rule.peers, self.place)
        own = (ANYBODY,) if rule.subject == ANYONE else entities_of((rule.subject,), replace(self.place, is_own=True))
        requests = _requests(rule, direction, _raw_path if self.raw_paths else _path)
        packets = packets_of(rule.traffic, named_ports_need_protocol=self.named_ports_need_protocol)
        for peer, subject, some, http in product(peers, own, packets, requests):
            source, destination = (peer, subject) if direction is Direction.INGRESS else (subject, peer)
            family = _family(source, destination, some)
            if family is not None:
                yield _rule(rule, source, destination, some, http, family=family)


def _family(source: Entity, destination: Entity, packets: Packets) -> int | None:
    """The one family of a rule, 0 for both, None when its parts have none in common."""
    families = {each.family for each in (source, destination, packets) if each.family is not None}
    if len(families) > 1:
        return None
    return next(iter(families), 0)


def _rule(
    rule: Rule, source: Entity, destination: Entity, packets: Packets, http: Fields | None, *, family: int
) -> Fields:
    fields: Fields = {"action": _ACTIONS[rule.action]}
    # Lists of CIDRs keep a rule to their family, so ipVersion would say it twice (calico.md 4.1).
    if family and not (packets.is_family_implied or source.implies_family or destination.implies_family):
        if _clashes(packets.fields, family):
            source, destination = _within_family(source, destination, _WHOLE[family])
        else:
            fields["ipVersion"] = family
    # Rules share no lists: a dumper would write anchors for them.
    fields |= _copied(packets.fields)
    for name, entity, ports in (("source", source, packets.source), ("destination", destination, packets.destination)):
        side = {**entity.fields(), **_copied(ports)}
        if entity.service is not None and ports and name == "destination":
            raise InternalError("a service brings its own ports (calico.md 2.7)")
        if side:
            fields[name] = side
    if http is not None:
        _check_http_protocol(packets)
        fields["http"] = _copied(http)
    if rule.annotations:
        fields["metadata"] = {"annotations": dict(rule.annotations)}
    return fields


def _within_family(source: Entity, destination: Entity, whole: str) -> tuple[Entity, Entity]:
    """The family said as a range: on the side that names no service, since nothing may stand beside one."""
    if source.service is None:
        return replace(source, nets=(whole,)), destination
    return source, replace(destination, nets=(whole,))


def _clashes(fields: Fields, family: int) -> bool:
    """Whether the gates refuse the family beside the protocol, excluded or not (calico.md 4)."""
    return any(fields.get(name) in _OF_OTHER_FAMILY[family] for name in ("protocol", "notProtocol"))


def _copied(fields: Fields) -> Fields:
    return {name: value.copy() if isinstance(value, list | dict) else value for name, value in fields.items()}


# -- HTTP -------------------------------------------------------------------------------------------------------------


def _check_http_protocol(packets: Packets) -> None:
    if packets.fields.get("protocol", "TCP") != "TCP" or "notProtocol" in packets.fields:
        raise InternalError("HTTP is matched in rules on TCP only (calico.md 4)")


def _requests(rule: Rule, direction: Direction, path: _WritePath) -> tuple[Fields | None, ...]:
    """The alternatives of ``http``; None where a rule demands nothing of requests."""
    layer7: Layer7 | None = rule.layer7
    if layer7 is None:
        return (None,)
    if layer7.http is None or not layer7.http or layer7.dns is not None:
        raise InternalError("of layer 7 Calico knows HTTP requests only, and no rule that matches none of them")
    if rule.action is not Action.ALLOW or direction is not Direction.INGRESS:
        raise InternalError("HTTP is matched in ingress rules that allow only (calico.md 4.5)")
    return tuple(fields for match in layer7.http for fields in _http(match, path))


def _http(match: HttpMatch, path: _WritePath) -> Iterator[Fields | None]:
    if match.hosts is not None or match.headers or match.extras or match.methods == () or match.paths == ():
        raise InternalError("of HTTP requests Calico matches methods and paths only")
    methods = None if match.methods is None else list(dict.fromkeys(map(_method, match.methods)))
    paths = None if match.paths is None else [path(each) for each in dict.fromkeys(match.paths)]
    for some_methods, some_paths in product(_chunks(methods), _chunks(paths)):
        fields: Fields = {}
        if some_methods is not None:
            fields["methods"] = some_methods
        if some_paths is not None:
            fields["paths"] = some_paths
        yield fields or None


def _chunks(items: list[Any] | None) -> Iterable[list[Any] | None]:
    if items is None:
        return (None,)
    return [items[start : start + MAX_HTTP_ITEMS] for start in range(0, len(items), MAX_HTTP_ITEMS)]


def _method(pattern: Pattern) -> str:
    if pattern.syntax is not Syntax.EXACT or pattern.text == "*":
        raise InternalError(f"Calico matches methods by their exact text, found {pattern}")
    return pattern.text


def _path(pattern: Pattern) -> Fields:
    word = _PATHS.get(pattern.syntax)
    if word is None or not pattern.text.startswith("/") or any(mark in pattern.text for mark in "?# "):
        # An `exact` text of the IR is not Calico's `exact`, which normalises both sides (calico.md 4.5).
        raise InternalError(f"Calico has no path pattern {pattern}")
    return {word: pattern.text}


def _raw_path(pattern: Pattern) -> Fields:
    """The path of an expression that was read for such a version."""
    for word, end in _RAW.items():
        text = _ESCAPED.sub(r"\1", pattern.text.removesuffix(end))
        if pattern.syntax is Syntax.REGEX and pattern.text == re.escape(text) + end and text.startswith("/"):
            return {word: text}
    raise InternalError(f"this version of Calico has no path pattern {pattern}")
