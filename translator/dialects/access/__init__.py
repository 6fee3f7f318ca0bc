"""The access spec: ``netpolx/v1alpha1`` Access, a short file that policies of every kind are made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from translator.dialect import Dialect, Parsed, ParseOptions
from translator.documents import Document

NAME: Final = "access"
API_VERSION: Final = "netpolx/v1alpha1"
KIND: Final = "Access"


def _parse(documents: Sequence[Document], options: ParseOptions) -> Parsed:
    """Few inputs hold one, and its wire model is a tenth of the time that all imports take."""
    if not documents:
        return Parsed()
    from translator.dialects.access.parse import parse

    return parse(documents, options)


DIALECT: Final = Dialect(name=NAME, kinds=frozenset({(API_VERSION, KIND)}), parse=_parse)

__all__ = ["API_VERSION", "DIALECT", "KIND", "NAME"]
