"""How each dialect writes what is legal in it. Adding one is one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from translator.dialects.calico import emit as calico_emit
from translator.dialects.calico.emit_groups import emit_group as emit_calico_group
from translator.dialects.calico.limits import parts as calico_parts
from translator.dialects.cilium import emit as cilium_emit
from translator.dialects.cilium.emit_specs import join_specs
from translator.dialects.clusternetworkpolicy import emit as clusternetworkpolicy_emit
from translator.dialects.kubernetes import emit as kubernetes_emit
from translator.errors import InternalError
from translator.ir.policy import AddressGroup, Policy, Tier


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
