"""SARIF reports against the OASIS schema, and what GitHub demands besides."""

import gzip
import json
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest

from tests.report.samples import (
    DATA,
    HOSTILE,
    change,
    changed,
    connection,
    document,
    freshness,
    hostile_change,
    loss,
    translation,
)
from translator.loss.effect import Change, Effect
from translator.report import freshness_text, notes, sarif
from translator.report.change import Became
from translator.report.note import Level, Note

SCHEMA = json.loads(gzip.decompress((DATA / "sarif-schema-2.1.0.json.gz").read_bytes()))
VALIDATOR = jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.FormatChecker())


def run(found: tuple[Note, ...]) -> dict[str, Any]:
    log = json.loads(sarif.render(found, version="0.1.0"))
    VALIDATOR.validate(log)
    (only,) = log["runs"]
    return dict(only)


@pytest.mark.parametrize(
    "found",
    [
        notes.of_translation(translation()),
        notes.of_translation(translation(hostile=True)),
        notes.of_change(change()),
        notes.of_change(hostile_change()),
        notes.of_change(change(result="equal", connections=())),
        freshness_text.notes(freshness()),
        (),
    ],
    ids=["translation", "hostile translation", "change", "hostile change", "no change", "freshness", "nothing"],
)
def test_every_report_follows_the_schema(found: tuple[Note, ...]) -> None:
    """And GitHub's own demands: a rule and a place for every result, relative addresses, no empty message."""
    only = run(found)
    rules = only["tool"]["driver"]["rules"]
    assert len(only["results"]) == len(found)
    for result in only["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"].strip()
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert urlsplit(uri).scheme == ""
        assert not uri.startswith("/")
        assert "\\" not in uri
        assert location["physicalLocation"]["region"]["startLine"] >= 1
        assert set(result["partialFingerprints"]) == {sarif.FINGERPRINT}
    for rule in rules:
        assert 0 <= float(rule["properties"]["security-severity"]) <= 10
        assert len(rule["properties"]["tags"]) <= 20


def test_what_widens_is_an_error_and_comes_first() -> None:
    """GitHub shows the first 5,000 results; levels follow the effect."""
    levels = [result["level"] for result in run(notes.of_translation(translation()))["results"]]
    assert levels == ["error", "error", "error", "warning", "warning", "note"]
    results = run(notes.of_change(change()))["results"]
    assert [(each["ruleId"], each["level"]) for each in results] == [
        ("traffic-opened", "error"),
        ("traffic-closed", "warning"),
        ("traffic-open-question", "warning"),
    ]


def test_fingerprints_do_not_depend_on_lines() -> None:
    """Moving a policy down its file opens no alert again; another field is another alert."""

    def fingerprints(*found: Note) -> list[str]:
        return [each["partialFingerprints"][sarif.FINGERPRINT] for each in run(found)["results"]]

    here, moved = (notes.of_loss(loss("log-dropped", Change.UNENFORCED, line=line)) for line in (14, 90))
    assert fingerprints(here) == fingerprints(moved)
    assert fingerprints(here) != fingerprints(replace(here, subject="prod/other"))
    assert len(set(fingerprints(here, here, here))) == 3


def test_rules_explain_themselves() -> None:
    """A code of the catalogue carries its meaning and its remedy into the alert."""
    (rule,) = run((notes.of_loss(loss("log-dropped", Change.UNENFORCED)),))["tool"]["driver"]["rules"]
    assert rule["id"] == "log-dropped"
    assert "What to do" in rule["help"]["text"]


def test_odd_file_names_are_addresses() -> None:
    """What a URI cannot hold is escaped, and reads back as the file."""
    (first, *_) = [each for each in run(notes.of_change(hostile_change()))["results"] if each["ruleId"] != "undecided"]
    uri = first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote(uri) == HOSTILE
    assert ":" not in uri


def test_there_are_never_too_many_results() -> None:
    """GitHub refuses a run of more than 25,000; the heaviest stay."""
    light = Note(code="x", level=Level.NOTE, message="x")
    heavy = replace(light, level=Level.ERROR)
    results = json.loads(sarif.render([light] * 25_000 + [heavy], version="0"))["runs"][0]["results"]
    assert len(results) == 25_000
    assert results[0]["level"] == "error"


def test_related_places_are_the_other_side() -> None:
    """The line that decided before stands beside the one that decides now."""
    both = replace(connection(Effect.WIDENS), before=connection(Effect.NARROWS).before)
    (result,) = run(notes.of_change(change(result="widens", connections=(both,))))["results"]
    assert [each["message"]["text"] for each in result["relatedLocations"]] == ["decided before: prod/api"]


def test_a_connection_that_nothing_decides_any_more_stands_where_the_object_is_now() -> None:
    """Lines of before the change are nothing that a reviewer has open; they are told beside it."""
    moved = replace(
        changed(Became.RENAMED, Effect.NARROWS),
        before=document(line=14).origin(),
        after=document(file="policies/moved.yaml").origin(),
    )
    report = change(result="narrows", connections=(connection(Effect.NARROWS),), documents=(moved,))
    (result,) = run(notes.of_change(report))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "policies/moved.yaml"
    assert [each["message"]["text"] for each in result["relatedLocations"]] == ["decided before: prod/api"]
    gone = replace(report, documents=(replace(moved, after=None, became=Became.REMOVED),))
    (result,) = run(notes.of_change(gone))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "policies/api.yaml"
