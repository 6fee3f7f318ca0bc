"""What a cluster permits between two steps, and in which order two halves of a change are safe."""

from pathlib import Path
from typing import Any

import pytest

from translator.ir.policy import Engine
from translator.pipeline.claims import Claim
from translator.pipeline.source import ReadOptions, parse_paths
from translator.review.batches import ALLOW_LAST, APPLY_ALL, DENY_FIRST, Batch, Words, arranged, batched
from translator.review.interim import Halves, Measure

DENY_MAIL = {"action": "Deny", "protocol": "TCP", "destination": {"ports": [25]}}
ALLOW, DENY = {"action": "Allow"}, {"action": "Deny"}


def policy(name: str, order: int, *rules: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "projectcalico.org/v3",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"order": order, "selector": "all()", "types": ["Ingress"], "ingress": list(rules)},
    }


@pytest.fixture
def measure(tmp_path: Path) -> Measure:
    """A cluster in which a policy denies mail and allows everything else."""
    file = tmp_path / "today.yaml"
    file.write_text(
        "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: today, namespace: shop}\nspec:\n"
        "  order: 10\n  selector: all()\n  types: [Ingress]\n  ingress:\n"
        "  - {action: Deny, protocol: TCP, destination: {ports: [25]}}\n  - {action: Allow}\n"
    )
    read = parse_paths([str(file)], ReadOptions(engine=Engine.CALICO))
    return Measure(read, Engine.CALICO, Claim())


def test_the_half_that_changes_nothing_comes_first(measure: Measure) -> None:
    """An allow that would overrule today's deny waits for the new deny."""
    halves = [[policy("allow", 1, ALLOW)], [policy("deny", 0, DENY_MAIL)]]
    assert measure.adding_order(halves) == Halves(first=1, apart=True)
    assert measure.adding_order(halves[::-1]) == Halves(first=0, apart=True)


def test_halves_that_need_each_other_come_together(measure: Measure) -> None:
    """One half opens and the other one closes; both change nothing, so that nobody stops between them."""
    isolating = [policy("deny-mail", 0, DENY_MAIL), policy("deny-rest", 2, DENY)]
    assert measure.adding_order([[policy("allow", 1, ALLOW)], isolating]) == Halves(first=1, apart=False)


def test_asking_for_an_order_changes_nothing(measure: Measure) -> None:
    """The cluster is as it was before the question."""
    measure.adding_order([[policy("allow", 1, ALLOW)], [policy("deny", 0, DENY)]])
    assert measure.adding([]) == "equal"


def test_without_measuring_the_order_is_the_usual_one(measure: Measure, tmp_path: Path) -> None:
    """``--no-measure`` and a change of the plugin leave the two steps as they are."""
    read = parse_paths([str(tmp_path / "today.yaml")], ReadOptions(engine=Engine.CALICO))
    blind = Measure(read, None, Claim())
    assert blind.adding_order([[policy("allow", 1, ALLOW)], [policy("deny", 0, DENY)]]) == Halves(first=0, apart=True)


def halves() -> list[Batch]:
    return [batched(Words(name=name, title=name, why="usual"), []) for name in ("allowing", "isolating")]


def test_batches_are_arranged_as_measured() -> None:
    """In the usual order, in the other one with other reasons, or as one batch whose file has both."""
    usual = arranged(halves(), Halves(first=0, apart=True), together=APPLY_ALL, reversed_whys=(DENY_FIRST, ALLOW_LAST))
    assert [(each.name, each.why) for each in usual] == [("allowing", "usual"), ("isolating", "usual")]
    other = arranged(halves(), Halves(first=1, apart=True), together=APPLY_ALL, reversed_whys=(DENY_FIRST, ALLOW_LAST))
    assert [(each.name, each.why) for each in other] == [("isolating", DENY_FIRST), ("allowing", ALLOW_LAST)]
    (one,) = arranged(halves(), Halves(first=1, apart=False), together=APPLY_ALL)
    assert (one.name, one.title) == ("policies", "Apply the policies")
