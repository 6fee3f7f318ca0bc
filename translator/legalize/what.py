"""Sets of packets as unions of ``Traffic``: intersection, difference, and forms without complements."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate, product
from typing import Final

from translator.ir.intervals import Intervals, covers, difference, intersection, union
from translator.ir.traffic import (
    ALL_PORTS,
    ANY_TRAFFIC,
    EVERY_BYTE,
    EVERY_PORT,
    EVERY_PROTOCOL,
    ICMP,
    ICMPV6,
    NO_PORTS,
    IcmpMatch,
    Ports,
    Traffic,
    protocol_set,
)
from translator.legalize.cubes import TooLarge

ICMP_PROTOCOLS: Final[Intervals] = protocol_set(ICMP, ICMPV6)
PORT_CARRIERS: Final[Intervals] = protocol_set(6, 17, 132, 136)
"""Protocols that carry ports: TCP, UDP, SCTP, UDP-Lite."""
BUDGET: Final = 256
_MANY: Final = 16


class Inexpressible(Exception):  # noqa: N818 - a signal that callers turn into a declared loss
    """The result needs a conjunction of port names that ``Traffic`` cannot hold."""


def is_empty(traffic: Traffic) -> bool:
    """Whether no packet can match."""
    protocols = effective_protocols(traffic)
    if not protocols:
        return True
    if traffic.ports != ALL_PORTS and not traffic.ports.names and not _numbers(traffic.ports, traffic.not_ports):
        return True
    if traffic.not_ports.numbers == EVERY_PORT and not difference(protocols, PORT_CARRIERS):
        return True
    if traffic.source_ports == NO_PORTS:
        return True
    if traffic.icmp is not None and not (traffic.icmp.types and traffic.icmp.codes):
        return True
    icmp_only = not difference(protocols, ICMP_PROTOCOLS)
    return icmp_only and traffic.not_icmp == IcmpMatch()


def _numbers(ports: Ports, not_ports: Ports) -> Intervals:
    return difference(ports.numbers, not_ports.numbers)


def effective_protocols(traffic: Traffic) -> Intervals:
    """The protocols that can match once ports, ICMP and family are considered."""
    protocols = traffic.protocols
    if traffic.ports != ALL_PORTS or traffic.source_ports != ALL_PORTS:
        protocols = intersection(protocols, PORT_CARRIERS)
    if traffic.icmp is not None:
        protocols = intersection(protocols, ICMP_PROTOCOLS)
    if traffic.family is not None:
        protocols = difference(protocols, protocol_set(ICMPV6 if traffic.family == 4 else ICMP))
    return protocols


def both(a: Traffic, b: Traffic) -> Traffic | None:
    """Packets in both; None when there are none. Raises Inexpressible."""
    if b in (a, ANY_TRAFFIC):
        return None if is_empty(a) else a
    if a == ANY_TRAFFIC:
        return None if is_empty(b) else b
    if a.family is not None and b.family is not None and a.family != b.family:
        return None
    ports, not_ports = _both_ports(a.ports, a.not_ports, b.ports, b.not_ports)
    sources, not_sources = _both_ports(a.source_ports, a.not_source_ports, b.source_ports, b.not_source_ports)
    result = Traffic(
        protocols=intersection(a.protocols, b.protocols),
        family=a.family if b.family is None else b.family,
        ports=ports,
        not_ports=not_ports,
        source_ports=sources,
        not_source_ports=not_sources,
        icmp=_both_icmp(a.icmp, b.icmp),
        not_icmp=_either_icmp(a.not_icmp, b.not_icmp),
    )
    return None if is_empty(result) else result


def _both_ports(a: Ports, not_a: Ports, b: Ports, not_b: Ports) -> tuple[Ports, Ports]:
    """The positive and negative part of the conjunction of two port demands."""
    names = Ports(numbers=union(not_a.numbers, not_b.numbers), names=_sorted(not_a.names + not_b.names))
    if a in (ALL_PORTS, b):
        return b, names
    if b == ALL_PORTS:
        return a, names
    if not a.names and not b.names:
        return Ports(numbers=intersection(a.numbers, b.numbers)), names
    if a.names and b.names:
        raise Inexpressible
    named, numbered = (a, b) if a.names else (b, a)
    if named.numbers:
        # (numbers or names) and other numbers: the numbers outside the other set are excluded for both parts.
        named = Ports(numbers=intersection(named.numbers, numbered.numbers), names=named.names)
    outside = difference(EVERY_PORT, numbered.numbers)
    return named, Ports(numbers=union(names.numbers, outside), names=names.names)


def _sorted(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def _both_icmp(a: IcmpMatch | None, b: IcmpMatch | None) -> IcmpMatch | None:
    if a is None or b is None:
        return a if b is None else b
    return IcmpMatch(types=intersection(a.types, b.types), codes=intersection(a.codes, b.codes))


def _either_icmp(a: IcmpMatch | None, b: IcmpMatch | None) -> IcmpMatch | None:
    """The union of two excluded ICMP sets, where one match can hold it."""
    if a is None or b is None or a == b:
        return a if b is None else b
    if a.codes == b.codes:
        return IcmpMatch(types=union(a.types, b.types), codes=a.codes)
    if a.types == b.types:
        return IcmpMatch(types=a.types, codes=union(a.codes, b.codes))
    raise Inexpressible


def minus(a: Traffic, b: Traffic) -> tuple[Traffic, ...]:
    """Packets in ``a`` and not in ``b``, as a union of simple members. Raises Inexpressible."""
    if both(a, b) is None:
        return (a,)
    parts: list[Traffic | None] = []
    if b.protocols != EVERY_PROTOCOL:
        parts.append(replace(a, protocols=difference(a.protocols, b.protocols)))
    if b.family is not None and a.family is None:
        parts.append(replace(a, family=10 - b.family))
    if b.ports != ALL_PORTS:
        parts.append(_without_ports(a, b.ports))
    if b.source_ports != ALL_PORTS:
        parts.append(_without_source_ports(a, b.source_ports))
    if b.not_ports != NO_PORTS:
        parts.append(both(a, Traffic(ports=b.not_ports)))
    if b.not_source_ports != NO_PORTS:
        parts.append(both(a, Traffic(source_ports=b.not_source_ports)))
    if b.icmp is not None:
        parts.extend(_without_icmp(a, b.icmp))
    if b.not_icmp is not None:
        parts.append(both(a, Traffic(protocols=ICMP_PROTOCOLS, icmp=b.not_icmp)))
    return tuple(part for part in parts if part is not None and not is_empty(part))


def _without_ports(a: Traffic, ports: Ports) -> Traffic | None:
    if not ports.names and not a.ports.names and a.ports != ALL_PORTS:
        return replace(a, ports=Ports(numbers=difference(a.ports.numbers, ports.numbers)))
    return both(a, Traffic(not_ports=ports))


def _without_source_ports(a: Traffic, ports: Ports) -> Traffic | None:
    if not ports.names and not a.source_ports.names and a.source_ports != ALL_PORTS:
        return replace(a, source_ports=Ports(numbers=difference(a.source_ports.numbers, ports.numbers)))
    return both(a, Traffic(not_source_ports=ports))


def _without_icmp(a: Traffic, icmp: IcmpMatch) -> Iterable[Traffic | None]:
    if a.icmp is not None:
        yield replace(a, icmp=IcmpMatch(types=difference(a.icmp.types, icmp.types), codes=a.icmp.codes))
        if icmp.codes != EVERY_BYTE:
            shared = intersection(a.icmp.types, icmp.types)
            yield replace(a, icmp=IcmpMatch(types=shared, codes=difference(a.icmp.codes, icmp.codes)))
        return
    yield both(a, Traffic(not_icmp=icmp))


def subtract(a: Sequence[Traffic], b: Sequence[Traffic]) -> tuple[Traffic, ...]:
    """Packets in the union ``a`` and not in the union ``b``. Raises Inexpressible and TooLarge."""
    rest = tuple(a)
    for hole in b:
        rest = simplified(part for each in rest for part in minus(each, hole))
        if len(rest) > BUDGET:
            raise TooLarge
    return rest


def overlap(a: Sequence[Traffic], b: Sequence[Traffic]) -> bool:
    """Whether some packet may be in both unions (never wrongly no)."""
    for x, y in product(a, b):
        if _are_apart(x, y):
            continue
        try:
            if both(x, y) is not None:
                return True
        except Inexpressible:
            return True
    return False


def _are_apart(a: Traffic, b: Traffic) -> bool:
    """Whether two members plainly have no packet in common: other protocols, or other port numbers."""
    if ALL_PORTS not in (a.ports, b.ports) and not (a.ports.names or b.ports.names):
        return not intersection(a.ports.numbers, b.ports.numbers)
    return not intersection(a.protocols, b.protocols)


def plainly_covered(inner: Sequence[Traffic], outer: Sequence[Traffic]) -> bool:
    """Whether every member of ``inner`` is inside one of ``outer`` (never wrongly yes)."""
    return ANY_TRAFFIC in outer or all(any(_covers(big, small) for big in outer) for small in inner)


def covered(inner: Sequence[Traffic], outer: Sequence[Traffic]) -> bool:
    """Whether every packet of ``inner`` is in ``outer`` (never wrongly yes)."""
    if plainly_covered(inner, outer):
        return True
    if any(all(_are_apart(small, big) for big in outer) and not is_empty(small) for small in inner):
        return False
    try:
        return not subtract(inner, outer)
    except (Inexpressible, TooLarge):
        return False


def simplified(items: Iterable[Traffic]) -> tuple[Traffic, ...]:
    """The union without empty, duplicate and covered members."""
    unique = list(dict.fromkeys(item for item in items if not is_empty(item)))
    if len(unique) > _MANY:
        return _without_covered(unique)
    kept: list[Traffic] = []
    for position, item in enumerate(unique):
        others = kept + unique[position + 1 :]
        if not any(_covers(other, item) for other in others):
            kept.append(item)
    return tuple(kept)


def _without_covered(unique: Sequence[Traffic]) -> tuple[Traffic, ...]:
    """``simplified`` for long lists: only members whose port numbers reach as far are looked at.

    Members are taken by their first port; up to each place the farthest last port tells whether any can cover.
    """
    dropped: set[Traffic] = set()
    by_first = sorted(unique, key=_first_port)
    firsts = [_first_port(each) for each in by_first]
    farthest = list(accumulate(map(_last_port, by_first), max))
    for item in unique:
        last = _last_port(item)
        for position in range(bisect_right(firsts, _first_port(item)) - 1, -1, -1):
            if farthest[position] < last:
                break
            other = by_first[position]
            if other is not item and other not in dropped and _covers(other, item):
                dropped.add(item)
                break
    return tuple(item for item in unique if item not in dropped)


def _first_port(traffic: Traffic) -> int:
    """Beyond every number where only names are asked for."""
    numbers = traffic.ports.numbers
    return numbers[0][0] if numbers else EVERY_PORT[0][1] + 1


def _last_port(traffic: Traffic) -> int:
    numbers = traffic.ports.numbers
    return numbers[-1][1] if numbers else -1


def _covers(big: Traffic, small: Traffic) -> bool:
    """Whether one member covers another, component by component."""
    if big == ANY_TRAFFIC:
        return True
    return (
        covers(big.protocols, effective_protocols(small))
        and big.family in (None, small.family)
        and _ports_cover(big.ports, small.ports)
        and _ports_cover(big.source_ports, small.source_ports)
        and _ports_cover(small.not_ports, big.not_ports)
        and _ports_cover(small.not_source_ports, big.not_source_ports)
        and (big.icmp is None or (small.icmp is not None and _icmp_covers(big.icmp, small.icmp)))
        and (big.not_icmp is None or (small.not_icmp is not None and _icmp_covers(small.not_icmp, big.not_icmp)))
    )


def _ports_cover(big: Ports, small: Ports) -> bool:
    return big == ALL_PORTS or (covers(big.numbers, small.numbers) and set(small.names) <= set(big.names))


def _icmp_covers(big: IcmpMatch, small: IcmpMatch) -> bool:
    return covers(big.types, small.types) and covers(big.codes, small.codes)
