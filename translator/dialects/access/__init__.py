"""The access spec: ``netpolx/v1alpha1`` Access, a short file that policies of every kind are made from."""

from __future__ import annotations

from typing import Final

from translator.dialect import Dialect
from translator.dialects.access.model import API_VERSION, KIND
from translator.dialects.access.parse import parse
from translator.dialects.access.services import NAME

DIALECT: Final = Dialect(name=NAME, kinds=frozenset({(API_VERSION, KIND)}), parse=parse)

__all__ = ["DIALECT", "NAME"]
