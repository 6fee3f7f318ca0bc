"""``netpolx fetch``: a cluster into files, by reading and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Netpolx
from tests.integrations.conftest import Kubectl
from translator.documents.loading import load_paths
from translator.review.cluster import VERBS, Access, Answered, commands, fetch

POLICY: dict[str, Any] = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {
        "name": "web",
        "namespace": "shop",
        "uid": "1",
        "resourceVersion": "7",
        "managedFields": [{}],
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
    },
    "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
    "status": {},
}
POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web-1", "namespace": "shop", "labels": {"app": "web"}, "uid": "2", "annotations": {"a": "b"}},
    "spec": {
        "serviceAccountName": "robot",
        "containers": [
            {
                "name": "web",
                "image": "web:1",
                "env": [{"name": "PASSWORD", "value": "hunter2"}],
                "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
            }
        ],
    },
    "status": {"phase": "Running", "podIPs": [{"ip": "10.244.0.7"}], "conditions": [{}]},
}
SLICE: dict[str, Any] = {
    "apiVersion": "discovery.k8s.io/v1",
    "kind": "EndpointSlice",
    "metadata": {"name": "web-x", "namespace": "shop", "labels": {"kubernetes.io/service-name": "web"}},
    "addressType": "IPv4",
    "endpoints": [{"addresses": ["10.244.0.7"], "targetRef": {"kind": "Pod", "name": "web-1"}}],
    "ports": [{"name": "", "port": 8080, "protocol": "TCP"}],
}
SERVICE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"selector": {"app": "web"}, "clusterIP": "10.96.0.9", "clusterIPs": ["10.96.0.9"]},
}
NAMESPACE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": "shop", "labels": {"a": "b"}},
}
KINDS = {
    "networkpolicies.networking.k8s.io": [POLICY],
    "pods": [POD],
    "namespaces": [NAMESPACE],
    "services": [SERVICE],
    "endpointslices.discovery.k8s.io": [SLICE],
}


def test_only_reading_verbs_are_ever_run(netpolx: Netpolx, kubectl: Kubectl) -> None:
    """Every call of kubectl is ``get`` or ``api-resources``; nothing that changes a cluster."""
    kubectl.answer(KINDS)
    assert netpolx("fetch", "now", "--kube-context", "prod", "-n", "shop").code == 0
    verbs = [next(word for word in call[2:] if not word.startswith("-")) for call in kubectl.asked]
    assert [call[:2] for call in kubectl.asked] == [["--context", "prod"]] * len(verbs)
    assert verbs[0] == "api-resources"
    assert set(verbs) == {"get", "api-resources"} == VERBS
    assert all(call[4:6] == ["-n", "shop"] for call in kubectl.asked[1:])


def test_policies_come_without_what_the_server_added(netpolx: Netpolx, kubectl: Kubectl) -> None:
    """uid, resourceVersion, managedFields, status and kubectl's annotation are gone; the file can be applied."""
    kubectl.answer(KINDS)
    run = netpolx("fetch", "now")
    assert run.code == 0, run.err
    (document,) = load_paths(["now/policies"]).documents
    assert document.data == {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": POLICY["spec"],
    }


def test_pods_come_without_their_secrets(netpolx: Netpolx, kubectl: Kubectl) -> None:
    """Labels, addresses and named ports are kept; environment, images and annotations are not."""
    kubectl.answer(KINDS)
    netpolx("fetch", "now")
    text = Path("now/cluster/pods.yaml").read_text()
    assert "10.244.0.7" in text
    assert "name: http" in text
    assert not any(word in text for word in ("hunter2", "web:1", "uid", "conditions", "annotations"))


def test_the_context_knows_what_the_files_know(netpolx: Netpolx, kubectl: Kubectl) -> None:
    """context.yaml is what ``netpolx context`` makes of the files of the cluster."""
    kubectl.answer(KINDS)
    netpolx("fetch", "now")
    again = netpolx("context", "now/cluster")
    first, _, rest = Path("now/context.yaml").read_text().partition("\n")
    assert first.startswith("# Written by netpolx fetch")
    assert rest == again.out
    assert "address: 10.244.0.7" in rest
    asked = netpolx(
        "query",
        "now/policies",
        "--context",
        "now/context.yaml",
        "--from",
        "10.0.0.9",
        "--to",
        "shop/web-1",
        "--port",
        "1",
    )
    assert asked.out.startswith("deny")


def test_kinds_that_the_cluster_lacks_are_skipped_with_a_note(netpolx: Netpolx, kubectl: Kubectl) -> None:
    """A cluster without Cilium is no error, and is not asked for Cilium's kinds."""
    kubectl.answer(KINDS)
    run = netpolx("fetch", "now")
    assert run.code == 0
    assert "note: ciliumnetworkpolicies.cilium.io: the cluster has no such kind" in run.err.splitlines()
    assert not any("ciliumnetworkpolicies.cilium.io" in call for call in kubectl.asked)


def test_policies_that_cannot_be_read_fail(netpolx: Netpolx, kubectl: Kubectl) -> None:
    """Half of the policies look like a whole: what is missing is told and the exit code is 1."""
    kubectl.answer(KINDS, forbidden=("networkpolicies.networking.k8s.io",))
    run = netpolx("fetch", "now")
    assert run.code == 1
    assert "not complete, not read: networkpolicies.networking.k8s.io" in run.err
    kubectl.answer(KINDS, forbidden=("pods",))
    run = netpolx("fetch", "now")
    assert run.code == 0
    assert "note: pods: not read: Error from server (Forbidden)" in run.err


def test_calico_without_its_api_server_is_read_as_stored(netpolx: Netpolx, kubectl: Kubectl) -> None:
    """Where only the custom resources of Calico's storage exist, those are read."""
    stored = {"apiVersion": "crd.projectcalico.org/v1", "kind": "Tier", "metadata": {"name": "ops"}, "spec": {}}
    kubectl.answer({**KINDS, "tiers.crd.projectcalico.org": [stored]})
    netpolx("fetch", "now")
    assert "name: ops" in Path("now/policies/tiers.crd.projectcalico.org.yaml").read_text()
    kubectl.answer({**KINDS, "tiers.crd.projectcalico.org": [stored], "tiers.projectcalico.org": [stored]})
    run = netpolx("fetch", "now")
    assert "removed now/policies/tiers.crd.projectcalico.org.yaml" in run.err
    assert Path("now/policies/tiers.projectcalico.org.yaml").exists()


def test_kubernetes_policies_are_read_once(netpolx: Netpolx, kubectl: Kubectl) -> None:
    """Calico's API shows them a second time as ``knp.default.<name>``; what only looks like it stays."""

    def calico(name: str) -> dict[str, Any]:
        return {
            "apiVersion": "projectcalico.org/v3",
            "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {"selector": "all()", "types": ["Ingress"]},
        }

    shown = [calico("knp.default.web"), calico("knp.default.other"), calico("own")]
    kubectl.answer({**KINDS, "networkpolicies.projectcalico.org": shown})
    run = netpolx("fetch", "now")
    assert run.code == 0, run.err
    assert "1 left out: Kubernetes policies as Calico shows them" in run.err
    assert "2 networkpolicies.projectcalico.org" in run.err
    names = [each.metadata["name"] for each in load_paths(["now/policies"]).documents]
    assert sorted(names) == ["knp.default.other", "own", "web"]


def test_files_of_others_are_never_touched(netpolx: Netpolx, kubectl: Kubectl) -> None:
    """A file that netpolx did not write is neither overwritten nor removed."""
    kubectl.answer(KINDS)
    Path("now/policies").mkdir(parents=True)
    Path("now/policies/mine.yaml").write_text("# mine\n")
    assert netpolx("fetch", "now").code == 0
    assert Path("now/policies/mine.yaml").read_text() == "# mine\n"
    Path("now/context.yaml").write_text("# mine too\n")
    assert netpolx("fetch", "now").code == 2
    assert Path("now/context.yaml").read_text() == "# mine too\n"


def test_without_kubectl_the_commands_are_printed(netpolx: Netpolx) -> None:
    """Exit 1, and every command that would have been run, ready for a shell elsewhere."""
    run = netpolx("fetch", "now", "--kubectl", "no-such-kubectl", "--kube-context", "my cluster")
    assert run.code == 1
    assert "there is no `no-such-kubectl` here" in run.err
    assert (
        "no-such-kubectl --context 'my cluster' get pods --all-namespaces -o yaml > now/cluster/pods.yaml"
        in run.out.splitlines()
    )
    assert len([line for line in run.out.splitlines() if " get " in line]) == len(commands(Access()))
    assert not Path("now").exists()


def test_a_cluster_that_does_not_answer_is_one(netpolx: Netpolx, kubectl: Kubectl) -> None:
    """Nothing is written when not even the kinds are known."""
    kubectl.answer({})
    run = netpolx("fetch", "now")
    assert run.code == 1
    assert "the cluster does not answer" in run.err
    assert not Path("now").exists()


def test_a_listing_that_is_not_whole_is_told() -> None:
    """An aggregated API that is down fails the listing; what was listed is read all the same."""

    def run(command: Any) -> Answered:
        if "api-resources" in command:
            return Answered(code=1, out="namespaces\n", err="metrics is down")
        return Answered(code=0, out="apiVersion: v1\nkind: List\nitems: []\n", err="")

    fetched = fetch(Access(), run)
    assert "not every kind is known: metrics is down" in fetched.notes
    assert fetched.counts == {"namespaces": 0}


@pytest.mark.parametrize("command", commands(Access()))
def test_every_printed_command_reads(command: list[str]) -> None:
    """What people are told to run reads as well."""
    assert command[:2] == ["kubectl", "get"]
