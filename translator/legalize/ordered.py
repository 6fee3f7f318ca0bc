"""Policy sets of other engines as Calico's ordered tiers: the target that keeps order, deny and pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, product
from typing import Final

from translator.ir.labels import NAMESPACE_NAME, And, Operator, Requirement, Selector, requirements
from translator.ir.peers import ANYONE, RESERVED, Endpoints, Kind
from translator.ir.policy import (
    Action,
    Direction,
    End,
    Engine,
    Evaluation,
    Hook,
    Policy,
    PolicySet,
    Rule,
    Tier,
)
from translator.legalize import cubes as who
from translator.legalize.build import Built
from translator.legalize.cubes import TooLarge, overlap, subtract, to_peer
from translator.legalize.flat import declare_idle
from translator.legalize.index import ByNamespace
from translator.legalize.names import localized
from translator.legalize.pieces import Writers
from translator.legalize.profiles import NEWER_API_TIERS, Feature, supports
from translator.legalize.statements import ACTION_RANK, Regions
from translator.legalize.target import ORDER_OF_NETWORK_POLICIES, TargetName
from translator.legalize.visible import unseen, unselectable
from translator.loss.effect import Change

OVERRIDES: Final = Tier(name="overrides", order=500000.0, evaluation=Evaluation.FIRST_MATCH, end=End.PASS)
"""Home of denies that must come before every allow, and of allows that isolate nobody."""
TIERS: Final = {
    "Admin": Tier(name="admin", order=900.0, evaluation=Evaluation.FIRST_MATCH, end=End.PASS),
    "admin": Tier(name="admin", order=900.0, evaluation=Evaluation.FIRST_MATCH, end=End.PASS),
    "Baseline": Tier(name="baseline", order=9000000.0, evaluation=Evaluation.FIRST_MATCH, end=End.PASS),
    "baseline": Tier(name="baseline", order=9000000.0, evaluation=Evaluation.FIRST_MATCH, end=End.PASS),
}
"""Tiers of ClusterNetworkPolicy, with orders that none of Calico's own tiers has."""


DEFAULT: Final = "default"
_API_TIERS: Final = {
    "kube-admin": "admin",
    "adminnetworkpolicy": "admin",
    "kube-baseline": "baseline",
    "baselineadminnetworkpolicy": "baseline",
}
"""Tiers that Calico makes itself for the Kubernetes API's own (calico.md 3.6), and what stands for those of another
version."""
_HOOKS: Final = frozenset({Hook.NORMAL, Hook.FORWARD})
"""Where the end of a tier denies (calico.md 3.7)."""
_SUBJECTS: Final = frozenset({Kind.POD, Kind.HOST})
_EVERYTHING: Final = (Rule(action=Action.ALLOW),)
_STEPS: Final = 1000
"""Between two priorities there is room for 25 rules with three actions each."""
_LAST: Final = 10000.0
"""Behind everything else in tier default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """Calico policies and the tiers they need besides ``default``."""

    policies: tuple[Built, ...]
    tiers: tuple[Tier, ...]


def ordered(policies: PolicySet, writers: Writers) -> Ordered:
    """The same policies in Calico's tiers."""
    return _Orderer(policies, writers).run()


def needs_tiers(policies: PolicySet) -> bool:
    """Whether the tier ``default``, which isolates whatever its policies select, is not enough to hold them."""
    is_calico = policies.engine is Engine.CALICO
    return any(
        bool(tier.policies) and (tier.name != DEFAULT if is_calico else tier.name in TIERS) for tier in policies.tiers
    )


class _Orderer:
    def __init__(self, policies: PolicySet, writers: Writers) -> None:
        self._policies = policies
        self._writers = writers
        self._regions = Regions()
        self._used: dict[str, Tier] = {}
        self._idle: list[Policy] = []

    def run(self) -> Ordered:
        built = [each for tier in self._policies.tiers for each in self._tier(tier)]
        declare_idle(self._idle, [each.source for each in built], self._writers.recorder)
        tiers = sorted(self._used.values(), key=lambda tier: tier.order or 0)
        return Ordered(policies=tuple(built), tiers=tuple(tiers))

    def _tier(self, tier: Tier) -> Iterator[Built]:
        if self._policies.engine is Engine.CALICO:
            place = self._home(tier)
            for policy in tier.policies:
                if policy.dialect == TargetName.KUBERNETES and not self._writers.recorder.target.rewrite_all:
                    # Every version reads it at the same place.
                    yield Built(policy=policy, source=policy, carried=True)
                else:
                    yield from self._write(policy, policy, tier=place, order=policy.order, keep_order=True)
            return
        if tier.name in TIERS:
            home = TIERS[tier.name]
            for policy, name in in_sequence(tier):
                for built in self._write(
                    policy, policy, tier=home.name, order=policy.order, name=name, keep_order=True
                ):
                    self._used[home.name] = home
                    yield built
            return
        for policy in tier.policies:
            if not policy.staged:
                yield from self._deny_overrides(policy, tier.policies)

    def _deny_overrides(self, policy: Policy, others: Sequence[Policy]) -> Iterator[Built]:
        """A policy of a tier where denies override and isolation is per direction."""
        apart = self._denies_apart(policy, others)
        early = {direction: [] for direction in Direction}  # type: dict[Direction, list[Rule]]
        late = {direction: [] for direction in Direction}  # type: dict[Direction, list[Rule]]
        for direction in policy.directions:
            is_open = direction not in policy.isolates
            is_idle = is_open and not self._is_closed(policy, direction)
            for rule in policy.rules(direction):
                is_early = is_open or (apart and rule.action is Action.DENY)
                if is_idle and rule.action is Action.ALLOW:
                    self._idle.append(policy)
                else:
                    (early if is_early else late)[direction].append(rule)
        for action, order in ((Action.DENY, 10.0), (Action.ALLOW, 20.0)):
            rules = {
                direction: tuple(rule for rule in found if rule.action is action) for direction, found in early.items()
            }
            if any(rules.values()):
                part = _with_rules(policy, rules, isolates=frozenset())
                alone = not policy.isolates and all(rule.action is action for found in early.values() for rule in found)
                name = policy.name if alone else f"{policy.name}-{action.value}"
                yield from self._write_early(part, policy, order=order, name=name)
        if policy.isolates:
            rules = {direction: tuple(found) for direction, found in late.items()}
            part = _with_rules(policy, rules, isolates=policy.isolates)
            yield from self._write(part, policy, tier=DEFAULT, order=ORDER_OF_NETWORK_POLICIES)
        if any(early.values()) and not supports(self._writers.recorder.target, Feature.TIERS):
            yield from self._opened(policy, others, [direction for direction in Direction if early[direction]])

    def _opened(self, policy: Policy, others: Sequence[Policy], directions: Sequence[Direction]) -> Iterator[Built]:
        """Without another tier whatever a policy selects is isolated: what nobody isolates is opened again, last."""
        for direction in sorted(set(directions) - policy.isolates):
            isolated = [
                cube
                for other in others
                if direction in other.isolates and not other.staged
                for cube in self._regions.subjects(other)
            ]
            try:
                rest = subtract(self._regions.subjects(policy), isolated)
            except TooLarge:
                message = "who is isolated otherwise cannot be told apart"
                self._lose("isolation-added", message, policy, Change.ISOLATION_ADDED)
                continue
            for number, cube in enumerate(rest):
                part = replace(
                    policy,
                    subject=(to_peer(cube),),
                    directions=frozenset({direction}),
                    isolates=frozenset({direction}),
                    ingress=_EVERYTHING if direction is Direction.INGRESS else (),
                    egress=_EVERYTHING if direction is Direction.EGRESS else (),
                )
                name = f"{policy.name}-open-{direction}{f'-{number + 1}' if number else ''}"
                yield from self._write(part, policy, tier=DEFAULT, order=_LAST, name=name)

    def _home(self, tier: Tier) -> str:
        """The same tier of Calico's; one of another version's own gets an object and a name of its own."""
        name = tier.name
        target = self._writers.recorder.target
        is_own = name in NEWER_API_TIERS and supports(target, Feature.CLUSTER_NETWORK_POLICY)
        if name in _API_TIERS and not is_own:
            taken = {each.name for each in self._policies.tiers}
            name = _API_TIERS[name]
            while name in taken:
                name += "-policies"
        # A tier that does not exist comes last and denies (calico.md 3.2): it stays away.
        if tier.policies and name != DEFAULT and not is_own and tier.order is not None:
            self._used[name] = replace(tier, name=name, policies=())
        return name

    def _write_early(self, part: Policy, policy: Policy, *, order: float, name: str) -> Iterator[Built]:
        """Where denies stand that come first: before all others in tier default where there is no other tier."""
        has_tiers = supports(self._writers.recorder.target, Feature.TIERS)
        for built in self._write(part, policy, tier=OVERRIDES.name if has_tiers else DEFAULT, order=order, name=name):
            if has_tiers:
                self._used[OVERRIDES.name] = OVERRIDES
            yield built

    def _is_closed(self, policy: Policy, direction: Direction) -> bool:
        """Whether some policy denies some of the same subjects what nobody allows; else an allow decides nothing."""
        subjects = self._regions.subjects(policy)
        return any(overlap(subjects, cubes) for cubes in self._closing[direction].meeting(subjects))

    @cached_property
    def _closing(self) -> dict[Direction, ByNamespace[who.Cubes]]:
        """The subjects of policies that isolate them or that another tier's rules deny something."""
        found: dict[Direction, ByNamespace[who.Cubes]] = {direction: ByNamespace() for direction in Direction}
        for tier in self._policies.tiers:
            for policy in tier.policies:
                for direction in Direction if not policy.staged else ():
                    ordered_rules = policy.rules(direction) if tier.name in TIERS else ()
                    if direction in policy.isolates or any(rule.action is not Action.ALLOW for rule in ordered_rules):
                        subjects = self._regions.subjects(policy)
                        found[direction].add(subjects, subjects)
        return found

    def _denies_apart(self, policy: Policy, others: Sequence[Policy]) -> bool:
        """Whether its denies concern subjects of other policies too, so that they must precede all allows."""
        denies = any(rule.action is Action.DENY for direction in policy.isolates for rule in policy.rules(direction))
        if not denies:
            return False
        subjects = self._regions.subjects(policy)
        return any(
            other is not policy and not other.staged and overlap(subjects, self._regions.subjects(other))
            for other in others
        )

    def _write(
        self,
        policy: Policy,
        source: Policy,
        *,
        tier: str,
        order: float | None,
        name: str | None = None,
        keep_order: bool = False,
    ) -> Iterator[Built]:
        subject = tuple(self._subject(policy))
        if not subject:
            return
        rules = {direction: self._rules(policy, direction, keep_order=keep_order) for direction in Direction}
        directions = frozenset(direction for direction in Direction if direction in policy.isolates or rules[direction])
        if not directions:
            return
        legal = replace(
            policy,
            name=name or policy.name,
            namespace=_namespace(subject),
            kind="",
            dialect="calico",
            subject=subject,
            directions=directions,
            isolates=directions if policy.hook in _HOOKS else frozenset(),
            ingress=rules[Direction.INGRESS],
            egress=rules[Direction.EGRESS],
            tier=tier,
            order=order,
        )
        yield Built(policy=legal, source=source)

    def _rules(self, policy: Policy, direction: Direction, *, keep_order: bool) -> tuple[Rule, ...]:
        if direction not in policy.directions:
            return ()
        bricks = [(rule.action, self._regions.brick(policy, rule), rule) for rule in policy.rules(direction)]
        if not keep_order:
            return self._writers.rules(bricks, policy=policy, direction=direction)
        return tuple(
            # Which of the subjects a rule is about is said in the rule, as Calico's own rules say it.
            legal if brick[2].subject == ANYONE else replace(legal, subject=brick[2].subject)
            for brick in bricks
            for legal in self._writers.rules([brick], policy=policy, direction=direction)
        )

    def _subject(self, policy: Policy) -> Iterator[Endpoints]:
        """Pods; nodes by label have no counterpart among host endpoints, Cilium's own endpoints none at all."""
        for peer in policy.subject:
            if not isinstance(peer, Endpoints):
                continue
            if self._policies.engine is Engine.CALICO:
                yield replace(peer, kinds=peer.kinds & _SUBJECTS)
            elif Kind.POD in peer.kinds:
                yield from self._pods(peer, policy)
                if peer.kinds & RESERVED:
                    self._lose("reserved-subject", "endpoints that only Cilium has", policy, Change.UNENFORCED)
            elif Kind.HOST in peer.kinds:
                self._lose(
                    "host-subject", "nodes are not governed by the translation", policy, Change.ISOLATION_DROPPED
                )
            else:
                self._lose("reserved-subject", "endpoints that only Cilium has", policy, Change.UNENFORCED)

    def _pods(self, peer: Endpoints, policy: Policy) -> Iterator[Endpoints]:
        """Pods by labels that Calico sees, as they stand where that is plain."""
        labels = [each.label for each in requirements(peer.selector)]
        if not any(unseen(label, TargetName.CALICO) for label in labels):
            yield Endpoints(selector=peer.selector)
            return
        for cube in who.of_peer(Endpoints(selector=peer.selector)):
            here = localized(cube)
            problem = unselectable(here, TargetName.CALICO)
            if problem is not None:
                self._lose(*problem, policy, Change.ISOLATION_DROPPED)
            else:
                yield Endpoints(selector=who.selector_of(here))

    def _lose(self, code: str, message: str, policy: Policy, change: Change) -> None:
        self._writers.recorder.declare(code, message, change=change, policy=policy)


def in_sequence(tier: Tier) -> Iterator[tuple[Policy, str]]:
    """The policies of a tier as ones of which the first rule that matches decides, and what each is called.

    Rules of equal priority are asked together, rank by rank, denies first (cilium.md 11): policies that share their
    priority, and not their action, become one for each rank and action.
    """
    if tier.evaluation is not Evaluation.PRIORITY:
        yield from ((policy, policy.name) for policy in tier.policies)
        return
    for _, group in groupby(sorted(tier.policies, key=_priority), key=_priority):
        members = tuple(group)
        if len(members) == 1 or len({rule.action for each in members for rule in _all_rules(each)}) == 1:
            yield from ((policy, policy.name) for policy in members)
            continue
        for step, (rank, action) in enumerate(product(range(_longest(members)), ACTION_RANK)):
            for policy in members:
                rules = {
                    direction: tuple(rule for rule in policy.rules(direction)[rank : rank + 1] if rule.action is action)
                    for direction in policy.directions
                }
                if any(rules.values()):
                    part = replace(
                        policy,
                        order=_priority(policy) + step / _STEPS,
                        ingress=rules.get(Direction.INGRESS, ()),
                        egress=rules.get(Direction.EGRESS, ()),
                    )
                    yield part, f"{policy.name}-{rank + 1}"


def _priority(policy: Policy) -> float:
    return policy.order or 0


def _all_rules(policy: Policy) -> tuple[Rule, ...]:
    return tuple(rule for direction in policy.directions for rule in policy.rules(direction))


def _longest(policies: Sequence[Policy]) -> int:
    return max(len(policy.rules(direction)) for policy in policies for direction in Direction)


def _with_rules(policy: Policy, rules: dict[Direction, tuple[Rule, ...]], *, isolates: frozenset[Direction]) -> Policy:
    return replace(policy, ingress=rules[Direction.INGRESS], egress=rules[Direction.EGRESS], isolates=isolates)


def _namespace(subject: Sequence[Endpoints]) -> str | None:
    names = {_demanded(peer.selector) for peer in subject}
    return next(iter(names)) if len(names) == 1 else None


def _demanded(selector: Selector) -> str | None:
    """The one namespace that a selector demands."""
    terms = selector.terms if isinstance(selector, And) else (selector,)
    for term in terms:
        if isinstance(term, Requirement) and term.label == NAMESPACE_NAME and term.operator is Operator.IN:
            return term.values[0] if len(term.values) == 1 else None
    return None
