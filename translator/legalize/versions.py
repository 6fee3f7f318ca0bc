"""Whether policies of an engine have to be legalized for another version of the same engine."""

from __future__ import annotations

from collections.abc import Iterator

from translator.ir.layer7 import Syntax
from translator.ir.policy import Direction, Policy, PolicySet
from translator.legalize.profiles import NEWER_API_TIERS, Feature, supports
from translator.legalize.target import Target, TargetName

_NORMALISED = frozenset({Syntax.CALICO_EXACT, Syntax.CALICO_PREFIX})


def is_foreign_to(policies: PolicySet, target: Target) -> bool:
    """Whether the version lacks something that single policies cannot do without (``in_place`` does the rest)."""
    if target.version is None:
        return False
    return any(
        not _reads_paths(policy, target) or any(not supports(target, feature) for feature in _used(policy))
        for policy in policies.as_read()
        if not policy.staged
    )


def _used(policy: Policy) -> Iterator[Feature]:
    match policy.kind:
        case "ClusterNetworkPolicy":
            yield Feature.CLUSTER_NETWORK_POLICY
        case "AdminNetworkPolicy" | "BaselineAdminNetworkPolicy":
            yield Feature.ADMIN_NETWORK_POLICY
    if policy.dialect == TargetName.CALICO and policy.tier != "default":
        yield Feature.TIERS
        if policy.tier in NEWER_API_TIERS:
            yield Feature.CLUSTER_NETWORK_POLICY


def _reads_paths(policy: Policy, target: Target) -> bool:
    """Whether Calico compares HTTP paths as the version does that the policies were read for (calico.md 4.5)."""
    if target.name is not TargetName.CALICO:
        return True
    is_normalised = supports(target, Feature.NORMALISED_PATHS)
    return all(
        (path.syntax in _NORMALISED) == is_normalised
        for direction in Direction
        for rule in policy.rules(direction)
        if rule.layer7 is not None
        for match in rule.layer7.http or ()
        for path in match.paths or ()
    )
