"""JSON, alone and in streams."""

from __future__ import annotations

import pytest

from translator.documents.loading import load_text


def test_a_stream_of_objects() -> None:
    """Objects may follow each other with or without a separator."""
    assert [document.data for document in load_text('{"a": 1} {"b": 2}\n{"c": 3}').documents] == [
        {"a": 1},
        {"b": 2},
        {"c": 3},
    ]
    assert [document.data for document in load_text('{"a": 1}\n---\n{"b": 2}').documents] == [{"a": 1}, {"b": 2}]


def test_numbers_are_go_numbers() -> None:
    """Whole floats are integers, integers beyond 64 bits floats."""
    data = load_text('{"v": [1.0, 1e3, 18446744073709551616, -0.0, 1.5e300, 9223372036854775807]}').documents[0].data
    assert data == {"v": [1, 1000, 18446744073709552000, 0, 1.5e300, 9223372036854775807]}
    assert [type(value) for value in data["v"]] == [int, int, int, int, float, int]


@pytest.mark.parametrize("number", ["1e400", "NaN", "-Infinity", "9" * 5000])
def test_numbers_that_go_refuses(number: str) -> None:
    """YAML would read them as text, JSON has no such number."""
    (finding,) = load_text('{"a": [1, ' + number + "]}").findings
    assert (finding.code, str(finding.origin)) == ("no-json-number", "-:1:11")


def test_positions_are_found_when_asked_for() -> None:
    """JSON is read without positions and looked at again."""
    text = '{\n\t"a": {\n\t\t"b": [1,\n 2]}}\n{"c":\n1}'
    first, second = load_text(text).documents
    assert first.locate(("a", "b")) == (3, 3)
    assert first.locate(("a", "b", 1)) == (4, 2)
    assert first.locate(("a", "x")) == (2, 2)
    assert second.locate(("c",)) == (5, 2)
    assert first.locate(()) == (1, 1)


def test_surrogate_pairs_are_one_character() -> None:
    """JSON writes characters beyond 16 bits as pairs, which YAML cannot; the position is then that of the object."""
    (document,) = load_text('{"a":\n"\\ud83d\\ude00"}').documents
    assert document.data == {"a": "😀"}
    assert document.locate(("a",)) == (1, 1)


def test_half_a_pair_is_an_error() -> None:
    """It is no character."""
    assert load_text('{"a": "\\ud83d"}').documents == ()
    assert len(load_text('{"a": "\\ud83d"}').findings) == 1


def test_a_duplicate_key_is_an_error_here_too() -> None:
    """With both places."""
    (finding,) = load_text('{"a": 1, "b": 2, "a": 3}').findings
    assert str(finding.origin) == "-:1:18"
    assert finding.message == "duplicate key `a`, first at line 1, column 2"


def test_what_is_nearly_json_is_read_as_yaml() -> None:
    """Comments, trailing commas and bare words are YAML."""
    assert load_text("{a: b, # c\n 'd': 1,}").documents[0].data == {"a": "b", "d": 1}


def test_a_broken_object_is_an_error() -> None:
    """Neither JSON nor YAML."""
    (finding,) = load_text('{"a": 1, "b"\n').findings
    assert finding.gate == "syntax"
