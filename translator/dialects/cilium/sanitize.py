"""What the Cilium agent refuses when it reads a policy (``Rule.Sanitize`` and decoding), beyond types.

Source: cilium.md 1 to 8. Ports and layer 7 are in ``sanitize_ports``. A null in a list is what Go's zero value is:
an empty selector or item, an empty string (cilium.md 3).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, TypeVar

from translator.context import CiliumOptions
from translator.dialects.cilium.faults import Fault, under
from translator.dialects.cilium.model import (
    CidrRule,
    EgressRule,
    IcmpField,
    IcmpRule,
    IngressDenyRule,
    IngressRule,
    Item,
    NameRule,
    PortDenyRule,
    PortRule,
    Spec,
)
from translator.dialects.cilium.plain import is_plain
from translator.dialects.cilium.sanitize_ports import PortChecks, Subject, name_faults
from translator.dialects.cilium.schema import ENTITIES
from translator.dialects.cilium.values import (
    ICMP_FAMILIES,
    ICMP_TYPES,
    MAX_PORTS,
    icmp_type,
    prefix,
    prefix_or_address,
)
from translator.errors import suggestion
from translator.ir.policy import Direction
from translator.ir.traffic import ICMP
from translator.wire.base import either, shown
from translator.wire.kubernetes_types import LabelSelector, is_label_value, is_qualified_name
from translator.wire.selectors import OPERATORS

Value = TypeVar("Value")

AGENT_ENTITIES: Final = (*ENTITIES, "cluster-mesh", "world-ipv4", "world-ipv6")

_SOURCE: Final = re.compile(r"[A-Za-z0-9]+\Z")
_EMPTY_SELECTOR: Final = LabelSelector()
_EMPTY_CIDR_RULE: Final = CidrRule()
_NO_NAME: Final = NameRule()
_LISTS: Final = ("ingress", "ingressDeny", "egress", "egressDeny")


class Sanitize:
    """The agent's checks under some options."""

    def __init__(self, options: CiliumOptions, *, string_labels: bool) -> None:
        """``string_labels``: policy labels are strings only, as since 1.20 (cilium.md 1.2)."""
        self._options = options
        self._string_labels = string_labels
        self._ports = PortChecks(options)

    def spec(self, spec: Spec, *, namespaced: bool) -> Iterator[Fault]:
        """The faults of one rule set; ``namespaced``: the object has a namespace, so it is no clusterwide policy."""
        yield from _subject(spec, namespaced=namespaced)
        lists = (spec.ingress, spec.ingress_deny, spec.egress, spec.egress_deny)
        if not any(lists):
            yield Fault(
                message="expected an item in at least one of `ingress`, `ingressDeny`, `egress` and `egressDeny`",
                code="missing-field",
                hint="to deny everything write `ingress: [{}]` or `egress: [{}]`",
            )
        for position, label in enumerate(spec.labels or ()):
            yield from under(self._label(label), "labels", position)
        is_host = spec.given("node_selector") and not spec.given("endpoint_selector")
        subject = Subject.HOST if is_host else Subject.ENDPOINTS
        for field, items in zip(_LISTS, lists, strict=True):
            for position, item in enumerate(items or ()):
                if item is not None:
                    for fault in self._item(item, subject):
                        yield fault.under(field, position)

    def _label(self, label: Any) -> Iterator[Fault]:
        if isinstance(label, str) or label is None:
            if not label:
                yield Fault(message="expected a label such as `source:key=value`, found nothing")
        elif self._string_labels:
            yield Fault(
                message=f"expected a string such as `source:key=value`, found {shown(label)}", code="wrong-type"
            )

    def _item(self, item: Item, subject: Subject) -> Iterable[Fault]:
        return () if is_plain(item, ranges=True) else self.every_fault(item, subject)

    def every_fault(self, item: Item, subject: Subject) -> Iterator[Fault]:
        """The faults of an item, looked for field by field."""
        yield from _exclusive(item)
        if isinstance(item, IngressRule | IngressDenyRule):
            direction = Direction.INGRESS
            prefix_, requires = "from", item.from_requires
            endpoints, nodes = item.from_endpoints, item.from_nodes
            cidrs, cidr_set, entities = item.from_cidr, item.from_cidr_set, item.from_entities
        else:
            direction = Direction.EGRESS
            prefix_, requires = "to", item.to_requires
            endpoints, nodes = item.to_endpoints, item.to_nodes
            cidrs, cidr_set, entities = item.to_cidr, item.to_cidr_set, item.to_entities
        if endpoints:
            yield from _each(endpoints, f"{prefix_}Endpoints", selector_faults, _EMPTY_SELECTOR)
        if cidrs:
            yield from _each(cidrs, f"{prefix_}CIDR", _cidr, "")
        if cidr_set:
            yield from _each(cidr_set, f"{prefix_}CIDRSet", _cidr_rule, _EMPTY_CIDR_RULE)
        if entities:
            yield from _each(entities, f"{prefix_}Entities", _entity, "")
        if nodes:
            yield from _each(nodes, f"{prefix_}Nodes", selector_faults, _EMPTY_SELECTOR)
        if requires:
            yield Fault(message=f"`{prefix_}Requires` was removed in 1.19", path=(f"{prefix_}Requires",))
        if nodes and not self._options.enable_node_selector_labels:
            yield Fault(
                message=f"`{prefix_}Nodes` needs the agent's option enable-node-selector-labels",
                path=(f"{prefix_}Nodes",),
                code="option-off",
            )
        if isinstance(item, EgressRule) and item.to_fqdns:
            yield from _each(item.to_fqdns, "toFQDNs", _fqdn, _NO_NAME)
        if item.icmps:
            yield from self._icmps(item.icmps, item.to_ports)
        for position, rule in enumerate(item.to_ports or ()):
            if rule is not None:
                yield from under(self._ports.faults(rule, direction, subject), "toPorts", position)

    def _icmps(
        self, icmps: Sequence[IcmpRule | None], ports: Sequence[PortRule | PortDenyRule | None] | None
    ) -> Iterator[Fault]:
        if ports:
            yield Fault(
                message="`icmps` and `toPorts` cannot stand in one item", path=("icmps",), hint="write two items"
            )
        if not self._options.enable_icmp_rules:
            yield Fault(message="the agent's option enable-icmp-rules is off", path=("icmps",), code="option-off")
        for position, rule in enumerate(icmps):
            fields = (rule.fields if rule else None) or ()
            if len(fields) > MAX_PORTS:
                message = f"expected at most {MAX_PORTS} entries, found {len(fields)}"
                yield Fault(message=message, path=("icmps", position, "fields"))
            for index, field in enumerate(fields):
                yield from under(_icmp_field(field or IcmpField()), "icmps", position, "fields", index)


def _each(
    values: Iterable[Value | None], field: str, check: Callable[[Value], Iterator[Fault]], null: Value
) -> Iterator[Fault]:
    for position, value in enumerate(values):
        for fault in check(null if value is None else value):
            yield fault.under(field, position)


def _subject(spec: Spec, *, namespaced: bool) -> Iterator[Fault]:
    """Exactly one selector, by presence of the key: null counts as ``{}`` (cilium.md 1.2)."""
    has_endpoints, has_nodes = spec.given("endpoint_selector"), spec.given("node_selector")
    if has_endpoints and has_nodes:
        yield Fault(message="expected one of `endpointSelector` and `nodeSelector`, found both", path=("nodeSelector",))
    elif not has_endpoints and not has_nodes:
        yield Fault(message="expected one of `endpointSelector` and `nodeSelector`, found none", code="missing-field")
    elif has_nodes and namespaced:
        yield Fault(
            message="a CiliumNetworkPolicy cannot have a `nodeSelector`",
            path=("nodeSelector",),
            hint="host policies are CiliumClusterwideNetworkPolicies",
        )
    for field, selector in (("endpointSelector", spec.endpoint_selector), ("nodeSelector", spec.node_selector)):
        if selector is not None:
            yield from under(selector_faults(selector), field)


def _exclusive(item: Item) -> Iterator[Fault]:
    """One kind of peers per item (cilium.md 1.3)."""
    if isinstance(item, IngressRule | IngressDenyRule):
        lists: tuple[tuple[str, object], ...] = (
            ("fromEndpoints", item.from_endpoints),
            ("fromCIDR", item.from_cidr),
            ("fromCIDRSet", item.from_cidr_set),
            ("fromEntities", item.from_entities),
            ("fromNodes", item.from_nodes),
            ("fromGroups", item.from_groups),
        )
    else:
        lists = (
            ("toEndpoints", item.to_endpoints),
            ("toCIDR", item.to_cidr),
            ("toCIDRSet", item.to_cidr_set),
            ("toEntities", item.to_entities),
            ("toServices", item.to_services),
            ("toGroups", item.to_groups),
            ("toNodes", item.to_nodes),
            ("toFQDNs", item.to_fqdns if isinstance(item, EgressRule) else None),
        )
    used = [name for name, values in lists if values]
    if len(used) > 1:
        yield Fault(
            message=f"expected one kind of peers, found {' and '.join(f'`{name}`' for name in used)}",
            hint="write one item per kind",
        )


def selector_faults(selector: LabelSelector) -> Iterator[Fault]:
    """Keys with an optional source, values, operators (cilium.md 2.1)."""
    for key, value in (selector.match_labels or {}).items():
        if not _is_key(key):
            yield _key_fault(key).under("matchLabels", key)
        if value and not is_label_value(value):
            yield Fault(message=f"expected a label value, found {shown(value)}", path=("matchLabels", key))
    for position, requirement in enumerate(selector.match_expressions or ()):
        path = ("matchExpressions", position)
        if not _is_key(requirement.key):
            yield _key_fault(requirement.key).under(*path, "key")
        values = requirement.values or ()
        if requirement.operator not in OPERATORS:
            yield Fault(
                message=f"expected {either(tuple(OPERATORS))}, found {shown(requirement.operator)}",
                path=(*path, "operator"),
                hint=suggestion(requirement.operator, OPERATORS),
            )
        elif requirement.operator in ("In", "NotIn") and not values:
            message = f"operator `{requirement.operator}` needs at least one value"
            yield Fault(message=message, path=(*path, "values"), code="missing-field")
        elif requirement.operator in ("Exists", "DoesNotExist") and values:
            yield Fault(message=f"operator `{requirement.operator}` takes no values", path=(*path, "values"))
        for index, value in enumerate(values):
            if value and not is_label_value(value):
                yield Fault(message=f"expected a label value, found {shown(value)}", path=(*path, "values", index))


@lru_cache(maxsize=16384)
def _is_key(key: str) -> bool:
    """``[source:]key``: letters and digits, then a qualified name."""
    source, colon, name = key.partition(":")
    if not colon:
        return is_qualified_name(key)
    return ":" not in name and bool(_SOURCE.match(source)) and is_qualified_name(name)


def _key_fault(key: str) -> Fault:
    source, colon, name = key.partition(":")
    if colon and (":" in name or not _SOURCE.match(source)):
        return Fault(message=f"expected at most one `source:` of letters and digits, found {shown(key)}")
    hint = None
    if key.rpartition(":")[2].startswith("io.cilium.k8s.namespace.labels."):
        hint = "an un-prefixed namespace label key can have at most 32 characters"
    return Fault(message=f"expected a label key, found {shown(key)}", hint=hint)


def _cidr(text: str) -> Iterator[Fault]:
    if prefix(text) is None:
        hint = None
        if "/" not in text and prefix_or_address(text):
            hint = f"did you mean `{prefix_or_address(text)}`?"
        yield Fault(message=f"expected a CIDR such as 10.0.0.0/8, found {shown(text)}", hint=hint)


def _cidr_rule(rule: CidrRule) -> Iterator[Fault]:
    """An entry of a CIDR set (cilium.md 6.1); an empty text counts as unset, a null selector as ``{}``."""
    ways = [bool(rule.cidr), bool(rule.cidr_group_ref), rule.given("cidr_group_selector")]
    if sum(ways) != 1:
        found = "more than one" if any(ways) else "none"
        yield Fault(message=f"expected exactly one of `cidr`, `cidrGroupRef` and `cidrGroupSelector`, found {found}")
        return
    if rule.cidr_group_selector is not None:
        yield from under(selector_faults(rule.cidr_group_selector), "cidrGroupSelector")
    if not rule.cidr:
        for position, hole in enumerate(rule.except_ or ()):
            if prefix_or_address(hole or "") is None:
                # The agent does not check these and panics later (cilium.md 6.1).
                yield Fault(message=f"expected a CIDR, found {shown(hole)}", path=("except", position))
        return
    block = prefix(rule.cidr)
    if block is None:
        yield from under(_cidr(rule.cidr), "cidr")
        return
    for position, hole in enumerate(rule.except_ or ()):
        written = prefix(hole or "")
        if written is None:
            yield from under(_cidr(hole or ""), "except", position)
            continue
        address = prefix_or_address((hole or "").partition("/")[0])
        assert address is not None
        if address.version != block.version or address.network_address not in block:
            yield Fault(message=f"expected a part of {rule.cidr}, found {hole}", path=("except", position))


def _entity(entity: str) -> Iterator[Fault]:
    if entity not in AGENT_ENTITIES:
        yield Fault(
            message=f"expected {either(AGENT_ENTITIES)}, found {shown(entity)}",
            hint=suggestion(entity, AGENT_ENTITIES),
        )


def _fqdn(rule: NameRule) -> Iterator[Fault]:
    if rule.match_name and rule.match_pattern:
        yield Fault(message="expected one of `matchName` and `matchPattern`, found both")
    yield from name_faults(rule)


def _icmp_field(field: IcmpField) -> Iterator[Fault]:
    """A known family and a type that exists in it; the agent panics when there is no type at all."""
    if field.family and field.family not in ICMP_FAMILIES:
        yield Fault(message=f"expected `IPv4` or `IPv6`, found {shown(field.family)}", path=("family",))
    protocol = ICMP_FAMILIES.get(field.family or "IPv4", ICMP)
    if field.type is None:
        yield Fault(message="required field `type` is missing", path=("type",), code="missing-field")
    elif icmp_type(protocol, field.type) is None:
        yield Fault(
            message=f"expected an ICMP type of {field.family or 'IPv4'} by number or name, found {shown(field.type)}",
            path=("type",),
            hint=suggestion(str(field.type), ICMP_TYPES[protocol]),
        )
