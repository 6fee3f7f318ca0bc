"""A ResourceList translated: policies are replaced where they stand, everything else keeps its place and its notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from translator.documents.document import Document
from translator.documents.loading import Loaded
from translator.documents.server_fields import strip_server_fields
from translator.documents.stream import read_stream
from translator.documents.text import decode
from translator.errors import Finding, InputError, Severity, UsageError
from translator.loss.loss import Loss
from translator.origin import Origin
from translator.pipeline.emission import Output
from translator.pipeline.source import ReadOptions, Source, parse_loaded
from translator.pipeline.translate import Translation, translate
from translator.report.witness import witness_text
from translator.review.krm_config import Wishes, read_config

VERSIONS: Final = ("config.kubernetes.io/v1", "config.kubernetes.io/v1beta1", "config.kubernetes.io/v1alpha1")
_PATHS: Final = ("internal.config.kubernetes.io/path", "config.kubernetes.io/path")
_INDEXES: Final = ("internal.config.kubernetes.io/index", "config.kubernetes.io/index")
_INTERNAL: Final = (
    "internal.config.kubernetes.io/",
    "config.kubernetes.io/",
    "config.k8s.io/",
    "kustomize.config.k8s.io/",
    "internal.config.k8s.io/",
)
"""Prefixes of the notes that orchestrators make on items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What the function is asked."""

    whole: Mapping[str, Any]
    items: tuple[Mapping[str, Any], ...]
    wishes: Wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the function answers."""

    document: Mapping[str, Any]
    lines: tuple[str, ...]
    """For standard error."""
    refused: bool


def read_call(text: bytes) -> Call:
    """A ResourceList out of its text. Raises InputError and UsageError."""
    decoded, problem = decode(text)
    built = read_stream(decoded) if problem is None else []
    problems = [problem] if problem is not None else [each for one in built for each in one.problems]
    if problems:
        raise InputError(Finding(message=each.message, code=each.code, hint=each.hint) for each in problems)
    documents = [each.data for each in built if each.data is not None]
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise UsageError(f"expected one ResourceList on standard input, found {len(documents)} documents")
    whole = documents[0]
    kind, version = whole.get("kind"), whole.get("apiVersion")
    if not (kind == "ResourceList" and version in VERSIONS) and kind != "List":
        raise UsageError(f"expected a ResourceList of {VERSIONS[0]}, found `{kind}` of `{version}`")
    config, items = whole.get("functionConfig"), whole.get("items") or []
    if not isinstance(config, dict):
        raise UsageError("the ResourceList has no functionConfig: it says what to translate to (`spec: {to: cilium}`)")
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        raise UsageError("`items` of a ResourceList is a list of objects")
    return Call(whole=whole, items=tuple(items), wishes=read_config(config))


def run(call: Call) -> Reply:
    """Translate the policies among the items; when that is refused the items stay as they are."""
    documents = [_document(item, number) for number, item in enumerate(call.items)]
    wishes = call.wishes
    try:
        read = parse_loaded(
            Loaded(documents=tuple(documents)), ReadOptions(engine=wishes.source, context=wishes.context)
        )
    except InputError as error:
        return _reply(call, call.items, [_of_finding(each, call.items) for each in error.findings], refused=True)
    translation = translate(read.policies, wishes.target, read.context)
    objections = _objections(translation, wishes)
    results = [
        *(_of_finding(each, call.items) for each in read.findings),
        *(_of_loss(each, call.items, wishes) for each in translation.losses),
        *({"message": each, "severity": "error", "tags": {"code": "refused"}} for each in objections),
        *({"message": f"assumed: {each}", "severity": "info"} for each in translation.assumptions),
    ]
    items = call.items if objections else _replaced(call.items, read, translation, keep_source=wishes.keep_source)
    return _reply(call, items, results, refused=bool(objections))


def _objections(translation: Translation, wishes: Wishes) -> list[str]:
    found = list(translation.objections(allow_widening=wishes.fail_on == "never"))
    if wishes.fail_on == "narrows" and translation.effect.narrows:
        found.append("`failOn: narrows`, and something is narrowed")
    return found


def _document(item: Mapping[str, Any], number: int) -> Document:
    """An item without the orchestrator's notes, which are no part of a policy."""
    return Document(data=_without_notes(item), file=_place(item)[0] or "items", index=number)


def _without_notes(item: Mapping[str, Any]) -> dict[str, Any]:
    metadata = item.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    if not isinstance(annotations, Mapping) or not isinstance(metadata, Mapping):
        return dict(item)
    kept = {key: value for key, value in annotations.items() if not str(key).startswith(_INTERNAL)}
    rest = {key: value for key, value in metadata.items() if key != "annotations"}
    return {**item, "metadata": {**rest, "annotations": kept} if kept else rest}


def _replaced(
    items: Sequence[Mapping[str, Any]], read: Source, translation: Translation, *, keep_source: bool
) -> list[Mapping[str, Any]]:
    """The items in their order; what a policy became stands where it stood, what has no source at the end."""
    policies = {document.index: document for document in read.documents}
    written: dict[int | None, list[Output]] = {}
    for output in translation.outputs:
        written.setdefault(output.origin.document.index if output.origin else None, []).append(output)
    same = {number: strip_server_fields(document.data) for number, document in policies.items()}
    stay = {
        number
        for number in range(len(items))
        if number not in policies or keep_source or any(each.data == same[number] for each in written.get(number, []))
    }
    places = _Places(items[number] for number in stay)
    found: list[Mapping[str, Any]] = []
    for number, item in enumerate(items):
        if number in stay:
            found.append(item)
        found += [
            _noted(output.data, item, places)
            for output in written.get(number, [])
            if number not in same or output.data != same[number]
        ]
    return [*found, *(dict(output.data) for output in written.get(None, []))]


class _Places:
    """Gives out numbers in files: kpt refuses two items of one number in one file."""

    def __init__(self, staying: Iterable[Mapping[str, Any]]) -> None:
        self._taken = {_place(item) for item in staying}

    def take(self, path: str, wanted: int) -> int:
        """The number that is wanted, or the next one that is free."""
        while (path, wanted) in self._taken:
            wanted += 1
        self._taken.add((path, wanted))
        return wanted


def _noted(data: Mapping[str, Any], source: Mapping[str, Any], places: _Places) -> dict[str, Any]:
    """The object with the file of its source, so that kpt writes it there, and a number in it that no other has."""
    notes = (source.get("metadata") or {}).get("annotations") or {}
    paths = {key: notes[key] for key in _PATHS if key in notes}
    if not paths:
        return dict(data)
    number = str(places.take(*_place(source)))
    indexes = {index: number for path, index in zip(_PATHS, _INDEXES, strict=True) if path in paths}
    metadata = data.get("metadata") or {}
    kept = metadata.get("annotations") or {}
    return {**data, "metadata": {**metadata, "annotations": {**kept, **paths, **indexes}}}


def _reply(
    call: Call, items: Sequence[Mapping[str, Any]], results: Sequence[dict[str, Any]], *, refused: bool
) -> Reply:
    """The whole ResourceList; fields that we do not know come back as they came."""
    before = call.whole.get("results")
    document = {key: value for key, value in call.whole.items() if key not in ("items", "results")}
    document["items"] = [dict(item) for item in items]
    if results or before:
        # v1 has a flat list; what an earlier function said stays before ours.
        document["results"] = [*(before if isinstance(before, list) else []), *results]
    return Reply(document=document, lines=tuple(_line(each) for each in results), refused=refused)


def _line(result: Mapping[str, Any]) -> str:
    reference, tags = result.get("resourceRef") or {}, result.get("tags") or {}
    name = "/".join(part for part in (reference.get("namespace"), reference.get("name")) if part)
    where = " ".join(
        part
        for part in (
            (result.get("file") or {}).get("path"),
            f"{reference['kind']} {name}" if reference else "",
            (result.get("field") or {}).get("path"),
        )
        if part
    )
    effect = " ".join(tags[key] for key in ("code", "effect") if key in tags)
    said = f"[{result['severity']}] {where + ': ' if where else ''}{result['message']}"
    return f"netpolx-fn: {said}{f' ({effect})' if effect else ''}"


def _of_loss(loss: Loss, items: Sequence[Mapping[str, Any]], wishes: Wishes) -> dict[str, Any]:
    refuses = loss.kind.refuses or (loss.effect.widens and wishes.fail_on != "never")
    severity = "error" if refuses else "warning" if loss.effect else "info"
    example = f"; for example {witness_text(loss.witness)}" if loss.witness is not None else ""
    hint = f"; {loss.hint}" if loss.hint else ""
    tags = {"code": loss.code, "effect": loss.effect.word, "target": loss.target}
    return _result(f"{loss.policy}: {loss.message}{hint}{example}", severity, loss.origin, items, tags)


def _of_finding(finding: Finding, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    severity = "error" if finding.severity is Severity.ERROR else "warning"
    hint = f"; {finding.hint}" if finding.hint else ""
    tags = {"code": finding.code, "gate": finding.gate.value}
    return _result(f"{finding.message}{hint}", severity, finding.origin, items, tags)


def _result(
    message: str, severity: str, origin: Origin | None, items: Sequence[Mapping[str, Any]], tags: dict[str, str]
) -> dict[str, Any]:
    result: dict[str, Any] = {"message": message, "severity": severity}
    if origin is not None and origin.document.index < len(items):
        result |= dict(_at(origin, items[origin.document.index]))
    return {**result, "tags": tags}


def _at(origin: Origin, item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Which object, field and file a result is about; line numbers of the ResourceList would mean nothing."""
    metadata = item.get("metadata") or {}
    reference = {
        "apiVersion": item.get("apiVersion"),
        "kind": item.get("kind"),
        "name": metadata.get("name"),
        "namespace": metadata.get("namespace"),
    }
    yield "resourceRef", {key: str(value) for key, value in reference.items() if value}
    if origin.path:
        yield "field", {"path": origin.field_path}
    path, index = _place(item)
    if path:
        yield "file", {"path": path, "index": index}


def _place(item: Mapping[str, Any]) -> tuple[str, int]:
    """The file of an item and its number in it, as the orchestrator noted them."""
    metadata = item.get("metadata")
    notes = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    if not isinstance(notes, Mapping):
        return "", 0
    path = next((str(notes[key]) for key in _PATHS if key in notes), "")
    index = next((str(notes[key]) for key in _INDEXES if key in notes), "0")
    return path, int(index) if index.isdecimal() else 0
