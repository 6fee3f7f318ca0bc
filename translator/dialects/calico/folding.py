"""How Calico folds the selectors of a policy, or of one side of a rule, into one (calico.md 1.2, 2.4, 2.5).

The engine pastes texts and parses the result. Here the parts are parsed apart and joined as trees, which is the same
wherever every part stands on its own; where one does not, the text is pasted as the engine does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from translator.dialects.calico.model import EntityRule, ServiceAccountMatch
from translator.dialects.calico.selector import (
    Comparison,
    Node,
    is_blank,
    map_labels,
    parse,
    text_of,
)
from translator.dialects.calico.selector_tokens import BLANKS, Comparator, SelectorError
from translator.dialects.calico.views import NAMESPACE, NAMESPACE_PREFIX, SERVICE_ACCOUNT, SERVICE_ACCOUNT_PREFIX
from translator.wire.kubernetes_types import is_dns_subdomain

Terms = tuple[Node, ...]
"""Trees that must all hold; ``()`` holds for everything."""

_HAS_NAMESPACE: Final = f"has({NAMESPACE})"
_HAS_SERVICE_ACCOUNT: Final = f"has({SERVICE_ACCOUNT})"


class PolicyDropped(Exception):  # noqa: N818 - an outcome, not an error of ours
    """The agent's own check fails, so the whole policy vanishes (calico.md 1.1)."""


class AgentPanics(Exception):  # noqa: N818 - an outcome, not an error of ours
    """The agent stops on such a policy (calico.md 2.1, 4)."""


# -- subjects ---------------------------------------------------------------------------------------------------------


def namespaced_subject(namespace: str, selector: str, service_account_selector: str) -> Terms:
    """Who a namespaced policy governs. ``serviceAccountSelector: all()`` adds nothing here."""
    own = _in_namespace(namespace)
    accounts = _prefixed_or_lost(service_account_selector, SERVICE_ACCOUNT_PREFIX)
    if selector and not _stands_alone(selector):
        pasted = f"({selector}) && {text_of(own)}"
        return (_parse_pasted(f"({pasted}) && {text_of(accounts)}" if accounts is not None else pasted),)
    return (*((parse(selector),) if selector else ()), own, *((accounts,) if accounts is not None else ()))


def global_subject(selector: str, namespace_selector: str, service_account_selector: str) -> Terms:
    """Who a cluster-wide policy governs.

    A given namespaceSelector turns every ``all()``, also in ``selector``, into "has a namespace"; then a given
    serviceAccountSelector turns those that are left into "has a service account". It is text that is replaced, inside
    literals too.
    """
    namespaces = _prefixed_or_lost(namespace_selector, NAMESPACE_PREFIX)
    accounts = _prefixed_or_lost(service_account_selector, SERVICE_ACCOUNT_PREFIX)
    texts = [selector] if selector else []
    if namespaces is not None:
        texts.append(text_of(namespaces))
    if namespace_selector:
        texts = [text.replace("all()", _HAS_NAMESPACE) for text in texts]
    if accounts is not None:
        texts.append(text_of(accounts))
    if service_account_selector:
        texts = [text.replace("all()", _HAS_SERVICE_ACCOUNT) for text in texts]
    if len(texts) > 1 and selector and not _stands_alone(selector):
        pasted = texts[0]
        for text in texts[1:]:
            pasted = f"({pasted}) && {text}"
        return (_parse_pasted(pasted),)
    return tuple(_parse_pasted(text) for text in texts)


def _prefixed_or_lost(text: str, prefix: str) -> Node | None:
    """A subject's second selector; one that does not parse is left out (calico.md 1.1), see ``lost_subject_terms``."""
    try:
        return prefixed(text, prefix) if text else None
    except SelectorError:
        return None


def _stands_alone(text: str) -> bool:
    if is_blank(text):
        return False
    try:
        parse(text)
    except SelectorError:
        return False
    return True


def _parse_pasted(text: str) -> Node:
    try:
        return parse(text)
    except SelectorError as error:
        raise PolicyDropped(f"the folded selector {text!r} does not parse: {error}") from error


@lru_cache(maxsize=65536)
def prefixed(text: str, prefix: str) -> Node:
    """The selector over the labels of another object: every label gets its prefix. Raises SelectorError."""
    return map_labels(parse(text), lambda label: prefix + label)


# -- peers ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fold:
    """What the selector fields of one side come to (calico.md 2.5)."""

    positive: Terms | None
    """None: no demand, so unknown addresses pass as well."""
    negative: Node | None = None
    lost: str | None = None
    """A part that the agent leaves out, in words."""


NO_SELECTORS: Final = Fold(None)


def fold_entity(entity: EntityRule, namespace: str | None) -> Fold:
    """The selector fields of one side of a rule; ``namespace`` is None for cluster-wide policies.

    Raises PolicyDropped and AgentPanics where the agent does so.
    """
    namespace_selector = entity.namespace_selector or ""
    selector = entity.selector or ""
    not_selector = entity.not_selector or ""
    accounts = entity.service_accounts
    if not (namespace_selector or selector or not_selector or accounts is not None):
        return NO_SELECTORS
    try:
        namespaces = _namespace_term(namespace_selector, namespace)
        body, lost = _service_account_terms(accounts) if accounts is not None else ((), None)
        if selector:
            body = (*body, parse(selector))
        negative = parse(not_selector) if not_selector else None
    except SelectorError as error:
        raise PolicyDropped(f"a selector does not parse: {error}") from error
    is_scoped = namespaces is not None and bool(body or not_selector or namespace_selector)
    positive: Terms | None = body or None
    if is_scoped and namespaces is not None:
        positive = (namespaces, *body)
    if (selector and selector[0] in BLANKS) or (not_selector and not_selector[0] in BLANKS):
        _refuse_blanks(selector, not_selector, positive)
    return Fold(positive, negative, lost)


def _namespace_term(text: str, namespace: str | None) -> Node | None:
    if text:
        return _namespace_node(text)
    return None if namespace is None else _in_namespace(namespace)


@lru_cache(maxsize=65536)
def _in_namespace(namespace: str) -> Node:
    return Comparison(NAMESPACE, Comparator.EQUAL, (namespace,))


@lru_cache(maxsize=65536)
def _namespace_node(text: str) -> Node:
    """``all()`` is "in a namespace", ``global()`` "in none": replaced as text (calico.md 2.5)."""
    folded = text_of(prefixed(text, NAMESPACE_PREFIX))
    if "all()" not in folded and "global()" not in folded:
        return prefixed(text, NAMESPACE_PREFIX)
    return parse(folded.replace("all()", _HAS_NAMESPACE).replace("global()", f"!{_HAS_NAMESPACE}"))


def _service_account_terms(accounts: ServiceAccountMatch) -> tuple[Terms, str | None]:
    """Service accounts by label and by name; names are pasted between quotes (calico.md, appendix C)."""
    terms: Terms = (prefixed(accounts.selector, SERVICE_ACCOUNT_PREFIX),) if accounts.selector else ()
    names = accounts.names or ()
    if not names:
        return terms, None
    if all(is_dns_subdomain(name) for name in names):
        return (*terms, Comparison(SERVICE_ACCOUNT, Comparator.IN, tuple(sorted(set(names))))), None
    quoted = "', '".join(names)
    try:
        return (*terms, parse(f"{SERVICE_ACCOUNT} in {{ '{quoted}' }}")), None
    except SelectorError:
        return (), "the match of service accounts (their names break the generated selector)"


def _refuse_blanks(selector: str, not_selector: str, positive: Terms | None) -> None:
    """Blank selectors that are pasted beside other text (the table of calico.md 2.1)."""
    if is_blank(selector):
        if positive is not None and len(positive) > 1:
            raise PolicyDropped("a selector of blanks is pasted into `(  )`, which does not parse")
        if not_selector:
            raise AgentPanics("a selector of blanks beside a notSelector makes Felix panic")
    if is_blank(not_selector) and positive is not None:
        raise AgentPanics("a notSelector of blanks beside other selectors makes Felix panic")


def odd_service_account_names(entity: EntityRule) -> tuple[str, ...]:
    """Names that no service account can have; pasted between quotes they may name others, or nobody at all."""
    accounts = entity.service_accounts
    names = accounts.names or () if accounts is not None else ()
    return tuple(name for name in names if not is_dns_subdomain(name))
