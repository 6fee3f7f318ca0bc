"""The picture of connections as tables: who may talk to whom before and after, folded per namespace when large."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from translator.origin import Origin
from translator.report.change import counted
from translator.report.connectivity import Cell, Matrix, State
from translator.report.html_parts import AFTER, BEFORE, Places, badge, items, sign, table, text
from translator.report.parties import Party

READABLE: Final = 40
"""Rows of a matrix that can still be read."""
_SHORT: Final = 18
"""Characters of traffic in a cell; the rest stands in the table below."""
_MOST_PAIRS: Final = 3000
_MOST_PLACES: Final = 4
_SHOWN: Final = {
    State.ADDED: ("widens", "added"),
    State.REMOVED: ("narrows", "removed"),
    State.BOTH: ("both", "added and removed"),
    State.OPEN: ("open", "left open by the Kubernetes API"),
    State.SAME: ("exact", "same"),
}
_ORDER: Final = (State.ADDED, State.BOTH, State.REMOVED, State.OPEN, State.SAME)
_CHANGES: Final = (State.ADDED, State.BOTH, State.REMOVED, State.OPEN)
_Pair = tuple[int, int]


def render(matrix: Matrix, places: Places) -> Iterator[str]:
    """The section."""
    yield '<section aria-labelledby="who"><h2 id="who">Who may talk to whom</h2>'
    if not matrix.cells:
        number = len(matrix.parties)
        yield (
            f"<p>There is no picture of {number} workloads and addresses: nobody could read it. Give the policies of "
            "fewer namespaces to see who may talk to whom; changed connections are complete without it.</p></section>"
        )
        return
    yield f"<p>{_summary(matrix)}</p>"
    yield _legend()
    everyone = range(len(matrix.parties))
    if len(everyone) <= READABLE:
        yield _grid(
            matrix, everyone, "Rows send, columns receive. Each cell says what may pass when both ends allow it."
        )
    else:
        yield _overview(matrix)
        yield from _folded(matrix)
    yield from _pairs(matrix, places)
    yield f'<div class="soft">{items(text(each) for each in matrix.remarks)}</div></section>'


def _summary(matrix: Matrix) -> str:
    counts = Counter(cell.state for cell in matrix.cells.values())
    if not any(counts[state] for state in _CHANGES):
        return "Every pair below may exchange the same traffic before and after."
    words = [f"{badge(_SHOWN[state][0], f'{counts[state]} {_SHOWN[state][1]}')}" for state in _CHANGES if counts[state]]
    return f"Of {len(matrix.cells)} pairs: {' '.join(words)} {badge('exact', f'{counts[State.SAME]} same')}"


def _legend() -> str:
    shown = [f"{sign(kind)} {text(word)}" for kind, word in (_SHOWN[state] for state in _ORDER)]
    return items([*shown, f"{sign('none')} nothing may pass"], css="legend")


# -- grids ------------------------------------------------------------------------------------------------------------


def _grid(matrix: Matrix, chosen: Sequence[int], caption: str) -> str:
    numbers = {party: number for number, party in enumerate(chosen, start=1)}
    head = "".join(
        f'<th scope="col" title="{text(_full(matrix.parties[party]))}"><span>{numbers[party]} '
        f"{text(_full(matrix.parties[party]))}</span></th>"
        for party in chosen
    )
    rows = []
    for group, members in groupby(chosen, key=lambda party: matrix.parties[party].group):
        rows.append(f'<tr class="group"><th scope="rowgroup" colspan="{len(chosen) + 1}">{text(group)}</th></tr>')
        for row in members:
            party = matrix.parties[row]
            cells = "".join(_cell(matrix, (row, column)) for column in chosen)
            rows.append(
                f'<tr><th scope="row" title="{text(party.detail)}">{numbers[row]} {text(party.name)}</th>{cells}</tr>'
            )
    body = "\n".join(rows)
    return _frame(caption, head, body)


def _frame(caption: str, head: str, body: str) -> str:
    return (
        f'<p class="soft">{text(caption)}</p>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{text(caption)}"><table class="matrix">'
        f'<thead><tr><th class="corner" scope="col">from ↓ to →</th>{head}</tr></thead>'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def _full(party: Party) -> str:
    return party.name if party.is_outside else f"{party.group}/{party.name}"


def _cell(matrix: Matrix, pair: _Pair) -> str:
    cell = matrix.cells.get(pair)
    if cell is None:
        return '<td class="none"><span class="sr">not judged</span></td>'
    if cell.state is State.NOTHING:
        return f'<td class="nothing">{sign("none")}<span class="sr">nothing</span></td>'
    kind, word = _SHOWN[cell.state]
    spoken = f'<span class="sr">{text(word)}: </span>'
    return (
        f'<td class="{cell.state.value}" title="{text(_words(cell))}">'
        f'<a href="#pair-{pair[0]}-{pair[1]}">{sign(kind)} {spoken}{text(_short(cell))}</a></td>'
    )


def _short(cell: Cell) -> str:
    shown = cell.added or cell.removed or cell.after
    shown = "all" if shown == "everything" else shown
    return shown if len(shown) <= _SHORT else f"{shown[: _SHORT - 1].rstrip(' ,;')} …"


def _words(cell: Cell) -> str:
    return cell.after if cell.before == cell.after else f"before: {cell.before}; after: {cell.after}"


# -- beyond what can be read ------------------------------------------------------------------------------------------


def _overview(matrix: Matrix) -> str:
    """Namespaces instead of workloads; a cell counts the pairs."""
    groups = list(dict.fromkeys(party.group for party in matrix.parties))
    counts: dict[tuple[str, str], Counter[State]] = {}
    for (row, column), cell in matrix.cells.items():
        key = (matrix.parties[row].group, matrix.parties[column].group)
        counts.setdefault(key, Counter())[cell.state] += 1

    def cells(sender: str) -> str:
        return "".join(_counted(counts.get((sender, other))) for other in groups)

    head = "".join(f'<th scope="col"><span>{text(group)}</span></th>' for group in groups)
    rows = "\n".join(f'<tr><th scope="row">{text(sender)}</th>{cells(sender)}</tr>' for sender in groups)
    caption = (
        "Pairs of workloads that may exchange something, because both ends allow it, by namespace. Rows send, columns "
        "receive."
    )
    return _frame(caption, head, rows)


def _counted(found: Counter[State] | None) -> str:
    if found is None:
        return '<td class="none"><span class="sr">not judged</span></td>'
    present = [state for state in _ORDER if found[state]]
    if not present:
        return f'<td class="nothing">{sign("none")}<span class="sr">nothing</span></td>'
    changed = State.BOTH if {State.ADDED, State.REMOVED} <= set(present) else present[0]
    words = ", ".join(f"{sign(_SHOWN[state][0])}{found[state]}" for state in present)
    spoken = ", ".join(f"{found[state]} {_SHOWN[state][1]}" for state in present)
    return f'<td class="{changed.value}" title="{text(spoken)}">{words}<span class="sr">: {text(spoken)}</span></td>'


def _folded(matrix: Matrix) -> Iterator[str]:
    """The workloads of each namespace among themselves."""
    for group, found in groupby(range(len(matrix.parties)), key=lambda party: matrix.parties[party].group):
        members = list(found)
        inside = [matrix.cells[pair] for pair in ((a, b) for a in members for b in members) if pair in matrix.cells]
        if not inside:
            continue
        changed = sum(1 for cell in inside if cell.state in _CHANGES)
        number = counted(len(members), "workload")
        words = f"{number}, {changed or 'no'} {'pair changes' if changed == 1 else 'pairs change'}"
        yield f"<details><summary>{text(group)}: {words}</summary><div>"
        for start in range(0, len(members), READABLE):
            chosen = members[start : start + READABLE]
            part = "" if len(members) <= READABLE else f", {start + 1} to {start + len(chosen)}"
            yield _grid(matrix, chosen, f"Within {group}{part}. Rows send, columns receive.")
        yield "</div></details>"


# -- in words ---------------------------------------------------------------------------------------------------------


def _pairs(matrix: Matrix, places: Places) -> Iterator[str]:
    found = [(pair, cell) for pair, cell in matrix.cells.items() if cell.state is not State.NOTHING]
    changed = sorted(
        (each for each in found if each[1].state in _CHANGES), key=lambda each: (_ORDER.index(each[1].state), each[0])
    )
    same = [each for each in found if each[1].state is State.SAME]
    for title, chosen, opened in (("Pairs that change", changed, " open"), ("Pairs that stay the same", same, "")):
        if chosen:
            shown = chosen[:_MOST_PAIRS]
            yield f'<details class="long"{opened}><summary>{title} ({len(chosen)})</summary><div>'
            yield _listed(matrix, shown, places)
            if len(chosen) > len(shown):
                yield f"<p>… and {len(chosen) - len(shown)} more pairs, which the page leaves out.</p>"
            yield "</div></details>"


def _listed(matrix: Matrix, chosen: Sequence[tuple[_Pair, Cell]], places: Places) -> str:
    rows = []
    for (row, column), cell in chosen:
        kind, word = _SHOWN[cell.state]
        rows.append(
            (
                badge(kind, word),
                _party(matrix.parties[row]),
                _party(matrix.parties[column]),
                f"{text(cell.before)}{_decided(cell.decided_before, BEFORE, places)}",
                f"{text(cell.after)}{_decided(cell.decided_after, AFTER, places)}",
            )
        )
    ids = [f"pair-{row}-{column}" for (row, column), _ in chosen]
    return table(("", "From", "To", "Before", "After"), rows, ids=ids)


def _party(party: Party) -> str:
    return f'{text(_full(party))}<br><span class="soft">{text(party.detail)}</span>'


def _decided(origins: Iterable[Origin], side: int, places: Places) -> str:
    """The lines behind a cell, each once."""
    links = list(dict.fromkeys(places.link(side, origin) for origin in origins))
    if not links:
        return '<br><span class="soft">no policy decides</span>'
    rest = f" and {len(links) - _MOST_PLACES} more" if len(links) > _MOST_PLACES else ""
    return f'<br><span class="soft">{" ".join(links[:_MOST_PLACES])}{rest}</span>'
