"""JUnit XML against Jenkins' schema, and through a parser of such files."""

from xml.etree import ElementTree

import pytest
import xmlschema
from junitparser import Failure, JUnitXml

from tests.report.samples import DATA, change, freshness, hostile_change, translation
from translator.report import cases, freshness_text, junit
from translator.report.change import FailOn
from translator.report.junit import Suite

XSD = xmlschema.XMLSchema(str(DATA / "junit-10.xsd"))


def failed(suites: tuple[Suite, ...]) -> list[str]:
    """The names of the checks that fail, by the parser; the schema has accepted the text."""
    text = junit.render(suites)
    XSD.validate(ElementTree.fromstring(text))
    xml = JUnitXml.fromstring(text.encode())
    found = [case for suite in xml for case in suite]
    assert xml.tests == len(found) == sum(len(suite.cases) for suite in suites)
    names = [case.name for case in found if any(isinstance(each, Failure) for each in case.result)]
    assert xml.failures == len(names)
    return names


@pytest.mark.parametrize(
    "suites",
    [
        cases.of_translation(translation()),
        cases.of_translation(translation(hostile=True, written=False)),
        cases.of_change(change()),
        cases.of_change(hostile_change()),
        cases.of_change(change(result="equal", connections=(), documents=())),
        freshness_text.suites(freshness()),
    ],
    ids=["translation", "hostile translation", "change", "hostile change", "no change", "freshness"],
)
def test_every_report_follows_the_schema(suites: tuple[Suite, ...]) -> None:
    """Counts are those of the parser, and each suite has at least one check: an empty one is taken for a mistake."""
    failed(suites)
    assert all(suite.cases for suite in suites)


def test_a_written_translation_fails_for_what_is_missing_only() -> None:
    """What was agreed to is no failure; what was refused, and what is undecided, is."""
    assert failed(cases.of_translation(translation())) == ["prod/db", "the output permits what was declared"]
    assert failed(cases.of_translation(translation(written=False))) == [
        "prod/web",
        "prod/db",
        "the output permits what was declared",
    ]


@pytest.mark.parametrize(("fail_on", "number"), [("widens", 1), ("narrows", 1), ("any", 3), ("never", 0)])
def test_connections_fail_by_fail_on(fail_on: str, number: int) -> None:
    """The checks that fail are those that make the exit code 1."""
    report = change(fail_on=FailOn(fail_on))
    assert len(failed(cases.of_change(report))) == number
    assert report.fails is bool(number)


def test_what_is_undecided_fails() -> None:
    """Unless nothing is to fail."""
    report = change(result="undecided", connections=(), reason="too large")
    assert failed(cases.of_change(report)) == ["what changes is known"]
    assert failed(cases.of_change(change(result="undecided", connections=(), fail_on=FailOn.NEVER))) == []
