"""The feature matrix."""

from translator.loss.catalogue import LOSSES
from translator.loss.features import FEATURES, Support
from translator.loss.kind import TARGETS


def test_every_code_in_the_matrix_is_a_loss_of_that_target() -> None:
    """A cell names only losses that the catalogue knows for its target."""
    wrong = [
        (row.name, target, code)
        for row in FEATURES
        for target in TARGETS
        for code in row.cell(target).codes
        if code not in LOSSES or target not in LOSSES[code].targets
    ]
    assert wrong == []


def test_whatever_is_not_exact_names_its_losses() -> None:
    """A feature that a target lacks has a code, so that nothing can vanish in silence."""
    bare = [
        (row.name, target)
        for row in FEATURES
        for target in TARGETS
        if (row.cell(target).support is Support.EXACT) == bool(row.cell(target).codes)
    ]
    assert bare == []
