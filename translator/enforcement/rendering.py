"""What plugins enforce as text, as data and as the documentation's table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from translator.enforcement.judging import DIALECTS, Shortfall, verdict_of
from translator.enforcement.profile import COLUMN_USES, Adaptation, Column, Deviation, Grade, Outcome, Plugin, Use
from translator.enforcement.table import PLUGINS
from translator.ir.policy import Policy

_YES: Final = "yes"
_WORDS: Final = {
    Outcome.NOT_ENFORCED: "no",
    Outcome.WIDER: "wider",
    Outcome.NARROWER: "narrower",
    Outcome.DIFFERS: "differs",
    Outcome.DOUBTFUL: "maybe",
}
"""The cell of a matrix."""
_SYMBOLS: Final = {
    None: "●",
    Outcome.DOUBTFUL: "◐",
    Outcome.DIFFERS: "◐",
    Outcome.NARROWER: "◐",
    Outcome.WIDER: "◐",
    Outcome.NOT_ENFORCED: "○",
}
_ORDER: Final = tuple(Outcome)


def judged(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    """The policies that plugins read."""
    return tuple(policy for policy in policies if policy.dialect in DIALECTS and not policy.staged)


def shortfalls_text(policies: Sequence[Policy], shortfalls: Sequence[Shortfall], plugin: Plugin) -> str:
    """One greppable line for each place, and a count."""
    lines = [str(each) for each in shortfalls]
    lines += [f"note: {remark}" for remark in plugin.remarks]
    concerned = {id(each.policy) for each in shortfalls if each.deviation.outcome.is_certain}
    doubtful = {id(each.policy) for each in shortfalls} - concerned
    lines.append(
        f"{len(policies)} {'policy' if len(policies) == 1 else 'policies'} under {plugin.title}: "
        f"{len(policies) - len(concerned) - len(doubtful)} enforced as written, {len(concerned)} not, "
        f"{len(doubtful)} doubtful"
    )
    return "".join(f"{line}\n" for line in lines)


def shortfall_records(
    policies: Sequence[Policy], by_plugin: Sequence[tuple[Plugin, Sequence[Shortfall]]]
) -> list[dict[str, Any]]:
    """One record for each policy, with every plugin's word and reasons."""
    return [
        {
            "policy": policy.reference,
            "kind": policy.kind,
            "place": str(policy.origin) if policy.origin is not None else None,
            "plugins": {plugin.name: _record(policy, shortfalls) for plugin, shortfalls in by_plugin},
        }
        for policy in policies
    ]


def _record(policy: Policy, shortfalls: Iterable[Shortfall]) -> dict[str, Any]:
    own = [each for each in shortfalls if each.policy is policy]
    outcome = verdict_of(own)
    return {
        "outcome": "enforced" if outcome is None else outcome.value,
        "deviations": [
            {
                "code": each.code,
                "outcome": each.deviation.outcome.value,
                "grade": each.deviation.grade.value,
                "message": each.deviation.words,
                "place": str(each.origin) if each.origin is not None else None,
                "path": each.origin.field_path if each.origin is not None else None,
                "adaptation": each.deviation.adaptation.value if each.deviation.adaptation is not None else None,
                "sources": list(each.plugin.sources),
            }
            for each in own
        ],
    }


# -- the matrix -------------------------------------------------------------------------------------------------------


def matrix_text(policies: Sequence[Policy], by_plugin: Sequence[tuple[Plugin, Sequence[Shortfall]]]) -> str:
    """Policies times plugins in one word each."""
    header = ["policy", *(plugin.name for plugin, _ in by_plugin)]
    rows = [header, *([policy.reference, *_cells(policy, by_plugin)] for policy in policies)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    legend = (
        "yes: as written; no: not enforced at all; wider, narrower, differs: something else passes; maybe: the version "
        "decides. `--cni NAME` says why."
    )
    return "\n".join([*lines, "", legend]) + "\n"


def matrix_markdown(policies: Sequence[Policy], by_plugin: Sequence[tuple[Plugin, Sequence[Shortfall]]]) -> str:
    """The same as a table."""
    lines = [
        f"| policy | {' | '.join(plugin.name for plugin, _ in by_plugin)} |",
        f"| --- |{' --- |' * len(by_plugin)}",
        *(f"| {policy.reference} | {' | '.join(_cells(policy, by_plugin))} |" for policy in policies),
    ]
    return "\n".join(lines) + "\n"


def _cells(policy: Policy, by_plugin: Sequence[tuple[Plugin, Sequence[Shortfall]]]) -> list[str]:
    found = []
    for _, shortfalls in by_plugin:
        outcome = verdict_of(each for each in shortfalls if each.policy is policy)
        found.append(_YES if outcome is None else _WORDS[outcome])
    return found


# -- the documentation ------------------------------------------------------------------------------------------------


def enforcement_markdown() -> str:
    """``docs/enforcement.md``."""
    lines = [
        "# What network plugins enforce",
        "",
        "A cluster stores every NetworkPolicy; whether anybody enforces it is up to the network plugin. This page says",
        "what each plugin does not enforce as the API describes it. `netpolx enforcement FILE` asks the same of your",
        "own policies, `netpolx enforcement FILE --cni weave` says why, and",
        "`netpolx translate FILE --to kubernetes --cni weave --adapt` writes them so that the plugin enforces them.",
        "",
        "How sure a statement is: **H** read in the source or in official text · **M** read in one stored version or",
        "in part, or inferred from code that was read · **L** recollection. Newer versions may do better.",
        "",
        f"| plugin | {' | '.join(column.value for column in Column)} | host network | own kinds |",
        f"| --- |{' --- |' * (len(Column) + 2)}",
        *(
            f"| [{plugin.title}](#{plugin.name}) | {' | '.join(_summary(plugin, column) for column in Column)} | "
            f"{plugin.host_network} | {plugin.own_kinds} |"
            for plugin in PLUGINS.values()
        ),
        "",
        "● as the API says · ◐ with a deviation that is listed below · ○ not at all",
        "",
    ]
    for plugin in PLUGINS.values():
        lines += _section(plugin)
    lines += ["## Adapting", "", "With `--adapt` the output avoids what the plugin has trouble with:", ""]
    lines += [
        f"- {adaptation.value} ({', '.join(each.name for each in PLUGINS.values() if adaptation in each.adaptations)})"
        for adaptation in Adaptation
    ]
    lines += [
        "",
        "`policyTypes` and protocols are always written out, and no rule stands in a direction that is not listed.",
        "The self-check proves that the adapted policies permit the same.",
    ]
    return "\n".join(lines) + "\n"


def _summary(plugin: Plugin, column: Column) -> str:
    deviation = _worst(plugin, column)
    grade = plugin.grades[column] if deviation is None else deviation.grade
    return f"{_SYMBOLS[None if deviation is None else deviation.outcome]} {grade.value}"


def _worst(plugin: Plugin, column: Column) -> Deviation | None:
    found = [each for each in plugin.deviations if each.use in COLUMN_USES[column]]
    return min(found, key=lambda each: (_ORDER.index(each.outcome), list(Grade).index(each.grade)), default=None)


def _section(plugin: Plugin) -> list[str]:
    lines = [f'<a id="{plugin.name}"></a>', "", f"## {plugin.title}", ""]
    if plugin.deviations:
        lines += ["| uses | outcome | grade | what happens |", "| --- | --- | --- | --- |"]
        lines += [
            f"| {use_words(each.use)} | {each.outcome.value} | {each.grade.value} | {each.words} |"
            for each in plugin.deviations
        ]
        lines.append("")
    for remark in plugin.remarks:
        lines += [remark, ""]
    matches = {True: "covers pods by their address", False: "does not cover pods", None: None}
    if matches[plugin.ipblock_matches_pods] is not None:
        lines += [f"An `ipBlock` {matches[plugin.ipblock_matches_pods]}, which the API leaves open.", ""]
    lines += [f"Sources: {' · '.join(plugin.sources)}", ""]
    return lines


_USES: Final = {
    Use.POLICY: "any NetworkPolicy",
    Use.CLUSTER_POLICY: "ClusterNetworkPolicy",
    Use.ADMIN_POLICY: "AdminNetworkPolicy, BaselineAdminNetworkPolicy",
    Use.INGRESS_BLOCK: "`ipBlock` among senders",
    Use.PRIVATE_BLOCK: "`ipBlock` that may hold pods or nodes",
    Use.IPV6_BLOCK: "`ipBlock` of IPv6",
    Use.WHOLE_IPV6: "`ipBlock` `::/0`",
    Use.EXCEPT: "`except`",
    Use.EXCEPT_TO: "`except` among receivers",
    Use.EXCEPT_AMONG_BLOCKS: "`except` beside another `ipBlock` of the rule",
    Use.SEVERAL_BLOCKS: "several `ipBlock`s in one rule",
    Use.OVERLAPPING_BLOCKS: "`ipBlock`s that overlap",
    Use.MANY_PORTS: "more than 24 ports beside an `ipBlock`",
    Use.END_PORT: "`endPort`",
    Use.NAMED_PORT: "a port name",
    Use.NAMED_PORT_FROM_PODS: "a port name in an ingress rule about pods",
    Use.NAMED_PORT_FROM_ANY: "a port name in an ingress rule about everybody or an `ipBlock`",
    Use.NAMED_PORT_TO_ANY: "a port name in an egress rule about everybody",
    Use.NAMED_PORT_TO_BLOCK: "a port name in an egress rule about an `ipBlock`",
    Use.SCTP: "SCTP",
    Use.BOTH_SELECTORS: "`namespaceSelector` with `podSelector` in one peer",
    Use.NEGATIVE_MATCH: "`NotIn`, `DoesNotExist`",
    Use.FILTERED_LABEL: "a pod label that Cilium leaves out of identities",
    Use.UNLISTED_DIRECTION: "rules of a direction that `policyTypes` lacks",
}
"""Uses in the words of the documentation."""


def use_words(use: Use) -> str:
    """A use in the words of the documentation."""
    return _USES[use]
