"""DNS names and their patterns: one name against a pattern, and the atoms of several patterns.

The language of ``Domain.pattern`` and ``DnsMatch.pattern`` is Cilium's (cilium.md 6.5): case does not count, a trailing
dot is implied, ``*`` is any part of one label, two or more ``*`` and a dot in front are one or more whole labels, and
stars alone are every name. ClusterNetworkPolicy's ``*.x.y`` is one or more labels, written ``**.x.y`` here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from translator.semantics.languages.budget import Budget

_CHARACTERS: Final = "[-a-z0-9_]"
_STARS: Final = re.compile(r"\*+")
_EVERY_NAME: Final = re.compile(r"\*+\.?")
_WHOLE_LABELS: Final = re.compile(r"\*{2,}\.")


def domain_matches(pattern: str, name: str) -> bool:
    """Whether a DNS name matches a pattern (``*.x.io`` one label in front of x.io, ``**.x.io`` one or more)."""
    canonical = canonical_domain(pattern)
    asked = name.lower().removesuffix(".")
    if _EVERY_NAME.fullmatch(canonical):
        return True
    return canonical == asked if "*" not in canonical else _compiled(canonical).fullmatch(asked) is not None


@lru_cache(maxsize=8192)
def canonical_domain(pattern: str) -> str:
    """Lower case, no trailing dot, and no more stars than count."""
    lowered = pattern.strip().lower()
    if _EVERY_NAME.fullmatch(lowered):
        return "*"
    whole = _WHOLE_LABELS.match(lowered)
    rest = _STARS.sub("*", lowered[whole.end() :] if whole else lowered).removesuffix(".")
    return f"**.{rest}" if whole else rest


def cluster_network_policy_domain(text: str) -> str:
    """The pattern that a ClusterNetworkPolicy domain name stands for: its leading ``*.`` is one or more labels."""
    canonical = canonical_domain(text)
    return f"*{canonical}" if canonical.startswith("*.") else canonical


@lru_cache(maxsize=4096)
def _compiled(canonical: str) -> re.Pattern[str]:
    """The regular expression of a canonical pattern with stars."""
    return re.compile(_expression_text(canonical))


def _expression_text(canonical: str) -> str:
    front, rest = "", canonical
    if canonical.startswith("**."):
        front, rest = rf"(?:{_CHARACTERS}+\.)+", canonical[3:]
    return front + f"{_CHARACTERS}*".join(re.escape(part) for part in rest.split("*"))


@lru_cache(maxsize=4096)
def domain_classes(patterns: tuple[str, ...], budget: Budget) -> dict[frozenset[int], str]:
    """For every set of patterns that exactly match some name: a shortest such name. Raises Undecided."""
    # Automata are loaded where patterns are compared; matching a name is on the way of every start.
    from translator.semantics.languages.expressions import (  # noqa: PLC0415
        ANY_CHARACTER,
        Repetition,
        backwards,
        literal,
    )
    from translator.semantics.languages.programs import Program  # noqa: PLC0415
    from translator.semantics.languages.re2 import parse_re2  # noqa: PLC0415
    from translator.semantics.languages.states import Automaton, explore  # noqa: PLC0415
    from translator.semantics.languages.universes import (  # noqa: PLC0415
        ARRIVES,
        CANDIDATES,
        PREFERRED,
        universe_table,
    )

    program = Program(budget)
    walked = frozenset(universe_table("name").load(program))
    for index, canonical in enumerate(map(canonical_domain, patterns)):
        if canonical == "*":
            program.add(Repetition(ANY_CHARACTER, 0, None), index)
            continue
        expression = parse_re2(_expression_text(canonical)) if "*" in canonical else literal(canonical)
        # Patterns are alike at their ends, so the automaton that reads backwards stays small.
        program.add(backwards(expression), index)
    automaton = Automaton(program, prefer=PREFERRED["name"])
    found: dict[frozenset[int], str] = {}
    for _, tags, text in explore(automaton, alive=lambda state: not walked.isdisjoint(state), budget=budget):
        if ARRIVES in tags:
            found.setdefault(tags - {ARRIVES}, text[::-1])
    for candidate in reversed(CANDIDATES["name"]):
        found[automaton.run(candidate[::-1]) - {ARRIVES}] = candidate
    return found
