"""The one table of everything that a translation may not be able to keep."""

from __future__ import annotations

from typing import Final

from translator.loss.kind import Area, LossKind, table
from translator.loss.kinds import layer7, metadata, order, peers, subjects, traffic

LOSSES: Final[dict[str, LossKind]] = table(
    (*order.KINDS, *subjects.KINDS, *peers.KINDS, *traffic.KINDS, *layer7.KINDS, *metadata.KINDS)
)
"""Code → kind, in the order of the documentation. ``docs/losses.md`` and ``netpolx explain`` are made from it."""

__all__ = ["LOSSES", "Area", "LossKind"]
