"""Short ways to write policy sets for examples."""

from __future__ import annotations

from translator.ir.labels import EVERYTHING, NAMESPACE_NAME, Label, Scope, Selector, conjunction, one_of
from translator.ir.peers import ANYONE, EVERY_KIND, Endpoints, Kind, Network, Peer
from translator.ir.policy import Action, Direction, End, Engine, Evaluation, Policy, PolicySet, Rule, Tier
from translator.ir.traffic import ANY_TRAFFIC, TCP, Ports, Traffic, protocol_set

INGRESS, EGRESS = Direction.INGRESS, Direction.EGRESS
ALLOW, DENY, PASS = Action.ALLOW, Action.DENY, Action.PASS


def pod(**labels: str) -> Selector:
    """Pods with all of these labels."""
    return conjunction(*(one_of(Label(Scope.POD, key), value) for key, value in labels.items()))


def in_namespace(*names: str) -> Selector:
    """Pods of these namespaces."""
    return one_of(NAMESPACE_NAME, *names)


def pods(*selectors: Selector) -> Endpoints:
    """Pods that all selectors match."""
    return Endpoints(selector=conjunction(*selectors))


def network(*cidrs: str, reach: frozenset[Kind] | None = EVERY_KIND, excepts: tuple[str, ...] = ()) -> Network:
    """Ends in some blocks."""
    return Network(cidrs=cidrs, excepts=excepts, reach=reach)


def tcp(*numbers: int | tuple[int, int]) -> tuple[Traffic, ...]:
    """TCP to some ports or ranges; none: to every port."""
    if not numbers:
        return (Traffic(protocols=protocol_set(TCP)),)
    spans = tuple((each, each) if isinstance(each, int) else each for each in numbers)
    return tuple(Traffic(protocols=protocol_set(TCP), ports=Ports(numbers=(span,))) for span in spans)


def rule(action: Action, *peers: Peer, traffic: tuple[Traffic, ...] = (ANY_TRAFFIC,), **more: object) -> Rule:
    """A rule; without peers it is about anyone."""
    return Rule(action=action, peers=peers or (ANYONE,), traffic=traffic, **more)  # type: ignore[arg-type]


def policy(
    name: str,
    *subject: Peer | Selector,
    ingress: tuple[Rule, ...] | None = None,
    egress: tuple[Rule, ...] | None = None,
    isolates: bool = True,
    order: float | None = None,
) -> Policy:
    """A policy that is about the directions whose rules are given; ``prod/web`` is in namespace prod."""
    namespace, _, own = name.rpartition("/")
    directions = frozenset(
        direction for direction, rules in ((INGRESS, ingress), (EGRESS, egress)) if rules is not None
    )
    subjects = tuple(
        each if isinstance(each, Endpoints) else pods(*([in_namespace(namespace)] if namespace else []), each)  # type: ignore[arg-type]
        for each in (subject or (EVERYTHING,))
    )
    return Policy(
        name=own,
        kind="Policy",
        dialect="test",
        namespace=namespace or None,
        subject=subjects,
        directions=directions,
        isolates=directions if isolates else frozenset(),
        ingress=ingress or (),
        egress=egress or (),
        tier="default",
        order=order,
    )


def tier(*policies: Policy, evaluation: Evaluation, end: End = End.DENY) -> Tier:
    """A tier."""
    return Tier(name="default", order=None, evaluation=evaluation, end=end, policies=policies)


def kubernetes(*policies: Policy) -> PolicySet:
    """Allow lists."""
    return PolicySet(engine=Engine.KUBERNETES, tiers=(tier(*policies, evaluation=Evaluation.DENY_OVERRIDES),))


def calico(*policies: Policy) -> PolicySet:
    """Ordered rules in the default tier."""
    return PolicySet(engine=Engine.CALICO, tiers=(tier(*policies, evaluation=Evaluation.FIRST_MATCH),))


def cilium(*policies: Policy) -> PolicySet:
    """Denies before allows."""
    return PolicySet(engine=Engine.CILIUM, tiers=(tier(*policies, evaluation=Evaluation.DENY_OVERRIDES),))
