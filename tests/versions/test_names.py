"""Names that the target's version takes (calico.md 1.9)."""

from __future__ import annotations

import pytest

from tests.versions.translating import codes, specs, translated

POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: {name}, namespace: shop}}
spec: {{podSelector: {{matchLabels: {{app: "{app}"}}}}}}
"""


def policy(name: str, app: str = "web") -> str:
    """A NetworkPolicy of some name."""
    return POLICY.format(name=name, app=app)


@pytest.mark.parametrize(
    ("version", "name"),
    [("3.28", "web-v1-2"), ("3.31", "web-v1-2"), ("3.32", "web-v1.2")],
)
def test_dots_follow_the_version(version: str, name: str) -> None:
    """None up to v3.31, one since: the others become dashes, which is declared."""
    found = translated(policy("web.v1.2"), f"calico@{version}")
    assert list(specs(found)) == [name]
    assert codes(found) == ["name-changed"]
    assert codes(translated(policy("web.v1"), "calico@3.32")) == []


def test_a_changed_name_takes_nobody_elses() -> None:
    """Two names that become one are told apart."""
    found = translated("---".join((policy("a.b.c"), policy("a-b.c", "other"))), "calico")
    assert len(set(specs(found))) == 2
    assert "a-b.c" in specs(found)


def test_long_names_are_cut() -> None:
    """Up to v3.28 a name is one label; what is cut off stays recognizable by a digest."""
    name = "-".join(["long"] * 20)
    (cut,) = specs(translated(policy(name), "calico@3.28"))
    assert len(cut) <= 63
    assert cut.startswith("long-long-")
    assert list(specs(translated(policy(name), "calico@3.29"))) == [name]


def test_names_carry_their_tier_up_to_v3_31() -> None:
    """In tiers other than default."""
    text = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: deny.all, namespace: shop}
spec:
  endpointSelector: {}
  enableDefaultDeny: {ingress: false}
  ingressDeny: [{fromEndpoints: [{matchLabels: {role: scanner}}]}]
"""
    assert set(specs(translated(text, "calico@3.31"))) == {"overrides", "overrides.deny-all"}
    assert set(specs(translated(text, "calico@3.32"))) == {"overrides", "deny.all"}


def test_calico_policies_are_renamed_for_older_versions_of_their_own() -> None:
    """Also where nothing else is to be done."""
    text = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web.v1, namespace: shop}
spec: {tier: default, order: 1, types: [Ingress]}
"""
    found = translated(text, "calico@3.30")
    assert list(specs(found)) == ["web-v1"]
    assert codes(found) == ["name-changed"]


ODD = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  tier: default
  order: 5
  types: [Ingress]
  ingress:
  - {action: Allow, source: {selector: "app == 'a b'"}}
  - {action: Allow, source: {selector: "app in {'ok', 'no good'}"}}
  - {action: Allow, source: {selector: "role == 'x' && x/y/z != 'b' && app != 'a b'"}}
"""


@pytest.mark.parametrize("target", ["kubernetes", "cilium"])
def test_labels_that_nobody_can_carry_are_not_asked_for(target: str) -> None:
    """Calico's selectors take any text; the API server lets no object have it."""
    found = translated(ODD, target)
    assert "a b" not in found.text
    assert "x/y/z" not in found.text
    assert found.text.count("app: ok") == 1
    assert codes(found) == []


def test_account_names_that_are_no_label_values_are_declared() -> None:
    """Cilium selects accounts by a label."""
    text = ODD.replace("selector: \"app == 'a b'\"", f"serviceAccounts: {{names: [{'x' * 64}]}}")
    assert codes(translated(text, "cilium")) == ["service-account"]


def test_the_second_of_a_name_gets_a_number() -> None:
    """The rule sets of one object share its name and its dialect: what comes from where is told by their order."""
    text = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: two, namespace: shop}
specs:
- {endpointSelector: {matchLabels: {app: web}}, ingress: [{fromEndpoints: [{matchLabels: {app: x}}]}]}
- {endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEndpoints: [{matchLabels: {app: y1}}]}]}
"""
    assert list(specs(translated(text, "calico"))) == ["two", "two-2"]


def test_parts_of_a_policy_are_called_by_key_and_value() -> None:
    """A value alone does not say of which label it is; values that no name may hold are spelled so that it may."""
    filters = ["quarantine != 'true'", "tier == 'Prod_1'", "!has(legacy)", "zone in {'a', 'b'}"]
    rules = ", ".join(f'{{action: Allow, destination: {{selector: "{each}"}}}}' for each in filters)
    text = f"""
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {{name: db, namespace: shop}}
spec: {{selector: app == 'db', types: [Ingress], ingress: [{rules}]}}
"""
    found = set(specs(translated(text, "cilium")))
    assert found == {"db", "db-quarantine-not-true", "db-tier-prod-1", "db-without-legacy", "db-zone-a-b"}
