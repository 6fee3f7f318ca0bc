"""Calico policies as their staged variants, which Calico logs and never enforces (calico.md 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_STAGED: Final = {
    "NetworkPolicy": "StagedNetworkPolicy",
    "GlobalNetworkPolicy": "StagedGlobalNetworkPolicy",
}


def staged(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """The staged variant of a policy: same name, same spec, and an action of its own; None for other documents."""
    kind = _STAGED.get(str(data.get("kind")))
    if kind is None or not str(data.get("apiVersion", "")).startswith("projectcalico.org/"):
        return None
    spec = dict(data.get("spec") or {})
    # An empty action means Set for calicoctl and is refused by kube-apiserver (calico.md 1.1).
    return {**data, "kind": kind, "spec": {"stagedAction": "Set", **spec}}
