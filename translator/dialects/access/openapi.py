"""OpenAPI 3.0 and 3.1 descriptions → the requests that their operations are, as lines of ``http``.

The parser is openapi-spec-validator with jsonschema-path, the extra ``openapi``; both are imported only when a
description is read. References are followed into files, never into the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from translator.dialects.access.templates import path_expression
from translator.dialects.access.texts import TextError

if TYPE_CHECKING:
    from jsonschema_path import SchemaPath

_OPERATIONS: Final = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")
_UNFIT: Final = re.compile(r"[^A-Za-z0-9_.-]")
_FAULTS: Final = 5
"""How many faults of a description are shown."""
_INSTALL: Final = "install it: `pip install 'netpolx[openapi]'`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a description says, and what people have to look at."""

    requests: tuple[str, ...]
    """Lines of ``http``, paths in the order of the description."""
    ports: tuple[int, ...] = ()
    """The ports that its servers name."""
    review: tuple[str, ...] = ()
    """What could not be mapped, or only by a guess, each with its place in the description."""


@dataclass(slots=True, kw_only=True)
class _Reading:
    """The lines as they are found: template → methods."""

    methods: dict[str, list[str]] = field(default_factory=dict)
    review: list[str] = field(default_factory=list)

    def add(self, template: str, method: str) -> None:
        found = self.methods.setdefault(template, [])
        if method not in found:
            found.append(method)

    def note(self, where: SchemaPath, message: str) -> None:
        text = f"{_pointer(where)}: {message}"
        if text not in self.review:
            self.review.append(text)


def read_openapi(file: Path, base: str | None = None) -> Imported:
    """The operations of a description; ``base`` takes the place of the base paths of ``servers``. Raises TextError."""
    if base is not None and not base.startswith("/"):
        raise TextError(f"expected a base path that begins with `/`, found `{base}`", f"write `/{base}`")
    description, faults = _load(file)
    reading = _Reading(review=faults)
    try:
        servers = ("",) if base is not None else _bases(description, reading) or ("",)
        for template, item in _items(description / "paths"):
            if isinstance(template, str) and template.startswith("/"):
                _path(template, item, description, servers, reading, base=base)
        _uncovered(description, reading)
        ports = tuple(_ports(description))
    except Exception as error:  # whatever the libraries raise for references that lead nowhere
        raise TextError(f"cannot follow a reference in {file.name}: {_short(error)}", _REFERENCES) from None
    if not reading.methods:
        raise TextError(f"{file.name} describes no operation")
    lines = tuple(f"{'|'.join(methods)} {template}" for template, methods in reading.methods.items())
    return Imported(requests=lines, ports=ports, review=tuple(reading.review))


_REFERENCES: Final = "references into files are followed, those into the network are not: bundle the description"


def _load(file: Path) -> tuple[SchemaPath, list[str]]:
    """The description, its references yet to be followed, and what is wrong with it."""
    try:
        from jsonschema_path import SchemaPath  # noqa: PLC0415 - an extra
        from jsonschema_path.handlers.file import FilePathHandler  # noqa: PLC0415
        from openapi_spec_validator.shortcuts import get_validator_cls  # noqa: PLC0415
    except ImportError:
        raise TextError("reading OpenAPI needs a package that is not installed", _INSTALL) from None
    uri = file.resolve().as_uri()
    handler = FilePathHandler("file")
    try:
        data = handler(uri)
    except OSError as error:
        raise TextError(
            f"{file} cannot be read: {error.strerror or error}", "the path is relative to the spec"
        ) from None
    except Exception as error:  # of YAML and JSON, in their own words
        raise TextError(f"{file} is no YAML or JSON: {_short(error)}") from None
    version = data.get("openapi") if isinstance(data, dict) else None
    if not isinstance(version, str) or not version.startswith("3."):
        found = f"Swagger {data['swagger']}" if isinstance(data, dict) and "swagger" in data else f"`{version}`"
        raise TextError(f"expected OpenAPI 3.0 or 3.1 in {file.name}, found {found}", "convert it to OpenAPI 3")
    description = SchemaPath.from_dict(data, base_uri=uri, handlers={"file": handler})
    return description, list(_faults(get_validator_cls(data)(description)))


def _faults(validator: Any) -> Iterator[str]:
    """What is wrong with the description, the first few; it may be good enough all the same."""
    try:
        for error in islice(validator.iter_errors(), _FAULTS):
            yield f"#/{'/'.join(_escaped(step) for step in error.path)}: {_short(error)}"
    except Exception as error:  # a validator that stumbles says no more than one that finds a fault
        yield f"#/: the description could not be validated: {_short(error)}"


def _path(
    template: str,
    item: SchemaPath,
    description: SchemaPath,
    servers: Iterable[str],
    reading: _Reading,
    *,
    base: str | None,
) -> None:
    own = _bases(item, reading) if base is None else (base,)
    shared = list(_parameters(item))
    for method, operation in _items(item):
        if method in ("query", "additionalOperations"):
            reading.note(operation, "methods of OpenAPI 3.2 are left out")
        if method not in _OPERATIONS:
            continue
        nearest = _bases(operation, reading) if base is None else ()
        for each in nearest or own or tuple(servers):
            found = _template(each.rstrip("/") + template)
            if any(_asks_query([*shared, *_parameters(operation)], operation, description)):
                found += "?*"
            try:
                path_expression(found)
            except TextError as error:
                reading.note(operation, f"{method.upper()} {found} cannot be mapped: {error}")
                continue
            reading.add(found, str(method).upper())
        if "callbacks" in operation:
            reading.note(operation / "callbacks", "requests that the service sends: write them as `call`")


def _template(path: str) -> str:
    """The path with parameter names that a template can have."""
    return _VARIABLE.sub(lambda found: "{" + (_UNFIT.sub("_", found[1]).lstrip("0123456789.-") or "x") + "}", path)


def _asks_query(parameters: Iterable[Any], operation: SchemaPath, description: SchemaPath) -> Iterator[bool]:
    """Whether an operation takes a query: parameters in it, or a key that proves who asks."""
    yield from (parameter.get("in") in ("query", "querystring") for parameter in parameters)
    schemes = description / "components" / "securitySchemes"
    source = operation if "security" in operation else description
    for demand in (source / "security").read_value() if "security" in source else ():
        for name in demand:
            scheme = (schemes / name).read_value() if name in schemes else {}
            yield scheme.get("type") == "apiKey" and scheme.get("in") == "query"


def _parameters(node: SchemaPath) -> Iterator[Any]:
    if "parameters" in node:
        yield from (parameter.read_value() for _, parameter in (node / "parameters").items())


# -- servers ----------------------------------------------------------------------------------------------------------


def _bases(node: SchemaPath, reading: _Reading) -> tuple[str, ...]:
    """The base paths of a node's servers; ``()`` where it has none."""
    if "servers" not in node:
        return ()
    return tuple(dict.fromkeys(base for _, server in (node / "servers").items() for base in _base(server, reading)))


def _base(server: SchemaPath, reading: _Reading) -> Iterator[str]:
    """The paths that a server's address may have, one for each value of its variables."""
    url = (server / "url").read_value()
    path = urlsplit(_VARIABLE.sub("x", url)).path
    start = url.find("://") + 3 if "://" in url else 0
    slash = url.find("/", start)
    written = url[slash:] if path and slash >= 0 else ""
    names = list(dict.fromkeys(_VARIABLE.findall(written)))
    choices = [list(_values(server, name, reading)) for name in names]
    for values in product(*choices):
        chosen = dict(zip(names, values, strict=True))
        text = _VARIABLE.sub(lambda found, chosen=chosen: chosen[found[1]], written)
        yield "" if text == "/" else f"/{text.strip('/')}" if text else ""


def _values(server: SchemaPath, name: str, reading: _Reading) -> Iterator[str]:
    variables = server / "variables"
    found = (variables / name).read_value() if "variables" in server and name in variables else {}
    if found.get("enum"):
        yield from (str(value) for value in found["enum"])
        return
    default = str(found.get("default", name))
    reading.note(server, f"the variable `{name}` may be anything; its default `{default}` is taken")
    yield default


def _ports(description: SchemaPath) -> Iterator[int]:
    for _, server in (description / "servers").items() if "servers" in description else ():
        try:
            port = urlsplit(_VARIABLE.sub("x", (server / "url").read_value())).port
        except ValueError:
            continue
        if port is not None:
            yield port


# -- what is left -----------------------------------------------------------------------------------------------------


def _uncovered(description: SchemaPath, reading: _Reading) -> None:
    if "webhooks" in description:
        reading.note(description / "webhooks", "requests that the service sends: write them as `call`")


def _items(node: SchemaPath) -> Iterator[tuple[Any, SchemaPath]]:
    yield from node.items()


def _pointer(node: SchemaPath) -> str:
    return "#/" + "/".join(_escaped(step) for step in node.parts)


def _escaped(step: object) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")


def _short(error: object) -> str:
    return str(error).split("\n", maxsplit=1)[0][:160]
