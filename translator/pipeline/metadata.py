"""What stands around the rules and decides nothing, names, labels and notes: what an output lacks of it is declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from translator.documents.document import Document
from translator.ir.policy import Direction, Policy, PolicySet
from translator.loss.effect import Change
from translator.loss.loss import Loss, declare
from translator.origin import Origin
from translator.pipeline.emission import DESCRIPTION, Output

_SHOWN = 3
_OWNERSHIP: Final[Mapping[str, Callable[[Mapping[str, Any]], list[str]]]] = {
    "ownerReferences": lambda metadata: [
        f"{owner.get('kind')} {owner.get('name')}" for owner in metadata["ownerReferences"] if owner
    ],
    "finalizers": lambda metadata: [str(each) for each in metadata["finalizers"]],
}
"""What ties an object to controllers: the field, and whom it names."""


def metadata_losses(outputs: Sequence[Output], target: str) -> tuple[Loss, ...]:
    """A loss for each name, label, annotation or note of a policy that none of its documents carries."""
    by_source: dict[int, list[Output]] = {}
    for output in outputs:
        if output.source is not None and output.text is None:
            by_source.setdefault(id(output.source), []).append(output)
    written = {id(output.source): output.source for output in outputs if output.source is not None}
    return tuple(
        declare(code, message, change=Change.UNENFORCED, policy=policy.reference, target=target, origin=origin)
        for key, same in by_source.items()
        if (policy := written[key]) is not None
        for code, message, origin in _lost(policy, same)
    ) + tuple(
        declare(code, message, change=Change.UNENFORCED, policy=member.policy.reference, target=target, origin=origin)
        for output in outputs
        for member in output.members
        for code, message, origin in _lost_in_specification(member.policy, member.name)
    )


def ownership_losses(policies: PolicySet, outputs: Sequence[Output], target: str) -> tuple[Loss, ...]:
    """A loss for each document that an object owns or that waits for a finalizer, where what replaces it does not."""
    tied = dict(_tied(policies))
    if not tied:
        return ()
    written: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
    for output in outputs:
        for origin in [member.policy.origin for member in output.members] or [output.origin]:
            if origin is not None:
                written.setdefault((origin.file, origin.document.index), []).append(output.data.get("metadata") or {})
    return tuple(
        declare(
            "ownership-dropped",
            f"without {' and '.join(lost)}: {_listed([name for field in lost for name in _OWNERSHIP[field](given)])}",
            change=Change.UNENFORCED,
            policy=policy.reference,
            target=target,
            origin=policy.origin and Origin(policy.origin.document, ("metadata", lost[0])),
        )
        for place, (policy, given) in tied.items()
        if (kept := written.get(place))
        and (lost := [field for field in _OWNERSHIP if given.get(field) and not all(field in each for each in kept)])
    )


def _tied(policies: PolicySet) -> Iterator[tuple[tuple[str, int], tuple[Policy, Mapping[str, Any]]]]:
    """The documents with owners or finalizers, each with a policy of it and its metadata."""
    for policy in policies.as_read():
        document = policy.origin.document if policy.origin is not None else None
        if isinstance(document, Document) and any(document.metadata.get(field) for field in _OWNERSHIP):
            yield (document.file, document.index), (policy, document.metadata)


def _lost(policy: Policy, outputs: Sequence[Output]) -> Iterator[tuple[str, str, Origin | None]]:
    origin = policy.origin
    metadata = [output.data.get("metadata") or {} for output in outputs]
    names = list(dict.fromkeys(str(each.get("name")) for each in metadata))
    if len(names) > 1:
        yield "policy-split", f"it became {_listed(names)}", origin
    elif names[0] != policy.name:
        yield "name-changed", f"its name is {names[0]}", _at(origin, "metadata", "name")
    for code, kind, pairs in (
        ("labels-dropped", "labels", policy.labels),
        ("annotations-dropped", "annotations", policy.annotations),
    ):
        lost = [key for key, value in pairs if all((each.get(kind) or {}).get(key) != value for each in metadata)]
        if lost:
            yield code, f"without {_listed(lost)}", _at(origin, "metadata", kind)
    if policy.description and all(_description(output.data) != policy.description for output in outputs):
        yield "description-dropped", "the description has no place", _at(origin, "spec", "description")
    yield from _lost_of_rules(policy, outputs)


def _lost_in_specification(policy: Policy, name: str) -> Iterator[tuple[str, str, Origin | None]]:
    """Services have names and descriptions, and nothing else around their rules."""
    if name != policy.name:
        yield "name-changed", f"its name is {name}", _at(policy.origin, "metadata", "name")
    for code, kind, pairs in (
        ("labels-dropped", "labels", policy.labels),
        ("annotations-dropped", "annotations", policy.annotations),
    ):
        if pairs:
            yield code, f"without {_listed([key for key, _ in pairs])}", _at(policy.origin, "metadata", kind)
    yield from _lost_of_rules(policy, ())


def _lost_of_rules(policy: Policy, outputs: Sequence[Output]) -> Iterator[tuple[str, str, Origin | None]]:
    written = {item for output in outputs for rule in _rules(output.data) for item in _annotations(rule).items()}
    has_names = any(output.data.get("kind") == "ClusterNetworkPolicy" for output in outputs)
    for direction in Direction:
        for rule in policy.rules(direction):
            if direction not in policy.directions:
                continue
            lost = [item[0] for item in rule.annotations if item not in written]
            if lost:
                yield "rule-annotations-dropped", f"without {_listed(lost)}", rule.origin
            if rule.name and not has_names:
                yield "rule-name-dropped", f"the name {rule.name} has no place", rule.origin


def _rules(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The rules of a Calico document, which alone have annotations."""
    if str(data.get("apiVersion", "")).startswith("projectcalico.org/"):
        spec = data.get("spec") or {}
        for direction in Direction:
            yield from spec.get(direction.value) or ()


def _annotations(rule: Mapping[str, Any]) -> Mapping[str, str]:
    return (rule.get("metadata") or {}).get("annotations") or {}


def _description(data: Mapping[str, Any]) -> object:
    """A field of Cilium's, an annotation elsewhere."""
    annotations = (data.get("metadata") or {}).get("annotations") or {}
    return (data.get("spec") or {}).get("description") or annotations.get(DESCRIPTION)


def _at(origin: Origin | None, *path: str) -> Origin | None:
    """A field of the policy's object; rule sets of one object have their origin below it."""
    return None if origin is None else Origin(origin.document, path)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
