"""What the options of the target's cluster take away from what its language can say."""

from __future__ import annotations

from translator.context import Context
from translator.legalize.target import Target, TargetName


def unenforced_requests(target: Target, context: Context) -> str | None:
    """The loss of every HTTP and DNS demand where the target's cluster has nothing that looks at requests."""
    if target.name is TargetName.CILIUM and not context.cilium.enable_l7_proxy:
        return "http-needs-proxy"
    if target.name is TargetName.CALICO and not context.calico.dikastes:
        return "http-needs-dikastes"
    return None
