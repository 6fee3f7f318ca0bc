"""``netpolx query``: what do these policies do with a flow, and which rules decide?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from translator.cli.engine_flags import with_engine_flags
from translator.cli.options import ContextFiles, FileOptions, Files, Namespace, TextFormat, one_of
from translator.cli.terminal import GREEN, RED, paint, put, warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from translator.pipeline.flows import Answer, Question
    from translator.semantics.ends import Ends


_Engine = Annotated[
    str | None,
    typer.Option("--engine", metavar="ENGINE", help="kubernetes, calico or cilium. Default: as the kinds say."),
]
_Flows = Annotated[
    str | None, typer.Option("--flows", metavar="FILE", help="One JSON object a line: from, to, protocol, port, …")
]
_From = Annotated[
    str | None,
    typer.Option("--from", metavar="END", help="namespace/pod, namespace/{key=value}, an address or an entity."),
]
_To = Annotated[str | None, typer.Option("--to", metavar="END", help="The same, for the receiver.")]
_Port = Annotated[
    str | None, typer.Option("--port", metavar="PORT/PROTOCOL", help="8080/TCP, 8080, 8/ICMP (the type) or /47.")
]
_Family = Annotated[int | None, typer.Option("--ip", metavar="4|6", help="The IP version, if the ends leave it open.")]
_Http = Annotated[str | None, typer.Option("--http", metavar="'METHOD PATH'", help="The request: `GET /x`.")]
_Dns = Annotated[str | None, typer.Option("--dns", metavar="NAME", help="The name that a DNS query asks for.")]
_Expect = Annotated[
    str | None,
    typer.Option("--expect", metavar="allow|deny", help="Exit 1 otherwise.", callback=one_of("allow", "deny")),
]


@with_engine_flags
def query(
    *,
    files: Files = None,
    filename: FileOptions = None,
    engine: _Engine = None,
    context: ContextFiles = None,
    flows: _Flows = None,
    source: _From = None,
    destination: _To = None,
    port: _Port = None,
    source_port: Annotated[int | None, typer.Option("--source-port", help="The sender's port.")] = None,
    code: Annotated[int | None, typer.Option("--code", help="The ICMP code.")] = None,
    ip: _Family = None,
    http: _Http = None,
    dns: _Dns = None,
    expect: _Expect = None,
    skip_invalid: Annotated[
        bool, typer.Option("--skip-invalid", help="Report bad documents and answer with the rest.")
    ] = False,
    namespace: Namespace = None,
    report: Annotated[
        list[str] | None,
        typer.Option(
            "--report", metavar="FORMAT[=PATH]", help="Besides, what was expected as junit or github; may be repeated."
        ),
    ] = None,
    output: TextFormat = "text",
    **flags: Any,
) -> int:
    """Ask what policies do with a flow, or with many; answers name the deciding rules."""
    from translator.cli.expectations import FORMATS, render
    from translator.cli.inputs import chosen_files, known_context, show_findings
    from translator.cli.reports import send
    from translator.errors import UsageError
    from translator.pipeline.flows import Oracle
    from translator.pipeline.registry import engine_named
    from translator.pipeline.source import ReadOptions, parse_paths
    from translator.report.formats import read_request
    from translator.semantics.ends import Ends

    requests = [read_request(each, FORMATS) for each in report or ()]
    single = {
        "from": source,
        "to": destination,
        "port": port,
        "source_port": source_port,
        "code": code,
        "ip": ip,
        "http": http,
        "dns": dns,
        "expect": expect,
    }
    if (flows is None) == (source is None and destination is None):
        raise UsageError("ask about one flow with --from, --to and --port, or about many with --flows")
    read = parse_paths(
        chosen_files(files, filename),
        ReadOptions(
            engine=engine_named(engine) if engine else None,
            context=known_context(context, flags),
            own_gate_only=True,
            skip_invalid=skip_invalid,
            namespace=namespace or "default",
        ),
    )
    show_findings(read.findings, quiet=not skip_invalid and output == "json")
    ends = Ends(read.context)
    questions = _one(single, ends) if flows is None else _many(flows, ends)
    answers = Oracle(read.policies, read.context).answers(questions)
    put(_as_json(answers) if output == "json" else _as_text(answers))
    send(requests, lambda each: render(answers, each.format))
    return _verdict_on(answers)


def _one(given: dict[str, Any], ends: Ends) -> list[Question]:
    from translator.pipeline.flows import question

    record = {key: value for key, value in given.items() if value is not None}
    number, slash, protocol = record.pop("port", "").partition("/")
    if number:
        record["port"] = number if not number.isdecimal() else int(number)
    record["protocol"] = protocol if slash else "TCP"
    return [question(record, ends)]


def _many(file: str, ends: Ends) -> list[Question]:
    from translator.cli.inputs import read_text
    from translator.pipeline.flows import read_questions

    return read_questions(read_text(file), ends, file=file)


def _as_json(answers: Sequence[Answer]) -> str:
    import json

    encode = json.JSONEncoder(ensure_ascii=False).encode
    return "".join(f"{encode(answer.record)}\n" for answer in answers)


def _as_text(answers: Sequence[Answer]) -> str:
    import sys

    from translator.pipeline.flows import flow_text

    lines: list[str] = []
    for answer in answers:
        verdict = paint(answer.verdict, GREEN if answer.verdict == "allow" else RED, stream=sys.stdout)
        mark = f"  (expected {answer.question.expect})" if answer.failed else ""
        lines.append(f"{verdict}  {flow_text(answer.question.record)}{mark}")
        lines += [_end_text(answer, end) for end in ("egress", "ingress")]
    return "".join(f"{line}\n" for line in lines)


def _end_text(answer: Answer, end: str) -> str:
    from translator.pipeline.flows import word

    decided = ", ".join(answer.decided_by[end])
    decision = answer.egress if end == "egress" else answer.ingress
    said = word(decision)
    if said is None:
        return f"  {end:<8}-      no policy can be asked here"
    if decision is not None and decision.passed_by and not decision.decided_by:
        decided = f"no policy decides: {decided} {'passes' if ',' not in decided else 'pass'} it on"
    return f"  {end:<8}{said:<6} {decided or 'no policy decides'}".rstrip()


def _verdict_on(answers: Sequence[Answer]) -> int:
    """0, or 1 with a table of what was expected otherwise."""
    from translator.pipeline.flows import flow_text

    failed = [answer for answer in answers if answer.failed]
    asked = sum(1 for answer in answers if answer.question.expect is not None)
    if asked and len(answers) > 1:
        for answer in failed:
            warn(
                paint(
                    f"expected {answer.question.expect}, found {answer.verdict}: {flow_text(answer.question.record)}",
                    RED,
                )
            )
        warn(f"{asked - len(failed)} of {asked} expectations hold")
    return 1 if failed else 0


COMMAND = query
