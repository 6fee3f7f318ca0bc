"""What ``import translator`` offers, behind functions that take paths and names as people write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import Any

from translator.context import NO_CONTEXT, Context
from translator.documents.document import Document
from translator.documents.loading import Loaded
from translator.errors import InternalError
from translator.ir.policy import Engine, PolicySet
from translator.legalize.target import Target
from translator.origin import Origin
from translator.pipeline.common_ends import comparable
from translator.pipeline.flows import question, word
from translator.pipeline.registry import engine_named
from translator.pipeline.source import ReadOptions, parse_documents_text, parse_loaded, parse_paths
from translator.pipeline.translate import Translation, TranslationRefused, target_of
from translator.pipeline.translate import translate as run_translation
from translator.semantics.compare.comparison import compare as run_comparison
from translator.semantics.compare.outcome import Comparison
from translator.semantics.ends import Ends
from translator.semantics.flow import Flow
from translator.semantics.verdict.core import Evaluator
from translator.wire.context import load_context

Path = str | PathLike[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What both ends do with a flow: ``allow``, ``deny``, or None where an end is not policed."""

    egress: str | None
    ingress: str | None
    decided_by: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict)
    """``egress`` and ``ingress`` → the rules, or the isolating policies, that decided."""

    @property
    def allowed(self) -> bool:
        """Whether neither end denies."""
        return "deny" not in (self.egress, self.ingress)


def parse(
    paths: Path | Iterable[Path],
    engine: Engine | str | None,
    context: Context | Path | Iterable[Path] | None,
    *,
    namespace: str,
    own_gate_only: bool,
) -> PolicySet:
    """See ``translator.parse``."""
    options = _options(engine, context, namespace=namespace, own_gate_only=own_gate_only)
    return parse_paths(_paths(paths), options).policies


def parse_text(
    text: str | bytes,
    engine: Engine | str | None,
    context: Context | Path | Iterable[Path] | None,
    *,
    namespace: str,
    own_gate_only: bool,
) -> PolicySet:
    """See ``translator.parse_text``."""
    options = _options(engine, context, namespace=namespace, own_gate_only=own_gate_only)
    return parse_documents_text(text, options).policies


def translate(
    policies: PolicySet,
    target: Target | str,
    context: Context | Path | Iterable[Path] | None,
    *,
    allow_widening: bool,
    partial: bool,
    self_check: bool,
) -> Translation:
    """See ``translator.translate``."""
    chosen = target_of(target, allow_widening=allow_widening) if isinstance(target, str) else target
    known = _context(context)
    try:
        translation = run_translation(policies, chosen, known, check=self_check)
    except InternalError:
        _refuse_what_a_gate_refuses(policies, known)
        raise
    objections = translation.objections(allow_widening=allow_widening or chosen.allow_widening)
    if objections and not partial:
        raise TranslationRefused(translation, objections)
    return translation


def _refuse_what_a_gate_refuses(policies: PolicySet, context: Context) -> None:
    """Raise InputError where the input passes some gate only because it was read with ``own_gate_only``.

    Such objects can be asked about; written again they could not be applied, so nobody promises a translation.
    """
    origins = (
        *(policy.origin for policy in policies.as_read()),
        *(group.origin for group in policies.groups),
        *(tier.origin for tier in policies.tiers),
        *(host.origin for host in policies.hosts),
    )
    documents = {
        (origin.file, origin.document.index): origin.document
        for origin in origins
        if origin is not None and isinstance(origin.document, Document)
    }
    files = tuple(dict.fromkeys(file for file, _ in documents))
    loaded = Loaded(documents=tuple(documents.values()), findings=(), files=files)
    parse_loaded(loaded, ReadOptions(engine=policies.engine, context=context))


def verdict(
    policies: PolicySet, flow: Flow | Mapping[str, Any], context: Context | Path | Iterable[Path] | None
) -> Verdict:
    """See ``translator.verdict``."""
    known = _context(context)
    asked = flow if isinstance(flow, Flow) else question(flow, Ends(known)).flow
    found = Evaluator(policies, known).verdict(asked)
    return Verdict(
        egress=word(found.egress),
        ingress=word(found.ingress),
        decided_by={
            "egress": found.egress.because_of if found.egress else (),
            "ingress": found.ingress.because_of if found.ingress else (),
        },
    )


def compare(
    a: PolicySet, b: PolicySet, context: Context | Path | Iterable[Path] | None, *, closed_world: bool
) -> Comparison:
    """See ``translator.compare``."""
    return run_comparison(*comparable(a, b), context_a=_context(context), closed_world=closed_world)


def _options(
    engine: Engine | str | None,
    context: Context | Path | Iterable[Path] | None,
    *,
    namespace: str,
    own_gate_only: bool,
) -> ReadOptions:
    return ReadOptions(
        engine=engine if isinstance(engine, Engine) or engine is None else engine_named(engine),
        context=_context(context),
        namespace=namespace,
        own_gate_only=own_gate_only,
    )


def _context(given: Context | Path | Iterable[Path] | None) -> Context:
    if given is None:
        return NO_CONTEXT
    return given if isinstance(given, Context) else load_context(_paths(given))


def _paths(given: Path | Iterable[Path]) -> list[str]:
    return [fspath(given)] if isinstance(given, str | PathLike) else [fspath(path) for path in given]
