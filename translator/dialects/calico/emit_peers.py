"""Peers of the IR as alternatives for one side of a rule (calico.md 2.5, 2.7, 11)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import assert_never

from translator.dialects.calico.emit_entity import ALL, ANYBODY, ONLY_PODS, ONLY_SETS, Entity
from translator.dialects.calico.emit_groups import group_entities
from translator.dialects.calico.emit_networks import FAMILIES, Blocks, blocks_of, fitting, intersection, union, without
from translator.dialects.calico.emit_pods import pod_entities
from translator.dialects.calico.emit_selectors import (
    combined,
    factored,
    joined,
    ordinary_key,
    simplified,
    terms_of,
    text_of,
)
from translator.dialects.calico.written import written_entity
from translator.errors import InternalError
from translator.ir.labels import NOTHING, Selector, conjunction, negation
from translator.ir.peers import (
    PODS,
    AllOf,
    Anyone,
    Domain,
    Endpoints,
    Network,
    NoneOf,
    Peer,
    Service,
    Unsupported,
)
from translator.ir.policy import AddressGroup, Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the fields of a side depend on besides its peers."""

    namespace: str | None
    """That of the policy; None for cluster-wide ones."""
    direction: Direction
    is_own: bool = False
    """The side of the policy's own subjects."""
    groups: tuple[AddressGroup, ...] = ()
    """Sets of the target cluster, which selectors of pods must not reach."""


class _Meant(Enum):
    """Whom a selector is to reach, of the pods and network sets that it may match."""

    PODS = "pods; no set has such labels"
    PODS_NOT_SETS = "pods, although sets have such labels"
    SETS = "sets, although pods may have such labels"


def entities_of(peers: Sequence[Peer], place: Place) -> tuple[Entity, ...]:
    """The alternatives that together say a union of peers, as few as easily found; none for nobody."""
    if any(isinstance(peer, Anyone) for peer in peers):
        return (ANYBODY,)
    found: dict[Entity, set[_Meant]] = {}
    for entity, meant in _alternatives(peers, place):
        found.setdefault(entity, set()).add(meant)
    return tuple(_guarded(entity, meant) for entity, meant in found.items())


def _alternatives(peers: Iterable[Peer], place: Place) -> Iterator[tuple[Entity, _Meant]]:
    """The union with plain ranges in joint lists, and pods that differ in one list of values in one."""
    ranges: list[Blocks] = []
    pods: list[Selector] = []
    others: list[Peer] = []
    order: dict[str, None] = {}
    for peer in peers:
        match peer:
            case Network(group=None):
                ranges.extend(blocks_of(peer))
                order["ranges"] = None
            case Unsupported() if (entity := written_entity(peer)) is not None:
                yield entity, _Meant.PODS
            case Endpoints():
                pods.append(_selector(peer))
                order["pods"] = None
            case _:
                others.append(peer)
                order["others"] = None
    for what in order:
        match what:
            case "ranges":
                yield from ((entity, _Meant.PODS) for entity in _within(ANYBODY, union(ranges)))
            case "pods":
                for selector in combined(pods):
                    yield from _pods(selector, place)
            case _:
                for peer in others:
                    yield from _entities(_conjunction(peer), place)


def _within(entity: Entity, ranges: Iterable[Blocks]) -> Iterator[Entity]:
    """A side that must also be in some ranges."""
    for each in ranges:
        for some in fitting(each):
            yield replace(entity, nets=some.nets, not_nets=some.not_nets, family=some.family)


def _pods(selector: Selector, place: Place) -> Iterator[tuple[Entity, _Meant]]:
    for entity, is_shared in pod_entities(selector, place.namespace, place.groups):
        yield entity, _Meant.PODS_NOT_SETS if is_shared else _Meant.PODS


def _guarded(entity: Entity, meant: set[_Meant]) -> Entity:
    """Pods and sets of the same labels share a side; where only one of them is meant, a guard keeps the other out."""
    if entity.namespace_selector == "global()":
        return entity
    if _Meant.SETS in meant:
        guard = ONLY_SETS if len(meant) == 1 else None
    else:
        guard = ONLY_PODS if _Meant.PODS_NOT_SETS in meant else None
    if guard is None:
        return entity
    kept = tuple(text for text in entity.selector if text != ALL)
    return replace(entity, selector=(*kept, guard))


# -- conjunctions -----------------------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class _Conjunction:
    """What one alternative demands of an end, all at once."""

    pods: list[Selector] = field(default_factory=list)
    networks: list[Network] = field(default_factory=list)
    service: Service | None = None
    not_pods: list[Selector] = field(default_factory=list)
    not_networks: list[Network] = field(default_factory=list)
    is_nobody: bool = False


def _selector(endpoints: Endpoints) -> Selector:
    if endpoints.kinds != PODS:
        kinds = ", ".join(sorted(endpoints.kinds))
        raise InternalError(f"Calico's rules select pods by label, other ends by address; found kinds {kinds}")
    return simplified(endpoints.selector)


def _conjunction(peer: Peer) -> _Conjunction:
    found = _Conjunction()
    _demand(peer, found)
    return found


def _demand(peer: Peer, found: _Conjunction) -> None:
    match peer:
        case Anyone():
            return
        case Endpoints():
            found.pods.append(_selector(peer))
        case Network():
            found.networks.append(peer)
        case Service() if found.service is None:
            found.service = peer
        case AllOf(members):
            for member in members:
                _demand(member, found)
        case NoneOf(members):
            for member in members:
                _exclude(member, found)
        case Service():
            raise InternalError("a rule of Calico names one service")
        case Domain() | Unsupported():
            raise InternalError(f"Calico has no peer {peer}")
        case _:
            assert_never(peer)


def _exclude(peer: Peer, found: _Conjunction) -> None:
    match peer:
        case Anyone():
            found.is_nobody = True
        case Endpoints():
            found.not_pods.append(_selector(peer))
        case Network():
            found.not_networks.append(peer)
        case _:
            raise InternalError(f"Calico cannot exclude {peer}")


def _entities(wanted: _Conjunction, place: Place) -> Iterator[tuple[Entity, _Meant]]:
    if wanted.is_nobody:
        return
    if wanted.service is not None:
        yield from ((entity, _Meant.PODS) for entity in _service(wanted, wanted.service, place))
        return
    networks = wanted.networks
    not_networks = wanted.not_networks
    families: Sequence[int] = FAMILIES
    if wanted.pods:
        bases = list(_pods(conjunction(*wanted.pods, *map(negation, wanted.not_pods)), place))
    else:
        chosen = _sets(networks, place) if not wanted.not_pods else None
        if chosen is None:
            bases = [(_not_pods(wanted.not_pods, place), _Meant.PODS)]
        else:
            bases = [(entity, _Meant.SETS) for entity in chosen]
            sets = [network for network in networks if network.group is not None]
            networks = [network for network in networks if network.group is None]
            holes = [Network(cidrs=network.excepts) for network in sets if network.excepts]
            if holes:
                not_networks = [*not_networks, *holes]
                families = tuple({blocks.family: None for network in sets for blocks in blocks_of(network)})
    ranges = intersection(networks) if networks else None
    if not_networks:
        ranges = tuple(each for each in without(ranges, not_networks) if each.family in families)
    if ranges is None:
        yield from bases
        return
    for entity, meant in bases:
        yield from ((within, meant) for within in _within(entity, ranges))


def _sets(networks: Sequence[Network], place: Place) -> tuple[Entity, ...] | None:
    """The one set reference among some networks as sides; None where there is none, or its addresses must do."""
    referring = [network for network in networks if network.group is not None]
    if len(referring) != 1 or referring[0].group is None:
        return None
    blocks_of(referring[0])
    return group_entities(referring[0].group, place.namespace)


def _not_pods(selectors: Sequence[Selector], place: Place) -> Entity:
    """Anybody but some pods, unknown addresses included: for cluster-wide policies only (calico.md 2.5)."""
    excluded = factored(selectors)
    if excluded == NOTHING:
        return ANYBODY
    if place.namespace is not None:
        raise InternalError("a notSelector of a namespaced policy would exclude every address outside the namespace")
    # Network sets and host endpoints may carry the same labels; their addresses are not meant.
    texts = [ONLY_PODS, *(text_of(term, ordinary_key) for term in terms_of(excluded))]
    return Entity(not_selector=joined(texts))


def _service(wanted: _Conjunction, service: Service, place: Place) -> Iterator[Entity]:
    """The backends of a Service: nothing else may stand beside it, and its namespace is never filled in (2.7)."""
    if wanted.pods or wanted.networks or wanted.not_pods or wanted.not_networks:
        raise InternalError("nothing can be demanded beside a service")
    if place.is_own or service.with_ports is not (place.direction is Direction.EGRESS):
        raise InternalError("Calico matches services with their ports as destination, without them as source")
    if service.namespace is None or service.name is None or service.selector is not None:
        raise InternalError("Calico names services by namespace and name")
    if service.namespace or place.namespace is not None:
        # Read without a namespace it matches nobody; so it stays, where the gates let it (calico.md 2.7).
        yield Entity(service=(service.namespace, service.name))
