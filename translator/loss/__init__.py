"""Losses: the catalogue of what translations cannot keep, and one value per occurrence."""

from translator.loss.catalogue import LOSSES, Area, LossKind
from translator.loss.effect import Change, Effect, effect_of, together
from translator.loss.loss import Loss, declare, in_reading_order

__all__ = [
    "LOSSES",
    "Area",
    "Change",
    "Effect",
    "Loss",
    "LossKind",
    "declare",
    "effect_of",
    "in_reading_order",
    "together",
]
