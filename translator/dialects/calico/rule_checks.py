"""What the two gates ask of a rule (calico.md 4, appendix C)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from translator.dialects.calico.model import EntityRule, HttpMatch, IcmpFields, IntOrString, Rule
from translator.dialects.calico.refusals import BOTH, SERVER, VALIDATOR, Gates, Refusals
from translator.dialects.calico.selector import parse
from translator.dialects.calico.selector_tokens import BLANKS, SelectorError
from translator.dialects.calico.values import (
    PROTOCOL_WORDS,
    port_problem,
    protocol_problem,
    read_network,
    read_network_or_address,
    read_port,
    read_protocol,
)
from translator.errors import suggestion
from translator.ir.policy import Direction
from translator.origin import FieldPath
from translator.wire.base import either, shown
from translator.wire.kubernetes_types import is_dns_subdomain, is_qualified_name
from translator.wire.metadata import ANNOTATIONS_LIMIT

ACTIONS: Final = ("Allow", "Deny", "Log", "Pass")
MAX_RULES: Final = 1024
MAX_NETS: Final = 256
MAX_PORTS: Final = 50
MAX_HTTP_ITEMS: Final = 20
MAX_TEXT: Final = 1024
"""Characters of a selector or an HTTP path."""


def check_rule(
    refusals: Refusals, path: FieldPath, rule: Rule, direction: Direction, *, is_global: bool, has_schema: bool = True
) -> None:
    """One rule; ``has_schema`` is false for Profiles, which have no custom resource."""
    source, destination = rule.source, rule.destination
    if has_schema:
        _check_schema(refusals, path, rule)
    if rule.protocol is not None:
        _check_protocol(refusals, path, "protocol", rule.protocol)
    if rule.not_protocol is not None:
        _check_protocol(refusals, path, "notProtocol", rule.not_protocol)
    if source is not None and source.model_fields_set:
        _check_entity(refusals, (*path, "source"), rule, source, has_schema=has_schema)
    if destination is not None and destination.model_fields_set:
        _check_entity(refusals, (*path, "destination"), rule, destination, has_schema=has_schema)
    _check_families(refusals, path, rule)
    if has_schema:
        _check_placement(refusals, path, rule, direction, is_global=is_global)
    if rule.http is not None:
        _check_http(refusals, (*path, "http"), rule.http, has_schema=has_schema)
    if rule.metadata is not None and rule.metadata.annotations:
        _check_annotations(refusals, (*path, "metadata", "annotations"), rule.metadata.annotations)


def _check_protocol(refusals: Refusals, path: FieldPath, field: str, value: IntOrString) -> None:
    problem = protocol_problem(value)
    if problem is not None:
        hint = suggestion(value, PROTOCOL_WORDS) if isinstance(value, str) else None
        refusals.add(VALIDATOR, (*path, field), problem, hint=hint)


# -- schema and CEL ---------------------------------------------------------------------------------------------------


def _check_schema(refusals: Refusals, path: FieldPath, rule: Rule) -> None:
    if rule.action is None:
        refusals.add(BOTH, path, f"required field `action` is missing: {either(ACTIONS)}", code="missing-field")
    elif rule.action not in ACTIONS:
        refusals.add(
            BOTH,
            (*path, "action"),
            f"expected {either(ACTIONS)}, found {shown(rule.action)}",
            hint=suggestion(rule.action, ACTIONS),
        )
    if rule.ip_version is not None and rule.ip_version not in (4, 6):
        refusals.add(BOTH, (*path, "ipVersion"), f"expected 4 or 6, found {rule.ip_version}")
    if rule.icmp is not None:
        _check_icmp(refusals, (*path, "icmp"), rule.icmp)
    if rule.not_icmp is not None:
        _check_icmp(refusals, (*path, "notICMP"), rule.not_icmp)
    if rule.http is not None and rule.action != "Allow":
        refusals.add(BOTH, (*path, "http"), f"HTTP matches are for `Allow` rules only, found action {rule.action}")
    if rule.http is not None or rule.icmp is not None or rule.ip_version is not None:
        for gates, protocol, not_protocol in _as_seen(rule):
            _check_protocol_rules(refusals, gates, path, rule, (protocol, not_protocol))


def _as_seen(rule: Rule) -> Iterable[tuple[Gates, IntOrString | None, IntOrString | None]]:
    """Protocols as each gate compares them: Go has turned digits into numbers, the API server sees the raw text."""
    decoded = _decoded(rule.protocol), _decoded(rule.not_protocol)
    if decoded == (rule.protocol, rule.not_protocol):
        yield (BOTH, *decoded)
    else:
        yield (SERVER, rule.protocol, rule.not_protocol)
        yield (VALIDATOR, *decoded)


def _decoded(value: IntOrString | None) -> IntOrString | None:
    if not isinstance(value, str):
        return value
    protocol = read_protocol(value)
    return value if protocol.name is not None else protocol.number


def _check_protocol_rules(
    refusals: Refusals,
    gates: Gates,
    path: FieldPath,
    rule: Rule,
    protocols: tuple[IntOrString | None, IntOrString | None],
) -> None:
    protocol, not_protocol = protocols
    if rule.http is not None and protocol is not None and protocol not in ("TCP", 6):
        refusals.add(
            gates, (*path, "protocol"), f"rules with an HTTP match need protocol TCP or none, found {shown(protocol)}"
        )
    if rule.icmp is not None and protocol not in ("ICMP", "ICMPv6", 1, 58):
        found = "none" if protocol is None else shown(protocol)
        refusals.add(gates, (*path, "icmp"), f"ICMP fields need protocol ICMP or ICMPv6 beside them, found {found}")
    if rule.ip_version is None:
        return
    for field, value in (("protocol", protocol), ("notProtocol", not_protocol)):
        if value in ("ICMP", 1) and rule.ip_version != 4:
            refusals.add(gates, (*path, field), f"protocol ICMP needs ipVersion 4, found {rule.ip_version}")
        if value in ("ICMPv6", 58) and rule.ip_version != 6:
            refusals.add(gates, (*path, field), f"protocol ICMPv6 needs ipVersion 6, found {rule.ip_version}")


def _check_icmp(refusals: Refusals, path: FieldPath, icmp: IcmpFields) -> None:
    if icmp.type is not None and not 0 <= icmp.type <= 254:
        refusals.add(BOTH, (*path, "type"), f"expected an ICMP type between 0 and 254, found {icmp.type}")
    if icmp.code is not None and not 0 <= icmp.code <= 255:
        refusals.add(BOTH, (*path, "code"), f"expected an ICMP code between 0 and 255, found {icmp.code}")
    if icmp.code is not None and icmp.type is None:
        refusals.add(BOTH, (*path, "code"), "an ICMP code needs a type beside it", hint="write `type` as well")


# -- one side ---------------------------------------------------------------------------------------------------------


def _check_entity(refusals: Refusals, path: FieldPath, rule: Rule, entity: EntityRule, *, has_schema: bool) -> None:
    if entity.selector:
        check_selector(refusals, path, "selector", entity.selector, is_capped=has_schema)
        if "global(" in entity.selector and has_schema:
            refusals.add(BOTH, (*path, "selector"), "`global()` is for namespaceSelector only")
    if entity.not_selector:
        check_selector(refusals, path, "notSelector", entity.not_selector, is_capped=has_schema)
    if entity.namespace_selector:
        check_selector(refusals, path, "namespaceSelector", entity.namespace_selector, is_capped=has_schema)
        if "global(" in entity.namespace_selector:
            _check_global(refusals, (*path, "namespaceSelector"), entity.namespace_selector)
    accounts = entity.service_accounts
    if accounts is not None:
        if accounts.selector:
            check_selector(refusals, (*path, "serviceAccounts"), "selector", accounts.selector, is_capped=False)
        if has_schema and accounts.names:
            check_unique(refusals, (*path, "serviceAccounts", "names"), accounts.names)
    if entity.nets:
        _check_nets(refusals, (*path, "nets"), entity.nets, is_negated=False, has_schema=has_schema)
    if entity.not_nets:
        _check_nets(refusals, (*path, "notNets"), entity.not_nets, is_negated=True, has_schema=has_schema)
    if entity.services is not None:
        _check_services(refusals, path, entity, has_schema=has_schema)
    if entity.ports:
        _check_ports(refusals, (*path, "ports"), rule, entity.ports)
    if entity.not_ports:
        _check_ports(refusals, (*path, "notPorts"), rule, entity.not_ports)


def check_selector(refusals: Refusals, path: FieldPath, field: str, text: str, *, is_capped: bool = True) -> None:
    """A selector's length (not where the schema sets no limit) and syntax; ``path`` is where the field stands."""
    if is_capped and len(text) > MAX_TEXT:
        refusals.add(BOTH, (*path, field), f"expected at most {MAX_TEXT} characters, found {len(text)}")
    try:
        parse(text)
    except SelectorError as error:
        shortened = text if len(text) <= 100 else f"{text[:97]}…"
        words = f"{error} of the selector {shown(shortened)}"
        refusals.add(VALIDATOR, (*path, field), words, code="invalid-selector")


def _check_global(refusals: Refusals, path: FieldPath, text: str) -> None:
    """``global()`` must be the whole selector, blanks aside; the text inside a literal counts as a use."""
    words = text.strip(BLANKS)
    if not (words.startswith("global(") and words[len("global(") :].strip(BLANKS) == ")"):
        refusals.add(VALIDATOR, path, "`global()` cannot be combined with other terms")


def check_unique(refusals: Refusals, path: FieldPath, items: Sequence[str]) -> None:
    """Set-lists: the API server refuses repeats, Calico's own gate does not."""
    if len(set(items)) == len(items):
        return
    seen: set[str] = set()
    for position, item in enumerate(items):
        if item in seen:
            refusals.add(SERVER, (*path, position), f"duplicate value {shown(item)}")
        seen.add(item)


def check_length(refusals: Refusals, path: FieldPath, items: Sequence[object], limit: int) -> None:
    """The schema's cap on a list."""
    if len(items) > limit:
        refusals.add(BOTH, path, f"expected at most {limit} items, found {len(items)}")


def _check_nets(
    refusals: Refusals, path: FieldPath, nets: Sequence[str], *, is_negated: bool, has_schema: bool
) -> None:
    if has_schema:
        check_unique(refusals, path, nets)
        check_length(refusals, path, nets, MAX_NETS)
    for position, text in enumerate(nets):
        network = read_network(text)
        if network is None:
            address = read_network_or_address(text)
            hint = f"did you mean `{text}/{address.written_length}`?" if address is not None else None
            words = f"expected a CIDR with a prefix length, found {shown(text)}"
            refusals.add(VALIDATOR, (*path, position), words, hint=hint)
        elif _has_host_bits(text, network.low):
            refusals.add(
                VALIDATOR,
                (*path, position),
                f"expected a CIDR without bits beyond its prefix, found {shown(text)}",
                hint=f"did you mean `{network.text}`?",
            )
        elif is_negated and network.written_length == 0:
            refusals.add(
                VALIDATOR, (*path, position), f"{text} excludes every address of its family: the rule could never match"
            )


def _has_host_bits(text: str, low: int) -> bool:
    address = read_network_or_address(text.partition("/")[0])
    return address is not None and address.low != low


def _check_services(refusals: Refusals, path: FieldPath, entity: EntityRule, *, has_schema: bool) -> None:
    services = entity.services
    assert services is not None
    if has_schema:
        if not services.name:
            refusals.add(BOTH, (*path, "services"), "required field `name` is missing", code="missing-field")
        for field, is_given in (
            ("namespaceSelector", bool(entity.namespace_selector)),
            ("serviceAccounts", entity.service_accounts is not None),
            ("selector", bool(entity.selector)),
            ("notSelector", bool(entity.not_selector)),
            ("nets", bool(entity.nets)),
            ("notNets", bool(entity.not_nets)),
        ):
            if is_given:
                refusals.add(BOTH, (*path, field), f"`{field}` cannot stand beside `services`")
        for field, text in (("name", services.name), ("namespace", services.namespace)):
            if text and len(text) > 253:
                refusals.add(SERVER, (*path, "services", field), f"expected at most 253 characters, found {len(text)}")
    for field, text in (("name", services.name), ("namespace", services.namespace)):
        if text and not is_dns_subdomain(text):
            refusals.add(VALIDATOR, (*path, "services", field), f"expected a DNS subdomain, found {shown(text)}")


# -- ports ------------------------------------------------------------------------------------------------------------


def _check_ports(refusals: Refusals, path: FieldPath, rule: Rule, ports: Sequence[IntOrString]) -> None:
    check_length(refusals, path, ports, MAX_PORTS)
    for position, item in enumerate(ports):
        problem = port_problem(item)
        if problem is not None:
            refusals.add(VALIDATOR, (*path, position), problem)
    if rule.protocol is None:
        if not all(_is_named(item) for item in ports):
            refusals.add(
                VALIDATOR,
                path,
                "port numbers need a protocol: Calico refuses this rule",
                hint="`protocol: TCP` (or UDP, SCTP) is probably missing",
                code="ports-without-protocol",
            )
    elif not _carries_ports(rule.protocol):
        refusals.add(VALIDATOR, path, f"ports need protocol TCP, UDP or SCTP, found {shown(rule.protocol)}")


def _is_named(item: IntOrString) -> bool:
    try:
        return isinstance(read_port(item), str)
    except ValueError:
        return True


def _carries_ports(value: IntOrString) -> bool:
    try:
        return read_protocol(value).carries_ports
    except ValueError:
        return True


def _check_families(refusals: Refusals, path: FieldPath, rule: Rule) -> None:
    """One rule, one family; IPv4-mapped blocks count as IPv4."""
    seen: set[int] = set()
    for side, entity in (("source", rule.source), ("destination", rule.destination)):
        if entity is None or not (entity.nets or entity.not_nets):
            continue
        for field, nets in (("nets", entity.nets), ("notNets", entity.not_nets)):
            families = {network.family for text in nets or () if (network := read_network(text)) is not None}
            if rule.ip_version is not None and families - {rule.ip_version}:
                refusals.add(VALIDATOR, (*path, side, field), f"the CIDRs are not of ipVersion {rule.ip_version}")
            if families and len(families | seen) > 1:
                refusals.add(
                    VALIDATOR,
                    (*path, side, field),
                    "the rule holds both IPv4 and IPv6 CIDRs",
                    hint="write one rule per family",
                )
            seen |= families


# -- where a field may stand ------------------------------------------------------------------------------------------


def _check_placement(refusals: Refusals, path: FieldPath, rule: Rule, direction: Direction, *, is_global: bool) -> None:
    sides = {"source": rule.source, "destination": rule.destination}
    peer_side, own_side = ("source", "destination") if direction is Direction.INGRESS else ("destination", "source")
    own, peer = sides[own_side], sides[peer_side]
    if own is not None and own.services is not None:
        words = f"`services` is not allowed in the {own_side} of {direction} rules"
        refusals.add(VALIDATOR, (*path, own_side, "services"), words)
    if is_global and peer is not None and peer.services is not None and not peer.services.namespace:
        words = "a cluster-wide policy must name the namespace of a service"
        refusals.add(VALIDATOR, (*path, peer_side, "services"), words)
    destination = rule.destination
    if destination is not None and destination.services is not None and (destination.ports or destination.not_ports):
        refusals.add(BOTH, (*path, "destination"), "`ports` and `notPorts` cannot stand beside `services`")
    if rule.http is not None and direction is Direction.EGRESS:
        refusals.add(VALIDATOR, (*path, "http"), "HTTP matches are not allowed in egress rules")


def _check_http(refusals: Refusals, path: FieldPath, http: HttpMatch, *, has_schema: bool) -> None:
    methods, paths = http.methods or [], http.paths or []
    if len(set(methods)) < len(methods):
        refusals.add(VALIDATOR, (*path, "methods"), f"repeated methods in {', '.join(methods)}")
    if has_schema:
        check_length(refusals, (*path, "methods"), methods, MAX_HTTP_ITEMS)
        check_length(refusals, (*path, "paths"), paths, MAX_HTTP_ITEMS)
    for position, item in enumerate(paths):
        place = (*path, "paths", position)
        if item.exact and item.prefix:
            refusals.add(VALIDATOR, place, "expected either `exact` or `prefix`, found both")
            continue
        text = item.exact or item.prefix
        if not text:
            refusals.add(VALIDATOR, place, "expected either `exact` or `prefix`, found neither")
        elif not text.startswith("/") or any(character in text for character in "?# "):
            words = f"expected a path that begins with `/` and has no `?`, `#` or blank, found {shown(text)}"
            refusals.add(VALIDATOR, place, words)
        if has_schema and any(len(each) > MAX_TEXT for each in (item.exact or "", item.prefix or "")):
            refusals.add(BOTH, place, f"expected at most {MAX_TEXT} characters")


def _check_annotations(refusals: Refusals, path: FieldPath, annotations: dict[str, str | None]) -> None:
    size = 0
    for key, value in annotations.items():
        if not is_qualified_name(key.lower()):
            refusals.add(VALIDATOR, path, f"expected a qualified name as the key of an annotation, found {shown(key)}")
        size += len(key.encode()) + len((value or "").encode())
    if size > ANNOTATIONS_LIMIT:
        refusals.add(VALIDATOR, path, f"expected at most {ANNOTATIONS_LIMIT} bytes of annotations, found {size}")
