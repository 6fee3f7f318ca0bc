"""The pydantic base of every wire model, and findings out of pydantic's errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from translator.errors import Finding, Gate, suggestion
from translator.origin import FieldPath, Origin

Model = TypeVar("Model", bound="Wire")


class Wire(BaseModel):
    """A frozen mirror of one vendor object: strict types, camelCase names, unknown fields are errors."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, alias_generator=to_camel, arbitrary_types_allowed=False
    )

    def given(self, field: str) -> bool:
        """Whether the field stood in the input, be it as null."""
        return field in self.model_fields_set


def validate(model: type[Model], data: Mapping[str, Any], origin: Origin, gate: Gate) -> tuple[Model | None, list[Finding]]:
    """Read plain data into a wire model.

    Returns the model, or None with one finding per error; ``origin`` is the place of ``data`` in its document.
    """
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, list(findings(error, model, data, origin, gate))


def findings(
    error: ValidationError, model: type[Wire], data: Mapping[str, Any], origin: Origin, gate: Gate
) -> Iterator[Finding]:
    """One finding per pydantic error, at its own field, with a suggestion where a name is close."""
    seen: set[tuple[FieldPath, str]] = set()
    for detail in error.errors(include_url=False, include_context=True):
        path = _real_path(detail["loc"], data)
        finding = _finding(detail, path, model, origin, gate)
        if (path, finding.message) not in seen:
            seen.add((path, finding.message))
            yield finding


def _finding(detail: ErrorDetails, path: FieldPath, model: type[Wire], origin: Origin, gate: Gate) -> Finding:
    match detail["type"]:
        case "extra_forbidden":
            name = str(path[-1])
            parent = _model_at(model, path[:-1])
            known = aliases(parent) if parent else ()
            listed = f"; known fields: {', '.join(sorted(known))}" if known else ""
            return Finding(
                message=f"unknown field `{name}`",
                origin=origin.at(*path),
                gate=gate,
                code="unknown-field",
                hint=suggestion(name, known) or (listed[2:] or None),
            )
        case "missing":
            return Finding(
                message=f"required field `{path[-1]}` is missing", origin=origin.at(*path), gate=gate, code="missing-field"
            )
        case "value_error":
            message = detail["msg"].removeprefix("Value error, ")
            return Finding(message=message, origin=origin.at(*path), gate=gate, code="invalid-value")
        case _:
            message = detail["msg"][0].lower() + detail["msg"][1:]
            return Finding(
                message=f"{message}, found {_shown(detail['input'])}", origin=origin.at(*path), gate=gate, code="wrong-type"
            )


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _real_path(location: tuple[int | str, ...], data: Any) -> FieldPath:
    """Drop the steps that pydantic adds for union members and function wrappers: keep what exists in the data."""
    path: list[int | str] = []
    node = data
    for position, step in enumerate(location):
        if isinstance(node, Mapping) and isinstance(step, str):
            if step in node:
                path.append(step)
                node = node[step]
            elif position == len(location) - 1:
                path.append(step)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            path.append(step)
            node = node[step]
    return tuple(path)


def aliases(model: type[Wire]) -> tuple[str, ...]:
    """The names of a model's fields as they stand in YAML."""
    return tuple(info.alias or name for name, info in model.model_fields.items())


def _model_at(model: type[Wire], path: FieldPath) -> type[Wire] | None:
    current: type[Wire] | None = model
    for step in path:
        if isinstance(step, int):
            continue
        if current is None:
            return None
        annotation = next(
            (info.annotation for name, info in current.model_fields.items() if (info.alias or name) == step), None
        )
        current = next(iter(_models_in(annotation)), None)
    return current


def _models_in(annotation: Any) -> Iterable[type[Wire]]:
    if isinstance(annotation, type) and issubclass(annotation, Wire):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
