"""Files of git revisions, read as blobs: neither the work tree nor the index is touched."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from translator.documents.files import SUFFIXES
from translator.errors import UsageError

_RANGE: Final = re.compile(r"(?P<before>.*?)(?P<dots>\.{2,3})(?P<after>[^/].*|)\Z")
_FILE_MODES: Final = ("100644", "100755", "100664")
_LINK_MODE: Final = "120000"
_SHOWN: Final = 12
"""Digits of a commit that are written: git itself uses fewer, and a repository may grow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A commit, and the name by which it was asked for."""

    name: str
    commit: str

    @property
    def short(self) -> str:
        """Its first digits."""
        return self.commit[:_SHOWN]


def is_range(text: str) -> bool:
    """Whether a word is written like ``main..HEAD`` or ``main...HEAD``."""
    return not text.startswith("-") and _RANGE.match(text) is not None


def read_range(text: str) -> tuple[Revision, Revision]:
    """Both ends of a range; with three dots the first is where the two parted. Raises UsageError."""
    found = _RANGE.match(text)
    assert found is not None
    before, after = (resolve(found[name] or "HEAD") for name in ("before", "after"))
    if found["dots"] == "..":
        return before, after
    bases = _git(["merge-base", before.commit, after.commit], what=f"{text}: no common ancestor").split()
    return Revision(name=f"{before.name} (where {after.name} parted)", commit=bases[0].decode()), after


def resolve(name: str) -> Revision:
    """The commit of a revision. Raises UsageError when there is none."""
    if name.startswith("-"):
        raise UsageError(f"{name}: no revision")
    given = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
    hint = "in CI, fetch the whole history (`fetch-depth: 0`)"
    commit = _git(given, what=f"{name}: neither a file nor a git revision here; {hint}").decode().strip()
    return Revision(name=name, commit=commit)


def is_revision(name: str) -> bool:
    """Whether git knows a commit of this name."""
    try:
        resolve(name)
    except UsageError:
        return False
    return True


def read_files(revision: Revision, paths: Sequence[str]) -> dict[str, bytes]:
    """Path → content of every YAML and JSON file below the paths, hidden ones left out, in the order of their names.

    Paths are relative to the current directory, as in the work tree. What a path does not have there is just missing.
    """
    found = dict(_listed(revision, paths))
    # Links to files are followed within the commit, as they are in the work tree.
    blobs = {name: blob for name, (mode, blob) in found.items() if mode in _FILE_MODES}
    links = [name for name, (mode, _) in found.items() if mode == _LINK_MODE]
    blobs |= dict(_followed(revision, links))
    return dict(zip(sorted(blobs), _contents([blobs[name] for name in sorted(blobs)]), strict=True))


def _followed(revision: Revision, links: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The blob at the end of each link that leads to a file. Raises UsageError for one that leads nowhere."""
    if not links:
        return
    asked = "\n".join(f"{revision.commit}:./{name}" for name in links)
    given = ["cat-file", "--batch-check", "--follow-symlinks"]
    answer = _git(given, what="git objects cannot be read", given=f"{asked}\n".encode())
    # A link that leads nowhere, or out of the repository, is answered with a line more: where it leads.
    lines = iter(os.fsdecode(answer).split("\n"))
    for name in links:
        first, kind, *_ = f"{next(lines)} ?".split(" ")
        if kind == "blob":
            yield name, first
        elif kind != "tree":
            raise UsageError(f"{name}: a link that leads to no file in {revision.name}")


def holds(files: Iterable[str], path: str) -> bool:
    """Whether some of the files are a path, or lie below it."""
    named = PurePosixPath(os.path.normpath(path))
    return any(named == PurePosixPath() or PurePosixPath(file).is_relative_to(named) for file in files)


def _listed(revision: Revision, paths: Sequence[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Path, mode and blob of each file that counts; the rules are those of directories in the work tree."""
    named = {os.path.normpath(path) for path in paths}
    given = ["--literal-pathspecs", "ls-tree", "-r", "-z", revision.commit, "--", *sorted(named)]
    for entry in _git(given, what=f"{revision.name}: cannot be listed").split(b"\0"):
        if not entry:
            continue
        kind, _, raw = entry.partition(b"\t")
        mode, _, blob = kind.decode().split(" ")
        name = os.fsdecode(raw)
        if mode in (*_FILE_MODES, _LINK_MODE) and (name in named or _counts(PurePosixPath(name), named)):
            yield name, (mode, blob)


def _counts(path: PurePosixPath, named: Collection[str]) -> bool:
    """Whether it has the ending, and nothing below the directory that was named is hidden."""
    above = next((each for each in path.parents if str(each) in named), PurePosixPath())
    hidden = any(part.startswith(".") and part != ".." for part in path.relative_to(above).parts)
    return not hidden and path.name.lower().endswith(SUFFIXES)


def _contents(blobs: Sequence[str]) -> Iterator[bytes]:
    """The content of every blob, from one process."""
    if not blobs:
        return
    answer = _git(["cat-file", "--batch"], what="git objects cannot be read", given="\n".join(blobs).encode() + b"\n")
    position = 0
    for blob in blobs:
        end = answer.index(b"\n", position)
        name, _, size = answer[position:end].decode().rpartition(" blob ")
        if name != blob:
            raise UsageError(f"git object {blob} cannot be read")
        position = end + 1 + int(size) + 1
        yield answer[end + 1 : position - 1]


def _git(arguments: Sequence[str], *, what: str, given: bytes | None = None) -> bytes:
    """What git prints. Raises UsageError with what git complains about."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        run = subprocess.run(["git", *arguments], input=given, capture_output=True, check=False, env=environment)
    except OSError as error:
        raise UsageError(f"git cannot be run, and revisions are read with it: {error.strerror}") from None
    if run.returncode:
        said = run.stderr.decode(errors="replace").strip().splitlines()
        raise UsageError(f"{what}{f' ({said[0]})' if said else ''}")
    return run.stdout
