"""References that a translation does not keep: to groups that are not there, to Services that Cilium has looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from translator.documents.document import Document
from translator.ir.peers import Network, Service
from translator.ir.policy import Direction, Policy, PolicySet, Rule
from translator.loss.effect import Change
from translator.loss.loss import Loss, declare
from translator.origin import Origin
from translator.pipeline.emission import Output

_Place = tuple[str, int]


def reference_losses(policies: PolicySet, outputs: Sequence[Output], target: str) -> tuple[Loss, ...]:
    """A loss for each rule that refers to something by name and no longer does. None of them changes traffic."""
    naming = {_place(each.origin) for each in outputs if each.origin is not None and _names_services(each.data)}
    return tuple(
        declare(
            code,
            message,
            change=Change.UNENFORCED,
            policy=policy.reference,
            target=target,
            origin=rule.origin,
            action=rule.action,
        )
        for policy in policies.as_read()
        for direction in Direction
        for rule in policy.rules(direction)
        for code, message in _lost(policy, rule, naming, is_own=policies.engine == target)
    )


def _lost(policy: Policy, rule: Rule, naming: Set[_Place], *, is_own: bool) -> Iterator[tuple[str, str]]:
    if not is_own and any(isinstance(peer, Network) and peer.group and not peer.cidrs for peer in rule.peers):
        yield "group-unknown", "no such group is in the input, so that the reference matches nothing"
    # Cilium's dialect looks Services up as it reads, since that is what decides whether ports alone count.
    is_service = any(isinstance(peer, Service) for peer in rule.peers)
    if policy.dialect != "cilium" or is_service or rule.origin is None or _place(rule.origin) in naming:
        return
    if "toServices" in _item(rule):
        yield "service-resolved", "its Services are written as what stands behind them"


def _names_services(document: Mapping[str, Any]) -> bool:
    specs = (document.get("spec"), *(document.get("specs") or ()))
    return any("toServices" in item for spec in specs if spec for item in spec.get("egress") or ())


def _place(origin: Origin) -> _Place:
    return (origin.file, origin.document.index)


def _item(rule: Rule) -> Mapping[str, Any]:
    """The item of the source that a rule comes from."""
    if rule.origin is None or not isinstance(rule.origin.document, Document):
        return {}
    found: Any = rule.origin.document.data
    for step in rule.origin.path:
        found = found[step]
    return found if isinstance(found, Mapping) else {}
