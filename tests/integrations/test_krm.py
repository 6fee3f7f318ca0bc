"""``netpolx-fn``: the KRM function protocol, as kustomize and kpt speak it."""

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from translator.cli import krm
from translator.cli.schemas import schema_text
from translator.documents.emitter import dump
from translator.documents.loading import load_text
from translator.documents.stream import read_stream

NOTES = {
    "config.kubernetes.io/path": "a.yaml",
    "internal.config.kubernetes.io/path": "a.yaml",
    "internal.config.kubernetes.io/index": "1",
    "kustomize.config.k8s.io/id": "2",
}
NAMESPACE = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": "shop", "annotations": {"config.kubernetes.io/index": "0"}},
}
CALICO: dict[str, Any] = {
    "apiVersion": "projectcalico.org/v3",
    "kind": "NetworkPolicy",
    "metadata": {"name": "web", "namespace": "shop", "annotations": {**NOTES, "team": "red"}},
    "spec": {
        "tier": "default",
        "selector": "app == 'web'",
        "types": ["Ingress"],
        "ingress": [{"action": "Log"}, {"action": "Allow", "source": {"selector": "app == 'proxy'"}}],
    },
}
PLAIN: dict[str, Any] = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "db", "namespace": "shop", "annotations": {"config.kubernetes.io/path": "b.yaml"}},
    "spec": {"podSelector": {"matchLabels": {"app": "db"}}, "policyTypes": ["Ingress"]},
}
LAST = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "last"}, "data": {"a": "b"}}


def config(**spec: Any) -> dict[str, Any]:
    """A functionConfig."""
    return {
        "apiVersion": "netpolx/v1alpha1",
        "kind": "PolicyTranslator",
        "metadata": {"name": "x", "annotations": {"config.kubernetes.io/function": "exec: {path: netpolx-fn}"}},
        "spec": {"to": "cilium", **spec},
    }


def resource_list(items: list[Any], function_config: dict[str, Any] | None = None, **fields: Any) -> str:
    """A call."""
    return dump(
        [
            {
                "apiVersion": "config.kubernetes.io/v1",
                "kind": "ResourceList",
                "items": items,
                "functionConfig": function_config or config(),
                **fields,
            }
        ]
    )


class Function:
    """Runs the function in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.err = ""

    def __call__(self, text: str, *, code: int = 0) -> dict[str, Any]:
        """The answer to a call, whose exit code is checked."""
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        found = krm.main([])
        captured = self._capsys.readouterr()
        self.err = captured.err
        assert found == code, captured.err
        built = read_stream(captured.out)
        return built[0].data if built else {}


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Function:
    return Function(monkeypatch, capsys)


def names(answer: dict[str, Any]) -> list[str]:
    return [f"{item['kind']} {item['metadata']['name']}" for item in answer["items"]]


def test_policies_are_replaced_where_they_stand(function: Function) -> None:
    """Order stays; what is no policy stays as it is, internal annotations and all."""
    answer = function(resource_list([NAMESPACE, CALICO, LAST]))
    assert names(answer) == ["Namespace shop", "CiliumNetworkPolicy web", "ConfigMap last"]
    assert answer["items"][0] == NAMESPACE
    assert answer["items"][2] == LAST
    assert answer["functionConfig"] == config()


def test_the_translation_stays_in_the_file_of_its_source(function: Function) -> None:
    """The path goes along with the number in it, so that kpt writes it there; the id belonged to the old item."""
    (item,) = function(resource_list([CALICO]))["items"]
    assert item["metadata"]["annotations"] == {
        "team": "red",
        "config.kubernetes.io/path": "a.yaml",
        "config.kubernetes.io/index": "1",
        "internal.config.kubernetes.io/path": "a.yaml",
        "internal.config.kubernetes.io/index": "1",
    }


def test_no_two_items_have_one_place(function: Function) -> None:
    """kpt refuses a list in which two items have the same number in the same file."""

    def at(number: int, name: str) -> dict[str, Any]:
        notes = {"internal.config.kubernetes.io/path": "a.yaml", "internal.config.kubernetes.io/index": str(number)}
        return {**CALICO, "metadata": {"name": name, "namespace": "shop", "annotations": notes}}

    def places(answer: dict[str, Any]) -> list[str]:
        notes = [each["metadata"]["annotations"] for each in answer["items"]]
        assert {each["internal.config.kubernetes.io/path"] for each in notes} == {"a.yaml"}
        return [each["internal.config.kubernetes.io/index"] for each in notes]

    items = [at(0, "a"), at(1, "b"), at(2, "c")]
    assert places(function(resource_list(items))) == ["0", "1", "2"]
    kept = places(function(resource_list(items, config(keepSource=True))))
    assert kept == ["0", "3", "1", "4", "2", "5"]


def test_orchestrators_notes_are_no_loss(function: Function) -> None:
    """Internal annotations are no part of the policy: their absence is not reported."""
    answer = function(resource_list([CALICO], config(to="kubernetes")))
    assert "annotations-dropped" not in [each["tags"].get("code") for each in answer["results"]]


def test_what_the_target_reads_stays(function: Function) -> None:
    """A NetworkPolicy of a Calico cluster on its way to Cilium is the same item with the same annotations."""
    answer = function(resource_list([PLAIN, CALICO]))
    assert names(answer) == ["NetworkPolicy db", "CiliumNetworkPolicy web"]
    assert answer["items"][0] == PLAIN


def test_keep_source_keeps_both(function: Function) -> None:
    """The translated item follows its source."""
    answer = function(resource_list([CALICO, LAST], config(keepSource=True)))
    assert names(answer) == ["NetworkPolicy web", "CiliumNetworkPolicy web", "ConfigMap last"]
    assert answer["items"][0] == CALICO


def test_results_name_object_field_and_file(function: Function) -> None:
    """v1: a flat list with severity, message, resourceRef, field, file and tags; standard error says the same."""
    answer = function(resource_list([NAMESPACE, CALICO]))
    (result,) = [each for each in answer["results"] if "resourceRef" in each]
    assert result == {
        "message": "shop/web: matching traffic is not logged",
        "severity": "info",
        "resourceRef": {
            "apiVersion": "projectcalico.org/v3",
            "kind": "NetworkPolicy",
            "name": "web",
            "namespace": "shop",
        },
        "field": {"path": "spec.ingress[0]"},
        "file": {"path": "a.yaml", "index": 1},
        "tags": {"code": "log-dropped", "effect": "none", "target": "cilium"},
    }
    assert "netpolx-fn: [info] a.yaml NetworkPolicy shop/web spec.ingress[0]: " in function.err


def test_results_of_earlier_functions_stay(function: Function) -> None:
    """A pipeline collects results."""
    earlier = {"message": "before", "severity": "info"}
    answer = function(resource_list([CALICO], results=[earlier]))
    assert answer["results"][0] == earlier


def test_bad_items_are_refused_and_untouched(function: Function) -> None:
    """Exit 1, an error result and a line on standard error; the items are as they came."""
    bad = {**CALICO, "spec": {**CALICO["spec"], "selectr": "x"}}
    answer = function(resource_list([bad, LAST]), code=1)
    assert answer["items"] == [bad, LAST]
    assert [each["severity"] for each in answer["results"]] == ["error"]
    assert answer["results"][0]["field"] == {"path": "spec.selectr"}
    assert "[error] a.yaml NetworkPolicy shop/web spec.selectr" in function.err


def test_fail_on_narrows_refuses_narrowing(function: Function) -> None:
    """By default narrowing is a warning; ``failOn: narrows`` makes it an exit code."""
    icmp = {**CALICO, "spec": {**CALICO["spec"], "ingress": [{"action": "Allow", "protocol": "ICMP"}]}}
    answer = function(resource_list([icmp], config(to="kubernetes")))
    assert "warning" in [each["severity"] for each in answer["results"]]
    answer = function(resource_list([icmp], config(to="kubernetes", failOn="narrows")), code=1)
    assert answer["items"] == [icmp]


def test_a_config_map_will_do(function: Function) -> None:
    """Strings of a ConfigMap: booleans are read, ``context`` is YAML."""
    data = {"to": "cilium", "keepSource": "true", "context": "podCIDRs: [10.244.0.0/16]\n"}
    given = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": data}
    assert len(function(resource_list([CALICO], given))["items"]) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected one ResourceList"),
        ("a: [", ""),
        ("apiVersion: v1\nkind: Pod\n", "expected a ResourceList"),
        ("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n", "has no functionConfig"),
        (resource_list([], config(to="klingon")), "there is no target `klingon`"),
        (resource_list([], config(keepSorce=True)), "did you mean `keepSource`?"),
        (resource_list([], config(context={"podCIDR": ["x"]})), "unknown field `podCIDR`"),
        (resource_list(["x"]), "`items` of a ResourceList"),
    ],
)
def test_bad_calls_are_two(function: Function, text: str, said: str) -> None:
    """What cannot be understood exits 2 with nothing on standard output, and says why on standard error."""
    assert function(text, code=2) == {}
    assert said in function.err
    assert function.err


def test_no_items_are_fine(function: Function) -> None:
    """An empty list comes back empty."""
    assert function(resource_list([]))["items"] == []


def test_the_config_has_a_schema() -> None:
    """The published schema takes what the function takes."""
    schema = json.loads(schema_text("policytranslator"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(config(keepSource=True, **{"from": "calico"}), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(config(unknown=1), schema)


@pytest.mark.skipif(shutil.which("kpt") is None, reason="kpt is not on PATH")
def test_kpt_runs_it(tmp_path: Path, programs: Path) -> None:
    """Several documents of one file become several documents of that file; results are told."""
    package = tmp_path / "package"
    package.mkdir()
    bare = [{**CALICO, "metadata": {"name": name, "namespace": "shop"}} for name in ("web", "api")]
    (package / "all.yaml").write_text(dump([*bare, LAST]))
    (tmp_path / "fn.yaml").write_text(dump([config()]))
    command = ["kpt", "fn", "eval", str(package), "--exec", str(programs / "netpolx-fn")]
    done = subprocess.run(
        [*command, "--fn-config", str(tmp_path / "fn.yaml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    kinds = [document.kind for document in load_text((package / "all.yaml").read_text()).documents]
    assert sorted(kinds) == ["CiliumNetworkPolicy", "CiliumNetworkPolicy", "ConfigMap"]
    assert "[info] projectcalico.org/v3/NetworkPolicy/shop/web spec.ingress[0]: shop/web: " in done.stderr


@pytest.mark.skipif(shutil.which("kustomize") is None, reason="kustomize is not on PATH")
def test_kustomize_runs_it(tmp_path: Path, programs: Path) -> None:
    """A transformer of a kustomization; a refusal fails the build and is told."""
    (tmp_path / "kustomization.yaml").write_text("resources: [all.yaml]\ntransformers: [translate.yaml]\n")
    bare = {**CALICO, "metadata": {"name": "web", "namespace": "shop"}}
    (tmp_path / "all.yaml").write_text(dump([bare, LAST]))

    def build(**spec: Any) -> subprocess.CompletedProcess[str]:
        (tmp_path / "translate.yaml").write_text(dump([config(**spec)]))
        command = ["kustomize", "build", "--enable-alpha-plugins", "--enable-exec", str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    built = build()
    assert built.returncode == 0, built.stderr
    kinds = [document.kind for document in load_text(built.stdout).documents]
    assert sorted(kinds) == ["CiliumNetworkPolicy", "ConfigMap"]
    refused = build(**{"from": "cilium", "context": {"podCIDRs": ["x"]}})
    assert refused.returncode != 0
    assert "expected a CIDR" in refused.stderr
