"""Standard output for the product, standard error for everything said about it."""

from __future__ import annotations

import os
import sys
from typing import Final, TextIO

from translator.errors import UsageError

RED: Final = "31"
YELLOW: Final = "33"
GREEN: Final = "32"


def use_utf8() -> None:
    """Write UTF-8 and plain line ends whatever the locale says: the output is made of documents."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def put(text: str) -> None:
    """Write the product. A reader that has gone away is no error; a full disk is one, and not ours."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # Whatever is still buffered must not fail again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise UsageError(f"standard output: cannot be written: {error.strerror or error}") from None


def warn(line: str) -> None:
    """Write one line about the product."""
    print(line, file=sys.stderr)


def has_colour(stream: TextIO) -> bool:
    """Whether to colour: ``NO_COLOR`` (any non-empty value), then ``FORCE_COLOR``, then whether it is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str, *, stream: TextIO | None = None) -> str:
    """The text in a colour, if the stream (standard error) takes colours."""
    return f"\x1b[{colour}m{text}\x1b[0m" if has_colour(stream or sys.stderr) else text
