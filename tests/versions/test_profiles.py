"""The tables of versions."""

from __future__ import annotations

import pytest

from tests.versions.translating import translated
from translator.context import CiliumOptions, Context
from translator.errors import UsageError
from translator.legalize.profiles import PROFILES, Feature, settled, supports
from translator.legalize.target import Target, TargetName
from translator.pipeline.translate import target_of

RANGE = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {}
  ingress: [{ports: [{port: 8000, endPort: 8003}]}]
"""


@pytest.mark.parametrize("name", PROFILES, ids=[name.value for name in PROFILES])
def test_every_span_lies_within_the_known_versions(name: TargetName) -> None:
    """A feature came, or went, at a version that the table covers, and says where that is written."""
    profile = PROFILES[name]
    for span in profile.features.values():
        assert span.source
        assert any(version is not None for version in (span.since, span.before))
        assert all(
            version is None or profile.oldest < version <= (*profile.newest, 99)
            for version in (span.since, span.before)
        )


def test_a_target_without_a_version_has_everything_that_there_still_is() -> None:
    """The newest version counts."""
    assert supports(Target(name=TargetName.CILIUM), Feature.DEFAULT_DENY_OFF)
    assert not supports(Target(name=TargetName.CILIUM), Feature.KAFKA)
    assert supports(Target(name=TargetName.CLUSTERNETWORKPOLICY), Feature.PORT_RANGES)


def test_patch_releases_count() -> None:
    """Calico's paths are normalised from v3.31.6 on."""
    old, new = (Target(name=TargetName.CALICO, version=version) for version in ("3.31.5", "v3.31.6"))
    assert not supports(old, Feature.NORMALISED_PATHS)
    assert supports(new, Feature.NORMALISED_PATHS)


def test_the_version_stands_behind_the_name() -> None:
    """``cilium@1.17``."""
    target = target_of("cilium@1.17")
    assert (target.name, target.version) == (TargetName.CILIUM, "1.17")
    assert target_of("cilium").version is None


@pytest.mark.parametrize("text", ["cilium@", "cilium@latest", "cilium@1", "cilium@1.4", "clusternetworkpolicy@1.2"])
def test_odd_versions_are_refused(text: str) -> None:
    """No version, no numbers, one too old to be known, a target that has none."""
    with pytest.raises(UsageError):
        settled(target_of(text), Context())


def test_the_context_may_name_the_version() -> None:
    """What the context says about the target's cluster counts unless the target names a version itself."""
    context = Context(cilium=CiliumOptions(version="1.15"))
    assert settled(target_of("cilium"), context).version == "1.15"
    assert settled(target_of("cilium@1.18"), context).version == "1.18"
    assert settled(target_of("cilium"), Context()).version is None
    (document,) = translated(RANGE, "cilium", context).documents
    assert "endPort" not in str(document)


def test_newer_versions_are_an_assumption() -> None:
    """A version that the table does not know yet is taken to be like the newest one, which the report says."""
    assert any("1.99 reads policies as 1.20 does" in line for line in translated(RANGE, "cilium@1.99").assumptions)
    assert not any("reads policies as" in line for line in translated(RANGE, "cilium@1.20").assumptions)


def test_help_that_the_version_lacks_is_refused() -> None:
    """``--use clusternetworkpolicy`` needs an engine that implements it."""
    with pytest.raises(UsageError, match=r"since 1\.20"):
        settled(target_of("cilium@1.19", use=["clusternetworkpolicy"]), Context())
    with pytest.raises(UsageError, match=r"since 3\.32"):
        settled(target_of("calico@3.31", use=["clusternetworkpolicy"]), Context())
    settled(target_of("cilium", use=["clusternetworkpolicy"]), Context())


def test_the_local_cluster_is_the_limit_since_1_19() -> None:
    """``policy-default-local-cluster`` follows the version unless it is said."""
    assert CiliumOptions().scopes_to_local_cluster
    assert not CiliumOptions(version="1.18").scopes_to_local_cluster
    assert CiliumOptions(version="1.18", policy_default_local_cluster=True).scopes_to_local_cluster


def test_a_specification_is_written_alone() -> None:
    """An access spec has no place for the kinds of another dialect beside it."""
    with pytest.raises(UsageError, match="written alone"):
        target_of("access", use=("clusternetworkpolicy",))
