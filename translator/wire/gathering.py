"""Facts about a cluster from several sources into one context; what contradicts itself is a finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from ipaddress import ip_network
from typing import Any, Final, TypeVar

from translator.context import Context, Labels, Pod, ServiceBackend, ServiceInfo
from translator.errors import Finding, Severity
from translator.ir.addresses import blocks, parse_address
from translator.origin import Origin

NAMESPACE_NAME: Final = "kubernetes.io/metadata.name"
CONFLICT: Final = "context-conflict"

T = TypeVar("T", Pod, ServiceInfo)


@dataclass(slots=True)
class Gathering:
    """Facts as they come in; ``finish`` makes a context of them that does not depend on their order."""

    findings: list[Finding] = field(default_factory=list)
    _cidrs: dict[str, dict[str, None]] = field(default_factory=dict)
    _namespaces: dict[str, dict[str, str]] = field(default_factory=dict)
    _accounts: dict[str, dict[str, str]] = field(default_factory=dict)
    _pods: dict[tuple[str, str, str, str], Pod] = field(default_factory=dict)
    """By kind, cluster, namespace and name."""
    _services: dict[str, ServiceInfo] = field(default_factory=dict)
    _options: dict[tuple[str, str], Any] = field(default_factory=dict)
    _origins: dict[tuple[str, ...], Origin | None] = field(default_factory=dict)

    def report(self, finding: Finding) -> None:
        """Keep a finding."""
        self.findings.append(finding)

    def add_context(self, known: Context) -> None:
        """Add everything that a context knows; of its options those that are not the default."""
        self.add_pod_cidrs(known.pod_cidrs)
        self.add_node_cidrs(known.node_cidrs)
        self.add_service_cidrs(known.service_cidrs)
        self.add_api_server(known.api_server)
        for name, labels in known.namespaces.items():
            self.add_namespace(name, labels, None)
        for name, labels in known.service_accounts.items():
            self.add_service_account(name, labels, None)
        for pod in known.pods:
            self.add_pod(pod, None)
        for service in known.services.values():
            self.add_service(service, None)
        for block in ("calico", "cilium", "kubernetes"):
            options = getattr(known, block)
            for each in fields(options):
                if getattr(options, each.name) != each.default:
                    self.add_option(block, each.name, getattr(options, each.name), None)

    def add_pod_cidrs(self, cidrs: Iterable[str]) -> None:
        """Add address ranges of pods."""
        self._add_cidrs("pod", cidrs)

    def add_node_cidrs(self, cidrs: Iterable[str]) -> None:
        """Add address ranges of nodes."""
        self._add_cidrs("node", cidrs)

    def add_node_addresses(self, addresses: Iterable[str]) -> None:
        """Add single addresses of nodes."""
        self._add_cidrs("node", (str(ip_network(address)) for address in addresses))

    def add_service_cidrs(self, cidrs: Iterable[str]) -> None:
        """Add address ranges of services."""
        self._add_cidrs("service", cidrs)

    def add_api_server(self, addresses: Iterable[str]) -> None:
        """Add addresses at which the API server answers."""
        self._add_cidrs("api-server", addresses)

    def _add_cidrs(self, what: str, cidrs: Iterable[str]) -> None:
        self._cidrs.setdefault(what, {}).update(dict.fromkeys(cidrs))

    def add_namespace(self, name: str, labels: Labels, origin: Origin | None) -> None:
        """Add a namespace; the API server gives each the label of its name."""
        found = self._namespaces.setdefault(name, {})
        self._add_labels(("Namespace", name), found, {**labels, NAMESPACE_NAME: name}, origin)

    def add_service_account(self, name: str, labels: Labels, origin: Origin | None) -> None:
        """Add a service account by ``namespace/name``."""
        self._add_labels(("ServiceAccount", name), self._accounts.setdefault(name, {}), labels, origin)

    def _add_labels(self, what: tuple[str, str], found: dict[str, str], labels: Labels, origin: Origin | None) -> None:
        for key, value in labels.items():
            if found.setdefault(key, value) != value:
                self._conflict(what, f"label `{key}`", found[key], value, origin)
        self._origins.setdefault(what, origin)

    def add_pod(self, pod: Pod, origin: Origin | None, *, kind: str = "pod") -> None:
        """Add a pod, or with its kind the workload that would start it."""
        key = (kind, pod.cluster, pod.namespace, pod.name)
        self._pods[key] = self._merge(key, self._pods.get(key), pod, origin, {})

    def add_service(self, service: ServiceInfo, origin: Origin | None) -> None:
        """Add a service, or only its backends; those of several sources are joined."""
        name = f"{service.namespace}/{service.name}"
        known = self._services.get(name)
        joined: dict[str, Any] = {}
        if known is not None:
            joined["backends"] = tuple(sorted({*known.backends, *service.backends}, key=_by_backend))
        self._services[name] = self._merge(("Service", name), known, service, origin, joined)

    def _merge(
        self, what: tuple[str, ...], known: T | None, given: T, origin: Origin | None, joined: Mapping[str, Any]
    ) -> T:
        """What one source leaves empty the other fills; what both say differently is a conflict."""
        if known is None:
            self._origins[what] = origin
            return given
        changes: dict[str, Any] = dict(joined)
        for each in fields(given):
            before, after = getattr(known, each.name), getattr(given, each.name)
            if each.name in joined or before == after or _is_unsaid(each.name, after):
                continue
            if not _is_unsaid(each.name, before):
                self._conflict(what, each.name.replace("_", " "), before, after, origin)
            else:
                changes[each.name] = after
        return replace(known, **changes)

    def add_option(self, block: str, name: str, value: Any, origin: Origin | None) -> None:
        """Set an option of an engine."""
        key = (block, name)
        if key in self._options and self._options[key] != value:
            self._conflict(("option", f"{block}.{name.replace('_', '-')}"), "value", self._options[key], value, origin)
        self._options.setdefault(key, value)
        self._origins.setdefault(("option", f"{block}.{name.replace('_', '-')}"), origin)

    def _conflict(self, what: tuple[str, ...], field_name: str, before: Any, after: Any, origin: Origin | None) -> None:
        kind, *name = what
        first = self._origins.get(what)
        where = f" at {first}" if first is not None else " before"
        self.report(
            Finding(
                message=f"{kind} {'/'.join(name)}: {field_name} is {_shown(after)} here and {_shown(before)}{where}",
                origin=origin,
                code=CONFLICT,
                hint="two sources of the context contradict each other; keep the one that is true",
            )
        )

    def finish(self, base: Context) -> Context:
        """The context; its options are those of ``base`` unless a source set them."""
        self._check_pod_addresses()
        options: dict[str, dict[str, Any]] = {"calico": {}, "cilium": {}, "kubernetes": {}}
        for (block, name), value in self._options.items():
            options[block][name] = value
        return Context(
            pod_cidrs=self._sorted("pod"),
            node_cidrs=self._sorted("node"),
            service_cidrs=self._sorted("service"),
            api_server=self._sorted("api-server"),
            namespaces=dict(sorted(self._namespaces.items())),
            service_accounts=dict(sorted(self._accounts.items())),
            pods=tuple(self._named_pods()),
            services=dict(sorted(self._services.items())),
            calico=replace(base.calico, **options["calico"]),
            cilium=replace(base.cilium, **options["cilium"]),
            kubernetes=replace(base.kubernetes, **options["kubernetes"]),
        )

    def _sorted(self, what: str) -> tuple[str, ...]:
        return tuple(sorted(self._cidrs.get(what, ()), key=_by_address))

    def _named_pods(self) -> list[Pod]:
        """Pods by name; workloads of different kinds and equal names get their kind as a prefix."""
        kinds: dict[tuple[str, ...], list[str]] = {}
        for kind, *place in self._pods:
            kinds.setdefault(tuple(place), []).append(kind)
        named = [
            pod if kind == "pod" or len(kinds[tuple(place)]) == 1 else replace(pod, name=f"{kind}/{pod.name}")
            for (kind, *place), pod in self._pods.items()
        ]
        return sorted(named, key=lambda pod: (pod.cluster, pod.namespace, pod.name))

    def _check_pod_addresses(self) -> None:
        """Pods outside the pod ranges: the network plugin gives addresses from pools of its own."""
        ranges = blocks(self._cidrs.get("pod", ()))
        for key, pod in self._pods.items():
            for text in pod.addresses if ranges and not pod.host_network else ():
                if parse_address(text) not in ranges:
                    message = f"the pod {pod.namespace}/{pod.name} has the address {text} outside the pod ranges"
                    hint = (
                        "nodes' podCIDRs are not what every network plugin uses: say `podCIDRs` in a Context document"
                    )
                    origin = self._origins.get(key)
                    self.report(
                        Finding(
                            message=message, origin=origin, severity=Severity.WARNING, code="pod-outside", hint=hint
                        )
                    )
                    return


def _by_backend(backend: ServiceBackend) -> tuple[tuple[int, int, int], int, int]:
    return _by_address(backend.address), backend.protocol or 0, backend.port or 0


def _by_address(cidr: str) -> tuple[int, int, int]:
    network = ip_network(cidr)
    return network.version, int(network.network_address), network.prefixlen


def _is_unsaid(name: str, value: Any) -> bool:
    return value in ((), {}, None) or (name, value) in (("service_account", "default"), ("host_network", False))


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {item}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(str(getattr(item, "name", item)) for item in value) + "]"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
