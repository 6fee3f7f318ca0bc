"""Files, directories and standard input into documents; what cannot be read becomes findings, the rest goes on."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, TextIO

from yaml import YAMLError

from translator.documents.builder import Builder, Built, GiveUp, Problem
from translator.documents.collector import paused_collector
from translator.documents.document import Document, Locator
from translator.documents.files import MAX_BYTES, SUFFIXES, Found, find_files, read_bytes
from translator.documents.json_text import NoNumberError, read_json
from translator.documents.objects import Item, objects_in
from translator.documents.positions import Positions, Source
from translator.documents.stream import read_stream
from translator.documents.text import decode
from translator.errors import Finding, Gate, Severity
from translator.origin import FieldPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What was read, and what could not be."""

    documents: tuple[Document, ...] = ()
    findings: tuple[Finding, ...] = ()
    files: tuple[str, ...] = ()
    """Every file that was read, in order."""
    skipped: tuple[str, ...] = ()
    """The files that hold no document: empty, or nothing but comments."""


def load_paths(paths: Iterable[str], *, stdin: BinaryIO | TextIO | None = None) -> Loaded:
    """Read files, directories and standard input (``-``), in the order given, each file once."""
    parts: list[Loaded] = []
    seen: set[str] = set()
    with paused_collector():
        for path in paths:
            found = find_files(path)
            parts.append(Loaded(findings=tuple(_about_search(path, found))))
            for name in found.files:
                if name not in seen:
                    seen.add(name)
                    parts.append(_load_file(name, stdin))
    return Loaded(
        documents=tuple(document for part in parts for document in part.documents),
        findings=tuple(finding for part in parts for finding in part.findings),
        files=tuple(name for part in parts for name in part.files),
        skipped=tuple(name for part in parts for name in part.skipped),
    )


def load_text(text: str | bytes, *, file: str = "-") -> Loaded:
    """Read the documents of one text; never raises, whatever the text is."""
    if len(text) > MAX_BYTES:
        return Loaded(
            findings=(_file_finding(file, f"larger than {MAX_BYTES // 1_000_000} MB", "too-large"),), files=(file,)
        )
    decoded, problem = decode(text)
    source = Source(file, decoded)
    if problem is not None:
        built = Built(start=problem.offset, problems=[problem])
        return Loaded(findings=tuple(_findings(built, source, 0)), files=(file,))
    with paused_collector():
        return _load(source)


def _load_file(name: str, stdin: BinaryIO | TextIO | None) -> Loaded:
    try:
        content = read_bytes(name, stdin=stdin)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return Loaded(findings=(_file_finding(name, f"cannot be read: {reason}", "unreadable"),))
    return load_text(content, file=name)


def _about_search(path: str, found: Found) -> Iterator[Finding]:
    for error in found.errors:
        yield _file_finding(str(error.filename), f"cannot be read: {error.strerror}", "unreadable")
    for link in found.links:
        yield _file_finding(link, "a link to a directory is not followed", "link", Severity.WARNING)
    if not (found.files or found.errors):
        message = f"no file with the ending {', '.join(SUFFIXES)} in this directory"
        yield _file_finding(path, message, "no-files", Severity.WARNING)


def _file_finding(file: str, message: str, code: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(message=message, origin=Document(data={}, file=file).origin(), code=code, severity=severity)


def _load(source: Source) -> Loaded:
    documents: list[Document] = []
    findings: list[Finding] = []
    index = 0
    read = [(built, locator) for built, locator in _read(source) if built.data is not None or built.problems]
    for number, (built, locator) in enumerate(read):
        if built.problems:
            findings += _findings(built, source, index)
            index += 1
            continue
        end = read[number + 1][0].start if number + 1 < len(read) else len(source.text)
        span = (built.start if number else 0, end)
        data = built.data if isinstance(built.data, dict) else {}
        whole = Document(data=data, file=source.file, index=index, locator=locator, source=source, span=span)
        for item in objects_in(built.data):
            document = _item(item, whole, index) if item.path else whole
            index += 1
            if item.problem is None:
                documents.append(document)
            else:
                findings.append(_object_finding(item, document))
    return Loaded(
        documents=tuple(documents),
        findings=tuple(findings),
        files=(source.file,),
        skipped=() if read else (source.file,),
    )


def _item(item: Item, whole: Document, index: int) -> Document:
    return Document(
        data=item.data if isinstance(item.data, dict) else {},
        file=whole.file,
        index=index,
        locator=_below(whole.locator, item.path),
        whole=whole,
        path_in_whole=item.path,
    )


def _object_finding(item: Item, document: Document) -> Finding:
    assert item.problem is not None
    message, code, hint, path = item.problem
    return Finding(message=message, origin=document.origin(*path), gate=Gate.SYNTAX, code=code, hint=hint)


def _read(source: Source) -> Iterator[tuple[Built, Locator]]:
    try:
        found = read_json(source.text)
    except NoNumberError as error:
        offset = max(source.text.find(str(error)), 0)
        problem = Problem(offset, f"`{_short(str(error))}` is no number that JSON can hold", "no-json-number")
        yield Built(start=0, problems=[problem]), lambda _path: (1, 1)
        return
    if found is None:
        for built in read_stream(source.text):
            yield built, Positions(source, built.data, built.start, built.marks, built.base).locate
        return
    for start, end, data in found:
        yield Built(start=start, data=data, base=start), _JsonPositions(source, start, end).locate


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}…"


class _JsonPositions:
    """Positions in a JSON object, found by reading its text as YAML when the first is asked for."""

    def __init__(self, source: Source, start: int, end: int) -> None:
        self._source, self._start, self._end = source, start, end
        self._positions: Positions | None = None

    def locate(self, path: FieldPath) -> tuple[int, int]:
        if self._positions is None:
            self._positions = self._read()
        return self._positions.locate(path)

    def _read(self) -> Positions:
        try:
            built = next(Builder(self._source.text[self._start : self._end], self._start).documents())
        except (YAMLError, GiveUp, StopIteration):
            # JSON that is no YAML (a pair of surrogates, say): its beginning is all that is known.
            return Positions(self._source, None, self._start, array("I"))
        return Positions(self._source, built.data, self._start, built.marks, self._start)


def _below(locator: Locator, prefix: FieldPath) -> Locator:
    return lambda path: locator(prefix + path)


def _findings(built: Built, source: Source, index: int) -> Iterator[Finding]:
    for problem in built.problems:
        place = source.place(problem.offset)
        document = Document(data={}, file=source.file, index=index, locator=lambda _path, place=place: place)  # type: ignore[misc]
        message = problem.message
        if problem.first is not None:
            message += ", first at line {}, column {}".format(*source.place(problem.first))
        yield Finding(message=message, origin=document.origin(), gate=Gate.SYNTAX, code=problem.code, hint=problem.hint)
