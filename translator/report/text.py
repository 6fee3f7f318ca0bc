"""The report as lines for people and for grep."""

from __future__ import annotations

from collections import Counter

from translator.loss.effect import Effect
from translator.report.record import Outcome, Report

_WIDENING_FIRST = (Effect.BOTH, Effect.WIDENS, Effect.NARROWS, Effect.NONE)


def render(report: Report) -> str:
    """One line per loss in reading order, then the summary."""
    lines = [str(loss) for loss in report.losses]
    lines += [f"assumed: {assumption}" for assumption in report.assumptions]
    lines += _totals(report)
    lines += proof_lines(report)
    lines.append(summary_line(report))
    return "".join(f"{line}\n" for line in lines)


def summary_line(report: Report) -> str:
    """How many policies are exact, narrowed, widened, refused."""
    counts = ", ".join(f"{report.count(outcome)} {outcome.value}" for outcome in Outcome)
    number = len(report.policies)
    policies = "policy" if number == 1 else "policies"
    ending = "" if report.written else "; nothing was written"
    return f"{number} {policies}, {report.source} → {report.target}: {counts}{ending}"


def _totals(report: Report) -> list[str]:
    """How often each loss occurs, widening first; only worth a table when some occur more than once."""
    if len(report.losses) < 2:
        return []
    lines = []
    for effect in _WIDENING_FIRST:
        codes = Counter(loss.code for loss in report.losses if loss.effect == effect)
        if codes:
            listed = ", ".join(
                f"{count} {code}" for code, count in sorted(codes.items(), key=lambda item: (-item[1], item[0]))
            )
            lines.append(f"{effect.word}: {listed}")
    return lines


def proof_lines(report: Report) -> list[str]:
    """What the self-check found."""
    proof = report.proof
    match proof.result:
        case "skipped":
            return []
        case "equal":
            return ["proved: the output permits exactly what the source permits"]
        case "open":
            return ["proved: the output permits what the source permits, but for what the Kubernetes API leaves open"]
        case "undecided":
            return [f"not decided whether the output permits the same: {proof.reason or 'no reason is known'}"]
        case _:
            lines = [f"proved: the output {_verb(proof.result)} and differs only where it is declared"]
            return lines + [f"  {witness}" for witness in proof.witnesses]


def _verb(result: str) -> str:
    return {"narrows": "permits less", "widens": "permits more", "both": "permits less and more"}.get(result, result)
