"""Policies for the engine that they were written for: what they refer to stays a reference, whoever it finds now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from translator.context import Context
from translator.dialect import ParseOptions
from translator.dialects import cilium
from translator.dialects.calico.unresolved import as_written, host_documents
from translator.documents.document import Document
from translator.documents.server_fields import strip_server_fields
from translator.ir.policy import Engine, Policy, PolicySet
from translator.legalize.profiles import Feature, supports
from translator.legalize.target import Target, TargetName
from translator.origin import Origin
from translator.pipeline.emission import Output

_Place = tuple[str, int, tuple[str | int, ...]]


def unresolved(
    policies: PolicySet, kept: Sequence[Policy], target: Target, context: Context
) -> tuple[list[Policy], list[Output]]:
    """The policies as they are to be written for their own engine, and the objects besides that they are read with."""
    match target.name:
        case TargetName.CALICO:
            documents = host_documents(policies.hosts, context)
            if documents is None:
                return list(kept), []
            return list(as_written(kept, context)), [_as_it_is(document) for document in documents]
        case TargetName.CILIUM if context.services and supports(target, Feature.SERVICES):
            return _with_services(policies, kept, context), []
        case _:
            return list(kept), []


def _as_it_is(document: Document) -> Output:
    return Output(data=strip_server_fields(document.data), origin=document.origin())


def _with_services(policies: PolicySet, kept: Sequence[Policy], context: Context) -> list[Policy]:
    """Cilium finds the backends of ``toServices`` itself, those of tomorrow too (cilium.md 6.6)."""
    groups = (group.origin for group in policies.groups if group.dialect == cilium.DIALECT.name)
    origins = (*groups, *(policy.origin for policy in kept if _names_services(policy)))
    found = (origin.document for origin in origins if origin is not None)
    documents = {id(document): document for document in found if isinstance(document, Document)}
    options = ParseOptions(engine=Engine.CILIUM, context=replace(context, services={}))
    again = cilium.DIALECT.parse(tuple(documents.values()), options).policies
    written = {_place(each.origin): each for each in again if each.origin is not None}
    return [
        replace(policy, egress=written[place].egress)
        if _names_services(policy) and policy.origin is not None and (place := _place(policy.origin)) in written
        else policy
        for policy in kept
    ]


def _names_services(policy: Policy) -> bool:
    return policy.dialect == cilium.DIALECT.name and any(
        rule.origin is not None and "toServices" in _item(rule.origin) for rule in policy.egress
    )


def _item(origin: Origin) -> dict[str, object]:
    """What stands at a place of a document."""
    found: object = origin.document.data if isinstance(origin.document, Document) else {}
    for step in origin.path:
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and isinstance(step, int):
            found = found[step]
    return found if isinstance(found, dict) else {}


def _place(origin: Origin) -> _Place:
    return (origin.file, origin.document.index, tuple(origin.path))
