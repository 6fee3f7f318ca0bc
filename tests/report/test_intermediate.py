"""The intermediate representation as JSON, and its published schema."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import jsonschema
import pytest

from translator.cli.schemas import schema_text
from translator.ir.labels import EVERYTHING, NAMESPACE_NAME, Label, Not, Scope, conjunction, has, one_of
from translator.ir.layer7 import Condition
from translator.ir.peers import AllOf, Domain, Endpoints, Network, NoneOf, Service, Unsupported
from translator.ir.policy import BOTH, Action, End, Engine, Evaluation, Policy, PolicySet, Rule, Tier
from translator.pipeline.registry import engine_named
from translator.pipeline.source import ReadOptions, parse_paths
from translator.report.intermediate import intermediate_record

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
SOURCES = sorted(GOLDEN.glob("*/source.c*.yaml"))[::5]


@cache
def _validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(schema_text("ir"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _valid(policies: PolicySet) -> object:
    record = json.loads(json.dumps(intermediate_record(policies)))
    assert [error.message for error in _validator().iter_errors(record)] == []
    return record


@pytest.mark.parametrize("source", SOURCES, ids=[path.parent.name for path in SOURCES])
def test_what_is_written_is_what_the_schema_says(source: Path) -> None:
    """Policies that were read, with their places, validate against schemas/ir.json."""
    engine = engine_named(source.name.split(".")[1])
    _valid(parse_paths([str(source)], ReadOptions(engine=engine, skip_invalid=True)).policies)


def test_every_kind_of_peer_and_selector_is_told_by_its_type() -> None:
    """Where a field can hold several classes the record names which; two different ends never look the same."""
    label = Label(Scope.POD, "app")
    peers = (
        Endpoints(selector=conjunction(one_of(label, "a"), Not(has(NAMESPACE_NAME)))),
        Endpoints(selector=EVERYTHING),
        Network(cidrs=("10.0.0.0/8",), excepts=("10.1.0.0/16",)),
        Domain(pattern="*.example.org"),
        Service(namespace="shop", name="api"),
        AllOf((Endpoints(),)),
        NoneOf((Endpoints(),)),
        Unsupported(feature="groups", text="aws"),
    )
    rule = Rule(action=Action.ALLOW, peers=peers, conditions=(Condition(feature="tls", text="x"),))
    policy = Policy(
        name="p",
        kind="GlobalNetworkPolicy",
        dialect="calico",
        subject=(Endpoints(),),
        directions=BOTH,
        isolates=BOTH,
        ingress=(rule,),
        tier="default",
    )
    tier = Tier(name="default", order=None, evaluation=Evaluation.FIRST_MATCH, end=End.DENY, policies=(policy,))
    record = _valid(PolicySet(engine=Engine.CALICO, tiers=(tier,)))
    assert isinstance(record, dict)
    told = record["tiers"][0]["policies"][0]["ingress"][0]["peers"]
    assert [each["type"] for each in told] == [type(each).__name__ for each in peers]
    assert len({json.dumps(each) for each in told}) == len(peers)


def test_a_record_that_lacks_a_field_is_no_record() -> None:
    """The schema refuses unknown and missing fields, so that it cannot drift from what is written."""
    good = intermediate_record(PolicySet(engine=Engine.CILIUM, tiers=()))
    assert _validator().is_valid(json.loads(json.dumps(good)))
    assert not _validator().is_valid(good | {"colour": "blue"})
    assert not _validator().is_valid({key: value for key, value in good.items() if key != "tiers"})
