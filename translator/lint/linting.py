"""All checks over what was read, without what somebody has looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from translator.errors import Finding, Severity
from translator.lint.calico_forms import (
    http_rules,
    misplaced_global,
    negative_selectors,
    network_sets,
    single_families,
    unconvertible_peers,
)
from translator.lint.cilium_forms import (
    absent_peers,
    beyond_pods,
    default_deny,
    http_parts,
    icmp_types,
    options_of_the_agent,
    reserved_labels,
    wide_excepts,
)
from translator.lint.cluster import (
    cluster_addresses,
    ranges_of_later_versions,
    service_addresses,
    translated_senders,
    unmatched_selectors,
)
from translator.lint.labels import dotted_prefixes, filtered_labels
from translator.lint.nothing import empty_rules, empty_subjects, items_without_rules, policies_for_hosts
from translator.lint.ports import impossible_names, names_towards_addresses
from translator.lint.shadows import opening_baseline, shadowed_rules, unrestricting_http
from translator.lint.subject import Scene
from translator.lint.suppression import Suppressed, split
from translator.lint.ties import undecided_orders
from translator.lint.traps import denies_alone, forgotten_dns, isolated_endpoints, isolated_system, names_without_dns
from translator.origin import FieldPath
from translator.pipeline.source import Source

CHECKS: Final[tuple[Callable[[Scene], Iterator[Finding]], ...]] = (
    filtered_labels,
    dotted_prefixes,
    empty_subjects,
    policies_for_hosts,
    empty_rules,
    items_without_rules,
    absent_peers,
    reserved_labels,
    beyond_pods,
    wide_excepts,
    default_deny,
    icmp_types,
    http_parts,
    options_of_the_agent,
    negative_selectors,
    misplaced_global,
    network_sets,
    single_families,
    http_rules,
    unconvertible_peers,
    names_towards_addresses,
    impossible_names,
    undecided_orders,
    shadowed_rules,
    unrestricting_http,
    opening_baseline,
    forgotten_dns,
    names_without_dns,
    isolated_system,
    denies_alone,
    isolated_endpoints,
    unmatched_selectors,
    service_addresses,
    cluster_addresses,
    translated_senders,
    ranges_of_later_versions,
)
"""Every check of whole policies. Adding one is one line here and an entry in the catalogue."""

_SAID_NEARER: Final = frozenset({"matches-nothing", "selects-everyone"})
"""Codes that several checks may give for one cause."""


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
    kept, suppressed = split(_without_repetitions(found))
    return Linted(findings=_in_order(source, kept), suppressed=suppressed)


def _without_repetitions(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Of two findings of one code and document, one inside the other's field, the nearer one to the cause."""
    inner: set[tuple[str, int, FieldPath]] = set()
    for finding in findings:
        if finding.origin is not None:
            path = finding.origin.path
            inner.update((finding.code, id(finding.origin.document), path[:depth]) for depth in range(len(path)))
    for finding in findings:
        origin = finding.origin
        repeats = origin is not None and (finding.code, id(origin.document), origin.path) in inner
        if not repeats or finding.severity is Severity.ERROR or finding.code not in _SAID_NEARER:
            yield finding


def _in_order(source: Source, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    rank = {file: position for position, file in enumerate(source.files)}

    def key(finding: Finding) -> tuple[int, int, int, int, str]:
        origin = finding.origin
        if origin is None:
            return (len(rank) + 1, 0, 0, 0, finding.code)
        return (rank.get(origin.file, len(rank)), origin.document.index, origin.line, origin.column, finding.code)

    return tuple(sorted(dict.fromkeys(findings), key=key))
