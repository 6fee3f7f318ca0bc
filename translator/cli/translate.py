"""``netpolx translate``: the policies of one engine as the policies of another, with everything that was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.cli.engine_flags import with_engine_flags
from translator.cli.options import ContextFiles, FileOptions, Files, FromEngine, Namespace, Reports, YamlFormat
from translator.cli.terminal import put, warn

if TYPE_CHECKING:
    from translator.enforcement import Plugin
    from translator.pipeline.source import Source
    from translator.pipeline.translate import Translation
    from translator.report.record import Report

_To = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="TARGET[@VERSION]",
        help="kubernetes, calico, cilium, clusternetworkpolicy or access, for a version such as cilium@1.17.",
    ),
]
_OutputDir = Annotated[
    str | None,
    typer.Option("--output-dir", metavar="DIR", help="Write one file per input file, at the same relative path."),
]
_Use = Annotated[
    list[str] | None, typer.Option("--use", metavar="DIALECT", help="Kinds to write besides: clusternetworkpolicy.")
]
_Rewrite = Annotated[
    str | None, typer.Option("--rewrite", metavar="all", help="Also rewrite what the target would read as it is.")
]


@with_engine_flags
def translate(
    *,
    files: Files = None,
    filename: FileOptions = None,
    to: _To,
    source: FromEngine = None,
    context: ContextFiles = None,
    output_dir: _OutputDir = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that netpolx did not write.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Write nothing if anything is narrowed; exit 1.")] = False,
    allow_widening: Annotated[
        bool, typer.Option("--allow-widening", help="Accept that something passes that did not.")
    ] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="Write what can be written, and exit 1 all the same.")
    ] = False,
    use: _Use = None,
    rewrite: _Rewrite = None,
    check: Annotated[
        bool, typer.Option("--self-check/--no-self-check", help="Compare the output with the source.")
    ] = True,
    annotate: Annotated[
        bool, typer.Option("--annotate", help="Write each loss as a comment beside the line it concerns.")
    ] = False,
    cni: Annotated[
        str | None,
        typer.Option(
            "--cni", metavar="PLUGIN", help="The network plugin that enforces the output (`--to kubernetes`)."
        ),
    ] = None,
    adapt: Annotated[
        bool, typer.Option("--adapt", help="Avoid what the plugin of `--cni` does not enforce as it is written.")
    ] = False,
    report: Reports = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No text report on standard error.")] = False,
    namespace: Namespace = None,
    output: YamlFormat = "yaml",
    **flags: Any,
) -> int:
    """Translate policies. YAML on standard output, the report on standard error."""
    from translator.cli.inputs import chosen_files, known_context, show_findings
    from translator.cli.progress import Progress
    from translator.cli.reports import requested
    from translator.errors import UsageError
    from translator.pipeline.registry import engine_named
    from translator.pipeline.source import ReadOptions, parse_paths
    from translator.pipeline.translate import target_of
    from translator.pipeline.translate import translate as run
    from translator.report.formats import FORMATS

    if rewrite not in (None, "all"):
        raise UsageError(f"--rewrite: expected all, found `{rewrite}`")
    plugin = _plugin(cni, to, adapt=adapt)
    target = target_of(to, use=use or (), allow_widening=allow_widening, rewrite_all=rewrite == "all")
    requests = requested(report, FORMATS)
    inputs = chosen_files(files, filename)
    with Progress() as progress:
        progress.stage("reading")
        read = parse_paths(
            inputs,
            ReadOptions(
                engine=engine_named(source) if source else None,
                context=known_context(context, flags),
                namespace=namespace or "default",
            ),
        )
        translation = run(
            read.policies,
            target,
            read.context,
            check=check,
            annotate=annotate,
            plugin=plugin,
            adapt=adapt,
            on_stage=progress.stage,
        )
    objections = list(translation.objections(allow_widening=allow_widening))
    is_too_narrow = strict and translation.effect.narrows
    if is_too_narrow:
        objections.append("`--strict`, and something is narrowed")
    written = not objections or (partial and not is_too_narrow)
    if written:
        _write(translation, inputs, output_dir, output=output, force=force)
    show_findings((*read.findings, *(each.finding for each in translation.shortfalls)), quiet=quiet)
    if not read.policies.as_read():
        warn("netpolx: there are no policies in the input")
    _report(_record(read, translation, written=written), requests, quiet=quiet)
    for objection in objections:
        warn(f"netpolx: {objection}")
    return 1 if objections else 0


def _plugin(cni: str | None, to: str, *, adapt: bool) -> Plugin | None:
    from translator.enforcement import plugin_named
    from translator.errors import UsageError

    if cni is None:
        if adapt:
            raise UsageError("--adapt: name the network plugin with --cni")
        return None
    if to.partition("@")[0] != "kubernetes":
        raise UsageError("--cni is about NetworkPolicies: it goes with `--to kubernetes`")
    return plugin_named(cni)


def _write(translation: Translation, inputs: list[str], output_dir: str | None, *, output: str, force: bool) -> None:
    import json

    from translator.pipeline.emission import as_yaml

    if output_dir is not None:
        _write_files(translation, inputs, output_dir, force=force)
    elif output == "json":
        items = [dict(each.data) for each in translation.outputs]
        put(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=2, ensure_ascii=False) + "\n")
    else:
        put(translation.text or as_yaml(translation.outputs))


def _write_files(translation: Translation, inputs: list[str], output_dir: str, *, force: bool) -> None:
    from pathlib import Path

    from translator.pipeline.emission import as_yaml
    from translator.pipeline.output import marked, relative_paths, write_files

    by_file: dict[str, list[Any]] = {}
    for each in translation.outputs:
        by_file.setdefault(each.file, []).append(each)
    target = translation.target.name.value
    paths = relative_paths(sorted(by_file), inputs)
    texts = {
        path: marked(as_yaml(by_file[file]), target=target, source=path.as_posix()) for file, path in paths.items()
    }
    written = write_files(texts, Path(output_dir), force=force)
    warn(f"wrote {len(written)} {'file' if len(written) == 1 else 'files'} below {output_dir}")


def _record(read: Source, translation: Translation, *, written: bool) -> Report:
    from translator.report.change import connections
    from translator.report.record import ProofResult, Report, results
    from translator.review.exhibits import of_translation
    from translator.semantics.compare.describe import describe_difference, describe_witness

    proof = ProofResult(result="skipped")
    if translation.proof is not None:
        comparison = translation.proof.comparison
        proof = ProofResult(
            result=comparison.result.value,
            reason=comparison.reason,
            witnesses=tuple(
                f"{describe_difference(each)}; {describe_witness(each.witness)}" for each in comparison.differences
            ),
        )
    return Report(
        source=read.name,
        target=translation.target.name.value,
        policies=results(read.policies.as_read(), translation.losses),
        losses=translation.losses,
        findings=(*read.findings, *(each.finding for each in translation.shortfalls)),
        passed_over=read.passed_over,
        assumptions=translation.assumptions,
        proof=proof,
        written=written,
        connections=() if translation.proof is None else connections(translation.proof.comparison),
        more=0 if translation.proof is None else translation.proof.comparison.more,
        exhibit=lambda: of_translation(read, translation),
    )


def _report(record: Report, requests: list[Any], *, quiet: bool) -> None:
    """The text on standard error, unless quiet or another report was sent there; then every report asked for."""
    from translator import __version__
    from translator.cli.inputs import passed_over_line
    from translator.cli.reports import is_text_wanted, send
    from translator.report.formats import Request, render

    wanted = [Request(format="text", path=None), *requests] if is_text_wanted(requests, quiet=quiet) else requests
    line = passed_over_line(record.passed_over)
    if line and any(each.format == "text" and each.path is None for each in wanted):
        warn(line)
    send(wanted, lambda each: render(record, each, version=__version__))


COMMAND = translate
