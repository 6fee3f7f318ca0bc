"""``netpolx query``."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Netpolx

POLICIES = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: prod}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: http}]
"""
CLUSTER = """\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: prod}}
- apiVersion: v1
  kind: Pod
  metadata: {name: api-0, namespace: prod, labels: {app: api}}
  spec: {containers: [{name: api, ports: [{name: http, containerPort: 8080}]}]}
  status: {podIP: 10.244.0.7, phase: Running}
"""
FLOWS = [
    {"from": "prod/{app=web}", "to": "prod/api-0", "protocol": "TCP", "port": 8080, "expect": "allow"},
    {"from": "prod/{app=web}", "to": "10.244.0.7", "protocol": "TCP", "port": 9090, "expect": "deny", "id": 7},
    {"from": "20.1.1.1", "to": "prod/api-0", "protocol": "TCP", "port": 8080},
    {"from": "host", "to": "prod/api-0", "protocol": 132, "port": 8080},
]


@pytest.fixture(autouse=True)
def files(netpolx: Netpolx) -> None:
    Path("policies").mkdir()
    Path("policies/api.yaml").write_text(POLICIES)
    Path("cluster.yaml").write_text(CLUSTER)
    write_flows(FLOWS)


def write_flows(flows: list[dict[str, object]]) -> None:
    Path("flows.jsonl").write_text("".join(f"{json.dumps(flow)}\n" for flow in flows))


def test_many_flows_are_answered_line_by_line(netpolx: Netpolx) -> None:
    """Each object comes back with both ends' answers and the deciding lines."""
    run = netpolx("query", "policies", "--context", "cluster.yaml", "--flows", "flows.jsonl", "-o", "json")
    assert run.code == 0
    assert [json.loads(line) for line in run.out.splitlines()] == [
        FLOWS[0] | answer("allow", "allow", "policies/api.yaml:7"),
        FLOWS[1] | answer("allow", "deny", "policies/api.yaml:1"),
        FLOWS[2] | answer(None, "deny", "policies/api.yaml:1"),
        FLOWS[3] | answer(None, "allow"),
    ]


def answer(egress: str | None, ingress: str | None, *decided: str) -> dict[str, object]:
    return {"egress": egress, "ingress": ingress, "decided_by": {"egress": [], "ingress": list(decided)}}


def test_a_failed_expectation_is_one(netpolx: Netpolx) -> None:
    """``expect`` makes a flow a test; a table of what failed goes to standard error."""
    write_flows([FLOWS[0], FLOWS[1] | {"expect": "allow"}])
    run = netpolx("query", "policies", "--context", "cluster.yaml", "--flows", "flows.jsonl")
    assert run.code == 1
    assert "expected allow, found deny: prod/{app=web} → 10.244.0.7  TCP 9090" in run.err
    assert "1 of 2 expectations hold" in run.err


def test_one_flow_is_asked_by_options(netpolx: Netpolx) -> None:
    """A quick question needs no files but the policies; labels may be given inline."""
    ask = ("query", "-f", "policies", "--from", "prod/{app=web}", "--to", "prod/{app=api}", "--port")
    assert netpolx(*ask, "443/TCP").out.splitlines() == [
        "deny  prod/{app=web} → prod/{app=api}  TCP 443",
        "  egress  allow  no policy decides",
        "  ingress deny   policies/api.yaml:1",
    ]
    assert netpolx(*ask, "443", "--expect", "allow").code == 1


def test_a_flow_is_shown_as_it_was_asked(netpolx: Netpolx) -> None:
    """Two flows that differ in a code, a sender's port or a request are told apart."""
    ends = {"from": "192.0.2.1", "to": "prod/api-0"}
    request = {"method": "GET", "path": "/x", "host": "api", "headers": {"X-A": "1"}}
    write_flows(
        [
            ends | {"protocol": "ICMP", "port": 3, "code": 4},
            ends | {"port": 443, "source_port": 1024, "http": request},
        ]
    )
    run = netpolx("query", "policies", "--context", "cluster.yaml", "--flows", "flows.jsonl")
    assert [line.split("  ", 1)[1] for line in run.out.splitlines() if "→" in line] == [
        "192.0.2.1 → prod/api-0  ICMP 3/4",
        "192.0.2.1 → prod/api-0  TCP 443 from port 1024  GET /x at api with X-A: 1",
    ]


@pytest.mark.parametrize(
    ("flow", "words"),
    [
        ({"to": "prod/api-0", "port": 1}, "`from` is an end"),
        ({"from": "prod/api-1", "to": "prod/api-0", "port": 1}, "did you mean `prod/api-0`"),
        ({"from": "host", "to": "prod/api-0"}, "needs a `port`"),
        ({"from": "host", "to": "prod/api-0", "port": 70000}, "up to 65535"),
        ({"from": "host", "to": "prod/api-0", "port": 1, "protocol": "TPC"}, "`protocol` is"),
        ({"from": "host", "to": "prod/api-0", "port": 1, "sourceport": 5}, "did you mean `source_port`"),
        ({"from": "host", "to": "prod/api-0", "port": 1, "expect": "yes"}, "`expect` is"),
        ({"from": "host", "to": "prod/api-0", "port": 1, "http": "GET"}, "`http` is"),
    ],
)
def test_a_bad_line_is_named(netpolx: Netpolx, flow: dict[str, object], words: str) -> None:
    """A line that cannot be asked is an error at its line, with exit code 2."""
    write_flows([FLOWS[0], flow])
    run = netpolx("query", "policies", "--context", "cluster.yaml", "--flows", "flows.jsonl")
    assert run.code == 2
    assert "flows.jsonl:2:1: error:" in run.err
    assert words in run.err


def test_skip_invalid_answers_with_the_rest(netpolx: Netpolx) -> None:
    """A refused document stops the query, unless it is to be skipped; then it is reported."""
    Path("policies/bad.yaml").write_text(POLICIES.replace("podSelector: {matchLabels: {app: api}}", "podSelektor: {}"))
    ask = ("query", "policies", "--context", "cluster.yaml", "--flows", "flows.jsonl", "-o", "json")
    assert netpolx(*ask).code == 2
    run = netpolx(*ask, "--skip-invalid")
    assert run.code == 0
    assert "policies/bad.yaml:5:3: error:" in run.err
    assert len(run.out.splitlines()) == len(FLOWS)


def test_the_cluster_may_stand_among_the_policies(netpolx: Netpolx) -> None:
    """Namespaces and pods of the input feed the context."""
    Path("policies/cluster.yaml").write_text(CLUSTER)
    run = netpolx("query", "policies", "--flows", "flows.jsonl", "-o", "json")
    assert run.code == 0


PASSING = """\
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: default.api, namespace: prod}
spec:
  tier: default
  selector: app == 'api'
  types: [Ingress]
  ingress:
  - action: Pass
    source: {selector: app == 'web'}
"""


def test_a_rule_that_passes_the_flow_on_is_named(netpolx: Netpolx) -> None:
    """Where the default decides because of it, it is the reason, in the text and in the object."""
    Path("passing.yaml").write_text(PASSING)
    ask = ("query", "passing.yaml", "--from", "prod/{app=web}", "--to", "prod/{app=api}", "--port", "80")
    assert netpolx(*ask).out.splitlines()[-1] == "  ingress allow  no policy decides: passing.yaml:9 passes it on"
    assert json.loads(netpolx(*ask, "-o", "json").out)["decided_by"]["ingress"] == ["passing.yaml:9"]
