"""Port names as the numbers that the pods of the context declare, where the target cannot use the name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from translator.context import Context, Pod
from translator.ir.intervals import Intervals, contains, difference, intersection, intervals, union
from translator.ir.peers import ANYONE, PODS, AllOf, Endpoints, Peer
from translator.ir.policy import Direction, Policy, PolicySet, Rule
from translator.ir.traffic import ALL_PORTS, NO_PORTS, PORT_PROTOCOLS, SCTP, Ports, Traffic, protocol_set
from translator.legalize.population import Population
from translator.legalize.recorder import Recorder
from translator.legalize.target import TargetName
from translator.loss.effect import Change

_DECLARED: Intervals = protocol_set(*PORT_PROTOCOLS)
"""The protocols for which a container declares ports."""
_Needs = Callable[[Traffic], bool]


def numbered(policies: PolicySet, context: Context, recorder: Recorder) -> PolicySet:
    """The set in which names that the target cannot use are numbers, as far as the known pods agree on them."""
    needs = _needs(recorder.target.name, context)
    if needs is None or not context.pods or not any(_has_names(policy, needs) for policy in policies.policies()):
        return policies
    names = Names(population=Population(context=context), recorder=recorder, needs=needs)
    return replace(
        policies,
        tiers=tuple(
            replace(tier, policies=tuple(names.policy(policy) for policy in tier.policies)) for tier in policies.tiers
        ),
    )


def _needs(target: TargetName, context: Context) -> _Needs | None:
    match target:
        case TargetName.CALICO:
            return _names_sctp if context.calico.dataplane == "ebpf" else None
        case TargetName.CLUSTERNETWORKPOLICY:
            return lambda traffic: _excludes_names(traffic) or _names_some_protocols(traffic)
        case _:
            return _excludes_names


def _names_sctp(traffic: Traffic) -> bool:
    """What the sets of eBPF do not hold (calico.md 9)."""
    named = traffic.ports.names or traffic.not_ports.names
    return bool(named) and contains(traffic.protocols, SCTP)


def _excludes_names(traffic: Traffic) -> bool:
    """What only Calico says: all ports but a named one."""
    return bool(traffic.not_ports.names or (traffic.ports.names and traffic.not_ports.numbers))


def _names_some_protocols(traffic: Traffic) -> bool:
    """ClusterNetworkPolicy names a port without a protocol (kubernetes.md B.4)."""
    return bool(traffic.ports.names) and bool(difference(_DECLARED, traffic.protocols))


def _has_names(policy: Policy, needs: _Needs) -> bool:
    return any(
        needs(traffic) for direction in Direction for rule in policy.rules(direction) for traffic in rule.traffic
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Replaces the names of one policy set, or of some legal policies."""

    population: Population
    recorder: Recorder
    needs: _Needs
    """Which traffic has to lose its names."""

    def policy(self, policy: Policy) -> Policy:
        """The policy with numbers where the known pods agree on them."""
        if not _has_names(policy, self.needs):
            return policy
        ingress, egress = (
            tuple(found for rule in policy.rules(direction) for found in self.rules(rule, policy, direction))
            for direction in Direction
        )
        return replace(policy, ingress=ingress, egress=egress)

    def rules(self, rule: Rule, policy: Policy, direction: Direction) -> Iterator[Rule]:
        """The rule, once for all peers that agree on the numbers."""
        if not any(self.needs(traffic) for traffic in rule.traffic):
            yield rule
            return
        resolved = [(peers, self._traffic(rule, ends)) for peers, ends in self._destinations(rule, policy, direction)]
        if any(traffic is not None for _, traffic in resolved):
            words = ", ".join(dict.fromkeys(name for each in rule.traffic for name in _names(each)))
            self.recorder.declare(
                "named-port-resolved",
                f"the port {words} is written as the number that the known pods declare",
                change=Change.UNENFORCED,
                policy=policy,
                rule=rule,
            )
        for traffic, same in groupby(resolved, key=lambda item: item[1]):
            if traffic is None or traffic:
                peers = tuple(peer for some, _ in same for peer in some)
                yield replace(rule, peers=peers, traffic=rule.traffic if traffic is None else traffic)

    def _destinations(
        self, rule: Rule, policy: Policy, direction: Direction
    ) -> Iterator[tuple[tuple[Peer, ...], Sequence[Pod]]]:
        """Who declares the names: the pods of the policy on ingress, those of each peer on egress.

        An empty sequence: nobody is known, or ends that declare no ports are meant as well.
        """
        if direction is Direction.INGRESS:
            subjects = policy.subject
            if rule.subject != ANYONE:
                subjects = tuple(AllOf((peer, rule.subject)) for peer in subjects)
            only_pods = all(_is_pods(peer) for peer in policy.subject)
            yield rule.peers, tuple(self.population.selected(subjects)) if only_pods else ()
            return
        for peer in rule.peers:
            yield (peer,), tuple(self.population.selected((peer,))) if _is_pods(peer) else ()

    def _traffic(self, rule: Rule, ends: Sequence[Pod]) -> tuple[Traffic, ...] | None:
        """The traffic without names; None where the ends do not agree."""
        found: list[Traffic] = []
        for traffic in rule.traffic:
            if not self.needs(traffic):
                found.append(traffic)
                continue
            numbers = in_numbers(traffic, ends)
            if numbers is None:
                return None
            found += numbers
        return tuple(dict.fromkeys(found))


def in_numbers(traffic: Traffic, ends: Sequence[Pod]) -> tuple[Traffic, ...] | None:
    """Traffic to some pods with their own numbers in place of names; None where they do not agree on them.

    A name counts for the protocols that declare it (kubernetes.md A.8, calico.md 4.3).
    """
    if not ends or traffic.source_ports.names or traffic.not_source_ports.names:
        return None
    if not all(_is_declared(name, traffic, ends) for name in _names(traffic)):
        return None
    found: list[Traffic] = []
    for protocol in (number for number in sorted(PORT_PROTOCOLS) if contains(traffic.protocols, number)):
        ports, excluded = _numbers(traffic.ports, protocol, ends), _numbers(traffic.not_ports, protocol, ends)
        if ports is None or excluded is None:
            return None
        if ports.numbers:
            found.append(replace(traffic, protocols=protocol_set(protocol), ports=ports, not_ports=excluded))
    rest = difference(traffic.protocols, _DECLARED)
    ports = traffic.ports if traffic.ports == ALL_PORTS else Ports(numbers=traffic.ports.numbers)
    if rest and ports.numbers:
        others = Ports(numbers=traffic.not_ports.numbers)
        found.append(replace(traffic, protocols=rest, ports=ports, not_ports=others))
    return tuple(found)


def _numbers(ports: Ports, protocol: int, ends: Sequence[Pod]) -> Ports | None:
    if not ports.names or ports == ALL_PORTS:
        return ports
    found = ports.numbers
    for name in ports.names:
        declared = {_declared(pod, name, protocol) for pod in ends}
        if len(declared) != 1:
            return None
        found = union(found, declared.pop())
    return Ports(numbers=found) if found else NO_PORTS


def _declared(pod: Pod, name: str, protocol: int) -> Intervals:
    return intervals((port.port, port.port) for port in pod.ports if (port.name, port.protocol) == (name, protocol))


def _is_declared(name: str, traffic: Traffic, ends: Iterable[Pod]) -> bool:
    """Whether somebody declares a name; a name that nobody knows is rather a gap of the context than a mistake."""
    protocols = intersection(traffic.protocols, _DECLARED)
    return any(port.name == name and contains(protocols, port.protocol) for pod in ends for port in pod.ports)


def _names(traffic: Traffic) -> tuple[str, ...]:
    return (*traffic.ports.names, *traffic.not_ports.names)


def _is_pods(peer: Peer) -> bool:
    return isinstance(peer, Endpoints) and peer.kinds == PODS
