"""Layer 7 matches of the IR → ``http``, ``grpc`` and ``websocket``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from translator.dialects.access.emit_ends import NotLegalError
from translator.dialects.access.requests import ANY_VALUE, GET, POST, REGEX, UPGRADE
from translator.dialects.access.templates import grpc_text, host_text, path_template
from translator.ir.layer7 import HttpMatch, Pattern, Syntax

EVERY_PATH: Final = "/**?*"
_METHODS: Final = re.compile(r"[A-Z][A-Z-]*(\|[A-Z][A-Z-]*)*\Z")
_ANY_PATH: Final = frozenset({".*", "/.*"})
"""Expressions that every path matches."""


def request_fields(matches: Sequence[HttpMatch]) -> dict[str, list[Any]]:
    """The fields that say which requests pass: gRPC methods and WebSockets apart where that keeps the order."""
    special = [(_grpc(each), _websocket(each)) for each in matches]
    kinds = ["grpc" if grpc else "websocket" if socket else "http" for grpc, socket in special]
    if kinds != sorted(kinds, key=("http", "grpc", "websocket").index):
        return {"http": [_item(each) for each in matches]}
    written: dict[str, list[Any]] = {}
    for kind, match, (grpc, socket) in zip(kinds, matches, special, strict=True):
        written.setdefault(kind, []).append(grpc or socket or _item(match))
    return written


def _grpc(match: HttpMatch) -> str | None:
    if match.methods != POST or match.hosts is not None or match.headers or not match.paths:
        return None
    template = path_template(match.paths[0].text) if len(match.paths) == 1 else None
    return grpc_text(template) if template else None


def _websocket(match: HttpMatch) -> str | None:
    if match.methods != GET or match.hosts is not None or match.headers != (UPGRADE,):
        return None
    if match.paths is None:
        return EVERY_PATH
    return path_template(match.paths[0].text) if len(match.paths) == 1 else None


def _item(match: HttpMatch) -> Any:
    """One line where that says it, else the long form."""
    methods, paths = _methods(match.methods), _path(match.paths)
    if match.extras:
        raise NotLegalError("actions on headers")
    is_plain = match.hosts is None and not match.headers and not methods.startswith(REGEX)
    if is_plain:
        return f"{methods} {paths}"
    written: dict[str, Any] = {} if methods == "*" else {"method": methods}
    if paths.startswith(REGEX):
        written["regex"] = paths.removeprefix(REGEX)
    elif paths != EVERY_PATH:
        written["path"] = paths
    if match.hosts is not None:
        written["host"] = _host(match.hosts)
    if match.headers:
        written["headers"] = {each.name: ANY_VALUE if each.value is None else each.value for each in match.headers}
    return written


def _methods(patterns: tuple[Pattern, ...] | None) -> str:
    if patterns is None:
        return "*"
    texts = [pattern.text for pattern in patterns]
    if all(_METHODS.match(text) for text in texts):
        return "|".join(texts)
    return f"{REGEX}{_expression(patterns)}"


def _path(patterns: tuple[Pattern, ...] | None) -> str:
    if patterns is None or (len(patterns) == 1 and patterns[0].text in _ANY_PATH):
        return EVERY_PATH
    expression = _expression(patterns)
    return path_template(expression) or f"{REGEX}{expression}"


def _host(patterns: tuple[Pattern, ...]) -> str:
    expression = _expression(patterns)
    return host_text(expression) or f"{REGEX}{expression}"


def _expression(patterns: Sequence[Pattern]) -> str:
    """Alternatives in one expression; flags of one must not reach into the next."""
    if any(pattern.syntax is not Syntax.REGEX for pattern in patterns) or not patterns:
        raise NotLegalError("a pattern that is no regular expression")
    texts = [pattern.text for pattern in patterns]
    return texts[0] if len(texts) == 1 else "|".join(f"(?:{text})" for text in texts)
