"""The form of a case, and the kinds of documents with their metadata."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A text that has a code, and a change of it, or of its context, after which it has not."""

    code: str
    text: str
    change: tuple[str, str] = ("", "")
    """What stands in the text or the context, and what stands there instead."""
    context: str = ""
    engine: str | None = None
    other_engine: str | None = None
    """The engine under which it is not found, where that is the change."""
    as_agent: bool = False
    """Read as the agent reads objects that are there already."""


def document(api_version: str, kind: str, metadata: str, spec: str) -> str:
    """An object with a spec."""
    body = textwrap.indent(spec.strip("\n"), "  ")
    return f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{{metadata}}}\nspec:\n{body}\n"


def kubernetes(spec: str, name: str = "web", namespace: str = "shop") -> str:
    """A NetworkPolicy."""
    return document("networking.k8s.io/v1", "NetworkPolicy", f"name: {name}, namespace: {namespace}", spec)


def calico(spec: str, name: str = "web", extra: str = "") -> str:
    """A NetworkPolicy of Calico."""
    return document("projectcalico.org/v3", "NetworkPolicy", f"name: {name}, namespace: shop{extra}", spec)


def calico_global(spec: str, name: str = "all", extra: str = "") -> str:
    """A GlobalNetworkPolicy."""
    return document("projectcalico.org/v3", "GlobalNetworkPolicy", f"name: {name}{extra}", spec)


def cilium(spec: str, name: str = "web") -> str:
    """A CiliumNetworkPolicy."""
    return document("cilium.io/v2", "CiliumNetworkPolicy", f"name: {name}, namespace: shop", spec)


def cilium_global(spec: str, name: str = "all") -> str:
    """A CiliumClusterwideNetworkPolicy."""
    return document("cilium.io/v2", "CiliumClusterwideNetworkPolicy", f"name: {name}", spec)


def cluster_policy(spec: str, name: str = "admin") -> str:
    """A ClusterNetworkPolicy."""
    return document("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", f"name: {name}", spec)


def admin_policy(spec: str) -> str:
    """An AdminNetworkPolicy, the older form."""
    return document("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", "name: admin", spec)


def both(*texts: str) -> str:
    """Several documents."""
    return "---\n".join(texts)
