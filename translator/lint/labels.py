"""Labels that no identity of Cilium's has, and label sources that are written with a dot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from translator.documents.document import Document
from translator.errors import Finding
from translator.ir.labels import Operator, Requirement, Scope, requirements
from translator.ir.peers import Endpoints, Peer, parts
from translator.ir.policy import Engine
from translator.lint.subject import Scene, acting, subject_origin, warning
from translator.origin import FieldPath, Origin
from translator.wire.cilium_labels import is_filtered

_POSITIVE: Final = frozenset({Operator.IN, Operator.HAS})
_SOURCES: Final = frozenset({"k8s", "any", "reserved", "node", "cidr", "cidrgroup", "fqdn", "container"})
"""Sources of labels that Cilium knows (cilium.md 2.2)."""
_CILIUM_KEYS: Final = ("io.kubernetes.pod.", "io.cilium.")
_SELECTOR_MAPS: Final = "matchLabels"
_SELECTOR_LISTS: Final = "matchExpressions"


def filtered_labels(scene: Scene) -> Iterator[Finding]:
    """Requirements on labels that are no part of an identity, each once per place."""
    if scene.engine is not Engine.CILIUM:
        return
    for policy in scene.read:
        places: list[tuple[Origin | None, Sequence[Peer]]] = [(subject_origin(policy), policy.subject)]
        places += [(rule.origin, rule.peers) for _, rule in acting(policy)]
        for origin, peers in places:
            found = dict.fromkeys(each for peer in peers for each in _filtered(peer))
            for requirement in found:
                outcome = "nobody" if requirement.operator in _POSITIVE else "everybody"
                message = f"no identity has the label {requirement.label.key}: the requirement matches {outcome}"
                yield warning("filtered-label", message, origin)


def _filtered(peer: Peer) -> Iterator[Requirement]:
    for part in parts(peer):
        if isinstance(part, Endpoints):
            for each in requirements(part.selector):
                if each.label.scope is Scope.POD and is_filtered(each.label.key):
                    yield each


def dotted_prefixes(scene: Scene) -> Iterator[Finding]:
    """Keys of Cilium's selectors that begin with a source and a dot."""
    if scene.engine is not Engine.CILIUM:
        return
    seen: set[int] = set()
    for policy in scene.read:
        document = policy.origin.document if policy.origin is not None else None
        if policy.dialect != "cilium" or not isinstance(document, Document) or id(document) in seen:
            continue
        seen.add(id(document))
        for path, key in _keys(document.data, ()):
            source, dot, rest = key.partition(".")
            if dot and source in _SOURCES and ("/" not in rest or rest.startswith(_CILIUM_KEYS)):
                message = f"`{key}` is a label of that name: the source `{source}` ends with a colon"
                yield warning("dotted-prefix", message, document.origin(*path), f"did you mean `{source}:{rest}`?")


def _keys(value: Any, path: FieldPath) -> Iterator[tuple[FieldPath, str]]:
    """The keys of every label selector below a value."""
    if isinstance(value, Mapping):
        for name, below in value.items():
            if name == _SELECTOR_MAPS and isinstance(below, Mapping):
                yield from (((*path, name, key), key) for key in below if isinstance(key, str))
            elif name == _SELECTOR_LISTS and isinstance(below, list):
                for number, item in enumerate(below):
                    key = item.get("key") if isinstance(item, Mapping) else None
                    if isinstance(key, str):
                        yield (*path, name, number, "key"), key
            elif isinstance(name, str) and name != "metadata":
                yield from _keys(below, (*path, name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _keys(item, (*path, number))
