"""What the API server refuses: the custom resources' schema beyond types, from the object down to the port.

The types are in ``model``; unknown fields are strict field validation. A null counts as absent, because the API server
prunes nulls of fields before it validates; a null in a list is an error (cilium.md 15).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from translator.dialects.cilium.faults import Fault, under
from translator.dialects.cilium.model import (
    CidrGroupSpec,
    CidrRule,
    EgressRule,
    IngressDenyRule,
    IngressRule,
    Item,
    PortDenyRule,
    PortProtocol,
    PortRule,
    Spec,
)
from translator.dialects.cilium.plain import is_plain
from translator.dialects.cilium.schema_fields import (
    at_most_faults,
    authentication_faults,
    cidr_faults,
    cidr_rule_faults,
    icmp_field_faults,
    is_port,
    item_faults,
    layer7_faults,
    listener_faults,
    log_faults,
    missing_fault,
    name_rule_faults,
    no_faults,
    null_fault,
    protocol_hint,
    selector_faults,
    server_names_faults,
    service_faults,
    tls_faults,
    untyped_selector_faults,
)
from translator.dialects.cilium.values import MAX_PORTS, PORT_PROTOCOLS, PROTOCOLS
from translator.errors import suggestion
from translator.legalize.profiles import PROFILES, Feature
from translator.legalize.target import TargetName
from translator.wire.base import either, shown

ENTITIES: Final = (
    "all",
    "world",
    "cluster",
    "host",
    "init",
    "ingress",
    "unmanaged",
    "remote-node",
    "health",
    "none",
    "kube-apiserver",
)
"""The schema's enum; the agent also takes ``world-ipv4`` and ``world-ipv6``, and ``cluster-mesh`` since 1.20."""


_FEATURES: Final = PROFILES[TargetName.CILIUM].features


class Schema:
    """The schema of one Cilium version."""

    def __init__(self, version: tuple[int, int]) -> None:
        """1.20 adds protocols without ports, the entity ``cluster-mesh`` and labels as strings."""
        self._version = version
        self._is_1_20 = version >= (1, 20)
        self._ranges = version in _FEATURES[Feature.PORT_RANGES]
        self._entities = (*ENTITIES, "cluster-mesh") if self._is_1_20 else ENTITIES
        self._protocols = PROTOCOLS if self._is_1_20 else tuple(PORT_PROTOCOLS)

    def policy(self, spec: Spec | None, specs: Sequence[Spec | None] | None) -> Iterator[Fault]:
        """The faults of a policy object."""
        if spec is not None:
            yield from under(self._spec(spec), "spec")
        yield from item_faults(specs, "specs", self._spec)

    def group(self, spec: CidrGroupSpec | None) -> Iterator[Fault]:
        """The faults of a CiliumCIDRGroup."""
        if spec is None:
            yield missing_fault("spec")
        elif spec.external_cidrs is None:
            yield missing_fault("spec", "externalCIDRs")
        else:
            yield from item_faults(spec.external_cidrs, ("spec", "externalCIDRs"), cidr_faults)

    def _spec(self, spec: Spec) -> Iterator[Fault]:
        selectors = [each for each in (spec.endpoint_selector, spec.node_selector) if each is not None]
        if len(selectors) != 1:
            found = "both" if selectors else "neither"
            yield Fault(
                message=f"expected exactly one of `endpointSelector` and `nodeSelector`, found {found}",
                code="missing-field" if not selectors else "invalid-value",
            )
        lists = (spec.ingress, spec.ingress_deny, spec.egress, spec.egress_deny)
        if all(each is None for each in lists):
            yield Fault(
                message="expected at least one of `ingress`, `ingressDeny`, `egress` and `egressDeny`, found none",
                code="missing-field",
            )
        for field, selector in (("endpointSelector", spec.endpoint_selector), ("nodeSelector", spec.node_selector)):
            if selector is not None:
                yield from under(selector_faults(selector), field)
        yield from item_faults(spec.ingress, "ingress", self._item)
        yield from item_faults(spec.ingress_deny, "ingressDeny", self._item)
        yield from item_faults(spec.egress, "egress", self._item)
        yield from item_faults(spec.egress_deny, "egressDeny", self._item)
        yield from item_faults(spec.labels, "labels", self._label)
        yield from self._newer("enableDefaultDeny", spec.enable_default_deny, Feature.DEFAULT_DENY_OFF)
        yield from self._newer("log", spec.log, Feature.POLICY_LOG)
        if spec.log is not None and spec.log.value is not None:
            yield from under(log_faults(spec.log.value), "log", "value")

    def _newer(self, field: str, value: object, feature: Feature) -> Iterator[Fault]:
        """A field that a later version brought is unknown to this one."""
        span = _FEATURES[feature]
        if value is not None and self._version not in span:
            since = ".".join(map(str, span.since or ()))
            yield Fault(message=f"unknown field `{field}`: it came with {since}", path=(field,), code="unknown-field")

    def _cidr_rule(self, rule: CidrRule) -> Iterator[Fault]:
        yield from cidr_rule_faults(rule)
        yield from self._newer("cidrGroupSelector", rule.cidr_group_selector, Feature.CIDR_GROUPS)

    def _item(self, item: Item) -> Iterable[Fault]:
        return () if is_plain(item, ranges=self._ranges) else self.every_fault(item)

    def every_fault(self, item: Item) -> Iterator[Fault]:
        """The faults of an item, looked for field by field."""
        lists: tuple[tuple[str, Sequence[object] | None, Callable[[Any], Iterable[Fault]]], ...]
        if isinstance(item, IngressRule | IngressDenyRule):
            lists = (
                ("fromEndpoints", item.from_endpoints, selector_faults),
                ("fromCIDR", item.from_cidr, cidr_faults),
                ("fromCIDRSet", item.from_cidr_set, self._cidr_rule),
                ("fromEntities", item.from_entities, self._entity),
                ("fromGroups", item.from_groups, no_faults),
                ("fromNodes", item.from_nodes, selector_faults),
                ("fromRequires", item.from_requires, untyped_selector_faults),
                ("toPorts", item.to_ports, self._port_rule),
            )
        else:
            lists = (
                ("toEndpoints", item.to_endpoints, selector_faults),
                ("toCIDR", item.to_cidr, cidr_faults),
                ("toCIDRSet", item.to_cidr_set, self._cidr_rule),
                ("toEntities", item.to_entities, self._entity),
                ("toGroups", item.to_groups, no_faults),
                ("toNodes", item.to_nodes, selector_faults),
                ("toServices", item.to_services, service_faults),
                ("toRequires", item.to_requires, untyped_selector_faults),
                ("toFQDNs", item.to_fqdns if isinstance(item, EgressRule) else None, name_rule_faults),
                ("toPorts", item.to_ports, self._port_rule),
            )
        for field, values, check in lists:
            if values:
                yield from item_faults(values, field, check)
        for position, icmp in enumerate(item.icmps or ()):
            if icmp is None:
                yield null_fault("a mapping", "icmps", position)
                continue
            yield from under(at_most_faults(icmp.fields, MAX_PORTS), "icmps", position, "fields")
            yield from under(item_faults(icmp.fields, "fields", icmp_field_faults), "icmps", position)
        if isinstance(item, IngressRule | EgressRule) and item.authentication is not None:
            yield from under(authentication_faults(item.authentication), "authentication")

    def _entity(self, entity: str) -> Iterator[Fault]:
        if entity not in self._entities:
            yield Fault(
                message=f"expected {either(self._entities)}, found {shown(entity)}",
                hint=suggestion(entity, self._entities),
            )

    def _label(self, label: Any) -> Iterator[Fault]:
        """A label of the policy: an object up to 1.19, a string since (cilium.md 1.2)."""
        if self._is_1_20 and not isinstance(label, str):
            yield Fault(message=f"expected a string, found {shown(label)}", code="wrong-type")
        elif not self._is_1_20 and not isinstance(label, Mapping):
            yield Fault(message=f"expected a mapping with `key`, found {shown(label)}", code="wrong-type")
        elif isinstance(label, Mapping):
            for field, value in label.items():
                if field not in ("key", "value", "source"):
                    yield Fault(message=f"unknown field `{field}`", path=(field,), code="unknown-field")
                elif value is not None and not isinstance(value, str):
                    yield Fault(message=f"expected a string, found {shown(value)}", path=(field,), code="wrong-type")
            if label.get("key") is None:
                yield missing_fault("key")

    def _port_rule(self, rule: PortRule | PortDenyRule) -> Iterator[Fault]:
        yield from under(at_most_faults(rule.ports, MAX_PORTS), "ports")
        yield from item_faults(rule.ports, "ports", self._port)
        if isinstance(rule, PortDenyRule):
            return
        if rule.rules is not None:
            yield from under(layer7_faults(rule.rules, knows_kafka=not self._is_1_20), "rules")
        if rule.server_names is not None:
            yield from server_names_faults(rule.server_names)
        for field, context in (("terminatingTLS", rule.terminating_tls), ("originatingTLS", rule.originating_tls)):
            if context is not None:
                yield from under(tls_faults(context), field)
        if rule.listener is not None:
            yield from under(listener_faults(rule.listener), "listener")

    def _port(self, port: PortProtocol) -> Iterator[Fault]:
        if port.port is None:
            yield missing_fault("port")
        elif not is_port(port.port):
            yield Fault(message=f"expected a port number or name, found {shown(port.port)}", path=("port",))
        yield from self._newer("endPort", port.end_port, Feature.PORT_RANGES)
        if port.end_port is not None and not 0 <= port.end_port <= 65535:
            yield Fault(message=f"expected a port between 0 and 65535, found {port.end_port}", path=("endPort",))
        if port.protocol is not None and port.protocol not in self._protocols:
            yield Fault(
                message=f"expected {either(self._protocols)}, found {shown(port.protocol)}",
                path=("protocol",),
                hint=protocol_hint(port.protocol, self._protocols),
            )
