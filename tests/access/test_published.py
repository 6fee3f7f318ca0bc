"""What people see: the page, the schema, the examples."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.access.reading import spec
from translator.dialects.access.model import KEYWORDS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"<!-- (golden/\S+) -->\n```yaml\n(.*?)```", PAGE, re.DOTALL)
EXAMPLES = sorted(ROOT.glob("golden/access-*/source.access.yaml"))
SCHEMA = json.loads((ROOT / "schemas" / "access.json").read_text(encoding="utf-8"))


def loaded(text: str) -> Any:
    return yaml.safe_load(text)


@pytest.mark.parametrize(("file", "text"), BLOCKS, ids=[file for file, _ in BLOCKS])
def test_the_blocks_of_the_page_are_the_files(file: str, text: str) -> None:
    """What the page shows is what the golden cases check."""
    assert text == (ROOT / file).read_text(encoding="utf-8")


def test_every_example_is_on_the_page() -> None:
    """Ten of them, each with its heading."""
    shown = {file for file, _ in BLOCKS}
    assert {str(path.relative_to(ROOT)) for path in EXAMPLES} <= shown
    assert len(re.findall(r"^### \d+\. ", PAGE, re.MULTILINE)) == len(EXAMPLES) == 10


def test_the_page_names_every_keyword() -> None:
    """No word is a secret."""
    assert all(f"| `{keyword}` |" in PAGE for keyword in KEYWORDS)


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.parent.name for path in EXAMPLES])
def test_editors_accept_the_examples(path: Path) -> None:
    """Each is valid by the published schema, which its second line names."""
    text = path.read_text(encoding="utf-8")
    jsonschema.validate(loaded(text), SCHEMA)
    hint = re.search(r"^# yaml-language-server: \$schema=(.*)$", text, re.MULTILINE)
    assert hint is not None
    assert (path.parent / hint[1]).resolve() == ROOT / "schemas" / "access.json"


@pytest.mark.parametrize(
    "services",
    [
        "shop/api: {alow: []}",
        "shop/api: {allow: [{form: shop/web, port: 80}]}",
        "shop/api: {allow: [{from: shop/web, port: 80/tcp}]}",
        "shop/api: {allow: [{from: shop/web, port: 80, http: [get /x]}]}",
        "shop/api: {allow: [{from: shop/web, port: 80, http: [{path: x}]}]}",
        "shop/api: {deny: [in]}",
        "shop/api: {tls: [0]}",
        "api: {}",
        "Shop/api: {}",
    ],
)
def test_editors_mark_mistakes(services: str) -> None:
    """Misspelt fields, ports, methods and paths are errors by the schema already."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(loaded(spec(services)), SCHEMA)
