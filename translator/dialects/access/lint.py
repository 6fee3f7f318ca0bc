"""Specs that are in order and rarely mean what their author had in mind, as warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from translator.dialects.access.connections import Entry
from translator.dialects.access.names import AppName
from translator.dialects.access.peers import End
from translator.dialects.access.services import Declared
from translator.ir.labels import And, Everything, Selector
from translator.ir.peers import Anyone, Domain, Endpoints, Peer
from translator.ir.policy import Direction
from translator.ir.traffic import ANY_TRAFFIC


def doubts(service: Declared, declared: Mapping[AppName, Declared]) -> None:
    """Note what is doubtful about a service."""
    _without_effect(service)
    _without_dns(service)
    for entries in (service.allows, service.calls):
        _overshadowed(service, entries)
    for entry in service.calls:
        for end in entry.ends:
            server = declared.get(end.service) if end.service is not None else None
            if server is not None:
                _half_open(service, entry, server)
                _within_tls(service, entry, server)


def _without_effect(service: Declared) -> None:
    """What is listed for a direction that is open anyway."""
    denies = service.denies
    for direction, field, entries in (
        (Direction.INGRESS, "allow", service.allows),
        (Direction.EGRESS, "call", service.calls),
    ):
        if entries and direction not in denies:
            service.report.warning(
                service.origin.at(field),
                f"`{field}` restricts nothing: {direction} of {service.name} is not denied",
                f"add `{direction}` to `deny`",
                code="no-effect",
            )


def _without_dns(service: Declared) -> None:
    """Egress is denied and nothing lets the service ask for names."""
    if Direction.EGRESS not in service.denies or any(
        end.keyword == "dns" for entry in service.calls for end in entry.ends
    ):
        return
    by_name = [
        entry for entry in service.calls if any(isinstance(peer, Domain) for end in entry.ends for peer in end.peers)
    ]
    if service.asks_dns is False and by_name:
        service.report.warning(
            by_name[0].origin,
            f"{service.name} calls by name, and `dns: false` keeps it from asking for names",
            "with `dns: false` another policy must let it ask, and inspect the answers",
            code="no-dns",
        )
    elif service.asks_dns is None and not by_name:
        service.report.warning(
            service.origin,
            f"egress of {service.name} is denied, and DNS is not spoken of: names will not resolve",
            "write `dns: true`, or `dns: false` where that is meant, in `defaults`",
            code="no-dns",
        )


def _overshadowed(service: Declared, entries: Sequence[Entry]) -> None:
    """Requests that are listed for ends to which the whole port is open anyway: allows add up (cilium.md 8.4)."""
    for entry in entries:
        if entry.layer7 is None or entry.layer7.http is None:
            continue
        for other in entries:
            if other.layer7 is None and _has_all(other, entry):
                service.report.warning(
                    entry.origin,
                    f"the requests restrict nothing: {other.origin.field_path} opens the whole port for the same ends",
                    "narrow that entry, or leave the requests out",
                    code="no-effect",
                )
                break


def _has_all(broad: Entry, narrow: Entry) -> bool:
    """Whether an entry has every end and all the traffic of another (never wrongly yes)."""
    return all(
        any(
            all(any(_has(peer, each) for end in others for peer in end.peers) for end in ends for each in end.peers)
            and (ANY_TRAFFIC in open_ or set(traffic) <= set(open_))
            for others, open_ in broad.flows
        )
        for ends, traffic in narrow.flows
    )


def _has(big: Peer, small: Peer) -> bool:
    return big == small or isinstance(big, Anyone) or (isinstance(small, Endpoints) and _is_among(small, big))


def _within_tls(client: Declared, entry: Entry, server: Declared) -> None:
    """Requests to a port of the spec that speaks TLS: the client's end cannot read them, whoever terminates it."""
    if entry.layer7 is None or entry.layer7.http is None:
        return
    asked = [span for _, traffic in entry.flows for each in traffic for span in each.ports.numbers]
    for port in server.tls:
        if any(low <= port <= high for low, high in asked):
            client.report.error(
                entry.origin,
                f"port {port} of {server.name} is declared TLS: nobody on the way can read requests in it",
                "leave HTTP out here; the server may look at requests if the proxy terminates its TLS",
                code="http-in-tls",
            )


def _half_open(client: Declared, entry: Entry, server: Declared) -> None:
    """A call to a service of the spec that does not let the caller in."""
    if Direction.INGRESS not in server.denies:
        return
    for allow in server.allows:
        for ends, traffic in allow.flows:
            if any(_covers(end, client) for end in ends) and any(
                each in (*called, ANY_TRAFFIC) or ANY_TRAFFIC in called for _, called in entry.flows for each in traffic
            ):
                return
    service = f"{server.name} does not let {client.name} in on these ports"
    client.report.warning(
        entry.origin,
        f"the connection is open at one end only: {service}",
        f"an `allow` of {server.name} grants both ends; this `call` is then superfluous",
        code="half-open",
    )


def _covers(end: End, client: Declared) -> bool:
    return end.service == client.name or any(_is_among(client.pods, peer) for peer in end.peers)


def _is_among(pods: Endpoints, peer: Peer) -> bool:
    match peer:
        case Anyone():
            return True
        case Endpoints(selector=selector, kinds=kinds):
            return pods.kinds <= kinds and _terms(selector) <= _terms(pods.selector)
        case _:
            return False


def _terms(selector: Selector) -> set[Selector]:
    match selector:
        case Everything():
            return set()
        case And(terms):
            return set(terms)
        case _:
            return {selector}
