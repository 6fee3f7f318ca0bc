"""The Context document (design 10) and kubectl dumps into the context, and the context back into its document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final

from translator.context import (
    NO_CONTEXT,
    Context,
    NamedPort,
    Pod,
    ServiceBackend,
    ServiceInfo,
)
from translator.documents.document import Document
from translator.documents.loading import load_paths
from translator.errors import Finding, Gate, InputError, Severity, UsageError
from translator.ir.traffic import PROTOCOL_NAMES, PROTOCOL_NUMBERS, TCP
from translator.origin import Origin
from translator.wire.base import validate
from translator.wire.cluster import gather_object, tells
from translator.wire.context_document import ContextDocument, Options, PodEntry, ServiceEntry
from translator.wire.gathering import NAMESPACE_NAME, Gathering
from translator.wire.leftover import leftover

__all__ = ["ContextDocument", "load_context", "override_options", "read_context", "write_context"]

API_VERSION: Final = "netpolx/v1alpha1"
KIND: Final = "Context"
ENGINES: Final = ("calico", "cilium", "kubernetes")


def read_context(
    documents: Sequence[Document], known: Context = NO_CONTEXT, *, default_namespace: str = "default"
) -> tuple[Context, tuple[Finding, ...]]:
    """What Context documents and kubectl dumps tell, added to what is known; contradictions are findings.

    Documents of kinds that tell nothing about the cluster are passed over. The order of the documents does not matter.
    """
    gathering = Gathering()
    gathering.add_context(known)
    for document in documents:
        if _is_context(document):
            model, findings = validate(ContextDocument, document.data, document.origin(), Gate.NETPOLX)
            gathering.findings += findings
            if model is None:
                _gather_rest(document, gathering)
            else:
                _gather(model, gathering, document.origin())
        else:
            gather_object(document, gathering, default_namespace)
    return gathering.finish(known), tuple(gathering.findings)


def load_context(paths: Iterable[str], options: Mapping[str, Mapping[str, Any]] | None = None) -> Context:
    """The context of files and directories; ``options`` (engine → option → value) have the last word.

    Raises InputError with every error, and UsageError for files that tell nothing about a cluster.
    """
    loaded = load_paths(paths)
    if loaded.documents and not any(map(_tells, loaded.documents)):
        kinds = ", ".join(sorted({document.kind for document in loaded.documents if document.kind}))
        raise UsageError(
            f"the context tells nothing about a cluster (it holds {kinds or 'nothing'}): expected a Context document "
            "or a kubectl dump of namespaces, pods, workloads, service accounts, services, EndpointSlices or nodes"
        )
    context, findings = read_context(loaded.documents)
    context, about_options = override_options(context, options or {})
    errors = [each for each in (*loaded.findings, *findings, *about_options) if each.severity is Severity.ERROR]
    if errors:
        raise InputError(errors)
    return context


def _is_context(document: Document) -> bool:
    return document.kind == KIND and document.api_version.startswith("netpolx/")


def _tells(document: Document) -> bool:
    return _is_context(document) or tells(document)


def override_options(context: Context, options: Mapping[str, Mapping[str, Any]]) -> tuple[Context, tuple[Finding, ...]]:
    """The context with options set as in the blocks of a Context document, whatever it said about them before."""
    document = Document(data={"apiVersion": API_VERSION, "kind": KIND, **options}, file="options")
    model, findings = validate(ContextDocument, document.data, document.origin(), Gate.NETPOLX)
    if model is None:
        return context, tuple(findings)
    return replace(
        context,
        calico=replace(context.calico, **_options(model.calico)),
        cilium=replace(context.cilium, **_options(model.cilium)),
        kubernetes=replace(context.kubernetes, **_options(model.kubernetes)),
    ), ()


def _gather_rest(document: Document, gathering: Gathering) -> None:
    """What else is wrong with a Context that does not fit its model."""
    rest = leftover(ContextDocument, document.data)
    if rest is not None:
        number = len(gathering.findings)
        _gather(rest.model, gathering, document.origin())
        gathering.findings[number:] = rest.told(gathering.findings[number:])


def _gather(model: ContextDocument, gathering: Gathering, origin: Origin) -> None:
    gathering.add_pod_cidrs(model.pod_cidrs or ())
    gathering.add_node_cidrs(model.node_cidrs or ())
    gathering.add_service_cidrs(model.service_cidrs or ())
    gathering.add_api_server(model.api_server or ())
    for name, labels in (model.namespaces or {}).items():
        gathering.add_namespace(name, labels or {}, origin.at("namespaces", name))
    for name, labels in (model.service_accounts or {}).items():
        gathering.add_service_account(name, labels or {}, origin.at("serviceAccounts", name))
    for number, entry in enumerate(model.pods or ()):
        gathering.add_pod(_pod(entry), origin.at("pods", number))
    for number, entry in enumerate(model.workloads or ()):
        gathering.add_pod(_pod(entry), origin.at("workloads", number), kind="workload")
    for name, service in (model.services or {}).items():
        gathering.add_service(_service(name, service or ServiceEntry()), origin.at("services", name))
    for block in ENGINES:
        for name, value in _options(getattr(model, block)).items():
            if value is not None:
                gathering.add_option(block, name, value, origin.at(block, name.replace("_", "-")))


def _options(block: Options | None) -> dict[str, Any]:
    """The options that a block sets, as the fields of the context's dataclass."""
    found = {name: getattr(block, name) for name in sorted(block.model_fields_set)} if block else {}
    if found.get("allow_localhost") == "auto":
        # Under Kubernetes (cilium.md 12).
        found["allow_localhost"] = "always"
    return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}


def _pod(entry: PodEntry) -> Pod:
    return Pod(
        namespace=entry.namespace,
        name=entry.name,
        labels=entry.labels or {},
        service_account=entry.service_account or "default",
        addresses=tuple(entry.addresses or ()),
        ports=tuple(
            NamedPort(
                name=port.name, protocol=PROTOCOL_NUMBERS[port.protocol] if port.protocol else TCP, port=port.port
            )
            for port in entry.ports or ()
            if port.name
        ),
        cluster=entry.cluster or "default",
        host_network=bool(entry.host_network),
    )


def _service(namespaced_name: str, entry: ServiceEntry) -> ServiceInfo:
    namespace, _, name = namespaced_name.partition("/")
    return ServiceInfo(
        namespace=namespace,
        name=name,
        labels=entry.labels or {},
        selector=entry.selector,
        addresses=tuple(entry.addresses or ()),
        backends=tuple(
            ServiceBackend(
                address=each.address,
                protocol=PROTOCOL_NUMBERS[each.protocol] if each.protocol else None,
                port=each.port,
            )
            for each in entry.backends or ()
        ),
        external_traffic_policy=entry.external_traffic_policy,
    )


def write_context(context: Context) -> dict[str, Any]:
    """The Context document that reads back as this context; what is unknown or default is left out."""
    written: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "podCIDRs": list(context.pod_cidrs),
        "nodeCIDRs": list(context.node_cidrs),
        "serviceCIDRs": list(context.service_cidrs),
        "apiServer": list(context.api_server),
        "namespaces": {name: _without_name(name, labels) for name, labels in context.namespaces.items()},
        "serviceAccounts": {name: dict(labels) for name, labels in context.service_accounts.items()},
        "pods": [_pod_entry(pod) for pod in context.pods],
        "services": {name: _service_entry(service) for name, service in context.services.items()},
        **{block: _block(getattr(context, block)) for block in ENGINES},
    }
    return _said(written)


def _without_name(name: str, labels: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in labels.items() if (key, value) != (NAMESPACE_NAME, name)}


def _pod_entry(pod: Pod) -> dict[str, Any]:
    return _said(
        {
            "namespace": pod.namespace,
            "name": pod.name,
            "labels": dict(pod.labels),
            "serviceAccount": pod.service_account if pod.service_account != "default" else None,
            "addresses": list(pod.addresses),
            "ports": [
                {"name": port.name, "protocol": PROTOCOL_NAMES[port.protocol], "port": port.port} for port in pod.ports
            ],
            "cluster": pod.cluster if pod.cluster != "default" else None,
            "hostNetwork": pod.host_network or None,
        }
    )


def _service_entry(service: ServiceInfo) -> dict[str, Any]:
    backends = [
        _said({"address": each.address, "protocol": PROTOCOL_NAMES.get(each.protocol or -1), "port": each.port})
        for each in service.backends
    ]
    return _said(
        {
            "labels": dict(service.labels),
            "selector": dict(service.selector) if service.selector is not None else None,
            "addresses": list(service.addresses),
            "backends": backends,
            "externalTrafficPolicy": service.external_traffic_policy,
        }
    )


def _block(options: Any) -> dict[str, Any]:
    values = {each.name: (getattr(options, each.name), each.default) for each in fields(options)}
    return {
        name.replace("_", "-"): list(value) if isinstance(value, tuple) else value
        for name, (value, default) in values.items()
        if value != default
    }


def _said(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value is not None and value not in ([], {})}
