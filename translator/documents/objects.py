"""The Kubernetes objects in one YAML document: itself, or the items of a ``List``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from translator.origin import FieldPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One object and where it stands in its document, or why it is none."""

    data: Any
    path: FieldPath = ()
    problem: tuple[str, str, str | None, FieldPath] | None = None
    """Message, code, hint and the field path below this item."""


def objects_in(data: Any, path: FieldPath = ()) -> Iterator[Item]:
    """The object, or every item of a ``List`` or ``…List`` (``kubectl get -o yaml``), however deep the lists nest."""
    if not isinstance(data, dict):
        found = "a list" if isinstance(data, list) else "a scalar" if data is not None else "null"
        hint = (
            "several objects are separated by `---` or stand in `items` of a `kind: List`"
            if isinstance(data, list)
            else None
        )
        yield Item(
            data=data, path=path, problem=(f"a Kubernetes object is a mapping, found {found}", "no-object", hint, ())
        )
        return
    items, kind = data.get("items"), data.get("kind")
    if not (isinstance(kind, str) and kind.endswith("List") and "items" in data and isinstance(items, list | None)):
        yield Item(data=data, path=path, problem=_lost_indentation(data))
        return
    singular = kind.removesuffix("List")
    for number, item in enumerate(items or ()):
        if singular and isinstance(item, dict) and "kind" not in item:
            # The items of the API server's own answers (kubectl get --raw) do not repeat what the list says.
            item = {"apiVersion": data.get("apiVersion"), "kind": singular, **item}  # noqa: PLW2901
        yield from objects_in(item, (*path, "items", number))


def _lost_indentation(data: dict[str, Any]) -> tuple[str, str, str | None, FieldPath] | None:
    """Articles lose indentation: ``metadata:`` is empty and its fields stand beside it."""
    if "metadata" not in data or data["metadata"] is not None or "kind" not in data:
        return None
    stray = [name for name in ("name", "namespace", "labels", "annotations") if name in data]
    if not stray:
        return None
    message = f"`metadata` is empty and `{'`, `'.join(stray)}` stand beside it: the indentation was lost"
    return message, "lost-indentation", "indent the fields of `metadata` and `spec` by two spaces", ("metadata",)
