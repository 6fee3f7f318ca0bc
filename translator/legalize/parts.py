"""The parts that a policy falls into: their subjects, their namespaces and their names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from translator.ir.labels import EVERYTHING, NAMESPACE_NAME, SERVICE_ACCOUNT_NAME, Label, Scope, matches
from translator.ir.peers import Endpoints, Kind, Network, Peer
from translator.ir.policy import Direction, Policy, Rule
from translator.legalize import cubes as who
from translator.legalize.cubes import Cube
from translator.legalize.index import namespaces_of
from translator.legalize.values import Values

_FEW: Final = 5
_KEYS: Final = {NAMESPACE_NAME: "in", SERVICE_ACCOUNT_NAME: "account"}
"""What the keys are called that no label has."""
_MOST_VALUES: Final = 2
"""How many values of a label a name lists."""


def namespace_of(cube: Cube) -> str | None:
    """The one namespace that subjects are in."""
    names = namespaces_of((cube,))
    return names[0] if names is not None and len(names) == 1 else None


def namespaces_asked_for(cube: Cube, names: Iterable[str], known: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Those of some namespaces that subjects ask for by name and label."""
    asked = who.selector_of(Cube(labels=tuple(item for item in cube.labels if item[0].scope is Scope.NAMESPACE)))
    return [name for name in names if matches(asked, _labels_of(name, known.get(name, {})))]


def _labels_of(name: str, labels: Mapping[str, str]) -> dict[Label, str]:
    return {**{Label(Scope.NAMESPACE, key): value for key, value in labels.items()}, NAMESPACE_NAME: name}


def counted_namespaces(names: Sequence[str], *, of: int) -> str:
    """Which of the known namespaces something was written for, by name where they are few."""
    known = f"of the {of} known namespaces"
    if not names:
        return f"none {known}"
    if of == 1:
        return f"the one known namespace, {names[0]}"
    if len(names) == of:
        return f"all {of} known namespaces"
    return f"{len(names)} {known}" + (f" ({', '.join(names)})" if len(names) <= _FEW else "")


def qualified(policy: Policy, cube: Cube) -> str:
    """A name for one part of a policy, from what distinguishes its subjects from the policy's others."""
    if Kind.POD not in cube.kinds:
        return f"{policy.name}-{'-'.join(sorted(cube.kinds))}"
    whole = who.of_peers(policy.subject)
    common = {item for item in cube.labels if all(item in each.labels for each in whole)}
    words = [word for item in cube.labels if item not in common for word in _words(*item)]
    suffix = "-".join(words[:2]) or hashlib.sha256(repr(who.selector_of(cube)).encode()).hexdigest()[:6]
    return f"{policy.name}-{suffix}"[:253].rstrip("-.")


def _words(label: Label, values: Values) -> Iterator[str]:
    """What is demanded of one label, key and value; a policy's own namespace distinguishes nothing."""
    if values.demands or len(values.values) > _MOST_VALUES or (label == NAMESPACE_NAME and not values.others):
        return
    key = _KEYS.get(label) or _word(label.key.rpartition("/")[2])
    named = [word for value in sorted(values.values) if (word := _word(value))]
    if len(named) < len(values.values) or not key:
        return
    match values.others, bool(named):
        case True, True if label == NAMESPACE_NAME:
            yield "-".join(("not", key, *named))
        case True, True:
            yield "-".join((key, "not", *named))
        case True, False:
            yield f"with-{key}"
        case False, True:
            yield "-".join((key, *named, *(("or-none",) if values.absent else ())))
        case _:
            yield f"without-{key}"


def _word(text: str) -> str:
    """A text as names of objects may hold it."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text.lower()).strip("-")


def as_endpoints(cube: Cube) -> Endpoints:
    """A conjunction of subjects as the IR writes it."""
    if isinstance(cube.source, Endpoints):
        return cube.source
    return Endpoints(selector=who.selector_of(cube), kinds=cube.kinds)


def same_ranges(a: Mapping[Direction, Sequence[Rule]], b: Mapping[Direction, Sequence[Rule]]) -> bool:
    """Whether some rules speak of the same address blocks as others, and of no whole kind of ends beside them."""
    meant, written = ({peer for rules in each.values() for rule in rules for peer in rule.peers} for each in (a, b))
    return _blocks(meant) == _blocks(written) and _whole_kinds(written) <= _whole_kinds(meant)


def _whole_kinds(peers: Iterable[Peer]) -> set[Endpoints]:
    return {peer for peer in peers if isinstance(peer, Endpoints) and peer.selector == EVERYTHING}


def _blocks(peers: Iterable[Peer]) -> set[tuple[tuple[str, ...], tuple[str, ...]]]:
    return {(peer.cidrs, peer.excepts) for peer in peers if isinstance(peer, Network)}
