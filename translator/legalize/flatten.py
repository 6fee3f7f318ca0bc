"""Ordered tiers into allow-only or deny-overrides form, by subtracting what is decided earlier.

For one direction the source is a list of statements of which the first that matches decides, tier after tier. The
result is a set of allow statements, and of deny statements where the target's denies override (``keep_denies``),
with the subjects that must be isolated. It is exact: an allow loses what an earlier deny, pass or tier end takes
from it; a deny that no later allow could reach vanishes into default deny; a deny that is kept loses what an earlier
allow grants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from translator.ir.peers import Kind
from translator.ir.policy import Action, Direction, End, Policy, PolicySet, Rule
from translator.legalize import cubes as who
from translator.legalize import what
from translator.legalize.agent import NOT_THE_HOST, speaks_of_host
from translator.legalize.cubes import Cube
from translator.legalize.flat import Flat, FlatRule, Hole, Unflattened
from translator.legalize.index import ByNamespace
from translator.legalize.statements import Brick, Effort, Regions, Statement, statements, subtract

FEW: Final = 4
"""How many parts a kept deny may fall into before subtraction reads better."""
_STEPS: Final = 150_000
"""Steps of subtraction in all, some 10 s; what has no exact form by then is given up, and declared."""
_LEFT: Final = "what earlier rules leave of it"
_PASSED: Final = "what is passed on to later tiers"
CanDeny = Callable[[Statement, Brick, Direction], bool]
"""Whether the target can state one part of a deny exactly."""


def flatten(
    policies: PolicySet,
    direction: Direction,
    regions: Regions,
    *,
    can_deny: CanDeny | None = None,
    may_widen: bool = False,
    keeps_idle: bool = False,
    spares_host: bool = False,
) -> Flat:
    """The equivalent of one direction of a policy set without order, tiers and passes.

    ``can_deny`` says whether the target can state a deny exactly; None: it has no denies at all. A deny that it cannot
    state exactly is kept only if the result ``may_widen``. An allow that decides nothing, since nobody isolates its
    subjects and nothing denies them, is left out unless the target ``keeps_idle`` ones.
    ``spares_host``: isolation lets the own node in, at the source as in the target, and only a deny keeps it out.
    """
    flattener = _Flattener(policies, direction, regions, can_deny=can_deny, may_widen=may_widen, keeps_idle=keeps_idle)
    if spares_host and direction is Direction.INGRESS:
        flattener.isolation = flattener.isolation.with_peers((NOT_THE_HOST,))
    return flattener.run()


class _Flattener:
    """The state of one flattening."""

    def __init__(
        self,
        policies: PolicySet,
        direction: Direction,
        regions: Regions,
        *,
        can_deny: CanDeny | None,
        may_widen: bool,
        keeps_idle: bool,
    ) -> None:
        self._direction = direction
        self._regions = regions
        self._may_widen = may_widen
        self.isolation = Brick(subjects=())
        """What isolation keeps out."""
        self._can_deny = can_deny
        self._keeps_idle = keeps_idle
        self._host_is_exempt = (direction, Kind.HOST) in policies.exempt
        self._host_endpoints = bool(policies.hosts)
        self._tiers = policies.tiers
        self._flat = Flat()
        self._allows: ByNamespace[Statement] = ByNamespace()
        self._passes: ByNamespace[Statement] = ByNamespace()
        self._denies: list[Hole] = []
        self._holes: ByNamespace[Hole] = ByNamespace()
        self._ends: ByNamespace[Hole] = ByNamespace()
        self._own_ends: dict[int, Hole] = {}
        """By identity of the policy: what most of its denies are inside of."""
        self._order: list[Statement] = []
        self._effort = Effort(_STEPS)

    def run(self) -> Flat:
        """Everything, in the order in which the parts need each other."""
        if self._is_plain():
            return self._as_it_stands()
        self._read()
        self._find_ends()
        self._place_denies()
        for statement in self._order:
            if statement.action is Action.ALLOW:
                self._allow(statement)
            elif statement.action is Action.PASS:
                self._pass(statement)
        self._open_denies()
        return self._flat

    def _is_plain(self) -> bool:
        """Whether there is nothing to flatten: one tier with policies, allows only."""
        tiers = [tier for tier in self._tiers if tier.policies]
        return len(tiers) <= 1 and all(
            rule.action in (Action.ALLOW, Action.LOG)
            for tier in tiers
            for policy in tier.policies
            for rule in policy.rules(self._direction)
        )

    def _as_it_stands(self) -> Flat:
        for tier in self._tiers:
            for policy in tier.policies if tier.end is End.DENY else ():
                if self._direction in policy.isolates and not policy.staged:
                    self._flat.isolate(policy, self._regions.subjects(policy))
        for number, tier in enumerate(self._tiers):
            for statement in statements(tier, number, self._direction, self._regions):
                policy, brick = statement.policy, statement.brick
                if id(policy) in self._flat.isolated or self._keeps_idle or self._is_isolated(brick):
                    self._flat.rules.append(
                        FlatRule(action=Action.ALLOW, brick=brick, policy=policy, statement=statement)
                    )
                else:
                    self._flat.idle.append(policy)
        return self._flat

    def _is_isolated(self, brick: Brick) -> bool:
        """Whether some policy isolates some of its subjects; asked when all isolation is known."""
        return self._has_hosts(brick) or any(
            who.overlap(brick.subjects, cubes) for _, cubes in self._flat.isolation.meeting(brick.subjects)
        )

    def _read(self) -> None:
        for number, tier in enumerate(self._tiers):
            for statement in statements(tier, number, self._direction, self._regions):
                if statement.brick.is_empty:
                    continue
                self._order.append(statement)
                match statement.action:
                    case Action.ALLOW:
                        self._allows.add(statement.brick.subjects, statement)
                    case Action.PASS:
                        self._passes.add(statement.brick.subjects, statement)

    def _passes_before(self, brick: Brick, place: tuple[int, int]) -> list[Brick]:
        """Passes of the same tier that are asked before a place."""
        return [
            other.brick
            for other in self._passes.meeting(brick.subjects)
            if other.tier == place[0] and other.position < place[1]
        ]

    def _find_ends(self) -> None:
        """Which subjects each tier's end denies: those of its isolating policies, less what is passed on."""
        for number, tier in enumerate(self._tiers):
            if tier.end is not End.DENY:
                continue
            for policy in tier.policies:
                if policy.staged or self._direction not in policy.isolates:
                    continue
                whole = replace(self.isolation, subjects=self._regions.subjects(policy))
                place = (number, 1 << 30)
                try:
                    rest = self._unpassed(whole, place)
                except (who.TooLarge, what.Inexpressible) as problem:
                    # Denying what is passed on as well permits less.
                    rest = (whole,)
                    self._lose(policy, None, _PASSED, problem)
                if rest:
                    subjects = who.simplified(cube for brick in rest for cube in brick.subjects)
                    self._flat.isolate(policy, subjects)
                    hole = Hole(place=place, bricks=rest)
                    self._ends.add(subjects, hole)
                    self._own_ends[id(policy)] = hole

    # -- denies ---------------------------------------------------------------------------------------------------

    def _place_denies(self) -> None:
        """Decide for every deny whether it vanishes, is kept, or is taken out of the allows that follow."""
        for statement in self._order:
            if statement.action is not Action.DENY:
                continue
            brick = statement.brick
            effective = self._effective(statement)
            hole = Hole(place=statement.place, bricks=effective, statement=statement)
            self._denies.append(hole)
            self._holes.add(brick.subjects, hole)
            if not effective or not self._is_needed(hole):
                continue
            kept = self._kept(hole)
            if kept is not None:
                hole.kept = True
                cut = kept != (brick,)
                self._flat.rules.extend(
                    FlatRule(action=Action.DENY, brick=each, policy=statement.policy, statement=statement, cut=cut)
                    for each in kept
                )

    def _unpassed(self, brick: Brick, place: tuple[int, int]) -> tuple[Brick, ...]:
        """What earlier passes of the tier leave of a brick. Raises TooLarge and Inexpressible."""
        return subtract((brick,), self._passes_before(brick, place), self._effort)

    def _effective(self, deny: Statement) -> tuple[Brick, ...]:
        """What a deny really denies; where that is too much to say, all that it speaks of, which permits less."""
        try:
            return self._unpassed(deny.brick, deny.place)
        except (who.TooLarge, what.Inexpressible) as problem:
            self._lose(deny.policy, deny.rule, _PASSED, problem)
            return (deny.brick,)

    def _lose(self, policy: Policy, rule: Rule | None, part: str, problem: Exception) -> None:
        reason = "too many parts" if isinstance(problem, who.TooLarge) else "port names cannot be subtracted"
        self._flat.lost.append(Unflattened(policy=policy, rule=rule, message=f"{part} cannot be written ({reason})"))

    def _is_needed(self, hole: Hole) -> bool:
        """Whether traffic that it denies would flow without it: a later allow, or no isolation."""
        try:
            return self._is_open(hole) or any(True for _ in self._later_allows(hole))
        except who.TooLarge:
            return True

    def _later_allows(self, hole: Hole) -> Iterator[Statement]:
        """Raises TooLarge."""
        for brick in hole.bricks:
            for other in self._allows.meeting(brick.subjects):
                if other.place > hole.place:
                    self._effort.spend(1)
                    if other.brick.overlaps(brick):
                        yield other

    def _is_open(self, hole: Hole) -> bool:
        """Whether some of it concerns subjects that nothing isolates."""
        ends = (end for brick in hole.bricks for end in self._ends.meeting(brick.subjects))
        try:
            rest = hole.bricks
            if hole.statement is not None and (own := self._own_ends.get(id(hole.statement.policy))) is not None:
                rest = subtract(rest, own.bricks, self._effort)
            return bool(subtract(rest, (brick for end in ends for brick in end.bricks), self._effort))
        except (who.TooLarge, what.Inexpressible):
            return True

    def _earlier_allows(self, hole: Hole) -> Iterator[tuple[Brick, tuple[int, int]]]:
        """What may be granted of it before, and where. Raises TooLarge."""
        for brick in hole.bricks:
            for other in self._allows.meeting(brick.subjects):
                if other.place < hole.place:
                    self._effort.spend(1)
                    if other.brick.overlaps(brick):
                        yield other.brick, other.place

    def _kept(self, hole: Hole) -> tuple[Brick, ...] | None:
        """The deny as the target may state it: less every earlier allow. None when subtraction is the better way."""
        if self._can_deny is None:
            return None
        try:
            earlier = [granted for other in self._earlier_allows(hole) for granted in self._unpassed(*other)]
        except (who.TooLarge, what.Inexpressible):
            return None
        # Whom an earlier tier isolates it never reaches: without them it meets fewer allows.
        ended = [
            each
            for brick in hole.bricks
            for end in self._ends.meeting(brick.subjects)
            if end.place[0] < hole.place[0]
            for each in end.bricks
        ]
        bricks: Sequence[Brick] = hole.bricks
        spares_host = self._host_is_exempt and any(speaks_of_host(cube) for brick in bricks for cube in brick.peers)
        if spares_host:
            bricks = [each.with_peers(who.intersect(each.peers, (NOT_THE_HOST,))) for each in bricks]
        try:
            left = subtract(bricks, [*ended, *earlier], self._effort)
        except (who.TooLarge, what.Inexpressible):
            return None
        exact = hole.statement is not None and all(
            self._can_deny(hole.statement, brick, self._direction) for brick in left
        )
        if len(left) > FEW or not (exact or self._may_widen):
            return None
        awkward = bool(earlier) or not exact or spares_host
        if awkward and not self._is_open(hole) and self._can_be_subtracted(hole):
            return None
        return left

    def _can_be_subtracted(self, hole: Hole) -> bool:
        """Whether every later allow stays expressible and small without it."""
        try:
            for other in self._later_allows(hole):
                if other.brick.layer7 is not None:
                    continue
                left = subtract((other.brick,), hole.bricks, self._effort)
                if len(left) > FEW or any(each.not_ports.names for brick in left for each in brick.traffic):
                    return False
        except (who.TooLarge, what.Inexpressible):
            return False
        return True

    # -- allows ---------------------------------------------------------------------------------------------------

    def _allow(self, statement: Statement) -> None:
        brick = statement.brick
        if not (self._keeps_idle or self._decides(brick)):
            self._flat.idle.append(statement.policy)
            return
        holes = self._passes_before(brick, statement.place)
        holes += self._decided_before(brick, statement.place)
        self._emit(statement, holes)

    def _decides(self, brick: Brick) -> bool:
        """Whether an allow says anything: its subjects are isolated, or a deny that is written as isolation meets them.

        Whatever the target denies itself was written without what earlier rules allow.
        """
        ended = (each for end in self._ends.meeting(brick.subjects) for each in end.bricks)
        denied = (each for hole in self._holes.meeting(brick.subjects) if not hole.kept for each in hole.bricks)
        return self._has_hosts(brick) or any(who.overlap(each.subjects, brick.subjects) for each in (*ended, *denied))

    def _has_hosts(self, brick: Brick) -> bool:
        """Whether host endpoints are among its subjects, which Calico isolates without a policy (calico.md 6.2)."""
        return self._host_endpoints and any(Kind.HOST in cube.kinds for cube in brick.subjects)

    def _decided_before(self, brick: Brick, place: tuple[int, int]) -> list[Brick]:
        """Denies before a place and ends of earlier tiers; kept denies need no room."""
        denied = [
            each
            for hole in self._holes.meeting(brick.subjects)
            if hole.place < place and not hole.kept
            for each in hole.bricks
        ]
        ended = [each for end in self._ends.meeting(brick.subjects) if end.place[0] < place[0] for each in end.bricks]
        return denied + ended

    def _pass(self, statement: Statement) -> None:
        """Passed traffic that no later tier decides flows, which an isolated subject must be told."""
        brick = statement.brick
        if not any(
            end.place[0] == statement.tier and who.overlap(each.subjects, brick.subjects)
            for end in self._ends.meeting(brick.subjects)
            for each in end.bricks
        ):
            return
        holes = [
            each
            for hole in self._holes.meeting(brick.subjects)
            if not hole.kept and (hole.place[0] != statement.tier or hole.place < statement.place)
            for each in hole.bricks
        ]
        holes += [
            each for end in self._ends.meeting(brick.subjects) if end.place[0] != statement.tier for each in end.bricks
        ]
        self._emit(statement, holes)

    def _emit(self, statement: Statement, holes: Iterable[Brick]) -> None:
        brick = statement.brick
        try:
            left = subtract((brick,), holes, self._effort)
        except (who.TooLarge, what.Inexpressible) as problem:
            self._lose(statement.policy, statement.rule, _LEFT, problem)
            return
        self._flat.rules.extend(
            FlatRule(
                action=Action.ALLOW, brick=each, policy=statement.policy, statement=statement, cut=left != (brick,)
            )
            for each in left
        )

    def _open_denies(self) -> None:
        """Denies over subjects that nothing isolates: isolate them and allow everything else explicitly."""
        opened: dict[int, tuple[Policy, list[Cube]]] = {}
        for hole in self._denies:
            if hole.kept or not hole.bricks or hole.statement is None or not self._is_open(hole):
                continue
            policy = hole.statement.policy
            opened.setdefault(id(policy), (policy, []))[1].extend(
                cube for brick in hole.bricks for cube in brick.subjects
            )
        for policy, cubes in opened.values():
            subjects = who.simplified(cubes)
            whole = Brick(subjects=subjects)
            holes = [each for hole in self._holes.meeting(subjects) if not hole.kept for each in hole.bricks]
            holes += [each for end in self._ends.meeting(subjects) for each in end.bricks]
            self._flat.isolate(policy, subjects)
            try:
                rest = subtract((whole,), holes, self._effort)
            except (who.TooLarge, what.Inexpressible) as problem:
                statement = next(
                    hole.statement for hole in self._denies if hole.statement and hole.statement.policy is policy
                )
                self._lose(policy, statement.rule, _LEFT, problem)
                continue
            self._flat.rules.extend(
                FlatRule(action=Action.ALLOW, brick=each, policy=policy, statement=None, cut=True) for each in rest
            )
