"""Policies that stay in their own dialect, rewritten one by one as far as a version does not understand them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from translator.context import Context
from translator.ir.labels import Scope, requirements
from translator.ir.layer7 import Condition
from translator.ir.peers import PODS, Domain, Endpoints, Network, Peer, Service
from translator.ir.policy import Action, Direction, Policy, PolicySet, Rule
from translator.legalize.build import Built
from translator.legalize.cubes import Cube, TooLarge, subtract, to_peer
from translator.legalize.dns_names import dns_pattern
from translator.legalize.profiles import Feature, supports
from translator.legalize.ranges import reads_ranges, without_ranges
from translator.legalize.read_alike import finds_more
from translator.legalize.recorder import Lose, Recorder
from translator.legalize.requests import Requests
from translator.legalize.statements import Regions
from translator.legalize.target import Target, TargetName
from translator.loss.effect import Change

_OWN: Final = {TargetName.KUBERNETES: "kubernetes", TargetName.CILIUM: "cilium"}
_EVERYTHING: Final = Rule(action=Action.ALLOW)


def in_place(policies: PolicySet, kept: Sequence[Policy], recorder: Recorder, context: Context) -> tuple[Built, ...]:
    """The policies of Kubernetes or Cilium as the target's version takes them, each beside what was read.

    What a policy has to allow besides, because its version cannot deny without isolating, is a policy of its own with
    the same place, which becomes part of the same object.
    """
    if recorder.target.version is None or recorder.target.name not in _OWN:
        return tuple(Built(policy=policy, source=policy) for policy in kept)
    rewriter = _Rewriter(policies=policies, recorder=recorder, context=context, regions=Regions())
    return tuple(Built(policy=written, source=policy) for policy in kept for written in rewriter.policies_for(policy))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rewriter:
    policies: PolicySet
    recorder: Recorder
    context: Context
    regions: Regions

    @property
    def target(self) -> Target:
        return self.recorder.target

    def policies_for(self, policy: Policy) -> Iterator[Policy]:
        """One policy as the version takes it; documents of other dialects stay as they are."""
        own = _OWN[self.target.name]
        is_read_alike = reads_ranges(policy, self.target) and not finds_more(policy, self.target, self.context)
        if policy.dialect == "kubernetes" and own == "cilium" and not is_read_alike:
            yield self._rewritten(replace(self._as_enforced(policy), dialect=own, kind="", tier="normal", order=0))
        elif policy.dialect != own:
            yield policy
        elif supports(self.target, Feature.DEFAULT_DENY_OFF) or policy.isolates == policy.directions:
            yield self._rewritten(policy)
        else:
            yield from self._isolating(self._rewritten(policy))

    def _as_enforced(self, policy: Policy) -> Policy:
        """The policy with the directions that the engine enforces, which may be more than it lists (cilium.md 10)."""
        same = (each for each in self.policies.policies() if each.origin == policy.origin and each.name == policy.name)
        return next((each for each in same if each.dialect == policy.dialect and each.kind == policy.kind), policy)

    def _rewritten(self, policy: Policy) -> Policy:
        ingress, egress = (
            tuple(found for rule in policy.rules(direction) for found in self._rule(rule, policy, direction))
            for direction in Direction
        )
        extras = tuple(found for each in policy.extras for found in self._setting(each, policy))
        return replace(policy, ingress=ingress, egress=egress, extras=extras)

    def _rule(self, rule: Rule, policy: Policy, direction: Direction) -> Iterator[Rule]:
        def lose(code: str, message: str, hint: str | None = None, change: Change = Change.RULE_NARROWED) -> None:
            self.recorder.declare(code, message, change=change, policy=policy, rule=rule, hint=hint)

        traffic = rule.traffic if supports(self.target, Feature.PORT_RANGES) else without_ranges(rule.traffic, lose)
        layer7, conditions = rule.layer7, rule.conditions
        if self.target.name is TargetName.CILIUM and (layer7 is None or layer7.http is None):
            demands = Requests(target=self.target).write(layer7, conditions, direction=direction, lose=lose)
            if demands is None:
                return
            layer7, conditions = demands
        peers = tuple(found for peer in rule.peers for found in self._peer(peer, lose))
        if peers and traffic:
            yield replace(rule, peers=peers, traffic=traffic, layer7=layer7, conditions=conditions)

    def _peer(self, peer: Peer, lose: Lose) -> Iterator[Peer]:
        match peer:
            case Domain(pattern=pattern):
                yield Domain(pattern=dns_pattern(pattern, self.target, lose))
            case Network(group=group) if group is not None and not supports(self.target, Feature.CIDR_GROUPS):
                yield replace(peer, group=None)
            case Service() if not supports(self.target, Feature.SERVICES):
                lose("service-peer", "this version finds Services without a selector only", change=Change.RULE_DROPPED)
            case Endpoints(selector=selector) if not supports(self.target, Feature.NODE_SELECTORS) and any(
                each.label.scope is Scope.NODE for each in requirements(selector)
            ):
                lose("node-labels", "this version does not select nodes by their labels", change=Change.RULE_DROPPED)
            case _:
                yield peer

    def _setting(self, setting: Condition, policy: Policy) -> Iterator[Condition]:
        match setting.feature:
            case "log-value" if not supports(self.target, Feature.POLICY_LOG):
                message = f"this version has no `log`: {setting.text} is left out"
                self.recorder.declare("log-value-dropped", message, change=Change.UNENFORCED, policy=policy)
            case "policy-labels":
                as_text = supports(self.target, Feature.STRING_LABELS)
                labels = [_label(each, as_text=as_text) for each in json.loads(setting.text)]
                yield Condition(feature=setting.feature, text=json.dumps(labels, sort_keys=True))
            case _:
                yield setting

    # -- isolation ----------------------------------------------------------------------------------------------------

    def _isolating(self, policy: Policy) -> Iterator[Policy]:
        """Before ``enableDefaultDeny`` every rule isolates: whom nobody else isolates is allowed everything."""
        loose = sorted(policy.directions - policy.isolates)
        rules = {direction: policy.rules(direction) for direction in Direction}
        apart: list[Policy] = []
        for direction in loose:
            whole = self.regions.subjects(policy)
            rest = self._not_isolated(whole, policy, direction)
            if rest == whole:
                rules[direction] = (*rules[direction], _EVERYTHING)
                continue
            apart += self._opened(rest, policy, direction)
        yield replace(
            policy, isolates=policy.directions, ingress=rules[Direction.INGRESS], egress=rules[Direction.EGRESS]
        )
        yield from apart

    def _not_isolated(self, whole: Sequence[Cube], policy: Policy, direction: Direction) -> Sequence[Cube]:
        isolated = [
            cube
            for other in self.policies.as_read()
            if direction in other.isolates and not other.staged
            for cube in self.regions.subjects(other)
        ]
        try:
            return subtract(whole, isolated)
        except TooLarge:
            self._declare_isolated(policy)
            return ()

    def _opened(self, rest: Sequence[Cube], policy: Policy, direction: Direction) -> Iterator[Policy]:
        for cube in rest:
            peer = to_peer(cube)
            if not isinstance(peer, Endpoints) or peer.kinds != PODS:
                self._declare_isolated(policy)
                continue
            yield replace(
                policy,
                subject=(peer,),
                directions=frozenset({direction}),
                isolates=frozenset({direction}),
                ingress=(_EVERYTHING,) if direction is Direction.INGRESS else (),
                egress=(_EVERYTHING,) if direction is Direction.EGRESS else (),
                extras=(),
            )

    def _declare_isolated(self, policy: Policy) -> None:
        message = "who is isolated otherwise cannot be told apart by a selector"
        self.recorder.declare("isolation-added", message, change=Change.ISOLATION_ADDED, policy=policy)


def _label(label: object, *, as_text: bool) -> object:
    """A label of a policy: ``source:key=value`` since 1.20, an object before (cilium.md 1.2)."""
    if isinstance(label, dict) and as_text:
        source, value = label.get("source"), label.get("value")
        return f"{f'{source}:' if source else ''}{label.get('key', '')}{f'={value}' if value else ''}"
    if isinstance(label, str) and not as_text:
        name, equals, value = label.partition("=")
        source, colon, key = name.rpartition(":")
        return {"key": key, **({"source": source} if colon else {}), **({"value": value} if equals else {})}
    return label
