"""The one table of everything that is found in policies, whoever finds it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from translator.enforcement import PLUGINS, Use
from translator.enforcement.rendering import use_words
from translator.lint.kind import Chapter, LintKind, table
from translator.lint.kinds import calico, cilium, common, meaning, others, texts


def _of_plugins() -> Iterator[LintKind]:
    """One kind for each use that some plugin does not enforce as the API says."""
    for use in Use:
        concerned = [(plugin, deviation) for plugin in PLUGINS.values() if (deviation := plugin.of(use)) is not None]
        if concerned:
            words = "; ".join(f"{plugin.name}: {deviation.words}" for plugin, deviation in concerned)
            adaptations = {deviation.adaptation.value for _, deviation in concerned if deviation.adaptation is not None}
            yield LintKind(
                code=f"cni-{use.value}",
                title=f"Not every network plugin enforces it: {use_words(use)}",
                chapter=Chapter.PLUGINS,
                meaning=f"{words}.",
                remedy=f"`--adapt` writes {', '.join(sorted(adaptations))}."
                if adaptations
                else "Choose another plugin, or do without.",
                example=f"# {use_words(use)}",
            )


LINTS: Final[dict[str, LintKind]] = table(
    (*meaning.KINDS, *common.KINDS, *calico.KINDS, *cilium.KINDS, *others.KINDS, *texts.KINDS, *_of_plugins())
)
"""Code → kind. ``docs/lints.md`` and ``netpolx explain`` are made from it."""

__all__ = ["LINTS", "Chapter", "LintKind"]
