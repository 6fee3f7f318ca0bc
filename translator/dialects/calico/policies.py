"""Calico's policies as policies of the IR (calico.md 1.2 to 1.4, 3.7, 7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from translator.dialect import ParseOptions
from translator.dialects.calico.admission import Defaults, Read, acts_already
from translator.dialects.calico.agent import lost_subject_terms, reason_to_drop
from translator.dialects.calico.folding import (
    AgentPanics,
    PolicyDropped,
    Terms,
    global_subject,
    namespaced_subject,
    odd_service_account_names,
)
from translator.dialects.calico.known_objects import KnownObjects
from translator.dialects.calico.kubernetes_spec import calico_spec
from translator.dialects.calico.model import (
    EntityRule,
    GlobalPolicySpec,
    PolicySpec,
    Rule,
    StagedGlobalPolicySpec,
    StagedKubernetesNetworkPolicy,
    StagedKubernetesPolicySpec,
    StagedPolicySpec,
)
from translator.dialects.calico.rules import read_rule
from translator.dialects.calico.selector import is_blank
from translator.dialects.calico.views import NAMESPACE, host_label, pod_selector, translated
from translator.errors import Finding, Severity
from translator.ir.labels import NOTHING, conjunction
from translator.ir.layer7 import Condition
from translator.ir.peers import Endpoints, Kind, Peer
from translator.ir.policy import BOTH, Direction, Hook, Policy
from translator.ir.policy import Rule as IrRule
from translator.origin import FieldPath, Origin
from translator.wire.base import shown
from translator.wire.metadata import annotation_items, label_items

READING: Final = "calico-reading"
"""The finding about a rule that acts otherwise than it reads."""
_HOSTS: Final = frozenset({Kind.HOST})
_WITHOUT_END: Final = frozenset({Hook.UNTRACKED, Hook.PRE_DNAT})
"""Lists without an end-of-tier drop (calico.md 3.7)."""
_TYPES: Final = {direction.value: direction for direction in Direction}


class PolicyReader:
    """Reads the policies of one cluster against its known objects."""

    def __init__(self, objects: KnownObjects, options: ParseOptions) -> None:
        self._objects = objects
        self._options = options

    def read(self, read: Read) -> tuple[Policy | None, list[Finding]]:
        """A policy, or None where nobody enforces it, and what is to be said about it."""
        spec, positions = self._spec(read)
        findings = list(self._hazards(read, spec))
        if any(finding.severity is Severity.ERROR for finding in findings):
            return None, findings
        if not read.is_validated:
            reason = reason_to_drop(spec)
            if reason is not None:
                return None, [
                    *findings,
                    _warning(read, (), f"Felix drops the whole policy: {reason}", "policy-dropped"),
                ]
            findings += [
                _warning(
                    read,
                    ("spec", field),
                    "the selector does not parse, so Calico leaves it out: the policy covers more than it says",
                    "selector-lost",
                )
                for field in lost_subject_terms(spec)
            ]
        try:
            policy = self._policy(read, spec, positions, findings)
        except PolicyDropped as outcome:
            return None, [*findings, _warning(read, (), f"Felix drops the whole policy: {outcome}", "policy-dropped")]
        except AgentPanics as outcome:
            return None, [*findings, _error(read, (), f"{outcome}: refused", "agent-panics")]
        return policy, findings

    def _spec(self, read: Read) -> tuple[PolicySpec, dict[str, list[int]]]:
        """The spec in Calico's language; positions of rules in the document where these are others."""
        model = read.model
        if not isinstance(model, StagedKubernetesNetworkPolicy):
            spec = getattr(model, "spec", None)
            return (spec if isinstance(spec, PolicySpec) else _empty_spec(model.kind)), {}
        kubernetes = model.spec if model.spec is not None else StagedKubernetesPolicySpec()
        types = kubernetes.policy_types
        if not types:
            has_egress = read.defaults is Defaults.ADMISSION_POLICY and kubernetes.given("egress")
            types = ["Ingress", "Egress"] if has_egress else ["Ingress"]
        return calico_spec(kubernetes, types)

    def _policy(self, read: Read, spec: PolicySpec, positions: dict[str, list[int]], findings: list[Finding]) -> Policy:
        is_global = isinstance(spec, GlobalPolicySpec)
        namespace = None if is_global else read.namespace(self._options)
        hook = _hook(spec)
        directions = _directions(spec, read.defaults)
        rules: dict[Direction, tuple[IrRule, ...]] = {}
        for direction, given in ((Direction.INGRESS, spec.ingress), (Direction.EGRESS, spec.egress)):
            sources = positions.get(direction.value) or range(len(given or ()))
            origins = [read.document.origin("spec", direction.value, position) for position in sources]
            rules[direction] = self._rules(given or (), origins, direction, namespace, findings)
            if given and direction not in directions:
                message = f"{direction} rules have no effect: `types` lacks `{direction.value.capitalize()}`"
                findings.append(_warning(read, ("spec", direction.value), message, "inert-rules"))
        return Policy(
            name=read.name,
            kind=read.model.kind,
            dialect="calico",
            namespace=namespace,
            subject=self._subject(spec, namespace),
            directions=directions,
            isolates=frozenset() if hook in _WITHOUT_END else directions,
            ingress=rules[Direction.INGRESS],
            egress=rules[Direction.EGRESS],
            tier=spec.tier or "default",
            order=spec.order,
            staged=read.model.kind.startswith("Staged"),
            hook=hook,
            labels=label_items(read.metadata),
            annotations=annotation_items(read.metadata),
            extras=tuple(_extras(read, spec)),
            origin=read.document.origin(),
        )

    def _subject(self, spec: PolicySpec, namespace: str | None) -> tuple[Peer, ...]:
        """Pods, and the host endpoints that the same selector matches (calico.md 1.2, 6.3)."""
        accounts = spec.service_account_selector or ""
        if isinstance(spec, GlobalPolicySpec):
            terms = global_subject(spec.selector or "", spec.namespace_selector or "", accounts)
        else:
            assert namespace is not None
            terms = namespaced_subject(namespace, spec.selector or "", accounts)
        all_have_accounts = self._objects.all_have_accounts
        pods = conjunction(*(pod_selector(term, all_have_accounts=all_have_accounts) for term in terms))
        found: list[Peer] = [] if pods == NOTHING else [Endpoints(selector=pods)]
        # A host endpoint has no namespace, unless a user gives it Calico's own label.
        if namespace is None or NAMESPACE in self._objects.reserved:
            found += self._host_subject(terms)
        return tuple(found)

    def _host_subject(self, terms: Terms) -> Iterator[Peer]:
        resolve = host_label(self._objects.reserved)
        hosts = conjunction(*(translated(term, resolve) for term in terms))
        if hosts != NOTHING:
            yield Endpoints(selector=hosts, kinds=_HOSTS)

    def _rules(
        self,
        rules: Sequence[Rule],
        origins: Sequence[Origin],
        direction: Direction,
        namespace: str | None,
        findings: list[Finding],
    ) -> tuple[IrRule, ...]:
        found: list[IrRule] = []
        version = self._options.context.calico.version
        for rule, origin in zip(rules, origins, strict=True):
            reading = read_rule(rule, direction, namespace, self._objects, version=version, origin=origin)
            found += reading.rules
            findings += [
                Finding(message=doubt, origin=origin, severity=Severity.WARNING, code=READING)
                for doubt in reading.doubts
            ]
        return tuple(found)

    # -- what every gate accepts and nobody should run ----------------------------------------------------------------

    def _hazards(self, read: Read, spec: PolicySpec) -> Iterator[Finding]:
        """Selectors of blanks, and service account names that break out of their quotes (calico.md 2.1, 11)."""
        severity = Severity.WARNING if acts_already(read.document, self._options) else Severity.ERROR
        for path in _blank_fields(spec):
            yield Finding(
                message="a selector of blanks is not an absent one: Felix may drop the policy, widen it or panic",
                origin=read.document.origin(*path),
                severity=severity,
                code="blank-selector",
                hint="remove the field, or write `all()`",
            )
        for path, names in _odd_names(spec):
            yield Finding(
                message=f"no service account can be called {', '.join(map(shown, names))}: Calico pastes names between "
                "quotes, so this may match others, or anybody",
                origin=read.document.origin(*path),
                severity=severity,
                code="service-account-name",
            )


def _empty_spec(kind: str) -> PolicySpec:
    return GlobalPolicySpec() if "Global" in kind else PolicySpec()


def _directions(spec: PolicySpec, defaults: Defaults) -> frozenset[Direction]:
    """``types``, or what the object's way into the cluster makes of their absence (calico.md 1.2)."""
    types = spec.types
    if types:
        return frozenset(_TYPES[name.lower()] for name in types if name.lower() in _TYPES)
    match defaults:
        case Defaults.NOBODY:
            return BOTH
        case Defaults.GO:
            has_ingress, has_egress = bool(spec.ingress), bool(spec.egress)
        case Defaults.ADMISSION_POLICY:
            has_ingress = spec.ingress is not None
            has_egress = spec.egress is not None
    if not has_egress:
        return frozenset({Direction.INGRESS})
    return BOTH if has_ingress else frozenset({Direction.EGRESS})


def _hook(spec: PolicySpec) -> Hook:
    """The list that a policy goes to (calico.md 3.7)."""
    if not isinstance(spec, GlobalPolicySpec):
        return Hook.NORMAL
    if spec.do_not_track:
        return Hook.UNTRACKED
    if spec.pre_dnat:
        return Hook.PRE_DNAT
    return Hook.FORWARD if spec.apply_on_forward else Hook.NORMAL


def _extras(read: Read, spec: PolicySpec) -> Iterator[Condition]:
    for hint in spec.performance_hints or ():
        yield Condition(feature="performance-hint", text=hint)
    model_spec = getattr(read.model, "spec", None)
    if isinstance(model_spec, StagedPolicySpec | StagedGlobalPolicySpec | StagedKubernetesPolicySpec):
        yield Condition(feature="staged-action", text=model_spec.staged_action or "Set")


def _blank_fields(spec: PolicySpec) -> Iterator[FieldPath]:
    fields = [("selector", spec.selector), ("serviceAccountSelector", spec.service_account_selector)]
    if isinstance(spec, GlobalPolicySpec):
        fields.append(("namespaceSelector", spec.namespace_selector))
    for name, text in fields:
        if text and is_blank(text):
            yield ("spec", name)
    for direction, rules in (("ingress", spec.ingress), ("egress", spec.egress)):
        for position, rule in enumerate(rules or ()):
            for side, entity in (("source", rule.source), ("destination", rule.destination)):
                if entity is not None and entity.model_fields_set:
                    for field in _blank_selectors(entity):
                        yield ("spec", direction, position, side, *field)


def _blank_selectors(entity: EntityRule) -> Iterator[FieldPath]:
    if entity.selector and is_blank(entity.selector):
        yield ("selector",)
    if entity.not_selector and is_blank(entity.not_selector):
        yield ("notSelector",)
    if entity.namespace_selector and is_blank(entity.namespace_selector):
        yield ("namespaceSelector",)
    accounts = entity.service_accounts
    if accounts is not None and accounts.selector and is_blank(accounts.selector):
        yield ("serviceAccounts", "selector")


def _odd_names(spec: PolicySpec) -> Iterator[tuple[FieldPath, tuple[str, ...]]]:
    for direction, rules in (("ingress", spec.ingress), ("egress", spec.egress)):
        for position, rule in enumerate(rules or ()):
            for side, entity in (("source", rule.source), ("destination", rule.destination)):
                if entity is not None and entity.service_accounts is not None:
                    names = odd_service_account_names(entity)
                    if names:
                        yield ("spec", direction, position, side, "serviceAccounts", "names"), names


def _warning(read: Read, path: FieldPath, message: str, code: str) -> Finding:
    return Finding(message=message, origin=read.document.origin(*path), severity=Severity.WARNING, code=code)


def _error(read: Read, path: FieldPath, message: str, code: str) -> Finding:
    return Finding(message=message, origin=read.document.origin(*path), code=code)
