"""The JSON of changes."""

import json

import jsonschema
import pytest

from tests.report.samples import change, hostile_change
from translator.cli.schemas import schema_text
from translator.report import change_model
from translator.report.change import ChangeReport


@pytest.mark.parametrize(
    "report",
    [change(), hostile_change(), change(result="equal", connections=(), documents=())],
    ids=["change", "hostile change", "no change"],
)
def test_a_change_follows_its_published_schema(report: ChangeReport) -> None:
    """What ``-o json`` writes validates against schemas/diff.json."""
    jsonschema.validate(json.loads(change_model.render(report, "0")), json.loads(schema_text("diff")))
