"""The API server's gate: what it refuses, where, and with what advice."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.kubernetes.reading import (
    cluster_policy_text,
    cluster_refusals,
    network_policy_text,
    parse_all,
    read,
    refusals,
)
from tests.vectors import OWN, VECTORS, needs_shared
from translator.context import NO_CONTEXT, Context, KubernetesOptions
from translator.documents.document import Document
from translator.documents.loading import load_text
from translator.errors import Gate, Severity

EDGE_CASES = [json.loads(line) for line in (OWN / "apiserver-edge-cases.jsonl").read_text().splitlines()]
OUR_KINDS = ("networking.k8s.io/v1 NetworkPolicy", "policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy")


def is_accepted(data: dict[str, Any]) -> bool:
    return any(parsed.policies for parsed in parse_all([Document(data=data)]).values())


@pytest.mark.parametrize(
    "case", [case for case in EDGE_CASES if case["kind"] in OUR_KINDS], ids=lambda case: json.dumps(case["spec"])
)
def test_edge_cases_get_the_real_servers_answer(case: dict[str, Any]) -> None:
    """Nulls, empty lists, CIDRs and ports are accepted and refused as kube-apiserver 1.36 did."""
    api_version, kind = case["kind"].split()
    data = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x1"}, "spec": case["spec"]}
    assert is_accepted(data) == case["accepted"], case.get("message")


@needs_shared
@pytest.mark.parametrize("name", ["apiserver-verdicts.jsonl.gz", "apiserver-verdicts-2.jsonl.gz"])
def test_real_policies_and_mutations_get_the_real_servers_answer(name: str) -> None:
    """Every NetworkPolicy and ClusterNetworkPolicy that was posted to a real server is judged alike."""
    cases = [json.loads(line) for line in gzip.decompress((VECTORS / name).read_bytes()).splitlines()]
    ours = [case for case in cases if f"{case['object']['apiVersion']} {case['object']['kind']}" in OUR_KINDS]
    wrong = [case["message"] for case in ours if is_accepted(case["object"]) != case["accepted"]]
    assert (wrong, len(ours) > 100) == ([], True)


def test_a_refusal_names_gate_place_and_remedy() -> None:
    """A finding says file, line and column, the field path, what was expected and found, and who refuses."""
    text = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p}
spec:
  podSelector: {}
  ingress:
  - ports:
    - protocol: tcp
"""
    policies, findings = read(text)
    assert not policies
    assert [str(finding) for finding in findings] == [
        "-:8:7: error: spec.ingress[0].ports[0].protocol: expected `TCP`, `UDP` or `SCTP`, found 'tcp'; "
        "did you mean `TCP`? [refused by kube-apiserver]"
    ]


def test_all_errors_are_reported_at_once() -> None:
    """A second error does not hide behind the first."""
    spec = "{ingress: [{from: [{}]}, {ports: [{port: 0}, {port: 80, endPort: 79}]}], policyTypes: [ingress]}"
    assert refusals(spec) == [
        "spec.policyTypes[0]: expected `Ingress` or `Egress`, found 'ingress'",
        "spec.ingress[0].from[0]: a peer needs `podSelector`, `namespaceSelector` or `ipBlock`",
        "spec.ingress[1].ports[0].port: expected a port between 1 and 65535, found 0",
        "spec.ingress[1].ports[1].endPort: expected at least 80 (the `port`), found 79",
    ]


@pytest.mark.parametrize(
    ("spec", "path", "hint"),
    [
        (
            "{ingress: [{from: [{podSelector: {}, ports: [{port: 80}]}]}]}",
            "spec.ingress[0].from[0].ports",
            "`ports` is a field of spec.ingress[0]; check the indentation",
        ),
        ("{ingress: [{From: []}]}", "spec.ingress[0].From", "did you mean `from`?"),
        ("{podselector: {}}", "spec.podselector", "did you mean `podSelector`?"),
        ("{podSelector: {matchLabels: {a: 1}}}", "spec.podSelector.matchLabels.a", "write it in quotes"),
        ("{ingress: [{ports: [{port: '80'}]}]}", "spec.ingress[0].ports[0].port", "write the number without quotes"),
        (
            "{ingress: [{ports: [{port: 80-90}]}]}",
            "spec.ingress[0].ports[0].port",
            "write `port: 80` and `endPort: 90`",
        ),
        (
            "{ingress: [{from: [{ipBlock: {cidr: 10.0.0.1}}]}]}",
            "spec.ingress[0].from[0].ipBlock.cidr",
            "did you mean `10.0.0.1/32`?",
        ),
    ],
)
def test_common_slips_get_a_remedy(spec: str, path: str, hint: str) -> None:
    """What people get wrong most often is answered with what to write instead."""
    _, findings = read(network_policy_text(spec))
    assert [(finding.origin and finding.origin.field_path, finding.hint) for finding in findings] == [(path, hint)]


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ("{}", "metadata.name: required field `name` is missing"),
        ("{name: A}", "metadata.name: expected a DNS subdomain"),
        ("{name: a..b}", "metadata.name: expected a DNS subdomain"),
        ("{name: p, namespace: a.b}", "metadata.namespace: expected a DNS label"),
        ("{name: p, labels: {a b: c}}", 'metadata.labels["a b"]: expected a label key'),
        ("{name: p, labels: {a: '-'}}", "metadata.labels.a: expected a label value"),
        ("{name: p, annotations: {a/b/c: x}}", 'metadata.annotations["a/b/c"]: expected a label key'),
        ("{name: p, annotation: {}}", "metadata.annotation: unknown field `annotation`"),
        ("{generateName: p-}", "metadata.generateName: the object has no name"),
        ("{name: p, ownerReferences: [{kind: A}]}", "metadata.ownerReferences[0].apiVersion: required field"),
    ],
)
def test_metadata_is_checked(metadata: str, message: str) -> None:
    """Names, namespaces, labels, annotations and owners follow the rules of every object."""
    _, findings = read(f"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {metadata}\nspec: {{}}\n")
    assert findings
    assert f"{findings[0].origin and findings[0].origin.field_path}: {findings[0].message}".startswith(message)


def test_good_metadata_passes() -> None:
    """Server fields, dots in names, upper case in annotation keys and creationTimestamp: null are fine."""
    text = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: a.b-1
  creationTimestamp: null
  annotations: {Example.COM/Note: x, kubectl.kubernetes.io/last-applied-configuration: "{}"}
  labels: {app.kubernetes.io/name: A_b, empty: null}
spec: {}
"""
    (policy,), findings = read(text)
    assert not findings
    assert policy.labels == (("app.kubernetes.io/name", "A_b"), ("empty", ""))
    assert policy.annotations == (("Example.COM/Note", "x"),)


@pytest.mark.parametrize("cidr", ["10.1.2.3/8", "010.0.0.0/8", "::ffff:10.0.0.0/104"])
def test_odd_cidrs_are_refused_since_1_36_and_warned_of_before(cidr: str) -> None:
    """Host bits, leading zeros and mapped addresses are read leniently by older servers: as the block they mean."""
    spec = f"{{ingress: [{{from: [{{ipBlock: {{cidr: '{cidr}'}}}}]}}]}}"
    assert len(refusals(spec)) == 1
    text = network_policy_text(spec)
    older = Context(kubernetes=KubernetesOptions(version="1.35"))
    for given, context in ((text, older), (text.replace("{name: p,", "{name: p, uid: u,"), NO_CONTEXT)):
        (policy,), findings = read(given, context=context)
        assert [finding.severity for finding in findings] == [Severity.WARNING]
        assert policy.ingress[0].peers[0].cidrs == ("10.0.0.0/8",)  # type: ignore[union-attr]


def test_status_is_unknown_unless_empty_or_a_servers() -> None:
    """A status that says something, written by a person, is an unknown field; what old servers left is a warning."""
    text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\nspec: {}\nstatus: {}\n"
    (_,), (finding,) = read(text)
    assert (finding.severity, finding.gate) == (Severity.WARNING, Gate.APISERVER)
    assert not read(text.replace("status: {}", "status: {conditions: []}"))[0]
    assert read(text.replace("status: {}", "status: {conditions: []}").replace("{name: p}", "{name: p, uid: u}"))[0]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{action: Accept}", "spec.ingress[0].from: required field `from` is missing"),
        ("{action: Accept, from: []}", "spec.ingress[0].from: expected at least 1 of peers, found none"),
        ("{action: Allow, from: [{namespaces: {}}]}", "spec.ingress[0].action: expected `Accept`, `Deny` or `Pass`"),
        ("{action: Deny, from: [{}]}", "spec.ingress[0].from[0]: expected one of `namespaces` or `pods`, found none"),
        ("{action: Deny, from: [{networks: [10.0.0.0/8]}]}", "spec.ingress[0].from[0].networks: unknown field"),
        ("{action: Deny, from: [{pods: {}}]}", "spec.ingress[0].from[0].pods.podSelector: required field"),
        ("{action: Deny, from: [{namespaces: {}}], protocols: []}", "spec.ingress[0].protocols: expected at least 1"),
        ("{action: Deny, from: [{namespaces: {}}], protocols: [{tcp: {}}]}", "spec.ingress[0].protocols[0].tcp"),
        (
            "{action: Deny, from: [{namespaces: {}}], "
            "protocols: [{tcp: {destinationPort: {range: {start: 1, end: 1}}}}]}",
            "spec.ingress[0].protocols[0].tcp.destinationPort.range: expected start < end, found 1 and 1",
        ),
        ("{action: Deny, from: [{namespaces: {}}], ports: []}", "spec.ingress[0].ports: unknown field `ports`"),
        (
            "{action: Deny, from: [{namespaces: {matchExpressions: [{key: a, operator: in}]}}]}",
            "spec.ingress[0].from[0].namespaces.matchExpressions[0].operator: expected `In`, `NotIn`",
        ),
    ],
)
def test_cluster_network_policies_are_checked(rule: str, message: str) -> None:
    """The schema's demands, and the selector operators that no server looks at."""
    found = cluster_refusals(f"{{tier: Admin, priority: 1, subject: {{namespaces: {{}}}}, ingress: [{rule}]}}")
    assert len(found) == 1
    assert found[0].startswith(message)


def test_experimental_fields_are_accepted_with_a_warning() -> None:
    """nodes and domainNames exist in the experimental channel only, and this program cannot know which is installed."""
    spec = "{tier: Admin, priority: 1, subject: {namespaces: {}}, egress: [{action: Deny, to: [{nodes: {}}]}]}"
    (_,), (finding,) = read(cluster_policy_text(spec))
    assert (finding.severity, finding.gate, finding.code) == (Severity.WARNING, Gate.APISERVER, "experimental-field")


def test_equal_priorities_are_warned_of() -> None:
    """Either of two policies of one tier and priority may come first, which nobody should rely on."""
    text = """\
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: a}
spec: {tier: Admin, priority: 1, subject: {namespaces: {}}}
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: b}
spec: {tier: Admin, priority: 1, subject: {namespaces: {}}}
"""
    policies, findings = read(text)
    assert (len(policies), [finding.code for finding in findings]) == (2, ["priority-tie"])


BROKEN = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p}
spec:
  podSelector: {matchExpressions: [{key: app, operator: Inn, values: [x]}]}
  ingress:
  - porst: [{port: 99999}]
    from: [{podSelectr: {}}]
  - ports: [{port: 99999}]
    bogus: {}
"""


def test_unknown_fields_hide_no_wrong_values() -> None:
    """All are told in one run, what stands below a misspelt name at that name, and nothing for the lack of it."""
    documents = load_text(BROKEN).documents
    findings = [finding for parsed in parse_all(documents).values() for finding in parsed.findings]
    assert sorted(finding.origin.field_path for finding in findings if finding.origin) == [
        "spec.ingress[0].from[0].podSelectr",
        "spec.ingress[0].porst",
        "spec.ingress[0].porst[0].port",
        "spec.ingress[1].bogus",
        "spec.ingress[1].ports[0].port",
        "spec.podSelector.matchExpressions[0].operator",
    ]


def test_unknown_fields_of_cluster_policies_hide_no_wrong_values() -> None:
    """The same for ClusterNetworkPolicies."""
    text = """\
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: a}
spec:
  tier: Admin
  priority: 10
  subject: {namespaces: {}}
  ingress:
  - nme: x
    action: Accept
    from: [{namespaces: {}}]
    protocols: [{tcp: {destinationPort: {number: 99999}}}]
"""
    findings = [finding for parsed in parse_all(load_text(text).documents).values() for finding in parsed.findings]
    assert sorted(finding.origin.field_path for finding in findings if finding.origin) == [
        "spec.ingress[0].nme",
        "spec.ingress[0].protocols[0].tcp.destinationPort.number",
    ]
