"""A change as a comment on a pull request, for somebody who knows Kubernetes and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from translator.loss.effect import Effect
from translator.report.change import Answer, Became, ChangeReport, Connection, DocumentChange, counted, lines_text, rank
from translator.report.change_text import CHAPTERS, compared_line, documents_line, kinds_of_connections
from translator.report.markdown import ROOM, code, details, fenced, fit, html, table, text

MARK: Final = "<!-- netpolx diff -->"
"""By which a bot finds its own comment again."""
_ROWS_ROOM: Final = ROOM // 2
_MOST_LINES: Final = 120
"""Lines of one folded YAML diff."""
_HEADER: Final = ("", "From", "To", "Traffic", "For example", "Before, decided by", "After, decided by")
_SIGNS: Final = {Effect.WIDENS: "➕ opens", Effect.NARROWS: "➖ closes", Effect.NONE: "❔ depends"}
_READING: Final = (
    "Each row is about one end of a connection: *egress* is what the sending pods may send, *ingress* what the "
    "receiving pods accept. A connection works when both ends allow it. The example is one concrete connection of the "
    "row: `shop/{app=db}` is a pod of the namespace shop with these labels and no others. The places are the lines of "
    "the policies that decide it, before and after. A policy that isolates selects the pod, and what no rule allows is "
    "then denied. A *pod's own node* is the machine on which it runs; `tier!=db` includes pods without that label."
)
_ADVICE: Final = {
    "equal": "**No need to worry about traffic.** The policies are written differently, but every connection is "
    "allowed or denied exactly as before.",
    "narrows": "**Risk of an outage.** Connections that work today will be denied ({closed}). Make sure that nothing "
    "needs them. Nothing that is denied today becomes allowed.",
    "widens": "**Look closely: this is a question of security.** Connections that are denied today will be allowed "
    "({opened}). Make sure that it is meant. Nothing that works today breaks.",
    "both": "**Look closely.** Connections that are denied today will be allowed ({opened}): a question of security. "
    "Others that work today will be denied ({closed}): a risk of an outage.",
    "open": "**Ask who runs the cluster.** Kubernetes does not say whether an `ipBlock` covers the addresses of pods "
    "and nodes; with some network plugins traffic changes, with others not.",
    "undecided": "**Treat this as a risk.** What changes could not be worked out completely{reason}.",
}
_SAME: Final = "**No need to worry.** The policies are the same."


def render(report: ChangeReport) -> str:
    """The comment; it never exceeds what GitHub takes."""
    head = [MARK, f"### {_title(report)}", "", _advice(report), "", *_left_out(report), *_summary(report), ""]
    foot = _foot(report)
    room = ROOM - _size(head) - _size(foot)
    rows = _table(report, min(room, _ROWS_ROOM))
    folded = fit(
        (_document_block(each) for each in _with_chapters(report.documents)),
        room=room - _size(rows),
        rest="… and {} more changed objects, which do not fit here. The command below shows them.",
    )
    return "".join(f"{line}\n" for line in [*head, *rows, *folded, *foot])


def _size(lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _title(report: ChangeReport) -> str:
    titles = {
        "equal": "✅ Network policies: no traffic changes",
        "open": "❔ Network policies: the effect depends on the network plugin",
        "narrows": "➖ Network policies: connections close",
        "widens": "➕ Network policies: connections open",
        "both": "➕➖ Network policies: connections open, others close",
        "undecided": "❔ Network policies: the effect is not decided",
    }
    return titles[report.result]


def _advice(report: ChangeReport) -> str:
    """Whether to worry, in a few sentences."""
    if report.result == "equal" and not report.documents:
        return _SAME
    opened, closed = (kinds_of_connections(report, each) for each in (Effect.WIDENS, Effect.NARROWS))
    reason = f": {text(report.reason)}" if report.reason else ""
    return _ADVICE[report.result].format(opened=opened, closed=closed, reason=reason)


def _left_out(report: ChangeReport) -> list[str]:
    """What the answer is not about."""
    refused = [(side.refused, side.name) for side in (report.before, report.after) if side.refused]
    if not refused:
        return []
    said = " and ".join(f"{counted(number, 'object')} of {text(name)}" for number, name in refused)
    return [f"⚠️ **Left out:** {said}, refused as invalid. What they would do is not part of this answer.", ""]


def _summary(report: ChangeReport) -> list[str]:
    lines = []
    for effect, word in ((Effect.WIDENS, "Opens"), (Effect.NARROWS, "Closes")):
        found = report.having(effect)
        example = f", for example {code(found[0].example)}" if found else ""
        lines.append(f"- **{word}:** {kinds_of_connections(report, effect)}{example}")
    return [
        *lines,
        f"- **Objects:** {documents_line(report)}",
        f"- **Compared:** {text(compared_line(report))}",
    ]


def _table(report: ChangeReport, room: int) -> list[str]:
    if not report.connections:
        return []
    rows = [_row(each) for each in report.connections]
    head = table(_HEADER, [])
    lines = fit(
        ([line] for line in table(_HEADER, rows)[len(head) :]),
        room=room - _size(head),
        rest="\n… and {} more rows, which do not fit here. The command below shows them.",
    )
    more = [f"… and up to {report.more} more kinds of connections."] if report.more else []
    reading = details("How to read this table", [_READING])
    return ["#### Connections that change", "", *head, *lines, "", *more, *([""] if more else []), *reading, ""]


def _row(each: Connection) -> tuple[str, ...]:
    assumed = f"<br>where {text(' and '.join(each.assumptions))}" if each.assumptions else ""
    return (
        f"**{_SIGNS[each.effect]}** ({each.direction.value})",
        text(each.source),
        text(each.destination),
        text(each.traffic),
        f"{code(each.example)}{assumed}",
        _answer(each.before),
        _answer(each.after),
    )


def _answer(answer: Answer) -> str:
    return f"{answer.word}: {text(lines_text(answer))}"


def _with_chapters(documents: Sequence[DocumentChange]) -> list[tuple[str | None, DocumentChange]]:
    """Each document, with the title of its chapter before the first of them."""
    found: list[tuple[str | None, DocumentChange]] = []
    previous = None
    for each in documents:
        chapter = rank(each.effect)
        found.append((None if chapter == previous else CHAPTERS[chapter], each))
        previous = chapter
    return found


def _document_block(entry: tuple[str | None, DocumentChange]) -> list[str]:
    chapter, document = entry
    title = [f"#### {chapter[:1].upper()}{chapter[1:]}", ""] if chapter else []
    place = f" <code>{html(f'{document.origin.file}:{document.origin.line}')}</code>" if document.origin else ""
    summary = f"{document.became.value} <b>{html(document.title)}</b> ({document.consequence}){place}"
    return [*title, *details(summary, _yaml(document)), ""]


def _yaml(document: DocumentChange) -> list[str]:
    is_alone = document.became in (Became.ADDED, Became.REMOVED)
    order = document.order_line
    said = [f"{order[:1].upper()}{order[1:]}."] if not document.fields and not is_alone else []
    if not document.yaml:
        return said
    lines = document.yaml.rstrip("\n").split("\n")
    head = [*said, *([""] if said else [])]
    if len(lines) <= _MOST_LINES:
        return [*head, *fenced(document.yaml, "diff")]
    rest = len(lines) - _MOST_LINES
    return [*head, *fenced("\n".join(lines[:_MOST_LINES]), "diff"), "", f"… and {rest} more lines."]


def _foot(report: ChangeReport) -> list[str]:
    if not report.command:
        return []
    return ["To see this again:", "", *fenced(report.command, "console")]
