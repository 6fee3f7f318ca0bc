"""The pydantic base of every wire model, and findings out of pydantic's errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from translator.errors import Finding, Gate, Severity, suggestion
from translator.origin import FieldPath, Origin, format_path

Model = TypeVar("Model", bound="Wire")


class Wire(BaseModel):
    """A frozen mirror of one vendor object: strict types, camelCase names, unknown fields are errors."""

    # A dialect's models are built when the first of its documents is read: start-up time counts.
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=to_camel,
        arbitrary_types_allowed=False,
        defer_build=True,
    )

    def given(self, field: str) -> bool:
        """Whether the field stood in the input, be it as null."""
        return field in self.model_fields_set


def validate(
    model: type[Model],
    data: Mapping[str, Any],
    origin: Origin,
    gate: Gate,
    *,
    unknown_fields: Severity = Severity.ERROR,
) -> tuple[Model | None, list[Finding]]:
    """Read plain data into a wire model.

    Returns the model, or None with one finding per error; ``origin`` is the place of ``data`` in its document.
    With ``unknown_fields=WARNING`` the fields that the model lacks are left out, as a lenient decoder does.
    """
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        found = list(findings(error, model, data, origin, gate, unknown_fields=unknown_fields))
        if any(finding.severity is Severity.ERROR for finding in found):
            return None, found
        rest = deepcopy(dict(data))
        for detail in error.errors(include_url=False):
            _remove(rest, real_path(detail["loc"], data))
        return model.model_validate(rest), found


def findings(
    error: ValidationError,
    model: type[Wire],
    data: Mapping[str, Any],
    origin: Origin,
    gate: Gate,
    *,
    unknown_fields: Severity = Severity.ERROR,
) -> Iterator[Finding]:
    """One finding per field that pydantic refuses, in reading order, with a suggestion where a name is close."""
    by_path: dict[FieldPath, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False, include_context=True):
        may_be_absent = detail["type"] in ("missing", "extra_forbidden")
        by_path.setdefault(real_path(detail["loc"], data, may_be_absent=may_be_absent), []).append(detail)
    unknown = [path for path, details in by_path.items() if details[0]["type"] == "extra_forbidden"]
    for path, details in by_path.items():
        match details[0]["type"]:
            case "missing" if any(_stands_for(each, path) for each in unknown):
                continue  # it is there, under a wrong name
            case "extra_forbidden":
                yield _unknown_field(path, model, origin, gate, unknown_fields)
            case "missing":
                yield Finding(
                    message=f"required field `{path[-1]}` is missing",
                    origin=origin.at(*path),
                    gate=gate,
                    code="missing-field",
                )
            case "value_error":
                message = details[0]["msg"].removeprefix("Value error, ")
                yield Finding(message=message, origin=origin.at(*path), gate=gate, code="invalid-value")
            case _:
                yield _wrong_type(path, details, origin, gate)


def _stands_for(unknown: FieldPath, missing: FieldPath) -> bool:
    """Whether a field with an unknown name is the one that is missing."""
    return unknown[:-1] == missing[:-1] and suggestion(str(unknown[-1]), (str(missing[-1]),)) is not None


def _unknown_field(path: FieldPath, model: type[Wire], origin: Origin, gate: Gate, severity: Severity) -> Finding:
    name = str(path[-1])
    parent = model_at(model, path[:-1])
    known = aliases(parent) if parent else ()
    listed = f"known fields: {', '.join(sorted(known))}" if known else None
    dropped = " (the engine ignores it)" if severity is Severity.WARNING else ""
    home = None if suggestion(name, known) else _home(name, path[:-1], model)
    return Finding(
        message=f"unknown field `{name}`{dropped}",
        origin=origin.at(*path),
        severity=severity,
        gate=gate,
        code="unknown-field",
        hint=suggestion(name, known) or home or listed,
    )


def _home(name: str, path: FieldPath, model: type[Wire]) -> str | None:
    """A hint for a field that stands too deep: ``ports`` within a peer, say, where a lenient server would drop it."""
    for length in range(len(path) - 1, -1, -1):
        above = path[:length]
        outer = model_at(model, above)
        if outer is not None and name in aliases(outer):
            return f"`{name}` is a field of {format_path(above) or 'the object'}; check the indentation"
    return None


_EXPECTED: Final = {
    "string_type": "a string",
    "int_type": "an integer",
    "bool_type": "a boolean",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def _wrong_type(path: FieldPath, details: Sequence[ErrorDetails], origin: Origin, gate: Gate) -> Finding:
    """One finding for all the alternatives that a field could have been."""
    found = details[0]["input"]
    expected = list(dict.fromkeys(_EXPECTED[each["type"]] for each in details if each["type"] in _EXPECTED))
    if details[0]["type"] == "literal_error":
        allowed = [part.strip("'") for part in details[0]["ctx"]["expected"].replace(" or ", ", ").split(", ")]
        return Finding(
            message=f"expected {either(allowed)}, found {shown(found)}",
            origin=origin.at(*path),
            gate=gate,
            code="invalid-value",
            hint=suggestion(found, allowed) if isinstance(found, str) else None,
        )
    message = f"expected {' or '.join(expected)}" if expected else details[0]["msg"][0].lower() + details[0]["msg"][1:]
    return Finding(
        message=f"{message}, found {shown(found)}",
        origin=origin.at(*path),
        gate=gate,
        code="wrong-type",
        hint="write it in quotes" if expected == ["a string"] and isinstance(found, bool | int | float) else None,
    )


def either(words: Sequence[str]) -> str:
    """``a, b or c`` with each word in backticks."""
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def shown(value: object) -> str:
    """A value of the input as a message names it, shortened."""
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
    return text if len(text) <= 80 else text[:77] + "…'"


def real_path(location: tuple[int | str, ...], data: Any, *, may_be_absent: bool = True) -> FieldPath:
    """Drop the steps that pydantic adds for union members and function wrappers: keep what exists in the data."""
    path: list[int | str] = []
    node = data
    for position, step in enumerate(location):
        if isinstance(node, Mapping) and isinstance(step, str):
            if step in node:
                path.append(step)
                node = node[step]
            elif may_be_absent and position == len(location) - 1:
                path.append(step)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            path.append(step)
            node = node[step]
    return tuple(path)


def _remove(data: Any, path: FieldPath) -> None:
    for step in path[:-1]:
        data = data[step]
    del data[path[-1]]


def aliases(model: type[Wire]) -> tuple[str, ...]:
    """The names of a model's fields as they stand in YAML."""
    return tuple(info.alias or name for name, info in model.model_fields.items())


def model_at(model: type[Wire], path: FieldPath) -> type[Wire] | None:
    """The model of the mapping at a path of another model."""
    current: type[Wire] | None = model
    is_key = False
    for step in path:
        if isinstance(step, int):
            continue
        if is_key:  # of a mapping whose values are models
            is_key = False
            continue
        if current is None:
            return None
        annotation = next(
            (info.annotation for name, info in current.model_fields.items() if (info.alias or name) == step), None
        )
        current = next(iter(_models_in(annotation)), None)
        is_key = _is_mapping(annotation)
    return current


def _is_mapping(annotation: Any) -> bool:
    """Whether the models of a field stand in a mapping."""
    if get_origin(annotation) is dict:
        return True
    return any(_is_mapping(argument) for argument in get_args(annotation))


def _models_in(annotation: Any) -> Iterable[type[Wire]]:
    if isinstance(annotation, type) and issubclass(annotation, Wire):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
