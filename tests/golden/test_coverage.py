"""Every loss has a case for every target that it concerns; every cell of the feature matrix is what cases show."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
import yaml

from tests.golden.case import GOLDEN, cases
from tests.golden.case import LOSSES as FILE
from tests.golden.features import CASES, SOURCES
from translator.loss.catalogue import LOSSES
from translator.loss.effect import WORDS
from translator.loss.features import FEATURES, FeatureRow, Support
from translator.loss.kind import EVERYWHERE, TARGETS

BY_NAME = {case.path.name: case for case in cases()}
EFFECTS = {word: effect for effect, word in WORDS.items()}


@cache
def losses_of(case: str) -> Mapping[str, list[dict[str, Any]]]:
    """Target → what a case declares for it."""
    file = GOLDEN / case / FILE
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}


def codes_of(case: str, target: str) -> set[str]:
    """The codes that a case declares for a target."""
    return {loss["code"] for loss in losses_of(case).get(target, ())}


def changes_nothing(case: str, target: str, codes: set[str]) -> bool:
    """Whether a case loses no traffic by any of these codes."""
    return all(loss["effect"] == "none" for loss in losses_of(case).get(target, ()) if loss["code"] in codes)


def sources_of(row: FeatureRow) -> set[str]:
    """The dialects that can say a feature."""
    return set(SOURCES.get(row.name, ("calico",)))


@pytest.mark.parametrize("code", LOSSES)
def test_every_loss_has_a_case_for_each_of_its_targets(code: str) -> None:
    """Nothing in the catalogue is mere theory."""
    shown = {target for case in BY_NAME for target in EVERYWHERE if code in codes_of(case, target)}
    assert shown >= set(LOSSES[code].targets)


@pytest.mark.parametrize("case", BY_NAME)
def test_the_catalogue_explains_every_declared_loss(case: str) -> None:
    """The target is one of those that the catalogue names for the code, and the effect one that it can have."""
    for target, losses in losses_of(case).items():
        for loss in losses:
            kind = LOSSES[loss["code"]]
            assert target in kind.targets, loss
            assert EFFECTS[loss["effect"]].within(kind.effects), loss


@pytest.mark.parametrize("row", FEATURES, ids=lambda row: row.name)
def test_cells_of_the_matrix_are_what_cases_show(row: FeatureRow) -> None:
    """The codes of a cell are those that the cases of the feature declare; exact is what needs none of them."""
    about = {code for target in TARGETS for code in row.cell(target).codes}
    shown = CASES[row.name]
    for target in TARGETS:
        cell = row.cell(target)
        found = {name: codes_of(name, target) & about for name in shown if target in BY_NAME[name].targets}
        if not found:
            # What only the target's own dialect says needs no case there.
            assert sources_of(row) == {target}
            assert cell.support is Support.EXACT
            continue
        assert set().union(*found.values()) == set(cell.codes), f"{target}: {found}"
        is_exact = any(changes_nothing(name, target, about) for name in found)
        assert is_exact is (cell.support is not Support.NO), f"{target}: {found}"


@pytest.mark.parametrize("row", FEATURES, ids=lambda row: row.name)
def test_every_source_of_a_feature_has_a_case(row: FeatureRow) -> None:
    """Whatever dialect can say it does, in some case of the feature."""
    assert {BY_NAME[name].origin for name in CASES[row.name]} >= sources_of(row)
