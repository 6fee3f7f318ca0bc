"""The Python API."""

import doctest
from pathlib import Path

import pytest

import translator
from translator.semantics.flow import Flow

POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: proxy}}}]
    ports: [{port: 8080}]
"""


def test_examples_in_the_documentation_hold() -> None:
    """The doctest of the package runs as written."""
    assert doctest.testmod(translator).failed == 0


def test_every_public_name_exists() -> None:
    """Each name of ``__all__`` can be had, though most are loaded only then."""
    assert [name for name in translator.__all__ if getattr(translator, name, None) is None] == []


def test_paths_and_context_are_taken_as_people_write_them(tmp_path: Path) -> None:
    """A path may be text or Path, one or several, and a context a file."""
    file = tmp_path / "web.yaml"
    file.write_text(POLICY)
    known = tmp_path / "context.yaml"
    known.write_text("apiVersion: netpolx/v1alpha1\nkind: Context\nnamespaces: {shop: {team: red}}\n")
    assert translator.parse(file, context=known) == translator.parse([str(file)], "kubernetes")


def test_bad_input_raises_every_finding() -> None:
    """Two mistakes in two documents are two findings, each with its place."""
    bad = POLICY.replace("podSelector: {matchLabels: {app: web}}", "podSelektor: {}")
    with pytest.raises(translator.InputError) as raised:
        translator.parse_text(f"{bad}---\n{bad.replace('name: web,', 'name: other,')}")
    assert [finding.origin.line for finding in raised.value.findings if finding.origin] == [5, 14]


def test_a_translation_that_widens_is_refused_but_attached() -> None:
    """Widening raises unless allowed; the error holds what would have been written."""
    policies = translator.parse_text(POLICY)
    with pytest.raises(translator.TranslationRefused) as raised:
        translator.translate(policies, "clusternetworkpolicy")
    assert raised.value.translation.effect.widens
    assert translator.translate(policies, "clusternetworkpolicy", partial=True).losses


def test_the_same_dialect_gives_the_canonical_form() -> None:
    """Same to same loses nothing and says so."""
    translation = translator.translate(translator.parse_text(POLICY), "kubernetes")
    assert translation.losses == ()
    assert translation.proof is not None
    assert translation.proof.result is translator.Result.EQUAL
    again = translator.translate(translator.parse_text(translation.text), "kubernetes")
    assert again.text == translation.text


def test_verdict_takes_a_flow_or_its_object() -> None:
    """A flow may be given as the value or as in a flows file."""
    policies = translator.parse_text(POLICY)
    found = translator.verdict(policies, {"from": "10.0.0.1", "to": "shop/{app=web}", "port": 8080})
    assert (found.egress, found.ingress, found.allowed) == (None, "deny", False)
    assert [str(origin) for origin in found.decided_by["ingress"]] == ["-:1:1"]
    assert issubclass(translator.Flow, Flow)
