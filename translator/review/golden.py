"""Committed translations: compare them with what the sources say now, or write them anew."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

from translator.documents.files import SUFFIXES
from translator.errors import Finding, InputError, UsageError
from translator.legalize.target import TargetName
from translator.pipeline.kinds import sort_documents
from translator.pipeline.registry import DIALECTS
from translator.pipeline.source import ReadOptions, Source, parse_loaded
from translator.pipeline.translate import Translation
from translator.report.change import Connection, connections
from translator.report.freshness import FileState, Freshness, NewLossEntry, State, TargetState, UnusedEntry
from translator.review.acceptance import Accepted, NewLoss
from translator.review.config import Config, shown_path
from translator.review.expected import LOSSES_FILE, Expected, expect, read_sources, warnings
from translator.review.sides import load_files
from translator.review.stamp import is_edited, is_generated
from translator.semantics.compare.comparison import compare

_LIMIT = 5
"""Connections that are shown when meaning moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The answer, and warnings about the sources."""

    freshness: Freshness
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """What an update did. ``freshness`` says what it was not right before, and what still is not."""

    freshness: Freshness
    findings: tuple[Finding, ...]
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    refused: bool = False
    """True: nothing was written, because a translation must not be used as it stands."""


def check(config: Config, *, today: date) -> Checked:
    """Compare what is committed with what the sources say. Raises InputError, InternalError."""
    source, targets = _translated(config)
    return Checked(freshness=_freshness(config, source, targets, today), findings=tuple(warnings(source)))


def update(config: Config, *, today: date) -> Updated:
    """Write every generated file, and remove those that we wrote and that belong to nothing any more; or do nothing.

    Raises UsageError when a file stands in the way that we did not write.
    """
    source, targets = _translated(config)
    freshness = _freshness(config, source, targets, today)
    findings = tuple(warnings(source))
    if any(each.objections for each in freshness.targets):
        return Updated(freshness=freshness, findings=findings, refused=True)
    states = {state.file: state.state for each in freshness.targets for state in each.files}
    foreign = [file for file, state in states.items() if state is State.FOREIGN]
    if foreign:
        shown = ", ".join(foreign[:3]) + (" …" if len(foreign) > 3 else "")
        raise UsageError(f"not written by netpolx, so not overwritten: {shown}")
    texts = {str(path): text for each in targets for path, text in each.files.items()}
    written = {file: texts[file] for file in sorted(states) if file in texts}
    removed = [file for file, state in sorted(states.items()) if state is State.LEFTOVER]
    _replace(config.root, config.output, written, removed)
    return Updated(freshness=freshness, findings=findings, written=tuple(written), removed=tuple(removed))


def _translated(config: Config) -> tuple[Source, tuple[Expected, ...]]:
    source = read_sources(config)
    return source, tuple(expect(config, source))


def _freshness(config: Config, source: Source, targets: Sequence[Expected], today: date) -> Freshness:
    accepted = Accepted(config.accept, today)
    known = {each.target.name.value: each for each in targets}
    states = []
    for name in (*known, *sorted({each.value for each in TargetName} - known.keys())):
        present = _present(config.root, PurePosixPath(config.output) / name)
        if name in known:
            states.append(_state(known[name], present, accepted, source))
        elif leftover := tuple(_leftover(present, set())):
            states.append(TargetState(target=name, files=leftover))
    return Freshness(
        config=config.file,
        policies=len(source.policies.as_read()),
        targets=tuple(states),
        unused=tuple(UnusedEntry(origin=each.origin, code=each.code) for each in accepted.unused),
    )


def _present(root: Path, folder: PurePosixPath) -> dict[str, str]:
    """Path from the root → text of every YAML file below a folder; line ends are ours whatever git made of them."""
    found = {}
    for path in sorted((root / folder).rglob("*")):
        if path.is_file() and path.suffix.lower() in SUFFIXES:
            text = path.read_bytes().decode("utf-8", errors="surrogateescape").replace("\r\n", "\n")
            found[path.relative_to(root).as_posix()] = text
    return found


def _state(expected: Expected, present: Mapping[str, str], accepted: Accepted, source: Source) -> TargetState:
    texts = {str(path): text for path, text in expected.files.items()}
    files = (*_differing(texts, present), *_leftover(present, texts.keys()), *_added(present, texts.keys()))
    new = accepted.new(expected.translation.losses)
    meaning = _Meaning.of(expected, files, present, source)
    return TargetState(
        target=expected.target.name.value,
        files=tuple(sorted(files, key=lambda each: each.file)),
        new_losses=tuple(NewLossEntry(loss=each.loss, reason=each.reason) for each in new),
        objections=_objections(expected.translation, new),
        meaning=meaning.answer,
        reason=meaning.reason,
        connections=meaning.connections,
    )


def _objections(translation: Translation, new: Iterable[NewLoss]) -> tuple[str, ...]:
    """What forbids to write it: somebody has to agree to what widens and to what is refused (design 1.4)."""
    found = []
    for each in new:
        loss = each.loss
        if loss.kind.refuses or loss.effect.widens:
            word = "is refused" if loss.kind.refuses else "is widened"
            found.append(f"{loss.policy} {word} ({loss.code}), and that is {each.reason}")
    if translation.proof is not None and not translation.proof.is_decided:
        found.append(f"the self-check is undecided: {translation.proof.comparison.reason}")
    return tuple(found)


def _differing(texts: Mapping[str, str], present: Mapping[str, str]) -> Iterator[FileState]:
    for file, text in texts.items():
        there = present.get(file)
        if there != text:
            yield FileState(file=file, state=_what(there), diff=_diff(file, there or "", text))


def _what(there: str | None) -> State:
    if there is None:
        return State.MISSING
    if not is_generated(there):
        return State.FOREIGN
    return State.EDITED if is_edited(there) else State.STALE


def _leftover(present: Mapping[str, str], known: Iterable[str]) -> Iterator[FileState]:
    """Files that we wrote and that nothing stands behind; what others put there is none of our business."""
    expected = set(known)
    for file, text in present.items():
        if file not in expected and is_generated(text):
            yield FileState(file=file, state=State.LEFTOVER, diff=_diff(file, text, ""))


def _added(present: Mapping[str, str], known: Iterable[str]) -> Iterator[FileState]:
    """Policies that somebody put among ours: whoever applies the directory applies them too."""
    expected = set(known)
    kinds = {name: each.kinds for name, each in DIALECTS.items()}
    for file, text in present.items():
        if file in expected or is_generated(text):
            continue
        found = load_files(_encoded({file: text}))
        if any(sort_documents(found.documents, kinds).policies.values()):
            yield FileState(file=file, state=State.ADDED, diff="")


def _diff(file: str, there: str, text: str) -> str:
    before = f"{file} (committed)" if there else "/dev/null"
    after = f"{file} (translated now)" if text else "/dev/null"
    lines = difflib.unified_diff(there.splitlines(keepends=True), text.splitlines(keepends=True), before, after)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meaning:
    """What the committed files permit, compared with a fresh translation."""

    answer: str | None = None
    reason: str | None = None
    connections: tuple[Connection, ...] = ()

    @classmethod
    def of(cls, expected: Expected, files: Sequence[FileState], present: Mapping[str, str], source: Source) -> _Meaning:
        """Nothing to say where only the losses differ, or where nothing was committed yet."""
        losses = str(expected.folder / LOSSES_FILE)
        ours = {*map(str, expected.files), *(each.file for each in files)} - {losses}
        policies = {file: text for file, text in present.items() if file in ours}
        if not policies or all(each.file == losses for each in files):
            return cls()
        options = ReadOptions(engine=expected.target.engine, context=source.context)
        try:
            committed = parse_loaded(load_files(_encoded(policies)), options)
        except (InputError, UsageError) as error:
            return cls(answer="invalid", reason=str(error).splitlines()[0])
        texts = {f"{path} (now)": text for path, text in expected.files.items() if str(path) != losses}
        fresh = parse_loaded(load_files(_encoded(texts)), options)
        found = compare(
            fresh.policies, committed.policies, context_a=fresh.context, context_b=committed.context, limit=_LIMIT
        )
        return cls(answer=found.result.value, reason=found.reason, connections=connections(found))


def _encoded(texts: Mapping[str, str]) -> dict[str, bytes]:
    return {file: text.encode("utf-8", errors="surrogateescape") for file, text in texts.items()}


def _replace(root: Path, output: str, texts: Mapping[str, str], removed: Sequence[str]) -> None:
    """Everything is written beside its place first, so that a full disk leaves all as it was."""
    if texts:
        folder = root / output
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder, prefix=".netpolx-") as name:
                staged = [(Path(name) / str(number), root / file) for number, file in enumerate(texts)]
                for (path, _), text in zip(staged, texts.values(), strict=True):
                    path.write_bytes(text.encode())
                for path, target in staged:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    os.replace(path, target)  # noqa: PTH105 - the name says that it replaces
        except OSError as error:
            raise UsageError(f"{shown_path(folder)}: cannot be written: {error.strerror or error}") from None
    for file in removed:
        (root / file).unlink(missing_ok=True)
        _remove_empty((root / file).parent, root / output)


def _remove_empty(folder: Path, top: Path) -> None:
    """Directories that a removed file leaves empty, up to the output."""
    while folder != top and folder.is_relative_to(top) and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
