"""Plain scalars are what kubectl reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from translator.documents.loading import load_text

VECTORS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).resolve().parents[1] / "data" / "yaml-scalars.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("scalar", VECTORS, ids=repr)
def test_kubectl_agrees(scalar: str) -> None:
    """Each scalar that stands behind `v: ` is the value, or the error, that kubectl makes of it."""
    loaded = load_text(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\nv: {scalar}\n")
    verdict = VECTORS[scalar]
    if "err" in verdict:
        assert [finding.gate for finding in loaded.findings] == ["syntax"]
        return
    expected = verdict["ok"]
    if verdict["type"] == "float":
        expected = float(expected.removeprefix("float:"))
    assert loaded.findings == ()
    value = loaded.documents[0].data["v"]
    assert (type(value), value) == (type(expected), expected)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("22:23", "22:23"),
        ("0b-1", -1),
        ("+0x1F", 31),
        ("-0b11", -3),
        ("._5", "._5"),
        ("1e20", 10**20),
        ("1e21", 1e21),
        ("-0.0", 0),
        ("! 80", "80"),
        ("&a ! 80", "80"),
        ("! [a]", ["a"]),
        ("!!str ", ""),
        ("!!float 1.5", 1.5),
        ("!!null ''", None),
        ("9" * 5000, "9" * 5000),
        ("0x" + "f" * 500, "0x" + "f" * 500),
    ],
)
def test_rare_scalars(text: str, value: object) -> None:
    """What the vectors lack, checked against kubectl 1.32 by hand."""
    assert load_text(f"v: [{text}]\n").documents[0].data["v"] == [value]


@pytest.mark.parametrize("text", ["!!int 1.0", "!!int 1e3", "!!bool 1", "!!null x", "!!float x", "!!int 1e30"])
def test_a_core_tag_that_does_not_fit_is_an_error(text: str) -> None:
    """The tag says one type, the text another."""
    (finding,) = load_text(f"v: {text}\n").findings
    assert "cannot be read as" in finding.message


@pytest.mark.parametrize(
    "text", ["!foo x", "!!binary aGk=", "!!timestamp 2024-01-01", "!!set {a}", "!x {a: b}", "!x [a]"]
)
def test_foreign_tags_are_errors(text: str) -> None:
    """A tag that is none of YAML's core has no meaning in a Kubernetes object."""
    (finding,) = load_text(f"v: {text}\n").findings
    assert (finding.code, str(finding.origin)) == ("foreign-tag", "-:1:4")


def test_an_unquoted_selector_that_begins_with_a_bang_is_an_error() -> None:
    """kubectl reads an empty text there, which selects everything."""
    (finding,) = load_text("selector: !has(app)\n").findings
    assert (finding.code, finding.hint) == ("foreign-tag", "put the text in quotes")


def test_quotes_make_a_string() -> None:
    """Quoted and block scalars are strings, whatever they look like."""
    data = load_text("a: '80'\nb: \"on\"\nc: |-\n  1e3\nd: >-\n  null\n").documents[0].data
    assert data == {"a": "80", "b": "on", "c": "1e3", "d": "null"}


def test_a_whole_number_is_a_key_as_it_stands() -> None:
    """kubectl writes the number out again."""
    assert load_text("{8080: a, -1: b}").documents[0].data == {"8080": "a", "-1": "b"}


@pytest.mark.parametrize("key", ["y", "on", "null", "~", "1.5", "010", "0x10", ".inf", "1e3"])
def test_other_keys_are_errors(key: str) -> None:
    """kubectl would rename the key (`y` to `true`) or refuse it; nobody means that."""
    (finding,) = load_text(f"a: 1\n{key}: 2\n").findings
    assert (finding.code, str(finding.origin)) == ("bad-key", "-:2:1")
    assert finding.hint == f'write "{key}" in quotes if it is meant as text'


def test_infinity_is_an_error_in_a_list_too() -> None:
    """JSON has no place for it."""
    (finding,) = load_text("a: [1, .inf, 2]\n").findings
    assert (finding.code, str(finding.origin)) == ("no-json-number", "-:1:8")
