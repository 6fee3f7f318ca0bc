"""``netpolx compare``: do two sets of policies permit the same?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.cli.engine_flags import with_engine_flags
from translator.cli.options import ChangeReports, ContextFiles, Namespace, TextFormat
from translator.cli.terminal import put

if TYPE_CHECKING:
    from translator.pipeline.source import Source
    from translator.report.formats import Request
    from translator.semantics.compare.difference import Difference
    from translator.semantics.compare.outcome import Comparison
    from translator.semantics.verdict.core import Decision

_A = Annotated[str, typer.Argument(metavar="A", help="A file, a directory or `-`: the policies as they were.")]
_B = Annotated[str, typer.Argument(metavar="B", help="The policies as they are to be.")]
_From = Annotated[
    str | None, typer.Option("--from", metavar="ENGINE", help="The engine that enforces A. Default: as the kinds say.")
]
_To = Annotated[
    str | None, typer.Option("--to", metavar="ENGINE", help="The engine that enforces B. Default: as the kinds say.")
]
_ContextB = Annotated[
    list[str] | None,
    typer.Option("--context-b", metavar="FILE", help="What is known about B's cluster, if it differs."),
]


@with_engine_flags
def compare(
    *,
    before: _A,
    after: _B,
    source: _From = None,
    target: _To = None,
    context: ContextFiles = None,
    context_b: _ContextB = None,
    closed_world: Annotated[
        bool, typer.Option("--closed-world", help="Only the pods of the context exist, and no others to come.")
    ] = False,
    namespace: Namespace = None,
    report: ChangeReports = None,
    output: TextFormat = "text",
    **flags: Any,
) -> int:
    """Compare two sets over all flows. Exit 0 when they permit the same, 1 when not or when it is undecided."""
    from translator.cli.inputs import known_context, show_findings
    from translator.errors import UsageError
    from translator.pipeline.common_ends import comparable
    from translator.pipeline.registry import engine_named
    from translator.pipeline.source import ReadOptions, parse_paths
    from translator.semantics.compare.comparison import compare as run
    from translator.semantics.compare.outcome import Result

    if closed_world and not context:
        raise UsageError("--closed-world needs a --context that lists the pods")
    requests = _requests(report) if report else []
    known_a = known_context(context, flags)
    known_b = known_context(context_b, flags) if context_b else known_a
    sides = [
        parse_paths(
            [path],
            ReadOptions(
                engine=engine_named(engine) if engine else None, context=known, namespace=namespace or "default"
            ),
        )
        for path, engine, known in ((before, source, known_a), (after, target, known_b))
    ]
    for side in sides:
        show_findings(side.findings, quiet=output == "json")
    a, b = sides
    sets = comparable(a.policies, b.policies)
    found = run(*sets, context_a=a.context, context_b=b.context, closed_world=closed_world)
    put(_as_json(found) if output == "json" else _as_text(found))
    if requests:
        _report(requests, found, (before, a), (after, b))
    return 0 if found.result in (Result.EQUAL, Result.OPEN) else 1


def _requests(report: list[str]) -> list[Request]:
    from translator.report.formats import CHANGE_FORMATS, read_request

    return [read_request(each, CHANGE_FORMATS) for each in report]


def _report(requests: list[Request], found: Comparison, *sides: tuple[str, Source]) -> None:
    """What was found in the formats of ``netpolx diff``, where it was asked for."""
    from translator import __version__
    from translator.cli.reports import send
    from translator.report.change import ChangeReport, FailOn, Side, connections
    from translator.report.formats import render_change

    before, after = (
        Side(name=name, policies=len(source.policies.as_read()), engine=source.engine.value) for name, source in sides
    )
    record = ChangeReport(
        before=before,
        after=after,
        result=found.result.value,
        reason=found.reason,
        connections=connections(found),
        more=found.more,
        # What the API leaves open is no difference here: the exit code is 0.
        fail_on=FailOn.NEVER if found.result.value == "open" else FailOn.ANY,
    )
    send(requests, lambda each: render_change(record, each, version=__version__))


_ANSWERS = {
    "equal": "equal: both permit the same",
    "open": "equal, but for what the Kubernetes API leaves open",
    "narrows": "B permits less than A",
    "widens": "B permits more than A",
    "both": "B permits less than A in some places and more in others",
}


def _as_text(found: Comparison) -> str:
    lines = [_ANSWERS.get(found.result.value, f"undecided: {found.reason}")]
    for each in found.differences:
        lines += _difference_text(each)
    if found.more:
        lines.append(f"and up to {found.more} more regions")
    return "".join(f"{line}\n" for line in lines)


def _difference_text(difference: Difference) -> list[str]:
    from translator.semantics.compare.describe import describe_difference, describe_witness

    witness = difference.witness
    decided = [
        f"    {side}: {', '.join(str(origin) for origin in decision.because_of) or 'no policy decides'}"
        for side, decision in (("before", witness.before), ("after", witness.after))
    ]
    word = difference.effect.word if difference.effect else "open"
    return [f"{word} {describe_difference(difference)}", f"  {describe_witness(witness)}", *decided]


def _as_json(found: Comparison) -> str:
    import json

    from translator.semantics.compare.describe import describe_difference, describe_witness

    record = {
        "result": found.result.value,
        "reason": found.reason,
        "more": found.more,
        "differences": [
            {
                "effect": each.effect.word,
                "direction": each.direction.value,
                "region": describe_difference(each),
                "witness": describe_witness(each.witness),
                "before": _decision(each.witness.before),
                "after": _decision(each.witness.after),
            }
            for each in found.differences
        ],
    }
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def _decision(decision: Decision) -> dict[str, Any]:
    return {"allowed": decision.allowed, "decided_by": [str(origin) for origin in decision.because_of]}


COMMAND = compare
