"""What each version of each target has: one table per target, feature by feature."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from translator.context import CalicoOptions, CiliumOptions, Context, KubernetesOptions
from translator.errors import UsageError
from translator.legalize.target import Target, TargetName

Version = tuple[int, ...]
NEWER_API_TIERS: Final = frozenset({"kube-admin", "kube-baseline"})
"""The tiers that Calico makes itself where it implements ClusterNetworkPolicy (calico.md 3.6)."""


class Feature(StrEnum):
    """What some version of a target has and another lacks."""

    PORT_RANGES = "port ranges"
    TIERS = "tiers besides `default`"
    STAGED = "staged policies"
    FREE_NAMES = "names without the tier in front"
    DOTTED_NAMES = "dots in the names of policies"
    NAMED_PORTS_ALONE = "port names without a protocol"
    NORMALISED_PATHS = "HTTP paths compared after normalisation"
    CLUSTER_NETWORK_POLICY = "ClusterNetworkPolicy"
    ADMIN_NETWORK_POLICY = "AdminNetworkPolicy"
    DEFAULT_DENY_OFF = "`enableDefaultDeny`"
    CIDR_GROUPS = "CIDR groups by label, in egress and in deny items"
    CIDR_GROUPS_V2 = "CIDR groups as cilium.io/v2"
    NODE_SELECTORS = "`fromNodes` and `toNodes`"
    SERVICES = "`toServices` for Services with a selector"
    POLICY_LOG = "`log`"
    SERVER_NAME_WILDCARDS = "wildcards in `serverNames`"
    MULTI_LEVEL_NAMES = "`**.` in DNS patterns"
    MULTI_LEVEL_SERVER_NAMES = "`**.` in `serverNames`"
    STRING_LABELS = "`labels` as strings"
    LABEL_OBJECTS = "`labels` as objects"
    KAFKA = "Kafka and generic layer 7 rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The versions that have a feature."""

    since: Version | None = None
    """None: every version in the table."""
    before: Version | None = None
    """The first version that has it no longer; None: the newest one still does."""
    source: str
    """Where that is said."""

    def __contains__(self, version: object) -> bool:
        return (
            isinstance(version, tuple)
            and (self.since is None or version >= self.since)
            and (self.before is None or version < self.before)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The versions of one target."""

    oldest: Version
    """What came before is not known well enough to promise anything."""
    newest: Version
    """Later versions are taken to be like this one, which the report says."""
    features: Mapping[Feature, Span]


PROFILES: Final[Mapping[TargetName, Profile]] = {
    TargetName.KUBERNETES: Profile(
        # Namespaces carry their name as a label since 1.22 (kubernetes.md A.5).
        oldest=(1, 22),
        newest=(1, 36),
        features={Feature.PORT_RANGES: Span(since=(1, 25), source="kubernetes.md A.1 (KEP-2079)")},
    ),
    TargetName.CALICO: Profile(
        oldest=(3, 26),
        newest=(3, 34),
        features={
            Feature.TIERS: Span(since=(3, 29), source="calico.md 8"),
            Feature.DOTTED_NAMES: Span(since=(3, 29), source="calico.md 1.9"),
            Feature.ADMIN_NETWORK_POLICY: Span(since=(3, 29), before=(3, 32), source="calico.md 3.6, 8"),
            Feature.STAGED: Span(since=(3, 30), source="calico.md 8"),
            Feature.NORMALISED_PATHS: Span(since=(3, 31, 6), source="calico.md 4.5"),
            Feature.FREE_NAMES: Span(since=(3, 32), source="calico.md 1.9"),
            Feature.NAMED_PORTS_ALONE: Span(since=(3, 32), source="calico.md 4.2"),
            Feature.CLUSTER_NETWORK_POLICY: Span(since=(3, 32), source="calico.md 3.6, 8"),
        },
    ),
    TargetName.CILIUM: Profile(
        oldest=(1, 15),
        newest=(1, 20),
        features={
            Feature.PORT_RANGES: Span(since=(1, 16), source="cilium.md 13, 14"),
            Feature.DEFAULT_DENY_OFF: Span(since=(1, 16), source="cilium.md 14"),
            Feature.NODE_SELECTORS: Span(since=(1, 16), source="release notes of Cilium 1.16"),
            Feature.CIDR_GROUPS: Span(since=(1, 17), source="cilium.md 14"),
            Feature.SERVICES: Span(since=(1, 17), source="cilium.md 14"),
            Feature.CIDR_GROUPS_V2: Span(since=(1, 18), source="cilium/cilium pull request 38940"),
            Feature.POLICY_LOG: Span(since=(1, 18), source="release notes of Cilium 1.18"),
            Feature.SERVER_NAME_WILDCARDS: Span(since=(1, 18), source="cilium.md 8.6"),
            Feature.MULTI_LEVEL_NAMES: Span(since=(1, 19), source="cilium.md 6.5"),
            Feature.LABEL_OBJECTS: Span(before=(1, 20), source="cilium.md 1.2"),
            Feature.KAFKA: Span(before=(1, 20), source="cilium.md 14"),
            Feature.STRING_LABELS: Span(since=(1, 20), source="cilium.md 1.2"),
            Feature.MULTI_LEVEL_SERVER_NAMES: Span(since=(1, 20), source="cilium.md 8.6"),
            Feature.CLUSTER_NETWORK_POLICY: Span(since=(1, 20), source="cilium.md 11, 14"),
        },
    ),
}
"""A feature that a target's table does not name is in every version of it, or in none."""

_DEFAULTS: Final = {
    TargetName.KUBERNETES: KubernetesOptions().version,
    TargetName.CALICO: CalicoOptions().version,
    TargetName.CILIUM: CiliumOptions().version,
}


def supports(target: Target, feature: Feature) -> bool:
    """Whether the target's version has a feature; without a version the newest one counts."""
    if feature in target.without:
        return False
    profile = PROFILES.get(target.name)
    span = profile.features.get(feature) if profile is not None else None
    if profile is None or span is None:
        return True
    return (profile.newest if target.version is None else numbers(target.version)) in span


def settled(target: Target, context: Context) -> Target:
    """The target with the version that the context names for it, unless it has one of its own.

    Raises UsageError for a version that is not known, or that lacks what the request needs.
    """
    if target.version is None and target.name in _DEFAULTS:
        named = _version_in(context, target.name)
        target = target if named == _DEFAULTS[target.name] else replace(target, version=named)
    _check(target)
    return target


def as_target_reads(context: Context, target: Target) -> Context:
    """The context as the target's cluster has it: with its version."""
    if target.version is None:
        return context
    match target.name:
        case TargetName.KUBERNETES:
            return replace(context, kubernetes=replace(context.kubernetes, version=target.version))
        case TargetName.CALICO:
            return replace(context, calico=replace(context.calico, version=target.version))
        case TargetName.CILIUM:
            return replace(context, cilium=replace(context.cilium, version=target.version))
        case _:
            return context


def beyond(target: Target) -> str | None:
    """The newest version that is known, where a newer one is asked for."""
    profile = PROFILES.get(target.name)
    if profile is None or target.version is None or numbers(target.version)[:2] <= profile.newest:
        return None
    return text(profile.newest)


def numbers(version: str) -> Version:
    """``v3.31.6`` as ``(3, 31, 6)``."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def text(version: Version) -> str:
    """``(1, 17)`` as ``1.17``."""
    return ".".join(map(str, version))


def _version_in(context: Context, name: TargetName) -> str:
    match name:
        case TargetName.KUBERNETES:
            return context.kubernetes.version
        case TargetName.CALICO:
            return context.calico.version
        case _:
            return context.cilium.version


def _check(target: Target) -> None:
    profile = PROFILES.get(target.name)
    if target.version is not None:
        if profile is None:
            raise UsageError(f"{target.name}@{target.version}: this target has no versions")
        found = numbers(target.version)
        if len(found) < 2 or not re.fullmatch(r"v?\d+(\.\d+)+", target.version):
            raise UsageError(f"{target.name}@{target.version}: expected a version such as {text(profile.newest)}")
        if found < profile.oldest:
            raise UsageError(f"{target.name}@{target.version}: versions are known from {text(profile.oldest)} on")
    if TargetName.CLUSTERNETWORKPOLICY in target.use and not supports(target, Feature.CLUSTER_NETWORK_POLICY):
        span = PROFILES[target.name].features[Feature.CLUSTER_NETWORK_POLICY]
        since = text(span.since or ())
        raise UsageError(
            f"--use clusternetworkpolicy: {target.name} {target.version} does not implement it (since {since})"
        )
