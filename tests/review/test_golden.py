"""``netpolx golden`` in a user's repository."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from tests.review.conftest import Netpolx, write
from translator.cli import golden as command
from translator.errors import UsageError
from translator.review.config import read_config
from translator.review.golden import check, update

CONFIG = "sources: [policies/]\nfrom: calico\ntargets: [cilium, kubernetes]\noutput: generated/\n"
ACCEPT = "accept:\n- {code: log-dropped}\n"
API = """\
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: api, namespace: prod}
spec:
  selector: app == 'api'
  types: [Ingress]
  ingress:
  - action: Log
  - action: Allow
    protocol: TCP
    source: {selector: app == 'web'}
    destination: {ports: [8080]}
"""
GENERATED = Path("generated/cilium/policies/api.yaml")
TODAY = date(2026, 6, 1)


@pytest.fixture
def repository(netpolx: Netpolx) -> Netpolx:
    """One Calico policy, translated to two targets, everything agreed to and fresh."""
    write({"netpolx.yaml": CONFIG + ACCEPT, "policies/api.yaml": API})
    assert netpolx("golden", "update").code == 0
    return netpolx


def tree() -> dict[str, str]:
    return {str(path): path.read_text() for path in sorted(Path("generated").rglob("*")) if path.is_file()}


def test_update_writes_a_file_per_source_and_the_losses(repository: Netpolx) -> None:
    """Every target has the same relative paths and one ``losses.yaml``; check is then content."""
    assert list(tree()) == [
        "generated/cilium/losses.yaml",
        "generated/cilium/policies/api.yaml",
        "generated/kubernetes/losses.yaml",
        "generated/kubernetes/policies/api.yaml",
    ]
    run = repository("golden", "check")
    assert (run.code, run.out, run.err) == (0, "fresh: 1 policy, cilium, kubernetes\n", "")


def test_losses_hold_no_prose(repository: Netpolx) -> None:
    """Code, effect, place, field and policy, one line each, which YAML reads; without losses an empty list."""
    text = Path("generated/cilium/losses.yaml").read_text()
    assert yaml.safe_load(text) == [
        {
            "code": "log-dropped",
            "effect": "none",
            "at": "policies/api.yaml:8:5",
            "path": "spec.ingress[0]",
            "policy": "prod/api",
        }
    ]
    assert len(text.splitlines()) == 2
    write({"netpolx.yaml": CONFIG, "policies/api.yaml": API.replace("  - action: Log\n", "")})
    assert repository("golden", "update").code == 0
    assert yaml.safe_load(Path("generated/cilium/losses.yaml").read_text()) == []


def test_update_is_idempotent_and_does_not_depend_on_where_one_stands(
    repository: Netpolx, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The configuration is found upward, and the same bytes come out."""
    before = tree()
    times = {path: Path(path).stat().st_mtime_ns for path in before}
    monkeypatch.chdir("policies")
    assert repository("golden", "update").err == "all files were fresh\n"
    assert repository("golden", "check").code == 0
    monkeypatch.chdir("..")
    assert tree() == before
    assert {path: Path(path).stat().st_mtime_ns for path in before} == times


def test_a_changed_source_is_stale_and_meaning_moved(repository: Netpolx) -> None:
    """The diff goes from what is committed to what should be, and what both permit is compared."""
    write({"policies/api.yaml": API.replace("8080", "8081")})
    run = repository("golden", "check")
    assert run.code == 1
    assert "stale: generated/cilium/policies/api.yaml" in run.out
    assert '-      - port: "8080"\n+      - port: "8081"\n' in run.out
    assert "meaning moved: the committed files permit less in some places and more in others" in run.out
    assert "committed  allowed  generated/cilium/policies/api.yaml:" in run.out
    assert tree()[str(GENERATED)].count("8080") == 1


def test_the_same_meaning_in_other_words_is_stale_only(repository: Netpolx) -> None:
    """A stale file whose meaning did not move is told as such."""
    write({"policies/api.yaml": API.replace("name: api,", "name: api, labels: {team: red},")})
    run = repository("golden", "check")
    assert run.code == 1
    assert "the committed files still permit the same" in run.out


def test_a_hand_edit_is_told_from_a_stale_file(repository: Netpolx) -> None:
    """The digest in the first line shows it; update takes the edit back and says so."""
    GENERATED.write_text(GENERATED.read_text().replace("8080", "1"))
    run = repository("golden", "check")
    assert run.code == 1
    assert "edited by hand: generated/cilium/policies/api.yaml" in run.out
    assert '-      - port: "1"\n+      - port: "8080"\n' in run.out
    update_run = repository("golden", "update")
    assert (update_run.code, "was edited by hand; the edit is gone" in update_run.err) == (0, True)
    assert repository("golden", "check").code == 0


def test_a_hand_edit_that_is_no_policy_any_more_is_shown(repository: Netpolx) -> None:
    """What cannot be read is an answer about the committed file, not an error of the input."""
    GENERATED.write_text(GENERATED.read_text().replace("endpointSelector", "endpointSelektor"))
    run = repository("golden", "check")
    assert run.code == 1
    assert "the committed files cannot be read: generated/cilium/policies/api.yaml:" in run.out


def test_line_ends_are_no_edit(repository: Netpolx) -> None:
    """Git may turn them on checkout."""
    GENERATED.write_bytes(GENERATED.read_bytes().replace(b"\n", b"\r\n"))
    assert repository("golden", "check").code == 0


def test_a_missing_file_is_missing(repository: Netpolx) -> None:
    """A file that was deleted comes back with update."""
    GENERATED.unlink()
    said = repository("golden", "check").out
    assert "missing: generated/cilium/policies/api.yaml" in said
    assert "@@" not in said
    assert repository("golden", "update").err == "wrote 1 file\n"


def test_what_is_left_over_is_removed_and_nothing_else(repository: Netpolx) -> None:
    """Files of sources and of targets that are gone, and empty directories; never what somebody else put there."""
    write({"generated/cilium/notes.yaml": "mine: true\n", "generated/README.md": "mine\n"})
    write(
        {
            "netpolx.yaml": CONFIG.replace(", kubernetes", ""),
            "policies/deep/db.yaml": API.replace("name: api", "name: db"),
        }
    )
    Path("policies/api.yaml").unlink()
    run = repository("golden", "check")
    assert "left over: generated/cilium/policies/api.yaml" in run.out
    assert "left over: generated/kubernetes/losses.yaml" in run.out
    assert "wrote 2 files, removed 3\n" in repository("golden", "update").err
    assert list(tree()) == [
        "generated/README.md",
        "generated/cilium/losses.yaml",
        "generated/cilium/notes.yaml",
        "generated/cilium/policies/deep/db.yaml",
    ]
    assert not Path("generated/kubernetes").exists()


def test_a_foreign_file_in_the_way_is_never_overwritten(repository: Netpolx) -> None:
    """Nothing at all is written then."""
    GENERATED.write_text("kind: Mine\n")
    write({"policies/api.yaml": API.replace("8080", "8081")})
    before = tree()
    assert "not written by netpolx: generated/cilium/policies/api.yaml" in repository("golden", "check").out
    run = repository("golden", "update")
    assert (run.code, tree()) == (2, before)
    assert "not written by netpolx, so not overwritten" in run.err


@pytest.mark.parametrize("name", ["generated/cilium/policies/open.yaml", "generated/cilium/open.json"])
def test_policies_that_somebody_added_fail_the_check(repository: Netpolx, name: str) -> None:
    """Whoever applies the directory applies them too, so they are named and what they do to traffic is told."""
    write(
        {
            name: '{"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": {"name": "open", '
            '"namespace": "prod"}, "spec": {"endpointSelector": {}, "ingress": [{"fromEntities": ["all"]}]}}\n'
        }
    )
    run = repository("golden", "check")
    assert run.code == 1
    assert f"added by hand: {name}" in run.out
    assert "meaning moved: the committed files permit more than the sources say" in run.out
    update_run = repository("golden", "update")
    assert (update_run.code, Path(name).exists()) == (0, True)
    assert f"{name} was added by hand and stays" in update_run.err


def test_files_that_are_no_policies_are_nobodys_business(repository: Netpolx) -> None:
    """A kustomization among the generated files, or what is no YAML for Kubernetes at all, is not read."""
    write(
        {"generated/cilium/kustomization.yaml": "resources: [policies/api.yaml]\n", "generated/cilium/x.yaml": "- 1\n"}
    )
    assert repository("golden", "check").code == 0
    GENERATED.unlink()
    assert "the committed files" not in repository("golden", "check").out.replace("the committed files permit", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "files are stale; `netpolx golden update` sets it right"),
        ("kind: Mine\n", "files stand in the way that netpolx did not write; move it away"),
    ],
)
def test_the_last_line_says_what_to_do(repository: Netpolx, text: str | None, said: str) -> None:
    """Each state has a remedy of its own: update overwrites nothing of others."""
    GENERATED.unlink()
    if text is not None:
        GENERATED.write_text(text)
    assert said in repository("golden", "check").out.splitlines()[-1]


def test_agreeing_to_many_harmless_losses_takes_one_line(repository: Netpolx) -> None:
    """What changes no traffic in more than three files is agreed to by their directory."""
    write(
        {"netpolx.yaml": CONFIG}
        | {f"policies/d/{number}.yaml": API.replace("name: api", f"name: a{number}") for number in range(4)}
    )
    run = repository("golden", "check")
    (line,) = [line for line in run.out.splitlines() if line.startswith("- {code: ")]
    assert line == '- {code: log-dropped, path: "policies", reason: "…"}'
    write({"netpolx.yaml": f"{CONFIG}accept:\n{line}\n"})
    assert "new loss" not in repository("golden", "check").out


def test_a_new_loss_fails_the_check(repository: Netpolx) -> None:
    """Nobody agreed to it: it is named, with the lines that would agree."""
    write({"netpolx.yaml": CONFIG})
    run = repository("golden", "check")
    assert run.code == 1
    assert "new loss, not accepted: policies/api.yaml:8:5 log-dropped none" in run.out
    assert '- {code: log-dropped, path: "policies/api.yaml", reason: "…"}' in run.out
    write({"netpolx.yaml": CONFIG + 'accept:\n- {code: log-dropped, path: "policies/api.yaml", reason: "…"}\n'})
    assert repository("golden", "check").code == 0


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("{code: log-dropped, path: policies}", 0),
        ("{code: log-dropped, path: policies/}", 0),
        ("{code: log-dropped, path: policies/other.yaml}", 1),
        ("{code: log-dropped, path: policies/a}", 1),
        ("{code: order-flattened}", 1),
        ("{code: log-dropped, until: 2999-01-01}", 0),
        ("{code: log-dropped, until: 2001-01-01}", 1),
    ],
)
def test_an_entry_covers_its_code_and_path_until_its_day(repository: Netpolx, entry: str, code: int) -> None:
    """A directory covers what is below it; a day that is over covers nothing."""
    write({"netpolx.yaml": f"{CONFIG}accept:\n- {entry}\n"})
    assert repository("golden", "check").code == code


def test_the_last_day_counts(repository: Netpolx) -> None:
    """``until`` is the last day on which an entry holds."""
    write({"netpolx.yaml": f"{CONFIG}accept:\n- {{code: log-dropped, until: {TODAY}}}\n"})
    config = read_config(Path("netpolx.yaml"))
    assert check(config, today=TODAY).freshness.is_fine
    expired = check(config, today=date(2026, 6, 2)).freshness
    assert {loss.reason for target in expired.targets for loss in target.new_losses} == {
        "accepted until 2026-06-01 only"
    }
    assert not expired.unused


def test_an_unused_entry_is_reported_and_no_failure(repository: Netpolx) -> None:
    """A list of exceptions that nobody needs any more should shrink."""
    write({"netpolx.yaml": CONFIG + ACCEPT + "- {code: order-flattened}\n"})
    run = repository("golden", "check")
    assert run.code == 0
    assert "netpolx.yaml:7:3: the `accept` entry for order-flattened matches no loss; take it out" in run.out


def test_what_is_refused_is_not_written_unless_agreed_to(netpolx: Netpolx) -> None:
    """Nothing is written for any target; with an entry the rest is."""
    refused = API.replace("NetworkPolicy", "GlobalNetworkPolicy").replace(", namespace: prod", "")
    write({"netpolx.yaml": CONFIG + ACCEPT, "policies/api.yaml": API, "policies/all.yaml": refused})
    run = netpolx("golden", "update")
    assert run.code == 1
    assert not Path("generated").exists()
    assert "nothing was written" in run.err
    lines = [line for line in run.err.splitlines() if line.startswith("- {code: ")]
    assert lines
    write({"netpolx.yaml": CONFIG + ACCEPT + "\n".join(lines) + "\n"})
    assert netpolx("golden", "update").code == 0
    assert netpolx("golden", "check").code == 0


def test_a_failed_update_leaves_all_as_it_was(repository: Netpolx, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is noticed before the first file is replaced."""
    write({"policies/api.yaml": API.replace("8080", "8081")})
    before = tree()

    def full(_path: Path, _content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(UsageError, match="No space left"):
            update(read_config(Path("netpolx.yaml")), today=TODAY)
    assert tree() == before


def test_what_is_generated_is_no_source(netpolx: Netpolx) -> None:
    """``sources: [.]`` reads neither the output nor the configuration nor the context."""
    write(
        {
            "netpolx.yaml": CONFIG.replace("policies/", ".") + "context: cluster.yaml\n" + ACCEPT,
            "cluster.yaml": "apiVersion: netpolx/v1alpha1\nkind: Context\npodCIDRs: [10.0.0.0/8]\n",
            "api.yaml": API,
        }
    )
    assert netpolx("golden", "update").code == 0
    assert netpolx("golden", "check").out == "fresh: 1 policy, cilium, kubernetes\n"
    assert list(tree())[:2] == ["generated/cilium/api.yaml", "generated/cilium/losses.yaml"]


def test_json_sources_become_yaml(netpolx: Netpolx) -> None:
    """And two sources that would become one file are an error."""
    head = '{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": {"podSelector": {}}, '
    write({"netpolx.yaml": "sources: [policies]\ntargets: [cilium]\noutput: out\n"})
    write({"policies/a.json": head + '"metadata": {"name": "a"}}'})
    assert netpolx("golden", "update").code == 0
    assert Path("out/cilium/policies/a.yaml").exists()
    write({"policies/a.yaml": head + '"metadata": {"name": "b"}}'})
    run = netpolx("golden", "update")
    assert run.code == 2
    assert "rename the file" in run.err


def test_bad_sources_are_two(repository: Netpolx) -> None:
    """Every finding, in files named from the root."""
    write({"policies/bad.yaml": API.replace("selector:", "selektor:", 1)})
    run = repository("golden", "check")
    assert (run.code, run.out) == (2, "")
    assert "policies/bad.yaml:" in run.err


def test_the_day_is_that_of_utc(repository: Netpolx, monkeypatch: pytest.MonkeyPatch) -> None:
    """CI in one part of the world answers as CI in another."""
    write({"netpolx.yaml": f"{CONFIG}accept:\n- {{code: log-dropped, until: {TODAY}}}\n"})
    monkeypatch.setattr(command, "_today", lambda: TODAY)
    assert repository("golden", "check").code == 0
