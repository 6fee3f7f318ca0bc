"""What the API server demands of object metadata, whatever the kind.

Source: apimachinery ``api/validation.ValidateObjectMeta`` (kubernetes.md A.1, calico.md appendix C).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from translator.documents.server_fields import LAST_APPLIED
from translator.errors import Finding, Gate, Severity
from translator.origin import Origin, PathStep
from translator.wire.base import shown
from translator.wire.kubernetes_types import Metadata, is_dns_label, is_dns_subdomain, is_label_value, is_qualified_name

ANNOTATIONS_LIMIT: Final = 262_144
"""Bytes of all annotation keys and values of an object together."""

_SUBDOMAIN: Final = "a DNS subdomain (lower-case letters, digits, `-` and `.`, alphanumeric at both ends)"
LABEL_KEY: Final = "a label key ([prefix/]name; the name up to 63 of letters, digits, `-_.`, alphanumeric at both ends)"
LABEL_VALUE: Final = "a label value (up to 63 of letters, digits, `-_.`, alphanumeric at both ends)"


def metadata_findings(
    metadata: Metadata | None,
    origin: Origin,
    *path: PathStep,
    gate: Gate = Gate.APISERVER,
    namespaced: bool,
    is_name: Callable[[str], bool] = is_dns_subdomain,
    name_words: str = _SUBDOMAIN,
) -> Iterator[Finding]:
    """What is wrong with an object's metadata, which stands at ``path`` below ``origin``."""
    if metadata is not None and _is_plain(metadata, is_name, namespaced=namespaced):
        return
    origin = origin.at(*path)
    if metadata is None or not metadata.name:
        yield _missing_name(metadata, origin, gate)
    elif not is_name(metadata.name):
        yield _invalid(
            origin.at("name"), f"expected {name_words}, found {shown(metadata.name)}", gate, _lowered(metadata.name)
        )
    if metadata is None:
        return
    if metadata.namespace:
        yield from _namespace_findings(metadata.namespace, origin, gate, namespaced=namespaced)
    if metadata.labels:
        yield from label_findings(metadata.labels, origin, "labels", gate=gate)
    if metadata.annotations:
        yield from _annotation_findings(metadata.annotations, origin.at("annotations"), gate)
    for position, finalizer in enumerate(metadata.finalizers or ()):
        if not is_qualified_name(finalizer or ""):
            message = f"expected a qualified name, found {shown(finalizer)}"
            yield _invalid(origin.at("finalizers", position), message, gate)
    for position, owner in enumerate(metadata.owner_references or ()):
        for field, value in (
            ("apiVersion", owner and owner.api_version),
            ("kind", owner and owner.kind),
            ("name", owner and owner.name),
            ("uid", owner and owner.uid),
        ):
            if not value:
                place = origin.at("ownerReferences", position, field)
                yield _invalid(place, f"required field `{field}` is missing", gate, code="missing-field")


def _is_plain(metadata: Metadata, is_name: Callable[[str], bool], *, namespaced: bool) -> bool:
    """Whether there is nothing to look at but a good name and, where there may be one, a good namespace."""
    return (
        is_name(metadata.name or "-")
        and (not metadata.namespace or (namespaced and is_dns_label(metadata.namespace)))
        and not (metadata.labels or metadata.annotations or metadata.finalizers or metadata.owner_references)
    )


def label_findings(
    labels: Mapping[str, str | None], origin: Origin, *path: PathStep, gate: Gate = Gate.APISERVER
) -> Iterator[Finding]:
    """Labels whose key or value no object may carry; null counts as the empty value.

    They stand at ``path`` below ``origin``; places are made only where something is wrong.
    """
    for key, value in labels.items():
        if not is_qualified_name(key):
            at = origin.at(*path, key)
            yield _invalid(at, f"expected {LABEL_KEY}, found {shown(key)}", gate, code="invalid-label")
        if not is_label_value(value or ""):
            at = origin.at(*path, key)
            yield _invalid(at, f"expected {LABEL_VALUE}, found {shown(value)}", gate, code="invalid-label")


def _missing_name(metadata: Metadata | None, origin: Origin, gate: Gate) -> Finding:
    if metadata is not None and metadata.generate_name:
        return Finding(
            message="the object has no name: the server makes one from `generateName` on creation",
            origin=origin.at("generateName"),
            gate=Gate.NETPOLX,
            code="missing-field",
            hint="write metadata.name",
        )
    return _invalid(origin.at("name"), "required field `name` is missing", gate, code="missing-field")


def _namespace_findings(namespace: str, origin: Origin, gate: Gate, *, namespaced: bool) -> Iterator[Finding]:
    if not namespaced:
        # The server clears it (apiserver rest.EnsureObjectNamespaceMatchesRequestNamespace), so it scopes nothing.
        yield Finding(
            message=f"the kind is cluster-scoped: namespace {shown(namespace)} has no effect",
            origin=origin.at("namespace"),
            severity=Severity.WARNING,
            gate=gate,
            code="namespace-ignored",
        )
    elif not is_dns_label(namespace):
        words = "a DNS label (up to 63 lower-case letters, digits and `-`, alphanumeric at both ends)"
        yield _invalid(origin.at("namespace"), f"expected {words}, found {shown(namespace)}", gate, _lowered(namespace))


def _annotation_findings(annotations: Mapping[str, str | None], origin: Origin, gate: Gate) -> Iterator[Finding]:
    size = 0
    for key, value in annotations.items():
        # Annotation keys are checked in lower case (ValidateAnnotations), so `App.example/X` passes.
        if not is_qualified_name(key.lower()):
            yield _invalid(origin.at(key), f"expected {LABEL_KEY}, found {shown(key)}", gate)
        size += len(key.encode()) + len((value or "").encode())
    if size > ANNOTATIONS_LIMIT:
        yield _invalid(origin, f"expected at most {ANNOTATIONS_LIMIT} bytes of annotations, found {size}", gate)


def _lowered(name: str) -> str | None:
    """A hint where a name differs from a valid one by case or underscores only."""
    candidate = name.lower().replace("_", "-")
    return f"did you mean `{candidate}`?" if candidate != name and is_dns_subdomain(candidate) else None


def _invalid(
    origin: Origin,
    message: str,
    gate: Gate,
    hint: str | None = None,
    *,
    code: str = "invalid-value",
) -> Finding:
    return Finding(message=message, origin=origin, gate=gate, code=code, hint=hint)


def label_items(metadata: Metadata | None) -> tuple[tuple[str, str], ...]:
    """The labels of an object as the IR keeps them, in their order."""
    if metadata is None or not metadata.labels:
        return ()
    return tuple((key, value or "") for key, value in metadata.labels.items())


def annotation_items(metadata: Metadata | None) -> tuple[tuple[str, str], ...]:
    """The annotations of an object as the IR keeps them, without the one in which kubectl repeats the object."""
    if metadata is None or not metadata.annotations:
        return ()
    return tuple((key, value or "") for key, value in metadata.annotations.items() if key != LAST_APPLIED)
