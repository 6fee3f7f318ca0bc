"""Concrete matching of requests: Calico's checker by its own answers, Envoy's normalisation by its rules."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.languages.strategies import calico_exact, calico_prefix, exact, regex, request_paths
from translator.ir.layer7 import HeaderMatch, HttpMatch, Pattern
from translator.semantics.languages.matching import (
    HttpRequest,
    InvalidRequest,
    envoy_path,
    http_matches,
    pattern_matches,
)

ROWS = json.loads((Path(__file__).parents[1] / "data" / "calico-http.json").read_text(encoding="utf-8"))


def rule(row: dict[str, Any]) -> HttpMatch:
    """A row of the table as the Calico dialect would parse it: no list and ``*`` are any."""
    methods, paths = row["methods"], row["paths"]
    return HttpMatch(
        methods=None if not methods or "*" in methods else tuple(map(exact, methods)),
        paths=None if not paths else tuple(pattern for path in paths for pattern in patterns(path)),
    )


def patterns(path: dict[str, str]) -> list[Pattern]:
    makers = {"exact": calico_exact, "prefix": calico_prefix}
    return [makers[kind](text) for kind, text in path.items()]


def test_every_answer_of_calicos_checker_is_ours() -> None:
    """All 299 requests of the table: match, no match, or an error of the whole evaluation."""
    assert len(ROWS) == 299
    for row in ROWS:
        method, path = row["request"]
        try:
            answer: bool | str = http_matches(rule(row), HttpRequest(method=method, path=path))
        except InvalidRequest:
            answer = "error"
        assert answer == row["match"], row


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/xyz", "/xyz"),
        ("/a/b/../c", "/a/c"),
        ("/a/b/./c", "/a/b/c"),
        ("/a/b/../../../../c", "/c"),
        ("/a/..\\c", "/c"),
        ("/a/b/%2E%2e/c", "/a/c"),
        ("/a%2eb", "/a.b"),
        ("/a%2Fb", "/a/b"),
        ("/%5c%25", "/%25"),
        ("/%c0%af", "/%c0%af"),
        ("/%66oo", "/foo"),
        ("/a%20b", "/a%20b"),
        ("/a b{é", "/a%20b%7B%C3%A9"),
        ("/a//b/c//", "/a/b/c/"),
        ("/a//../b", "/a/b"),
        ("/a/.", "/a/"),
        ("/a/..", "/"),
        ("/..", "/"),
        ("/a/..;/b", "/a/..;/b"),
        ("/a/b?a=///../c", "/a/b?a=///../c"),
        ("/%%32f", "/%252f"),
        ("/%%30%30", "/%2500"),
        ("/a%zz", "/a%zz"),
        ("/a%00b", None),
        ("/a#b", None),
        ("*", None),
        ("", None),
    ],
)
def test_envoy_normalises_paths(path: str, expected: str | None) -> None:
    """Dot segments, slashes, unreserved escapes; the query stays; a fragment, a NUL and no slash are refused."""
    assert envoy_path(path) == expected


@given(request_paths)
@settings(max_examples=400, deadline=None)
def test_envoys_normal_form_is_stable(path: str) -> None:
    """A path that Envoy has normalised stays as it is."""
    normal = envoy_path(path)
    assert normal is None or envoy_path(normal) == normal


def test_cilium_compares_the_normalised_path() -> None:
    """Dot segments do not escape a Cilium rule, and the query is part of what is compared."""
    public = HttpMatch(paths=(regex("/public/.*"),))
    assert http_matches(public, HttpRequest(path="/x/../public/a"))
    assert not http_matches(public, HttpRequest(path="/public/../admin"))
    assert not http_matches(HttpMatch(paths=(regex("/a"),)), HttpRequest(path="/a?x=1"))


def test_calico_gives_up_on_a_relative_path_only_when_it_gets_there() -> None:
    """The method is asked first; a rule without paths never looks at the path."""
    rule_ = HttpMatch(methods=(exact("GET"),), paths=(calico_exact("/a"),))
    assert not http_matches(rule_, HttpRequest(method="POST", path="relative"))
    assert http_matches(HttpMatch(methods=(exact("GET"),)), HttpRequest(method="GET", path="relative"))
    with pytest.raises(InvalidRequest):
        http_matches(rule_, HttpRequest(method="GET", path="relative"))


def test_missing_attributes_match_in_calico_and_not_in_cilium() -> None:
    """Calico's checker passes over what a request does not have; Envoy has nothing to compare."""
    assert http_matches(HttpMatch(methods=(exact("GET"),), paths=(calico_exact("/a"),)), HttpRequest())
    assert not http_matches(HttpMatch(methods=(regex("GET"),)), HttpRequest())
    assert not http_matches(HttpMatch(paths=(regex(".*"),)), HttpRequest())
    assert not http_matches(HttpMatch(hosts=(regex(".*"),)), HttpRequest())


def test_parts_are_anded_and_members_ored() -> None:
    """One alternative asks for everything it names; an empty list matches nothing."""
    rule_ = HttpMatch(methods=(regex("GET|HEAD"),), paths=(regex("/a"), regex("/b")), hosts=(regex("h(:[0-9]+)?"),))
    assert http_matches(rule_, HttpRequest(method="HEAD", path="/b", host="h:80"))
    assert not http_matches(rule_, HttpRequest(method="HEAD", path="/b", host="h:x"))
    assert not http_matches(rule_, HttpRequest(method="PUT", path="/b", host="h"))
    assert not http_matches(HttpMatch(paths=()), HttpRequest(path="/"))


def test_headers_by_presence_or_value() -> None:
    """Names in any case; a value is compared exactly; extras restrict nothing."""
    request = HttpRequest(headers={"X-Key": "v"})
    assert http_matches(HttpMatch(headers=(HeaderMatch(name="x-key"),), extras=("ADD x",)), request)
    assert http_matches(HttpMatch(headers=(HeaderMatch(name="X-Key", value="v"),)), request)
    assert not http_matches(HttpMatch(headers=(HeaderMatch(name="X-Key", value="V"),)), request)
    assert not http_matches(HttpMatch(headers=(HeaderMatch(name="X-Other"),)), request)


def test_an_expression_that_re2_refuses_matches_nothing() -> None:
    """The agent accepts any host; Envoy then fails it, so nothing gets through."""
    assert not pattern_matches(regex("(?=a)a"), "a")
