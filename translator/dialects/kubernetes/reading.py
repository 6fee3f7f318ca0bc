"""The ends that a NetworkPolicy names, by the API's text and as Cilium reads it (kubernetes.md A.5, cilium.md 10)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from translator.context import CiliumOptions
from translator.dialect import ParseOptions
from translator.dialects.kubernetes.model import NetworkPolicyPeer, NetworkPolicySpec
from translator.ir.labels import NAMESPACE_NAME, Requirement, Scope, conjunction, one_of
from translator.ir.peers import Endpoints, Network, Peer
from translator.ir.policy import Engine
from translator.wire.cidrs import read_cidr
from translator.wire.cilium_labels import (
    NAMESPACE_KEY,
    is_filtered,
    is_own_key,
    is_positive,
    peers_by_labels,
    pods_of_identities,
)
from translator.wire.kubernetes_types import LabelSelector
from translator.wire.selectors import selector_terms


class Reading:
    """The API's text; Calico reads it so, too (calico.md 5.1)."""

    def subject(self, namespace: str, selector: LabelSelector | None) -> Endpoints:
        """Pods of the policy's namespace."""
        return Endpoints(selector=conjunction(in_namespace(namespace), *selector_terms(selector, Scope.POD)))

    def peer(self, peer: NetworkPolicyPeer, namespace: str) -> Peer:
        """The ends that one list item names. Whether an address match covers pods the API leaves open."""
        if peer.ip_block is not None:
            excepts = tuple(_canonical(text) for text in peer.ip_block.except_ or ())
            return Network(cidrs=(_canonical(peer.ip_block.cidr),), excepts=excepts, reach=None)
        if peer.namespace_selector is None:
            return self.own_pods(namespace, peer.pod_selector)
        in_namespaces = selector_terms(peer.namespace_selector, Scope.NAMESPACE)
        return self.pods(in_namespaces, selector_terms(peer.pod_selector, Scope.POD))

    def own_pods(self, namespace: str, selector: LabelSelector | None) -> Endpoints:
        """A peer without a namespaceSelector: pods of the policy's namespace."""
        return self.subject(namespace, selector)

    def pods(self, in_namespaces: tuple[Requirement, ...], pods: tuple[Requirement, ...]) -> Endpoints:
        """Pods by labels of their namespace and their own."""
        return Endpoints(selector=conjunction(*in_namespaces, *pods))

    def is_portable(self, spec: NetworkPolicySpec) -> bool:
        """Whether every engine reads the same in it."""
        del spec
        return True


class CiliumReading(Reading):
    """Labels are those of identities; peers are of the local cluster unless an option says otherwise."""

    def __init__(self, options: CiliumOptions) -> None:
        self._in_local_cluster = options.scopes_to_local_cluster

    def subject(self, namespace: str, selector: LabelSelector | None) -> Endpoints:
        """Of every cluster (step 5) [V Q147d]."""
        return Endpoints(selector=pods_of_identities(_in_own(namespace, selector)))

    def own_pods(self, namespace: str, selector: LabelSelector | None) -> Endpoints:
        """With the local cluster [V F4]."""
        return self.pods(_in_own(namespace, selector), ())

    def pods(self, in_namespaces: tuple[Requirement, ...], pods: tuple[Requirement, ...]) -> Endpoints:
        """With negative requirements only and no cluster, ends that are no pods match, too [V F4f]."""
        return peers_by_labels(
            (*in_namespaces, *pods),
            in_local_cluster=self._in_local_cluster,
            in_some_namespace=not in_namespaces,
        )

    def is_portable(self, spec: NetworkPolicySpec) -> bool:
        """Not with keys that stand for a namespace or cluster, or that nobody sees, nor where other ends match, too."""
        terms = list(selector_terms(spec.pod_selector, Scope.POD))
        for peer in _peers(spec):
            in_namespaces = selector_terms(peer.namespace_selector, Scope.NAMESPACE)
            pods = selector_terms(peer.pod_selector, Scope.POD)
            if in_namespaces and not self._in_local_cluster and not is_positive((*in_namespaces, *pods)):
                return False
            terms += pods
        return not any(is_own_key(term.label.key) or is_filtered(term.label.key) for term in terms)


def _peers(spec: NetworkPolicySpec) -> Iterator[NetworkPolicyPeer]:
    lists = (*(rule.from_ for rule in spec.ingress or () if rule), *(rule.to for rule in spec.egress or () if rule))
    return (peer for peers in lists for peer in peers or () if peer is not None)


def reading_of(options: ParseOptions) -> Reading:
    """How the engine reads valid objects."""
    return CiliumReading(options.context.cilium) if options.engine is Engine.CILIUM else _API_TEXT


_API_TEXT: Final = Reading()


@lru_cache(maxsize=4096)
def in_namespace(namespace: str) -> Requirement:
    """The requirement to live in a namespace."""
    return one_of(NAMESPACE_NAME, namespace)


def _in_own(namespace: str, selector: LabelSelector | None) -> tuple[Requirement, ...]:
    """The policy's namespace takes the place of one in ``matchLabels`` (step 5) [V Q142, Q147b]."""
    if selector is not None and selector.match_labels and NAMESPACE_KEY in selector.match_labels:
        rest = {key: value for key, value in selector.match_labels.items() if key != NAMESPACE_KEY}
        selector = selector.model_copy(update={"match_labels": rest})
    return (in_namespace(namespace), *selector_terms(selector, Scope.POD))


def _canonical(text: str | None) -> str:
    cidr = read_cidr(text or "")
    assert cidr is not None, "checked before"
    return cidr.text
