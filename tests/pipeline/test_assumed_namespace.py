"""Objects that name no namespace."""

import pytest

import translator
from translator.legalize.target import Target, TargetName
from translator.pipeline.translate import translate

POLICY = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a%s}\nspec: {podSelector: {}}\n"


@pytest.mark.parametrize(("namespace", "stated"), [("", True), (", namespace: default", False)])
def test_the_namespace_that_an_object_gets_is_stated(namespace: str, stated: bool) -> None:
    """The output names one, which `kubectl -n` or kustomize could have chosen otherwise."""
    translation = translate(translator.parse_text(POLICY % namespace), Target(name=TargetName.CILIUM))
    assert any("name no namespace" in each for each in translation.assumptions) is stated
