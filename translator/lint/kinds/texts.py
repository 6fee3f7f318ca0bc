"""Findings about the text of files: what is no YAML, and YAML that readers take in different ways."""

from __future__ import annotations

from typing import Final

from translator.lint.kind import Chapter, LintKind


def _kind(code: str, title: str, meaning: str, remedy: str, example: str) -> LintKind:
    return LintKind(code=code, title=title, chapter=Chapter.TEXT, meaning=meaning, remedy=remedy, example=example)


KINDS: Final = (
    _kind(
        "invalid-yaml",
        "The text is no YAML",
        "No reader takes it.",
        "The message names the place where reading ended.",
        "metadata: {name: web",
    ),
    _kind(
        "template",
        "A template that was not rendered",
        "Its values are not known, so it is no policy yet.",
        "Render it first: `helm template`, `kustomize build`.",
        "name: {{ .Release.Name }}",
    ),
    _kind(
        "tab",
        "A tab indents a line",
        "YAML wants blanks.",
        "Replace tabs by blanks.",
        "\tname: web",
    ),
    _kind(
        "bullet",
        "A bullet in place of a dash",
        "Word processors and web pages write `•` for `-`.",
        "Write `- ` for each item.",
        "• Ingress",
    ),
    _kind(
        "bad-encoding",
        "The text is no UTF-8",
        "Kubernetes reads UTF-8 only.",
        "Save the file as UTF-8.",
        "description: caf\\xe9",
    ),
    _kind(
        "byte-order-mark",
        "A byte order mark inside the text",
        "Two files were joined; readers refuse the mark or take it for a part of the key behind it.",
        "Remove it.",
        "\\ufeffspec: {podSelector: {}}",
    ),
    _kind(
        "control-character",
        "A character that may not stand in YAML",
        "Readers refuse the file.",
        "Remove it.",
        "annotations: {a: a\\x07b}",
    ),
    _kind(
        "bad-separator",
        "Something stands behind a document separator",
        "kubectl splits at lines of `---` alone, and readers of YAML elsewhere.",
        "Give the separator a line of its own.",
        "--- {}",
    ),
    _kind(
        "bad-key",
        "A key that is no text",
        "`on`, `yes`, `null` and numbers are no texts to YAML 1.1, and JSON has text keys only.",
        "Quote it, if it is meant as text.",
        "matchLabels: {on: a}",
    ),
    _kind(
        "duplicate-key",
        "A key that stands twice in one mapping",
        "Readers keep one of the two, or refuse the object.",
        "Remove one of them.",
        "matchLabels: {app: a, app: b}",
    ),
    _kind(
        "bad-merge",
        "A merge key that readers take in different ways",
        "`<<` wants mappings and stands first.",
        "Put it first, or write the fields out.",
        "<<: text",
    ),
    _kind(
        "bad-alias",
        "An alias without an anchor",
        "Nothing before it has that name, or it contains itself.",
        "Write the value out.",
        "podSelector: *web",
    ),
    _kind(
        "foreign-tag",
        "A tag that no Kubernetes object has",
        "Text that begins with `!` is a tag in YAML: `!has(x)` without quotes is an empty selector, which selects "
        "everything.",
        "Put the text in quotes.",
        "selector: !has(x)",
    ),
    _kind(
        "no-json-number",
        "A number that JSON does not have",
        "Objects are JSON to the API server, which knows no infinity and has limits.",
        "Write a number, or text in quotes.",
        "order: .inf",
    ),
    _kind(
        "too-deep",
        "The nesting is too deep",
        "No policy is nested so deeply; readers of such files may fail.",
        "Write it flat.",
        "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
    ),
    _kind(
        "too-many-aliases",
        "Too many aliases",
        "Aliases of aliases grow without end; kubectl refuses such files as well.",
        "Write the values out.",
        "a2: &a2 [*a1, *a1, *a1, *a1, *a1, *a1, *a1, *a1, *a1]",
    ),
    _kind(
        "no-object",
        "A document that is no Kubernetes object",
        "It is a list, text or a number.",
        "Separate objects by `---`, or put them into `items` of a `kind: List`.",
        "- kind: NetworkPolicy",
    ),
    _kind(
        "lost-indentation",
        "The indentation was lost",
        "`metadata` is empty and its fields stand beside it, as in texts copied from web pages.",
        "Indent them.",
        "metadata:\nname: web",
    ),
)
