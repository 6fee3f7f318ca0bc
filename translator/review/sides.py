"""The two sets of a diff: files, directories, or what git holds of them, read the same way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from translator.context import NO_CONTEXT, Context
from translator.documents.files import STDIN
from translator.documents.loading import Loaded, load_paths, load_text
from translator.errors import Finding, InputError, Severity, UsageError
from translator.ir.policy import Engine
from translator.pipeline.kinds import sort_documents
from translator.pipeline.registry import DIALECTS, READERS
from translator.pipeline.source import ReadOptions, Source, detect_engine, parse_loaded
from translator.review.revisions import Revision, holds, is_range, is_revision, read_files, read_range, resolve

_EVERYWHERE = (".",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """One set, as it was asked for and as it was read."""

    name: str
    """How a report names it."""
    words: str
    """How the command line names it when the same is to be seen again."""
    loaded: Loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be compared."""

    before: Half
    after: Half
    paths: tuple[str, ...] = ()
    """The paths that revisions were read at."""

    @property
    def words(self) -> tuple[str, ...]:
        """The arguments that ask for the same again, with commits in place of names that move."""
        if not self.paths:
            return (self.before.words, self.after.words)
        ends = [self.before.words, self.after.words]
        revisions = "..".join(ends) if self.after.words else self.before.words
        return (revisions, "--", *self.paths)


def load_halves(arguments: Sequence[str]) -> Request:
    """Two paths, ``main..HEAD -- policies/``, or ``HEAD -- policies/`` against the work tree. Raises UsageError."""
    if not arguments:
        raise UsageError("name two files or directories, or a range of git revisions such as `main..HEAD -- policies/`")
    first, *rest = arguments
    if first == STDIN or Path(first).exists():
        return _paths(first, rest)
    if is_range(first):
        before, after = read_range(first)
        return _revisions(before, after, rest)
    before = resolve(first)
    if rest and not Path(rest[0]).exists() and is_revision(rest[0]):
        return _revisions(before, resolve(rest[0]), rest[1:])
    return _work_tree(before, rest)


def _paths(first: str, rest: Sequence[str]) -> Request:
    if len(rest) != 1:
        found = "one" if not rest else f"{len(rest) + 1}"
        raise UsageError(f"expected two files or directories, found {found}: put the files of a set in a directory")
    (second,) = rest
    if second != STDIN and not Path(second).exists():
        raise UsageError(f"{second}: no such file or directory")
    if first == second == STDIN:
        raise UsageError("standard input can be one of the two sets only")
    before, after = (Half(name=each, words=each, loaded=load_paths([each])) for each in (first, second))
    return Request(before=before, after=after)


def _revisions(before: Revision, after: Revision, paths: Sequence[str]) -> Request:
    chosen = tuple(paths) or _EVERYWHERE
    files = [read_files(revision, chosen) for revision in (before, after)]
    # A path that is mistyped must not answer "no traffic changes".
    if empty := [path for path in chosen if not any(holds(found, path) for found in files)]:
        neither = f"neither {before.name} nor {after.name} holds YAML or JSON files below {', '.join(empty)}"
        raise UsageError(f"{neither}{_misplaced(empty)}")
    halves = [
        Half(name=f"{revision.name} ({revision.short})", words=revision.short, loaded=load_files(found))
        for revision, found in zip((before, after), files, strict=True)
    ]
    return Request(before=halves[0], after=halves[1], paths=chosen)


def _work_tree(before: Revision, paths: Sequence[str]) -> Request:
    chosen = tuple(paths) or _EVERYWHERE
    present = [path for path in chosen if Path(path).exists()]
    found = read_files(before, chosen)
    if empty := [path for path in chosen if path not in present and not holds(found, path)]:
        raise UsageError(f"neither {before.name} nor the work tree has {', '.join(empty)}{_misplaced(empty)}")
    return Request(
        before=Half(name=f"{before.name} ({before.short})", words=before.short, loaded=load_files(found)),
        after=Half(name="the work tree", words="", loaded=load_paths(present)),
        paths=chosen,
    )


def _misplaced(paths: Iterable[str]) -> str:
    return "; options stand before the `--`" if any(path.startswith("-") for path in paths) else ""


def load_files(files: Mapping[str, bytes]) -> Loaded:
    """Documents of contents that are at hand, by the names of their files."""
    parts = [load_text(content, file=name) for name, content in files.items()]
    return Loaded(
        documents=tuple(document for part in parts for document in part.documents),
        findings=tuple(finding for part in parts for finding in part.findings),
        files=tuple(name for part in parts for name in part.files),
        skipped=tuple(name for part in parts for name in part.skipped),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How both sets are to be read."""

    engines: tuple[Engine | None, Engine | None] = (None, None)
    """None: as the kinds of both sets say."""
    context: Context = NO_CONTEXT
    namespace: str = "default"
    skip_invalid: bool = False


def read_halves(request: Request, reading: Reading) -> tuple[Source, Source]:
    """Both sets as policies. Raises InputError with the findings of both, each with the set that it is about."""
    engines = _engines(request, reading.engines)
    sources: list[Source] = []
    errors: list[Finding] = []
    broken: list[Half] = []
    for half, engine in zip((request.before, request.after), engines, strict=True):
        options = ReadOptions(
            engine=engine,
            context=reading.context,
            namespace=reading.namespace,
            skip_invalid=reading.skip_invalid,
        )
        try:
            sources.append(parse_loaded(half.loaded, options))
        except InputError as error:
            errors += _about(half, error.findings)
            broken.append(half)
    if broken == [request.before]:
        # The usual case of a change that repairs something.
        errors = [replace(each, hint=each.hint or "`--skip-invalid` compares with the rest") for each in errors]
    if errors:
        raise InputError(errors)
    before, after = sources
    return before, after


def _about(half: Half, findings: Iterable[Finding]) -> list[Finding]:
    """Findings that say in which of the two sets they are: the same file stands in both."""
    return [
        replace(each, message=f"{each.message} (in {half.name})") if each.severity is Severity.ERROR else each
        for each in findings
    ]


def _engines(request: Request, given: tuple[Engine | None, Engine | None]) -> tuple[Engine, Engine]:
    """The engine of each set. A set without an engine's own kinds has that of the other: it is the same cluster."""
    kinds = {name: each.kinds for name, each in DIALECTS.items()}
    own = {reader.own for reader in READERS.values() if reader.own}
    found: list[Engine | None] = []
    for half, engine in zip((request.before, request.after), given, strict=True):
        if engine is not None:
            found.append(engine)
            continue
        documents = sort_documents(half.loaded.documents, kinds)
        found.append(detect_engine(documents) if own & documents.policies.keys() else None)
    before, after = found
    return before or after or Engine.KUBERNETES, after or before or Engine.KUBERNETES
