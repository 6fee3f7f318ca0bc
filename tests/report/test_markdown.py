"""Markdown through a parser of it: what a reader sees is what was meant, whatever policies are called."""

import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from tests.report.samples import HOSTILE, change, changed, connection, hostile_change, translation
from translator.loss.effect import Effect
from translator.report import change_markdown, markdown, translation_markdown
from translator.report.change import Became

GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"])


class Seen(HTMLParser):
    """The elements of a page and its words; ``prose`` is what GitHub searches for mentions and issues."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.words = ""
        self.prose = ""
        self.rows: list[int] = []
        self.feed(GFM.render(source))
        assert self.open == [], "an element is not closed"

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Count cells, remember what has to be closed."""
        self.tags.append(tag)
        if tag not in ("br", "hr", "img"):
            self.open.append(tag)
        if tag == "tr":
            self.rows.append(0)
        if tag in ("td", "th"):
            self.rows[-1] += 1

    def handle_endtag(self, tag: str) -> None:
        """Elements close in their order."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Words; what is code is not searched."""
        self.words += data
        if not {"code", "pre"} & set(self.open):
            self.prose += data


PLAIN_TAGS = {
    *("h3", "h4", "p", "strong", "em", "ul", "li", "code", "pre", "table", "thead", "tbody", "tr", "th", "td"),
    *("details", "summary", "b", "br"),
}


def test_a_reviewer_is_told_first_whether_to_worry() -> None:
    """The title and one sentence in bold come before anything else."""
    expected = {
        "equal": "No need to worry about traffic.",
        "narrows": "Risk of an outage.",
        "widens": "Look closely: this is a question of security.",
        "both": "Look closely.",
        "open": "Ask who runs the cluster.",
        "undecided": "Treat this as a risk.",
    }
    for result, words in expected.items():
        lines = change_markdown.render(change(result=result)).splitlines()
        assert lines[0] == "<!-- netpolx diff -->"
        assert lines[1].startswith("### ")
        assert lines[3].startswith(f"**{words}**")
    nothing = change_markdown.render(change(result="equal", connections=(), documents=()))
    assert "**No need to worry.** The policies are the same." in nothing


def test_the_table_has_a_row_for_every_connection() -> None:
    """Seven cells each, widening first; examples and deciding lines are in them."""
    seen = Seen(change_markdown.render(change()))
    assert seen.rows == [7] * 4
    assert "prod/{app=web} → prod/{app=api}, TCP 8080" in seen.words
    assert "allowed: policies/api.yaml:14 (prod/api)" in seen.words
    assert set(seen.tags) <= PLAIN_TAGS


def test_yaml_is_folded_in_the_order_of_worry() -> None:
    """Each changed object has its fold; chapters say what it has to do with traffic."""
    text = change_markdown.render(change())
    titles = re.findall(r"^#### (.*)$", text, re.MULTILINE)
    assert titles == [
        "Connections that change",
        "Objects behind what opens",
        "Objects whose effect is not decided",
        "Objects behind what closes",
        "Objects that change no traffic",
    ]
    assert text.count("```diff") == 4
    assert Seen(text).tags.count("details") == 5


def test_the_command_is_at_the_end() -> None:
    """Whoever reads it can see the same again."""
    assert change_markdown.render(change()).endswith(
        "```console\nnetpolx diff 0123456789ab..ba9876543210 -- policies/\n```\n"
    )


def test_names_cannot_break_out() -> None:
    """Markup, mentions, links to issues, borders of tables and fences in names stay words."""
    text = change_markdown.render(hostile_change())
    seen = Seen(text)
    assert set(seen.tags) <= PLAIN_TAGS
    assert seen.rows == [7] * 3
    plain = " ".join(HOSTILE.replace("\x07", "").split())
    assert plain in " ".join(seen.words.replace("\x07", "").replace("\u200b", "").split())
    assert "@team" not in seen.prose
    assert "#1" not in seen.prose


@pytest.mark.parametrize("number", [2_000])
def test_a_comment_is_never_too_long(number: int) -> None:
    """GitHub refuses more than 65,536 characters; what is left out is counted, and every element is closed."""
    report = change(
        connections=tuple(connection(Effect.WIDENS, f"web-{each}") for each in range(number)),
        documents=tuple(changed(Became.CHANGED, Effect.WIDENS, f"prod/{each}" * 20) for each in range(number)),
        more=7,
    )
    text = change_markdown.render(report)
    assert len(text) <= markdown.COMMENT
    seen = Seen(text)
    assert re.search(r"… and \d+ more rows", text)
    assert re.search(r"… and \d+ more changed objects", text)
    assert "… and up to 7 more kinds of connections." in text
    assert "netpolx diff 0123456789ab..ba9876543210" in seen.words


def test_one_long_yaml_diff_is_cut() -> None:
    """And says how much is missing."""
    long = changed(Became.ADDED, Effect.WIDENS, "\n+x" * 500)
    text = change_markdown.render(change(documents=(long,)))
    assert re.search(r"… and \d+ more lines\.", text)
    Seen(text)


@pytest.mark.parametrize("hostile", [False, True])
def test_a_translation_is_a_comment_too(*, hostile: bool) -> None:
    """Losses by weight, refused first, with their places; findings about the input below."""
    seen = Seen(translation_markdown.render(translation(hostile=hostile)))
    assert seen.rows == [6] * 5 + [4] * 2
    assert set(seen.tags) <= PLAIN_TAGS
    assert seen.words.index("policy-refused") < seen.words.index("isolation-partial") < seen.words.index("log-dropped")
