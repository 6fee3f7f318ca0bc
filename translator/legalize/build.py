"""Flat directions back into policies: one per source policy and subject, isolating exactly whom the source isolates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from translator.ir.labels import NAMESPACE_NAME, Scope, one_of
from translator.ir.peers import Kind
from translator.ir.policy import Action, Direction, Engine, Policy, PolicySet, Rule
from translator.legalize import agent
from translator.legalize import cubes as who
from translator.legalize.cubes import Cube, Cubes
from translator.legalize.flat import Flat, FlatRule, declare_idle, declare_lost, denies_everybody
from translator.legalize.flatten import flatten
from translator.legalize.grouped import Group, is_by_address, is_isolated_besides, mark_isolated
from translator.legalize.index import ByNamespace, namespaces_of
from translator.legalize.names import listed
from translator.legalize.parts import (
    as_endpoints,
    counted_namespaces,
    namespace_of,
    namespaces_asked_for,
    qualified,
    same_ranges,
)
from translator.legalize.pieces import Writers
from translator.legalize.profiles import Feature, supports
from translator.legalize.ranges import reads_ranges
from translator.legalize.read_alike import finds_more, is_partly_void
from translator.legalize.recorder import Recorder
from translator.legalize.statements import Brick, Regions, Statement
from translator.legalize.target import ORDER_OF_NETWORK_POLICIES, TargetName
from translator.legalize.visible import is_sayable, unselectable
from translator.loss.effect import Change

_PODS = Cube(kinds=frozenset({Kind.POD}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A legal policy and the source policy it stands for."""

    policy: Policy
    source: Policy
    carried: bool = False
    """The source document itself says it in the target."""


class Builder:
    """Builds the policies of one translation for Kubernetes or Cilium."""

    def __init__(self, policies: PolicySet, writers: Writers) -> None:
        self._policies = policies
        self._regions = Regions()
        self._writers = writers
        self._target = writers.recorder.target
        self._denies = self._target.name in (TargetName.CILIUM, TargetName.CLUSTERNETWORKPOLICY)
        # Cilium enforces rules of directions that policyTypes does not list, the others do not (cilium.md 10).
        self._inert = {each.origin for each in policies.as_read() if agent.has_inert_rules(each)}
        self._rules_isolate = self._denies and not supports(self._target, Feature.DEFAULT_DENY_OFF)
        self._is_own = policies.engine is Engine.CILIUM and self._target.name is TargetName.CILIUM
        options = writers.ends.knowledge.context.cilium
        self._flats: dict[Direction, Flat] = {
            direction: flatten(
                policies,
                direction,
                self._regions,
                can_deny=self._can_deny if self._denies else None,
                may_widen=self._target.allow_widening,
                keeps_idle=self._isolates_everyone(),
                spares_host=self._is_own and options.allow_localhost != "policy",
            )
            for direction in Direction
        }
        self._isolated_kinds = agent.isolated(options)
        self._by_policy: dict[int, list[tuple[Direction, FlatRule]]] = {}
        for direction, flat in self._flats.items():
            for rule in flat.rules:
                self._by_policy.setdefault(id(rule.policy), []).append((direction, rule))

    def build(self) -> tuple[Built, ...]:
        """Every legal policy, in the order of the source."""
        flats, recorder = tuple(self._flats.values()), self._writers.recorder
        declare_lost(flats, recorder)
        built = [each for policy in self._policies.policies() for each in self._policy(policy)]
        declare_idle([each for flat in flats for each in flat.idle], [each.source for each in built], recorder)
        return tuple(self._without_void(built))

    def _isolates_everyone(self) -> bool:
        """Whether the target's agent denies what nobody allows, whatever policies there are (cilium.md 12)."""
        options = self._writers.ends.knowledge.context.cilium
        return self._target.name is TargetName.CILIUM and options.enable_policy == "always"

    def _can_deny(self, statement: Statement, brick: Brick, direction: Direction) -> bool:
        """Whether the target can deny exactly this, that is without any loss."""
        recorder = Recorder(target=self._target)
        trial = replace(self._writers, recorder=recorder, ends=replace(self._writers.ends, recorder=recorder))
        trial.rules([(Action.DENY, brick, statement.rule)], policy=statement.policy, direction=direction)
        return not recorder.affected

    # -- grouping -------------------------------------------------------------------------------------------------

    def _policy(self, policy: Policy) -> Iterator[Built]:
        if policy.staged or (policy.kind == agent.OWN and self._target.name is TargetName.CILIUM):
            return
        groups = self._groups(policy)
        whole = self._regions.subjects(policy)
        built = [
            each for group in groups for each in self._write(policy, group, groups, is_whole=group.subjects == whole)
        ]
        if self._is_own:
            agent.declare_lost_entries(
                policy, [each.policy for each in built], self._isolated_kinds, self._writers.recorder
            )
        yield from built

    def _groups(self, policy: Policy) -> list[Group]:
        groups: dict[Cubes, Group] = {}
        for direction, rule in self._by_policy.get(id(policy), ()):
            group = groups.setdefault(rule.brick.subjects, Group(subjects=rule.brick.subjects))
            group.rules[direction].append(rule)
        for direction, flat in self._flats.items():
            _, isolated = flat.isolated.get(id(policy), (policy, ()))
            if isolated:
                mark_isolated(groups, direction, isolated)
        for group in groups.values():
            self._simplify_allow_all(policy, group, groups.values())
        if self._rules_isolate:
            self._open(policy, groups)
        if self._denies:
            return list(groups.values())
        return [each for group in groups.values() for each in self._isolated_only(group)]

    def _simplify_allow_all(self, policy: Policy, group: Group, groups: Iterable[Group]) -> None:
        """Where denies override, denies before an allow of everything need no default deny, if nobody else isolates."""
        if not self._denies or self._rules_isolate:
            return
        for direction, rules in group.rules.items():
            if direction not in group.isolates or not any(rule.action is Action.DENY for rule in rules):
                continue
            allows_all = any(rule.action is Action.ALLOW and rule.brick.is_total for rule in rules)
            elsewhere = any(
                direction in other.isolates and who.overlap(group.subjects, other.subjects)
                for other in groups
                if other is not group
            )
            if allows_all and not elsewhere and not self._isolated_by_others(policy, direction, group.subjects):
                group.isolates.discard(direction)
                group.rules[direction] = [rule for rule in rules if rule.action is Action.DENY]

    def _open(self, policy: Policy, groups: dict[Cubes, Group]) -> None:
        """Where every rule isolates: whom nobody isolates otherwise is allowed everything, and denies come first."""
        loose = [
            (group, direction)
            for group in groups.values()
            for direction, rules in group.rules.items()
            if rules and direction not in group.isolates
        ]
        for group, direction in loose:
            group.isolates.add(direction)
            if any(denies_everybody(rule, but=self._always_in(direction)) for rule in group.rules[direction]):
                continue
            isolated = [cube for _, same in self._flats[direction].isolation.meeting(group.subjects) for cube in same]
            try:
                rest = who.subtract(group.subjects, isolated)
            except who.TooLarge:
                message, change = "who is isolated otherwise cannot be told apart", Change.ISOLATION_ADDED
                self._writers.recorder.declare("isolation-added", message, change=change, policy=policy)
                continue
            if rest:
                everything = FlatRule(action=Action.ALLOW, brick=Brick(subjects=rest), policy=policy, statement=None)
                opened = groups.setdefault(rest, Group(subjects=rest))
                opened.isolates.add(direction)
                opened.rules[direction].append(everything)

    def _always_in(self, direction: Direction) -> frozenset[Kind]:
        """Who gets in whatever isolates a pod: its own node, unless the agent asks the rules (cilium.md 12)."""
        asks_rules = self._writers.ends.knowledge.context.cilium.allow_localhost == "policy"
        return frozenset({Kind.HOST}) if direction is Direction.INGRESS and not asks_rules else frozenset()

    def _isolated_by_others(self, policy: Policy, direction: Direction, subjects: Cubes) -> bool:
        isolation = self._flats[direction].isolation
        return any(other is not policy and who.overlap(subjects, cubes) for other, cubes in isolation.meeting(subjects))

    def _isolated_only(self, group: Group) -> Iterator[Group]:
        """Kubernetes: a rule isolates, so rules apply only where the subjects are isolated anyway."""
        loose = [direction for direction in Direction if group.rules[direction] and direction not in group.isolates]
        firm = Group(subjects=group.subjects, isolates=set(group.isolates))
        for direction in Direction:
            if direction not in loose:
                firm.rules[direction] = group.rules[direction]
        if firm.isolates:
            yield firm
        for direction in loose:
            isolated = tuple(
                cube
                for _, cubes in self._flats[direction].isolation.meeting(group.subjects)
                if who.overlap(group.subjects, cubes)
                for cube in cubes
            )
            subjects = who.intersect(group.subjects, isolated)
            if subjects:
                part = Group(subjects=subjects, isolates={direction})
                part.rules[direction] = group.rules[direction]
                yield part

    # -- writing --------------------------------------------------------------------------------------------------

    def _write(self, policy: Policy, group: Group, groups: Sequence[Group], *, is_whole: bool) -> Iterator[Built]:
        subjects = self._subjects(policy, group, groups)
        if not subjects:
            return
        rules = {
            direction: self._writers.rules(
                ((rule.action, rule.brick, rule.source) for rule in flat), policy=policy, direction=direction
            )
            for direction, flat in group.rules.items()
        }
        directions = frozenset(each for each in Direction if each in group.isolates or rules[each])
        if not directions:
            return
        was_carried = (
            is_whole and len(groups) == 1 and self._is_carried(policy, group) and self._keeps_ranges(policy, rules)
        )
        for cube in subjects:
            namespace = namespace_of(cube)
            several = len({namespace_of(each) for each in subjects}) != len(subjects)
            name = qualified(policy, cube) if several or not (is_whole or len(groups) == 1) else policy.name
            legal = replace(
                policy,
                name=name,
                namespace=namespace,
                kind=agent.kind_of(namespace) if self._is_own else "",
                dialect=self._target.name.value,
                subject=(as_endpoints(cube),),
                directions=directions,
                isolates=frozenset(group.isolates),
                ingress=rules[Direction.INGRESS],
                egress=rules[Direction.EGRESS],
                tier="default",
                order=ORDER_OF_NETWORK_POLICIES if self._target.name is TargetName.CALICO else None,
            )
            yield Built(policy=legal, source=policy, carried=was_carried and len(subjects) == 1)

    def _is_carried(self, policy: Policy, group: Group) -> bool:
        """Whether the source document means the same in the target: nothing was cut and nothing was lost."""
        if policy.dialect != "kubernetes" or not policy.portable or self._target.rewrite_all:
            return False
        if self._policies.engine is Engine.KUBERNETES:
            return False
        recorder = self._writers.recorder
        kept = {id(rule.statement.rule) for flat in group.rules.values() for rule in flat if rule.statement}
        return (
            not any(rule.cut for flat in group.rules.values() for rule in flat)
            and all(id(rule) in kept for each in policy.directions for rule in policy.rules(each))
            and not is_partly_void(policy)
            and group.isolates == set(policy.isolates)
            and policy.reference not in recorder.affected
            and reads_ranges(policy, self._target)
            and policy.origin not in self._inert
            and not finds_more(policy, self._target, self._writers.ends.knowledge.context)
        )

    def _keeps_ranges(self, policy: Policy, rules: dict[Direction, tuple[Rule, ...]]) -> bool:
        """Whether the ranges of a document mean here what they did; what the API leaves open stays open there."""
        options = self._writers.ends.knowledge.context.kubernetes
        is_open = self._target.engine is Engine.KUBERNETES and options.ipblock_matches_pods is None
        return is_open or same_ranges({each: policy.rules(each) for each in policy.directions}, rules)

    def _subjects(self, policy: Policy, group: Group, groups: Sequence[Group]) -> Cubes:
        """The subjects as conjunctions that the target can select, one per namespace where it must."""
        found: list[Cube] = []
        for cube in group.subjects:
            if cube.source is not None and is_sayable(cube.source, self._target.name):
                found.extend(self._per_namespace(policy, cube, group))
                continue
            pods = cube & _PODS
            others = cube.kinds - {Kind.POD}
            if self._is_own:
                reserved, others = agent.reserved_subjects(cube)
                found.extend(reserved)
            if others:
                self._lose_other_subjects(policy, others, group)
            if pods.is_empty:
                continue
            listing = listed(pods, self._writers.ends.knowledge, self._target.name)
            self._writers.recorder.enumerated.update(listing.values)
            for code, message in listing.notes:
                self._writers.recorder.declare(code, message, change=Change.UNENFORCED, policy=policy)
            for part in listing.parts:
                problem = unselectable(part, self._target.name)
                if problem is not None or is_by_address(part):
                    code, message = problem or ("subject-address", "subjects cannot be chosen by address")
                    is_isolated = problem is None and is_isolated_besides(part, group, groups)
                    self._lose_subject(code, message, policy, group, is_isolated=is_isolated)
                    continue
                found.extend(self._per_namespace(policy, part, group))
        return who.simplified(found)

    def _lose_subject(
        self,
        code: str,
        message: str,
        policy: Policy,
        group: Group,
        hint: str | None = None,
        *,
        is_isolated: bool = False,
    ) -> None:
        """``is_isolated``: by another group of the policy, so that nothing opens."""
        if group.isolates and not is_isolated:
            self._writers.recorder.declare(code, message, change=Change.ISOLATION_DROPPED, policy=policy, hint=hint)
        for action in dict.fromkeys(rule.action for flat in group.rules.values() for rule in flat):
            self._writers.recorder.declare(
                code, message, change=Change.RULE_DROPPED, policy=policy, action=action, hint=hint
            )

    def _lose_other_subjects(self, policy: Policy, kinds: frozenset[Kind], group: Group) -> None:
        """Subjects that are no pods: nodes (host endpoints) and the endpoints that only Cilium has."""
        nodes = Kind.HOST in kinds
        code = "host-subject" if nodes else "reserved-subject"
        message = "nodes are not governed by the translation" if nodes else "endpoints that only Cilium has"
        if nodes and (self._policies.hosts or self._policies.engine.value == TargetName.CILIUM.value):
            self._lose_subject(code, message, policy, group)
            return
        self._writers.recorder.declare(code, message, change=Change.UNENFORCED, policy=policy)

    def _per_namespace(self, policy: Policy, cube: Cube, group: Group) -> Iterator[Cube]:
        """Kubernetes policies live in one namespace: one copy for each that the subjects may be in."""
        bound = namespaces_of((cube,))
        asks = any(label.scope is Scope.NAMESPACE and label != NAMESPACE_NAME for label, _ in cube.labels)
        if not self._needs_namespace(cube) or (bound is not None and len(bound) == 1 and not asks):
            yield cube
            return
        known = self._writers.ends.knowledge.context.namespaces
        if (bound is None and not known) or (bound is not None and asks and not set(bound) <= set(known)):
            self._lose_subject(
                "namespaces-unknown",
                "which namespaces it covers depends on what is not known of them",
                policy,
                group,
                "give `namespaces` with their labels in the context",
            )
            return
        covered = namespaces_asked_for(cube, sorted(known) if bound is None else bound, known)
        if bound is None:
            self._writers.recorder.declare(
                "global-to-namespaces",
                f"written for {counted_namespaces(covered, of=len(known))}; later ones are not covered",
                change=Change.UNENFORCED,
                policy=policy,
            )
        for name in covered:
            pod = tuple(item for item in cube.labels if item[0].scope is not Scope.NAMESPACE)
            here = who.disjuncts(one_of(NAMESPACE_NAME, name))[0]
            yield Cube(kinds=cube.kinds, labels=(*pod, *here.items()))

    def _needs_namespace(self, cube: Cube) -> bool:
        """Whether the target has no policy for these subjects in all their namespaces."""
        match self._target.name:
            case TargetName.KUBERNETES:
                return True
            case TargetName.ACCESS:  # which speaks of one namespace or of all
                return any(label.scope is Scope.NAMESPACE for label, _ in cube.labels)
            case _:
                return False

    def _without_void(self, built: Sequence[Built]) -> Iterator[Built]:
        """Without policies whose rules all vanished and whose subjects others isolate anyway."""
        doubtful = [each for each in built if _is_emptied(each)]
        if not doubtful:
            yield from built
            return
        index: ByNamespace[Built] = ByNamespace()
        for each in built:
            index.add(self._regions.subjects(each.policy), each)
        void: set[int] = set()
        for each in doubtful:
            if self._is_void(each, index, void):
                void.add(id(each))
        yield from (each for each in built if id(each) not in void)

    def _is_void(self, each: Built, index: ByNamespace[Built], void: set[int]) -> bool:
        subjects = self._regions.subjects(each.policy)
        for direction in each.policy.isolates:
            others = [
                cube
                for other in index.meeting(subjects)
                if other is not each and id(other) not in void and direction in other.policy.isolates
                for cube in self._regions.subjects(other.policy)
            ]
            if not who.covered(subjects, others):
                return False
        return True


def _is_emptied(built: Built) -> bool:
    """Whether nothing is left of a policy that had rules."""
    return not built.policy.ingress and not built.policy.egress and bool(built.source.ingress or built.source.egress)
