"""Input into a policy set: load, tell the kinds apart, find the engine, parse, assemble. All findings are collected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from translator.context import NO_CONTEXT, Context
from translator.dialect import Parsed, ParseOptions
from translator.documents.collector import paused_collector
from translator.documents.document import Document
from translator.documents.loading import Loaded, load_paths, load_text
from translator.documents.templates import find_templates
from translator.errors import Finding, Gate, InputError, Severity, UsageError, together
from translator.ir.policy import Engine, PolicySet
from translator.pipeline.duplicates import without_duplicates
from translator.pipeline.kinds import Sorted, files_of, kind_name, sort_documents
from translator.pipeline.registry import DIALECTS, READERS, Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What was read: the policies of one engine, and everything there is to say about the input."""

    engine: Engine
    policies: PolicySet
    parsed: Mapping[str, Parsed]
    """Dialect → what it read, before the engine combined it."""
    documents: tuple[Document, ...] = ()
    """The documents of the policies, in the order of the input."""
    context: Context = NO_CONTEXT
    findings: tuple[Finding, ...] = ()
    """Warnings; with ``skip_invalid`` also the errors of what was left out."""
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """``kind.group`` → how many documents of that kind are no policies."""
    files: tuple[str, ...] = ()
    """Every file that was read, in order."""

    @property
    def name(self) -> str:
        """What ``--from`` calls it: the engine, or the one dialect that was read for what the API text says."""
        dialects = {policy.dialect for policy in self.policies.as_read()}
        return dialects.pop() if self.engine is Engine.KUBERNETES and len(dialects) == 1 else self.engine.value


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How input is to be read."""

    engine: Engine | None = None
    """None: the engine whose own kinds occur, else the Kubernetes API."""
    context: Context = NO_CONTEXT
    """What is known besides the input; documents of the input that tell about the cluster are added."""
    own_gate_only: bool = False
    """Refuse only what the engine itself refuses (for questions about objects that are there already)."""
    skip_invalid: bool = False
    """Leave bad documents out instead of raising."""
    namespace: str = "default"
    """The namespace of objects that name none."""


def parse_paths(paths: Iterable[str], options: ReadOptions | None = None) -> Source:
    """Read files, directories and standard input. Raises InputError with every finding."""
    return parse_loaded(load_paths(paths), options)


def parse_documents_text(text: str | bytes, options: ReadOptions | None = None, *, file: str = "-") -> Source:
    """Read one text. Raises InputError with every finding."""
    return parse_loaded(load_text(text, file=file), options)


def parse_loaded(loaded: Loaded, options: ReadOptions | None = None) -> Source:
    """Make a policy set of loaded documents. Raises InputError, and UsageError where the engine is not plain."""
    chosen = options or ReadOptions()
    with paused_collector():
        found = sort_documents(loaded.documents, {name: each.kinds for name, each in DIALECTS.items()})
        reader = READERS[chosen.engine or detect_engine(found)]
        context, about_context = _context(found, chosen.context)
        usable, taken_out = _usable(found, reader, chosen)
        parse_options = ParseOptions(
            engine=reader.engine,
            context=context,
            gates=gates(reader, context, own_only=chosen.own_gate_only),
            default_namespace=chosen.namespace,
        )
        parsed = {name: DIALECTS[name].parse(usable[name], parse_options) for name in reader.dialects}
    findings = _in_input_order(
        loaded.files,
        (
            *loaded.findings,
            *found.findings,
            *about_context,
            *taken_out,
            *(finding for each in parsed.values() for finding in each.findings),
            *(reader.notices(parsed, context) if reader.notices is not None else ()),
            *_foreign(found, reader),
        ),
    )
    if not chosen.skip_invalid and any(finding.severity is Severity.ERROR for finding in findings):
        raise InputError(findings)
    return Source(
        engine=reader.engine,
        policies=replace(
            reader.assemble(parsed, context),
            read=tuple(policy for each in parsed.values() for policy in each.policies),
        ),
        parsed=parsed,
        documents=tuple(document for name in reader.dialects for document in usable[name]),
        context=context,
        findings=findings,
        passed_over=dict(sorted(found.passed_over.items())),
        files=loaded.files,
    )


def detect_engine(found: Sorted) -> Engine:
    """The one engine whose own kinds occur, else the Kubernetes API. Raises UsageError when several do."""
    owners = [reader for reader in READERS.values() if reader.own and found.policies.get(reader.own)]
    if len(owners) > 1:
        which = "; ".join(
            f"{reader.engine.value}: {files_of(found.policies[reader.own])}" for reader in owners if reader.own
        )
        raise UsageError(
            f"the input holds policies of several engines ({which}): "
            "say which one enforces it (`--from`), or read them apart"
        )
    return owners[0].engine if owners else Engine.KUBERNETES


def gates(reader: Reader, context: Context, *, own_only: bool) -> frozenset[Gate]:
    """The gates whose refusal is an error: the engine's own, and the API server's unless only the own one counts.

    Objects that reached Calico's agent unvalidated (``admission: none``) pass no gate of Calico's.
    """
    own = frozenset({reader.gate})
    if reader.engine is Engine.CALICO and context.calico.admission == "none":
        own = frozenset()
    return own if own_only else own | {Gate.APISERVER}


def _context(found: Sorted, known: Context) -> tuple[Context, tuple[Finding, ...]]:
    """The given context with what the input itself tells about the cluster."""
    if not found.context:
        return known, ()
    from translator.wire.context import read_context  # noqa: PLC0415 - models that most input does without

    return read_context(found.context, known)


def _usable(found: Sorted, reader: Reader, options: ReadOptions) -> tuple[dict[str, list[Document]], list[Finding]]:
    """What this engine reads, each object once and no templates, and findings about what was taken out."""
    usable: dict[str, list[Document]] = {}
    findings: list[Finding] = []
    for name in reader.dialects:
        rendered: list[Document] = []
        for document in found.policies.get(name, ()):
            templates = find_templates(document)
            findings += templates
            if not templates:
                rendered.append(document)
        usable[name], duplicates = without_duplicates(rendered, options.namespace, lenient=options.own_gate_only)
        findings += duplicates
    return usable, findings


def _foreign(found: Sorted, reader: Reader) -> Iterable[Finding]:
    """A warning for each kind of another engine that an explicit choice of engine passes over."""
    for name, documents in found.policies.items():
        if name in reader.dialects:
            continue
        by_kind: dict[str, list[Document]] = {}
        for document in documents:
            by_kind.setdefault(kind_name((document.api_version, document.kind)), []).append(document)
        for kind, same in by_kind.items():
            count = len(same)
            found.passed_over[kind] = found.passed_over.get(kind, 0) + count
            yield Finding(
                message=f"{count} {kind} {'is' if count == 1 else 'are'} passed over: "
                f"the engine {reader.engine.value} does not read {'it' if count == 1 else 'them'} ({files_of(same)})",
                origin=same[0].origin("kind"),
                severity=Severity.WARNING,
                code="foreign-engine",
            )


def _in_input_order(files: Sequence[str], findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings by file, in the order of the input, then by place; those without a place come last."""
    rank = {file: position for position, file in enumerate(files)}

    def key(finding: Finding) -> tuple[int, int, int, int]:
        origin = finding.origin
        if origin is None:
            return (len(rank) + 1, 0, 0, 0)
        return (rank.get(origin.file, len(rank)), origin.line, origin.column, 0)

    return together(sorted(findings, key=key))
