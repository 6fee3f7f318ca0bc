"""The page: its structure, what it escapes, and that it is the same every time."""

import base64
import hashlib
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

from tests.report.pages import AFTER, BEFORE, LOSSY, change_page, large_page, translation_page
from translator.report.html_parts import text

VOID = {"meta", "input", "br", "img", "link", "hr"}


class Outline(HTMLParser):
    """The elements of a page, in order, with the visible text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """An element ends, and it is the one that began last."""
        assert self.opened, tag
        assert self.opened.pop() == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        """Text, unless it is style or script."""
        if not {"script", "style"} & set(self.opened):
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element of a name."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        """The text in one line."""
        return re.sub(r"\s+", " ", " ".join(self.words))


def test_pages_are_well_formed(tmp_path: Path) -> None:
    """Elements are closed where they were opened, each id is there once, and each link within the page leads to one."""
    for page in (change_page(tmp_path), translation_page(tmp_path), change_page(tmp_path, with_context=False)):
        outline = Outline(page)
        assert outline.opened == []
        ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
        assert len(ids) == len(set(ids))
        links = [attributes["href"] or "" for attributes in outline.all("a")]
        assert links
        assert [each for each in links if each[1:] not in ids] == []


def test_words_of_the_input_stay_words(tmp_path: Path) -> None:
    """An annotation that holds markup is shown and does nothing; the page has the one script that it came with."""
    outline = Outline(change_page(tmp_path))
    assert "<script>document.title='owned'</script>" in "".join(outline.words)
    assert len(outline.all("script")) == 1
    assert outline.all("img") == []
    assert not any(name.startswith("on") for _, attributes in outline.elements for name in attributes)


def test_names_cannot_leave_their_attribute() -> None:
    """Quotes are escaped as well as brackets, since names stand in attributes, too."""
    assert text('"><b title=') == "&quot;&gt;&lt;b title="


def test_what_cannot_be_seen_is_made_visible() -> None:
    """Characters that reverse the direction of writing, or hide, are spelled out."""
    assert text("a\u202eb\u200bc\x1b") == "a⟨U+202E⟩b⟨U+200B⟩c⟨U+001B⟩"


def test_the_page_may_load_nothing(tmp_path: Path) -> None:
    """The policy of the page lets its own style and script run by their hashes, and nothing else."""
    page = change_page(tmp_path)
    policy = next(each["content"] or "" for each in Outline(page).all("meta") if "http-equiv" in each)
    assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'none'")
    assert "unsafe" not in policy
    for element in ("style", "script"):
        (content,) = re.findall(f"<{element}>(.*?)</{element}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy
    assert not re.search(r'\b(src|style)="', page)
    assert "http:" not in page
    assert "https:" not in page


def test_pages_are_the_same_every_time(tmp_path: Path) -> None:
    """Two runs of the program with other hash seeds write the same bytes."""
    (tmp_path / "before.yaml").write_text(BEFORE, encoding="utf-8")
    (tmp_path / "after.yaml").write_text(AFTER, encoding="utf-8")
    program = "import sys; from translator.cli import main; sys.exit(main())"
    pages = [
        subprocess.run(
            [sys.executable, "-c", program, "diff", "before.yaml", "after.yaml", "-o", "html"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=tmp_path,
            capture_output=True,
            check=False,
        ).stdout
        for seed in ("1", "2")
    ]
    assert pages[0].startswith(b"<!doctype html>")
    assert pages[0] == pages[1]


def test_a_translation_tells_what_became_of_each_policy(tmp_path: Path) -> None:
    """Summary, proof, both texts side by side, and each loss at its line with sign and word."""
    page = translation_page(tmp_path)
    outline = Outline(page)
    assert "Proof" in outline.text
    statuses = [each["data-status"] for each in outline.all("details") if each.get("class") == "policy long"]
    assert statuses == ["narrowed", "exact"]
    assert "kind: NetworkPolicy" in outline.text
    line = re.search(r'<li id="b\d+-9"[^>]*>(.*?)</li>', page, re.DOTALL)
    assert line is not None
    assert "narrows" in line[1]
    assert "−" in line[1]
    assert "ipblock-undefined" in line[1]


def test_a_change_tells_who_may_talk_to_whom(tmp_path: Path) -> None:
    """With pods in the context the picture has a row for each workload, and changed pairs name the deciding lines."""
    outline = Outline(change_page(tmp_path))
    assert "2 pods, app=api" in outline.text
    assert "Pairs that change (1)" in outline.text
    (row,) = [
        attributes["id"] for attributes in outline.all("tr") if (attributes.get("id") or "").startswith("pair-0-1")
    ]
    assert row == "pair-0-1"
    assert "TCP 5432" in outline.text
    assert "TCP 5433" in outline.text


def test_a_large_picture_is_folded(tmp_path: Path) -> None:
    """Beyond 40 rows namespaces stand in the picture, and the workloads of each are folded below it."""
    outline = Outline(large_page(tmp_path))
    assert "Pairs of workloads that may exchange something, because both ends allow it, by namespace" in outline.text
    assert "team-0: 8 workloads, 1 pair changes" in outline.text
    assert "team-1: 8 workloads, no pairs change" in outline.text


def test_without_context_the_picture_is_made_of_examples(tmp_path: Path) -> None:
    """The page says that no pods are known, and shows one for each selector of the policies."""
    outline = Outline(change_page(tmp_path, with_context=False))
    assert "No pods are known" in outline.text
    assert "prod/app=api" in outline.text


def test_nothing_to_show_is_said(tmp_path: Path) -> None:
    """An unchanged set has a page without a table of connections."""
    page = translation_page(tmp_path, LOSSY.split("---")[1], "cilium")
    assert "Changed connections" not in page
    assert "No need to worry" in page
