"""The dialects and engines there are. Adding one is one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from translator.context import Context
from translator.dialect import Dialect, Parsed
from translator.dialects import access, calico, cilium, clusternetworkpolicy, kubernetes
from translator.dialects.calico import emit as calico_emit
from translator.dialects.calico.emit_groups import emit_group as emit_calico_group
from translator.dialects.calico.limits import parts as calico_parts
from translator.dialects.cilium import emit as cilium_emit
from translator.dialects.cilium.emit_specs import join_specs
from translator.dialects.clusternetworkpolicy import emit as clusternetworkpolicy_emit
from translator.dialects.kubernetes import emit as kubernetes_emit
from translator.errors import Finding, Gate, InternalError, UsageError, suggestion
from translator.ir.policy import AddressGroup, Engine, Policy, PolicySet, Tier
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


def _no_group(group: AddressGroup) -> Mapping[str, Any]:
    raise InternalError(f"address group {group.name} for a dialect that has none")


def _whole(policy: Policy, /, *, version: str | None = None, groups: Sequence[AddressGroup] = ()) -> Sequence[Policy]:
    del version, groups
    return (policy,)


def _no_tier(tier: Tier) -> Mapping[str, Any]:
    raise InternalError(f"tier {tier.name} for a dialect that has none")


class PolicyWriter(Protocol):
    """Writes one legal policy."""

    def __call__(
        self, policy: Policy, /, *, version: str | None = None, groups: Sequence[AddressGroup] = ()
    ) -> Mapping[str, Any]:
        """``version`` of the target, None for the newest; ``groups``: the address groups of the target cluster."""


def _plain(write: Callable[[Policy], Mapping[str, Any]]) -> PolicyWriter:
    """The writer of a dialect whose documents depend on neither version nor groups."""

    def run(policy: Policy, /, *, version: str | None = None, groups: Sequence[AddressGroup] = ()) -> Mapping[str, Any]:
        del version, groups
        return write(policy)

    return run


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitter:
    """How a dialect writes what is legal in it."""

    policy: PolicyWriter
    group: Callable[[AddressGroup], Mapping[str, Any]] = _no_group
    tier: Callable[[Tier], Mapping[str, Any]] = _no_tier
    parts: Callable[..., Sequence[Policy]] = _whole
    """A policy that is too long as several that fit, with the arguments of ``policy``; none where there is no way."""
    join: Callable[[Sequence[Mapping[str, Any]]], Mapping[str, Any]] | None = None
    """Several documents of one object as one; None where an object holds one policy."""


EMITTERS: Final[Mapping[str, Emitter]] = {
    "kubernetes": Emitter(policy=_plain(kubernetes_emit.emit_policy)),
    "calico": Emitter(
        policy=calico_emit.emit_policy, group=emit_calico_group, tier=calico_emit.emit_tier, parts=calico_parts
    ),
    "cilium": Emitter(policy=cilium_emit.emit_policy, group=cilium_emit.emit_group, join=join_specs),
    "clusternetworkpolicy": Emitter(policy=_plain(clusternetworkpolicy_emit.emit_policy)),
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
