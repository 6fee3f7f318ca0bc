"""The catalogue of warnings as text, as data and as Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from translator.lint.catalogue import LINTS
from translator.lint.kind import Chapter, LintKind


def explain_text(kind: LintKind, *, width: int = 88) -> str:
    """One kind of finding as ``netpolx explain`` prints it."""
    engines = ", ".join(kind.engines) if kind.engines else "every engine"
    parts = [
        f"{kind.code}: {kind.title}",
        "",
        *textwrap.wrap(kind.meaning, width, break_on_hyphens=False),
        "",
        "What to do",
        *textwrap.wrap(kind.remedy, width, initial_indent="  ", subsequent_indent="  "),
        "",
        "Example",
        *(f"  {line}" for line in kind.example.splitlines()),
        "",
        f"Found under: {engines}",
        f"To leave one out: # netpolx: ignore[{kind.code}] reason",
    ]
    return "\n".join(parts) + "\n"


def lint_record(kind: LintKind) -> dict[str, object]:
    """One kind of finding as data."""
    return {
        "code": kind.code,
        "title": kind.title,
        "chapter": kind.chapter.value,
        "meaning": kind.meaning,
        "remedy": kind.remedy,
        "example": kind.example,
        "engines": list(kind.engines),
    }


def lints_markdown() -> str:
    """``docs/lints.md``."""
    lines = [
        "# Warnings",
        "",
        "What policies say and hardly anybody means: forms that an engine accepts and then drops, ignores or reads",
        "otherwise, and what policies mean together and in a cluster. `netpolx lint FILE` finds them; what is found",
        "while reading is also told by other commands. Codes are kept for ever; `netpolx explain CODE` prints one.",
        "",
        "A warning that is meant is left out by a comment on its line or on the line above it; several codes are",
        "separated by commas, and what follows is the reason (`--show-ignored` lists them). Errors cannot be left out.",
        "",
        "```yaml",
        "# netpolx: ignore[dns-forgotten] resolves nothing by name",
        "```",
        "",
        "Exit codes of `netpolx lint`: 0 nothing, or warnings only; 1 warnings with `--fail-on warning`; 2 bad input.",
        "`-o json`, `sarif` or `github` is for programs; `--report FORMAT[=PATH]` writes one beside the text.",
        "With `--context` (a Context document or `kubectl get … -o yaml`) it also looks at what is in the cluster.",
        "",
        "| code | title | engines |",
        "| --- | --- | --- |",
        *(
            f"| [`{kind.code}`](#{kind.code}) | {kind.title} | {', '.join(kind.engines) or 'all'} |"
            for kind in LINTS.values()
        ),
        "",
    ]
    for chapter in Chapter:
        lines += [f"## {chapter.value}", ""]
        for kind in LINTS.values():
            if kind.chapter is chapter:
                lines += _section(kind)
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(kind: LintKind) -> Iterable[str]:
    return [
        f"### {kind.code}",
        "",
        f"{kind.title}.",
        "",
        kind.meaning,
        "",
        f"*What to do:* {kind.remedy}",
        "",
        "```yaml",
        *kind.example.splitlines(),
        "```",
        "",
    ]
