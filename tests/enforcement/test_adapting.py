"""Output that a plugin enforces."""

from __future__ import annotations

from typing import Any

import pytest

import translator
from translator.context import Context, NamedPort, Pod
from translator.enforcement import plugin_named
from translator.pipeline.translate import Translation, target_of, translate

POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{podSelector: {}}], ports: [{port: http}, {port: 8000, endPort: 8002}]}]
  egress:
  - to:
    - {ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.0/26]}}
    - {ipBlock: {cidr: 198.51.100.0/24}}
    - {namespaceSelector: {}}
"""
PORTS = (NamedPort(name="http", protocol=6, port=8080),)
CONTEXT = Context(pods=(Pod(namespace="shop", name="web", labels={"app": "web"}, ports=PORTS),))


def adapted(name: str, context: Context = CONTEXT) -> Translation:
    """The policy for a plugin."""
    policies = translator.parse_text(POLICY)
    return translate(policies, target_of("kubernetes"), context, plugin=plugin_named(name), adapt=True)


def spec(translation: Translation) -> dict[str, Any]:
    """The only document's spec."""
    (document,) = translation.documents
    return document["spec"]  # type: ignore[return-value]


def ports(translation: Translation) -> list[Any]:
    """The ports of its ingress rule."""
    return [item["port"] for item in spec(translation)["ingress"][0]["ports"]]


@pytest.mark.parametrize("name", ["weave", "aws-vpc-cni", "azure-npm", "azure-npm-windows", "kube-router"])
def test_adapted_policies_mean_the_same(name: str) -> None:
    """The self-check proves it, and nothing certain is left to say."""
    found = adapted(name)
    assert found.proof is not None
    assert found.proof.result.value == "equal"
    left = {each.code for each in found.shortfalls if each.deviation.outcome.is_certain}
    assert left <= {"cni-several-blocks"}


def test_names_become_numbers_and_ranges_are_listed() -> None:
    """Weave takes neither; kube-router takes ranges and names of pods."""
    assert ports(adapted("weave")) == [8000, 8001, 8002, 8080]
    assert [loss.code for loss in adapted("weave").losses] == ["named-port-resolved"]
    assert "endPort" in str(spec(adapted("ovn-kubernetes")))


def test_names_stay_where_nobody_knows_the_number() -> None:
    """What is left is told."""
    found = adapted("weave", Context())
    assert "http" in ports(found)
    assert "cni-named-port" in {each.code for each in found.shortfalls}


def test_excepts_are_subtracted() -> None:
    """The blocks that are left, without any except."""
    (rule,) = spec(adapted("aws-vpc-cni"))["egress"]
    blocks = [peer["ipBlock"] for peer in rule["to"] if "ipBlock" in peer]
    assert blocks == [
        {"cidr": "203.0.113.64/26"},
        {"cidr": "203.0.113.128/25"},
        {"cidr": "198.51.100.0/24"},
    ]


def test_one_block_in_each_rule() -> None:
    """Azure's early versions join several of one rule."""
    rules = spec(adapted("azure-npm"))["egress"]
    assert [sum("ipBlock" in peer for peer in rule["to"]) for rule in rules] == [0, 1, 1]


def test_a_plugin_settles_what_an_ip_block_covers() -> None:
    """The API leaves open whether a block covers pods; with the plugin known it is no question."""
    source = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {tier: default, order: 1, types: [Egress], egress: [{action: Allow, destination: {nets: [10.0.0.0/8]}}]}
"""
    policies = translator.parse_text(source)
    target = target_of("kubernetes")
    assert [loss.code for loss in translate(policies, target).losses] == ["ipblock-undefined"]
    assert translate(policies, target, plugin=plugin_named("kube-router")).losses == ()
