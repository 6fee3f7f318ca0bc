"""The pods of the context, asked one by one whether a peer or a subject means them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from translator.context import Context, Pod, pod_labels
from translator.ir.addresses import parse_address
from translator.ir.labels import Label, matches
from translator.ir.peers import AllOf, Anyone, Domain, Endpoints, Kind, Network, NoneOf, Peer, Service, Unsupported

Labels = dict[Label, str]


@dataclass(frozen=True, kw_only=True)
class Population:
    """Who is known to live in the cluster; host-network pods are nodes to every engine and no pods here."""

    context: Context

    @cached_property
    def pods(self) -> tuple[tuple[Pod, Labels], ...]:
        """Every known pod with its qualified labels."""
        return tuple((pod, pod_labels(pod, self.context)) for pod in self.context.pods if not pod.host_network)

    def selected(self, peers: Iterable[Peer]) -> Iterator[Pod]:
        """The known pods that a union of peers means; peers that cannot be asked mean nobody."""
        wanted = tuple(peers)
        return (pod for pod, labels in self.pods if any(means(peer, pod, labels) is True for peer in wanted))

    def may_mean(self, peers: Iterable[Peer]) -> bool:
        """Whether some known pod is meant, or cannot be asked."""
        wanted = tuple(peers)
        return any(means(peer, pod, labels) is not False for pod, labels in self.pods for peer in wanted)


def means(peer: Peer, pod: Pod, labels: Labels) -> bool | None:
    """Whether a peer means a pod; None where the context does not tell."""
    match peer:
        case Anyone():
            return True
        case Endpoints(selector=selector, kinds=kinds):
            return Kind.POD in kinds and matches(selector, labels)
        case Network(reach=reach):
            if reach is not None and Kind.POD not in reach:
                return False
            if not pod.addresses or reach is None:
                return None
            addresses = peer.addresses
            return any(parse_address(text) in addresses for text in pod.addresses)
        case AllOf(peers):
            return _all(means(each, pod, labels) for each in peers)
        case NoneOf(peers):
            return _all(None if (found := means(each, pod, labels)) is None else not found for each in peers)
        case Domain():
            return False
        case Service() | Unsupported():
            return None


def _all(answers: Iterable[bool | None]) -> bool | None:
    found = tuple(answers)
    return False if False in found else None if None in found else True
