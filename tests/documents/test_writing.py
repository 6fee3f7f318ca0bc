"""What is written reads back as the same data in Go, PyYAML and ruamel.yaml."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML

from translator.documents.emitter import dump
from translator.documents.loading import load_text

SCALARS = [
    *json.loads((Path(__file__).resolve().parents[1] / "data" / "yaml-scalars.json").read_text(encoding="utf-8")),
    *("y", "n", "Y", "N", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "NaN", "Infinity", "None"),
    *("~", "=", "<<", "-", "?", ":", ",", "!", "&", "*", "#", "%", "@", "`", "|", ">"),
    *("0o14", "1e3", "08", "22:23", "1.2.3.4", "10.0.0.0/8", "fd00::/8", "1.5", "0x1F", "2024-01-01", "_1", "1_000"),
    *(
        "a: b",
        "a #b",
        "a:",
        ":a",
        "- a",
        "[a]",
        "{a}",
        "a,b",
        "'",
        '"',
        "\\",
        "'\"\\",
        "a'b\"c",
        "it's",
        "\\d+",
        "a\tb",
    ),
    *(
        "",
        " ",
        " a",
        "a ",
        "a\nb",
        "a\n",
        "\n",
        "\n\n a\n",
        "a\r\nb",
        "---",
        "...",
        "--- a",
        "%YAML",
        "\x00",
        "\x1b[0m",
    ),
    *("é", "日本", "😀", "\x7f", "\x85", "\xa0", "\xad", "\u2028", "\u200b", "\ufeff", "\ufffd", "\uffff", "a\u2029b"),
    *("app == 'web' && has(x)", '"/a\\\\.b"', "k8s:app", "*.example.com", "/api/v1/.*", "a/b-c.d_e", "x" * 2000),
]
READERS: dict[str, Callable[[str], Any]] = {
    "netpolx": lambda text: load_text(text).documents[0].data,
    "PyYAML in C": lambda text: yaml.load(text, yaml.CSafeLoader),
    "PyYAML": yaml.safe_load,
    "ruamel": lambda text: YAML(typ="safe", pure=True).load(text),
}


@pytest.mark.parametrize("reader", READERS)
def test_strings_stay_strings(reader: str) -> None:
    """As value, item and key."""
    data = {"values": SCALARS, "keys": {text: number for number, text in enumerate(dict.fromkeys(SCALARS))}}
    assert READERS[reader](dump([data])) == data


@pytest.mark.parametrize("reader", READERS)
def test_other_values_stay_what_they_are(reader: str) -> None:
    """Numbers, booleans, nulls, empty and nested containers."""
    values: list[Any] = [0, -1, 2**63 - 1, -(2**63), 0.1, -2.5, 1e-7, 1.5e300, 1e22, True, False, None, [], {}]
    values += [[[1, [2, {}]], []], {"a": {"b": [{"c": [[]]}, {"d": None}]}}, [{"a": 1, "b": [2]}, {"c": {}}]]
    assert READERS[reader](dump([{"v": values}])) == {"v": values}


def test_the_style_is_kubectls() -> None:
    """Two spaces, lists at their parent's indent, plain words, CIDRs plain, the rest in quotes."""
    data = {
        "metadata": {"name": "a", "labels": {"app.kubernetes.io/name": "web", "version": "1.5"}},
        "spec": {
            "podSelector": {},
            "policyTypes": ["Ingress"],
            "ingress": [
                {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}], "ports": [{"port": 80}]},
                {},
            ],
            "selector": "app == 'web'",
            "path": '/a\\.b"c"',
        },
    }
    assert (
        dump([data])
        == """\
metadata:
  name: a
  labels:
    app.kubernetes.io/name: web
    version: "1.5"
spec:
  podSelector: {}
  policyTypes:
  - Ingress
  ingress:
  - from:
    - ipBlock:
        cidr: 10.0.0.0/8
        except:
        - 10.1.0.0/16
    ports:
    - port: 80
  - {}
  selector: "app == 'web'"
  path: '/a\\.b"c"'
"""
    )


def test_documents_are_separated() -> None:
    """`---` stands between documents, not before the first; nothing makes no text."""
    assert dump([{"a": 1}, {}, {"b": 2}]) == "a: 1\n---\n{}\n---\nb: 2\n"
    assert dump([]) == ""


def test_shared_values_make_no_anchors() -> None:
    """The same list twice is written twice."""
    shared = ["x"]
    assert dump([{"a": shared, "b": shared}]) == "a:\n- x\nb:\n- x\n"


def test_tuples_are_lists() -> None:
    """Frozen data need no copying first."""
    assert dump([{"a": ("x", ())}]) == "a:\n- x\n- []\n"


def test_long_keys_are_explicit() -> None:
    """YAML looks for the colon of a plain key within 1,024 characters only."""
    data = {"k" * 2000: {"x": [1]}, "ü" * 1000: [{"q" * 1500: "v"}]}
    for read in READERS.values():
        assert read(dump([data])) == data


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"x", object()])
def test_what_is_no_json_is_refused(value: object) -> None:
    """There is no way to write it that an API server could read."""
    with pytest.raises(TypeError):
        dump([{"a": value}])
