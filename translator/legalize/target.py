"""The target of a translation: a dialect, its version and how far the user lets the result go."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from translator.ir.policy import Engine


class TargetName(StrEnum):
    """The dialects that translations are written in."""

    KUBERNETES = "kubernetes"
    CALICO = "calico"
    CILIUM = "cilium"
    CLUSTERNETWORKPOLICY = "clusternetworkpolicy"
    ACCESS = "access"
    """The access spec, which acts as the Kubernetes API text says and speaks of DNS names and requests besides."""


ENGINES: Final = {
    TargetName.KUBERNETES: Engine.KUBERNETES,
    TargetName.CALICO: Engine.CALICO,
    TargetName.CILIUM: Engine.CILIUM,
    TargetName.CLUSTERNETWORKPOLICY: Engine.KUBERNETES,
    TargetName.ACCESS: Engine.KUBERNETES,
}
"""Which engine's reading of the output is compared with the source."""
ORDER_OF_NETWORK_POLICIES: Final = 1000.0
"""Where Kubernetes policies stand among Calico's in the tier default (calico.md 3.6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a translation goes."""

    name: TargetName
    version: str | None = None
    """``1.17``, ``3.28``; None: the newest one known."""
    allow_widening: bool = False
    """Keep what the target can only say too widely, instead of leaving it out."""
    rewrite_all: bool = False
    """Rewrite documents that the target would read as they are, too."""
    use: frozenset[TargetName] = frozenset()
    """Dialects besides ``name`` whose kinds may be written where they help (``clusternetworkpolicy``)."""

    without: frozenset[str] = frozenset()
    """Features of ``profiles`` that must not be used, whatever the version has."""

    @property
    def engine(self) -> Engine:
        """The engine that enforces the result."""
        return ENGINES[self.name]
