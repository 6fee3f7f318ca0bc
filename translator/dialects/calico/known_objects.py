"""The objects besides pods whose addresses a peer selector matches: network sets and host endpoints (calico.md 2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from translator.context import Context
from translator.dialects.calico.folding import Terms
from translator.dialects.calico.model import HostEndpoint as WireHostEndpoint
from translator.dialects.calico.model import Profile
from translator.dialects.calico.selector import Comparison, Conjunction, Disjunction, Has, Negation, Node, holds
from translator.dialects.calico.values import read_network_or_address, read_protocol
from translator.dialects.calico.views import (
    NAME,
    NAMESPACE,
    NAMESPACE_PREFIX,
    SERVICE_ACCOUNT_PREFIX,
    group_selector,
    is_reserved,
)
from translator.ir.labels import conjunction, negation
from translator.ir.peers import GroupReference, Network
from translator.ir.policy import AddressGroup, HostEndpoint
from translator.origin import Origin

Labels = dict[str, str]
_NAME_LABEL: Final = "kubernetes.io/metadata.name"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownSet:
    """A network set with every label that selectors see."""

    group: AddressGroup
    labels: Labels
    lacks_namespace: bool
    """Whether its namespace has labels that the context does not say."""

    @property
    def reference(self) -> str:
        """``name`` or ``namespace/name``."""
        return f"{self.group.namespace}/{self.group.name}" if self.group.namespace else self.group.name


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownHost:
    """A host endpoint with every label that selectors see; it is a peer by its addresses."""

    endpoint: HostEndpoint
    labels: Labels

    @property
    def network(self) -> Network:
        """Its expected addresses."""
        return Network(cidrs=self.endpoint.addresses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What a selector matches besides pods."""

    sets: Network | None = None
    hosts: tuple[KnownHost, ...] = ()
    doubtful: tuple[str, ...] = ()
    """Sets whose match depends on labels of a namespace that nobody told us."""


_NOTHING: Final = Matched()


class KnownObjects:
    """All sets and host endpoints of one input, asked by many rules.

    ``as_written``: nobody wants to know whom selectors find; they stay what they are (``written``).
    """

    def __init__(
        self,
        sets: Sequence[KnownSet] = (),
        hosts: Sequence[KnownHost] = (),
        *,
        all_have_accounts: bool = True,
        as_written: bool = False,
    ) -> None:
        self.sets = tuple(sets)
        self.hosts = tuple(hosts)
        self.all_have_accounts = all_have_accounts
        self.as_written = as_written
        self.reserved = frozenset(key for host in self.hosts for key in host.labels if is_reserved(key))
        self._matched: dict[tuple[Terms, Node | None], Matched] = {}

    def matched(self, positive: Terms, negative: Node | None) -> Matched:
        """The sets and hosts for which all positive terms hold and the negative one does not."""
        if not self.sets and not self.hosts:
            return _NOTHING
        key = (positive, negative)
        known = self._matched.get(key)
        if known is None:
            known = self._matched[key] = self._find(positive, negative)
        return known

    def _find(self, positive: Terms, negative: Node | None) -> Matched:
        found = [each for each in self.sets if _matches(each.labels, positive, negative)]
        asked = {label for term in (*positive, *((negative,) if negative else ())) for label in _labels_of(term)}
        return Matched(
            sets=_network(found, positive, negative) if any(each.group.cidrs for each in found) else None,
            hosts=tuple(
                host for host in self.hosts if host.endpoint.addresses and _matches(host.labels, positive, negative)
            ),
            doubtful=tuple(each.reference for each in self.sets if each.lacks_namespace and _is_asked(each, asked)),
        )


def _matches(labels: Labels, positive: Terms, negative: Node | None) -> bool:
    return all(holds(term, labels) for term in positive) and not (negative is not None and holds(negative, labels))


def _is_asked(known: KnownSet, asked: Iterable[str]) -> bool:
    return any(label.startswith(NAMESPACE_PREFIX) and label not in known.labels for label in asked)


def _network(found: Sequence[KnownSet], positive: Terms, negative: Node | None) -> Network:
    terms = [group_selector(term) for term in positive]
    if negative is not None:
        terms.append(negation(group_selector(negative)))
    return Network(
        cidrs=tuple(dict.fromkeys(cidr for each in found for cidr in each.group.cidrs)),
        group=GroupReference(
            names=tuple(sorted(each.reference for each in found)),
            selector=conjunction(*terms),
        ),
    )


def _labels_of(node: Node) -> Iterable[str]:
    match node:
        case Has(label) | Comparison(label):
            yield label
        case Negation(term):
            yield from _labels_of(term)
        case Conjunction(terms) | Disjunction(terms):
            for term in terms:
                yield from _labels_of(term)


# -- making them ------------------------------------------------------------------------------------------------------


def known_set(group: AddressGroup, context: Context) -> KnownSet:
    """A set of a namespace carries its name and inherits its labels; own labels beat inherited ones (calico.md 1.6)."""
    own = dict(group.labels)
    if group.namespace is None:
        return KnownSet(group=group, labels=own, lacks_namespace=False)
    inherited = _namespace_labels(group.namespace, context)
    return KnownSet(
        group=group,
        labels={**inherited, **own, NAMESPACE: group.namespace},
        lacks_namespace=group.namespace not in context.namespaces,
    )


def known_host(
    model: WireHostEndpoint,
    profiles: Mapping[str, Profile],
    context: Context,
    origin: Origin,
    profile_origins: tuple[Origin, ...] = (),
) -> KnownHost:
    """A host endpoint with the labels of its profiles: of two profiles the earlier counts (calico.md 1.8)."""
    spec, metadata = model.spec, model.metadata
    own = {key: value or "" for key, value in ((metadata and metadata.labels) or {}).items()}
    names = tuple((spec and spec.profiles) or ())
    labels: Labels = {}
    for name in reversed(names):
        labels.update(_profile_labels(name, profiles, context))
    labels.update(own)
    addresses = [read_network_or_address(text) for text in (spec and spec.expected_ips) or ()]
    return KnownHost(
        endpoint=HostEndpoint(
            name=(metadata and metadata.name) or "",
            node=spec.node if spec else None,
            labels=tuple(sorted(labels.items())),
            addresses=tuple(each.text for each in addresses if each is not None),
            interface=spec.interface_name if spec else None,
            profiles=names,
            ports=tuple(
                (port.name, number, port.port)
                for port in (spec and spec.ports) or ()
                if port.name and port.port and port.protocol is not None
                if (number := read_protocol(port.protocol).number) is not None
            ),
            profile_origins=profile_origins,
            origin=origin,
        ),
        labels=labels,
    )


def _profile_labels(name: str, profiles: Mapping[str, Profile], context: Context) -> Labels:
    if name in profiles:
        spec = profiles[name].spec
        return {key: value or "" for key, value in ((spec and spec.labels_to_apply) or {}).items()}
    if name.startswith("kns."):
        return _namespace_labels(name.removeprefix("kns."), context)
    if name.startswith("ksa."):
        namespace, _, account = name.removeprefix("ksa.").partition(".")
        labels = context.service_accounts.get(f"{namespace}/{account}", {})
        return {
            **{SERVICE_ACCOUNT_PREFIX + key: value for key, value in labels.items()},
            SERVICE_ACCOUNT_PREFIX + NAME: account,
        }
    return {}


def _namespace_labels(namespace: str, context: Context) -> Labels:
    """What the profile of a namespace gives: its labels, and its name whatever its own label of that key says."""
    labels = {NAMESPACE_PREFIX + key: value for key, value in context.namespaces.get(namespace, {}).items()}
    labels.setdefault(NAMESPACE_PREFIX + _NAME_LABEL, namespace)
    return {**labels, NAMESPACE_PREFIX + NAME: namespace}
