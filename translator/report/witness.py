"""Witnesses of losses as text."""

from __future__ import annotations

from translator.semantics.compare.describe import describe_witness
from translator.semantics.compare.difference import Witness


def witness_text(witness: object) -> str:
    """A concrete flow with both answers; losses keep their witness as a plain object, since they lie below it."""
    return describe_witness(witness) if isinstance(witness, Witness) else str(witness)
