"""What the API server adds to an object: told apart from what people wrote, and taken off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

SERVER_METADATA: Final = frozenset(
    {"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"}
)
LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


def is_dump(data: Mapping[str, Any]) -> bool:
    """Whether an API server wrote the object; ``creationTimestamp: null`` alone is what kubectl's generators write."""
    metadata = data.get("metadata")
    return isinstance(metadata, Mapping) and any(
        metadata.get(name) for name in ("uid", "resourceVersion", "managedFields")
    )


def strip_server_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """The object without status, server-side metadata and kubectl's own annotation; the input stays as it is."""
    stripped = {name: value for name, value in data.items() if name != "status"}
    metadata = data.get("metadata")
    if not isinstance(metadata, Mapping):
        return stripped
    kept = {name: value for name, value in metadata.items() if name not in SERVER_METADATA}
    annotations = kept.get("annotations")
    if isinstance(annotations, Mapping) and LAST_APPLIED in annotations:
        kept["annotations"] = {name: value for name, value in annotations.items() if name != LAST_APPLIED}
        if not kept["annotations"]:
            del kept["annotations"]
    return {**stripped, "metadata": kept}
