"""A side of a rule as it was written: selectors that stay selectors, whatever they find (calico.md 2.5).

Read, a selector is what it matches: pods, and the sets and host endpoints that are known. Written for the same cluster
it has to go on matching what is not in the input, too, and what is made later.
"""

from __future__ import annotations

import json
from typing import Final, assert_never

from translator.dialects.calico.emit_entity import Entity
from translator.dialects.calico.emit_selectors import MAX_SELECTOR, quoted
from translator.dialects.calico.model import EntityRule
from translator.dialects.calico.packets import BOTH_FAMILIES, read_nets
from translator.dialects.calico.selector import (
    All,
    Comparison,
    Conjunction,
    Disjunction,
    Global,
    Has,
    Negation,
    Node,
    parse,
)
from translator.dialects.calico.selector_tokens import Comparator
from translator.errors import InternalError
from translator.ir.peers import ANYONE, Peer, Unsupported

_WRITTEN: Final = "calico-side"
_OF_ONE: Final = {Comparator.IN: Comparator.EQUAL, Comparator.NOT_IN: Comparator.NOT_EQUAL}
_BELOW_NEGATION: Final = (Conjunction, Disjunction, Comparison)


def written_side(entity: EntityRule) -> Peer:
    """The fields of a side but its ports, in canonical form. Raises InternalError for what it cannot say."""
    fields: dict[str, object] = {}
    for name, selector in (
        ("namespace_selector", entity.namespace_selector),
        ("selector", entity.selector),
        ("not_selector", entity.not_selector),
    ):
        if selector:
            fields[name] = _fitting(parse(selector))
    accounts = entity.service_accounts
    if accounts is not None:
        if accounts.names:
            fields["account_names"] = sorted(set(accounts.names))
        if accounts.selector:
            fields["account_selector"] = _fitting(parse(accounts.selector))
    for name, nets in (("nets", entity.nets), ("not_nets", entity.not_nets)):
        if nets:
            fields[name] = read_nets(nets).cidrs
    if entity.services is not None and entity.services.name:
        fields["service"] = (entity.services.namespace or "", entity.services.name)
    return Unsupported(feature=_WRITTEN, text=json.dumps(fields)) if fields else ANYONE


def written_entity(peer: Unsupported) -> Entity | None:
    """The side that such a peer stands for; None for others."""
    if peer.feature != _WRITTEN:
        return None
    fields = json.loads(peer.text)
    nets, not_nets = (tuple(fields.get(name, ())) for name in ("nets", "not_nets"))
    families = _families(nets, not_nets)
    return Entity(
        namespace_selector=fields.get("namespace_selector"),
        selector=(fields["selector"],) if "selector" in fields else (),
        not_selector=fields.get("not_selector"),
        account_names=tuple(fields.get("account_names", ())),
        account_selector=fields.get("account_selector"),
        nets=nets,
        not_nets=not_nets,
        service=tuple(fields["service"]) if "service" in fields else None,
        family=next(iter(families)) if len(families) == 1 else None,
    )


def _families(nets: tuple[str, ...], not_nets: tuple[str, ...]) -> frozenset[int]:
    """The families that the lists leave (calico.md 4.1)."""
    families = BOTH_FAMILIES
    if nets:
        families &= read_nets(nets).families
    if not_nets:
        excluded = read_nets(not_nets)
        families &= excluded.families - excluded.catch_all
    return families


def _fitting(node: Node) -> str:
    text = canonical_text(node)
    if len(text) > MAX_SELECTOR:
        raise InternalError(f"a selector of more than {MAX_SELECTOR} characters")
    return text


def canonical_text(node: Node) -> str:
    """A selector as the emitter writes it, its terms in their order."""
    match node:
        case All():
            return "all()"
        case Global():
            return "global()"
        case Has(label):
            return f"has({label})"
        case Comparison(label, comparator, (value,)):
            return f"{label} {_OF_ONE.get(comparator, comparator)} {quoted(value)}"
        case Comparison(label, comparator, values):
            return f"{label} {comparator} {{{', '.join(map(quoted, values))}}}"
        case Negation(term):
            text = canonical_text(term)
            return f"!({text})" if isinstance(term, _BELOW_NEGATION) else f"!{text}"
        case Conjunction(terms):
            return " && ".join(map(_member, terms))
        case Disjunction(terms):
            return " || ".join(map(_member, terms))
        case _:
            assert_never(node)


def _member(node: Node) -> str:
    text = canonical_text(node)
    return f"({text})" if isinstance(node, Conjunction | Disjunction) else text
