"""``netpolx diff`` of directories and files."""

import json
import shlex
from pathlib import Path

import pytest

from tests.review.conftest import Netpolx, network_policy, write
from translator.review import diff
from translator.semantics.compare.outcome import Comparison, Result

CALICO = """\
apiVersion: projectcalico.org/v3
kind: {kind}
metadata: {{name: {name}}}
spec: {spec}
"""


def test_nothing_changes_is_zero_and_said_first(netpolx: Netpolx) -> None:
    """The same policies in another file and another order change nothing, and no object is listed."""
    web, db = network_policy("web", app="web"), network_policy("db")
    write({"a/all.yaml": f"{web}---\n{db}", "b/db.yaml": db, "b/web.yaml": web})
    run = netpolx("diff", "a", "b")
    assert run.code == 0
    assert run.out.splitlines()[:5] == [
        "no traffic changes: the same connections are allowed and denied as before",
        "opens: nothing",
        "closes: nothing",
        "objects: none differs",
        "compared: a (2 policies) with b (2 policies), enforced by kubernetes",
    ]


def test_widening_comes_before_narrowing_before_what_changes_no_traffic(netpolx: Netpolx) -> None:
    """Connections and objects stand in the order in which a reviewer should worry."""
    closing, opening, same = (network_policy(name, app=name) for name in ("closing", "opening", "same"))
    said_twice = same.replace("  ingress:", "  policyTypes: [Ingress]\n  ingress:")
    fewer = closing.replace("          app: web", "          app: web\n          tier: front")
    every_port = opening.replace("    ports:\n    - port: 5432\n", "")
    write({"a/1.yaml": f"{closing}---\n{same}", "a/2.yaml": opening})
    write({"b/1.yaml": fewer, "b/2.yaml": every_port, "b/3.yaml": said_twice})
    lines = netpolx("diff", "a", "b").out.splitlines()
    starts = ("OPENS", "CLOSES", "objects behind what opens", "objects behind what closes", "objects that change no")
    marks = [next(number for number, line in enumerate(lines) if line.startswith(start)) for start in starts]
    assert marks == sorted(marks)
    assert any("NetworkPolicy prod/same (no traffic)" in line for line in lines[marks[4] :])
    assert any("NetworkPolicy prod/opening (opens)" in line for line in lines[marks[2] : marks[3]])


def test_a_connection_has_an_example_and_the_lines_that_decide(netpolx: Netpolx) -> None:
    """The example is one flow; the rule or the isolating policy that decides it is named on both sides."""
    write({"a/db.yaml": network_policy("db"), "b/db.yaml": network_policy("db", port=5433)})
    out = netpolx("diff", "a", "b").out
    assert "  example  prod/{app=web} → prod/{app=db}, TCP 5433" in out
    assert "  before   denied   a/db.yaml:1 (prod/db, which isolates)" in out
    assert "  after    allowed  b/db.yaml:11 (prod/db)" in out


@pytest.mark.parametrize(
    ("fail_on", "widening", "narrowing"), [("widens", 1, 0), ("narrows", 0, 1), ("any", 1, 1), ("never", 0, 0)]
)
def test_what_fails_is_chosen(netpolx: Netpolx, fail_on: str, widening: int, narrowing: int) -> None:
    """``--fail-on`` decides which direction is exit code 1; widening is by default."""
    less = network_policy("db")
    write({"less/db.yaml": less, "more/db.yaml": less.replace("    ports:\n    - port: 5432\n", "")})
    assert netpolx("diff", "less", "more", "--fail-on", fail_on).code == widening
    assert netpolx("diff", "more", "less", "--fail-on", fail_on).code == narrowing
    assert (netpolx("diff", "less", "more").code, netpolx("diff", "more", "less").code) == (1, 0)


def test_an_undecided_answer_fails_unless_never(netpolx: Netpolx, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not known may widen, so it is never a quiet 0."""
    write({"a.yaml": network_policy("db"), "b.yaml": network_policy("db", port=1)})
    answer = Comparison(result=Result.UNDECIDED, reason="too many labels")
    monkeypatch.setattr(diff, "compare", lambda *_args, **_more: answer)
    for fail_on, code in (("widens", 1), ("narrows", 1), ("any", 1), ("never", 0)):
        run = netpolx("diff", "a.yaml", "b.yaml", "--fail-on", fail_on)
        assert (run.code, run.out.splitlines()[0]) == (code, "not decided: too many labels")
    assert "(not decided)" in netpolx("diff", "a.yaml", "b.yaml").out


def test_the_order_of_lists_is_no_change_of_fields(netpolx: Netpolx) -> None:
    """Reordered rules of an unordered dialect are told as such, without a list of fields."""
    text = network_policy("db") + "  - from: [{podSelector: {matchLabels: {app: api}}}]\n"
    rule = text[text.index("  - from:\n") : text.index("  - from: [")]
    other = text.replace(rule, "") + rule
    write({"a.yaml": text, "b.yaml": other})
    run = netpolx("diff", "a.yaml", "b.yaml")
    assert run.code == 0
    assert "only the order of lists differs" in run.out


def test_the_order_of_ordered_rules_is_traffic(netpolx: Netpolx) -> None:
    """Where the engine reads rules in order, a swap is a change of traffic although no field differs."""
    rules = ["{action: Deny, protocol: TCP, destination: {ports: [80]}}", "{action: Allow}"]
    spec = "{{types: [Ingress], selector: all(), ingress: [{}]}}"
    write(
        {
            "a.yaml": CALICO.format(kind="GlobalNetworkPolicy", name="x", spec=spec.format(", ".join(rules))),
            "b.yaml": CALICO.format(kind="GlobalNetworkPolicy", name="x", spec=spec.format(", ".join(rules[::-1]))),
        }
    )
    run = netpolx("diff", "a.yaml", "b.yaml")
    assert run.code == 1
    assert "(opens)" in run.out
    assert "only the order of lists differs: spec.ingress\n" in run.out
    comment = netpolx("diff", "a.yaml", "b.yaml", "-o", "markdown").out
    assert "Only the order of lists differs: spec.ingress." in comment
    assert "\n+  - action: Allow\n" in comment


def test_ends_of_one_engine_alone_are_no_difference(netpolx: Netpolx) -> None:
    """A policy and its translation to another engine are equal here as in ``compare``."""
    spec = "{types: [Ingress], selector: all(), ingress: [{action: Allow, protocol: TCP}]}"
    write({"a.yaml": CALICO.format(kind="GlobalNetworkPolicy", name="x", spec=spec)})
    write({"b.yaml": netpolx("translate", "a.yaml", "--to", "cilium", "-q").out})
    run = netpolx("diff", "a.yaml", "b.yaml", "--from", "calico", "--to", "cilium")
    assert (run.code, run.out.splitlines()[0][:18]) == (0, "no traffic changes")
    assert netpolx("compare", "a.yaml", "b.yaml").code == 0


def test_what_changes_for_nodes_stands_behind_what_changes_for_pods(netpolx: Netpolx) -> None:
    """Most clusters have no host endpoints: the example of the summary is about pods."""
    rules = "[{{action: Deny, protocol: TCP, destination: {{ports: [{}]}}}}, {{action: Allow}}]"
    spec = f"{{{{types: [Ingress], selector: all(), ingress: {rules}}}}}"
    write(
        {
            "a.yaml": CALICO.format(kind="GlobalNetworkPolicy", name="x", spec=spec.format(80)),
            "b.yaml": CALICO.format(kind="GlobalNetworkPolicy", name="x", spec=spec.format(81)),
        }
    )
    found = json.loads(netpolx("diff", "a.yaml", "b.yaml", "-o", "json").out)["connections"]
    for effect in ("widens", "narrows"):
        nodes = ["nodes" in each["destination"] for each in found if each["effect"] == effect]
        assert nodes == sorted(nodes)
        assert not nodes[0]


def test_what_was_left_out_stands_in_the_answer(netpolx: Netpolx) -> None:
    """A comment that is read alone must not keep quiet about policies that it is not about."""
    write({"a.yaml": network_policy("db"), "b.yaml": network_policy("db") + "---\n" + network_policy("x", port=99999)})
    assert netpolx("diff", "a.yaml", "b.yaml").code == 2
    run = netpolx("diff", "a.yaml", "b.yaml", "--skip-invalid")
    assert run.out.splitlines()[4].endswith("b.yaml (1 policy, 1 left out as invalid), enforced by kubernetes")
    comment = netpolx("diff", "a.yaml", "b.yaml", "--skip-invalid", "-o", "markdown").out
    assert "**Left out:** 1 object of b.yaml, refused as invalid." in comment
    sides = json.loads(netpolx("diff", "a.yaml", "b.yaml", "--skip-invalid", "-o", "json").out)
    assert (sides["before"]["refused"], sides["after"]["refused"]) == (0, 1)


def test_a_change_that_repairs_is_told_how_to_compare(netpolx: Netpolx) -> None:
    """Where only the old side is refused, the error says what compares with the rest."""
    write({"a.yaml": network_policy("db", port=99999), "b.yaml": network_policy("db")})
    assert "; `--skip-invalid` compares with the rest" in netpolx("diff", "a.yaml", "b.yaml").err
    assert "--skip-invalid" not in netpolx("diff", "b.yaml", "a.yaml").err


def test_of_many_objects_that_change_no_traffic_some_are_shown(netpolx: Netpolx) -> None:
    """Who reformats a repository is not to be shown hundreds of names; whatever changes traffic is shown in full."""
    texts = [network_policy(f"p{number:02d}", app=f"a{number}") for number in range(30)]
    write({"a.yaml": "---\n".join(texts), "b.yaml": "---\n".join(texts).replace("name: p", "name: q")})
    run = netpolx("diff", "a.yaml", "b.yaml")
    assert run.code == 0
    assert run.out.count("  renamed  NetworkPolicy") == 20
    assert "  and 10 more, which change no traffic (`-o json` has them all)\n" in run.out
    assert len(json.loads(netpolx("diff", "a.yaml", "b.yaml", "-o", "json").out)["documents"]) == 30
    wide = "---\n".join(texts).replace("port: 5432", "port: 5433")
    write({"c.yaml": wide})
    assert netpolx("diff", "a.yaml", "c.yaml").out.count("  changed  NetworkPolicy") == 30


def test_a_number_is_a_lower_bound_where_not_all_are_shown(netpolx: Netpolx) -> None:
    """The summary does not say three when there are more than the three that are shown."""
    before = [network_policy(f"p{port}", app=f"a{port}", port=port) for port in range(1, 6)]
    after = [network_policy(f"p{port}", app=f"a{port}", port=port + 100) for port in range(1, 6)]
    write({"a.yaml": "---\n".join(before), "b.yaml": "---\n".join(after)})
    assert "\nopens: at least 3 kinds of connections" in netpolx("diff", "a.yaml", "b.yaml", "--limit", "3").out
    assert "- **Opens:** at least 3 kinds" in netpolx("diff", "a.yaml", "b.yaml", "--limit", "3", "-o", "markdown").out
    assert "\nopens: 5 kinds of connections" in netpolx("diff", "a.yaml", "b.yaml").out


def test_a_renamed_policy_is_one_object(netpolx: Netpolx) -> None:
    """A policy with another name and the same content is renamed, not removed and added, and changes no traffic."""
    write({"a.yaml": network_policy("db"), "b.yaml": network_policy("database")})
    run = netpolx("diff", "a.yaml", "b.yaml")
    assert run.code == 0
    assert "objects: 1 renamed; none of them changes traffic" in run.out
    assert "renamed  NetworkPolicy prod/database (was prod/db) (no traffic)" in run.out


def test_a_changed_set_is_behind_the_traffic_of_those_who_refer_to_it(netpolx: Netpolx) -> None:
    """No policy is touched, and yet a NetworkSet with one more address opens a connection."""
    policy = CALICO.format(
        kind="GlobalNetworkPolicy",
        name="x",
        spec="{types: [Ingress], selector: all(), ingress: [{action: Allow, source: {selector: kind == 'office'}}]}",
    )
    office = (
        "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkSet\nmetadata: {name: office, labels: {kind: office}}\n"
    )
    write(
        {
            "a.yaml": f"{policy}---\n{office}spec: {{nets: [192.0.2.0/24]}}\n",
            "b.yaml": f"{policy}---\n{office}spec: {{nets: [192.0.2.0/24, 198.51.100.0/24]}}\n",
        }
    )
    run = netpolx("diff", "a.yaml", "b.yaml")
    assert run.code == 1
    assert "changed  GlobalNetworkSet office (opens)" in run.out
    assert "198.51.100." in run.out


def test_one_engine_enforces_both_sides(netpolx: Netpolx) -> None:
    """When only one side has kinds of an engine's own, the other side is read as that engine reads it."""
    plain = network_policy("db")
    extra = CALICO.format(kind="GlobalNetworkPolicy", name="x", spec="{types: [Egress], selector: all()}")
    write({"a/db.yaml": plain, "b/db.yaml": plain, "b/x.yaml": extra})
    assert "enforced by calico\n" in netpolx("diff", "a", "b").out
    assert "enforced by calico\n" in netpolx("diff", "b", "a").out
    assert "enforced by cilium\n" in netpolx("diff", "a", "a", "--from", "cilium").out


def test_bad_documents_are_two_and_say_on_which_side(netpolx: Netpolx) -> None:
    """Findings of both sides are reported at once; ``--skip-invalid`` goes on with the rest."""
    bad = network_policy("db").replace("podSelector:", "podSelectr:", 1)
    write({"a/db.yaml": bad, "b/db.yaml": network_policy("db")})
    run = netpolx("diff", "a", "b")
    assert (run.code, run.out) == (2, "")
    assert "(in a)" in run.err
    assert "did you mean `podSelector`?" in run.err
    skipped = netpolx("diff", "a", "b", "--skip-invalid", "--fail-on", "narrows")
    assert skipped.code == 1
    assert "podSelectr" in skipped.err


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("a.yaml",),
        ("a.yaml", "a.yaml", "a.yaml"),
        ("a.yaml", "b.yaml"),
        ("-", "-"),
        ("a.yaml", "a.yaml", "--fail-on", "x"),
    ],
)
def test_bad_usage_is_two(netpolx: Netpolx, arguments: tuple[str, ...]) -> None:
    """Two sides that exist, and an option that there is."""
    write({"a.yaml": network_policy("db")})
    run = netpolx("diff", *arguments)
    assert (run.code, run.out) == (2, "")


def test_the_answer_does_not_depend_on_files(netpolx: Netpolx) -> None:
    """The same documents in other files give the same report but for the places."""
    names = [f"p{number}" for number in range(6)]
    before = {name: network_policy(name, app=name) for name in names}
    after = {name: network_policy(name, app=name, port=5000 + number) for number, name in enumerate(names)}
    write({"a/all.yaml": "---\n".join(before.values()), "b/all.yaml": "---\n".join(after.values())})
    write({f"c/{number}.yaml": before[name] for number, name in enumerate(reversed(names))})
    write({f"d/{number}.yaml": after[name] for number, name in enumerate(reversed(names))})
    reports = [json.loads(netpolx("diff", *sides, "-o", "json").out) for sides in (("a", "b"), ("c", "d"))]
    found = [
        [
            [each[key] for key in ("effect", "source", "destination", "traffic", "example")]
            for each in report["connections"]
        ]
        for report in reports
    ]
    assert sorted(map(str, found[0])) == sorted(map(str, found[1]))
    names_changed = [[each["name"] for each in report["documents"]] for report in reports]
    assert names_changed[0] == names_changed[1]


def test_reports_go_to_files_besides(netpolx: Netpolx) -> None:
    """``--report`` may be repeated; standard output keeps its own format."""
    write({"a.yaml": network_policy("db"), "b.yaml": network_policy("db", port=1)})
    run = netpolx(
        "diff", "a.yaml", "b.yaml", "-o", "json", "--report", "markdown=out/c.md", "--report", "sarif=out/s.json"
    )
    assert json.loads(run.out)["kind"] == "Diff"
    assert Path("out/c.md").read_text(encoding="utf-8").startswith("<!-- netpolx diff -->")
    assert json.loads(Path("out/s.json").read_text(encoding="utf-8"))["version"] == "2.1.0"


def test_annotations_are_printed_in_github_actions(netpolx: Netpolx, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has to be asked for there; whoever asks for something gets that alone."""
    write({"a.yaml": network_policy("db"), "b.yaml": network_policy("db", port=1)})
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert "::error file=b.yaml" in netpolx("diff", "a.yaml", "b.yaml").err
    assert "::" not in netpolx("diff", "a.yaml", "b.yaml", "--report", "sarif=x.json").err


def test_the_command_shows_the_same_again(netpolx: Netpolx) -> None:
    """What the report says to run gives the report; options that matter are part of it."""
    write({"a dir/db.yaml": network_policy("db"), "b dir/db.yaml": network_policy("db", port=1)})
    write({"ctx.yaml": "apiVersion: netpolx/v1alpha1\nkind: Context\npodCIDRs: [10.0.0.0/8]\n"})
    given = (
        "diff",
        "a dir",
        "b dir",
        "--from",
        "calico",
        "--context",
        "ctx.yaml",
        "--calico-version",
        "3.30",
        "-n",
        "x",
    )
    report = json.loads(netpolx(*given, "-o", "json").out)
    words = shlex.split(report["command"])
    assert words[0] == "netpolx"
    assert json.loads(netpolx(*words[1:], "-o", "json").out) == report
