"""Block YAML read line by line is what libyaml reads."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from yaml import YAMLError

from translator.documents import dump
from translator.documents.builder import Builder, Built, GiveUp
from translator.documents.plain_blocks import read_plain_blocks

_HEADS = ("", "- ", "-  ", "a:", "b: ", "c: ", "- a: ", "- b:", '"k": ', "y: ", "1: ", "? ", "- - ")
_VALUES = (
    *("", "a", "1", "0x1", "1e3", "007", "1.5", "10.0.0.0/8", "y", "null", "~", "a:b", "a#b", "-", "a b", "|", "&a b"),
    *('"x y"', "'x'", '"a\\n"', "''", "'it''s'", '"', "{}", "[]", "[a]", "{", "!!str 1", "*a", "\t", "é"),
)
_TAILS = ("", "", "", " ", " # c", "#c", " #é")
_LINES = st.builds(
    lambda indent, head, value, tail: " " * indent + head + value + tail,
    st.sampled_from((0, 0, 0, 1, 2, 2, 2, 3, 4)),
    st.sampled_from(_HEADS),
    st.sampled_from(_VALUES),
    st.sampled_from(_TAILS),
) | st.sampled_from(("---", "...", "# c", "  # c", "--- a", " ---", "%YAML 1.1", "", "<<: a"))
_NESTED = st.recursive(
    st.sampled_from(("a", "y", "80", "k8s:app", "a b", "", "-", "10.0.0.1"))
    | st.integers()
    | st.booleans()
    | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("a", "b", "on", "k8s:x", "1")), inner, max_size=3)
    ),
    max_leaves=12,
)


def _by_libyaml(text: str) -> list[Built] | None:
    """None for what is refused."""
    try:
        found = list(Builder(text).documents())
    except (YAMLError, GiveUp):
        return None
    return None if any(each.problems for each in found) else found


def _shown(found: list[Built]) -> list[tuple[Any, ...]]:
    """With the types of scalars, which == does not tell apart, and in the order of the fields."""
    return [(repr(each.data), each.start, each.base, list(each.marks)) for each in found]


def _agree(text: str) -> None:
    quick = read_plain_blocks(text)
    if quick is not None:
        slow = _by_libyaml(text)
        assert slow is not None, "libyaml refuses this"
        assert _shown(quick) == _shown(slow)


@settings(max_examples=400)
@given(st.lists(_LINES, max_size=8), st.sampled_from(("", "\n")))
@example(["a: b", "  - c"], "\n")
@example(["a:", "- b:", "- c"], "")
@example(["  a: b", "c: d"], "")
def test_whatever_is_read_line_by_line_is_what_libyaml_reads(lines: list[str], end: str) -> None:
    """Values, their types and places are the same, and nothing that libyaml refuses is read."""
    _agree("\n".join(lines) + end)


@given(st.lists(st.dictionaries(st.sampled_from(("a", "b", "c")), _NESTED, min_size=1), min_size=1, max_size=3))
def test_what_we_write_is_read_alike(documents: list[dict[str, Any]]) -> None:
    """Our own output gives the same both ways."""
    _agree(dump(documents))


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1 # that of the core\nmetadata:\n  labels: {}\n  ports:\n  - port: 80\n    name: 'a b'\n  - 81\n",
        '# a policy\n\n---\na:\n  - b:\n    - c: "k8s:app"\n---\nd:\n',
        "",
        "# nothing\n",
    ],
)
def test_plain_blocks_need_no_libyaml(text: str) -> None:
    """What people usually write is read line by line."""
    assert read_plain_blocks(text) is not None
    _agree(text)


@pytest.mark.parametrize(
    "line",
    [
        *("a: b: c", "a: b\n  c: d", "a: b\n- c", "a: 1\na: 2", "on: 1", "a: .inf", "a: 'b''c'", 'a: "\\x"', "a:\tb"),
        *("a: |\n  b", "a: &x b", "a: !!str b", "a: {b: c}", "a\n", "---\n---\na: b", "a: b\n---", "a: b\n...", "é: b"),
    ],
)
def test_everything_else_is_left_to_libyaml(line: str) -> None:
    """Whatever is unusual or wrong is judged by libyaml, as are texts that hold it somewhere."""
    assert read_plain_blocks(line) is None
    assert read_plain_blocks(f"x: y\n---\n{line}\n") is None
