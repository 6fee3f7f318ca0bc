"""Examples of the values that a label may have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from translator.ir.labels import Label, Operator, Requirement, Scope, has, one_of


def label_samples(
    mentioned: Sequence[str], substrings: Iterable[tuple[Operator, str]], *, avoid: Iterable[str] = ()
) -> tuple[str, ...]:
    """One value for each class of label values: the mentioned ones, and all others as the substrings split them.

    ``avoid``: values that are no good examples of the others. Raises Undecided.
    """
    asked = sorted(set(substrings))
    if not asked:
        return (*mentioned, fresh([*mentioned, *avoid], "other"))
    from translator.semantics.languages.label_values import string_atoms  # noqa: PLC0415 - rarely needed

    label = Label(Scope.POD, "")
    exact = [one_of(label, value) for value in mentioned]
    # The test for presence keeps absence apart from values for which the same substring requirements hold.
    cells = string_atoms([*exact, *(Requirement(label, operator, (text,)) for operator, text in asked), has(label)])
    others = (cell.sample for cell in cells if all(member >= len(exact) for member in cell.members))
    return (*mentioned, *(sample for sample in others if sample is not None))


def fresh(known: Iterable[str], wish: str) -> str:
    """A text that is not among the known ones."""
    taken = set(known)
    candidate, count = wish, 1
    while candidate in taken:
        count += 1
        candidate = f"{wish}-{count}"
    return candidate
