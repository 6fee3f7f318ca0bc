"""Names, labels and notes around the rules."""

import pytest

import translator
from translator.legalize.target import Target, TargetName
from translator.pipeline.translate import translate

CILIUM = """\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop, labels: {team: red}, annotations: {note: x}}
spec:
  description: Lets the proxy in.
  endpointSelector: {matchLabels: {app: web}}
  ingress: [{fromEndpoints: [{matchLabels: {app: proxy}}]}]
"""
CALICO = """\
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  tier: default
  order: 10
  selector: app == 'web' || tier == 'front'
  types: [Ingress]
  ingress:
  - {action: Allow, metadata: {annotations: {ticket: NET-12}}, source: {selector: app == 'proxy'}}
"""


def losses(text: str, target: str) -> dict[str, str]:
    translation = translate(translator.parse_text(text), Target(name=TargetName(target)))
    return {loss.code: str(loss.origin) for loss in translation.losses}


@pytest.mark.parametrize("target", ["kubernetes", "calico", "cilium"])
def test_labels_annotations_and_the_description_travel_along(target: str) -> None:
    """A description goes into an annotation where the target has no field for it, so nothing is lost."""
    translation = translate(translator.parse_text(CILIUM), Target(name=TargetName(target)))
    assert translation.losses == ()
    assert all(word in translation.text for word in ("team: red", "note: x", "Lets the proxy in."))


@pytest.mark.parametrize("target", ["kubernetes", "cilium"])
def test_a_split_policy_and_its_notes_are_declared(target: str) -> None:
    """One policy that becomes two says so, and so does an annotation of a rule."""
    assert losses(CALICO, target) == {"policy-split": "-:1:1", "rule-annotations-dropped": "-:10:5"}
