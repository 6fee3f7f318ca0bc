"""Laws of reading and writing, over generated data and text."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from translator.documents.comments import Comment, comments_of, dump_with_comments
from translator.documents.emitter import dump
from translator.documents.loading import load_text
from translator.origin import FieldPath

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text(
    "yn0123456789.eExo_-+:/ #'\"\\\n", max_size=6
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False).filter(
        lambda value: not value.is_integer() or abs(value) >= 1e21
    )
    | TEXTS
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=20
)
DATA = st.dictionaries(TEXTS, VALUES, max_size=5).filter(lambda data: "kind" not in data and "metadata" not in data)

PIECES = [
    *(
        "a",
        "b: ",
        "- ",
        "? ",
        ": ",
        "\n",
        "\n  ",
        "\n- ",
        "  ",
        "\t",
        "---\n",
        "\n---\n",
        "...\n",
        "[",
        "]",
        "{",
        "}",
        ", ",
    ),
    *(
        "&a ",
        "*a",
        "<<: ",
        "!!str ",
        "! ",
        "!x ",
        "'",
        '"',
        "|\n",
        ">-\n",
        "#",
        " # c",
        "%YAML 1.1\n",
        "\ufeff",
        "\x00",
        "\x85",
    ),
    *(
        "y",
        "on",
        "1e3",
        ".inf",
        "0x1",
        "null",
        "~",
        "\\u",
        "{{ x }}",
        "${X}",
        "kind: List\nitems:\n",
        "\r\n",
        "é",
        "@",
        "`",
    ),
    *('{"a": ', '"b"', "1", "}", "]", "\ud800"),
]


def _equal(one: Any, other: Any) -> bool:
    return type(one) is type(other) and (
        one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
        if isinstance(one, dict)
        else len(one) == len(other) and all(map(_equal, one, other))
        if isinstance(one, list)
        else one == other
    )


@given(st.lists(DATA.filter(bool), max_size=3))
@settings(deadline=None)
def test_reading_undoes_writing(documents: list[dict[str, Any]]) -> None:
    """dump and load_text are inverse, types included."""
    loaded = load_text(dump(documents))
    assert loaded.findings == ()
    assert _equal([document.data for document in loaded.documents], documents)


@given(DATA)
@settings(deadline=None)
def test_pyyaml_reads_the_same(data: dict[str, Any]) -> None:
    """What another YAML 1.1 reader makes of it is the same."""
    assert _equal(yaml.load(dump([data]), yaml.CSafeLoader), data)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=60) | st.binary(max_size=60))
@settings(deadline=None, max_examples=300)
@example("a: &a [*a]")
@example("? ")
@example("- ")
@example("[" * 200)
@example('{"a": "\\ud800"}')
@example(b"\xff\xfe\x00")
@example("a: 1\n---\n%TAG ! !\n---\nb: 1")
def test_reading_never_raises(text: str | bytes) -> None:
    """Whatever the text is: documents and findings, each with a place."""
    loaded = load_text(text)
    for finding in loaded.findings:
        assert str(finding)
    for document in loaded.documents:
        assert document.locate(("a", 0, "b"))[0] >= 1
        comments_of(document)
        written = dump([document.data])
        assert _equal(load_text(written).documents[0].data, document.data) or not document.data


@given(st.lists(st.sampled_from(PIECES[:30]), max_size=30).map("".join))
@settings(deadline=None, max_examples=300)
def test_every_entry_stands_where_its_key_is(text: str) -> None:
    """The position of a field that was written plainly is the position of its key."""
    for document in load_text(text).documents:
        assert document.source is not None
        lines = document.source.text.split("\n")
        for key in document.data:
            line, column = document.locate((key,))
            written = lines[line - 1][column - 1 :]
            assert not written or written[0] in "'\"&*!?\\|>{[ \ufeff\t\r\x85" or written.startswith(key[:1])


@given(DATA, st.lists(TEXTS, min_size=1, max_size=3))
@settings(deadline=None)
def test_comments_never_change_data(data: dict[str, Any], comments: list[str]) -> None:
    """Whatever a comment says, it stays one."""
    given_comments: dict[FieldPath, Comment | str] = {
        (key,): Comment(above=tuple(comments), beside=comments[0]) for key in data
    }
    assert _equal(load_text(dump_with_comments(data, given_comments)).documents[0].data if data else {}, data)
