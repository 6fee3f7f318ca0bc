"""Concrete matching of requests and names, exactly as each engine does it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, assert_never

from translator.errors import NetpolxError
from translator.ir.layer7 import HeaderMatch, HttpMatch, Pattern, Syntax
from translator.semantics.languages.domains import cluster_network_policy_domain, domain_matches
from translator.semantics.languages.paths import calico_path, envoy_path

if TYPE_CHECKING:
    from translator.semantics.languages.states import Matcher

_CALICO: Final = frozenset({Syntax.CALICO_EXACT, Syntax.CALICO_PREFIX})


class InvalidRequest(NetpolxError):  # noqa: N818 - the request is at fault, not the program
    """Calico refuses the request whatever the other rules say: its path does not begin with ``/`` (calico.md 4.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request as it comes in; None is an attribute that the request does not have."""

    method: str | None = None
    path: str | None = None
    """With the query, before any normalisation."""
    host: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Names in any case."""


def http_matches(match: HttpMatch, request: HttpRequest) -> bool:
    """Whether one alternative of an HTTP rule matches a request. Raises InvalidRequest.

    Calico's checker looks at the method first and at the path only when that matched, and takes a missing method or
    path for a match; Envoy compares what is there.
    """
    return (
        (match.methods is None or _method_matches(match.methods, request.method))
        and (match.paths is None or _path_matches(match.paths, request.path))
        and (match.hosts is None or _host_matches(match.hosts, request.host))
        and all(_header_matches(header, request.headers) for header in match.headers)
    )


def pattern_matches(pattern: Pattern, value: str) -> bool:
    """Whether a pattern matches a value as it stands; Calico's paths normalise both sides.

    A regular expression that RE2 refuses matches nothing: the agent accepts such hosts and Envoy then fails them.
    Raises Undecided for expressions over Unicode scripts.
    """
    match pattern.syntax:
        case Syntax.EXACT:
            return value == pattern.text
        case Syntax.REGEX:
            compiled = _compiled(pattern.text)
            return compiled is not None and compiled(value)
        case Syntax.CALICO_EXACT:
            path = calico_path(value)
            return path is not None and path == calico_path(pattern.text)
        case Syntax.CALICO_PREFIX:
            path, prefix = calico_path(value), calico_path(pattern.text)
            if path is None or prefix is None:
                return False
            return prefix in (path, "/") or path.startswith(prefix + "/")
        case _:
            assert_never(pattern.syntax)


def _method_matches(patterns: Iterable[Pattern], method: str | None) -> bool:
    if method is None:
        return any(pattern.syntax is not Syntax.REGEX for pattern in patterns)
    return any(pattern_matches(pattern, method) for pattern in patterns)


def _path_matches(patterns: tuple[Pattern, ...], path: str | None) -> bool:
    """Calico's rules read the path as it came, all others as Envoy has normalised it."""
    calico = any(pattern.syntax in _CALICO for pattern in patterns)
    if path is None:
        return calico
    if calico and not path.startswith("/"):
        raise InvalidRequest
    forwarded = envoy_path(path)
    return any(
        pattern_matches(pattern, path)
        if pattern.syntax in _CALICO
        else forwarded is not None and pattern_matches(pattern, forwarded)
        for pattern in patterns
    )


def _host_matches(patterns: Iterable[Pattern], host: str | None) -> bool:
    return host is not None and any(pattern_matches(pattern, host) for pattern in patterns)


def _header_matches(header: HeaderMatch, headers: Mapping[str, str]) -> bool:
    name = header.name.lower()
    return any(
        key.lower() == name and (header.value is None or value == header.value) for key, value in headers.items()
    )


@lru_cache(maxsize=4096)
def _compiled(text: str) -> Matcher | None:
    """The matcher of a regular expression, None for one that RE2 refuses."""
    # Loaded with the first expression: flows and their requests are on the way of every start.
    from translator.semantics.languages.re2 import BadExpression, parse_re2  # noqa: PLC0415
    from translator.semantics.languages.states import matcher  # noqa: PLC0415

    try:
        return matcher(parse_re2(text))
    except BadExpression:
        return None


__all__ = [
    "HttpRequest",
    "InvalidRequest",
    "cluster_network_policy_domain",
    "domain_matches",
    "envoy_path",
    "http_matches",
    "pattern_matches",
]
