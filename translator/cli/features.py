"""``netpolx features``: which feature each target can express."""

from __future__ import annotations

from translator.cli.options import FeaturesFormat
from translator.cli.terminal import put


def features(output: FeaturesFormat = "text") -> int:
    """Show what each target can express, and the losses where it cannot."""
    import json

    from translator.report.catalogue import features_markdown, features_records, features_text

    match output:
        case "json":
            put(json.dumps(features_records(), indent=2, ensure_ascii=False) + "\n")
        case "markdown":
            put(features_markdown())
        case _:
            put(features_text())
    return 0


COMMAND = features
