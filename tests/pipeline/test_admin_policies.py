"""AdminNetworkPolicies as ClusterNetworkPolicies, where one may be the other."""

import pytest

import translator
from translator.legalize.target import Target, TargetName
from translator.pipeline.translate import translate

HEAD = "apiVersion: policy.networking.k8s.io/v1alpha1\n"
BASELINE = """\
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec: {subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}
"""
ADMIN = """\
kind: AdminNetworkPolicy
metadata: {name: %s}
spec: {priority: 3, subject: {namespaces: {}}, ingress: [{action: Deny, from: [%s]}]}
"""


def tiers(text: str) -> list[object]:
    target = Target(name=TargetName.CLUSTERNETWORKPOLICY, allow_widening=True)
    documents = translate(translator.parse_text(text), target).documents
    return [document["spec"]["tier"] for document in documents]  # type: ignore[index]


def test_a_baseline_stays_one() -> None:
    """Network policies that come later override it, as they did."""
    assert tiers(HEAD + BASELINE) == ["Baseline"]


@pytest.mark.parametrize(("name", "peers"), [("default", 1), ("many", 26)])
def test_what_one_object_cannot_hold_is_written_otherwise(name: str, peers: int) -> None:
    """Two of one name, or more peers than there may be, are no reason to fail."""
    listed = ", ".join(f"{{namespaces: {{matchLabels: {{team: t{number}}}}}}}" for number in range(peers))
    assert tiers(f"{HEAD}{BASELINE}---\n{HEAD}{ADMIN % (name, listed)}")
