"""HTTP, gRPC and WebSocket items ↔ layer 7 matches of the IR."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from translator.dialects.access.model import Connection, HttpObject, OpenApiObject
from translator.dialects.access.openapi import read_openapi
from translator.dialects.access.reporting import Reporter
from translator.dialects.access.templates import METHODS, grpc_template, host_expression, methods, path_expression
from translator.dialects.access.texts import TextError
from translator.errors import suggestion
from translator.ir.layer7 import HeaderMatch, HttpMatch, Pattern, Syntax
from translator.origin import Origin
from translator.semantics.languages.re2 import BadExpression, parse_re2

REGEX: Final = "regex:"
UPGRADE: Final = HeaderMatch(name="Upgrade", value="websocket")
"""How a request asks for a WebSocket (RFC 6455 4.1); every client writes the value so."""
GET: Final = (Pattern(Syntax.EXACT, "GET"),)
POST: Final = (Pattern(Syntax.EXACT, "POST"),)
ANY_VALUE: Final = "*"
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


def matches_of(connection: Connection, origin: Origin, report: Reporter) -> tuple[HttpMatch, ...] | None:
    """The requests that a connection lets through; None where it does not look at them."""
    written = (connection.http, connection.grpc, connection.websocket)
    if all(items is None for items in written):
        return None
    for name, items in zip(("http", "grpc", "websocket"), written, strict=True):
        if items is not None and not items:
            report.error(origin.at(name), "an empty list lets no request through", "list requests, or leave it out")
    found = (
        *_each(connection.http or (), origin.at("http"), report),
        *_texts(connection.grpc or (), origin.at("grpc"), report, _grpc),
        *_texts(connection.websocket or (), origin.at("websocket"), report, _websocket),
    )
    return tuple(dict.fromkeys(found))


def imported(wanted: OpenApiObject, origin: Origin, report: Reporter) -> tuple[HttpMatch, ...]:
    """The operations of an OpenAPI description; what it says beyond them is for people to review."""
    folder = Path() if origin.file == "-" else Path(origin.file).parent
    found = report.read(origin, read_openapi, folder / wanted.file, wanted.base)
    if found is None:
        return ()
    for remark in found.review:
        report.warning(origin, f"{wanted.file}{remark}", code="openapi-review")
    return tuple(_line(text, origin, report) for text in found.requests)


def _each(items: Iterable[str | HttpObject], origin: Origin, report: Reporter) -> Iterator[HttpMatch]:
    for index, item in enumerate(items):
        at = origin.at(index)
        found = _object(item, at, report) if isinstance(item, HttpObject) else report.read(at, _line, item, at, report)
        if found is not None:
            yield found


def _texts(
    items: Iterable[str], origin: Origin, report: Reporter, read: Callable[[str], HttpMatch]
) -> Iterator[HttpMatch]:
    for index, item in enumerate(items):
        found = report.read(origin.at(index), read, item)
        if found is not None:
            yield found


def _line(text: str, origin: Origin, report: Reporter) -> HttpMatch:
    """item := methods " " (template | "regex:" expression). Raises TextError."""
    method, blank, path = text.partition(" ")
    if not blank:
        if text.startswith(("/", REGEX)):
            raise TextError(f"expected METHOD /path, found `{text}`", f"write `* {text}` for any method")
        raise TextError(f"expected METHOD /path, found `{text}`", f"write `{text} /**?*` for every path")
    path = path.strip()
    if path.startswith(REGEX):
        return HttpMatch(methods=_methods(method, origin, report), paths=_regex(path.removeprefix(REGEX)))
    return HttpMatch(methods=_methods(method, origin, report), paths=_path(path))


def _object(item: HttpObject, origin: Origin, report: Reporter) -> HttpMatch | None:
    if item.path is not None and item.regex is not None:
        report.error(origin.at("regex"), "`path` and `regex` both say which paths: only one of them may stand here")
        return None
    if not item.model_fields_set:
        report.error(origin, "an empty request says nothing", "write `* /**?*` for every request")
        return None
    methods_at = origin.at("method")
    chosen = None if item.method is None else report.read(methods_at, _methods, item.method, methods_at, report)
    paths = None if item.path is None else report.read(origin.at("path"), _path, item.path)
    if item.regex is not None:
        paths = report.read(origin.at("regex"), _regex, item.regex)
    return HttpMatch(
        methods=chosen,
        paths=paths,
        hosts=None if item.host is None else report.read(origin.at("host"), _host, item.host),
        headers=tuple(_headers(item.headers or {}, origin.at("headers"), report)),
    )


def _methods(text: str, origin: Origin, report: Reporter) -> tuple[Pattern, ...] | None:
    if text.startswith(REGEX):
        return _regex(text.removeprefix(REGEX))
    names = methods(text)
    if names is None:
        return None
    for name in names:
        hint = suggestion(name, METHODS) if name not in METHODS else None
        if hint is not None:
            report.warning(origin, f"`{name}` is no common HTTP method", hint, code="unknown-method")
    return tuple(Pattern(Syntax.EXACT, name) for name in names)


def _path(template: str) -> tuple[Pattern, ...] | None:
    found = path_expression(template)
    return None if found is None else (Pattern(Syntax.REGEX, found),)


def _host(text: str) -> tuple[Pattern, ...]:
    if text.startswith(REGEX):
        return _regex(text.removeprefix(REGEX))
    return (Pattern(Syntax.REGEX, host_expression(text)),)


def _regex(text: str) -> tuple[Pattern, ...]:
    if not text:
        raise TextError("an empty expression would be no demand at all", "leave it out")
    try:
        parse_re2(text)
    except BadExpression as error:
        hint = "Envoy takes RE2: no look-around, no back-references, no possessive quantifiers"
        raise TextError(f"expected an RE2 expression, found `{text}` ({error})", hint) from None
    return (Pattern(Syntax.REGEX, text),)


def _headers(headers: dict[str, str], origin: Origin, report: Reporter) -> Iterator[HeaderMatch]:
    for name, value in headers.items():
        if not _HEADER.match(name):
            report.error(origin.at(name), f"expected the name of a header, found `{name}`")
        elif not value:
            report.error(origin.at(name), "an empty value cannot be asked for", 'write "*" for any value')
        else:
            yield HeaderMatch(name=name, value=None if value == ANY_VALUE else value)


def _grpc(text: str) -> HttpMatch:
    return HttpMatch(methods=POST, paths=_path(grpc_template(text)))


def _websocket(text: str) -> HttpMatch:
    return HttpMatch(methods=GET, paths=_path(text), headers=(UPGRADE,))
