"""``netpolx lint``: what it prints, and its exit codes."""

import json
from pathlib import Path

import yaml

from tests.cli.conftest import Netpolx, netpolx

__all__ = ["netpolx"]

NULL_PEERS = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {}
  ingress:
  - from:
    ports: [{port: 80}]
"""
LINE = "p.yaml:7:5: warning: spec.ingress[0].from: `from` is null, which means everyone, addresses outside included"


def test_a_warning_is_one_line_with_place_and_code(netpolx: Netpolx) -> None:
    """The place leads, the code ends the line; the count goes to standard error; warnings do not fail."""
    Path("p.yaml").write_text(NULL_PEERS)
    run = netpolx("lint", "p.yaml")
    assert run.out == f"{LINE} [null-peers]\n"
    assert run.err.splitlines() == ["1 warning in 1 policy"]
    assert run.code == 0


def test_warnings_can_fail(netpolx: Netpolx) -> None:
    """``--fail-on warning`` makes them the answer no."""
    Path("p.yaml").write_text(NULL_PEERS)
    assert netpolx("lint", "p.yaml", "--fail-on", "warning").code == 1


def test_nothing_found_is_said(netpolx: Netpolx) -> None:
    """No line on standard output."""
    Path("p.yaml").write_text(NULL_PEERS.replace("  - from:\n    ports", "  - ports"))
    run = netpolx("lint", "p.yaml", "--fail-on", "warning")
    assert (run.code, run.out, run.err) == (0, "", "nothing found in 1 policy\n")


def test_refused_documents_are_findings_beside_the_others(netpolx: Netpolx) -> None:
    """Bad input is exit 2, and the rest is looked at all the same."""
    bad = NULL_PEERS.replace("name: web", "name: bad").replace("podSelector: {}", "podSelektor: {}")
    Path("p.yaml").write_text(f"{NULL_PEERS}---\n{bad}")
    run = netpolx("lint", "p.yaml")
    assert run.code == 2
    assert [line.rsplit(" ", 1)[1] for line in run.out.splitlines()] == ["[null-peers]", "[unknown-field]"]


def test_a_comment_leaves_a_finding_out(netpolx: Netpolx) -> None:
    """On the line of the finding or above it; ``--show-ignored`` lists it with the reason."""
    above = NULL_PEERS.replace("  - from:", "  # netpolx: ignore[null-peers] open to all\n  - from:")
    beside = NULL_PEERS.replace("  - from:", "  - from:  # netpolx: ignore[null-peers, shadowed-rule] open to all")
    for text, line in ((above, 8), (beside, 7)):
        Path("p.yaml").write_text(text)
        run = netpolx("lint", "p.yaml", "--fail-on", "warning")
        assert (run.code, run.out, run.err) == (0, "", "nothing found in 1 policy, 1 ignored\n")
        shown = netpolx("lint", "p.yaml", "--show-ignored")
        assert shown.out == f"ignored: {LINE.replace(':7:', f':{line}:')} [null-peers]: open to all\n"


def test_a_comment_names_its_code(netpolx: Netpolx) -> None:
    """One for another code, or on another line, leaves nothing out."""
    other = NULL_PEERS.replace("  - from:", "  - from:  # netpolx: ignore[shadowed-rule] open")
    far = f"# netpolx: ignore[null-peers] open\n{NULL_PEERS}"
    for text in (other, far):
        Path("p.yaml").write_text(text)
        assert netpolx("lint", "p.yaml", "--fail-on", "warning").code == 1


def test_errors_cannot_be_left_out(netpolx: Netpolx) -> None:
    """What an engine refuses is refused, whatever a comment says."""
    Path("p.yaml").write_text(
        NULL_PEERS.replace("podSelector: {}", "podSelektor: {}  # netpolx: ignore[unknown-field] no")
    )
    run = netpolx("lint", "p.yaml")
    assert run.code == 2
    assert "[unknown-field]" in run.out


def test_json_has_places(netpolx: Netpolx) -> None:
    """Every finding as a record."""
    Path("p.yaml").write_text(NULL_PEERS)
    record = json.loads(netpolx("lint", "p.yaml", "-o", "json").out)
    (finding,) = record["findings"]
    assert (finding["code"], finding["severity"]) == ("null-peers", "warning")
    assert finding["place"] == {"file": "p.yaml", "line": 7, "column": 5, "path": "spec.ingress[0].from"}
    assert record["ignored"] == []


def test_github_shows_annotations(netpolx: Netpolx) -> None:
    """One workflow command a finding."""
    Path("p.yaml").write_text(NULL_PEERS)
    assert netpolx("lint", "p.yaml", "-o", "github").out == (
        "::warning file=p.yaml,line=7,col=5,title=netpolx null-peers::spec.ingress[0].from: `from` is null, "
        "which means everyone, addresses outside included (shop/web)\n"
    )


def test_sarif_explains_its_rules(netpolx: Netpolx) -> None:
    """The rule of a finding has the words of the catalogue; the object is named."""
    Path("p.yaml").write_text(NULL_PEERS)
    (run,) = json.loads(netpolx("lint", "p.yaml", "-o", "sarif").out)["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert (rule["id"], rule["shortDescription"]["text"]) == ("null-peers", "An empty key means everyone")
    assert "**What to do:** Indent the peers" in rule["help"]["markdown"]
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("null-peers", "warning")
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "shop/web#spec.ingress[0].from"


def test_reports_go_to_files(netpolx: Netpolx) -> None:
    """``--report`` writes the same in another format; standard output stays as it is."""
    Path("p.yaml").write_text(NULL_PEERS)
    run = netpolx("lint", "p.yaml", "--report", "sarif=r.sarif", "--report", "text=r.txt")
    assert run.out == f"{LINE} [null-peers]\n" == Path("r.txt").read_text()
    assert json.loads(Path("r.sarif").read_text())["version"] == "2.1.0"
    assert netpolx("lint", "p.yaml", "--report", "sarf").code == 2


def test_the_hook_of_the_documentation_runs(netpolx: Netpolx) -> None:
    """The arguments that docs/integrations.md gives pre-commit: warnings of the whole directory fail."""
    text = (Path(__file__).resolve().parents[2] / "docs" / "integrations.md").read_text(encoding="utf-8")
    (repository,) = yaml.safe_load(text.split("```yaml\n")[1].split("```")[0])["repos"]
    (hook,) = [each for each in repository["hooks"] if each["id"] == "netpolx-lint"]
    assert hook["pass_filenames"] is False
    Path("policies").mkdir()
    Path("policies/p.yaml").write_text(NULL_PEERS)
    assert netpolx("lint", *hook["args"]).code == 1
    Path("policies/p.yaml").write_text(NULL_PEERS.replace("  - from:\n    ports", "  - ports"))
    assert netpolx("lint", *hook["args"]).code == 0


def test_codes_are_explained(netpolx: Netpolx) -> None:
    """``netpolx explain`` knows the codes of warnings besides those of losses."""
    run = netpolx("explain", "null-peers")
    assert run.code == 0
    assert run.out.startswith("null-peers: An empty key means everyone\n")
    assert "# netpolx: ignore[null-peers] reason" in run.out
    assert "\nnull-peers " in netpolx("explain").out
    assert netpolx("explain", "null-pears").err == (
        "netpolx: there is no code `null-pears`; did you mean `null-peers`?; `netpolx explain` lists them all\n"
    )
