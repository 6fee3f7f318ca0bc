"""Label selectors over identities: which pods and which reserved identities a selector matches.

A Cilium selector is evaluated against every identity, be it a pod, a node or the world. Here it is specialised once per
kind of end: for pods it becomes a selector of the IR, for reserved identities it is simply true or false. Sources:
cilium.md 2.1 to 2.4 (``utils.go:getEndpointSelector``), 6.1 (world labels per address family).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from translator.ir.labels import (
    CLUSTER_NAME,
    EVERYTHING,
    LOCAL_CLUSTER,
    NAMESPACE_NAME,
    NOTHING,
    SERVICE_ACCOUNT_NAME,
    Label,
    Operator,
    Requirement,
    Scope,
    Selector,
    conjunction,
    requirement_holds,
)
from translator.ir.peers import PODS, AllOf, Endpoints, Kind, Network, NoneOf, Peer
from translator.wire.kubernetes_types import LabelSelector
from translator.wire.selectors import OPERATORS

NAMESPACE_KEY: Final = "io.kubernetes.pod.namespace"
NAMESPACE_LABELS: Final = "io.cilium.k8s.namespace.labels."
SERVICE_ACCOUNT_KEY: Final = "io.cilium.k8s.policy.serviceaccount"
CLUSTER_KEY: Final = "io.cilium.k8s.policy.cluster"
_OWN_KEYS: Final = "io.cilium.k8s"
_POD_KEYS: Final = frozenset({NAMESPACE_KEY, SERVICE_ACCOUNT_KEY, CLUSTER_KEY})
_SCOPING_SOURCES: Final = frozenset({"any", "k8s"})
_POSITIVE: Final = frozenset({Operator.IN, Operator.HAS})

Identity = Mapping[tuple[str, str], str]

IDENTITIES: Final[Mapping[Kind, Identity]] = {
    Kind.HOST: {("reserved", "host"): ""},
    Kind.REMOTE_NODE: {("reserved", "remote-node"): ""},
    Kind.KUBE_APISERVER: {("reserved", "kube-apiserver"): "", ("reserved", "remote-node"): ""},
    Kind.HEALTH: {("reserved", "health"): ""},
    Kind.INIT: {("reserved", "init"): ""},
    Kind.INGRESS: {("reserved", "ingress"): ""},
    Kind.UNMANAGED: {("reserved", "unmanaged"): ""},
}
"""The labels of the reserved identities inside the cluster."""

NODE_KINDS: Final = (Kind.HOST, Kind.REMOTE_NODE, Kind.KUBE_APISERVER)
SUBJECT_KINDS: Final = (Kind.HEALTH, Kind.INIT, Kind.INGRESS, Kind.UNMANAGED)
"""Reserved identities that an endpointSelector can select (cilium.md 2.4); asked about a pod that it does not manage,
the policy engine answers as for any other endpoint."""


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """One requirement on a label of a source; ``any`` is every source. Compared by identity, which is fast to hash."""

    source: str
    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def holds(self, identity: Identity) -> bool:
        """Whether an identity of known labels meets it."""
        if self.source == "any":
            values = [value for (_, key), value in identity.items() if key == self.key]
        else:
            found = identity.get((self.source, self.key))
            values = [] if found is None else [found]
        requirement = Requirement(Label(Scope.POD, self.key), self.operator, self.values)
        return requirement_holds(requirement, values[0] if values else None)


IS_NAMESPACED: Final = Term("k8s", NAMESPACE_KEY, Operator.HAS)
IS_LOCAL: Final = Term("k8s", CLUSTER_KEY, Operator.IN, (LOCAL_CLUSTER,))


def terms_of(selector: LabelSelector | None, *, without: str | None = None) -> tuple[Term, ...]:
    """The requirements of a sanitized selector, all of which must hold; null is ``{}`` and a null value is ``""``.

    ``without``: a key of ``matchLabels`` that does not count.
    """
    if selector is None:
        return ()
    labels = selector.match_labels or {}
    found = [_term(key, Operator.IN, (value or "",)) for key, value in labels.items() if key != without]
    for requirement in selector.match_expressions or ():
        values = tuple(sorted({value or "" for value in requirement.values or ()}))
        found.append(_term(requirement.key, OPERATORS[requirement.operator], values))
    return tuple(found)


@lru_cache(maxsize=16384)
def _term(key: str, operator: Operator, values: tuple[str, ...]) -> Term:
    source, colon, name = key.partition(":")
    return Term(source, name, operator, values) if colon else Term("any", key, operator, values)


@lru_cache(maxsize=16384)
def in_namespace(namespace: str) -> Term:
    """The requirement that Cilium adds for a namespace."""
    return Term("k8s", NAMESPACE_KEY, Operator.IN, (namespace,))


def scoped(
    terms: tuple[Term, ...], *, namespace: str | None, for_init: bool, default_cluster: bool
) -> tuple[Term, ...]:
    """A peer selector with the namespace and cluster that Cilium injects (cilium.md 2.3).

    ``for_init``: the subject of a clusterwide policy names ``reserved:init``, then no namespace is demanded.
    """
    if any(term.source == "reserved" for term in terms):
        return terms
    keys = {term.key for term in terms if term.source in _SCOPING_SOURCES}
    added: list[Term] = []
    if NAMESPACE_KEY not in keys:
        if namespace is None:
            added += [] if for_init else [IS_NAMESPACED]
        elif not any(key.startswith(NAMESPACE_LABELS) for key in keys):
            added.append(in_namespace(namespace))
    if default_cluster and CLUSTER_KEY not in keys:
        added.append(IS_LOCAL)
    return (*added, *terms)


@lru_cache(maxsize=65536)
def pod_selector(terms: tuple[Term, ...]) -> Selector:
    """What the requirements ask of a pod."""
    return conjunction(*map(_pod_requirement, terms))


@lru_cache(maxsize=16384)
def _pod_requirement(term: Term) -> Selector:
    """Pods have labels of source ``k8s`` only; ``io.cilium.k8s`` keys are Cilium's own and never a pod's."""
    key = term.key
    if term.source not in _SCOPING_SOURCES:
        return _absent(term)
    if key == NAMESPACE_KEY:
        label = NAMESPACE_NAME
    elif key.startswith(NAMESPACE_LABELS):
        label = Label(Scope.NAMESPACE, key.removeprefix(NAMESPACE_LABELS))
    elif key == SERVICE_ACCOUNT_KEY:
        label = SERVICE_ACCOUNT_NAME
    elif key == CLUSTER_KEY:
        label = CLUSTER_NAME
    elif key.startswith(_OWN_KEYS):
        return _absent(term)
    else:
        label = Label(Scope.POD, key)
    return _always_there(label, Requirement(label, term.operator, term.values))


def _always_there(label: Label, requirement: Requirement) -> Selector:
    """Every pod has a namespace, a service account and a cluster."""
    if label in (NAMESPACE_NAME, SERVICE_ACCOUNT_NAME, CLUSTER_NAME):
        if requirement.operator is Operator.HAS:
            return EVERYTHING
        if requirement.operator is Operator.LACKS:
            return NOTHING
    return requirement


def _absent(term: Term) -> Selector:
    return NOTHING if term.operator in _POSITIVE else EVERYTHING


def holds(terms: Iterable[Term], identity: Identity) -> bool:
    """Whether an identity meets all requirements."""
    return all(term.holds(identity) for term in terms)


@lru_cache(maxsize=65536)
def node_selector(terms: tuple[Term, ...], kind: Kind, source: str = "node") -> Selector:
    """What the requirements ask of a node whose own labels are part of its identity, under the given source."""
    known = IDENTITIES[kind]
    found: list[Selector] = []
    for term in terms:
        if (term.source, term.key) in known or (term.source == "any" and any(key == term.key for _, key in known)):
            found.append(EVERYTHING if term.holds(known) else NOTHING)
        elif term.source in ("any", source) and term.key not in _POD_KEYS:
            found.append(Requirement(Label(Scope.NODE, term.key), term.operator, term.values))
        else:
            found.append(_absent(term))
    return conjunction(*found)


def demands_pod(terms: Iterable[Term]) -> bool:
    """Whether some requirement can only be met by a pod (a positive one on its namespace, account or cluster)."""
    return any(
        term.operator in _POSITIVE and (term.key in _POD_KEYS or term.key.startswith(NAMESPACE_LABELS))
        for term in terms
    )


@lru_cache(maxsize=65536)
def ends(terms: tuple[Term, ...], families: tuple[str, ...], *, node_labels: bool) -> tuple[Peer, ...]:
    """Every end that a scoped selector matches. ``node_labels``: they are part of the nodes' identities."""
    peers: list[Peer] = []
    pods = pod_selector(terms)
    if pods != NOTHING:
        peers.append(Endpoints(selector=pods, kinds=PODS))
    if demands_pod(terms):
        return tuple(peers)
    kinds = {kind for kind, identity in IDENTITIES.items() if holds(terms, identity)}
    if node_labels:
        kinds -= set(NODE_KINDS)
        for kind in NODE_KINDS:
            nodes = node_selector(terms, kind)
            if nodes != NOTHING:
                peers.append(Endpoints(selector=nodes, kinds=frozenset({kind})))
    if kinds:
        peers.append(Endpoints(kinds=frozenset(kinds)))
    return (*peers, *world(terms, families))


def world(terms: tuple[Term, ...], families: tuple[str, ...]) -> tuple[Peer, ...]:
    """The part of the outside world that a selector matches, by the world label of each address family."""
    matched = {name for name in ("world", "world-ipv4", "world-ipv6") if holds(terms, {("reserved", name): ""})}
    return outside(matched, families)


def outside(labels: set[str], families: tuple[str, ...]) -> tuple[Peer, ...]:
    """Ends outside the cluster that carry one of the world labels (cilium.md 6.1).

    An IPv4 address is ``world-ipv4`` if IPv6 is enabled too and plain ``world`` if not; the third label is carried by
    no address.
    """
    of_v4 = "world-ipv4" if "IPv6" in families else "world"
    of_v6 = "world-ipv6" if "IPv4" in families else "world"
    spare = ({"world", "world-ipv4", "world-ipv6"} - {of_v4, of_v6}).pop()
    blocks = tuple(block for block, label in (("0.0.0.0/0", of_v4), ("::/0", of_v6)) if label in labels)
    if len(blocks) == 2 and spare in labels:
        return (Endpoints(kinds=frozenset({Kind.OUTSIDE})),)
    found: list[Peer] = []
    if blocks:
        found.append(Network(cidrs=blocks, reach=frozenset({Kind.OUTSIDE}), any_family=True))
    if spare in labels:
        addressed = Network(cidrs=("0.0.0.0/0", "::/0"), reach=frozenset({Kind.OUTSIDE}), any_family=True)
        found.append(AllOf((Endpoints(kinds=frozenset({Kind.OUTSIDE})), NoneOf((addressed,)))))
    return tuple(found)


def subject(terms: tuple[Term, ...], namespace: str | None) -> tuple[Peer, ...]:
    """The endpoints an ``endpointSelector`` selects: never the host; reserved ones only clusterwide (cilium.md 2.4)."""
    if namespace is not None:
        about_it = [term for term in terms if term.key == NAMESPACE_KEY and term.source in _SCOPING_SOURCES]
        if not holds(about_it, {("k8s", NAMESPACE_KEY): namespace}):
            return ()
        pods = pod_selector((in_namespace(namespace), *(term for term in terms if term not in about_it)))
        return () if pods == NOTHING else (Endpoints(selector=pods, kinds=PODS),)
    pods = pod_selector(terms)
    kinds = {kind for kind in SUBJECT_KINDS if holds(terms, IDENTITIES[kind])}
    if pods == EVERYTHING:
        return (Endpoints(kinds=frozenset({Kind.POD, *kinds})),)
    found: list[Peer] = [] if pods == NOTHING else [Endpoints(selector=pods, kinds=PODS)]
    if kinds:
        found.append(Endpoints(kinds=frozenset(kinds)))
    return tuple(found)


def hosts(terms: tuple[Term, ...]) -> tuple[Peer, ...]:
    """The nodes a ``nodeSelector`` selects, as hosts; the host endpoint's labels have the source ``k8s``."""
    selector = node_selector(terms, Kind.HOST, "k8s")
    return () if selector == NOTHING else (Endpoints(selector=selector, kinds=frozenset({Kind.HOST})),)
