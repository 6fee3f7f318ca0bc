"""Where pods have their addresses when the nodes do not say, and files that say nothing."""

from pathlib import Path

import pytest

from translator.documents.loading import load_text
from translator.errors import UsageError
from translator.wire.context import load_context, read_context

POOLS = """\
apiVersion: crd.projectcalico.org/v1
kind: IPPool
metadata: {name: default-ipv4-ippool}
spec: {cidr: 192.168.0.0/16, blockSize: 26, allowedUses: [Workload, Tunnel]}
---
apiVersion: projectcalico.org/v3
kind: IPPool
metadata: {name: balancers}
spec: {cidr: 203.0.113.0/24, allowedUses: [LoadBalancer]}
---
apiVersion: cilium.io/v2
kind: CiliumNode
metadata: {name: worker}
spec: {ipam: {podCIDRs: [10.0.1.0/24]}}
"""
POLICY = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {podSelector: {}}\n"


def test_pools_of_the_engines_are_ranges_of_pods() -> None:
    """Calico's pools and Cilium's nodes tell where pods are; a pool of balancers does not."""
    context, findings = read_context(load_text(POOLS).documents)
    assert (context.pod_cidrs, findings) == (("10.0.1.0/24", "192.168.0.0/16"), ())


def test_a_context_that_tells_nothing_is_refused(tmp_path: Path) -> None:
    """Policies given as the context are a mistake, and not an empty context."""
    (tmp_path / "policies.yaml").write_text(POLICY, encoding="utf-8")
    with pytest.raises(UsageError, match="it holds NetworkPolicy"):
        load_context([str(tmp_path)])
