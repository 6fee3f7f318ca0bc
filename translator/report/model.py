"""The report as JSON, and the published schema of it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from translator.errors import Finding
from translator.loss.effect import Effect
from translator.loss.loss import Loss
from translator.origin import Origin
from translator.report.record import Outcome, PolicyResult, Report
from translator.report.witness import witness_text

EffectWord = Literal["none", "narrows", "widens", "both"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Place(_Model):
    """A place in the input."""

    file: str = Field(description="The file as it was given, `-` for standard input.")
    line: int = Field(ge=1)
    column: int = Field(ge=1)
    path: str = Field(description="The field path as kubectl writes it: `spec.ingress[0].from`.")


class LossRecord(_Model):
    """One declared difference."""

    code: str = Field(description="`netpolx explain CODE` explains it.")
    effect: EffectWord
    message: str
    policy: str = Field(description="`namespace/name` or `name` of the source policy.")
    target: str
    place: Place | None
    hint: str | None = None
    witness: str | None = Field(default=None, description="A concrete flow that is judged differently.")


class PolicyRecord(_Model):
    """What became of one policy of the source."""

    name: str
    kind: str
    outcome: Outcome
    place: Place | None
    losses: tuple[str, ...] = Field(description="The codes of its losses, in reading order.")


class FindingRecord(_Model):
    """Something wrong or doubtful about the input."""

    severity: Literal["error", "warning"]
    gate: str = Field(description="Who refuses it.")
    code: str
    message: str
    place: Place | None
    hint: str | None = None


class Summary(_Model):
    """Counts."""

    policies: int
    exact: int
    narrowed: int
    widened: int
    refused: int
    losses: dict[EffectWord, int] = Field(description="How many losses have each effect.")


class ProofRecord(_Model):
    """What the comparison of output and source found."""

    result: Literal["equal", "open", "narrows", "widens", "both", "undecided", "skipped"] = Field(
        description="`open`: equal but for what the Kubernetes API leaves open."
    )
    reason: str | None = None
    witnesses: tuple[str, ...] = ()


class ReportDocument(_Model):
    """The report of one translation (`netpolx translate --report json`)."""

    api_version: Literal["netpolx/v1alpha1"] = "netpolx/v1alpha1"
    kind: Literal["Report"] = "Report"
    version: str = Field(description="The version of netpolx.")
    source: str = Field(
        description="The engine that enforces the input; `access` or `clusternetworkpolicy` for nothing else."
    )
    target: str = Field(description="The dialect of the output.")
    written: bool = Field(description="False: nothing was written because of what this report says.")
    summary: Summary
    policies: tuple[PolicyRecord, ...]
    losses: tuple[LossRecord, ...]
    findings: tuple[FindingRecord, ...]
    passed_over: dict[str, int] = Field(description="Documents of other kinds: `kind.group` and how many.")
    assumptions: tuple[str, ...]
    proof: ProofRecord


def document_of(report: Report, version: str) -> ReportDocument:
    """The report as its published model."""
    return ReportDocument(
        version=version,
        source=report.source,
        target=report.target,
        written=report.written,
        summary=Summary(
            policies=len(report.policies),
            exact=report.count(Outcome.EXACT),
            narrowed=report.count(Outcome.NARROWED),
            widened=report.count(Outcome.WIDENED),
            refused=report.count(Outcome.REFUSED),
            losses=_by_effect(report),
        ),
        policies=tuple(_policy(each) for each in report.policies),
        losses=tuple(_loss(each) for each in report.losses),
        findings=tuple(_finding(each) for each in report.findings),
        passed_over=dict(report.passed_over),
        assumptions=report.assumptions,
        proof=ProofRecord(
            result=report.proof.result,  # type: ignore[arg-type]
            reason=report.proof.reason,
            witnesses=tuple(str(witness) for witness in report.proof.witnesses),
        ),
    )


def _by_effect(report: Report) -> dict[EffectWord, int]:
    counts = report.effects
    return {
        "none": counts[Effect.NONE],
        "narrows": counts[Effect.NARROWS],
        "widens": counts[Effect.WIDENS],
        "both": counts[Effect.BOTH],
    }


def render(report: Report, version: str) -> str:
    """The report as JSON text."""
    return document_of(report, version).model_dump_json(by_alias=True, indent=2) + "\n"


def _place(origin: Origin | None) -> Place | None:
    if origin is None:
        return None
    return Place(file=origin.file, line=origin.line, column=origin.column, path=origin.field_path)


def _loss(loss: Loss) -> LossRecord:
    return LossRecord(
        code=loss.code,
        effect=loss.effect.word,  # type: ignore[arg-type]
        message=loss.message,
        policy=loss.policy,
        target=loss.target,
        place=_place(loss.origin),
        hint=loss.hint,
        witness=None if loss.witness is None else witness_text(loss.witness),
    )


def _policy(result: PolicyResult) -> PolicyRecord:
    return PolicyRecord(
        name=result.name,
        kind=result.kind,
        outcome=result.outcome,
        place=_place(result.origin),
        losses=tuple(loss.code for loss in result.losses),
    )


def _finding(finding: Finding) -> FindingRecord:
    return FindingRecord(
        severity=finding.severity.value,
        gate=finding.gate.value,
        code=finding.code,
        message=finding.message,
        place=_place(finding.origin),
        hint=finding.hint,
    )
