"""How the Cilium and Calico agents read NetworkPolicies that the API server would have refused.

Sources: cilium.md 10 (``ParseNetworkPolicy``), calico.md 5.1 (``K8sNetworkPolicyToCalico``). Each agent's reading is
spelled as the object that says the same; what the agent refuses, or what no source says how it reads, is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from translator.dialect import ParseOptions
from translator.dialects.kubernetes.checks import network_policy_findings
from translator.dialects.kubernetes.model import (
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicyPort,
    NetworkPolicySpec,
)
from translator.errors import Finding, Gate, Severity
from translator.ir.policy import Direction, Engine
from translator.origin import Origin
from translator.wire.base import shown
from translator.wire.cidrs import CidrDoubt, read_cidr
from translator.wire.kubernetes_types import LabelSelector
from translator.wire.port_text import agent_port
from translator.wire.selectors import OPERATORS

_Peers = list[NetworkPolicyPeer]
_Ports = list[NetworkPolicyPort]

_NO_PEER: Final = NetworkPolicyPeer()
_NO_PORT: Final = NetworkPolicyPort()
_OWN_NAMESPACE: Final = _NO_PEER.model_copy(update={"pod_selector": LabelSelector()})


class _RefusedError(Exception):
    """The agent takes nothing of the object."""

    def __init__(self, message: str, origin: Origin, gate: Gate) -> None:
        super().__init__(message)
        self.finding = Finding(message=message, origin=origin, gate=gate, code="unreadable")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Agent:
    """What an agent makes of each part. A peer list of ``[]`` is everyone; ports of None drop the rule."""

    selector: Callable[[LabelSelector], LabelSelector]
    peers: Callable[[Sequence[NetworkPolicyPeer | None], Origin], _Peers]
    ports: Callable[[Sequence[NetworkPolicyPort | None], Origin, Direction], _Ports | None]
    types: Callable[[NetworkPolicySpec], list[str]]


def read_by_agent(
    policy: NetworkPolicy, origin: Origin, options: ParseOptions
) -> tuple[NetworkPolicy | None, list[Finding]]:
    """The policy as the agent understands it, or None with the reason why it takes none of it."""
    agent = _CILIUM if options.engine is Engine.CILIUM else _CALICO
    try:
        spec = _spec(policy.spec or NetworkPolicySpec(), origin.at("spec"), agent)
    except _RefusedError as refusal:
        return None, [refusal.finding]
    read = policy.model_copy(update={"spec": spec})
    unknown = list(_unknown_readings(read, origin)) if agent is _CALICO else []
    return (None, unknown) if unknown else (read, [])


def _spec(spec: NetworkPolicySpec, origin: Origin, agent: _Agent) -> NetworkPolicySpec:
    ingress, egress = [], []
    for index, incoming in enumerate(spec.ingress or ()):
        rule = incoming or NetworkPolicyIngressRule()
        at = origin.at("ingress", index)
        ports = agent.ports(rule.ports or (), at.at("ports"), Direction.INGRESS)
        if ports is not None:
            update = {"from_": agent.peers(rule.from_ or (), at.at("from")), "ports": ports}
            ingress.append(rule.model_copy(update=update))
    for index, outgoing in enumerate(spec.egress or ()):
        out = outgoing or NetworkPolicyEgressRule()
        at = origin.at("egress", index)
        ports = agent.ports(out.ports or (), at.at("ports"), Direction.EGRESS)
        if ports is not None:
            egress.append(out.model_copy(update={"to": agent.peers(out.to or (), at.at("to")), "ports": ports}))
    return spec.model_copy(
        update={
            "pod_selector": agent.selector(spec.pod_selector) if spec.pod_selector else None,
            "ingress": ingress,
            "egress": egress,
            "policy_types": agent.types(spec),
        }
    )


def _peer_with_selectors(
    peer: NetworkPolicyPeer, selector: Callable[[LabelSelector], LabelSelector]
) -> NetworkPolicyPeer:
    """A peer by labels; one that names nothing is every pod of the policy's namespace, for both agents."""
    if peer.pod_selector is None and peer.namespace_selector is None:
        return _OWN_NAMESPACE
    return peer.model_copy(
        update={
            "pod_selector": selector(peer.pod_selector) if peer.pod_selector else None,
            "namespace_selector": selector(peer.namespace_selector) if peer.namespace_selector else None,
        }
    )


def _block(peer: NetworkPolicyPeer, cidr: str, excepts: Sequence[str]) -> NetworkPolicyPeer:
    """A peer by address; selectors beside it do not count, for both agents."""
    assert peer.ip_block is not None
    block = peer.ip_block.model_copy(update={"cidr": cidr, "except_": list(excepts)})
    return _NO_PEER.model_copy(update={"ip_block": block})


# -- Cilium -----------------------------------------------------------------------------------------------------------

_CILIUM_PROTOCOLS: Final = frozenset({"TCP", "UDP", "SCTP", "VRRP", "IGMP", "GRE", "IPIP", "IPV6", "ESP", "AH", "ANY"})


def _cilium_types(spec: NetworkPolicySpec) -> list[str]:
    """Ingress is isolated unless only Egress is listed; unknown words count for nothing (step 4) [V Q141f]."""
    types = spec.policy_types or (["Ingress", "Egress"] if spec.egress else [])
    egress = ["Egress"] if "Egress" in types else []
    return [*(["Ingress"] if "Ingress" in types or not egress else []), *egress]


def _cilium_selector(selector: LabelSelector) -> LabelSelector:
    """A key may name the source ``k8s:`` [V Q143e]; an unknown operator asks for nothing [V Q143f]."""
    labels = {key.removeprefix("k8s:"): value for key, value in (selector.match_labels or {}).items()}
    expressions = [
        each.model_copy(update={"key": each.key.removeprefix("k8s:")})
        for each in selector.match_expressions or ()
        if each.operator in OPERATORS
    ]
    return selector.model_copy(update={"match_labels": labels, "match_expressions": expressions})


def _cilium_peers(peers: Sequence[NetworkPolicyPeer | None], origin: Origin) -> _Peers:
    read = []
    for index, item in enumerate(peers):
        peer = item or _NO_PEER
        if peer.ip_block is None:
            read.append(_peer_with_selectors(peer, _cilium_selector))
            continue
        at = origin.at(index, "ipBlock")
        cidr = _cilium_cidr(peer.ip_block.cidr, at.at("cidr"))
        holes = [_cilium_cidr(text, at.at("except", i)) for i, text in enumerate(peer.ip_block.except_ or ())]
        read.append(_block(peer, cidr, holes))
    return read


def _cilium_cidr(text: str | None, origin: Origin) -> str:
    """An address without a length is one host [V Q146e]; host bits are masked; anything else panics [V F5c, Q146i]."""
    written = text or ""
    host = f"{written}/{128 if ':' in written else 32}" if "/" not in written else written
    cidr = read_cidr(host)
    if cidr is None or set(cidr.doubts) - {CidrDoubt.HOST_BITS}:
        raise _RefusedError(f"the agent panics on the CIDR {shown(written)}", origin, Gate.CILIUM)
    return cidr.text


def _cilium_ports(ports: Sequence[NetworkPolicyPort | None], origin: Origin, direction: Direction) -> _Ports:
    items = enumerate(item or _NO_PORT for item in ports)
    return [port for index, item in items for port in _cilium_port(item, origin.at(index), direction)]


def _cilium_port(port: NetworkPolicyPort, origin: Origin, direction: Direction) -> Iterator[NetworkPolicyPort]:
    """Protocols in any case, ANY for all three [V Q145c, Q145d]; an end below the port does not count [V Q144e].

    A name with an end is a range from the pod's own port on ingress; on egress the end does not count [V Q145b].
    """
    protocol = (port.protocol or "TCP").upper()
    if protocol not in _CILIUM_PROTOCOLS:
        message = f"expected a protocol that Cilium knows, found {shown(port.protocol)}"
        raise _RefusedError(message, origin.at("protocol"), Gate.CILIUM)
    number = None if port.port is None else agent_port(str(port.port))
    end = port.end_port
    if end is not None and end > 65535:
        message = f"expected a port between 1 and 65535, found {end}"
        raise _RefusedError(message, origin.at("endPort"), Gate.NETPOLX)
    has_end = end is not None and isinstance(number, int) and end > number
    if isinstance(number, str):
        has_end = end is not None and direction is Direction.INGRESS
    for each in ("TCP", "UDP", "SCTP") if protocol == "ANY" else (protocol,):
        yield _NO_PORT.model_copy(update={"protocol": each, "port": number, "end_port": end if has_end else None})


_CILIUM: Final = _Agent(selector=_cilium_selector, peers=_cilium_peers, ports=_cilium_ports, types=_cilium_types)


# -- Calico -----------------------------------------------------------------------------------------------------------


def _calico_types(spec: NetworkPolicySpec) -> list[str]:
    """Copied; without the server's default only Ingress (calico.md 5.1)."""
    return [each or "" for each in spec.policy_types or ["Ingress"]]


def _calico_peers(peers: Sequence[NetworkPolicyPeer | None], origin: Origin) -> _Peers:
    """A CIDR that does not parse leaves its peer unrestricted, and with it the rule (calico.md 5.1)."""
    read = []
    for index, item in enumerate(peers):
        peer = item or _NO_PEER
        if peer.ip_block is None:
            read.append(_peer_with_selectors(peer, lambda selector: selector))
            continue
        if read_cidr(peer.ip_block.cidr or "") is None:
            return []
        for position, text in enumerate(peer.ip_block.except_ or ()):
            if read_cidr(text or "") is None:
                raise _RefusedError(
                    f"no source says what Calico makes of {shown(text)}",
                    origin.at(index, "ipBlock", "except", position),
                    Gate.NETPOLX,
                )
        read.append(_block(peer, peer.ip_block.cidr or "", [text or "" for text in peer.ip_block.except_ or ()]))
    return read


def _calico_ports(ports: Sequence[NetworkPolicyPort | None], _origin: Origin, _direction: Direction) -> _Ports | None:
    """Digits in quotes are a number (calico.md 4.2); a name with ``endPort`` drops the whole rule (calico.md 5.1)."""
    read = []
    for item in ports:
        port = item or _NO_PORT
        number = int(port.port) if isinstance(port.port, str) and port.port.isdecimal() else port.port
        if isinstance(number, str) and port.end_port is not None:
            return None
        read.append(port.model_copy(update={"port": number}))
    return read


_CALICO: Final = _Agent(
    selector=lambda selector: selector, peers=_calico_peers, ports=_calico_ports, types=_calico_types
)


def _unknown_readings(policy: NetworkPolicy, origin: Origin) -> Iterator[Finding]:
    """What is still invalid after the known readings: no source says what Calico makes of it."""
    for finding in network_policy_findings(policy, origin, strict_cidrs=False):
        in_spec = finding.origin is not None and finding.origin.path[:1] == ("spec",)
        # An except outside of its CIDR takes nothing away, whoever reads it.
        if finding.severity is Severity.ERROR and in_spec and finding.code != "except-outside":
            yield replace(finding, gate=Gate.NETPOLX, hint="no source says how Calico reads it without the API server")
