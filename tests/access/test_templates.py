"""Path templates: what they match, by the matcher that ``query`` uses, and back from the expression."""

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from tests.access.reading import policy, services
from translator.dialects.access.templates import (
    host_expression,
    host_text,
    path_expression,
    path_template,
)
from translator.dialects.access.texts import TextError
from translator.semantics.languages.matching import HttpRequest, http_matches


def passes(line: str, request: str, host: str = "shop.example") -> bool:
    """Whether an item of ``http`` lets a request through: from the spec to the matcher of ``query``."""
    parsed = services(f"shop/api: {{allow: [{{from: shop/web, port: 8080, http: ['{line}']}}]}}")
    (rule,) = policy(parsed, "shop/api").ingress
    assert rule.layer7 is not None
    assert rule.layer7.http is not None
    method, _, path = request.partition(" ")
    return any(http_matches(match, HttpRequest(method=method, path=path, host=host)) for match in rule.layer7.http)


@pytest.mark.parametrize(
    ("line", "request_line", "expected"),
    [
        ("GET /orders", "GET /orders", True),
        ("GET /orders", "POST /orders", False),
        ("GET /orders", "GET /orders/", False),
        ("GET /orders", "GET /ordersX", False),
        ("GET /orders", "GET /xorders", False),
        ("GET /orders", "GET /orders?page=2", False),
        ("GET /orders", "GET /orders?", False),
        ("GET /orders", "GET //orders", True),
        ("GET /orders", "GET /x/../orders", True),
        ("GET|HEAD /orders", "HEAD /orders", True),
        ("* /orders", "PURGE /orders", True),
        ("GET /orders/{id}", "GET /orders/1", True),
        ("GET /orders/{id}", "GET /orders/a%20b", True),
        ("GET /orders/{id}", "GET /orders/", False),
        ("GET /orders/{id}", "GET /orders", False),
        ("GET /orders/{id}", "GET /orders/1/x", False),
        ("GET /orders/{id}", "GET /orders/1/", False),
        ("GET /orders/{id}", "GET /orders/1?x=1", False),
        ("GET /orders/{id}", "GET /orders/1%2Fx", False),
        ("GET /orders/{id}", "GET /orders/%2e%2e/admin", False),
        ("GET /orders/{id}/lines/{line}", "GET /orders/1/lines/2", True),
        ("GET /orders/{id}.json", "GET /orders/1.json", True),
        ("GET /orders/{id}.json", "GET /orders/1xjson", False),
        ("GET /orders/*", "GET /orders/1", True),
        ("GET /orders/*", "GET /orders/", False),
        ("GET /files/*.pdf", "GET /files/.pdf", True),
        ("GET /files/*.pdf", "GET /files/a.pdf", True),
        ("GET /files/*.pdf", "GET /files/a/b.pdf", False),
        ("POST /orders?*", "POST /orders", True),
        ("POST /orders?*", "POST /orders?a=1&b=/x?y", True),
        ("POST /orders?*", "POST /orders/?a=1", False),
        ("POST /orders?*", "POST /ordersX?a=1", False),
        ("GET /search?q=*", "GET /search?q=shoes", True),
        ("GET /search?q=*", "GET /search?q=", True),
        ("GET /search?q=*", "GET /search", False),
        ("GET /search?q=*", "GET /search?q=shoes&debug=1", False),
        ("* /static/**", "GET /static/", True),
        ("* /static/**", "GET /static/css/a.css", True),
        ("* /static/**", "GET /static", False),
        ("* /static/**", "GET /static/a?v=1", False),
        ("* /static/**", "GET /statics/a", False),
        ("* /static/**", "GET /static/../admin", False),
        ("* /static/**?*", "GET /static/a?v=1", True),
        ("* /static/**?*", "GET /static?v=1", False),
        ("* /**?*", "GET /any/thing?at=all", True),
        ("GET /", "GET /", True),
        ("GET /", "GET /x", False),
        ("GET /v1.0/a+b", "GET /v1.0/a+b", True),
        ("GET /v1.0/a+b", "GET /v1x0/aab", False),
        ("GET regex:/orders/[0-9]+", "GET /orders/12", True),
        ("GET regex:/orders/[0-9]+", "GET /orders/12x", False),
    ],
)
def test_sample_requests(line: str, request_line: str, expected: bool) -> None:
    """Exactly the requests of the template pass, near misses do not."""
    assert passes(line, request_line) is expected


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("orders", "begins with `/`"),
        ("/a/**/b", "`**` is all the rest"),
        ("/a/x**", "`**` is all the rest"),
        ("/a//b", "empty segment"),
        ("/a/../b", "Envoy resolves it"),
        ("/a%2Fb", "Envoy resolves it"),
        ("/a b", "arrives with `a%20b`"),
        ("/%41", "arrives with `A`"),
        ("/a#b", "fragment"),
        ("/{a", "lone brace"),
        ("/{1}", "lone brace"),
        ("/a?", "a query behind `?`"),
        ("/a?b c", "no request can have the query"),
    ],
)
def test_templates_that_no_request_could_match_are_errors(template: str, message: str) -> None:
    """A template that means nothing, or would never match, is refused with the reason."""
    with pytest.raises(TextError, match=message.replace("*", r"\*").replace("?", r"\?").replace("{", r"\{")):
        path_expression(template)


_NAMES = st.text(alphabet="ab.+-", min_size=1, max_size=3).filter(lambda text: text not in (".", ".."))
_SEGMENTS = st.one_of(
    _NAMES,
    st.just("*"),
    st.just("{id}"),
    st.tuples(_NAMES, st.sampled_from(["*", "{x}"]), _NAMES).map("".join),
)
_TEMPLATES = st.builds(
    lambda segments, rest, query: "/" + "/".join(segments) + rest + query,
    st.lists(_SEGMENTS, min_size=1, max_size=3),
    st.sampled_from(["", "/", "/**"]),
    st.sampled_from(["", "?*", "?a=*", "?a=1&b=*"]),
)


@given(_TEMPLATES)
def test_expressions_are_re2_and_become_templates_again(template: str) -> None:
    """What is compiled is valid RE2, and the template read back from it is compiled to the same expression."""
    expression = path_expression(template)
    assert expression is not None
    assert re2.compile(expression)
    back = path_template(expression)
    assert back is not None
    assert path_expression(back) == expression


@pytest.mark.parametrize("expression", ["/orders/[0-9]+", "/a/[^/]+", "/(a|b)", "/a/.+", r"/a\d", ".*", "/a$"])
def test_expressions_of_another_shape_are_no_templates(expression: str) -> None:
    """Only what a template would have been compiled to becomes one."""
    assert path_template(expression) is None


def test_a_host_may_have_a_port() -> None:
    """Requests name the host with or without its port; a port in the spec is that port."""
    assert re2.fullmatch(host_expression("api.example.com"), "api.example.com:8443")
    assert not re2.fullmatch(host_expression("api.example.com"), "apixexample.com")
    assert not re2.fullmatch(host_expression("api.example.com:80"), "api.example.com:81")
    assert re2.fullmatch(host_expression("*.example.com"), "a.example.com")
    assert not re2.fullmatch(host_expression("*.example.com"), "a.b.example.com")
    assert host_text(host_expression("*.example.com")) == "*.example.com"
    assert host_text("api.example.com") is None
