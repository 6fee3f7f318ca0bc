"""Finding and reading the files that are input, and writing output so that no reader ever sees half of it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TextIO

MAX_BYTES: Final = 50_000_000
SUFFIXES: Final = (".yaml", ".yml", ".json")
STDIN: Final = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The files that a path stands for, and what below it could not be looked at."""

    files: tuple[str, ...] = ()
    errors: tuple[OSError, ...] = ()
    links: tuple[str, ...] = ()
    """Links to directories; they are not followed, or a file could be found twice, or for ever."""


def find_files(path: str) -> Found:
    """The file itself, or the YAML and JSON files below a directory by name; hidden ones and other endings stay out."""
    if not os.path.isdir(path):  # noqa: PTH112 - Path("") is the current directory
        return Found(files=(path,))
    files: list[str] = []
    errors: list[OSError] = []
    links: list[str] = []
    for folder, subfolders, names in os.walk(path, onerror=errors.append):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        links += [file.as_posix() for name in subfolders if (file := Path(folder) / name).is_symlink()]
        for name in sorted(names):
            file = Path(folder) / name
            # A pipe would make us wait for ever; a broken link is reported when it is opened.
            if not name.startswith(".") and name.lower().endswith(SUFFIXES) and (file.is_file() or not file.exists()):
                files.append(file.as_posix())
    return Found(files=tuple(files), errors=tuple(errors), links=tuple(links))


def read_bytes(file: str, *, stdin: BinaryIO | TextIO | None = None) -> str | bytes:
    """The content of a file or of standard input, at most one byte or character more than the limit; raises OSError."""
    if file == STDIN:
        return (stdin if stdin is not None else sys.stdin.buffer).read(MAX_BYTES + 1)
    with Path(file).open("rb") as handle:
        return handle.read(MAX_BYTES + 1)


def write_atomically(path: str | Path, text: str) -> None:
    """Replace a file as a whole: its old content stands until the new one is completely on the disk.

    Missing directories are made; the permissions of an existing file are kept; a link is followed.
    """
    import tempfile  # noqa: PLC0415 - a tenth of the start-up time of a command that writes no file

    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(text.encode())
            handle.flush()
            os.fsync(handle.fileno())
        os.chmod(temporary, _mode(target))  # noqa: PTH101
        os.replace(temporary, target)  # noqa: PTH105
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108
        raise


def _mode(target: Path) -> int:
    try:
        return target.stat().st_mode & 0o7777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
