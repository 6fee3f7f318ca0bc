"""RE2 syntax and matching, with Google's RE2 as oracle."""

import pytest
import re2
from hypothesis import assume, given, settings

from tests.languages.strategies import expressions, texts
from translator.semantics.languages.budget import Undecided
from translator.semantics.languages.expressions import finite, openings, without_anchors
from translator.semantics.languages.re2 import BadExpression, is_valid_re2, parse_re2
from translator.semantics.languages.states import Matcher

OPTIONS = re2.Options()
OPTIONS.log_errors = False


def accepted_by_re2(text: str) -> bool:
    try:
        re2.compile(text, OPTIONS)
    except re2.error:
        return False
    return True


VALID = (
    *(
        "",
        "a|b",
        "a||b",
        "()",
        "(?:)*",
        "^*",
        r"\b*",
        "a{2}?",
        "a{,5}",
        "a{01}",
        "{",
        "a{",
        "}",
        "]",
        "a{1000}",
        "(a{500}){2}",
    ),
    *(
        "(?P<n>a)",
        "(?<n>a)",
        "(?i-s:a)",
        "(?U)a*",
        "(?)",
        "a(?i)*",
        "a*(?i)*",
        r"\z",
        r"\A",
        r"\Q.*\E",
        r"\Qab",
        r"a\Q\E*",
    ),
    *(
        r"\pN",
        r"\p{Greek}",
        r"\p{^Lu}",
        r"\P{Any}",
        "[[:alpha:]]",
        "[[:^alpha:]]",
        "[:alpha:]",
        "[]a]",
        "[^]a]",
        "[a-]",
    ),
    *(
        "[[.a.]]",
        r"[\d-z]",
        r"\_",
        r"\12",
        r"\0",
        r"\377",
        r"\x{10FFFF}",
        r"[^\x00-\x{10FFFF}]",
        r"\a\f\n\r\t\v",
        r"\<",
    ),
)
INVALID = (
    *(
        "(?=a)",
        "(?!a)",
        "(?<=a)",
        "(?<!a)",
        "(?>a)",
        "(?#a)",
        r"(a)\1",
        r"\8",
        "(?P=n)",
        "a*+",
        "a++",
        "a?+",
        "a**",
        "a{2}{3}",
    ),
    *(
        "a{1001}",
        "a{2,1}",
        "a{1,1001}",
        "(a{7}){150}",
        "((a{0}){1000}){1000}",
        "*",
        "+a",
        "|*",
        "(*)",
        "(?i)*",
        "(",
        ")",
        "(?",
    ),
    *(
        r"\Z",
        r"\G",
        r"\K",
        r"\h",
        r"\R",
        r"\X",
        r"\u0041",
        r"\N",
        r"\e",
        r"\ca",
        "\\",
        r"\é",
        "[",
        "[z-a]",
        r"[a-\d]",
        "[a--]",
    ),
    *(
        "[[:foo:]]",
        "[[:alpha:]",
        r"[\b]",
        r"[\Qa\E]",
        r"\pX",
        r"\p{greek}",
        r"\p",
        r"\x{110000}",
        r"\xg",
        "(?x)a",
        "(?-)",
    ),
    *("(?P<n-a>a)", "(?P<>a)", "(?(1)a|b)", "(?R)", "(?|a)"),
)


@pytest.mark.parametrize("text", VALID)
def test_what_re2_accepts_is_valid(text: str) -> None:
    """RE2's syntax is accepted with everything that is its own."""
    assert accepted_by_re2(text)
    assert is_valid_re2(text) is None


@pytest.mark.parametrize("text", INVALID)
def test_what_re2_refuses_is_invalid_with_a_reason(text: str) -> None:
    """Look-around, back-references, possessive quantifiers, large repeats and foreign escapes are refused."""
    assert not accepted_by_re2(text)
    assert is_valid_re2(text)


@pytest.mark.parametrize("text", [r"\C", "(?P<é>a)"])
def test_what_only_the_proxy_would_take_is_invalid(text: str) -> None:
    """The agent's Go parser refuses two things that Envoy's RE2 knows, so a policy with them is refused."""
    assert accepted_by_re2(text)
    assert is_valid_re2(text)


@given(expressions)
@settings(max_examples=400, deadline=None)
def test_validity_is_re2s(text: str) -> None:
    """Random expressions are valid exactly when RE2 compiles them."""
    assert (is_valid_re2(text) is None) == accepted_by_re2(text)


@given(expressions, texts)
@settings(max_examples=400, deadline=None)
def test_matching_is_re2s(text: str, value: str) -> None:
    """Random valid expressions match whole texts exactly as RE2 does, with and without superfluous anchors."""
    assume(is_valid_re2(text) is None)
    expected = re2.compile(text, OPTIONS).fullmatch(value) is not None
    assert Matcher(parse_re2(text))(value) == expected
    assert Matcher(without_anchors(parse_re2(text)))(value) == expected


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("GET", "GET", True),
        ("/public", "/public/x", False),
        ("/a.*", "/a\n", False),
        ("(?s)/a.*", "/a\n", True),
        ("(?i)k", "\u212a", True),
        ("(?i)[^k]", "\u212a", False),
        (r"\d", "\u0663", False),
        (r"\pL+", "été", True),
        (r"\PL", "é", False),
        ("[[:alpha:]]", "é", False),
        ("[^a]", "\n", True),
        ("^/a$", "/a", True),
        ("a^b", "ab", False),
        (r"a\b.b", "a b", True),
        ("(?m)a$\n^b", "a\nb", True),
    ],
)
def test_matching_is_over_the_whole_value(text: str, value: str, expected: bool) -> None:
    """Full match; ASCII classes; a dot is no newline; case folds as in Unicode."""
    assert Matcher(parse_re2(text))(value) is expected
    assert (re2.compile(text, OPTIONS).fullmatch(value) is not None) is expected


def test_matching_is_linear() -> None:
    """An expression that backtracking engines choke on costs nothing special."""
    assert not Matcher(parse_re2("(a*)*b"))("a" * 2000)


def test_scripts_are_valid_but_undecided() -> None:
    """Python has no table of scripts, so such an expression is valid and never guessed at."""
    assert is_valid_re2(r"\p{Greek}+") is None
    with pytest.raises(Undecided, match="Greek"):
        Matcher(parse_re2(r"\p{Greek}+"))


def test_deep_nesting_is_undecided_or_refused() -> None:
    """Depth neither crashes nor recurses: RE2 refuses a thousand groups, we give up well before."""
    assert is_valid_re2("(" * 900 + ")" * 900) is None
    assert is_valid_re2("(" * 1001 + ")" * 1001)
    with pytest.raises(Undecided):
        Matcher(parse_re2("(" * 900 + ")*" * 900))


def test_the_reason_names_what_is_wrong() -> None:
    """A refusal can be shown to people."""
    with pytest.raises(BadExpression, match=r"\(\?= \(RE2 has no look-around\)"):
        parse_re2("a(?=b)")


@given(expressions)
@settings(max_examples=200, deadline=None)
def test_finite_languages_are_listed_whole(text: str) -> None:
    """Every listed text matches, and every member starts with one of the openings."""
    assume(is_valid_re2(text) is None)
    expression = without_anchors(parse_re2(text))
    matches = Matcher(expression)
    for member in finite(expression) or ():
        assert matches(member)
        assert any(member == start if whole else member.startswith(start) for start, whole in openings(expression))
