"""Sorting documents by kind."""

from typing import Any

import pytest

from translator.documents.document import Document
from translator.errors import Severity
from translator.pipeline.kinds import sort_documents

DIALECTS = {
    "kubernetes": frozenset({("networking.k8s.io/v1", "NetworkPolicy")}),
    "calico": frozenset(
        {
            ("projectcalico.org/v3", "NetworkPolicy"),
            ("projectcalico.org/v3", "Tier"),
            ("projectcalico.org/v3", "Profile"),
        }
    ),
    "cilium": frozenset({("cilium.io/v2", "CiliumNetworkPolicy"), ("cilium.io/v2", "CiliumClusterwideNetworkPolicy")}),
}


def document(api_version: Any, kind: Any) -> Document:
    return Document(data={"apiVersion": api_version, "kind": kind})


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("networking.k8s.io/v1", "NetworkPolcy"),
        ("networking.k8s.io/v1", "networkpolicy"),
        ("networking.k8s.io/v1beta1", "NetworkPolicy"),
        ("networking.k8s/v1", "NetworkPolicy"),
        ("v1", "NetworkPolicy"),
        ("cilium.io/v2", "CiliumNetworkPolicies"),
        ("cilium.io/v1", "CiliumNetworkPolicy"),
        ("cilium.io/v2", "CiliumClusterWideNetworkPolicy"),
        ("projectcalico.org/v3", "Tiers"),
    ],
)
def test_a_kind_that_is_nearly_a_policy_kind_is_an_error(api_version: str, kind: str) -> None:
    """A misspelt kind or a wrong group must not be passed over as somebody else's document."""
    found = sort_documents([document(api_version, kind)], DIALECTS)
    assert [finding.severity for finding in found.findings] == [Severity.ERROR]
    assert "did you mean" in (found.findings[0].hint or "")
    assert found.passed_over == {}


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("apps/v1", "Deployments"),
        ("networking.k8s.io/v1", "Ingress"),
        ("cilium.io/v2", "CiliumNode"),
        ("cilium.io/v2", "CiliumNodeConfig"),
        ("cilium.io/v2", "CiliumEndpoint"),
        ("cilium.io/v2", "CiliumLocalRedirectPolicy"),
        ("cilium.io/v2", "CiliumEnvoyConfig"),
        ("cilium.io/v2", "CiliumClusterwideEnvoyConfig"),
        ("projectcalico.org/v3", "IPPool"),
        ("projectcalico.org/v3", "FelixConfiguration"),
        ("example.com/v1", "Profile"),
        ("example.com/v1", "Tier"),
    ],
)
def test_other_kinds_are_passed_over_and_counted(api_version: str, kind: str) -> None:
    """Neighbours of policy kinds and strangers are counted, not judged."""
    found = sort_documents([document(api_version, kind)] * 2, DIALECTS)
    assert found.findings == []
    assert list(found.passed_over.values()) == [2]


def test_policies_of_other_engines_are_passed_over_with_a_warning() -> None:
    """A policy kind of a group that we do not know is named, since somebody may count on it."""
    found = sort_documents([document("crd.antrea.io/v1beta1", "NetworkPolicy")], DIALECTS)
    assert [finding.severity for finding in found.findings] == [Severity.WARNING]
    assert found.passed_over == {"NetworkPolicy.crd.antrea.io": 1}


@pytest.mark.parametrize(("api_version", "kind"), [(None, "NetworkPolicy"), ("v1", None), (5, "Pod"), ("", "")])
def test_a_missing_api_version_or_kind_is_an_error(api_version: Any, kind: Any) -> None:
    """Nothing is guessed about a document that does not say what it is."""
    found = sort_documents([document(api_version, kind)], DIALECTS)
    assert [finding.code for finding in found.findings] == ["missing-kind"]


def test_policies_and_context_go_their_ways() -> None:
    """Policies are sorted by dialect, namespaces and pods feed the context."""
    found = sort_documents([document("networking.k8s.io/v1", "NetworkPolicy"), document("v1", "Namespace")], DIALECTS)
    assert list(found.policies) == ["kubernetes"]
    assert [each.kind for each in found.context] == ["Namespace"]
