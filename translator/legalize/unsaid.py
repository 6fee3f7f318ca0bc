"""What decides nothing and the target has no word for: log rules, rules of unlisted directions, settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from typing import Final

from translator.ir.peers import Domain
from translator.ir.policy import Action, Direction, Policy, PolicySet, Rule
from translator.legalize.build import Built
from translator.legalize.recorder import Recorder
from translator.legalize.target import TargetName
from translator.loss.effect import Change
from translator.origin import Origin

_SETTINGS: Final = {
    "performance-hint": ("performance-hints", TargetName.CALICO),
    "log-value": ("log-value-dropped", TargetName.CILIUM),
    "policy-labels": ("rule-labels-dropped", TargetName.CILIUM),
}
"""Setting → the loss of leaving it out, and the one dialect that has it."""


_OWN_LABELS: Final = {"projectcalico.org/tier": TargetName.CALICO}
_OWN_ANNOTATIONS: Final = {"policy.cilium.io/": TargetName.CILIUM}
"""Labels and annotations that an engine writes or reads itself (calico.md 1.9, cilium.md 10)."""


def declare_unsaid(policies: PolicySet, built: Iterable[Built], recorder: Recorder) -> None:
    """Declare what no policy of the target says; none of it changes a verdict."""
    target = recorder.target.name
    written = (rule for each in built for direction in Direction for rule in each.policy.rules(direction))
    logging = {rule.origin for rule in written if rule.action is Action.LOG}
    for policy in policies.policies():
        for direction in Direction:
            for rule in policy.rules(direction):
                for code, message in _of_rule(policy, rule, direction, logging):
                    recorder.declare(code, message, change=Change.UNENFORCED, policy=policy, rule=rule)
        for extra in policy.extras:
            setting = _SETTINGS.get(extra.feature)
            if setting is not None and setting[1] is not target:
                message = f"{extra.text} has no counterpart"
                recorder.declare(setting[0], message, change=Change.UNENFORCED, policy=policy)


def declare_unlearned(built: Iterable[Built], recorder: Recorder) -> None:
    """Declare DNS names as peers in Cilium where no rule inspects the queries from which it learns their addresses."""
    rules = [(each.source, rule) for each in built for direction in Direction for rule in each.policy.rules(direction)]
    if any(rule.layer7 is not None and rule.layer7.dns is not None for _, rule in rules):
        return
    for source, rule in rules:
        if any(isinstance(peer, Domain) for peer in rule.peers):
            recorder.declare(
                "dns-inspection",
                "no rule lets Cilium see the DNS queries for these names, so they match nothing",
                change=Change.RULE_NARROWED,
                policy=source,
                rule=rule,
                hint="add a rule for the resolver with `rules: {dns: [{matchPattern: '*'}]}`",
            )


def without_foreign_settings(built: Built) -> Built:
    """The legal policy with those settings, labels and annotations only that mean something in its own dialect."""
    policy = built.policy
    kept = replace(
        policy,
        extras=tuple(
            extra
            for extra in policy.extras
            if extra.feature not in _SETTINGS or _SETTINGS[extra.feature][1].value == policy.dialect
        ),
        labels=tuple(item for item in policy.labels if not _is_foreign(item[0], policy.dialect, _OWN_LABELS)),
        annotations=tuple(
            item for item in policy.annotations if not _is_foreign(item[0], policy.dialect, _OWN_ANNOTATIONS)
        ),
    )
    changed = (kept.extras, kept.labels, kept.annotations) != (policy.extras, policy.labels, policy.annotations)
    return replace(built, policy=kept) if changed else built


def _is_foreign(key: str, dialect: str, owned: Mapping[str, TargetName]) -> bool:
    """Whether a key is another engine's own: it means nothing in the target."""
    return any(key.startswith(prefix) and owner.value != dialect for prefix, owner in owned.items())


def _of_rule(
    policy: Policy, rule: Rule, direction: Direction, logging: Set[Origin | None]
) -> Iterator[tuple[str, str]]:
    if direction not in policy.directions:
        yield "inert-rule", f"{direction.value} is not among the policy's directions"
    elif rule.action is Action.LOG and rule.origin not in logging:
        yield "log-dropped", "matching traffic is not logged"
