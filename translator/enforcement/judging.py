"""Which policies a network plugin does not enforce as they are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from translator.context import NO_CONTEXT, Context
from translator.enforcement.profile import Deviation, Outcome, Plugin, Use
from translator.enforcement.uses import uses
from translator.errors import Finding, Severity
from translator.ir.policy import Policy
from translator.legalize.knowledge import Knowledge
from translator.origin import Origin

DIALECTS: Final = frozenset({"kubernetes", "clusternetworkpolicy"})
"""The dialects of the Kubernetes API, which plugins read."""
_ORDER: Final = tuple(Outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """One place of a policy that a plugin does not enforce as it is written."""

    policy: Policy
    plugin: Plugin
    deviation: Deviation
    origin: Origin | None

    @property
    def code(self) -> str:
        """The code under which it is explained."""
        return f"cni-{self.deviation.use.value}"

    @property
    def finding(self) -> Finding:
        """The same as a warning about the policy."""
        deviation, plugin = self.deviation, self.plugin
        return Finding(
            message=f"{self.policy.reference} under {plugin.title}: {deviation.words} [{deviation.grade.words}]",
            origin=self.origin,
            severity=Severity.WARNING,
            code=self.code,
            hint=None if deviation.adaptation is None else f"`--adapt` writes {deviation.adaptation.value}",
        )

    def __str__(self) -> str:
        where = f"{self.origin} " if self.origin else ""
        deviation = self.deviation
        return (
            f'{where}{self.code} {deviation.outcome.value} "{deviation.words}" '
            f"({self.policy.reference}, {self.plugin.name}, {deviation.grade.value})"
        )


def judge(policies: Iterable[Policy], plugin: Plugin, context: Context = NO_CONTEXT) -> tuple[Shortfall, ...]:
    """What the plugin makes otherwise, policy by policy, each kind once for each policy.

    A plugin that enforces nothing of a policy has nothing else to be said about it.
    """
    cluster = Knowledge(context=context).cluster
    return tuple(
        shortfall
        for policy in policies
        if policy.dialect in DIALECTS and not policy.staged
        for shortfall in _judged(policy, plugin, tuple(uses(policy, cluster)))
    )


def verdict_of(shortfalls: Iterable[Shortfall]) -> Outcome | None:
    """What becomes of a policy in one word, the worst one; None where it is enforced as it is written."""
    found = {each.deviation.outcome for each in shortfalls}
    return next((outcome for outcome in _ORDER if outcome in found), None)


def _judged(policy: Policy, plugin: Plugin, found: tuple[tuple[Use, Origin | None], ...]) -> Iterator[Shortfall]:
    places: dict[Use, Origin | None] = {}
    for use, origin in found:
        places.setdefault(use, origin)
    shortfalls = [
        Shortfall(policy=policy, plugin=plugin, deviation=deviation, origin=places[deviation.use])
        for deviation in plugin.deviations
        if deviation.use in places
    ]
    nothing = [each for each in shortfalls if each.deviation.use is Use.POLICY]
    yield from nothing or shortfalls
