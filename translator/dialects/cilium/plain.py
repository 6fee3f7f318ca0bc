"""Items as nearly all are written, of which both gates approve at a glance."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from translator.dialects.cilium.model import CidrRule, EgressRule, IngressRule, Item, PortDenyRule, PortRule
from translator.dialects.cilium.values import MAX_PORTS
from translator.wire.cidrs import read_cidr
from translator.wire.kubernetes_types import LabelSelector, is_label_value, is_qualified_name

_PROTOCOLS: Final = frozenset({"TCP", "UDP"})
_IN: Final = (frozenset({"from_endpoints", "to_ports"}), frozenset({"from_cidr_set", "to_ports"}))
_OUT: Final = (frozenset({"to_endpoints", "to_ports"}), frozenset({"to_cidr_set", "to_ports"}))
_BLOCK: Final = frozenset({"cidr", "except_"})
_PORTS: Final = frozenset({"ports"})
_LAST_PORT: Final = 65535


def is_plain(item: Item, *, ranges: bool) -> bool:
    """Whether an item asks for plain labels or blocks and TCP and UDP ports by number, and for nothing else.

    Neither the schema of any version nor the agent under any option has anything against that, apart from ``ranges``
    of ports; whatever is not plain takes the long way through both.
    """
    if isinstance(item, IngressRule):
        endpoints, blocks, fields = item.from_endpoints, item.from_cidr_set, _IN
    elif isinstance(item, EgressRule):
        endpoints, blocks, fields = item.to_endpoints, item.to_cidr_set, _OUT
    else:
        return False
    if not any(map(item.model_fields_set.issubset, fields)):
        return False
    return (
        all(map(_is_plain_selector, endpoints or ()))
        and all(map(_is_plain_block, blocks or ()))
        and all(_is_plain_rule(rule, ranges=ranges) for rule in item.to_ports or ())
    )


def _is_plain_block(rule: CidrRule | None) -> bool:
    if rule is None or rule.cidr is None or not rule.model_fields_set <= _BLOCK:
        return False
    return _is_good_block(rule.cidr, tuple(rule.except_ or ()))


@lru_cache(maxsize=32768)
def _is_good_block(cidr: str, excepts: tuple[str | None, ...]) -> bool:
    """Blocks in their canonical form, and within each other."""
    whole = read_cidr(cidr)
    if whole is None or whole.doubts:
        return False
    holes = [None if each is None else read_cidr(each) for each in excepts]
    return all(each is not None and not each.doubts and whole.contains_strictly(each) for each in holes)


def _is_plain_selector(selector: LabelSelector | None) -> bool:
    if selector is None or selector.match_expressions is not None:
        return False
    return all(_is_plain_label(key, value) for key, value in (selector.match_labels or {}).items())


@lru_cache(maxsize=16384)
def _is_plain_label(key: str, value: str | None) -> bool:
    """A key without a source, or of the source ``k8s``, and a good value."""
    return value is not None and is_label_value(value) and is_qualified_name(key.removeprefix("k8s:"))


def _is_plain_rule(rule: PortRule | PortDenyRule | None, *, ranges: bool) -> bool:
    if rule is None or rule.model_fields_set != _PORTS or not rule.ports or len(rule.ports) > MAX_PORTS:
        return False
    return all(
        port is not None
        and (port.end_port is None or (ranges and 0 <= port.end_port <= _LAST_PORT))
        and port.protocol in _PROTOCOLS
        and port.port is not None
        and _is_number(port.port)
        for port in rule.ports
    )


@lru_cache(maxsize=65536)
def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and text[0] != "0" and int(text) <= _LAST_PORT
