"""Which texts can arrive in each part of a request, and Calico's path rules as languages over them.

Paths are taken as Envoy forwards them: both engines' layer 7 sits behind an Envoy (Cilium's own; Dikastes is asked by
one), so the universe is the set of paths that Envoy's normalisation leaves as they are. A path with dot segments,
double slashes, backslashes or encoded letters stands for its normal form, and a path that Envoy refuses (``#``, NUL)
does not arrive. In that universe ``clean`` paths have neither ``%`` nor ``;`` before the query and both engines read
them alike; the others are ``odd``: Calico decodes them once more and cuts segments at ``;``.

Calico's reading of odd paths is exact here, with one exception. A segment such as ``..;x`` is ``..`` to Calico and a
name to Envoy, so what it takes back may lie any number of segments before: no regular language. Paths with such
segments are taken into account where they lead Calico back to the root (``/a/b/..;/..;/c``), and wherever no
expression's answer depends on the rest of the path; see ``walks``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from translator.ir.layer7 import Pattern, Syntax
from translator.semantics.languages.expressions import Chain, Characters, Choice, Expression, Repetition
from translator.semantics.languages.paths import calico_path
from translator.semantics.languages.programs import Program
from translator.semantics.languages.re2 import parse_re2
from translator.semantics.languages.states import Matcher
from translator.semantics.languages.tables import Table, minimal

_H: Final = "[0-9A-Fa-f]"
_NAME: Final = r"[!$&-\-0-;=@-\[\]_a-z~]"
"""What may stand in a path as it is, but ``.``, ``/`` and ``%``."""
_NAME_NOT_HEX: Final = r"[!$&-\-:;=@G-\[\]_g-z~]"
_KEPT: Final = (
    f"%(?:0[1-9a-fA-F]|1{_H}|2[0-9a-cA-C]|3[a-fA-F]|40|5[bdeBDE]|60|7[bcdfBCDF]|[89a-fA-F]{_H})"  # all but unreserved
)
_STRAY: Final = f"(?:(?:%{_H}?)+)"
"""Percent signs that begin no escape; what follows must not complete one."""
_PART: Final = rf"(?:{_NAME}|{_KEPT}|{_STRAY}(?:{_NAME_NOT_HEX}|\.|{_KEPT}))"
_SEGMENT: Final = rf"(?:(?:{_PART}|\.{_PART}|\.\.(?:\.|{_PART}))(?:\.|{_PART})*{_STRAY}?|\.{{0,2}}{_STRAY})"
_CLEAN: Final = r"[!$&-\-0-:=@-\[\]_a-z~]"
_CLEAN_SEGMENT: Final = rf"(?:(?:{_CLEAN}|\.{_CLEAN}|\.\.(?:\.|{_CLEAN}))(?:\.|{_CLEAN})*)"
_QUERY: Final = r"(?:\?[!-\"$-~]*)?"

UNIVERSES: Final = {
    "path": f"/(?:{_SEGMENT}(?:/{_SEGMENT})*/?)?{_QUERY}",
    "clean path": f"/(?:{_CLEAN_SEGMENT}(?:/{_CLEAN_SEGMENT})*/?)?{_QUERY}",
    "method": "[!#$%&'*+.^_`|~0-9A-Za-z-]+",
    "host": r"[!$%&'()*+,.:;=@\[\]_~0-9A-Za-z-]*",
    "header": r"[\t -~]*",
    "name": r"[0-9a-z_-]+(?:\.[0-9a-z_-]+)*",
    "label": "(?:[0-9A-Za-z](?:[0-9A-Za-z._-]*[0-9A-Za-z])?)?",
}
"""Component → what can arrive, as RE2."""

_LETTERS: Final = "xyzabcdefghijklmnopqrstuvw"
PREFERRED: Final = {
    "path": _LETTERS + "0123456789/?.-_=",
    "clean path": _LETTERS + "0123456789/?.-_=",
    "method": _LETTERS.upper() + "-0123456789",
    "host": _LETTERS + "0123456789.:-",
    "header": _LETTERS + _LETTERS.upper() + "0123456789.-_ ",
    "name": _LETTERS + "0123456789.-_",
    "label": _LETTERS + "0123456789-._",
}
"""Component → the characters that read best in a sample."""

CANDIDATES: Final = {
    "path": ("/", "/x"),
    "method": ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "CONNECT", "TRACE", "get"),
    "host": ("example.com", "example.com:8080"),
    "header": ("x",),
    "name": ("example.com", "www.example.com", "example.org"),
    "label": ("x",),
}
"""Component → samples to show where they fit."""

ODD: Final = r"[^?]*[;%].*"
UNREADABLE: Final = rf"[^?]*(?:%(?:[^0-9A-Fa-f]|{_H}[^0-9A-Fa-f]).*|%{_H}?|%25(?:2[eEfF]|5[cC]).*)"
"""Paths that Calico refuses to read: a malformed escape, or an encoded dot or slash below an escape."""

_REST: Final = "(?:(?:;|%3[bB])[^/?]*)"
_LETTER_ESCAPE: Final = f"%(?:[0-24-9A-Fa-f]{_H}|3[0-9AaC-Fc-f])"
_NOT_DOT: Final = f"(?:[^.;/?%]|{_LETTER_ESCAPE})"
_ANY: Final = f"(?:[^;/?%]|{_LETTER_ESCAPE})"
_IGNORED: Final = rf"/\.?{_REST}?"
_DOWN: Final = rf"/(?:{_NOT_DOT}|\.{_NOT_DOT}|\.\.{_ANY}){_ANY}*{_REST}?"
_END: Final = r"(?:\?.*)?"
READABLE: Final = f"(?:{_IGNORED}|{_DOWN})*{_END}"
"""Paths without ``..;`` segments."""


ARRIVES: Final = -1
"""The tag of texts in a universe; for paths that are told apart, of clean ones."""
ODD_READABLE: Final = -2
ODD_UNREADABLE: Final = -3
_BY_KIND: Final = {ODD: -4, READABLE: -5, UNREADABLE: -6}


def universe(component: str) -> Expression:
    """What can arrive in a component."""
    return parse_re2(UNIVERSES[component])


@cache
def arrives(component: str) -> Matcher:
    """Whether a text can arrive in a component."""
    return Matcher(universe(component))


@cache
def universe_table(component: str) -> Table:
    """What can arrive in a component, as a table that accepts with ARRIVES."""
    return _table(universe(component), ARRIVES)


@cache
def odd_paths() -> Table:
    """Paths with ``%`` or ``;`` before the query; accepts with ODD_READABLE."""
    program = Program()
    universe_table("path").load(program)
    _table(parse_re2(ODD), ODD_READABLE).load(program)
    return minimal(program, lambda tags: (ODD_READABLE,) if len(tags) == 2 else ())


@cache
def odd_paths_by_kind() -> Table:
    """Odd paths without ``..;`` that Calico can read (ODD_READABLE), and all that it cannot (ODD_UNREADABLE)."""
    program = Program()
    universe_table("path").load(program)
    for expression, tag in _BY_KIND.items():
        _table(parse_re2(expression), tag).load(program)

    def kind(tags: frozenset[int]) -> tuple[int, ...]:
        if ARRIVES not in tags or _BY_KIND[ODD] not in tags:
            return ()
        if _BY_KIND[UNREADABLE] in tags:
            return (ODD_UNREADABLE,)
        return (ODD_READABLE,) if _BY_KIND[READABLE] in tags else ()

    return minimal(program, kind)


def _table(expression: Expression, tag: int) -> Table:
    program = Program()
    program.add(expression, tag)
    return minimal(program)


@dataclass(frozen=True, slots=True)
class _Steps:
    """How segments of a path may be read on the way through the trie."""

    ignored: str
    """A segment that stays where it is."""
    down: str
    """A segment that is a name."""
    rest: str
    """What may follow a name within its segment."""


_ODD_STEPS: Final = _Steps(_IGNORED, _DOWN, _REST)
_CLEAN_STEPS: Final = _Steps("/", "/[^/?%;]+", "")


class _Node:
    """A normalised path in the trie of all Calico rule paths."""

    __slots__ = ("children", "exact", "prefix")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.exact: list[int] = []
        self.prefix: list[int] = []


def add_calico(program: Program, patterns: Iterable[tuple[int, Pattern]], *, odd: bool) -> None:
    """Compile Calico's exact and prefix paths, each accepting under its number, as one trie of segments.

    ``odd`` False is for use within the clean paths only, where the program is much smaller.
    """
    root = _Node()
    for index, pattern in patterns:
        path = calico_path(pattern.text)
        if path is None:
            continue
        node = root
        for segment in filter(None, path.split("/")):
            node = node.children.setdefault(segment, _Node())
        (node.exact if pattern.syntax is Syntax.CALICO_EXACT else node.prefix).append(index)
    steps = _ODD_STEPS if odd else _CLEAN_STEPS
    program.start.append(_compile(program, root, steps))


def _compile(program: Program, node: _Node, steps: _Steps) -> int:
    """The place in the program where a path equals a node of the trie so far."""
    here = program.fork()
    targets = program.forks[here]
    if tags := (*node.exact, *node.prefix):
        targets.append(program.compile(parse_re2(_END), program.accept(tags)))
    targets.append(program.compile(parse_re2(steps.ignored), here))
    for segment, child in node.children.items():
        targets.append(program.compile(_spelled(segment, steps.rest), _compile(program, child, steps)))
    if node.prefix:
        below = program.fork(program.compile(parse_re2(_END), program.accept(tuple(node.prefix))))
        targets.append(program.compile(parse_re2(steps.down), below))
        program.forks[below] += [program.compile(parse_re2(each), below) for each in (steps.ignored, steps.down)]
    return here


def _spelled(segment: str, rest: str) -> Expression:
    """Every way in which a segment of a normalised Calico path can stand in a path that Envoy forwards."""
    return Chain((Characters(((0x2F, 0x2F),)), *map(_spelling, segment), Repetition(parse_re2(rest), 0, 1)))


_RAW: Final = frozenset("!$&'()*+,-.0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~")
_UNRESERVED: Final = frozenset("-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~")


@cache
def _spelling(byte: str) -> Expression:
    """A byte as it is, percent-encoded, or both."""
    raw = Characters(((ord(byte), ord(byte)),))
    if byte in _UNRESERVED:
        return raw
    digits = (
        Characters(tuple(sorted({(ord(case), ord(case)) for case in (digit, digit.lower())})))
        for digit in f"{ord(byte):02X}"
    )
    encoded = Chain((Characters(((0x25, 0x25),)), *digits))
    return Choice((raw, encoded)) if byte in _RAW else encoded
