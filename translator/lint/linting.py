"""All checks over what was read, without what somebody has looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from translator.errors import Finding, Severity
from translator.lint.cluster import ranges_of_later_versions, service_addresses, translated_senders, unmatched_selectors
from translator.lint.labels import dotted_prefixes, filtered_labels
from translator.lint.shadows import shadowed_rules
from translator.lint.subject import Scene
from translator.lint.suppression import Suppressed, split
from translator.lint.traps import denies_alone, forgotten_dns, isolated_endpoints, isolated_system, names_without_dns
from translator.pipeline.source import Source

CHECKS: Final[tuple[Callable[[Scene], Iterator[Finding]], ...]] = (
    filtered_labels,
    dotted_prefixes,
    shadowed_rules,
    forgotten_dns,
    names_without_dns,
    isolated_system,
    denies_alone,
    isolated_endpoints,
    unmatched_selectors,
    service_addresses,
    translated_senders,
    ranges_of_later_versions,
)
"""Every check of whole policies. Adding one is one line here and an entry in the catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """What was found."""

    findings: tuple[Finding, ...]
    """In the order of the input."""
    suppressed: tuple[Suppressed, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What makes the input bad."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is doubtful."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.WARNING)


def lint(source: Source) -> Linted:
    """What the gates and dialects said while reading, and what the checks find."""
    scene = Scene(source=source)
    found = [*source.findings, *(finding for check in CHECKS for finding in check(scene))]
    kept, suppressed = split(found)
    return Linted(findings=_in_order(source, kept), suppressed=suppressed)


def _in_order(source: Source, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    rank = {file: position for position, file in enumerate(source.files)}

    def key(finding: Finding) -> tuple[int, int, int, int, str]:
        origin = finding.origin
        if origin is None:
            return (len(rank) + 1, 0, 0, 0, finding.code)
        return (rank.get(origin.file, len(rank)), origin.document.index, origin.line, origin.column, finding.code)

    return tuple(sorted(dict.fromkeys(findings), key=key))
