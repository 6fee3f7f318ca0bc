"""What stands around the rules and decides nothing, names, labels and notes: what an output lacks of it is declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from translator.ir.policy import Direction, Policy
from translator.loss import Change, Loss, declare
from translator.origin import Origin
from translator.pipeline.emission import DESCRIPTION, Output

_SHOWN = 3


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
    is_calico = any(str(output.data.get("apiVersion", "")).startswith("projectcalico.org/") for output in outputs)
    has_names = any(output.data.get("kind") == "ClusterNetworkPolicy" for output in outputs)
    for direction in Direction:
        for rule in policy.rules(direction):
            if direction not in policy.directions:
                continue
            if rule.annotations and not is_calico:
                yield (
                    "rule-annotations-dropped",
                    f"without {_listed([key for key, _ in rule.annotations])}",
                    rule.origin,
                )
            if rule.name and not has_names:
                yield "rule-name-dropped", f"the name {rule.name} has no place", rule.origin


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
