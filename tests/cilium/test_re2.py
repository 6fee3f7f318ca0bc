"""Regular expressions that Go compiles, and those that it refuses."""

from __future__ import annotations

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from translator.dialects.cilium.re2 import compile_error

CHARACTERS = list("abdwQEpL10/z:=!<P.*+?()[]^$|{}-\\")
GROUPS = ["{2}", "{1,3}", "{1001}", "x41", "(?i)", "(?:", "(?P<n>", "[:alpha:]"]
QUIET = re2.Options()
QUIET.log_errors = False


def is_compiled(expression: str) -> bool:
    """Whether the C++ library, which has the same grammar, compiles it."""
    try:
        re2.compile(expression, QUIET)
    except re2.error:
        return False
    return True


@given(st.lists(st.sampled_from([*CHARACTERS, *GROUPS]), max_size=8).map("".join))
def test_agrees_with_the_library(expression: str) -> None:
    """Small expressions of every construct are refused exactly where the library refuses them."""
    assert (compile_error(expression) is None) == is_compiled(expression)


@pytest.mark.parametrize(
    "expression", ["(?=a)", "(?!a)", "(?<=a)", r"(a)\1", "a*+", "a{1001}", "(a{40}){40}", "(", "[a", "a)", "*a", "\\"]
)
def test_refuses_what_re2_lacks(expression: str) -> None:
    """No lookaround, backreference, possessive quantifier or huge repeat (cilium.md 8.1)."""
    assert compile_error(expression) is not None


@pytest.mark.parametrize(
    "expression", ["/v1/.*", "GET|HEAD", r"/a/\d+", "(?i)get", r"[^?#;%\\]*", r"\Q(\E", "a{,2}", "(?P<n>a)(?P<n>b)", ""]
)
def test_accepts_what_people_write(expression: str) -> None:
    """Paths and methods as they occur."""
    assert compile_error(expression) is None


def test_deep_nesting_is_refused_without_a_traceback() -> None:
    """An expression nested beyond reason is an error like any other."""
    assert compile_error("(" * 5000 + ")" * 5000) is not None
