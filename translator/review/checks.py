"""Flows worth asking about before and after a migration, each confirmed by the interpreter (``query --flows``)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from translator.context import Context
from translator.errors import UsageError
from translator.ir.peers import NODES
from translator.ir.policy import Action, Direction, Policy, PolicySet
from translator.ir.traffic import PROTOCOL_NAMES
from translator.pipeline.flows import question
from translator.semantics.compare.comparison import compare
from translator.semantics.compare.difference import Difference
from translator.semantics.compare.outcome import Comparison
from translator.semantics.ends import Ends
from translator.semantics.flow import Flow
from translator.semantics.verdict.core import Evaluator, Verdict

PER_POLICY: Final = 3
"""How many flows of each kind a policy is asked about."""
_BUDGET: Final = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """Lines of a flows file."""

    records: tuple[Mapping[str, Any], ...]
    unasked: tuple[str, ...]
    """Policies about which no flow could be written down."""

    @property
    def of_today(self) -> tuple[Mapping[str, Any], ...]:
        """The same flows with what the source answers as the expectation."""
        return tuple({**each, "expect": each["today"]} for each in self.records)

    @property
    def changed(self) -> int:
        """How many answers change on purpose."""
        return sum(1 for each in self.records if each["expect"] != each["today"])


def flows_about(before: PolicySet, after: PolicySet, proof: Comparison | None, context: Context) -> Flows:
    """What changes on purpose, and for each policy some flows that it lets through and some that it stops.

    ``expect`` is what the target answers and ``today`` what the source does, both over both ends.
    """
    writer = _Writer(before, after, context)
    for difference in proof.differences if proof is not None else ():
        writer.add("declared change", difference, before)
    unasked = []
    for policies, name in _alone(before):
        found = False
        for other in (_without_allows(policies), _without_policies(policies)):
            answer = compare(
                policies,
                other,
                context_a=context,
                closed_world=bool(context.pods),
                budget=_BUDGET,
                limit=PER_POLICY,
            )
            for difference in answer.differences:
                found |= writer.add(name, difference, policies)
        if not found:
            unasked.append(name)
    return Flows(records=tuple(writer.records.values()), unasked=tuple(unasked))


def _alone(policies: PolicySet) -> Iterator[tuple[PolicySet, str]]:
    """Each document of the set by itself; an engine may have made several policies in several tiers of one."""
    documents: dict[tuple[str, int], list[Policy]] = {}
    for policy in policies.policies():
        if policy.origin is not None and not policy.staged:
            documents.setdefault((policy.origin.file, policy.origin.document.index), []).append(policy)
    for same in documents.values():
        chosen = {id(policy) for policy in same}
        yield _chosen(policies, chosen), same[0].reference


def _chosen(policies: PolicySet, chosen: set[int]) -> PolicySet:
    tiers = tuple(
        replace(tier, policies=tuple(each for each in tier.policies if id(each) in chosen)) for tier in policies.tiers
    )
    return replace(policies, tiers=tuple(tier for tier in tiers if tier.policies), read=None)


def _without_policies(policies: PolicySet) -> PolicySet:
    return replace(policies, tiers=())


def _without_allows(policies: PolicySet) -> PolicySet:
    """The same isolation with nothing let through."""
    return replace(
        policies,
        tiers=tuple(replace(tier, policies=tuple(map(_closed, tier.policies))) for tier in policies.tiers),
    )


def _closed(policy: Policy) -> Policy:
    ingress, egress = (
        tuple(rule for rule in policy.rules(direction) if rule.action is not Action.ALLOW)
        for direction in (Direction.INGRESS, Direction.EGRESS)
    )
    return replace(policy, ingress=ingress, egress=egress)


class _Writer:
    """Collects the flows that can be written down and read back as the same question."""

    def __init__(self, before: PolicySet, after: PolicySet, context: Context) -> None:
        self.records: dict[tuple[object, ...], Mapping[str, Any]] = {}
        self._context = context
        self._ends = Ends(context)
        self._sides = (Evaluator(before, context), Evaluator(after, context))

    def add(self, name: str, difference: Difference, judged_by: PolicySet) -> bool:
        """Write the difference's witness down. Whether that could be done."""
        witness = difference.witness
        if witness.assumptions:
            # What has to be taken as given beside the flow has no place in its line.
            return False
        record = flow_record(witness.flow)
        try:
            asked = question(record, self._ends).flow
        except UsageError:
            return False
        again = Evaluator(judged_by, self._context).decide(asked, difference.direction)
        if again is None or again.allowed is not witness.before.allowed:
            # Labels of namespaces and service accounts that no context tells do not survive the writing.
            return False
        verdicts = [side.verdict(asked) for side in self._sides]
        if any(_judges_nodes(asked, verdict) for verdict in verdicts):
            return False
        today, expect = ("allow" if verdict.allowed else "deny" for verdict in verdicts)
        key = tuple(repr(value) for value in record.values())
        self.records.setdefault(key, {**record, "expect": expect, "today": today, "about": name})
        return True


def _judges_nodes(flow: Flow, verdict: Verdict) -> bool:
    """Whether a node's own policies are asked: which of its interfaces they cover is nothing that a flow can say."""
    return (flow.source.kind in NODES and verdict.egress is not None) or (
        flow.destination.kind in NODES and verdict.ingress is not None
    )


def flow_record(flow: Flow) -> dict[str, Any]:
    """A flow as a line of a flows file."""
    record: dict[str, Any] = {
        "from": flow.source.name,
        "to": flow.destination.name,
        "protocol": PROTOCOL_NAMES.get(flow.protocol, flow.protocol),
        "port": flow.port,
        "source_port": flow.source_port,
        "code": flow.code,
        "ip": flow.family,
        "dns": flow.dns,
    }
    if flow.http is not None:
        parts = {"method": flow.http.method, "path": flow.http.path, "host": flow.http.host}
        record["http"] = {**parts, **({"headers": dict(flow.http.headers)} if flow.http.headers else {})}
    return {key: value for key, value in record.items() if value is not None}


def flow_lines(records: Iterable[Mapping[str, Any]]) -> str:
    """The text of a flows file."""
    return "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records)
