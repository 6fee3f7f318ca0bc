"""Specs from text, for the tests of this folder."""

from textwrap import dedent, indent

from translator.dialect import Parsed, ParseOptions
from translator.dialects.access import DIALECT
from translator.documents.loading import load_text
from translator.ir.policy import Direction, Engine, Policy, Rule

HEAD = "apiVersion: netpolx/v1alpha1\nkind: Access\nlabelKey: app\n"
DEFAULTS = "defaults: {deny: [ingress, egress], dns: true}\n"
OPTIONS = ParseOptions(engine=Engine.KUBERNETES)


def read(*texts: str, file: str = "-") -> Parsed:
    """Parse whole documents."""
    documents = [document for text in texts for document in load_text(text, file=file).documents]
    return DIALECT.parse(documents, OPTIONS)


def services(text: str, *, defaults: str = DEFAULTS, more: str = "") -> Parsed:
    """Parse services in a spec with defaults."""
    return read(spec(text, defaults=defaults, more=more))


def spec(text: str, *, defaults: str = DEFAULTS, more: str = "") -> str:
    """A spec with these services."""
    return f"{HEAD}{defaults}{dedent(more)}services:\n{indent(dedent(text).strip(), '  ')}\n"


def policy(parsed: Parsed, reference: str) -> Policy:
    """The policy of that name; the spec must be without errors."""
    assert not [str(finding) for finding in parsed.findings if finding.severity.value == "error"]
    (found,) = (each for each in parsed.policies if each.reference == reference)
    return found


def errors(parsed: Parsed) -> list[str]:
    """What is wrong, as people read it."""
    return [str(finding).removeprefix("-:") for finding in parsed.findings if finding.severity.value == "error"]


def warnings(parsed: Parsed) -> list[str]:
    """The codes of the warnings."""
    return [finding.code for finding in parsed.findings if finding.severity.value == "warning"]


def atoms(policies: tuple[Policy, ...]) -> set[tuple[object, ...]]:
    """Everything that policies say, one statement for each peer and traffic: the order of allow rules means nothing."""
    said: set[tuple[object, ...]] = set()
    for each in policies:
        said.add((each.reference, each.subject, each.isolates, each.directions, each.description))
        said |= {
            (each.reference, direction, peer, traffic, rule.layer7, rule.conditions)
            for direction in Direction
            for rule in each.rules(direction)
            for peer in rule.peers
            for traffic in rule.traffic
        }
    return said


def rules(policies: tuple[Policy, ...]) -> tuple[Rule, ...]:
    """Every rule."""
    return tuple(rule for each in policies for direction in Direction for rule in each.rules(direction))
