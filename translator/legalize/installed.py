"""What the versions and options of the target's cluster take away from what its language can say."""

from __future__ import annotations

import re
from typing import Final

from translator.context import Context
from translator.legalize.target import Target, TargetName

_FIRST_WITH_RANGES: Final = {TargetName.KUBERNETES: (1, 25), TargetName.CILIUM: (1, 16)}
"""``endPort`` (kubernetes.md A.1, cilium.md 14)."""


def understands_ranges(target: Target, context: Context) -> bool:
    """Whether the version that is asked for, else the one of the context, has port ranges."""
    first = _FIRST_WITH_RANGES.get(target.name)
    known = {TargetName.KUBERNETES: context.kubernetes.version, TargetName.CILIUM: context.cilium.version}
    return first is None or _numbers(target.version or known[target.name]) >= first


def unenforced_requests(target: Target, context: Context) -> str | None:
    """The loss of every HTTP and DNS demand where the target's cluster has nothing that looks at requests."""
    if target.name is TargetName.CILIUM and not context.cilium.enable_l7_proxy:
        return "http-needs-proxy"
    if target.name is TargetName.CALICO and not context.calico.dikastes:
        return "http-needs-dikastes"
    return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])
