"""The Kubernetes dialect: ``networking.k8s.io/v1`` NetworkPolicy."""

from __future__ import annotations

from typing import Final

from translator.dialect import Dialect
from translator.dialects.kubernetes.parse import NAME, OLD_API, parse

KINDS: Final = frozenset({("networking.k8s.io/v1", "NetworkPolicy"), (OLD_API, "NetworkPolicy")})

DIALECT: Final = Dialect(name=NAME, kinds=KINDS, parse=parse)

__all__ = ["DIALECT", "KINDS"]
