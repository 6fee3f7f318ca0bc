"""A review: the traffic that changes between two sets, and the documents behind it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from translator.documents.collector import paused_collector
from translator.documents.document import Document
from translator.errors import Severity
from translator.ir.policy import Policy
from translator.loss.effect import Effect
from translator.pipeline.common_ends import comparable
from translator.pipeline.kinds import sort_documents
from translator.pipeline.registry import DIALECTS
from translator.pipeline.source import Source
from translator.report.change import ChangeReport, FailOn, Side, connections, in_order
from translator.review import exhibits
from translator.review.pairing import Pair, pairs
from translator.review.sides import Half, Reading, load_halves, read_halves
from translator.review.structure import changed
from translator.semantics.compare.comparison import compare
from translator.semantics.compare.outcome import Comparison, Result

LIMIT: Final = 20
"""Kinds of connections of one effect that are shown."""
_Place = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A change with what was read for it."""

    report: ChangeReport
    sources: tuple[Source, Source]


def review(
    arguments: Sequence[str],
    reading: Reading,
    *,
    fail_on: FailOn = FailOn.WIDENS,
    limit: int = LIMIT,
    options: Sequence[str] = (),
) -> Review:
    """Compare two sets, named as on the command line. Raises UsageError and InputError.

    ``options``: the words of the command line beside the two sets, for the command that shows the same again.
    """
    with paused_collector():
        request = load_halves(arguments)
        before, after = read_halves(request, reading)
        # Ends that only one of two engines has are no difference, as in `netpolx compare`.
        sets = comparable(before.policies, after.policies)
        found = compare(*sets, context_a=before.context, context_b=after.context, limit=limit)
        pairing = pairs(_documents(request.before), _documents(request.after))
        effects = Effects(before, after, found)
        differing = connections(found)
        documents = in_order(changed(pairing, effects.of))
        report = ChangeReport(
            before=_side(request.before, before),
            after=_side(request.after, after),
            result=found.result.value,
            reason=found.reason,
            connections=differing,
            more=found.more,
            documents=documents,
            command=shlex.join(["netpolx", "diff", *options, *request.words]),
            fail_on=fail_on,
            exhibit=lambda: exhibits.of_change(before, after, differing, documents),
        )
    return Review(report=report, sources=(before, after))


def _side(half: Half, source: Source) -> Side:
    refused = {
        _place(each.origin.document)
        for each in source.findings
        if each.severity is Severity.ERROR and each.origin is not None
    }
    return Side(
        name=half.name,
        policies=len(source.policies.as_read()),
        engine=source.engine.value,
        refused=len(refused),
    )


def _documents(half: Half) -> list[Document]:
    """The documents that say something: policies and what they refer to, and what tells about the cluster."""
    found = sort_documents(half.loaded.documents, {name: each.kinds for name, each in DIALECTS.items()})
    return [*(document for documents in found.policies.values() for document in documents), *found.context]


class Effects:
    """How the traffic of the endpoints that a document governs changes."""

    def __init__(self, before: Source, after: Source, comparison: Comparison) -> None:
        self._comparison = comparison
        self._policies = (_by_place(before), _by_place(after))
        self._attributed: tuple[dict[_Place, Effect], dict[_Place, Effect]] = ({}, {})
        for each in comparison.attributions:
            if each.policy.origin is not None:
                known = self._attributed[0 if each.is_before else 1]
                place = _place(each.policy.origin.document)
                known[place] = known.get(place, Effect.NONE) | each.effect

    def of(self, pair: Pair) -> Effect | None:
        """The effect of a change to one document; None where it is not known.

        Attributions are complete: a policy that no attribution names governs nobody whose traffic differs.
        """
        if self._comparison.result in (Result.EQUAL, Result.OPEN):
            return Effect.NONE
        documents = (pair.before, pair.after)
        policies = [
            known.get(_place(document)) if document is not None else None
            for known, document in zip(self._policies, documents, strict=True)
        ]
        if not any(policies):
            # A set, a tier or a part of the cluster: what refers to it changes, and that may be any policy.
            return None if self._comparison.result is Result.UNDECIDED else self._comparison.effect
        if pair.before is not None and pair.after is not None and _same(policies[0], policies[1]):
            return Effect.NONE
        found = Effect.NONE
        for known, document in zip(self._attributed, documents, strict=True):
            if document is not None:
                found |= known.get(_place(document), Effect.NONE)
        return None if not found and self._comparison.result is Result.UNDECIDED else found


def _place(document: object) -> _Place:
    return (getattr(document, "file", ""), getattr(document, "index", 0))


def _by_place(source: Source) -> dict[_Place, list[Policy]]:
    found: dict[_Place, list[Policy]] = {}
    for policy in source.policies.as_read():
        if policy.origin is not None:
            found.setdefault(_place(policy.origin.document), []).append(policy)
    return found


def _same(before: Iterable[Policy] | None, after: Iterable[Policy] | None) -> bool:
    """Whether the policies of a document mean the same by themselves, whatever else the document says."""
    if before is None or after is None:
        return False
    return [replace(each, description=None) for each in before] == [replace(each, description=None) for each in after]
