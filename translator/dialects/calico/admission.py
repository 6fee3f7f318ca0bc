"""Which documents are read at all, and as what: validated objects, or what the agent makes of them (calico.md 1.1)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from pydantic import ValidationError

from translator.dialect import ParseOptions
from translator.dialects.calico.gates import Admitted, admit
from translator.dialects.calico.model import CRD_V1, CalicoObject
from translator.dialects.calico.object_checks import NOT_WRITTEN
from translator.documents.document import Document
from translator.errors import Finding, Gate, Severity
from translator.wire.kubernetes_types import Metadata

METADATA_ANNOTATION: Final = "projectcalico.org/metadata"
"""Where crd.projectcalico.org/v1 objects that Calico itself wrote keep the metadata people see (calico.md 1.1)."""
_TIERED: Final = frozenset({"NetworkPolicy", "GlobalNetworkPolicy", "StagedNetworkPolicy", "StagedGlobalNetworkPolicy"})


class Defaults(Enum):
    """Who filled in what an object leaves open, ``types`` above all (calico.md 1.2)."""

    GO = auto()
    """calicoctl and Calico's API server: by the number of rules."""
    ADMISSION_POLICY = auto()
    """Native v3 custom resources: by the presence of fields."""
    NOBODY = auto()
    """The agent's own reading: no types are both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A document that is acted on."""

    document: Document
    model: CalicoObject
    metadata: Metadata | None
    """The metadata people see, wherever it is stored."""
    defaults: Defaults
    is_validated: bool
    """Whether Calico's own gate accepts it, so that nothing odd is left but what that gate overlooks."""

    @property
    def name(self) -> str:
        """The object's name."""
        return (self.metadata.name if self.metadata is not None else None) or ""

    def namespace(self, options: ParseOptions) -> str:
        """The namespace of a namespaced object."""
        return (self.metadata.namespace if self.metadata is not None else None) or options.default_namespace


def read_documents(documents: Sequence[Document], options: ParseOptions) -> tuple[list[Read], list[Finding]]:
    """The documents that are acted on, and everything the gates say."""
    readings: list[Read] = []
    findings: list[Finding] = []
    for document in documents:
        admitted = admit(document)
        weighed = [_weighed(finding, document, admitted, options) for finding in admitted.findings]
        findings += weighed
        if admitted.model is None or any(finding.severity is Severity.ERROR for finding in weighed):
            continue
        readings.append(
            Read(
                document=document,
                model=admitted.model,
                metadata=_visible_metadata(admitted.model),
                defaults=_defaults(document, options),
                is_validated=not any(finding.gate is Gate.CALICO for finding in admitted.findings),
            )
        )
    return readings, findings


def _weighed(finding: Finding, document: Document, admitted: Admitted, options: ParseOptions) -> Finding:
    """Whose refusal is an error: a chosen gate's, unless the object is past that gate already."""
    if admitted.model is None:
        # Nobody can act on what does not decode; and a field that we do not know may mean anything.
        return finding
    is_past = is_dump(document) or (
        finding.gate is Gate.CALICO
        and (
            options.context.calico.admission == "none"
            or document.api_version == CRD_V1
            or (finding.code == NOT_WRITTEN and acts_already(document, options))
        )
    )
    if is_past or finding.gate not in (*options.gates, Gate.NETPOLX):
        return replace(finding, severity=Severity.WARNING)
    return finding


def is_dump(document: Document) -> bool:
    """Whether a server has the object. A `resourceVersion` alone is what no gate accepts in a new one."""
    return bool(document.metadata.get("uid") or document.metadata.get("managedFields"))


def is_unvalidated(document: Document, options: ParseOptions) -> bool:
    """Whether an object acts as the agent reads it: admission is off, or a server has it already."""
    return options.context.calico.admission == "none" or is_dump(document)


def acts_already(document: Document, options: ParseOptions) -> bool:
    """Whether the question is what an object does, not whether to have it: then hazards are warnings."""
    return Gate.APISERVER not in options.gates or is_unvalidated(document, options)


def _defaults(document: Document, options: ParseOptions) -> Defaults:
    if document.api_version == CRD_V1 or is_unvalidated(document, options):
        return Defaults.NOBODY
    return Defaults.GO if Gate.CALICO in options.gates else Defaults.ADMISSION_POLICY


def _visible_metadata(model: CalicoObject) -> Metadata | None:
    """The metadata of the v3 object that a crd.projectcalico.org/v1 object stores (calico.md 1.1).

    With the annotation but no name in it, the prefix ``default.`` of the stored name is dropped.
    """
    metadata = model.metadata
    if metadata is None or model.api_version != CRD_V1:
        return metadata
    text = (metadata.annotations or {}).get(METADATA_ANNOTATION)
    if text is None:
        return metadata
    try:
        kept = Metadata.model_validate(json.loads(text))
    except (ValueError, ValidationError):
        return metadata
    name = kept.name
    if not name:
        stored = metadata.name or ""
        tier = getattr(getattr(model, "spec", None), "tier", None) or "default"
        name = stored.removeprefix("default.") if model.kind in _TIERED and tier == "default" else stored
    return metadata.model_copy(update={"name": name, "labels": kept.labels, "annotations": kept.annotations})
