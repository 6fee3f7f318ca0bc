"""Request paths as each engine reads them before it compares: Calico's checker and Cilium's Envoy."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_ESCAPE: Final = re.compile("%([0-9A-Fa-f]{2})")
_BAD_ESCAPE: Final = re.compile("%(?![0-9A-Fa-f]{2})")
_LEFT_ENCODED: Final = re.compile("\0|%(?:2[eEfF]|5[cC])")
_SLASHES: Final = re.compile("//+")
_PASSED: Final = frozenset("!$&'()*+,-./0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~")
"""Characters that Envoy leaves in a path; every other is percent-encoded."""
_DECODED: Final = frozenset("-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~")
"""Characters whose percent-encoding Envoy undoes (RFC 3986 unreserved)."""
_PLAIN: Final = _PASSED - frozenset(";")
_HEX: Final = frozenset("0123456789abcdefABCDEF")


def to_bytes(text: str) -> str:
    """The UTF-8 bytes of a text, each as the character of the same number: what both engines compare."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def percent_encoded(path: str) -> str:
    """How a path of Calico's normal form stands in a request."""
    if _PLAIN.issuperset(path):
        return path
    return "".join(char if char in _PLAIN else f"%{ord(char):02X}" for char in path)


@lru_cache(maxsize=8192)
def calico_path(path: str) -> str | None:
    """A path of a request or a rule as Calico compares it, in bytes; None never matches (calico.md 4.5, steps 1 to 5).

    A path that does not begin with ``/`` never matches as a rule; as a request it is an error that callers see to.
    """
    if not path.startswith("/"):
        return None
    raw = re.split("[?#]", to_bytes(path), maxsplit=1)[0]
    if _BAD_ESCAPE.search(raw):
        return None
    decoded = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), raw)
    if _LEFT_ENCODED.search(decoded):
        return None
    segments: list[str] = []
    for segment in decoded.replace("\\", "/").split("/"):
        name = segment.partition(";")[0]
        if name == "..":
            del segments[-1:]
        elif name not in ("", "."):
            segments.append(name)
    return "/" + "/".join(segments)


@lru_cache(maxsize=8192)
def envoy_path(path: str) -> str | None:
    """A request path as Cilium's Envoy compares and forwards it; None where Envoy refuses the request itself.

    Envoy decodes slashes (and sends the client there), resolves dot segments, decodes unreserved characters, encodes
    what may not stand in a path, and merges slashes; the query stays as it is (cilium.md 8.2; Envoy's
    ``maybeNormalizePath`` and the path canonicalisation of its URL library). It refuses a fragment, a NUL and a path
    that does not begin with ``/``.
    """
    if not path.startswith("/") or "#" in path:
        return None
    before, mark, query = path.partition("?")
    slashes = re.sub("%2[fF]", "/", to_bytes(before))
    resolved = _resolve(re.sub("%5[cC]", r"\\", slashes))
    return None if resolved is None else _SLASHES.sub("/", resolved) + mark + query


def _resolve(path: str) -> str | None:
    """Dot segments resolved, escapes undone or added. Empty segments count here: slashes are merged afterwards."""
    segments: list[str] = []
    last = False
    for segment in path.replace("\\", "/").split("/")[1:]:
        dots = segment.replace("%2e", ".").replace("%2E", ".")
        last = dots in (".", "..")
        if dots == "..":
            del segments[-1:]
        elif dots != ".":
            canonical = _canonical_segment(segment)
            if canonical is None:
                return None
            segments.append(canonical)
    return "/" + "/".join([*segments, ""] if last else segments)


def _canonical_segment(segment: str) -> str | None:
    """One segment with its escapes canonical; None when it holds a NUL."""
    if _PASSED.issuperset(segment):
        return segment
    found: list[str] = []
    open_percent = -3
    at = 0
    while at < len(segment):
        char = segment[at]
        escape = _ESCAPE.match(segment, at)
        at += 3 if escape else 1
        if not escape:
            if char == "\0":
                return None
            if char == "%":
                open_percent = len(found)
            found += char if char in _PASSED or char == "%" else f"%{ord(char):02X}"
            continue
        decoded = chr(int(escape[1], 16))
        if decoded == "\0":
            return None
        if decoded not in _DECODED:
            found += escape[0]
            continue
        found.append(decoded)
        # A stray % must not become an escape by what was decoded behind it (``%%32f``).
        tail = found[open_percent + 1 :] if open_percent >= len(found) - 3 else []
        nested = tail if len(tail) == 2 else [*tail, *segment[at : at + 1]]
        if tail and len(nested) == 2 and _HEX.issuperset(nested):
            found[open_percent] = "%25"
            open_percent = -3
    return "".join(found)
