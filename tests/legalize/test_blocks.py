"""Addresses as blocks and excepts, in the words of the source where that is shorter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from translator.ir.addresses import NO_ADDRESSES, block, blocks
from translator.legalize.cubes import blocks_of

CIDRS = st.builds(lambda number, length: f"10.{number}.0.0/{length}", st.integers(0, 3), st.integers(8, 17)) | st.just(
    "fd00::/16"
)


@given(st.lists(CIDRS), st.lists(CIDRS), st.lists(CIDRS))
def test_blocks_minus_excepts_are_the_addresses(bases: list[str], wanted: list[str], missing: list[str]) -> None:
    """Whatever blocks the source wrote, also where one lies inside another."""
    addresses = blocks([*bases, *wanted]) - blocks(missing)
    whole, holes = blocks_of(addresses, bases)
    assert blocks(whole) - blocks(holes) == addresses


def test_a_block_inside_another_is_no_except() -> None:
    """Both were written, and something else is cut out of the larger one."""
    addresses = block("10.0.0.0/8") - block("10.244.0.0/16")
    assert blocks_of(addresses, ["10.1.0.0/16", "10.0.0.0/8"])[1] == ("10.244.0.0/16",)
    assert blocks_of(NO_ADDRESSES, ["10.0.0.0/8"]) == ((), ())
