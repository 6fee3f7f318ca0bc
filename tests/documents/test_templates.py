"""Text that is still a template is named as such."""

from __future__ import annotations

import pytest

from translator.documents.loading import load_text
from translator.documents.templates import find_templates


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("kind: A\nname: {{ .Values.name }}\n", "-:2:7", "Helm"),
        ("kind: A\nports: [{{ .Values.port }}]\n", "-:2:9", "Helm"),
        ("{{- if .Values.on }}\nkind: A\n{{- end }}\n", "-:1:1", "Helm"),
        ("kind: A\n{% if x %}\nb: 1\n{% endif %}\n", "-:2:1", "Jinja"),
        ("kind: A\n<%- if x %>\nb: 1\n", "-:2:1", "ERB"),
        ("a: [${X}, {b: ${Y]\n", "-:1:5", "${VARIABLES}"),
    ],
)
def test_what_a_template_breaks_is_named(text: str, place: str, what: str) -> None:
    """One finding says what it is and that it must be rendered first."""
    (finding,) = load_text(text).findings
    assert (finding.code, str(finding.origin)) == ("template", place)
    assert what in finding.message
    assert finding.hint


def test_a_template_for_another_program_is_not_blamed() -> None:
    """A quoted action elsewhere in a broken document is not what broke it."""
    (finding,) = load_text('a: "{{ $labels.pod }}"\nb: 1\nc: 2\nd: [\n').findings
    assert finding.code == "invalid-yaml"


def test_values_that_are_templates_are_found() -> None:
    """A policy whose text is YAML may still hold variables; annotations may be meant for others."""
    text = """\
metadata: {name: "${NAME}", annotations: {x: "{{ y }}"}}
spec:
  "{{ key }}": 1
  port: $(PORT)
  nets: [10.0.0.0/8, '{{ cidr }}']
  path: /a$(b|c)${
  price: $5
"""
    (document,) = load_text(text).documents
    found = find_templates(document)
    assert [finding.origin.field_path for finding in found if finding.origin] == [
        "metadata.name",
        'spec["{{ key }}"]',
        "spec.port",
        "spec.nets[1]",
    ]
    assert {finding.code for finding in found} == {"template"}


def test_plain_documents_hold_none() -> None:
    """Nothing is found where nothing is."""
    (document,) = load_text("a: b\n").documents
    assert find_templates(document) == ()
    (item,) = load_text("kind: List\nitems: [{a: b}]\n").documents
    assert find_templates(item) == ()
