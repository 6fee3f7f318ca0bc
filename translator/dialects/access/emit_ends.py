"""Peers of the IR → the words of the spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from translator.dialects.access.names import AppName
from translator.dialects.access.peers import DNS_PREFIX, KEYWORD_ENDS, METADATA, OUTSIDE
from translator.errors import InternalError
from translator.ir.addresses import ALL_ADDRESSES, block
from translator.ir.labels import NAMESPACE_NAME, And, Everything, Label, Operator, Requirement, Scope, Selector
from translator.ir.peers import NODES, PODS, Anyone, Domain, Endpoints, Kind, Network, Peer
from translator.legalize.values import Values, of_requirement, to_selector

Written = str | dict[str, Any]
Terms = frozenset[Requirement]
_ALL_BUT_OWN: Final = NODES - {Kind.HOST}


class NotLegalError(InternalError):
    """The IR is not in the form that the spec can say."""


def terms_of(selector: Selector) -> tuple[Requirement, ...]:
    """The terms of a conjunction, what they demand of one label together; contradictions raise LookupError."""
    found = _terms(selector)
    if len({term.label for term in found}) == len(found):
        return found
    by_label: dict[Label, Values] = {}
    for term in found:
        values = of_requirement(term)
        by_label[term.label] = by_label[term.label] & values if term.label in by_label else values
    if any(values.is_empty for values in by_label.values()):
        raise LookupError("nobody")
    return tuple(each for label, values in by_label.items() for each in _terms(to_selector(label, values)))


def _terms(selector: Selector) -> tuple[Requirement, ...]:
    match selector:
        case Everything():
            return ()
        case Requirement():
            return (selector,)
        case And(terms):
            return tuple(each for term in terms for each in _terms(term))
        case _:
            raise NotLegalError("a selector that is no conjunction")


@dataclass(slots=True, kw_only=True)
class Vocabulary:
    """What the spec that is being written calls its services."""

    label_key: str
    names: Mapping[Terms, AppName] = field(default_factory=dict)
    """The demands on the pods of a service → its name."""
    own: frozenset[AppName] = frozenset()
    """Services whose labels are not those of ``labelKey``, so that their names mean nothing else."""

    def service(self, peer: Peer) -> AppName | None:
        """The service whose pods a peer is, where it is called by its name."""
        if not isinstance(peer, Endpoints) or peer.kinds != PODS:
            return None
        try:
            name = self.names.get(frozenset(terms_of(peer.selector)))
        except LookupError:
            return None
        return name if name is not None and name.namespace and name.app else None

    def ends(self, peer: Peer) -> Iterator[Written]:
        """The ends that say a peer; none for nobody."""
        match peer:
            case Anyone():
                yield "any"
            case Domain(pattern=pattern):
                yield f"{DNS_PREFIX}{pattern}"
            case Endpoints(selector=selector, kinds=kinds) if kinds == PODS:
                try:
                    yield self._pods(terms_of(selector))
                except LookupError:
                    return
            case Endpoints(kinds=kinds, selector=Everything()):
                yield _keyword(kinds)
            case Network(cidrs=cidrs, excepts=excepts):
                yield from _network(peer, cidrs, excepts)
            case _:
                raise NotLegalError(f"a peer of the kind {type(peer).__name__}")

    def app_of(self, terms: Sequence[Requirement]) -> AppName | None:
        """``namespace/app`` where the demands say no more than that; a star for what is not demanded."""
        namespace = app = None
        for term in terms:
            if term.operator is not Operator.IN or len(term.values) != 1:
                return None
            if term.label == NAMESPACE_NAME:
                namespace = term.values[0]
            elif term.label == Label(Scope.POD, self.label_key) and term.values[0]:
                app = term.values[0]
            else:
                return None
        return AppName(namespace, app)

    def _pods(self, terms: tuple[Requirement, ...]) -> Written:
        name = self.names.get(frozenset(terms)) or self.app_of(terms)
        if name is not None and name.namespace is None and name.app is None:
            return "cluster"
        if name is not None and (name not in self.own or self.names.get(frozenset(terms)) == name):
            return str(name)
        return self._object(terms)

    def _object(self, terms: Sequence[Requirement]) -> dict[str, Any]:
        """The long form; the namespace stands first, as it is read."""
        spaces = [term for term in terms if term.label.scope is Scope.NAMESPACE]
        pods = [term for term in terms if term.label.scope is Scope.POD]
        if len(spaces) + len(pods) != len(terms):
            raise NotLegalError("a label that is neither of pods nor of namespaces")
        written: dict[str, Any] = {"namespace": "*"}
        match spaces:
            case []:
                pass
            case [Requirement(label=label, operator=Operator.IN, values=values)] if label == NAMESPACE_NAME:
                written["namespace"] = values[0] if len(values) == 1 else list(values)
            case _:
                written["namespace"] = label_fields(spaces)
        if pods:
            written["labels"] = label_fields(pods)
        return written


def label_fields(terms: Sequence[Requirement]) -> dict[str, Any]:
    """Tests of labels as the spec writes them."""
    written: dict[str, Any] = {}
    for term in terms:
        key = term.label.key
        match term.operator:
            case Operator.IN:
                written[key] = term.values[0] if len(term.values) == 1 else list(term.values)
            case Operator.NOT_IN:
                values = term.values[0] if len(term.values) == 1 else list(term.values)
                written[key] = {**written.get(key, {}), "not": values}
            case Operator.HAS | Operator.LACKS:
                written[key] = {**written.get(key, {}), "exists": term.operator is Operator.HAS}
            case _:
                raise NotLegalError(f"the operator {term.operator}")
    return written


def _keyword(kinds: frozenset[Kind]) -> str:
    if kinds in (NODES, _ALL_BUT_OWN):
        return "nodes"
    for name, end in KEYWORD_ENDS.items():
        if end.peers == (Endpoints(kinds=kinds),):
            return name
    raise NotLegalError(f"ends of the kinds {', '.join(sorted(kinds))}")


def _network(network: Network, cidrs: Sequence[str], excepts: Sequence[str]) -> Iterator[Written]:
    """Blocks, each with the holes in it; all of them are the world."""
    if network.reach is not None and not network.reach & OUTSIDE:
        raise NotLegalError("addresses that are not outside")
    if network.addresses == ALL_ADDRESSES:
        yield "world"
        return
    if tuple(cidrs) == METADATA[:1] and not excepts:
        yield "metadata-service"
        return
    for cidr in cidrs:
        whole = block(cidr)
        if any(not whole - block(hole) for hole in excepts):
            continue
        holes = [hole for hole in excepts if whole & block(hole)]
        yield {"cidr": cidr, "except": holes} if holes else cidr
