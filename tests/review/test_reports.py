"""Reports of the other commands, and that everything is said the same way every time."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.review.conftest import Netpolx, network_policy, write

CALICO = """\
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: api, namespace: prod}
spec:
  selector: app == 'api'
  types: [Ingress]
  ingress:
  - action: Log
  - action: Allow
"""


def test_translate_reports_in_every_format(netpolx: Netpolx) -> None:
    """``--report`` may be repeated; the text stays on standard error."""
    write({"api.yaml": CALICO})
    formats = ("json", "markdown", "sarif", "github", "junit")
    wanted = [word for name in formats for word in ("--report", f"{name}=out/{name}")]
    run = netpolx("translate", "api.yaml", "--to", "cilium", *wanted)
    assert run.code == 0
    assert run.err.endswith("1 policy, calico → cilium: 1 exact, 0 narrowed, 0 widened, 0 refused\n")
    assert sorted(path.name for path in Path("out").iterdir()) == sorted(formats)
    assert json.loads(Path("out/sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "log-dropped"
    assert "::notice file=api.yaml,line=8,col=5" in Path("out/github").read_text()


def test_translate_annotates_in_github_actions(netpolx: Netpolx, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the text, which is for whoever reads the log."""
    write({"api.yaml": CALICO})
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    run = netpolx("translate", "api.yaml", "--to", "cilium")
    assert "::notice file=api.yaml" in run.err
    assert "1 policy, calico → cilium" in run.err
    assert "::" not in netpolx("translate", "api.yaml", "--to", "cilium", "--report", "text").err


def test_compare_reports_as_diff_does(netpolx: Netpolx) -> None:
    """The same record, without the objects."""
    write({"a.yaml": network_policy("db"), "b.yaml": network_policy("db", port=1)})
    run = netpolx("compare", "a.yaml", "b.yaml", "--report", "junit=j.xml", "--report", "markdown=m.md")
    assert run.code == 1
    assert ElementTree.parse("j.xml").getroot().get("failures") == "2"
    assert "#### Connections that change" in Path("m.md").read_text()
    assert netpolx("compare", "a.yaml", "a.yaml", "--report", "junit=j.xml").code == 0
    assert ElementTree.parse("j.xml").getroot().get("failures") == "0"


def test_query_reports_expectations(netpolx: Netpolx) -> None:
    """A flow is a check; a failed one is annotated at the rule that decided."""
    write({"db.yaml": network_policy("db")})
    flows = [{"from": "prod/{app=web}", "to": "prod/{app=db}", "port": port, "expect": "deny"} for port in (5432, 1)]
    write({"flows.jsonl": "".join(f"{json.dumps(each)}\n" for each in flows)})
    run = netpolx("query", "db.yaml", "--flows", "flows.jsonl", "--report", "junit=j.xml", "--report", "github")
    assert run.code == 1
    root = ElementTree.parse("j.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    assert "::error file=db.yaml,line=11,col=5,title=netpolx expectation-failed::" in run.err


def test_golden_check_reports(netpolx: Netpolx) -> None:
    """Stale files are annotated at the file, new losses at their line."""
    write({"netpolx.yaml": "sources: [policies]\ntargets: [cilium]\noutput: out\n", "policies/api.yaml": CALICO})
    run = netpolx("golden", "check", "--report", "github", "--report", "sarif=s.json", "--report", "junit=j.xml")
    assert run.code == 1
    assert "::error file=out/cilium/policies/api.yaml,line=1,col=1,title=netpolx generated-missing::" in run.err
    assert "::error file=policies/api.yaml,line=8,col=5,title=netpolx log-dropped::new loss" in run.err
    assert {each["ruleId"] for each in json.loads(Path("s.json").read_text())["runs"][0]["results"]} == {
        "generated-missing",
        "log-dropped",
    }
    assert ElementTree.parse("j.xml").getroot().get("failures") == "3"


@pytest.mark.parametrize(
    "command", [("translate", "a.yaml", "--to", "cilium"), ("diff", "a.yaml", "a.yaml"), ("golden", "check")]
)
def test_an_unknown_format_is_two_before_anything_is_done(netpolx: Netpolx, command: tuple[str, ...]) -> None:
    """With a suggestion."""
    run = netpolx(*command, "--report", "sarf=x")
    assert (run.code, run.out) == (2, "")
    assert "did you mean `sarif`?" in run.err
    assert not Path("x").exists()


def test_output_is_stable_from_run_to_run(tmp_path: Path) -> None:
    """Processes with other hash seeds write the same bytes, in every format."""
    names = [f"p{number}" for number in range(12)]
    before = "---\n".join(network_policy(name, app=name, namespace=f"ns-{name}") for name in names)
    after = "---\n".join(
        network_policy(f"{name}-new" if number % 3 == 0 else name, app=name, port=number + 1, namespace=f"ns-{name}")
        for number, name in enumerate(names)
    )
    write({"a.yaml": before, "b.yaml": after, "policies/b.yaml": after}, tmp_path)
    write({"netpolx.yaml": "sources: [policies]\ntargets: [calico, cilium]\noutput: out\n"}, tmp_path)
    formats = ("json", "markdown", "sarif", "github", "junit")
    script = (
        "import sys\nfrom translator.cli import main\n"
        "reports = [word for name in sys.argv[2:] for word in ('--report', f'{name}={sys.argv[1]}/{name}')]\n"
        "codes = [main(['diff', 'a.yaml', 'b.yaml', *reports]), main(['golden', 'check'])]\n"
        "sys.exit(codes != [1, 1])\n"
    )
    package = str(Path(__file__).resolve().parents[2])
    seen = set()
    for seed in ("1", "2"):
        (tmp_path / seed).mkdir()
        run = subprocess.run(
            [sys.executable, "-c", script, seed, *formats],
            cwd=tmp_path,
            env={
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": package,
                "PATH": "/usr/bin:/bin",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        seen.add((run.stdout, *((tmp_path / seed / name).read_text() for name in formats)))
    assert len(seen) == 1
