"""What stands around sets and tiers, and policies of which nothing is left."""

import pytest

import translator
from translator.legalize.target import Target, TargetName
from translator.pipeline.translate import translate

SET = """\
apiVersion: projectcalico.org/v3
kind: Tier
metadata: {name: security, labels: {owner: sec}, annotations: {note: tier}}
spec: {order: 100, defaultAction: Pass}
---
apiVersion: projectcalico.org/v3
kind: NetworkSet
metadata: {name: office, namespace: shop, labels: {feed: office}, annotations: {note: office}}
spec: {nets: [192.0.2.0/24]}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: security.web, namespace: shop}
spec:
  tier: security
  types: [Ingress]
  ingress: [{action: Deny, source: {selector: feed == 'office'}}]
"""
NEVER_DENIES = """\
apiVersion: projectcalico.org/v3
kind: Tier
metadata: {name: security}
spec: {order: 100, defaultAction: Pass}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: security.web, namespace: shop}
spec:
  tier: security
  types: [Ingress]
  performanceHints: [AssumeNeededOnEveryNode]
  ingress: [{action: Log}, {action: Allow, source: {selector: app == 'x'}}]
"""


@pytest.mark.parametrize(("target", "notes"), [("calico", ["tier", "office"]), ("cilium", ["office"])])
def test_annotations_of_sets_and_tiers_travel_along(target: str, notes: list[str]) -> None:
    """An object that is written again keeps what people wrote around it."""
    documents = translate(translator.parse_text(SET), Target(name=TargetName(target))).documents
    metadata = [document["metadata"] for document in documents]
    assert [each["annotations"]["note"] for each in metadata if "annotations" in each] == notes  # type: ignore[index,operator]


def test_a_policy_of_which_nothing_is_left_is_named() -> None:
    """What is said about its log and its hints does not say that the rest is gone too."""
    translation = translate(translator.parse_text(NEVER_DENIES), Target(name=TargetName.KUBERNETES))
    assert translation.documents == ()
    codes = [loss.code for loss in translation.losses if loss.policy == "shop/security.web"]
    assert sorted(codes) == ["inert-policy", "log-dropped", "performance-hints"]
