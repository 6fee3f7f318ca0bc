"""The parts that a policy falls into: their subjects, their namespaces and their names."""

from __future__ import annotations

import hashlib

from translator.ir.labels import NAMESPACE_NAME
from translator.ir.peers import Endpoints
from translator.ir.policy import Policy
from translator.legalize import cubes as who
from translator.legalize.cubes import Cube
from translator.legalize.index import namespaces_of


def namespace_of(cube: Cube) -> str | None:
    """The one namespace that subjects are in."""
    names = namespaces_of((cube,))
    return names[0] if names is not None and len(names) == 1 else None


def qualified(policy: Policy, cube: Cube, *, several: bool) -> str:
    """A name for one part of a policy, from what distinguishes its subjects."""
    if not several:
        return policy.name
    words = [
        value
        for label, values in cube.labels
        if label != NAMESPACE_NAME and not values.others and len(values.values) == 1
        for value in values.values
        if value and value.replace("-", "").isalnum() and value.islower()
    ]
    suffix = "-".join(words[:2]) or hashlib.sha256(repr(who.selector_of(cube)).encode()).hexdigest()[:6]
    return f"{policy.name}-{suffix}"[:253].rstrip("-.")


def as_endpoints(cube: Cube) -> Endpoints:
    """A conjunction of subjects as the IR writes it."""
    if isinstance(cube.source, Endpoints):
        return cube.source
    return Endpoints(selector=who.selector_of(cube), kinds=cube.kinds)
