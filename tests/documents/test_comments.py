"""Comments: where they belong, and how they are written back."""

from __future__ import annotations

import pytest

from translator.documents.comments import Comment, comments_of, dump_with_comments, file_header
from translator.documents.emitter import dump
from translator.documents.loading import load_text

TEXT = """\
# licence

# about this policy
---
apiVersion: v1  # beside
metadata:
  # above name
  name: "a # no comment"  # named
spec:
  # the list
  ingress:
  # first item
  - from:  # peers
    # inner
    - app: x
  # second item
  - from: [a,  # in flow
      b]
  text: |  # literal
    # not a comment
    x
# the end
"""
EXPECTED = {
    (): Comment(above=("# licence", "", "# about this policy"), below=("# the end",)),
    ("apiVersion",): Comment(beside="# beside"),
    ("metadata", "name"): Comment(above=("# above name",), beside="# named"),
    ("spec", "ingress"): Comment(above=("# the list",)),
    ("spec", "ingress", 0): Comment(above=("# first item",)),
    ("spec", "ingress", 0, "from"): Comment(beside="# peers"),
    ("spec", "ingress", 0, "from", 0): Comment(above=("# inner",)),
    ("spec", "ingress", 1): Comment(above=("# second item",)),
    ("spec", "ingress", 1, "from", 0): Comment(beside="# in flow"),
    ("spec", "text"): Comment(beside="# literal"),
}


def test_comments_belong_to_the_field_they_stand_at() -> None:
    """Above the next field, beside the innermost of the line; the document's own at its root."""
    (document,) = load_text(TEXT).documents
    assert comments_of(document) == EXPECTED


def test_comments_survive_writing() -> None:
    """Written and read again they stand at the same fields."""
    (document,) = load_text(TEXT).documents
    written = dump_with_comments(document.data, comments_of(document))
    assert comments_of(load_text(written).documents[0]) == EXPECTED
    assert load_text(written).documents[0].data == document.data
    assert written.startswith("# licence\n\n# about this policy\napiVersion: v1  # beside\n")
    assert "  # first item\n  - from:  # peers\n    # inner\n    - app: x\n" in written


def test_documents_of_a_stream_keep_their_own_comments() -> None:
    """What stands above `---` belongs to the document before it, except above the first."""
    text = "# one\na: 1\n# tail\n---\n# two\nb: 1\n---\nc: 1 # three\n"
    found = [comments_of(document) for document in load_text(text).documents]
    assert found[0] == {(): Comment(above=("# one",), below=("# tail",))}
    assert found[1] == {(): Comment(above=("# two",))}
    assert found[2] == {("c",): Comment(beside="# three")}


def test_items_of_a_list_have_comments_too() -> None:
    """Their field paths begin at the item."""
    text = "kind: List\nitems:\n# one\n- kind: A\n  x: 1 # beside\n# two\n- kind: B\n"
    first, second = load_text(text).documents
    assert comments_of(first) == {(): Comment(above=("# one",)), ("x",): Comment(beside="# beside")}
    assert comments_of(second) == {(): Comment(above=("# two",))}


def test_json_and_plain_documents_have_none() -> None:
    """A `#` in a string is no comment."""
    assert comments_of(load_text('{"a": "# x"}').documents[0]) == {}
    assert comments_of(load_text("a: 'b # c'\n").documents[0]) == {}
    assert comments_of(load_text("a: b\n").documents[0]) == {}


def test_a_comment_may_be_a_text() -> None:
    """A string stands above its field, each line with its own hash."""
    assert dump_with_comments({"a": [{"b": 1}]}, {("a", 0): "one\ntwo", (): "# head"}) == (
        "# head\na:\n# one\n# two\n- b: 1\n"
    )


def test_a_comment_of_an_absent_field_stands_at_its_parent() -> None:
    """What was dropped is explained where it would have been."""
    assert dump_with_comments({"spec": {"a": 1}}, {("spec", "gone", 0): Comment(beside="lost")}) == (
        "spec:  # lost\n  a: 1\n"
    )


def test_no_comment_changes_the_data() -> None:
    """Line breaks and control characters in a comment cannot become YAML."""
    data = {"a": {"b": [1, {"c": "x"}]}}
    hostile = "x\nz: 1\r\n- q\x85w: 1\u2028e: 2\x00\x07"
    written = dump_with_comments(data, dict.fromkeys([(), ("a",), ("a", "b", 1), ("a", "b", 1, "c")], hostile))
    assert load_text(written).documents[0].data == data
    beside = dump_with_comments(data, {("a",): Comment(beside=hostile, below=(hostile,), above=(hostile,))})
    assert load_text(beside).documents[0].data == data


def test_without_comments_it_is_dump() -> None:
    """The same bytes."""
    data = {"kind": "List", "items": [{"a": "x" * 1500}, {"b" * 1500: 1}]}
    assert dump_with_comments(data, {}) == dump([data])
    assert dump_with_comments({}, {(): "x"}) == "# x\n{}\n"


def test_a_file_has_a_head_of_its_own() -> None:
    """What stands above the first `---`, or apart from the first document, is of no document."""
    assert file_header("# Owner: shop\n\n# Ticket 12\n---\n# about a\na: 1\n") == ("# Owner: shop", "", "# Ticket 12")
    assert file_header("---\n# Owner: shop\n\n# about a\na: 1\n") == ("# Owner: shop",)
    assert file_header("# about a\na: 1\n# b\n\nb: 2\n") == ()
    assert file_header('{"a": 1}') == ()


def test_an_empty_line_below_the_head_stays() -> None:
    """What stands apart from the first field is written apart from it."""
    text = "# head\n\na: 1\n"
    (document,) = load_text(text).documents
    assert dump_with_comments(document.data, comments_of(document)) == text


def test_comments_beside_several_fields_of_one_line_stand_above_it() -> None:
    """One comment a line."""
    written = dump_with_comments(
        {"a": [{"b": 1}]}, {("a", 0): Comment(beside="# one"), ("a", 0, "b"): Comment(beside="# two")}
    )
    assert written == "a:\n# one\n# two\n- b: 1\n"


@pytest.mark.parametrize("ending", ["", "\nodd: 'x # y'\n"])
def test_comments_are_the_same_however_they_are_found(ending: str) -> None:
    """A text without quotes and block scalars is read line by line, any other with the YAML reader."""
    text = "# above\na: b#c # beside\n  # a 'quoted' | word\nd:\n- e # last\n"
    found = comments_of(load_text(text + ending, file="p.yaml").documents[0])
    assert {path: (each.above, each.beside) for path, each in found.items()} == {
        (): (("# above",), None),
        ("a",): ((), "# beside"),
        ("d",): (("# a 'quoted' | word",), None),
        ("d", 0): ((), "# last"),
    }
