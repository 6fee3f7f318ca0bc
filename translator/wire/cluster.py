"""Namespaces, pods, workloads, services and nodes of dumps and manifests into what they tell about the cluster.

Read leniently: these objects are others' business, only what the context needs of them is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Any, Final

from translator.context import NamedPort, Pod, ServiceBackend, ServiceInfo
from translator.documents.document import Document
from translator.errors import Finding, Gate
from translator.ir.traffic import PROTOCOL_NUMBERS, TCP
from translator.origin import PathStep
from translator.wire.gathering import Gathering

SERVICE_NAME: Final = "kubernetes.io/service-name"
API_SERVER: Final = ("default", "kubernetes")
"""The Service and EndpointSlice that the API server keeps for itself."""


def tells(document: Document) -> bool:
    """Whether objects of its kind tell something about a cluster."""
    return (document.api_version, document.kind) in _KINDS


def gather_object(document: Document, gathering: Gathering, default_namespace: str) -> None:
    """Add what one object tells; objects of other kinds tell nothing."""
    gather = _KINDS.get((document.api_version, document.kind))
    name = document.metadata.get("name")
    if gather is not None and isinstance(name, str):
        gather(document, gathering, _text(document.metadata.get("namespace")) or default_namespace, name)


def _namespace(document: Document, gathering: Gathering, _namespace: str, name: str) -> None:
    gathering.add_namespace(name, _labels(document, gathering, "metadata"), document.origin())


def _service_account(document: Document, gathering: Gathering, namespace: str, name: str) -> None:
    gathering.add_service_account(f"{namespace}/{name}", _labels(document, gathering, "metadata"), document.origin())


def _pod(document: Document, gathering: Gathering, namespace: str, _name: str) -> None:
    status = _mapping(document.data.get("status"))
    if status.get("phase") in ("Succeeded", "Failed"):
        # A finished pod has given its address back.
        return
    found = [_mapping(each).get("ip") for each in _list(status.get("podIPs"))] or [status.get("podIP")]
    addresses = tuple(str(address) for address in found if _is_address(address))
    gathering.add_pod(_made(document, gathering, namespace, addresses=addresses), document.origin())


def _workload(document: Document, gathering: Gathering, namespace: str, _name: str) -> None:
    owners = _list(document.metadata.get("ownerReferences"))
    if any(_mapping(owner).get("controller") for owner in owners):
        # A ReplicaSet of a Deployment, a Job of a CronJob: the owner tells the same.
        return
    steps = ("spec", "jobTemplate", "spec", "template") if document.kind == "CronJob" else ("spec", "template")
    gathering.add_pod(_made(document, gathering, namespace, *steps), document.origin(), kind=document.kind.lower())


def _made(
    document: Document, gathering: Gathering, namespace: str, *steps: str, addresses: tuple[str, ...] = ()
) -> Pod:
    """The pod whose metadata and spec stand at a path."""
    spec = _at(document, *steps, "spec")
    account = _text(spec.get("serviceAccountName")) or _text(spec.get("serviceAccount")) or "default"
    return Pod(
        namespace=namespace,
        name=str(document.metadata["name"]),
        labels=_labels(document, gathering, *steps, "metadata"),
        service_account=account,
        addresses=addresses,
        ports=tuple(dict.fromkeys(_named_ports(spec))),
        host_network=spec.get("hostNetwork") is True,
    )


def _named_ports(spec: Mapping[str, Any]) -> Iterator[NamedPort]:
    for container in (*_list(spec.get("containers")), *_list(spec.get("initContainers"))):
        for port in map(_mapping, _list(_mapping(container).get("ports"))):
            name, number = port.get("name"), port.get("containerPort")
            if isinstance(name, str) and isinstance(number, int):
                yield NamedPort(name=name, protocol=_protocol(port), port=number)


def _protocol(port: Mapping[str, Any]) -> int:
    return PROTOCOL_NUMBERS.get(_text(port.get("protocol")), TCP)


def _service(document: Document, gathering: Gathering, namespace: str, name: str) -> None:
    spec = _mapping(document.data.get("spec"))
    balancers = _list(_mapping(_mapping(document.data.get("status")).get("loadBalancer")).get("ingress"))
    own = [*_list(spec.get("clusterIPs")), spec.get("clusterIP")]
    outer = [*_list(spec.get("externalIPs")), *(_mapping(each).get("ip") for each in balancers)]
    selector = spec.get("selector")
    info = ServiceInfo(
        namespace=namespace,
        name=name,
        labels=_labels(document, gathering, "metadata"),
        selector=dict(selector) if isinstance(selector, Mapping) and selector else None,
        addresses=tuple(dict.fromkeys(address for address in (*own, *outer) if _is_address(address))),
        external_traffic_policy=_traffic_policy(spec),
    )
    gathering.add_service(info, document.origin())
    if (namespace, name) == API_SERVER:
        gathering.add_api_server(address for address in own if _is_address(address))


def _traffic_policy(spec: Mapping[str, Any]) -> str | None:
    """What becomes of the sender's address; the API server writes the default, a manifest need not."""
    if spec.get("type") not in ("NodePort", "LoadBalancer") and not spec.get("externalIPs"):
        return None
    return "Local" if spec.get("externalTrafficPolicy") == "Local" else "Cluster"


def _endpoint_slice(document: Document, gathering: Gathering, namespace: str, _name: str) -> None:
    service = _mapping(document.metadata.get("labels")).get(SERVICE_NAME)
    if not isinstance(service, str):
        return
    endpoints = map(_mapping, _list(document.data.get("endpoints")))
    addresses = [address for each in endpoints for address in _list(each.get("addresses")) if _is_address(address)]
    backends = _backends(addresses, _list(document.data.get("ports")))
    gathering.add_service(ServiceInfo(namespace=namespace, name=service, backends=backends), document.origin())
    if (namespace, service) == API_SERVER:
        gathering.add_api_server(addresses)


def _endpoints(document: Document, gathering: Gathering, namespace: str, name: str) -> None:
    for subset in map(_mapping, _list(document.data.get("subsets"))):
        ready = (*_list(subset.get("addresses")), *_list(subset.get("notReadyAddresses")))
        addresses = [each["ip"] for each in map(_mapping, ready) if _is_address(each.get("ip"))]
        backends = _backends(addresses, _list(subset.get("ports")))
        gathering.add_service(ServiceInfo(namespace=namespace, name=name, backends=backends), document.origin())
        if (namespace, name) == API_SERVER:
            gathering.add_api_server(addresses)


def _backends(addresses: list[str], ports: list[Any]) -> tuple[ServiceBackend, ...]:
    """Every address with every port; a slice without ports (of a headless service) tells the addresses alone."""
    reached: list[tuple[int | None, int | None]] = [(_protocol(each), _number(each)) for each in map(_mapping, ports)]
    return tuple(
        ServiceBackend(address=address, protocol=protocol, port=port)
        for address in addresses
        for protocol, port in reached or [(None, None)]
    )


def _number(port: Mapping[str, Any]) -> int | None:
    number = port.get("port")
    return number if isinstance(number, int) else None


def _node(document: Document, gathering: Gathering, _namespace: str, _name: str) -> None:
    spec = _mapping(document.data.get("spec"))
    gathering.add_pod_cidrs(text for text in (*_list(spec.get("podCIDRs")), spec.get("podCIDR")) if _is_cidr(text))
    addresses = map(_mapping, _list(_mapping(document.data.get("status")).get("addresses")))
    gathering.add_node_addresses(each["address"] for each in addresses if _is_address(each.get("address")))


def _address_pool(document: Document, gathering: Gathering, _namespace: str, _name: str) -> None:
    """Calico's own pools of pod addresses; nodes tell nothing of them."""
    spec = _mapping(document.data.get("spec"))
    if "Workload" in (_list(spec.get("allowedUses")) or ("Workload",)) and _is_cidr(spec.get("cidr")):
        gathering.add_pod_cidrs((_text(spec.get("cidr")),))


def _cilium_node(document: Document, gathering: Gathering, _namespace: str, _name: str) -> None:
    ipam = _mapping(_mapping(document.data.get("spec")).get("ipam"))
    gathering.add_pod_cidrs(text for text in _list(ipam.get("podCIDRs")) if _is_cidr(text))


def _labels(document: Document, gathering: Gathering, *steps: PathStep) -> dict[str, str]:
    found = _at(document, *steps).get("labels")
    labels: dict[str, str] = {}
    for key, value in _mapping(found).items():
        if isinstance(value, str):
            labels[key] = value
        elif value is not None:
            message, hint = f"the value of the label `{key}` is no string", f'write "{value}" in quotes'
            origin = document.origin(*steps, "labels", key)
            gathering.report(Finding(message=message, origin=origin, gate=Gate.APISERVER, code="wrong-type", hint=hint))
    return labels


def _at(document: Document, *steps: PathStep) -> Mapping[str, Any]:
    node: Mapping[Any, Any] = document.data
    for step in steps:
        node = _mapping(node.get(step))
    return node


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _is_address(value: Any) -> bool:
    return _reads(ip_address, value) and "%" not in value


def _is_cidr(value: Any) -> bool:
    return _reads(ip_network, value)


def _reads(read: Callable[[str], object], value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        read(value)
    except ValueError:
        return False
    return True


_Gather = Callable[[Document, Gathering, str, str], None]
_KINDS: Final[dict[tuple[str, str], _Gather]] = {
    ("v1", "Namespace"): _namespace,
    ("v1", "Node"): _node,
    ("v1", "Pod"): _pod,
    ("v1", "Service"): _service,
    ("v1", "ServiceAccount"): _service_account,
    ("v1", "Endpoints"): _endpoints,
    ("v1", "ReplicationController"): _workload,
    ("discovery.k8s.io/v1", "EndpointSlice"): _endpoint_slice,
    ("projectcalico.org/v3", "IPPool"): _address_pool,
    ("crd.projectcalico.org/v1", "IPPool"): _address_pool,
    ("cilium.io/v2", "CiliumNode"): _cilium_node,
    **{("apps/v1", kind): _workload for kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")},
    **{("batch/v1", kind): _workload for kind in ("Job", "CronJob")},
}
