"""Service accounts that Calico selects by label, as names of those that the context knows."""

from __future__ import annotations

from typing import Final

import translator
from translator.context import NO_CONTEXT, Context
from translator.legalize.target import Target, TargetName
from translator.pipeline.translate import Translation, translate
from translator.semantics.compare.outcome import Result

POLICIES: Final = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: g}
spec:
  order: 1
  serviceAccountSelector: role in {'ci', 'x'}
  types: [Ingress, Egress]
  ingress:
  - {action: Deny, source: {serviceAccounts: {selector: team starts with 'r'}, namespaceSelector: all()}}
  - {action: Allow, source: {serviceAccounts: {selector: "team != 'red'"}, namespaceSelector: env == 'prod'}}
  egress:
  - {action: Allow, destination: {serviceAccounts: {names: [red1], selector: has(team)}, namespaceSelector: all()}}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: h, namespace: shop}
spec:
  order: 2
  types: [Ingress]
  ingress:
  - {action: Allow, source: {selector: app == 'z'}}
  - {action: Allow, source: {serviceAccounts: {selector: role == 'nobody'}}}
"""
KNOWN: Final = Context(
    namespaces={"shop": {"env": "prod"}, "other": {}},
    service_accounts={
        "shop/robot": {"role": "ci"},
        "other/robot": {"role": "x"},
        "shop/red1": {"team": "red"},
        "other/red3": {"team": "red", "role": "ci"},
        "third/blue": {"team": "blue"},
        "shop/default": {},
    },
)


def to_cilium(context: Context) -> Translation:
    policies = translator.parse_text(POLICIES, "calico", context)
    return translate(policies, Target(name=TargetName.CILIUM, allow_widening=True), context)


def test_known_accounts_are_named_and_nothing_changes_for_them() -> None:
    """Subjects, denies, exclusions and parts of values: all of it is exact for the accounts that are known."""
    found = to_cilium(KNOWN)
    assert found.proof is not None
    assert found.proof.result is Result.EQUAL
    assert not any(loss.effect for loss in found.losses)
    assert {loss.code for loss in found.losses} == {"service-account-labels"}
    assert {document["metadata"]["namespace"] for document in found.documents} == {"shop", "other"}  # type: ignore[index]


def test_without_context_the_loss_says_what_settles_it() -> None:
    """Which part of the context is missing stands beside the loss."""
    hints = {loss.hint for loss in to_cilium(NO_CONTEXT).losses if loss.code == "service-account-labels"}
    assert hints == {"give `serviceAccounts` with their labels in the context"}
