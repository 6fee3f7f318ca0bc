"""Who may talk to whom before and after: the verdicts of both policy sets for every pair of the picture."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby, pairwise
from typing import Final

from translator.context import Context
from translator.ir.intervals import Intervals, contains
from translator.ir.labels import matches
from translator.ir.peers import EVERY_KIND, Endpoints, Kind, Network, Service
from translator.ir.policy import Direction, Policy, PolicySet
from translator.ir.traffic import ICMP, ICMPV6, PROTOCOL_NAMES, SCTP, TCP, UDP, Traffic
from translator.origin import Origin
from translator.report.parties import Cast, Party, cast, peers
from translator.semantics.flow import Endpoint, Flow
from translator.semantics.verdict.core import Decision, Evaluator

MOST_PARTIES: Final = 240
"""Beyond that many there are no cells: nobody could read it, and it takes long."""
_PORTED: Final = (TCP, UDP, SCTP)
_LAST: Final = 65535
_ECHO: Final = 8
_UNNAMED_PROTOCOL: Final = 253
"""For experiments (RFC 3692), so it stands for every protocol that no rule names."""
_NAMES: Final = {_UNNAMED_PROTOCOL: "other protocols", ICMP: "ICMP echo"}

Span = tuple[int, int, int]
"""Protocol, first and last port; of protocols without ports 0 and 0."""


class State(StrEnum):
    """What happened between two parties."""

    NOTHING = "nothing"
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    BOTH = "both"
    OPEN = "open"
    """The same but for what the Kubernetes API leaves open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one party may send to another."""

    state: State
    before: str
    """``TCP 80, 443; UDP 53``, ``everything`` or ``nothing``."""
    after: str
    added: str = ""
    removed: str = ""
    decided_before: tuple[Origin, ...] = ()
    decided_after: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """The picture. A cell that is missing is a pair that no policy can judge; of too many parties there are none."""

    parties: tuple[Party, ...]
    cells: Mapping[tuple[int, int], Cell]
    remarks: tuple[str, ...]


def matrix(
    before: PolicySet,
    after: PolicySet,
    contexts: tuple[Context, Context],
    *,
    namespaces: Collection[str] | None = None,
    focus: Collection[str] = (),
    examples: Collection[Endpoint] = (),
) -> Matrix | None:
    """The picture of two policy sets; None where nobody is there, and without cells where the parties are too many.

    ``namespaces``: the only ones in which there are pods; None: there may be others. ``focus``: the namespaces that are
    shown where all of them are too many. ``examples``: pods that are shown besides where no pods are known.
    """
    everyone = found = cast((before, after), contexts, namespaces, examples)
    if len(found.parties) < 2:
        return None
    if len(found.parties) > MOST_PARTIES:
        chosen = tuple(each for each in found.parties if each.is_outside or each.group in focus)
        found = replace(found, parties=chosen)
        if len(chosen) > MOST_PARTIES or all(each.is_outside for each in chosen):
            return Matrix(parties=everyone.parties, cells={}, remarks=())
    sides = (_Side(before, contexts[0]), _Side(after, contexts[1]))
    keys = _Keys(sides)
    known: dict[object, Cell] = {}
    cells: dict[tuple[int, int], Cell] = {}
    for row, source in enumerate(found.parties):
        for column, destination in enumerate(found.parties):
            if source.is_outside and destination.is_outside:
                continue
            key = keys.of(source, destination)
            if key not in known:
                known[key] = _cell(sides, source, destination)
            cells[row, column] = known[key]
    return Matrix(
        parties=found.parties,
        cells=cells,
        remarks=(
            *_left_out(everyone, found),
            *_remarks(found, before, after, is_bounded=namespaces is not None),
        ),
    )


def _left_out(everyone: Cast, shown: Cast) -> Iterator[str]:
    if everyone is not shown:
        yield (
            f"Of {len(everyone.parties)} workloads and addresses those in the namespaces of the changed objects are "
            "shown; how they and the others may talk is in the table of changed connections only."
        )


def _remarks(found: Cast, before: PolicySet, after: PolicySet, *, is_bounded: bool) -> Iterator[str]:
    if found.from_context:
        yield (
            "Each row is a workload of the context: pods of one namespace with the same labels, judged by one of them."
        )
    else:
        yield (
            "No pods are known, so each row is an example: a pod with the labels that a selector of the policies names "
            "and no others. With --context the rows are the workloads of the cluster."
        )
    if is_bounded:
        yield "Namespaces beyond those of the context are not shown: the translation was made for those."
    policies = [*before.policies(), *after.policies()]
    rules = [rule for policy in policies for direction in Direction for rule in policy.rules(direction)]
    if found.invented and any(isinstance(peer, Network) for peer in peers(policies)):
        yield "The addresses of some pods are not known; they are taken to lie in no block that a policy names."
    if any(rule.layer7 is not None for rule in rules):
        yield "Rules about HTTP and DNS count by their ports here; they may deny single requests."
    if any(traffic.source_ports.numbers != ((0, _LAST),) for rule in rules for traffic in rule.traffic):
        yield "Rules that ask for a source port do not count here."
    yield "Addresses are IPv4 unless the ends have IPv6 only; traffic from a pod's own node is not shown."


# -- one pair ---------------------------------------------------------------------------------------------------------


class _Side:
    """One policy set, asked with both answers to what the API leaves open."""

    def __init__(self, policies: PolicySet, context: Context) -> None:
        self.policies = policies.policies()
        self._widest = Evaluator(policies, context)
        is_open = any(isinstance(peer, Network) and peer.reach is None for peer in peers(self.policies))
        narrow = Evaluator(policies, context, open_reach=frozenset({Kind.OUTSIDE})) if is_open else self._widest
        self._evaluators = (self._widest,) if narrow is self._widest else (self._widest, narrow)
        self._governing: dict[tuple[Endpoint, Direction], tuple[Policy, ...]] = {}

    def governing(self, end: Endpoint, direction: Direction) -> tuple[Policy, ...]:
        """The policies that may govern an end; some of them may not, which only costs time."""
        key = (end, direction)
        if key not in self._governing:
            self._governing[key] = tuple(
                policy
                for policy in self.policies
                if direction in policy.directions and any(_may_select(peer, end) for peer in policy.subject)
            )
        return self._governing[key]

    def ask(self, flow: Flow) -> tuple[set[bool], tuple[Origin, ...]]:
        """Every answer there may be, and the places that decide."""
        answers: set[bool] = set()
        places: dict[Origin, None] = {}
        for evaluator in self._evaluators:
            verdict = evaluator.verdict(flow)
            answers.add(verdict.allowed)
            places |= dict.fromkeys(_deciding(verdict.egress, verdict.ingress))
        return answers, tuple(places)


def _deciding(*ends: Decision | None) -> Iterator[Origin]:
    """The places of the ends that deny, else those of both."""
    asked = [end for end in ends if end is not None]
    denying = [end for end in asked if not end.allowed]
    for end in denying or asked:
        yield from end.decided_by


def _may_select(peer: object, end: Endpoint) -> bool:
    return not isinstance(peer, Endpoints) or (end.kind in peer.kinds and matches(peer.selector, end.labels))


def _cell(sides: tuple[_Side, _Side], source: Party, destination: Party) -> Cell:
    ends = ((source.before, destination.before), (source.after, destination.after))
    policies = [
        policy
        for side, (sender, receiver) in zip(sides, ends, strict=True)
        for policy in (*side.governing(sender, Direction.EGRESS), *side.governing(receiver, Direction.INGRESS))
    ]
    ports = {port for _, receiver in ends for port in receiver.ports}
    probes = list(_probes(policies, ports))
    always: list[list[Span]] = [[], []]
    ever: list[list[Span]] = [[], []]
    places: list[dict[Origin, None]] = [{}, {}]
    denying: list[dict[Origin, None]] = [{}, {}]
    for probe in probes:
        for number, (side, (sender, receiver)) in enumerate(zip(sides, ends, strict=True)):
            answers, origins = side.ask(_flow(sender, receiver, probe))
            if True in answers:
                ever[number].append(probe)
                places[number] |= dict.fromkeys(origins)
            else:
                denying[number] |= dict.fromkeys(origins)
            if False not in answers:
                always[number].append(probe)
    added = [probe for probe in always[1] if probe not in ever[0]]
    removed = [probe for probe in always[0] if probe not in ever[1]]
    return Cell(
        state=_state(always, ever, added=bool(added), removed=bool(removed)),
        before=_text(ever[0], probes),
        after=_text(ever[1], probes),
        added=_text(added, probes) if added else "",
        removed=_text(removed, probes) if removed else "",
        decided_before=tuple(places[0] or denying[0]),
        decided_after=tuple({**places[1], **denying[1]} if removed else places[1] or denying[1]),
    )


def _state(always: list[list[Span]], ever: list[list[Span]], *, added: bool, removed: bool) -> State:
    if added or removed:
        return State.BOTH if added and removed else State.ADDED if added else State.REMOVED
    if always[0] != always[1] or ever[0] != ever[1]:
        return State.OPEN
    return State.SAME if ever[0] else State.NOTHING


def _flow(source: Endpoint, destination: Endpoint, probe: Span) -> Flow:
    protocol, low, _ = probe
    port = low if protocol in _PORTED else _ECHO if protocol == ICMP else None
    return Flow(source=source, destination=destination, protocol=protocol, port=port)


# -- which traffic is told apart --------------------------------------------------------------------------------------


def _probes(policies: Iterable[Policy], named: set[tuple[str, int, int]]) -> Iterator[Span]:
    """Traffic in classes that no rule of these policies tells apart, each with its first port."""
    traffic = [
        each
        for policy in policies
        for direction in Direction
        for rule in policy.rules(direction)
        for each in rule.traffic
    ]
    for protocol in _PORTED:
        cuts = {1, _LAST + 1}
        for each in traffic:
            if contains(each.protocols, protocol):
                cuts |= _cuts(each)
        for _, carrier, port in named:
            if carrier == protocol:
                cuts |= {port, port + 1}
        ordered = sorted(cut for cut in cuts if 1 <= cut <= _LAST + 1)
        yield from ((protocol, low, high - 1) for low, high in pairwise(ordered))
    spans = {span for each in traffic for span in each.protocols}
    others = {low for low, high in spans if low == high} | {edge for low, high in spans for edge in (low - 1, high + 1)}
    known = {ICMP, *(each for each in others if 0 < each < 255)} - {*_PORTED, ICMPV6, _UNNAMED_PROTOCOL}
    yield from ((protocol, 0, 0) for protocol in sorted(known))
    yield (_UNNAMED_PROTOCOL, 0, 0)


def _cuts(traffic: Traffic) -> set[int]:
    spans = tuple((last, last) for _, last in traffic.ports.spans)
    numbers: Intervals = (*traffic.ports.numbers, *traffic.not_ports.numbers, *spans)
    return {cut for low, high in numbers for cut in (low, high + 1)}


def _text(spans: list[Span], probes: list[Span]) -> str:
    """``everything``, ``nothing`` or ``TCP 80, 8080–8090; UDP 53``."""
    if not spans:
        return "nothing"
    if len(spans) == len(probes):
        return "everything"
    words = []
    for protocol, group in groupby(spans, key=lambda span: span[0]):
        name = _NAMES.get(protocol) or PROTOCOL_NAMES.get(protocol, f"protocol {protocol}")
        ranges = _merged(group)
        if protocol not in _PORTED or ranges == [(1, _LAST)]:
            words.append(name)
        else:
            words.append(f"{name} {', '.join(str(low) if low == high else f'{low}–{high}' for low, high in ranges)}")
    return "; ".join(words)


def _merged(spans: Iterable[Span]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for _, low, high in spans:
        if found and low == found[-1][1] + 1:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return found


# -- parties that nothing tells apart ---------------------------------------------------------------------------------


class _Keys:
    """Equal for pairs of which the policies that govern them say the same, so that each is judged once."""

    def __init__(self, sides: tuple[_Side, _Side]) -> None:
        self._sides = sides
        simple = [peer for side in sides for peer in peers(side.policies)]
        selectors = dict.fromkeys(peer.selector for peer in simple if isinstance(peer, Endpoints))
        blocks = dict.fromkeys((peer.cidrs, peer.excepts) for peer in simple if isinstance(peer, Network))
        self._selectors = list(selectors)
        self._blocks = [Network(cidrs=cidrs, excepts=excepts, reach=EVERY_KIND).addresses for cidrs, excepts in blocks]
        self._bits = {asked: 1 << number for number, asked in enumerate((*selectors, *blocks))}
        self._exact = any(isinstance(peer, Service) for peer in simple)
        self._asked: dict[int, int] = {}
        self._answers: dict[Endpoint, int] = {}

    def of(self, source: Party, destination: Party) -> object:
        """What the answers about a pair depend on."""
        ends = ((source.before, destination.before), (source.after, destination.after))
        found: list[object] = [source.is_outside, destination.is_outside]
        for side, (sender, receiver) in zip(self._sides, ends, strict=True):
            policies = (*side.governing(sender, Direction.EGRESS), *side.governing(receiver, Direction.INGRESS))
            mask = 0
            for policy in policies:
                mask |= self._asked_by(policy)
            found += (*map(id, policies), None, self._end(sender, mask), self._end(receiver, mask))
        return tuple(found)

    def _asked_by(self, policy: Policy) -> int:
        """The questions about ends that a policy asks, as bits."""
        if id(policy) not in self._asked:
            mask = 0
            for peer in peers((policy,)):
                if isinstance(peer, Endpoints):
                    mask |= self._bits[peer.selector]
                elif isinstance(peer, Network):
                    mask |= self._bits[peer.cidrs, peer.excepts]
            self._asked[id(policy)] = mask
        return self._asked[id(policy)]

    def _end(self, end: Endpoint, mask: int) -> object:
        if end not in self._answers:
            holds = [
                *(matches(selector, end.labels) for selector in self._selectors),
                *(any(address in known for address in end.addresses) for known in self._blocks),
            ]
            self._answers[end] = sum(1 << number for number, each in enumerate(holds) if each)
        addresses = end.addresses if self._exact else frozenset(address.family for address in end.addresses)
        return (end.kind, end.ports, end.families, end.domains, addresses, self._answers[end] & mask)
