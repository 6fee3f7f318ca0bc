"""What isolation does beyond what was meant: DNS, kube-system, denies alone, endpoints that are no pods."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from translator.errors import Finding
from translator.ir.intervals import contains
from translator.ir.labels import CLUSTER_NAME, LOCAL_CLUSTER, NAMESPACE_NAME, one_of
from translator.ir.peers import ANYONE, PODS, Anyone, Domain, Endpoints, Kind, Network, Peer
from translator.ir.policy import Action, Direction, End, Engine, Evaluation, Policy, Rule, Tier
from translator.ir.traffic import ALL_PORTS, PORT_PROTOCOLS, TCP, UDP, Ports, Traffic, protocol_set
from translator.legalize import cubes as who
from translator.legalize.cubes import Cube, Cubes
from translator.legalize.index import namespaces_of
from translator.legalize.statements import Brick
from translator.legalize.values import Values
from translator.legalize.what import Inexpressible
from translator.lint.subject import Scene, is_covered, subject_origin, warning

_SYSTEM: Final = "kube-system"
_SYSTEM_PODS: Final = (
    Cube(kinds=frozenset({Kind.POD}), labels=((NAMESPACE_NAME, Values(values=frozenset({_SYSTEM}))),)),
)
_DNS: Final = 53
_DNS_QUERIES: Final = Traffic(protocols=protocol_set(UDP), ports=Ports(numbers=((_DNS, _DNS),)))
_ASKING: Final[tuple[Peer, ...]] = (Endpoints(selector=one_of(CLUSTER_NAME, LOCAL_CLUSTER)),)
_WAYS: Final = {Direction.INGRESS: "in", Direction.EGRESS: "out"}
_NAMED: Final = frozenset({Kind.POD, Kind.OUTSIDE})
"""Ends that clients know by name; the API server's address stands in every pod's environment."""
_DNS_NAMES: Final = ("dns", "domain")


def forgotten_dns(scene: Scene) -> Iterator[Finding]:
    """Endpoints that may talk to others by name and to no DNS server."""
    seen: set[Cubes] = set()
    for tier, policy in scene.enforced:
        if policy.dialect == "access" or not _isolates(tier, policy, Direction.EGRESS):
            continue
        subjects = scene.subjects(policy)
        if not subjects or subjects in seen:
            continue
        seen.add(subjects)
        allows = list(_allows(scene, subjects, Direction.EGRESS))
        talks = [rule for rule in allows if _goes_by_name(rule)]
        if talks and not any(_allows_dns(rule, UDP) for rule in allows):
            over_tcp = next((rule for rule in allows if _allows_dns(rule, TCP)), None)
            message = "egress is restricted, and no rule allows DNS: what is allowed by name will not resolve"
            if over_tcp is not None:
                message = "egress is restricted, and DNS is allowed over TCP only: names will not resolve"
            hint = "a port without `protocol` is TCP" if policy.dialect == "kubernetes" and over_tcp else None
            shown = over_tcp or next((rule for rule in policy.egress if rule in talks), None)
            yield warning("dns-forgotten", message, shown.origin if shown else policy.origin, hint)


def names_without_dns(scene: Scene) -> Iterator[Finding]:
    """Names as peers of endpoints whose DNS queries nothing inspects."""
    if scene.engine is not Engine.CILIUM:
        return
    for _, policy in scene.enforced:
        rules = [rule for rule in policy.egress if any(isinstance(peer, Domain) for peer in rule.peers)]
        subjects = scene.subjects(policy) if rules and policy.dialect == "cilium" else None
        if not subjects:
            continue
        if not any(
            rule.layer7 is not None and rule.layer7.dns is not None
            for rule in _allows(scene, subjects, Direction.EGRESS)
        ):
            message = "no rule with `rules.dns` inspects the queries of these endpoints: the names never match"
            yield warning("names-without-dns", message, rules[0].origin)


def isolated_system(scene: Scene) -> Iterator[Finding]:
    """Default denies over all of kube-system."""
    for tier, policy in scene.enforced:
        subjects = scene.subjects(policy)
        if not subjects or not who.covered(_SYSTEM_PODS, subjects):
            continue
        stopped = [
            direction
            for direction in sorted(policy.directions)
            if _isolates(tier, policy, direction) and not _serves_dns(scene, direction)
        ]
        if stopped:
            words = " and ".join(stopped)
            ways = " or ".join(_WAYS[direction] for direction in stopped)
            message = f"every pod of kube-system is isolated for {words}, and no rule lets DNS queries {ways}"
            yield warning("isolates-kube-system", message, subject_origin(policy))


def denies_alone(scene: Scene) -> Iterator[Finding]:
    """Policies that only deny, and isolate by it whom nobody allows anything."""
    for tier, policy in scene.enforced:
        if policy.dialect not in ("calico", "cilium"):
            continue
        for direction in sorted(policy.directions):
            rules = policy.rules(direction)
            denies = [rule for rule in rules if rule.action is Action.DENY]
            if not denies or len(denies) < sum(rule.action is not Action.LOG for rule in rules):
                continue
            if not _isolates(tier, policy, direction) or any(_is_total(rule) for rule in denies):
                continue
            subjects = scene.subjects(policy)
            if subjects and not any(True for _ in _lets_through(scene, subjects, direction, tier)):
                yield warning("deny-only-isolates", _words(policy, direction), denies[0].origin)


def isolated_endpoints(scene: Scene) -> Iterator[Finding]:
    """Cilium's health endpoints, and host endpoints, that a policy for pods isolates as well."""
    for tier, policy in scene.enforced:
        kinds = frozenset(kind for peer in policy.subject if isinstance(peer, Endpoints) for kind in peer.kinds)
        if Kind.POD not in kinds or not _isolates(tier, policy, Direction.INGRESS):
            continue
        if Kind.HEALTH in kinds and not _lets_health_in(scene):
            message = "the policy also isolates Cilium's health and ingress endpoints"
            yield warning("health-isolated", message, subject_origin(policy))
        if Kind.HOST in kinds and scene.engine is Engine.CALICO and scene.source.policies.hosts:
            message = "the policy also isolates the host endpoints of the input"
            yield warning("hosts-isolated", message, subject_origin(policy))


def _words(policy: Policy, direction: Direction) -> str:
    if policy.dialect == "cilium":
        return (
            f"the policy only denies, and still isolates for {direction}: nothing else passes either "
            f"(`enableDefaultDeny: {{{direction}: false}}` lets it)"
        )
    return f"the policy only denies, and the end of tier {policy.tier} denies the rest: nothing else passes either"


def _isolates(tier: Tier, policy: Policy, direction: Direction) -> bool:
    """Whether being selected means that what nobody allows is denied."""
    is_ordered = tier.evaluation is Evaluation.FIRST_MATCH
    return direction in policy.isolates and (tier.end is End.DENY or not is_ordered)


def _allows(scene: Scene, subjects: Cubes, direction: Direction) -> Iterator[Rule]:
    """The allow rules of every policy that may select some of the subjects."""
    for _, other in scene.by_namespace.meeting(subjects):
        theirs = scene.subjects(other)
        if direction in other.directions and theirs and who.overlap(subjects, theirs):
            yield from (rule for rule in other.rules(direction) if rule.action is Action.ALLOW)


def _lets_through(scene: Scene, subjects: Cubes, direction: Direction, tier: Tier) -> Iterator[Rule]:
    """Rules that allow something, or pass it on to a tier that may."""
    yield from _allows(scene, subjects, direction)
    for other_tier, other in scene.by_namespace.meeting(subjects):
        if other_tier is tier and direction in other.directions:
            yield from (rule for rule in other.rules(direction) if rule.action is Action.PASS)


def _serves_dns(scene: Scene, direction: Direction) -> bool:
    """Whether all pods may ask some pod of kube-system, or some pod of kube-system may ask others.

    Which pods are the DNS servers is not known: a rule for any of them counts.
    """
    rules = [
        (other, rule)
        for _, other in scene.by_namespace.meeting(_SYSTEM_PODS)
        if direction in other.directions and who.overlap(_SYSTEM_PODS, scene.subjects(other) or ())
        for rule in other.rules(direction)
        if rule.action is Action.ALLOW and (rule.layer7 is None or rule.layer7.dns is not None)
    ]
    if direction is Direction.EGRESS:
        return any(_asks_dns(traffic, UDP) is not False for _, rule in rules for traffic in rule.traffic)
    needed = Brick(subjects=_SYSTEM_PODS, given=_ASKING, traffic=(_DNS_QUERIES,))
    bricks = [brick for other, rule in rules if (brick := scene.brick(other, rule)) is not None]
    try:
        return is_covered(needed, [replace(brick, subjects=_SYSTEM_PODS, layer7=None) for brick in bricks])
    except (who.TooLarge, Inexpressible):
        return True


def _is_total(rule: Rule) -> bool:
    return ANYONE in rule.peers and any(_is_all(traffic) for traffic in rule.traffic) and rule.layer7 is None


def _is_all(traffic: Traffic) -> bool:
    return traffic == Traffic()


def _goes_by_name(rule: Rule) -> bool:
    """Whether a rule allows connections that clients open by name: not to addresses or nodes, and not pings."""
    return any(
        contains(traffic.protocols, protocol) for traffic in rule.traffic for protocol in PORT_PROTOCOLS
    ) and not all(
        isinstance(peer, Network) or (isinstance(peer, Endpoints) and not peer.kinds & _NAMED) for peer in rule.peers
    )


def _allows_dns(rule: Rule, protocol: int) -> bool:
    """Whether a rule lets queries through: by the port, or as a part of everything to ends that may answer them."""
    asked = [_asks_dns(traffic, protocol) for traffic in rule.traffic]
    return True in asked or (None in asked and any(map(_may_serve_dns, rule.peers)))


def _asks_dns(traffic: Traffic, protocol: int) -> bool | None:
    """Whether traffic is DNS; None where that is neither said nor excluded."""
    if not contains(traffic.protocols, protocol):
        return False
    if traffic.ports == ALL_PORTS:
        return False if contains(traffic.not_ports.numbers, _DNS) else None
    named = any(word in name for name in traffic.ports.names for word in _DNS_NAMES)
    return named or contains(traffic.ports.numbers, _DNS)


def _may_serve_dns(peer: Peer) -> bool:
    """Whether DNS servers may be among some ends: not in namespaces that are named and have nothing to do with it."""
    if not isinstance(peer, Endpoints) or peer.kinds != PODS:
        return True
    try:
        names = namespaces_of(who.of_peer(peer))
    except who.TooLarge:
        return True
    return names is None or any(name == _SYSTEM or "dns" in name for name in names)


def _lets_health_in(scene: Scene) -> bool:
    """Whether some policy for Cilium's health endpoints lets other ones in."""
    return any(
        isinstance(peer, Anyone) or (isinstance(peer, Endpoints) and Kind.HEALTH in peer.kinds)
        for _, policy in scene.enforced
        if any(isinstance(each, Endpoints) and Kind.HEALTH in each.kinds for each in policy.subject)
        for rule in policy.ingress
        if rule.action is Action.ALLOW
        for peer in rule.peers
    )
