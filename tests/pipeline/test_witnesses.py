"""Every loss shows a flow of its own, not one of a neighbour."""

import translator
from translator.legalize.target import Target, TargetName
from translator.pipeline.translate import translate
from translator.report.witness import witness_text

SEVERAL = """\
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: front, namespace: shop}
spec:
  selector: app == 'front'
  types: [Ingress, Egress]
  ingress:
  - {action: Allow, protocol: TCP, source: {nets: [10.0.0.0/8]}, destination: {ports: [443]}}
  - {action: Allow, protocol: ICMP, icmp: {type: 8, code: 0}}
  egress:
  - {action: Allow, destination: {services: {name: catalog, namespace: shop}}}
"""


def witnesses(text: str, target: str) -> dict[str, str]:
    translation = translate(translator.parse_text(text), Target(name=TargetName(target), allow_widening=True))
    return {loss.code: witness_text(loss.witness) for loss in translation.losses if loss.witness}


def test_the_witness_of_a_loss_is_decided_by_its_rule() -> None:
    """Three rules of one policy lose something, and each is shown with a flow of its own."""
    shown = witnesses(SEVERAL, "cilium")
    assert "ICMP 8/0" in shown["icmp-code"]
    assert "service shop/catalog" in shown["service-peer"]
    assert "front}, TCP 443" in shown["cidr-covers-pods"]


def test_isolation_that_is_lost_has_a_witness() -> None:
    """A loss of the whole policy is shown with a flow that no rule let in."""
    shown = witnesses(SEVERAL, "clusternetworkpolicy")
    assert shown["isolation-partial"].endswith("denied before, allowed after")


TWO_CONCERNS = """\
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: other, namespace: shop}
spec:
  selector: app == 'other'
  types: [Egress]
  egress:
  - {action: Allow, protocol: ICMP, icmp: {type: 8, code: 0}}
  - {action: Allow, destination: {services: {name: catalog, namespace: shop}}}
"""


def test_a_witness_assumes_only_what_its_decision_depends_on() -> None:
    """Another rule's service is nothing to a flow of ICMP; its own is."""
    shown = witnesses(TWO_CONCERNS, "cilium")
    assert "where" not in shown["icmp-code"]
    assert "where service shop/catalog holds" in shown["service-peer"]
