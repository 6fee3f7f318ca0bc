"""Write the files that are made from the code: ``docs/losses.md``, ``schemas/*.json`` and the matrix in the README.

``python tools/generate.py`` rewrites them, ``--check`` says which are stale and exits 1.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from translator.cli.schemas import SCHEMAS, schema_text
from translator.enforcement.rendering import enforcement_markdown
from translator.lint.rendering import lints_markdown
from translator.report.catalogue import features_markdown, features_page, losses_markdown

ROOT = Path(__file__).resolve().parents[1]
MATRIX = re.compile(r"(<!-- features: .*?-->\n).*?(<!-- /features -->)", re.DOTALL)


def generated() -> Iterator[tuple[Path, str]]:
    """Every generated file and what belongs into it."""
    yield ROOT / "docs" / "losses.md", losses_markdown()
    yield ROOT / "docs" / "features.md", features_page()
    yield ROOT / "docs" / "enforcement.md", enforcement_markdown()
    yield ROOT / "docs" / "lints.md", lints_markdown()
    for name in SCHEMAS:
        yield ROOT / "schemas" / f"{name}.json", schema_text(name)
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    yield readme, MATRIX.sub(lambda match: f"{match[1]}{features_markdown(losses=None)}{match[2]}", text)


def main(arguments: list[str]) -> int:
    """Rewrite or check."""
    stale = [
        (path, text) for path, text in generated() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        print(f"{'stale' if '--check' in arguments else 'wrote'}: {path.relative_to(ROOT)}")
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
