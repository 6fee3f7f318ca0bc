"""A translation as an ordered migration: what to apply, watch, check and delete, each step's traffic measured."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from translator.documents.server_fields import strip_server_fields
from translator.errors import UsageError
from translator.ir.policy import Engine
from translator.legalize.target import TargetName
from translator.loss.loss import Loss
from translator.pipeline.emission import Output, as_yaml
from translator.pipeline.proof import claim_of
from translator.pipeline.source import Source
from translator.pipeline.translate import Translation
from translator.report.model import LossRecord, Place
from translator.report.plan_model import Checks, PlanDocument, Step
from translator.report.witness import witness_text
from translator.review.batches import (
    ALLOW_LAST,
    APPLY,
    APPLY_ALL,
    DELETE,
    DELETE_ALL,
    DENY_FIRST,
    GROUPS,
    Batch,
    arranged,
    batched,
    replaced,
    restricting,
    restricts,
)
from translator.review.checks import Flows
from translator.review.interim import Measure
from translator.review.objects import kubectl_words, object_key, plan_object
from translator.review.staging import staged
from translator.review.watching import served_note, switch_step, watch_step


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Files and options that the commands of a plan name."""

    directory: str
    flows: str | None = None
    kube_context: str | None = None

    def kubectl(self, *words: str) -> str:
        """A command line of kubectl."""
        return shlex.join(["kubectl", *(("--context", self.kube_context) if self.kube_context else ()), *words])

    def file(self, name: str) -> str:
        """A file of the plan."""
        return f"{self.directory.rstrip('/')}/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The plan, and the files that it speaks of."""

    document: PlanDocument
    files: Mapping[str, str]
    """Name below the directory → text."""


def enforcer(source: Engine, target: Engine) -> Engine | None:
    """The engine that enforces both at the same time in one cluster; None where the network plugin changes."""
    if source is target or target is Engine.KUBERNETES:
        return source
    return target if source is Engine.KUBERNETES else None


def make_plan(
    read: Source,
    translation: Translation,
    flows: Flows | None,
    where: Where,
    *,
    version: str,
    with_staged: bool = False,
    allow_widening: bool = False,
    measured: bool = True,
) -> Plan:
    """The plan of a migration from what was read to its translation.

    Raises UsageError for a target that no cluster reads, and for staged policies of other targets than Calico.
    """
    if translation.target.name is TargetName.ACCESS:
        raise UsageError("--to access: no cluster reads it, so there is nothing to migrate to")
    if with_staged and translation.target.name is not TargetName.CALICO:
        raise UsageError(f"--staged: only Calico has staged policies, the target is {translation.target.name.value}")
    builder = _Builder(read, translation, where, measured=measured)
    steps, files = builder.steps(flows, with_staged=with_staged)
    together = enforcer(read.engine, translation.target.engine)
    return Plan(
        document=PlanDocument(
            version=version,
            source=read.name,
            target=translation.target.name.value,
            enforcer=together.value if together is not None else None,
            objections=translation.objections(allow_widening=allow_widening),
            decisions=tuple(map(_loss, _heavy_first(translation.losses))),
            unchanged=tuple(plan_object(each.data) for each in builder.unchanged),
            steps=steps,
            checks=Checks(
                file=where.flows or "",
                today=today_file(where.flows or ""),
                flows=len(flows.records),
                changed=flows.changed,
                unasked=flows.unasked,
            )
            if flows is not None
            else None,
            assumptions=translation.assumptions,
        ),
        files=files,
    )


class _Builder:
    """Sorts the documents into batches and writes the steps about them."""

    def __init__(self, read: Source, translation: Translation, where: Where, *, measured: bool) -> None:
        self._read, self._translation, self._where = read, translation, where
        present = {object_key(each.data): strip_server_fields(each.data) for each in read.documents}
        self.unchanged = [each for each in translation.outputs if present.get(object_key(each.data)) == each.data]
        same = {id(each) for each in self.unchanged}
        self._new = [each for each in translation.outputs if id(each) not in same]
        kept = {object_key(each.data) for each in translation.outputs}
        self._enforcer = enforcer(read.engine, translation.target.engine)
        gone = [each for each in read.documents if object_key(each.data) not in kept]
        self._gone = gone if self._enforcer is None else replaced(gone, translation)
        """What nobody needs any more: what was refused goes on being enforced as long as somebody enforces it."""
        # Bounds of the proof are bounds of the measuring too: namespaces that are not there yet, say.
        claim = claim_of(translation.losses, read.context, {})
        self._measure = Measure(read, self._enforcer if measured else None, claim)
        self._steps: list[Step] = []
        self._files: dict[str, str] = {}

    def steps(self, flows: Flows | None, *, with_staged: bool) -> tuple[tuple[Step, ...], Mapping[str, str]]:
        """Every step in order, and the files."""
        where, target = self._where, self._translation.target.name
        if not (self._new or self._gone):
            return (), {}
        self._backup()
        if flows is not None:
            why = "The cluster must be what the plan was made for: every answer as it is today."
            self._check("Check where you start", why, today_file(where.flows or ""), self._read.engine, "before")
        if with_staged:
            self._stage()
        for batch in self._applied():
            self._apply(batch)
        if self._enforcer is None:
            self._add(**switch_step(self._read.engine, target, where.kubectl))
        self._add(**watch_step(target, where.kubectl, is_shared=self._enforcer is not None))
        if flows is not None:
            changed = f"; {flows.changed} of {len(flows.records)} answers change on purpose" if flows.changed else ""
            why = f"What the cluster holds now must answer as expected{changed}."
            if self._enforcer is None or not self._gone:
                self._check("Check the cluster", why, where.flows or "", self._translation.target.engine, "now")
        for batch in self._deleted():
            self._delete(batch)
        if self._gone and flows is not None:
            why = "The new policies alone decide now; every answer must be as expected."
            engine = self._enforcer or self._translation.target.engine
            self._check("Check where you arrived", why, where.flows or "", engine, "after")
        return tuple(self._steps), self._files

    def _add(self, **fields: Any) -> None:
        self._steps.append(Step(number=len(self._steps) + 1, **fields))

    def _backup(self) -> None:
        """The objects as they are, in a form that can be applied again."""
        documents = [strip_server_fields(each.data) for each in self._read.documents]
        name = "rollback.yaml"
        self._files[name] = as_yaml(Output(data=each, origin=None) for each in documents)
        self._add(
            task="backup",
            title="Keep what is there",
            why="The way back of every later step needs today's policies in a form that can be applied again; see that "
            "the file is what the cluster holds.",
            file=self._where.file(name),
            commands=(self._where.kubectl("diff", "-f", self._where.file(name)),),
        )

    def _stage(self) -> None:
        documents = [each for each in (staged(output.data) for output in self._new) if each is not None]
        if not documents:
            return
        name = "staged.yaml"
        self._files[name] = as_yaml(Output(data=each, origin=None) for each in documents)
        file = self._where.file(name)
        groups = [each for each in self._new if each.data.get("kind") in GROUPS]
        before: tuple[str, ...] = ()
        if groups:
            # Staged policies refer to tiers and sets, which decide nothing by themselves.
            self._files["groups.yaml"] = as_yaml(groups)
            before = (self._where.kubectl("apply", "-f", self._where.file("groups.yaml")),)
        self._add(
            task="stage",
            title="Stage the new policies",
            why="Calico writes into its flow logs what a staged policy would do, and enforces nothing of it. Needs "
            "Calico 3.30 or later. Let it run over a working week, then look for flows that a staged policy denies. "
            "The last command takes the staged policies away again.",
            file=file,
            objects=tuple(map(plan_object, documents)),
            commands=(
                *before,
                self._where.kubectl("apply", "-f", file),
                self._where.kubectl("-n", "calico-system", "port-forward", "service/whisker", "8081:8081"),
                self._where.kubectl("delete", "-f", file),
            ),
            rollback=(self._where.kubectl("delete", "--ignore-not-found", "-f", file),),
            traffic=self._measure.adding(documents) if self._enforcer else None,
        )
        self._measure.removing(documents)

    def _applied(self) -> list[Batch]:
        """What others refer to, then what lets through, then what denies or only isolates."""
        chosen: list[list[Output]] = [[], [], []]
        for output in self._new:
            if output.data.get("kind") in GROUPS:
                chosen[0].append(output)
            else:
                policies = [output.policy] if output.policy is not None else [each.policy for each in output.members]
                chosen[2 if any(map(restricts, policies)) else 1].append(output)
        groups, *halves = (batched(words, outputs) for words, outputs in zip(APPLY, chosen, strict=True))
        if self._enforcer is not None and all(half.documents for half in halves):
            # A half is measured with what it refers to, which is there by then.
            order = self._measure.adding_order([(*groups.documents, *half.documents) for half in halves])
            halves = arranged(halves, order, together=APPLY_ALL, reversed_whys=(DENY_FIRST, ALLOW_LAST))
        return [each for each in (groups, *halves) if each.documents]

    def _apply(self, batch: Batch) -> None:
        name = f"{batch.name}.yaml"
        self._files[name] = batch.text
        file = self._where.file(name)
        present = {object_key(each.data) for each in self._read.documents}
        is_new = [each for each in batch.documents if object_key(each) not in present]
        back = [self._where.kubectl("delete", "--ignore-not-found", *kubectl_words(each)) for each in is_new]
        if len(is_new) == len(batch.documents):
            back = [self._where.kubectl("delete", "--ignore-not-found", "-f", file)]
        else:
            # Today's policies are back before anything goes, so that nothing stands open for a moment.
            back.insert(0, self._where.kubectl("apply", "-f", self._where.file("rollback.yaml")))
        traffic, witnesses = self._measured(batch.documents, ())
        is_first = all(each.task != "apply" for each in self._steps)
        groups = {object_key(output.data)[0] for output in self._new}
        note = served_note(groups, self._where.kubectl, is_shared=self._enforcer is not None) if is_first else ""
        self._add(
            task="apply",
            title=batch.title,
            why=f"{batch.why}{note}",
            file=file,
            objects=tuple(map(plan_object, batch.documents)),
            commands=(
                self._where.kubectl("apply", "--dry-run=server", "-f", file),
                self._where.kubectl("apply", "-f", file),
            ),
            rollback=tuple(back),
            traffic=traffic,
            witnesses=witnesses,
        )

    def _measured(self, added: Sequence[Mapping[str, Any]], removed: Sequence[Mapping[str, Any]]) -> Any:
        if self._enforcer is None:
            return None, ()
        if removed:
            self._measure.removing(removed)
        return self._measure.adding(added), self._measure.witnesses

    def _deleted(self) -> list[Batch]:
        """The old policies, in the order that opens nothing in between; what they refer to comes last."""
        restrict = restricting(self._read)
        groups = [each for each in self._gone if each.kind in GROUPS]
        policies = [each for each in self._gone if each.kind not in GROUPS]
        tight = [each for each in policies if (each.file, each.index) in restrict]
        loose = [each for each in policies if (each.file, each.index) not in restrict]
        *halves, last = (
            batched(words, [Output(data=strip_server_fields(each.data), origin=None) for each in documents])
            for words, documents in zip(DELETE, (loose, tight, groups), strict=True)
        )
        if self._enforcer is not None and tight and loose:
            # Which half goes first matters where one overrules the other: measured, not guessed.
            order = self._measure.removing_order([half.documents for half in halves])
            halves = arranged(halves, order, together=DELETE_ALL)
        return [each for each in (*halves, last) if each.documents]

    def _delete(self, batch: Batch) -> None:
        name = f"{batch.name}.yaml"
        self._files[name] = batch.text
        file = self._where.file(name)
        traffic, witnesses = self._measured((), batch.documents)
        self._add(
            task="delete",
            title=batch.title,
            why=batch.why,
            file=file,
            objects=tuple(map(plan_object, batch.documents)),
            commands=(self._where.kubectl("delete", "-f", file),),
            rollback=(self._where.kubectl("apply", "-f", file),),
            traffic=traffic,
            witnesses=witnesses,
        )

    def _check(self, title: str, why: str, flows: str, engine: Engine, folder: str) -> None:
        where = self._where
        kube = f" --kube-context {shlex.quote(where.kube_context)}" if where.kube_context else ""
        self._add(
            task="check",
            title=title,
            why=why,
            file=flows,
            commands=(
                f"netpolx fetch {folder}{kube}",
                f"netpolx query {folder}/policies --engine {engine.value} --context {folder}/context.yaml "
                f"--flows {shlex.quote(flows)}",
            ),
        )


def today_file(flows: str) -> str:
    """Where the same flows stand with today's answers: ``checks.today.jsonl`` beside ``checks.jsonl``."""
    stem, dot, ending = flows.rpartition(".")
    return f"{stem}.today.{ending}" if dot and "/" not in ending else f"{flows}.today"


def _heavy_first(losses: Iterable[Loss]) -> list[Loss]:
    """Refused, then widening, then narrowing; what changes no traffic needs no decision."""
    heavy = [each for each in losses if each.kind.refuses or each.effect]
    return sorted(heavy, key=lambda each: (not each.kind.refuses, not each.effect.widens))


def _loss(loss: Loss) -> LossRecord:
    origin = loss.origin
    return LossRecord(
        code=loss.code,
        effect=loss.effect.word,  # type: ignore[arg-type]
        message=loss.message,
        policy=loss.policy,
        target=loss.target,
        place=Place(file=origin.file, line=origin.line, column=origin.column, path=origin.field_path)
        if origin is not None
        else None,
        hint=loss.hint,
        witness=None if loss.witness is None else witness_text(loss.witness),
    )
