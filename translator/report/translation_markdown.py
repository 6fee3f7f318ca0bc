"""A translation as Markdown, for a pull request or the summary of a CI job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from translator.loss.effect import Effect
from translator.loss.loss import Loss
from translator.report.advice import advice
from translator.report.markdown import ROOM, code, details, fit, table, text
from translator.report.note import heaviest_first
from translator.report.notes import of_finding
from translator.report.record import Report
from translator.report.text import proof_lines, summary_line
from translator.report.witness import witness_text

MARK: Final = "<!-- netpolx translate -->"
_EFFECTS: Final = {
    Effect.BOTH: "➕➖ widens and narrows",
    Effect.WIDENS: "➕ widens",
    Effect.NARROWS: "➖ narrows",
    Effect.NONE: "none",
}


def render(report: Report) -> str:
    """The whole report; it never exceeds what a comment on GitHub takes."""
    said = advice(report)
    head = [
        MARK,
        f"### {_title(report)}",
        "",
        f"**{said.head}** {said.rest}",
        "",
        *(f"- {text(line)}" for line in (summary_line(report), *proof_lines(report), *report.assumptions)),
        "",
    ]
    room = ROOM - sum(len(line) + 1 for line in head)
    return "".join(f"{line}\n" for line in [*head, *_losses(report, room // 2), *_findings(report, room // 2)])


def _title(report: Report) -> str:
    return f"Network policies: {report.source} → {report.target}{'' if report.written else ', nothing was written'}"


def _losses(report: Report, room: int) -> list[str]:
    if not report.losses:
        return []
    rows = [_row(loss) for loss in sorted(report.losses, key=_weight)]
    return _folded("Losses", ("effect", "loss", "policy", "where", "what", "for example"), rows, room)


def _weight(loss: Loss) -> tuple[bool, bool, bool]:
    return (not loss.kind.refuses, not loss.effect.widens, not loss.effect.narrows)


def _row(loss: Loss) -> tuple[str, ...]:
    example = code(witness_text(loss.witness)) if loss.witness is not None else ""
    effect = "❌ refused" if loss.kind.refuses else _EFFECTS[loss.effect]
    place = code(str(loss.origin)) if loss.origin else ""
    return (effect, code(loss.code), text(loss.policy), place, text(loss.message), example)


def _findings(report: Report, room: int) -> list[str]:
    notes = heaviest_first(of_finding(each) for each in report.findings)
    rows = [(each.level.value, code(each.code), code(each.place), text(each.message)) for each in notes]
    return _folded("Findings about the input", ("", "code", "where", "what"), rows, room) if rows else []


def _folded(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[str]:
    head = table(header, [])
    lines = fit(([line] for line in table(header, rows)[len(head) :]), room=room, rest="\n… and {} more rows.")
    return [*details(f"{title} ({len(rows)})", [*head, *lines]), ""]
