"""Ordered tiers as ClusterNetworkPolicies: Admin before every NetworkPolicy, Baseline behind, order and deny kept."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from translator.ir.addresses import Addresses, cidrs
from translator.ir.peers import ANYONE, EVERY_KIND, Endpoints, Kind, Network, Peer, everywhere
from translator.ir.policy import Action, Direction, End, Evaluation, Policy, PolicySet, Rule, Tier
from translator.ir.traffic import ALL_PORTS, Ports, Traffic
from translator.legalize import cubes as who
from translator.legalize.build import Built
from translator.legalize.cubes import TooLarge
from translator.legalize.index import ByNamespace
from translator.legalize.packets import Packets
from translator.legalize.pieces import Writers
from translator.legalize.read_alike import matches_alike, means_more_than_pods, sees_its_labels
from translator.legalize.recorder import Recorder
from translator.legalize.statements import Regions
from translator.legalize.target import TargetName
from translator.legalize.visible import unselectable
from translator.loss.effect import Change

RULES: Final = 25
"""Rules, peers and protocols that one list takes (kubernetes.md B.1)."""
NAME: Final = 100
"""Characters that the name of a rule takes (kubernetes.md B.1)."""
PRIORITIES: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrative:
    """ClusterNetworkPolicies, and the tiers that they do not cover."""

    policies: tuple[Built, ...]
    rest: PolicySet


def administrative(policies: PolicySet, writers: Writers) -> Administrative:
    """The leading and trailing tiers that ClusterNetworkPolicy says exactly, and what is left to be flattened.

    Only tiers whose end passes qualify: the API has no isolation from senders outside the cluster.
    """
    target = replace(writers.recorder.target, name=TargetName.CLUSTERNETWORKPOLICY)
    if not policies.tiers:
        return Administrative(policies=(), rest=policies)
    leading = _exact(_leading(policies.tiers), policies, writers)
    trailing = _exact(_trailing(policies.tiers[len(leading) :]), policies, writers)
    if _overrides_isolation(writers) and any(_has(Action.ALLOW, tier) for tier in trailing):
        trailing = []
    if writers.recorder.target.name is TargetName.CLUSTERNETWORKPOLICY:
        leading = _before_passes(leading, rest=policies.tiers[len(leading) : len(policies.tiers) - len(trailing)])
    built: list[Built] = []
    for name, tiers in (("Admin", leading), ("Baseline", trailing)):
        writer = _Writer(writers=_retargeted(writers, Recorder(target=target)), tier=name)
        built.extend(writer.write([policy for tier in tiers for policy in tier.policies]))
    kept = tuple(tier for tier in policies.tiers if tier not in leading and tier not in trailing)
    return Administrative(policies=tuple(built), rest=replace(policies, tiers=kept))


def _leading(tiers: Sequence[Tier]) -> list[Tier]:
    """Tiers from the front that pass; a pass inside one skips the whole Admin tier, so it must be the last of them."""
    found: list[Tier] = []
    for tier in tiers:
        if tier.end is not End.PASS or (found and _passes(found[-1])):
            break
        found.append(tier)
    return found


def _before_passes(tiers: list[Tier], *, rest: Sequence[Tier]) -> list[Tier]:
    """The tiers before a pass that would skip the rest, which becomes part of the Admin tier as well."""
    if not any(tier.policies for tier in rest):
        return tiers
    return list(itertools.takewhile(lambda tier: not _passes(tier), tiers))


def _trailing(tiers: Sequence[Tier]) -> list[Tier]:
    """Tiers behind the only one that isolates, if nothing passes out of that one."""
    isolating = [index for index, tier in enumerate(tiers) if tier.end is End.DENY and tier.policies]
    if len(isolating) > 1 or any(_passes(tiers[index]) for index in isolating):
        return []
    return _leading(tiers[isolating[0] + 1 :] if isolating else [])


def _overrides_isolation(writers: Writers) -> bool:
    """Whether a Baseline Accept would reach pods that policies isolate (cilium.md 11)."""
    return (
        writers.recorder.target.name is TargetName.CILIUM
        and writers.ends.knowledge.context.cilium.baseline_overrides_isolation
    )


def _passes(tier: Tier) -> bool:
    return _has(Action.PASS, tier)


def _has(action: Action, tier: Tier) -> bool:
    return any(
        rule.action is action for policy in tier.policies for direction in Direction for rule in policy.rules(direction)
    )


def _exact(tiers: list[Tier], policies: PolicySet, writers: Writers) -> list[Tier]:
    """The leading ones among the tiers that can be written without any loss."""
    del policies
    found: list[Tier] = []
    for tier in tiers:
        if not tier.policies:
            found.append(tier)
            continue
        recorder = Recorder(target=replace(writers.recorder.target, name=TargetName.CLUSTERNETWORKPOLICY))
        trial = _Writer(writers=_retargeted(writers, recorder), tier="Admin")
        if tier.evaluation is not Evaluation.FIRST_MATCH:
            break
        written = tuple(trial.write(tier.policies))
        if any(loss.effect for loss in recorder.losses) or not _is_read_alike(tier, written, writers):
            break
        found.append(tier)
    return found


def _is_read_alike(tier: Tier, written: Iterable[Built], writers: Writers) -> bool:
    """Whether the engine that reads the documents makes of them what the API's text does."""
    if writers.recorder.target.name is not TargetName.CILIUM:
        return True
    return all(matches_alike(policy, writers.ends.knowledge) for policy in tier.policies) and all(
        sees_its_labels(each.policy) and not means_more_than_pods(each.policy) for each in written
    )


def _retargeted(writers: Writers, recorder: Recorder) -> Writers:
    return Writers(
        recorder=recorder,
        ends=replace(writers.ends, recorder=recorder),
        packets=Packets(target=recorder.target.name, families=writers.packets.families),
        requests=replace(writers.requests, target=recorder.target),
    )


def isolating(built: Sequence[Built], writers: Writers, *, after: Sequence[Built]) -> Iterator[Built]:
    """Allow-only policies with isolation as Admin policies: every accept before every deny.

    Senders outside the cluster cannot be denied, so ingress isolation is partial and declared to widen.
    """
    writer = _Writer(writers=writers, tier="Admin", refuses_outside=False)
    taken = max((each.policy.order or 0 for each in after if each.policy.tier == "Admin"), default=0.0)
    for action, step, suffix in ((Action.DENY, 5, "-deny"), (Action.ALLOW, 10, "")):
        for each in built:
            chosen = _only(each.policy, action)
            renamed = replace(chosen, name=f"{chosen.name}{suffix}")
            for part in writer.parts(renamed, each.source):
                yield replace(part, policy=replace(part.policy, order=min(taken + step, PRIORITIES - 1.0)))
    for each in built:
        if Direction.INGRESS in each.policy.isolates:
            message = "senders outside the cluster are not kept out"
            writers.recorder.declare("isolation-partial", message, change=Change.ISOLATION_DROPPED, policy=each.source)
    for each in _needed(built, writer.regions):
        denying = replace(
            each.policy,
            name=f"{each.policy.name}-default-deny",
            ingress=_denied(each.policy, Direction.INGRESS),
            egress=_denied(each.policy, Direction.EGRESS),
        )
        for part in writer.parts(denying, each.source):
            yield replace(part, policy=replace(part.policy, order=min(taken + 20, float(PRIORITIES))))


def _needed(built: Sequence[Built], regions: Regions) -> Iterator[Built]:
    """The policies with those isolations that no other one's covers; of equal ones the first."""
    index: ByNamespace[tuple[int, Built]] = ByNamespace()
    for position, each in enumerate(built):
        index.add(regions.subjects(each.policy), (position, each))
    for position, each in enumerate(built):
        subjects = regions.subjects(each.policy)
        new = set(each.policy.isolates)
        for place, other in index.meeting(subjects):
            others = regions.subjects(other.policy)
            if place == position or not new & other.policy.isolates or not who.covered(subjects, others):
                continue
            if place < position or not who.covered(others, subjects):
                new -= other.policy.isolates
        if new:
            yield replace(each, policy=replace(each.policy, isolates=frozenset(new)))


def _only(policy: Policy, action: Action) -> Policy:
    return replace(
        policy,
        ingress=tuple(rule for rule in policy.ingress if rule.action is action),
        egress=tuple(rule for rule in policy.egress if rule.action is action),
    )


def _denied(policy: Policy, direction: Direction) -> tuple[Rule, ...]:
    if direction not in policy.isolates:
        return ()
    peer: Peer = Endpoints() if direction is Direction.INGRESS else ANYONE
    return (Rule(action=Action.DENY, peers=(peer,), name="default-deny", origin=policy.origin),)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    """Writes policies of one source tier after the other into one tier of the API."""

    writers: Writers
    tier: str
    refuses_outside: bool = True
    """Whether other policies may refuse what these do not accept from outside the cluster."""
    regions: Regions = field(default_factory=Regions)

    def write(self, policies: Sequence[Policy]) -> Iterator[Built]:
        parts = [part for policy in policies for part in self.parts(policy, policy)]
        for built, priority in zip(parts, _priorities(parts), strict=True):
            yield replace(built, policy=replace(built.policy, order=priority))

    def parts(self, policy: Policy, source: Policy) -> Iterator[Built]:
        """One policy per subject and per 25 rules, without priorities."""
        rules = {direction: tuple(self._rules(policy, source, direction)) for direction in Direction}
        subjects = self._subjects(policy, source)
        for number, subject in enumerate(subjects):
            longest = max(len(found) for found in rules.values())
            for start in range(0, longest, RULES):
                name = policy.name if policy.namespace is None else f"{policy.namespace}.{policy.name}"
                marks = [str(number + 1)] * (len(subjects) > 1) + [str(start // RULES + 1)] * (longest > RULES)
                here = {direction: found[start : start + RULES] for direction, found in rules.items()}
                yield Built(
                    policy=replace(
                        policy,
                        name="-".join([name, *marks]),
                        namespace=None,
                        kind="ClusterNetworkPolicy",
                        dialect=TargetName.CLUSTERNETWORKPOLICY.value,
                        subject=(subject,),
                        directions=frozenset(direction for direction in Direction if here[direction]),
                        isolates=frozenset(),
                        ingress=here[Direction.INGRESS],
                        egress=here[Direction.EGRESS],
                        tier=self.tier,
                    ),
                    source=source,
                )

    def _rules(self, policy: Policy, source: Policy, direction: Direction) -> Iterator[Rule]:
        """The rules of one policy; losses are those of its source, whatever it is called here."""
        for rule in policy.rules(direction):
            if direction not in policy.directions or rule.action is Action.LOG:
                continue
            try:
                brick = self.regions.brick(policy, rule)
            except TooLarge:
                self._lose(source, rule, "rule-limit", "its selectors have too many alternatives")
                continue
            if not who.covered(self.regions.subjects(policy), brick.subjects):
                self._lose(source, rule, "subject-address", "a rule cannot choose among the policy's subjects")
                continue
            for legal in self.writers.rules([(rule.action, brick, rule)], policy=source, direction=direction):
                name = (rule.name or policy.name)[:NAME]
                named = tuple(each for each in legal.traffic if each.ports.names)
                numbered = tuple(each for each in legal.traffic if not each.ports.names)
                peers = tuple(peer for each in legal.peers for peer in self._peers(each, source, rule, direction))
                if named and numbered and not all(map(_is_pods, peers)):
                    parts = [(peers, numbered), (self._declaring(peers, source, rule), named)]
                else:
                    parts = [(self._declaring(peers, source, rule) if named else peers, legal.traffic)]
                for some, traffic in parts:
                    for start in range(0, len(some), RULES):
                        for items in _in_lists(traffic):
                            yield replace(legal, peers=some[start : start + RULES], traffic=items, name=name)

    def _declaring(self, peers: tuple[Peer, ...], policy: Policy, rule: Rule) -> tuple[Peer, ...]:
        """Peers beside a named port: pods by label alone (kubernetes.md B.4); nobody else declares names."""
        found: list[Peer] = []
        for peer in peers:
            if not isinstance(peer, Network):
                found.append(peer)
            elif peer == everywhere():
                found.append(Endpoints())
            elif peer.addresses & self._cluster:
                self._lose(policy, rule, "named-port-on-address", "names of ports go with labels of pods only")
        return tuple(dict.fromkeys(found))

    def _peers(self, peer: Peer, policy: Policy, rule: Rule, direction: Direction) -> Iterator[Peer]:
        """Senders are pods; receivers are pods or networks without holes."""
        if peer == ANYONE and direction is Direction.INGRESS:
            self._lose_outside(policy, rule)
            peer = Endpoints()
        elif peer == ANYONE:
            peer = everywhere()
        match peer:
            case Network() if direction is Direction.INGRESS and not peer.addresses & self._cluster:
                self._lose_outside(policy, rule)
            case Network() if direction is Direction.INGRESS:
                self._lose(policy, rule, "outside-ingress", "senders can be chosen among pods only")
            case Network():
                for start in range(0, len(blocks := cidrs(peer.addresses)), RULES):
                    yield Network(cidrs=blocks[start : start + RULES], reach=EVERY_KIND)
            case _:
                yield peer

    @property
    def _cluster(self) -> Addresses:
        return self.writers.ends.knowledge.cluster

    def _lose_outside(self, policy: Policy, rule: Rule) -> None:
        """Senders outside pass whatever is said; only where others refuse them an accept is missed."""
        if rule.action is not Action.ALLOW or self.refuses_outside:
            self._lose(policy, rule, "outside-ingress", "senders can be chosen among pods only")

    def _subjects(self, policy: Policy, source: Policy) -> list[Endpoints]:
        found: list[Endpoints] = []
        for cube in who.conjunctive(self.regions.subjects(policy)):
            if cube.kinds != {Kind.POD}:
                if Kind.HOST in cube.kinds:
                    self.writers.recorder.declare(
                        "host-subject", "nodes are not governed here", change=Change.UNENFORCED, policy=source
                    )
                cube = replace(cube, kinds=frozenset({Kind.POD}), source=None)  # noqa: PLW2901 - the pods among them
            problem = unselectable(cube, TargetName.CLUSTERNETWORKPOLICY)
            if problem is not None:
                for rule in (*policy.ingress, *policy.egress):
                    self._lose(source, rule, *problem)
                continue
            found.append(Endpoints(selector=who.selector_of(cube)))
        return list(dict.fromkeys(found))

    def _lose(self, policy: Policy, rule: Rule, code: str, message: str) -> None:
        self.writers.recorder.declare(code, message, change=Change.RULE_DROPPED, policy=policy, rule=rule)


def _is_pods(peer: Peer) -> bool:
    return isinstance(peer, Endpoints)


def _in_lists(traffic: tuple[Traffic, ...]) -> Iterator[tuple[Traffic, ...]]:
    """Traffic in lists that are short enough, item by item where there are too many."""
    items = tuple(item for each in traffic for item in _items(each))
    if len(items) <= RULES:
        yield traffic
        return
    for start in range(0, len(items), RULES):
        yield items[start : start + RULES]


def _items(traffic: Traffic) -> Iterator[Traffic]:
    """One for each port name or interval."""
    if traffic.ports == ALL_PORTS:
        yield traffic
        return
    yield from (replace(traffic, ports=Ports(numbers=(span,))) for span in traffic.ports.numbers)
    yield from (replace(traffic, ports=Ports(names=(name,))) for name in traffic.ports.names)


def _priorities(parts: Sequence[Built]) -> list[float]:
    """The source's own orders where they are usable as priorities, else evenly spaced ones."""
    orders = [part.policy.order for part in parts]
    usable = all(order is not None and 0 <= order <= PRIORITIES and order == int(order) for order in orders)
    if usable and all(a is not None and b is not None and a < b for a, b in itertools.pairwise(orders)):
        return [order for order in orders if order is not None]
    step = max(1, min(10, PRIORITIES // max(1, len(parts))))
    return [float(min(PRIORITIES, step * (index + 1))) for index in range(len(parts))]
