"""Comments that belong to no document of the output: heads of files, and those of documents that vanish.

They stand above the neighbouring document of the same file; where a file has no output at all, that is declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from translator.documents.comments import Comment, comments_of, file_header
from translator.documents.document import Document
from translator.ir.policy import PolicySet
from translator.loss.effect import Change
from translator.loss.loss import Loss, declare
from translator.origin import FieldPath, Origin
from translator.pipeline.emission import Output
from translator.pipeline.output import MARK

Place = tuple[str, int]
_MODELINE: Final = "# yaml-language-server:"
"""Names the schema of the documents below it."""
_LONGEST: Final = 60
"""A longer value is not repeated in front of its comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strays:
    """Where they go."""

    heads: Mapping[int, tuple[str, ...]]
    """Position of an output → the lines above it."""
    losses: tuple[Loss, ...] = ()
    """For the files that have no output."""


def stray_comments(policies: PolicySet, outputs: Sequence[Output], losses: Iterable[Loss], target: str) -> Strays:
    """Every comment near a policy that no output has from its own document.

    Where a policy of a file is refused, that says enough about the file.
    """
    refused = {loss.origin.file for loss in losses if loss.kind.refuses and loss.origin is not None}
    by_file: dict[str, list[Document]] = {}
    for document in _documents(policies):
        if _may_have_comments(document):
            by_file.setdefault(document.file, []).append(document)
    places = receivers(outputs)
    heads: dict[int, list[tuple[str, ...]]] = {}
    found = []
    for file, documents in by_file.items():
        header = _header(documents[0])
        own = {index: position for (name, index), position in places.items() if name == file}
        first = min((each for each in own.values() if outputs[each].file == file), default=None)
        is_lost = False
        first = min(own.values(), default=None) if first is None else first
        if first is not None:
            header = for_people(header, documents[0], outputs[first].data)
        for position, block in ((first, header), *_blocks(documents, own, outputs)):
            if block and position is not None:
                heads.setdefault(position, []).append(block)
            elif block:
                is_lost = True
        if is_lost and file not in refused:
            found.append(_loss(documents[0], target))
    return Strays(
        heads={position: _paragraphs(blocks) for position, blocks in heads.items()},
        losses=tuple(found),
    )


def _documents(policies: PolicySet) -> list[Document]:
    """What was read, in the order of each file."""
    found: dict[Place, Document] = {}
    origins = (
        *(each.origin for each in policies.as_read()),
        *(each.origin for each in policies.groups),
        *(each.origin for each in policies.tiers),
        *(each.origin for each in policies.hosts),
    )
    for origin in origins:
        document = origin.document if origin is not None else None
        if isinstance(document, Document):
            found.setdefault((document.file, document.index), document)
    return [found[place] for place in sorted(found)]


def _may_have_comments(document: Document) -> bool:
    source = (document.whole or document).source
    return source is not None and "#" in source.text


def _header(document: Document) -> tuple[str, ...]:
    source = (document.whole or document).source
    header = file_header(source.text) if source is not None else ()
    return _without_edges(line for line in header if not line.startswith(MARK))


def for_people(lines: Iterable[str], document: Document, data: Mapping[str, Any]) -> tuple[str, ...]:
    """Lines of comments without those for editors, where these speak of a kind that the new document is not of."""
    if (document.api_version, document.kind) == (data.get("apiVersion"), data.get("kind")):
        return tuple(lines)
    kept = tuple(line for line in lines if not line.startswith(_MODELINE))
    return kept if any(kept) else ()


def receivers(outputs: Sequence[Output]) -> dict[Place, int]:
    """Document of the source → position of the first output that replaces it.

    A tier that was made for a policy is no replacement of it.
    """
    found: dict[Place, int] = {}
    for position, output in enumerate(outputs):
        origins = [member.policy.origin for member in output.members] or [output.origin]
        for origin in origins:
            place = _place(origin)
            if place is None:
                continue
            known = found.get(place)
            if known is None or (outputs[known].policy is None and output.policy is not None):
                found[place] = position
    return found


def _place(origin: Origin | None) -> Place | None:
    return None if origin is None else (origin.file, origin.document.index)


def _blocks(
    documents: Sequence[Document], own: Mapping[int, int], outputs: Sequence[Output]
) -> Iterator[tuple[int | None, tuple[str, ...]]]:
    """The comments of what vanished, each with the output next to it: the one that follows, else the one before."""
    parts = _parts(outputs)
    for document in documents:
        if document.index in own:
            said = parts.get((document.file, document.index))
            if said is not None:
                rest = {path: each for path, each in own_comments(document).items() if path[:2] not in said}
                yield own[document.index], listed(rest, document.data)
            continue
        lines = listed(own_comments(document), document.data)
        following = [index for index in own if index > document.index]
        index = min(following) if following else max(own, default=None)
        yield None if index is None else own[index], (_title(document), *lines) if lines else ()
    for whole in {id(each.whole): each.whole for each in documents if each.whole is not None}.values():
        rest = {path: each for path, each in own_comments(whole).items() if path[:1] != ("items",) or len(path) == 1}
        yield min(own.values(), default=None), listed(rest, whole.data)


def _parts(outputs: Sequence[Output]) -> dict[Place, set[FieldPath]]:
    """Of documents of which every part becomes a document of its own: the parts that did."""
    found: dict[Place, set[FieldPath]] = {}
    for output in outputs:
        origin = output.source.origin if output.source is not None else None
        place = _place(origin)
        if origin is not None and place is not None and origin.path[:1] == ("services",):
            found.setdefault(place, set()).add(origin.path[:2])
    return found


def _title(document: Document) -> str:
    name, namespace = document.metadata.get("name"), document.metadata.get("namespace")
    named = "/".join(str(each) for each in (namespace, name) if each)
    return f"# {document.kind}{f' {named}' if named else ''}:"


def own_comments(document: Document) -> dict[FieldPath, Comment]:
    """What people wrote at a document: neither the head of its file nor a mark of ours is any of it."""
    whole = document.whole or document
    if "#" not in whole.text:
        return {}
    found = comments_of(document)
    head = found.get(())
    if head is not None and document.whole is None and document.source is not None and document.span[0] == 0:
        lines = _behind(head.above, sum(1 for line in file_header(document.source.text) if line))
        found[()] = replace(head, above=lines)
    cleaned = {path: replace(each, above=_cleaned(each.above)) for path, each in found.items()}
    return {path: each for path, each in cleaned.items() if each != Comment()}


def _behind(lines: Sequence[str], count: int) -> tuple[str, ...]:
    """The lines behind a number of written ones."""
    for number, line in enumerate(lines):
        if count == 0 and line:
            return tuple(lines[number:])
        count -= bool(line)
    return ()


def _cleaned(above: tuple[str, ...]) -> tuple[str, ...]:
    kept = tuple(line for line in above if not line.startswith(MARK))
    return kept if any(kept) else ()


def listed(comments: Mapping[FieldPath, Comment], data: Mapping[str, Any]) -> tuple[str, ...]:
    """Comments one below the other; one that stood beside something says beside what."""
    lines: list[str] = []
    for path, comment in comments.items():
        lines += (line for line in comment.above if line and not line.startswith(_MODELINE))
        if comment.beside:
            lines.append(named(comment.beside, path, data))
    return (*lines, *(line for comment in comments.values() for line in comment.below if line))


def named(written: str, path: FieldPath, data: Mapping[str, Any]) -> str:
    """A comment with the field or item in front that it stood beside."""
    value = value_at(data, path)
    shown = str(value) if isinstance(value, str | int | float) and len(str(value)) <= _LONGEST else ""
    field = path[-1] if path and isinstance(path[-1], str) else ""
    front = " ".join(part for part in (field, shown) if part)
    return f"# {front}: {written.lstrip('# ')}" if front else written


def value_at(data: Any, path: FieldPath) -> Any:
    """The value of a field; None where it does not exist."""
    for step in path:
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def without_header(text: str, document: Document) -> str:
    """The text of a document that stays as it is, without the head of its file and marks of ours."""
    if document.source is None or document.span[0] != 0:
        return text
    count = sum(1 for line in file_header(document.source.text) if line)
    lines = text.split("\n")
    while lines and (count or lines[0].startswith(MARK)):
        count -= lines.pop(0).lstrip().startswith("#")
    while lines and (not lines[0].strip() or lines[0].split("#")[0].rstrip() == "---"):
        lines.pop(0)
    return "\n".join(lines)


def headed(text: str, head: Sequence[str]) -> str:
    """A text below lines of comments."""
    return "\n".join((*head, "", text)) if head else text


def _paragraphs(blocks: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(
        line for number, block in enumerate(blocks) for line in (*([""] if number else []), *_without_edges(block))
    )


def _without_edges(lines: Iterable[str]) -> tuple[str, ...]:
    """Without empty lines at the beginning and the end."""
    return tuple("\n".join(lines).strip("\n").split("\n")) if (lines := tuple(lines)) and any(lines) else ()


def _loss(document: Document, target: str) -> Loss:
    """A file of which nothing is left cannot keep a comment."""
    return declare(
        "comments-dropped",
        "nothing of this file is left for its comments to stand at",
        change=Change.UNENFORCED,
        policy=str(document.metadata.get("name") or document.kind),
        target=target,
        origin=document.origin(),
    )
