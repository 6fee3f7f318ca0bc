"""Calico's own decoding: strict about unknown fields, lenient about letter case and scalars where text is wanted.

calicoctl takes ``Selector:`` for ``selector:`` and ``name: 12`` for ``name: "12"``; the API server refuses both
(calico.md 1.1). The result is plain data that the strict wire models accept.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin

from translator.errors import Finding, Gate, suggestion
from translator.origin import Origin
from translator.wire.base import Wire, shown

_WORDS: Final = {str: "text", int: "an integer", float: "a number", bool: "a boolean"}


def decode(model: type[Wire], data: Mapping[str, Any], origin: Origin) -> tuple[dict[str, Any], list[Finding]]:
    """Data as Go would hold it after decoding, field names and zero values included, and what it would refuse."""
    reader = _Decoder()
    return reader.object(model, data, origin), reader.findings


class _Decoder:
    """Collects findings while it walks data and model side by side."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def object(self, model: type[Wire], data: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
        """A struct: every field by its name in any letter case; of several spellings the last in order counts."""
        fields = _fields(model)
        found: dict[str, Any] = {}
        for key in sorted(data, key=str):
            name = str(key)
            known = fields.get(name.lower())
            if known is None:
                self._refuse(
                    origin.at(name),
                    f"unknown field `{name}`",
                    code="unknown-field",
                    hint=suggestion(name, [alias for alias, _, _ in fields.values()]),
                )
                continue
            alias, annotation, _ = known
            found[alias] = self.value(annotation, data[key], origin.at(name))
        for alias, annotation, required in fields.values():
            if required and found.get(alias) is None:
                found[alias] = "" if annotation is str else {}
        return found

    def value(self, annotation: Any, value: Any, origin: Origin) -> Any:
        """A value of a field; null is the zero value of what cannot be absent."""
        if get_origin(annotation) in (Union, UnionType):
            inner = tuple(each for each in get_args(annotation) if each is not NoneType)
            if value is None and len(inner) < len(get_args(annotation)):
                return None
            if set(inner) == {int, str}:
                return self._int_or_string(value, origin)
            annotation = inner[0]
        if get_origin(annotation) is list:
            return self._list(get_args(annotation)[0], value, origin)
        if get_origin(annotation) is dict:
            return self._map(get_args(annotation)[1], value, origin)
        if isinstance(annotation, type) and issubclass(annotation, Wire):
            if value is None:
                return {}
            if not isinstance(value, Mapping):
                return self._refuse(origin, f"expected a mapping, found {shown(value)}")
            return self.object(annotation, value, origin)
        return self._scalar(annotation, value, origin)

    def _list(self, item: Any, value: Any, origin: Origin) -> Any:
        if not isinstance(value, list):
            return self._refuse(origin, f"expected a list, found {shown(value)}")
        return [self.value(item, each, origin.at(position)) for position, each in enumerate(value)]

    def _map(self, item: Any, value: Any, origin: Origin) -> Any:
        if not isinstance(value, Mapping):
            return self._refuse(origin, f"expected a mapping, found {shown(value)}")
        return {str(key): self.value(item, each, origin.at(str(key))) for key, each in value.items()}

    def _int_or_string(self, value: Any, origin: Origin) -> Any:
        """Ports and protocols decode themselves: no booleans, no fractions; null is 0."""
        if value is None:
            return 0
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int | str):
            return self._refuse(origin, f"expected a number or text, found {shown(value)}")
        return value

    def _scalar(self, annotation: Any, value: Any, origin: Origin) -> Any:
        if annotation is str and isinstance(value, bool | int | float):
            return str(value).lower() if isinstance(value, bool) else _number_text(value)
        if annotation in (int, float) and isinstance(value, int | float) and not isinstance(value, bool):
            if annotation is float:
                return float(value)
            if float(value).is_integer():
                return int(value)
        elif annotation is Any or (isinstance(annotation, type) and isinstance(value, annotation)):
            return value
        elif value is None and annotation in _WORDS:
            return annotation()
        return self._refuse(origin, f"expected {_WORDS.get(annotation, 'another type')}, found {shown(value)}")

    def _refuse(self, origin: Origin, message: str, *, code: str = "wrong-type", hint: str | None = None) -> None:
        self.findings.append(Finding(message=message, origin=origin, gate=Gate.CALICO, code=code, hint=hint))


@lru_cache(maxsize=256)
def _fields(model: type[Wire]) -> dict[str, tuple[str, Any, bool]]:
    """Lower-case name → the name, its type, and whether the strict model demands it."""
    return {
        (info.alias or name).lower(): (info.alias or name, info.annotation, info.is_required())
        for name, info in model.model_fields.items()
    }


def _number_text(value: float) -> str:
    """A number as sigs.k8s.io/yaml turns it into text."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return str(value)
