"""What kubectl dumps and manifests tell about a cluster."""

from __future__ import annotations

import json
from typing import Any

from translator.context import Context, NamedPort, ServiceBackend
from translator.documents.loading import load_text
from translator.wire.context import read_context


def read(*objects: dict[str, Any]) -> Context:
    context, findings = gather(*objects)
    assert findings == ()
    return context


def gather(*objects: dict[str, Any]) -> tuple[Context, tuple[Any, ...]]:
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    return read_context(load_text(text).documents)


def named(kind: str, name: str, *, api: str = "v1", namespace: str | None = "shop", **rest: Any) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **rest.pop("metadata", {})}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **rest}


POD_SPEC = {
    "serviceAccountName": "robot",
    "containers": [{"ports": [{"name": "http", "containerPort": 8080}, {"containerPort": 9}]}],
    "initContainers": [{"ports": [{"name": "dns", "containerPort": 53, "protocol": "UDP"}]}],
}
PORTS = (NamedPort(name="http", protocol=6, port=8080), NamedPort(name="dns", protocol=17, port=53))


def test_namespaces_carry_the_label_of_their_name() -> None:
    """The API server labels every namespace with its name, a manifest need not."""
    context = read(named("Namespace", "shop", namespace=None, metadata={"labels": {"team": "red"}}))
    assert context.namespaces == {"shop": {"team": "red", "kubernetes.io/metadata.name": "shop"}}


def test_a_pod_tells_labels_addresses_account_and_named_ports() -> None:
    """Containers and init containers both name ports; a port without a name tells nothing."""
    status = {"phase": "Running", "podIP": "10.0.0.7", "podIPs": [{"ip": "10.0.0.7"}, {"ip": "fd00::7"}]}
    (pod,) = read(named("Pod", "web-1", spec=POD_SPEC, status=status, metadata={"labels": {"app": "web"}})).pods
    assert (pod.namespace, pod.name, pod.service_account, pod.labels) == ("shop", "web-1", "robot", {"app": "web"})
    assert pod.addresses == ("10.0.0.7", "fd00::7")
    assert pod.ports == PORTS


def test_a_finished_pod_is_not_there() -> None:
    """A pod that succeeded or failed has given its address back."""
    finished = [named("Pod", phase.lower(), spec={}, status={"phase": phase}) for phase in ("Succeeded", "Failed")]
    assert read(*finished).pods == ()


def test_a_host_network_pod_is_marked() -> None:
    """Its address is its node's."""
    (pod,) = read(named("Pod", "agent", spec={"hostNetwork": True}, status={"podIP": "192.168.1.1"})).pods
    assert pod.host_network


def test_a_workload_is_a_pod_named_after_it() -> None:
    """The labels are those of the template, of a CronJob those two levels down."""
    template = {"metadata": {"labels": {"app": "web"}}, "spec": POD_SPEC}
    kinds = [("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet"), ("apps/v1", "ReplicaSet")]
    kinds += [("batch/v1", "Job"), ("v1", "ReplicationController")]
    for api, kind in kinds:
        (pod,) = read(named(kind, "web", api=api, spec={"template": template})).pods
        assert (pod.name, pod.labels, pod.ports, pod.service_account) == ("web", {"app": "web"}, PORTS, "robot")
    spec = {"jobTemplate": {"spec": {"template": template}}}
    (pod,) = read(named("CronJob", "web", api="batch/v1", spec=spec)).pods
    assert (pod.name, pod.labels) == ("web", {"app": "web"})


def test_what_a_controller_owns_is_told_by_its_owner() -> None:
    """The ReplicaSets of a Deployment, old revisions too, are no workloads of their own."""
    owned = {"ownerReferences": [{"kind": "Deployment", "name": "web", "controller": True}]}
    assert read(named("ReplicaSet", "web-5c", api="apps/v1", metadata=owned, spec={"template": {}})).pods == ()


def test_workloads_of_one_name_are_told_apart_by_kind() -> None:
    """A Deployment and a CronJob called alike are both there, whatever the order; a pod keeps its name."""
    deployment = named("Deployment", "backup", api="apps/v1", spec={"template": {}})
    cron_job = named("CronJob", "backup", api="batch/v1", spec={})
    pod = named("Pod", "backup", spec={})
    assert [each.name for each in read(deployment, cron_job).pods] == ["cronjob/backup", "deployment/backup"]
    assert read(deployment, cron_job) == read(cron_job, deployment)
    assert [each.name for each in read(deployment, pod).pods] == ["backup", "deployment/backup"]


def test_a_service_joins_its_endpoint_slices() -> None:
    """Labels and selector come from the Service, backends from every slice that names it."""
    service = named(
        "Service",
        "db",
        metadata={"labels": {"app": "db"}},
        spec={"clusterIP": "10.96.0.9", "clusterIPs": ["10.96.0.9", "fd01::9"], "selector": {"app": "db"}},
        status={"loadBalancer": {"ingress": [{"ip": "198.51.100.4"}, {"hostname": "lb.example.com"}]}},
    )
    label = {"labels": {"kubernetes.io/service-name": "db"}}
    slices = [
        named(
            "EndpointSlice",
            f"db-{number}",
            api="discovery.k8s.io/v1",
            metadata=label,
            endpoints=[{"addresses": [f"10.0.0.{number}"]}],
            ports=[{"port": 5432, "protocol": "TCP"}, {"protocol": "UDP"}],
        )
        for number in (1, 2)
    ]
    info = read(*slices, service).services["shop/db"]
    assert (info.labels, info.selector) == ({"app": "db"}, {"app": "db"})
    assert info.addresses == ("10.96.0.9", "fd01::9", "198.51.100.4")
    assert info.backends == (
        ServiceBackend(address="10.0.0.1", protocol=6, port=5432),
        ServiceBackend(address="10.0.0.1", protocol=17),
        ServiceBackend(address="10.0.0.2", protocol=6, port=5432),
        ServiceBackend(address="10.0.0.2", protocol=17),
    )
    assert read(service, *slices).services["shop/db"] == info


def test_a_headless_service_has_no_address() -> None:
    """`clusterIP: None` is a word, and a slice without ports tells its addresses alone."""
    service = named("Service", "db", spec={"clusterIP": "None", "clusterIPs": ["None"]})
    endpoints = named("Endpoints", "db", subsets=[{"addresses": [{"ip": "10.0.0.1"}]}])
    info = read(service, endpoints).services["shop/db"]
    assert info.addresses == ()
    assert info.backends == (ServiceBackend(address="10.0.0.1"),)


def test_the_kubernetes_service_tells_the_api_server() -> None:
    """The API server keeps its own addresses in `default/kubernetes`."""
    service = named("Service", "kubernetes", namespace="default", spec={"clusterIP": "10.96.0.1"})
    label = {"labels": {"kubernetes.io/service-name": "kubernetes"}}
    endpoints = [{"addresses": ["192.168.10.1"]}]
    ports = [{"port": 6443}]
    slices = named(
        "EndpointSlice",
        "kubernetes",
        namespace="default",
        api="discovery.k8s.io/v1",
        metadata=label,
        endpoints=endpoints,
        ports=ports,
    )
    assert read(service, slices).api_server == ("10.96.0.1", "192.168.10.1")


def test_nodes_tell_their_addresses_and_pod_ranges() -> None:
    """Names among a node's addresses are not addresses."""
    addresses = [{"type": "InternalIP", "address": "192.168.10.5"}, {"type": "Hostname", "address": "node-1"}]
    node = named(
        "Node",
        "node-1",
        namespace=None,
        spec={"podCIDR": "10.244.1.0/24", "podCIDRs": ["10.244.1.0/24"]},
        status={"addresses": addresses},
    )
    context = read(node)
    assert context.node_cidrs == ("192.168.10.5/32",)
    assert context.pod_cidrs == ("10.244.1.0/24",)


def test_a_pod_outside_the_pod_ranges_is_a_warning() -> None:
    """Network plugins with pools of their own make nodes' podCIDRs meaningless, which must not pass in silence."""
    node = named("Node", "n", namespace=None, spec={"podCIDR": "10.244.1.0/24"})
    inside = named("Pod", "a", spec={}, status={"podIP": "10.244.1.7"})
    outside = named("Pod", "b", spec={}, status={"podIP": "172.16.0.7"})
    assert gather(node, inside)[1] == ()
    (finding,) = gather(node, inside, outside)[1]
    assert (finding.severity, finding.code) == ("warning", "pod-outside")


def test_a_label_that_is_no_string_is_refused() -> None:
    """The API server would refuse it too."""
    _, (finding,) = gather(named("Namespace", "shop", namespace=None, metadata={"labels": {"version": 1}}))
    assert "version" in finding.message
    assert finding.hint == 'write "1" in quotes'


def test_objects_without_a_namespace_are_in_the_default_one() -> None:
    """Manifests leave the namespace to kubectl's -n."""
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"
    context, _ = read_context(load_text(text).documents, default_namespace="prod")
    assert context.pods[0].namespace == "prod"


def test_odd_objects_tell_nothing_and_break_nothing() -> None:
    """Nulls and wrong types where other programs' data stand are no crash."""
    for kind, api in [("Pod", "v1"), ("Service", "v1"), ("Node", "v1"), ("Deployment", "apps/v1"), ("Endpoints", "v1")]:
        values: list[Any] = [None, [], "x", 3]
        for value in values:
            read(named(kind, "a", api=api, spec=value, status=value, subsets=value))
            read({"apiVersion": api, "kind": kind, "metadata": value})


def test_a_dump_and_a_context_document_complete_each_other() -> None:
    """The labels of one source and the addresses of the other make one pod."""
    text = """\
apiVersion: netpolx/v1alpha1
kind: Context
pods: [{namespace: shop, name: web-1, labels: {app: web}, cluster: default}]
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web}}
status: {podIP: 10.0.0.7}
"""
    context, findings = read_context(load_text(text).documents)
    assert findings == ()
    assert [(pod.name, pod.addresses) for pod in context.pods] == [("web-1", ("10.0.0.7",))]
