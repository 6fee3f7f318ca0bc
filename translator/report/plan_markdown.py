"""A migration plan as Markdown: a checklist that somebody works through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from translator.report.markdown import code, details, fenced, table, text
from translator.report.model import LossRecord
from translator.report.plan_model import PlanDocument, Step

_TRAFFIC: Final = {
    "equal": "the cluster permits exactly what it permits today",
    "open": "the cluster permits what it permits today, but for what the Kubernetes API leaves open",
    "narrows": "**some traffic that passes today is denied**",
    "widens": "**some traffic that is denied today passes**",
    "both": "**some traffic is denied that passes today, and some passes that is denied**",
    "undecided": "not decided: the comparison came to no end",
    "not measured": "not measured",
}
_SHOWN: Final = 8


def render(plan: PlanDocument) -> str:
    """The whole plan."""
    lines = [
        f"# Migration: {plan.source} → {plan.target}",
        "",
        *_situation(plan),
        "",
        *_decisions(plan.decisions),
        *([] if plan.steps else ["There is nothing to do: every object stays as it is.", ""]),
        *(line for step in plan.steps for line in _step(step)),
        *_back(plan),
    ]
    return "".join(f"{line}\n" for line in lines)


def _situation(plan: PlanDocument) -> list[str]:
    if plan.enforcer is None:
        said = (
            "The network plugin changes: until it is switched the new policies act on nothing, afterwards the old ones "
            "do. What happens in between is not measured: read that step before you begin. No step is run by netpolx."
        )
    else:
        said = (
            f"One cluster that {plan.enforcer} enforces: old and new policies act together between the steps, and what "
            "each step does to traffic was measured. No step is run by netpolx."
        )
    found = [said]
    if plan.objections:
        found += ["", "**Do not start yet:**", "", *(f"- {text(each)}" for each in plan.objections)]
    if plan.assumptions:
        found += ["", "Taken as given:", "", *(f"- {text(each)}" for each in plan.assumptions)]
    if plan.unchanged:
        kept = ", ".join(code(each.text) for each in plan.unchanged[:_SHOWN])
        found += ["", f"Stays as it is: {kept}{_more(len(plan.unchanged))}"]
    return found


def _decisions(losses: Sequence[LossRecord]) -> list[str]:
    if not losses:
        return []
    rows = [
        (
            each.effect,
            code(each.code),
            code(each.policy),
            code(f"{each.place.file}:{each.place.line}") if each.place else "",
            text(each.message),
            text(each.witness or ""),
        )
        for each in losses
    ]
    return [
        "## To decide first",
        "",
        "These change traffic. `netpolx explain CODE` says what each means and what can be done.",
        "",
        *table(("effect", "loss", "policy", "where", "what", "for example"), rows),
        "",
    ]


def _step(step: Step) -> list[str]:
    lines = [f"## {step.number}. {step.title}", "", step.why, ""]
    if step.objects:
        names = [f"- {code(each.text)}" for each in step.objects]
        lines += names if len(names) <= _SHOWN else details(f"{len(names)} objects", names)
        lines.append("")
    if step.commands:
        lines += [*fenced("\n".join(step.commands), "sh"), ""]
    if step.traffic is not None:
        lines.append(f"- Afterwards: {_TRAFFIC[step.traffic]}")
        lines += [f"  - for example {text(each)}" for each in step.witnesses]
    if step.rollback:
        lines += ["- To undo it:", "", *fenced("\n".join(step.rollback), "sh")]
    return lines if not lines[-1] else [*lines, ""]


def _back(plan: PlanDocument) -> list[str]:
    """The whole way back: undo what was done, last step first."""
    undoable = [each for each in reversed(plan.steps) if each.rollback]
    if not undoable:
        return []
    return [
        "## The way back",
        "",
        "Undo the steps that were done, the last one first:",
        "",
        *fenced("\n".join(line for each in undoable for line in (f"# step {each.number}", *each.rollback)), "sh"),
    ]


def _more(count: int) -> str:
    return f" and {count - _SHOWN} more" if count > _SHOWN else ""
