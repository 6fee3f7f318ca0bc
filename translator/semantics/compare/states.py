"""What is left to decide at a point of the comparison: groups of diagrams in their order of evaluation.

Every evaluation scheme becomes one list: a group holds diagrams of rules with the same action; the first group of
which one matches decides. Deny-overrides is a deny group before an allow group before a pass group; the end of an
isolating tier is a last deny group that holds the isolating subjects. PASS goes on behind the next ``BORDER``.
What no group decides is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from translator.ir.policy import Action
from translator.semantics.compare.diagrams import TRUE

ALLOW: Final = 0
DENY: Final = 1
PASS: Final = 2
IGNORE: Final = 3
"""Whatever the decision would be, it is looked at elsewhere."""
_BORDER: Final = 4
CODES: Final = {Action.ALLOW: ALLOW, Action.DENY: DENY, Action.PASS: PASS}

Group = tuple[int, tuple[int, ...]]
"""(action, nodes sorted)"""
State = tuple[Group, ...]

BORDER: Final[Group] = (_BORDER, ())
ALLOWED: Final[State] = ()
DENIED: Final[State] = ((DENY, (TRUE,)),)
IGNORED: Final[State] = ((IGNORE, (TRUE,)),)


def settle(groups: Iterable[Group]) -> State:
    """The shortest equivalent list: what cannot decide any more is gone, equal behaviour mostly looks equal."""
    out: list[Group] = []
    start = 0
    """Where the current segment begins in ``out``: segments end at borders over which something may pass."""
    asked_before: set[int] = set()
    """Every node of the current segment."""
    passes = False
    skipping = False
    for action, nodes in groups:
        if action == _BORDER:
            skipping = False
            while len(out) > start and out[-1][0] == PASS:
                asked_before.difference_update(out.pop()[1])
            if passes and any(each[0] == PASS for each in out[start:]):
                out.append(BORDER)
                start = len(out)
                asked_before = set()
            passes = False
        elif nodes and not skipping and (nodes[0] or len(nodes) > 1):
            asked = nodes if nodes[0] else nodes[1:]
            if asked[0] != TRUE:
                passes |= action == PASS
                _append(out, start, action, asked, asked_before)
            elif action == PASS:
                skipping = True
            else:
                _append(out, start, action, (TRUE,), asked_before)
                if not passes:
                    break
                skipping = True
    return _trim(out, start)


def never_ends(state: State) -> bool:
    """Whether some group decides in any case, so that nothing is allowed for want of a decision."""
    return bool(state) and state[-1][1] == (TRUE,) and state[-1][0] != PASS


def is_plain(state: State) -> bool:
    """Whether nothing passes: one list in which the first match decides."""
    return all(action < PASS for action, _ in state)


def _append(out: list[Group], start: int, action: int, nodes: tuple[int, ...], asked_before: set[int]) -> None:
    """Add a group to the current segment: merged with one of the same action, without nodes that were asked before."""
    if nodes[0] != TRUE:
        if not asked_before.isdisjoint(nodes):
            nodes = tuple([node for node in nodes if node not in asked_before])
            if not nodes:
                return
        asked_before.update(nodes)
    if len(out) == start or out[-1][0] != action:
        out.append((action, nodes))
    elif nodes[0] == TRUE:
        out[-1] = (action, nodes)
    else:
        out[-1] = (action, tuple(sorted({*out[-1][1], *nodes})))


def _trim(out: list[Group], start: int) -> State:
    """Drop what ends in the default anyway: in the last segment passing is allowing, and a last allow says nothing."""
    while out:
        action = out[-1][0]
        if action == _BORDER:
            out.pop()
            start = len(out)
            while start and out[start - 1][0] != _BORDER:
                start -= 1
        elif action in (ALLOW, PASS):
            out.pop()
        else:
            break
    if any(action == PASS for action, _ in out[start:]):
        last = out[start:]
        del out[start:]
        asked_before = set[int]()
        for action, nodes in last:
            _append(out, start, ALLOW if action == PASS else action, nodes, asked_before)
    return tuple(out)
