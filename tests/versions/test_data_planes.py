"""Named SCTP ports under Calico's eBPF data plane, which keeps none (calico.md 9)."""

from __future__ import annotations

from tests.versions.translating import codes, result, specs, translated
from translator.context import CalicoOptions, Context, NamedPort, Pod, ServiceBackend, ServiceInfo
from translator.errors import Finding
from translator.pipeline.source import ReadOptions, parse_documents_text

POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: core, namespace: shop}
spec:
  podSelector: {matchLabels: {app: core}}
  ingress: [{ports: [{protocol: SCTP, port: diameter}, {port: 443}]}]
"""
CALICO = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec:
  tier: default
  order: 1
  types: [Egress]
  egress: [{action: Allow, destination: {services: {name: db, namespace: shop}}}]
"""
EBPF = CalicoOptions(dataplane="ebpf")


def pod(port: int, protocol: int = 132, name: str = "core") -> Pod:
    """A pod that declares a port."""
    ports = (NamedPort(name="diameter", protocol=protocol, port=port),)
    return Pod(namespace="shop", name=name, labels={"app": "core"}, ports=ports)


def test_names_become_numbers_where_the_pods_agree() -> None:
    """The known pods of the policy all declare the same number."""
    found = translated(POLICY, "calico", Context(calico=EBPF, pods=(pod(3868),)))
    ports = {rule["protocol"]: rule["destination"]["ports"] for rule in specs(found)["core"]["ingress"]}
    assert ports == {"SCTP": [3868], "TCP": [443]}
    assert codes(found) == ["named-port-resolved"]
    assert result(found) == "equal"


def test_names_stay_and_are_declared_where_they_do_not() -> None:
    """Nobody known, pods that disagree: the rule never matches there."""
    for pods in ((), (pod(3868), pod(3869, name="other"))):
        found = translated(POLICY, "calico", Context(calico=EBPF, pods=pods))
        assert codes(found) == ["dataplane-dependent"]
        assert result(found) == "narrows"


def test_other_data_planes_know_names() -> None:
    """Nothing is lost with iptables."""
    assert codes(translated(POLICY, "calico", Context(pods=(pod(3868),)))) == []


def warnings(context: Context) -> list[Finding]:
    """What is said about the data planes."""
    read = parse_documents_text(CALICO, ReadOptions(context=context))
    return [finding for finding in read.findings if finding.code == "dataplane"]


def services(protocol: int) -> dict[str, ServiceInfo]:
    """The Service with one backend."""
    backends = (ServiceBackend(address="10.0.0.1", protocol=protocol, port=5432),)
    return {"shop/db": ServiceInfo(namespace="shop", name="db", backends=backends)}


def test_services_are_warned_about_where_they_have_sctp_ports() -> None:
    """Not where the known Service has none, and where it is not known only under eBPF."""
    assert not warnings(Context(services=services(6)))
    assert warnings(Context(services=services(132)))
    assert not warnings(Context())
    assert warnings(Context(calico=EBPF))
