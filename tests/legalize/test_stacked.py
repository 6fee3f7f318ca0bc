"""Tiers of Calico in a version that has one: in their order where that says the same, subtracted elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

import translator

TIER = """
apiVersion: projectcalico.org/v3
kind: Tier
metadata: {name: platform}
spec: {order: 10, defaultAction: %s}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: platform.guard, namespace: shop}
spec:
  tier: platform
  types: [Egress]
  egress:
  - {action: Deny, destination: {nets: [10.9.0.0/16]}}
  %s
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  order: %s
  selector: %s
  types: [Egress]
  egress:
  - {action: Allow, destination: {nets: [10.0.0.0/8]}}
"""
PASS = "- {action: Pass}"


def guards(end: str = "Pass", more: str = "", order: object = 5, selector: str = "all()") -> list[float]:
    """The orders of the policies that deny in the output for Calico 3.28."""
    policies = translator.parse_text(TIER % (end, more, order, selector), "calico")
    documents = translator.translate(policies, "calico@3.28", allow_widening=True).documents
    specs: list[Any] = [document["spec"] for document in documents]
    return [spec["order"] for spec in specs if any(rule["action"] == "Deny" for rule in spec.get("egress", ()))]


@pytest.mark.parametrize(("order", "found"), [(5, 4), (1, 0.5), (0, -1), (-3, -4)])
def test_a_deny_of_an_earlier_tier_comes_before_all_others(order: int, found: float) -> None:
    """Nothing else of tier default comes between, whatever orders it has."""
    assert guards(order=order) == [found]


@pytest.mark.parametrize(
    "options", [{"end": "Deny"}, {"more": PASS}, {"selector": "app == 'api'"}], ids=["end", "pass", "others"]
)
def test_what_one_list_cannot_say_is_subtracted(options: dict[str, str]) -> None:
    """A tier that denies at its end or passes by a rule; pods that tier default would isolate anew."""
    assert guards(**options) == []
