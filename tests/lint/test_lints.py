"""Every code: found where it applies, and not in nearly the same text."""

from __future__ import annotations

import re

import pytest

from tests.lint.cases import CASES, Case
from translator.context import NO_CONTEXT, Context
from translator.documents.loading import load_text
from translator.ir.policy import Engine
from translator.lint import LINTS, lint
from translator.pipeline.source import ReadOptions, parse_documents_text
from translator.wire.context import read_context

ELSEWHERE = {"no-files", "link", "too-large", "bad-encoding", "context-conflict", "openapi-review", "pod-outside"}
"""What needs more than one text; tests of their own follow."""


def context_of(text: str) -> Context:
    """A Context document."""
    documents = load_text(f"apiVersion: netpolx/v1alpha1\nkind: Context\n{text}\n").documents
    return read_context(documents, NO_CONTEXT)[0]


def codes(text: str, context: str = "", engine: str | None = None, *, as_agent: bool = False) -> set[str]:
    """What is found in a text."""
    options = ReadOptions(
        engine=Engine(engine) if engine else None,
        context=context_of(context),
        own_gate_only=as_agent,
        skip_invalid=True,
    )
    return {finding.code for finding in lint(parse_documents_text(text, options)).findings}


def name(case: Case) -> str:
    return f"{case.code}: {case.other_engine or ' → '.join(case.change)}"[:90]


@pytest.mark.parametrize("case", CASES, ids=name)
def test_each_code_is_found_and_not_elsewhere(case: Case) -> None:
    """Found in the text, and not after one change of the text, the context or the engine."""
    old, new = case.change
    if case.other_engine is None:
        assert (old in case.text) != (old in case.context)
    text, context = case.text.replace(old, new, 1) if old else case.text, case.context
    if old and old not in case.text:
        text, context = case.text, case.context.replace(old, new, 1)
    assert case.code in codes(case.text, case.context, case.engine, as_agent=case.as_agent)
    assert case.code not in codes(text, context, case.other_engine or case.engine, as_agent=case.as_agent)


def test_every_code_has_a_case() -> None:
    """No check without a text that shows it."""
    of_plugins = {code for code in LINTS if code.startswith("cni-")}
    assert {case.code for case in CASES} == set(LINTS) - of_plugins - ELSEWHERE


def lines(text: str) -> list[str]:
    """The lines of an example as they stand in a document, whatever their indentation; remarks left out."""
    plain = (re.sub(r"\s+# .*", "", line) for line in text.splitlines())
    return [line.strip(" ").removeprefix("- ").replace("\\ufeff", "\ufeff").replace("\\x07", "\x07") for line in plain]


@pytest.mark.parametrize("code", sorted({case.code for case in CASES}))
def test_examples_have_what_they_show(code: str) -> None:
    """The lines of the catalogue's example stand in a text in which the code is found."""
    example = lines(LINTS[code].example)
    texts = [case.text + case.context for case in CASES if case.code == code]
    assert any(all(line in text for line in example) for text in texts)
