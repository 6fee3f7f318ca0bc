"""Translations of YAML for targets with a version."""

from __future__ import annotations

from typing import Any

import translator
from translator.context import Context
from translator.pipeline.translate import Translation


def translated(text: str, target: str, context: Context | None = None, **options: Any) -> Translation:
    """The translation of some documents, proven."""
    policies = translator.parse_text(text, context=context)
    return translator.translate(policies, target, context=context, **options)


def codes(translation: Translation) -> list[str]:
    """The codes of its losses, in reading order."""
    return [loss.code for loss in translation.losses]


def specs(translation: Translation) -> dict[str, Any]:
    """Name → spec (``specs`` where there are several), of what has one."""
    return {
        document["metadata"]["name"]: document.get("spec", document.get("specs"))  # type: ignore[index]
        for document in translation.documents
    }


def result(translation: Translation) -> str:
    """What the self-check found."""
    assert translation.proof is not None
    return translation.proof.result.value
