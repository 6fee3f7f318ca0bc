"""Which combinations of atoms are flows at all, as diagrams that must all hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from translator.ir.addresses import Addresses
from translator.ir.labels import (
    CLUSTER_NAME,
    LOCAL_CLUSTER,
    NAMESPACE_NAME,
    SERVICE_ACCOUNT_NAME,
    Label,
    Scope,
)
from translator.ir.peers import Kind
from translator.ir.policy import Direction
from translator.ir.traffic import ICMP, ICMPV6, SCTP, TCP, UDP, protocol_set
from translator.semantics.compare.asked import End
from translator.semantics.compare.atoms import DNS, L4, NO, V4_LINE, V6_LINE, LabelAtoms, NumberAtoms
from translator.semantics.compare.diagrams import FALSE, TRUE, Store
from translator.semantics.compare.population import populations
from translator.semantics.compare.space import ADDRESS_ASPECT, LABEL_ASPECT, Aspect, Space


class Validity:
    """The constraints of one problem."""

    def __init__(self, space: Space, store: Store, direction: Direction) -> None:
        self._space = space
        self._store = store
        self._direction = direction

    def constraints(self) -> tuple[int, ...]:
        """Diagrams that hold for every flow that exists; those that always hold are left out."""
        found = {
            *self._addresses(),
            *self._families(),
            *self._applications(),
            *self._port_names(),
            *self._clusters(),
            *self._namespaces(),
            *populations(self._space, self._store, self._direction),
        }
        return tuple(sorted(found - {TRUE}))

    # Addresses

    def _addresses(self) -> Iterator[int]:
        """Each kind of end lives in its own ranges, and hears from addresses of its own families."""
        space = self._space
        are_known = space.universe.pods is not None
        subject, peer = (space.number(ADDRESS_ASPECT[end]) for end in End)
        if subject is not None and space.bucket.population is None:
            yield self._within(subject, space.universe.ranges[space.bucket.kind])
        if peer is not None:
            yield self._by_kind(
                lambda kind: TRUE if kind is Kind.POD and are_known else self._within(peer, space.universe.ranges[kind])
            )
            own = space.universe.ranges[space.bucket.kind]
            if subject is None and own and space.bucket.population is None:
                lines = (V4_LINE if own.v4 else ()) + (V6_LINE if own.v6 else ())
                yield self._store.literal(peer, self._numbers(peer, lines))

    def _within(self, variable: int, addresses: Addresses) -> int:
        atoms = self._space.variables[variable].atoms
        assert isinstance(atoms, NumberAtoms)
        return self._store.literal(variable, atoms.of_addresses(addresses))

    def _families(self) -> Iterator[int]:
        """Both ends and ICMP's version speak the same family."""
        space, store = self._space, self._store
        ends = [number for end in End if (number := space.number(ADDRESS_ASPECT[end])) is not None]
        protocol = space.number(Aspect.PROTOCOL)
        if protocol is not None:
            for family, number in ((4, ICMP), (6, ICMPV6)):
                if family not in space.universe.families:
                    there = store.full[protocol] & ~self._numbers(protocol, ((number, number),))
                    yield store.literal(protocol, there)
        if not ends:
            return
        first = ends[0]
        v4 = self._numbers(first, V4_LINE)
        v6 = store.full[first] & ~v4
        if len(ends) > 1:
            second = ends[1]
            line = self._numbers(second, V4_LINE)
            same = ((store.literal(second, line), v4), (store.literal(second, store.full[second] & ~line), v6))
            yield store.choose(first, same)
        if protocol is not None:
            icmp, icmp6 = self._numbers(protocol, ((ICMP, ICMP),)), self._numbers(protocol, ((ICMPV6, ICMPV6),))
            no_icmp6 = store.literal(protocol, store.full[protocol] & ~icmp6)
            no_icmp = store.literal(protocol, store.full[protocol] & ~icmp)
            yield store.choose(first, ((no_icmp6, v4), (no_icmp, v6)))

    def _numbers(self, variable: int, spans: tuple[tuple[int, int], ...]) -> int:
        atoms = self._space.variables[variable].atoms
        assert isinstance(atoms, NumberAtoms)
        return atoms.mask(spans)

    # Packets

    def _applications(self) -> Iterator[int]:
        """HTTP runs over TCP, DNS over TCP and UDP."""
        store = self._store
        application = self._space.number(Aspect.APPLICATION)
        if application is None:
            return
        protocol = self._space.known(Aspect.PROTOCOL)
        tcp, udp = self._numbers(protocol, ((TCP, TCP),)), self._numbers(protocol, ((UDP, UDP),))
        full = store.full[application]
        over_udp, over_others = store.literal(application, full & (L4 | DNS)), store.literal(application, L4)
        rest = store.full[protocol] & ~(tcp | udp)
        yield store.choose(protocol, ((TRUE, tcp), (over_udp, udp), (over_others, rest)))

    def _port_names(self) -> Iterator[int]:
        """Only pods declare port names, and only of TCP, UDP and SCTP (the API's container ports)."""
        protocol = self._space.number(Aspect.PROTOCOL)
        for aspect, end in (
            (Aspect.PORT_NAME, End.SUBJECT if self._direction is Direction.INGRESS else End.PEER),
            (Aspect.SOURCE_PORT_NAME, End.PEER if self._direction is Direction.INGRESS else End.SUBJECT),
        ):
            names = [number for number, each in enumerate(self._space.variables) if each.aspect is aspect]
            if not names:
                continue
            none = self._store.cube((number, NO) for number in names)
            if protocol is not None:
                with_names = self._numbers(protocol, protocol_set(TCP, UDP, SCTP))
                yield self._store.union([self._store.literal(protocol, with_names), none])
            if end is End.PEER:
                yield self._by_kind(lambda kind, none=none: TRUE if kind is Kind.POD else none)  # type: ignore[misc]
            elif self._space.bucket.kind is not Kind.POD:
                yield none

    # Namespaces

    def _clusters(self) -> Iterator[int]:
        """Policies govern the ends of their own cluster only, whatever their subjects select."""
        variable = self._space.number(Aspect.SUBJECT_LABEL, CLUSTER_NAME)
        if variable is not None and self._space.bucket.population is None:
            atoms = self._space.variables[variable].atoms
            assert isinstance(atoms, LabelAtoms)
            yield self._store.literal(variable, atoms.atom(LOCAL_CLUSTER))

    def _namespaces(self) -> Iterator[int]:
        """A namespace has one set of labels: those the context knows, and at both ends the same."""
        space, store = self._space, self._store
        if self._asks_labels(End.PEER, Scope.NAMESPACE):
            for name, labels in space.universe.namespaces.items():
                known = {Label(Scope.NAMESPACE, key): value for key, value in labels.items()}
                yield self._when(End.PEER, {NAMESPACE_NAME: name}, Scope.NAMESPACE, known)
        for end in End:
            if self._asks_labels(end, Scope.SERVICE_ACCOUNT):
                for reference, labels in space.universe.service_accounts.items():
                    namespace, _, account = reference.partition("/")
                    known = {Label(Scope.SERVICE_ACCOUNT, key): value for key, value in labels.items()}
                    names = {NAMESPACE_NAME: namespace, SERVICE_ACCOUNT_NAME: account}
                    yield self._when(end, names, Scope.SERVICE_ACCOUNT, known)
        if space.bucket.kind is Kind.POD and space.bucket.named and space.bucket.namespace is not None:
            for variable, other in self._shared():
                same = [
                    store.cube([(variable, 1 << bit), (other, 1 << bit)])
                    for bit in range(store.full[variable].bit_length())
                ]
                is_same = self._named(End.PEER, {NAMESPACE_NAME: space.bucket.namespace})
                yield store.union([store.complement(is_same), store.union(same)])

    def _shared(self) -> Iterator[tuple[int, int]]:
        """Pairs of variables that are about the same namespace label of the subject and of the peer."""
        for number, variable in enumerate(self._space.variables):
            if (
                variable.aspect is Aspect.SUBJECT_LABEL
                and isinstance(variable.key, Label)
                and variable.key.scope is Scope.NAMESPACE
            ):
                other = self._space.number(Aspect.PEER_LABEL, variable.key)
                if other is not None:
                    yield number, other

    def _labelled(self, end: End, scope: Scope, known: dict[Label, str]) -> int:
        """An end whose labels of one scope are exactly these."""
        cube = []
        for number, variable in enumerate(self._space.variables):
            label = variable.key
            if variable.aspect is not LABEL_ASPECT[end] or not isinstance(label, Label) or label.scope is not scope:
                continue
            if label in (NAMESPACE_NAME, SERVICE_ACCOUNT_NAME):
                continue
            assert isinstance(variable.atoms, LabelAtoms)
            cube.append((number, variable.atoms.atom(known.get(label))))
        return self._store.cube(cube)

    def _asks_labels(self, end: End, scope: Scope) -> bool:
        """Whether some rule asks for a label of a scope beside its names."""
        return any(
            variable.aspect is LABEL_ASPECT[end]
            and isinstance(variable.key, Label)
            and variable.key.scope is scope
            and variable.key not in (NAMESPACE_NAME, SERVICE_ACCOUNT_NAME)
            for variable in self._space.variables
        )

    def _when(self, end: End, names: dict[Label, str], scope: Scope, known: dict[Label, str]) -> int:
        """Pods of the own cluster with these names have exactly these labels."""
        is_named = self._named(end, names)
        if is_named == FALSE:
            return TRUE
        return self._store.union([self._store.complement(is_named), self._labelled(end, scope, known)])

    def _named(self, end: End, names: dict[Label, str]) -> int:
        """Pods of the own cluster that are known by these names; nobody where no rule asks for one of them."""
        space, store = self._space, self._store
        cube = []
        for label, name in (*names.items(), (CLUSTER_NAME, LOCAL_CLUSTER)):
            if end is End.SUBJECT and label == NAMESPACE_NAME:
                if space.bucket.kind is Kind.POD and space.bucket.named and space.bucket.namespace == name:
                    continue
                return FALSE
            variable = space.number(LABEL_ASPECT[end], label)
            if variable is None and label == CLUSTER_NAME:
                continue
            if variable is None:
                return FALSE
            atoms = space.variables[variable].atoms
            assert isinstance(atoms, LabelAtoms)
            cube.append((variable, atoms.bits.get(name, 0)))
        node = store.cube(cube)
        if end is End.PEER:
            node = store.intersection(node, self._by_kind(lambda kind: TRUE if kind is Kind.POD else FALSE))
        return node

    def _by_kind(self, node_of: Callable[[Kind], int]) -> int:
        variable = self._space.known(Aspect.PEER_KIND)
        options = ((node_of(kind), bit) for kind, bit in self._space.kinds.bits.items())
        return self._store.choose(variable, options)
