"""A loss says which line of the context would settle it."""

import pytest

import translator
from translator.legalize.target import Target, TargetName
from translator.pipeline.translate import translate

HEAD = """\
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: front, namespace: shop}
spec:
  types: [Ingress, Egress]
"""


@pytest.mark.parametrize(
    ("rule", "target", "code", "line"),
    [
        (
            "egress: [{action: Allow, destination: {services: {name: a, namespace: b}}}]",
            "cilium",
            "service-peer",
            "services",
        ),
        (
            "ingress: [{action: Allow, source: {selector: app contains 'a'}}]",
            "kubernetes",
            "substring-operator",
            "pods",
        ),
        ("ingress: [{action: Allow, source: {nets: [10.1.0.0/16]}}]", "cilium", "cidr-covers-nodes", "nodeCIDRs"),
    ],
)
def test_a_loss_that_the_context_would_settle_says_which_line(rule: str, target: str, code: str, line: str) -> None:
    """The line of the report names the key of the context."""
    losses = translate(translator.parse_text(f"{HEAD}  {rule}\n"), Target(name=TargetName(target))).losses
    assert [f"give `{line}`" in str(loss) for loss in losses if loss.code == code] == [True]
