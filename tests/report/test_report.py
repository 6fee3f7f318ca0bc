"""Reports of translations."""

import json

import jsonschema
import pytest

from translator.cli.schemas import schema_text
from translator.documents.document import Document
from translator.errors import UsageError
from translator.ir.peers import Endpoints
from translator.ir.policy import BOTH, Policy
from translator.loss.effect import Change
from translator.loss.loss import Loss, declare
from translator.report import formats, text
from translator.report.record import Outcome, ProofResult, Report, results

DOCUMENT = Document(data={}, file="policies/api.yaml", locator=lambda path: (14 if path else 1, 5))


def policy(name: str) -> Policy:
    return Policy(
        name=name,
        kind="NetworkPolicy",
        dialect="calico",
        namespace="prod",
        subject=(Endpoints(),),
        directions=BOTH,
        isolates=BOTH,
        tier="default",
        origin=DOCUMENT.origin(),
    )


def loss(code: str, change: Change, name: str = "prod/api") -> Loss:
    return declare(
        code, "some of it", change=change, policy=name, target="cilium", origin=DOCUMENT.origin("spec", "ingress", 0)
    )


NARROWING = loss("order-flattened", Change.RULE_NARROWED)
WIDENING = loss("isolation-partial", Change.ISOLATION_DROPPED, "prod/web")
NONE = loss("log-dropped", Change.UNENFORCED)


def report(*losses: Loss, **more: object) -> Report:
    policies = (policy("api"), policy("web"), policy("db"))
    return Report(
        source="calico",
        target="cilium",
        policies=results(policies, losses),
        losses=losses,
        **more,  # type: ignore[arg-type]
    )


def test_each_policy_has_one_outcome() -> None:
    """A policy is exact, narrowed, widened or refused, by the worst of its own losses."""
    outcomes = {each.name: each.outcome for each in report(NARROWING, WIDENING, NONE).policies}
    assert outcomes == {"prod/api": Outcome.NARROWED, "prod/web": Outcome.WIDENED, "prod/db": Outcome.EXACT}


def test_a_refusing_loss_refuses_its_policy() -> None:
    """A loss whose kind refuses means that the policy is not in the output, whatever else was lost."""
    refused = loss("policy-refused", Change.ISOLATION_DROPPED)
    assert report(refused, NARROWING).policies[0].outcome is Outcome.REFUSED


def test_the_text_ends_with_the_summary_line() -> None:
    """The last line says how many policies are exact, narrowed, widened, refused; totals put widening first."""
    assert text.render(report(NARROWING, WIDENING)).splitlines() == [
        'policies/api.yaml:14:5 order-flattened narrows "some of it" (prod/api → cilium)',
        'policies/api.yaml:14:5 isolation-partial widens "some of it" (prod/web → cilium)',
        "widens: 1 isolation-partial",
        "narrows: 1 order-flattened",
        "3 policies, calico → cilium: 1 exact, 1 narrowed, 1 widened, 0 refused",
    ]


@pytest.mark.parametrize(
    ("proof", "line"),
    [
        (ProofResult(result="equal"), "proved: the output permits exactly what the source permits"),
        (
            ProofResult(result="undecided", reason="the patterns are too large"),
            "not decided whether the output permits the same: the patterns are too large",
        ),
    ],
)
def test_the_text_says_what_was_proved(proof: ProofResult, line: str) -> None:
    """An undecided comparison is never dressed up as an answer."""
    assert line in text.render(report(proof=proof)).splitlines()


def test_the_json_report_follows_its_published_schema() -> None:
    """What ``--report json`` writes validates against schemas/report.json."""
    rendered = json.loads(
        formats.render(report(NARROWING, WIDENING), formats.Request(format="json", path=None), version="0")
    )
    jsonschema.validate(rendered, json.loads(schema_text("report")))
    assert rendered["summary"] == {
        "policies": 3,
        "exact": 1,
        "narrowed": 1,
        "widened": 1,
        "refused": 0,
        "losses": {"none": 0, "narrows": 1, "widens": 1, "both": 0},
    }
    assert rendered["losses"][0]["place"] == {
        "file": "policies/api.yaml",
        "line": 14,
        "column": 5,
        "path": "spec.ingress[0]",
    }


@pytest.mark.parametrize("value", ["jsn", "json=", "=x", ""])
def test_a_bad_report_request_is_a_usage_error(value: str) -> None:
    """A format that does not exist, or a path that is missing, is answered at once."""
    with pytest.raises(UsageError):
        formats.read_request(value)


def test_a_report_may_go_to_a_file() -> None:
    """``json=out.json`` names format and path."""
    assert formats.read_request("json=out.json") == formats.Request(format="json", path="out.json")
