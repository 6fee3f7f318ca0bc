"""Documents that a migration applies or deletes together, and why they go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from translator.documents.document import Document
from translator.ir.policy import Action, Policy
from translator.pipeline.emission import Output, as_yaml
from translator.pipeline.source import Source
from translator.pipeline.translate import Translation
from translator.review.interim import Halves

GROUPS: Final = frozenset({"Tier", "Namespace", "NetworkSet", "GlobalNetworkSet", "CiliumCIDRGroup", "HostEndpoint"})
"""Kinds that policies refer to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Documents that are applied or deleted together."""

    name: str
    title: str
    why: str
    documents: tuple[Mapping[str, Any], ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The name of a batch's file, and what the plan says about it."""

    name: str
    title: str
    why: str


APPLY: Final = (
    Words(
        name="groups",
        title="Apply what the policies refer to",
        why="Tiers and sets decide nothing by themselves, and a policy that refers to a missing one selects nobody.",
    ),
    Words(
        name="allowing",
        title="Apply the policies that let traffic through",
        why="They come before those that deny, so that nothing is cut off which another new policy would let through.",
    ),
    Words(
        name="isolating",
        title="Apply the policies that deny or only isolate",
        why="Everything that they make an exception of is there already.",
    ),
)
DENY_FIRST: Final = (
    "They come before those that let traffic through: the other way round more changes in between, which was measured."
)
ALLOW_LAST: Final = "What they must not let through is denied already."
_IN_ONE_GO: Final = (
    "In one go: with one half of them alone traffic differs, which was measured. They are in the order that opens less "
    "for that moment."
)
APPLY_ALL: Final = Words(name="policies", title="Apply the policies", why=_IN_ONE_GO)
DELETE: Final = (
    Words(
        name="old-allowing",
        title="Delete the old policies that let traffic through",
        why="The new policies let the same through.",
    ),
    Words(
        name="old-isolating",
        title="Delete the old policies that deny or only isolate",
        why="The new policies isolate the same pods.",
    ),
    Words(
        name="old-groups",
        title="Delete what only the old policies referred to",
        why="Nothing refers to it any more.",
    ),
)
DELETE_ALL: Final = Words(name="old-policies", title="Delete the old policies", why=_IN_ONE_GO)


def batched(words: Words, outputs: Sequence[Output]) -> Batch:
    """Documents under their words; there may be none."""
    return Batch(
        name=words.name,
        title=words.title,
        why=words.why,
        documents=tuple(each.data for each in outputs),
        text=as_yaml(outputs),
    )


def arranged(
    halves: Sequence[Batch], order: Halves, *, together: Words, reversed_whys: tuple[str, str] | None = None
) -> list[Batch]:
    """Two halves as they were measured to be safest: in their order, in the other one, or as one batch."""
    first, second = halves[order.first], halves[1 - order.first]
    if not order.apart:
        return [
            Batch(
                name=together.name,
                title=together.title,
                why=together.why,
                documents=(*first.documents, *second.documents),
                text=f"{first.text}---\n{second.text}",
            )
        ]
    if order.first and reversed_whys is not None:
        return [replace(each, why=why) for each, why in zip((first, second), reversed_whys, strict=True)]
    return [first, second]


def restricts(policy: Policy) -> bool:
    """Whether it denies, passes on, or isolates in a direction without letting anything through."""
    actions = {rule.action for direction in policy.directions for rule in policy.rules(direction)}
    return bool(actions & {Action.DENY, Action.PASS}) or not any(policy.rules(each) for each in policy.directions)


def restricting(read: Source) -> frozenset[tuple[str, int]]:
    """The documents with a policy that restricts."""
    return frozenset(
        (policy.origin.file, policy.origin.document.index)
        for policy in read.policies.as_read()
        if policy.origin is not None and restricts(policy)
    )


def replaced(documents: Sequence[Document], translation: Translation) -> list[Document]:
    """The documents without those of refused policies, and then without what these may refer to."""
    refused = {
        (loss.origin.file, loss.origin.document.index) for loss in translation.refused if loss.origin is not None
    }
    return [
        each for each in documents if (each.file, each.index) not in refused and not (refused and each.kind in GROUPS)
    ]
