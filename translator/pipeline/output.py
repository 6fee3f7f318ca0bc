"""Where documents go: one file per input file at the same relative path, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from translator.documents.files import write_atomically
from translator.errors import UsageError

MARK: Final = "# Written by netpolx"
"""How the first line of every file that we wrote begins; only such files are overwritten without ``--force``."""
_STDIN: Final = "-"


def marked(text: str, *, target: str, source: str) -> str:
    """The text with a first line that says who wrote it and from what."""
    return f"{MARK}: {source} for {target}; changes made here are lost when it is written again.\n{text}"


def is_ours(path: Path) -> bool:
    """Whether a file begins with our mark."""
    with path.open("rb") as handle:
        return handle.read(len(MARK)) == MARK.encode()


def relative_paths(files: Iterable[str], inputs: Sequence[str]) -> dict[str, PurePosixPath]:
    """Input file → its path below the output directory.

    A file found in a directory keeps its path below that directory, a file named by itself keeps its name. What is
    JSON becomes YAML. Raises UsageError when two files would become one.
    """
    folders = sorted((os.path.normpath(each) for each in inputs if Path(each).is_dir()), key=len, reverse=True)
    found: dict[str, PurePosixPath] = {}
    taken: dict[PurePosixPath, str] = {}
    for file in files:
        path = _below(file, folders)
        if path.suffix == ".json":
            path = path.with_suffix(".yaml")
        if path in taken:
            raise UsageError(f"{taken[path]} and {file} would both be written to {path}: translate them apart")
        taken[path] = file
        found[file] = path
    return found


def _below(file: str, folders: Sequence[str]) -> PurePosixPath:
    if file == _STDIN:
        return PurePosixPath("stdin.yaml")
    normal = os.path.normpath(file)
    for folder in folders:
        if folder == "." and not os.path.isabs(normal) and not normal.startswith(".."):  # noqa: PTH117
            return PurePosixPath(Path(normal).as_posix())
        if normal.startswith(folder + os.sep):
            return PurePosixPath(Path(normal[len(folder) + 1 :]).as_posix())
    return PurePosixPath(Path(normal).name)


def write_files(texts: Mapping[PurePosixPath, str], directory: Path, *, force: bool) -> tuple[Path, ...]:
    """Write every file below a directory, or none.

    Raises UsageError, before anything is written, when a file stands in the way that we did not write.
    """
    targets = {directory / path: text for path, text in texts.items()}
    if not force:
        foreign = [path for path in targets if path.exists() and not (path.is_file() and is_ours(path))]
        if foreign:
            shown = ", ".join(str(path) for path in foreign[:3]) + (" …" if len(foreign) > 3 else "")
            raise UsageError(f"not written by netpolx, so not overwritten: {shown} (`--force` overwrites)")
    for path, text in targets.items():
        try:
            write_atomically(path, text)
        except OSError as error:
            raise UsageError(f"{path}: cannot be written: {error.strerror or error}") from None
    return tuple(targets)
