"""Cilium's policy language: CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy, CiliumCIDRGroup."""

from __future__ import annotations

from typing import Final

from translator.dialect import Dialect, Parse, deferred


def _load() -> Parse:
    from translator.dialects.cilium.parse import parse

    return parse


DIALECT: Final = Dialect(
    name="cilium",
    kinds=frozenset(
        {
            ("cilium.io/v2", "CiliumNetworkPolicy"),
            ("cilium.io/v2", "CiliumClusterwideNetworkPolicy"),
            ("cilium.io/v2", "CiliumCIDRGroup"),
            ("cilium.io/v2alpha1", "CiliumCIDRGroup"),
        }
    ),
    parse=deferred(_load),
)

__all__ = ["DIALECT"]
