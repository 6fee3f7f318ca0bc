"""Port texts ↔ traffic: ``8080``, ``53/UDP``, ``9000-9010``, names, ``any``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from translator.dialects.access.texts import TextError
from translator.errors import suggestion
from translator.ir.traffic import ALL_PORTS, ANY_TRAFFIC, SCTP, TCP, UDP, Ports, Traffic, protocol_set
from translator.wire.kubernetes_types import is_port_name

ANY: Final = "any"
PROTOCOLS: Final = {"TCP": TCP, "UDP": UDP, "SCTP": SCTP}
_NAMES: Final = {number: name for name, number in PROTOCOLS.items()}
_NUMBERS: Final = re.compile(r"([0-9]+)(?:-([0-9]+))?\Z")
EXPECTED: Final = "a port such as 8080, 53/UDP, 9000-9010, a port's name, or `any`"
PortText = int | str


def traffic_of(port: PortText) -> Traffic:
    """port := (number | number "-" number | name | "any") ["/" protocol]; no protocol is TCP. Raises TextError."""
    text, slash, protocol = str(port).partition("/")
    if slash and protocol not in PROTOCOLS:
        raise TextError(f"expected TCP, UDP or SCTP behind the slash, found `{protocol}`", _protocol_hint(protocol))
    if text == ANY:
        return Traffic(protocols=protocol_set(PROTOCOLS[protocol])) if slash else ANY_TRAFFIC
    numbers = _NUMBERS.match(text)
    if numbers is not None:
        low, high = int(numbers[1]), int(numbers[2] or numbers[1])
        if not 1 <= low <= high <= 65535:
            raise TextError(f"expected ports between 1 and 65535 in rising order, found `{port}`")
        ports = Ports(numbers=((low, high),))
    elif is_port_name(text):
        ports = Ports(names=(text,))
    else:
        lower = text.lower()
        raise TextError(
            f"expected {EXPECTED}, found `{port}`", f"did you mean `{lower}`?" if is_port_name(lower) else None
        )
    return Traffic(protocols=protocol_set(PROTOCOLS[protocol or "TCP"]), ports=ports)


def _protocol_hint(protocol: str) -> str | None:
    if protocol.upper() == "ICMP":
        return "ICMP has no ports and no place in the spec; `any` includes it"
    return suggestion(protocol, PROTOCOLS)


def port_texts(traffic: Iterable[Traffic]) -> list[PortText] | None:
    """The ports of some traffic, one text each; None where the spec cannot say it."""
    found: list[PortText] = []
    for each in traffic:
        if each == ANY_TRAFFIC:
            return [ANY]
        if each != Traffic(protocols=each.protocols, ports=each.ports) or each.ports.spans:
            return None
        for low, high in each.protocols:
            for number in range(low, high + 1):
                if number not in _NAMES:
                    return None
                found += _texts(each.ports, number)
    return list(dict.fromkeys(found))


def _texts(ports: Ports, protocol: int) -> Iterable[PortText]:
    suffix = "" if protocol == TCP else f"/{_NAMES[protocol]}"
    if ports == ALL_PORTS:
        yield f"{ANY}/{_NAMES[protocol]}"
        return
    for low, high in ports.numbers:
        text = str(low) if low == high else f"{low}-{high}"
        yield low if low == high and not suffix else f"{text}{suffix}"
    for name in ports.names:
        yield f"{name}{suffix}"


def one_or_list(values: Sequence[PortText]) -> PortText | list[PortText]:
    """A single value plainly, several as a list."""
    return values[0] if len(values) == 1 else list(values)
