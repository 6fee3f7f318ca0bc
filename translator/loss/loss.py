"""One loss: what of which policy could not be kept, where it stood, and which way traffic moved."""

from __future__ import annotations

from dataclasses import dataclass, field

from translator.ir.policy import Action
from translator.loss.catalogue import LOSSES, LossKind
from translator.loss.effect import Change, Effect, effect_of
from translator.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A declared difference between a source policy and its translation."""

    code: str
    effect: Effect
    message: str
    origin: Origin | None
    """The field it concerns; None only for what no document says."""
    policy: str
    """``namespace/name`` or ``name`` of the source policy."""
    target: str
    """The dialect that could not say it."""
    hint: str | None = None
    """What settles it here: the context line or option to give."""
    region: object | None = field(default=None, compare=False, repr=False)
    """The traffic concerned, in the terms of ``semantics``, where it is known."""
    witness: object | None = field(default=None, compare=False, repr=False)
    """One flow that is judged differently, where one was found."""

    @property
    def kind(self) -> LossKind:
        """Its entry in the catalogue."""
        return LOSSES[self.code]

    def __str__(self) -> str:
        where = f"{self.origin} " if self.origin else ""
        message = (f"{self.message}; {self.hint}" if self.hint else self.message).replace('"', "'")
        return f'{where}{self.code} {self.effect.word} "{message}" ({self.policy} → {self.target})'


def declare(
    code: str,
    message: str,
    *,
    change: Change,
    policy: str,
    target: str,
    origin: Origin | None,
    action: Action = Action.ALLOW,
    hint: str | None = None,
    region: object | None = None,
) -> Loss:
    """A loss with the effect that its change has on a rule of this action.

    The code must stand in the catalogue with this change: an effect that the catalogue does not explain is a bug.
    """
    if change not in LOSSES[code].changes:
        raise ValueError(f"{code} does not explain the change {change.name}")
    effect = effect_of(change, action)
    return Loss(
        code=code,
        effect=effect,
        message=message,
        origin=origin,
        policy=policy,
        target=target,
        hint=hint,
        region=region,
    )


def in_reading_order(losses: tuple[Loss, ...]) -> tuple[Loss, ...]:
    """Sorted by file, line and column, then by code, target and message; those without a place come last."""
    return tuple(sorted(losses, key=_reading_key))


def _reading_key(loss: Loss) -> tuple[bool, str, int, int, int, str, str, str, str]:
    origin = loss.origin
    index = origin.document.index if origin else 0
    place = (origin is None, origin.file, index, origin.line, origin.column) if origin else (True, "", 0, 0, 0)
    return (*place, loss.code, loss.target, loss.policy, loss.message)
