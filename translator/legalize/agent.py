"""What Cilium's agent does by itself, so that no policy needs to say it and none may be left out that changes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from translator.context import CiliumOptions
from translator.ir.peers import EVERY_KIND, PODS, RESERVED, Endpoints, Kind, Peer
from translator.ir.policy import Direction, Policy
from translator.legalize.cubes import Cube, Cubes
from translator.legalize.recorder import Recorder
from translator.loss.effect import Change

OWN: Final = "DefaultDeny"
"""The kind of what ``semantics.verdict.cilium`` states for the agent: no document says it."""
NOT_THE_HOST: Final = Cube(kinds=EVERY_KIND - {Kind.HOST})
_EVERY_ENDPOINT: Final = Endpoints(kinds=PODS | RESERVED)
_INIT: Final = frozenset({Kind.INIT})


def speaks_of_host(cube: Cube) -> bool:
    """Whether a cube speaks of the node itself, not merely of addresses that a node might have."""
    return Kind.HOST in cube.kinds and cube.addresses is None and not cube.labels and not cube.inside


def kind_of(namespace: str | None) -> str:
    """The kind of what Cilium's own set is written as: its peers are of every cluster unless they demand one."""
    return "CiliumClusterwideNetworkPolicy" if namespace is None else "CiliumNetworkPolicy"


def has_inert_rules(policy: Policy) -> bool:
    """Whether it has rules of a direction that ``policyTypes`` does not list: Cilium enforces them (cilium.md 10)."""
    return any(policy.rules(direction) and direction not in policy.directions for direction in Direction)


def isolated(options: CiliumOptions) -> frozenset[Kind]:
    """Whom the agent isolates without any policy (cilium.md 4)."""
    return PODS | _INIT if options.enable_policy == "always" else _INIT


def reserved_subjects(cube: Cube) -> tuple[Cubes, frozenset[Kind]]:
    """What Cilium's policies can select of subjects beside pods, and the kinds that are left."""
    others = cube.kinds - PODS
    if cube.source == _EVERY_ENDPOINT:
        return (cube,), frozenset()
    if not all(values.absent for _, values in cube.labels):
        return (), others
    return tuple(Cube(kinds=frozenset({kind})) for kind in sorted(others & RESERVED)), others - RESERVED


def declare_lost_entries(policy: Policy, written: Sequence[Policy], kinds: frozenset[Kind], recorder: Recorder) -> None:
    """Any ingress entry lets the own node in to whom the agent isolates: declare where none is left (cilium.md 4)."""
    if Direction.INGRESS not in policy.directions:
        return
    kept = {kind for each in written if Direction.INGRESS in each.directions for kind in _kinds(each.subject)}
    if kinds & _kinds(policy.subject) - kept:
        message = "the own node gets in only where a policy has a rule for ingress"
        recorder.declare("own-node", message, change=Change.ISOLATION_ADDED, policy=policy)


def _kinds(subject: Iterable[Peer]) -> frozenset[Kind]:
    return frozenset(kind for peer in subject if isinstance(peer, Endpoints) for kind in peer.kinds)
