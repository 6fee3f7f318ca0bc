"""Whether to worry about a translation, in a few words for people who know Kubernetes and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from translator.report.record import Outcome, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The gravest thing there is to say."""

    kind: str
    """What a page colours it by: ``refused``, ``widens``, ``both``, ``narrows``, ``open`` or ``exact``."""
    head: str
    rest: str


def advice(report: Report) -> Advice:
    """What somebody has to know before anything else. Without a proof nobody is told not to worry."""
    if report.count(Outcome.REFUSED):
        return Advice(
            kind="refused",
            head="Look closely.",
            rest="Some policies cannot be said in the target at all; they are missing in the output.",
        )
    if report.count(Outcome.WIDENED):
        return Advice(
            kind="widens",
            head="Look closely: this is a question of security.",
            rest="Some traffic that was denied would be allowed.",
        )
    if report.proof.result == "undecided":
        return Advice(
            kind="both",
            head="Treat this as a risk.",
            rest="It could not be decided whether the output permits the same.",
        )
    if report.count(Outcome.NARROWED):
        return Advice(
            kind="narrows",
            head="Risk of an outage.",
            rest="Some traffic that was allowed is denied by the output; nothing more is allowed.",
        )
    if report.proof.result == "open":
        return Advice(
            kind="open",
            head="Ask who runs the cluster.",
            rest="The output permits what the source permits where an ipBlock means the same: Kubernetes does not say "
            "whether it covers pods and nodes.",
        )
    if report.proof.result == "skipped":
        return Advice(
            kind="open",
            head="Not checked.",
            rest="No loss was declared, but the output was not compared with the source.",
        )
    return Advice(
        kind="exact", head="No need to worry about traffic.", rest="The output permits what the source permits."
    )
