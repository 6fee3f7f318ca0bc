"""DNS patterns in the words of older versions."""

from __future__ import annotations

from typing import Final

from translator.legalize.profiles import Feature, supports
from translator.legalize.recorder import Lose
from translator.legalize.target import Target, TargetName

_LABELS: Final = "**."


def dns_pattern(pattern: str, target: Target, lose: Lose) -> str:
    """The pattern, with one label in place of any number of them where the version knows no more (cilium.md 6.5)."""
    if (
        not pattern.startswith(_LABELS)
        or target.name is not TargetName.CILIUM
        or supports(target, Feature.MULTI_LEVEL_NAMES)
    ):
        return pattern
    written = f"*.{pattern.removeprefix(_LABELS)}"
    lose("dns-pattern-depth", f"{pattern} is written as {written}, which is one label deep")
    return written
