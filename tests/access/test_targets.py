"""Specs on every target: the same traffic where it can be said, a declared loss where not."""

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from tests.access.reading import errors, read, spec
from tests.access.test_emit import any_spec
from tests.cli.conftest import Netpolx
from tests.cli.conftest import netpolx as netpolx  # noqa: PLC0414 - a fixture
from translator.context import Context
from translator.legalize.target import Target, TargetName
from translator.pipeline.source import ReadOptions, parse_documents_text
from translator.pipeline.translate import Translation, translate
from translator.semantics.compare.outcome import Result


def to(target: str, text: str, *, widen: bool = False, context: Context | None = None) -> Translation:
    """A translation whose self-check has passed."""
    source = parse_documents_text(text, ReadOptions(context=context or Context()))
    return translate(source.policies, Target(name=TargetName(target), allow_widening=widen), source.context)


@given(any_spec())
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
def test_every_target_is_exact_or_declares_what_is_lost(text: str) -> None:
    """Whatever the spec, the self-check of every target passes; Cilium says all of it."""
    if errors(read(text)):
        return
    for target in TargetName:
        for widen in (False, True):
            proof = to(target.value, text, widen=widen).proof
            assert proof is not None
            assert proof.is_decided
            if target in (TargetName.CILIUM, TargetName.ACCESS):
                assert proof.result is Result.EQUAL


def test_nothing_is_widened_unless_asked() -> None:
    """Requests in Kubernetes: the rule is left out; with ``--allow-widening`` the port is opened, declared as that."""
    text = spec("shop/api: {allow: [{from: shop/web, port: 80, http: [GET /x]}], deny: [ingress]}")
    narrow, wide = to("kubernetes", text), to("kubernetes", text, widen=True)
    assert [(loss.code, loss.effect.word) for loss in narrow.losses] == [("http", "narrows")]
    assert "ingress" not in narrow.outputs[0].data["spec"]
    assert [(loss.code, loss.effect.word) for loss in wide.losses] == [("http", "widens")]
    assert wide.objections(allow_widening=False)


def test_a_spec_is_never_the_answer_of_the_kubernetes_target() -> None:
    """The spec acts as the Kubernetes API text says, but no cluster reads it: it becomes NetworkPolicies."""
    (output,) = to("kubernetes", spec("shop/api: {}")).outputs
    assert output.data["kind"] == "NetworkPolicy"


def test_every_output_names_its_line() -> None:
    """Above each policy stands the place of the service; comments of the service come along."""
    text = spec(
        "shop/web: {}\nshop/api:\n  # agreed with the web team\n  allow:\n  # until May\n  - shop/web:80 # plain"
    )
    written = to("kubernetes", text).text
    assert '# -:7 services["shop/api"]\n' in written
    assert '# -:6 services["shop/web"]\n' in written
    for comment in ("# agreed with the web team", "# until May", "# plain"):
        assert comment in written


def test_descriptions_are_kept_by_every_target() -> None:
    """A field in Cilium, the annotation of Kubernetes elsewhere."""
    text = spec("shop/api: {description: The API.}")
    assert to("cilium", text).outputs[0].data["spec"]["description"] == "The API."
    for target in ("kubernetes", "calico"):
        translation = to(target, text)
        annotations = translation.outputs[0].data["metadata"]["annotations"]
        assert annotations == {"kubernetes.io/description": "The API."}
        assert not translation.losses


def test_queries_for_every_name_are_no_demand() -> None:
    """The rule that inspects DNS for calls by name is plain DNS where nobody inspects."""
    translation = to("kubernetes", spec("shop/api: {call: ['dns:a.example.com:443'], deny: [egress]}"))
    assert [loss.code for loss in translation.losses] == ["fqdn"]
    (rule,) = translation.outputs[0].data["spec"]["egress"]
    assert [port["port"] for port in rule["ports"]] == [53, 53]


def test_port_names_of_the_service_hold_for_senders_outside() -> None:
    """The receiver declares the name, wherever the sender is."""
    translation = to("cilium", spec("shop/api: {allow: ['203.0.113.0/24:http'], deny: [ingress]}"))
    assert not translation.losses
    (item,) = translation.outputs[0].data["spec"]["ingress"]
    assert item["toPorts"][0]["ports"] == [{"port": "http", "protocol": "TCP"}]


def test_the_api_server_is_where_the_context_says() -> None:
    """No other node is reached by the rule for its address."""
    context = Context(node_cidrs=("192.168.10.0/24",), api_server=("192.168.10.1",), pod_cidrs=("10.244.0.0/16",))
    text = spec("ops/a: {dns: false, allow: [{from: kube-api, port: 9443}], call: [kube-api]}")
    for target in ("calico", "kubernetes"):
        assert not [loss for loss in to(target, text, context=context).losses if loss.effect]


def test_query_compares_paths_as_the_spec_means_them(netpolx: Netpolx, tmp_path: Path) -> None:
    """The whole way: the near misses of a template are denied, and the line of the entry decides."""
    (tmp_path / "access.yaml").write_text(
        spec("shop/api: {deny: [ingress], allow: [{from: shop/web, port: 80, http: ['GET /orders/{id}']}]}")
    )
    (tmp_path / "cluster.yaml").write_text(
        "apiVersion: netpolx/v1alpha1\nkind: Context\npods:\n"
        "- {namespace: shop, name: web, labels: {app: web}}\n- {namespace: shop, name: api, labels: {app: api}}\n"
    )
    expected = {
        "/orders/1": "allow",
        "/orders/": "deny",
        "/orders/1/x": "deny",
        "/ordersX": "deny",
        "/orders/1?a=b": "deny",
    }
    flows = "".join(
        json.dumps(
            {
                "from": "shop/web",
                "to": "shop/api",
                "port": 80,
                "protocol": "TCP",
                "http": f"GET {path}",
                "expect": answer,
            }
        )
        + "\n"
        for path, answer in expected.items()
    )
    (tmp_path / "flows.jsonl").write_text(flows)
    run = netpolx("query", "access.yaml", "--context", "cluster.yaml", "--flows", "flows.jsonl", "-o", "json")
    assert run.code == 0, run.out + run.err
    first = json.loads(run.out.splitlines()[0])
    assert first["decided_by"]["ingress"] == ["access.yaml:6"]


def test_from_access_is_the_kubernetes_api(netpolx: Netpolx, tmp_path: Path) -> None:
    """``--from access`` reads specs; another engine passes them over and says so."""
    (tmp_path / "access.yaml").write_text(spec("shop/api: {}"))
    assert netpolx("translate", "access.yaml", "--from", "access", "--to", "cilium").code == 0
    run = netpolx("translate", "access.yaml", "--from", "calico", "--to", "cilium")
    assert "1 Access.netpolx is passed over: the engine calico does not read it" in run.err
