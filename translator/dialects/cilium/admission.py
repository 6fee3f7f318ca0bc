"""Documents through both gates: the API server's schema with strict field validation, then the agent's own checks.

Where the API server stands before the agent (the usual case), nulls are pruned before anything looks at it. Where
it does not (``Gate.APISERVER`` not in the options' gates), the document is read as the agent alone would read it: what
only the API server refuses is a warning (cilium.md 3, 15, 16).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from translator.dialect import ParseOptions
from translator.dialects.cilium.faults import under
from translator.dialects.cilium.mistakes import explained
from translator.dialects.cilium.model import CiliumCIDRGroup, CiliumPolicy, Spec
from translator.dialects.cilium.sanitize import Sanitize
from translator.dialects.cilium.schema import Schema
from translator.dialects.cilium.values import version_numbers
from translator.documents.document import Document
from translator.errors import Finding, Gate, Severity
from translator.origin import FieldPath
from translator.wire.base import validate
from translator.wire.kubernetes_types import Metadata
from translator.wire.leftover import checked_leftover
from translator.wire.metadata import metadata_findings

Model = TypeVar("Model", CiliumPolicy, CiliumCIDRGroup)

CLUSTERWIDE: Final = "CiliumClusterwideNetworkPolicy"

_SCALARS: Final = frozenset({str, int, bool, float})
_WITH_FORMAT: Final = frozenset({"cidr", "fromCIDR", "toCIDR", "except", "externalCIDRs"})
"""Fields, or lists of fields, with ``format: cidr``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedPolicy:
    """A policy object that passed the gates."""

    document: Document
    kind: str
    name: str
    namespace: str | None
    """None: it acts on the whole cluster."""
    metadata: Metadata
    specs: tuple[tuple[FieldPath, Spec], ...]
    """Each rule set with its place; all of them apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedGroup:
    """A CIDR group that passed the gates."""

    document: Document
    name: str
    metadata: Metadata
    cidrs: tuple[str, ...]


class Admission:
    """Both gates under some options."""

    def __init__(self, options: ParseOptions) -> None:
        version = version_numbers(options.context.cilium.version)
        self.as_agent = Gate.APISERVER not in options.gates
        self._gates = options.gates
        self._default_namespace = options.default_namespace
        self._schema = Schema(version)
        self._sanitize = Sanitize(options.context.cilium, string_labels=self.as_agent or version >= (1, 20))

    def policy(self, document: Document) -> tuple[AdmittedPolicy | None, list[Finding]]:
        """A CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy; None when a gate refuses it."""
        clusterwide = document.kind == CLUSTERWIDE
        model, findings = self._model(CiliumPolicy, document)
        if model is None:
            return None, [*findings, *self._besides(CiliumPolicy, document, self._of_policy)]
        metadata = model.metadata or Metadata()
        findings += self._metadata(model.metadata, document, namespaced=not clusterwide)
        namespace = None if clusterwide else metadata.namespace or (None if self.as_agent else self._default_namespace)
        if not clusterwide and namespace is None:
            findings.append(
                Finding(
                    message="without a namespace the agent reads it as a CiliumClusterwideNetworkPolicy",
                    origin=document.origin("metadata"),
                    severity=Severity.WARNING,
                    gate=Gate.CILIUM,
                    code="no-namespace",
                )
            )
        refused = list(self._values(document, model, namespaced=namespace is not None))
        findings += refused
        # What the agent refuses does nothing, also where its refusal is nobody's error.
        by_agent = any(finding.gate is Gate.CILIUM for finding in refused)
        if by_agent or any(finding.severity is Severity.ERROR for finding in findings):
            return None, findings
        admitted = AdmittedPolicy(
            document=document,
            kind=model.kind,
            name=metadata.name or "",
            namespace=namespace,
            metadata=metadata,
            specs=tuple(_specs(model)),
        )
        return admitted, findings

    def group(self, document: Document) -> tuple[AdmittedGroup | None, list[Finding]]:
        """A CiliumCIDRGroup; None when a gate refuses it."""
        model, findings = self._model(CiliumCIDRGroup, document)
        if model is None:
            return None, [*findings, *self._besides(CiliumCIDRGroup, document, self._of_group)]
        findings += self._of_group(document, model)
        if any(finding.severity is Severity.ERROR for finding in findings):
            return None, findings
        metadata = model.metadata or Metadata()
        cidrs = tuple(cidr for cidr in (model.spec.external_cidrs if model.spec else None) or () if cidr)
        return AdmittedGroup(document=document, name=metadata.name or "", metadata=metadata, cidrs=cidrs), findings

    def _of_policy(self, document: Document, model: CiliumPolicy) -> Iterator[Finding]:
        is_namespaced = document.kind != CLUSTERWIDE
        yield from self._metadata(model.metadata, document, namespaced=is_namespaced)
        yield from self._values(document, model, namespaced=is_namespaced)

    def _of_group(self, document: Document, model: CiliumCIDRGroup) -> Iterator[Finding]:
        yield from self._metadata(model.metadata, document, namespaced=False)
        severity = self._severity(Gate.APISERVER)
        for fault in self._schema.group(model.spec):
            yield fault.finding(document.origin(), Gate.APISERVER, severity)

    def _besides(
        self,
        model: type[Model],
        document: Document,
        check: Callable[[Document, Model], Iterator[Finding]],
    ) -> list[Finding]:
        """What is wrong beside what does not decode."""
        if self.as_agent:
            return []
        return checked_leftover(model, _stored(document.data), lambda rest: check(document, rest))

    def _severity(self, gate: Gate) -> Severity:
        return Severity.ERROR if gate in self._gates else Severity.WARNING

    def _model(self, model: type[Model], document: Document) -> tuple[Model | None, list[Finding]]:
        if self.as_agent:
            read, found = validate(
                model, document.data, document.origin(), Gate.CILIUM, unknown_fields=Severity.WARNING
            )
        else:
            data = _stored(document.data)
            read, found = validate(model, data, document.origin(), Gate.APISERVER)
            found = [self._passing_the_schema(finding, data) for finding in found]
        return read, [explained(finding) for finding in found]

    def _passing_the_schema(self, finding: Finding, data: Mapping[str, Any]) -> Finding:
        """Where the schema demands a format, its type check lets every list pass; only the agent stumbles over it."""
        path = finding.origin.path if finding.origin else ()
        field = next((step for step in reversed(path) if isinstance(step, str)), "")
        if finding.code == "wrong-type" and field in _WITH_FORMAT and isinstance(_at(data, path), list):
            is_item = isinstance(path[-1], int)
            if is_item or field == "cidr":
                return replace(finding, gate=Gate.CILIUM, severity=self._severity(Gate.CILIUM))
        return finding

    def _metadata(self, metadata: Metadata | None, document: Document, *, namespaced: bool) -> Iterator[Finding]:
        has_name = metadata is not None and bool(metadata.name)
        for finding in metadata_findings(metadata, document.origin("metadata"), namespaced=namespaced):
            if self.as_agent and finding.severity is Severity.ERROR:
                severity = Severity.ERROR if not has_name else Severity.WARNING
                yield replace(finding, gate=Gate.CILIUM if not has_name else finding.gate, severity=severity)
            else:
                yield finding

    def _values(self, document: Document, model: CiliumPolicy, *, namespaced: bool) -> Iterator[Finding]:
        origin = document.origin()
        schema_severity, agent_severity = self._severity(Gate.APISERVER), self._severity(Gate.CILIUM)
        refused = set()
        for fault in self._schema.policy(model.spec, model.specs):
            refused.add(fault.path)
            yield fault.finding(origin, Gate.APISERVER, schema_severity)
        if model.spec is None and model.specs is None:
            yield Finding(
                message="expected `spec` or `specs`, found neither",
                origin=origin,
                severity=agent_severity,
                gate=Gate.CILIUM,
                code="missing-field",
            )
        for path, spec in _specs(model):
            for fault in under(self._sanitize.spec(spec, namespaced=namespaced), *path):
                # One message per field: the schema has spoken where it stands before the agent.
                if self.as_agent or fault.path not in refused:
                    yield fault.finding(origin, Gate.CILIUM, agent_severity)


def _specs(model: CiliumPolicy) -> Iterator[tuple[FieldPath, Spec]]:
    if model.spec is not None:
        yield ("spec",), model.spec
    for position, spec in enumerate(model.specs or ()):
        yield ("specs", position), spec or Spec()


def _stored(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object as the API server keeps it: fields of the custom resource that are null do not exist."""
    changed = {
        field: _without_nulls(data[field])
        for field in ("spec", "specs", "status")
        if field in data and _has_null(data[field])
    }
    if not changed:
        return data
    return {
        field: changed.get(field, value)
        for field, value in data.items()
        if changed.get(field, value) is not None or field not in changed
    }


def _at(data: Any, path: FieldPath) -> Any:
    for step in path:
        data = data[step]
    return data


def _has_null(value: Any) -> bool:
    """Whether a null stands anywhere in the value."""
    rest: list[Any] = [[value]]
    for each in rest:
        values = each if each.__class__ is list else each.values()
        if None in values:
            return True
        rest += [
            item
            for item in values
            if (kind := item.__class__) not in _SCALARS and (kind is dict or kind is list or isinstance(item, Mapping))
        ]
    return False


def _without_nulls(value: Any) -> Any:
    """The value without fields that are null; nulls in lists stay."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
