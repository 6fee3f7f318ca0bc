"""One service of the IR → what stands behind its name in the spec."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from translator.dialects.access.emit_ends import NotLegalError, Vocabulary, Written
from translator.dialects.access.emit_requests import request_fields
from translator.dialects.access.names import AppName
from translator.dialects.access.peers import KEYWORD_ENDS, METADATA, RESOLVER, RESOLVER_PORTS
from translator.dialects.access.ports import one_or_list, port_texts
from translator.dialects.access.services import EVERY_NAME, SPARED_ANYONE, SPARED_WORLD, without_metadata
from translator.ir.addresses import block
from translator.ir.layer7 import Layer7
from translator.ir.peers import ANYONE, Endpoints, Kind, Network, Peer
from translator.ir.policy import Action, Direction, Rule
from translator.ir.traffic import Traffic

_WORLD: Final = Endpoints(kinds=frozenset({Kind.OUTSIDE}))
Grant = tuple[Peer, tuple[Traffic, ...]]
"""A server's pods, and the traffic that it lets in."""


@dataclass(slots=True, kw_only=True)
class Spoken:
    """A service on its way into the spec."""

    name: AppName
    pods: Endpoints
    denies: frozenset[Direction] = frozenset()
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()
    description: str | None = None
    select: dict[str, Any] = field(default_factory=dict)
    granted: set[Grant] = field(default_factory=set)
    """What it may send because a server says so."""

    @property
    def grants(self) -> set[Grant]:
        """Every single thing that it may send, whatever is asked of requests left aside."""
        return {
            (peer, rule.traffic)
            for rule in self.egress
            if rule.layer7 is None and not rule.conditions
            for peer in rule.peers
        }


def allowed(
    service: Spoken, vocabulary: Vocabulary, services: Mapping[AppName, Spoken], *, near: Container[AppName]
) -> list[Any]:
    """``allow``. Clients that may send just that need no ``call`` of their own, if they stand in the same document."""
    found = []
    for rule in service.ingress:
        names = {name for peer in rule.peers if (name := vocabulary.service(peer)) is not None and name in services}
        clients = [services[name] for name in sorted(names, key=str) if Direction.EGRESS in services[name].denies]
        grant = (service.pods, rule.traffic)
        both = all(client.name in near and grant in client.grants for client in clients)
        if both:
            for client in clients:
                client.granted.add(grant)
        found += list(_entries(rule, "from", vocabulary, {} if both else {"ends": "server"}))
    return found


def called(service: Spoken, vocabulary: Vocabulary) -> tuple[dict[str, Any], list[Any]]:
    """``dns`` and ``metadata-service``, and ``call``."""
    if Direction.EGRESS not in service.denies:
        return {}, []
    rules = [rule for rule in (_ungranted(rule, service.granted) for rule in service.egress) if rule.peers]
    switches: dict[str, Any] = {"dns": False}
    kept: list[Rule] = []
    for rule in rules:
        if _asks_everything(rule):
            switches["dns"] = True
        else:
            kept.append(rule)
    if _spares_metadata(kept):
        switches["metadata-service"] = "deny"
        kept = [replace(rule, peers=_with_metadata(rule.peers)) for rule in kept]
    return switches, [entry for rule in kept for entry in _entries(rule, "to", vocabulary, {})]


def _ungranted(rule: Rule, granted: set[Grant]) -> Rule:
    if rule.layer7 is not None or rule.conditions or not granted:
        return rule
    return replace(rule, peers=tuple(peer for peer in rule.peers if (peer, rule.traffic) not in granted))


def _asks_everything(rule: Rule) -> bool:
    """The rule that ``dns: true`` stands for, inspected or not."""
    return (
        set(rule.peers) == set(RESOLVER)
        and set(_single(rule.traffic)) == set(RESOLVER_PORTS)
        and not rule.conditions
        and (rule.layer7 is None or (rule.layer7.dns is not None and EVERY_NAME in rule.layer7.dns))
    )


def _single(traffic: Iterable[Traffic]) -> Iterator[Traffic]:
    """Traffic with one protocol each."""
    for each in traffic:
        for low, high in each.protocols:
            yield from (replace(each, protocols=((number, number),)) for number in range(low, min(high, low + 255) + 1))


# -- the metadata service ---------------------------------------------------------------------------------------------


def _spares_metadata(rules: Sequence[Rule]) -> bool:
    """Whether broad ends leave it out, and reading them with ``metadata-service: deny`` gives the same again."""
    named = KEYWORD_ENDS["metadata-service"].peers
    changed = False
    for rule in rules:
        again = [each for peer in _with_metadata(rule.peers) if peer not in named for each in without_metadata(peer)]
        if set(again) | (set(rule.peers) & set(named)) != set(rule.peers):
            return False
        changed |= _with_metadata(rule.peers) != rule.peers
    return changed


def _with_metadata(peers: tuple[Peer, ...]) -> tuple[Peer, ...]:
    """Broad peers as people write them where the metadata service is denied."""
    if set(SPARED_ANYONE) <= set(peers):
        return (ANYONE, *(_plain(peer) for peer in peers if peer not in SPARED_ANYONE))
    return tuple(_plain(peer) for peer in peers)


def _plain(peer: Peer) -> Peer:
    if peer == SPARED_WORLD:
        return _WORLD
    if isinstance(peer, Network):
        whole = replace(peer, excepts=tuple(hole for hole in peer.excepts if hole not in METADATA))
        return whole if any(whole.addresses & block(each) for each in METADATA) else peer
    return peer


# -- entries ----------------------------------------------------------------------------------------------------------


def _entries(rule: Rule, side: str, vocabulary: Vocabulary, ends: Mapping[str, Any]) -> Iterator[Any]:
    """The entry of a rule, as short as it can be; none for a rule about nobody."""
    if rule.action is not Action.ALLOW or rule.subject != ANYONE:
        raise NotLegalError("a rule that does more than to allow traffic of some peers")
    ports = port_texts(rule.traffic)
    if not ports:
        raise NotLegalError("traffic that is not TCP, UDP or SCTP by ports")
    fields = _fields(rule.layer7)
    if "names" in fields and set(rule.peers) == set(RESOLVER):
        is_usual = set(_single(rule.traffic)) == set(RESOLVER_PORTS)
        yield {side: "dns", **({} if is_usual else {"port": one_or_list(ports)}), **fields, **ends}
        return
    names: list[Written] = []
    for peer in rule.peers:
        names += [name for name in vocabulary.ends(peer) if name not in names]
    match names:
        case []:
            return
        case [str(name)] if not fields and not ends and side == "to" and _own_ports(name) == rule.traffic:
            yield name
        case [str(name)] if not fields and not ends and len(ports) == 1:
            yield f"{name}:{ports[0]}"
        case _:
            yield {side: names[0] if len(names) == 1 else names, "port": one_or_list(ports), **fields, **ends}


def _own_ports(name: str) -> tuple[Traffic, ...] | None:
    """The traffic of a keyword that needs no port."""
    end = KEYWORD_ENDS.get(name)
    return end.own_ports if end is not None and end.own_ports else None


def _fields(layer7: Layer7 | None) -> dict[str, Any]:
    """What is asked of requests or queries; queries for every name are not asked for anything."""
    if layer7 is None:
        return {}
    if layer7.http is not None:
        return dict(request_fields(layer7.http))
    queries = layer7.dns or ()
    return {} if EVERY_NAME in queries else {"names": [each.pattern for each in queries]}


def tls_fields(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Ports whose TLS the proxy terminates, as the rules on them demand."""
    found: dict[int, str] = {}
    for rule in rules:
        for condition in rule.conditions:
            secret = json.loads(condition.text).get("secret", {}) if condition.feature == "terminating-tls" else {}
            if not secret.get("name") or not secret.get("namespace"):
                raise NotLegalError(f"the condition {condition.feature}")
            for each in rule.traffic:
                for low, high in each.ports.numbers:
                    found |= dict.fromkeys(range(low, high + 1), f"{secret['namespace']}/{secret['name']}")
    return [{"port": port, "secret": secret} for port, secret in sorted(found.items())]
