"""Methods and paths in the other engine's words never match more than they say."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.languages.strategies import (
    calico_exact,
    calico_patterns,
    calico_prefix,
    exact,
    path_expressions,
    plain_paths,
    regex,
    request_paths,
)
from translator.ir.layer7 import HeaderMatch, HttpMatch, Pattern
from translator.semantics.languages.calico_choice import Witness
from translator.semantics.languages.matching import (
    HttpRequest,
    InvalidRequest,
    envoy_path,
    http_matches,
    pattern_matches,
)
from translator.semantics.languages.re2 import is_valid_re2
from translator.semantics.languages.rewriting import (
    Cost,
    Tolerance,
    calico_methods,
    calico_paths,
    cilium_methods,
    cilium_paths,
    for_calico,
    for_cilium,
)

ROWS = json.loads((Path(__file__).parents[1] / "data" / "calico-http.json").read_text(encoding="utf-8"))


def accepts(patterns: tuple[Pattern, ...] | None, path: str) -> bool:
    return patterns is None or any(pattern_matches(each, path) for each in patterns)


@pytest.mark.parametrize(
    ("path", "expression"),
    [
        (calico_exact("/v1.0/status"), r"/v1\.0/status/?(\?.*)?"),
        (calico_prefix("/orders"), r"/orders(/[^?#;%\\]*)?(\?.*)?"),
        (calico_prefix("/orders/"), r"/orders(/[^?#;%\\]*)?(\?.*)?"),
        (calico_exact("/"), r"/(\?.*)?"),
        (calico_prefix("/a/.."), r"/[^?#;%\\]*(\?.*)?"),
        (calico_exact("/a b+"), r"/a%20b\+/?(\?.*)?"),
        (calico_exact("/é"), r"/%[Cc]3%[Aa]9/?(\?.*)?"),
        (calico_exact("/a%3fb"), r"/a%3[Ff]b/?(\?.*)?"),
        (regex("/own.*"), "/own.*"),
    ],
)
def test_calico_paths_as_an_expert_writes_them(path: Pattern, expression: str) -> None:
    """Escaped, with room for the query and the slash that Calico ignores, and without what it reads differently."""
    assert cilium_paths((path,)).patterns == (regex(expression),)
    assert is_valid_re2(expression) is None


def test_a_path_that_never_matches_is_no_expression() -> None:
    """Calico accepts rule paths that cannot be decoded; they match nothing, and that is exact."""
    rewritten = cilium_paths((calico_exact("/a%zz"),))
    assert rewritten.patterns == ()
    assert rewritten.is_exact


def test_calico_to_cilium_on_calicos_own_table() -> None:
    """On all requests of the table Cilium refuses whatever Calico refuses."""
    narrowed = 0
    for row in ROWS:
        method, path = row["request"]
        paths = tuple(
            (calico_exact if kind == "exact" else calico_prefix)(text)
            for item in row["paths"] or ()
            for kind, text in item.items()
        )
        methods = None if not row["methods"] or "*" in row["methods"] else tuple(map(exact, row["methods"]))
        if method is None or path is None or not paths:
            continue
        matches, _ = for_cilium(HttpMatch(methods=methods, paths=paths))
        answer = any(http_matches(each, HttpRequest(method=method, path=path)) for each in matches)
        assert row["match"] is True or not answer, row
        narrowed += row["match"] is True and not answer
    assert 0 < narrowed < 60


@given(st.lists(calico_patterns, max_size=3), st.lists(request_paths, max_size=10))
@settings(max_examples=300, deadline=None)
def test_calico_to_cilium_never_widens(patterns: list[Pattern], paths: list[str]) -> None:
    """Whatever Envoy forwards, Calico would have accepted as well; what narrows says so."""
    rewritten = cilium_paths(tuple(patterns))
    assert rewritten.widens is None
    for path in paths:
        forwarded = envoy_path(path)
        if forwarded is None:
            continue
        before, after = accepts(tuple(patterns), forwarded), accepts(rewritten.patterns, forwarded)
        assert before or not after, path
        assert rewritten.narrows or before == after, path


@given(st.lists(calico_patterns, max_size=3), plain_paths)
@settings(max_examples=200, deadline=None)
def test_calico_to_cilium_is_exact_on_plain_paths(patterns: list[Pattern], path: str) -> None:
    """Plain clients notice nothing."""
    assert accepts(cilium_paths(tuple(patterns)).patterns, path) == accepts(tuple(patterns), path)


@given(
    st.lists(path_expressions, max_size=3), st.lists(st.one_of(request_paths, plain_paths), max_size=10), st.booleans()
)
@settings(max_examples=200, deadline=None)
def test_cilium_to_calico_says_which_way_it_changes(patterns: list[Pattern], paths: list[str], cover: bool) -> None:
    """No request changes sides without a witness in that direction, and odd witnesses mean odd requests only."""
    rewritten = calico_paths(tuple(patterns), cover=cover)
    for path in paths:
        forwarded = envoy_path(path)
        if forwarded is None:
            continue
        odd = bool({"%", ";"} & set(forwarded.partition("?")[0]))
        before, after = accepts(tuple(patterns), forwarded), accepts(rewritten.patterns, forwarded)
        for changed, witness in ((before and not after, rewritten.narrows), (after and not before, rewritten.widens)):
            if changed:
                assert witness is not None, path
                assert odd or not witness.odd, path
    for witness, value in ((rewritten.narrows, True), (rewritten.widens, False)):
        if witness:
            assert accepts(tuple(patterns), witness.sample) is value
            assert accepts(rewritten.patterns, witness.sample) is not value
    if not cover:
        assert rewritten.widens is None or rewritten.widens.odd


@pytest.mark.parametrize(
    ("expression", "patterns"),
    [
        (r"/foo/?(\?.*)?", (calico_exact("/foo"),)),
        (r"/foo(/.*)?(\?.*)?", (calico_prefix("/foo"),)),
        (r"/foo(/[^?#;%\\]*)?(\?.*)?", (calico_prefix("/foo"),)),
        (r"/foo([/?].*)?", (calico_prefix("/foo"),)),
        (r"^/foo(/.*|\?.*)?$", (calico_prefix("/foo"),)),
        (r"/(a|b/c)(/.*)?(\?.*)?", (calico_prefix("/a"), calico_prefix("/b/c"))),
        (".*", None),
        ("/.*", None),
    ],
)
def test_expressions_that_calico_can_say(expression: str, patterns: tuple[Pattern, ...] | None) -> None:
    """Exact on plain paths; on odd ones Calico lets more through, which the witness shows."""
    rewritten = calico_paths((regex(expression),))
    assert rewritten.patterns == patterns
    for witness in (rewritten.narrows, rewritten.widens):
        assert witness is None or witness.odd


def test_a_plain_path_without_query_is_never_silently_an_exact_path() -> None:
    """``/foo`` refuses ``/foo?x``, Calico's exact ``/foo`` does not: nothing by default, and said when wanted."""
    assert calico_paths((regex("/foo"),)).patterns == ()
    assert calico_paths((regex("/foo"),)).narrows == Witness("/foo")
    covering = calico_paths((regex("/foo"),), cover=True)
    assert covering.patterns == (calico_exact("/foo"),)
    assert covering.widens is not None
    assert not covering.widens.odd


def test_a_prefix_without_boundary_narrows_to_the_segment() -> None:
    """``/foo.*`` keeps what is below ``/foo`` and loses ``/foobar``; covering does not open the whole tree for it."""
    for cover in (False, True):
        rewritten = calico_paths((regex("/foo.*"),), cover=cover)
        assert rewritten.patterns == (calico_prefix("/foo"),)
        assert rewritten.narrows == Witness("/foox")


@pytest.mark.parametrize(
    ("expression", "listed", "narrows"),
    [
        ("GET", ("GET",), False),
        ("GET|HEAD", ("GET", "HEAD"), False),
        ("^(GET|HEAD)$", ("GET", "HEAD"), False),
        ("P(UT|OST)", ("PUT", "POST"), False),
        ("P.*", ("POST", "PUT", "PATCH"), True),
        (r"GET|\*", ("GET",), True),
        (".*", None, False),
        ("", (), False),
    ],
)
def test_methods_for_calico(expression: str, listed: tuple[str, ...] | None, narrows: bool) -> None:
    """Finite languages are listed whole, endless ones by the common methods; ``*`` would mean any and is left out."""
    rewritten = calico_methods((regex(expression),))
    assert rewritten.patterns == (None if listed is None else tuple(map(exact, listed)))
    assert (rewritten.narrows is not None) is narrows
    assert rewritten.widens is None


def test_methods_for_cilium() -> None:
    """One expression, escaped; what is no token never arrives; flags stay where they belong."""
    assert cilium_methods((exact("GET"), exact("HEAD"), exact("GET"))).patterns == (regex("GET|HEAD"),)
    assert cilium_methods((exact("M.X"), exact(""), exact("a b"))).patterns == (regex(r"M\.X"),)
    assert cilium_methods((regex("(?i)get"), exact("PUT"))).patterns == (regex("(?:(?i)get)|PUT"),)
    assert cilium_methods((exact(""),)).patterns == ()
    assert cilium_methods(None).patterns is None


def test_an_alternative_for_cilium_is_one_for_each_path() -> None:
    """The exemplar: two items with the same methods, and the normalisation declared."""
    match = HttpMatch(
        methods=(exact("GET"), exact("HEAD")), paths=(calico_exact("/v1.0/status"), calico_prefix("/orders"))
    )
    matches, shortfalls = for_cilium(match)
    assert [each.paths for each in matches] == [
        (regex(r"/v1\.0/status/?(\?.*)?"),),
        (regex(r"/orders(/[^?#;%\\]*)?(\?.*)?"),),
    ]
    assert {each.methods for each in matches} == {(regex("GET|HEAD"),)}
    assert [(each.code, each.cost) for each in shortfalls] == [("http-path-normalisation", Cost.FEWER)]


@pytest.mark.parametrize(
    ("match", "codes"),
    [
        (HttpMatch(hosts=(regex("a"),)), ["http-host"]),
        (HttpMatch(headers=(HeaderMatch(name="x"),)), ["http-headers"]),
        (HttpMatch(paths=(regex("/a"),)), ["http-query"]),
        (HttpMatch(paths=(regex("/a[0-9]+"),)), ["http-path"]),
        (HttpMatch(paths=(regex("/a(/.*)?(\\?.*)?"),)), ["http-path-normalisation"]),
        (HttpMatch(methods=(regex("X-.*"),)), ["http-method"]),
        (HttpMatch(paths=(regex(r"/\p{Greek}"),)), ["http-path"]),
    ],
)
def test_an_alternative_that_calico_cannot_say_is_left_out(match: HttpMatch, codes: list[str]) -> None:
    """Nothing that a request could get through by is kept unless asked for."""
    matches, shortfalls = for_calico(match)
    assert matches == ()
    assert [each.code for each in shortfalls] == codes
    assert {each.cost for each in shortfalls} == {Cost.DROPPED}
    wider, declared = for_calico(match, tolerance=Tolerance.ANYTHING)
    assert wider
    assert Cost.MORE in {each.cost for each in declared}


def test_an_alternative_that_calico_can_say() -> None:
    """Everything but odd paths; header actions have no say in verdicts; a host that is any host is no demand."""
    match = HttpMatch(
        methods=(regex("GET"),), paths=(regex(r"/a(/.*)?(\?.*)?"),), hosts=(regex(".*"),), extras=("LOG x",)
    )
    matches, shortfalls = for_calico(match, tolerance=Tolerance.ODD)
    assert matches == (HttpMatch(methods=(exact("GET"),), paths=(calico_prefix("/a"),)),)
    assert [(each.code, each.cost) for each in shortfalls] == [
        ("http-path-normalisation", Cost.FEWER),
        ("http-path-normalisation", Cost.MORE),
        ("http-header-actions", Cost.INERT),
    ]
    assert for_calico(HttpMatch(paths=(regex("/.*"),))) == ((HttpMatch(),), ())


_alternatives = st.builds(
    HttpMatch,
    methods=st.none() | st.tuples(st.sampled_from(["GET|HEAD", "P.*", ".*", "X-.*"]).map(regex)),
    paths=st.none() | st.lists(path_expressions, max_size=2).map(tuple),
    hosts=st.none() | st.tuples(st.sampled_from([".*", "a"]).map(regex)),
)


@given(
    _alternatives,
    st.sampled_from(["GET", "POST", "X-A"]),
    st.one_of(request_paths, plain_paths),
    st.sampled_from(Tolerance),
)
@settings(max_examples=200, deadline=None)
def test_alternatives_for_calico_keep_their_word(
    match: HttpMatch, method: str, path: str, tolerance: Tolerance
) -> None:
    """A request that changes sides is covered by a shortfall of that direction."""
    forwarded = envoy_path(path)
    if forwarded is None:
        return
    request = HttpRequest(method=method, path=forwarded, host="a")
    matches, shortfalls = for_calico(match, tolerance=tolerance)
    try:
        after = any(http_matches(each, request) for each in matches)
    except InvalidRequest:
        after = False
    before = http_matches(match, request)
    costs = {each.cost for each in shortfalls}
    if after and not before:
        assert Cost.MORE in costs
        assert tolerance is not Tolerance.NOTHING
    if before and not after:
        assert costs & {Cost.FEWER, Cost.DROPPED}
