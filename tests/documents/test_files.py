"""Files, directories and standard input; output that is never half there."""

from __future__ import annotations

import gc
import io
import os
from pathlib import Path

import pytest

from translator.documents.collector import paused_collector
from translator.documents.files import write_atomically
from translator.documents.loading import load_paths


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b.yaml", "a.yml", "sub/c.json", "sub/deep/d.YAML", "note.txt", ".hidden.yaml", ".git/e.yaml"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('{"kind": "A"}' if name.endswith("json") else "kind: A\n", encoding="utf-8")
    return tmp_path


def test_directories_are_walked_in_order(tree: Path) -> None:
    """All YAML and JSON files at every depth, hidden ones not."""
    loaded = load_paths([str(tree)])
    names = [Path(file).relative_to(tree).as_posix() for file in loaded.files]
    assert names == ["a.yml", "b.yaml", "sub/c.json", "sub/deep/d.YAML"]
    assert [document.file for document in loaded.documents] == list(loaded.files)


def test_a_named_file_is_read_whatever_its_ending(tree: Path) -> None:
    """Each file once, though named twice."""
    note = str(tree / "note.txt")
    assert load_paths([note, note, str(tree / "b.yaml")]).files == (note, str(tree / "b.yaml"))


def test_standard_input_is_a_dash() -> None:
    """As bytes or as text."""
    assert load_paths(["-"], stdin=io.BytesIO(b"a: 1\n")).documents[0].file == "-"
    assert load_paths(["-"], stdin=io.StringIO("a: 1\n")).documents[0].data == {"a": 1}


def test_a_bad_file_hides_no_other(tree: Path) -> None:
    """What cannot be read or parsed is reported, the rest is read."""
    (tree / "a.yml").write_text("a: [\n", encoding="utf-8")
    loaded = load_paths([str(tree), str(tree / "absent.yaml")])
    assert len(loaded.documents) == 3
    assert [finding.code for finding in loaded.findings] == ["invalid-yaml", "unreadable"]
    assert str(loaded.findings[1]).startswith(f"{tree / 'absent.yaml'}:1:1: error: cannot be read: No such file")


def test_an_empty_directory_is_a_warning(tmp_path: Path) -> None:
    """A wrong path must not look like a clean result."""
    (finding,) = load_paths([str(tmp_path)]).findings
    assert (finding.severity, finding.code) == ("warning", "no-files")


def test_links_to_directories_and_pipes_are_not_followed(tree: Path) -> None:
    """A link is a warning, a pipe would never end."""
    (tree / "loop").symlink_to(tree)
    (tree / "gone.yaml").symlink_to(tree / "nothing")
    os.mkfifo(tree / "pipe.yaml")
    loaded = load_paths([str(tree)])
    assert [finding.code for finding in loaded.findings] == ["link", "unreadable"]
    assert len(loaded.documents) == 4


def test_a_directory_that_cannot_be_read_is_an_error(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not seen must not pass for absent."""
    scan = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    loaded = load_paths([str(tree)])
    assert [str(finding) for finding in loaded.findings] == [
        f"{tree / 'sub' / 'deep'}:1:1: error: cannot be read: Permission denied"
    ]


def test_no_name_is_no_directory() -> None:
    """An empty argument (an unset variable, say) does not read the current directory."""
    assert [finding.code for finding in load_paths([""]).findings] == ["unreadable"]
    assert [finding.code for finding in load_paths(["a\0b"]).findings] == ["unreadable"]


def test_empty_files_are_counted(tmp_path: Path) -> None:
    """Nothing but comments is no document."""
    (tmp_path / "a.yaml").write_text("# nothing\n", encoding="utf-8")
    assert load_paths([str(tmp_path)]).skipped == ((tmp_path / "a.yaml").as_posix(),)


def test_too_large_a_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused after the limit, whatever its size."""
    monkeypatch.setattr("translator.documents.files.MAX_BYTES", 10)
    monkeypatch.setattr("translator.documents.loading.MAX_BYTES", 10)
    (tmp_path / "a.yaml").write_text("a: 1234567890\n", encoding="utf-8")
    (finding,) = load_paths([str(tmp_path)]).findings
    assert finding.code == "too-large"


def test_writing_replaces_the_whole_file(tmp_path: Path) -> None:
    """Directories are made, permissions kept, links followed, nothing else left behind."""
    file = tmp_path / "new" / "a.yaml"
    write_atomically(file, "é\n")
    assert file.read_bytes() == "é\n".encode()
    file.chmod(0o600)
    link = tmp_path / "link.yaml"
    link.symlink_to(file)
    write_atomically(link, "b\n")
    assert link.is_symlink()
    assert file.read_text(encoding="utf-8") == "b\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["a.yaml"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old content stands, and no temporary file."""
    file = tmp_path / "a.yaml"
    write_atomically(file, "old\n")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(file, "new\n")
    assert file.read_text(encoding="utf-8") == "old\n"
    assert list(tmp_path.iterdir()) == [file]


def test_the_collector_is_restored() -> None:
    """Also when nested, when an error passes, and when it was off before."""
    assert gc.isenabled()
    with paused_collector():
        assert not gc.isenabled()
        with paused_collector():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="x"), paused_collector():
        raise ValueError("x")
    assert gc.isenabled()
    gc.disable()
    try:
        with paused_collector():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
