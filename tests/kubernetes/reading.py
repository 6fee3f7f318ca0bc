"""Short ways to read policies in tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from translator.context import NO_CONTEXT, Context
from translator.dialect import Dialect, Parsed, ParseOptions
from translator.dialects import clusternetworkpolicy, kubernetes
from translator.documents.document import Document
from translator.documents.loading import load_text
from translator.errors import Finding, Gate, Severity
from translator.ir.policy import Engine, Policy

DIALECTS: Final[tuple[Dialect, ...]] = (kubernetes.DIALECT, clusternetworkpolicy.DIALECT)
ALL_GATES: Final = frozenset({Gate.APISERVER, Gate.CALICO, Gate.CILIUM})


def parse_all(
    documents: Sequence[Document],
    *,
    engine: Engine = Engine.KUBERNETES,
    context: Context = NO_CONTEXT,
    gates: frozenset[Gate] = ALL_GATES,
) -> dict[str, Parsed]:
    """What each dialect reads of some documents."""
    options = ParseOptions(engine=engine, context=context, gates=gates)
    return {
        dialect.name: dialect.parse(
            [document for document in documents if (document.api_version, document.kind) in dialect.kinds], options
        )
        for dialect in DIALECTS
    }


def read(text: str, **options: Any) -> tuple[tuple[Policy, ...], tuple[Finding, ...]]:
    """The policies and findings of a YAML text."""
    parsed = parse_all(list(load_text(text).documents), **options)
    return (
        tuple(policy for each in parsed.values() for policy in each.policies),
        tuple(finding for each in parsed.values() for finding in each.findings),
    )


def network_policy(spec: str, **options: Any) -> Policy:
    """The one NetworkPolicy ``prod/p`` with a spec in YAML flow style, which must be accepted."""
    return _accepted(read(network_policy_text(spec), **options))


def cluster_policy(spec: str, **options: Any) -> Policy:
    """The one ClusterNetworkPolicy ``p`` with a spec in YAML flow style, which must be accepted."""
    return _accepted(read(cluster_policy_text(spec), **options))


def refusals(spec: str, **options: Any) -> list[str]:
    """The errors about a NetworkPolicy with a spec: ``field path: message``."""
    return _errors(read(network_policy_text(spec), **options))


def cluster_refusals(spec: str, **options: Any) -> list[str]:
    """The errors about a ClusterNetworkPolicy with a spec: ``field path: message``."""
    return _errors(read(cluster_policy_text(spec), **options))


def network_policy_text(spec: str) -> str:
    """A NetworkPolicy ``prod/p``."""
    head = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: prod}\n"
    return f"{head}spec: {spec}\n"


def cluster_policy_text(spec: str) -> str:
    """A ClusterNetworkPolicy ``p``."""
    head = "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: p}\n"
    return f"{head}spec: {spec}\n"


def _accepted(found: tuple[tuple[Policy, ...], tuple[Finding, ...]]) -> Policy:
    policies, findings = found
    assert not [str(finding) for finding in findings if finding.severity is Severity.ERROR]
    return policies[0]


def _errors(found: tuple[tuple[Policy, ...], tuple[Finding, ...]]) -> list[str]:
    policies, findings = found
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    assert bool(errors) != bool(policies)
    return [f"{finding.origin.field_path if finding.origin else '-'}: {finding.message}" for finding in errors]
