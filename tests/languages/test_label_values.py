"""Cells of a label's value space."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from translator.ir.labels import Label, Operator, Requirement, Scope, requirement_holds
from translator.semantics.languages.automata import string_atoms
from translator.semantics.languages.budget import Budget, Undecided

APP = Label(Scope.POD, "app")
SUBSTRINGS = ["a", "b", "ab", "ba", "a-", "-a", "aba", ".", "a b"]
LISTED = ["a", "b", "ab", "aab", "x", "-bad-"]
VALID = re.compile("([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?")


def requirement(operator: Operator, *values: str) -> Requirement:
    return Requirement(APP, operator, values)


_listing = st.builds(
    lambda operator, values: requirement(operator, *sorted(values)),
    st.sampled_from([Operator.IN, Operator.NOT_IN]),
    st.sets(st.sampled_from(LISTED), min_size=1, max_size=3),
)
_substring = st.builds(
    requirement,
    st.sampled_from(
        [
            Operator.STARTS_WITH,
            Operator.NOT_STARTS_WITH,
            Operator.ENDS_WITH,
            Operator.NOT_ENDS_WITH,
            Operator.CONTAINS,
            Operator.NOT_CONTAINS,
        ]
    ),
    st.sampled_from(SUBSTRINGS),
)
_presence = st.sampled_from([requirement(Operator.HAS), requirement(Operator.LACKS)])


@given(
    st.lists(st.one_of(_listing, _substring, _presence), max_size=5),
    st.lists(st.text("ab-x.", max_size=6), max_size=20),
)
@settings(max_examples=200, deadline=None)
def test_cells_agree_with_the_operators(requirements: list[Requirement], values: list[str]) -> None:
    """Samples belong to their cells, cells differ, and every valid value and the absent label are in one."""
    cells = string_atoms(requirements)
    members = [cell.members for cell in cells]
    assert len(set(members)) == len(members)

    def holding(value: str | None) -> frozenset[int]:
        return frozenset(i for i, each in enumerate(requirements) if requirement_holds(each, value))

    for cell in cells:
        assert cell.members == holding(cell.sample)
        assert cell.sample is None or cell.sample in LISTED or VALID.fullmatch(cell.sample)
    assert holding(None) in members
    for value in values:
        if VALID.fullmatch(value):
            assert holding(value) in members


def test_lists_need_no_automaton() -> None:
    """Without substring operators the cells are the values, one other and the absent label."""
    cells = string_atoms([requirement(Operator.IN, "a", "b"), requirement(Operator.IN, "a")])
    assert [(sorted(cell.members), cell.sample) for cell in cells] == [([], None), ([0, 1], "a"), ([0], "b")]


def test_impossible_values_make_no_cell() -> None:
    """A label value begins and ends with a letter or digit, so nothing starts with a dash."""
    assert [cell.members for cell in string_atoms([requirement(Operator.STARTS_WITH, "-")])] == [frozenset()]


def test_too_many_substrings_are_undecided() -> None:
    """The number of cells is exponential in the number of substrings; the budget says so instead of running on."""
    many = [requirement(Operator.CONTAINS, f"{number}{number}") for number in range(16)]
    with pytest.raises(Undecided):
        string_atoms(many, budget=Budget(states=2000))
