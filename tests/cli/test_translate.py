"""``netpolx translate`` and ``netpolx compare``: what is written, when, and with which exit code."""

import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Netpolx
from translator.pipeline import emission

PLAIN = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: proxy}}}]
    ports: [{port: 8080}]
"""
CALICO = """\
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  tier: default
  selector: app == 'web'
  types: [Ingress]
  ingress:
  - action: Allow
    protocol: ICMP
    source: {selector: app == 'proxy'}
  - action: Allow
    protocol: TCP
    source: {selector: app == 'proxy'}
    destination: {ports: [8080]}
"""
GLOBAL = """\
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: closed}
spec: {tier: default, namespaceSelector: all(), types: [Ingress]}
"""
CILIUM = """\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: web}}
  ingress: [{fromEndpoints: [{}]}]
"""


def test_an_exact_translation_is_zero(netpolx: Netpolx) -> None:
    """YAML on standard output, the report on standard error, exit code 0."""
    Path("web.yaml").write_text(PLAIN)
    run = netpolx("translate", "web.yaml", "--to", "calico")
    assert run.code == 0
    assert run.out.startswith("apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\n")
    assert run.err.splitlines() == [
        "proved: the output permits exactly what the source permits",
        "1 policy, kubernetes → calico: 1 exact, 0 narrowed, 0 widened, 0 refused",
    ]


def test_narrowing_is_declared_written_and_zero(netpolx: Netpolx) -> None:
    """A narrowing is a line with its place; ``--strict`` makes it 1 and writes nothing."""
    Path("web.yaml").write_text(CALICO)
    run = netpolx("translate", "web.yaml", "--to", "kubernetes")
    assert run.code == 0
    assert "kind: NetworkPolicy" in run.out
    assert run.err.startswith("web.yaml:9:5 icmp narrows ")
    strict = netpolx("translate", "web.yaml", "--to", "kubernetes", "--strict")
    assert (strict.code, strict.out) == (1, "")
    assert "nothing was written" in strict.err


def test_a_refused_policy_is_one_and_nothing_is_written(netpolx: Netpolx) -> None:
    """``--partial`` writes the rest and still exits 1."""
    Path("all.yaml").write_text(f"{PLAIN}---\n{GLOBAL}")
    run = netpolx("translate", "all.yaml", "--to", "kubernetes")
    assert (run.code, run.out) == (1, "")
    assert "1 refused" in run.err
    partial = netpolx("translate", "all.yaml", "--to", "kubernetes", "--partial")
    assert partial.code == 1
    assert "name: web" in partial.out


def test_bad_documents_are_all_reported_and_two(netpolx: Netpolx) -> None:
    """Every finding of every document is shown, and nothing is written."""
    bad = PLAIN.replace("podSelector: {matchLabels: {app: web}}", "podSelektor: {}")
    other, third = PLAIN.replace("name: web,", "name: good,"), bad.replace("name: web,", "name: third,")
    Path("bad.yaml").write_text(f"{bad}---\n{other}---\n{third}")
    run = netpolx("translate", "bad.yaml", "--to", "calico")
    assert (run.code, run.out) == (2, "")
    assert [line.split(": ")[0] for line in run.err.splitlines()] == ["bad.yaml:5:3", "bad.yaml:23:3"]
    assert "did you mean `podSelector`" in run.err


def test_policies_of_two_engines_need_a_choice(netpolx: Netpolx) -> None:
    """Calico's and Cilium's own kinds together are a usage error that names the files; ``--from`` passes one over."""
    Path("calico.yaml").write_text(CALICO)
    Path("cilium.yaml").write_text(CILIUM)
    run = netpolx("translate", ".", "--to", "kubernetes")
    assert run.code == 2
    assert "calico: calico.yaml" in run.err
    assert "cilium: cilium.yaml" in run.err
    chosen = netpolx("translate", ".", "--from", "calico", "--to", "calico")
    assert chosen.code == 0
    assert "cilium.yaml:2:1: warning: kind: 1 CiliumNetworkPolicy.cilium.io is passed over" in chosen.err


def test_other_kinds_are_counted(netpolx: Netpolx) -> None:
    """Documents that are no policies are passed over and counted, not silently skipped."""
    Path("all.yaml").write_text(f"{PLAIN}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\n")
    run = netpolx("translate", "all.yaml", "--to", "calico")
    assert "passed over 1 document of other kinds: 1 ConfigMap" in run.err


def test_one_file_per_input_file(netpolx: Netpolx) -> None:
    """``--output-dir`` keeps the relative paths, says who wrote the files, and overwrites only those."""
    for name in ("policies/a/web.yaml", "policies/db.yml"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(PLAIN.replace("web", Path(name).stem))
    arguments = ("translate", "policies", "--to", "calico", "--output-dir", "out")
    run = netpolx(*arguments)
    assert (run.code, run.out) == (0, "")
    written = sorted(path.relative_to("out").as_posix() for path in Path("out").rglob("*.y*ml"))
    assert written == ["a/web.yaml", "db.yml"]
    first = Path("out/a/web.yaml").read_text()
    assert first.startswith("# Written by netpolx")
    assert netpolx(*arguments).code == 0
    assert Path("out/a/web.yaml").read_text() == first
    Path("out/a/web.yaml").write_text(PLAIN)
    assert netpolx(*arguments).code == 2
    assert netpolx(*arguments, "--force").code == 0


def test_the_same_input_in_any_order_gives_the_same_bytes(netpolx: Netpolx) -> None:
    """Neither the order of files nor of documents shows in the output."""
    Path("a.yaml").write_text(PLAIN.replace("web", "first"))
    Path("b.yaml").write_text(PLAIN.replace("web", "second"))
    one = netpolx("translate", "a.yaml", "b.yaml", "--to", "calico")
    other = netpolx("translate", "b.yaml", "a.yaml", "--to", "calico")
    assert one.out == other.out


def test_the_json_report_goes_to_a_file(netpolx: Netpolx) -> None:
    """``--report json=FILE`` writes the record, and the text stays on standard error."""
    Path("web.yaml").write_text(CALICO)
    run = netpolx("translate", "web.yaml", "--to", "kubernetes", "--report", "json=report.json")
    report = json.loads(Path("report.json").read_text())
    assert report["summary"]["narrowed"] == 1
    assert [loss["code"] for loss in report["losses"]] == ["icmp"]
    assert report["losses"][0]["witness"]
    assert report["proof"]["result"] == "narrows"
    assert "icmp narrows" in run.err


def test_documents_as_json(netpolx: Netpolx) -> None:
    """``-o json`` is one List."""
    Path("web.yaml").write_text(PLAIN)
    found = json.loads(netpolx("translate", "web.yaml", "--to", "calico", "-o", "json").out)
    assert [item["kind"] for item in found["items"]] == ["NetworkPolicy"]


def test_standard_input_is_a_file_like_any_other(netpolx: Netpolx, monkeypatch: pytest.MonkeyPatch) -> None:
    """``-`` reads standard input."""

    class Input:
        buffer = io.BytesIO(PLAIN.encode())

    monkeypatch.setattr("sys.stdin", Input())
    assert netpolx("translate", "-", "--to", "calico").code == 0


def test_compare_says_equal_or_where_not(netpolx: Netpolx) -> None:
    """0 and one line when equal; 1 and a witness when not."""
    Path("a.yaml").write_text(PLAIN)
    Path("b.yaml").write_text(PLAIN.replace("8080", "8081"))
    assert (netpolx("compare", "a.yaml", "a.yaml").code, netpolx("compare", "a.yaml", "a.yaml").out) == (
        0,
        "equal: both permit the same\n",
    )
    run = netpolx("compare", "a.yaml", "b.yaml")
    assert run.code == 1
    assert "allowed before, denied after" in run.out
    found = json.loads(netpolx("compare", "a.yaml", "b.yaml", "-o", "json").out)
    assert found["result"] == "both"


def test_an_undeclared_difference_is_three_and_writes_nothing(
    netpolx: Netpolx, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the output permits something else than was declared, that is our bug, and nobody gets to apply it."""
    Path("web.yaml").write_text(PLAIN)
    real = emission.as_yaml
    monkeypatch.setattr("translator.pipeline.translate.as_yaml", lambda outputs: real(outputs).replace("8080", "8081"))
    run = netpolx("translate", "web.yaml", "--to", "calico", "--output-dir", "out")
    assert (run.code, run.out) == (3, "")
    assert "not declared" in run.err
    assert "allowed before, denied after" in run.err
    assert not Path("out").exists()
