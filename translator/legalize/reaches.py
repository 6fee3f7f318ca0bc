"""Which ends the address ranges of each target match, and ranges that were read as several because of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from translator.context import Context
from translator.ir.addresses import Addresses
from translator.ir.peers import EVERY_KIND, NODES, PODS, RESERVED, Kind, Network, Peer
from translator.legalize.cubes import Cube, Cubes, blocks_of
from translator.legalize.target import TargetName

_OUTSIDE = frozenset({Kind.OUTSIDE})


def reach_of_ranges(target: TargetName, context: Context) -> frozenset[Kind] | None:
    """Which ends a range of a target matches by address; None: the API leaves it open."""
    match target:
        case TargetName.KUBERNETES:
            return None
        case TargetName.CILIUM:  # cilium.md 6.1
            modes = context.cilium.policy_cidr_match_mode
            pods = PODS | RESERVED if "pods" in modes else frozenset()
            return _OUTSIDE | pods | (NODES if "nodes" in modes else frozenset())
        case TargetName.ACCESS:
            return _OUTSIDE
        case _:
            return EVERY_KIND


def reached_by(ranges: Iterable[Network], reach: frozenset[Kind] | None) -> frozenset[Kind]:
    """Which ends are matched by address in some ranges of this reach."""
    if reach is None:
        return EVERY_KIND
    # A block of length zero is a label of the world, which nodes do not carry (cilium.md 6.1).
    is_world = any(cidr.endswith("/0") for each in ranges for cidr in each.cidrs)
    return reach - NODES if is_world and Kind.POD not in reach else reach


def with_reach_joined(peers: tuple[Peer, ...]) -> tuple[Peer, ...]:
    """Ranges that were read as several of different reach as one again."""
    if sum(isinstance(peer, Network) for peer in peers) < 2:
        return peers
    found: dict[object, Peer] = {}
    for peer in peers:
        if not isinstance(peer, Network):
            found[peer] = peer
            continue
        key = (peer.cidrs, peer.excepts, peer.group, peer.reach is None)
        known = found.get(key)
        if isinstance(known, Network) and known.reach is not None and peer.reach is not None:
            both = known.reach | peer.reach
            found[key] = replace(peer, reach=both, any_family=known.any_family or peer.any_family)
        else:
            found[key] = peer
    return tuple(found.values())


def network_of(addresses: Addresses, *, reach: frozenset[Kind] | None, bases: tuple[str, ...] = ()) -> Network:
    """Addresses as a range, in blocks of the source where that is shorter."""
    whole, excepts = blocks_of(addresses, bases)
    return Network(cidrs=whole, excepts=excepts, reach=reach)


def bases_of(cube: Cube) -> tuple[str, ...]:
    """The blocks that the source wrote."""
    return cube.source.cidrs if isinstance(cube.source, Network) else ()


def world(addresses: Addresses) -> Network:
    """The outside as such, whatever the addresses of its ends."""
    whole, excepts = blocks_of(addresses)
    return Network(cidrs=whole, excepts=excepts, reach=_OUTSIDE, any_family=True)


def joined(cubes: Sequence[Cube]) -> Cubes:
    """The union with ends of different kinds in the same addresses in one cube."""
    found: dict[object, Cube] = {}
    for cube in cubes:
        key = (cube.addresses, cube.inside, cube.outside) if cube.addresses is not None and not cube.labels else cube
        known = found.get(key)
        found[key] = cube if known is None else replace(known, kinds=known.kinds | cube.kinds, source=None)
    return tuple(found.values())
