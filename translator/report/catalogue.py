"""The catalogue of losses and the feature matrix as text and Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Final

from translator.loss.catalogue import LOSSES
from translator.loss.features import FEATURES, Cell, Support
from translator.loss.kind import TARGETS, Area, LossKind

TITLES: Final = {
    "kubernetes": "Kubernetes",
    "calico": "Calico",
    "cilium": "Cilium",
    "clusternetworkpolicy": "ClusterNetworkPolicy",
}
_SYMBOLS: Final = {
    Support.EXACT: "●",
    Support.CONTEXT: "◐",
    Support.PARTLY: "◐",
    Support.DROPPED: "–",
    Support.NO: "○",
}


def explain_text(kind: LossKind, *, width: int = 88) -> str:
    """One kind of loss as ``netpolx explain`` prints it."""
    parts = [
        f"{kind.code}: {kind.title}",
        "",
        *textwrap.wrap(kind.meaning, width),
        "",
        "What to do",
        *textwrap.wrap(kind.remedy, width, initial_indent="  ", subsequent_indent="  "),
        "",
        "Effect",
        *textwrap.wrap(kind.effect_rule, width, initial_indent="  ", subsequent_indent="  "),
        "",
        "Example",
        *_indented("before", kind.before),
        *_indented("after", kind.after),
        "",
        f"Targets: {', '.join(kind.targets)}",
    ]
    return "\n".join(parts) + "\n"


def _indented(label: str, text: str) -> list[str]:
    return [f"  {label}:", *(f"    {line}" for line in text.splitlines())]


def losses_markdown() -> str:
    """``docs/losses.md``."""
    lines = [
        "# Losses",
        "",
        "What a translation cannot keep is declared: one line per loss, with its code, its place in the input and the",
        "direction in which permitted traffic changed. This page lists every code; `netpolx explain CODE` prints one.",
        "Codes are kept for ever.",
        "",
        "Effects: `narrows` (permitted traffic stops: a risk of outage), `widens` (refused traffic passes: a risk to",
        "security), `both`, and `none`. An effect is computed from what was done and from the action of the rule.",
        "",
        "| code | title | effects | targets |",
        "| --- | --- | --- | --- |",
        *(
            f"| [`{kind.code}`](#{kind.code}) | {kind.title} | {_effects(kind)} | {', '.join(kind.targets)} |"
            for kind in LOSSES.values()
        ),
        "",
    ]
    for area in Area:
        lines += [f"## {area.value}", ""]
        for kind in LOSSES.values():
            if kind.area is area:
                lines += _section(kind)
    return "\n".join(lines).rstrip("\n") + "\n"


def _effects(kind: LossKind) -> str:
    return ", ".join(part for part in ("narrows", "widens") if getattr(kind.effects, part)) or "none"


def _section(kind: LossKind) -> Iterable[str]:
    return [
        f"### {kind.code}",
        "",
        f"{kind.title}.",
        "",
        kind.meaning,
        "",
        f"*What to do:* {kind.remedy}",
        "",
        f"*Effect:* {kind.effect_rule}.",
        "",
        "```yaml",
        "# before",
        *kind.before.splitlines(),
        "# after",
        *kind.after.splitlines(),
        "```",
        "",
    ]


LEGEND: Final = (
    "● exact · ◐ exact in part, or with context: the codes say what may be lost · "
    "– left out, decides nothing · ○ cannot be said"
)


def features_markdown(*, losses: str | None = "") -> str:
    """The feature matrix as tables of Markdown, one for each area.

    ``losses``: the page that explains losses, to which each cell links its codes; empty for codes without links, None
    for symbols alone.
    """
    header = " | ".join(TITLES[target] for target in TARGETS)
    lines: list[str] = []
    for area in Area:
        lines += [f"| {area.value} | {header} |", f"| --- |{' --- |' * len(TARGETS)}"]
        for row in FEATURES:
            if row.area is area:
                cells = " | ".join(_cell_markdown(row.cell(target), losses) for target in TARGETS)
                lines.append(f"| {row.name} | {cells} |")
        lines.append("")
    return "\n".join([*lines, LEGEND]) + "\n"


def features_page() -> str:
    """``docs/features.md``: the matrix with the losses of every cell."""
    return (
        "# What each target can say\n\n"
        "Each code is a loss that may be declared there; [losses.md](losses.md) says what it means for traffic and\n"
        f"what to do about it.\n\n{features_markdown(losses='losses.md')}"
    )


def _cell_markdown(cell: Cell, losses: str | None) -> str:
    codes = ", ".join(f"[{code}]({losses}#{code})" if losses else f"`{code}`" for code in cell.codes)
    return _SYMBOLS[cell.support] if losses is None else f"{_SYMBOLS[cell.support]} {codes}".strip()


def features_text() -> str:
    """The feature matrix as ``netpolx features`` prints it, with the codes below each row that has some."""
    width = max(len(row.name) for row in FEATURES)
    columns = [max(len(target), len(Support.CONTEXT.value)) for target in TARGETS]
    lines: list[str] = []
    for area in Area:
        rows = [row for row in FEATURES if row.area is area]
        titles = "  ".join(target.ljust(column) for target, column in zip(TARGETS, columns, strict=True))
        lines += [f"{area.value.upper().ljust(width)}  {titles}".rstrip()]
        for row in rows:
            cells = "  ".join(
                row.cell(target).support.value.ljust(column) for target, column in zip(TARGETS, columns, strict=True)
            )
            lines.append(f"{row.name.ljust(width)}  {cells}".rstrip())
        lines.append("")
    lines.append("`netpolx features -o json` lists the losses of every cell; `netpolx explain CODE` explains one.")
    return "\n".join(lines) + "\n"


def features_records() -> list[dict[str, object]]:
    """The feature matrix as data."""
    return [
        {
            "feature": row.name,
            "area": row.area.value,
            "targets": {
                target: {"support": row.cell(target).support.value, "losses": list(row.cell(target).codes)}
                for target in TARGETS
            },
        }
        for row in FEATURES
    ]


def loss_record(kind: LossKind) -> dict[str, object]:
    """One kind of loss as data."""
    return {
        "code": kind.code,
        "title": kind.title,
        "area": kind.area.value,
        "effects": [part for part in ("narrows", "widens") if getattr(kind.effects, part)],
        "effect_rule": kind.effect_rule,
        "meaning": kind.meaning,
        "remedy": kind.remedy,
        "before": kind.before,
        "after": kind.after,
        "targets": list(kind.targets),
        "refuses": kind.refuses,
    }
