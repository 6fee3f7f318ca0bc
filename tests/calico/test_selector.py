"""Calico's selector language against the engine's own parser, and the laws of text and tree."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vectors import OWN
from translator.dialects.calico.selector import (
    SET_COMPARATORS,
    All,
    Comparison,
    Conjunction,
    Disjunction,
    Has,
    Negation,
    Node,
    holds,
    is_blank,
    map_labels,
    parse,
    text_of,
)
from translator.dialects.calico.selector_tokens import Comparator, SelectorError
from translator.dialects.calico.views import pod_selector
from translator.ir.labels import (
    EVERYTHING,
    NAMESPACE_NAME,
    NOTHING,
    SERVICE_ACCOUNT_NAME,
    Label,
    Operator,
    Requirement,
    Scope,
    conjunction,
    one_of,
)

VECTORS = json.loads((OWN / "calico-selectors.json").read_text(encoding="utf-8"))
LABEL_MAPS = VECTORS["label_maps"]
APP = Label(Scope.POD, "app")


@pytest.mark.parametrize("case", VECTORS["selectors"], ids=lambda case: repr(case["selector"])[:60])
def test_selectors_are_read_as_the_engine_reads_them(case: dict[str, Any]) -> None:
    """Validity, canonical text and the result on twelve label maps are those of Calico's parser."""
    try:
        node = parse(case["selector"])
    except SelectorError:
        assert not case["valid"]
        return
    assert case["valid"]
    assert text_of(node) == case["canonical"]
    assert [holds(node, labels) for labels in LABEL_MAPS] == case["matches"]


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("app == web", 8, "expected a quoted string after `==`, found `web`"),
        ("app = 'web'", 5, "expected `==`, found `=`"),
        ("has (app)", 5, "takes one bare label and no blank before its parenthesis"),
        ("not has(app)", 5, "negation is written `!`"),
        ("app == 'web'\n", 13, "a line break is no white space"),
        ("(app == 'web'", 14, "expected `)`, found the end"),
        ("app == 'a' AND b == 'c'", 12, "expected `&&`, `||` or the end, found `AND`"),
    ],
)
def test_an_error_says_what_was_expected_and_where(text: str, column: int, words: str) -> None:
    """The message names what was expected and what was found, the pointer stands under it."""
    with pytest.raises(SelectorError) as caught:
        parse(text)
    assert caught.value.column == column
    assert words in str(caught.value)
    assert caught.value.pointer.splitlines()[-1] == " " * (column - 1) + "^"


def test_deep_nesting_is_refused_and_not_a_crash() -> None:
    """A thousand parentheses are an error like any other."""
    with pytest.raises(SelectorError, match="nested deeper"):
        parse("(" * 1000 + "has(a)" + ")" * 1000)


def test_blank_is_not_empty() -> None:
    """Only white space is blank; the empty text is an absent field."""
    assert is_blank(" \t")
    assert not is_blank("")
    assert parse(" ") == All()


LABELS = st.text("abcnotinhas._/-19", min_size=1, max_size=8)
VALUES = st.text(st.characters(exclude_characters="\"'", codec="utf-8"), max_size=6)
COMPARISONS = st.one_of(
    st.builds(
        lambda label, comparator, value: Comparison(label, comparator, (value,)),
        LABELS,
        st.sampled_from([each for each in Comparator if each not in SET_COMPARATORS]),
        VALUES,
    ),
    st.builds(
        lambda label, comparator, values: Comparison(label, comparator, tuple(sorted(set(values)))),
        LABELS,
        st.sampled_from(sorted(SET_COMPARATORS)),
        st.lists(VALUES, max_size=3),
    ),
)
LEAVES = st.one_of(st.builds(Has, LABELS), st.just(All()), COMPARISONS)


def _compound(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(nodes, min_size=2, max_size=3).map(tuple)
    plain = nodes.filter(lambda node: not isinstance(node, Negation))
    return st.one_of(plain.map(Negation), several.map(Conjunction), several.map(Disjunction))


NODES: st.SearchStrategy[Node] = st.recursive(LEAVES, _compound, max_leaves=8)


@given(NODES)
def test_text_and_tree_are_inverse(node: Node) -> None:
    """What is printed reads as the same tree (two adjacent negations, which cancel, aside)."""
    assert parse(text_of(node)) == node


@given(NODES, st.dictionaries(LABELS, VALUES, max_size=4))
def test_the_view_of_pods_keeps_the_meaning(node: Node, labels: dict[str, str]) -> None:
    """The selector of the IR holds for a pod exactly when Calico's does for its labels."""
    from translator.ir.labels import matches  # noqa: PLC0415 - beside its use

    pod = {Label(Scope.POD, key): value for key, value in labels.items()}
    pod |= {NAMESPACE_NAME: "shop", SERVICE_ACCOUNT_NAME: "default"}
    assert matches(pod_selector(node), pod) is holds(node, labels)


def test_labels_get_their_prefix_and_functions_none() -> None:
    """Prefixing touches every label and neither all() nor literals."""
    node = map_labels(parse("a == 'a' && (has(b) || all())"), lambda label: f"pcns.{label}")
    assert text_of(node) == '(pcns.a == "a" && (has(pcns.b) || all()))'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("projectcalico.org/orchestrator == 'k8s'", EVERYTHING),
        ("projectcalico.org/orchestrator != 'k8s'", NOTHING),
        ("has(projectcalico.org/namespace)", EVERYTHING),
        ("!has(projectcalico.org/namespace)", NOTHING),
        ("projectcalico.org/namespace == 'shop'", one_of(NAMESPACE_NAME, "shop")),
        ("pcns.projectcalico.org/name == 'shop'", one_of(NAMESPACE_NAME, "shop")),
        ("pcns.kubernetes.io/metadata.name == 'shop'", one_of(NAMESPACE_NAME, "shop")),
        ("pcns.env == 'prod'", one_of(Label(Scope.NAMESPACE, "env"), "prod")),
        ("projectcalico.org/serviceaccount == 'robot'", one_of(SERVICE_ACCOUNT_NAME, "robot")),
        ("pcsa.role in {'b', 'a'}", one_of(Label(Scope.SERVICE_ACCOUNT, "role"), "a", "b")),
        ("app in {}", NOTHING),
        ("app contains ''", Requirement(APP, Operator.HAS)),
        ("!(app starts with 'w')", Requirement(APP, Operator.NOT_STARTS_WITH, ("w",))),
        ("app == 'a' && all()", one_of(APP, "a")),
        (
            "app == 'a' && pcns.env == 'prod'",
            conjunction(one_of(APP, "a"), one_of(Label(Scope.NAMESPACE, "env"), "prod")),
        ),
    ],
)
def test_what_calico_adds_to_pods_is_folded(text: str, expected: object) -> None:
    """Calico's own labels are constants or names of the namespace and the service account."""
    assert pod_selector(parse(text)) == expected


def test_a_pod_without_service_account_keeps_the_question_open() -> None:
    """Where the context knows static pods, "has a service account" is a real question."""
    node = parse("has(projectcalico.org/serviceaccount)")
    assert pod_selector(node) == EVERYTHING
    assert pod_selector(node, all_have_accounts=False) == Requirement(SERVICE_ACCOUNT_NAME, Operator.HAS)
