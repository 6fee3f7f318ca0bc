"""Layer 7 and other demands of a rule as the target can say them; a demand that it lacks takes the rule with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from translator.ir.layer7 import Condition, DnsMatch, HttpMatch, Layer7, Syntax
from translator.ir.policy import Direction
from translator.legalize.dns_names import dns_pattern
from translator.legalize.profiles import Feature, supports
from translator.legalize.recorder import Lose
from translator.legalize.target import Target, TargetName
from translator.loss.effect import Change

if TYPE_CHECKING:
    from translator.semantics.languages.rewriting import Rewriting

_CONDITION_CODES: Final = {
    "authentication": "authentication",
    "server-names": "server-names",
    "terminating-tls": "tls-termination",
    "originating-tls": "tls-termination",
    "listener": "listener",
    "layer7-protocol": "layer7-protocol",
}
_DROPPED: Final = Change.RULE_DROPPED
EVERY_NAME: Final = "*"
Demands = tuple[Layer7 | None, tuple[Condition, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Writes the layer 7 demands of rules for one target."""

    target: Target

    def write(
        self, layer7: Layer7 | None, conditions: tuple[Condition, ...], *, direction: Direction, lose: Lose
    ) -> Demands | None:
        """The demands in the target's words; None when the rule has to be left out."""
        kept = self._conditions(conditions, lose)
        if kept is None:
            return None
        if layer7 is None:
            return None, kept
        if layer7.dns is not None:
            if self.target.name in (TargetName.CILIUM, TargetName.ACCESS):
                patterns = (dns_pattern(each.pattern, self.target, lose) for each in layer7.dns)
                return replace(layer7, dns=tuple(DnsMatch(pattern=pattern) for pattern in patterns)), kept
            if any(each.pattern == EVERY_NAME for each in layer7.dns):
                # Queries for every name are no demand; Cilium needs the rule to learn addresses (cilium.md 6.5).
                return None, kept
            # The names only limit what may be asked; where nobody can look, the queries as such are what flows.
            return self._without("dns-rule", "DNS queries cannot be told apart", kept, lose)
        if layer7.http is None:
            return None, kept
        match self.target.name:
            case TargetName.KUBERNETES | TargetName.CLUSTERNETWORKPOLICY:
                return self._without("http", "HTTP requests cannot be told apart", kept, lose)
            case TargetName.CALICO:
                return self._calico(layer7.http, kept, direction, lose)
            case TargetName.CILIUM:
                return self._cilium(layer7.http, kept, lose)
            case TargetName.ACCESS:
                found = self._cilium(layer7.http, kept, lose)
                return found and _without_actions(found, lose)

    def _conditions(self, conditions: tuple[Condition, ...], lose: Lose) -> tuple[Condition, ...] | None:
        if not conditions:
            return conditions
        if self.target.name is TargetName.CILIUM:
            for condition in conditions:
                missing = self._missing(condition)
                if missing is not None:
                    lose(missing, f"{condition.feature} {condition.text} is not of this version", change=_DROPPED)
                    return None
            return conditions
        for condition in conditions:
            code = _CONDITION_CODES.get(condition.feature, "listener")
            if not self.target.allow_widening:
                lose(code, f"{condition.feature} cannot be demanded", change=Change.RULE_DROPPED)
                return None
            lose(code, f"{condition.feature} is no longer demanded", change=Change.RULE_WIDENED)
        return ()

    def _missing(self, condition: Condition) -> str | None:
        """The loss of a demand that Cilium's version does not know."""
        match condition.feature:
            case "layer7-protocol" if not supports(self.target, Feature.KAFKA):
                return "layer7-protocol"
            case "server-names" if "**." in condition.text and not supports(
                self.target, Feature.MULTI_LEVEL_SERVER_NAMES
            ):
                return "server-names"
            case "server-names" if "*" in condition.text and not supports(self.target, Feature.SERVER_NAME_WILDCARDS):
                return "server-names"
            case _:
                return None

    def _without(self, code: str, message: str, kept: tuple[Condition, ...], lose: Lose) -> Demands | None:
        """Without the demand: the whole port if the user allows widening, else without the rule."""
        if self.target.allow_widening:
            lose(code, f"{message}: all of them pass", change=Change.RULE_WIDENED)
            return None, kept
        lose(
            code,
            f"{message}: the rule is left out",
            hint="`--allow-widening` opens the whole port instead",
            change=Change.RULE_DROPPED,
        )
        return None

    def _calico(
        self, http: tuple[HttpMatch, ...], kept: tuple[Condition, ...], direction: Direction, lose: Lose
    ) -> Demands | None:
        from translator.semantics.languages.rewriting import Tolerance, for_calico  # noqa: PLC0415 - rarely needed

        if direction is Direction.EGRESS:
            return self._without("http-egress", "Calico tells HTTP requests apart on ingress only", kept, lose)
        if not supports(self.target, Feature.NORMALISED_PATHS) and any(match.paths is not None for match in http):
            words = "this version compares paths as they stand, not as they are read"
            return self._without("http-path-normalisation", words, kept, lose)
        tolerance = Tolerance.ANYTHING if self.target.allow_widening else Tolerance.NOTHING
        return _rewritten((for_calico(match, tolerance=tolerance) for match in http), kept, lose)

    @staticmethod
    def _cilium(http: tuple[HttpMatch, ...], kept: tuple[Condition, ...], lose: Lose) -> Demands | None:
        from translator.semantics.languages.rewriting import for_cilium  # noqa: PLC0415 - rarely needed

        return _rewritten((for_cilium(match) for match in http), kept, lose)


def _rewritten(rewritings: Iterable[Rewriting], kept: tuple[Condition, ...], lose: Lose) -> Demands | None:
    matches: list[HttpMatch] = []
    for found, shortfalls in rewritings:
        matches.extend(found)
        if not found and not shortfalls:
            # The connection itself was allowed, which people see who look at layer 4 alone.
            lose("http-path", "no request is like it: the rule is left out", change=_DROPPED)
        for each in shortfalls:
            lose(each.code, each.message, change=_CHANGES[each.cost.name])
    return (Layer7(http=tuple(matches)), kept) if matches else None


def _without_actions(demands: Demands, lose: Lose) -> Demands | None:
    """Without what the access spec has no words for: actions on headers, values that would read as any, and what no
    proxy can load (Cilium does not look at hosts and header names, cilium.md 8.1)."""
    from translator.semantics.languages.re2 import is_valid_re2  # noqa: PLC0415 - rarely needed

    layer7, kept = demands
    matches: list[HttpMatch] = []
    for match in layer7.http or () if layer7 else ():
        if match.extras:
            lose("http-header-actions", "headers are neither changed nor logged", change=Change.UNENFORCED)
        if any(header.value in ("", "*") for header in match.headers):
            lose("http-headers", "the value `*` of a header cannot be asked for", change=Change.RULE_NARROWED)
            continue
        if any(not _HEADER_NAME.match(header.name) for header in match.headers):
            lose("http-headers", "there is a header without a proper name", change=Change.RULE_NARROWED)
            continue
        if any(each.syntax is Syntax.REGEX and is_valid_re2(each.text) for each in match.hosts or ()):
            lose("http-host", "the host is no expression that a proxy can load", change=Change.RULE_NARROWED)
            continue
        matches.append(replace(match, extras=()))
    return (Layer7(http=tuple(matches)), kept) if matches else None


_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
"""A token (RFC 9110, 5.6.2)."""
_CHANGES: Final = {
    "FEWER": Change.RULE_NARROWED,
    "MORE": Change.RULE_WIDENED,
    "DROPPED": Change.RULE_DROPPED,
    "INERT": Change.UNENFORCED,
}
"""What each cost of a rewriting does to the rule."""
