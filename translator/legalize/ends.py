"""Peers of one flat rule as the target can say them; what it cannot is left out and declared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from translator.ir.addresses import ALL_ADDRESSES, Addresses
from translator.ir.labels import CLUSTER_NAME, Scope
from translator.ir.peers import (
    ANYONE,
    EVERY_KIND,
    NODES,
    PODS,
    RESERVED,
    AllOf,
    Domain,
    Endpoints,
    Kind,
    Network,
    Peer,
    Service,
    Unsupported,
)
from translator.ir.policy import Action, AddressGroup, Direction, Engine, Policy, Rule
from translator.legalize.cubes import EVERYONE, LABELLED, Cube, of_peer, selector_of
from translator.legalize.dns_names import dns_pattern
from translator.legalize.groups import restated
from translator.legalize.keywords import keywords
from translator.legalize.keywords import nodes as all_nodes
from translator.legalize.knowledge import Knowledge, Share
from translator.legalize.names import listed
from translator.legalize.node_ranges import node_addresses
from translator.legalize.profiles import Feature, supports
from translator.legalize.reaches import (
    bases_of,
    joined,
    network_of,
    reach_of_ranges,
    reached_by,
    with_reach_joined,
    world,
)
from translator.legalize.recorder import Recorder
from translator.legalize.statements import Brick
from translator.legalize.target import TargetName
from translator.legalize.visible import is_sayable, unselectable
from translator.loss.effect import Change

_OUTSIDE = frozenset({Kind.OUTSIDE})
_SERVERS = frozenset({Kind.KUBE_APISERVER})
_READERS = {TargetName.CILIUM: "Cilium", TargetName.ACCESS: "the spec", TargetName.KUBERNETES: "the cluster"}
_EVERYWHERE = EVERY_KIND - {Kind.POD, Kind.HOST}
"""Everyone but pods, which are chosen by label, and the own node, which may be exempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Writes the peers of rules for one target."""

    recorder: Recorder
    knowledge: Knowledge
    source: Engine
    in_mesh: bool = False
    """Whether the policies name other clusters, of which the target knows nothing."""
    groups: tuple[AddressGroup, ...] = ()
    """Every address group of the source."""
    memo: dict[tuple[Peer, Action, Direction, TargetName], tuple[Peer, ...]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """What was written without any loss before: peers repeat in every cluster."""

    def write(self, cube: Cube, *, policy: Policy, rule: Rule, action: Action, direction: Direction) -> Iterator[Peer]:
        """The peers that say one cube in the target; none where it cannot be said."""
        writer = _Writer(ends=self, policy=policy, rule=rule, action=action, direction=direction)
        return writer.write(cube)

    def write_all(
        self, brick: Brick, *, policy: Policy, rule: Rule, action: Action, direction: Direction
    ) -> Iterator[Peer]:
        """The peers of one brick, those that the target can say as they stand by the short way."""
        if brick.given is None:
            for cube in joined(brick.peers):
                yield from self.write(cube, policy=policy, rule=rule, action=action, direction=direction)
            return
        for peer in with_reach_joined(brick.given):
            if is_sayable(peer, self.target) and not (self.in_mesh and isinstance(peer, Endpoints)):
                yield peer
                continue
            key = (peer, action, direction, self.target)
            written = self.memo.get(key)
            if written is None:
                declared = self.recorder.declared
                written = tuple(
                    found
                    for cube in of_peer(peer)
                    if not cube.is_empty
                    for found in self.write(cube, policy=policy, rule=rule, action=action, direction=direction)
                )
                if self.recorder.declared == declared:
                    self.memo[key] = written
            yield from written

    @property
    def reach(self) -> frozenset[Kind] | None:
        """Which ends a range of the target matches by address; None: the API leaves it open."""
        return reach_of_ranges(self.target, self.knowledge.context)

    @property
    def target(self) -> TargetName:
        """The target's dialect."""
        return self.recorder.target.name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    """The place a cube stands at."""

    ends: Ends
    policy: Policy
    rule: Rule
    action: Action
    direction: Direction

    def write(self, cube: Cube) -> Iterator[Peer]:
        if cube == EVERYONE:
            yield ANYONE
            return
        if cube.inside or cube.outside:
            yield from self._opaque(cube)
            return
        if cube.addresses is not None:
            yield from self._addressed(cube, cube.addresses)
            return
        yield from self._named(cube)

    def _lose(self, code: str, message: str, hint: str | None = None, change: Change = Change.RULE_NARROWED) -> None:
        self.ends.recorder.declare(
            code, message, change=change, policy=self.policy, rule=self.rule, action=self.action, hint=hint
        )

    # -- ends by kind and label -----------------------------------------------------------------------------------

    def _named(self, cube: Cube) -> Iterator[Peer]:
        """Pods by labels; nodes, the outside and Cilium's own ends by kind."""
        pods = cube & Cube(kinds=PODS)
        if not pods.is_empty:
            if self.ends.in_mesh and all(label != CLUSTER_NAME for label, _ in pods.labels):
                self._lose("cluster-mesh", "pods of other clusters that it selects as well are left out")
            for part in self._expanded(pods):
                if self._selectable(part):
                    yield Endpoints(selector=selector_of(part), kinds=PODS)
        rest = cube.kinds - PODS
        if any(label.scope is Scope.CLUSTER and not values.absent for label, values in cube.labels):
            rest -= LABELLED  # only pods are labelled with their cluster [cilium.md 11, V Q172]
        if rest and any(label.scope is not Scope.NODE for label, _ in cube.labels):
            rest &= frozenset({Kind.HOST})
            if rest:
                self._lose("node-labels", "host endpoints cannot be selected by their labels")
            return
        if rest:
            yield from self._by_kind(cube, rest)

    def _by_kind(self, cube: Cube, kinds: frozenset[Kind]) -> Iterator[Peer]:
        if self.direction is Direction.INGRESS and self.ends.target is not TargetName.CILIUM and Kind.HOST in kinds:
            # The own node always reaches its pods: an allow says nothing new, a deny cannot be said.
            if self.action is Action.DENY:
                self._lose("own-node", "traffic from the pod's own node is never policed", change=Change.RULE_DROPPED)
            kinds -= {Kind.HOST}
        if self.ends.target is TargetName.CILIUM:
            if any(label.scope is Scope.NODE for label, _ in cube.labels):
                knows = self.ends.knowledge.context.cilium.enable_node_selector_labels
                if knows and supports(self.ends.recorder.target, Feature.NODE_SELECTORS):
                    yield Endpoints(selector=selector_of(cube), kinds=kinds & NODES)
                else:
                    message = "agents know the labels of nodes since 1.16, with enable-node-selector-labels"
                    self._lose("node-labels", message, "give `cilium: {enable-node-selector-labels: true}` as context")
                return
            if self.ends.source is not Engine.CILIUM and not (self.action is Action.DENY and kinds >= _EVERYWHERE):
                # Only a deny of everyone means the ends that the source's engine does not have.
                kinds -= RESERVED
            named = kinds - _OUTSIDE
            if named:
                yield Endpoints(kinds=named)
            if Kind.OUTSIDE in kinds:
                yield world(ALL_ADDRESSES)
            return
        if self.ends.target is TargetName.ACCESS:
            yield from keywords(cube, kinds, self.direction, self._lose)
            return
        yield from self._nodes_and_outside(cube, kinds)

    def _nodes_and_outside(self, cube: Cube, kinds: frozenset[Kind]) -> Iterator[Peer]:
        """Kinds that only addresses can say in Calico and Kubernetes."""
        knowledge = self.ends.knowledge
        # Ends that only Cilium has do not exist in the target's cluster: an allow for them is void there.
        if kinds & RESERVED and self.ends.source is Engine.CILIUM:
            message = "ends that only Cilium has cannot be named"
            if self.action is Action.DENY and not kinds & NODES:
                self._lose("reserved-peer", message, change=Change.RULE_DROPPED)
            elif kinds <= RESERVED:
                self._lose("reserved-peer", message, change=Change.UNENFORCED)
        covered = ALL_ADDRESSES - ALL_ADDRESSES
        nodes = kinds & NODES
        if nodes:
            if any(label.scope is Scope.NODE for label, _ in cube.labels):
                self._lose("node-labels", "nodes cannot be selected by their labels")
            else:
                may_reach_more = self.ends.recorder.target.allow_widening or self.action is Action.DENY
                covered |= node_addresses(
                    nodes, knowledge, direction=self.direction, may_reach_more=may_reach_more, lose=self._lose
                )
        if Kind.OUTSIDE in kinds:
            outside = knowledge.outside
            if not (knowledge.pods_known and knowledge.nodes_known):
                self._lose(
                    "world-unknown",
                    "outside the cluster is written without the private ranges, which may hold pods and nodes",
                    "give `podCIDRs` and `nodeCIDRs` in the context",
                )
            covered |= outside
        if covered:
            yield network_of(covered, reach=self.ends.reach)

    # -- ends by address ------------------------------------------------------------------------------------------

    def _addressed(self, cube: Cube, addresses: Addresses) -> Iterator[Peer]:
        """A range for those ends that the target's ranges reach, and the others by what else the target has."""
        if cube.labels:
            yield from self._labelled_and_addressed(cube, addresses)
            return
        written = tuple(self._range(cube, addresses))
        reached = reached_by(written, self.ends.reach)
        if Kind.POD in cube.kinds:
            yield from self._pods_within(addresses, is_reached=Kind.POD in reached)
        nodes = cube.kinds & NODES - reached
        if self.direction is Direction.INGRESS:
            nodes -= {Kind.HOST}
        if nodes:
            yield from self._nodes_within(nodes, addresses)
        yield from written

    def _pods_within(self, addresses: Addresses, *, is_reached: bool) -> Iterator[Peer]:
        """Pods in a range, where its reader does not match them by address, or may not (Kubernetes)."""
        target, knowledge = self.ends.target, self.ends.knowledge
        matches_pods = knowledge.context.kubernetes.ipblock_matches_pods
        if is_reached and not (target is TargetName.KUBERNETES and not matches_pods):
            return
        match knowledge.pod_share(addresses):
            case Share.ALL:
                yield Endpoints(kinds=PODS)
            case Share.SOME if not is_reached or matches_pods is False:
                self._lose(
                    "cidr-covers-pods",
                    f"the range may hold pods, which {_READERS[target]} does not match by address",
                    "give `podCIDRs` in the context",
                )
            case Share.SOME if self.ends.source is not Engine.KUBERNETES:
                self._lose(
                    "ipblock-undefined",
                    "the range may hold pods; whether an ipBlock matches them is left to the network plugin",
                    "give `podCIDRs`, or `kubernetes: {ipblock-matches-pods: true}`, in the context",
                )
            case _:
                pass

    def _nodes_within(self, nodes: frozenset[Kind], addresses: Addresses) -> Iterator[Peer]:
        """Nodes in a range whose reader does not match them by address (cilium.md 6.1)."""
        target, knowledge = self.ends.target, self.ends.knowledge
        match knowledge.node_share(addresses):
            case Share.ALL if target is TargetName.ACCESS:
                yield from all_nodes(nodes, self.direction, self._lose)
            case Share.ALL:
                yield Endpoints(kinds=nodes)
            case Share.SOME if Kind.KUBE_APISERVER in nodes and knowledge.covers_servers_only(addresses):
                yield Endpoints(kinds=_SERVERS)
            case Share.SOME:
                self._lose(
                    "cidr-covers-nodes",
                    f"the range may hold nodes, which {_READERS[target]} does not match by address",
                    "give `nodeCIDRs` in the context",
                )
            case Share.NONE:
                pass

    def _range(self, cube: Cube, addresses: Addresses) -> Iterator[Network]:
        """The range itself, without the part where it would match ends that are not meant."""
        knowledge = self.ends.knowledge
        known = knowledge.pods_known and knowledge.nodes_known
        reach = self.ends.reach
        if reach is not None and not cube.kinds & reach:
            return
        whole = restated(cube, addresses, reach, self.ends.groups, self.ends.recorder.target)
        if reach == _OUTSIDE:
            if not known or addresses - knowledge.cluster:
                yield whole
            return
        beside = knowledge.beside(cube.kinds | (EVERY_KIND - reached_by((whole,), reach)))
        if beside & addresses and reach is not None:
            beside = knowledge.beside(cube.kinds | (EVERY_KIND - reach))
        kept = addresses - beside if beside & addresses else addresses
        if kept != addresses and not known:
            if self.ends.recorder.target.allow_widening:
                kept = addresses
                self._lose(
                    "cidr-reaches-cluster", "the range also reaches pods and nodes in it", change=Change.RULE_WIDENED
                )
            else:
                self._lose(
                    "cidr-reaches-cluster",
                    "the part of the range that may hold pods or nodes is left out: the target would match them",
                    "give `podCIDRs` and `nodeCIDRs` in the context",
                )
        if kept == addresses:
            yield whole
        elif kept:
            yield network_of(kept, reach=reach, bases=bases_of(cube))

    def _labelled_and_addressed(self, cube: Cube, addresses: Addresses) -> Iterator[Peer]:
        """Pods by label and address at once, which no target but Calico can say."""
        if cube.kinds & NODES and any(label.scope is Scope.NODE for label, _ in cube.labels):
            self._lose("node-labels", "nodes cannot be selected by label and address at once")
            cube &= Cube(kinds=EVERY_KIND - NODES)
            if cube.is_empty:
                return
        if self.ends.target is TargetName.CALICO:
            for part in self._expanded(cube):
                if self._selectable(part):
                    endpoints = Endpoints(selector=selector_of(part), kinds=PODS)
                    yield AllOf(
                        (restated(cube, addresses, EVERY_KIND, self.ends.groups, self.ends.recorder.target), endpoints)
                    )
            return
        match self.ends.knowledge.pod_share(addresses):
            case Share.ALL:
                yield from self._named(Cube(kinds=cube.kinds, labels=cube.labels))
            case Share.SOME:
                self._lose(
                    "cidr-covers-pods",
                    "pods cannot be chosen by label and address at once",
                    "give `podCIDRs` in the context",
                )
            case Share.NONE:
                pass

    # -- ends that the algebra does not look into -----------------------------------------------------------------

    def _opaque(self, cube: Cube) -> Iterator[Peer]:
        target = self.ends.target
        if len(cube.inside) == 1 and not cube.outside and not cube.labels and cube.addresses is None:
            peer = next(iter(cube.inside))
            match peer:
                case Domain(pattern=pattern) if (
                    target in (TargetName.CILIUM, TargetName.ACCESS) and self.action is Action.ALLOW
                ):
                    yield Domain(pattern=dns_pattern(pattern, self.ends.recorder.target, self._lose))
                    return
                case Service(with_ports=with_ports) if target is TargetName.CALICO and (
                    with_ports == (self.direction is Direction.EGRESS)
                ):
                    yield peer
                    return
                case Service(with_ports=False) if target is TargetName.CILIUM and (
                    self.direction is Direction.EGRESS and supports(self.ends.recorder.target, Feature.SERVICES)
                ):
                    yield peer
                    return
                case _:
                    pass
        for peer in sorted(cube.inside | cube.outside, key=repr):
            match peer:
                case Domain(pattern=pattern):
                    code = "fqdn-deny" if self.action is Action.DENY else "fqdn"
                    self._lose(code, f"the DNS name {pattern} cannot be a peer here", change=Change.RULE_DROPPED)
                case Service(namespace=namespace, name=name):
                    text = f"the service {namespace or '*'}/{name or 'by label'} cannot be named"
                    self._lose("service-peer", text, change=Change.RULE_DROPPED)
                case Unsupported(feature=feature):
                    self._lose("cloud-groups", f"{feature} cannot be a peer", change=Change.RULE_DROPPED)

    def _expanded(self, cube: Cube) -> tuple[Cube, ...]:
        listing = listed(cube, self.ends.knowledge, self.ends.target, source=self.ends.source)
        self.ends.recorder.enumerated.update(listing.values)
        for code, message in listing.notes:
            self._lose(code, message, change=Change.UNENFORCED)
        return listing.parts

    # -- label keys -----------------------------------------------------------------------------------------------

    def _selectable(self, cube: Cube) -> bool:
        """Whether the target sees every label of a conjunction; otherwise the loss is declared."""
        problem = unselectable(cube, self.ends.target)
        if problem is not None:
            self._lose(*problem, change=Change.RULE_DROPPED)
        return problem is None
