"""Legal policies into documents, in an order that does not depend on the order of the input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from translator.documents.document import Document
from translator.documents.emitter import dump
from translator.documents.server_fields import strip_server_fields
from translator.ir.policy import AddressGroup, Policy, Tier
from translator.legalize.build import Built
from translator.legalize.legalizing import Legal
from translator.legalize.profiles import Feature, supports
from translator.legalize.recorder import Recorder
from translator.legalize.target import Target
from translator.loss.effect import Change
from translator.origin import Origin
from translator.pipeline.emitters import EMITTERS
from translator.pipeline.one_cluster import policy_in_one_cluster
from translator.pipeline.registry import SPECIFICATIONS

if TYPE_CHECKING:
    from translator.dialects.access.emit import Member

DESCRIPTION: Final = "kubernetes.io/description"
"""The annotation that Kubernetes itself keeps for what an object is for."""
_RANKS: Final = ("Tier", "Namespace", "HostEndpoint", "NetworkSet", "GlobalNetworkSet", "CiliumCIDRGroup")
"""Kinds that others refer to come first, so that a reader and ``kubectl apply`` meet them in that order."""


_SHARED: Final = frozenset({"kubernetes", "clusternetworkpolicy"})
"""Dialects that every engine reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One document of the translation."""

    data: Mapping[str, Any]
    origin: Origin | None
    """The document of the source that it stands for; None for what no document of the source is."""
    policy: Policy | None = None
    """The legal policy that it says."""
    source: Policy | None = None
    """The policy of the source that it stands for."""
    text: str | None = None
    """The text of a document that stays as it is, byte for byte."""
    members: tuple[Member, ...] = ()
    """The policies of a specification, each with one of the source that it stands for."""

    @property
    def file(self) -> str:
        """The file of the source that it belongs to."""
        return self.origin.file if self.origin else "-"

    @property
    def key(self) -> tuple[int, str, str, str, str]:
        """Its place among the others."""
        kind, metadata = str(self.data.get("kind", "")), self.data.get("metadata") or {}
        api_version = str(self.data.get("apiVersion", ""))
        rank = _RANKS.index(kind) if kind in _RANKS else len(_RANKS)
        return (rank, metadata.get("namespace") or "", metadata.get("name") or "", kind, api_version)


def emit_legal(legal: Legal, recorder: Recorder) -> tuple[Output, ...]:
    """The documents of what ``legalize`` made for a target; what does not fit into any is declared."""
    target = recorder.target
    if target.name.value in SPECIFICATIONS:
        return tuple(_specifications(legal))
    first = legal.policies[0].source.origin if legal.policies else None
    found = [
        *(Output(data=_tier(tier), origin=_tier_origin(tier, legal.policies) or first) for tier in legal.tiers),
        *(
            Output(data=_group(group, target.name.value, target), origin=group.origin or first)
            for group in legal.groups
        ),
        *(
            _emit(part, target, legal.groups)
            for built in legal.policies
            for part in _parts(built, legal.groups, recorder)
        ),
    ]
    return in_order(found)


def _specifications(legal: Legal) -> Iterator[Output]:
    """One specification for each file of the source."""
    from translator.dialects.access.emit import emit_specs

    by_file: dict[str, list[Built]] = {}
    for built in legal.policies:
        by_file.setdefault(built.source.origin.file if built.source.origin else "-", []).append(built)
    sources = {id(built.policy): built.source for built in legal.policies}
    for written in emit_specs([[built.policy for built in same] for same in by_file.values()]):
        members = tuple(replace(each, policy=sources[id(each.policy)]) for each in written.members)
        yield Output(data=written.document, origin=members[0].policy.origin, members=members)


def emit_as_read(
    policies: Iterable[Built], tiers: Iterable[Tier], groups: Sequence[AddressGroup], recorder: Recorder
) -> tuple[Output, ...]:
    """The documents of policies, each beside what was read: those of the target's own dialect in canonical form.

    Kinds that other engines read as well stay as they are. A NetworkPolicy whose data is canonical keeps its text: it
    may have been carried over byte for byte, and translating an output again changes nothing.
    """
    target = recorder.target
    found = [
        *(Output(data=_tier(tier), origin=tier.origin) for tier in tiers),
        *(Output(data=_group(group, group.dialect, target), origin=group.origin) for group in groups),
        *_joined(_emit_as_read(part, groups, target) for built in policies for part in _parts(built, groups, recorder)),
    ]
    return in_order(found)


def _joined(outputs: Iterable[Output]) -> Iterator[Output]:
    """What was one object is one again."""
    by_document: dict[object, list[Output]] = {}
    for output in outputs:
        place = (output.origin.file, output.origin.document.index) if output.origin else id(output)
        by_document.setdefault(place, []).append(output)
    for same in by_document.values():
        first = same[0]
        join = EMITTERS[first.policy.dialect].join if first.policy is not None else None
        if len(same) == 1 or join is None:
            yield from same
        else:
            yield replace(first, data=join([output.data for output in same]))


def _parts(built: Built, groups: Sequence[AddressGroup], recorder: Recorder) -> Iterator[Built]:
    """A policy that is too long for its target as several that fit."""
    policy, target = built.policy, recorder.target
    if built.carried or policy.dialect != target.name.value:
        yield built
        return
    found = EMITTERS[policy.dialect].parts(policy, version=target.version, groups=groups)
    if not found:
        for change in (Change.ISOLATION_DROPPED, Change.RULE_DROPPED):
            message = "its subject is longer than a selector may be, and cannot be split"
            recorder.declare("policy-refused", message, change=change, policy=built.source)
    for part in found:
        yield built if part is policy else replace(built, policy=part)


def _emit_as_read(built: Built, groups: Sequence[AddressGroup], target: Target) -> Output:
    policy, source = built.policy, built.source
    document = policy.origin.document if policy.origin is not None else None
    is_own = policy.dialect == target.name.value
    write = EMITTERS[policy.dialect].policy
    if not isinstance(document, Document):
        data = write(policy, version=target.version if is_own else None, groups=groups)
        return Output(data=data, origin=None, policy=policy)
    as_it_is = strip_server_fields(document.data)
    data = write(policy, version=target.version, groups=groups) if is_own else as_it_is
    stays = data == as_it_is and not document.from_server and policy.dialect in _SHARED
    text = carried_text(document) if stays else None
    return Output(data=data, origin=policy.origin, policy=policy, source=source, text=text)


def _group(group: AddressGroup, dialect: str, target: Target) -> Mapping[str, Any]:
    """An address group; Cilium had them in another version of its API before (1.18)."""
    data = _with_notes(EMITTERS[dialect].group(group), annotations=group.annotations)
    if data["kind"] == "CiliumCIDRGroup" and not supports(target, Feature.CIDR_GROUPS_V2):
        return {**data, "apiVersion": "cilium.io/v2alpha1"}
    return data


def _tier(tier: Tier) -> Mapping[str, Any]:
    """A tier, which is an object of its own in Calico only."""
    return _with_notes(EMITTERS["calico"].tier(tier), labels=tier.labels, annotations=tier.annotations)


def _with_notes(data: Mapping[str, Any], **notes: tuple[tuple[str, str], ...]) -> Mapping[str, Any]:
    """An object with labels and annotations that decide nothing."""
    return {**data, "metadata": {**data["metadata"], **{kind: dict(each) for kind, each in notes.items() if each}}}


def in_order(outputs: Iterable[Output]) -> tuple[Output, ...]:
    """Sorted by kind where order helps, then by namespace, name and kind."""
    return tuple(sorted(outputs, key=lambda output: output.key))


def _emit(built: Built, target: Target, groups: Sequence[AddressGroup]) -> Output:
    origin = built.source.origin
    document = origin.document if origin else None
    if built.carried and isinstance(document, Document):
        data: Mapping[str, Any] = strip_server_fields(document.data)
        if built.source.dialect == target.name.value:
            # What is the target's own is canonical in every output, so that translating that again changes nothing.
            source = policy_in_one_cluster(built.source)
            data = EMITTERS[target.name.value].policy(source, version=target.version, groups=groups)
        stays = not document.from_server and data == strip_server_fields(document.data)
        text = carried_text(document) if stays else None
        return Output(data=data, origin=origin, policy=built.policy, source=built.source, text=text)
    write = EMITTERS[built.policy.dialect].policy
    # Only the dialect that the target is named for has its version.
    version = target.version if built.policy.dialect == target.name.value else None
    described = _described(built.policy)
    return Output(
        data=write(described, version=version, groups=groups), origin=origin, policy=built.policy, source=built.source
    )


def _described(policy: Policy) -> Policy:
    """The policy with its description where its dialect has a place for one: Cilium a field, others an annotation."""
    known = any(key == DESCRIPTION for key, _ in policy.annotations)
    if policy.description is None or policy.dialect == "cilium" or known:
        return policy
    return replace(policy, description=None, annotations=(*policy.annotations, (DESCRIPTION, policy.description)))


def carried_text(document: Document) -> str | None:
    """The text of a document without separators; None when it has none of its own (an item of a List, JSON)."""
    text = document.text.strip("\n")
    if not text:
        return None
    lines = text.split("\n")
    if lines and lines[0].split("#")[0].rstrip() == "---":
        lines = lines[1:]
    if lines and lines[-1].rstrip() in ("---", "..."):
        lines = lines[:-1]
    if not lines or lines[0].lstrip()[:1] in ("{", "[", "%"):
        return None
    return "\n".join(lines).strip("\n") + "\n"


def _tier_origin(tier: Tier, policies: Iterable[Built]) -> Origin | None:
    """A tier object belongs to its own document, else to that of the first policy in it."""
    if tier.origin is not None:
        return tier.origin
    return next((built.source.origin for built in policies if built.policy.tier == tier.name), None)


def as_yaml(outputs: Iterable[Output]) -> str:
    """The documents as one YAML stream; what stays as it is keeps its text."""
    return "---\n".join(_texts(outputs))


def _texts(outputs: Iterable[Output]) -> Iterator[str]:
    """Documents that are written anew go to the dumper together, since that is what makes it fast."""
    fresh: list[Mapping[str, Any]] = []
    for output in outputs:
        if output.text is None:
            fresh.append(output.data)
            continue
        if fresh:
            yield dump(fresh)
            fresh = []
        yield output.text
    if fresh:
        yield dump(fresh)
