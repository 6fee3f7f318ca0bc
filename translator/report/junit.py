"""Checks that hold or fail as JUnit XML, the dialect that Jenkins, GitLab and GitHub's test reporters read.

The same checks give the same bytes: no times, no host names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, escaped or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a check does not hold."""

    kind: str
    """One word, such as the code of a loss."""
    message: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One check."""

    group: str
    """What it belongs to: a kind of policy, an end of a connection."""
    name: str
    failures: tuple[Failure, ...] = ()
    output: str = ""
    """What there is to say although it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Checks of one run."""

    name: str
    cases: tuple[Case, ...]


def render(suites: Iterable[Suite]) -> str:
    """The XML document."""
    listed = tuple(suites)
    root = ElementTree.Element("testsuites", _counts("netpolx", [case for suite in listed for case in suite.cases]))
    for suite in listed:
        element = ElementTree.SubElement(root, "testsuite", _counts(suite.name, suite.cases) | {"skipped": "0"})
        for case in suite.cases:
            _add(element, case)
    ElementTree.indent(root)
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{ElementTree.tostring(root, encoding='unicode')}\n"


def _counts(name: str, cases: Iterable[Case]) -> dict[str, str]:
    listed = list(cases)
    failed = sum(1 for case in listed if case.failures)
    return {"name": _clean(name), "tests": str(len(listed)), "failures": str(failed), "errors": "0"}


def _add(suite: ElementTree.Element, case: Case) -> None:
    element = ElementTree.SubElement(suite, "testcase", {"classname": _clean(case.group), "name": _clean(case.name)})
    for failure in case.failures:
        attributes = {"type": _clean(failure.kind), "message": _clean(failure.message)}
        ElementTree.SubElement(element, "failure", attributes).text = _clean(failure.text or failure.message)
    if case.output:
        ElementTree.SubElement(element, "system-out").text = _clean(case.output)


def _clean(text: str) -> str:
    return _NOT_XML.sub("�", text)
