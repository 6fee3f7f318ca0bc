"""Translations and changes as notes, for the formats that are lists of located statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from translator.errors import Finding, Severity
from translator.loss.effect import Effect
from translator.loss.loss import Loss
from translator.origin import Origin
from translator.report.change import Answer, ChangeReport, Connection, Deciding
from translator.report.note import Level, Note, Related
from translator.report.record import Report
from translator.report.witness import witness_text

UNDECIDED: Final = "undecided"
_CODES: Final = {
    Effect.WIDENS: "traffic-opened",
    Effect.NARROWS: "traffic-closed",
    Effect.NONE: "traffic-open-question",
}
_LEVELS: Final = {Severity.ERROR: Level.ERROR, Severity.WARNING: Level.WARNING}


def of_translation(report: Report) -> tuple[Note, ...]:
    """Losses and findings in reading order, and a self-check that came to no answer."""
    return tuple(chain(map(of_loss, report.losses), map(of_finding, report.findings), _proof(report)))


def of_loss(loss: Loss) -> Note:
    """A loss; what refuses or widens is an error, what narrows a warning."""
    heavy = loss.kind.refuses or loss.effect.widens
    example = f"; for example {witness_text(loss.witness)}" if loss.witness is not None else ""
    hint = f"; {loss.hint}" if loss.hint else ""
    return Note(
        code=loss.code,
        level=Level.ERROR if heavy else Level.WARNING if loss.effect.narrows else Level.NOTE,
        message=f"{_verdict(loss.effect)}: {loss.message}{hint}{example}",
        origin=loss.origin,
        subject=loss.policy,
        effect=loss.effect,
        target=loss.target,
    )


def _verdict(effect: Effect) -> str:
    return {Effect.NONE: "no effect on traffic", Effect.BOTH: "narrows and widens"}.get(effect, effect.word)


def of_finding(finding: Finding) -> Note:
    """Something wrong or doubtful about the input."""
    field = f"{finding.origin.field_path}: " if finding.origin and finding.origin.path else ""
    hint = f"; {finding.hint}" if finding.hint else ""
    return Note(
        code=finding.code,
        level=_LEVELS[finding.severity],
        message=f"{field}{finding.message}{hint}",
        origin=finding.origin,
    )


def _proof(report: Report) -> Iterator[Note]:
    if report.proof.result == UNDECIDED:
        yield Note(
            code=UNDECIDED,
            level=Level.ERROR,
            message=f"not decided whether the output permits the same: {report.proof.reason or 'no reason is known'}",
        )


def of_change(report: ChangeReport) -> tuple[Note, ...]:
    """Every connection that changes, widening first, and what could not be decided."""
    undecided: tuple[Note, ...] = ()
    if report.result == UNDECIDED:
        undecided = (Note(code=UNDECIDED, level=Level.ERROR, message=report.reason or "no reason is known"),)
    moved = {
        _document(each.before): each.after
        for each in report.documents
        if each.before is not None and each.after is not None
    }
    return (*undecided, *(_connection(each, moved) for each in report.connections))


def _document(origin: Origin) -> tuple[str, int]:
    return (origin.file, origin.document.index)


def _connection(each: Connection, moved: Mapping[tuple[str, int], Origin]) -> Note:
    """At the line that decides after the change: that is the one which a reviewer has before them.

    Where none does any more it is the object that decided before, as it stands now. ``moved``: the places of objects.
    """
    lines = [("decides after", line) for line in each.after.lines] + [
        ("decided before", line) for line in each.before.lines
    ]
    main = lines[0][1] if lines else None
    if main is not None and not each.after.lines and (now := moved.get(_document(main.origin))) is not None:
        main = Deciding(origin=now, object=main.object)
        lines = [("stands now", main), *lines]
    return Note(
        code=_CODES[each.effect],
        level=Level.ERROR if each.effect.widens else Level.WARNING,
        message=connection_text(each),
        origin=main.origin if main else None,
        subject=main.object if main else "",
        effect=each.effect,
        related=tuple(_related(word, line) for word, line in lines[1:]),
    )


def connection_text(each: Connection) -> str:
    """``opens (ingress): pods … → pods …, TCP 80; for example …: denied before, allowed after``."""
    before, after = (_word(answer) for answer in (each.before, each.after))
    assumed = f", where {' and '.join(each.assumptions)}" if each.assumptions else ""
    return (
        f"{each.verb} ({each.direction.value}): {each.source} → {each.destination}, {each.traffic}; "
        f"for example {each.example}{assumed}: {before} before, {after} after"
    )


def _word(answer: Answer) -> str:
    return answer.word if answer.lines else f"{answer.word} ({answer.default})"


def _related(word: str, line: Deciding) -> Related:
    return Related(message=f"{word}: {line.object}", origin=line.origin)
