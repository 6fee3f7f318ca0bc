"""The structural half of a diff: which fields of which documents differ, whatever the order of lists."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from translator.documents.document import Document
from translator.documents.emitter import dump
from translator.loss.effect import Effect
from translator.origin import Origin, format_path
from translator.report.change import Became, DocumentChange, FieldChange
from translator.review.pairing import Pair, content, frozen, key_of

_LONGEST_VALUE: Final = 120
Effects = Callable[[Pair], Effect | None]


def changed(pairs: Iterable[Pair], effects: Effects) -> Iterator[DocumentChange]:
    """Every document that was added, removed, renamed or changed."""
    for pair in pairs:
        if pair.before is None or pair.after is None:
            yield _only_one(pair, effects(pair))
        elif pair.is_renamed or content(pair.before) != content(pair.after):
            yield _both(pair.before, pair.after, effects(pair), is_renamed=pair.is_renamed)


def _only_one(pair: Pair, effect: Effect | None) -> DocumentChange:
    document = pair.after or pair.before
    assert document is not None
    return DocumentChange(
        became=Became.ADDED if pair.after else Became.REMOVED,
        kind=document.kind,
        name=name_of(document),
        before=_place(pair.before),
        after=_place(pair.after),
        effect=effect,
        yaml=_yaml(pair.before, pair.after),
    )


def _both(before: Document, after: Document, effect: Effect | None, *, is_renamed: bool) -> DocumentChange:
    fields = tuple(_fields(content(before), content(after)))
    return DocumentChange(
        became=Became.RENAMED if is_renamed else Became.CHANGED,
        kind=after.kind,
        name=name_of(after),
        former_name=name_of(before) if is_renamed else None,
        before=_place(before),
        after=_place(after),
        effect=effect,
        fields=fields,
        reordered=tuple(_reordered(content(before), content(after))) if not fields else (),
        # The order of lists is shown where it may be what changes traffic: that of Calico's rules does.
        yaml=_yaml(before, after) if fields or effect is not Effect.NONE else "",
    )


def name_of(document: Document) -> str:
    """``namespace/name`` or ``name``."""
    _, _, namespace, name = key_of(document)
    return f"{namespace}/{name}" if namespace else name


def _place(document: Document | None) -> Origin | None:
    return None if document is None else document.origin()


def _fields(before: dict[str, Any], after: dict[str, Any]) -> Iterator[FieldChange]:
    """The fields that differ, in the order of their paths; none when only lists are in another order."""
    if frozen(before) == frozen(after):
        return
    # 0.1 s of start-up, and only what differs needs it.
    from deepdiff import DeepDiff  # noqa: PLC0415
    from deepdiff.helper import NotPresent  # noqa: PLC0415

    # A mapping with few keys in common is compared key by key all the same: labels have few.
    tree = DeepDiff(before, after, ignore_order=True, report_repetition=True, threshold_to_diff_deeper=0, view="tree")
    found = [
        FieldChange(
            path=format_path(tuple(level.path(output_format="list"))),
            before=_shown(level.t1, NotPresent),
            after=_shown(level.t2, NotPresent),
        )
        for levels in tree.values()
        for level in levels
    ]
    yield from sorted(found, key=lambda each: (each.path, each.before or "", each.after or ""))


def _reordered(before: Any, after: Any, path: tuple[str | int, ...] = ()) -> Iterator[str]:
    """The lists that hold the same in another order, of two values that are the same but for that."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before:
            yield from _reordered(before[name], after[name], (*path, name))
    elif isinstance(before, list) and isinstance(after, list):
        if [frozen(each) for each in before] != [frozen(each) for each in after]:
            yield format_path(path)
        else:
            for number, (old, new) in enumerate(zip(before, after, strict=True)):
                yield from _reordered(old, new, (*path, number))


def _shown(value: Any, absent: type) -> str | None:
    """A value as JSON on one line, shortened; None where the field is not there."""
    if isinstance(value, absent) or value is absent:
        return None
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _yaml(before: Document | None, after: Document | None) -> str:
    """A unified diff of both documents as we write them, so that layout and comments of files do not show."""
    names = [f"{document.file}:{document.origin().line}" if document else "/dev/null" for document in (before, after)]
    texts = [dump([content(document)]).splitlines(keepends=True) if document else [] for document in (before, after)]
    return "".join(difflib.unified_diff(texts[0], texts[1], names[0], names[1]))
