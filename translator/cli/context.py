"""``netpolx context``: what is known about a cluster, as one Context document."""

from __future__ import annotations

from typing import Any

from translator.cli.engine_flags import with_engine_flags
from translator.cli.options import FileOptions, Files, YamlFormat
from translator.cli.terminal import put


@with_engine_flags
def context(*, files: Files = None, filename: FileOptions = None, output: YamlFormat = "yaml", **flags: Any) -> int:
    """Merge kubectl dumps and Context documents into one Context document, small enough to keep beside the policies."""
    import json

    from translator.cli.inputs import chosen_files, known_context
    from translator.documents.emitter import dump
    from translator.wire.context import write_context

    document = write_context(known_context(chosen_files(files, filename), flags))
    put(json.dumps(document, indent=2, ensure_ascii=False) + "\n" if output == "json" else dump([document]))
    return 0


COMMAND = context
