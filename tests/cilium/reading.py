"""Short ways to read Cilium's policies in tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from translator.context import NO_CONTEXT, Context
from translator.dialect import Dialect, Parsed, ParseOptions
from translator.dialects import cilium, clusternetworkpolicy, kubernetes
from translator.documents.document import Document
from translator.documents.loading import load_text
from translator.errors import Finding, Gate, Severity
from translator.ir.policy import Engine, Policy

DIALECTS: Final[tuple[Dialect, ...]] = (kubernetes.DIALECT, clusternetworkpolicy.DIALECT, cilium.DIALECT)
BOTH_GATES: Final = frozenset({Gate.APISERVER, Gate.CILIUM})
AGENT: Final = frozenset({Gate.CILIUM})
"""The agent alone reads the objects, as the ``query`` command has it."""
HEAD: Final = "apiVersion: cilium.io/v2\nkind: {kind}\nmetadata: {{name: p{namespace}}}\nspec: {spec}\n"


def parse_all(
    documents: Iterable[Document], *, context: Context = NO_CONTEXT, gates: frozenset[Gate] = BOTH_GATES
) -> dict[str, Parsed]:
    """What each dialect reads of some documents under the engine Cilium."""
    given = list(documents)
    options = ParseOptions(engine=Engine.CILIUM, context=context, gates=gates)
    return {
        dialect.name: dialect.parse(
            [document for document in given if (document.api_version, document.kind) in dialect.kinds], options
        )
        for dialect in DIALECTS
    }


def read(text: str, **options: Any) -> Parsed:
    """What the Cilium dialect reads of a YAML text."""
    return parse_all(load_text(text).documents, **options)["cilium"]


def cnp(spec: str) -> str:
    """A CiliumNetworkPolicy ``a/p`` whose spec is given in YAML flow style."""
    return HEAD.format(kind="CiliumNetworkPolicy", namespace=", namespace: a", spec=spec)


def ccnp(spec: str) -> str:
    """A CiliumClusterwideNetworkPolicy ``p`` whose spec is given in YAML flow style."""
    return HEAD.format(kind="CiliumClusterwideNetworkPolicy", namespace="", spec=spec)


def policy(text: str, **options: Any) -> Policy:
    """The one policy of a text, which must be accepted."""
    parsed = read(text, **options)
    assert not errors(parsed.findings)
    (found,) = parsed.policies
    return found


def errors(findings: Iterable[Finding]) -> list[str]:
    """``field path: message`` of every error."""
    return [_line(finding) for finding in findings if finding.severity is Severity.ERROR]


def warnings(findings: Iterable[Finding]) -> list[str]:
    """``field path: message`` of every warning."""
    return [_line(finding) for finding in findings if finding.severity is Severity.WARNING]


def _line(finding: Finding) -> str:
    path = finding.origin.field_path if finding.origin else ""
    return f"{path}: {finding.message}"
