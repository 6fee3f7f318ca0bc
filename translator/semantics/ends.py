"""Ends of flows from the words people use: ``namespace/pod``, ``namespace/{app=web}``, an address, an entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from translator.context import Context, Pod, pod_labels
from translator.errors import UsageError, suggestion
from translator.ir.addresses import Address, block, parse_address
from translator.ir.peers import Kind
from translator.semantics.flow import Endpoint

ENTITIES: Final[Mapping[str, Kind]] = {
    "host": Kind.HOST,
    "remote-node": Kind.REMOTE_NODE,
    "kube-apiserver": Kind.KUBE_APISERVER,
    "health": Kind.HEALTH,
    "init": Kind.INIT,
    "ingress": Kind.INGRESS,
    "unmanaged": Kind.UNMANAGED,
    "world": Kind.OUTSIDE,
    "world-ipv4": Kind.OUTSIDE,
    "world-ipv6": Kind.OUTSIDE,
}
"""Words for ends that are neither pods nor addresses (Cilium's reserved identities)."""


class Ends:
    """The ends of one cluster, made once each so that they can be told apart by identity."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pods: dict[str, Endpoint] = {}
        self._others: dict[str, Endpoint] = {}
        self._by_address: dict[Address, Endpoint] = {}
        for pod in context.pods:
            end = pod_endpoint(pod, context)
            self._pods.setdefault(end.name, end)
            if not pod.host_network:
                for address in end.addresses:
                    self._by_address.setdefault(address, end)

    def pods(self) -> tuple[Endpoint, ...]:
        """Every pod of the context."""
        return tuple(self._pods.values())

    def find(self, text: str) -> Endpoint:
        """The end that a text names. Raises UsageError with a suggestion when there is none.

        An address that belongs to a pod of the context is that pod; one of the context's node ranges is a node.
        """
        known = self._pods.get(text) or self._others.get(text)
        if known is None:
            known = self._others[text] = self._make(text)
        return known

    def _make(self, text: str) -> Endpoint:
        if text in ENTITIES:
            return entity_endpoint(text, self._context)
        if "/" in text and "{" in text:
            return self._described(text)
        try:
            address = parse_address(text)
        except ValueError:
            hint = suggestion(text, [*self._pods, *ENTITIES])
            known = "an entity, an address or a pod of the context"
            raise UsageError(f"`{text}` is no end of a flow: expected {known}{f'; {hint}' if hint else ''}") from None
        return self._by_address.get(address) or address_endpoint(address, self._context)

    def _described(self, text: str) -> Endpoint:
        """``namespace/{key=value,other=value}``: a pod that need not exist."""
        namespace, _, rest = text.partition("/")
        if not rest.startswith("{") or not rest.endswith("}"):
            raise UsageError(f"`{text}` is no end of a flow: expected namespace/{{key=value,…}}")
        labels: dict[str, str] = {}
        for item in filter(None, (part.strip() for part in rest[1:-1].split(","))):
            key, equals, value = item.partition("=")
            if not equals:
                raise UsageError(f"`{item}` in `{text}` is no label: expected key=value")
            labels[key.strip()] = value.strip().strip("\"'")
        return pod_endpoint(Pod(namespace=namespace, name=rest, labels=labels), self._context)


def pod_endpoint(pod: Pod, context: Context) -> Endpoint:
    """A pod with the labels of its namespace and service account. Host-network pods are their node."""
    return Endpoint(
        kind=Kind.REMOTE_NODE if pod.host_network else Kind.POD,
        name=f"{pod.namespace}/{pod.name}",
        namespace=pod.namespace,
        labels={} if pod.host_network else pod_labels(pod, context),
        addresses=tuple(parse_address(address) for address in pod.addresses),
        ports=frozenset((port.name, port.protocol, port.port) for port in pod.ports),
    )


def address_endpoint(address: Address, context: Context) -> Endpoint:
    """An address that is no known pod: a node if the context says so, else outside."""
    is_node = any(address in block(cidr) for cidr in (*context.node_cidrs, *context.api_server))
    is_api_server = any(address in block(cidr) for cidr in context.api_server)
    kind = Kind.OUTSIDE
    if is_node:
        kind = Kind.KUBE_APISERVER if is_api_server else Kind.REMOTE_NODE
    return Endpoint(kind=kind, name=str(address), addresses=(address,), families=frozenset({address.family}))


def entity_endpoint(word: str, context: Context) -> Endpoint:
    """An end named by its entity.

    Of the three world labels one is carried by no address (``world`` in dual stack, ``world-ipv4`` where only IPv4 is
    enabled); as an end it speaks no family (cilium.md 6.1).
    """
    enabled = frozenset(4 if family == "IPv4" else 6 for family in context.cilium.ip_families)
    match word:
        case "world-ipv4":
            families = frozenset({4}) if enabled != {4} else frozenset()
        case "world-ipv6":
            families = frozenset({6}) if enabled != {6} else frozenset()
        case "world":
            families = enabled if len(enabled) == 1 else frozenset()
        case _:
            families = enabled
    return Endpoint(kind=ENTITIES[word], name=word, families=families)
