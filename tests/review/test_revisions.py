"""Diffs of git revisions."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.review.conftest import Netpolx, network_policy, write
from translator.review.revisions import is_range

pytestmark = pytest.mark.usefixtures("quiet_git")


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout


def state() -> tuple[str, str, int]:
    """Everything that a look at other revisions must leave as it is."""
    return git("status", "--porcelain"), git("show-ref", "--head"), Path(".git/index").stat().st_mtime_ns


@pytest.fixture
def repository(netpolx: Netpolx) -> None:
    """Two commits on ``main``; on ``topic``, which parted after the first, a third."""
    git("init", "-q", "-b", "main")
    write({"policies/db.yaml": network_policy("db"), "policies/.hidden.yaml": "a: [", "README.yaml": "no: policy\n"})
    git("add", ".")
    git("commit", "-qm", "one")
    git("branch", "topic")
    write({"policies/web.yaml": network_policy("web", app="web")})
    git("add", ".")
    git("commit", "-qm", "two")
    git("checkout", "-q", "topic")
    write({"policies/db.yaml": network_policy("db", port=5433)})
    git("commit", "-qam", "three")


@pytest.mark.usefixtures("repository")
def test_two_revisions_are_compared(netpolx: Netpolx) -> None:
    """``main..topic`` compares both ends as they are; the names stand with their commits."""
    report = json.loads(netpolx("diff", "main..topic", "-o", "json", "--", "policies/").out)
    assert [(each["became"], each["name"]) for each in report["documents"]] == [
        ("changed", "prod/db"),
        ("removed", "prod/web"),
    ]
    assert report["before"]["name"] == f"main ({git('rev-parse', 'main')[:12]})"
    assert report["documents"][0]["after"]["file"] == "policies/db.yaml"


@pytest.mark.usefixtures("repository")
def test_three_dots_compare_with_where_they_parted(netpolx: Netpolx) -> None:
    """What happened on ``main`` in the meantime is not part of the review."""
    report = json.loads(netpolx("diff", "main...topic", "-o", "json", "--", "policies").out)
    assert [each["name"] for each in report["documents"]] == ["prod/db"]
    assert report["before"]["name"].startswith("main (where topic parted)")


@pytest.mark.usefixtures("repository")
def test_a_revision_is_compared_with_the_work_tree(netpolx: Netpolx) -> None:
    """What is not committed yet is seen; without ``--`` and with two revisions apart it works as with git."""
    write({"policies/db.yaml": network_policy("db")})
    report = json.loads(netpolx("diff", "HEAD", "policies/", "-o", "json").out)
    assert report["after"]["name"] == "the work tree"
    assert report["result"] == "both"
    assert json.loads(netpolx("diff", "main", "topic", "policies", "-o", "json").out)["result"] != "equal"


@pytest.mark.usefixtures("repository")
def test_paths_are_relative_to_where_one_is(netpolx: Netpolx, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a subdirectory the paths are those of the work tree there."""
    monkeypatch.chdir("policies")
    report = json.loads(netpolx("diff", "main...topic", "-o", "json").out)
    assert report["documents"][0]["after"]["file"] == "db.yaml"


@pytest.mark.usefixtures("repository")
def test_the_work_tree_is_never_touched(netpolx: Netpolx) -> None:
    """Neither files nor index nor branches change, whatever is compared."""
    write({"policies/db.yaml": "# being edited\n", "new.txt": "x"})
    Path(".git/index.lock").touch()
    before = state()
    assert netpolx("diff", "main..topic", "--", "policies").code in (0, 1)
    assert state() == before


@pytest.mark.usefixtures("repository")
def test_the_command_holds_commits(netpolx: Netpolx) -> None:
    """Branches move; the command that shows the same again names commits."""
    command = json.loads(netpolx("diff", "main..topic", "-o", "json", "--", "policies").out)["command"]
    ends = "..".join(git("rev-parse", name)[:12] for name in ("main", "topic"))
    assert command == f"netpolx diff {ends} -- policies"


@pytest.mark.usefixtures("repository")
def test_odd_names_of_files_are_read(netpolx: Netpolx) -> None:
    """Blanks, umlauts and line ends in names are just names; links are not followed."""
    write({"policies/ü b\n.yaml": network_policy("odd", app="odd")})
    Path("policies/link.yaml").symlink_to("db.yaml")
    git("add", ".")
    git("commit", "-qm", "odd")
    report = json.loads(netpolx("diff", "HEAD~..HEAD", "-o", "json", "--", "policies").out)
    assert [each["after"]["file"] for each in report["documents"]] == ["policies/ü b\n.yaml"]


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    "arguments", [("nowhere..main",), ("main..topic", "--", "missing/"), ("nothing",), ("--", "-x..y")]
)
def test_what_git_does_not_know_is_two(netpolx: Netpolx, arguments: tuple[str, ...]) -> None:
    """A revision or a path that is not there is bad usage, with a word about it."""
    run = netpolx("diff", *arguments)
    assert (run.code, run.out) == (2, "")
    assert len(run.err.splitlines()) == 1


def test_outside_of_a_repository_is_two(netpolx: Netpolx) -> None:
    """Git's own complaint is passed on."""
    run = netpolx("diff", "main..topic")
    assert run.code == 2
    assert "neither a file nor a git revision" in run.err


def test_without_git_revisions_are_two(netpolx: Netpolx, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git is needed for revisions only, and said to be missing."""
    monkeypatch.setenv("PATH", "")
    assert "git cannot be run" in netpolx("diff", "a..b").err
    write({"a.yaml": network_policy("db")})
    assert netpolx("diff", "a.yaml", "a.yaml").code == 0


@pytest.mark.parametrize("text", ["a..b", "..b", "a...", "v1.0..v1.1"])
def test_ranges_are_ranges(text: str) -> None:
    """An end that is left out is HEAD."""
    assert is_range(text)


@pytest.mark.parametrize("text", ["../x", "x", "-a..b"])
def test_paths_and_options_are_no_ranges(text: str) -> None:
    """``../x`` is a path that is missing."""
    assert not is_range(text)


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("revisions", ["main..topic", "main"])
def test_a_path_that_nobody_has_is_an_error(netpolx: Netpolx, revisions: str) -> None:
    """A mistyped path must not read as "no traffic changes", not even beside a right one."""
    run = netpolx("diff", revisions, "--", "policies", "polices")
    assert (run.code, run.out) == (2, "")
    assert run.err.rstrip().endswith("polices")
    misplaced = netpolx("diff", revisions, "--", "policies", "-o", "json")
    assert (misplaced.code, misplaced.out) == (2, "")
    assert "options stand before the `--`" in misplaced.err


@pytest.mark.usefixtures("repository")
def test_a_path_of_one_side_is_enough(netpolx: Netpolx) -> None:
    """A directory that comes or goes is what a review is about."""
    run = netpolx("diff", "main..topic", "--", "policies/web.yaml")
    assert run.code == 1
    assert "objects: 1 removed" in run.out


@pytest.mark.usefixtures("repository")
def test_links_to_files_are_followed_within_the_commit(netpolx: Netpolx) -> None:
    """As in the work tree, from any directory; a policy behind a link is no policy less."""
    write({"shared/all.yaml": network_policy("shared", app="x")})
    Path("policies/link.yaml").symlink_to("../shared/all.yaml")
    git("add", ".")
    git("commit", "-qm", "linked")
    found = json.loads(netpolx("diff", "topic~1..topic", "-o", "json", "--", "policies").out)["documents"]
    assert [(each["became"], each["name"], each["after"]["file"]) for each in found] == [
        ("added", "prod/shared", "policies/link.yaml")
    ]
    assert "objects: none differs" in netpolx("diff", "topic", "--", "policies").out
    Path("policies/nowhere.yaml").symlink_to("gone.yaml")
    git("add", ".")
    git("commit", "-qm", "broken")
    run = netpolx("diff", "topic~1..topic", "--", "policies")
    assert (run.code, run.out) == (2, "")
    assert "policies/nowhere.yaml: a link that leads to no file in topic" in run.err
