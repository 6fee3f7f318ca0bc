"""Questions about flows: one JSON object a line in, the same objects with the answers out (design 10)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from translator.context import Context
from translator.documents.document import Document
from translator.errors import Finding, InputError, UsageError, suggestion
from translator.ir.policy import PolicySet
from translator.ir.traffic import ICMP, ICMPV6, PORT_PROTOCOLS, PROTOCOL_NUMBERS
from translator.origin import Origin
from translator.semantics.ends import Ends
from translator.semantics.flow import Flow
from translator.semantics.languages.matching import HttpRequest
from translator.semantics.verdict.core import Decision, Evaluator

_KEYS: Final = ("from", "to", "protocol", "port", "source_port", "code", "ip", "http", "dns", "expect")
_ANSWERS: Final = ("egress", "ingress", "decided_by")
_PROTOCOLS: Final = {name.lower(): number for name, number in PROTOCOL_NUMBERS.items()}
_EXPECTATIONS: Final = ("allow", "deny")
_HTTP_KEYS: Final = ("method", "path", "host", "headers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One line of a flows file."""

    record: Mapping[str, Any]
    """The object as it was given."""
    flow: Flow
    expect: str | None = None
    """``allow``: neither end denies; ``deny``: one does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What both ends do with a flow."""

    question: Question
    egress: Decision | None
    ingress: Decision | None
    decided_by: Mapping[str, list[str]]
    """``egress`` and ``ingress`` → ``file:line`` of the rules, or of the isolating policies, that decided.

    Where nothing decides because rules passed the flow on, those rules.
    """

    @property
    def verdict(self) -> str:
        """``allow`` unless one end denies."""
        return "allow" if all(end is None or end.allowed for end in (self.egress, self.ingress)) else "deny"

    @property
    def failed(self) -> bool:
        """Whether something else was expected."""
        return self.question.expect is not None and self.question.expect != self.verdict

    @property
    def record(self) -> dict[str, Any]:
        """The question's object with the answers."""
        return {
            **self.question.record,
            "egress": word(self.egress),
            "ingress": word(self.ingress),
            "decided_by": self.decided_by,
        }


def word(decision: Decision | None) -> str | None:
    """``allow``, ``deny``, or None where the end is not policed."""
    return None if decision is None else "allow" if decision.allowed else "deny"


def read_questions(text: str, ends: Ends, *, file: str) -> list[Question]:
    """The questions of a flows file. Raises InputError with a finding for each bad line."""
    questions: list[Question] = []
    findings: list[Finding] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            questions.append(question(_object(line), ends))
        except UsageError as error:
            place = Document(data={}, file=file, locator=lambda _path, number=number: (number, 1))  # type: ignore[misc]
            findings.append(Finding(message=str(error), origin=place.origin(), code="bad-flow"))
    if findings:
        raise InputError(findings)
    return questions


def _object(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise UsageError(f"no JSON: {error}") from None
    if not isinstance(record, dict):
        raise UsageError("expected one JSON object a line")
    return record


def question(record: Mapping[str, Any], ends: Ends) -> Question:
    """One question out of its object. Raises UsageError; keys that are nearly ours are mistakes, others are kept."""
    for key in record:
        if key not in _KEYS and key not in _ANSWERS and (hint := suggestion(key, _KEYS)):
            raise UsageError(f"unknown key `{key}`; {hint}")
    protocol = _protocol(record.get("protocol", "TCP"))
    port = _number(record, "port", 65535)
    if port is None and protocol in PORT_PROTOCOLS:
        raise UsageError("a flow of TCP, UDP or SCTP needs a `port`")
    family = _number(record, "ip", 6)
    if family not in (None, 4, 6):
        raise UsageError(f"`ip` is 4 or 6, found {family}")
    expect = record.get("expect")
    if expect is not None and expect not in _EXPECTATIONS:
        raise UsageError(f"`expect` is allow or deny, found {expect!r}")
    http, dns = record.get("http"), record.get("dns")
    if dns is not None and not isinstance(dns, str):
        raise UsageError(f"`dns` is the name that is asked for, found {dns!r}")
    flow = Flow(
        source=ends.find(_text(record, "from")),
        destination=ends.find(_text(record, "to")),
        protocol=protocol,
        port=port,
        source_port=_number(record, "source_port", 65535),
        code=_number(record, "code", 255) if protocol in (ICMP, ICMPV6) else None,
        family=family,
        http=None if http is None else http_request(http),
        dns=None if dns is None else dns.rstrip(".").lower(),
    )
    return Question(record=record, flow=flow, expect=expect)


def flow_text(record: Mapping[str, Any]) -> str:
    """A flow in one line, as its object describes it."""
    port, code, sender = record.get("port"), record.get("code"), record.get("source_port")
    what = [str(record.get("protocol", "TCP"))]
    if port is not None:
        what.append(f"{port}" if code is None else f"{port}/{code}")
    if sender is not None:
        what.append(f"from port {sender}")
    parts = [f"{record['from']} → {record['to']}", " ".join(what)]
    http = record.get("http")
    if isinstance(http, Mapping):
        headers = ", ".join(f"{name}: {value}" for name, value in (http.get("headers") or {}).items())
        host, headers = (http.get("host") and f"at {http['host']}", headers and f"with {headers}")
        parts.append(" ".join(part for part in (http.get("method"), http.get("path"), host, headers) if part))
    elif http is not None:
        parts.append(str(http))
    if record.get("dns") is not None:
        parts.append(f"asks for {record['dns']}")
    return "  ".join(parts)


def _text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    if not isinstance(value, str) or not value:
        raise UsageError(f"`{key}` is an end: namespace/pod, namespace/{{key=value}}, an address or an entity")
    return value


def _protocol(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255:
        return value
    if isinstance(value, str):
        if value.isdecimal() and int(value) <= 255:
            return int(value)
        known = _PROTOCOLS.get(value.lower())
        if known is not None:
            return known
    raise UsageError(f"`protocol` is {', '.join(PROTOCOL_NUMBERS)} or a number up to 255, found {value!r}")


def _number(record: Mapping[str, Any], key: str, highest: int) -> int | None:
    value = record.get(key)
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= highest:
        raise UsageError(f"`{key}` is a number up to {highest}, found {value!r}")
    return value


def http_request(value: object) -> HttpRequest:
    """``"GET /x"`` or ``{"method": …, "path": …, "host": …, "headers": {…}}``. Raises UsageError."""
    if isinstance(value, str):
        method, _, path = value.strip().partition(" ")
        if not path.strip():
            raise UsageError(f"`http` is a method and a path (`GET /x`), found {value!r}")
        return HttpRequest(method=method, path=path.strip())
    if not isinstance(value, Mapping):
        raise UsageError(f"`http` is a text or an object, found {value!r}")
    for key in value:
        if key not in _HTTP_KEYS:
            raise UsageError(f"unknown key `{key}` in `http`: expected {', '.join(_HTTP_KEYS)}")
    headers = value.get("headers") or {}
    parts = (value.get("method"), value.get("path"), value.get("host"))
    if not isinstance(headers, Mapping) or not all(part is None or isinstance(part, str) for part in parts):
        raise UsageError("`http` holds texts, and `headers` an object of texts")
    return HttpRequest(
        method=value.get("method"), path=value.get("path"), host=value.get("host"), headers=dict(headers)
    )


class Oracle:
    """Answers questions about one policy set."""

    def __init__(self, policies: PolicySet, context: Context) -> None:
        self._evaluator = Evaluator(policies, context)
        self._places: dict[int, tuple[Origin, str]] = {}

    def answer(self, asked: Question) -> Answer:
        """What both ends do with the flow."""
        verdict = self._evaluator.verdict(asked.flow)
        return Answer(
            question=asked,
            egress=verdict.egress,
            ingress=verdict.ingress,
            decided_by={"egress": self._shown(verdict.egress), "ingress": self._shown(verdict.ingress)},
        )

    def answers(self, questions: Iterable[Question]) -> list[Answer]:
        """All the answers, in order."""
        return [self.answer(each) for each in questions]

    def _shown(self, decision: Decision | None) -> list[str]:
        """``file:line`` of what decided, each once; origins are looked up once, since a rule decides many flows."""
        if decision is None:
            return []
        return list(dict.fromkeys(self._place(origin) for origin in decision.because_of))

    def _place(self, origin: Origin) -> str:
        known = self._places.get(id(origin))
        if known is None:
            known = self._places[id(origin)] = (origin, f"{origin.file}:{origin.line}")
        return known[1]
