"""The exhibits of translations and changes: what a page shows beside the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from translator.context import Context
from translator.documents.document import Document
from translator.documents.loading import load_text
from translator.ir.policy import PolicySet
from translator.pipeline.emission import Output
from translator.pipeline.proof import claim_of, read_back
from translator.pipeline.source import Source
from translator.pipeline.translate import Translation
from translator.report.change import Connection, Deciding, DocumentChange
from translator.report.connectivity import Matrix, matrix
from translator.report.exhibit import OUTPUT, Exhibit, Facing, Listing, distinct, listing, title_of

_OUTPUT = "<output>"
"""How the self-check names what was written; the places that decide afterwards lie there."""


def of_translation(read: Source, translation: Translation) -> Exhibit:
    """Each document of the source beside what was written for it; who may talk to whom."""
    return Exhibit(
        facing=tuple(_side_by_side(read.documents, translation)),
        matrix=_picture(read.policies, translation, read.context),
    )


def _picture(policies: PolicySet, translation: Translation, context: Context) -> Matrix | None:
    if not translation.text.strip():
        return None
    written = read_back(translation.text, translation.target.engine, context)
    claim = claim_of(translation.losses, context, {})
    return matrix(policies, written.policies, (context, context), namespaces=claim.namespaces)


def _side_by_side(documents: Sequence[Document], translation: Translation) -> Iterator[Facing]:
    written = load_text(translation.text, file=_OUTPUT).documents
    by_place: dict[tuple[str, int], list[Listing]] = {}
    added: list[Listing] = []
    for output, document in zip(translation.outputs, written, strict=False):
        shown = listing(document, file=OUTPUT)
        places = _places(output)
        for place in places:
            by_place.setdefault(place, []).append(shown)
        if not places:
            added.append(shown)
    for document in documents:
        after = tuple(by_place.pop((document.file, document.index), ()))
        yield Facing(title=title_of(document), before=(listing(document),), after=after)
    rest = [*added, *(shown for listings in by_place.values() for shown in listings)]
    unique = {shown.place: shown for shown in rest}
    for shown in unique.values():
        yield Facing(title=shown.title, before=(), after=(shown,))


def _places(output: Output) -> list[tuple[str, int]]:
    """The documents of the source that an output stands for."""
    origins = [member.policy.origin for member in output.members] or [output.origin]
    return list(dict.fromkeys((each.file, each.document.index) for each in origins if each is not None))


def of_change(
    before: Source, after: Source, found: Sequence[Connection], documents: Sequence[DocumentChange]
) -> Exhibit:
    """Each changed document before and after, others that decide a connection, and who may talk to whom."""
    return Exhibit(
        facing=(*_changed(documents), *_deciding(found, documents)),
        matrix=matrix(
            before.policies,
            after.policies,
            (before.context, after.context),
            examples=[end for each in found for end in each.ends],
            focus=_namespaces(origin.document for each in documents for origin in (each.before, each.after) if origin),
        ),
    )


def _namespaces(documents: Iterable[object]) -> frozenset[str]:
    metadata = [getattr(document, "metadata", {}) for document in documents]
    return frozenset(str(each["namespace"]) for each in metadata if each.get("namespace"))


def _changed(documents: Sequence[DocumentChange]) -> Iterator[Facing]:
    for each in documents:
        before, after = (
            tuple(map(listing, distinct([origin.document] if origin is not None else [])))
            for origin in (each.before, each.after)
        )
        yield Facing(title=each.title, before=before, after=after)


def _deciding(found: Sequence[Connection], documents: Sequence[DocumentChange]) -> Iterator[Facing]:
    """Documents that decide a changed connection and are the same on both sides."""
    shown = [{_place(side) for each in documents if (side := getattr(each, name))} for name in ("before", "after")]
    lines = [[line.origin for each in found for line in answer(each)] for answer in (_before, _after)]
    sides = [
        [each for each in distinct(origin.document for origin in origins) if (each.file, each.index) not in known]
        for origins, known in zip(lines, shown, strict=True)
    ]
    titles = dict.fromkeys(title_of(each) for side in sides for each in side)
    for title in titles:
        before, after = (tuple(listing(each) for each in side if title_of(each) == title) for side in sides)
        yield Facing(title=title, before=before, after=after)


def _place(origin: object) -> tuple[str, int]:
    document = getattr(origin, "document", None)
    return (getattr(document, "file", ""), getattr(document, "index", 0))


def _before(each: Connection) -> Sequence[Deciding]:
    return each.before.lines


def _after(each: Connection) -> Sequence[Deciding]:
    return each.after.lines
