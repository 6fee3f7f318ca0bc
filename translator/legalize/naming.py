"""Names that the target's version takes, each once, whatever the policies were called before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from translator.legalize.build import Built
from translator.legalize.profiles import Feature, supports
from translator.legalize.target import Target, TargetName

LONGEST: Final = 253
"""The length of a DNS subdomain, which names of objects are."""
_LONGEST_LABEL: Final = 63
_PREFIXED: Final = LONGEST - len("default.")
"""Up to v3.31 Calico stores a name behind that of its tier (calico.md 1.9)."""
_DEFAULT_TIER: Final = "default"
_DIGEST: Final = 6
_Place = tuple[str, str | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What a name may look like."""

    prefix: str = ""
    """What it has to begin with."""
    dots: int | None = None
    """How many dots may follow the prefix; None: any number."""
    longest: int = LONGEST


def legally_named(built: Iterable[Built], target: Target) -> tuple[Built, ...]:
    """The policies with names that the target takes; documents that stay as they are keep theirs."""
    policies = tuple(built)
    taken = {_place(each, each.policy.name): each.source.dialect for each in policies if each.carried}
    found: list[Built] = []
    for each in policies:
        if each.carried:
            found.append(each)
            continue
        name = _free(each, _shaped(each.policy.name, _shape(each, target)), _shape(each, target), taken)
        taken[_place(each, name)] = each.source.dialect
        found.append(each if name == each.policy.name else replace(each, policy=replace(each.policy, name=name)))
    return tuple(found)


def _place(built: Built, name: str) -> _Place:
    """What no two objects of a cluster share: kind, namespace and name."""
    return (built.policy.dialect, built.policy.namespace, name)


def _shape(built: Built, target: Target) -> _Shape:
    """Calico's rules of names by version (calico.md 1.9); everywhere else a DNS subdomain."""
    policy = built.policy
    if policy.dialect != TargetName.CALICO:
        return _Shape()
    if not supports(target, Feature.DOTTED_NAMES):
        return _Shape(dots=0, longest=_LONGEST_LABEL)
    if supports(target, Feature.FREE_NAMES):
        return _Shape(dots=1)
    prefix = "" if policy.tier == _DEFAULT_TIER else f"{policy.tier}."
    return _Shape(prefix=prefix, dots=0, longest=_PREFIXED)


def _shaped(name: str, shape: _Shape) -> str:
    rest = name.removeprefix(shape.prefix)
    if shape.dots is not None and rest.count(".") > shape.dots:
        *parts, last = rest.rsplit(".", shape.dots) if shape.dots else (rest, "")
        head = ".".join(parts).replace(".", "-")
        rest = f"{head}.{last}" if shape.dots else head
    return _shortened(f"{shape.prefix}{rest}", shape.longest)


def _shortened(name: str, longest: int) -> str:
    if len(name) <= longest:
        return name
    return f"{name[: longest - _DIGEST - 1].rstrip('-.')}-{_digest(name)}"


def _free(built: Built, name: str, shape: _Shape, taken: Mapping[_Place, str]) -> str:
    """The name; where another one has it already with the dialect that this one comes from, or else a number."""
    dialect = built.source.dialect
    number, found = 1, name
    while (owner := taken.get(_place(built, found))) is not None:
        if owner != dialect and found == name and dialect not in name:
            mark = dialect
        else:
            number += 1
            mark = str(number)
        found = f"{_shortened(name, shape.longest - len(mark) - 1)}-{mark}"
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]
