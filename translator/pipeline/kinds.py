"""Which documents are policies, which tell about the cluster, which are passed over, and which are mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final

from translator.documents.document import Document
from translator.errors import Finding, Gate, Severity

ApiKind = tuple[str, str]
"""(apiVersion, kind)"""

CONTEXT_KINDS: Final = frozenset(
    {
        ("v1", "Namespace"),
        ("v1", "Node"),
        ("v1", "Pod"),
        ("v1", "Service"),
        ("v1", "ServiceAccount"),
        ("v1", "Endpoints"),
        ("v1", "ReplicationController"),
        ("discovery.k8s.io/v1", "EndpointSlice"),
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("apps/v1", "DaemonSet"),
        ("apps/v1", "ReplicaSet"),
        ("batch/v1", "Job"),
        ("batch/v1", "CronJob"),
        ("netpolx/v1alpha1", "Context"),
    }
)
"""Documents that tell what the cluster holds."""

_SIMILAR: Final = 0.88
_POLICY_WORD: Final = "networkpolicy"
_NO_MISTAKES: Final = frozenset({"NetworkPolicyList", "CiliumNetworkPolicyList", "CiliumClusterwideNetworkPolicyList"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The documents of the input by what they are for."""

    policies: dict[str, list[Document]] = field(default_factory=dict)
    """Dialect → its documents, in order."""
    context: list[Document] = field(default_factory=list)
    passed_over: dict[str, int] = field(default_factory=dict)
    """``kind.group`` → how many."""
    findings: list[Finding] = field(default_factory=list)


def sort_documents(documents: Iterable[Document], dialects: dict[str, frozenset[ApiKind]]) -> Sorted:
    """Sort documents by their kinds; a missing or mistaken kind is a finding."""
    owners = {kind: name for name, kinds in dialects.items() for kind in kinds}
    found = Sorted()
    verdicts: dict[ApiKind, Finding | None] = {}
    for document in documents:
        kind = (document.api_version, document.kind)
        owner = owners.get(kind)
        if owner is not None:
            found.policies.setdefault(owner, []).append(document)
        elif kind in CONTEXT_KINDS:
            found.context.append(document)
        elif not all(kind):
            found.findings.append(_missing(document))
        else:
            if kind not in verdicts:
                verdicts[kind] = _mistake(document, owners)
            finding = verdicts[kind]
            if finding is not None:
                found.findings.append(_at(document, finding))
            if finding is None or finding.severity is Severity.WARNING:
                name = kind_name(kind)
                found.passed_over[name] = found.passed_over.get(name, 0) + 1
    return found


def kind_name(kind: ApiKind) -> str:
    """``NetworkPolicy.networking.k8s.io``, as kubectl names a kind; core kinds have no group."""
    group, slash, _ = kind[0].rpartition("/")
    return f"{kind[1]}.{group}" if slash else kind[1]


def _missing(document: Document) -> Finding:
    field_name = "apiVersion" if not document.api_version else "kind"
    return Finding(
        message=f"required field `{field_name}` is missing or no text",
        origin=document.origin(field_name),
        gate=Gate.APISERVER,
        code="missing-kind",
        hint="every document needs `apiVersion` and `kind`",
    )


def _at(document: Document, finding: Finding) -> Finding:
    field_name = "apiVersion" if finding.code == "unknown-version" else "kind"
    return Finding(
        message=finding.message,
        origin=document.origin(field_name),
        severity=finding.severity,
        gate=finding.gate,
        code=finding.code,
        hint=finding.hint,
    )


def _mistake(document: Document, owners: dict[ApiKind, str]) -> Finding | None:
    """An error where a kind is nearly one of ours, a warning for another engine's policies, None for other kinds."""
    api_version, kind = document.api_version, document.kind
    group = api_version.rpartition("/")[0]
    near = [known for known in owners if _is_similar(kind, known[1])]
    if near and kind not in _NO_MISTAKES:
        groups = {known[0].rpartition("/")[0] for known in near}
        if group in groups or not group or any(_is_similar(group, each) for each in groups):
            known = max(near, key=lambda each: _similarity(f"{api_version}/{kind}", f"{each[0]}/{each[1]}"))
            return _nearly(api_version, kind, known)
    if kind.lower().endswith((_POLICY_WORD, "networkpolicies")):
        return Finding(
            message=f"{kind} of {api_version} is a policy that netpolx does not read; it is passed over",
            severity=Severity.WARNING,
            code="foreign-policy",
        )
    return None


def _nearly(api_version: str, kind: str, known: ApiKind) -> Finding:
    code = "unknown-version" if kind == known[1] else "unknown-kind"
    return Finding(
        message=f"there is no kind `{kind}` in `{api_version}`",
        gate=Gate.APISERVER,
        code=code,
        hint=f"did you mean `apiVersion: {known[0]}` with `kind: {known[1]}`?",
    )


def _is_similar(a: str, b: str) -> bool:
    return a.lower() == b.lower() or _similarity(a, b) >= _SIMILAR


def _similarity(a: str, b: str) -> float:
    return SequenceMatcher(None, a, b).ratio()


def files_of(documents: Sequence[Document], limit: int = 3) -> str:
    """The files that documents stand in, a few by name."""
    files = list(dict.fromkeys(document.file for document in documents))
    shown = ", ".join(files[:limit])
    return f"{shown} and {len(files) - limit} more" if len(files) > limit else shown
