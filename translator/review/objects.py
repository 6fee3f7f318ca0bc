"""Documents as objects of a cluster: what makes two of them the same one, and how kubectl names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from translator.report.plan_model import PlanObject

Key = tuple[str, str, str, str]
"""Group, kind, namespace and name."""


def object_key(data: Mapping[str, Any]) -> Key:
    """What makes two documents the same object, whatever version of its kind they are written in."""
    metadata = data.get("metadata") or {}
    group = str(data.get("apiVersion", "")).rpartition("/")[0]
    return (group, str(data.get("kind", "")), metadata.get("namespace") or "", metadata.get("name") or "")


def plan_object(data: Mapping[str, Any]) -> PlanObject:
    """The object as a plan tells it."""
    _, kind, namespace, name = object_key(data)
    return PlanObject(api_version=str(data.get("apiVersion", "")), kind=kind, namespace=namespace or None, name=name)


def kubectl_words(data: Mapping[str, Any]) -> list[str]:
    """An object in the words of kubectl's command line: ``kind.version.group/name -n namespace``."""
    group, kind, namespace, name = object_key(data)
    version = str(data.get("apiVersion", "")).rpartition("/")[2]
    return [f"{kind.lower()}.{version}.{group}/{name}", *(("-n", namespace) if namespace else ())]
