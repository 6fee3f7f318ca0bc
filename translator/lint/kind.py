"""The entry of the catalogue: what a warning means and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Chapter(StrEnum):
    """The chapters of the catalogue."""

    EFFECT = "Accepted, and then dropped or ignored"
    READING = "Read as something else"
    SELECTORS = "Selectors and labels"
    DECISIONS = "Isolation, order and denies"
    CLUSTER = "Against what is known of the cluster"
    INPUT = "The input itself"
    TEXT = "The text of files"
    ACCESS = "Access specs"
    REFUSED = "Refused by the gates"
    PLUGINS = "Network plugins"


@dataclass(frozen=True, slots=True, kw_only=True)
class LintKind:
    """One code under which something is found. Codes are kept for ever: people write them into their files."""

    code: str
    title: str
    chapter: Chapter
    meaning: str
    """What happens, and why nobody means it."""
    remedy: str
    example: str
    """Lines that have it."""
    engines: tuple[str, ...] = ()
    """The engines under which it is found; empty: under all."""


def table(kinds: Iterable[LintKind]) -> dict[str, LintKind]:
    """The kinds by code. Raises ValueError when two have the same."""
    found: dict[str, LintKind] = {}
    for kind in kinds:
        if kind.code in found:
            raise ValueError(f"two kinds of warning have the code {kind.code}")
        found[kind.code] = kind
    return found
