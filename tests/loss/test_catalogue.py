"""The catalogue of losses."""

import re

import pytest

from translator.documents.document import Document
from translator.ir.policy import Action
from translator.loss.catalogue import LOSSES
from translator.loss.effect import EFFECTS, Change, Effect, effect_of
from translator.loss.kind import EVERYWHERE
from translator.loss.loss import Loss, declare, in_reading_order


def test_every_change_has_an_effect_on_every_action() -> None:
    """The table of effects is total."""
    assert {(change, action) for change in Change for action in Action} == {
        (change, action) for change, row in EFFECTS.items() for action in row
    }


@pytest.mark.parametrize(
    ("change", "action", "effect"),
    [
        (Change.RULE_DROPPED, Action.ALLOW, Effect.NARROWS),
        (Change.RULE_DROPPED, Action.DENY, Effect.WIDENS),
        (Change.RULE_DROPPED, Action.PASS, Effect.BOTH),
        (Change.RULE_DROPPED, Action.LOG, Effect.NONE),
        (Change.RULE_WIDENED, Action.ALLOW, Effect.WIDENS),
        (Change.RULE_WIDENED, Action.DENY, Effect.NARROWS),
        (Change.RULE_NARROWED, Action.DENY, Effect.WIDENS),
        (Change.ISOLATION_DROPPED, Action.ALLOW, Effect.WIDENS),
        (Change.ISOLATION_ADDED, Action.DENY, Effect.NARROWS),
    ],
)
def test_effect_follows_polarity(change: Change, action: Action, effect: Effect) -> None:
    """Dropping an allow narrows, dropping a deny widens, and isolation knows no action."""
    assert effect_of(change, action) == effect


@pytest.mark.parametrize("kind", LOSSES.values(), ids=list(LOSSES))
def test_every_kind_is_complete(kind: object) -> None:
    """A kind has a kebab-case code, text in every field, known targets and sentences that end."""
    entry = LOSSES[kind.code]  # type: ignore[attr-defined]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.code)
    assert entry.title
    assert not entry.title.endswith(".")
    assert all(text.endswith((".", ").", "`.")) for text in (entry.meaning, entry.remedy))
    assert entry.before
    assert entry.after
    assert entry.changes
    assert entry.targets
    assert set(entry.targets) <= set(EVERYWHERE)


def _loss(line: int, **changes: object) -> Loss:
    document = Document(data={}, file="policies/api.yaml", locator=lambda _path: (line, 5))
    fields: dict[str, object] = {
        "message": "some allows were left out",
        "change": Change.RULE_NARROWED,
        "policy": "prod/api",
        "target": "cilium",
        "origin": document.origin("spec", "ingress", 0),
    } | changes
    return declare("order-flattened", **fields)  # type: ignore[arg-type]


def test_a_loss_is_one_greppable_line() -> None:
    """The text form begins with a clickable place and names code, effect, policy and target."""
    assert str(_loss(14)) == (
        'policies/api.yaml:14:5 order-flattened narrows "some allows were left out" (prod/api → cilium)'
    )


def test_losses_are_read_in_the_order_of_the_file() -> None:
    """Line 9 comes before line 14, whatever the order of discovery."""
    assert [loss.origin.line for loss in in_reading_order((_loss(14), _loss(9))) if loss.origin] == [9, 14]


def test_an_effect_that_the_catalogue_does_not_explain_is_refused() -> None:
    """Declaring a change that a kind does not list is a programming error."""
    with pytest.raises(ValueError, match="does not explain"):
        _loss(1, change=Change.ISOLATION_ADDED)


def test_both_counts_as_widening() -> None:
    """An effect in both directions widens, and lies only within a declaration of both."""
    assert Effect.BOTH.widens
    assert not Effect.BOTH.within(Effect.NARROWS)
    assert Effect.NONE.within(Effect.NONE)
