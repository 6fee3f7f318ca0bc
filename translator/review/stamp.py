"""The first line of a generated file: who wrote it, and a digest by which an edit shows."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from translator.pipeline.output import MARK

_DIGITS: Final = 16
_LINE: Final = re.compile(rf"{re.escape(MARK)}\b[^\n]*\bsha256:(?P<digest>[0-9a-f]{{{_DIGITS}}})\n")


def stamped(body: str, *, what: str) -> str:
    """A generated file: the line and the body."""
    return f"{MARK} {what}; changes made here are lost. Check: sha256:{_digest(body)}\n{body}"


def is_generated(text: str) -> bool:
    """Whether we wrote the file, whatever became of it since."""
    return text.startswith(MARK)


def is_edited(text: str) -> bool:
    """Whether a generated file is not what we wrote."""
    found = _LINE.match(text)
    return found is None or found["digest"] != _digest(text[found.end() :])


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8", errors="surrogateescape")).hexdigest()[:_DIGITS]
