"""Writing one file per input file."""

from pathlib import Path, PurePosixPath

import pytest

from translator.errors import UsageError
from translator.pipeline.output import MARK, marked, relative_paths, write_files

NAME = PurePosixPath("shop/web.yaml")
TEXT = marked("kind: A\n", target="cilium", source="policies/shop/web.yaml")


def test_files_keep_their_path_below_the_directory_that_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``policies/shop/web.yaml`` of the input ``policies/`` is ``shop/web.yaml``; a file named by itself its name."""
    monkeypatch.chdir(tmp_path)
    Path("policies/shop").mkdir(parents=True)
    found = relative_paths(["policies/shop/web.yaml", "other/db.yml", "-"], ["policies/", "other/db.yml", "-"])
    assert [str(path) for path in found.values()] == ["shop/web.yaml", "db.yml", "stdin.yaml"]


def test_the_current_directory_is_a_directory_like_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With ``.`` as input every path stays as it is."""
    monkeypatch.chdir(tmp_path)
    assert list(relative_paths(["a/b.yaml"], ["."]).values()) == [PurePosixPath("a/b.yaml")]


def test_two_files_never_become_one() -> None:
    """Files of the same name from different places are refused, not merged."""
    with pytest.raises(UsageError, match="both be written"):
        relative_paths(["a/web.yaml", "b/web.yaml"], ["a/web.yaml", "b/web.yaml"])


def test_what_we_wrote_is_overwritten(tmp_path: Path) -> None:
    """A second run replaces the files of the first."""
    write_files({NAME: TEXT}, tmp_path, force=False)
    write_files({NAME: TEXT + "# more\n"}, tmp_path, force=False)
    assert (tmp_path / NAME).read_text() == TEXT + "# more\n"
    assert TEXT.startswith(MARK)


def test_what_others_wrote_is_not_overwritten_and_nothing_else_is_written(tmp_path: Path) -> None:
    """One foreign file in the way stops all of it, unless forced."""
    (tmp_path / "shop").mkdir()
    (tmp_path / NAME).write_text("kind: Mine\n")
    both = {PurePosixPath("a.yaml"): TEXT, NAME: TEXT}
    with pytest.raises(UsageError, match="not overwritten"):
        write_files(both, tmp_path, force=False)
    assert not (tmp_path / "a.yaml").exists()
    write_files(both, tmp_path, force=True)
    assert (tmp_path / NAME).read_text() == TEXT
