"""Path templates, methods and hosts as people write them ↔ the expressions that Envoy compares.

Envoy matches the whole path with its query, after it has normalised the path (cilium.md 8.2).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from translator.dialects.access.texts import TextError
from translator.semantics.languages.paths import envoy_path

SEGMENT: Final = "[^/?]+"
INSIDE: Final = "[^/?]*"
REST: Final = "[^?]*"
ANY_QUERY: Final = r"(\?.*)?"
EVERYTHING_BELOW: Final = "/.*"
"""A rest with any query: shorter than the two one after the other, and the same."""
VALUE: Final = "[^&]*"
ANY_PORT: Final = "(:[0-9]+)?"
HOST_PART: Final = "[^.:]*"

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
_METHOD: Final = re.compile(r"[A-Z][A-Z-]*\Z")
_SPECIAL: Final = frozenset(r"\.+*?()|[]{}^$")
_SLASH: Final = re.compile(r"%(2[fF]|5[cC])|\\")
"""Slashes in other clothes: Envoy makes plain ones of them."""
_PARAMETER: Final = re.compile(r"\{[A-Za-z_][A-Za-z0-9_.-]*\}")
_HOST: Final = re.compile(r"[a-z0-9*]([a-z0-9*-]*[a-z0-9*])?(\.[a-z0-9*]([a-z0-9*-]*[a-z0-9*])?)*(:[0-9]{1,5})?\Z")


def escaped(text: str) -> str:
    """The RE2 expression that matches exactly a text."""
    return "".join(f"\\{char}" if char in _SPECIAL else char for char in text)


# -- paths ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def path_expression(template: str) -> str | None:
    """template := path ["?" query]; None for ``/**?*``, which every request has. Raises TextError."""
    path, mark, query = template.partition("?")
    if not path.startswith("/"):
        raise TextError(f"expected a path that begins with `/`, found `{template}`", f"write `/{template}`")
    found = _path(path)
    if not mark:
        return found
    if query != "*":
        return found + r"\?" + _query(query)
    if path.endswith("/**"):
        below = found.removesuffix(f"/{REST}") + EVERYTHING_BELOW
        return None if below == EVERYTHING_BELOW else below
    return found + ANY_QUERY


def _path(path: str) -> str:
    """path := ("/" segment)* ["/**"]"""
    *segments, last = path[1:].split("/")
    if any("**" in segment for segment in segments) or ("**" in last and last != "**"):
        raise TextError(
            f"`**` is all the rest of a path, so it stands alone behind the last `/`, found `{path}`",
            "use `*` for a part of a segment, `{name}` for a whole one, or `regex:`",
        )
    if any(not segment for segment in segments):
        raise TextError(f"`{path}` has an empty segment, which no request keeps: `//` arrives as `/`")
    written = [_segment(segment, path) for segment in segments]
    return "/" + "/".join([*written, REST if last == "**" else _segment(last, path)])


def _segment(segment: str, path: str) -> str:
    """segment := (literal | "{" name "}" | "*")*"""
    if segment == "*":
        return SEGMENT
    parts = _PARAMETER.split(segment)
    literals = [part for each in parts for part in each.split("*")]
    for literal in literals:
        _check_literal(literal, path)
    return SEGMENT.join(INSIDE.join(escaped(part) for part in each.split("*")) for each in parts)


def _check_literal(literal: str, path: str) -> None:
    """What stands in a template must be what arrives behind Envoy's normalisation, or it would never match."""
    if "{" in literal or "}" in literal:
        raise TextError(
            f"expected `{{name}}` around a parameter, found a lone brace in `{path}`",
            "a name begins with a letter; a brace itself is written `%7B` or `%7D`",
        )
    if literal in (".", "..") or _SLASH.search(literal):
        raise TextError(f"no request keeps `{literal}` in its path: Envoy resolves it, so `{path}` would never match")
    arrives = envoy_path(f"/{literal}")
    if arrives is None:
        raise TextError(f"no request can have the path `{path}`: `#` begins a fragment, which is never sent")
    if arrives != f"/{literal}":
        raise TextError(
            f"a request for `{path}` arrives with `{arrives[1:]}` where `{literal}` stands, so it would never match",
            f"write `{arrives[1:]}`",
        )


def _query(query: str) -> str:
    """query := "*" | (character | "*")*, where the star is any value up to the next ``&``"""
    if not query:
        raise TextError("expected a query behind `?`", "write `?*` for any query or none")
    if "#" in query or any(char.isspace() for char in query):
        raise TextError(f"no request can have the query `?{query}`")
    return VALUE.join(escaped(part) for part in query.split("*"))


@lru_cache(maxsize=4096)
def path_template(expression: str) -> str | None:
    """The template of an expression; None when it is not of a template's shape."""
    text, query = expression, ""
    if text.endswith(ANY_QUERY):
        text, query = text.removesuffix(ANY_QUERY), "?*"
    elif text.endswith(EVERYTHING_BELOW):
        text, query = text.removesuffix(EVERYTHING_BELOW) + f"/{REST}", "?*"
    path, mark, rest = text.partition(r"\?")
    if mark and not query:
        query = "?" + rest.replace(VALUE, "*")
    segments = ["**" if segment == REST else _written(segment) for segment in _split(path)]
    template = re.sub(r"\\(.)", r"\1", "/".join(segments) + query)
    try:
        return template if path_expression(template) == expression else None
    except TextError:
        return None


def _split(expression: str) -> list[str]:
    """The segments of an expression; slashes within brackets separate none."""
    return re.split(r"/(?!\?\])", expression)


def _written(segment: str) -> str:
    if segment == SEGMENT:
        return "*"
    return segment.replace(SEGMENT, "{x}").replace(INSIDE, "*")


# -- methods and hosts ------------------------------------------------------------------------------------------------


def methods(text: str) -> tuple[str, ...] | None:
    """methods := "*" | method ("|" method)*; None is any method. Raises TextError."""
    if text == "*":
        return None
    found = tuple(dict.fromkeys(text.split("|")))
    for method in found:
        if not _METHOD.match(method):
            upper = method.upper()
            hint = f"did you mean `{upper}`?" if _METHOD.match(upper) else "write `*` for any method"
            raise TextError(f"expected a method such as GET, or several as GET|HEAD, found `{method}`", hint)
    return found


@lru_cache(maxsize=1024)
def host_expression(host: str) -> str:
    """host := name [":" port], where a star is a part of one label. Raises TextError.

    What a request names may have a port (cilium.md 8.2), so without one here any may follow.
    """
    if not _HOST.match(host):
        lower = host.lower()
        raise TextError(
            f"expected a host name such as api.example.com, found `{host}`",
            f"did you mean `{lower}`?" if _HOST.match(lower) else None,
        )
    found = HOST_PART.join(escaped(part) for part in host.split("*"))
    return found if ":" in host else found + ANY_PORT


def host_text(expression: str) -> str | None:
    """The host of an expression; None when it is not of a host's shape."""
    text = re.sub(r"\\(.)", r"\1", expression.removesuffix(ANY_PORT).replace(HOST_PART, "*"))
    try:
        return text if host_expression(text) == expression else None
    except TextError:
        return None


# -- gRPC -------------------------------------------------------------------------------------------------------------

_GRPC: Final = re.compile(r"([A-Za-z_]\w*\.)*[A-Za-z_]\w*/([A-Za-z_]\w*|\*)\Z", re.ASCII)


def grpc_template(text: str) -> str:
    """rpc := [package "."] service "/" (method | "*"): the path that a gRPC client posts to. Raises TextError."""
    if not _GRPC.match(text):
        bare = text.strip("/")
        hint = None
        if _GRPC.match(bare):
            hint = f"write `{bare}`"
        elif _GRPC.match(f"{bare}/*"):
            hint = f"write `{bare}/*` for every method of the service"
        raise TextError(f"expected package.Service/Method, found `{text}`", hint)
    return f"/{text}"


def grpc_text(template: str) -> str | None:
    """The gRPC method of a path template; None when it is none (only names with a package are taken for gRPC)."""
    text = template.removeprefix("/")
    return text if _GRPC.match(text) and "." in text.partition("/")[0] else None
