"""What the API server refuses about a NetworkPolicy of the right shape (kubernetes.md A.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from translator.dialects.kubernetes.model import IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort
from translator.errors import Finding, Gate, Severity, suggestion
from translator.origin import FieldPath, Origin
from translator.wire.base import either, shown
from translator.wire.cidrs import read_cidr
from translator.wire.kubernetes_types import is_port_name
from translator.wire.metadata import metadata_findings
from translator.wire.selectors import selector_findings

POLICY_TYPES: Final = ("Ingress", "Egress")
PROTOCOLS: Final = ("TCP", "UDP", "SCTP")

_NO_PEER: Final = NetworkPolicyPeer()
_NO_PORT: Final = NetworkPolicyPort()


def network_policy_findings(
    policy: NetworkPolicy, origin: Origin, *, strict_cidrs: bool, is_stored: bool = False
) -> Iterator[Finding]:
    """Every refusal, each at its field; ``origin`` is the place of the object.

    ``strict_cidrs`` is the server's StrictIPCIDRValidation (on since 1.36); off, its demands are warnings.
    ``is_stored``: a server wrote the object.
    """
    yield from metadata_findings(policy.metadata, origin, "metadata", namespaced=True)
    if policy.status is not None:
        yield _status_finding(policy.status, origin, is_stored=is_stored)
    spec = policy.spec
    if spec is None:
        return
    if spec.pod_selector is not None:
        yield from selector_findings(spec.pod_selector, origin, "spec", "podSelector")
    if spec.policy_types:
        yield from _type_findings(spec.policy_types, origin, ("spec", "policyTypes"))
    for index, ingress in enumerate(spec.ingress or ()):
        if ingress is not None:
            path = ("spec", "ingress", index)
            yield from _peers_findings(ingress.from_ or (), origin, (*path, "from"), strict_cidrs=strict_cidrs)
            yield from _ports_findings(ingress.ports or (), origin, (*path, "ports"))
    for index, egress in enumerate(spec.egress or ()):
        if egress is not None:
            path = ("spec", "egress", index)
            yield from _peers_findings(egress.to or (), origin, (*path, "to"), strict_cidrs=strict_cidrs)
            yield from _ports_findings(egress.ports or (), origin, (*path, "ports"))


def _status_finding(status: Mapping[str, object], origin: Origin, *, is_stored: bool) -> Finding:
    """A status that a server wrote, or an empty one as Go programs print it, is harmless; else the field is unknown."""
    return Finding(
        message="unknown field `status`",
        origin=origin.at("status"),
        severity=Severity.WARNING if is_stored or not status else Severity.ERROR,
        gate=Gate.APISERVER,
        code="unknown-field",
        hint="servers since 1.28 know no status of a NetworkPolicy; leave it out",
    )


def _type_findings(types: Sequence[str | None], origin: Origin, path: FieldPath) -> Iterator[Finding]:
    if len(types) > 2:  # checked first, and it hides what the elements are
        yield _refused(origin.at(*path), f"expected at most two policyTypes, found {len(types)}")
        return
    for index, each in enumerate(types):
        if each not in POLICY_TYPES:
            message = f"expected {either(POLICY_TYPES)}, found {shown(each)}"
            yield _refused(origin.at(*path, index), message, suggestion(each or "", POLICY_TYPES))


def _peers_findings(
    peers: Sequence[NetworkPolicyPeer | None], origin: Origin, path: FieldPath, *, strict_cidrs: bool
) -> Iterator[Finding]:
    for index, item in enumerate(peers):
        peer = item or _NO_PEER
        if peer.pod_selector is not None:
            yield from selector_findings(peer.pod_selector, origin, *path, index, "podSelector")
        if peer.namespace_selector is not None:
            yield from selector_findings(peer.namespace_selector, origin, *path, index, "namespaceSelector")
        if peer.ip_block is not None:
            at = origin.at(*path, index)
            if peer.pod_selector is not None or peer.namespace_selector is not None:
                yield _refused(at, "`ipBlock` must stand alone in its peer", "give each its own list item")
            yield from _block_findings(peer.ip_block, at.at("ipBlock"), strict_cidrs=strict_cidrs)
        elif peer.pod_selector is None and peer.namespace_selector is None:
            yield _refused(
                origin.at(*path, index),
                "a peer needs `podSelector`, `namespaceSelector` or `ipBlock`",
                "for everyone leave the list of peers out; for every pod of the namespace write `podSelector: {}`",
                code="missing-field",
            )


def _block_findings(ip_block: IPBlock, origin: Origin, *, strict_cidrs: bool) -> Iterator[Finding]:
    if not ip_block.cidr:
        yield _refused(origin.at("cidr"), "required field `cidr` is missing", code="missing-field")
        return
    whole = read_cidr(ip_block.cidr)
    if whole is None or whole.doubts:
        yield from cidr_findings(ip_block.cidr, origin.at("cidr"), strict=strict_cidrs)
    for index, item in enumerate(ip_block.except_ or ()):
        text = item or ""
        hole = read_cidr(text)
        if hole is None or hole.doubts:
            yield from cidr_findings(text, origin.at("except", index), strict=strict_cidrs)
        if whole is not None and hole is not None and not whole.contains_strictly(hole):
            message = f"expected a strict subset of {ip_block.cidr}, found {text}"
            yield _refused(origin.at("except", index), message, code="except-outside")


def cidr_findings(text: str, origin: Origin, *, strict: bool) -> Iterator[Finding]:
    """What a server holds against a CIDR; a lenient one only warns about an odd but readable form."""
    cidr = read_cidr(text)
    if cidr is None:
        host = f"{text}/{128 if ':' in text else 32}"
        hint = f"did you mean `{host}`?" if read_cidr(host) is not None else None
        yield _refused(origin, f"expected a CIDR such as 10.9.8.0/24 or 2001:db8::/64, found {shown(text)}", hint)
        return
    for doubt in cidr.doubts:
        yield Finding(
            message=f"{shown(text)} {doubt}",
            origin=origin,
            severity=Severity.ERROR if strict else Severity.WARNING,
            gate=Gate.APISERVER,
            code="invalid-value",
            hint=f"write {cidr.text}",
        )


def _ports_findings(ports: Sequence[NetworkPolicyPort | None], origin: Origin, path: FieldPath) -> Iterator[Finding]:
    for index, item in enumerate(ports):
        port = item or _NO_PORT
        if port.protocol is not None and port.protocol not in PROTOCOLS:
            message = f"expected {either(PROTOCOLS)}, found {shown(port.protocol)}"
            yield _refused(origin.at(*path, index, "protocol"), message, suggestion(port.protocol, PROTOCOLS))
        match port.port:
            case None:
                if port.end_port is not None:
                    yield _refused(origin.at(*path, index, "endPort"), "`endPort` needs a `port`")
            case int() as number:
                if not 1 <= number <= (number if port.end_port is None else port.end_port) <= 65535:
                    yield from _number_findings(number, port.end_port, origin.at(*path, index))
            case str() as name:
                if not is_port_name(name):
                    message = f"expected {_PORT_NAME}, found {shown(name)}"
                    yield _refused(origin.at(*path, index, "port"), message, _number_hint(name))
                if port.end_port is not None:
                    message = "`endPort` needs a number as `port`, not a name"
                    yield _refused(origin.at(*path, index, "endPort"), message)


_PORT_NAME: Final = "a port number or a name (up to 15 of `[a-z0-9-]`, with a letter, hyphens single and inside)"


def _number_hint(name: str) -> str | None:
    if name.isdecimal():
        return "write the number without quotes"
    low, hyphen, high = name.partition("-")
    if hyphen and low.isdecimal() and high.isdecimal():
        return f"write `port: {low}` and `endPort: {high}`"
    return f"did you mean `{name.lower()}`?" if is_port_name(name.lower()) else None


def _number_findings(number: int, end: int | None, at: Origin) -> Iterator[Finding]:
    if not 1 <= number <= 65535:
        yield _refused(at.at("port"), f"expected a port between 1 and 65535, found {number}")
    if end is None:
        return
    if end < number:
        yield _refused(at.at("endPort"), f"expected at least {number} (the `port`), found {end}")
    if not 1 <= end <= 65535:
        yield _refused(at.at("endPort"), f"expected a port between 1 and 65535, found {end}")


def _refused(origin: Origin, message: str, hint: str | None = None, *, code: str = "invalid-value") -> Finding:
    return Finding(message=message, origin=origin, gate=Gate.APISERVER, code=code, hint=hint)
