"""What the property tests of this folder draw from: small expressions, odd and plain request paths."""

from hypothesis import strategies as st

from translator.ir.layer7 import Pattern, Syntax


def regex(text: str) -> Pattern:
    return Pattern(Syntax.REGEX, text)


def exact(text: str) -> Pattern:
    return Pattern(Syntax.EXACT, text)


def calico_exact(text: str) -> Pattern:
    return Pattern(Syntax.CALICO_EXACT, text)


def calico_prefix(text: str) -> Pattern:
    return Pattern(Syntax.CALICO_PREFIX, text)


PIECES = (
    *"ab[]()|*+?{}^$.-/\\,:",
    *(
        "(?i)",
        "(?:",
        "(?P<n>",
        "(?s)",
        "(?m)",
        "[[:alpha:]]",
        "[^a]",
        "[a-c]",
        r"\d",
        r"\w",
        r"\W",
        r"\b",
        r"\B",
        r"\A",
    ),
    *(r"\z", r"\.", r"\Q.\E", r"\x41", r"\pL", "{2}", "{1,3}", "{0,1001}", "(?=", "(?<=", "(?>", r"\1", "*+", "[:"),
)
expressions = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
texts = st.text(alphabet="ab/.A_1\n-é", max_size=6)

_SEGMENTS = (
    "",
    "a",
    "b",
    "ab",
    "a.b",
    "x",
    ".",
    "..",
    "...",
    "a;v",
    ";",
    "..;",
    ".;x",
    "%61",
    "%20",
    "a%3b",
    "%2e",
    "é",
    "a b",
)
_SEPARATORS = ("/", "/", "/", "//", "%2f", "\\", "%5C")
_TAILS = ("", "", "", "/", "?", "?x=/a", "/?", "%", "%zz", "#f", "%00", "%252e", ";")
request_paths = st.builds(
    lambda parts, tail: "/" + "".join(segment + separator for segment, separator in parts).removesuffix("/") + tail,
    st.lists(st.tuples(st.sampled_from(_SEGMENTS), st.sampled_from(_SEPARATORS)), max_size=5),
    st.sampled_from(_TAILS),
)
plain_paths = st.builds(
    lambda parts, tail: "/" + "/".join(parts) + tail,
    st.lists(st.sampled_from(("a", "b", "ab", "a.b", "x", "c1")), max_size=4),
    st.sampled_from(("", "?", "?x=1")),
)
_RULE_PATHS = (
    "/",
    "/a",
    "/a/",
    "/ab",
    "/a/b",
    "/b",
    "/a.b",
    "/a/../b",
    "//a",
    "/a;x",
    "/a b",
    "/é",
    "/%61",
    "/a%zz",
    "/x/a",
)
calico_patterns = st.builds(
    Pattern, st.sampled_from((Syntax.CALICO_EXACT, Syntax.CALICO_PREFIX)), st.sampled_from(_RULE_PATHS)
)
_PATH_EXPRESSIONS = (
    *(
        "/a",
        "/a.*",
        "/a/.*",
        "/a(/.*)?",
        r"/a(/.*)?(\?.*)?",
        r"/a/?(\?.*)?",
        r"/(a|b)(/[^?]*)?",
        "/[a-c]+/b",
        ".*",
        "/.*",
    ),
    *(
        r"/a\?x=1",
        r"/a(/[^?#;%\\]*)?(\?.*)?",
        "/a;v",
        "/a%20b",
        ".*b",
        "/a/[^/]+/b",
        "(?i)/AB",
        r"/.*%.*",
        "/b.+",
        r"/a\.b",
    ),
)
path_expressions = st.sampled_from(_PATH_EXPRESSIONS).map(regex)
