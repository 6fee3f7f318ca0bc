"""What a loss calls its policy and how it counts: by what the source says, so that people find it there."""

from __future__ import annotations

import pytest

import translator
from translator.context import Context
from translator.ir.policy import PolicySet
from translator.legalize.target import Target, TargetName
from translator.pipeline.translate import Translation, translate

DENIES = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: frontend, namespace: shop}
spec:
  order: 10
  selector: app == 'web'
  types: [Ingress]
  ingress:
  - {action: Deny, source: {selector: app == 'z'}}
  - {action: Deny, source: {nets: [10.0.0.0/8]}}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: rest, namespace: shop}
spec:
  order: 20
  types: [Ingress]
  ingress:
  - {action: Allow, source: {selector: "app in {'z', 'y'}"}}
"""
EQUAL_PRIORITIES = """
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: a}
spec:
  tier: Admin
  priority: 1
  subject: {namespaces: {}}
  egress:
  - {action: Accept, to: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {pcns.team: red}}}}]}
  - {action: Deny, to: [{namespaces: {}}]}
"""
GLOBAL = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: g}
spec: {namespaceSelector: team == 'red', types: [Ingress], ingress: [{action: Allow, source: {selector: app == 'x'}}]}
"""


def translated(text: str, target: str, engine: str, context: Context | None = None) -> tuple[PolicySet, Translation]:
    policies = translator.parse_text(text, engine, context)
    wanted = Target(name=TargetName(target), allow_widening=True)
    return policies, translate(policies, wanted, context or Context())


@pytest.mark.parametrize(
    ("text", "target", "engine"),
    [(DENIES, "clusternetworkpolicy", "calico"), (EQUAL_PRIORITIES, "calico", "cilium")],
)
def test_a_loss_names_the_policy_of_the_source(text: str, target: str, engine: str) -> None:
    """Whatever its parts are called in the output, a policy that lost something has the name that people gave it."""
    policies, translation = translated(text, target, engine)
    changing = {loss.policy for loss in translation.losses if loss.effect}
    assert changing
    assert changing <= {policy.reference for policy in policies.as_read()}


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"shop": {"team": "red"}, "pay": {}}, "1 of the 2 known namespaces (shop)"),
        ({"shop": {"team": "red"}, "pay": {"team": "red"}}, "all 2 known namespaces"),
        ({"shop": {"team": "red"}}, "the one known namespace, shop"),
        ({"shop": {}}, "none of the 1 known namespaces"),
        ({f"n{number}": {"team": "red"} for number in range(7)} | {"pay": {}}, "7 of the 8 known namespaces;"),
    ],
)
def test_it_is_said_for_which_namespaces_a_policy_was_written(labels: dict[str, dict[str, str]], words: str) -> None:
    """Those that the policy's selector chose are counted, not those that the context knows."""
    _, translation = translated(GLOBAL, "kubernetes", "calico", Context(namespaces=labels))
    (loss,) = (each for each in translation.losses if each.code == "global-to-namespaces")
    assert f"written for {words}" in loss.message


NOTHING_DENIED = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: open, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: web}}
  enableDefaultDeny: {ingress: false, egress: false}
  ingress: [{fromEndpoints: [{matchLabels: {app: x}}], authentication: {mode: required}}]
  egress: [{toFQDNs: [{matchName: example.com}]}]
"""
CLOSED = """
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""


@pytest.mark.parametrize("target", ["kubernetes", "calico", "clusternetworkpolicy"])
def test_an_allow_that_decides_nothing_loses_nothing(target: str) -> None:
    """What the target cannot say is no loss where nobody denies it, and one as soon as somebody does."""
    _, alone = translated(NOTHING_DENIED, target, "cilium")
    _, closed = translated(NOTHING_DENIED + CLOSED, target, "cilium")
    assert alone.documents == ()
    assert [(loss.code, bool(loss.effect)) for loss in alone.losses] == [("inert-policy", False)]
    assert {"authentication", "fqdn"} <= {loss.code for loss in closed.losses if loss.effect}
