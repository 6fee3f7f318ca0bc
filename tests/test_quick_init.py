"""Dataclasses with the quick ``__init__`` are what they were."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from translator.quick_init import quick_init


@dataclass(frozen=True, slots=True)
class _Slow:
    first: int
    second: tuple[str, ...] = ()
    third: str | None = field(default=None, kw_only=True)


@quick_init
@dataclass(frozen=True, slots=True)
class _Quick:
    first: int
    second: tuple[str, ...] = ()
    third: str | None = field(default=None, kw_only=True)


def test_it_takes_what_the_ordinary_one_takes() -> None:
    """The signature, the defaults and the order stay."""
    slow, quick = inspect.signature(_Slow), inspect.signature(_Quick)
    assert [(each.name, each.kind, each.default) for each in quick.parameters.values()] == [
        (each.name, each.kind, each.default) for each in slow.parameters.values()
    ]
    assert _Quick(1) == _Quick(1, (), third=None) != _Quick(2)
    with pytest.raises(TypeError):
        _Quick()  # type: ignore[call-arg]


def test_it_stays_frozen_and_can_be_copied() -> None:
    """Nothing can be assigned; replace, copy and pickle work."""
    made = _Quick(1, ("a",), third="b")
    with pytest.raises(FrozenInstanceError):
        made.first = 2  # type: ignore[misc]
    assert replace(made, first=2) == _Quick(2, ("a",), third="b")
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == made


def test_a_class_that_needs_more_is_refused() -> None:
    """Default factories are not called by it."""

    @dataclass(frozen=True, slots=True)
    class Made:
        items: list[int] = field(default_factory=list)

    with pytest.raises(TypeError):
        quick_init(Made)
