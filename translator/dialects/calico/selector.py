"""Calico's selector language: text to syntax tree and back, as the engine reads and prints it (calico.md 2.1, 2.2).

The whole text is consumed or refused; an error knows its column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, assert_never

from translator.dialects.calico.selector_tokens import BLANKS, Comparator, SelectorError, Token, tokenize

MAX_DEPTH: Final = 100
"""Deepest nesting of parentheses and negations that is read; real selectors have one or two levels."""


SET_COMPARATORS: Final = frozenset({Comparator.IN, Comparator.NOT_IN})


@dataclass(frozen=True, slots=True)
class All:
    """``all()``: holds for everything."""


@dataclass(frozen=True, slots=True)
class Global:
    """``global()``: holds for everything unless the field it stands in rewrites it."""


@dataclass(frozen=True, slots=True)
class Has:
    """``has(label)``: the label is present, be it empty."""

    label: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A label against one literal, or against a set (sorted, unique)."""

    label: str
    comparator: Comparator
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """``!term``"""

    term: Node


@dataclass(frozen=True, slots=True)
class Conjunction:
    """Two or more terms joined by ``&&``."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Disjunction:
    """Two or more terms joined by ``||``."""

    terms: tuple[Node, ...]


Node = All | Global | Has | Comparison | Negation | Conjunction | Disjunction


# -- grammar ----------------------------------------------------------------------------------------------------------


class _Reader:
    """Tokens with a place in them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = tokenize(text)
        self._next = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._next]

    def take(self) -> Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def accept(self, mark: str) -> bool:
        """Whether the next token is this mark; if so it is taken."""
        if self.token.kind == "mark" and self.token.value == mark:
            self._next += 1
            return True
        return False

    def error(self, expected: str) -> SelectorError:
        """The next token is not what was expected."""
        token = self.token
        found = "the end" if token.kind == "end" else f"`{self.text[token.position :].split(' ')[0]}`"
        return SelectorError(self.text, token.position, f"expected {expected}, found {found}")


@lru_cache(maxsize=65536)
def parse(text: str) -> Node:
    """selector := [ disjunction ] END

    Empty or blank is ``all()``; whether a field may be blank is for the caller to say. Raises SelectorError.
    """
    reader = _Reader(text)
    if reader.token.kind == "end":
        return All()
    node = _disjunction(reader)
    if reader.token.kind != "end":
        raise reader.error("`&&`, `||` or the end")
    return node


def is_blank(text: str) -> bool:
    """Whether a text is not empty and holds only white space: accepted everywhere, safe nowhere (calico.md 2.1)."""
    return bool(text) and not text.strip(BLANKS)


def _disjunction(reader: _Reader) -> Node:
    """disjunction := conjunction { "||" conjunction }"""
    terms = [_conjunction(reader)]
    while reader.accept("||"):
        terms.append(_conjunction(reader))
    return terms[0] if len(terms) == 1 else Disjunction(tuple(terms))


def _conjunction(reader: _Reader) -> Node:
    """conjunction := unary { "&&" unary }"""
    terms = [_unary(reader)]
    while reader.accept("&&"):
        terms.append(_unary(reader))
    return terms[0] if len(terms) == 1 else Conjunction(tuple(terms))


def _unary(reader: _Reader) -> Node:
    """unary := { "!" } primary    -- adjacent pairs cancel"""
    is_negated = False
    while reader.accept("!"):
        is_negated = not is_negated
    node = _primary(reader)
    return Negation(node) if is_negated else node


def _primary(reader: _Reader) -> Node:
    """primary := "(" disjunction ")" | "has(" label ")" | "all(" ")" | "global(" ")" | comparison"""
    match reader.token.kind:
        case "has":
            return Has(reader.take().value)
        case "all":
            reader.take()
            return All()
        case "global":
            reader.take()
            return Global()
        case "label":
            return _comparison(reader)
    if not reader.accept("("):
        raise reader.error("a label, `has(…)`, `all()` or `(`")
    reader.depth += 1
    if reader.depth > MAX_DEPTH:
        raise SelectorError(reader.text, reader.token.position, f"nested deeper than {MAX_DEPTH} levels")
    node = _disjunction(reader)
    if not reader.accept(")"):
        raise reader.error("`)`")
    reader.depth -= 1
    return node


_ADVICE: Final = {
    "has": " (`has(label)` takes one bare label and no blank before its parenthesis)",
    "all": " (`all()` takes nothing and no blank before its parenthesis)",
    "global": " (`global()` takes nothing and no blank before its parenthesis)",
    "not": " (negation is written `!`)",
    "exists": " (presence is written `has(label)`)",
}
"""What people most often mean where these words are read as labels."""


def _comparison(reader: _Reader) -> Node:
    """comparison := label comparator string | label ( "in" | "not in" ) set"""
    label = reader.take().value
    if reader.token.kind != "comparator":
        raise reader.error(f"an operator after the label `{label}`{_ADVICE.get(label, '')}")
    comparator = Comparator(reader.take().value)
    if comparator in SET_COMPARATORS:
        return Comparison(label, comparator, _set(reader, comparator))
    if reader.token.kind != "string":
        raise reader.error(f"a quoted string after `{comparator}`")
    return Comparison(label, comparator, (reader.take().value,))


def _set(reader: _Reader, comparator: Comparator) -> tuple[str, ...]:
    """set := "{" [ string { "," string } [ "," ] ] "}" """
    if not reader.accept("{"):
        raise reader.error(f"a set of quoted strings in braces after `{comparator}`")
    values: set[str] = set()
    while reader.token.kind == "string":
        values.add(reader.take().value)
        if not reader.accept(","):
            break
    if not reader.accept("}"):
        raise reader.error("`,` or `}`")
    return tuple(sorted(values))


# -- back to text, and what it means on concrete labels ---------------------------------------------------------------


def text_of(node: Node) -> str:
    """The canonical text, as the engine prints it: double quotes, sorted sets, conjunctions in parentheses."""
    match node:
        case All():
            return "all()"
        case Global():
            return "global()"
        case Has(label):
            return f"has({label})"
        case Comparison(label, comparator, values) if comparator in SET_COMPARATORS:
            return f"{label} {comparator} {{{', '.join(map(_quoted, values))}}}"
        case Comparison(label, comparator, values):
            return f"{label} {comparator} {_quoted(values[0])}"
        case Negation(term):
            return f"!{text_of(term)}"
        case Conjunction(terms):
            return f"({' && '.join(map(text_of, terms))})"
        case Disjunction(terms):
            return f"({' || '.join(map(text_of, terms))})"
        case _:
            assert_never(node)


def _quoted(value: str) -> str:
    return f"'{value}'" if '"' in value else f'"{value}"'


def map_labels(node: Node, change: Callable[[str], str]) -> Node:
    """The same tree with every label replaced; ``all()`` and ``global()`` carry none (calico.md 2.4)."""
    match node:
        case All() | Global():
            return node
        case Has(label):
            return Has(change(label))
        case Comparison(label, comparator, values):
            return Comparison(change(label), comparator, values)
        case Negation(term):
            return Negation(map_labels(term, change))
        case Conjunction(terms):
            return Conjunction(tuple(map_labels(term, change) for term in terms))
        case Disjunction(terms):
            return Disjunction(tuple(map_labels(term, change) for term in terms))
        case _:
            assert_never(node)


def holds(node: Node, labels: Mapping[str, str]) -> bool:
    """Whether a selector matches concrete labels (calico.md 2.2)."""
    match node:
        case All() | Global():
            return True
        case Has(label):
            return label in labels
        case Comparison(label, comparator, values):
            return _compares(comparator, values, labels.get(label))
        case Negation(term):
            return not holds(term, labels)
        case Conjunction(terms):
            return all(holds(term, labels) for term in terms)
        case Disjunction(terms):
            return any(holds(term, labels) for term in terms)
        case _:
            assert_never(node)


def _compares(comparator: Comparator, values: tuple[str, ...], value: str | None) -> bool:
    if value is None:
        return comparator in (Comparator.NOT_EQUAL, Comparator.NOT_IN)
    match comparator:
        case Comparator.EQUAL | Comparator.IN:
            return value in values
        case Comparator.NOT_EQUAL | Comparator.NOT_IN:
            return value not in values
        case Comparator.CONTAINS:
            return values[0] in value
        case Comparator.STARTS_WITH:
            return value.startswith(values[0])
        case Comparator.ENDS_WITH:
            return value.endswith(values[0])
        case _:
            assert_never(comparator)
