"""``netpolx.yaml`` of a user's repository, or ``[tool.netpolx]`` of its ``pyproject.toml`` (design 10)."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

from translator.documents.document import Document
from translator.documents.loading import load_text
from translator.errors import Finding, Gate, InputError, Severity, UsageError, suggestion
from translator.legalize.target import TargetName
from translator.loss.catalogue import LOSSES
from translator.origin import Origin
from translator.pipeline.registry import ENGINE_NAMES
from translator.review.toml import read_toml
from translator.wire.base import Wire, validate
from translator.wire.leftover import checked_leftover

NAMES: Final = ("netpolx.yaml", "netpolx.yml")
PYPROJECT: Final = "pyproject.toml"
TABLE: Final = ("tool", "netpolx")


def _one_of(what: str, known: Collection[str]) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in known:
            hint = suggestion(text, known)
            listed = f": expected {', '.join(known)}" if len(known) < 10 else ""
            raise ValueError(f"there is no {what} `{text}`{listed}{f'; {hint}' if hint else ''}")
        return text

    return check


def _relative(text: str) -> str:
    path = PurePosixPath(os.path.normpath(text)) if text else PurePosixPath("..")
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"expected a path below the directory of this file, found `{text}`")
    return str(path)


def _date(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"expected a date like 2027-01-31, found `{text}`") from None
    return text


def _some(values: Any) -> Any:
    """pydantic's own words for an empty list are not for people."""
    if values == []:
        raise ValueError("expected at least one, found an empty list")
    return values


CodeText = Annotated[str, AfterValidator(_one_of("loss", LOSSES))]
TargetText = Annotated[str, AfterValidator(_one_of("target", [each.value for each in TargetName]))]
EngineText = Annotated[str, AfterValidator(_one_of("engine", list(ENGINE_NAMES)))]
RelativePath = Annotated[str, AfterValidator(_relative)]
DateText = Annotated[str, AfterValidator(_date)]


class AcceptEntry(Wire):
    """Losses that people have agreed to."""

    code: CodeText
    path: RelativePath | None = Field(
        default=None, description="A source file, or a directory of source files; without, every one."
    )
    reason: str | None = None
    until: DateText | None = Field(default=None, description="The last day on which it counts: 2027-01-31.")


class GoldenConfig(Wire):
    """What is translated to what. Paths are relative to the directory of the file."""

    sources: Annotated[list[RelativePath], BeforeValidator(_some)] = Field(
        min_length=1, description="Files and directories of policies."
    )
    engine: EngineText | None = Field(
        default=None, alias="from", description="The engine that enforces the sources; default: as the kinds say."
    )
    targets: Annotated[list[TargetText], BeforeValidator(_some)] = Field(min_length=1)
    output: RelativePath = Field(
        description="Where translations go: `<output>/<target>/<same path>`, and `<output>/<target>/losses.yaml`."
    )
    context: str | list[str] | None = Field(default=None, description="Context documents and kubectl dumps.")
    accept: list[AcceptEntry] | None = Field(
        default=None, description="Losses that people have agreed to; a new one fails the check."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """One entry of ``accept`` with its place."""

    code: str
    path: str | None
    reason: str | None
    until: date | None
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A configuration that was found and holds."""

    root: Path
    """The directory to which its paths are relative."""
    origin: Origin
    sources: tuple[str, ...]
    engine: str | None
    targets: tuple[str, ...]
    output: str
    context: tuple[str, ...] = ()
    accept: tuple[Acceptance, ...] = ()

    @property
    def file(self) -> str:
        """The file that it stands in."""
        return self.origin.file


def find_config(start: Path) -> Path:
    """The nearest configuration from a directory upward, up to the top of the git repository. Raises UsageError."""
    folder = start.resolve()
    for each in (folder, *folder.parents):
        for name in NAMES:
            if (each / name).is_file():
                return each / name
        if (each / PYPROJECT).is_file() and _table(each / PYPROJECT) is not None:
            return each / PYPROJECT
        if (each / ".git").exists():
            break
    raise UsageError(
        f"no {NAMES[0]} from {start} upward, and no [{'.'.join(TABLE)}] in a {PYPROJECT}: "
        "it says `sources: [policies/]`, `targets: [cilium]`, `output: generated/`"
    )


def read_config(path: Path) -> Config:
    """A configuration. Raises InputError with every finding and its place."""
    document = _toml_document(path) if path.suffix == ".toml" else _yaml_document(path)
    model, findings = validate(GoldenConfig, document.data, document.origin(), Gate.NETPOLX)
    if model is None:
        besides = checked_leftover(GoldenConfig, document.data, lambda rest: _overlaps(rest, document))
        raise InputError([*findings, *besides])
    if overlaps := list(_overlaps(model, document)):
        raise InputError(overlaps)
    return Config(
        root=path.resolve().parent,
        origin=document.origin(),
        sources=tuple(dict.fromkeys(model.sources)),
        engine=model.engine,
        targets=tuple(dict.fromkeys(model.targets)),
        output=model.output,
        context=(model.context,) if isinstance(model.context, str) else tuple(model.context or ()),
        accept=tuple(
            Acceptance(
                code=each.code,
                path=each.path,
                reason=each.reason,
                until=date.fromisoformat(each.until) if each.until else None,
                origin=document.origin("accept", number),
            )
            for number, each in enumerate(model.accept or ())
        ),
    )


def _overlaps(model: GoldenConfig, document: Document) -> Iterator[Finding]:
    """What is generated must not be read again as a source."""
    output = PurePosixPath(model.output)
    if output == PurePosixPath():
        yield _finding("expected a directory of its own for what is generated", document.origin("output"))
        return
    for number, source in enumerate(model.sources):
        if PurePosixPath(source).is_relative_to(output):
            message = f"`{source}` lies in the output `{model.output}`, which is generated"
            yield _finding(message, document.origin("sources", number))


def _finding(message: str, origin: Origin) -> Finding:
    return Finding(message=message, origin=origin, code="invalid-value")


def shown_path(path: Path) -> str:
    """A path as people see it from where they are."""
    return Path(os.path.relpath(path)).as_posix()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{shown_path(path)}: cannot be read: {error.strerror or error}") from None


def _yaml_document(path: Path) -> Document:
    file = shown_path(path)
    loaded = load_text(_read(path), file=file)
    errors = [each for each in loaded.findings if each.severity is Severity.ERROR]
    if errors:
        raise InputError(errors)
    if len(loaded.documents) != 1:
        raise UsageError(f"{file}: expected one document, found {len(loaded.documents)}")
    return loaded.documents[0]


def _toml_document(path: Path) -> Document:
    file = shown_path(path)
    data, locator = read_toml(_read(path), TABLE, file=file)
    if data is None:
        raise UsageError(f"{file}: there is no [{'.'.join(TABLE)}]")
    return Document(data=data, file=file, locator=locator)


def _table(path: Path) -> Mapping[str, Any] | None:
    """Our table of a ``pyproject.toml`` on the way up; one that cannot be read is somebody else's business."""
    try:
        return read_toml(path.read_bytes(), TABLE, file=str(path))[0]
    except (OSError, InputError):
        return None
