"""Short ways to read Calico's documents in tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from tests.vectors import Case, context_of
from translator.context import NO_CONTEXT, Context
from translator.dialect import Dialect, Parsed, ParseOptions
from translator.dialects import calico, clusternetworkpolicy, kubernetes
from translator.documents.document import Document
from translator.documents.loading import load_text
from translator.errors import Finding, Gate, Severity
from translator.ir.policy import Engine, Policy, PolicySet, Rule
from translator.semantics.verdict.calico import assemble
from translator.wire.context import read_context

DIALECTS: Final[tuple[Dialect, ...]] = (kubernetes.DIALECT, clusternetworkpolicy.DIALECT, calico.DIALECT)
ALL_GATES: Final = frozenset({Gate.APISERVER, Gate.CALICO})
OWN_GATE: Final = frozenset({Gate.CALICO})
"""What an object does that is there already, as the ``query`` command asks."""


def parse_all(
    documents: Iterable[Document], *, context: Context = NO_CONTEXT, gates: frozenset[Gate] = ALL_GATES
) -> dict[str, Parsed]:
    """What each dialect reads of some documents under the engine Calico."""
    given = list(documents)
    options = ParseOptions(engine=Engine.CALICO, context=context, gates=gates)
    # The vectors' ClusterNetworkPolicies met no API server; their NetworkPolicies did.
    of_kubernetes = replace(options, gates=gates | {Gate.APISERVER} if gates else gates)
    return {
        dialect.name: dialect.parse(
            [document for document in given if (document.api_version, document.kind) in dialect.kinds],
            of_kubernetes if dialect is kubernetes.DIALECT else options,
        )
        for dialect in DIALECTS
    }


def read(text: str, *, context: Context = NO_CONTEXT, gates: frozenset[Gate] = ALL_GATES) -> Parsed:
    """What the Calico dialect reads of a YAML text."""
    return parse_all(load_text(text).documents, context=context, gates=gates)["calico"]


def raw(context: Context = NO_CONTEXT) -> Context:
    """The same cluster, whose objects reach the agent unvalidated."""
    return replace(context, calico=replace(context.calico, admission="none"))


def policy(text: str, **options: Any) -> Policy:
    """The one policy of a text, which must be accepted."""
    parsed = read(text, **options)
    assert not errors(parsed.findings)
    (found,) = parsed.policies
    return found


def rule(text: str, **options: Any) -> Rule:
    """The one rule of the IR that an ingress rule, given in YAML flow style, comes to in a policy ``shop/p``."""
    (found,) = policy(network_policy(f"{{selector: app == 'db', ingress: [{text}]}}"), **options).ingress
    return found


def network_policy(spec: str, *, name: str = "p") -> str:
    """A NetworkPolicy of namespace ``shop`` whose spec is given in YAML flow style."""
    head = "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\n"
    return f"{head}metadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n"


def global_policy(spec: str, *, name: str = "g") -> str:
    """A GlobalNetworkPolicy whose spec is given in YAML flow style."""
    return f"apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def errors(findings: Iterable[Finding]) -> list[str]:
    """``gate field path: message`` of every error."""
    return [_line(finding) for finding in findings if finding.severity is Severity.ERROR]


def warnings(findings: Iterable[Finding]) -> list[str]:
    """``gate field path: message`` of every warning."""
    return [_line(finding) for finding in findings if finding.severity is Severity.WARNING]


def codes(findings: Iterable[Finding]) -> list[str]:
    """The codes of all findings, each once."""
    return sorted({finding.code for finding in findings})


def _line(finding: Finding) -> str:
    path = finding.origin.field_path if finding.origin else ""
    return f"{finding.gate.value} {path}: {finding.message}"


# -- cases of the vectors ---------------------------------------------------------------------------------------------


def case_context(case: Case, dataplane: str = "ebpf") -> Context:
    """The cluster of a case, with the Services that its documents hold."""
    context = context_of(case)
    context = replace(context, calico=replace(context.calico, dataplane=dataplane, version="3.34"))
    known = {kind for dialect in DIALECTS for kind in dialect.kinds}
    others = [each for each in load_text(case["policies"]).documents if (each.api_version, each.kind) not in known]
    if not others:
        return context
    return replace(context, services=read_context(others, context)[0].services)


def case_policies(case: Case, context: Context) -> tuple[PolicySet, list[Finding]]:
    """What Calico enforces in a case, and everything the dialects say."""
    loaded = load_text(case["policies"])
    gates = OWN_GATE if case["settings"]["admission"] == "calico" else frozenset[Gate]()
    parsed = parse_all(loaded.documents, context=context, gates=gates)
    findings = [*loaded.findings, *(finding for each in parsed.values() for finding in each.findings)]
    return assemble(parsed, context), findings
