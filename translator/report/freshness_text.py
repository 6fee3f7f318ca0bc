"""The state of committed translations as text, as notes and as checks."""

from __future__ import annotations

import json
from collections.abc import Iterator

from translator.documents import Document
from translator.report.change import counted
from translator.report.change_text import connection_lines
from translator.report.freshness import CODES, MEANINGS, FileState, Freshness, NewLossEntry, State, TargetState, moved
from translator.report.junit import Case, Failure, Suite
from translator.report.note import Level, Note
from translator.report.notes import connection_text, of_loss

UPDATE = "netpolx golden update"


def render(freshness: Freshness) -> str:
    """Per target: what moved, the new losses, the files with their diffs; then what to do."""
    lines: list[str] = []
    for each in freshness.targets:
        if not each.is_fine:
            lines += [*_target(each), ""]
    lines += [
        f"{each.origin}: the `accept` entry for {each.code} matches no loss; take it out" for each in freshness.unused
    ]
    lines += [_answer(freshness)]
    return "".join(f"{line}\n" for line in lines)


def _target(state: TargetState) -> Iterator[str]:
    yield f"{state.target}:"
    if state.meaning is not None:
        yield f"  {meaning_line(state)}"
        for each in state.connections:
            yield from (f"    {line}" for line in connection_lines(each, sides=("sources", "committed")))
    for objection in state.objections:
        yield f"  cannot be written as it stands: {objection}"
    for entry in state.new_losses:
        yield f"  new loss, {entry.reason}: {entry.loss}"
    for file in state.files:
        yield f"  {file.state.value}: {file.file}"
    for file in state.files:
        yield from file.diff.rstrip("\n").split("\n")


def meaning_line(state: TargetState) -> str:
    """What the committed files permit, in one line."""
    line = MEANINGS[state.meaning or "equal"]
    return f"{line}: {state.reason}" if state.reason else line


def _answer(freshness: Freshness) -> str:
    names = ", ".join(each.target for each in freshness.targets)
    about = f"{counted(freshness.policies, 'policy', 'policies')}, {names}"
    if freshness.is_fine:
        return f"fresh: {about}"
    parts = [
        *(["the files are stale"] if any(each.files for each in freshness.targets) else []),
        *(["losses are new"] if any(each.new_losses for each in freshness.targets) else []),
        *(["a self-check is undecided"] if any(_only_undecided(each) for each in freshness.targets) else []),
    ]
    return f"not fresh ({about}): {' and '.join(parts)}{advice(freshness)}"


def _only_undecided(state: TargetState) -> bool:
    return bool(state.objections) and not state.new_losses


def advice(freshness: Freshness) -> str:
    """What to do about it."""
    stale = any(each.files for each in freshness.targets)
    return f"{f'; `{UPDATE}` writes the files anew' if stale else ''}{accepting(freshness)}"


def accepting(freshness: Freshness) -> str:
    """The lines that agree to the new losses; nothing when there are none."""
    entries = sorted({_entry(entry) for each in freshness.targets for entry in each.new_losses})
    if not entries:
        return ""
    return "".join(
        [f"\nto agree to the losses, add to `accept` in {freshness.config}:", *(f"\n- {entry}" for entry in entries)]
    )


def _entry(entry: NewLossEntry) -> str:
    loss = entry.loss
    where = f", path: {json.dumps(loss.origin.file)}" if loss.origin else ""
    return f'{{code: {loss.code}{where}, reason: "…"}}'


def notes(freshness: Freshness) -> tuple[Note, ...]:
    """Files, new losses and moved meaning, each at its place."""
    return tuple(note for state in freshness.targets for note in _notes(state)) + tuple(
        Note(
            code="accept-unused",
            level=Level.NOTE,
            message=f"the `accept` entry for {each.code} matches no loss; take it out",
            origin=each.origin,
        )
        for each in freshness.unused
    )


def _notes(state: TargetState) -> Iterator[Note]:
    for connection in state.connections:
        line = next(iter((*connection.after.lines, *connection.before.lines)), None)
        yield Note(
            code="generated-meaning-moved",
            level=Level.ERROR,
            message=f"what is committed differs from the sources: {connection_text(connection)}",
            origin=line.origin if line and connection.after.lines else None,
            subject=line.object if line else "",
            effect=connection.effect,
            target=state.target,
        )
    for file in state.files:
        yield Note(
            code=CODES[file.state],
            level=Level.ERROR,
            message=f"{file.state.value}; {_remedy(file)}",
            origin=Document(data={}, file=file.file).origin(),
            effect=moved(state),
            target=state.target,
        )
    for entry in state.new_losses:
        note = of_loss(entry.loss)
        yield Note(
            code=note.code,
            level=Level.ERROR,
            message=f"new loss, {entry.reason}: {note.message}",
            origin=note.origin,
            subject=note.subject,
            effect=note.effect,
            target=note.target,
        )
    if state.objections and not state.new_losses:
        for objection in state.objections:
            yield Note(code="undecided", level=Level.ERROR, message=objection, target=state.target)


def _remedy(file: FileState) -> str:
    if file.state is State.FOREIGN:
        return "move it away, or write the translations elsewhere"
    if file.state is State.EDITED:
        return f"change the source instead, then `{UPDATE}`"
    return f"`{UPDATE}` sets it right"


def suites(freshness: Freshness) -> tuple[Suite, ...]:
    """One check per file that is wrong and per new loss of a target; one that holds where there is none."""
    return tuple(
        Suite(name=f"netpolx golden check {each.target}", cases=tuple(_cases(each))) for each in freshness.targets
    )


def _cases(state: TargetState) -> Iterator[Case]:
    for file in state.files:
        text = f"{meaning_line(state)}\n{file.diff}" if state.meaning else file.diff
        yield Case(
            group=state.target,
            name=file.file,
            failures=(Failure(kind=CODES[file.state], message=file.state.value, text=text),),
        )
    for entry in state.new_losses:
        message = f"new loss, {entry.reason}"
        name = f"{entry.loss.code} {entry.loss.policy} {entry.loss.origin or ''}".rstrip()
        yield Case(
            group=state.target,
            name=name,
            failures=(Failure(kind=entry.loss.code, message=message, text=str(entry.loss)),),
        )
    if state.objections and not state.new_losses:
        failures = tuple(Failure(kind="undecided", message=each) for each in state.objections)
        yield Case(group=state.target, name="the self-check is decided", failures=failures)
    if state.is_fine:
        yield Case(group=state.target, name="committed translations are fresh")
