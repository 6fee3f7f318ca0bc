"""Atoms of patterns: exact over what can arrive, with samples, or undecided."""

from collections.abc import Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.languages.strategies import (
    calico_exact,
    calico_patterns,
    calico_prefix,
    exact,
    expressions,
    path_expressions,
    plain_paths,
    regex,
    request_paths,
)
from translator.ir.layer7 import Pattern
from translator.semantics.languages import automata
from translator.semantics.languages.automata import (
    Atom,
    Budget,
    Component,
    Undecided,
    atoms,
    equivalent,
    included,
    intersects,
    odd_samples,
)
from translator.semantics.languages.matching import envoy_path, pattern_matches
from translator.semantics.languages.re2 import is_valid_re2, parse_re2
from translator.semantics.languages.states import matcher
from translator.semantics.languages.universes import READABLE, UNREADABLE, universe


def holding(patterns: Sequence[Pattern], value: str) -> frozenset[int]:
    return frozenset(index for index, pattern in enumerate(patterns) if pattern_matches(pattern, value))


def check(patterns: Sequence[Pattern], component: Component, values: Sequence[str]) -> tuple[Atom, ...]:
    """Atoms differ, samples can arrive and belong to them, and every value that can arrive is in one."""
    found = atoms(patterns, component=component)
    members = [atom.members for atom in found]
    assert len(set(members)) == len(members)
    arrives = matcher(universe(component))
    for atom in found:
        assert arrives(atom.sample), atom
        assert atom.members == holding(patterns, atom.sample), atom
    for value in values:
        if arrives(value):
            assert holding(patterns, value) in members, value
    return found


_methods = st.sampled_from(["GET", "GET|HEAD", "P.*", "[A-Z]+", "(?i)get", ".*", "G.T", "^PUT$", "X-[^-]+"]).map(regex)
_method_names = st.sampled_from(["GET", "HEAD", "get", "POST", "PUT", "X-A", "G", "A B", ""])


@given(st.lists(st.one_of(_methods, _method_names.map(exact)), max_size=5), st.lists(_method_names, max_size=6))
@settings(max_examples=150, deadline=None)
def test_methods(patterns: list[Pattern], values: list[str]) -> None:
    """Atoms of methods agree with matching; only tokens can arrive."""
    check(patterns, "method", values)


@given(
    st.lists(expressions.filter(lambda text: is_valid_re2(text) is None), max_size=3),
    st.lists(st.text("ab/.A_1-", max_size=5)),
)
@settings(max_examples=150, deadline=None)
def test_any_expressions(texts: list[str], values: list[str]) -> None:
    """Atoms of random expressions over header values agree with matching."""
    check([regex(text) for text in texts], "header", values)


@given(st.lists(path_expressions, max_size=3), st.lists(request_paths, max_size=8))
@settings(max_examples=150, deadline=None)
def test_paths_of_expressions(patterns: list[Pattern], paths: list[str]) -> None:
    """Atoms of Cilium's paths cover every path that Envoy forwards."""
    found = check(patterns, "path", [normal for path in paths if (normal := envoy_path(path)) is not None])
    assert not any(atom.odd for atom in found)


@given(st.lists(calico_patterns, max_size=4), st.lists(request_paths, max_size=8))
@settings(max_examples=150, deadline=None)
def test_paths_of_calico(patterns: list[Pattern], paths: list[str]) -> None:
    """Atoms of Calico's paths cover every path whatsoever, normalised by Envoy or not."""
    found = atoms(patterns, component="path")
    for atom in found:
        assert atom.members == holding(patterns, atom.sample)
    for path in paths:
        assert holding(patterns, path) in [atom.members for atom in found]


@given(
    st.lists(calico_patterns, min_size=1, max_size=3),
    st.lists(path_expressions, min_size=1, max_size=2),
    st.lists(request_paths, max_size=8),
)
@settings(max_examples=60, deadline=None)
def test_paths_of_both(calico: list[Pattern], cilium: list[Pattern], paths: list[str]) -> None:
    """Mixed atoms cover every forwarded path, odd ones too; those with ``..;`` have a test of their own."""
    readable, unreadable = matcher(parse_re2(READABLE)), matcher(parse_re2(UNREADABLE))
    normal = [path for each in paths if (path := envoy_path(each)) is not None]
    found = check([*calico, *cilium], "path", [path for path in normal if readable(path) or unreadable(path)])
    for atom in found:
        assert atom.odd == bool({"%", ";"} & set(atom.sample.partition("?")[0]))


_names = st.lists(st.sampled_from(["a", "b", "x", "ab", "c1"]), max_size=3)


@given(
    st.lists(calico_patterns, min_size=1, max_size=3),
    st.lists(path_expressions, min_size=1, max_size=2),
    _names,
    st.integers(0, 2),
    _names,
)
@settings(max_examples=150, deadline=None)
def test_ways_back_to_the_root(
    calico: list[Pattern], cilium: list[Pattern], down: list[str], more: int, on: list[str]
) -> None:
    """Paths on which ``..;`` leads Calico back to the root, and Envoy nowhere, are in an atom."""
    path = "/" + "/".join([*down, *["..;"] * (len(down) + more), *on])
    patterns = [*calico, *cilium]
    if envoy_path(path) == path:
        assert holding(patterns, path) in [atom.members for atom in atoms(patterns, component="path")]


@given(st.lists(calico_patterns, max_size=3), st.lists(path_expressions, max_size=2), plain_paths)
@settings(max_examples=100, deadline=None)
def test_plain_paths_are_in_plain_atoms(calico: list[Pattern], cilium: list[Pattern], path: str) -> None:
    """What plain clients send never needs an odd sample."""
    patterns = [*calico, *cilium]
    found = {atom.members: atom for atom in atoms(patterns, component="path")}
    assert not found[holding(patterns, path)].odd


@given(
    st.lists(
        st.sampled_from(["/a", "/a/b", "/a.*", "/a/.*", "/ab.*", "/(a|b)", "/b?", "/.*", "//.*", "x.*", "/a/b.*"]).map(
            regex
        ),
        max_size=5,
    )
)
@settings(max_examples=150, deadline=None)
def test_the_short_cut_agrees_with_the_automaton(patterns: list[Pattern]) -> None:
    """Texts and prefixes are decided by hand, with the same atoms."""
    others = [(index, automata.expression_of(pattern)) for index, pattern in enumerate(patterns)]
    by_hand = automata._simple(others, "path")
    assume(by_hand is not None)
    assert by_hand is not None
    assert by_hand.keys() == automata._explored(others, "path", Budget()).keys()


def test_the_exemplar_only_narrows_and_only_on_odd_paths() -> None:
    """What Cilium accepts is what Calico accepts, but for paths with ``%`` or ``;``."""
    before = [calico_exact("/v1.0/status"), calico_prefix("/orders")]
    after = [regex(r"/v1\.0/status/?(\?.*)?"), regex(r"/orders(/[^?#;%\\]*)?(\?.*)?")]
    assert included(after, before, component="path")
    assert not included(before, after, component="path")
    assert [atom.odd for atom in atoms([*before, *after], component="path")] == [False, False, False, True, True]


@pytest.mark.parametrize(
    ("prefix", "expression", "sample"),
    [
        ("/orders", "/orders.*", "/ordersx"),
        ("/orders", r"/orders(/.*)?", "/orders/..;"),
        ("/orders", r"/orders(/[^?#;\\]*)?(\?.*)?", "/orders/%"),
        ("/", ".*", "/%"),
    ],
)
def test_a_careless_translation_widens(prefix: str, expression: str, sample: str) -> None:
    """A missing segment boundary, ``..;`` and escapes each let something through that Calico refuses."""
    assert not included(regex(expression), calico_prefix(prefix), component="path")
    assert pattern_matches(regex(expression), sample)
    assert not pattern_matches(calico_prefix(prefix), sample)


def test_plain_relations() -> None:
    """Unions, no restriction (None) and nothing (``()``)."""
    assert equivalent(regex("GET|HEAD"), (exact("HEAD"), exact("GET")), component="method")
    assert equivalent(None, regex(".*"), component="path")
    assert not equivalent(None, regex("/a.*"), component="path")
    assert included((), regex("a"), component="host")
    assert not intersects((), None, component="host")
    assert intersects(regex("/a/.*"), regex(".*/b"), component="path")
    assert not intersects(regex("/a/.*"), regex("/b.*"), component="path")
    assert equivalent(calico_prefix("/a/"), calico_prefix("/x/../a"), component="path")
    assert equivalent(regex("(a|b)*"), regex("(a*b*)*"), component="header")


_small = st.recursive(
    st.sampled_from(["a", "b", "[ab]", ".", "[^a]", "c"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}"])).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    ),
    max_leaves=6,
)


@given(_small, _small)
@settings(max_examples=150, deadline=None)
def test_relations_agree_with_another_program(a: str, b: str) -> None:
    """interegular decides the same over header values, cut down to the same alphabet."""
    interegular = pytest.importorskip("interegular")
    within = interegular.parse_pattern("[abcx]*").to_fsm()
    left, right = (interegular.parse_pattern(text).to_fsm() & within for text in (a, b))
    alphabet = regex("[abcx]*")
    compared = [
        (0 in atom.members, 1 in atom.members)
        for atom in atoms([regex(a), regex(b), alphabet], component="header")
        if 2 in atom.members
    ]
    assert all(in_b or not in_a for in_a, in_b in compared) == left.issubset(right)
    assert any(in_a and in_b for in_a, in_b in compared) == (not left.isdisjoint(right))


def test_samples_read_well() -> None:
    """Known methods, short paths, names that look like names."""
    assert [atom.sample for atom in atoms([regex("GET|PUT")], component="method")] == ["POST", "GET"]
    assert [atom.sample for atom in atoms([regex("/v1/.*"), exact("/")], component="path")] == ["/x", "/v1/", "/"]
    assert [atom.sample for atom in atoms([regex(r"[a-z]+\.shop(:80)?")], component="host")] == [
        "example.com",
        "x.shop",
    ]


def test_the_same_question_has_the_same_answer() -> None:
    """Nothing depends on hashing or on what was asked before."""
    patterns = [regex("/a(/[^/]*)?"), calico_prefix("/a"), regex(".*;.*")]
    first = atoms(patterns, component="path")
    automata._atoms.cache_clear()
    assert atoms(patterns, component="path") == first


def test_undecided_beyond_the_budget() -> None:
    """A state explosion ends in Undecided, counted in work and not in time."""
    hard = [regex("(a|b)*a(a|b){14}"), regex("(a|b)*b(a|b){14}")]
    with pytest.raises(Undecided, match="states"):
        atoms(hard, component="header")
    with pytest.raises(Undecided, match="instructions"):
        atoms([regex("((a{30}b{30}){30}c)*")], component="header", budget=Budget(size=1000))


@pytest.mark.parametrize("text", ["(?=a)", r"\p{Greek}"])
def test_undecided_when_not_understood(text: str) -> None:
    """What RE2 refuses or Python cannot know is never guessed at."""
    with pytest.raises(Undecided):
        atoms([regex(text)], component="host")


def test_odd_samples_are_what_expressions_match_beyond_plain_paths() -> None:
    """Expressions that keep to plain paths have none."""
    assert odd_samples([regex(r"/orders(/[^?#;%\\]*)?(\?.*)?")]) == ()
    (sample,) = odd_samples([regex("/orders/.*")])
    assert pattern_matches(regex("/orders/.*"), sample)
