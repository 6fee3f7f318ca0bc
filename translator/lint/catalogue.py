"""The one table of everything that is found in policies, whoever finds it."""

from __future__ import annotations

from typing import Final

from translator.lint.kind import Chapter, LintKind, table
from translator.lint.kinds import calico, cilium, common, meaning, others, plugins, texts

LINTS: Final[dict[str, LintKind]] = table(
    (*meaning.KINDS, *common.KINDS, *calico.KINDS, *cilium.KINDS, *others.KINDS, *texts.KINDS, *plugins.KINDS)
)
"""Code → kind. ``docs/lints.md`` and ``netpolx explain`` are made from it."""

__all__ = ["LINTS", "Chapter", "LintKind"]
