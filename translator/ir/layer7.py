"""What a rule asks of the application protocol: HTTP requests, DNS queries, and demands that only one engine knows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Syntax(StrEnum):
    """How the text of a layer 7 pattern is matched; each member is one vendor's exact rule."""

    EXACT = "exact"
    """The text itself."""
    REGEX = "regex"
    """An RE2 regular expression that must match the whole value (Envoy safe_regex; Cilium ``http``)."""
    CALICO_EXACT = "calico-exact"
    """Equal after Calico's normalisation of both sides (calico.md 4.5)."""
    CALICO_PREFIX = "calico-prefix"
    """A prefix in whole segments after Calico's normalisation of both sides (calico.md 4.5)."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern over the method, the path (query included), the host or a header value."""

    syntax: Syntax
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderMatch:
    """A header is present and, unless ``value`` is None, has exactly that value."""

    name: str
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpMatch:
    """One alternative of an HTTP rule; its parts are ANDed, None restricts nothing, the members of a part are ORed."""

    methods: tuple[Pattern, ...] | None = None
    paths: tuple[Pattern, ...] | None = None
    hosts: tuple[Pattern, ...] | None = None
    headers: tuple[HeaderMatch, ...] = ()
    extras: tuple[str, ...] = ()
    """Canonical text of header actions (LOG, ADD, DELETE, REPLACE, secrets) that no other engine can express."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsMatch:
    """DNS queries for names that the pattern matches (the language of ``Domain.pattern``; ``*`` is every name)."""

    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer7:
    """What a rule asks of the application protocol. ``http`` or ``dns`` is None when the rule does not speak it.

    An empty tuple matches no request at all. At layer 4 the rule counts as if this were absent.
    """

    http: tuple[HttpMatch, ...] | None = None
    dns: tuple[DnsMatch, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """An extra demand on otherwise matching traffic that only the source engine knows (authentication, TLS names,
    a proxy listener). Two conditions are the same when feature and text are."""

    feature: str
    text: str
