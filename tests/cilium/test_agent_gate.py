"""What the agent refuses beyond the vectors, and how messages help."""

from __future__ import annotations

import pytest

from tests.cilium.reading import AGENT, ccnp, cnp, errors, policy, read, warnings
from translator.context import CiliumOptions, Context
from translator.errors import Gate, Severity

PORTS = "endpointSelector: {}, ingress: [{toPorts: [{%s}]}]"


def test_port_beside_rules_is_explained() -> None:
    """A `toPorts` entry copied from an article says where its port belongs."""
    text = cnp("{" + PORTS % "port: '8080', protocol: TCP, rules: {http: [{method: GET}]}" + "}")
    hints = {finding.hint for finding in read(text).findings}
    assert hints == {"move `port` and `protocol` into `ports: [...]`, beside `rules`"}


def test_invented_header_list_is_explained() -> None:
    """A field `allowedHeaders` points to the two fields that exist."""
    text = cnp("{" + PORTS % "ports: [{port: '80'}], allowedHeaders: [Accept]" + "}")
    (finding,) = read(text).findings
    assert finding.hint is not None
    assert finding.hint.startswith("did you mean `headers` or `headerMatches`?")


def test_misspelt_field_is_an_error_of_the_api_server() -> None:
    """Strict field validation refuses it, with the nearest name."""
    (finding,) = read(cnp("{endpointSelektor: {}, ingress: [{}], endpointSelector: {}}")).findings
    assert (finding.gate, finding.severity, finding.hint) == (
        Gate.APISERVER,
        Severity.ERROR,
        "did you mean `endpointSelector`?",
    )


def test_agent_alone_ignores_unknown_fields() -> None:
    """Without the API server in front a field that the agent lacks is only warned about."""
    parsed = read(cnp("{endpointSelector: {}, ingress: [{bogus: 1}]}"), gates=AGENT)
    assert errors(parsed.findings) == []
    assert len(parsed.policies) == 1
    assert "unknown field `bogus`" in warnings(parsed.findings)[0]


def test_names_in_deny_items_deny_everyone_to_the_agent() -> None:
    """`toFQDNs` is no field of a deny item: what is left of the item counts (cilium.md 6.5)."""
    text = cnp(
        "{endpointSelector: {}, egressDeny: [{toFQDNs: [{matchName: a.b}], toPorts: [{ports: [{port: '80'}]}]}]}"
    )
    (finding,) = read(text).findings
    assert finding.hint == "deny items take no names: the agent would drop the field and deny everyone"
    assert policy(text, gates=AGENT).egress[0].peers != ()


def test_both_gates_speak_once_about_one_field() -> None:
    """A value that the schema and the agent refuse alike is one finding, of the gate that comes first."""
    (finding,) = read(cnp("{endpointSelector: {}, ingress: [{fromCIDR: ['10.0.0.0']}]}")).findings
    assert (finding.gate, finding.hint) == (Gate.APISERVER, "did you mean `10.0.0.0/32`?")


def test_what_the_schema_lets_pass_the_agent_may_refuse() -> None:
    """The message names the agent where only it refuses (cilium.md 15)."""
    (finding,) = read(cnp("{endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: '70000'}]}]}]}")).findings
    assert finding.gate is Gate.CILIUM


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{endpointSelector: {}, ingress: []}", "spec: expected an item in at least one of"),
        (
            "{endpointSelector: {}, ingress: [{fromEndpoints: [{}], fromEntities: [world]}]}",
            "spec.ingress[0]: expected one kind of peers, found `fromEndpoints` and `fromEntities`",
        ),
        ("{nodeSelector: {}, ingress: [{}]}", "spec.nodeSelector: a CiliumNetworkPolicy cannot have a `nodeSelector`"),
    ],
)
def test_refusals_name_their_field(spec: str, message: str) -> None:
    """The field path stands before the message."""
    (found,) = errors(read(cnp(spec)).findings)
    assert found.startswith(message)


def test_nulls_are_pruned_before_the_agent_reads() -> None:
    """`matchLabels: {app: null}` is stored as `{}`, and so it selects every pod of the namespace."""
    text = cnp("{endpointSelector: {matchLabels: {app: null}}, ingress: [{}]}")
    assert policy(text).subject == policy(cnp("{endpointSelector: {}, ingress: [{}]}")).subject
    assert policy(text, gates=AGENT).subject != policy(text).subject


def test_policy_labels_are_objects_until_1_19_and_strings_since() -> None:
    """The form of `labels` changed, in the schema and in the agent (cilium.md 1.2)."""
    objects = ccnp("{endpointSelector: {}, ingress: [{}], labels: [{key: a, value: b}]}")
    strings = ccnp("{endpointSelector: {}, ingress: [{}], labels: ['a=b']}")
    new = Context(cilium=CiliumOptions(version="1.20.1"))
    assert [bool(errors(read(text).findings)) for text in (objects, strings)] == [False, True]
    assert [bool(errors(read(text, context=new).findings)) for text in (objects, strings)] == [True, False]


def test_a_range_from_a_port_name_is_refused_for_translation() -> None:
    """Its meaning depends on each pod's ports, so only the agent's own reading keeps it."""
    text = cnp("{endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: http, endPort: 90}]}]}]}")
    assert "depends on each pod's own ports" in errors(read(text).findings)[0]
    assert policy(text, gates=AGENT).ingress[0].traffic[0].ports.spans == (("http", 90),)


def test_kafka_rules_are_a_condition_until_1_19() -> None:
    """They restrict what is allowed, which nobody else can say; 1.20 no longer knows them."""
    text = cnp("{" + PORTS % "ports: [{port: '9092', protocol: TCP}], rules: {kafka: [{role: produce}]}" + "}")
    assert [each.feature for each in policy(text).ingress[0].conditions] == ["layer7-protocol"]
    assert errors(read(text, context=Context(cilium=CiliumOptions(version="1.20"))).findings)
    assert policy(text, gates=AGENT).ingress[0].conditions == ()


def test_unknown_fields_hide_no_wrong_values() -> None:
    """What the schema and the agent refuse besides is told in the same run."""
    text = cnp(
        "{endpointSelectr: {}, ingress: [{fromCIDR: [10.0.0.0/44],"
        " toPorts: [{ports: [{port: '99999', protocol: TCP}], bogus: 1}]}]}"
    )
    assert sorted(each.origin.field_path for each in read(text).findings if each.origin) == [
        "spec.endpointSelectr",
        "spec.ingress[0].fromCIDR[0]",
        "spec.ingress[0].toPorts[0].bogus",
        "spec.ingress[0].toPorts[0].ports[0].port",
    ]
