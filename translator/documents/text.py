"""Bytes into text: UTF-8, or UTF-16 and UTF-32 where a byte order mark says so."""

from __future__ import annotations

import codecs
import re
from typing import Final

from translator.documents.builder import Problem

_MARKS: Final = (
    # UTF-32's little-endian mark begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BOM: Final = "\ufeff"
_MARK_AT_DOCUMENT: Final = re.compile(r"^(---[^\n]*\n)\ufeff", re.MULTILINE)


def decode(data: str | bytes) -> tuple[str, Problem | None]:
    """The text without its byte order mark, and what makes it unreadable, if anything does."""
    text, problem = (data, None) if isinstance(data, str) else _decode_bytes(data)
    # kubectl reads each document by itself, and drops a mark at its beginning.
    text = _MARK_AT_DOCUMENT.sub(r"\1", text.removeprefix(_BOM)) if _BOM in text else text
    if problem is None and (at := text.find("\n" + _BOM)) >= 0:
        hint = "several files were joined; remove the mark"
        problem = Problem(at + 1, "a byte order mark stands inside the text", "byte-order-mark", hint)
    if problem is None and isinstance(data, str):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            problem = Problem(error.start, f"no Unicode character: U+{ord(text[error.start]):04X}", "bad-encoding")
    return text, problem


def _decode_bytes(data: bytes) -> tuple[str, Problem | None]:
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", "utf-8"))
    data = data[len(mark) :]
    if not mark and b"\0" in data[:4]:
        return "", Problem(
            0, "UTF-16 or UTF-32 without a byte order mark, or no text at all", "bad-encoding", "save it as UTF-8"
        )
    try:
        return data.decode(encoding), None
    except UnicodeDecodeError as error:
        # What stands before it is kept, so that the place can be told.
        text = data[: error.start].decode(encoding)
        message = f"no {encoding.upper()}: the byte 0x{data[error.start]:02X}"
        return text, Problem(len(text), message, "bad-encoding", "save the file as UTF-8")
