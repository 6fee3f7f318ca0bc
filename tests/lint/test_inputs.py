"""Findings about files, encodings, descriptions of the cluster and of APIs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Netpolx, netpolx
from tests.lint.test_lints import context_of
from translator.documents import loading
from translator.lint import lint
from translator.pipeline.source import ReadOptions, parse_documents_text, parse_paths

__all__ = ["netpolx"]

POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {}}
"""
NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a"}, "spec": {"podCIDRs": ["10.244.0.0/24"]}}
CONTEXT = "apiVersion: netpolx/v1alpha1\nkind: Context\n"


def codes(path: Path) -> set[str]:
    """What is found in a file or directory."""
    return {finding.code for finding in lint(parse_paths([str(path)], ReadOptions(skip_invalid=True))).findings}


def test_empty_directories_are_told(tmp_path: Path) -> None:
    """A directory without files, as soon as it has one no more."""
    assert codes(tmp_path) == {"no-files"}
    (tmp_path / "p.yaml").write_text(POLICY)
    assert codes(tmp_path) == set()


def test_links_to_directories_are_told(tmp_path: Path) -> None:
    """They are not followed."""
    (tmp_path / "p.yaml").write_text(POLICY)
    (tmp_path / "real").mkdir()
    (tmp_path / "shared").symlink_to(tmp_path / "real")
    assert codes(tmp_path) == {"link"}


def test_large_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beyond the limit."""
    (tmp_path / "p.yaml").write_text(POLICY)
    monkeypatch.setattr(loading, "MAX_BYTES", len(POLICY) - 1)
    assert codes(tmp_path) == {"too-large"}


def test_texts_are_unicode(tmp_path: Path) -> None:
    """Other encodings are refused."""
    (tmp_path / "p.yaml").write_bytes(
        POLICY.replace("{name: web", "{annotations: {a: caf\xe9}, name: web").encode("latin-1")
    )
    assert codes(tmp_path) == {"bad-encoding"}


def test_contexts_must_not_contradict_each_other() -> None:
    """Two namespaces of one name with other labels."""
    red, blue = (f"{CONTEXT}namespaces: {{shop: {{team: {color}}}}}\n" for color in ("red", "blue"))
    found = [
        {finding.code for finding in lint(parse_documents_text(text, ReadOptions(skip_invalid=True))).findings}
        for text in (f"{POLICY}---\n{red}---\n{blue}", f"{POLICY}---\n{red}---\n{red}")
    ]
    assert found == [{"context-conflict"}, set()]


def test_pods_outside_the_ranges_are_told() -> None:
    """Nodes say ranges that the network plugin does not use."""
    for address, expected in (("10.9.0.7", {"pod-outside"}), ("10.244.0.7", set())):
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "a", "namespace": "shop"},
            "spec": {"nodeName": "a"},
            "status": {"podIPs": [{"ip": address}], "phase": "Running"},
        }
        text = "---\n".join([POLICY, json.dumps(NODE) + "\n", json.dumps(pod) + "\n"])
        assert {finding.code for finding in lint(parse_documents_text(text)).findings} == expected


def test_services_that_hide_senders_are_told() -> None:
    """Dumps of Services say whether senders outside keep their address."""
    policy = POLICY.replace("{}", "{matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]")
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop, labels: {app: web}}\n"
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n"
    for spec, expected in (
        ("type: LoadBalancer", {"translated-sender"}),
        ("type: NodePort, externalTrafficPolicy: Cluster", {"translated-sender"}),
        ("type: LoadBalancer, externalTrafficPolicy: Local", set()),
        ("type: ClusterIP", set()),
    ):
        text = "---\n".join([policy, pod, f"{service}spec: {{{spec}, selector: {{app: web}}}}\n"])
        assert {finding.code for finding in lint(parse_documents_text(text)).findings} == expected


def test_parts_of_descriptions_of_apis_are_to_be_looked_at(tmp_path: Path) -> None:
    """A variable in the address of a server."""
    spec = (
        "apiVersion: netpolx/v1alpha1\nkind: Access\ndefaults: {deny: [ingress]}\n"
        "services: {shop/api: {allow: [{from: cluster, port: 80, openapi: api.json}]}}\n"
    )
    for url, expected in (("/{version}", {"openapi-review"}), ("/v1", set())):
        described = {
            "openapi": "3.0.0",
            "info": {"title": "a", "version": "1"},
            "servers": [{"url": url, **({"variables": {"version": {"default": "v1"}}} if "{" in url else {})}],
            "paths": {"/orders": {"get": {"responses": {"200": {"description": "ok"}}}}},
        }
        (tmp_path / "api.json").write_text(json.dumps(described))
        (tmp_path / "access.yaml").write_text(spec)
        assert codes(tmp_path / "access.yaml") == expected


def test_contexts_may_come_as_options(netpolx: Netpolx) -> None:
    """``--context`` and the flags of engines count."""
    Path("p.yaml").write_text(POLICY.replace("{podSelector: {}}", "{podSelector: {matchLabels: {app: wbe}}}"))
    Path("c.yaml").write_text(f"{CONTEXT}pods: [{{namespace: shop, name: web, labels: {{app: web}}}}]\n")
    assert netpolx("lint", "p.yaml").out == ""
    assert netpolx("lint", "p.yaml", "--context", "c.yaml").out.endswith("[matches-no-pod]\n")
    assert context_of("pods: []").pods == ()
