"""Ends that no policy sees as what they are: what a translation says about them."""

import pytest

import translator
from translator.documents.loading import load_text
from translator.legalize.target import Target, TargetName
from translator.pipeline.translate import translate
from translator.wire.context import read_context

POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: NAME, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - from:
    - ipBlock: {cidr: 203.0.113.0/24}
    - namespaceSelector: {matchLabels: {team: ops}}
"""
CONTEXT = """\
apiVersion: netpolx/v1alpha1
kind: Context
namespaces: {shop: {}, ops: {team: ops}}
pods:
- {namespace: shop, name: web-1, labels: {app: web}}
- {namespace: ops, name: exporter, labels: {app: exporter}, hostNetwork: true}
services: {shop/web: {selector: {app: web}, externalTrafficPolicy: Cluster}}
"""


def assumed(context: str) -> list[str]:
    """What a translation of two policies takes as given."""
    known, findings = read_context(load_text(context).documents)
    assert not findings
    text = POLICY.replace("NAME", "a") + "---\n" + POLICY.replace("NAME", "b")
    found = translate(translator.parse_text(text), Target(name=TargetName.CALICO), known)
    return [each for each in found.assumptions if "senders" in each or "host network" in each]


def test_services_that_hide_senders_and_pods_on_the_host_network_are_told_once() -> None:
    """However many policies they concern, and each with a name."""
    assert assumed(CONTEXT) == [
        "senders outside keep their addresses, also behind Services such as shop/web (`externalTrafficPolicy: Cluster` "
        "may show a node's instead)",
        "pods of the host network (ops/exporter) are nodes: rules about pods do not mean them",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [("externalTrafficPolicy: Cluster", "externalTrafficPolicy: Local"), ("app: web}, ext", "app: x}, ext")],
)
def test_services_that_hide_nobody_are_not_told(old: str, new: str) -> None:
    """Senders keep their addresses there, or no policy speaks of its pods."""
    assert len(assumed(CONTEXT.replace(old, new))) == 1


def test_pods_of_their_own_network_are_not_told() -> None:
    """They are what rules about pods mean."""
    assert len(assumed(CONTEXT.replace(", hostNetwork: true", ""))) == 1
