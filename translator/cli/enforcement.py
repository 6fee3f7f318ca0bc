"""``netpolx enforcement``: which policies a network plugin does not enforce as they are written."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from translator.cli.engine_flags import with_engine_flags
from translator.cli.options import ContextFiles, FeaturesFormat, FileOptions, Files, Namespace
from translator.cli.terminal import put


@with_engine_flags
def enforcement(
    *,
    files: Files = None,
    filename: FileOptions = None,
    cni: Annotated[
        str | None, typer.Option("--cni", metavar="PLUGIN", help="One network plugin, with its reasons. Default: all.")
    ] = None,
    context: ContextFiles = None,
    namespace: Namespace = None,
    output: FeaturesFormat = "text",
    **flags: Any,
) -> int:
    """Ask what network plugins make of policies. Exit 1 when the plugin of --cni does not enforce some as written."""
    import json

    from translator.cli.inputs import chosen_files, known_context, show_findings
    from translator.enforcement import PLUGINS, judge, plugin_named
    from translator.enforcement.rendering import (
        judged,
        matrix_markdown,
        matrix_text,
        shortfall_records,
        shortfalls_text,
    )
    from translator.ir.policy import Engine
    from translator.pipeline.source import ReadOptions, parse_paths

    chosen = tuple(PLUGINS.values()) if cni is None else (plugin_named(cni),)
    read = parse_paths(
        chosen_files(files, filename),
        ReadOptions(engine=Engine.KUBERNETES, context=known_context(context, flags), namespace=namespace or "default"),
    )
    show_findings(read.findings, quiet=output == "json")
    policies = judged(read.policies.as_read())
    by_plugin = [(plugin, judge(policies, plugin, read.context)) for plugin in chosen]
    match output:
        case "json":
            put(json.dumps(shortfall_records(policies, by_plugin), indent=2, ensure_ascii=False) + "\n")
        case "markdown":
            put(matrix_markdown(policies, by_plugin))
        case _ if cni is not None:
            put(shortfalls_text(policies, by_plugin[0][1], by_plugin[0][0]))
        case _:
            put(matrix_text(policies, by_plugin))
    is_held = all(not each.deviation.outcome.is_certain for _, found in by_plugin for each in found)
    return 0 if cni is None or is_held else 1


COMMAND = enforcement
