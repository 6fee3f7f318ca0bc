"""What the two gates ask of a policy's own fields (calico.md 1.2 to 1.4, 7, appendix C)."""

from __future__ import annotations

from typing import Final

from translator.dialects.calico.model import (
    GlobalPolicySpec,
    PolicyObject,
    PolicySpec,
    StagedGlobalPolicySpec,
    StagedKubernetesNetworkPolicy,
    StagedKubernetesPolicySpec,
    StagedPolicySpec,
)
from translator.dialects.calico.refusals import BOTH, SERVER, VALIDATOR, Refusals
from translator.dialects.calico.rule_checks import MAX_RULES, check_length, check_rule, check_selector, check_unique
from translator.dialects.calico.values import read_port
from translator.errors import suggestion
from translator.ir.policy import Direction
from translator.origin import FieldPath
from translator.wire.base import Wire, either, shown
from translator.wire.kubernetes_types import is_dns_subdomain, is_label_value

TYPES: Final = ("Ingress", "Egress")
STAGED_ACTIONS: Final = ("Set", "Delete", "Learn", "Ignore")
PERFORMANCE_HINTS: Final = ("AssumeNeededOnEveryNode",)


def check_policy(refusals: Refusals, policy: PolicyObject) -> None:
    """A policy in Calico's own language."""
    spec = policy.spec
    if spec is None:
        return
    is_global = isinstance(spec, GlobalPolicySpec)
    _check_fields(refusals, spec)
    if isinstance(spec, GlobalPolicySpec):
        _check_host_flags(refusals, spec)
    for direction, rules in ((Direction.INGRESS, spec.ingress), (Direction.EGRESS, spec.egress)):
        if not rules:
            continue
        check_length(refusals, ("spec", str(direction)), rules, MAX_RULES)
        for position, rule in enumerate(rules):
            check_rule(refusals, ("spec", str(direction), position), rule, direction, is_global=is_global)
    if isinstance(spec, StagedPolicySpec | StagedGlobalPolicySpec):
        _check_staged(refusals, spec.staged_action)
        # The client fills in `types` and clears it again, so it may stand (calico.md 7).
        if spec.staged_action == "Delete" and not _is_zero(spec, besides=("staged_action", "tier", "types")):
            refusals.add(
                VALIDATOR, ("spec",), "with stagedAction Delete nothing but `tier` may be set", code="delete-with-spec"
            )


def _check_fields(refusals: Refusals, spec: PolicySpec) -> None:
    for field, text in (
        ("selector", spec.selector),
        ("serviceAccountSelector", spec.service_account_selector),
        ("namespaceSelector", spec.namespace_selector if isinstance(spec, GlobalPolicySpec) else None),
    ):
        if text:
            check_selector(refusals, ("spec",), field, text)
            if "global(" in text:
                refusals.add(BOTH, ("spec", field), "`global()` is for the namespaceSelector of rules only")
    if spec.types is not None:
        _check_types(refusals, spec.types)
    if spec.performance_hints:
        for position, hint in enumerate(spec.performance_hints):
            if hint not in PERFORMANCE_HINTS:
                path = ("spec", "performanceHints", position)
                refusals.add(BOTH, path, f"expected {either(PERFORMANCE_HINTS)}, found {shown(hint)}")
        if len(set(spec.performance_hints)) < len(spec.performance_hints):
            refusals.add(BOTH, ("spec", "performanceHints"), "repeated performance hints")
    if spec.tier:
        if not is_dns_subdomain(spec.tier):
            refusals.add(VALIDATOR, ("spec", "tier"), f"expected the name of a tier, found {shown(spec.tier)}")
        elif not is_label_value(spec.tier):
            refusals.add(
                VALIDATOR, ("spec", "tier"), f"expected a tier name of at most 63 characters, found {len(spec.tier)}"
            )


def _check_types(refusals: Refusals, types: list[str]) -> None:
    path: FieldPath = ("spec", "types")
    if not types:
        refusals.add(SERVER, path, "expected at least one of `Ingress` and `Egress`, found an empty list")
    for position, name in enumerate(types):
        if name not in TYPES:
            refusals.add(
                BOTH, (*path, position), f"expected {either(TYPES)}, found {shown(name)}", hint=suggestion(name, TYPES)
            )
    if len(set(types)) < len(types):
        refusals.add(BOTH, path, f"repeated types in {', '.join(types)}")


def _check_host_flags(refusals: Refusals, spec: GlobalPolicySpec) -> None:
    if spec.do_not_track and spec.pre_dnat:
        refusals.add(BOTH, ("spec", "preDNAT"), "`preDNAT` and `doNotTrack` cannot both be true")
    if spec.pre_dnat and spec.egress:
        refusals.add(BOTH, ("spec", "egress"), "a preDNAT policy cannot have egress rules")
    if spec.pre_dnat and "Egress" in (spec.types or ()):
        refusals.add(BOTH, ("spec", "types"), "a preDNAT policy cannot have type Egress")
    if (spec.pre_dnat or spec.do_not_track) and not spec.apply_on_forward:
        refusals.add(BOTH, ("spec", "applyOnForward"), "`preDNAT` and `doNotTrack` need `applyOnForward: true`")


def _check_staged(refusals: Refusals, action: str | None) -> None:
    if action is None or action in STAGED_ACTIONS:
        return
    # Go reads the empty text as absent.
    gates = SERVER if not action else BOTH
    refusals.add(
        gates,
        ("spec", "stagedAction"),
        f"expected {either(STAGED_ACTIONS)}, found {shown(action)}",
        hint=suggestion(action, STAGED_ACTIONS) if action else None,
    )


def check_staged_kubernetes(refusals: Refusals, policy: StagedKubernetesNetworkPolicy) -> None:
    """A staged Kubernetes policy: converted, but hardly checked (calico.md 1.4)."""
    spec = policy.spec
    if spec is None:
        return
    _check_staged(refusals, spec.staged_action)
    if spec.policy_types is not None:
        path: FieldPath = ("spec", "policyTypes")
        if not spec.policy_types:
            refusals.add(SERVER, path, "expected at least one policy type, found an empty list")
        check_length(refusals, path, spec.policy_types, 2)
        check_unique(refusals, path, spec.policy_types)
    if spec.staged_action == "Delete":
        if not _is_zero(spec, besides=("staged_action",)):
            words = "with stagedAction Delete nothing else may be set"
            refusals.add(VALIDATOR, ("spec",), words, code="delete-with-spec")
        return
    _check_kubernetes_ports(refusals, spec)


def _check_kubernetes_ports(refusals: Refusals, spec: StagedKubernetesPolicySpec) -> None:
    ports = {
        "ingress": [rule.ports for rule in spec.ingress or ()],
        "egress": [rule.ports for rule in spec.egress or ()],
    }
    for direction, lists in ports.items():
        for position, items in enumerate(lists):
            for index, item in enumerate(items or ()):
                if item.port is None:
                    continue
                text = str(item.port) if item.end_port is None else f"{item.port}:{item.end_port}"
                try:
                    read_port(text)
                except ValueError as error:
                    refusals.add(VALIDATOR, ("spec", direction, position, "ports", index), str(error))


def _is_zero(value: object, *, besides: tuple[str, ...] = ()) -> bool:
    """Whether a decoded struct equals Go's zero value; a list or map that is present is not zero, be it empty."""
    match value:
        case Wire():
            return all(_is_zero(getattr(value, field)) for field in value.model_fields_set if field not in besides)
        case None | False | "":
            return True
        case _:
            return False
