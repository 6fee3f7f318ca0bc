"""The ClusterNetworkPolicy dialect: ``policy.networking.k8s.io``, v1alpha2 and the v1alpha1 kinds before it."""

from __future__ import annotations

from typing import Final

from translator.dialect import Dialect
from translator.dialects.clusternetworkpolicy.parse import NAME, parse

KINDS: Final = frozenset(
    {
        ("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy"),
        ("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy"),
        ("policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy"),
    }
)

DIALECT: Final = Dialect(name=NAME, kinds=KINDS, parse=parse)

__all__ = ["DIALECT", "KINDS"]
