"""Text that is still a template: how to know it, and what to tell its owner."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from translator.documents.document import Document
from translator.errors import Finding, Gate
from translator.origin import FieldPath

_TEMPLATES: Final = (
    (re.compile(r"\{\{"), "a Helm template", "render it first: helm template …"),
    (re.compile(r"\{%-? "), "a Jinja template", "render it first"),
    (re.compile(r"<%[-=]? "), "an ERB template", "render it first"),
    (
        re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_.:/-]*\}"),
        "a text with `${VARIABLES}`",
        "fill them in first: envsubst, flux envsubst …",
    ),
    (re.compile(r"\$\([A-Za-z_][A-Za-z0-9_.-]*\)"), "a text with `$(VARIABLES)`", "fill them in first"),
)
HELM: Final = _TEMPLATES[0][1:]
_ACTION_LINE: Final = re.compile(r"^[ \t]*(\{\{-?[ \t]|\{%-?[ \t]|<%[-=]?[ \t])", re.MULTILINE)
_MARKERS: Final = ("{{", "{%", "<%", "${", "$(")


def template_in(text: str, start: int = 0) -> tuple[str, int, str] | None:
    """What kind of template the text still is, the offset of its first marker, and what to do; None if it is none."""
    for pattern, name, hint in _TEMPLATES:
        if (found := pattern.search(text, start)) is not None:
            return name, found.start(), hint
    return None


def template_near(text: str, start: int, offset: int) -> tuple[str, int, str] | None:
    """The template that may have broken a document which begins at ``start`` and cannot be read on from ``offset``.

    That is an action alone on a line, or any marker on the line of the error or the one above it; a marker elsewhere
    may stand in a quoted text that is meant for another program.
    """
    if (action := _ACTION_LINE.search(text, start)) is not None:
        return template_in(text, action.start(1))
    above = text.rfind("\n", start, max(text.rfind("\n", start, offset), start)) + 1
    end = text.find("\n", offset)
    return template_in(text[: end if end >= 0 else len(text)], max(above, start))


def find_templates(document: Document) -> tuple[Finding, ...]:
    """One finding for each value of a document that is still a template; for documents of policies.

    Annotations may hold templates for other programs and are passed over.
    """
    text = document.text
    if text and not any(marker in text for marker in _MARKERS):
        return ()
    findings: dict[tuple[str, tuple[int, int]], Finding] = {}
    for path, value in _strings(document.data, ()):
        if (found := template_in(value)) is not None:
            name, _, hint = found
            message = f"`{value}` is still {name}"
            origin = document.origin(*path)
            # What an alias repeats is told once.
            findings.setdefault(
                (value, document.locate(path)),
                Finding(message=message, origin=origin, gate=Gate.SYNTAX, code="template", hint=hint),
            )
    return tuple(findings.values())


def _strings(node: Any, path: FieldPath) -> Iterator[tuple[FieldPath, str]]:
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, Mapping):
        for key, value in node.items():
            if (*path, key) != ("metadata", "annotations"):
                if template_in(key):
                    yield (*path, key), key
                yield from _strings(value, (*path, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _strings(value, (*path, number))
