"""Legal policies by hand, and their documents, for tests of emission."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.calico.reading import errors, parse_all
from translator.dialect import Parsed
from translator.dialects.calico.emit import emit_policy
from translator.documents.document import Document
from translator.ir.labels import (
    NAMESPACE_NAME,
    Label,
    Scope,
    Selector,
    conjunction,
    one_of,
)
from translator.ir.layer7 import HttpMatch, Layer7, Pattern, Syntax
from translator.ir.peers import (
    ANYONE,
    Endpoints,
    Kind,
    Peer,
)
from translator.ir.policy import (
    Action,
    Direction,
    Policy,
    Rule,
)
from translator.ir.traffic import ANY_TRAFFIC, ICMP, TCP, IcmpMatch, Ports, Traffic, protocol_set

APP, ROLE, TRACK = (Label(Scope.POD, key) for key in ("app", "role", "track"))
ENV = Label(Scope.NAMESPACE, "env")
TEAM = Label(Scope.SERVICE_ACCOUNT, "team")
PARTNER = Label(Scope.GROUP, "partner")
IN_SHOP = one_of(NAMESPACE_NAME, "shop")
HOSTS = frozenset({Kind.HOST})
INGRESS, EGRESS = frozenset({Direction.INGRESS}), frozenset({Direction.EGRESS})
TCP_ONLY = Traffic(protocols=protocol_set(TCP))


def pods(*terms: Selector) -> Endpoints:
    """Pods that meet all terms."""
    return Endpoints(selector=conjunction(*terms))


def tcp(*numbers: int, names: tuple[str, ...] = ()) -> Traffic:
    """TCP on some single ports."""
    return Traffic(
        protocols=protocol_set(TCP), ports=Ports(numbers=tuple((each, each) for each in numbers), names=names)
    )


def allow(*peers: Peer, traffic: tuple[Traffic, ...] = (ANY_TRAFFIC,), **fields: Any) -> Rule:
    """A rule that allows some peers."""
    return Rule(action=Action.ALLOW, peers=peers, traffic=traffic, **fields)


def namespaced(*rules: Rule, subject: Endpoints | None = None, direction: Direction = Direction.INGRESS) -> Policy:
    """A policy ``shop/p`` with rules of one direction."""
    return Policy(
        name="p",
        kind="NetworkPolicy",
        dialect="calico",
        namespace="shop",
        subject=(subject or pods(IN_SHOP),),
        directions=frozenset({direction}),
        isolates=frozenset({direction}),
        tier="default",
        order=1000.0,
        ingress=rules if direction is Direction.INGRESS else (),
        egress=rules if direction is Direction.EGRESS else (),
    )


def cluster_wide(*rules: Rule, subject: tuple[Peer, ...] = (Endpoints(),), **fields: Any) -> Policy:
    """A policy ``p`` of the cluster with ingress rules."""
    given = {"directions": INGRESS, "isolates": INGRESS, "tier": "default", "order": 10.0, **fields}
    return Policy(name="p", kind="GlobalNetworkPolicy", dialect="calico", subject=subject, ingress=rules, **given)


def accepted(document: dict[str, Any]) -> dict[str, Any]:
    """The document, which no gate refuses."""
    parsed = read_documents(document)
    assert not errors(parsed.findings)
    return document


def read_documents(*documents: dict[str, Any]) -> Parsed:
    """What the Calico dialect reads of some documents."""
    return parse_all([Document(data=document) for document in documents])["calico"]


def rules_of(policy: Policy, **options: Any) -> list[dict[str, Any]]:
    """The rules of the document of a policy with one direction, which the gates accept."""
    document = accepted(emit_policy(policy, **options))
    return document["spec"].get(next(iter(policy.directions)).value, [])  # type: ignore[no-any-return]


def source(*peers: Peer, policy: Policy | None = None, **options: Any) -> list[dict[str, Any] | None]:
    """The ``source`` of every rule that allows some peers in, in ``shop/p`` or in another policy."""
    chosen = policy or namespaced()
    found = rules_of(replace(chosen, ingress=(allow(*peers),)), **options)
    return [rule.get("source") for rule in found]


def packets(*traffic: Traffic, **options: Any) -> list[dict[str, Any]]:
    """The rules that allow some traffic from anyone, without their action."""
    found = rules_of(namespaced(allow(ANYONE, traffic=traffic)), **options)
    return [{key: value for key, value in rule.items() if key != "action"} for rule in found]


def subject(*peers: Peer, namespace: str | None = None, **options: Any) -> dict[str, str]:
    """The selectors of a policy with some subject."""
    policy = replace(cluster_wide(), subject=peers, namespace=namespace)
    spec = accepted(emit_policy(policy, **options))["spec"]
    return {name: spec[name] for name in spec if name.lower().endswith("selector")}


ECHO = IcmpMatch(types=((8, 8),))


def icmp(**fields: Any) -> Traffic:
    """ICMP of IPv4."""
    return Traffic(family=4, protocols=protocol_set(ICMP), **fields)


def but(*numbers: int) -> tuple[tuple[int, int], ...]:
    """Every protocol but some."""
    spans, start = [], 0
    for number in sorted(numbers):
        spans.append((start, number - 1))
        start = number + 1
    return (*spans, (start, 255))


GET = Pattern(Syntax.EXACT, "GET")
ORDERS = Pattern(Syntax.CALICO_PREFIX, "/orders")


def http(**fields: Any) -> Layer7:
    """One alternative of an HTTP rule."""
    return Layer7(http=(HttpMatch(**fields),))
