"""The way back: specs from policies, and the law that reading what was written gives the same."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.access.reading import atoms, errors, read, spec
from translator.context import NO_CONTEXT
from translator.dialects.access.emit import emit_specs
from translator.documents.emitter import dump
from translator.errors import InputError, UsageError
from translator.ir.policy import Policy
from translator.legalize.target import Target, TargetName
from translator.pipeline.source import Source, parse_documents_text, parse_paths
from translator.pipeline.translate import Translation, translate

ROOT = Path(__file__).resolve().parents[2]
SPECS = sorted(ROOT.glob("golden/*/source.access.yaml"))
SHARED = ROOT.parent / "shared"
EXEMPLARS = sorted(SHARED.glob("exemplars/*/source.*.yaml"))
CORPUS = sorted(
    path
    for folder in ("recipes", "articles/good", "cilium-connectivity", "biohazard", "neco-apps-cilium", "calico")
    for path in SHARED.glob(f"corpus/{folder}/**/*.yaml")
)
ACCESS = Target(name=TargetName.ACCESS)


def written(policies: tuple[Policy, ...]) -> str:
    """The spec of some policies as text."""
    return dump([each.document for each in emit_specs([policies])])


def to_access(source: Source) -> Translation:
    """The translation to a spec; its self-check has passed."""
    return translate(source.policies, ACCESS, source.context)


@pytest.mark.parametrize("path", SPECS, ids=[path.parent.name for path in SPECS])
def test_reading_what_was_written_gives_the_same_policies(path: Path) -> None:
    """The law, on every example."""
    policies = read(path.read_text(encoding="utf-8"), file=str(path)).policies
    again = read(written(policies))
    assert errors(again) == []
    assert atoms(again.policies) == atoms(policies)
    assert written(again.policies) == written(policies)


_NAMES = st.sampled_from(["a/x", "a/y", "b/x", "a/*", "*/x", "*/*"])
_ENDS = st.sampled_from(
    [
        *("a/x", "a/y", "b/x", "b/z", "a/*", "*/x", "cluster", "nodes", "kube-api", "world", "any"),
        *("203.0.113.0/24", "{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}", "169.254.0.0/16"),
        *("{namespace: {team: red}, labels: {t: [p, q], u: {not: r}}}", "{namespace: [a, b], app: x}"),
    ]
)
_PORTS = st.sampled_from(["80", "any", "53/UDP", "http", "[80, 9000-9010, 53/UDP]"])
_REQUESTS = st.sampled_from(
    [
        *("GET /a", "GET|POST /a/{id}", "* /s/**", "* /**?*", "GET /q?*", "GET regex:/n/[0-9]+", "POST /p.S/M"),
        *("{path: /h, headers: {X: y, Z: '*'}}", "{method: GET, host: a.example.com}"),
    ]
)
_HTTP = st.one_of(
    st.just(""),
    st.lists(_REQUESTS, min_size=1, max_size=3, unique=True).map(
        lambda items: f", port: 80, http: [{', '.join(map(_quoted, items))}]"
    ),
)


def _quoted(item: str) -> str:
    return item if item.startswith("{") else f"'{item}'"


def _entry(side: str, ends: list[str], port: str, http: str, more: str) -> str:
    return f"{{{side}: [{', '.join(map(_quoted, ends))}]{http or f', port: {port}'}{more}}}"


_ALLOWS = st.builds(
    _entry,
    st.just("from"),
    st.lists(_ENDS, min_size=1, max_size=2, unique=True),
    _PORTS,
    _HTTP,
    st.sampled_from(["", "", ", ends: server"]),
)
_CALLS = st.one_of(
    st.builds(_entry, st.just("to"), st.lists(_ENDS, min_size=1, max_size=2, unique=True), _PORTS, _HTTP, st.just("")),
    st.sampled_from(["'dns:a.example.com:443'", "'dns:**.example.com:any'", "dns", "kube-api", "metadata-service"]),
    st.just("{to: dns, names: [a.example.com]}"),
)


def _body(name: str, deny: str, dns: str, metadata: str, select: bool, allow: list[str], call: list[str]) -> str:
    chosen = f"select: {{role: {name[2:]}}}" if select and "*" not in name else ""
    parts = [deny, dns, metadata, chosen, f"allow: [{', '.join(allow)}]", f"call: [{', '.join(call)}]"]
    return f"'{name}': {{{', '.join(part for part in parts if part)}}}"


_SERVICES = st.builds(
    _body,
    _NAMES,
    st.sampled_from(["", "deny: [ingress]", "deny: [egress]"]),
    st.sampled_from(["", "dns: true", "dns: false"]),
    st.sampled_from(["", "metadata-service: deny", "metadata-service: allow"]),
    st.booleans(),
    st.lists(_ALLOWS, max_size=3),
    st.lists(_CALLS, max_size=3),
)
_SPECS = st.builds(
    lambda services, defaults: spec("\n".join(services), defaults=f"defaults: {{{defaults}}}\n"),
    st.lists(_SERVICES, min_size=1, max_size=3, unique_by=lambda service: service.partition(":")[0]),
    st.sampled_from(["deny: [ingress, egress], dns: true", "deny: [ingress, egress], metadata-service: deny"]),
)


def any_spec() -> st.SearchStrategy[str]:
    """Specs of every kind, some of them with errors."""
    return _SPECS


@given(any_spec())
@settings(deadline=None)
def test_the_law_for_any_spec(text: str) -> None:
    """Reading, writing and reading again changes nothing but the order of allow rules and names."""
    parsed = read(text)
    if errors(parsed):
        return
    again = read(written(parsed.policies))
    assert errors(again) == []
    assert _meaning(again.policies) == _meaning(parsed.policies)


def _meaning(policies: tuple[Policy, ...]) -> set[tuple[object, ...]]:
    """Without names: services with labels of their own are called after their policies."""
    return {
        (each.namespace, *statement[1:])
        for each in policies
        for statement in atoms((each,))
        if statement[0] == each.reference
    }


@pytest.mark.parametrize("path", SPECS, ids=[path.parent.name for path in SPECS])
def test_specs_translate_to_themselves(path: Path) -> None:
    """The whole way, legalization and self-check included, loses nothing."""
    source = parse_paths([str(path)])
    translation = to_access(source)
    dropped = {loss.code for loss in translation.losses if loss.effect}
    assert dropped <= {"tls-termination"}


@pytest.mark.shared
@pytest.mark.parametrize(
    "path", EXEMPLARS + CORPUS, ids=[f"{path.parent.name}-{path.name}" for path in EXEMPLARS + CORPUS]
)
def test_policies_of_others_become_specs_or_losses(path: Path) -> None:
    """The spec says what the policies say, or declares what it cannot; reading it back finds no error."""
    try:
        source = parse_paths([str(path)])
    except (InputError, UsageError):
        pytest.skip("no valid policies")
    translation = to_access(source)
    assert translation.proof is not None
    for output in translation.outputs:
        assert errors(read(dump([output.data]))) == []


def test_paths_of_a_templates_shape_become_templates() -> None:
    """Expressions that experts write; others stay expressions."""
    source = parse_documents_text(
        """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: a, namespace: ns}
spec:
  endpointSelector: {matchLabels: {app: a}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: b}}]
    toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules:
        http:
        - {method: GET, path: "/a/[^/?]+"}
        - {method: "GET|HEAD", path: "/public/.*"}
        - {path: "/n/[0-9]+"}
        - {host: "api.example.com", headers: ["X-Key"]}
        - {}
"""
    )
    (output,) = to_access(source).outputs
    assert output.data["services"]["ns/a"]["allow"][0]["http"] == [
        "GET /a/*",
        "GET|HEAD /public/**?*",
        "* regex:/n/[0-9]+",
        {"host": "regex:api.example.com", "headers": {"X-Key": "*"}},
        "* /**?*",
    ]


def test_connections_of_both_ends_are_said_once() -> None:
    """Where both ends allow the same there is one entry; where the client may not send, the server alone opens."""
    text = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: ns}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 5432}]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: ns}
spec:
  podSelector: {matchLabels: {app: api}}
  policyTypes: [Egress]
  egress: [{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: PORT}]}]
"""
    (output,) = to_access(parse_documents_text(text.replace("PORT", "5432"))).outputs
    assert output.data["services"]["ns/db"]["allow"] == ["ns/api:5432"]
    assert "call" not in output.data["services"]["ns/api"]
    (output,) = to_access(parse_documents_text(text.replace("PORT", "1"))).outputs
    assert output.data["services"]["ns/db"]["allow"] == [{"from": "ns/api", "port": 5432, "ends": "server"}]
    assert output.data["services"]["ns/api"]["call"] == ["ns/db:1"]


def test_each_file_keeps_a_spec_of_its_own(tmp_path: Path) -> None:
    """Two files of policies are two documents, and clients of the other file are not opened by the server's."""
    policy = (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: %s, namespace: ns}\n"
        "spec: {podSelector: {matchLabels: {app: %s}}, policyTypes: [Ingress, Egress], %s}\n"
    )
    server = "ingress: [{from: [{podSelector: {matchLabels: {app: b}}}], ports: [{port: 1}]}]"
    client = "egress: [{to: [{podSelector: {matchLabels: {app: a}}}], ports: [{port: 1}]}]"
    (tmp_path / "a.yaml").write_text(policy % ("a", "a", server), encoding="utf-8")
    (tmp_path / "b.yaml").write_text(policy % ("b", "b", client), encoding="utf-8")
    translation = translate(parse_paths([str(tmp_path)]).policies, ACCESS, NO_CONTEXT)
    one, two = (output.data["services"] for output in translation.outputs)
    assert one["ns/a"]["allow"] == [{"from": "ns/b", "port": 1, "ends": "server"}]
    assert two["ns/b"]["call"] == ["ns/a:1"]
    assert not any(loss.effect for loss in translation.losses)


def test_names_and_labels_that_are_not_kept_are_declared() -> None:
    """A service is named by its application; the policy's own name and labels are gone, and that is said."""
    text = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: let-web-in, namespace: ns, labels: {team: red}, annotations: {note: x}}
spec: {podSelector: {matchLabels: {app: a}}, ingress: [{}]}
"""
    codes = {loss.code for loss in to_access(parse_documents_text(text)).losses}
    assert codes == {"name-changed", "labels-dropped", "annotations-dropped"}
