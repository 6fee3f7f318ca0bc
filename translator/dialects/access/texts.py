"""The error of a text that is not in the grammar, before anybody knows where it stands."""

from __future__ import annotations


class TextError(ValueError):
    """A text that means nothing here; the message says what was expected and found, ``hint`` what to write instead."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
