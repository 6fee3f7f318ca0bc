"""``netpolx ir``: the intermediate representation of policies, for other programs."""

from __future__ import annotations

from typing import Any

from translator.cli.engine_flags import with_engine_flags
from translator.cli.options import ContextFiles, FileOptions, Files, FromEngine, Namespace, SkipInvalid
from translator.cli.terminal import put


@with_engine_flags
def ir(
    *,
    files: Files = None,
    filename: FileOptions = None,
    source: FromEngine = None,
    context: ContextFiles = None,
    skip_invalid: SkipInvalid = False,
    namespace: Namespace = None,
    **flags: Any,
) -> int:
    """Print what was understood of policies: the intermediate representation as JSON (`netpolx schema ir`)."""
    import json

    from translator.cli.inputs import chosen_files, known_context, show_findings
    from translator.pipeline.registry import engine_named
    from translator.pipeline.source import ReadOptions, parse_paths
    from translator.report.intermediate import intermediate_record

    read = parse_paths(
        chosen_files(files, filename),
        ReadOptions(
            engine=engine_named(source) if source else None,
            context=known_context(context, flags),
            skip_invalid=skip_invalid,
            namespace=namespace or "default",
        ),
    )
    show_findings(read.findings)
    put(json.dumps(intermediate_record(read.policies), indent=2, ensure_ascii=False) + "\n")
    return 0


COMMAND = ir
