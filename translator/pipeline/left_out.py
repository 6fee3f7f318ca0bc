"""Whatever of the input no output stands for is reported, so that nobody can forget a loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from translator.ir.peers import Network, Peer, parts
from translator.ir.policy import Action, Direction, Policy, PolicySet
from translator.legalize.cubes import TooLarge
from translator.legalize.statements import Regions
from translator.loss.effect import Change
from translator.loss.loss import Loss, declare
from translator.origin import Origin
from translator.pipeline.emission import Output

_Place = tuple[str, int]
_NOTES: Final = frozenset(
    {
        "annotations-dropped",
        "comments-dropped",
        "description-dropped",
        "inert-rule",
        "labels-dropped",
        "log-dropped",
        "log-value-dropped",
        "ownership-dropped",
        "performance-hints",
        "rule-annotations-dropped",
        "rule-labels-dropped",
        "rule-name-dropped",
    }
)
"""Losses of parts of a policy that decide nothing."""


def left_out(policies: PolicySet, outputs: Sequence[Output], losses: Sequence[Loss], target: str) -> tuple[Loss, ...]:
    """A loss for every document that neither became an output nor has a loss of its own."""
    spoken = {_place(output.origin) for output in outputs if output.origin is not None}
    members = (member.policy.origin for output in outputs for member in output.members)
    spoken |= {_place(origin) for origin in members if origin is not None}
    spoken |= {_place(loss.origin) for loss in losses if loss.origin is not None and _tells_of_the_whole(loss)}
    found: list[Loss] = []
    silent = [each for each in policies.as_read() if each.origin is not None and _place(each.origin) not in spoken]
    for code, name, message, origin in (*_policies(silent), *_others(policies)):
        if origin is not None and _place(origin) not in spoken:
            spoken.add(_place(origin))
            found.append(declare(code, message, change=Change.UNENFORCED, policy=name, target=target, origin=origin))
    for policy in silent:
        for rule in (rule for direction in policy.directions for rule in policy.rules(direction) if rule.annotations):
            message = f"without {', '.join(key for key, _ in rule.annotations)}"
            change, place = Change.UNENFORCED, rule.origin
            name = policy.reference
            found.append(
                declare("rule-annotations-dropped", message, change=change, policy=name, target=target, origin=place)
            )
    return tuple(found)


def _tells_of_the_whole(loss: Loss) -> bool:
    """Whether it says what became of the traffic; that of a note or of a rule that logs does not."""
    return bool(loss.effect) or loss.code not in _NOTES


_Document = tuple[str, str, str, Origin | None]
"""Code, name, message and place, by what it is."""


def _policies(policies: Sequence[Policy]) -> Iterator[_Document]:
    for policy in policies:
        if policy.staged and policy.dialect == "cilium":
            yield "host-subject", policy.reference, "the host firewall is off, so it enforces nothing", policy.origin
        elif policy.staged:
            yield "staged-dropped", policy.reference, "a staged policy is never enforced", policy.origin
        elif _acts(policy):
            yield "policy-merged", policy.reference, "what it decides is part of the other policies", policy.origin
        else:
            yield "inert-policy", policy.reference, "nothing is left of it: it changes no traffic", policy.origin


def _others(policies: PolicySet) -> Iterator[_Document]:
    referred = {name for peer in _peers(policies) for name in _groups(peer)} if policies.groups else set()
    for group in policies.groups:
        name = f"{group.namespace}/{group.name}" if group.namespace else group.name
        if name in referred:
            yield "group-inlined", name, "its addresses are written out where it is referred to", group.origin
        else:
            yield "group-dropped", name, "no policy refers to it", group.origin
    for host in policies.hosts:
        yield "host-endpoint-dropped", host.name, "it is read to understand the policies", host.origin
    for tier in policies.tiers:
        yield "tier-dropped", tier.name, "what it decides is part of the policies", tier.origin


def _acts(policy: Policy) -> bool:
    """Whether it selects somebody and decides something."""
    decides = bool(policy.isolates) or any(
        rule.action is not Action.LOG for direction in policy.directions for rule in policy.rules(direction)
    )
    try:
        return bool(decides and Regions().subjects(policy))
    except TooLarge:
        return decides


def _peers(policies: PolicySet) -> Iterator[Peer]:
    for policy in policies.policies():
        for direction in Direction:
            for rule in policy.rules(direction):
                yield from (*rule.peers, rule.subject)


def _groups(peer: Peer) -> Iterator[str]:
    """The names of the groups that a peer refers to."""
    for each in parts(peer):
        if isinstance(each, Network) and each.group is not None:
            yield from each.group.names


def _place(origin: Origin) -> _Place:
    return (origin.file, origin.document.index)
