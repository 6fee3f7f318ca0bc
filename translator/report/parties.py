"""Who stands in the picture of connections: workloads of the context, else an example for each selector."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from translator.context import Context, Pod
from translator.ir.addresses import Address, block
from translator.ir.labels import (
    CLUSTER_NAME,
    EVERYTHING,
    LOCAL_CLUSTER,
    NAMESPACE_NAME,
    And,
    Label,
    Nothing,
    Operator,
    Or,
    Requirement,
    Scope,
    Selector,
    conjunction,
    matches,
    positive,
)
from translator.ir.peers import AllOf, Domain, Endpoints, Kind, Network, NoneOf, Peer
from translator.ir.policy import Direction, Policy, PolicySet
from translator.semantics.ends import address_endpoint, pod_endpoint
from translator.semantics.flow import Endpoint

ELSEWHERE: Final = "any other namespace"
OUTSIDE: Final = "outside"
_NAMES: Final = ("app.kubernetes.io/name", "app", "k8s-app", "app.kubernetes.io/component", "name", "component")
_OF_ONE_POD: Final = frozenset(
    {
        "pod-template-hash",
        "controller-revision-hash",
        "pod-template-generation",
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-name",
        "batch.kubernetes.io/job-completion-index",
        "controller-uid",
        "job-name",
    }
)
"""Labels that controllers put on their pods to tell them apart."""
_MOST_EXAMPLES: Final = 4
"""Label sets that are tried for one selector."""
_MOST_BLOCKS: Final = 24
_FRESH: Final = ("203.0.113.", "198.51.100.", "192.0.2.")
"""Documentation ranges (RFC 5737), for addresses that no policy names."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Party:
    """A row and a column of the picture. Both sides may know other labels of the same workload."""

    name: str
    group: str
    """The namespace, or ``outside``."""
    detail: str
    before: Endpoint
    after: Endpoint

    @property
    def is_outside(self) -> bool:
        """Whether it lies outside the cluster, so that no policy governs it."""
        return self.group == OUTSIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Everybody in the picture."""

    parties: tuple[Party, ...]
    from_context: bool
    """False: the pods are examples made from the selectors of the policies."""
    invented: bool
    """Whether pods without a known address were given one that no policy names."""


def cast(
    sides: Sequence[PolicySet],
    contexts: tuple[Context, Context],
    namespaces: Collection[str] | None = None,
    examples: Collection[Endpoint] = (),
) -> Cast:
    """Workloads of the context when it has pods, else examples; and the outside as the policies divide it.

    ``namespaces``: the only ones in which there are pods; None: there may be others. ``examples``: pods
    that are shown as well.
    """
    policies = [policy for side in sides for policy in side.policies()]
    networks = list(dict.fromkeys(cidr for peer in peers(policies) if isinstance(peer, Network) for cidr in _all(peer)))
    fresh = _unnamed(networks)
    from_context = any(context.pods for context in contexts)
    found = _workloads(contexts) if from_context else _examples(policies, contexts[1], examples)
    if namespaces is not None:
        found = [party for party in found if party.after.namespace in namespaces]
    invented = any(not party.after.addresses for party in found)
    home = _pod_address(contexts[1], fresh)
    placed = [replace(each, before=_placed(each.before, home), after=_placed(each.after, home)) for each in found]
    outside = [*_blocks(networks, contexts[1]), *_domains(policies, fresh), _anywhere(fresh, contexts[1])]
    ordered = sorted(placed, key=lambda each: (each.group == ELSEWHERE, each.group, each.name))
    return Cast(parties=(*ordered, *outside), from_context=from_context, invented=invented)


def peers(policies: Iterable[Policy]) -> Iterator[Peer]:
    """Every simple peer of policies, subjects included; conjunctions of endpoints are one."""
    for policy in policies:
        for peer in policy.subject:
            yield from _simple(peer)
        for direction in Direction:
            for rule in policy.rules(direction):
                for peer in (*rule.peers, rule.subject):
                    yield from _simple(peer)


def _simple(peer: Peer) -> Iterator[Peer]:
    match peer:
        case AllOf(members):
            ends = [each for each in members if isinstance(each, Endpoints)]
            if ends:
                yield replace(ends[0], selector=conjunction(*(each.selector for each in ends)))
            for each in members:
                if not isinstance(each, Endpoints):
                    yield from _simple(each)
        case NoneOf(members):
            for each in members:
                yield from _simple(each)
        case _:
            yield peer


# -- workloads of the context -----------------------------------------------------------------------------------------


def _workloads(contexts: tuple[Context, Context]) -> list[Party]:
    known: list[dict[object, list[Pod]]] = []
    for context in contexts:
        by_key: dict[object, list[Pod]] = {}
        for pod in context.pods:
            by_key.setdefault(_key(pod), []).append(pod)
        known.append(by_key)
    keys = dict.fromkeys([*known[1], *known[0]])
    before, after = known
    same = {key: (before.get(key) or after[key], after.get(key) or before[key]) for key in keys}
    names = _distinct({key: pods[1][0] for key, pods in same.items()})
    return [
        Party(
            name=names[key],
            group=pods[1][0].namespace,
            detail=_pods_text(pods[1]),
            before=pod_endpoint(pods[0][0], contexts[0]),
            after=pod_endpoint(pods[1][0], contexts[1]),
        )
        for key, pods in same.items()
    ]


def _key(pod: Pod) -> object:
    return (pod.namespace, tuple(sorted(_own(pod).items())), pod.service_account, pod.host_network, pod.ports)


def _own(pod: Pod) -> dict[str, str]:
    return {key: value for key, value in pod.labels.items() if key not in _OF_ONE_POD}


def _distinct(pods: Mapping[object, Pod]) -> dict[object, str]:
    """A name for each workload: by its usual label, with the labels that tell it apart where two have the same."""
    plain = {
        key: next((pod.labels[name] for name in _NAMES if name in pod.labels), pod.name) for key, pod in pods.items()
    }
    number = Counter((pods[key].namespace, name) for key, name in plain.items())
    found: dict[object, str] = {}
    taken: Counter[tuple[str, str]] = Counter()
    for key, name in plain.items():
        pod = pods[key]
        if number[pod.namespace, name] > 1:
            others = [
                _own(pods[each]) for each in plain if plain[each] == name and pods[each].namespace == pod.namespace
            ]
            apart = [f"{k}={v}" for k, v in sorted(_own(pod).items()) if any(other.get(k) != v for other in others)]
            name = f"{name} ({', '.join(apart)})" if apart else name  # noqa: PLW2901
        taken[pod.namespace, name] += 1
        again = taken[pod.namespace, name]
        found[key] = f"{name} {again}" if again > 1 else name
    return found


def _pods_text(pods: Sequence[Pod]) -> str:
    number = f"{len(pods)} {'pod' if len(pods) == 1 else 'pods'}"
    labels = ", ".join(f"{key}={value}" for key, value in sorted(_own(pods[0]).items())) or "no labels"
    return f"{number}, {labels}{', on the network of its node' if pods[0].host_network else ''}"


# -- examples of what the policies select -----------------------------------------------------------------------------


def _examples(policies: Sequence[Policy], context: Context, more: Iterable[Endpoint]) -> list[Party]:
    selectors = dict.fromkeys(
        peer.selector for peer in peers(policies) if isinstance(peer, Endpoints) and Kind.POD in peer.kinds
    )
    sets = dict.fromkeys(
        tuple(sorted(labels.items()))
        for selector in [*selectors, EVERYTHING]
        for labels in _satisfying(selector, _MOST_EXAMPLES)
    )
    namespaces = {dict(labels)[NAMESPACE_NAME] for labels in sets if NAMESPACE_NAME in dict(labels)}
    bare = {((NAMESPACE_NAME, name),) for name in namespaces}
    # A change may concern pods with the labels of two selectors only: those of its examples are shown as well.
    given = [labels for end in more if (labels := _labels_of(end, namespaces, context)) is not None]
    made = [_example(dict(labels), context) for labels in dict.fromkeys([*sets, *given, *sorted(bare)])]
    return list({tuple(sorted(party.after.labels.items())): party for party in made}.values())


def _labels_of(end: Endpoint, namespaces: Collection[str], context: Context) -> tuple[tuple[Label, str], ...] | None:
    """The labels of a pod whose namespace is one of these; None: of no such pod, or its namespace is a guess."""
    namespace = end.namespace
    if end.kind is not Kind.POD or namespace is None or namespace not in namespaces:
        return None
    known = {Label(Scope.NAMESPACE, key): value for key, value in context.namespaces.get(namespace, {}).items()}
    around = {label: value for label, value in end.labels.items() if label.scope is Scope.NAMESPACE}
    if {label: value for label, value in around.items() if label != NAMESPACE_NAME} != known:
        return None
    # Every pod has a service account; the usual one tells nothing.
    own = {
        label: value
        for label, value in end.labels.items()
        if label.scope is Scope.POD or (label.scope is Scope.SERVICE_ACCOUNT and value != "default")
    }
    return tuple(sorted({**own, NAMESPACE_NAME: namespace}.items()))


def _example(labels: dict[Label, str], context: Context) -> Party:
    own = {label.key: value for label, value in labels.items() if label.scope is Scope.POD}
    around = {label.key: value for label, value in labels.items() if label.scope is Scope.NAMESPACE}
    accounts = {label.key: value for label, value in labels.items() if label.scope is Scope.SERVICE_ACCOUNT}
    namespace = around.pop(NAMESPACE_NAME.key, None) or _known_namespace(around, context)
    where = namespace or (f"namespaces with {_pairs(around)}" if around else ELSEWHERE)
    words = [_pairs(own)] if own else []
    words += [f"service account {_pairs(accounts)}"] if accounts else []
    name = ", ".join(words) or "other pods"
    known = context.namespaces.get(namespace or "", {})
    full = {
        **{Label(Scope.NAMESPACE, key): value for key, value in known.items()},
        NAMESPACE_NAME: namespace or "elsewhere",
        CLUSTER_NAME: LOCAL_CLUSTER,
        **labels,
    }
    end = Endpoint(kind=Kind.POD, name=f"{where}/{name}", namespace=namespace or "elsewhere", labels=full)
    return Party(name=name, group=where, detail="a pod with these labels and no others", before=end, after=end)


def _known_namespace(labels: Mapping[str, str], context: Context) -> str | None:
    """The first namespace of the context with these labels, if any are asked for."""
    fitting = (name for name, known in context.namespaces.items() if labels.items() <= known.items())
    return next(fitting, None) if labels else None


def _pairs(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(labels.items()))


def _satisfying(selector: Selector, most: int) -> Iterator[dict[Label, str]]:
    """Some small label sets for which a selector holds."""
    tried = islice(_candidates(positive(selector)), most * 4)
    return islice((labels for labels in tried if matches(selector, {CLUSTER_NAME: LOCAL_CLUSTER, **labels})), most)


def _candidates(selector: Selector) -> Iterator[dict[Label, str]]:
    match selector:
        case Nothing():
            return
        case Requirement(label, operator, values):
            match operator:
                case Operator.IN:
                    yield from ({label: value} for value in values)
                case Operator.HAS:
                    yield {label: "any"}
                case Operator.STARTS_WITH | Operator.ENDS_WITH | Operator.CONTAINS:
                    yield {label: values[0]}
                case _:
                    yield {}
        case And(terms):
            found: list[dict[Label, str]] = [{}]
            for term in terms:
                found = [
                    {**more, **known} if _is_present(term) else {**known, **more}
                    for known in found
                    for more in islice(_candidates(term), _MOST_EXAMPLES)
                ][: _MOST_EXAMPLES * 4]
            yield from found
        case Or(terms):
            for term in terms:
                yield from _candidates(term)
        case _:
            yield {}


def _is_present(term: Selector) -> bool:
    """Whether a term is content with any value, so that what others ask for goes before."""
    return isinstance(term, Requirement) and term.operator is Operator.HAS


# -- the outside ------------------------------------------------------------------------------------------------------


def _all(network: Network) -> tuple[str, ...]:
    return (*network.cidrs, *network.excepts)


def _is_whole_family(cidr: str) -> bool:
    return cidr.endswith("/0")


def _unnamed(cidrs: Iterable[str]) -> Iterator[Address]:
    """Addresses that lie in none of the blocks, whole families aside."""
    named = [block(cidr) for cidr in cidrs if not _is_whole_family(cidr)]
    addresses = (
        Address(4, int(ipaddress.IPv4Address(f"{start}{number}"))) for start in _FRESH for number in range(1, 255)
    )
    return iter([each for each in addresses if not any(each in taken for taken in named)])


def _pod_address(context: Context, fresh: Iterator[Address]) -> Address | None:
    """An address for pods of which none is known: of the pod range when there is one."""
    for cidr in context.pod_cidrs:
        network = ipaddress.ip_network(cidr, strict=False)
        return Address(network.version, int(network.network_address) + 1)
    return next(fresh, None)


def _placed(end: Endpoint, address: Address | None) -> Endpoint:
    return end if end.addresses or address is None else replace(end, addresses=(address,))


def _blocks(cidrs: Sequence[str], context: Context) -> Iterator[Party]:
    """One address of each block that the policies name, outside the smaller blocks within it."""
    chosen = [cidr for cidr in dict.fromkeys((*cidrs, *context.api_server)) if not _is_whole_family(cidr)]
    for cidr in chosen[:_MOST_BLOCKS]:
        network = ipaddress.ip_network(cidr, strict=False)
        within = [block(each) for each in chosen if each != cidr and _contains(network, each)]
        addresses: Iterable[Address] = (Address(network.version, int(each)) for each in islice(network, 1, 4096))
        if network.num_addresses == 1:
            addresses = [Address(network.version, int(network.network_address))]
        # Pods are parties of their own.
        within += [block(each) for each in context.pod_cidrs]
        address = next((each for each in addresses if not any(each in inner for inner in within)), None)
        if address is not None:
            end = address_endpoint(address, context)
            words = "addresses of nodes" if end.kind is not Kind.OUTSIDE else "outside the cluster"
            yield Party(name=cidr, group=OUTSIDE, detail=f"{address}, {words}", before=end, after=end)


def _contains(network: ipaddress.IPv4Network | ipaddress.IPv6Network, cidr: str) -> bool:
    other = ipaddress.ip_network(cidr, strict=False)
    if isinstance(network, ipaddress.IPv4Network):
        return isinstance(other, ipaddress.IPv4Network) and other.subnet_of(network)
    return isinstance(other, ipaddress.IPv6Network) and other.subnet_of(network)


def _domains(policies: Sequence[Policy], fresh: Iterator[Address]) -> Iterator[Party]:
    names = dict.fromkeys(peer.pattern for peer in peers(policies) if isinstance(peer, Domain))
    for pattern in islice(names, _MOST_BLOCKS):
        name = pattern.replace("**.", "any.").replace("*", "any")
        address = next(fresh, None)
        end = Endpoint(
            kind=Kind.OUTSIDE,
            name=name,
            domains=(name,),
            addresses=(address,) if address else (),
            families=frozenset({4}),
        )
        yield Party(name=pattern, group=OUTSIDE, detail=f"{name}, outside the cluster", before=end, after=end)


def _anywhere(fresh: Iterator[Address], context: Context) -> Party:
    address = next(fresh, None)
    end = (
        address_endpoint(address, context)
        if address is not None
        else Endpoint(kind=Kind.OUTSIDE, name="outside", families=frozenset({4}))
    )
    detail = f"{end.name}, which no policy names"
    return Party(name="anywhere else", group=OUTSIDE, detail=detail, before=end, after=end)
