"""A change as JSON, and the published schema of it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from translator.origin import Origin
from translator.report import change
from translator.report.change import Became, ChangeReport, FailOn

EffectWord = Literal["none", "narrows", "widens", "both"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Place(_Model):
    """A place in one of the two sets."""

    file: str
    line: int = Field(ge=1)
    column: int = Field(ge=1)
    path: str = Field(description="The field path as kubectl writes it: `spec.ingress[0].from`.")


class DecidingLine(_Model):
    """A rule, or an object that isolates, which decides the example."""

    place: Place
    object: str = Field(description="`namespace/name` of the object in which it stands.")


class AnswerRecord(_Model):
    """What one side says about the example."""

    allowed: bool
    decided_by: tuple[DecidingLine, ...] = Field(description="Empty: no policy decides, so it is as it is by default.")


class ConnectionRecord(_Model):
    """Connections that change in the same way at one of their ends."""

    effect: EffectWord = Field(
        description="`widens`: denied before, allowed after. `narrows`: the other way round. "
        "`none`: the Kubernetes API leaves open what happens."
    )
    direction: Literal["ingress", "egress"] = Field(description="The end that changes its mind: receiver or sender.")
    source: str
    destination: str
    traffic: str
    example: str = Field(description="One concrete flow.")
    assumptions: tuple[str, ...] = Field(description="What has to be taken as given for the example.")
    before: AnswerRecord
    after: AnswerRecord


class FieldRecord(_Model):
    """One field that differs."""

    path: str
    before: str | None = Field(description="As JSON; null when the field is not there.")
    after: str | None


class DocumentRecord(_Model):
    """One object that differs."""

    became: Became
    kind: str
    name: str
    former_name: str | None = Field(description="The name before, when it is renamed.")
    before: Place | None
    after: Place | None
    effect: EffectWord | None = Field(
        description="How traffic of the endpoints that it governs changes; null: not decided."
    )
    fields: tuple[FieldRecord, ...] = Field(
        description="Empty when it is added or removed, or only lists are reordered."
    )
    reordered: tuple[str, ...] = Field(
        description="The lists that hold the same in another order; empty when fields differ."
    )
    yaml: str = Field(
        description="A unified diff of the canonical YAML; empty when only lists are reordered and no traffic changes."
    )


class SideRecord(_Model):
    """One of the two sets."""

    name: str
    policies: int
    engine: str
    refused: int = Field(ge=0, description="How many of its documents were refused and left out (`--skip-invalid`).")


class DiffDocument(_Model):
    """What changes from one set of policies to another (`netpolx diff -o json`)."""

    api_version: Literal["netpolx/v1alpha1"] = "netpolx/v1alpha1"
    kind: Literal["Diff"] = "Diff"
    version: str = Field(description="The version of netpolx.")
    before: SideRecord
    after: SideRecord
    result: Literal["equal", "open", "narrows", "widens", "both", "undecided"] = Field(
        description="`open`: equal but for what the Kubernetes API leaves open."
    )
    reason: str | None = Field(description="Why it is undecided.")
    fail_on: FailOn
    fails: bool = Field(description="Whether the exit code is 1.")
    connections: tuple[ConnectionRecord, ...] = Field(description="Widening first.")
    more: int = Field(ge=0, description="How many further kinds of connections change at most.")
    documents: tuple[DocumentRecord, ...] = Field(description="Widening first; what changes no traffic last.")
    command: str = Field(description="What shows the same again.")


def document_of(report: ChangeReport, version: str) -> DiffDocument:
    """The change as its published model."""
    return DiffDocument(
        version=version,
        before=_side(report.before),
        after=_side(report.after),
        result=report.result,  # type: ignore[arg-type]
        reason=report.reason,
        fail_on=report.fail_on,
        fails=report.fails,
        connections=tuple(map(_connection, report.connections)),
        more=report.more,
        documents=tuple(map(_document, report.documents)),
        command=report.command,
    )


def render(report: ChangeReport, version: str) -> str:
    """The change as JSON text."""
    return document_of(report, version).model_dump_json(by_alias=True, indent=2) + "\n"


def _side(side: change.Side) -> SideRecord:
    return SideRecord(name=side.name, policies=side.policies, engine=side.engine, refused=side.refused)


def _connection(each: change.Connection) -> ConnectionRecord:
    return ConnectionRecord(
        effect=each.effect.word,  # type: ignore[arg-type]
        direction=each.direction.value,
        source=each.source,
        destination=each.destination,
        traffic=each.traffic,
        example=each.example,
        assumptions=each.assumptions,
        before=_answer(each.before),
        after=_answer(each.after),
    )


def _answer(answer: change.Answer) -> AnswerRecord:
    lines = tuple(DecidingLine(place=_known(each.origin), object=each.object) for each in answer.lines)
    return AnswerRecord(allowed=answer.allowed, decided_by=lines)


def _document(document: change.DocumentChange) -> DocumentRecord:
    return DocumentRecord(
        became=document.became,
        kind=document.kind,
        name=document.name,
        former_name=document.former_name,
        before=_place(document.before),
        after=_place(document.after),
        effect=document.effect.word if document.effect is not None else None,  # type: ignore[arg-type]
        fields=tuple(FieldRecord(path=each.path, before=each.before, after=each.after) for each in document.fields),
        reordered=document.reordered,
        yaml=document.yaml,
    )


def _place(origin: Origin | None) -> Place | None:
    return None if origin is None else _known(origin)


def _known(origin: Origin) -> Place:
    line, column = origin.document.locate(origin.path)
    return Place(file=origin.file, line=line, column=column, path=origin.field_path)
