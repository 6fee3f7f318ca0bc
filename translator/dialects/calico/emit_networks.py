"""Address ranges of the IR as ``nets`` and ``notNets``: one family per rule, short lists (calico.md 4.1, 11)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Final

from translator.dialects.calico.values import read_network_or_address
from translator.errors import InternalError
from translator.ir.addresses import blocks, cidrs
from translator.ir.peers import EVERY_KIND, Network

MAX_NETS: Final = 256
FAMILIES: Final = (4, 6)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Ranges of one family: in some of ``nets`` (none given: anywhere in the family) and in none of ``not_nets``."""

    family: int
    nets: tuple[str, ...]
    not_nets: tuple[str, ...] = ()


def blocks_of(network: Network) -> tuple[Blocks, ...]:
    """A range family by family; a family that is empty is left out."""
    if network.reach != EVERY_KIND or network.any_family:
        raise InternalError("Calico matches addresses of every kind of end, and of no end without one")
    found = []
    holes = _by_family(network.excepts)
    for family, nets in _by_family(network.cidrs).items():
        if nets and not any(map(_is_catch_all, holes[family])):
            found.append(Blocks(family, nets, holes[family]))
    return tuple(found)


def intersection(networks: Sequence[Network]) -> tuple[Blocks, ...]:
    """Addresses in every one of the networks (at least one)."""
    if len(networks) == 1:
        return blocks_of(networks[0])
    for network in networks:
        blocks_of(network)
    return blocks_of(Network(cidrs=cidrs(reduce(and_, (network.addresses for network in networks)))))


def without(ranges: tuple[Blocks, ...] | None, excluded: Sequence[Network]) -> tuple[Blocks, ...]:
    """Addresses in the ranges (None: everywhere) and in none of the excluded networks."""
    for network in excluded:
        blocks_of(network)
    if any(network.excepts for network in excluded):
        holes = _by_family(cidrs(reduce(or_, (network.addresses for network in excluded))))
    else:
        holes = _by_family(cidr for network in excluded for cidr in network.cidrs)
    whole = tuple(Blocks(family, ()) for family in FAMILIES) if ranges is None else ranges
    return tuple(
        Blocks(each.family, each.nets, tuple(dict.fromkeys((*each.not_nets, *holes[each.family]))))
        for each in whole
        if not any(map(_is_catch_all, holes[each.family]))
    )


def union(ranges: Iterable[Blocks]) -> list[Blocks]:
    """The same union with fewer members: lists of a family are joined where no hole of one cuts into the other."""
    found: list[Blocks] = []
    for each in ranges:
        for position, known in enumerate(found):
            if known.family == each.family and not _cuts(known, each) and not _cuts(each, known):
                found[position] = Blocks(
                    known.family,
                    tuple(dict.fromkeys((*known.nets, *each.nets))),
                    tuple(dict.fromkeys((*known.not_nets, *each.not_nets))),
                )
                break
        else:
            found.append(each)
    return found


def _cuts(holes: Blocks, other: Blocks) -> bool:
    """Whether an excluded block of the one takes addresses from the other."""
    if not holes.not_nets:
        return False
    own = blocks(other.nets) - blocks(other.not_nets) if other.not_nets else blocks(other.nets)
    return bool(own & blocks(holes.not_nets))


def fitting(ranges: Blocks) -> Iterator[Blocks]:
    """The same ranges in lists that the schema takes (at most 256 items)."""
    if len(ranges.not_nets) > MAX_NETS:
        whole = blocks(ranges.nets or (("0.0.0.0/0",) if ranges.family == 4 else ("::/0",)))
        ranges = Blocks(ranges.family, cidrs(whole - blocks(ranges.not_nets)))
    if len(ranges.nets) <= MAX_NETS:
        yield ranges
        return
    for start in range(0, len(ranges.nets), MAX_NETS):
        yield Blocks(ranges.family, ranges.nets[start : start + MAX_NETS], ranges.not_nets)


def _by_family(texts: Iterable[str]) -> dict[int, tuple[str, ...]]:
    """Masked CIDRs, each once, by family."""
    found: dict[int, dict[str, None]] = {family: {} for family in FAMILIES}
    for text in texts:
        network = read_network_or_address(text)
        if network is None:
            raise InternalError(f"{text!r} is no CIDR")
        found[network.family][network.text] = None
    return {family: tuple(nets) for family, nets in found.items()}


def _is_catch_all(cidr: str) -> bool:
    return cidr.endswith("/0")
