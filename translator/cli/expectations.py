"""What ``netpolx query`` was told to expect, as checks for CI systems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from translator.pipeline.flows import Answer
from translator.report import github, junit
from translator.report.junit import Case, Failure, Suite
from translator.report.note import Level, Note

FORMATS = ("junit", "github")


def render(answers: Sequence[Answer], format_name: str) -> str:
    """Every flow as a check, or every failed expectation as an annotation."""
    if format_name == "junit":
        return junit.render([Suite(name="netpolx query", cases=tuple(map(_case, answers)))])
    return github.render(_notes(answers))


def _case(answer: Answer) -> Case:
    decided = "\n".join(
        f"{end}: {word or 'no policy can be asked here'} {', '.join(answer.decided_by[end])}".rstrip()
        for end, word in ((end, answer.record[end]) for end in ("egress", "ingress"))
    )
    failure = Failure(kind=f"expected-{answer.question.expect}", message=_message(answer), text=decided)
    return Case(
        group="flow",
        name=_flow(answer),
        failures=(failure,) if answer.failed else (),
        output="" if answer.failed else decided,
    )


def _notes(answers: Sequence[Answer]) -> Iterator[Note]:
    """At a rule that decides, since that is what to change."""
    for answer in answers:
        if answer.failed:
            ends = [end for end in (answer.egress, answer.ingress) if end is not None]
            wrong = [end for end in ends if end.allowed is (answer.question.expect == "deny")]
            origin = next((origin for end in wrong for origin in end.decided_by), None)
            message = f"{_message(answer)}: {_flow(answer)}"
            yield Note(code="expectation-failed", level=Level.ERROR, message=message, origin=origin)


def _message(answer: Answer) -> str:
    return f"expected {answer.question.expect}, found {answer.verdict}"


def _flow(answer: Answer) -> str:
    record = answer.question.record
    parts = [f"{record['from']} → {record['to']}", str(record.get("protocol", "TCP"))]
    parts += [str(record[key]) for key in ("port", "http", "dns") if record.get(key) is not None]
    return " ".join(parts)
