"""Nodes as addresses, for targets that know them by nothing else."""

from __future__ import annotations

from typing import Final

from translator.ir.addresses import Addresses, blocks
from translator.ir.peers import Kind
from translator.ir.policy import Direction
from translator.legalize.knowledge import Knowledge
from translator.legalize.recorder import Lose
from translator.loss.effect import Change

_ORDINARY: Final = frozenset({Kind.HOST, Kind.REMOTE_NODE})


def node_addresses(
    kinds: frozenset[Kind], knowledge: Knowledge, *, direction: Direction, may_reach_more: bool, lose: Lose
) -> Addresses:
    """Where nodes of some kinds are; what addresses do not tell apart is left out, or reached as well, and declared.

    The own node is one of the nodes, a different one for each pod: by address it cannot be chosen, nor left out. On
    ingress it does not matter, since what it sends is never policed.
    """
    known = blocks(knowledge.context.api_server)
    servers = known if Kind.KUBE_APISERVER in kinds else Addresses()
    if not kinds & _ORDINARY:
        if not known:
            lose("apiserver-unknown", "the API server has no known addresses", "give `apiServer` in the context")
        return servers
    if not knowledge.nodes_known:
        lose("nodes-unknown", "nodes have no known addresses", "give `nodeCIDRs` in the context")
        return servers
    apart = _ORDINARY - ({Kind.HOST} if direction is Direction.INGRESS else frozenset())
    with_servers = bool(known) or Kind.KUBE_APISERVER in kinds
    if apart <= kinds and with_servers:
        return servers | (knowledge.nodes - known)
    code, whom = ("own-node", "the pod's own node") if with_servers else ("apiserver-unknown", "the API server's nodes")
    if may_reach_more:
        lose(code, f"by address {whom} and the other nodes are reached alike", change=Change.RULE_WIDENED)
        return servers | (knowledge.nodes - known)
    lose(code, f"by address {whom} cannot be told from the other nodes: they are left out")
    return servers
