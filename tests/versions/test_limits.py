"""Policies beyond the limits of Calico's schema (v3.33) become several."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.versions.translating import codes, result, specs, translated
from translator.context import Context
from translator.dialects.calico import limits
from translator.pipeline.translate import Translation

NAMES = [f"component-with-a-long-name-{number:03}" for number in range(60)]


def network_policy(rules: int, names: list[str] | None = None) -> str:
    """A NetworkPolicy with many rules, for the pods of some applications."""
    selector: dict[str, Any] = {}
    if names is not None:
        selector = {"matchExpressions": [{"key": "app", "operator": "In", "values": names}]}
    ingress = [
        {
            "from": [{"ipBlock": {"cidr": f"203.0.{number // 256}.{number % 256}/32"}}],
            "ports": [{"port": 1000 + number}],
        }
        for number in range(rules)
    ]
    return yaml.safe_dump(
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "big", "namespace": "shop"},
            "spec": {"podSelector": selector, "ingress": ingress},
        }
    )


def check(found: Translation) -> None:
    """Every part fits."""
    for spec in specs(found).values():
        assert len(spec.get("ingress", ())) <= 1024
        assert all(len(spec[field]) <= 1024 for field in spec if field.lower().endswith("selector"))
    assert "policy-split" in codes(found)


def test_more_rules_than_a_list_takes_are_several_policies() -> None:
    """They stand behind each other in their order."""
    found = translated(network_policy(1100), "calico", self_check=False)
    assert list(specs(found)) == ["big-1", "big-2"]
    first, second = (spec["order"] for spec in specs(found).values())
    assert first < second
    ports = [rule["destination"]["ports"][0] for spec in specs(found).values() for rule in spec["ingress"]]
    assert sorted(ports) == list(range(1000, 2100))
    check(found)


def test_a_subject_that_is_too_long_is_split() -> None:
    """One policy for some of the pods, one for the others."""
    found = translated(network_policy(1, NAMES), "calico")
    check(found)
    assert result(found) == "equal"


def test_one_rule_that_becomes_too_many_is_split(monkeypatch: pytest.MonkeyPatch) -> None:
    """Peers that need a rule each (a smaller limit, to spare time)."""
    monkeypatch.setattr(limits, "MAX_RULES", 50)
    peers = [
        {
            "namespaceSelector": {"matchLabels": {"team": f"t{number}"}},
            "podSelector": {"matchLabels": {"app": f"a{number}"}},
        }
        for number in range(60)
    ]
    document = yaml.safe_load(network_policy(0))
    document["spec"]["ingress"] = [{"from": peers}]
    found = translated(yaml.safe_dump(document), "calico")
    assert [len(spec["ingress"]) <= 50 for spec in specs(found).values()] == [True, True]
    check(found)
    assert result(found) == "equal"


def test_a_subject_that_has_no_parts_is_refused() -> None:
    """Everybody but a long list is no union of shorter ones."""
    text = yaml.safe_dump(
        {
            "apiVersion": "cilium.io/v2",
            "kind": "CiliumClusterwideNetworkPolicy",
            "metadata": {"name": "most"},
            "spec": {
                "endpointSelector": {
                    "matchExpressions": [
                        {"key": "k8s:io.kubernetes.pod.namespace", "operator": "Exists"},
                        {"key": "app", "operator": "NotIn", "values": NAMES},
                    ]
                },
                "ingress": [{"fromEndpoints": [{}]}],
            },
        }
    )
    found = translated(text, "calico", Context(), partial=True)
    assert found.refused
    assert not specs(found)
