"""Which policy a loss belongs to, and how many policies the summary counts."""

import pytest

import translator
from translator.legalize.target import Target, TargetName
from translator.pipeline.translate import translate
from translator.report.record import Outcome, results

DENIES_FROM_OUTSIDE = """\
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: front, namespace: shop}
spec:
  types: [Ingress]
  ingress: [{action: Deny, source: {nets: [203.0.113.0/24]}}, {action: Allow}]
"""
TWO_RULE_SETS = """\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: two, namespace: shop}
specs:
- {endpointSelector: {matchLabels: {app: a}}, ingress: [{fromEndpoints: [{}]}]}
- {endpointSelector: {matchLabels: {app: b}}, egress: [{icmps: [{fields: [{type: 8}]}]}]}
"""


@pytest.mark.parametrize(
    ("text", "target", "outcomes"),
    [
        (DENIES_FROM_OUTSIDE, "clusternetworkpolicy", [Outcome.WIDENED]),
        (TWO_RULE_SETS, "kubernetes", [Outcome.EXACT, Outcome.NARROWED]),
    ],
)
def test_losses_belong_to_the_policy_they_stand_in(text: str, target: str, outcomes: list[Outcome]) -> None:
    """A policy that got another name keeps its losses, and of two rule sets only one is narrowed."""
    policies = translator.parse_text(text)
    translation = translate(policies, Target(name=TargetName(target), allow_widening=True))
    found = results(policies.as_read(), translation.losses)
    assert [each.outcome for each in found] == outcomes


def test_objections_count_policies_of_the_source() -> None:
    """One policy that becomes several is one that is widened."""
    translation = translate(translator.parse_text(DENIES_FROM_OUTSIDE), Target(name=TargetName.CLUSTERNETWORKPOLICY))
    assert translation.objections() == ("1 policy is widened (`--allow-widening` accepts that)",)
