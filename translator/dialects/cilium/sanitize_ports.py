"""What the Cilium agent refuses in ``toPorts``: ports, protocols, layer 7 rules, TLS, listeners (cilium.md 7, 8.1)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from translator.context import CiliumOptions
from translator.dialects.cilium.faults import Fault, under
from translator.dialects.cilium.model import (
    HeaderMatch,
    HttpRule,
    Layer7Rules,
    NameRule,
    PortDenyRule,
    PortProtocol,
    PortRule,
)
from translator.dialects.cilium.re2 import compile_error
from translator.dialects.cilium.values import (
    EXTENDED_PROTOCOLS,
    MAX_PORTS,
    PROTOCOLS,
    is_domain_name,
    is_domain_pattern,
    is_port_name,
    port_number,
)
from translator.errors import suggestion
from translator.ir.policy import Direction
from translator.wire.base import either, shown

_NO_PORT = PortProtocol()
_NO_HTTP = HttpRule()
_NO_NAME = NameRule()


class Subject(StrEnum):
    """Whom a rule set is for: layer 7 is limited on hosts."""

    ENDPOINTS = "endpoints"
    HOST = "host"


class PortChecks:
    """The checks of ``toPorts`` entries under some options."""

    def __init__(self, options: CiliumOptions) -> None:
        self._l7_proxy = options.enable_l7_proxy
        self._extended_protocols = options.enable_extended_ip_protocols

    def faults(self, rule: PortRule | PortDenyRule, direction: Direction, subject: Subject) -> Iterator[Fault]:
        """The faults of one entry."""
        ports = rule.ports or ()
        if len(ports) > MAX_PORTS:
            yield Fault(
                message=f"expected at most {MAX_PORTS} ports, found {len(ports)}",
                path=("ports",),
                hint="write the rest into another entry of `toPorts`",
            )
        for position, port in enumerate(ports):
            yield from under(self._port(port or _NO_PORT), "ports", position)
        if isinstance(rule, PortRule):
            if has_layer7(rule.rules):
                assert rule.rules is not None
                yield from under(self._layer7(rule, rule.rules, direction, subject), "rules")
            yield from _server_names(rule)
            yield from _listener(rule, direction)

    def _port(self, port: PortProtocol) -> Iterator[Fault]:
        protocol = (port.protocol or "ANY").upper()
        if protocol not in PROTOCOLS:
            yield Fault(
                message=f"expected {either(PROTOCOLS)}, found {shown(port.protocol)}",
                path=("protocol",),
                hint="ICMP has its own list: `icmps`"
                if protocol.startswith("ICMP")
                else suggestion(protocol, PROTOCOLS),
            )
        if not port.port:
            if not self._extended_protocols:
                yield Fault(message="required field `port` is missing", path=("port",), code="missing-field")
            return
        if is_port_name(port.port):
            return
        number = port_number(port.port)
        if number is None:
            yield Fault(
                message=f"expected a port between 0 and 65535 or a port name, found {shown(port.port)}",
                path=("port",),
                hint="a leading zero makes a number octal" if port.port[:1] == "0" else None,
            )
        elif number and port.protocol in EXTENDED_PROTOCOLS:
            # Only the upper-case spelling is checked (cilium.md 7).
            yield Fault(message=f"protocol {port.protocol} has no ports, found {port.port}", path=("port",))

    def _layer7(self, rule: PortRule, rules: Layer7Rules, direction: Direction, subject: Subject) -> Iterator[Fault]:
        if not self._l7_proxy:
            yield Fault(message="layer 7 rules need the agent's option enable-l7-proxy", code="option-off")
        if rules.http is not None and rules.dns is not None:
            yield Fault(message="expected one of `http` and `dns`, found both")
        if rules.dns and direction is Direction.INGRESS:
            yield Fault(message="DNS rules are for egress only", path=("dns",))
        if subject is Subject.HOST and (direction is Direction.INGRESS or rules.http):
            yield Fault(message="host policies take no layer 7 rules but DNS on egress")
        ports = [port or _NO_PORT for port in rule.ports or ()]
        if rules.dns and not ports:
            yield Fault(message="DNS rules need a port", path=("dns",), hint="write port 53 beside the rules")
        for port in ports:
            number = None if not port.port or is_port_name(port.port) else port_number(port.port)
            protocol = (port.protocol or "ANY").upper()
            if number == 0:
                yield Fault(message="layer 7 rules cannot be used with port 0")
            if not rules.dns and protocol != "TCP":
                yield Fault(
                    message=f"HTTP rules need ports of protocol TCP, found {protocol}", hint="write `protocol: TCP`"
                )
            if rules.dns and number is not None and (port.end_port or 0) > number:
                yield Fault(message="DNS rules do not take port ranges", path=("dns",))
        for position, http in enumerate(rules.http or ()):
            yield from under(_http(http or _NO_HTTP), "http", position)
        for position, dns in enumerate(rules.dns or ()):
            yield from under(name_faults(dns or _NO_NAME), "dns", position)


def has_layer7(rules: Layer7Rules | None) -> bool:
    """Whether the agent sees any layer 7 rule: empty lists are none."""
    return rules is not None and bool(rules.http or rules.dns)


def _server_names(rule: PortRule) -> Iterator[Fault]:
    for position, name in enumerate(rule.server_names or ()):
        if not name:
            yield Fault(message="expected a server name, found ''", path=("serverNames", position))
    if rule.server_names and rule.terminating_tls is None and has_layer7(rule.rules):
        yield Fault(
            message="`serverNames` beside layer 7 rules needs `terminatingTLS`",
            path=("serverNames",),
        )


def _listener(rule: PortRule, direction: Direction) -> Iterator[Fault]:
    if rule.listener is None:
        return
    if direction is Direction.INGRESS:
        yield Fault(message="a listener is for egress only", path=("listener",))
    if has_layer7(rule.rules):
        yield Fault(message="a listener cannot stand beside layer 7 rules", path=("listener",))


def _http(rule: HttpRule) -> Iterator[Fault]:
    """Paths and methods must compile; hosts are not looked at (cilium.md 8.2)."""
    for field, expression in (("path", rule.path), ("method", rule.method)):
        error = compile_error(expression) if expression else None
        if error:
            yield Fault(
                message=f"expected a regular expression (RE2), found {shown(expression)}: {error}", path=(field,)
            )
    for position, match in enumerate(rule.header_matches or ()):
        yield from under(_header(match or HeaderMatch()), "headerMatches", position)


def _header(match: HeaderMatch) -> Iterator[Fault]:
    actions = ("LOG", "ADD", "DELETE", "REPLACE")
    if not match.name:
        yield Fault(message="required field `name` is missing", path=("name",), code="missing-field")
    if match.mismatch and match.mismatch not in actions:
        yield Fault(message=f"expected {either(actions)}, found {shown(match.mismatch)}", path=("mismatch",))
    if match.secret is not None and not match.secret.name:
        yield Fault(message="required field `name` is missing", path=("secret", "name"), code="missing-field")


def name_faults(rule: NameRule) -> Iterator[Fault]:
    """The characters of a DNS name and of a pattern (cilium.md 6.5)."""
    if rule.match_name and not is_domain_name(rule.match_name):
        hint = "a pattern belongs into `matchPattern`" if is_domain_pattern(rule.match_name) else None
        yield Fault(message=f"expected a DNS name, found {shown(rule.match_name)}", path=("matchName",), hint=hint)
    if rule.match_pattern and not is_domain_pattern(rule.match_pattern):
        yield Fault(message=f"expected a DNS pattern, found {shown(rule.match_pattern)}", path=("matchPattern",))
