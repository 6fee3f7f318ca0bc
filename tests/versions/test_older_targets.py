"""What older versions lack is rewritten exactly where that is possible, and declared where not."""

from __future__ import annotations

import pytest

from tests.versions.translating import codes, result, specs, translated
from translator.context import CalicoOptions, CiliumOptions, Context, Pod
from translator.errors import InputError

RANGES = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {}
  ingress: [{ports: [{port: 8000, endPort: 8002}, {port: 9000, endPort: 9999}, {port: 80}]}]
"""
TIERS = """
apiVersion: projectcalico.org/v3
kind: Tier
metadata: {name: sec}
spec: {order: 10, defaultAction: Pass}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: scan, namespace: shop}
spec:
  tier: sec
  order: 5
  selector: app == 'web'
  types: [Ingress]
  ingress: [{action: Deny, source: {selector: role == 'scanner'}}]
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  tier: default
  order: 5
  selector: app == 'web'
  types: [Ingress]
  ingress: [{action: Allow, source: {namespaceSelector: all()}}]
"""
DENY_ONLY = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: deny, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: web}}
  enableDefaultDeny: {ingress: false}
  ingressDeny: [{fromEndpoints: [{matchLabels: {role: scanner}}]}]
"""
ISOLATING = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: front, namespace: shop}
spec:
  endpointSelector: {matchLabels: {tier: front}}
  ingress: [{fromEndpoints: [{}]}]
"""
GROUP = """
apiVersion: cilium.io/v2
kind: CiliumCIDRGroup
metadata: {name: office, labels: {site: a}}
spec: {externalCIDRs: [203.0.113.0/24]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: out, namespace: shop}
spec:
  endpointSelector: {}
  egress: [{toCIDRSet: [{cidrGroupSelector: {matchLabels: {site: a}}}]}]
"""
NAMES = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: names, namespace: shop}
spec:
  endpointSelector: {}
  egress:
  - toFQDNs: [{matchPattern: '**.example.com'}]
  - toEndpoints: [{matchLabels: {k8s-app: kube-dns}}]
    toPorts: [{ports: [{port: "53", protocol: UDP}], rules: {dns: [{matchPattern: "*"}]}}]
"""


def test_ranges_are_listed_where_they_are_unknown() -> None:
    """Kubernetes before 1.25 and Cilium before 1.16: short ranges port by port, long ones left out and declared."""
    found = translated(RANGES, "kubernetes@1.24")
    ports = specs(found)["web"]["ingress"][0]["ports"]
    assert sorted(item["port"] for item in ports) == [80, 8000, 8001, 8002]
    assert codes(found) == ["port-range-version"]
    assert result(found) == "narrows"
    (rule,) = specs(translated(RANGES, "cilium@1.15"))["web"]["ingress"]
    listed = [port["port"] for each in rule["toPorts"] for port in each["ports"]]
    assert sorted(listed, key=int) == ["80", "8000", "8001", "8002"]
    assert codes(translated(RANGES, "kubernetes@1.25")) == []


def test_a_shared_policy_with_ranges_does_not_stay_as_it_is() -> None:
    """Cilium before 1.16 reads the first port of a NetworkPolicy's range only, so it is rewritten."""
    short = RANGES.replace("{port: 9000, endPort: 9999}, ", "")
    found = translated(f"{short}---{ISOLATING}", "cilium@1.15")
    assert {document["kind"] for document in found.documents} == {"CiliumNetworkPolicy"}
    assert result(found) == "equal"
    kept = translated(f"{short}---{ISOLATING}", "cilium@1.16")
    assert {document["kind"] for document in kept.documents} == {"CiliumNetworkPolicy", "NetworkPolicy"}


def test_calico_without_tiers_gets_one_list() -> None:
    """Before v3.29 there is only tier default: rules of other tiers come first in it; from then on tiers stay."""
    found = translated(TIERS, "calico@3.28")
    assert "tier" not in str(specs(found))
    assert list(specs(found)) == ["scan", "web"]
    assert result(found) == "equal"
    assert set(specs(translated(TIERS, "calico@3.29"))) == {"sec", "sec.scan", "web"}
    assert set(specs(translated(TIERS, "calico@3.32"))) == {"sec", "scan", "web"}


def test_denies_that_isolate_nobody_need_no_tier() -> None:
    """They come first in tier default, and what nobody isolates is opened again behind everything else."""
    found = translated(f"{DENY_ONLY}---{ISOLATING}", "calico@3.28")
    assert {name: spec["order"] for name, spec in specs(found).items()} == {
        "deny": 10,
        "deny-open-ingress": 10000,
        "front": 1000,
    }
    assert specs(found)["deny-open-ingress"]["selector"] == "app == 'web' && tier != 'front'"
    assert result(found) == "equal"


def test_denies_isolate_before_cilium_1_16() -> None:
    """Without ``enableDefaultDeny`` whom nobody else isolates is allowed everything."""
    alone = translated(DENY_ONLY, "cilium@1.15")
    assert specs(alone)["deny"]["ingress"] == [{"fromEntities": ["all"]}]
    assert result(alone) == "equal"
    beside = translated(f"{DENY_ONLY}---{ISOLATING}", "cilium@1.15")
    deny, opened = specs(beside)["deny"]
    assert "ingress" not in deny
    assert opened["ingress"] == [{"fromEntities": ["all"]}]
    assert result(beside) == "equal"
    assert "enableDefaultDeny" not in str(beside.documents)
    assert "enableDefaultDeny" in str(translated(DENY_ONLY, "cilium@1.16").documents)


def test_calico_denies_become_isolation_and_allows_for_old_cilium() -> None:
    """The same for policies of another engine."""
    found = translated(TIERS, "cilium@1.15")
    assert "enableDefaultDeny" not in str(found.documents)
    assert result(found) == "equal"


def test_groups_are_written_out_before_cilium_1_17() -> None:
    """Before, labels of groups, egress and denies did not know them; up to 1.17 they had another API version."""
    old = translated(GROUP, "cilium@1.16")
    assert specs(old)["out"]["egress"] == [{"toCIDR": ["203.0.113.0/24"]}]
    assert codes(old) == ["group-inlined"]
    versions = {
        version: translated(GROUP, f"cilium@{version}").documents[0]["apiVersion"] for version in ("1.17", "1.18")
    }
    assert versions == {"1.17": "cilium.io/v2alpha1", "1.18": "cilium.io/v2"}


def test_names_of_any_depth_are_one_label_before_cilium_1_19() -> None:
    """``**.`` was read as ``*.``."""
    found = translated(NAMES, "cilium@1.18")
    assert specs(found)["names"]["egress"][0]["toFQDNs"] == [{"matchPattern": "*.example.com"}]
    assert codes(found) == ["dns-pattern-depth"]
    assert result(found) == "narrows"
    assert codes(translated(NAMES, "cilium@1.19")) == []


def test_other_clusters_are_an_assumption_or_a_loss() -> None:
    """Before 1.19 selectors reach other clusters: nobody minds without a mesh, and with one it widens."""
    assert any("in no mesh" in line for line in translated(ISOLATING, "cilium@1.18").assumptions)
    context = Context(pods=(Pod(namespace="shop", name="far", cluster="west"),))
    found = translated(ISOLATING, "cilium@1.18", context, allow_widening=True)
    assert codes(found) == ["cluster-mesh"]
    assert result(found) == "widens"
    reads_all = Context(cilium=CiliumOptions(policy_default_local_cluster=False), pods=context.pods)
    assert codes(translated(ISOLATING, "cilium@1.18", reads_all)) == []


def test_requests_of_removed_protocols_are_left_out() -> None:
    """Cilium 1.20 would ignore Kafka rules and open the port."""
    text = ISOLATING.replace(
        "[{fromEndpoints: [{}]}]",
        '[{toPorts: [{ports: [{port: "9092", protocol: TCP}], rules: {kafka: [{topic: orders}]}}]}]',
    )
    assert codes(translated(text, "cilium@1.20")) == ["layer7-protocol"]
    assert codes(translated(text, "cilium@1.19")) == []


def test_http_paths_follow_the_way_they_are_compared() -> None:
    """Calico compares paths as they stand before v3.31.6: there they say the same only to the same."""
    text = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  tier: default
  order: 5
  types: [Ingress]
  ingress: [{action: Allow, protocol: TCP, http: {paths: [{exact: /a}, {prefix: /b/}]}}]
"""
    new = translated(text, "calico@3.31.5")
    assert codes(new) == ["http-path-normalisation"]
    old = Context(calico=CalicoOptions(version="3.30"))
    same = translated(text, "calico", old)
    assert specs(same)["web"]["ingress"][0]["http"] == {"paths": [{"exact": "/a"}, {"prefix": "/b/"}]}
    assert codes(same) == []


def test_staged_policies_are_left_out_before_v3_30() -> None:
    """They enforce nothing, so no traffic changes."""
    text = TIERS.split("---", maxsplit=2)[2].replace("kind: NetworkPolicy", "kind: StagedNetworkPolicy")
    assert codes(translated(text, "calico@3.29")) == ["staged-dropped"]
    assert codes(translated(text, "calico@3.30")) == []


def test_the_self_check_reads_as_the_version_does() -> None:
    """A field that a version does not know is refused when the output is read again."""
    found = translated(DENY_ONLY, "cilium@1.16")
    assert "enableDefaultDeny" in found.text
    old = Context(cilium=CiliumOptions(version="1.15"))
    with pytest.raises(InputError, match=r"it came with 1\.16"):
        translated(DENY_ONLY, "cilium", old)
