"""A change as text for terminals: five lines, the connections, the documents, the command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from translator.loss.effect import Effect
from translator.report.change import (
    Became,
    ChangeReport,
    Connection,
    DocumentChange,
    Side,
    counted,
    first_example,
    lines_text,
    rank,
)

HEADLINES: Final = {
    "equal": "no traffic changes: the same connections are allowed and denied as before",
    "open": "whether traffic changes depends on the network plugin: the Kubernetes API leaves it open",
    "narrows": "narrows: connections that were allowed are denied; nothing that was denied is allowed",
    "widens": "widens: connections that were denied are allowed; nothing that was allowed is denied",
    "both": "widens and narrows: some connections that were denied are allowed, and some that were allowed are denied",
    "undecided": "not decided",
}
CHAPTERS: Final = (
    "objects behind what opens",
    "objects whose effect is not decided",
    "objects behind what closes",
    "objects that change no traffic",
)
"""By the rank of a document."""
_MOST_FIELDS: Final = 8
_MOST_QUIET: Final = 20
"""Documents that change no traffic; the others are all shown."""
Paint = Callable[[str, Effect], str]


def _plain(text: str, _effect: Effect) -> str:
    return text


def render(report: ChangeReport, *, paint: Paint = _plain) -> str:
    """The whole report."""
    lines = list(summary(report))
    for each in report.connections:
        lines += ["", *connection_lines(each, paint=paint)]
    if report.more:
        lines += ["", f"and up to {report.more} more kinds of connections (`--limit` shows more)"]
    chapter = None
    quiet = [each for each in report.documents if each.effect is Effect.NONE]
    hidden = set(map(id, quiet[_MOST_QUIET:]))
    for document in report.documents:
        if id(document) in hidden:
            continue
        if rank(document.effect) != chapter:
            chapter = rank(document.effect)
            lines += ["", f"{CHAPTERS[chapter]}:"]
        lines += _document(document)
    if hidden:
        lines.append(f"  and {len(hidden)} more, which change no traffic (`-o json` has them all)")
    if report.command:
        lines += ["", f"to see this again: {report.command}"]
    return "".join(f"{line}\n" for line in lines)


def summary(report: ChangeReport) -> tuple[str, str, str, str, str]:
    """Five lines: the answer, what opens, what closes, the documents, what was compared."""
    opened, closed = report.having(Effect.WIDENS), report.having(Effect.NARROWS)
    return (
        headline(report),
        f"opens: {kinds_of_connections(report, Effect.WIDENS)}{first_example(opened)}",
        f"closes: {kinds_of_connections(report, Effect.NARROWS)}{first_example(closed)}",
        f"objects: {documents_line(report)}",
        f"compared: {compared_line(report)}",
    )


def headline(report: ChangeReport) -> str:
    """The answer in one line."""
    known = HEADLINES[report.result]
    return f"{known}: {report.reason}" if report.result == "undecided" and report.reason else known


def kinds_of_connections(report: ChangeReport, effect: Effect) -> str:
    """How many kinds of connections change so: a lower bound where not all of them are shown."""
    if number := len(report.having(effect)):
        least = "at least " if report.more else ""
        return f"{least}{counted(number, 'kind of connection', 'kinds of connections')}"
    return "nothing that was found" if report.result == "undecided" else "nothing"


def documents_line(report: ChangeReport) -> str:
    """How many documents differ and how many of them change no traffic."""
    if not report.documents:
        return "none differs"
    counts = ", ".join(f"{number} {each.value}" for each in Became if (number := report.became(each)))
    quiet = sum(1 for each in report.documents if each.effect is Effect.NONE)
    if not quiet:
        return counts
    if quiet == len(report.documents):
        return f"{counts}; none of them changes traffic"
    return f"{counts}; {quiet} of them {'changes' if quiet == 1 else 'change'} no traffic"


def compared_line(report: ChangeReport) -> str:
    """The two sides with their sizes and engines."""
    before, after = report.before, report.after
    engines = before.engine if before.engine == after.engine else f"{before.engine} and {after.engine}"
    return f"{_side(before)} with {_side(after)}, enforced by {engines}"


def _side(side: Side) -> str:
    left_out = f", {side.refused} left out as invalid" if side.refused else ""
    return f"{side.name} ({counted(side.policies, 'policy', 'policies')}{left_out})"


def connection_lines(
    each: Connection, *, sides: tuple[str, str] = ("before", "after"), paint: Paint = _plain
) -> list[str]:
    """What changes, an example, and the lines that decide it on both sides."""
    assumed = f", where {' and '.join(each.assumptions)}" if each.assumptions else ""
    width = max(len("example"), *map(len, sides))
    return [
        paint(
            f"{each.verb.upper()} ({each.direction.value}) {each.source} → {each.destination}: {each.traffic}",
            each.effect,
        ),
        f"  {'example':<{width}}  {each.example}{assumed}",
        f"  {sides[0]:<{width}}  {each.before.word:<7}  {lines_text(each.before)}",
        f"  {sides[1]:<{width}}  {each.after.word:<7}  {lines_text(each.after)}",
    ]


def _document(document: DocumentChange) -> list[str]:
    where = f"  {document.origin.file}:{document.origin.line}" if document.origin else ""
    lines = [f"  {document.became.value:<8} {document.title} ({document.consequence}){where}"]
    if document.became in (Became.ADDED, Became.REMOVED):
        return lines
    for each in document.fields[:_MOST_FIELDS]:
        before, after = (value if value is not None else "(nothing)" for value in (each.before, each.after))
        lines.append(f"    {each.path}: {before} → {after}")
    if len(document.fields) > _MOST_FIELDS:
        lines.append(f"    and {len(document.fields) - _MOST_FIELDS} more fields")
    if not document.fields:
        lines.append(f"    {document.order_line}")
    return lines
