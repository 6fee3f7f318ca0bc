"""``netpolx enforcement`` and ``netpolx translate --cni``."""

import json
from pathlib import Path

from tests.cli.conftest import Netpolx

POLICIES = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {}
  ingress: [{ports: [{port: 80, endPort: 90}]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: plain, namespace: shop}
spec: {podSelector: {}}
"""


def test_one_plugin_says_why(netpolx: Netpolx) -> None:
    """A line with place, code, outcome and grade; exit 1 because something is not enforced as written."""
    Path("p.yaml").write_text(POLICIES)
    run = netpolx("enforcement", "p.yaml", "--cni", "weave")
    assert run.code == 1
    assert run.out.splitlines()[0] == (
        'p.yaml:6:13 cni-end-port narrower "endPort is ignored: only the first port is allowed" (shop/web, weave, H)'
    )
    assert run.out.splitlines()[-1] == "2 policies under Weave Net: 1 enforced as written, 1 not, 0 doubtful"
    assert netpolx("enforcement", "p.yaml", "--cni", "calico").code == 0


def test_all_plugins_are_a_table(netpolx: Netpolx) -> None:
    """One word for each policy and plugin."""
    Path("p.yaml").write_text(POLICIES)
    run = netpolx("enforcement", "p.yaml")
    assert run.code == 0
    header, web, plain = (line.split() for line in run.out.splitlines()[:3])
    assert dict(zip(header, web, strict=True))["flannel"] == "no"
    assert dict(zip(header, web, strict=True))["weave"] == "narrower"
    assert dict(zip(header, plain, strict=True))["weave"] == "yes"
    assert netpolx("enforcement", "p.yaml", "-o", "markdown").out.startswith("| policy | flannel |")


def test_json_names_the_sources(netpolx: Netpolx) -> None:
    """Every deviation with its grade, place and sources."""
    Path("p.yaml").write_text(POLICIES)
    web, plain = json.loads(netpolx("enforcement", "p.yaml", "-o", "json").out)
    assert plain["plugins"]["weave"] == {"outcome": "enforced", "deviations": []}
    (deviation,) = web["plugins"]["weave"]["deviations"]
    assert (deviation["code"], deviation["grade"], deviation["path"]) == ("cni-end-port", "H", "spec.ingress[0]")
    assert deviation["sources"]


def test_translations_say_what_is_not_enforced(netpolx: Netpolx) -> None:
    """A warning in the report; the exit code is that of the translation."""
    Path("p.yaml").write_text(POLICIES)
    run = netpolx("translate", "p.yaml", "--to", "kubernetes", "--cni", "weave", "--report", "json=r.json")
    assert run.code == 0
    assert "endPort is ignored" in run.err
    assert [each["code"] for each in json.loads(Path("r.json").read_text())["findings"]] == ["cni-end-port"]
    adapted = netpolx("translate", "p.yaml", "--to", "kubernetes", "--cni", "weave", "--adapt")
    assert "endPort" not in adapted.out + adapted.err


def test_cni_goes_with_kubernetes(netpolx: Netpolx) -> None:
    """Other targets bring their engine, and adapting needs a plugin to adapt to."""
    Path("p.yaml").write_text(POLICIES)
    assert netpolx("translate", "p.yaml", "--to", "cilium", "--cni", "weave").code == 2
    assert netpolx("translate", "p.yaml", "--to", "kubernetes", "--adapt").code == 2
    assert netpolx("enforcement", "p.yaml", "--cni", "canal").code == 2
