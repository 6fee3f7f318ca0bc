"""The Context document: what it means, what is refused, and how it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from translator.context import NO_CONTEXT, Context, NamedPort, Pod
from translator.documents.emitter import dump
from translator.documents.loading import load_text
from translator.errors import Finding, InputError
from translator.wire.context import ContextDocument, load_context, override_options, read_context, write_context

HEAD = "apiVersion: netpolx/v1alpha1\nkind: Context\n"
FULL = (
    HEAD
    + """\
podCIDRs: [10.244.0.0/16]
nodeCIDRs: [192.168.10.0/24]
serviceCIDRs: [10.96.0.0/12]
apiServer: [192.168.10.1, 10.96.0.1]
namespaces: {shop: {team: red}}
serviceAccounts: {shop/robot: {role: ci}}
pods:
- {namespace: shop, name: web, labels: {app: web}, serviceAccount: robot, addresses: [10.244.0.7],
   ports: [{name: http, protocol: TCP, port: 8080}], cluster: west}
calico: {version: "3.31", dataplane: nftables, admission: none, dikastes: false}
cilium: {version: "1.20", allow-localhost: policy, policy-default-local-cluster: false, policy-cidr-match-mode: [nodes],
  enable-policy: always, ip-families: [IPv4]}
kubernetes: {ipblock-matches-pods: true}
"""
)


def read(text: str, known: Context = NO_CONTEXT) -> Context:
    context, findings = read_context(load_text(text).documents, known)
    assert findings == ()
    return context


def refused(text: str) -> list[Finding]:
    return list(read_context(load_text(text).documents)[1])


def test_every_key_of_the_format_is_read() -> None:
    """The example of the design says everything it seems to say."""
    context = read(FULL)
    assert context.pod_cidrs == ("10.244.0.0/16",)
    assert context.node_cidrs == ("192.168.10.0/24",)
    assert context.service_cidrs == ("10.96.0.0/12",)
    assert context.api_server == ("10.96.0.1", "192.168.10.1")
    assert context.namespaces == {"shop": {"team": "red", "kubernetes.io/metadata.name": "shop"}}
    assert context.service_accounts == {"shop/robot": {"role": "ci"}}
    assert context.pods == (
        Pod(
            namespace="shop",
            name="web",
            labels={"app": "web"},
            service_account="robot",
            addresses=("10.244.0.7",),
            ports=(NamedPort(name="http", protocol=6, port=8080),),
            cluster="west",
        ),
    )
    assert (context.calico.version, context.calico.dataplane) == ("3.31", "nftables")
    assert (context.calico.admission, context.calico.dikastes) == ("none", False)
    assert (context.cilium.version, context.cilium.allow_localhost) == ("1.20", "policy")
    assert context.cilium.policy_cidr_match_mode == ("nodes",)
    assert (context.cilium.enable_policy, context.cilium.ip_families) == ("always", ("IPv4",))
    assert not context.cilium.policy_default_local_cluster
    assert context.kubernetes.ipblock_matches_pods is True


def test_an_empty_context_knows_nothing() -> None:
    """All keys are optional, and absent ones are unknown."""
    assert read(HEAD) == NO_CONTEXT
    assert read_context(()) == (NO_CONTEXT, ())


def test_null_leaves_an_option_unknown() -> None:
    """`ipblock-matches-pods: null` says that nobody knows."""
    assert read(HEAD + "kubernetes: {ipblock-matches-pods: null}\n") == NO_CONTEXT


def test_disable_is_a_negated_enable() -> None:
    """Cilium's `disable-x: true` is `enable-x: false`, as the agent's flags have it."""
    assert not read(HEAD + "cilium: {disable-l7-proxy: true}\n").cilium.enable_l7_proxy
    assert read(HEAD + "cilium: {disable-host-firewall: false}\n").cilium.enable_host_firewall
    (finding,) = refused(HEAD + "cilium: {disable-l7-proxy: true, enable-l7-proxy: true}\n")
    assert "contradict" in finding.message


def test_localhost_auto_is_always_under_kubernetes() -> None:
    """The agent's default `auto` means `always` in a cluster."""
    assert read(HEAD + "cilium: {allow-localhost: auto}\n").cilium.allow_localhost == "always"


def test_workloads_are_pods_too() -> None:
    """The key `workloads` takes the same entries as `pods`."""
    assert [pod.name for pod in read(HEAD + "workloads: [{name: web}]\n").pods] == ["web"]


def test_an_unknown_key_is_refused_with_a_suggestion() -> None:
    """A misspelt key is an error at its own line, not an ignored key."""
    (finding,) = refused(HEAD + "podCIDR: [10.0.0.0/8]\n")
    assert (finding.code, finding.hint) == ("unknown-field", "did you mean `podCIDRs`?")
    assert str(finding.origin) == "-:3:1"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("calico: {version: 3.30}", "expected a string, found the number 3.3; write it in quotes"),
        ("calico: {dataplane: iptable}", "did you mean `iptables`?"),
        ("cilium: {enable-sctp: 1}", "expected a boolean"),
        ("podCIDRs: [10.0.0.1/8]", "bits are set beyond the prefix length"),
        ("podCIDRs: [ten]", "expected a CIDR"),
        ("apiServer: [api.example.com]", "expected an IP address"),
        ("pods: [{name: web, ports: [{name: http, port: 80808}]}]", "65535"),
        ("pods: [{namespace: shop}]", "`name` is missing"),
        ("serviceAccounts: {robot: {}}", "expected namespace/name"),
        ('calico: {version: "three"}', "expected a version"),
    ],
)
def test_a_wrong_value_is_refused(line: str, expected: str) -> None:
    """What cannot be meant is an error that says what was expected."""
    (finding,) = refused(f"{HEAD}{line}\n")
    assert expected in str(finding)
    assert str(finding.origin).startswith("-:3:")


def test_a_written_context_reads_back_equal() -> None:
    """`write_context` and `read_context` are inverse."""
    context = read(FULL)
    assert read(dump([write_context(context)])) == context
    assert write_context(NO_CONTEXT) == {"apiVersion": "netpolx/v1alpha1", "kind": "Context"}


def test_documents_merge_whatever_their_order() -> None:
    """Several Context documents add up; the order of the files does not show."""
    one = HEAD + "podCIDRs: [10.1.0.0/16]\nnamespaces: {a: {x: '1'}}\npods: [{namespace: a, name: p}]\n"
    two = HEAD + "podCIDRs: [10.0.0.0/16]\nnamespaces: {b: {}, a: {z: '2'}}\npods: [{namespace: a, name: o}]\n"
    merged = read(f"{one}---\n{two}")
    assert merged == read(f"{two}---\n{one}")
    assert merged.pod_cidrs == ("10.0.0.0/16", "10.1.0.0/16")
    assert merged.namespaces["a"] == {"x": "1", "z": "2", "kubernetes.io/metadata.name": "a"}
    assert [pod.name for pod in merged.pods] == ["o", "p"]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("namespaces: {a: {x: '1'}}", "namespaces: {a: {x: '2'}}"),
        ("serviceAccounts: {a/b: {x: '1'}}", "serviceAccounts: {a/b: {x: '2'}}"),
        ("pods: [{name: a, labels: {x: '1'}}]", "pods: [{name: a, labels: {x: '2'}}]"),
        ("calico: {dataplane: ebpf}", "calico: {dataplane: nftables}"),
        ("services: {a/b: {labels: {x: '1'}}}", "services: {a/b: {labels: {x: '2'}}}"),
    ],
)
def test_contradictions_are_findings(one: str, two: str) -> None:
    """Two sources that disagree are an error that names both places."""
    (finding,) = refused(f"{HEAD}{one}\n---\n{HEAD}{two}\n")
    assert finding.code == "context-conflict"
    assert str(finding.origin).startswith("-:7:")
    assert "-:3:" in finding.message


def test_what_is_known_already_counts_as_a_source() -> None:
    """Documents add to a known context and may not contradict it."""
    known = read(HEAD + "namespaces: {a: {x: '1'}}\ncilium: {enable-policy: always}\n")
    added = read(HEAD + "namespaces: {a: {z: '2'}}\n", known)
    assert added.namespaces["a"]["x"] == "1"
    assert added.cilium.enable_policy == "always"
    _, findings = read_context(load_text(HEAD + "cilium: {enable-policy: never}\n").documents, known)
    assert [finding.code for finding in findings] == ["context-conflict"]


def test_options_have_the_last_word(tmp_path: Path) -> None:
    """Options given beside the files replace what the files say; other options stay."""
    file = tmp_path / "context.yaml"
    file.write_text(HEAD + "calico: {dataplane: ebpf, dikastes: false}\n", encoding="utf-8")
    context = load_context([str(file)], {"calico": {"dataplane": "iptables"}})
    assert context.calico.dataplane == "iptables"
    assert not context.calico.dikastes
    _, findings = override_options(context, {"calico": {"dataplane": "ipvs"}})
    assert findings


def test_a_bad_context_file_raises_with_every_finding(tmp_path: Path) -> None:
    """Loading collects what is wrong in all files before it raises."""
    (tmp_path / "a.yaml").write_text(HEAD + "podCIDR: []\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("a: [\n", encoding="utf-8")
    with pytest.raises(InputError) as raised:
        load_context([str(tmp_path), str(tmp_path / "absent.yaml")])
    assert sorted(finding.code for finding in raised.value.findings) == ["invalid-yaml", "unknown-field", "unreadable"]


def test_the_schema_names_the_options_as_the_engines_do() -> None:
    """The published schema has the keys of the document, closed against others."""
    schema = ContextDocument.model_json_schema(by_alias=True)
    assert schema["additionalProperties"] is False
    assert {"podCIDRs", "nodeCIDRs", "serviceCIDRs", "apiServer", "namespaces"} <= set(schema["properties"])
    assert "policy-cidr-match-mode" in schema["$defs"]["CiliumBlock"]["properties"]


def test_unknown_fields_hide_no_wrong_values() -> None:
    """All mistakes of a Context are told in one run."""
    text = HEAD + "podCIDRS: [10.0.0.0/44]\nbogus: 1\npods: [{namespace: shop, name: web, addresses: [300.1.1.1]}]\n"
    _, findings = read_context(load_text(text).documents)
    assert sorted(each.origin.field_path for each in findings if each.origin) == [
        "bogus",
        "podCIDRS",
        "pods[0].addresses[0]",
    ]
