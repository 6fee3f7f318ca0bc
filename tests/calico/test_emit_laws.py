"""Laws of emission: what is written is read back as the same policy, and decides every flow the same way."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import islice
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.calico.reading import case_context, errors, global_policy, network_policy, parse_all, read
from tests.strategies import NAMESPACES, flows, selectors
from tests.vectors import Case, flows_of, load
from translator.dialect import Parsed
from translator.dialects.calico.emit import emit_group, emit_policy, emit_tier
from translator.documents.document import Document
from translator.documents.loading import load_text
from translator.ir.labels import NAMESPACE_NAME, SERVICE_ACCOUNT_NAME, conjunction, none_of, one_of
from translator.ir.peers import ANYONE, PODS, AllOf, Endpoints, Kind, Network, NoneOf, Peer
from translator.ir.policy import Action, Direction, End, Engine, Evaluation, Policy, PolicySet, Rule, Tier
from translator.ir.traffic import ANY_TRAFFIC, ICMP, ICMPV6, TCP, UDP, IcmpMatch, Ports, Traffic, protocol_set
from translator.semantics.verdict.calico import assemble
from translator.semantics.verdict.core import Evaluator

# -- legal policies ---------------------------------------------------------------------------------------------------

_accounts = st.sampled_from([one_of(SERVICE_ACCOUNT_NAME, "default"), none_of(SERVICE_ACCOUNT_NAME, "robot")])
_pods = st.one_of(
    selectors,
    selectors,
    st.builds(conjunction, selectors, _accounts),
    st.builds(
        lambda name, term: conjunction(one_of(NAMESPACE_NAME, name), term), st.sampled_from(NAMESPACES), selectors
    ),
)
_endpoints = st.builds(lambda selector: Endpoints(selector=selector), _pods)
_networks = st.builds(
    lambda cidrs, excepts: Network(cidrs=tuple(cidrs), excepts=tuple(excepts)),
    st.lists(
        st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "203.0.113.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0"]),
        min_size=1,
        max_size=3,
        unique=True,
    ),
    st.lists(
        st.sampled_from(["10.1.0.0/16", "203.0.113.0/25", "2001:db8::/48", "10.0.0.0/8"]), max_size=2, unique=True
    ),
)
_peers: st.SearchStrategy[Peer] = st.one_of(
    st.just(ANYONE),
    _endpoints,
    _endpoints,
    _networks,
    st.builds(lambda a, b: AllOf((a, b)), _networks, _endpoints),
    st.builds(lambda a, b: AllOf((a, b)), _networks, _networks),
    st.builds(lambda a: NoneOf((a,)), _networks),
    st.builds(lambda a, b: AllOf((a, NoneOf((b,)))), st.one_of(_endpoints, _networks), _networks),
    st.builds(lambda a, b: AllOf((a, NoneOf((b,)))), _endpoints, _endpoints),
)
_global_peers = st.one_of(
    _peers,
    _peers,
    st.builds(lambda a: NoneOf((a,)), _endpoints),
    st.builds(lambda a, b: AllOf((a, NoneOf((b,)))), _networks, _endpoints),
)
_ports = st.sampled_from(
    [
        Ports(numbers=((80, 80),)),
        Ports(numbers=((80, 90), (443, 443))),
        Ports(numbers=((0, 79), (81, 65535))),
        Ports(names=("http",)),
        Ports(numbers=((443, 443),), names=("http",)),
    ]
)
_traffic = st.one_of(
    st.just(ANY_TRAFFIC),
    st.just(ANY_TRAFFIC),
    st.builds(lambda some: Traffic(protocols=protocol_set(*some)), st.sampled_from([(TCP,), (TCP, UDP), (ICMP, 47)])),
    st.builds(lambda family: Traffic(family=family), st.sampled_from([4, 6])),
    st.builds(lambda ports: Traffic(protocols=protocol_set(TCP, UDP), ports=ports), _ports),
    st.builds(lambda ports: Traffic(protocols=protocol_set(TCP), not_ports=ports), _ports),
    st.builds(
        lambda ports, others: Traffic(protocols=protocol_set(TCP), ports=ports, source_ports=others), _ports, _ports
    ),
    st.just(Traffic(ports=Ports(names=("http",)))),
    st.just(Traffic(protocols=((0, 5), (7, 255)))),
    st.just(Traffic(protocols=protocol_set(ICMP), family=4, icmp=IcmpMatch(types=((8, 8),)))),
    st.just(Traffic(protocols=protocol_set(ICMP), family=4, not_icmp=IcmpMatch(types=((8, 8),)))),
    st.just(Traffic(protocols=protocol_set(ICMPV6), family=6)),
)


def _rules(peers: st.SearchStrategy[Peer]) -> st.SearchStrategy[tuple[Rule, ...]]:
    rule = st.builds(
        lambda action, some, traffic, subject: Rule(
            action=action, peers=tuple(some), traffic=tuple(traffic), subject=subject
        ),
        st.sampled_from(list(Action)),
        st.lists(peers, min_size=1, max_size=3),
        st.lists(_traffic, min_size=1, max_size=2),
        st.one_of(st.just(ANYONE), st.just(ANYONE), _endpoints, _networks),
    )
    return st.lists(rule, max_size=3).map(tuple)


@st.composite
def legal_policies(draw: st.DrawFn) -> Policy:
    """A policy of a namespace on its pods, or of the cluster on pods, hosts or both."""
    namespace = draw(st.sampled_from([*NAMESPACES, None]))
    chosen = draw(st.lists(_pods, min_size=1, max_size=2))
    if namespace is not None:
        subject = tuple(Endpoints(selector=conjunction(one_of(NAMESPACE_NAME, namespace), each)) for each in chosen)
    else:
        kinds = st.sampled_from([PODS, PODS, frozenset({Kind.POD, Kind.HOST}), frozenset({Kind.HOST})])
        subject = tuple(Endpoints(selector=each, kinds=draw(kinds)) for each in chosen)
    rules = _rules(_peers if namespace is not None else _global_peers)
    directions = draw(st.sampled_from([{Direction.INGRESS}, {Direction.EGRESS}, set(Direction)]))
    return Policy(
        name="p",
        kind="NetworkPolicy" if namespace is not None else "GlobalNetworkPolicy",
        dialect="calico",
        namespace=namespace,
        subject=subject,
        directions=frozenset(directions),
        isolates=frozenset(directions),
        ingress=draw(rules) if Direction.INGRESS in directions else (),
        egress=draw(rules) if Direction.EGRESS in directions else (),
        tier="default",
        order=1000.0,
    )


FLOWS: Final = list(islice(flows(), 200_000))


def _read_back(*documents: dict[str, Any]) -> Parsed:
    return parse_all([Document(data=document) for document in documents])["calico"]


def _decisions(policy: Policy, asked: list[int]) -> list[bool | None]:
    tier = Tier(name="default", order=None, evaluation=Evaluation.FIRST_MATCH, end=End.DENY, policies=(policy,))
    evaluator = Evaluator(PolicySet(engine=Engine.CALICO, tiers=(tier,)))
    found = []
    for position in asked:
        direction, flow = FLOWS[position]
        decision = evaluator.decide(flow, direction)
        found.append(None if decision is None else decision.allowed)
    return found


@settings(max_examples=250, deadline=None)
@given(policy=legal_policies(), seed=st.integers(0, 1_000_000))
def test_what_is_written_means_the_same(policy: Policy, seed: int) -> None:
    """The document of a legal policy passes both gates and decides every flow as the policy does."""
    parsed = _read_back(emit_policy(policy))
    assert not errors(parsed.findings)
    asked = random.Random(seed).sample(range(len(FLOWS)), 400)
    (again,) = parsed.policies
    assert _decisions(policy, asked) == _decisions(again, asked)


@settings(max_examples=150, deadline=None)
@given(policy=legal_policies())
def test_writing_is_settled_once_it_was_read(policy: Policy) -> None:
    """A document of a policy that was read from a document stays as it is when it is read and written again."""
    (once,) = _read_back(emit_policy(policy)).policies
    document = emit_policy(once)
    (again,) = _read_back(document).policies
    assert emit_policy(again) == document


NORMAL_FORMS: Final = (
    network_policy("{tier: default, order: 10, types: [Ingress]}"),
    network_policy(
        """{tier: default, selector: app == 'a' && has(role), serviceAccountSelector: team == 'red', types: [Egress],
        egress: [
        {action: Deny, destination: {selector: app == 'queue' && track == 'canary'}},
        {action: Allow, protocol: TCP,
         destination: {namespaceSelector: projectcalico.org/name == 'x', ports: [80, "90:99"]}},
        {action: Allow, destination: {services: {name: dns, namespace: kube-system}}},
        {action: Log}, {action: Pass, ipVersion: 6}]}"""
    ),
    network_policy(
        """{tier: t, order: 1.5, types: [Ingress, Egress], ingress: [
        {action: Allow, protocol: TCP, source: {serviceAccounts: {names: [bot], selector: team == 'red'}},
         http: {methods: [GET], paths: [{exact: /a}, {prefix: /b}]}},
        {action: Allow, protocol: ICMP, icmp: {type: 3, code: 1}, source: {nets: [10.0.0.0/8], notNets: [10.1.0.0/16]}},
        {action: Allow, ipVersion: 6, protocol: 58, notICMP: {type: 1}},
        {action: Allow, source: {notNets: ["2001:db8::/32"]}, metadata: {annotations: {ticket: "1"}}},
        {action: Allow, notProtocol: UDP, destination: {selector: "!(app ends with 'x') || role in {'a', 'b'}"}},
        {action: Allow, protocol: UDP,
         source: {namespaceSelector: all(), ports: ["1024:65535"]}, destination: {notPorts: [53, dns]}}]}"""
    ),
    global_policy(
        """{tier: default, order: 1, namespaceSelector: "has(projectcalico.org/name) && env != 'prod'",
        types: [Ingress], ingress: [
        {action: Allow, source: {namespaceSelector: "has(projectcalico.org/name) && !has(env)", nets: [10.0.0.0/8]}},
        {action: Deny, source: {notSelector: projectcalico.org/orchestrator == 'k8s' && app == 'a'}}]}"""
    ),
    global_policy(
        "{tier: default, order: 1, applyOnForward: true, selector: app == 'a' || projectcalico.org/namespace == 'b', "
        "types: [Ingress], performanceHints: [AssumeNeededOnEveryNode]}"
    ),
    global_policy("{tier: default, doNotTrack: true, applyOnForward: true, selector: all(), types: [Egress]}"),
    global_policy(
        "{tier: default, selector: \"!has(projectcalico.org/namespace) && role == 'node'\", types: [Ingress]}"
    ),
)


@pytest.mark.parametrize("text", NORMAL_FORMS)
def test_documents_in_normal_form_stay_as_they_are(text: str) -> None:
    """What is written by hand as we would write it is written so again, and read as the same policy."""
    (document,) = load_text(text).documents
    (policy,) = read(text).policies
    written = emit_policy(policy)
    assert written == document.data
    (again,) = _read_back(written).policies
    assert replace(again, origin=None) == replace(policy, origin=None)


# -- what people write ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", load("calico-random.jsonl.gz")[::8], ids=lambda case: case["id"])
def test_random_sets_decide_the_same_after_writing(case: Case) -> None:
    """Policies, tiers and network sets of the vectors, read, written and read again."""
    context = case_context(case)
    parsed = parse_all(load_text(case["policies"]).documents, context=context)
    own = parsed["calico"]
    written = [
        *(emit_tier(tier) for tier in own.tiers),
        *(emit_group(group) for group in own.groups),
        *(emit_policy(policy, groups=own.groups) for policy in own.policies),
    ]
    again = parse_all([Document(data=document) for document in written], context=context)["calico"]
    assert not errors(again.findings)
    before = Evaluator(assemble(parsed, context), context)
    after = Evaluator(assemble({**parsed, "calico": again}, context), context)
    for row in flows_of(case, context):
        for direction in Direction:
            wanted, found = before.decide(row.flow, direction), after.decide(row.flow, direction)
            assert (wanted and wanted.allowed) == (found and found.allowed), str(row)
