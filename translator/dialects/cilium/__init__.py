"""Cilium's policy language: CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy, CiliumCIDRGroup."""

from translator.dialect import Dialect
from translator.dialects.cilium.parse import NAME, parse

DIALECT = Dialect(
    name=NAME,
    kinds=frozenset(
        {
            ("cilium.io/v2", "CiliumNetworkPolicy"),
            ("cilium.io/v2", "CiliumClusterwideNetworkPolicy"),
            ("cilium.io/v2", "CiliumCIDRGroup"),
            ("cilium.io/v2alpha1", "CiliumCIDRGroup"),
        }
    ),
    parse=parse,
)

__all__ = ["DIALECT"]
