"""Translations and changes as one page of HTML: a single file that works offline and tells all without its script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from translator.loss.effect import Effect
from translator.loss.loss import Loss
from translator.origin import Origin
from translator.report import change_text, html_matrix
from translator.report.advice import advice
from translator.report.change import Answer, ChangeReport, Connection, DocumentChange, counted
from translator.report.exhibit import Exhibit, Facing
from translator.report.html_parts import (
    AFTER,
    BEFORE,
    Mark,
    Places,
    badge,
    code,
    items,
    kind_of,
    page,
    prose,
    sign,
    table,
    text,
    toolbar,
)
from translator.report.note import Level, heaviest_first
from translator.report.notes import of_finding
from translator.report.record import Outcome, PolicyResult, Report
from translator.report.text import proof_lines
from translator.report.witness import witness_text

MOST_TEXTS: Final = 600
"""Policies whose text is shown; browsers choke on more. What differs goes first, and all are listed."""
_OUTCOME_KINDS: Final = {
    Outcome.REFUSED: "refused",
    Outcome.WIDENED: "widens",
    Outcome.NARROWED: "narrows",
    Outcome.EXACT: "exact",
}
"""Heaviest first."""
_WEIGHTS: Final = list(_OUTCOME_KINDS)
_TITLES: Final = ("Source", "Translation")
_OPENED: Final = 12
"""Policies that differ are unfolded when they are no more than these."""
_CHANGE_ADVICE: Final = {
    "equal": "No need to worry about traffic. Every connection is allowed or denied exactly as before.",
    "narrows": "Risk of an outage. Connections that work today will be denied. Nothing that is denied becomes allowed.",
    "widens": "Look closely: this is a question of security. Connections that are denied today will be allowed.",
    "both": "Look closely. Connections that are denied today will be allowed, and others that work will be denied.",
    "open": "Ask who runs the cluster. Kubernetes does not say whether an ipBlock covers pods and nodes.",
    "undecided": "Treat this as a risk. What changes could not be worked out completely.",
}
_CHANGE_KINDS: Final = {"equal": "exact", "undecided": "both"}


def render(report: Report, version: str) -> str:
    """The page of a translation."""
    exhibit = report.exhibit()
    places = Places(exhibit.facing)
    _mark_losses(report.losses, places)
    _mark_connections(report.connections, places)
    title = f"Network policies: {report.source} → {report.target}"
    sections = [
        *_connections(report, places, sides=("In the source", "In the translation")),
        *(html_matrix.render(exhibit.matrix, places) if exhibit.matrix is not None else ()),
        *_policies(report, exhibit, places),
        *_findings(report),
    ]
    return page(title=title, version=version, body=_frame(title, _translation_summary(report), sections, version))


def render_change(report: ChangeReport, version: str) -> str:
    """The page of a change."""
    exhibit = report.exhibit()
    places = Places(exhibit.facing)
    _mark_connections(report.connections, places)
    title = f"Network policies: {report.before.name} → {report.after.name}"
    sections = [
        *_connections(report, places, sides=("Before", "After")),
        *(html_matrix.render(exhibit.matrix, places) if exhibit.matrix is not None else ()),
        *_documents(report, exhibit, places),
    ]
    return page(title=title, version=version, body=_frame(title, _change_summary(report), sections, version))


def _frame(title: str, summary: Iterator[str], sections: Sequence[str], version: str) -> Iterator[str]:
    body = "\n".join(sections)
    chapters = (
        ("changed", "Changed connections"),
        ("who", "Who may talk to whom"),
        ("policies", "Policies"),
        ("objects", "Objects"),
        ("findings", "Findings"),
    )
    links = [f'<a href="#{name}">{word}</a>' for name, word in chapters if f'id="{name}"' in body]
    yield f"<header><h1>{text(title)}</h1></header>"
    yield f'<nav aria-label="Contents">{items(links)}</nav>'
    yield '<main id="main">'
    yield from summary
    yield body
    yield "</main>"
    yield f"<footer><p>Written by netpolx {text(version)}. This file loads nothing and sends nothing.</p></footer>"


def _tiles(counts: Sequence[tuple[str, int, str]]) -> str:
    return items(
        (f"<b>{number}</b>{sign(kind) if kind else ''} {text(word)}" for kind, number, word in counts), css="tiles"
    )


# -- translations: summary --------------------------------------------------------------------------------------------


def _translation_summary(report: Report) -> Iterator[str]:
    said = advice(report)
    yield f'<p class="advice {said.kind}"><strong>{text(f"{said.head} {said.rest}")}</strong></p>'
    if not report.written:
        yield "<p><strong>Nothing was written</strong> because of what this page says.</p>"
    counts = [(_OUTCOME_KINDS[each], report.count(each), each.value) for each in reversed(_WEIGHTS)]
    yield _tiles([("", len(report.policies), "policies"), *counts])
    first, *witnesses = proof_lines(report) or ["The output was not compared with the source (no self-check)."]
    yield f"<h3>Proof</h3><p>{text(f'{first[:1].upper()}{first[1:]}.')}</p>"
    if witnesses and not report.connections:
        yield items(text(line.strip()) for line in witnesses)
    if report.assumptions:
        yield f"<h3>Assumptions</h3>{items(map(prose, report.assumptions))}"
    if report.passed_over:
        kinds = ", ".join(f"{number} {kind}" for kind, number in report.passed_over.items())
        yield f'<p class="soft">Documents of other kinds, passed over: {text(kinds)}</p>'


# -- connections that change ------------------------------------------------------------------------------------------


def _connections(report: Report | ChangeReport, places: Places, *, sides: tuple[str, str]) -> Iterator[str]:
    if not report.connections:
        return
    yield '<section aria-labelledby="changed"><h2 id="changed">Changed connections</h2>'
    yield (
        '<p class="soft">Each row is about one end of a connection: egress is what the sending pods may send, ingress '
        "what the receiving pods accept. A connection works when both ends allow it.</p>"
    )
    rows = [_connection(each, places) for each in report.connections]
    ids = [f"connection-{number}" for number, _ in enumerate(rows, start=1)]
    yield table(("", "From", "To", "Traffic", "For example", *sides), rows, ids=ids)
    if report.more:
        yield f"<p>… and up to {report.more} more kinds of connections.</p>"
    yield "</section>"


def _connection(each: Connection, places: Places) -> tuple[str, ...]:
    assumed = f"<br>where {text(' and '.join(each.assumptions))}" if each.assumptions else ""
    kind = "open" if each.effect is Effect.NONE else each.effect.word
    return (
        f"{badge(kind, each.verb)}<br>{each.direction.value}",
        text(each.source),
        text(each.destination),
        text(each.traffic),
        f"{code(each.example)}{assumed}",
        _answer(each.before, BEFORE, places),
        _answer(each.after, AFTER, places),
    )


def _answer(answer: Answer, side: int, places: Places) -> str:
    lines = [
        f"{places.link(side, line.origin)} ({text(line.object)}{', which isolates' if line.isolates else ''})"
        for line in answer.lines
    ]
    return f"<strong>{answer.word}</strong><br>{'<br>'.join(lines) or answer.default}"


def _mark_connections(found: Sequence[Connection], places: Places) -> None:
    """At each deciding line, the connections that it decides."""
    by_line: dict[tuple[int, Origin], list[int]] = {}
    for number, each in enumerate(found, start=1):
        for side, answer in ((BEFORE, each.before), (AFTER, each.after)):
            for line in answer.lines:
                by_line.setdefault((side, line.origin), []).append(number)
    for (side, origin), numbers in by_line.items():
        links = ", ".join(f'<a href="#connection-{number}">{number}</a>' for number in numbers)
        body = f"{sign('decides')} decides changed {'connection' if len(numbers) == 1 else 'connections'} {links}"
        places.mark(side, origin, Mark(kind="decides", body=body))


# -- translations: policies -------------------------------------------------------------------------------------------


def _loss_weight(loss: Loss) -> tuple[bool, bool, bool]:
    """What is missing or widened first."""
    return (not loss.kind.refuses, not loss.effect.widens, not loss.effect.narrows)


def _kind(loss: Loss) -> str:
    return "refused" if loss.kind.refuses else loss.effect.word


def _loss(loss: Loss) -> str:
    words = {"none": "no effect on traffic", "both": "narrows and widens"}.get(_kind(loss), _kind(loss))
    hint = f"<br>Remedy: {prose(loss.hint)}" if loss.hint else ""
    example = f"<br>For example {code(witness_text(loss.witness))}" if loss.witness is not None else ""
    return f"<b>{sign(_kind(loss))} {words}</b>: {prose(loss.message)} ({code(loss.code)}){hint}{example}"


def _mark_losses(losses: Sequence[Loss], places: Places) -> None:
    for loss in losses:
        if loss.origin is not None:
            places.mark(BEFORE, loss.origin, Mark(kind=_kind(loss), body=_loss(loss)))


def _policies(report: Report, exhibit: Exhibit, places: Places) -> Iterator[str]:
    """Every document of the source with what became of its policies, the heaviest first; then what was added."""
    by_place: dict[tuple[str, int], list[PolicyResult]] = {}
    for result in report.policies:
        if result.origin is not None:
            by_place.setdefault((result.origin.file, result.origin.document.index), []).append(result)
    found = [
        (each, by_place.pop(each.before[0].place, []) if each.before else [], number)
        for number, each in enumerate(exhibit.facing)
    ]
    found.sort(key=lambda entry: (_weight(entry[1]), entry[2]))
    without = [result for results in by_place.values() for result in results]
    without += [result for result in report.policies if result.origin is None]
    yield '<section aria-labelledby="policies"><h2 id="policies">Policies</h2>'
    yield from _root(places)
    yield from toolbar(_statuses(report))
    differing = sum(1 for _, results, _ in found if _weight(results) < _WEIGHTS.index(Outcome.EXACT))
    for number, (facing, results, _) in enumerate(found):
        opened = _weight(results) < _WEIGHTS.index(Outcome.EXACT) and differing <= _OPENED
        yield from _policy(facing, results, places, opened=opened or len(found) == 1, with_text=number < MOST_TEXTS)
    for result in without:
        facing = Facing(title=f"{result.kind} {result.name}", before=(), after=())
        yield from _policy(facing, [result], places, opened=False, with_text=False)
    yield from _other_losses(report, without)
    yield "</section>"


def _root(places: Places) -> Iterator[str]:
    if places.root:
        yield f'<p class="soft">Files are named as below {code(places.root)}</p>'


def _statuses(report: Report) -> list[tuple[str, str, int]]:
    return [(each.value, each.value, report.count(each)) for each in _WEIGHTS if report.count(each)]


def _weight(results: Sequence[PolicyResult]) -> int:
    """The outcome of a document is the heaviest one of its policies; what is no policy comes last."""
    return min((_WEIGHTS.index(each.outcome) for each in results), default=len(_WEIGHTS))


def _policy(
    facing: Facing, results: Sequence[PolicyResult], places: Places, *, opened: bool, with_text: bool
) -> Iterator[str]:
    outcome = _WEIGHTS[_weight(results)] if results else None
    if outcome is not None:
        shown = badge(_OUTCOME_KINDS[outcome], outcome.value)
    else:
        shown = badge("none", "no policy" if facing.before else "added")
    losses = sorted((loss for result in results for loss in result.losses), key=_loss_weight)
    number = f", {counted(len(losses), 'loss', 'losses')}" if losses else ""
    place = next((f"{places.name(each.file)}:{each.begins}" for each in facing.before), "")
    status = outcome.value if outcome else "other"
    yield f'<details class="policy long" data-status="{status}"{" open" if opened else ""}>'
    yield (
        f'<summary>{shown} <h3>{text(facing.title)}</h3> <span class="soft">{text(place)}{number}</span></summary><div>'
    )
    if losses:
        yield items(f"{_loss(loss)} {places.link(BEFORE, loss.origin) if loss.origin else ''}" for loss in losses)
    if with_text and (facing.before or facing.after):
        yield places.facing(facing, titles=_TITLES)
    elif not with_text:
        yield '<p class="soft">The page leaves its text out.</p>'
    yield "</div></details>"


def _other_losses(report: Report, without: Sequence[PolicyResult]) -> Iterator[str]:
    """Losses of what is no policy of the list: sets, tiers, the cluster."""
    listed = {id(loss) for result in (*report.policies, *without) for loss in result.losses}
    rest = [loss for loss in report.losses if id(loss) not in listed]
    if rest:
        yield f"<h3>Losses beside the policies</h3>{items(f'{text(loss.policy)}: {_loss(loss)}' for loss in rest)}"


def _findings(report: Report) -> Iterator[str]:
    notes = heaviest_first(of_finding(each) for each in report.findings)
    if notes:
        yield '<section aria-labelledby="findings"><h2 id="findings">Findings about the input</h2>'
        rows = [
            (
                badge("refused" if each.level is Level.ERROR else "warning", each.level.value),
                code(each.code),
                code(each.place),
                prose(each.message),
            )
            for each in notes
        ]
        yield f"{table(('', 'Code', 'Where', 'What'), rows)}</section>"


# -- changes ----------------------------------------------------------------------------------------------------------


def _change_summary(report: ChangeReport) -> Iterator[str]:
    kind = _CHANGE_KINDS.get(report.result, report.result)
    reason = f" {report.reason}." if report.reason else ""
    words = "No need to worry. The policies are the same." if _is_same(report) else _CHANGE_ADVICE[report.result]
    yield f'<p class="advice {kind}"><strong>{text(words)}</strong>{text(reason)}</p>'
    opened, closed = report.having(Effect.WIDENS), report.having(Effect.NARROWS)
    yield _tiles(
        [
            ("widens", len(opened), "kinds of connections open"),
            ("narrows", len(closed), "kinds of connections close"),
            ("", len(report.documents), "objects differ"),
        ]
    )
    yield f"<p>{text(change_text.documents_line(report))}.<br>Compared: {text(change_text.compared_line(report))}.</p>"
    if report.command:
        yield f"<p>To see this again:</p><pre><code>{text(report.command)}</code></pre>"


def _is_same(report: ChangeReport) -> bool:
    return report.result == "equal" and not report.documents


def _documents(report: ChangeReport, exhibit: Exhibit, places: Places) -> Iterator[str]:
    if not exhibit.facing:
        return
    yield '<section aria-labelledby="objects"><h2 id="objects">Objects</h2>'
    kinds = [kind_of(each.effect) for each in report.documents]
    words = {
        "widens": "opens",
        "narrows": "closes",
        "both": "opens and closes",
        "open": "not decided",
        "none": "no traffic",
    }
    yield from _root(places)
    yield from toolbar([(kind, word, kinds.count(kind)) for kind, word in words.items() if kind in kinds])
    few = sum(1 for kind in kinds if kind != "none") <= _OPENED
    rest = [None] * (len(exhibit.facing) - len(report.documents))
    for number, (facing, change) in enumerate(zip(exhibit.facing, [*report.documents, *rest], strict=True)):
        yield from _document(facing, change, places, is_few=few, with_text=number < MOST_TEXTS)
    yield "</section>"


def _document(
    facing: Facing, change: DocumentChange | None, places: Places, *, is_few: bool, with_text: bool
) -> Iterator[str]:
    kind = "decides" if change is None else kind_of(change.effect)
    shown = badge(kind, "unchanged, decides a connection" if change is None else change.consequence)
    opened = is_few and kind not in ("none", "decides")
    place = next((f"{places.name(each.file)}:{each.begins}" for each in (*facing.after, *facing.before)), "")
    became = f"{change.became.value}, " if change is not None else ""
    yield f'<details class="policy long" data-status="{kind}"{" open" if opened else ""}>'
    yield (
        f"<summary>{shown} <h3>{text(facing.title)}</h3> "
        f'<span class="soft">{text(became)}{text(place)}</span></summary><div>'
    )
    if change is not None and change.became.value in ("changed", "renamed"):
        yield items(
            f"{code(each.path)}: {code(each.before or 'nothing')} → {code(each.after or 'nothing')}"
            for each in change.fields
        )
    if with_text:
        yield places.facing(facing, titles=("Before", "After"), align=True)
    yield "</div></details>"
