"""The state of committed translations as text, as notes and as checks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Final

from translator.documents.document import Document
from translator.loss.loss import Loss
from translator.report.change import counted
from translator.report.change_text import connection_lines
from translator.report.freshness import CODES, MEANINGS, Freshness, State, TargetState, moved
from translator.report.junit import Case, Failure, Suite
from translator.report.note import Level, Note
from translator.report.notes import connection_text, of_loss

UPDATE: Final = "netpolx golden update"
_MANY_FILES: Final = 3
"""More files than these agree to a loss without effect by their directory."""


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
        # Of a file that is there or not as a whole the name says everything.
        if file.state not in (State.MISSING, State.LEFTOVER):
            yield from file.diff.splitlines()


def meaning_line(state: TargetState) -> str:
    """What the committed files permit, in one line."""
    line = MEANINGS[state.meaning or "equal"]
    return f"{line}: {state.reason}" if state.reason else line


def _answer(freshness: Freshness) -> str:
    names = ", ".join(each.target for each in freshness.targets)
    about = f"{counted(freshness.policies, 'policy', 'policies')}, {names}"
    if freshness.is_fine:
        return f"fresh: {about}"
    states = {file.state for each in freshness.targets for file in each.files}
    parts = [
        *(said for said, kinds in _WRONG if states & kinds),
        *(["losses are new"] if any(each.new_losses for each in freshness.targets) else []),
        *(["a self-check is undecided"] if any(_only_undecided(each) for each in freshness.targets) else []),
    ]
    return f"not fresh ({about}): {' and '.join(parts)}{advice(freshness)}"


def _only_undecided(state: TargetState) -> bool:
    return bool(state.objections) and not state.new_losses


_WRONG: Final = (
    ("files are stale", frozenset({State.MISSING, State.STALE, State.LEFTOVER})),
    ("files were edited by hand", frozenset({State.EDITED})),
    ("files stand in the way that netpolx did not write", frozenset({State.FOREIGN})),
    ("policies were added by hand", frozenset({State.ADDED})),
)
_REMEDIES: Final = {
    State.MISSING: f"`{UPDATE}` sets it right",
    State.STALE: f"`{UPDATE}` sets it right",
    State.LEFTOVER: f"`{UPDATE}` takes it away",
    State.EDITED: f"change the source instead, then `{UPDATE}`, which takes the edit back",
    State.FOREIGN: f"move it away, or write the translations elsewhere: `{UPDATE}` overwrites nothing of others",
    State.ADDED: "what is applied from there includes it: move it to the sources, or elsewhere",
}


def advice(freshness: Freshness) -> str:
    """What to do about it."""
    states = {file.state for each in freshness.targets for file in each.files}
    remedies = dict.fromkeys(_REMEDIES[each] for each in State if each in states)
    return f"{''.join(f'; {each}' for each in remedies)}{accepting(freshness)}"


def accepting(freshness: Freshness) -> str:
    """The lines that agree to the new losses; nothing when there are none."""
    losses = [entry.loss for each in freshness.targets for entry in each.new_losses]
    entries = [_entry(code, path) for code, path in sorted(_agreeable(losses))]
    if not entries:
        return ""
    return "".join(
        [f"\nto agree to the losses, add to `accept` in {freshness.config}:", *(f"\n- {entry}" for entry in entries)]
    )


def _agreeable(losses: Sequence[Loss]) -> set[tuple[str, str]]:
    """Code and path of entries that cover the losses: a file each, but for what changes no traffic in many files."""
    files: dict[str, set[str]] = {}
    for loss in losses:
        files.setdefault(loss.code, set()).add(loss.origin.file if loss.origin else "")
    heavy = {loss.code for loss in losses if loss.effect or loss.kind.refuses}
    return {
        (code, path)
        for code, found in files.items()
        for path in (found if code in heavy or len(found) <= _MANY_FILES else {_common(found)})
    }


def _common(files: Iterable[str]) -> str:
    """The directory that they lie in; empty: everywhere."""
    parts = list(zip(*(PurePosixPath(file).parent.parts for file in files), strict=False))
    shared = takewhile(lambda each: len(set(each)) == 1, parts)
    return "/".join(each[0] for each in shared)


def _entry(code: str, path: str) -> str:
    where = f", path: {json.dumps(path, ensure_ascii=False)}" if path else ""
    return f'{{code: {code}{where}, reason: "…"}}'


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
            message=f"{file.state.value}; {_REMEDIES[file.state]}",
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
