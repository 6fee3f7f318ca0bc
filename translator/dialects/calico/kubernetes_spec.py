"""A Kubernetes NetworkPolicySpec as the Calico spec that Calico's converter makes of it (calico.md 5.1).

Only staged Kubernetes policies come this way; enforced ones belong to the Kubernetes dialect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from translator.dialects.calico.model import (
    KubernetesPeer,
    KubernetesPort,
    PolicySpec,
    StagedKubernetesPolicySpec,
)
from translator.dialects.calico.values import read_network
from translator.dialects.calico.views import ORCHESTRATOR
from translator.wire.kubernetes_types import LabelSelector

_WORKLOAD: Final = f"{ORCHESTRATOR} == 'k8s'"
_OPERATORS: Final = {"In": "in", "NotIn": "not in"}


def calico_spec(spec: StagedKubernetesPolicySpec, types: Sequence[str]) -> tuple[PolicySpec, dict[str, list[int]]]:
    """The converted spec, and for each of its rules the position of the rule it comes from, by direction."""
    rules: dict[str, list[dict[str, Any]]] = {"ingress": [], "egress": []}
    positions: dict[str, list[int]] = {"ingress": [], "egress": []}
    sources = {
        "ingress": [(rule.ports, rule.from_) for rule in spec.ingress or ()],
        "egress": [(rule.ports, rule.to) for rule in spec.egress or ()],
    }
    for direction, items in sources.items():
        side = "source" if direction == "ingress" else "destination"
        for position, (ports, peers) in enumerate(items):
            for rule in _rules(ports or (), peers or (), side):
                rules[direction].append(rule)
                positions[direction].append(position)
    converted = PolicySpec.model_validate(
        {
            "tier": "default",
            "order": 1000.0,
            "selector": _pods(spec.pod_selector),
            "types": list(types),
            **{direction: found for direction, found in rules.items() if found},
        }
    )
    return converted, positions


def _rules(ports: Sequence[KubernetesPort], peers: Sequence[KubernetesPeer], side: str) -> Iterator[dict[str, Any]]:
    """Each protocol times each peer; ports always stand at the destination."""
    by_protocol: dict[str, list[int | str]] = {}
    for port in ports:
        numbers = by_protocol.setdefault(port.protocol or "TCP", [])
        if port.port is not None:
            numbers.append(port.port if port.end_port is None else f"{port.port}:{port.end_port}")
    unrestricted = {port.protocol or "TCP" for port in ports if port.port is None}
    by_name: list[tuple[str | None, list[int | str]]] = [*sorted(by_protocol.items())]
    for protocol, items in by_name or [(None, [])]:
        numbers = [] if protocol in unrestricted else items
        for peer in peers or (None,):
            rule: dict[str, Any] = {"action": "Allow"}
            if protocol is not None:
                rule["protocol"] = protocol
            if peer is not None:
                rule[side] = _entity(peer)
            if numbers:
                rule["destination"] = {**rule.get("destination", {}), "ports": list(numbers)}
            yield rule


def _entity(peer: KubernetesPeer) -> dict[str, Any]:
    if peer.ip_block is not None:
        nets = [network.text for text in (peer.ip_block.cidr,) if (network := read_network(text)) is not None]
        excepts = [each.text for text in peer.ip_block.except_ or () if (each := read_network(text)) is not None]
        return {**({"nets": nets} if nets else {}), **({"notNets": excepts} if excepts else {})}
    entity: dict[str, Any] = {"selector": _pods(peer.pod_selector)}
    if peer.namespace_selector is not None:
        entity["namespaceSelector"] = " && ".join(_terms(peer.namespace_selector)) or "all()"
    return entity


def _pods(selector: LabelSelector | None) -> str:
    return " && ".join([_WORKLOAD, *(_terms(selector) if selector is not None else ())])


def _terms(selector: LabelSelector) -> Iterator[str]:
    """Labels sorted by key, then expressions in order."""
    for key, value in sorted((selector.match_labels or {}).items()):
        yield f"{key} == '{value or ''}'"
    for requirement in selector.match_expressions or ():
        values = ", ".join(f"'{value or ''}'" for value in requirement.values or ())
        match requirement.operator:
            case "Exists":
                yield f"has({requirement.key})"
            case "DoesNotExist":
                yield f"! has({requirement.key})"
            case "In" | "NotIn" as operator:
                yield f"{requirement.key} {_OPERATORS[operator]} {{ {values} }}"
