"""``netpolx plan``: a translation as an ordered migration. Commands are printed, never run."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.cli.engine_flags import with_engine_flags
from translator.cli.options import ContextFiles, FileOptions, Files, FromEngine, Namespace, one_of
from translator.cli.terminal import put, warn

if TYPE_CHECKING:
    from translator.pipeline.source import Source
    from translator.pipeline.translate import Translation
    from translator.review.checks import Flows
    from translator.review.plan import Plan

_To = Annotated[str, typer.Option("--to", metavar="TARGET", help="kubernetes, calico, cilium or clusternetworkpolicy.")]
_DIRECTORY = "migration"


@with_engine_flags
def plan(
    *,
    files: Files = None,
    filename: FileOptions = None,
    to: _To,
    source: FromEngine = None,
    context: ContextFiles = None,
    output_dir: Annotated[
        str | None,
        typer.Option("--output-dir", metavar="DIR", help="Write the files that the steps name. Default: nowhere."),
    ] = None,
    flows_file: Annotated[
        str | None,
        typer.Option("--flows-file", metavar="FILE", help="Write flows for `netpolx query --flows` to ask about."),
    ] = None,
    staged: Annotated[
        bool, typer.Option("--staged", help="Rehearse with Calico's staged policies; writes them too.")
    ] = False,
    allow_widening: Annotated[
        bool, typer.Option("--allow-widening", help="Accept that something passes that did not.")
    ] = False,
    use: Annotated[
        list[str] | None, typer.Option("--use", metavar="DIALECT", help="Kinds to write besides: clusternetworkpolicy.")
    ] = None,
    rewrite: Annotated[
        str | None, typer.Option("--rewrite", metavar="all", help="Also rewrite what the target would read as it is.")
    ] = None,
    measure: Annotated[
        bool, typer.Option("--measure/--no-measure", help="Compare the cluster between the steps with today.")
    ] = True,
    kube_context: Annotated[
        str | None, typer.Option("--kube-context", metavar="NAME", help="The kubectl context of the printed commands.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that netpolx did not write.")] = False,
    namespace: Namespace = None,
    output: Annotated[
        str,
        typer.Option("-o", "--output", metavar="markdown|json", callback=one_of("markdown", "json"), help="Format."),
    ] = "markdown",
    **flags: Any,
) -> int:
    """Plan a migration: what to decide, apply, watch, check and delete, in order, and the way back."""
    from translator import __version__
    from translator.cli.inputs import chosen_files, known_context, save, show_findings
    from translator.errors import UsageError
    from translator.pipeline.registry import engine_named
    from translator.pipeline.source import ReadOptions, parse_paths
    from translator.pipeline.translate import target_of, translate
    from translator.report import plan_markdown, plan_model
    from translator.review.checks import flow_lines
    from translator.review.plan import Where, make_plan, today_file

    if rewrite not in (None, "all"):
        raise UsageError(f"--rewrite: expected all, found `{rewrite}`")
    inputs = chosen_files(files, filename)
    read = parse_paths(
        inputs,
        ReadOptions(
            engine=engine_named(source) if source else None,
            context=known_context(context, flags),
            namespace=namespace or "default",
        ),
    )
    target = target_of(to, use=use or (), allow_widening=allow_widening, rewrite_all=rewrite == "all")
    translation = translate(read.policies, target, read.context)
    if flows_file is None and output_dir is not None:
        flows_file = f"{output_dir.rstrip('/')}/checks.jsonl"
    flows = _flows(read, translation) if flows_file is not None else None
    made = make_plan(
        read,
        translation,
        flows,
        Where(
            directory=output_dir or _DIRECTORY,
            flows=flows_file,
            kube_context=kube_context,
        ),
        version=__version__,
        with_staged=staged,
        allow_widening=allow_widening,
        measured=measure,
    )
    show_findings(read.findings)
    if output_dir is not None:
        _write(made, output_dir, force=force)
    if flows is not None and flows_file is not None:
        save(flows_file, flow_lines(flows.records))
        save(today_file(flows_file), flow_lines(flows.of_today))
        warn(f"wrote {len(flows.records)} flows to {flows_file}")
    put(plan_model.render(made.document) if output == "json" else plan_markdown.render(made.document))
    for objection in made.document.objections:
        warn(f"netpolx: {objection}")
    return 1 if made.document.objections else 0


def _flows(read: Source, translation: Translation) -> Flows:
    """Flows about the source and what the target makes of them."""
    from translator.pipeline.proof import read_back
    from translator.review.checks import flows_about

    after = read_back(translation.text, translation.target.engine, read.context).policies
    proof = translation.proof.comparison if translation.proof is not None else None
    return flows_about(read.policies, after, proof, read.context)


def _write(made: Plan, output_dir: str, *, force: bool) -> None:
    """The files of the steps, and the plan itself beside them."""
    from pathlib import Path

    from translator.pipeline.output import MARK, write_files
    from translator.report import plan_markdown

    target = made.document.target
    texts = {
        PurePosixPath(name): f"{MARK} plan, on the way to {target}; changes made here are lost when it is written "
        f"again.\n{text}"
        for name, text in made.files.items()
    }
    texts[PurePosixPath("PLAN.md")] = f"{MARK} plan\n\n{plan_markdown.render(made.document)}"
    written = write_files(texts, Path(output_dir), force=force)
    warn(f"wrote {len(written)} files below {output_dir}")


COMMAND = plan
