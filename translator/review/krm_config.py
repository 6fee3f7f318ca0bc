"""What a KRM function is asked to do: a ``PolicyTranslator``, or a ConfigMap for quick use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import Field

from translator.context import Context
from translator.documents.document import Document
from translator.documents.loading import load_text
from translator.errors import Finding, Gate, InputError, Severity
from translator.ir.policy import Engine
from translator.legalize.target import Target
from translator.origin import Origin
from translator.pipeline.registry import engine_named
from translator.pipeline.translate import target_of
from translator.wire.base import Wire, validate
from translator.wire.context import read_context

API_VERSION: Final = "netpolx/v1alpha1"
KIND: Final = "PolicyTranslator"
_TRUE: Final = ("true", "false")


class TranslatorSpec(Wire):
    """The wishes."""

    to: str = Field(description="The target, with a version if meant: `kubernetes`, `cilium@1.17`.")
    source: str | None = Field(default=None, alias="from", description="The engine that enforces the input.")
    use: list[str] | None = Field(default=None, description="Kinds to write besides: clusternetworkpolicy.")
    rewrite: Literal["all"] | None = Field(
        default=None, description="Also rewrite what the target would read as it is."
    )
    keep_source: bool = Field(default=False, description="Keep the items that were translated.")
    fail_on: Literal["widens", "narrows", "never"] = Field(
        default="widens", description="What fails besides refused policies and an undecided self-check."
    )
    context: dict[str, Any] | None = Field(
        default=None, description="What a Context document holds: podCIDRs, namespaces, calico, cilium, …"
    )


class TranslatorConfig(Wire):
    """The ``functionConfig`` of ``netpolx-fn``."""

    api_version: Literal["netpolx/v1alpha1"]
    kind: Literal["PolicyTranslator"]
    metadata: dict[str, Any] | None = None
    spec: TranslatorSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is to be done."""

    target: Target
    source: Engine | None
    keep_source: bool
    fail_on: str
    """``widens``, ``narrows`` or ``never``."""
    context: Context


def read_config(data: Mapping[str, Any]) -> Wishes:
    """The wishes of a functionConfig. Raises InputError with every finding, UsageError for unknown names."""
    document = Document(data=data, file="functionConfig")
    if data.get("kind") == "ConfigMap":
        whole = {"apiVersion": API_VERSION, "kind": KIND, "spec": _of_config_map(document)}
        origin = Document(data=whole, file="functionConfig").origin()
    else:
        whole, origin = dict(data), document.origin()
    model, findings = validate(TranslatorConfig, whole, origin, Gate.NETPOLX)
    if model is None:
        raise InputError(findings)
    spec = model.spec
    return Wishes(
        target=target_of(
            spec.to,
            use=spec.use or (),
            allow_widening=spec.fail_on == "never",
            rewrite_all=spec.rewrite == "all",
        ),
        source=engine_named(spec.source) if spec.source else None,
        keep_source=spec.keep_source,
        fail_on=spec.fail_on,
        context=_context(spec.context or {}, origin),
    )


def _of_config_map(document: Document) -> dict[str, Any]:
    """The spec that the strings of a ConfigMap stand for: ``use`` is a list with commas, ``context`` is YAML."""
    data = document.data.get("data")
    spec: dict[str, Any] = dict(data) if isinstance(data, Mapping) else {}
    if spec.get("keepSource") in _TRUE:
        spec["keepSource"] = spec["keepSource"] == "true"
    if isinstance(spec.get("use"), str):
        spec["use"] = [each.strip() for each in spec["use"].split(",") if each.strip()]
    if isinstance(spec.get("context"), str):
        loaded = load_text(spec["context"], file="functionConfig data.context")
        if loaded.findings:
            raise InputError(loaded.findings)
        spec["context"] = dict(loaded.documents[0].data) if loaded.documents else {}
    return spec


def _context(given: Mapping[str, Any], origin: Origin) -> Context:
    whole = {**given, "apiVersion": API_VERSION, "kind": "Context"}
    context, findings = read_context([Document(data=whole, file=f"{origin.file} spec.context")])
    errors: list[Finding] = [each for each in findings if each.severity is Severity.ERROR]
    if errors:
        raise InputError(errors)
    return context
