"""The published JSON Schemas, made from the models that read and write the formats."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final


def _report() -> dict[str, Any]:
    from translator.report.model import ReportDocument

    return ReportDocument.model_json_schema(by_alias=True, mode="serialization")


def _context() -> dict[str, Any]:
    from translator.wire.context import ContextDocument

    return ContextDocument.model_json_schema(by_alias=True)


def _diff() -> dict[str, Any]:
    from translator.report.change_model import DiffDocument

    return DiffDocument.model_json_schema(by_alias=True, mode="serialization")


def _config() -> dict[str, Any]:
    from translator.review.config import GoldenConfig

    return GoldenConfig.model_json_schema(by_alias=True)


def _access() -> dict[str, Any]:
    from translator.dialects.access.model import Access

    return Access.model_json_schema(by_alias=True)


def _plan() -> dict[str, Any]:
    from translator.report.plan_model import PlanDocument

    return PlanDocument.model_json_schema(by_alias=True, mode="serialization")


def _translator() -> dict[str, Any]:
    from translator.review.krm_config import TranslatorConfig

    return TranslatorConfig.model_json_schema(by_alias=True)


def _intermediate() -> dict[str, Any]:
    from translator.report.intermediate import intermediate_schema

    return intermediate_schema()


SCHEMAS: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    "report": _report,
    "diff": _diff,
    "context": _context,
    "ir": _intermediate,
    "plan": _plan,
    "policytranslator": _translator,
    "access": _access,
    "netpolx": _config,
}
"""Name → schema; ``schemas/<name>.json`` holds each."""


def schema_text(name: str) -> str:
    """A schema as the text of its file."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **SCHEMAS[name]()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
