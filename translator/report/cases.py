"""Translations and changes as checks that hold or fail, for JUnit."""

from __future__ import annotations

from translator.report.change import ChangeReport, Connection, FailOn, lines_text
from translator.report.junit import Case, Failure, Suite
from translator.report.notes import UNDECIDED, connection_text, of_loss
from translator.report.record import Outcome, PolicyResult, Report
from translator.report.text import summary_line


def of_translation(report: Report) -> tuple[Suite, ...]:
    """One check per policy, and one for the self-check.

    Losses fail a check when they are why nothing was written, or why a policy is missing; what was agreed to does not.
    """
    cases = [_policy(each, report) for each in report.policies]
    proof = report.proof
    failure = Failure(kind=UNDECIDED, message=proof.reason or "no reason is known")
    cases.append(
        Case(
            group="self-check",
            name="the output permits what was declared",
            failures=(failure,) if proof.result == UNDECIDED else (),
            output=summary_line(report),
        )
    )
    return (Suite(name=f"netpolx translate {report.source} to {report.target}", cases=tuple(cases)),)


def _policy(policy: PolicyResult, report: Report) -> Case:
    fails = _fails(policy.outcome, report)
    told = [(loss, str(loss)) for loss in policy.losses]
    return Case(
        group=policy.kind,
        name=policy.name,
        failures=tuple(Failure(kind=loss.code, message=of_loss(loss).message, text=text) for loss, text in told)
        if fails
        else (),
        output="" if fails else "\n".join(text for _, text in told),
    )


def _fails(outcome: Outcome, report: Report) -> bool:
    match outcome:
        case Outcome.REFUSED:
            return True
        case Outcome.WIDENED:
            return not report.written
        case Outcome.NARROWED:
            # Nothing refused, nothing widened, and yet nothing written: then it was ``--strict``.
            heavier = report.count(Outcome.REFUSED) + report.count(Outcome.WIDENED)
            return not report.written and not heavier and report.proof.result != UNDECIDED
        case Outcome.EXACT:
            return False


def of_change(report: ChangeReport) -> tuple[Suite, ...]:
    """One check per kind of connection that changes and per object that changes no traffic."""
    cases = [_connection(each, report) for each in report.connections]
    if report.result == UNDECIDED:
        failure = Failure(kind=UNDECIDED, message=report.reason or "no reason is known")
        failed = report.fail_on is not FailOn.NEVER
        cases.append(Case(group="traffic", name="what changes is known", failures=(failure,) if failed else ()))
    elif not cases:
        cases.append(Case(group="traffic", name="no traffic changes"))
    cases += [
        Case(group=each.kind, name=each.title, output=f"{each.became.value}; changes no traffic")
        for each in report.documents
        if each.effect is not None and not each.effect
    ]
    return (Suite(name=f"netpolx diff {report.before.name} {report.after.name}", cases=tuple(cases)),)


def _connection(each: Connection, report: ChangeReport) -> Case:
    text = f"{connection_text(each)}\nbefore: {lines_text(each.before)}\nafter: {lines_text(each.after)}"
    fails = report.fails_for(each.effect)
    failure = Failure(kind=each.verb, message=connection_text(each), text=text)
    return Case(
        group=each.direction.value,
        name=f"{each.source} → {each.destination}, {each.traffic}",
        failures=(failure,) if fails else (),
        output="" if fails else text,
    )
