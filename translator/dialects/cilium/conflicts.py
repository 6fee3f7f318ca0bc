"""Rules that fail the whole policy of an endpoint, because the agent cannot merge them (cilium.md 5, 8.4, 8.7)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from translator.dialects.cilium.doubts import Doubts
from translator.ir.peers import PODS, Endpoints, Peer
from translator.ir.policy import Action, Direction, Policy, Rule
from translator.ir.traffic import Traffic

_HTTP: Final = "HTTP rules"
_DNS: Final = "DNS rules"
_LISTENER: Final = "a listener"
_REQUIRED: Final = "authentication required"
_DISABLED: Final = "authentication disabled"
_EXCLUDED: Final = {
    _HTTP: (_DNS, _LISTENER),
    _DNS: (_HTTP, _LISTENER),
    _LISTENER: (_HTTP, _DNS),
    _REQUIRED: (_DISABLED,),
    _DISABLED: (_REQUIRED,),
}
_Place = tuple[Peer, Traffic]
_Known = dict[tuple[str, str | None], Policy]


def find_conflicts(policies: Sequence[Policy], doubts: Doubts) -> None:
    """Warn about rules for the same peers and port whose demands exclude each other.

    The agent merges by identical selector and port, so other selectors or a range around the port do not conflict.
    """
    for direction in Direction:
        demanding = [
            (policy, rule, demands)
            for policy in policies
            for rule in policy.rules(direction)
            if (demands := tuple(_demands(rule))) and rule.origin is not None
        ]
        for policy, rule, _ in demanding:
            _check_listener(policy, rule, doubts)
        present = {demand for _, _, demands in demanding for demand in demands}
        if any(other in present for demand in present for other in _EXCLUDED[demand]):
            _check_places(demanding, doubts)


def _check_places(demanding: Iterable[tuple[Policy, Rule, tuple[str, ...]]], doubts: Doubts) -> None:
    places: dict[_Place, _Known] = defaultdict(dict)
    for policy, rule, demands in demanding:
        for demand, other, known in _clashes(policy, rule, demands, places):
            if rule.origin is not None:
                doubts.add(
                    f"{demand} and {other} (of {known.kind} {known.reference}) for the same peers and port cannot be"
                    " merged: an endpoint that both select gets no policy at all",
                    rule.origin,
                    "unmergeable-rules",
                )
            break


def _clashes(
    policy: Policy, rule: Rule, demands: tuple[str, ...], places: dict[_Place, _Known]
) -> Iterator[tuple[str, str, Policy]]:
    """Earlier rules at the same places that this one clashes with, as far as some endpoint may have both."""
    found: list[tuple[str, str, Policy]] = []
    for peer in rule.peers:
        for traffic in rule.traffic:
            known = places[(peer, traffic)]
            for demand in demands:
                for other in _EXCLUDED[demand]:
                    scopes = (policy.namespace, None) if policy.namespace is not None else ("*", None)
                    found += [(demand, other, known[other, scope]) for scope in scopes if (other, scope) in known]
            for demand in demands:
                known.setdefault((demand, policy.namespace), policy)
                known.setdefault((demand, "*"), policy)
    return iter(found)


def _demands(rule: Rule) -> Iterator[str]:
    """What a rule demands that can exclude another demand."""
    if rule.action is not Action.ALLOW:
        return
    if rule.layer7 is not None:
        yield _HTTP if rule.layer7.http is not None else _DNS
    for condition in rule.conditions:
        if condition.feature == "listener":
            yield _LISTENER
        elif condition.feature == "authentication":
            yield _REQUIRED
    if dict(rule.annotations).get("authentication") == "disabled":
        yield _DISABLED


def _check_listener(policy: Policy, rule: Rule, doubts: Doubts) -> None:
    """A clusterwide policy's listener of the namespaced kind has no namespace to look in on endpoints without one."""
    if policy.namespace is not None or rule.origin is None:
        return
    if all(isinstance(peer, Endpoints) and peer.kinds == PODS for peer in policy.subject):
        return
    for condition in rule.conditions:
        if condition.feature == "listener":
            config = json.loads(condition.text).get("envoyConfig") or {}
            if config.get("kind") == "CiliumEnvoyConfig":
                doubts.add(
                    "a listener of kind CiliumEnvoyConfig fails the whole policy of endpoints without a namespace",
                    rule.origin,
                    "unmergeable-rules",
                )
