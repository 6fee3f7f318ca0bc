"""The Calico dialect: projectcalico.org/v3 and crd.projectcalico.org/v1."""

from __future__ import annotations

from typing import Final

from translator.dialect import Dialect, Parse, deferred

_NAMES: Final = (
    *("NetworkPolicy", "GlobalNetworkPolicy", "StagedNetworkPolicy", "StagedGlobalNetworkPolicy"),
    *("StagedKubernetesNetworkPolicy", "Tier", "NetworkSet", "GlobalNetworkSet", "HostEndpoint", "Profile"),
)
KINDS: Final = frozenset(
    (group, kind)
    for group in ("projectcalico.org/v3", "crd.projectcalico.org/v1")
    for kind in _NAMES
    if (group, kind) != ("crd.projectcalico.org/v1", "Profile")
)


def _load() -> Parse:
    from translator.dialects.calico.parse import parse

    return parse


DIALECT: Final = Dialect(name="calico", kinds=KINDS, parse=deferred(_load))

__all__ = ["DIALECT", "KINDS"]
