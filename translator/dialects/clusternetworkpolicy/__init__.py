"""The ClusterNetworkPolicy dialect: ``policy.networking.k8s.io``, v1alpha2 and the v1alpha1 kinds before it."""

from __future__ import annotations

from typing import Final

from translator.dialect import Dialect, Parse, deferred

KINDS: Final = frozenset(
    {
        ("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy"),
        ("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy"),
        ("policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy"),
    }
)


def _load() -> Parse:
    from translator.dialects.clusternetworkpolicy.parse import parse

    return parse


DIALECT: Final = Dialect(name="clusternetworkpolicy", kinds=KINDS, parse=deferred(_load))

__all__ = ["DIALECT", "KINDS"]
