"""What the schema of Cilium's custom resources demands of single fields."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from translator.dialects.cilium.faults import Fault, under
from translator.dialects.cilium.model import (
    Authentication,
    CidrRule,
    HttpRule,
    IcmpField,
    Layer7Rules,
    Listener,
    NameRule,
    Secret,
    ServiceRule,
    TLSContext,
)
from translator.errors import suggestion
from translator.wire.base import either, shown
from translator.wire.cidrs import read_cidr
from translator.wire.kubernetes_types import LabelSelector
from translator.wire.selectors import OPERATORS

_LABEL_VALUE: Final = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?\Z")
_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")
# The vendor's `([-a-zA-Z0-9_]+[.]?)+` written so that Python's backtracking stays linear.
_NAME: Final = re.compile(r"[-a-zA-Z0-9_]+([.][-a-zA-Z0-9_]+)*[.]?\Z")
_PATTERN: Final = re.compile(r"[-a-zA-Z0-9_*]+([.][-a-zA-Z0-9_*]+)*[.]?\Z")
_SERVER_NAME: Final = re.compile(r"(\*?\*\.)?[-a-zA-Z0-9_]+([.][-a-zA-Z0-9_]+)*[.]?\Z")
_ICMP_TYPE: Final = re.compile(
    r"([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]|EchoReply|DestinationUnreachable|Redirect|Echo"
    r"|RouterAdvertisement|RouterSelection|TimeExceeded|ParameterProblem|Timestamp|TimestampReply|Photuris"
    r"|ExtendedEchoRequest|ExtendedEcho Reply|PacketTooBig|EchoRequest|MulticastListenerQuery|MulticastListenerReport"
    r"|MulticastListenerDone|RouterSolicitation|NeighborSolicitation|NeighborAdvertisement|RedirectMessage"
    r"|RouterRenumbering|ICMPNodeInformationQuery|ICMPNodeInformationResponse|InverseNeighborDiscoverySolicitation"
    r"|InverseNeighborDiscoveryAdvertisement|HomeAgentAddressDiscoveryRequest|HomeAgentAddressDiscoveryReply"
    r"|MobilePrefixSolicitation|MobilePrefixAdvertisement|DuplicateAddressRequestCodeSuffix"
    r"|DuplicateAddressConfirmationCodeSuffix)\Z"
)


def item_faults(
    values: Iterable[object] | None, at: str | tuple[str, ...], check: Callable[[Any], Iterable[Fault]]
) -> Iterator[Fault]:
    """The faults of every item of a list; a null item is one."""
    if not values:
        return
    path = (at,) if isinstance(at, str) else at
    for position, value in enumerate(values):
        if value is None:
            yield null_fault("a value", *path, position)
        else:
            for fault in check(value):
                yield fault.under(*path, position)


def no_faults(_value: object) -> Iterator[Fault]:
    """Nothing beyond the type is demanded."""
    return iter(())


def missing_fault(*path: str) -> Fault:
    """A required field that is absent or null."""
    return Fault(message=f"required field `{path[-1]}` is missing", path=path, code="missing-field")


def null_fault(expected: str, *path: str | int) -> Fault:
    """A null where the schema has no use for one."""
    return Fault(message=f"expected {expected}, found null", path=path, code="wrong-type")


def at_most_faults(values: Sequence[object] | None, limit: int) -> Iterator[Fault]:
    """``maxItems``."""
    if values is not None and len(values) > limit:
        yield Fault(
            message=f"expected at most {limit} entries, found {len(values)}",
            hint="write the rest into another entry of the list above",
        )


def _too_long(text: str, limit: int, *path: str) -> Iterator[Fault]:
    if len(text) > limit:
        yield Fault(message=f"expected at most {limit} characters, found {len(text)}", path=path)


def protocol_hint(protocol: str, known: Sequence[str]) -> str | None:
    """What the writer of an unknown protocol may have meant."""
    if protocol.upper() in ("ICMP", "ICMPV6"):
        return "ICMP has its own list: write an item with `icmps` in place of `toPorts`"
    return suggestion(protocol, known)


def selector_faults(selector: LabelSelector) -> Iterator[Fault]:
    """Label values and operators; the schema does not look at keys, nor at the values of expressions."""
    for key, value in (selector.match_labels or {}).items():
        if value is not None and (len(value) > 63 or not _LABEL_VALUE.match(value)):
            yield Fault(message=f"expected a label value, found {shown(value)}", path=("matchLabels", key))
    for position, requirement in enumerate(selector.match_expressions or ()):
        if requirement.operator not in OPERATORS:
            yield Fault(
                message=f"expected {either(tuple(OPERATORS))}, found {shown(requirement.operator)}",
                path=("matchExpressions", position, "operator"),
                hint=suggestion(requirement.operator, OPERATORS),
            )
        for index, value in enumerate(requirement.values or ()):
            if value is None:
                yield null_fault("a string", "matchExpressions", position, "values", index)


def untyped_selector_faults(value: Any) -> Iterator[Fault]:
    """``fromRequires`` and ``toRequires``: selectors in the schema, gone from the agent."""
    if not isinstance(value, Mapping):
        yield Fault(message=f"expected a mapping, found {shown(value)}", code="wrong-type")


def cidr_faults(text: str) -> Iterator[Fault]:
    """``format: cidr``, which is lenient about leading zeros and host bits."""
    if read_cidr(text) is None:
        yield Fault(message=f"expected a CIDR such as 10.0.0.0/8, found {shown(text)}", hint=_cidr_hint(text))


def _cidr_hint(text: str) -> str | None:
    """Write the length of a bare address."""
    length = 128 if ":" in text else 32
    return f"did you mean `{text}/{length}`?" if "/" not in text and read_cidr(f"{text}/{length}") else None


def cidr_rule_faults(rule: CidrRule) -> Iterator[Fault]:
    """An entry of a CIDR set: exactly one way to name the blocks."""
    given = [
        name
        for name, value in (
            ("cidr", rule.cidr),
            ("cidrGroupRef", rule.cidr_group_ref),
            ("cidrGroupSelector", rule.cidr_group_selector),
        )
        if value is not None
    ]
    if len(given) != 1:
        found = " and ".join(f"`{name}`" for name in given) or "none"
        yield Fault(message=f"expected exactly one of `cidr`, `cidrGroupRef` and `cidrGroupSelector`, found {found}")
    if rule.cidr is not None:
        yield from under(cidr_faults(rule.cidr), "cidr")
    if rule.cidr_group_ref is not None:
        name = rule.cidr_group_ref
        if len(name) > 253 or not _SUBDOMAIN.match(name):
            yield Fault(message=f"expected the name of a CiliumCIDRGroup, found {shown(name)}", path=("cidrGroupRef",))
    if rule.cidr_group_selector is not None:
        yield from under(selector_faults(rule.cidr_group_selector), "cidrGroupSelector")
    yield from item_faults(rule.except_, "except", cidr_faults)


def service_faults(rule: ServiceRule) -> Iterator[Fault]:
    """An entry of ``toServices``."""
    by_labels = rule.k8s_service_selector
    if by_labels is not None:
        if by_labels.selector is None:
            yield missing_fault("k8sServiceSelector", "selector")
        else:
            yield from under(selector_faults(by_labels.selector), "k8sServiceSelector", "selector")


def name_rule_faults(rule: NameRule) -> Iterator[Fault]:
    """A DNS name or pattern, exactly one of them."""
    if (rule.match_name is None) == (rule.match_pattern is None):
        found = "both" if rule.match_name is not None else "neither"
        yield Fault(message=f"expected exactly one of `matchName` and `matchPattern`, found {found}")
    for field, text, pattern in (
        ("matchName", rule.match_name, _NAME),
        ("matchPattern", rule.match_pattern, _PATTERN),
    ):
        if text is not None:
            yield from _too_long(text, 255, field)
            if len(text) <= 255 and not pattern.match(text):
                hint = "a pattern belongs into `matchPattern`" if field == "matchName" and "*" in text else None
                yield Fault(message=f"expected a DNS name, found {shown(text)}", path=(field,), hint=hint)


def icmp_field_faults(field: IcmpField) -> Iterator[Fault]:
    """An ICMP type; the pattern restricts strings only, so any integer passes."""
    if field.family not in (None, "IPv4", "IPv6"):
        yield Fault(
            message=f"expected `IPv4` or `IPv6`, found {shown(field.family)}",
            path=("family",),
            hint=suggestion(field.family or "", ("IPv4", "IPv6")),
        )
    if field.type is None:
        yield missing_fault("type")
    elif isinstance(field.type, str) and not _ICMP_TYPE.match(field.type):
        yield Fault(
            message=f"expected an ICMP type by number (0 to 255) or name, found {shown(field.type)}", path=("type",)
        )


def authentication_faults(authentication: Authentication) -> Iterator[Fault]:
    """``authentication.mode``."""
    modes = ("disabled", "required", "test-always-fail")
    if authentication.mode is None:
        yield missing_fault("mode")
    elif authentication.mode not in modes:
        yield Fault(message=f"expected {either(modes)}, found {shown(authentication.mode)}", path=("mode",))


def log_faults(text: str) -> Iterator[Fault]:
    """``log.value``: up to 32 characters outside the Unicode category Other."""
    yield from _too_long(text, 32)
    if any(unicodedata.category(character).startswith("C") for character in text):
        yield Fault(message=f"expected printable characters, found {shown(text)}")


def layer7_faults(rules: Layer7Rules, *, knows_kafka: bool) -> Iterator[Fault]:
    """Exactly one protocol; ``kafka`` and ``l7proto`` are gone since 1.20."""
    given = [
        name
        for name, value in (
            ("http", rules.http),
            ("dns", rules.dns),
            ("kafka", rules.kafka),
            ("l7proto", rules.l7proto),
        )
        if value is not None
    ]
    if len(given) != 1:
        found = " and ".join(f"`{name}`" for name in given) or "none"
        yield Fault(message=f"expected exactly one of `http` and `dns`, found {found}")
    yield from item_faults(rules.http, "http", _http_rule)
    yield from item_faults(rules.dns, "dns", name_rule_faults)
    for name, value, type_, words in (
        ("kafka", rules.kafka, list, "a list"),
        ("l7", rules.l7, list, "a list"),
        ("l7proto", rules.l7proto, str, "a string"),
    ):
        if value is not None and not knows_kafka:
            yield Fault(message=f"unknown field `{name}`: removed in 1.20", path=(name,), code="unknown-field")
        elif value is not None and not isinstance(value, type_):
            yield Fault(message=f"expected {words}, found {shown(value)}", path=(name,), code="wrong-type")


def _http_rule(rule: HttpRule) -> Iterator[Fault]:
    yield from item_faults(rule.headers, "headers", no_faults)
    for position, match in enumerate(rule.header_matches or ()):
        if match is None:
            yield null_fault("a mapping", "headerMatches", position)
            continue
        path = ("headerMatches", position)
        if match.name is None:
            yield from under((missing_fault("name"),), *path)
        elif not match.name:
            yield from under((Fault(message="expected a header name, found ''", path=("name",)),), *path)
        actions = ("LOG", "ADD", "DELETE", "REPLACE")
        if match.mismatch is not None and match.mismatch not in actions:
            fault = Fault(message=f"expected {either(actions)}, found {shown(match.mismatch)}", path=("mismatch",))
            yield from under((fault,), *path)
        if match.secret is not None:
            yield from under(_secret(match.secret), *path, "secret")


def _secret(secret: Secret) -> Iterator[Fault]:
    if secret.name is None:
        yield missing_fault("name")


def tls_faults(context: TLSContext) -> Iterator[Fault]:
    """A TLS context: its secret is required."""
    if context.secret is None:
        yield missing_fault("secret")
    else:
        yield from under(_secret(context.secret), "secret")


def listener_faults(listener: Listener) -> Iterator[Fault]:
    """A listener and the resource it comes from."""
    if not listener.name:
        yield missing_fault("name")
    config = listener.envoy_config
    if config is None:
        yield missing_fault("envoyConfig")
    elif not config.name:
        yield missing_fault("envoyConfig", "name")
    kinds = ("CiliumEnvoyConfig", "CiliumClusterwideEnvoyConfig")
    if config is not None and config.kind is not None and config.kind not in kinds:
        yield Fault(message=f"expected {either(kinds)}, found {shown(config.kind)}", path=("envoyConfig", "kind"))
    if listener.priority is not None and not 1 <= listener.priority <= 100:
        yield Fault(message=f"expected a priority between 1 and 100, found {listener.priority}", path=("priority",))


def server_names_faults(names: Sequence[str | None]) -> Iterator[Fault]:
    """``serverNames``: a set of at least one name."""
    if not names:
        yield Fault(message="expected at least one server name, found none", path=("serverNames",))
    seen: set[str] = set()
    for position, name in enumerate(names):
        path = ("serverNames", position)
        if name is None:
            yield null_fault("a string", *path)
            continue
        if name in seen:
            yield Fault(message=f"duplicate value {shown(name)}", path=path)
        seen.add(name)
        if len(name) > 255 or not _SERVER_NAME.match(name):
            yield Fault(message=f"expected a server name, found {shown(name)}", path=path)


def is_port(text: str) -> bool:
    """Whether a port passes the vendor's pattern, each of whose two alternatives is anchored at one end only.

    ``^(…|[0-9]{1,4})|([a-zA-Z0-9]-?)*[a-zA-Z](-?[a-zA-Z0-9])*$``: a first digit lets anything pass, and so does an end
    of letters, digits and single dashes with a letter in it.
    """
    if text[:1].isascii() and text[:1].isdigit():
        return True
    after = ""
    for character in reversed(text):
        if character.isascii() and character.isalpha():
            return True
        is_digit = character.isascii() and character.isdigit()
        if not is_digit and not (character == "-" and after.isdigit()):
            return False
        after = character
    return False
