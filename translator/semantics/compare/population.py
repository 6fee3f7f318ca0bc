"""The closed world: only the pods of the context exist, each with its labels, addresses and port names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from translator.ir.labels import Label
from translator.ir.peers import Kind
from translator.ir.policy import Direction
from translator.semantics.compare.asked import End
from translator.semantics.compare.atoms import NO, YES, LabelAtoms, NumberAtoms, address_on_line
from translator.semantics.compare.diagrams import TRUE, Store
from translator.semantics.compare.space import ADDRESS_ASPECT, LABEL_ASPECT, Aspect, Space
from translator.semantics.flow import Endpoint

Declared = frozenset[tuple[str, int, int]]


class Population:
    """The pods that can stand at one end, as atoms of a space."""

    def __init__(self, space: Space, end: End, direction: Direction) -> None:
        self._space = space
        is_destination = (end is End.SUBJECT) is (direction is Direction.INGRESS)
        self._name_aspect = Aspect.PORT_NAME if is_destination else Aspect.SOURCE_PORT_NAME
        self._port_aspect = Aspect.PORT if is_destination else Aspect.SOURCE_PORT
        self._address = space.number(ADDRESS_ASPECT[end])
        self._labels = [
            (number, variable.key, variable.atoms)
            for number, variable in enumerate(space.variables)
            if variable.aspect is LABEL_ASPECT[end]
            and isinstance(variable.key, Label)
            and isinstance(variable.atoms, LabelAtoms)
        ]
        self._names = {
            str(variable.key): number
            for number, variable in enumerate(space.variables)
            if variable.aspect is self._name_aspect
        }

    def diagram(self, store: Store, pods: Iterable[Endpoint]) -> int:
        """True for the pods that there are, together with the ports that each declares."""
        by_ports: dict[Declared, set[tuple[tuple[int, int], ...]]] = {}
        for pod in pods:
            cube = tuple(self.atoms(pod).items())
            declared = frozenset(each for each in pod.ports if each[0] in self._names)
            by_ports.setdefault(declared, set()).add(cube)
        parts = []
        for declared, cubes in by_ports.items():
            who = store.union([store.cube(cube) for cube in cubes])
            parts.append(store.intersection(who, self._declares(store, declared)))
        return store.union(parts)

    def atoms(self, pod: Endpoint) -> dict[int, int]:
        """Where a pod stands in each variable about its end."""
        found = {number: atoms.atom(pod.labels.get(label)) for number, label, atoms in self._labels}
        if self._address is not None:
            found[self._address] = self._addresses(self._address, pod)
        return found

    def find(
        self, pods: Iterable[Endpoint], point: Mapping[int, int], *, family: int, protocol: int, port: int | None
    ) -> Endpoint | None:
        """A pod that stands where a point says and speaks the family."""
        for pod in pods:
            speaks = self._address is None or not pod.addresses or pod.address(family) is not None
            stands = all(point.get(number, atoms) & atoms for number, atoms in self.atoms(pod).items())
            if (
                speaks
                and stands
                and all(
                    (point[number] == YES) is ((name, protocol, port) in pod.ports)
                    for name, number in self._names.items()
                    if number in point
                )
            ):
                return pod
        return None

    def _addresses(self, variable: int, pod: Endpoint) -> int:
        atoms = self._space.variables[variable].atoms
        assert isinstance(atoms, NumberAtoms)
        if not pod.addresses:
            return atoms.of_addresses(self._space.universe.ranges[Kind.POD])
        return sum({atoms.atom_of(address_on_line(address)) for address in pod.addresses})

    def _declares(self, store: Store, declared: Declared) -> int:
        """Each port name holds exactly for the protocol and number that it is declared for."""
        found = TRUE
        for name, number in self._names.items():
            port, protocol = self._space.known(self._port_aspect), self._space.known(Aspect.PROTOCOL)
            places = []
            for each, transport, value in declared:
                if each == name:
                    spans = self._number(protocol, transport), self._number(port, value)
                    places.append(store.cube([(protocol, spans[0]), (port, spans[1])]))
            here = store.union(places)
            yes = store.intersection(here, store.literal(number, YES))
            no = store.intersection(store.complement(here), store.literal(number, NO))
            found = store.intersection(found, store.union([yes, no]))
        return found

    def _number(self, variable: int, number: int) -> int:
        atoms = self._space.variables[variable].atoms
        assert isinstance(atoms, NumberAtoms)
        return atoms.atom_of(number)


def populations(space: Space, store: Store, direction: Direction) -> Iterator[int]:
    """What the closed world demands of both ends."""
    if space.bucket.population is not None:
        yield Population(space, End.SUBJECT, direction).diagram(store, space.bucket.population)
    if space.universe.pods is not None:
        pods = Population(space, End.PEER, direction).diagram(store, space.universe.pods)
        kind = space.known(Aspect.PEER_KIND)
        options = ((pods if each is Kind.POD else TRUE, bit) for each, bit in space.kinds.bits.items())
        yield store.choose(kind, options)
