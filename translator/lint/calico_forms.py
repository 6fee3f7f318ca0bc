"""Forms of Calico's policies that both gates accept and that do not mean what they look like (calico.md 2, 4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from translator.documents.document import Document
from translator.errors import Finding
from translator.ir.layer7 import HttpMatch, Pattern, Syntax
from translator.ir.peers import Network
from translator.ir.policy import Direction, Engine, Policy, Rule
from translator.lint.subject import Scene, acting, warning, written
from translator.origin import FieldPath, Origin
from translator.semantics.languages.paths import calico_path

_NAMESPACED: Final = "NetworkPolicy"
_POSITIVE: Final = ("selector", "namespaceSelector", "serviceAccounts", "services")
_LITERAL: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_GLOBAL: Final = "global("
_UNCONVERTIBLE: Final = ("nodes", "domainNames")


def sides(document: Document) -> Iterator[tuple[FieldPath, str, Mapping[str, Any]]]:
    """Every ``source`` and ``destination`` of a policy's rules, with its place and the direction of its rule."""
    spec = document.data.get("spec")
    for direction in ("ingress", "egress"):
        for number, rule in enumerate((spec.get(direction) if isinstance(spec, Mapping) else None) or ()):
            for name in ("source", "destination"):
                side = rule.get(name) if isinstance(rule, Mapping) else None
                if isinstance(side, Mapping):
                    yield ("spec", direction, number, name), direction, side


def negative_selectors(scene: Scene) -> Iterator[Finding]:
    """``notSelector`` alone in a NetworkPolicy: the rest of its own namespace, nobody outside (calico.md 2.5)."""
    for document in scene.documents("calico"):
        if document.kind != _NAMESPACED:
            continue
        for path, direction, side in sides(document):
            is_peer = path[-1] == ("source" if direction == "ingress" else "destination")
            text = side.get("notSelector")
            if is_peer and text and _GLOBAL not in str(text) and not any(side.get(name) for name in _POSITIVE):
                message = "`notSelector` alone is about the policy's own namespace: nobody outside of it matches"
                origin = document.origin(*path, "notSelector")
                yield warning("not-selector", message, origin, "add `namespaceSelector: all()` for the pods of others")


def misplaced_global(scene: Scene) -> Iterator[Finding]:
    """``global()`` where nothing rewrites it, so that it acts as ``all()`` (calico.md 2.2)."""
    for document in scene.documents("calico"):
        for path, _, side in sides(document):
            accounts = side.get("serviceAccounts")
            places: list[tuple[FieldPath, Any]] = [(("notSelector",), side.get("notSelector"))]
            if isinstance(accounts, Mapping):
                places.append((("serviceAccounts", "selector"), accounts.get("selector")))
            for steps, text in places:
                if isinstance(text, str) and _GLOBAL in text and _GLOBAL in _LITERAL.sub("", text):
                    message = "`global()` acts as `all()` here; it means global objects in a `namespaceSelector` only"
                    yield warning("global-as-all", message, document.origin(*path, *steps))


def network_sets(scene: Scene) -> Iterator[Finding]:
    """Negative selectors of namespaces or accounts that network sets meet, having neither (calico.md 2.5)."""
    for policy in scene.read:
        if policy.dialect != "calico":
            continue
        for direction, rule in acting(policy):
            groups = (peer.group for peer in rule.peers if isinstance(peer, Network))
            names = [name for group in groups if group is not None for name in group.names]
            asked = _asked(rule, direction) if names else ""
            if asked == "namespace":
                names = [name for name in names if "/" not in name]
            if asked and names:
                message = f"no {asked} is asked for, so this also matches the network sets {', '.join(names)}"
                yield warning("beyond-pods", message, rule.origin, "add `&& has(projectcalico.org/name)`")


def _asked(rule: Rule, direction: Direction) -> str:
    """What the peer's side of a rule selects by that network sets do not have; nothing where it wants them."""
    side = written(rule.origin).get("source" if direction is Direction.INGRESS else "destination")
    if not isinstance(side, Mapping):
        return ""
    accounts = side.get("serviceAccounts")
    if isinstance(accounts, Mapping) and accounts.get("selector"):
        return "service account"
    text = side.get("namespaceSelector")
    return "namespace" if isinstance(text, str) and text and _GLOBAL not in text else ""


def single_families(scene: Scene) -> Iterator[Finding]:
    """``notNets`` of one family in a cluster that has both: the rule never matches the other (calico.md 4.1)."""
    families = [":" in cidr for cidr in scene.source.context.pod_cidrs]
    if scene.engine is not Engine.CALICO or len(set(families)) < 2:
        return
    for document in scene.documents("calico"):
        for path, _, side in sides(document):
            blocks = side.get("notNets")
            if not isinstance(blocks, list) or not blocks or side.get("nets") or "ipVersion" in _rule(document, path):
                continue
            other = "IPv4" if ":" in str(blocks[0]) else "IPv6"
            message = f"`notNets` binds the rule to their family: it never matches {other}"
            yield warning("one-family", message, document.origin(*path, "notNets"), f"add a rule for {other}")


def _rule(document: Document, path: FieldPath) -> Mapping[str, Any]:
    return written(document.origin(*path[:-1]))


def http_rules(scene: Scene) -> Iterator[Finding]:
    """HTTP parts that nothing enforces, or that no request has (calico.md 4.5)."""
    if scene.engine is not Engine.CALICO:
        return
    has_proxy = scene.source.context.calico.dikastes
    for policy in scene.read:
        for _, rule in acting(policy):
            for match in (rule.layer7.http if rule.layer7 is not None else None) or ():
                if not has_proxy:
                    message = "nothing enforces `http` without Dikastes: the whole port is allowed"
                    yield warning("http-not-enforced", message, rule.origin)
                yield from _odd_parts(match, rule.origin)


def _odd_parts(match: HttpMatch, origin: Origin | None) -> Iterator[Finding]:
    for method in match.methods or ():
        if method.text and method.text != method.text.upper():
            message = f"no request has the method `{method.text}`: methods are case-sensitive"
            yield warning("unknown-method", message, origin, f"did you mean `{method.text.upper()}`?")
        elif "*" in method.text and method.text != "*":
            message = f"`{method.text}` is a method of that name: `*` means any method as a whole item only"
            yield warning("unknown-method", message, origin)
    for path in match.paths or ():
        problem = _odd_path(path)
        if problem is not None:
            yield warning("odd-path", problem, origin)


def _odd_path(path: Pattern) -> str | None:
    seen = calico_path(path.text)
    if seen is None:
        return f"no request has the path `{path.text}` after normalisation: the item is skipped"
    if seen == "/" and path.text != "/" and path.syntax is Syntax.CALICO_PREFIX:
        return f"the prefix `{path.text}` is `/` after normalisation: it matches every path"
    return None


def unconvertible_peers(scene: Scene) -> Iterator[Finding]:
    """Peers of ClusterNetworkPolicies that make Calico replace the whole rule (calico.md 5.2)."""
    if scene.engine is not Engine.CALICO:
        return
    for policy in scene.read:
        if policy.dialect == "clusternetworkpolicy":
            yield from _unconvertible(policy)


def _unconvertible(policy: Policy) -> Iterator[Finding]:
    for _, rule in acting(policy):
        below = written(rule.origin)
        fields = sorted({field for peer in below.get("to") or () for field in peer if field in _UNCONVERTIBLE})
        if fields:
            outcome = "drops the whole rule" if below.get("action") in ("Accept", "Allow") else "denies everyone"
            message = f"Calico cannot convert `{fields[0]}` and {outcome} instead"
            yield warning("unconvertible-peer", message, rule.origin)
