"""Policies of Calico for Calico itself: what their selectors find in this input is not written in their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from translator.context import Context
from translator.dialect import ParseOptions
from translator.dialects.calico.admission import read_documents
from translator.dialects.calico.known_objects import KnownObjects
from translator.dialects.calico.model import V3, StagedKubernetesNetworkPolicy
from translator.dialects.calico.policies import READING, PolicyReader
from translator.documents.document import Document
from translator.errors import Finding, InternalError, Severity
from translator.ir.policy import Direction, Engine, HostEndpoint, Policy


def as_written(policies: Iterable[Policy], context: Context) -> Iterator[Policy]:
    """The policies with the sides of their rules as the documents have them.

    A policy that Calico reads otherwise than it stands there (a list with an entry that does not parse, say) stays as
    it was read.
    """
    options = ParseOptions(engine=Engine.CALICO, context=context)
    reader = PolicyReader(KnownObjects(as_written=True), options)
    for policy in policies:
        document = policy.origin.document if policy.origin is not None else None
        is_plain = isinstance(document, Document) and any(policy.rules(each) for each in policy.directions)
        written = _read(document, reader, options) if is_plain and isinstance(document, Document) else None
        if written is None:
            yield policy
        else:
            rules = {each: written.rules(each) if policy.rules(each) else () for each in Direction}
            yield replace(policy, ingress=rules[Direction.INGRESS], egress=rules[Direction.EGRESS])


def host_documents(hosts: Sequence[HostEndpoint], context: Context) -> tuple[Document, ...] | None:
    """The documents of host endpoints; None where one of them cannot be written as it is.

    Documents of profiles are what no API server takes, and without them a host endpoint has other labels.
    """
    options = ParseOptions(engine=Engine.CALICO, context=context)
    if any(host.profile_origins for host in hosts):
        return None
    origins = [host.origin for host in hosts if host.origin is not None]
    documents = {id(each.document): each.document for each in origins if isinstance(each.document, Document)}
    readings, findings = read_documents(tuple(documents.values()), options)
    is_whole = len(readings) == len(documents) == len(hosts)
    if not is_whole or findings or any(each.document.api_version != V3 for each in readings):
        return None
    return tuple(documents.values())


def _read(document: Document, reader: PolicyReader, options: ParseOptions) -> Policy | None:
    """None where it is not plain what the document says."""
    readings, findings = read_documents([document], options)
    if len(readings) != 1 or not readings[0].is_validated:
        return None
    if isinstance(readings[0].model, StagedKubernetesNetworkPolicy):
        return None
    try:
        policy, said = reader.read(readings[0])
    except InternalError:
        return None
    return None if any(map(_is_odd, (*findings, *said))) else policy


def _is_odd(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR or finding.code in (READING, "service-account-name")
