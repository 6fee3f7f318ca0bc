"""The access spec: ``netpolx/v1alpha1`` Access, a short file that policies of every kind are made from."""

from __future__ import annotations

from typing import Final

from translator.dialect import Dialect, Parse, deferred

NAME: Final = "access"
API_VERSION: Final = "netpolx/v1alpha1"
KIND: Final = "Access"


def _load() -> Parse:
    from translator.dialects.access.parse import parse

    return parse


DIALECT: Final = Dialect(name=NAME, kinds=frozenset({(API_VERSION, KIND)}), parse=deferred(_load))

__all__ = ["API_VERSION", "DIALECT", "KIND", "NAME"]
