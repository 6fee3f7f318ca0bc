"""What is left of a policy set without order: allows and denies that hold whatever stands around them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from translator.ir.peers import EVERY_KIND, Kind
from translator.ir.policy import Action, Policy, Rule
from translator.ir.traffic import ANY_TRAFFIC
from translator.legalize import cubes as who
from translator.legalize.cubes import Cube, Cubes
from translator.legalize.index import ByNamespace
from translator.legalize.recorder import Recorder
from translator.legalize.statements import Brick, Statement
from translator.loss.effect import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatRule:
    """One allow or deny that holds whatever stands around it (denies override)."""

    action: Action
    brick: Brick
    policy: Policy
    statement: Statement | None
    """The rule it came from; None for the allow that spells out "everything else flows"."""
    cut: bool = False
    """Whether something was subtracted from it."""

    @property
    def source(self) -> Rule:
        """The rule of the source that it stands for."""
        if self.statement is not None:
            return self.statement.rule
        return Rule(action=self.action, origin=self.policy.origin)


def denies_everybody(rule: FlatRule, *, but: frozenset[Kind]) -> bool:
    """Whether it denies its subjects all traffic, that of some kinds of peers apart: no allow changes that."""
    brick = rule.brick
    return (
        rule.action is Action.DENY
        and ANY_TRAFFIC in brick.traffic
        and brick.layer7 is None
        and not brick.conditions
        and who.covered((Cube(kinds=EVERY_KIND - but),), brick.peers)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unflattened:
    """What has no exact form, because that is too large or cannot be said, and so permits less."""

    policy: Policy
    rule: Rule | None
    """None: the policy's isolation."""
    message: str


@dataclass(slots=True, kw_only=True, eq=False)
class Hole:
    """What is taken from later allows: a deny, a pass, or the end of a tier for one isolating policy."""

    place: tuple[int, int]
    bricks: tuple[Brick, ...]
    statement: Statement | None = None
    kept: bool = False
    """The target denies it itself, so allows need not avoid it."""


@dataclass(kw_only=True)
class Flat:
    """One direction of a policy set without order."""

    rules: list[FlatRule] = field(default_factory=list)
    isolated: dict[int, tuple[Policy, Cubes]] = field(default_factory=dict)
    """By identity of the source policy: the subjects it isolates."""
    lost: list[Unflattened] = field(default_factory=list)
    idle: list[Policy] = field(default_factory=list)
    """The policies of allows that decide nothing and so were left out."""

    def isolate(self, policy: Policy, subjects: Cubes) -> None:
        """Note subjects that a policy isolates."""
        known = self.isolated.get(id(policy))
        self.isolated[id(policy)] = (policy, who.simplified((*known[1], *subjects)) if known else subjects)

    @cached_property
    def isolation(self) -> ByNamespace[tuple[Policy, Cubes]]:
        """The isolated subjects, to be found by namespace; asked when all is done."""
        index: ByNamespace[tuple[Policy, Cubes]] = ByNamespace()
        for policy, subjects in self.isolated.values():
            index.add(subjects, (policy, subjects))
        return index


def declare_lost(flats: Iterable[Flat], recorder: Recorder) -> None:
    """Declare what has no exact form."""
    for item in (each for flat in flats for each in flat.lost):
        recorder.declare(
            "order-flattened",
            item.message,
            change=Change.RULE_DROPPED,
            policy=item.policy,
            rule=item.rule,
            action=Action.ALLOW,
        )


def declare_idle(idle: Iterable[Policy], written: Iterable[Policy], recorder: Recorder) -> None:
    """Say of the policies of which nothing was written why their allows are not missed."""
    kept = {id(policy) for policy in written}
    for policy in idle:
        if id(policy) not in kept:
            recorder.declare("inert-policy", "nobody denies what it allows", change=Change.UNENFORCED, policy=policy)
