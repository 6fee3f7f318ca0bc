"""Boxes of atoms as regions that people read, and regions as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, assert_never

from translator.ir.addresses import cidrs
from translator.ir.intervals import Intervals
from translator.ir.labels import (
    CLUSTER_NAME,
    NAMESPACE_NAME,
    NEGATION,
    NODE_NAME,
    SERVICE_ACCOUNT_NAME,
    Label,
    Requirement,
)
from translator.ir.layer7 import Condition, Pattern, Syntax
from translator.ir.peers import NODES, Kind, Service, Unsupported
from translator.ir.policy import Direction
from translator.ir.traffic import PROTOCOL_NAMES
from translator.semantics.compare.atoms import (
    BUT,
    HTTP,
    L4,
    YES,
    ApplicationAtoms,
    FlagAtoms,
    KindAtoms,
    LabelAtoms,
    NumberAtoms,
    TextAtoms,
)
from translator.semantics.compare.covers import Box
from translator.semantics.compare.difference import Part, Region, Topic
from translator.semantics.compare.space import Aspect, Space, Variable

_LONG: Final = 6
_MANY: Final = 40
"""Patterns up to this number are tried in pairs when a set of texts needs a name."""
_TOPICS: Final = {
    Aspect.SUBJECT_LABEL: Topic.LABEL,
    Aspect.PEER_LABEL: Topic.LABEL,
    Aspect.SUBJECT_ADDRESS: Topic.ADDRESS,
    Aspect.PEER_ADDRESS: Topic.ADDRESS,
    Aspect.SUBJECT_OPAQUE: Topic.OPAQUE,
    Aspect.PEER_OPAQUE: Topic.OPAQUE,
    Aspect.PEER_KIND: Topic.KIND,
    Aspect.PEER_DOMAIN: Topic.DOMAIN,
    Aspect.PROTOCOL: Topic.PROTOCOL,
    Aspect.PORT: Topic.PORT,
    Aspect.PORT_NAME: Topic.PORT_NAME,
    Aspect.SOURCE_PORT: Topic.SOURCE_PORT,
    Aspect.SOURCE_PORT_NAME: Topic.SOURCE_PORT_NAME,
    Aspect.ICMP_TYPE: Topic.ICMP_TYPE,
    Aspect.ICMP_CODE: Topic.ICMP_CODE,
    Aspect.APPLICATION: Topic.APPLICATION,
    Aspect.METHOD: Topic.METHOD,
    Aspect.PATH: Topic.PATH,
    Aspect.HOST: Topic.HOST,
    Aspect.HEADER: Topic.HEADER,
    Aspect.QUERY: Topic.QUERY,
    Aspect.CONDITION: Topic.CONDITION,
}
PLURALS: Final = {
    Kind.POD: "pods",
    Kind.HOST: "nodes",
    Kind.REMOTE_NODE: "other nodes",
    Kind.KUBE_APISERVER: "API server nodes",
    Kind.OUTSIDE: "addresses outside the cluster",
    Kind.HEALTH: "Cilium's health endpoints",
    Kind.INIT: "endpoints without identity",
    Kind.INGRESS: "Cilium's ingress proxy",
    Kind.UNMANAGED: "unmanaged pods",
}
_WELL_KNOWN: Final = {
    NAMESPACE_NAME: "namespace",
    SERVICE_ACCOUNT_NAME: "service account",
    CLUSTER_NAME: "cluster",
    NODE_NAME: "node",
}
"""Labels that stand for the name of something."""
_SUBJECT: Final = frozenset({Aspect.SUBJECT_LABEL, Aspect.SUBJECT_ADDRESS, Aspect.SUBJECT_OPAQUE})
_PEER: Final = frozenset(aspect for aspect in Aspect if Aspect.PEER_KIND <= aspect <= Aspect.PEER_OPAQUE)


def region_of(space: Space, direction: Direction, box: Box) -> Region:
    """A box in words."""
    parts: dict[Aspect, list[Part]] = {}
    for number, atoms in sorted(box.items()):
        variable = space.variables[number]
        parts.setdefault(variable.aspect, []).append(_part(variable, atoms, space.bucket.kind))
    return Region(
        direction=direction,
        subject_kind=space.bucket.kind,
        namespaces=(space.bucket.namespace,) if space.bucket.named and space.bucket.namespace else (),
        other_namespaces=not space.bucket.named,
        every_namespace=space.bucket.kind is not Kind.POD,
        subject=tuple(part for aspect, found in parts.items() if aspect in _SUBJECT for part in found),
        peer=tuple(part for aspect, found in parts.items() if aspect in _PEER for part in found),
        packets=tuple(part for aspect, found in parts.items() if aspect > Aspect.PEER_OPAQUE for part in found),
    )


def _part(variable: Variable, mask: int, subject: Kind) -> Part:
    """One variable's atoms in words, seen from a kind of subject."""
    topic = _TOPICS[variable.aspect]
    key = key_text(variable.key)
    match variable.atoms:
        case LabelAtoms():
            assert isinstance(variable.key, Label)
            return _label_part(variable.key, variable.atoms, mask)
        case KindAtoms(kinds=kinds):
            chosen = [kind for i, kind in enumerate(kinds) if mask >> i & 1]
            return Part(topic, key, _kinds(chosen, kinds, subject), values=tuple(kind.value for kind in chosen))
        case NumberAtoms():
            return Part(topic, key, _numbers(topic, variable.atoms, mask))
        case TextAtoms():
            return Part(topic, key, _texts(topic, key, variable.atoms, mask))
        case FlagAtoms():
            return Part(topic, key, key if mask == YES else f"not {key}")
        case ApplicationAtoms():
            return Part(
                topic, key, "DNS queries" if not mask & (L4 | HTTP) else "HTTP requests" if mask == HTTP else ""
            )
        case _:
            assert_never(variable.atoms)


def key_text(key: object) -> str:
    """What a variable is about, in words."""
    match key:
        case Label(key=name):
            return _WELL_KNOWN.get(key, name)
        case Condition(feature=feature, text=text) | Unsupported(feature=feature, text=text):
            return f"{feature} {text}".strip()
        case Service(namespace=namespace, name=name):
            return f"service {namespace or '*'}/{name or '(by labels)'}"
        case None:
            return ""
        case _:
            return str(key)


def _label_part(label: Label, atoms: LabelAtoms, mask: int) -> Part:
    """``app=web``, ``app in (web, api)``, ``app!=db``, ``any app``, ``any app but db``, ``no app``."""
    key = key_text(label)
    topic = Topic.NAMESPACE if label == NAMESPACE_NAME else Topic.LABEL
    named = 0
    for bit in atoms.bits.values():
        named |= bit
    others = atoms.full & ~named & ~atoms.absent
    included = tuple(value for value, bit in atoms.bits.items() if mask & bit)
    excluded = tuple(value for value, bit in atoms.bits.items() if not mask & bit)
    if others and mask & others == others:
        if atoms.absent and not mask & atoms.absent:
            text = f"any {key} but {_group(excluded)}" if excluded else f"any {key}"
        else:
            text = f"{key}!={excluded[0]}" if len(excluded) == 1 else f"{key} not in ({listed(excluded)})"
        return Part(topic, key, text, label, excluded, negated=True)
    if not mask & others:
        if mask == atoms.absent:
            return Part(topic, key, f"no {key}", label)
        text = f"{key}={included[0]}" if len(included) == 1 else f"{key} in ({listed(included)})"
        if mask & atoms.absent:
            text = f"{text} or no {key}"
        return Part(topic, key, text, label, included)
    return _substring_part(topic, key, label, atoms, mask)


def _substring_part(topic: Topic, key: str, label: Label, atoms: LabelAtoms, mask: int) -> Part:
    """A set of values that only substrings tell apart: the requirement itself where it is one, else examples."""
    for requirement in atoms.substrings:
        for each in (requirement, Requirement(label, NEGATION[requirement.operator], requirement.values)):
            if atoms.mask(each) == mask:
                return Part(topic, key, f"{key} {each.operator.value} {each.values[0]!r}", label, each.values)
    samples = tuple(value for i, value in enumerate(atoms.samples) if mask >> i & 1 and value is not None)
    return Part(topic, key, f"{key} such as {listed(samples)}", label, samples)


def _kinds(chosen: Sequence[Kind], every: Sequence[Kind], subject: Kind) -> str:
    own = "the pod's own node" if subject is Kind.POD else "the node itself"
    names = {**PLURALS, Kind.HOST: own}
    missing = [kind for kind in every if kind not in chosen]
    if len(missing) == 1 and missing[0] is not Kind.OUTSIDE:
        return f"anyone but {names[missing[0]]}"
    words = [names[kind] for kind in chosen]
    if set(chosen) >= NODES:
        words = [*(names[kind] for kind in chosen if kind not in NODES), "nodes"]
    return _join(words)


def _numbers(topic: Topic, atoms: NumberAtoms, mask: int) -> str:
    inside, outside = atoms.spans(mask), atoms.spans(atoms.full & ~mask)
    if topic is Topic.ADDRESS:
        blocks, others = cidrs(atoms.addresses(mask)), cidrs(atoms.addresses(atoms.full & ~mask))
        return listed(blocks) if len(blocks) <= len(others) + BUT else f"any but {listed(others)}"
    if len(outside) < len(inside):
        return f"any but {_spans(topic, outside)}"
    return _spans(topic, inside)


def _spans(topic: Topic, spans: Intervals) -> str:
    if topic is Topic.PROTOCOL:
        names = [PROTOCOL_NAMES.get(low, str(low)) if low == high else f"{low}-{high}" for low, high in _single(spans)]
        return listed(names)
    return listed([str(low) if low == high else f"{low}-{high}" for low, high in spans])


def _single(spans: Intervals) -> Iterable[tuple[int, int]]:
    """Short runs of protocols one by one, so that they have names."""
    for low, high in spans:
        if high - low < 3:
            yield from ((number, number) for number in range(low, high + 1))
        else:
            yield (low, high)


def _texts(topic: Topic, key: str, atoms: TextAtoms, mask: int) -> str:
    """The patterns whose texts these are, or two of which one is taken from the other; otherwise examples."""
    known = [(_pattern(pattern), bits) for pattern, bits in atoms.bits.items()]
    words = next((text for text, bits in known if bits == mask), None)
    if words is None:
        words = next((f"any but {text}" for text, bits in known if bits == atoms.full & ~mask), None)
    if words is None and len(known) <= _MANY:
        pairs = ((one, other) for one in known for other in known)
        words = next((f"{one[0]} but not {other[0]}" for one, other in pairs if one[1] & ~other[1] == mask), None)
    if words is None:
        samples = [text for i, text in enumerate(atoms.samples) if mask >> i & 1 and text is not None]
        if not samples:
            return f"no {key or topic.value}"
        words = f"such as {listed(samples)}"
    return f"{key} {words}" if key else words


def _pattern(pattern: object) -> str:
    match pattern:
        case Pattern(syntax=Syntax.CALICO_PREFIX, text=text):
            return f"below {text}"
        case Pattern(text=text):
            return text
        case _:
            return str(pattern)


def listed(items: Sequence[str]) -> str:
    """Items with commas; many are cut short."""
    if len(items) > _LONG:
        return f"{', '.join(items[:_LONG])} and {len(items) - _LONG} more"
    return ", ".join(items)


def _group(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"({listed(items)})"


def _join(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else "nobody"
