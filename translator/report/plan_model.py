"""The migration plan as it is published: what to apply, watch, check and delete, in order, and the way back."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from translator.report.model import LossRecord

Traffic = Literal["equal", "open", "narrows", "widens", "both", "undecided", "not measured"]
Task = Literal["decide", "backup", "stage", "apply", "switch", "watch", "check", "delete"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class PlanObject(_Model):
    """One object of the cluster."""

    api_version: str
    kind: str
    namespace: str | None = None
    name: str

    @property
    def text(self) -> str:
        """``Kind.group namespace/name`` as kubectl writes it: two APIs have a kind NetworkPolicy."""
        group = self.api_version.rpartition("/")[0]
        kind = f"{self.kind}.{group}" if self.kind == "NetworkPolicy" and group else self.kind
        return f"{kind} {f'{self.namespace}/' if self.namespace else ''}{self.name}"


class Step(_Model):
    """One step of the plan."""

    number: int = Field(ge=1)
    task: Task
    title: str
    why: str
    file: str | None = Field(default=None, description="The file that the step is about.")
    objects: tuple[PlanObject, ...] = ()
    commands: tuple[str, ...] = Field(default=(), description="What to run; netpolx runs none of it.")
    rollback: tuple[str, ...] = Field(default=(), description="How to undo this step alone.")
    traffic: Traffic | None = Field(
        default=None,
        description="What the cluster permits once this step is done, compared with today; null: it changes no policy.",
    )
    witnesses: tuple[str, ...] = Field(default=(), description="Concrete flows that are judged differently then.")


class Checks(_Model):
    """The flows to ask about before and after."""

    file: str = Field(description="What the cluster must answer in the end.")
    today: str = Field(description="What it answers today.")
    flows: int = Field(description="How many lines it has.")
    changed: int = Field(description="Of how many of them the answer changes on purpose.")
    unasked: tuple[str, ...] = Field(description="Policies of the source that no flow of the file asks about.")


class PlanDocument(_Model):
    """An ordered migration plan (`netpolx plan -o json`)."""

    api_version: Literal["netpolx/v1alpha1"] = "netpolx/v1alpha1"
    kind: Literal["MigrationPlan"] = "MigrationPlan"
    version: str = Field(description="The version of netpolx.")
    source: str = Field(
        description="The engine that enforces the source; `access` or `clusternetworkpolicy` for nothing else."
    )
    target: str = Field(description="The dialect of the target.")
    enforcer: str | None = Field(
        description="The engine that enforces source and target side by side; null: the network plugin changes."
    )
    objections: tuple[str, ...] = Field(description="Why the translation must not be used as it stands.")
    decisions: tuple[LossRecord, ...] = Field(description="Losses that change traffic: somebody has to agree to them.")
    unchanged: tuple[PlanObject, ...] = Field(description="Objects that stay as they are.")
    steps: tuple[Step, ...]
    checks: Checks | None
    assumptions: tuple[str, ...]


def render(plan: PlanDocument) -> str:
    """The plan as JSON text."""
    return plan.model_dump_json(by_alias=True, indent=2) + "\n"
