"""Texts that are odd, broken or hostile: a right reading or a clear error, and never at the cost of other documents."""

from __future__ import annotations

import time

import pytest

from translator.documents.loading import Loaded, load_text
from translator.errors import Gate


def said(loaded: Loaded) -> list[tuple[str, str]]:
    assert all(finding.gate is Gate.SYNTAX for finding in loaded.findings)
    return [(finding.code, str(finding.origin)) for finding in loaded.findings]


def values(loaded: Loaded) -> list[object]:
    return [document.data for document in loaded.documents]


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "---\n---\n# x\n---\n", "null\n", "\ufeff"])
def test_nothing_is_no_document_and_no_error(text: str) -> None:
    """Empty and comment-only files are passed over."""
    loaded = load_text(text, file="a.yaml")
    assert (loaded.documents, loaded.findings, loaded.skipped) == ((), (), ("a.yaml",))


def test_a_duplicate_key_names_both_places() -> None:
    """kubectl would take the last one in silence."""
    loaded = load_text("spec:\n  a: {b: [1, 2]}\n  c: 1\n  a: 2\n")
    assert said(loaded) == [("duplicate-key", "-:4:3")]
    assert loaded.findings[0].message == "duplicate key `a`, first at line 2, column 3"


def test_all_faults_of_a_document_are_told() -> None:
    """One reading reports every duplicate, tag and key."""
    loaded = load_text("a: 1\na: 2\nb: !x y\non: 1\n'a': 3\n")
    assert [code for code, _ in said(loaded)] == ["duplicate-key", "foreign-tag", "bad-key", "duplicate-key"]


def test_a_broken_document_hides_no_other() -> None:
    """What stands before and behind it is read."""
    text = "a: 1\n---\nb: [\n---\n# fine\nc: 1\n---\nd: 'x\n---\ne: 1\nf\n---\ng: 1\n"
    loaded = load_text(text)
    assert values(loaded) == [{"a": 1}, {"c": 1}, {"g": 1}]
    assert len(loaded.findings) == 3
    assert [document.index for document in loaded.documents] == [0, 2, 5]
    assert loaded.documents[1].locate(("c",)) == (6, 1)


def test_a_document_with_faults_hides_no_other() -> None:
    """A duplicate key costs its own document only."""
    loaded = load_text("a: 1\n---\na: 1\na: 2\n---\nb: 1\n")
    assert values(loaded) == [{"a": 1}, {"b": 1}]


def test_merge_keys_are_merged() -> None:
    """Fields of the mapping itself win, of several merged mappings the first."""
    text = "base: &b {x: 1, q: {r: 2}}\nother: &o {x: 5, w: 7}\nv:\n  <<: [*b, *o]\n  q: 3\n  z: 4\n"
    loaded = load_text(text)
    assert loaded.documents[0].data["v"] == {"q": 3, "z": 4, "x": 1, "w": 7}
    assert [loaded.documents[0].locate(("v", key)) for key in ("q", "z", "x", "w")] == [
        (5, 3),
        (6, 3),
        (1, 11),
        (2, 18),
    ]


def test_a_merge_behind_a_field_it_overwrites_is_an_error() -> None:
    """kubectl takes the merged value there, all other readers the field's own."""
    (finding,) = load_text("b: &b {x: 1}\nv:\n  x: 3\n  <<: *b\n").findings
    assert finding.code == "bad-merge"
    assert finding.hint == "put `<<` first"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("v: {<<: 1}", "bad-merge"),
        ("v: {<<: }", "bad-merge"),
        ("v: {<<: [{a: 1}, 2]}", "bad-merge"),
        ("v: {<<: {a: 1}, <<: {b: 1}}", "duplicate-key"),
    ],
)
def test_a_bad_merge_is_an_error(text: str, code: str) -> None:
    """Only mappings can be merged, and only once in a mapping."""
    assert [each for each, _ in said(load_text(text))] == [code]


def test_a_quoted_merge_key_is_a_key() -> None:
    """`"<<"` in quotes is text."""
    assert values(load_text('v: {"<<": {x: 1}}')) == [{"v": {"<<": {"x": 1}}}]


def test_aliases_are_their_anchors() -> None:
    """As value, as item and as key; an anchor may be given again."""
    loaded = load_text("a: &k foo\nb: &l [x]\nc: [*k, *l]\n*k : 1\nd: &k bar\ne: *k\n")
    assert values(loaded) == [{"a": "foo", "b": ["x"], "c": ["foo", ["x"]], "foo": 1, "d": "bar", "e": "bar"}]
    assert loaded.documents[0].locate(("c", 1, 0)) == (2, 8)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a: &a [*a]", "contains itself"),
        ("a: &a {b: {c: *a}}", "contains itself"),
        ("a: *b", "no anchor `&b`"),
        ("a: &a 1\n---\nb: *a", "no anchor"),
    ],
)
def test_an_alias_that_cannot_be_resolved_is_an_error(text: str, what: str) -> None:
    """An endless or an absent value is no value; anchors end with their document."""
    (finding,) = load_text(text).findings
    assert finding.code == "bad-alias"
    assert what in finding.message


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
MERGE_BOMB = "a0: &a0 {x: 1}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 30)}], k{n}: 1}}\n" for n in range(1, 40)
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (LAUGHS, "too-many-aliases"),
        (MERGE_BOMB, "too-many-aliases"),
        ("a: &a x\nb:\n" + "- *a\n" * 1001, "too-many-aliases"),
        ("a: " + "[" * 20_000, "too-deep"),
        ("a: " + "{a: " * 101 + "1" + "}" * 101, "too-deep"),
        ("a: &a " + "[" * 60 + "]" * 60 + "\nb: " + "[" * 60 + "*a" + "]" * 60, "too-deep"),
        ("- " * 200 + "a", "too-deep"),
        ('{"a": ' + "[" * 100_000, "too-deep"),
        ('{"a": ' + "[" * 101 + "]" * 101 + "}", "too-deep"),
    ],
    ids=["laughs", "merges", "aliases", "open", "mappings", "alias-depth", "lists", "open-json", "json"],
)
def test_bombs_do_not_go_off(text: str, code: str) -> None:
    """Nesting and aliases are bounded; the answer comes at once, and the next document is read."""
    start = time.perf_counter()
    loaded = load_text(f"{text}\n---\nok: 1\n")
    assert time.perf_counter() - start < 5
    assert code in [finding.code for finding in loaded.findings]
    assert values(loaded)[-1:] == [{"ok": 1}]


def test_a_hundred_levels_are_fine() -> None:
    """The limit is far beyond any policy."""
    assert load_text("a: " + "[" * 99 + "]" * 99).findings == ()
    assert load_text('{"a": ' + "[" * 99 + "]" * 99 + "}").findings == ()


@pytest.mark.parametrize(
    ("text", "code", "place", "message"),
    [
        ("a:\n\t- b\n", "tab", "-:2:1", "tab"),
        ("a: 'b\n", "invalid-yaml", "-:2:1", "unexpected end of stream"),
        ("a: b: c\n", "invalid-yaml", "-:1:5", "mapping values are not allowed"),
        ("a:\n- b\nc:\n  d\n e: 1\n", "invalid-yaml", "-:5:3", ""),
        ("h: *.example.com\n", "invalid-yaml", "-:1:5", ""),
        ("h: @a\n", "invalid-yaml", "-:1:4", "no plain text can begin with `@`"),
        ('a: "b\0c"\n', "control-character", "-:1:6", "U+0000"),
        ("a: b\x07\n", "control-character", "-:1:5", "U+0007"),
        ("{a: b}: c\n", "bad-key", "-:1:1", "cannot be a key"),
        ("? [a]\n: c\n", "bad-key", "-:1:3", "cannot be a key"),
        ("--- {a: 1}\n", "bad-separator", "-:1:5", "behind the document separator"),
        ("a: 1\n---b: 1\n", "bad-separator", "-:2:4", "behind the document separator"),
        ("a: 1\n...\nb: 2\n", "invalid-yaml", "-:3:1", ""),
        ("[a, b]\n", "no-object", "-:1:1", "found a list"),
        ("just text\n", "no-object", "-:1:1", "found a scalar"),
        ("a: 1\n\ufeffb: 2\n", "byte-order-mark", "-:2:1", "byte order mark"),
        ("a:\n  • b\n  • c\nd: [\n", "bullet", "-:2:1", "bullet"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(text: str, code: str, place: str, message: str) -> None:
    """One finding with its place for each way not to be YAML."""
    loaded = load_text(text)
    assert said(loaded) == [(code, place)]
    assert message in loaded.findings[0].message


def test_a_list_of_objects_gets_a_hint() -> None:
    """A sequence at the root is a common mistake."""
    (finding,) = load_text("- a: 1\n").findings
    assert finding.hint is not None
    assert "`kind: List`" in finding.hint


def test_lost_indentation_is_named() -> None:
    """Articles lose their indentation; what is left is often still YAML."""
    text = "apiVersion: v1\nkind: NetworkPolicy\nmetadata:\nname: a\nnamespace: b\nspec:\npodSelector: {}\n"
    (finding,) = load_text(text).findings
    assert (finding.code, str(finding.origin)) == ("lost-indentation", "-:3:1")
    (finding,) = load_text("kind: NetworkPolicy\n  name: a\n").findings
    assert finding.hint is not None
    assert "indentation" in finding.hint


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_with_a_mark_are_read(encoding: str) -> None:
    """UTF-8, and UTF-16 or UTF-32 where a byte order mark says so."""
    assert values(load_text("a: é\n".encode(encoding))) == [{"a": "é"}]


def test_a_mark_at_the_beginning_of_a_later_document_is_dropped() -> None:
    """kubectl reads each document by itself."""
    assert values(load_text("a: 1\n---\n\ufeffb: 2\n")) == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("a: x\nb: caf\xe9\n".encode("latin-1"), "-:2:7"),
        ("a: 1\n".encode("utf-16-le"), "-:1:1"),
        (b"\xff\xfea\x00\x00", "-:1:2"),
        (b"\x00\x01\x02", "-:1:1"),
    ],
)
def test_other_encodings_are_errors(data: bytes, place: str) -> None:
    """kubectl would put question marks into the text."""
    assert said(load_text(data)) == [("bad-encoding", place)]


def test_line_ends_do_not_matter() -> None:
    """CRLF reads as LF."""
    loaded = load_text("a: |\r\n  x\r\n  y\r\nb: 1\r\n---\r\nc: 1\r\n")
    assert values(loaded) == [{"a": "x\ny\n", "b": 1}, {"c": 1}]
    assert loaded.documents[1].locate(("c",)) == (6, 1)


def test_a_separator_inside_a_block_is_text() -> None:
    """Only a line that begins with `---` separates."""
    assert values(load_text("a: |\n  ---\n  b\n")) == [{"a": "---\nb\n"}]


def test_directives_are_read() -> None:
    """`%YAML` stands before a document, also behind a broken one."""
    assert values(load_text("%YAML 1.1\n---\na: 1\n")) == [{"a": 1}]
    assert values(load_text("a: [\n---\nb: 1\n...\n%YAML 1.1\n---\nc: 1\n")) == [{"b": 1}, {"c": 1}]


def test_too_large_a_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is told, and the text is not read."""
    monkeypatch.setattr("translator.documents.loading.MAX_BYTES", 10)
    (finding,) = load_text("a: 1234567890\n").findings
    assert finding.code == "too-large"


@pytest.mark.parametrize(
    ("piece", "findings"),
    [("a: [\n---\n", 20_000), ("%A\n", 1), ("--- x\n", 20_000), ("a: *b\n---\n", 20_000), ("\n\ufeff", 1), ("& ", 1)],
)
def test_much_nonsense_takes_linear_time(piece: str, findings: int) -> None:
    """Reading on does not begin from the start again."""
    start = time.perf_counter()
    loaded = load_text(piece * 20_000 + "\n---\nb: 1\n")
    assert len(loaded.findings) == findings
    assert time.perf_counter() - start < 20


def test_a_thousand_faults_are_not_all_told() -> None:
    """A document with very many faults is given up."""
    assert len(load_text("a: 1\n" * 1_000).findings) == 50


def test_a_lone_surrogate_is_an_error() -> None:
    """Text that cannot be encoded cannot have been a file."""
    assert said(load_text("a: 1\nb: \ud800\n")) == [("bad-encoding", "-:2:4")]
