"""Notes as SARIF 2.1.0, in the subset that GitHub's code scanning reads (ecosystem.md 2.5)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from translator.loss.catalogue import LOSSES
from translator.loss.effect import Effect
from translator.loss.kind import LossKind
from translator.origin import Origin
from translator.report.note import Level, Note, heaviest_first

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RESULTS: Final = 25_000
"""What GitHub takes of one run; it refuses a file that holds more."""
FINGERPRINT: Final = "netpolx/v1"
_STDIN: Final = "-"
_SCORES: Final = {Level.ERROR: "8.0", Level.WARNING: "5.0", Level.NOTE: "2.0"}
"""``security-severity``, by which GitHub sorts: high, medium, low."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a code means."""

    code: str
    title: str
    meaning: str
    remedy: str
    level: Level


RULES: Final[Mapping[str, Rule]] = {
    rule.code: rule
    for rule in (
        Rule(
            code="traffic-opened",
            title="A connection that was denied is allowed",
            meaning="After the change something may pass that was denied before.",
            remedy="Make sure that it is meant to pass; the example says who may talk to whom.",
            level=Level.ERROR,
        ),
        Rule(
            code="traffic-closed",
            title="A connection that was allowed is denied",
            meaning="After the change something is denied that passed before: a risk of outage.",
            remedy="Make sure that nobody needs it; the example says who could talk to whom.",
            level=Level.WARNING,
        ),
        Rule(
            code="traffic-open-question",
            title="Whether a connection changes depends on the network plugin",
            meaning="The Kubernetes API leaves it open whether an ipBlock covers pods and nodes.",
            remedy="Name the engine (`--from`), or set `kubernetes: {ipblock-matches-pods: …}` in the context.",
            level=Level.WARNING,
        ),
        Rule(
            code="undecided",
            title="Not decided",
            meaning="The comparison is too large or beyond what can be decided; nothing is claimed.",
            remedy="Compare fewer policies at once, or simplify the patterns that the reason names.",
            level=Level.ERROR,
        ),
    )
}
"""Kinds of change; losses have their rules in the catalogue."""


def render(notes: Iterable[Note], *, version: str, rules: Mapping[str, Rule] = RULES) -> str:
    """One run with a rule for each code that occurs. Heaviest first, since what is beyond the limit is cut.

    ``rules``: what codes mean that are no losses.
    """
    listed = heaviest_first(notes)[:MOST_RESULTS]
    # The heaviest note of a code comes first and stands for it.
    levels = {note.code: note.level for note in reversed(listed)}
    codes = sorted(levels)
    numbers = {code: number for number, code in enumerate(codes)}
    driver = {
        "name": "netpolx",
        "version": version,
        "semanticVersion": version,
        "rules": [_rule(code, levels[code], rules) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": _results(listed, numbers),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(code: str, level: Level, rules: Mapping[str, Rule]) -> dict[str, Any]:
    known = rules.get(code) or _of_loss(LOSSES.get(code))
    title = known.title if known else code.replace("-", " ").capitalize()
    meaning = known.meaning if known else title
    rule: dict[str, Any] = {
        "id": code,
        "name": "".join(part.capitalize() for part in code.split("-")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": meaning},
        "defaultConfiguration": {"level": (known.level if known else level).value},
        "properties": {
            "tags": ["security", "network-policy"],
            "precision": "very-high",
            "security-severity": _SCORES[known.level if known else level],
        },
    }
    if known:
        text = f"{known.meaning}\n\nWhat to do: {known.remedy}"
        rule["help"] = {"text": text, "markdown": f"{known.meaning}\n\n**What to do:** {known.remedy}"}
    return rule


def _of_loss(kind: LossKind | None) -> Rule | None:
    if kind is None:
        return None
    effects = kind.effects
    level = (
        Level.ERROR if kind.refuses or effects.widens else Level.WARNING if effects is Effect.NARROWS else Level.NOTE
    )
    return Rule(code=kind.code, title=kind.title, meaning=kind.meaning, remedy=kind.remedy, level=level)


def _results(notes: Iterable[Note], numbers: Mapping[str, int]) -> list[dict[str, Any]]:
    seen: dict[str, int] = {}
    found = []
    for note in notes:
        identity = _identity(note)
        seen[identity] = seen.get(identity, 0) + 1
        found.append(_result(note, numbers[note.code], f"{identity}\n{seen[identity]}"))
    return found


def _identity(note: Note) -> str:
    """What stays the same when lines move: the code, the policy and the field (ecosystem.md 2.5)."""
    origin = note.origin
    document = getattr(origin.document, "kind", "") if origin else ""
    return "\n".join((note.code, note.target, str(document), note.subject, origin.field_path if origin else ""))


def _result(note: Note, number: int, identity: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": note.code,
        "ruleIndex": number,
        "level": note.level.value,
        "message": {"text": note.message},
        "locations": [_location(note)],
        "partialFingerprints": {FINGERPRINT: hashlib.sha256(identity.encode()).hexdigest()},
    }
    if note.related:
        result["relatedLocations"] = [
            {"id": index, "message": {"text": each.message}, "physicalLocation": _physical(each.origin)}
            for index, each in enumerate(note.related, start=1)
        ]
    properties = {"effect": note.effect.word if note.effect is not None else "", "target": note.target}
    if any(properties.values()):
        result["properties"] = {name: value for name, value in properties.items() if value}
    return result


def _location(note: Note) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": _physical(note.origin)}
    if note.subject:
        field = note.origin.field_path if note.origin else ""
        name = f"{note.subject}#{field}" if field else note.subject
        location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "object"}]
    return location


def _physical(origin: Origin | None) -> dict[str, Any]:
    """A place; GitHub wants one for every result, so what has none stands at the first line of standard input."""
    if origin is None:
        return {"artifactLocation": {"uri": "stdin"}, "region": {"startLine": 1}}
    line, column = origin.document.locate(origin.path)
    return {"artifactLocation": {"uri": _uri(origin.file)}, "region": {"startLine": line, "startColumn": column}}


def _uri(file: str) -> str:
    """The file as a relative URI reference; an absolute path is one with a scheme."""
    if file == _STDIN:
        return "stdin"
    path = PurePosixPath(file)
    name = quote(path.as_posix(), safe="/~!$&'()*+,;=@")
    return f"file://{name}" if path.is_absolute() else name
