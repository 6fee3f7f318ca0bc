"""``netpolx plan``: a translation as steps, each measured, none of them run."""

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cli.conftest import Netpolx
from tests.integrations.conftest import Kubectl
from translator.cli.schemas import schema_text
from translator.documents.loading import load_paths
from translator.ir.policy import Engine
from translator.pipeline.source import parse_paths
from translator.review.plan import enforcer, today_file
from translator.review.staging import staged

KUBERNETES = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: proxy}}}]
    ports: [{port: 8080}]
"""
CALICO = """\
apiVersion: projectcalico.org/v3
kind: GlobalNetworkSet
metadata: {name: bad, labels: {list: bad}}
spec: {nets: [198.51.100.0/24]}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: allow-proxy, namespace: shop}
spec:
  tier: default
  order: 1
  selector: app == 'web'
  types: [Ingress]
  ingress:
  - {action: Allow, protocol: TCP, source: {selector: app == 'proxy'}, destination: {ports: [8080]}}
  - {action: Allow, source: {selector: list == 'bad', namespaceSelector: global()}}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: deny-rest, namespace: shop}
spec:
  tier: default
  order: 2
  selector: all()
  types: [Ingress]
  ingress:
  - {action: Deny}
"""
ICMP = """\
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: ping, namespace: shop}
spec:
  tier: default
  selector: all()
  types: [Ingress]
  ingress:
  - {action: Allow, protocol: ICMP}
  - {action: Allow, protocol: TCP}
"""
GLOBAL = """\
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: closed}
spec:
  tier: default
  selector: has(zone)
  namespaceSelector: has(tenant)
  types: [Egress]
  egress:
  - {action: Deny, destination: {nets: [198.51.100.0/24]}}
  - {action: Allow}
"""


@pytest.fixture(autouse=True)
def nothing_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planning starts no program, whatever it prints."""

    def refuse(*arguments: Any, **_options: Any) -> Any:
        raise AssertionError(f"a program was started: {arguments}")

    monkeypatch.setattr(subprocess, "Popen", refuse)


def made(netpolx: Netpolx, source: str, *arguments: str, code: int = 0) -> dict[str, Any]:
    """The plan as JSON, valid by its schema."""
    Path("source.yaml").write_text(source)
    run = netpolx("plan", "source.yaml", "-o", "json", *arguments)
    assert run.code == code, run.err
    plan: dict[str, Any] = json.loads(run.out)
    jsonschema.validate(plan, json.loads(schema_text("plan")))
    return plan


def tasks(plan: dict[str, Any]) -> list[str]:
    return [step["task"] for step in plan["steps"]]


def test_the_way_back_goes_through_the_old_plugin(netpolx: Netpolx) -> None:
    """Taking the new policies away while the new plugin acts would open everything: first the plugin goes back."""
    plan = made(netpolx, CALICO, "--to", "cilium", "--output-dir", "m")
    (switch,) = [step for step in plan["steps"] if step["task"] == "switch"]
    assert switch["rollback"] == ["# change the network plugin back to calico, node by node, before anything else"]
    assert "policyEnforcementMode: never" in switch["why"]
    text = Path("m/PLAN.md").read_text()
    back = text[text.index("## The way back") :]
    taken_away = [line for line in back.splitlines() if "isolating.yaml" in line]
    assert back.index(switch["rollback"][0]) < back.index(next(line for line in taken_away if " delete " in line))


def test_kinds_have_to_be_there_before_the_first_policy(netpolx: Netpolx) -> None:
    """The first step that applies something says how to see that the cluster knows the kinds, and only that one."""
    plan = made(netpolx, CALICO, "--to", "cilium", "--output-dir", "m")
    notes = ["--api-group=cilium.io" in step["why"] for step in plan["steps"] if step["task"] == "apply"]
    assert notes == [True, *(False for _ in notes[1:])]
    plan = made(netpolx, CALICO, "--to", "kubernetes", "--output-dir", "n", code=0)
    assert not any("--api-group" in step["why"] for step in plan["steps"])


def test_undoing_puts_back_before_it_takes_away(netpolx: Netpolx) -> None:
    """Where a step replaces some objects and adds others, nothing stands open between the commands that undo it."""
    plan = made(netpolx, f"{CALICO}---\n{KUBERNETES}", "--to", "calico", "--rewrite", "all", "--output-dir", "m")
    mixed = [step["rollback"] for step in plan["steps"] if "rollback.yaml" in " ".join(step["rollback"])]
    assert mixed
    for commands in mixed:
        assert commands[0] == "kubectl apply -f m/rollback.yaml"
        assert all(" delete " in each for each in commands[1:])
    assert any(len(commands) > 1 for commands in mixed)


def test_policies_of_two_apis_are_told_apart(netpolx: Netpolx) -> None:
    """Both are called NetworkPolicy, and one is deleted while the other one stays."""
    Path("source.yaml").write_text(KUBERNETES)
    text = netpolx("plan", "source.yaml", "--to", "calico").out
    assert "- `NetworkPolicy.projectcalico.org shop/web`" in text
    assert "- `NetworkPolicy.networking.k8s.io shop/web`" in text


def test_namespaces_that_are_not_there_yet_are_not_measured(netpolx: Netpolx) -> None:
    """What the translation assumes holds between the steps as well."""
    Path("context.yaml").write_text(
        "apiVersion: netpolx/v1alpha1\nkind: Context\nnamespaces: {shop: {tenant: a}, other: {}}\n"
        "podCIDRs: [10.0.0.0/8]\nnodeCIDRs: [192.168.0.0/16]\n"
    )
    plan = made(netpolx, GLOBAL.replace("has(zone)", "all()"), "--to", "kubernetes", "--context", "context.yaml")
    assert {step.get("traffic") for step in plan["steps"]} <= {None, "equal", "open"}


def test_steps_stand_in_order(netpolx: Netpolx) -> None:
    """What others refer to, what allows, what isolates; then watch, check, delete, and the groups last of all."""
    plan = made(netpolx, CALICO, "--to", "cilium", "--output-dir", "m")
    files = [Path(step["file"]).stem for step in plan["steps"] if step["task"] in ("apply", "delete")]
    assert files == ["groups", "allowing", "isolating", "old-allowing", "old-isolating", "old-groups"]
    assert tasks(plan) == [
        *("backup", "check", "apply", "apply", "apply", "switch", "watch", "check"),
        *("delete", "delete", "delete", "check"),
    ]
    assert [step["number"] for step in plan["steps"]] == list(range(1, 13))


def test_every_file_of_a_step_is_written_and_holds_its_objects(netpolx: Netpolx) -> None:
    """Commands speak of files that exist; what they hold is what the step says."""
    plan = made(netpolx, CALICO, "--to", "cilium", "--output-dir", "m")
    for step in plan["steps"]:
        if step["file"] is not None:
            assert Path(step["file"]).exists(), step
        if step["objects"]:
            written = [(each.kind, each.metadata["name"]) for each in load_paths([step["file"]]).documents]
            assert written == [(each["kind"], each["name"]) for each in step["objects"]]
    assert Path("m/PLAN.md").read_text().startswith("# Written by netpolx plan\n\n# Migration: calico → cilium\n")


def test_only_known_programs_are_printed(netpolx: Netpolx) -> None:
    """Every command is kubectl or netpolx, with the context that was given."""
    plan = made(netpolx, KUBERNETES, "--to", "calico", "--kube-context", "my prod", "--output-dir", "m")
    commands = [shlex.split(each) for step in plan["steps"] for each in (*step["commands"], *step["rollback"])]
    assert {words[0] for words in commands} == {"kubectl", "netpolx"}
    assert all(words[1:3] == ["--context", "my prod"] for words in commands if words[0] == "kubectl")
    assert all("my prod" in words for words in commands if words[:2] == ["netpolx", "fetch"])


def test_each_step_in_one_cluster_is_measured(netpolx: Netpolx) -> None:
    """Kubernetes policies become Calico's in a Calico cluster: at no moment does anything change."""
    plan = made(netpolx, KUBERNETES, "--to", "calico")
    assert plan["enforcer"] == "calico"
    measured = [step["traffic"] for step in plan["steps"] if step["task"] in ("apply", "delete")]
    assert measured == ["equal"] * 4


def test_the_order_of_deletion_is_the_one_that_cuts_nothing_off(netpolx: Netpolx) -> None:
    """An old deny that an old allow makes an exception of goes first: without the allow it would deny everything."""
    plan = made(netpolx, CALICO, "--to", "kubernetes")
    deleted = [(Path(step["file"]).stem, step["traffic"]) for step in plan["steps"] if step["task"] == "delete"]
    assert [name for name, _ in deleted] == ["old-isolating", "old-allowing", "old-groups"]
    assert deleted[0][1] == deleted[-1][1]


def test_without_a_common_engine_nothing_is_measured(netpolx: Netpolx) -> None:
    """Calico to Cilium is a change of the network plugin; the plan says so."""
    plan = made(netpolx, CALICO, "--to", "cilium")
    assert plan["enforcer"] is None
    assert {step["traffic"] for step in plan["steps"]} == {None}
    assert "switch" in tasks(plan)


def test_who_enforces_both() -> None:
    """The engine that reads both languages, where there is one."""
    assert enforcer(Engine.KUBERNETES, Engine.CALICO) is Engine.CALICO
    assert enforcer(Engine.CILIUM, Engine.KUBERNETES) is Engine.CILIUM
    assert enforcer(Engine.CALICO, Engine.CALICO) is Engine.CALICO
    assert enforcer(Engine.CALICO, Engine.CILIUM) is None


def test_losses_that_change_traffic_are_decisions(netpolx: Netpolx) -> None:
    """They stand first; what changes no traffic needs no decision."""
    plan = made(netpolx, ICMP, "--to", "kubernetes")
    assert [each["code"] for each in plan["decisions"]] == ["icmp"]
    run = netpolx("plan", "source.yaml", "--to", "kubernetes")
    assert run.out.index("## To decide first") < run.out.index("## 1. ")


def test_what_is_refused_is_not_deleted(netpolx: Netpolx) -> None:
    """A policy that cannot be said in the target goes on being enforced; exit 1."""
    plan = made(netpolx, GLOBAL, "--to", "kubernetes", code=1)
    assert plan["objections"]
    assert "delete" not in tasks(plan)


def test_flows_answer_as_they_say(netpolx: Netpolx) -> None:
    """The source answers what ``today`` says and the translation what ``expect`` says, asked by ``query``."""
    for source, target in ((CALICO, "cilium"), (KUBERNETES, "cilium"), (ICMP, "kubernetes")):
        plan = made(netpolx, source, "--to", target, "--flows-file", "flows.jsonl")
        assert plan["checks"]["flows"] > 2
        assert netpolx("query", "source.yaml", "--flows", "flows.today.jsonl").code == 0
        Path("target.yaml").write_text(netpolx("translate", "source.yaml", "--to", target).out)
        asked = netpolx("query", "target.yaml", "--engine", target, "--flows", "flows.jsonl")
        assert asked.code == 0, asked.err


def test_flows_show_what_changes_and_what_does_not(netpolx: Netpolx) -> None:
    """Both answers occur, and a declared change is among them."""
    plan = made(netpolx, ICMP, "--to", "kubernetes", "--flows-file", "flows.jsonl")
    records = [json.loads(line) for line in Path("flows.jsonl").read_text().splitlines()]
    assert {record["expect"] for record in records} == {"allow", "deny"}
    changed = [record for record in records if record["expect"] != record["today"]]
    assert plan["checks"]["changed"] == len(changed) > 0
    assert {record["protocol"] for record in changed} == {"ICMP"}


def test_an_equal_translation_changes_no_answer(netpolx: Netpolx) -> None:
    """Where the proof says equal, no flow may be expected otherwise than today."""
    plan = made(netpolx, KUBERNETES, "--to", "cilium", "--flows-file", "flows.jsonl")
    assert plan["checks"]["changed"] == 0
    assert plan["checks"]["unasked"] == []


def test_flows_name_the_pods_of_the_context(netpolx: Netpolx) -> None:
    """With pods in the context, questions are about those."""
    Path("context.yaml").write_text(
        "apiVersion: netpolx/v1alpha1\nkind: Context\npods:\n"
        "- {namespace: shop, name: web-1, labels: {app: web}, addresses: [10.0.0.1]}\n"
        "- {namespace: shop, name: proxy-1, labels: {app: proxy}, addresses: [10.0.0.2]}\n"
    )
    made(netpolx, KUBERNETES, "--to", "cilium", "--flows-file", "flows.jsonl", "--context", "context.yaml")
    records = [json.loads(line) for line in Path("flows.jsonl").read_text().splitlines()]
    allowed = [(each["from"], each["to"]) for each in records if each["expect"] == "allow"]
    assert ("shop/proxy-1", "shop/web-1") in allowed


def test_staged_variants_are_staged_policies_of_calico(netpolx: Netpolx) -> None:
    """Calico's own gate takes them, they enforce nothing, and the step takes them away again."""
    plan = made(netpolx, KUBERNETES, "--to", "calico", "--staged", "--output-dir", "m")
    read = parse_paths(["m/staged.yaml"])
    assert [policy.kind for policy in read.policies.as_read()] == ["StagedNetworkPolicy"] * 2
    assert all(policy.staged for policy in read.policies.as_read())
    (step,) = [each for each in plan["steps"] if each["task"] == "stage"]
    assert step["traffic"] == "equal"
    assert step["commands"][-1] == "kubectl delete -f m/staged.yaml"
    assert tasks(plan).index("stage") < tasks(plan).index("apply")


def test_staging_is_calicos(netpolx: Netpolx) -> None:
    """Asking for it elsewhere is a usage error, as is a target that no cluster reads."""
    Path("source.yaml").write_text(KUBERNETES)
    assert netpolx("plan", "source.yaml", "--to", "cilium", "--staged").code == 2
    assert netpolx("plan", "source.yaml", "--to", "access").code == 2
    assert staged({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}) is None
    assert staged({"apiVersion": "projectcalico.org/v3", "kind": "Tier"}) is None


def test_nothing_to_do_is_said(netpolx: Netpolx) -> None:
    """Policies that the target reads as they are need no steps."""
    Path("source.yaml").write_text(KUBERNETES.partition("---")[0])
    run = netpolx("plan", "source.yaml", "--to", "kubernetes")
    assert run.code == 0
    assert "There is nothing to do" in run.out


def test_the_backup_can_be_applied_again(netpolx: Netpolx) -> None:
    """rollback.yaml holds the source without what a server adds."""
    dumped = KUBERNETES.replace("namespace: shop}", "namespace: shop, uid: a, resourceVersion: '1'}")
    made(netpolx, dumped, "--to", "calico", "--output-dir", "m")
    documents = load_paths(["m/rollback.yaml"]).documents
    assert [each.metadata for each in documents] == [{"name": name, "namespace": "shop"} for name in ("closed", "web")]


def test_the_same_input_makes_the_same_plan(netpolx: Netpolx) -> None:
    """Stable to the byte."""
    Path("source.yaml").write_text(CALICO)
    first, second = (netpolx("plan", "source.yaml", "--to", "cilium").out for _ in range(2))
    assert first == second


def test_audit_mode_comes_with_its_warning(netpolx: Netpolx) -> None:
    """Cilium's audit mode lets pass what it would deny: the step says so, and how to end it."""
    plan = made(netpolx, KUBERNETES, "--to", "cilium", "--rewrite", "all")
    (step,) = [each for each in plan["steps"] if each["task"] == "watch"]
    assert "suspends every policy of that endpoint, today's included" in step["why"]
    assert any("PolicyAuditMode=Disabled" in each for each in step["rollback"])


def test_the_file_of_todays_answers() -> None:
    """It stands beside the other."""
    assert today_file("m/checks.jsonl") == "m/checks.today.jsonl"
    assert today_file("m.d/checks") == "m.d/checks.today"


def test_planning_asks_no_cluster(netpolx: Netpolx, kubectl: Kubectl) -> None:
    """A kubectl on PATH is not called."""
    kubectl.answer({})
    made(netpolx, CALICO, "--to", "cilium", "--output-dir", "m")
    assert not (kubectl.folder / "asked.jsonl").exists()
