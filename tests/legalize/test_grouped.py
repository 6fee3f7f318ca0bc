"""What is lost with the rules for some of a policy's subjects, and what is not."""

from __future__ import annotations

import pytest

import translator
from translator.loss.effect import Effect

POLICY = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  order: 10
  selector: app == 'api'
  types: [Egress]
  egress:
  - {action: %s, protocol: TCP, source: {nets: [10.1.0.0/16]}, destination: {selector: app == 'db', ports: [5432]}}
  - {action: Allow, protocol: UDP, destination: {selector: app == 'dns', ports: [53]}}
"""


@pytest.mark.parametrize("target", ["kubernetes", "cilium", "clusternetworkpolicy"])
def test_allows_for_some_addresses_only_narrow(target: str) -> None:
    """The policy itself still isolates everybody that it selects."""
    policies = translator.parse_text(POLICY % "Allow", "calico")
    assert translator.translate(policies, target).effect is Effect.NARROWS
