"""Whether somebody is told to worry."""

from dataclasses import replace

import pytest

from tests.report.samples import translation
from translator.report import html, translation_markdown
from translator.report.advice import advice
from translator.report.record import Outcome, ProofResult, Report


def of(result: str, outcome: Outcome = Outcome.EXACT) -> Report:
    """A translation in which every policy came out one way."""
    report = translation()
    policies = tuple(replace(each, outcome=outcome) for each in report.policies)
    return replace(report, policies=policies, proof=ProofResult(result=result))


@pytest.mark.parametrize(
    ("result", "outcome", "head"),
    [
        ("equal", Outcome.EXACT, "No need to worry about traffic."),
        ("open", Outcome.EXACT, "Ask who runs the cluster."),
        ("skipped", Outcome.EXACT, "Not checked."),
        ("undecided", Outcome.EXACT, "Treat this as a risk."),
        ("undecided", Outcome.NARROWED, "Treat this as a risk."),
        ("narrows", Outcome.NARROWED, "Risk of an outage."),
        ("both", Outcome.WIDENED, "Look closely: this is a question of security."),
        ("undecided", Outcome.REFUSED, "Look closely."),
    ],
)
def test_nobody_is_calmed_without_a_proof(result: str, outcome: Outcome, head: str) -> None:
    """The gravest thing first, the same in the comment and on the page."""
    report = of(result, outcome)
    assert advice(report).head == head
    assert f"**{head}** " in translation_markdown.render(report)
    assert f"<strong>{head} " in html.render(report, "1")
