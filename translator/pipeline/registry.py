"""The dialects and engines that are read. Adding one is one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from translator.context import Context
from translator.dialect import Dialect, Parsed
from translator.dialects import access, calico, cilium, clusternetworkpolicy, kubernetes
from translator.errors import Finding, Gate, UsageError, suggestion
from translator.ir.policy import Engine, PolicySet
from translator.semantics.verdict import calico as calico_verdict
from translator.semantics.verdict import cilium as cilium_verdict
from translator.semantics.verdict import kubernetes as kubernetes_verdict

DIALECTS: Final[Mapping[str, Dialect]] = {
    dialect.name: dialect
    for dialect in (
        kubernetes.DIALECT,
        calico.DIALECT,
        cilium.DIALECT,
        clusternetworkpolicy.DIALECT,
        access.DIALECT,
    )
}


SPECIFICATIONS: Final = frozenset({access.NAME})
"""Dialects that no cluster reads: what they say has to be written in another one, whoever enforces it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """An engine as a source: what it reads and how it combines that."""

    engine: Engine
    dialects: tuple[str, ...]
    own: str | None
    """The dialect that only this engine reads; None for the Kubernetes API itself."""
    gate: Gate
    """The check that its objects pass besides the API server's."""
    assemble: Callable[[Mapping[str, Parsed], Context], PolicySet]
    notices: Callable[[Mapping[str, Parsed], Context], tuple[Finding, ...]] | None = None
    """What only the whole input lets one know, as warnings."""


READERS: Final[Mapping[Engine, Reader]] = {
    Engine.KUBERNETES: Reader(
        engine=Engine.KUBERNETES,
        dialects=("kubernetes", "clusternetworkpolicy", "access"),
        own=None,
        gate=Gate.APISERVER,
        assemble=kubernetes_verdict.assemble,
    ),
    Engine.CALICO: Reader(
        engine=Engine.CALICO,
        dialects=("kubernetes", "clusternetworkpolicy", "calico"),
        own="calico",
        gate=Gate.CALICO,
        assemble=calico_verdict.assemble,
        notices=calico_verdict.notices,
    ),
    Engine.CILIUM: Reader(
        engine=Engine.CILIUM,
        dialects=("kubernetes", "clusternetworkpolicy", "cilium"),
        own="cilium",
        gate=Gate.CILIUM,
        assemble=cilium_verdict.assemble,
    ),
}


ENGINE_NAMES: Final[Mapping[str, Engine]] = {
    **{engine.value: engine for engine in Engine},
    # These act as the Kubernetes API text says (design 10).
    "clusternetworkpolicy": Engine.KUBERNETES,
    "access": Engine.KUBERNETES,
}
"""What ``--from`` takes."""


def engine_named(name: str) -> Engine:
    """The engine behind a name of ``--from`` or ``--engine``. Raises UsageError."""
    engine = ENGINE_NAMES.get(name)
    if engine is None:
        hint = suggestion(name, ENGINE_NAMES)
        known = ", ".join(ENGINE_NAMES)
        raise UsageError(f"there is no engine `{name}`: expected {known}{f'; {hint}' if hint else ''}")
    return engine
