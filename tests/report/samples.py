"""Translations, changes and committed translations with something of everything, and with hostile names."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from translator.documents.document import Document
from translator.errors import Finding, Severity
from translator.ir.peers import Endpoints
from translator.ir.policy import BOTH, Direction, Policy
from translator.loss.effect import Change, Effect
from translator.loss.loss import Loss, declare
from translator.origin import Origin
from translator.report.change import (
    Answer,
    Became,
    ChangeReport,
    Connection,
    Deciding,
    DocumentChange,
    FieldChange,
    Side,
)
from translator.report.freshness import FileState, Freshness, NewLossEntry, State, TargetState, UnusedEntry
from translator.report.record import ProofResult, Report, results

DATA: Final = Path(__file__).resolve().parents[1] / "data"
HOSTILE: Final = (
    "<script>alert(1)</script> | `x` ``` @team #1 ::error:: %0A 100% a,b:c\nnext \x07 </details> **b** [l](u)"
)
"""What would break out of one format or another, if nobody kept it in."""


def document(file: str = "policies/api.yaml", name: str = "api", line: int = 14) -> Document:
    data = {"apiVersion": "v1", "kind": "NetworkPolicy", "metadata": {"name": name, "namespace": "prod"}}
    return Document(data=data, file=file, locator=lambda path: (line if path else 1, 5))


def policy(name: str) -> Policy:
    return Policy(
        name=name,
        kind="NetworkPolicy",
        dialect="calico",
        namespace="prod",
        subject=(Endpoints(),),
        directions=BOTH,
        isolates=BOTH,
        tier="default",
        origin=document(name=name).origin(),
    )


def loss(code: str, change: Change, name: str = "prod/api", message: str = "some of it", line: int = 14) -> Loss:
    origin = document(line=line).origin("spec", "ingress", 0)
    return declare(code, message, change=change, policy=name, target="cilium", origin=origin, hint="say so")


NARROWING: Final = loss("order-flattened", Change.RULE_NARROWED)
WIDENING: Final = loss("isolation-partial", Change.ISOLATION_DROPPED, "prod/web")
NONE: Final = loss("log-dropped", Change.UNENFORCED)
REFUSED: Final = loss("policy-refused", Change.ISOLATION_DROPPED, "prod/db")


def translation(*, hostile: bool = False, **more: object) -> Report:
    losses: tuple[Loss, ...] = (NARROWING, WIDENING, NONE, REFUSED)
    if hostile:
        losses = tuple(replace(each, message=HOSTILE, policy=HOSTILE) for each in losses)
    found = Finding(message=HOSTILE if hostile else "odd", origin=document().origin("spec"), severity=Severity.WARNING)
    return Report(
        source="calico",
        target="cilium",
        policies=results((policy("api"), policy("web"), policy("db"), policy("fine")), losses),
        losses=losses,
        findings=(found,),
        proof=ProofResult(result="undecided", reason="too large"),
        **more,  # type: ignore[arg-type]
    )


def answer(*, allowed: bool, origin: Origin | None, name: str = "prod/api") -> Answer:
    lines = () if origin is None else (Deciding(origin=origin, object=name),)
    return Answer(allowed=allowed, lines=lines)


def connection(effect: Effect, name: str = "web", *, line: int = 14) -> Connection:
    opens = effect is Effect.WIDENS
    return Connection(
        effect=effect,
        direction=Direction.INGRESS,
        source=f"pods with app={name} in prod",
        destination="pods with app=api in prod",
        traffic="TCP 8080",
        example=f"prod/{{app={name}}} → prod/{{app=api}}, TCP 8080",
        assumptions=("it resolves",),
        before=answer(allowed=not opens, origin=None if opens else document(line=line).origin("spec", "ingress", 1)),
        after=answer(allowed=opens, origin=document(line=line).origin("spec", "ingress", 0) if opens else None),
    )


def changed(became: Became, effect: Effect | None, name: str = "prod/api") -> DocumentChange:
    return DocumentChange(
        became=became,
        kind="NetworkPolicy",
        name=name,
        before=None if became is Became.ADDED else document().origin(),
        after=None if became is Became.REMOVED else document().origin(),
        effect=effect,
        fields=(FieldChange(path="spec.ingress[0]", before="1", after=None),),
        yaml=f"--- a\n+++ b\n@@ -1 +1 @@\n-name: 1\n+name: {name}\n",
    )


def change(*, result: str = "both", **more: object) -> ChangeReport:
    found: dict[str, object] = {
        "before": Side(name="main (0123456789ab)", policies=4, engine="calico"),
        "after": Side(name="HEAD (ba9876543210)", policies=5, engine="calico"),
        "result": result,
        "connections": (connection(Effect.WIDENS), connection(Effect.NARROWS), connection(Effect.NONE)),
        "documents": (
            changed(Became.CHANGED, Effect.BOTH),
            changed(Became.ADDED, None),
            changed(Became.REMOVED, Effect.NARROWS),
            changed(Became.RENAMED, Effect.NONE),
        ),
        "command": "netpolx diff 0123456789ab..ba9876543210 -- policies/",
        **more,
    }
    return ChangeReport(**found)  # type: ignore[arg-type]


def hostile_change() -> ChangeReport:
    return change(
        result="undecided",
        reason=HOSTILE,
        connections=tuple(
            replace(
                connection(effect, HOSTILE),
                after=answer(allowed=True, origin=document(file=HOSTILE).origin("spec"), name=HOSTILE),
            )
            for effect in (Effect.WIDENS, Effect.NARROWS)
        ),
        documents=(changed(Became.CHANGED, Effect.WIDENS, HOSTILE),),
        before=Side(name=HOSTILE, policies=1, engine="calico"),
    )


def freshness() -> Freshness:
    files = tuple(
        FileState(file=f"generated/{state.name.lower()}.yaml", state=state, diff="--- a\n+++ b\n-x\n+y\n")
        for state in State
    )
    stale = TargetState(
        target="cilium",
        files=files,
        new_losses=(NewLossEntry(loss=WIDENING, reason="not accepted"),),
        objections=("prod/web is widened",),
        meaning="both",
        connections=(connection(Effect.WIDENS), connection(Effect.NARROWS)),
    )
    undecided = TargetState(target="calico", objections=("the self-check is undecided: too large",))
    return Freshness(
        config="netpolx.yaml",
        policies=4,
        targets=(stale, undecided, TargetState(target="kubernetes")),
        unused=(UnusedEntry(origin=document(file="netpolx.yaml").origin("accept", 0), code="log-dropped"),),
    )
