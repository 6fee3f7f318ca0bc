"""The Calico dialect: projectcalico.org/v3 and crd.projectcalico.org/v1."""

from __future__ import annotations

from typing import Final

from translator.dialect import Dialect
from translator.dialects.calico.model import CRD_V1, MODELS, V3
from translator.dialects.calico.parse import NAME, parse

KINDS: Final = frozenset(
    (group, kind) for group in (V3, CRD_V1) for kind in MODELS if (group, kind) != (CRD_V1, "Profile")
)

DIALECT: Final = Dialect(name=NAME, kinds=KINDS, parse=parse)

__all__ = ["DIALECT", "KINDS"]
