"""Calico documents → IR: every kind of projectcalico.org/v3 and crd.projectcalico.org/v1 (calico.md 1 to 4, 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from translator.dialect import Parsed, ParseOptions
from translator.dialects.calico.admission import Read, read_documents
from translator.dialects.calico.known_objects import KnownObjects, KnownSet, known_host, known_set
from translator.dialects.calico.model import (
    GlobalNetworkPolicy,
    GlobalNetworkSet,
    HostEndpoint,
    NetworkPolicy,
    NetworkSet,
    Profile,
    StagedGlobalNetworkPolicy,
    StagedKubernetesNetworkPolicy,
    StagedNetworkPolicy,
    Tier,
)
from translator.dialects.calico.policies import PolicyReader
from translator.dialects.calico.values import read_network_or_address
from translator.documents.document import Document
from translator.errors import Finding, Severity
from translator.ir.policy import AddressGroup, End, Evaluation, Policy
from translator.ir.policy import Tier as IrTier
from translator.origin import Origin
from translator.wire.metadata import annotation_items, label_items

NAME: Final = "calico"
DEFAULT_TIER_ORDER: Final = 1_000_000.0
"""What an unset order of a tier is read as (calico.md 1.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The documents by what they are."""

    policies: tuple[Read, ...]
    sets: tuple[KnownSet, ...]
    hosts: tuple[Read, ...]
    tiers: tuple[Read, ...]
    profiles: dict[str, Profile]
    profile_origins: dict[str, Origin]

    def origins_of(self, host: HostEndpoint) -> tuple[Origin, ...]:
        """The documents of a host endpoint's profiles."""
        names = (host.spec and host.spec.profiles) or ()
        return tuple(self.profile_origins[name] for name in names if name in self.profile_origins)


def parse(documents: Sequence[Document], options: ParseOptions) -> Parsed:
    """Read Calico's documents, all of one cluster at once: rules refer to sets and host endpoints by their labels.

    What a gate refuses is left out and reported.
    """
    readings, findings = read_documents(documents, options)
    found = _sorted_out(readings, options, findings)
    hosts = [
        known_host(read.model, found.profiles, options.context, read.document.origin(), found.origins_of(read.model))
        for read in found.hosts
        if isinstance(read.model, HostEndpoint)
    ]
    all_have_accounts = all(pod.service_account for pod in options.context.pods)
    reader = PolicyReader(KnownObjects(found.sets, hosts, all_have_accounts=all_have_accounts), options)
    policies: list[Policy] = []
    for read in found.policies:
        policy, said = reader.read(read)
        findings += said
        if policy is not None:
            policies.append(policy)
    return Parsed(
        policies=tuple(policies),
        tiers=tuple(_tier(read) for read in found.tiers),
        groups=tuple(known.group for known in found.sets),
        hosts=tuple(host.endpoint for host in hosts),
        findings=tuple(findings),
    )


def _sorted_out(readings: Sequence[Read], options: ParseOptions, findings: list[Finding]) -> _Found:
    policies: list[Read] = []
    sets: list[KnownSet] = []
    hosts: list[Read] = []
    tiers: list[Read] = []
    profiles: dict[str, Profile] = {}
    origins: dict[str, Origin] = {}
    for read in readings:
        match read.model:
            case (
                NetworkPolicy()
                | GlobalNetworkPolicy()
                | StagedNetworkPolicy()
                | StagedGlobalNetworkPolicy()
                | StagedKubernetesNetworkPolicy()
            ):
                policies.append(read)
            case NetworkSet() | GlobalNetworkSet():
                group, skipped = _group(read, options)
                findings += skipped
                sets.append(known_set(group, options.context))
            case HostEndpoint():
                hosts.append(read)
            case Tier():
                tiers.append(read)
            case Profile() as profile:
                profiles[read.name] = profile
                origins[read.name] = read.document.origin()
                findings += _inert_profile(read, profile)
    return _Found(
        policies=tuple(policies),
        sets=tuple(sets),
        hosts=tuple(hosts),
        tiers=tuple(tiers),
        profiles=profiles,
        profile_origins=origins,
    )


def _group(read: Read, options: ParseOptions) -> tuple[AddressGroup, list[Finding]]:
    """A network set; entries that do not parse are skipped, as Calico does (calico.md 1.6)."""
    model = read.model
    assert isinstance(model, NetworkSet | GlobalNetworkSet)
    nets = (model.spec.nets or []) if model.spec is not None else []
    blocks = [read_network_or_address(text) for text in nets]
    skipped = [
        Finding(
            message=f"{text!r} is no CIDR: Calico skips it",
            origin=read.document.origin("spec", "nets", position),
            severity=Severity.WARNING,
            code="entry-skipped",
        )
        for position, (text, block) in enumerate(zip(nets, blocks, strict=True))
        if block is None
    ]
    group = AddressGroup(
        name=read.name,
        namespace=read.namespace(options) if isinstance(model, NetworkSet) else None,
        cidrs=tuple(dict.fromkeys(block.text for block in blocks if block is not None)),
        labels=label_items(read.metadata),
        annotations=annotation_items(read.metadata),
        kind=model.kind,
        dialect=NAME,
        origin=read.document.origin(),
    )
    return group, skipped


def _tier(read: Read) -> IrTier:
    """A tier; any default action but Pass acts as Deny (calico.md 1.5)."""
    model = read.model
    assert isinstance(model, Tier)
    spec = model.spec
    order = spec.order if spec is not None and spec.order is not None else DEFAULT_TIER_ORDER
    return IrTier(
        name=read.name,
        order=order,
        evaluation=Evaluation.FIRST_MATCH,
        end=End.PASS if spec is not None and spec.default_action == "Pass" else End.DENY,
        labels=label_items(read.metadata),
        annotations=annotation_items(read.metadata),
        origin=read.document.origin(),
    )


def _inert_profile(read: Read, profile: Profile) -> list[Finding]:
    """Profiles of documents reach host endpoints only, and of these only their labels are modelled."""
    spec = profile.spec
    if spec is None or not (spec.ingress or spec.egress):
        return []
    return [
        Finding(
            message="the rules of a profile act on host endpoints after all policies; they are not read",
            origin=read.document.origin("spec"),
            severity=Severity.WARNING,
            code="profile-rules-ignored",
        )
    ]
