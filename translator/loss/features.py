"""The features of policies and how far each target can say them: the matrix of ``netpolx features`` and the README."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from translator.loss.kind import CALICO, CILIUM, CLUSTER, KUBERNETES, TARGETS, Area


class Support(StrEnum):
    """How far a target can say a feature."""

    EXACT = "exact"
    CONTEXT = "with context"
    """Exact once the context says what is asked for, a declared loss without."""
    PARTLY = "partly"
    """Exact in most cases or in newer versions, a declared loss in the others."""
    DROPPED = "dropped"
    """Left out, without effect on traffic."""
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one target makes of a feature."""

    support: Support = Support.EXACT
    codes: tuple[str, ...] = ()
    """The losses that may be declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRow:
    """One feature of the matrix."""

    name: str
    area: Area
    cells: Mapping[str, Cell] = field(default_factory=dict)
    """Target → what it makes of it; a target that is absent says it exactly."""

    def cell(self, target: str) -> Cell:
        """What a target makes of the feature."""
        return self.cells.get(target, _EXACT)


_EXACT: Final = Cell()


def _cell(support: Support, codes: tuple[str, ...]) -> Cell:
    return Cell(support=support, codes=codes)


def _no(*codes: str) -> Cell:
    return _cell(Support.NO, codes)


def _partly(*codes: str) -> Cell:
    return _cell(Support.PARTLY, codes)


def _context(*codes: str) -> Cell:
    return _cell(Support.CONTEXT, codes)


def _dropped(*codes: str) -> Cell:
    return _cell(Support.DROPPED, codes)


def _row(area: Area, name: str, **cells: Cell) -> FeatureRow:
    return FeatureRow(name=name, area=area, cells=cells)


def _same(cell: Cell, *targets: str) -> dict[str, Cell]:
    return dict.fromkeys(targets, cell)


_K_L_N: Final = (KUBERNETES, CILIUM, CLUSTER)
_K_A_N: Final = (KUBERNETES, CALICO, CLUSTER)

FEATURES: Final = (
    _row(Area.ORDER, "Allow rules"),
    _row(Area.ORDER, "Deny rules", **_same(_partly("order-flattened"), *_K_L_N)),
    _row(Area.ORDER, "Order of rules and policies", **_same(_partly("order-flattened"), *_K_L_N)),
    _row(
        Area.ORDER,
        "Tiers and Pass",
        kubernetes=_partly("tier-dropped", "baseline-overrides-isolation"),
        calico=_partly("tier-dropped", "order-flattened", "baseline-overrides-isolation"),
        cilium=_partly("tier-dropped"),
        clusternetworkpolicy=_partly("tier-dropped", "baseline-overrides-isolation"),
    ),
    _row(Area.ORDER, "Default deny of what is selected", clusternetworkpolicy=_partly("isolation-partial")),
    _row(Area.ORDER, "Rules without default deny", **_same(_partly("isolation-added"), CALICO, CILIUM)),
    _row(Area.ORDER, "Log rules", calico=_partly("log-dropped"), **_same(_dropped("log-dropped"), *_K_L_N)),
    _row(Area.ORDER, "Staged policies", calico=_partly("staged-dropped"), **_same(_dropped("staged-dropped"), *_K_L_N)),
    _row(
        Area.SUBJECTS,
        "Cluster-wide policies",
        kubernetes=_context("namespaces-unknown", "global-to-namespaces"),
    ),
    _row(Area.SUBJECTS, "Filters on the subject in a rule", **_same(_partly("subject-address"), *_K_L_N)),
    _row(
        Area.SUBJECTS,
        "Policies for nodes",
        kubernetes=_no("host-subject", "host-endpoint-dropped"),
        calico=_partly("host-subject", "host-endpoint-dropped"),
        cilium=_partly("host-subject", "host-endpoint-dropped"),
        clusternetworkpolicy=_no("host-subject", "host-endpoint-dropped"),
    ),
    _row(Area.SUBJECTS, "doNotTrack, preDNAT, applyOnForward", **_same(_dropped("host-hook"), *_K_L_N)),
    _row(Area.SUBJECTS, "Health, ingress and init endpoints", **_same(_dropped("reserved-subject"), *_K_A_N)),
    _row(
        Area.SELECTORS,
        "Labels of pods and namespaces",
        calico=_partly("reserved-label"),
        cilium=_partly("reserved-label", "identity-label", "long-namespace-label"),
    ),
    _row(
        Area.SELECTORS,
        "Service accounts by name",
        cilium=_partly("service-account"),
        **_same(_no("service-account"), KUBERNETES, CLUSTER),
    ),
    _row(
        Area.SELECTORS,
        "Service accounts by label",
        cilium=_context("service-account-labels"),
        **_same(_no("service-account"), KUBERNETES, CLUSTER),
    ),
    _row(Area.SELECTORS, "contains, starts with, ends with", **_same(_context("substring-operator"), *_K_L_N)),
    _row(
        Area.SELECTORS,
        "or, not and parentheses",
        calico=_partly("rule-limit", "policy-refused"),
        **_same(_partly("rule-limit", "policy-refused"), *_K_L_N),
    ),
    _row(
        Area.SELECTORS,
        "Everybody but certain pods",
        **_same(_context("nodes-unknown", "world-unknown"), KUBERNETES, CLUSTER),
    ),
    _row(
        Area.SELECTORS,
        "Other clusters of a mesh",
        cilium=_partly("cluster-mesh"),
        **_same(_no("cluster-mesh"), *_K_A_N),
    ),
    _row(Area.SELECTORS, "Nodes by label", cilium=_partly("node-labels"), **_same(_no("node-labels"), *_K_A_N)),
    _row(
        Area.SELECTORS,
        "Host endpoints by label",
        kubernetes=_context("ipblock-undefined"),
        cilium=_no("cidr-covers-nodes", "cidr-covers-pods"),
        clusternetworkpolicy=_partly("outside-ingress"),
    ),
    _row(
        Area.PEERS,
        "Address ranges outside the cluster",
        clusternetworkpolicy=_partly("outside-ingress"),
    ),
    _row(
        Area.PEERS,
        "Address ranges that may cover pods and nodes",
        kubernetes=_context("ipblock-undefined", "cidr-reaches-cluster"),
        calico=_context("cidr-reaches-cluster"),
        cilium=_context("cidr-covers-pods", "cidr-covers-nodes"),
        clusternetworkpolicy=_context("cidr-reaches-cluster"),
    ),
    _row(
        Area.PEERS,
        "Pods by label and address at once",
        **_same(_context("cidr-covers-pods"), *_K_L_N),
    ),
    _row(
        Area.PEERS,
        "Named sets of addresses",
        cilium=_partly("group-inlined"),
        **_same(_partly("group-inlined", "group-unknown"), *_K_A_N),
    ),
    _row(
        Area.PEERS,
        "World, cluster",
        kubernetes=_context("world-unknown", "nodes-unknown"),
        calico=_context("world-unknown", "nodes-unknown"),
        clusternetworkpolicy=_context("world-unknown", "nodes-unknown"),
    ),
    _row(
        Area.PEERS,
        "Host, remote nodes, API server",
        **_same(_context("nodes-unknown", "apiserver-unknown", "own-node"), *_K_A_N),
    ),
    _row(
        Area.PEERS,
        "Health, init, ingress, unmanaged as peers",
        calico=_no("reserved-peer"),
        **_same(_dropped("reserved-peer"), KUBERNETES, CLUSTER),
    ),
    _row(
        Area.PEERS,
        "Services",
        **_same(_context("service-peer", "service-resolved"), *TARGETS),
    ),
    _row(
        Area.PEERS,
        "DNS names",
        kubernetes=_no("fqdn"),
        calico=_no("fqdn", "fqdn-deny"),
        cilium=_partly("dns-inspection", "dns-pattern-depth", "fqdn-deny"),
        clusternetworkpolicy=_partly("fqdn", "fqdn-deny"),
    ),
    _row(Area.PEERS, "Security groups of a cloud", **_same(_no("cloud-groups"), *_K_A_N)),
    _row(
        Area.TRAFFIC,
        "TCP, UDP, SCTP: ports and ranges",
        kubernetes=_partly("port-range-version"),
        cilium=_partly("sctp-disabled", "port-range-version"),
    ),
    _row(Area.TRAFFIC, "All ports but some"),
    _row(
        Area.TRAFFIC,
        "Named ports",
        kubernetes=_partly("named-port-on-address"),
        calico=_partly("named-port-on-address", "dataplane-dependent", "named-port-resolved"),
        cilium=_partly("named-port-on-address"),
        clusternetworkpolicy=_partly("named-port-protocol", "named-port-on-address"),
    ),
    _row(
        Area.TRAFFIC,
        "All ports but a named one",
        **_same(_context("negated-named-port", "named-port-resolved"), *_K_L_N),
    ),
    _row(
        Area.TRAFFIC,
        "ICMP types",
        kubernetes=_no("icmp"),
        calico=_partly("icmp"),
        cilium=_partly("icmp-type-zero"),
        clusternetworkpolicy=_no("icmp"),
    ),
    _row(
        Area.TRAFFIC,
        "ICMP codes",
        kubernetes=_no("icmp"),
        cilium=_no("icmp-code"),
        clusternetworkpolicy=_no("icmp"),
    ),
    _row(Area.TRAFFIC, "Other protocols by number", **_same(_no("protocol", "other-protocols"), *_K_L_N)),
    _row(Area.TRAFFIC, "One IP version only", **_same(_context("ip-version"), *_K_L_N)),
    _row(Area.TRAFFIC, "Source ports", **_same(_no("source-port"), *_K_L_N)),
    _row(
        Area.LAYER7,
        "HTTP method and path",
        kubernetes=_no("http"),
        calico=_partly(
            "http-method", "http-path", "http-path-normalisation", "http-query", "http-egress", "http-needs-dikastes"
        ),
        cilium=_partly("http-path", "http-path-normalisation", "http-needs-proxy"),
        clusternetworkpolicy=_no("http"),
    ),
    _row(
        Area.LAYER7,
        "HTTP host and headers",
        kubernetes=_no("http"),
        calico=_no("http-host", "http-headers", "http-header-actions"),
        clusternetworkpolicy=_no("http"),
    ),
    _row(Area.LAYER7, "DNS queries by name", **_same(_no("dns-rule"), *_K_A_N)),
    _row(
        Area.LAYER7,
        "Kafka and generic protocols",
        cilium=_partly("layer7-protocol"),
        **_same(_no("layer7-protocol"), *_K_A_N),
    ),
    _row(Area.LAYER7, "TLS server names, termination", **_same(_no("server-names", "tls-termination"), *_K_A_N)),
    _row(Area.LAYER7, "Mutual authentication", **_same(_no("authentication"), *_K_A_N)),
    _row(Area.LAYER7, "Proxy listeners", **_same(_no("listener"), *_K_A_N)),
    _row(
        Area.METADATA,
        "Descriptions, log texts, labels of rules",
        **_same(_partly("description-dropped", "log-value-dropped", "rule-labels-dropped"), *_K_A_N),
    ),
    _row(Area.METADATA, "Names of rules", **_same(_dropped("rule-name-dropped"), KUBERNETES, CALICO, CILIUM)),
    _row(Area.METADATA, "Annotations of rules", **_same(_dropped("rule-annotations-dropped"), *_K_L_N)),
    _row(
        Area.METADATA,
        "Labels and annotations of an engine's own",
        cilium=_dropped("labels-dropped"),
        **_same(_dropped("labels-dropped", "annotations-dropped"), *_K_A_N),
    ),
    _row(Area.METADATA, "Performance hints", **_same(_dropped("performance-hints"), *_K_L_N)),
)
"""Every feature that some dialect has, in the order of the documentation."""
