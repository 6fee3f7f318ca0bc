"""Custom resources as an API server checks them: schema, formats, lists that are sets, unknown fields, CEL rules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import cel
import jsonschema
import re2

CRDS: Final = Path(__file__).resolve().parents[2].parent / "shared" / "crds"
_RULES: Final = "x-kubernetes-validations"
_PRESERVED: Final = frozenset({"apiVersion", "kind", "metadata"})
"""Fields of every object; the schemas name them without saying what is in them."""

_EXPERIMENTAL: Final = frozenset({"domainNames"})
"""Fields of the experimental channel of the network policy API, which the vendors do not ship."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """The schema of a kind."""

    schema: Mapping[str, Any]
    validator: Any

    def problems(self, data: Mapping[str, Any]) -> list[str]:
        """What the API server would say against an object."""
        found = [f"{error.json_path}: {error.message}" for error in self.validator.iter_errors(data)]
        return found + list(_problems(self.schema, data, "$"))


@cache
def resource(api_version: str, kind: str) -> Resource | None:
    """The schema of a kind; None where no vendor ships one (kinds of Kubernetes itself)."""
    path = CRDS / f"{api_version.replace('/', '_')}_{kind}.json"
    if not path.exists():
        return None
    schema = json.loads(path.read_text(encoding="utf-8"))
    extend: Any = jsonschema.validators.extend
    checked = extend(jsonschema.Draft202012Validator, {"pattern": _pattern})
    return Resource(schema=schema, validator=checked(schema, format_checker=_FORMATS))


def _pattern(_validator: object, pattern: str, instance: object, _schema: object) -> Iterator[Any]:
    """Patterns are Go's, which Python's own module does not read all of."""
    if isinstance(instance, str) and re2.search(pattern, instance) is None:
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern}")


_FORMATS: Final = jsonschema.FormatChecker(formats=())


@_FORMATS.checks("cidr", raises=ValueError)
def _is_cidr(text: object) -> bool:
    return not isinstance(text, str) or ("/" in text and bool(ip_network(text, strict=False)))


def _problems(schema: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
    """What JSON Schema knows nothing of."""
    if schema.get("x-kubernetes-int-or-string") and not isinstance(value, int | str):
        yield f"{path}: {value!r} is neither a number nor a string"
    for rule in schema.get(_RULES, ()):
        if not _holds(rule["rule"], json.dumps(value)):
            yield f"{path}: {rule.get('message') or rule['rule']}"
    match value:
        case dict():
            yield from _fields(schema, value, path)
        case list():
            if schema.get("x-kubernetes-list-type") == "set" and len({json.dumps(each) for each in value}) < len(value):
                yield f"{path}: an item is there twice"
            keys = schema.get("x-kubernetes-list-map-keys")
            if keys and len({json.dumps([each.get(key) for key in keys]) for each in value}) < len(value):
                yield f"{path}: two items have the same {', '.join(keys)}"
            for index, each in enumerate(value):
                yield from _problems(schema.get("items", {}), each, f"{path}[{index}]")
        case _:
            return


def _fields(schema: Mapping[str, Any], value: Mapping[str, Any], path: str) -> Iterator[str]:
    known, more = schema.get("properties"), schema.get("additionalProperties")
    for name, each in value.items():
        here = f"{path}.{name}"
        if known is not None and name in known:
            if not (path == "$" and name in _PRESERVED):
                yield from _problems(known[name], each, here)
        elif isinstance(more, Mapping):
            yield from _problems(more, each, here)
        elif known is not None and name not in _EXPERIMENTAL and not (path == "$" and name in _PRESERVED):
            yield f"{here}: unknown field"


@cache
def _program(rule: str) -> Any:
    return cel.compile(rule)


@cache
def _holds(rule: str, value: str) -> bool:
    """Whether a CEL rule holds for a value, given as JSON so that answers can be kept."""
    context = cel.Context({"self": json.loads(value)})
    context.add_function("isCIDR", _is_strict_cidr)
    return bool(_program(rule).execute(context))


def _is_strict_cidr(text: str) -> bool:
    """``isCIDR`` of the API server's CEL library."""
    try:
        return _is_cidr(text)
    except ValueError:
        return False
