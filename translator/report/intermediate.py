"""The intermediate representation as JSON, and the schema of that: both follow the dataclasses, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from translator.ir import layer7
from translator.ir.labels import Selector
from translator.ir.peers import Peer
from translator.ir.policy import PolicySet
from translator.origin import Origin

_TYPE: Final = "type"
"""Names the class where a field can hold several."""
_TAGGED: Final = frozenset(member for union in (Peer, Selector) for member in get_args(union))
_SCALARS: Final[dict[object, str]] = {str: "string", bool: "boolean", int: "integer", float: "number"}
_PLACE: Final = {
    "type": "object",
    "description": "Where in the input it stands.",
    "properties": {
        "file": {"type": "string"},
        "line": {"type": "integer", "minimum": 1},
        "column": {"type": "integer", "minimum": 1},
        "path": {"type": "string"},
    },
    "required": ["file", "line", "column", "path"],
    "additionalProperties": False,
}


def intermediate_record(policies: PolicySet) -> dict[str, Any]:
    """A policy set as JSON values: every field of every class, sets sorted, places as file, line, column and path."""
    record: dict[str, Any] = _record(policies)
    return record


def intermediate_schema() -> dict[str, Any]:
    """The JSON Schema of ``intermediate_record``."""
    definitions: dict[str, Any] = {}
    reference = _type_schema(PolicySet, definitions)
    return {"title": PolicySet.__name__, **reference, "$defs": dict(sorted(definitions.items()))}


def _record(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case Origin():
            return {"file": value.file, "line": value.line, "column": value.column, "path": value.field_path}
        case tuple():
            return [_record(each) for each in value]
        case frozenset():
            return sorted(_record(each) for each in value)
        case _ if is_dataclass(value):
            cls: type = type(value)
            tag = {_TYPE: cls.__name__} if cls in _TAGGED else {}
            return tag | {each.name: _record(getattr(value, each.name)) for each in _told(cls)}
        case _:
            return value


@cache
def _told(cls: type) -> tuple[Field[Any], ...]:
    """The fields that say something of their own; the policies as they were read are not told a second time."""
    return tuple(each for each in fields(cls) if (cls, each.name) != (PolicySet, "read"))


def _type_schema(annotation: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if annotation in _SCALARS:
        return {"type": _SCALARS[annotation]}
    if annotation is NoneType:
        return {"type": "null"}
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return {"anyOf": [_type_schema(each, definitions) for each in arguments]}
    if origin is frozenset:
        return {"type": "array", "items": _type_schema(arguments[0], definitions), "uniqueItems": True}
    if origin is tuple and arguments[-1] is Ellipsis:
        return {"type": "array", "items": _type_schema(arguments[0], definitions)}
    if origin is tuple:
        parts = [_type_schema(each, definitions) for each in arguments]
        return {"type": "array", "prefixItems": parts, "minItems": len(parts), "maxItems": len(parts)}
    name = annotation.__name__
    if name not in definitions:
        definitions[name] = {}  # selectors hold selectors: the name is there before its fields are
        definitions[name] = _definition(annotation, definitions)
    return {"$ref": f"#/$defs/{name}"}


def _definition(cls: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if cls is Origin:
        return _PLACE
    about = {"description": " ".join(cls.__doc__.split())}
    if issubclass(cls, Enum):
        return {**about, "enum": [each.value for each in cls]}
    properties = dict(_properties(cls, definitions))
    return {
        **about,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _properties(cls: type, definitions: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if cls in _TAGGED:
        yield _TYPE, {"const": cls.__name__}
    hints = get_type_hints(cls, localns=vars(layer7))
    for each in _told(cls):
        yield each.name, _type_schema(hints[each.name], definitions)
