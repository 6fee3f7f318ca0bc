"""Names and models that every Kubernetes object shares: object metadata, label selectors, the shapes of names.

Sources: apimachinery ``util/validation`` and ``meta/v1/validation`` (kubernetes.md A.1, A.2).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from translator.wire.base import Wire

_NAME: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?\Z")
_DNS_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")
_DNS_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")
_PORT_NAME: Final = re.compile(r"[a-z0-9](-?[a-z0-9])*\Z")
_LETTER: Final = re.compile(r"[a-z]")


@lru_cache(maxsize=16384)
def is_qualified_name(text: str) -> bool:
    """``[prefix/]name``: name up to 63 characters, prefix a DNS subdomain."""
    prefix, slash, name = text.rpartition("/")
    return len(name) <= 63 and bool(_NAME.match(name)) and (not slash or is_dns_subdomain(prefix))


@lru_cache(maxsize=16384)
def is_label_value(text: str) -> bool:
    """Empty, or up to 63 characters with alphanumeric ends."""
    return not text or (len(text) <= 63 and bool(_NAME.match(text)))


@lru_cache(maxsize=16384)
def is_dns_label(text: str) -> bool:
    """RFC 1123 label of up to 63 characters."""
    return len(text) <= 63 and bool(_DNS_LABEL.match(text))


@lru_cache(maxsize=16384)
def is_dns_subdomain(text: str) -> bool:
    """RFC 1123 subdomain of up to 253 characters."""
    return len(text) <= 253 and bool(_DNS_SUBDOMAIN.match(text))


@lru_cache(maxsize=4096)
def is_port_name(text: str) -> bool:
    """IANA service name: up to 15 of ``[a-z0-9-]``, at least one letter, no leading, trailing or double hyphen."""
    return len(text) <= 15 and bool(_PORT_NAME.match(text)) and bool(_LETTER.search(text))


class LabelSelectorRequirement(Wire):
    """One expression of a label selector."""

    key: str
    operator: str
    values: list[str | None] | None = None


class LabelSelector(Wire):
    """``matchLabels`` and ``matchExpressions``, all ANDed; ``{}`` matches everything."""

    match_labels: dict[str, str | None] | None = None
    match_expressions: list[LabelSelectorRequirement] | None = None


class OwnerReference(Wire):
    """The object that an object belongs to."""

    api_version: str | None = None
    kind: str | None = None
    name: str | None = None
    uid: str | None = None
    controller: bool | None = None
    block_owner_deletion: bool | None = None


class Metadata(Wire):
    """Object metadata as people write it and as dumps hold it."""

    name: str | None = None
    generate_name: str | None = None
    namespace: str | None = None
    labels: dict[str, str | None] | None = None
    annotations: dict[str, str | None] | None = None
    finalizers: list[str | None] | None = None
    owner_references: list[OwnerReference | None] | None = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    deletion_grace_period_seconds: int | None = None
    generation: int | None = None
    resource_version: str | None = None
    self_link: str | None = None
    uid: str | None = None
    managed_fields: list[dict[str, Any] | None] | None = None
