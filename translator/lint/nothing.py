"""Policies that no endpoint fits, and rules that no traffic fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from translator.errors import Finding
from translator.ir.addresses import ALL_ADDRESSES, Addresses
from translator.ir.peers import Endpoints, Network, Peer, Service
from translator.ir.policy import Direction, Engine, Hook, Policy, Rule
from translator.legalize import cubes as who
from translator.legalize import what
from translator.legalize.cubes import TooLarge
from translator.lint.subject import Scene, acting, subject_origin, warning
from translator.origin import FieldPath

_ALREADY: Final = ("matches-nothing", "missing-group", "unknown-service", "deny-services", "policy-dropped")
_LISTS: Final = ("ingress", "ingressDeny", "egress", "egressDeny")
_NONE: Final = ["none"]
"""The entity that says so itself."""


def empty_subjects(scene: Scene) -> Iterator[Finding]:
    """Policies whose selectors contradict each other or the policy's own namespace."""
    for policy in scene.read:
        subjects = scene.subjects(policy)
        origin = subject_origin(policy)
        if subjects == () and not scene.is_told(origin, "no-subject", "policy-ignored", *_ALREADY):
            yield warning("no-subject", "the selector contradicts itself: no endpoint can fit it", origin)


def policies_for_hosts(scene: Scene) -> Iterator[Finding]:
    """Policies for packets before connection tracking or DNAT whose selectors fit pods only (calico.md 3.7)."""
    for policy in scene.read:
        if policy.hook not in (Hook.PRE_DNAT, Hook.UNTRACKED):
            continue
        kinds = {kind for peer in policy.subject if isinstance(peer, Endpoints) for kind in peer.kinds}
        if kinds and kinds <= who.LABELLED and all(kind.value == "pod" for kind in kinds):
            field = "doNotTrack" if policy.hook is Hook.UNTRACKED else "preDNAT"
            message = f"`{field}` is for host endpoints only, and this selects pods only: the policy does nothing"
            yield warning("hosts-only", message, subject_origin(policy))


def empty_rules(scene: Scene) -> Iterator[Finding]:
    """Rules that nothing fits, and single peers of rules that nobody fits."""
    families = _families(scene)
    for policy in scene.read:
        if not scene.subjects(policy) or _is_converted(policy, scene.engine):
            continue
        for direction, rule in acting(policy):
            message = _why_empty(scene, policy, rule, direction, families)
            if message is not None and not scene.is_told(rule.origin, *_ALREADY):
                yield warning("matches-nothing", message, rule.origin)


def _is_converted(policy: Policy, engine: Engine) -> bool:
    """Whether Calico made the policy of another, in which a rule may be lost; that is told apart."""
    return engine is Engine.CALICO and policy.dialect == "clusternetworkpolicy"


def _why_empty(
    scene: Scene, policy: Policy, rule: Rule, direction: Direction, families: Addresses | None
) -> str | None:
    side = "sender" if direction is Direction.INGRESS else "receiver"
    if all(what.is_empty(traffic) and not traffic.ports.spans for traffic in rule.traffic):
        return "no traffic fits this rule: its protocols, ports or ICMP types exclude each other"
    if any(isinstance(peer, Service) and peer.namespace == "" for peer in rule.peers):
        return "`services` without a namespace matches nothing; write the namespace"
    empty = [peer for peer in rule.peers if _is_empty(peer, families)]
    if len(empty) == len(rule.peers):
        return f"no {side} fits this rule{_of_family(empty, families)}"
    if any(isinstance(peer, Endpoints) for peer in empty):
        return f"one of the {side}s contradicts itself, and nobody fits it"
    try:
        return "no endpoint of the policy fits this rule" if not scene.regions.brick(policy, rule).subjects else None
    except TooLarge:
        return None


def _is_empty(peer: Peer, families: Addresses | None) -> bool:
    try:
        cubes = who.of_peers((peer,))
    except TooLarge:
        return False
    if isinstance(peer, Network) and any(hole.endswith("/0") for hole in peer.excepts):
        return False  # told apart, because it depends on the agent's options
    if families is not None and isinstance(peer, Network) and peer.addresses:
        return not peer.addresses & families
    return not cubes


def _of_family(peers: Sequence[Peer], families: Addresses | None) -> str:
    """Why addresses are nobody's: they are of a family that the cluster does not speak (cilium.md 6.1)."""
    if families is None or not any(isinstance(peer, Network) and peer.addresses for peer in peers):
        return ""
    return ": the cluster has no addresses of this family"


def _families(scene: Scene) -> Addresses | None:
    """The addresses of the families that the agent runs with; None: of both."""
    if scene.engine is not Engine.CILIUM or len(scene.source.context.cilium.ip_families) != 1:
        return None
    is_v4 = scene.source.context.cilium.ip_families == ("IPv4",)
    return Addresses(v4=ALL_ADDRESSES.v4) if is_v4 else Addresses(v6=ALL_ADDRESSES.v6)


def items_without_rules(scene: Scene) -> Iterator[Finding]:
    """Items of Cilium's policies from which no rule was read, the bare ``{}`` of default deny apart (cilium.md 3)."""
    if scene.engine is not Engine.CILIUM:
        return
    read = {
        (id(rule.origin.document), rule.origin.path)
        for policy in scene.read
        if policy.dialect == "cilium"
        for direction in Direction
        for rule in policy.rules(direction)
        if rule.origin is not None
    }
    for document in scene.documents("cilium"):
        for path, item in items(document.data):
            if (id(document), path) in read or item.get("fromEntities") == _NONE or item.get("toEntities") == _NONE:
                continue
            origin = document.origin(*path)
            is_deny = str(path[-2]).endswith("Deny")
            if (item or is_deny) and not scene.is_told(origin, *_ALREADY):
                message = "this denies nobody" if is_deny else "nothing fits this item"
                hint = None if item else "`fromEntities: [all]` (`toEntities`) is everyone"
                yield warning("matches-nothing", message, origin, hint)


def items(data: Mapping[str, Any]) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
    """Every item of a Cilium policy's lists with its place."""
    for path, spec in specs(data):
        for name in _LISTS:
            for number, item in enumerate(spec.get(name) or ()):
                if isinstance(item, Mapping):
                    yield (*path, name, number), item


def specs(data: Mapping[str, Any]) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
    """``spec`` and the members of ``specs`` of a Cilium policy."""
    one, several = data.get("spec"), data.get("specs")
    if isinstance(one, Mapping):
        yield ("spec",), one
    if isinstance(several, list):
        for number, spec in enumerate(several):
            if isinstance(spec, Mapping):
                yield ("specs", number), spec
