"""The Kubernetes API as an engine: tiers, isolation, union, and what the API leaves open (kubernetes.md A.6, B.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.kubernetes.reading import cluster_policy_text, network_policy_text, parse_all
from translator.context import Context, KubernetesOptions, NamedPort, Pod
from translator.documents.loading import load_text
from translator.ir.peers import Kind, Network
from translator.ir.policy import Action, Direction, Engine, PolicySet, Rule
from translator.ir.traffic import EVERY_BYTE, ICMP, TCP, UDP, IcmpMatch, Traffic, protocol_set
from translator.semantics.ends import Ends
from translator.semantics.flow import Flow
from translator.semantics.verdict.core import Evaluator
from translator.semantics.verdict.kubernetes import assemble

PODS = (
    Pod(
        namespace="prod",
        name="db",
        labels={"app": "db"},
        addresses=("10.0.0.1",),
        ports=(NamedPort(name="sql", protocol=TCP, port=5432),),
    ),
    Pod(namespace="prod", name="web", labels={"app": "web"}, addresses=("10.0.0.2",)),
    Pod(namespace="dev", name="web", labels={"app": "web"}, addresses=("10.0.1.1",)),
)
CLUSTER = Context(namespaces={"prod": {"env": "prod"}, "dev": {"env": "dev"}}, pods=PODS)
DB = "{podSelector: {matchLabels: {app: db}}"


def policies(*texts: str, context: Context = CLUSTER) -> PolicySet:
    documents = list(load_text("---\n".join(texts)).documents)
    return assemble(parse_all(documents, context=context), context)


def ask(texts: tuple[str, ...], source: str, destination: str, port: int | None, protocol: int = TCP) -> str:
    """``allow`` or ``deny``, and at which end."""
    ends = Ends(CLUSTER)
    flow = Flow(source=ends.find(source), destination=ends.find(destination), protocol=protocol, port=port)
    verdict = Evaluator(policies(*texts), CLUSTER).verdict(flow)
    if verdict.egress is not None and not verdict.egress.allowed:
        return "deny at the sender"
    return "allow" if verdict.allowed else "deny at the receiver"


def cluster(tier: str, priority: int, rules: str, direction: str = "ingress") -> str:
    spec = f"{{tier: {tier}, priority: {priority}, subject: {{namespaces: {{}}}}, {direction}: [{rules}]}}"
    return cluster_policy_text(spec).replace("{name: p}", f"{{name: {tier.lower()}-{priority}}}")


DENY_DEV = "{action: Deny, from: [{namespaces: {matchLabels: {env: dev}}}]}"
ACCEPT_ALL = "{action: Accept, from: [{namespaces: {}}]}"
PASS_ALL = "{action: Pass, from: [{namespaces: {}}]}"
DENY_ALL = "{action: Deny, from: [{namespaces: {}}]}"


def test_without_policies_everything_flows() -> None:
    """A pod that nothing selects is open."""
    assert ask((), "dev/web", "prod/db", 5432) == "allow"


def test_a_selected_pod_is_isolated_in_the_declared_directions_only() -> None:
    """An Ingress policy closes what comes in, and leaves what goes out."""
    closed = (network_policy_text(f"{DB}, policyTypes: [Ingress]}}"),)
    assert ask(closed, "prod/web", "prod/db", 5432) == "deny at the receiver"
    assert ask(closed, "prod/db", "prod/web", 80) == "allow"
    assert ask(closed, "prod/db", "dev/web", 80) == "allow"


def test_policies_are_a_union() -> None:
    """What one allows no other takes away."""
    closed = network_policy_text(f"{DB}}}")
    opened = network_policy_text(f"{DB}, ingress: [{{from: [{{podSelector: {{}}}}], ports: [{{port: sql}}]}}]}}")
    both = (closed, opened.replace("name: p", "name: q"))
    assert ask(both, "prod/web", "prod/db", 5432) == "allow"
    assert ask(both, "prod/web", "prod/db", 80) == "deny at the receiver"
    assert ask(both, "prod/web", "prod/db", 5432, UDP) == "deny at the receiver"
    assert ask(both, "dev/web", "prod/db", 5432) == "deny at the receiver"


def test_rules_of_undeclared_directions_do_nothing() -> None:
    """policyTypes alone decides, whatever Cilium makes of it."""
    texts = (
        network_policy_text(
            f"{DB}, policyTypes: [Ingress], ingress: [{{}}], egress: [{{to: [{{podSelector: {{}}}}]}}]}}"
        ),
    )
    assert ask(texts, "prod/db", "dev/web", 80) == "allow"


def test_both_ends_are_asked() -> None:
    """The sender's egress and the receiver's ingress, each by its own namespace's policies."""
    texts = (network_policy_text("{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress]}"),)
    assert ask(texts, "prod/web", "prod/db", 5432) == "deny at the sender"
    assert ask(texts, "dev/web", "prod/db", 5432) == "allow"


def test_a_rule_without_ports_covers_icmp_and_one_with_ports_does_not() -> None:
    """All protocols or the listed ones."""
    for ports, answer in (("", "allow"), (", ports: [{protocol: TCP}]", "deny at the receiver")):
        texts = (network_policy_text(f"{DB}, ingress: [{{from: [{{podSelector: {{}}}}]{ports}}}]}}"),)
        assert ask(texts, "prod/web", "prod/db", 8, ICMP) == answer


def test_the_pods_own_node_is_always_let_in() -> None:
    """Kubelet probes work whatever policies say; other nodes are ordinary addresses."""
    closed = (network_policy_text(f"{DB}}}"),)
    assert ask(closed, "host", "prod/db", 5432) == "allow"
    assert ask(closed, "remote-node", "prod/db", 5432) == "deny at the receiver"


@pytest.mark.parametrize(("setting", "answer"), [(True, "allow"), (False, "deny"), (None, "open")])
def test_whether_an_ip_block_covers_pods_is_a_setting(setting: bool | None, answer: str) -> None:
    """True and False settle it; unknown stays open for the comparison to declare."""
    context = Context(
        namespaces=CLUSTER.namespaces, pods=PODS, kubernetes=KubernetesOptions(ipblock_matches_pods=setting)
    )
    text = network_policy_text(f"{DB}, ingress: [{{from: [{{ipBlock: {{cidr: 10.0.0.0/8}}}}]}}]}}")
    found = policies(text, context=context)
    (peer,) = next(iter(found.policies())).ingress[0].peers
    assert isinstance(peer, Network)
    if answer == "open":
        assert peer.reach is None
        return
    assert peer.reach is not None
    assert (Kind.POD in peer.reach, Kind.REMOTE_NODE in peer.reach) == (setting, True)
    ends = Ends(context)
    flow = Flow(source=ends.find("prod/web"), destination=ends.find("prod/db"), protocol=TCP, port=1)
    assert Evaluator(found, context).verdict(flow).allowed == (answer == "allow")


def tiers() -> Iterator[tuple[tuple[str, ...], str, str]]:
    opened = network_policy_text(f"{DB}, ingress: [{{from: [{{namespaceSelector: {{}}}}]}}]}}")
    closed = network_policy_text(f"{DB}}}")
    yield (cluster("Admin", 1, DENY_DEV), opened), "dev/web", "deny at the receiver"
    yield (cluster("Admin", 1, DENY_DEV), opened), "prod/web", "allow"
    yield (cluster("Admin", 1, ACCEPT_ALL), closed), "dev/web", "allow"
    yield (cluster("Admin", 1, PASS_ALL), cluster("Admin", 2, DENY_ALL), opened), "dev/web", "allow"
    yield (cluster("Admin", 2, DENY_ALL), cluster("Admin", 1, ACCEPT_ALL)), "dev/web", "allow"
    yield (cluster("Admin", 1, f"{ACCEPT_ALL}, {DENY_ALL}"),), "dev/web", "allow"
    yield (cluster("Baseline", 1, DENY_ALL), opened), "dev/web", "allow"
    yield (cluster("Baseline", 1, ACCEPT_ALL), closed), "dev/web", "deny at the receiver"
    yield (cluster("Baseline", 1, DENY_ALL),), "dev/web", "deny at the receiver"
    yield (cluster("Baseline", 1, PASS_ALL), cluster("Baseline", 2, DENY_ALL)), "dev/web", "allow"
    yield (cluster("Admin", 1, PASS_ALL), cluster("Baseline", 1, DENY_ALL)), "dev/web", "deny at the receiver"
    yield (cluster("Admin", 1, DENY_ALL),), "20.1.1.1", "allow"


@pytest.mark.parametrize(("texts", "source", "answer"), list(tiers()))
def test_tiers_are_asked_in_their_order(texts: tuple[str, ...], source: str, answer: str) -> None:
    """Admin decides first, NetworkPolicies are final for whom they isolate, Baseline comes last; the default allows."""
    assert ask(texts, source, "prod/db", 5432) == answer


def test_networks_cover_pods_and_addresses() -> None:
    """A Deny of all networks reaches pods as well, unless something before it spares them."""
    everything = "{action: Deny, to: [{networks: [0.0.0.0/0, '::/0']}]}"
    spared = "{action: Accept, to: [{namespaces: {}}]}"
    assert ask((cluster("Admin", 1, everything, "egress"),), "prod/web", "prod/db", 1) == "deny at the sender"
    assert ask((cluster("Admin", 1, f"{spared}, {everything}", "egress"),), "prod/web", "prod/db", 1) == "allow"


def test_the_set_says_what_it_is() -> None:
    """Three tiers in order, and the exemption of the pod's own node."""
    found = policies(network_policy_text(f"{DB}}}"))
    assert [tier.name for tier in found.tiers] == ["Admin", "default", "Baseline"]
    assert (found.engine, found.exempt) == (Engine.KUBERNETES, frozenset({(Direction.INGRESS, Kind.HOST)}))


def test_an_icmp_flow_of_unknown_code_is_matched_by_type_alone() -> None:
    """A rule that asks for a code says nothing about a message whose code nobody knows."""
    echo, with_code = (
        Rule(
            action=Action.ALLOW,
            traffic=(Traffic(protocols=protocol_set(ICMP), icmp=IcmpMatch(types=((8, 8),), codes=codes)),),
        )
        for codes in (EVERY_BYTE, ((0, 0),))
    )
    default = policies(network_policy_text(f"{DB}, policyTypes: [Ingress]}}")).tiers[1]
    found = []
    for rule in (echo, with_code):
        tier = replace(default, policies=tuple(replace(each, ingress=(rule,)) for each in default.policies))
        ends = Ends(CLUSTER)
        flow = Flow(source=ends.find("prod/web"), destination=ends.find("prod/db"), protocol=ICMP, port=8)
        answer = Evaluator(PolicySet(engine=Engine.KUBERNETES, tiers=(tier,)), CLUSTER).verdict(flow)
        found.append(answer.allowed)
    assert found == [True, False]
