"""Policies for benchmarks: deterministic, of the sizes and shapes that real clusters have."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from translator.documents.emitter import dump

_APPS = [f"app-{number}" for number in range(40)]
_TEAMS = ["red", "blue", "green", "shop", "data"]


def network_policies(count: int, *, namespaces: int | None = None, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Kubernetes NetworkPolicies spread over namespaces (ten in each, unless said)."""
    random = Random(seed)
    spread = namespaces or max(1, count // 10)
    for number in range(count):
        yield {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {
                "name": f"policy-{number:05d}",
                "namespace": f"team-{number % spread:04d}",
                "labels": {"team": random.choice(_TEAMS), "managed-by": "platform"},
            },
            "spec": {
                "podSelector": {"matchLabels": {"app": random.choice(_APPS)}},
                "policyTypes": ["Ingress", "Egress"] if random.random() < 0.4 else ["Ingress"],
                "ingress": [_ingress(random) for _ in range(random.randint(1, 3))],
            },
        }


def _ingress(random: Random) -> dict[str, Any]:
    return {"from": [_peer(random) for _ in range(random.randint(1, 3))], "ports": _ports(random)}


def _peer(random: Random) -> dict[str, Any]:
    pods = {"podSelector": {"matchLabels": {"app": random.choice(_APPS)}}}
    choice = random.random()
    if choice < 0.5:
        return pods
    if choice < 0.8:
        return {"namespaceSelector": {"matchLabels": {"team": random.choice(_TEAMS)}}, **pods}
    third = random.randint(0, 255)
    return {"ipBlock": {"cidr": f"203.{third}.0.0/16", "except": [f"203.{third}.{random.randint(0, 255)}.0/24"]}}


def _ports(random: Random) -> list[dict[str, Any]]:
    start = random.randint(1, 60000)
    ports: list[dict[str, Any]] = [{"protocol": "TCP", "port": start}]
    if random.random() < 0.3:
        ports.append({"protocol": "TCP", "port": start + 1, "endPort": start + 100})
    if random.random() < 0.2:
        ports.append({"protocol": "UDP", "port": 53})
    return ports


def as_text(documents: Iterator[dict[str, Any]]) -> str:
    """One YAML stream."""
    return dump(documents)
