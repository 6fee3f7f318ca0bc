"""Rules as diagrams: a node that is true for exactly those subjects, peers and packets that the rule matches."""

from __future__ import annotations

from typing import Final, assert_never

from translator.ir.addresses import block
from translator.ir.intervals import Intervals
from translator.ir.labels import (
    NAMESPACE_NAME,
    And,
    Everything,
    Label,
    Not,
    Nothing,
    Or,
    Requirement,
    Scope,
    Selector,
    requirement_holds,
)
from translator.ir.peers import (
    AllOf,
    Anyone,
    Domain,
    Endpoints,
    Kind,
    Network,
    NoneOf,
    Peer,
    Service,
    Unsupported,
)
from translator.semantics.compare.asked import End, Services
from translator.semantics.compare.atoms import YES, LabelAtoms, NumberAtoms, TextAtoms
from translator.semantics.compare.diagrams import FALSE, TRUE, Store
from translator.semantics.compare.space import ADDRESS_ASPECT, LABEL_ASPECT, OPAQUE_ASPECT, Aspect, Space
from translator.semantics.compare.universe import LABELLED, NAMESPACED

_ASKABLE: Final = {
    Kind.POD: frozenset(Scope) - {Scope.NODE},
    **dict.fromkeys(LABELLED - {Kind.POD}, frozenset(Scope) - NAMESPACED - {Scope.CLUSTER}),
}
"""The scopes of the labels that ends of a kind can carry; kinds that are not listed carry none, and the cluster is a
label of pods only [V Q172]."""


class PeerCompiler:
    """Selectors and peers of one side of one problem as diagrams, each object once."""

    def __init__(self, space: Space, store: Store, services: Services) -> None:
        self._space = space
        self._store = store
        self._services = services
        self._peers: dict[tuple[int, End], int] = {}
        self._blocks: dict[tuple[int, str], int] = {}
        self._homes: dict[tuple[int, Kind], int] = {}
        self._kinds: Final = space.kinds
        self._kind_variable: Final = space.known(Aspect.PEER_KIND)

    def union(self, peers: tuple[Peer, ...], end: End) -> int:
        """Ends that some peer matches."""
        if len(peers) == 1:
            return self.peer(peers[0], end)
        return self._store.union([self.peer(peer, end) for peer in peers])

    def peer(self, peer: Peer, end: End) -> int:
        """Ends that a peer matches."""
        key = (id(peer), end)
        found = self._peers.get(key)
        if found is None:
            found = self._peers[key] = self._peer(peer, end)
        return found

    def _peer(self, peer: Peer, end: End) -> int:
        match peer:
            case Endpoints(selector=selector, kinds=kinds):
                return self._endpoints(selector, kinds, end)
            case Network():
                return self._network(peer, end)
            case Anyone():
                return TRUE
            case Domain(pattern=pattern):
                return self._domain(pattern, end)
            case Service():
                return self._service(peer, end)
            case AllOf(peers):
                found = TRUE
                for each in peers:
                    found = self._store.intersection(found, self.peer(each, end))
                return found
            case NoneOf(peers):
                return self._store.complement(self.union(peers, end))
            case Unsupported():
                return self._store.literal(self._space.known(OPAQUE_ASPECT[end], peer), YES)
            case _:
                assert_never(peer)

    # By kind

    def _by_kind(self, node_by_kind: dict[Kind, int], end: End) -> int:
        """Each kind's own condition; kinds that are not listed do not match."""
        if end is End.SUBJECT:
            return node_by_kind.get(self._space.bucket.kind, FALSE)
        options = ((node_by_kind.get(kind, FALSE), bit) for kind, bit in self._kinds.bits.items())
        return self._store.choose(self._kind_variable, options)

    def _endpoints(self, selector: Selector, kinds: frozenset[Kind], end: End) -> int:
        if end is End.PEER and len(kinds) == 1 and Kind.POD in kinds:
            chosen = self._selector(selector, Kind.POD, end)
            return self._store.literal(self._kind_variable, self._kinds.bits[Kind.POD], chosen)
        return self._by_kind({kind: self._selector(selector, kind, end) for kind in kinds}, end)

    def _network(self, network: Network, end: End) -> int:
        variable = self._space.number(ADDRESS_ASPECT[end])
        if variable is None:
            return FALSE  # no blocks at all are mentioned, so it has none
        atoms = self._address_atoms(variable)
        mask = 0
        for cidr in network.cidrs:
            mask |= self._block(variable, atoms, cidr)
        for cidr in network.excepts:
            mask &= ~self._block(variable, atoms, cidr)
        reach = frozenset(Kind) if network.reach is None else network.reach
        nodes: dict[Kind, int] = {}
        for kind in reach & self._kinds_at(end):
            then = TRUE
            if network.reach is None and kind is not Kind.OUTSIDE:
                then = self._store.literal(self._space.known(Aspect.OPEN_REACH), YES)
            nodes[kind] = self._store.literal(variable, mask & self._home(variable, atoms, kind), then)
        return self._by_kind(nodes, end)

    def _kinds_at(self, end: End) -> frozenset[Kind]:
        return frozenset({self._space.bucket.kind}) if end is End.SUBJECT else self._space.universe.peer_kinds

    def _home(self, variable: int, atoms: NumberAtoms, kind: Kind) -> int:
        """Where ends of a kind can be; pods of a closed world are where they are."""
        if kind is Kind.POD and self._space.universe.pods is not None:
            return atoms.full
        key = (variable, kind)
        found = self._homes.get(key)
        if found is None:
            found = self._homes[key] = atoms.of_addresses(self._space.universe.ranges[kind])
        return found

    def _block(self, variable: int, atoms: NumberAtoms, cidr: str) -> int:
        key = (variable, cidr)
        found = self._blocks.get(key)
        if found is None:
            found = self._blocks[key] = atoms.of_addresses(block(cidr))
        return found

    def _address_atoms(self, variable: int) -> NumberAtoms:
        atoms = self._space.variables[variable].atoms
        assert isinstance(atoms, NumberAtoms)
        return atoms

    def _domain(self, pattern: str, end: End) -> int:
        if end is End.SUBJECT:
            return FALSE  # names resolve to outside addresses, which no policy governs
        variable = self._space.known(Aspect.PEER_DOMAIN)
        atoms = self._space.variables[variable].atoms
        assert isinstance(atoms, TextAtoms)
        return self._by_kind({Kind.OUTSIDE: self._store.literal(variable, atoms.bits[pattern])}, end)

    def _service(self, service: Service, end: End) -> int:
        """The backends that the context knows, by address; otherwise all that is known is the name."""
        store = self._store
        known = self._services(service)
        if not known:
            return store.literal(self._space.known(OPAQUE_ASPECT[end], service), YES)
        variable = self._space.number(ADDRESS_ASPECT[end])
        if variable is None:
            return FALSE
        atoms = self._address_atoms(variable)
        found: list[int] = []
        for backend in (backend for info in known for backend in info.backends):
            mask = atoms.of_addresses(block(backend.address))
            if not service.with_ports:
                found.append(store.literal(variable, mask))
            elif backend.protocol is not None and backend.port is not None:
                packets = (
                    (Aspect.PROTOCOL, ((backend.protocol, backend.protocol),)),
                    (Aspect.PORT, ((backend.port, backend.port),)),
                )
                found.append(store.cube([(variable, mask), *(self._numbers(*each) for each in packets)]))
        return store.union(found)

    def _numbers(self, aspect: Aspect, spans: Intervals) -> tuple[int, int]:
        variable = self._space.known(aspect)
        return variable, self._address_atoms(variable).mask(spans)

    # Selectors

    def _selector(self, selector: Selector, kind: Kind, end: End) -> int:
        """Ends of one kind whose labels a selector matches."""
        match selector:
            case Everything():
                return TRUE
            case Nothing():
                return FALSE
            case Requirement(label):
                return self._requirement(selector, label, kind, end)
            case And(terms):
                return self._conjunction(terms, kind, end)
            case Or(terms):
                return self._store.union([self._selector(term, kind, end) for term in terms])
            case Not(term):
                return self._store.complement(self._selector(term, kind, end))
            case _:
                assert_never(selector)

    def _conjunction(self, terms: tuple[Selector, ...], kind: Kind, end: End) -> int:
        """Requirements become one cube without intermediate nodes."""
        masks: dict[int, int] = {}
        others: list[int] = []
        for term in terms:
            if type(term) is Requirement:
                literal = self._literal(term, term.label, kind, end)
                if literal is True:
                    continue
                if literal is False:
                    return FALSE
                variable, mask = literal
                masks[variable] = masks.get(variable, mask) & mask
            else:
                others.append(self._selector(term, kind, end))
        node = self._store.cube(masks.items())
        for other in others:
            node = self._store.intersection(node, other)
        return node

    def _requirement(self, requirement: Requirement, label: Label, kind: Kind, end: End) -> int:
        literal = self._literal(requirement, label, kind, end)
        if literal is True:
            return TRUE
        if literal is False:
            return FALSE
        return self._store.literal(*literal)

    def _literal(self, requirement: Requirement, label: Label, kind: Kind, end: End) -> bool | tuple[int, int]:
        """A variable and its atoms, or an answer that holds for every end of the kind."""
        if label.scope not in _ASKABLE.get(kind, frozenset()):
            return requirement_holds(requirement, None)
        space = self._space
        if end is End.SUBJECT:
            if label == NAMESPACE_NAME:
                return requirement_holds(requirement, space.bucket.namespace)
            if label in space.known_labels:
                return requirement_holds(requirement, space.known_labels.get(label))
        variable = space.known(LABEL_ASPECT[end], label)
        atoms = space.variables[variable].atoms
        assert isinstance(atoms, LabelAtoms)
        return variable, atoms.mask(requirement)
