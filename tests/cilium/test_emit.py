"""What Cilium's documents look like, and that they say what the IR said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests import vectors
from tests.cilium.canonical import canonical
from tests.cilium.reading import ccnp, cnp, errors, parse_all, policy, read
from translator.context import NO_CONTEXT, Context
from translator.dialects.cilium.emit import emit_group, emit_policy
from translator.documents.document import Document
from translator.documents.loading import load_paths, load_text
from translator.errors import InternalError
from translator.ir.labels import EVERYTHING, NAMESPACE_NAME, Label, Scope, conjunction, has, lacks, none_of, one_of
from translator.ir.layer7 import DnsMatch, HttpMatch, Layer7, Pattern, Syntax
from translator.ir.peers import ANYONE, EVERY_KIND, PODS, AllOf, Domain, Endpoints, Kind, Network, NoneOf, Peer
from translator.ir.policy import Action, AddressGroup, Direction, Policy, Rule
from translator.ir.traffic import ALL_PORTS, ANY_TRAFFIC, ICMP, SCTP, TCP, UDP, IcmpMatch, Ports, Traffic, protocol_set
from translator.semantics.verdict.cilium import assemble

VECTORS = (
    "cilium-corner-cases.jsonl.gz",
    "cilium-corner-cases-2.jsonl.gz",
    "cilium-random.jsonl.gz",
    "cilium-random-2.jsonl.gz",
)
KINDS = ("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy", "CiliumCIDRGroup")
IN_SHOP = one_of(NAMESPACE_NAME, "shop")


def app(name: str) -> Endpoints:
    """Pods of the namespace shop by their label app."""
    return Endpoints(selector=conjunction(IN_SHOP, one_of(Label(Scope.POD, "app"), name)))


def tcp(*ports: int) -> Traffic:
    """Some TCP ports."""
    return Traffic(protocols=((TCP, TCP),), ports=Ports(numbers=tuple((port, port) for port in ports)))


def legal(*rules: Rule, **changes: Any) -> Policy:
    """A policy of shop for pods app=web with ingress rules."""
    made = Policy(
        name="p",
        kind="",
        dialect="cilium",
        namespace="shop",
        subject=(app("web"),),
        directions=frozenset({Direction.INGRESS}),
        isolates=frozenset({Direction.INGRESS}),
        ingress=rules,
        tier="default",
    )
    return replace(made, **changes)


def allow(*peers: Peer, traffic: tuple[Traffic, ...] = (ANY_TRAFFIC,), **changes: Any) -> Rule:
    """An allow rule."""
    return Rule(action=Action.ALLOW, peers=peers, traffic=traffic, **changes)


def ingress(*rules: Rule, **changes: Any) -> Any:
    """The ingress items of the policy with some rules."""
    return emit_policy(legal(*rules, **changes))["spec"]["ingress"]


def emitted(context: Context, documents: list[Document]) -> Iterator[tuple[Policy, dict[str, Any], list[Document]]]:
    """Each policy of some documents, its canonical document, and that document beside the groups of all."""
    parsed = parse_all(documents, context=context)["cilium"]
    groups = [Document(data=emit_group(group)) for group in parsed.groups]
    for each in parsed.policies:
        data = emit_policy(each)
        yield each, data, [*groups, Document(data=data)]


def check_round_trip(context: Context, documents: list[Document]) -> None:
    """What is written passes both gates and reads as it was."""
    for each, data, written in emitted(context, documents):
        again = parse_all(written, context=context)
        assert errors(again["cilium"].findings) == [], data
        before = {"cilium": replace(again["cilium"], policies=(each,))}
        (old,), (new,) = (assemble(parsed, context).tiers[1].policies or (each,) for parsed in (before, again))
        assert canonical(new) == canonical(old), data


@pytest.mark.parametrize("name", VECTORS)
def test_reading_what_was_written_gives_the_same_policies(name: str) -> None:
    """Every policy of the vectors that both gates accept survives the way out and in."""
    for case in vectors.load(name):
        check_round_trip(vectors.context_of(case), list(load_text(case["policies"]).documents))


@pytest.mark.shared
@vectors.needs_shared
@pytest.mark.parametrize("folder", ["biohazard", "neco-apps-cilium", "cilium-connectivity", "articles"])
def test_real_policies_survive_the_way_out_and_in(folder: str) -> None:
    """Policies of public repositories, too."""
    documents = load_paths([str(vectors.SHARED / "corpus" / folder)]).documents
    check_round_trip(NO_CONTEXT, list(documents))


@pytest.mark.shared
@vectors.needs_shared
def test_documents_validate_against_the_vendors_schema() -> None:
    """What is written is valid by the custom resources' own schemas."""
    validators = {kind: _validator(kind) for kind in KINDS}
    for name in VECTORS:
        for case in vectors.load(name):
            documents = list(load_text(case["policies"]).documents)
            for _, _, written in emitted(vectors.context_of(case), documents):
                for document in written:
                    assert not list(validators[document.kind].iter_errors(document.data)), document.data


def _validator(kind: str) -> Any:
    """The vendor's schema; one of its patterns is in a notation that Python lacks."""
    text = (vectors.SHARED / "crds" / f"cilium.io_v2_{kind}.json").read_text()
    jsonschema = pytest.importorskip("jsonschema")
    return jsonschema.Draft202012Validator(json.loads(text.replace("PC*", "S*")))


@pytest.mark.shared
@vectors.needs_shared
def test_expert_documents_are_written_as_they_are() -> None:
    """The exemplars are fixed points, values of one expression sorted."""
    for path in sorted((vectors.SHARED / "exemplars").glob("*/*cilium.yaml")):
        documents = [each for each in load_paths([str(path)]).documents if each.api_version == "cilium.io/v2"]
        parsed = parse_all(documents)["cilium"]
        written = [*map(emit_group, parsed.groups), *map(emit_policy, parsed.policies)]
        expected = sorted(json.dumps(_sorted_values(each.data), sort_keys=True) for each in documents)
        assert sorted(json.dumps(each, sort_keys=True) for each in written) == expected, path


def _sorted_values(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: sorted(each) if key == "values" else _sorted_values(each) for key, each in value.items()}
    return [_sorted_values(each) for each in value] if isinstance(value, list) else value


# -- idioms ------------------------------------------------------------------------------------------------------------


def test_isolation_without_rules_is_one_empty_item() -> None:
    """`ingress: [{}]` denies everything (cilium.md 3)."""
    assert ingress() == [{}]


def test_a_policy_that_only_subtracts_switches_default_deny_off() -> None:
    """Deny rules of a policy that does not isolate leave everything else open."""
    deny = Rule(action=Action.DENY, peers=(app("bad"),))
    spec = emit_policy(legal(deny, isolates=frozenset()))["spec"]
    assert spec["enableDefaultDeny"] == {"ingress": False}
    assert spec["ingressDeny"] == [{"fromEndpoints": [{"matchLabels": {"app": "bad"}}]}]


def test_rules_with_equal_ports_share_one_item() -> None:
    """Selectors of several rules stand in one list where their ports are equal."""
    (item,) = ingress(allow(app("a"), traffic=(tcp(80),)), allow(app("b"), traffic=(tcp(80),)))
    assert item["fromEndpoints"] == [{"matchLabels": {"app": "a"}}, {"matchLabels": {"app": "b"}}]


def test_each_kind_of_peers_has_its_own_item() -> None:
    """Cilium refuses two kinds in one item."""
    items = ingress(allow(Network(cidrs=("20.0.0.0/8",)), Endpoints(kinds=frozenset({Kind.HOST})), app("a")))
    assert [next(iter(item)) for item in items] == ["fromEndpoints", "fromEntities", "fromCIDR"]


def test_everyone_is_an_entity_without_ports_and_no_peers_with_ports() -> None:
    """An item without peers means everyone only where it has ports."""
    assert ingress(allow(ANYONE)) == [{"fromEntities": ["all"]}]
    assert ingress(allow(ANYONE, traffic=(tcp(80),))) == [{"toPorts": [{"ports": [{"port": "80", "protocol": "TCP"}]}]}]


@pytest.mark.parametrize(
    ("selector", "written"),
    [
        (IN_SHOP, {}),
        (EVERYTHING, {"matchExpressions": [{"key": "k8s:io.kubernetes.pod.namespace", "operator": "Exists"}]}),
        (one_of(NAMESPACE_NAME, "b"), {"matchLabels": {"k8s:io.kubernetes.pod.namespace": "b"}}),
        (
            one_of(Label(Scope.NAMESPACE, "team"), "red"),
            {"matchLabels": {"k8s:io.cilium.k8s.namespace.labels.team": "red"}},
        ),
        (
            none_of(Label(Scope.NAMESPACE, "team"), "red"),
            {
                "matchExpressions": [
                    {"key": "k8s:io.kubernetes.pod.namespace", "operator": "Exists"},
                    {"key": "k8s:io.cilium.k8s.namespace.labels.team", "operator": "NotIn", "values": ["red"]},
                ]
            },
        ),
        (
            conjunction(IN_SHOP, one_of(Label(Scope.SERVICE_ACCOUNT, "metadata.name"), "robot")),
            {"matchLabels": {"k8s:io.cilium.k8s.policy.serviceaccount": "robot"}},
        ),
        (
            conjunction(IN_SHOP, has(Label(Scope.POD, "health")), lacks(Label(Scope.POD, "x"))),
            {
                "matchExpressions": [
                    {"key": "k8s:health", "operator": "Exists"},
                    {"key": "x", "operator": "DoesNotExist"},
                ]
            },
        ),
    ],
)
def test_peer_selectors(selector: Any, written: dict[str, Any]) -> None:
    """The policy's own namespace is left out, any other is said, and never only in the negative (cilium.md 16)."""
    assert ingress(allow(Endpoints(selector=selector))) == [{"fromEndpoints": [written]}]


def test_clusterwide_subject_of_all_pods_keeps_other_endpoints_out() -> None:
    """`endpointSelector: {}` would isolate health and ingress endpoints as well."""
    spec = emit_policy(legal(namespace=None, subject=(Endpoints(),)))["spec"]
    assert spec["endpointSelector"] == {
        "matchExpressions": [{"key": "k8s:io.kubernetes.pod.namespace", "operator": "Exists"}]
    }


def test_clusterwide_subject_by_a_positive_label_needs_no_help() -> None:
    """Other endpoints do not have the label."""
    subject = Endpoints(selector=one_of(Label(Scope.NAMESPACE, "env"), "prod"))
    spec = emit_policy(legal(namespace=None, subject=(subject,)))["spec"]
    assert spec["endpointSelector"] == {"matchLabels": {"k8s:io.cilium.k8s.namespace.labels.env": "prod"}}


@pytest.mark.parametrize(
    ("kinds", "entities"),
    [
        (frozenset({Kind.HOST, Kind.REMOTE_NODE, Kind.KUBE_APISERVER}), ["host", "remote-node"]),
        (frozenset({Kind.OUTSIDE}), ["world"]),
        (EVERY_KIND - {Kind.OUTSIDE}, ["cluster"]),
        (frozenset({Kind.KUBE_APISERVER}), ["kube-apiserver"]),
    ],
)
def test_kinds_of_ends_are_entities(kinds: frozenset[Kind], entities: list[str]) -> None:
    """The shortest list of entities."""
    assert ingress(allow(Endpoints(kinds=kinds))) == [{"fromEntities": entities}]


def test_blocks_with_and_without_holes_share_a_set() -> None:
    """Holes go to the block that they lie in; the whole world is an entity."""
    peers = (Network(cidrs=("20.0.0.0/8", "30.0.0.0/8"), excepts=("20.1.0.0/16",)), Network(cidrs=("40.0.0.0/8",)))
    assert ingress(allow(*peers)) == [
        {
            "fromCIDRSet": [
                {"cidr": "30.0.0.0/8"},
                {"cidr": "40.0.0.0/8"},
                {"cidr": "20.0.0.0/8", "except": ["20.1.0.0/16"]},
            ]
        }
    ]
    world = Network(cidrs=("0.0.0.0/0", "::/0"), reach=frozenset({Kind.OUTSIDE}), any_family=True)
    assert ingress(allow(world)) == [{"fromEntities": ["world"]}]


def test_ports_are_strings_ranges_have_an_end_and_three_protocols_are_any() -> None:
    """The forms of one entry."""
    traffic = (
        Traffic(protocols=((TCP, TCP),), ports=Ports(numbers=((80, 80), (90, 99)), names=("http",))),
        Traffic(protocols=protocol_set(TCP, UDP, SCTP), ports=Ports(numbers=((53, 53),))),
        Traffic(protocols=((UDP, UDP),), ports=ALL_PORTS),
    )
    (item,) = ingress(allow(ANYONE, traffic=traffic))
    assert item["toPorts"] == [
        {
            "ports": [
                {"port": "80", "protocol": "TCP"},
                {"port": "90", "endPort": 99, "protocol": "TCP"},
                {"port": "http", "protocol": "TCP"},
                {"port": "53", "protocol": "ANY"},
                {"port": "0", "protocol": "UDP"},
            ]
        }
    ]


def test_an_entry_holds_forty_ports() -> None:
    """More ports need more entries of `toPorts`."""
    (item,) = ingress(allow(ANYONE, traffic=(tcp(*range(1, 200, 2)),)))
    assert [len(entry["ports"]) for entry in item["toPorts"]] == [40, 40, 20]


def test_icmp_stands_in_an_item_of_its_own() -> None:
    """All types of a family are type 0."""
    icmp = Traffic(protocols=((ICMP, ICMP),), family=4, icmp=IcmpMatch(types=((8, 8),)))
    every = Traffic(protocols=((58, 58),))
    assert ingress(allow(ANYONE, traffic=(tcp(80), icmp, every))) == [
        {"toPorts": [{"ports": [{"port": "80", "protocol": "TCP"}]}]},
        {"icmps": [{"fields": [{"type": 8}, {"family": "IPv6", "type": 0}]}]},
    ]


def test_http_alternatives_are_one_expression() -> None:
    """Patterns of one part are joined; exact text is escaped; flags stay with their own alternative."""
    match = HttpMatch(
        methods=(Pattern(Syntax.EXACT, "GET"), Pattern(Syntax.EXACT, "HEAD")),
        paths=(Pattern(Syntax.EXACT, "/v1.0"), Pattern(Syntax.REGEX, "(?i)/a")),
    )
    (item,) = ingress(allow(ANYONE, traffic=(tcp(80),), layer7=Layer7(http=(match,))))
    assert item["toPorts"][0]["rules"] == {"http": [{"method": "GET|HEAD", "path": r"/v1\.0|(?:(?i)/a)"}]}


def test_dns_rules_name_single_ports() -> None:
    """A range is written out, because DNS rules take none."""
    dns = Layer7(dns=(DnsMatch(pattern="*.x.io"), DnsMatch(pattern="a.io")))
    traffic = (Traffic(protocols=((UDP, UDP),), ports=Ports(numbers=((53, 54),))),)
    made = legal(
        directions=frozenset({Direction.EGRESS}),
        isolates=frozenset({Direction.EGRESS}),
        egress=(allow(app("dns"), traffic=traffic, layer7=dns),),
    )
    (entry,) = emit_policy(made)["spec"]["egress"][0]["toPorts"]
    assert [each["port"] for each in entry["ports"]] == ["53", "54"]
    assert entry["rules"] == {"dns": [{"matchPattern": "*.x.io"}, {"matchName": "a.io"}]}


def test_groups_keep_their_labels_and_names_without_slash() -> None:
    """A group of a namespaced dialect gets a name of its own."""
    group = AddressGroup(
        name="set", namespace="shop", cidrs=("20.0.0.0/8",), labels=(("a", "b"),), kind="NetworkSet", dialect="calico"
    )
    assert emit_group(group)["metadata"] == {"name": "shop.set", "labels": {"a": "b"}}


def test_description_and_log_stand_in_the_spec() -> None:
    """Settings without effect on verdicts come back."""
    text = cnp("{description: why, endpointSelector: {}, ingress: [{}], log: {value: x}}")
    spec = emit_policy(policy(text))["spec"]
    assert (spec["description"], spec["log"]) == ("why", {"value": "x"})


def test_authentication_comes_back_in_both_modes() -> None:
    """A demand and its explicit absence."""
    for mode in ("required", "disabled"):
        text = cnp(f"{{endpointSelector: {{}}, ingress: [{{fromEntities: [all], authentication: {{mode: {mode}}}}}]}}")
        assert emit_policy(policy(text))["spec"]["ingress"][0]["authentication"] == {"mode": mode}


def test_pods_of_every_cluster_stay_so() -> None:
    """A selector that was written for all clusters is not bound to the local one."""
    text = ccnp(
        "{endpointSelector: {matchLabels: {app: a}}, ingress: [{fromEndpoints: "
        "[{matchExpressions: [{key: io.cilium.k8s.policy.cluster, operator: Exists}]}]}]}"
    )
    (written,) = emit_policy(policy(text))["spec"]["ingress"][0]["fromEndpoints"]
    assert written == {"matchExpressions": [{"key": "k8s:io.cilium.k8s.policy.cluster", "operator": "Exists"}]}


@pytest.mark.parametrize(
    "rule",
    [
        Rule(action=Action.PASS),
        allow(),
        allow(AllOf((app("a"), NoneOf((app("b"),))))),
        allow(Network(cidrs=("20.0.0.0/8",), reach=PODS)),
        allow(Domain(pattern="a.io")),
        allow(ANYONE, traffic=(Traffic(family=6),)),
        allow(ANYONE, traffic=(Traffic(protocols=((TCP, TCP),), ports=Ports(numbers=((0, 21),))),)),
        allow(ANYONE, traffic=(Traffic(protocols=((ICMP, ICMP),), icmp=IcmpMatch(types=((0, 3),))),)),
        allow(ANYONE, traffic=(Traffic(protocols=((UDP, UDP),)),), layer7=Layer7(http=(HttpMatch(),))),
        allow(ANYONE, traffic=(tcp(80),), subject=app("web")),
        Rule(action=Action.DENY, traffic=(tcp(80),), layer7=Layer7(http=(HttpMatch(),))),
    ],
)
def test_anything_else_is_refused_loudly(rule: Rule) -> None:
    """A form that Cilium cannot say is a bug of the caller, never a guess."""
    with pytest.raises(InternalError):
        emit_policy(legal(rule))


def test_rules_that_fail_an_endpoint_are_warned_about() -> None:
    """HTTP and DNS for the same peers and port cannot be merged by the agent."""
    text = cnp(
        "{endpointSelector: {}, egress: [{toEntities: [world], toPorts: [{ports: [{port: '53', protocol: TCP}], "
        "rules: {http: [{}]}}]}, {toEntities: [world], toPorts: [{ports: [{port: '53', protocol: TCP}], "
        "rules: {dns: [{matchPattern: '*'}]}}]}]}"
    )
    (finding,) = [each for each in read(text).findings if each.code == "unmergeable-rules"]
    assert finding.message.startswith("DNS rules and HTTP rules (of CiliumNetworkPolicy a/p)")
