"""Several rule sets of one object back into one object: ``specs``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def join_specs(documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One document with the ``spec`` of each of these, which differ in nothing else (cilium.md 1.1)."""
    common = {name: value for name, value in documents[0].items() if name != "spec"}
    return {**common, "specs": [document["spec"] for document in documents]}
