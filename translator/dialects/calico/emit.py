"""Legal policies of the IR → documents of projectcalico.org/v3 (calico.md 1, 11).

What is legal, for everything else is refused with InternalError:

- *Policy.* Its tier's default action applies in every direction that it governs (``isolates == directions``; none for
  untracked and pre-DNAT policies). Names are names of Calico. Staged policies become staged documents.
- *Subject.* A union of ``Endpoints`` of pods and hosts. In a namespaced policy all are pods, and every conjunction
  demands the policy's own namespace by name. Labels of pods, service accounts and (cluster-wide) namespaces go to
  their own field; disjunctions across scopes, and labels of the own namespace, stand in ``selector`` with the keys
  under which a pod inherits them. Cluster-wide policies on pods do not reach host endpoints, nor the other way round.
- *Rules.* Of the four actions; those of directions that the policy does not govern are not written. Peers times
  traffic becomes one rule per protocol, family and peer, in a row. The ``subject`` filter is the rule's own side.
- *Peers.* ``Anyone``; ``Endpoints`` of pods, by any labels but those of nodes and clusters; ``Network`` that reaches
  every kind, by its set reference where labels can say it, else by its addresses; ``Service`` by namespace and name,
  alone, with its ports on egress and without them on ingress; ``AllOf`` and ``NoneOf`` of these: a lone excluded
  selector in cluster-wide policies only, excluded networks anywhere.
- *Traffic.* Protocols one by one, or all but one; port numbers with TCP, UDP or SCTP only, port names without protocol
  too; ICMP with types, and with one excluded message at most.
- *Layer 7.* HTTP methods (exact) and paths (Calico's own syntaxes) in ingress rules that allow TCP or any protocol.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from translator.dialects.calico.emit_groups import emit_group
from translator.dialects.calico.emit_peers import Place
from translator.dialects.calico.emit_rules import RuleWriter
from translator.dialects.calico.emit_subjects import subject_fields
from translator.dialects.calico.model import V3
from translator.errors import InternalError
from translator.ir.policy import AddressGroup, Direction, End, Hook, Policy, Tier
from translator.wire.kubernetes_types import is_dns_label

MAX_RULES: Final = 1024
TIER_LABEL: Final = "projectcalico.org/tier"
"""Written by Calico itself on every policy of a tier (calico.md 1.9)."""
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)?\Z")
_HOOKS: Final[dict[Hook, dict[str, bool]]] = {
    Hook.NORMAL: {},
    Hook.FORWARD: {"applyOnForward": True},
    Hook.PRE_DNAT: {"preDNAT": True, "applyOnForward": True},
    Hook.UNTRACKED: {"doNotTrack": True, "applyOnForward": True},
}
_HINT: Final = "performance-hint"
_STAGED_ACTION: Final = "staged-action"
_Version = tuple[int, ...]
_TIERS: Final[_Version] = (3, 29)
"""The first version with tiers (calico.md 8); the others in the same way."""
_STAGED: Final[_Version] = (3, 30)
_FREE_NAMES: Final[_Version] = (3, 32)
_PORT_NAMES_ALONE: Final[_Version] = (3, 32)
_NORMALISED_PATHS: Final[_Version] = (3, 31, 6)


def emit_policy(policy: Policy, *, version: str | None = None, groups: Sequence[AddressGroup] = ()) -> dict[str, Any]:
    """A NetworkPolicy or GlobalNetworkPolicy, staged where the policy is.

    ``version`` of Calico, None for the newest. ``groups`` are the sets of the target cluster: selectors of pods whose
    labels one of them carries as well get a guard.
    """
    numbers = _numbers(version)
    _check(policy)
    spec: dict[str, Any] = {}
    if numbers >= _TIERS:
        spec["tier"] = policy.tier
    elif policy.tier != "default":
        raise InternalError(f"Calico {version} has no tiers besides default")
    if policy.order is not None:
        spec["order"] = _number(policy.order)
    action = _staged_action(policy, numbers) if policy.staged else None
    if action is not None:
        spec["stagedAction"] = action
    if action == "Delete":
        # A staged removal names its policy and nothing else (calico.md 7).
        spec.pop("order", None)
    else:
        spec |= _HOOKS[policy.hook] | subject_fields(policy)
        spec |= _rules(policy, numbers, groups)
    return {"apiVersion": V3, "kind": _kind(policy), "metadata": _metadata(policy, numbers), "spec": spec}


def emit_tier(tier: Tier) -> dict[str, Any]:
    """A Tier, its default action spelled out."""
    if not is_dns_label(tier.name):
        raise InternalError(f"{tier.name!r} is no name of a tier")
    spec: dict[str, Any] = {} if tier.order is None else {"order": _number(tier.order)}
    spec["defaultAction"] = "Pass" if tier.end is End.PASS else "Deny"
    return {"apiVersion": V3, "kind": "Tier", "metadata": {"name": tier.name}, "spec": spec}


def _check(policy: Policy) -> None:
    expected = policy.directions if policy.hook in (Hook.NORMAL, Hook.FORWARD) else frozenset()
    if policy.isolates != expected or not policy.directions:
        raise InternalError(f"{policy.reference}: the tier's default action applies wherever a Calico policy governs")
    if policy.hook is not Hook.NORMAL and policy.namespace is not None:
        raise InternalError(f"{policy.reference}: only cluster-wide policies act on the traffic of hosts")
    if policy.hook is Hook.PRE_DNAT and Direction.EGRESS in policy.directions:
        raise InternalError(f"{policy.reference}: policies before NAT have no egress")


def _kind(policy: Policy) -> str:
    name = "NetworkPolicy" if policy.namespace is not None else "GlobalNetworkPolicy"
    return f"Staged{name}" if policy.staged else name


def _staged_action(policy: Policy, version: _Version) -> str:
    if version < _STAGED:
        raise InternalError("Calico has staged policies from v3.30 on")
    return next((extra.text for extra in policy.extras if extra.feature == _STAGED_ACTION), "Set")


def _metadata(policy: Policy, version: _Version) -> dict[str, Any]:
    name = policy.name
    if version < _FREE_NAMES and policy.tier != "default" and not name.startswith(f"{policy.tier}."):
        name = f"{policy.tier}.{name}"
    if not _NAME.match(name) or len(name) > 253:
        raise InternalError(f"{name!r} is no name of a Calico policy")
    metadata: dict[str, Any] = {"name": name}
    if policy.namespace is not None:
        metadata["namespace"] = policy.namespace
    labels = {key: value for key, value in policy.labels if key != TIER_LABEL}
    if labels:
        metadata["labels"] = labels
    if policy.annotations:
        metadata["annotations"] = dict(policy.annotations)
    return metadata


def _rules(policy: Policy, version: _Version, groups: Sequence[AddressGroup]) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "types": [direction.capitalize() for direction in Direction if direction in policy.directions]
    }
    for direction in Direction:
        if direction not in policy.directions:
            continue
        writer = _rule_writer(policy, direction, version, groups)
        rules = [fields for rule in policy.rules(direction) for fields in writer.write(rule)]
        if len(rules) > MAX_RULES:
            raise InternalError(f"{policy.reference}: more than {MAX_RULES} {direction} rules")
        if rules:
            spec[direction.value] = rules
    hints = [extra.text for extra in policy.extras if extra.feature == _HINT]
    if hints:
        spec["performanceHints"] = hints
    return spec


def rule_writer(
    policy: Policy, direction: Direction, *, version: str | None, groups: Sequence[AddressGroup]
) -> RuleWriter:
    """What writes the rules of one direction."""
    return _rule_writer(policy, direction, _numbers(version), groups)


def _rule_writer(policy: Policy, direction: Direction, version: _Version, groups: Sequence[AddressGroup]) -> RuleWriter:
    # Sets without a namespace are out of reach: every selector of pods is bound to namespaces (emit_pods).
    sets = tuple(group for group in groups if group.namespace is not None)
    return RuleWriter(
        place=Place(namespace=policy.namespace, direction=direction, groups=sets),
        named_ports_need_protocol=version < _PORT_NAMES_ALONE,
        raw_paths=version < _NORMALISED_PATHS,
    )


def _number(value: float) -> float | int:
    return int(value) if value.is_integer() else value


def _numbers(version: str | None) -> _Version:
    """The version as numbers, an unknown one as the newest."""
    found = tuple(int(part) for part in re.findall(r"\d+", version)[:3]) if version is not None else ()
    return found or (99,)


__all__ = ["emit_group", "emit_policy", "emit_tier"]
