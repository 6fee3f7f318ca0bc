"""Calico as an engine: tiers, the order of policies in them, and Kubernetes' own kinds among them (calico.md 3, 5).

``assemble`` also applies what the configured data plane does with a rule (``calico_dataplanes``), so that the set says
what happens to packets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from translator.context import Context
from translator.dialect import Parsed
from translator.errors import Finding, Gate, Severity
from translator.ir.labels import NAMESPACE_NAME, Label, Scope, Selector, matches, one_of
from translator.ir.peers import ANYONE, EVERY_KIND, Endpoints, GroupReference, Kind, Network, Peer
from translator.ir.policy import (
    BOTH,
    Action,
    AddressGroup,
    Direction,
    End,
    Engine,
    Evaluation,
    Hook,
    HostEndpoint,
    Policy,
    PolicySet,
    Rule,
    Tier,
)
from translator.ir.rewriting import map_peer, map_peers
from translator.semantics.verdict.calico_dataplanes import dependence, on_dataplane

DEFAULT: Final = "default"
KUBERNETES_ORDER: Final = 1000.0
"""The order of every Kubernetes NetworkPolicy in tier default (calico.md 3.6)."""
_EXEMPT: Final = frozenset({(Direction.INGRESS, Kind.HOST)})
"""A host process reaches the pods of its own node whatever policies say (calico.md 6.1)."""
_HOST_HOOKS: Final = frozenset({Hook.UNTRACKED, Hook.PRE_DNAT})
_WITH_KINDS: Final = (3, 32)
"""The version that brought ClusterNetworkPolicy, kind-aware keys and the new tie-break (calico.md 8)."""
_TIE_KINDS: Final = {"kubernetes": "KubernetesNetworkPolicy", "clusternetworkpolicy": "KubernetesClusterNetworkPolicy"}
_INTERNAL_PREFIXES: Final = {
    "NetworkPolicy": "knp.default.",
    "AdminNetworkPolicy": "kanp.adminnetworkpolicy.",
    "BaselineAdminNetworkPolicy": "kbanp.baselineadminnetworkpolicy.",
}


def assemble(parsed: Mapping[str, Parsed], context: Context) -> PolicySet:
    """Everything that Calico enforces, in its order of evaluation. Staged policies are no part of it."""
    own = parsed.get("calico", Parsed())
    version = _version(context)
    resolver = _Groups(own.groups, own.hosts, context)
    policies = [
        *(policy for policy in own.policies if not policy.staged),
        *(_kubernetes_policy(policy) for policy in parsed.get("kubernetes", Parsed()).policies),
        *(
            _cluster_policy(policy, version, resolver)
            for policy in parsed.get("clusternetworkpolicy", Parsed()).policies
            if _is_implemented(policy, version)
        ),
    ]
    enforced: list[Policy] = []
    refused: set[int] = set()
    for policy in policies:
        programmed, families = _programmed(policy, context)
        enforced += programmed
        refused |= families
    tiers = _tiers(own.tiers, version)
    return PolicySet(
        engine=Engine.CALICO,
        tiers=(*_ordered(tiers, enforced, version), *_missing_profiles(context)),
        groups=own.groups,
        hosts=own.hosts,
        exempt=_EXEMPT,
        unprogrammed=frozenset(refused),
    )


def notices(parsed: Mapping[str, Parsed], context: Context) -> tuple[Finding, ...]:
    """What the whole set tells: missing tiers, kinds that the version ignores, rules on which data planes differ."""
    return tuple(_notices(parsed, context))


def _notices(parsed: Mapping[str, Parsed], context: Context) -> Iterator[Finding]:
    own = parsed.get("calico", Parsed())
    version = _version(context)
    known = {tier.name for tier in _tiers(own.tiers, version)}
    for policy in own.policies:
        if policy.tier not in known:
            message = f"tier {policy.tier} is not among the documents: it would come last and deny what it leaves open"
            yield _notice(message, policy, "unknown-tier")
    for policy in parsed.get("clusternetworkpolicy", Parsed()).policies:
        if not _is_implemented(policy, version):
            message = f"Calico {context.calico.version} does not implement {policy.kind}: it has no effect"
            yield _notice(message, policy, "policy-ignored")
    for each in parsed.values():
        for policy in each.policies:
            if policy.staged:
                continue
            for direction in sorted(policy.directions):
                for rule in policy.rules(direction):
                    words = dependence(rule, context)
                    if words is not None:
                        origin = rule.origin
                        yield Finding(
                            message=words, origin=origin, severity=Severity.WARNING, gate=Gate.CALICO, code="dataplane"
                        )
    missing = _namespaces_without_profile(context)
    if missing:
        yield Finding(
            message=f"the context has pods in the namespaces {', '.join(missing)}, which it does not list: Calico lets "
            "nothing in or out of a pod whose namespace is gone",
            severity=Severity.WARNING,
            gate=Gate.CALICO,
            code="namespace-missing",
        )


def _notice(message: str, policy: Policy, code: str) -> Finding:
    return Finding(message=message, origin=policy.origin, severity=Severity.WARNING, gate=Gate.CALICO, code=code)


def _version(context: Context) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", context.calico.version)[:2])


# -- tiers ------------------------------------------------------------------------------------------------------------


def _tiers(given: Iterable[Tier], version: tuple[int, ...]) -> tuple[Tier, ...]:
    """The built-in tiers and those of the documents, in order: by order, then by name (calico.md 3.2)."""
    tiers = {tier.name: tier for tier in _built_in(version)} | {tier.name: tier for tier in given}
    return tuple(sorted(tiers.values(), key=lambda tier: (tier.order or 0.0, tier.name)))


def _built_in(version: tuple[int, ...]) -> Iterator[Tier]:
    yield _tier(DEFAULT, 1_000_000.0, End.DENY)
    for name, order in zip(_cluster_tiers(version).values(), (1000.0, 10_000_000.0), strict=True):
        yield _tier(name, order, End.PASS)


def _cluster_tiers(version: tuple[int, ...]) -> dict[str, str]:
    """Where the tiers of the Kubernetes API come in Calico's own order (calico.md 3.6)."""
    if version >= _WITH_KINDS:
        return {"Admin": "kube-admin", "Baseline": "kube-baseline"}
    return {"Admin": "adminnetworkpolicy", "Baseline": "baselineadminnetworkpolicy"}


def _tier(name: str, order: float | None, end: End) -> Tier:
    return Tier(name=name, order=order, evaluation=Evaluation.FIRST_MATCH, end=end)


def _ordered(tiers: Iterable[Tier], policies: Iterable[Policy], version: tuple[int, ...]) -> Iterator[Tier]:
    """Tiers with their policies. A policy of an unknown tier is enforced after all others, with an end of deny."""
    members: dict[str, list[Policy]] = {}
    for policy in policies:
        members.setdefault(policy.tier, []).append(policy)
    for tier in tiers:
        yield replace(tier, policies=_in_order(members.pop(tier.name, ()), version))
    for name in sorted(members):
        yield replace(_tier(name, None, End.DENY), policies=_in_order(members[name], version))


def _in_order(policies: Iterable[Policy], version: tuple[int, ...]) -> tuple[Policy, ...]:
    """By order, unset last; ties by the text that names a policy inside Felix (calico.md 3.3)."""
    return tuple(sorted(policies, key=lambda policy: (_order(policy), _tie_break(policy, version))))


def _order(policy: Policy) -> float:
    return float("inf") if policy.order is None else policy.order


def _tie_break(policy: Policy, version: tuple[int, ...]) -> str:
    if version >= _WITH_KINDS:
        return f"{policy.name}/{policy.namespace or ''}/{_TIE_KINDS.get(policy.dialect, policy.kind)}"
    name = policy.name
    if policy.dialect != "calico":
        name = _INTERNAL_PREFIXES.get(policy.kind, "") + name
    elif not name.startswith(f"{policy.tier}."):
        name = f"{policy.tier}.{name}"
    return f"{policy.namespace}/{name}" if policy.namespace else name


# -- Kubernetes' own kinds --------------------------------------------------------------------------------------------


def _kubernetes_policy(policy: Policy) -> Policy:
    """A NetworkPolicy stands among Calico's own; its address matches cover every kind of end (calico.md 3.6, 5.1)."""
    return map_peers(replace(policy, tier=DEFAULT, order=KUBERNETES_ORDER), _with_reach)


def _with_reach(peer: Peer) -> Peer:
    return replace(peer, reach=EVERY_KIND) if isinstance(peer, Network) and peer.reach is None else peer


def _is_implemented(policy: Policy, version: tuple[int, ...]) -> bool:
    return policy.kind != "ClusterNetworkPolicy" or version >= _WITH_KINDS


def _cluster_policy(policy: Policy, version: tuple[int, ...], groups: _Groups) -> Policy:
    """A ClusterNetworkPolicy in Calico's tier for it, its peers by namespace joined by the network sets of those.

    The dialect has read it as Calico's converter does (calico.md 5.2); only the sets were not there to see.
    """
    order = KUBERNETES_ORDER if policy.kind == "BaselineAdminNetworkPolicy" else policy.order
    placed = replace(policy, tier=_cluster_tiers(version).get(policy.tier, policy.tier), order=order)
    return replace(placed, ingress=groups.rules(placed.ingress), egress=groups.rules(placed.egress))


class _Groups:
    """Network sets and host endpoints by the labels of their namespace."""

    def __init__(self, groups: tuple[AddressGroup, ...], hosts: tuple[HostEndpoint, ...], context: Context) -> None:
        self._known = [(_group_labels(group, context), _reference(group), group.cidrs) for group in groups]
        self._hosts = tuple(address for host in hosts for address in host.addresses)

    def rules(self, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        """Rules whose peers say where they are."""
        return tuple(
            replace(rule, peers=tuple(found for peer in rule.peers for found in self._resolved(peer))) for rule in rules
        )

    def _resolved(self, peer: Peer) -> Iterator[Peer]:
        """A reference by selector alone becomes the addresses it means; everything else stays."""
        match peer:
            case Network(cidrs=(), group=GroupReference(names=(), selector=selector)) if selector is not None:
                yield from self._networks(selector)
            case _:
                yield map_peer(peer, _with_reach)

    def _networks(self, selector: Selector) -> Iterator[Peer]:
        found = [item for item in self._known if item[2] and matches(selector, item[0])]
        if found:
            names = tuple(sorted(name for _, name, _ in found))
            cidrs = tuple(dict.fromkeys(cidr for _, _, cidrs in found for cidr in cidrs))
            yield Network(cidrs=cidrs, group=GroupReference(names=names, selector=selector))
        # Host endpoints and global sets carry no label of a namespace: only negative selectors match them [V O26].
        if self._hosts and matches(selector, {}):
            yield Network(cidrs=tuple(dict.fromkeys(self._hosts)))


def _group_labels(group: AddressGroup, context: Context) -> dict[Label, str]:
    labels = {Label(Scope.GROUP, key): value for key, value in group.labels}
    if group.namespace is not None:
        known = context.namespaces.get(group.namespace, {})
        labels |= {Label(Scope.NAMESPACE, key): value for key, value in known.items()}
        labels[NAMESPACE_NAME] = group.namespace
    return labels


def _reference(group: AddressGroup) -> str:
    return f"{group.namespace}/{group.name}" if group.namespace else group.name


# -- what is programmed -----------------------------------------------------------------------------------------------


def _programmed(policy: Policy, context: Context) -> tuple[tuple[Policy, ...], set[int]]:
    """The policy as the data plane has it, and the families whose whole update it makes fail (calico.md 9)."""
    if policy.hook in _HOST_HOOKS:
        # These lists never reach a pod (calico.md 3.7).
        hosts = tuple(peer for peer in policy.subject if isinstance(peer, Endpoints) and Kind.HOST in peer.kinds)
        if not hosts:
            return (), set()
        policy = replace(policy, subject=hosts)
    refused: set[int] = set()
    rules: dict[Direction, tuple[Rule, ...]] = {}
    for direction in Direction:
        found: list[Rule] = []
        for rule in policy.rules(direction):
            acting, families = on_dataplane(rule, context.calico.dataplane)
            found.append(acting if context.calico.dikastes or acting.layer7 is None else replace(acting, layer7=None))
            if direction in policy.directions:
                refused |= families
        rules[direction] = tuple(found)
    return (replace(policy, ingress=rules[Direction.INGRESS], egress=rules[Direction.EGRESS]),), refused


def _missing_profiles(context: Context) -> Iterator[Tier]:
    """After all tiers a pod's namespace profile allows; without the namespace there is none (calico.md 1.8, 3.5)."""
    namespaces = _namespaces_without_profile(context)
    if namespaces:
        rule = Rule(action=Action.DENY, peers=(ANYONE,))
        policy = Policy(
            name="missing-namespace-profiles",
            kind="Profile",
            dialect="calico",
            subject=(Endpoints(selector=one_of(NAMESPACE_NAME, *namespaces)),),
            directions=BOTH,
            isolates=BOTH,
            ingress=(rule,),
            egress=(rule,),
            tier="profiles",
        )
        yield replace(_tier("profiles", None, End.DENY), policies=(policy,))


def _namespaces_without_profile(context: Context) -> tuple[str, ...]:
    """Namespaces of known pods that a context which lists namespaces does not list."""
    if not context.namespaces:
        return ()
    return tuple(sorted({pod.namespace for pod in context.pods} - set(context.namespaces)))
