"""Selectors of the IR as Calico's texts, each term in the field where its labels are seen (calico.md 2.1, 2.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, assert_never

from translator.dialects.calico.views import (
    NAME,
    NAMESPACE,
    NAMESPACE_PREFIX,
    SERVICE_ACCOUNT,
    SERVICE_ACCOUNT_PREFIX,
    is_reserved,
)
from translator.errors import InternalError
from translator.ir.labels import (
    EVERYTHING,
    NAMESPACE_NAME,
    NOTHING,
    SERVICE_ACCOUNT_NAME,
    And,
    Everything,
    Label,
    Not,
    Nothing,
    Operator,
    Or,
    Requirement,
    Scope,
    Selector,
    conjunction,
    disjunction,
    negation,
    requirement_holds,
    requirements,
)

MAX_SELECTOR: Final = 1024
"""Characters of a selector that the schemas from v3.33 on take (calico.md 1.2)."""
Key = Callable[[Label], str]
"""How a field writes the key of a label."""
Terms = tuple[Selector, ...]
"""Selectors that must all hold; ``()`` is everything."""


# -- keys -------------------------------------------------------------------------------------------------------------


def ordinary_key(label: Label) -> str:
    """A key in ``selector``: a pod sees its own labels and, prefixed, those it inherits (calico.md 2.3, 2.4)."""
    match label.scope:
        case Scope.POD if not is_reserved(label.key):
            return label.key
        case Scope.NAMESPACE:
            return NAMESPACE if label == NAMESPACE_NAME else NAMESPACE_PREFIX + label.key
        case Scope.SERVICE_ACCOUNT:
            return SERVICE_ACCOUNT if label == SERVICE_ACCOUNT_NAME else SERVICE_ACCOUNT_PREFIX + label.key
        case _:
            raise InternalError(f"Calico cannot select endpoints by the {label.scope} label {label.key}")


def namespace_key(label: Label) -> str:
    """A key in ``namespaceSelector``."""
    if label.scope is not Scope.NAMESPACE or label.key == NAME:
        raise InternalError(f"Calico cannot select namespaces by the {label.scope} label {label.key}")
    return NAME if label == NAMESPACE_NAME else label.key


def service_account_key(label: Label) -> str:
    """A key in a selector over service accounts."""
    if label.scope is not Scope.SERVICE_ACCOUNT or label.key == NAME:
        raise InternalError(f"Calico cannot select service accounts by the {label.scope} label {label.key}")
    return NAME if label == SERVICE_ACCOUNT_NAME else label.key


def group_key(label: Label) -> str:
    """A key in a ``selector`` that network sets are chosen by."""
    if label.scope is Scope.GROUP:
        return label.key
    return ordinary_key(label)


# -- text -------------------------------------------------------------------------------------------------------------


def text_of_terms(terms: Iterable[Selector], key: Key) -> str:
    """The conjunction of some terms, in their order."""
    return joined([text_of(term, key) for term in terms])


def joined(texts: Sequence[str]) -> str:
    """The conjunction of texts; disjunctions get parentheses where they do not stand alone."""
    if len(texts) == 1:
        return texts[0]
    return " && ".join(f"({text})" if " || " in text else text for text in texts)


def text_of(selector: Selector, key: Key) -> str:
    """A simplified selector in one line; values in single quotes wherever they hold none."""
    match selector:
        case Requirement():
            return _requirement(selector, key(selector.label))
        case And(terms):
            return text_of_terms(terms, key)
        case Or(terms):
            return " || ".join(
                f"({text_of(term, key)})" if isinstance(term, And) else text_of(term, key) for term in terms
            )
        case Everything():
            return "all()"
        case Nothing() | Not():
            # `!all()` would not do: some fields rewrite `all()` to a test that others fail (calico.md 1.2, 2.5).
            raise InternalError("a selector that matches nothing has no text in Calico")
        case _:
            assert_never(selector)


def _requirement(requirement: Requirement, key: str) -> str:
    values = [quoted(value) for value in requirement.values]
    match requirement.operator:
        case Operator.IN:
            return f"{key} == {values[0]}" if len(values) == 1 else f"{key} in {{{', '.join(values)}}}"
        case Operator.NOT_IN:
            return f"{key} != {values[0]}" if len(values) == 1 else f"{key} not in {{{', '.join(values)}}}"
        case Operator.HAS:
            return f"has({key})"
        case Operator.LACKS:
            return f"!has({key})"
        case Operator.STARTS_WITH | Operator.ENDS_WITH | Operator.CONTAINS as operator:
            return f"{key} {operator} {values[0]}"
        case Operator.NOT_STARTS_WITH | Operator.NOT_ENDS_WITH | Operator.NOT_CONTAINS as operator:
            return f"!({key} {operator.removeprefix('not ')} {values[0]})"
        case _:
            assert_never(requirement.operator)


def quoted(value: str) -> str:
    """A literal. There are no escapes, and ``all()`` and ``global()`` are replaced even inside literals (2.5)."""
    if "all()" in value or "global(" in value or ("'" in value and '"' in value):
        raise InternalError(f"Calico has no literal for the value {value!r}")
    return f'"{value}"' if "'" in value else f"'{value}'"


# -- shape ------------------------------------------------------------------------------------------------------------


def simplified(selector: Selector) -> Selector:
    """The same selector without Not, and without lists of no values."""
    if _is_simple(selector) or (isinstance(selector, And) and all(map(_is_simple, selector.terms))):
        return selector
    match selector:
        case Requirement(operator=Operator.IN, values=()):
            return NOTHING
        case Requirement(operator=Operator.NOT_IN, values=()):
            return EVERYTHING
        case And(terms):
            return conjunction(*(simplified(term) for term in terms))
        case Or(terms):
            return disjunction(*(simplified(term) for term in terms))
        case Not(term):
            return simplified(negation(term))
        case _:
            return selector


def _is_simple(selector: Selector) -> bool:
    return isinstance(selector, Requirement) and (
        bool(selector.values) or selector.operator not in (Operator.IN, Operator.NOT_IN)
    )


def terms_of(selector: Selector) -> Terms:
    """The terms of a simplified selector."""
    match selector:
        case Everything():
            return ()
        case And(terms):
            return terms
        case _:
            return (selector,)


def combined(selectors: Iterable[Selector]) -> list[Selector]:
    """A union with fewer members: those that differ only in the values of one ``in`` become one."""
    found: list[Selector] = []
    for selector in dict.fromkeys(selectors):
        for position, known in enumerate(found):
            both = _with_both_values(terms_of(known), terms_of(selector))
            if both is not None:
                found[position] = both
                break
        else:
            found.append(selector)
    return found


def _with_both_values(a: Terms, b: Terms) -> Selector | None:
    """The union of two conjunctions that differ in one list of values; None when they differ otherwise."""
    if len(a) != len(b):
        return None
    different = [position for position, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
    if len(different) != 1:
        return None
    x, y = a[different[0]], b[different[0]]
    if not (isinstance(x, Requirement) and isinstance(y, Requirement) and x.label == y.label):
        return None
    if x.operator is not Operator.IN or y.operator is not Operator.IN:
        return None
    both = replace(x, values=tuple(sorted({*x.values, *y.values})))
    return conjunction(*a[: different[0]], both, *a[different[0] + 1 :])


def factored(selectors: Sequence[Selector]) -> Selector:
    """The union as one selector: what all members demand stands once, before what they demand apart."""
    members = combined(each for each in selectors if each != NOTHING)
    if len(members) < 2:
        return members[0] if members else NOTHING
    split = [terms_of(member) for member in members]
    shared = tuple(term for term in split[0] if all(term in terms for terms in split[1:]))
    rests = (conjunction(*(term for term in terms if term not in shared)) for terms in split)
    return conjunction(*shared, disjunction(*rests))


# -- homes ------------------------------------------------------------------------------------------------------------


class Home(Enum):
    """The field in which a term can stand."""

    NAMESPACE = "namespaceSelector"
    SERVICE_ACCOUNT = "service account selector"
    ORDINARY = "selector"
    MIXED = "none but the selector, with prefixed keys"


@dataclass(frozen=True, slots=True)
class Parts:
    """A conjunction sorted by the fields that its terms stand in."""

    namespace: Terms = ()
    account: Terms = ()
    ordinary: Terms = ()

    @property
    def rest(self) -> Terms:
        """What is not about the namespace."""
        return (*self.account, *self.ordinary)


_VISIBLE: Final = frozenset({NAMESPACE_NAME, SERVICE_ACCOUNT_NAME})
"""Labels of other objects that an ordinary selector sees under documented keys."""


def _home(term: Selector) -> Home:
    if isinstance(term, Requirement):
        scope = term.label.scope
        if scope is Scope.NAMESPACE:
            return Home.NAMESPACE
        is_account = scope is Scope.SERVICE_ACCOUNT and term.label != SERVICE_ACCOUNT_NAME
        return Home.SERVICE_ACCOUNT if is_account else Home.ORDINARY
    labels = {requirement.label for requirement in requirements(term)}
    scopes = {label.scope for label in labels}
    if scopes == {Scope.NAMESPACE}:
        return Home.NAMESPACE
    if scopes == {Scope.SERVICE_ACCOUNT} and labels != {SERVICE_ACCOUNT_NAME}:
        return Home.SERVICE_ACCOUNT
    return Home.ORDINARY if all(label.scope is Scope.POD or label in _VISIBLE for label in labels) else Home.MIXED


def joint_parts(selector: Selector) -> Parts:
    """The parts of one conjunction; terms over several scopes stay in the ordinary selector, with prefixed keys."""
    namespace: list[Selector] = []
    account: list[Selector] = []
    ordinary: list[Selector] = []
    for term in terms_of(selector):
        match _home(term):
            case Home.NAMESPACE:
                namespace.append(term)
            case Home.SERVICE_ACCOUNT:
                account.append(term)
            case _:
                ordinary.append(term)
    return Parts(tuple(namespace), tuple(account), tuple(ordinary))


def separate_parts(selector: Selector) -> Iterator[Parts]:
    """The parts of a union of conjunctions: a disjunction over labels that no one field sees is split."""
    terms = terms_of(selector)
    for position, term in enumerate(terms):
        if isinstance(term, Or) and _home(term) is Home.MIXED:
            for each in term.terms:
                yield from separate_parts(conjunction(*terms[:position], each, *terms[position + 1 :]))
            return
    if selector != NOTHING:
        yield joint_parts(selector)


class Unknown(Enum):
    """The value of a label that nobody can tell."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN


def may_hold(selector: Selector, value_of: Callable[[Label], str | Unknown | None]) -> bool:
    """Whether a selector can hold for an object of which some labels are known (None: absent); never wrongly no."""
    match selector:
        case Requirement(label):
            value = value_of(label)
            return isinstance(value, Unknown) or requirement_holds(selector, value)
        case And(terms):
            return all(may_hold(term, value_of) for term in terms)
        case Or(terms):
            return any(may_hold(term, value_of) for term in terms)
        case Not(term):
            return may_hold(negation(term), value_of)
        case Everything():
            return True
        case Nothing():
            return False
        case _:
            assert_never(selector)


def outside_namespaces(label: Label) -> Unknown | None:
    """The labels of host endpoints and global sets: any of their own, none of a namespace or service account."""
    return None if label.scope in (Scope.NAMESPACE, Scope.SERVICE_ACCOUNT) else UNKNOWN


def reaches_outside(terms: Iterable[Selector]) -> bool:
    """Whether objects that live in no namespace may match all terms (calico.md 1.2, corollaries A and B)."""
    return all(may_hold(term, outside_namespaces) for term in terms)


def without_namespaces(selector: Selector) -> Selector:
    """The selector as objects meet it that live in no namespace and have no service account."""
    match selector:
        case Requirement(label) if outside_namespaces(label) is None:
            return EVERYTHING if requirement_holds(selector, None) else NOTHING
        case And(terms):
            return conjunction(*(without_namespaces(term) for term in terms))
        case Or(terms):
            return disjunction(*(without_namespaces(term) for term in terms))
        case _:
            return selector
