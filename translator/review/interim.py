"""What a cluster permits between two steps of a migration, measured by comparing it with today."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from translator.documents.document import Document
from translator.documents.loading import Loaded
from translator.documents.server_fields import strip_server_fields
from translator.errors import InputError
from translator.ir.policy import Engine, PolicySet
from translator.pipeline.claims import Claim, within
from translator.pipeline.source import ReadOptions, Source, parse_loaded
from translator.review.objects import object_key
from translator.semantics.compare.comparison import compare
from translator.semantics.compare.describe import describe_witness
from translator.semantics.compare.outcome import Comparison, Result

_WIDENING = frozenset({Result.WIDENS, Result.BOTH, Result.UNDECIDED})
_Documents = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    """How two halves of a change are made."""

    first: int
    """The one after which nothing is open that is closed today, or better nothing has changed."""
    apart: bool
    """False: whichever is first, traffic differs in between more than once both are made: nobody should stay there."""


class Measure:
    """The objects of a cluster as steps add and remove them, each state compared with the first."""

    def __init__(self, read: Source, engine: Engine | None, claim: Claim) -> None:
        """``engine``: who enforces them all; None: nothing is measured. ``claim``: what the translation is about."""
        self._engine = engine
        self._claim = claim
        self._context = read.context
        self._objects = {object_key(each.data): dict(strip_server_fields(each.data)) for each in read.documents}
        self._before = self._read() if engine is not None else None
        self.witnesses: tuple[str, ...] = ()
        """Flows that the state after the last question judges differently."""

    def adding(self, documents: Sequence[Mapping[str, Any]]) -> str:
        """The answer once these are there as well, or in place of their namesakes."""
        self._add(documents)
        return self._answer()

    def _add(self, documents: _Documents) -> None:
        self._objects |= {object_key(each): dict(each) for each in documents}

    def removing(self, documents: Sequence[Mapping[str, Any]]) -> None:
        """Take objects away."""
        for each in documents:
            self._objects.pop(object_key(each), None)

    def removing_order(self, halves: Sequence[_Documents]) -> Halves:
        """How two halves go."""
        return self._order(self.removing, halves)

    def adding_order(self, halves: Sequence[_Documents]) -> Halves:
        """How two halves come."""
        return self._order(self._add, halves)

    def _order(self, act: Callable[[_Documents], None], halves: Sequence[_Documents]) -> Halves:
        weights = []
        for documents in (*halves, [document for half in halves for document in half]):
            kept = dict(self._objects)
            act(documents)
            weights.append(self._weight())
            self._objects = kept
        *each, both = weights
        return Halves(first=each.index(min(each)), apart=min(each) <= both)

    def _weight(self) -> int:
        found = self._compared()
        if found is None or found.result in _WIDENING:
            return 2
        return 0 if found.result in (Result.EQUAL, Result.OPEN) else 1

    def _answer(self) -> str:
        self.witnesses = ()
        found = self._compared()
        if found is None:
            return "not measured"
        self.witnesses = tuple(describe_witness(each.witness) for each in found.differences[:2])
        return found.result.value

    def _compared(self) -> Comparison | None:
        if self._before is None:
            return None
        now = self._read()
        return None if now is None else compare(self._before, now, context_a=self._context, limit=2)

    def _read(self) -> PolicySet | None:
        """The policies of the present objects; None where they cannot stand side by side."""
        documents = tuple(
            Document(data=data, file="<cluster>", index=number) for number, data in enumerate(self._objects.values())
        )
        options = ReadOptions(engine=self._engine, context=self._context)
        try:
            return within(parse_loaded(Loaded(documents=documents), options).policies, self._claim)
        except InputError:
            return None
